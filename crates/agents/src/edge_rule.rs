//! Edge Rule Agent: transport rules of an Edge server.
//!
//! # What it does
//!
//! Runs the rules in order. A rule whose conditions all hold and none of whose exceptions
//! does carries out all its actions.
//!
//! # Events
//!
//! `OnEndOfData`.
//!
//! # Reads and writes
//!
//! Reads the SCL stamped by then, subject, header fields, From addresses, attachments.
//! Writes the SCL, the subject and header fields.
//!
//! # Modelled
//!
//! Conditions and exceptions on the SCL, header fields, subject, From, attachment names and
//! sizes; values of one condition are alternatives, conditions all have to hold; whole words
//! without regard to case, after MIME decoding; a rule sees what earlier rules changed. An
//! absent SCL never matches, so with the default order, in which this agent runs before the
//! content filter, `scl-over` holds only after an earlier rule has set the SCL.
//!
//! # Not modelled
//!
//! Patterns, recipients, scope, body and message size; recipients added or redirected, log
//! text, stop-processing, modes, activation dates. Rules also run for mail from allow-listed
//! addresses.
//!
//! # Source
//!
//! Specification sections 5.7 and 2.2; decision on U25.

use mail::{Case, Change, Part, Parts, Scl, SmtpEvent, Stamp, World};
use pipeline::{Agent, Observed, Seen, Step, Transit};
use serde::{Deserialize, Serialize};

use crate::SpecError;

/// A header field and words in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct HeaderWords {
    /// Field name.
    pub header: String,
    /// Any of these words.
    pub words: Vec<String>,
}

/// Conditions or exceptions of a rule; absent ones say nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PredicatesSpec {
    /// SCL ≥ this (-1 to 9); never holds for a message without an SCL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scl_over: Option<Scl>,
    /// A header field contains one of the words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header_contains: Option<HeaderWords>,
    /// The subject contains one of the words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subject_contains_words: Vec<String>,
    /// The From address contains one of the words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from_address_contains_words: Vec<String>,
    /// The name of an attachment contains one of the words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachment_name_contains_words: Vec<String>,
    /// An attachment of this many bytes or more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachment_size_over: Option<u32>,
}

/// Refusal by a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RejectSpec {
    /// Reply code, 400 to 500 (default 550).
    #[serde(default = "RejectSpec::default_code")]
    pub status_code: u16,
    /// Reply text.
    #[serde(default = "RejectSpec::default_text")]
    pub text: String,
}

impl RejectSpec {
    fn default_code() -> u16 {
        550
    }

    fn default_text() -> String {
        "Delivery not authorized, message refused".to_owned()
    }
}

/// A header field and its new value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct HeaderValue {
    /// Field name.
    pub header: String,
    /// New value.
    pub value: String,
}

/// Actions of a rule, carried out in the order of the fields.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RuleActionsSpec {
    /// Stamp this SCL; -1 makes a content filter that runs later skip the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set_scl: Option<Scl>,
    /// Put text before the subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prepend_subject: Option<String>,
    /// Set a header field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set_header: Option<HeaderValue>,
    /// Remove a header field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remove_header: Option<String>,
    /// Refuse the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reject: Option<RejectSpec>,
    /// Drop the message silently.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub delete: bool,
    /// Send the message to the quarantine mailbox; ends rule processing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub quarantine: bool,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RuleSpec {
    /// Name, at most 64 characters.
    pub name: String,
    /// Whether it runs (default true).
    #[serde(default = "yes")]
    pub enabled: bool,
    /// All must hold; none at all applies to every message.
    #[serde(default)]
    pub conditions: PredicatesSpec,
    /// None may hold.
    #[serde(default)]
    pub exceptions: PredicatesSpec,
    /// What is done.
    pub actions: RuleActionsSpec,
}

const fn yes() -> bool {
    true
}

/// The agent.
#[derive(Debug, Clone)]
pub struct EdgeRules {
    rules: Vec<RuleSpec>,
    /// First change of each rule among the agent's changes.
    first_edits: Vec<usize>,
    /// Changes of all rules, with the rule that makes each.
    changes: Vec<(usize, Change)>,
}

impl EdgeRules {
    const MOST_RULES: usize = 64;
    const WORD_LENGTH: usize = 128;

