//! Edge rules. Source: specification section 5.7.
//!
//! In the order of their priorities; all conditions hold and no exception does; all actions are carried out. A rule
//! reads what the rules before it have written. Quarantine ends the rules.

use agents::{
    AttachmentSizeComparison, FromScope, PredicatesSpec, RuleMode, RuleSpec,
    SenderAddressLocation,
};
use mail::{Scl, Timestamp};

use super::pattern::matches_any;
use super::words::{self, holds_any, in_order, same};
use super::{Cause, Copy, Letter, Server, Turn, edit};

pub(super) const NAME: &str = "Edge Rule Agent";

impl Server<'_> {
    pub(super) fn rules(&self, letter: &mut Letter) -> Turn {
        for rule in in_order(&self.policy.rules, 0, |rule| rule.priority) {
            if !rule.enabled || rule.mode != RuleMode::Enforce || !in_force(rule, letter)
            {
                continue;
            }
            let ours = &self.world.directory.accepted_domains;
            let conditions = predicates(rule, &rule.conditions, letter, ours);
            let exceptions = predicates(rule, &rule.exceptions, letter, ours);
            if conditions.contains(&false) || exceptions.contains(&true) {
                continue;
            }
            let actions = &rule.actions;
            let cause = Cause::new(NAME, "EdgeRule", &rule.name);
            if let Some(scl) = actions.set_scl {
                letter.scl = Some(scl);
            }
            if let Some(prefix) = &actions.prepend_subject {
                letter.rewrite(edit::prepend_subject(&letter.raw, prefix));
            }
            if let Some(field) = &actions.set_header {
                letter.rewrite(edit::set(&letter.raw, &field.header, &field.value));
            }
            if let Some(name) = &actions.remove_header {
                letter.rewrite(edit::remove(&letter.raw, name));
            }
            if !actions.redirect_message_to.is_empty() {
                for recipient in &mut letter.recipients {
                    if recipient.copy == Copy::Travelling {
                        let cause = Cause::new(NAME, "EdgeRuleRedirect", &rule.name);
                        recipient.copy = Copy::Quarantined(cause);
                    }
                }
            }
            if actions.reject.is_some() {
                return Turn::Refuse(cause);
            }
            if actions.delete {
                return Turn::Drop(cause);
            }
            if actions.quarantine {
                // Without a quarantine mailbox the sender gets a report.
                let mailbox = &self.policy.content_filter.quarantine_mailbox;
                let nowhere = mailbox.is_none();
                for recipient in &mut letter.recipients {
                    if nowhere && recipient.travels() {
                        let reason = "EdgeRuleNoQuarantineMailbox";
                        let cause = Cause::new(NAME, reason, &rule.name);
                        recipient.copy = Copy::Refused(cause);
                    } else if recipient.copy == Copy::Travelling {
                        recipient.copy = Copy::Quarantined(cause.clone());
                    }
                }
                return Turn::Continue;
            }
            if actions.disconnect {
                return Turn::Refuse(Cause::new(NAME, "EdgeRuleDisconnect", &rule.name));
            }
            if actions.stop_rule_processing {
                return Turn::Continue;
            }
        }
        Turn::Continue
    }
}

/// Whether the letter came within the rule's dates.
fn in_force(rule: &RuleSpec, letter: &Letter) -> bool {
    let time =
        |text: &String| Timestamp::parse(text).expect("the generator writes times");
    rule.activation_date.as_ref().is_none_or(|from| time(from) <= letter.time)
        && rule.expiry_date.as_ref().is_none_or(|until| letter.time < time(until))
}

/// The addresses that predicates about the sender look at.
fn senders(location: SenderAddressLocation, letter: &Letter) -> Vec<&str> {
    let header: Vec<&str> =
        letter.message.from.iter().map(|from| from.email.as_str()).collect();
    let envelope: Vec<&str> = letter.mail_from.as_deref().into_iter().collect();
    let mut all = match location {
        SenderAddressLocation::Header => header,
        SenderAddressLocation::Envelope => envelope,
        SenderAddressLocation::HeaderOrEnvelope => [header, envelope].concat(),
    };
    all.retain(|email| !email.is_empty());
    all
}

/// Each predicate that is set, with what it says of the message as it is now.
fn predicates(
    rule: &RuleSpec,
    spec: &PredicatesSpec,
    letter: &Letter,
    ours: &[String],
) -> Vec<bool> {
    let message = &letter.message;
    let mut say = Vec::new();
    let senders = senders(rule.sender_address_location, letter);
    if let Some(scope) = spec.from_scope {
        let inside = letter.authenticated
            && ours.iter().any(|domain| same(domain, words::domain(letter.from())));
        say.push(match scope {
            FromScope::InOrganization => inside,
            FromScope::NotInOrganization => !inside,
        });
    }
    if !spec.from_address_matches_patterns.is_empty() {
        let patterns = &spec.from_address_matches_patterns;
        say.push(senders.iter().any(|from| matches_any(from, patterns)));
    }
    if !spec.subject_matches_patterns.is_empty() {
        say.push(matches_any(&message.subject, &spec.subject_matches_patterns));
    }
    if !spec.subject_or_body_matches_patterns.is_empty() {
        let patterns = &spec.subject_or_body_matches_patterns;
        let texts = [&message.subject, &message.body];
        say.push(texts.iter().any(|text| matches_any(text, patterns)));
    }
    if let Some(header) = &spec.header_matches {
        let mut values = message.header(&header.header);
        say.push(values.any(|value| matches_any(value, &header.patterns)));
    }
    if !spec.any_of_recipient_address_matches_patterns.is_empty() {
        let patterns = &spec.any_of_recipient_address_matches_patterns;
        let left = letter.recipients.iter().filter(|one| one.received);
        let mut left = left.filter_map(|one| one.address.as_ref());
        say.push(left.any(|email| matches_any(email, patterns)));
    }
    if let Some(limit) = spec.message_size_over {
        say.push(letter.raw.len() as u64 > limit);
    }
    if let Some(limit) = spec.scl_over {
        say.push(letter.scl.is_some_and(|scl: Scl| scl.get() >= limit.get()));
    }
    if let Some(header) = &spec.header_contains {
        let mut values = message.header(&header.header);
        say.push(values.any(|value| holds_any(value, &header.words)));
    }
    if !spec.subject_contains_words.is_empty() {
        say.push(holds_any(&message.subject, &spec.subject_contains_words));
    }
    if !spec.from_address_contains_words.is_empty() {
        let words = &spec.from_address_contains_words;
        say.push(senders.iter().any(|from| holds_any(from, words)));
    }
    if !spec.attachment_name_contains_words.is_empty() {
        let words = &spec.attachment_name_contains_words;
        say.push(message.attachments.iter().any(|one| holds_any(&one.name, words)));
    }
    if let Some(limit) = spec.attachment_size_over {
        say.push(message.attachments.iter().any(|one| {
            match rule.attachment_size_comparison {
                AttachmentSizeComparison::Ge => one.size >= limit,
                AttachmentSizeComparison::Gt => one.size > limit,
            }
        }));
    }
    if !spec.subject_or_body_contains_words.is_empty() {
        let words = &spec.subject_or_body_contains_words;
        say.push(holds_any(&message.subject, words) || holds_any(&message.body, words));
    }
    if !spec.any_of_recipient_address_contains_words.is_empty() {
        let words = &spec.any_of_recipient_address_contains_words;
        let left = letter.recipients.iter().filter(|one| one.received);
        let mut left = left.filter_map(|one| one.address.as_ref());
        say.push(left.any(|email| holds_any(email, words)));
    }
    say
}
