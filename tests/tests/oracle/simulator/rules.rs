//! Edge rules. Source: specification section 5.7.
//!
//! In order; all conditions hold and no exception does; all actions are carried out. A rule
//! reads what the rules before it have written. Quarantine ends the rules.

use agents::PredicatesSpec;
use mail::Scl;

use super::words::holds_any;
use super::{Cause, Copy, Letter, Server, Turn, edit};

pub(super) const NAME: &str = "Edge Rule Agent";

impl Server<'_> {
    pub(super) fn rules(&self, letter: &mut Letter) -> Turn {
        for rule in self.policy.rules.iter().filter(|rule| rule.enabled) {
            let conditions = predicates(&rule.conditions, letter);
            let exceptions = predicates(&rule.exceptions, letter);
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
            if actions.reject.is_some() {
                return Turn::Refuse(cause);
            }
            if actions.delete {
                return Turn::Drop(cause);
            }
            if actions.quarantine {
                for recipient in &mut letter.recipients {
                    if recipient.copy == Copy::Travelling {
                        recipient.copy = Copy::Quarantined(cause.clone());
                    }
                }
                return Turn::Continue;
            }
        }
        Turn::Continue
    }
}

/// Each predicate that is set, with what it says of the message as it is now.
fn predicates(spec: &PredicatesSpec, letter: &Letter) -> Vec<bool> {
    let message = &letter.message;
    let mut say = Vec::new();
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
        say.push(message.from.iter().any(|from| holds_any(&from.email, words)));
    }
    if !spec.attachment_name_contains_words.is_empty() {
        let words = &spec.attachment_name_contains_words;
        say.push(message.attachments.iter().any(|one| holds_any(&one.name, words)));
    }
    if let Some(limit) = spec.attachment_size_over {
        say.push(message.attachments.iter().any(|one| one.size >= limit));
    }
    say
}