    /// Checks the rules; rules that are switched off are left out.
    ///
    /// # Errors
    ///
    /// [`SpecError`] at a rule over a limit of the product, or with a reply code out of
    /// range.
    pub fn resolve(rules: &[RuleSpec]) -> Result<Self, SpecError> {
        let rules: Vec<_> = rules.iter().filter(|rule| rule.enabled).cloned().collect();
        SpecError::check_count("rules", rules.len(), Self::MOST_RULES)?;
        let mut first_edits = Vec::new();
        let mut changes = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            check(rule)?;
            first_edits.push(changes.len());
            let actions = &rule.actions;
            let prefix = actions.prepend_subject.clone().map(Change::PrependSubject);
            let set = actions.set_header.clone();
            let set = set.map(|h| Change::SetHeader { name: h.header, value: h.value });
            let remove = actions.remove_header.clone().map(Change::RemoveHeader);
            let all = [prefix, set, remove].into_iter().flatten();
            changes.extend(all.map(|change| (index, change)));
        }
        Ok(Self { rules, first_edits, changes })
    }

    /// Whether any rule's change touches `part`.
    fn edits_part(&self, part: Part) -> bool {
        self.changes.iter().any(|(_, change)| change.parts().intersects(part.into()))
    }

    /// Whether some rule may put a header field of this name into a message.
    fn adds(&self, name: &str) -> bool {
        self.changes.iter().any(|(_, change)| match change {
            Change::SetHeader { name: set, .. } => set.eq_ignore_ascii_case(name),
            Change::PrependSubject(_) => name.eq_ignore_ascii_case("Subject"),
            Change::RemoveHeader(_)
            | Change::Strip { .. }
            | Change::Rewrite { .. }
            | Change::RewriteRecipients(_) => false,
        })
    }

    /// Whether some form of the message could make the rule run. Conditions on parts that
    /// may change on the way are taken to hold.
    fn could_run(&self, rule: &RuleSpec, case: &Case) -> bool {
        let conditions = &rule.conditions;
        let headers_change =
            self.edits_part(Part::Headers) || self.edits_part(Part::Addresses);
        let steady = PredicatesSpec {
            scl_over: None,
            header_contains: None,
            subject_contains_words: if self.edits_part(Part::Subject) {
                Vec::new()
            } else {
                conditions.subject_contains_words.clone()
            },
            from_address_contains_words: if headers_change {
                Vec::new()
            } else {
                conditions.from_address_contains_words.clone()
            },
            ..conditions.clone()
        };
        all_hold(&steady, case)
    }
}

fn check(rule: &RuleSpec) -> Result<(), SpecError> {
    let key = format!("rules.`{}`", rule.name);
    SpecError::check_length(&key, &rule.name, 64)?;
    for predicates in [&rule.conditions, &rule.exceptions] {
        let header = predicates.header_contains.iter().flat_map(|header| &header.words);
        let words = predicates
            .subject_contains_words
            .iter()
            .chain(&predicates.from_address_contains_words)
            .chain(&predicates.attachment_name_contains_words)
            .chain(header);
        for word in words {
            SpecError::check_length(&key, word, EdgeRules::WORD_LENGTH)?;
            if word.trim().is_empty() {
                return Err(SpecError::new(key, "an empty word", "remove it"));
            }
        }
    }
    if let Some(reject) = &rule.actions.reject
        && !(400..=599).contains(&reject.status_code)
    {
        let problem = format!("status code `{}`", reject.status_code);
        return Err(SpecError::new(key, problem, "use 400 to 599"));
    }
    Ok(())
}

/// Which rules hold for one form of a message, apart from their SCL predicates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RuleEvidence {
    holds: u64,
    excepted: u64,
}

impl Agent for EdgeRules {
    type Evidence = RuleEvidence;

    fn name(&self) -> &'static str {
        "Edge Rule Agent"
    }

    fn events(&self) -> &'static [SmtpEvent] {
        &[SmtpEvent::OnEndOfData]
    }

    fn reasons(&self) -> &'static [&'static str] {
        &["EdgeRule"]
    }

    fn reads(&self) -> Parts {
        Parts::MESSAGE
    }

    fn edits(&self) -> Vec<Parts> {
        self.changes.iter().map(|(_, change)| change.parts()).collect()
    }

    fn change(&self, edit: usize, case: &Case, _world: &World) -> Option<Change> {
        let (rule, change) = &self.changes[edit];
        let does = match change {
            Change::RemoveHeader(name) => {
                case.message.header(name).next().is_some() || self.adds(name)
            }
            _ => true,
        };
        (does && self.could_run(&self.rules[*rule], case)).then(|| change.clone())
    }

    fn tell(&self, evidence: &RuleEvidence) -> String {
        let named = |bits: u64| {
            let rules = self.rules.iter().enumerate();
            let those = rules.filter(move |(index, _)| bits >> index & 1 == 1);
            those.map(|(_, rule)| rule.name.as_str()).collect::<Vec<_>>()
        };
        format!(
            "Rules {{ conditions_hold: {:?}, excepted: {:?} }}",
            named(evidence.holds),
            named(evidence.excepted)
        )
    }

    fn stamps_read(&self) -> &'static [Stamp] {
        &[Stamp::Scl]
    }

    fn observe(&self, case: &Case, _world: &World) -> Observed<RuleEvidence> {
        let mut evidence = RuleEvidence { holds: 0, excepted: 0 };
        for (index, rule) in self.rules.iter().enumerate() {
            if all_hold(&rule.conditions, case) {
                evidence.holds |= 1 << index;
                evidence.excepted |=
                    u64::from(any_holds(&rule.exceptions, case)) << index;
            }
        }
        evidence.into()
    }

    fn idle(&self, evidence: &RuleEvidence) -> bool {
        evidence.holds & !evidence.excepted == 0
    }

    fn decide(
        &self,
        _event: SmtpEvent,
        seen: Seen<'_, RuleEvidence>,
        mail: &mut Transit,
    ) -> Step {
        for (index, rule) in self.rules.iter().enumerate() {
            let evidence = seen.at(mail.edits());
            let runs = evidence.holds & !evidence.excepted & 1 << index != 0
                && rule
                    .conditions
                    .scl_over
                    .is_none_or(|limit| over(mail.stamps.scl, limit))
                && !rule
                    .exceptions
                    .scl_over
                    .is_some_and(|limit| over(mail.stamps.scl, limit));
            if runs {
                match self.act(index, rule, mail) {
                    Some(step) => return step,
                    None => continue,
                }
            }
        }
        Step::Continue
    }

    fn detail(&self, detail: u16) -> String {
        self.rules
            .get(usize::from(detail))
            .map_or_else(String::new, |rule| rule.name.clone())
    }
}

impl EdgeRules {
    /// Carries a rule out; `Some` where it ends rule processing.
    fn act(&self, index: usize, rule: &RuleSpec, mail: &mut Transit) -> Option<Step> {
        let detail = u16::try_from(index).expect("at most 64 rules");
        let actions = &rule.actions;
        if let Some(scl) = actions.set_scl {
            mail.stamps.scl = Some(scl);
        }
        let edits = usize::from(actions.prepend_subject.is_some())
            + usize::from(actions.set_header.is_some())
            + usize::from(actions.remove_header.is_some());
        for edit in 0..edits {
            mail.edit(self.first_edits[index] + edit);
        }
        if actions.reject.is_some() {
            return Some(Step::Reject { reason: 0, detail });
        }
        if actions.delete {
            return Some(Step::Drop { reason: 0, detail });
        }
        if actions.quarantine {
            for recipient in 0..mail.recipients() {
                mail.quarantine(recipient, 0, detail);
            }
            return Some(Step::Continue);
        }
        None
    }
}

/// SCL ≥ limit; an absent SCL never is.
fn over(scl: Option<Scl>, limit: Scl) -> bool {
    scl.is_some_and(|scl| scl >= limit)
}

/// The single predicates, apart from the SCL; `None` where one is not set.
fn each(predicates: &PredicatesSpec, case: &Case) -> [Option<bool>; 5] {
    let message = &case.message;
    let set = |words: &[String]| !words.is_empty();
    let subject = &predicates.subject_contains_words;
    let from = &predicates.from_address_contains_words;
    let names = &predicates.attachment_name_contains_words;
    let header = predicates.header_contains.as_ref();
    [
        header.map(|h| {
            message.header(&h.header).any(|value| contains_word(value, &h.words))
        }),
        set(subject).then(|| contains_word(&message.subject, subject)),
        set(from).then(|| message.from.iter().any(|a| contains_word(&a.email, from))),
        set(names)
            .then(|| message.attachments.iter().any(|a| contains_word(&a.name, names))),
        predicates
            .attachment_size_over
            .map(|limit| message.attachments.iter().any(|a| a.size >= limit)),
    ]
}

fn all_hold(predicates: &PredicatesSpec, case: &Case) -> bool {
    each(predicates, case).into_iter().flatten().all(|holds| holds)
}

fn any_holds(predicates: &PredicatesSpec, case: &Case) -> bool {
    each(predicates, case).into_iter().flatten().any(|holds| holds)
}

/// Whether `text` contains one of the words, bounded by anything that is no letter or digit,
/// ignoring case.
fn contains_word(text: &str, words: &[String]) -> bool {
    let text = text.to_lowercase();
    words.iter().any(|word| {
        let word = word.to_lowercase();
        let starts_inside = word.starts_with(char::is_alphanumeric);
        let ends_inside = word.ends_with(char::is_alphanumeric);
        text.match_indices(word.as_str()).any(|(at, found)| {
            let before = text[..at].chars().next_back();
            let after = text[at + found.len()..].chars().next();
            let inside =
                |neighbour: Option<char>| neighbour.is_some_and(char::is_alphanumeric);
            let cut = starts_inside && inside(before) || ends_inside && inside(after);
            !cut
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_whole_and_ignore_case() {
        let word = |w: &str| vec![w.to_owned()];
        assert!(contains_word("Buy VIAGRA, now", &word("viagra")));
        assert!(!contains_word("viagras", &word("viagra")));
        assert!(contains_word("x (50% off) y", &word("50% off")));
        assert!(contains_word("invoice.exe", &word(".exe")));
        assert!(!contains_word("invoice.exec", &word(".exe")));
        assert!(contains_word("Überweisung fällig", &word("überweisung")));
    }

    #[test]
    fn the_scl_condition_holds_at_equality_and_never_without_a_level() {
        let five = Scl::new(5).unwrap();
        assert!(over(Some(five), five));
        assert!(!over(Some(Scl::new(4).unwrap()), five));
        assert!(!over(None, Scl::TRUSTED));
    }
}
