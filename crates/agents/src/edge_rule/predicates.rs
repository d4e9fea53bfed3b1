//! Predicates of Edge rules, ready to be asked.

use std::cell::OnceCell;

use mail::{Address, Case, Scl, World};
use regex::{RegexSet, RegexSetBuilder};

use super::spec::{
    AttachmentSizeComparison, FromScope, PredicatesSpec, RuleSpec, SenderAddressLocation,
};
use crate::SpecError;

/// Most characters of a word or pattern. Source: specification section 5.7.
const LONGEST: usize = 128;
/// Most bytes that the patterns of one predicate may compile to: keeps a policy's memory
/// and a search's constant factor small.
const LARGEST_PATTERNS: usize = 1 << 20;

/// Words, any of which has to stand in a text.
#[derive(Debug, Clone)]
pub(super) struct Words(Vec<String>);

impl Words {
    fn parse(key: &str, words: &[String]) -> Result<Option<Self>, SpecError> {
        for word in words {
            SpecError::check_length(key, word, LONGEST)?;
            if word.trim().is_empty() {
                return Err(SpecError::new(key, "an empty word", "remove it"));
            }
        }
        let words: Vec<_> = words.iter().map(|word| word.to_lowercase()).collect();
        Ok((!words.is_empty()).then_some(Self(words)))
    }

    fn are_in(&self, text: &str) -> bool {
        self.are_in_lower(&text.to_lowercase())
    }

    /// Whether `text`, which is in lower case, contains one of the words, bounded by
    /// anything that is no letter or digit.
    fn are_in_lower(&self, text: &str) -> bool {
        self.0.iter().any(|word| {
            let starts_inside = word.starts_with(char::is_alphanumeric);
            let ends_inside = word.ends_with(char::is_alphanumeric);
            text.match_indices(word.as_str()).any(|(at, found)| {
                let before = text[..at].chars().next_back();
                let after = text[at + found.len()..].chars().next();
                let inside = |neighbour: Option<char>| {
                    neighbour.is_some_and(char::is_alphanumeric)
                };
                !(starts_inside && inside(before) || ends_inside && inside(after))
            })
        })
    }
}

fn patterns(key: &str, patterns: &[String]) -> Result<Option<RegexSet>, SpecError> {
    for pattern in patterns {
        SpecError::check_length(key, pattern, LONGEST)?;
        if pattern.is_empty() {
            return Err(SpecError::new(key, "an empty pattern", "remove it"));
        }
    }
    if patterns.is_empty() {
        return Ok(None);
    }
    let mut builder = RegexSetBuilder::new(patterns);
    let set = builder.case_insensitive(true).size_limit(LARGEST_PATTERNS).build();
    set.map(Some).map_err(|error| {
        let reason = error.to_string();
        let reason = reason.lines().last().unwrap_or_default().trim().to_owned();
        let list = patterns.join("`, `");
        let problem = format!("cannot use the pattern `{list}` ({reason})");
        SpecError::new(
            key,
            problem,
            "write a regular expression without look-around and back references",
        )
    })
}

/// A question about one recipient's address.
#[derive(Debug, Clone)]
pub(super) enum RecipientTest {
    Words(Words),
    Patterns(RegexSet),
}

impl RecipientTest {
    pub(super) fn holds(&self, email: &str) -> bool {
        match self {
            Self::Words(words) => words.are_in(email),
            Self::Patterns(patterns) => patterns.is_match(email),
        }
    }
}

/// Questions about recipients of all rules; each predicate has one bit.
#[derive(Debug, Clone, Default)]
pub(super) struct RecipientTests(pub(super) Vec<RecipientTest>);

impl RecipientTests {
    const LIMIT: usize = 64;

    fn add(&mut self, key: &str, test: Option<RecipientTest>) -> Result<u64, SpecError> {
        let Some(test) = test else {
            return Ok(0);
        };
        self.0.push(test);
        SpecError::check_count(key, self.0.len(), Self::LIMIT)?;
        Ok(1 << (self.0.len() - 1))
    }

    /// The predicates that hold for one address.
    pub(super) fn met_by(&self, email: &str) -> u64 {
        let tests = self.0.iter().enumerate().filter(|(_, test)| test.holds(email));
        tests.fold(0, |met, (bit, _)| met | 1 << bit)
    }
}

/// One form of a message, with what several predicates ask of it.
pub(super) struct View<'c> {
    case: &'c Case,
    world: &'c World,
    subject: OnceCell<String>,
    body: OnceCell<String>,
}

impl<'c> View<'c> {
    pub(super) fn new(case: &'c Case, world: &'c World) -> Self {
        Self { case, world, subject: OnceCell::new(), body: OnceCell::new() }
    }

    fn lower_subject(&self) -> &str {
        self.subject.get_or_init(|| self.case.message.subject.to_lowercase())
    }

    fn lower_body(&self) -> &str {
        self.body.get_or_init(|| self.case.message.body.to_lowercase())
    }

    fn scope(&self) -> FromScope {
        let from = self.case.message.from.first().map_or("", Address::domain);
        let known = self.case.session.authenticated.get() == Some(&true);
        if known && self.world.directory.accepts(from) {
            FromScope::InOrganization
        } else {
            FromScope::NotInOrganization
        }
    }

    fn senders(&self, location: SenderAddressLocation) -> impl Iterator<Item = &str> {
        let (header, envelope) = match location {
            SenderAddressLocation::Header => (true, false),
            SenderAddressLocation::Envelope => (false, true),
            SenderAddressLocation::HeaderOrEnvelope => (true, true),
        };
        let from = self.case.message.from.iter().filter(move |_| header);
        let mail_from = self.case.session.mail_from.get().filter(move |_| envelope);
        from.map(|address| address.email.as_str())
            .chain(mail_from.map(String::as_str))
            .filter(|email| !email.is_empty())
    }
}

/// Which parts of a message may look otherwise by the time a rule is asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unsteady {
    pub(super) senders: bool,
    pub(super) subject: bool,
    pub(super) attachments: bool,
}

/// Conditions or exceptions of one rule.
#[derive(Debug, Clone)]
pub(super) struct Predicates {
    pub(super) scl_over: Option<Scl>,
    /// Bits of the predicates about recipients.
    pub(super) recipients: u64,
    location: SenderAddressLocation,
    scope: Option<FromScope>,
    from_words: Option<Words>,
    from_patterns: Option<RegexSet>,
    subject_words: Option<Words>,
    subject_patterns: Option<RegexSet>,
    text_words: Option<Words>,
    text_patterns: Option<RegexSet>,
    header_words: Option<(String, Words)>,
    header_patterns: Option<(String, RegexSet)>,
    attachment_words: Option<Words>,
    attachment_size: Option<(u32, AttachmentSizeComparison)>,
    message_size: Option<u64>,
}

impl Predicates {
    pub(super) fn parse(
        key: &str,
        rule: &RuleSpec,
        spec: &PredicatesSpec,
        tests: &mut RecipientTests,
    ) -> Result<Self, SpecError> {
        let words = |list: &[String]| Words::parse(key, list);
        let patterns = |list: &[String]| patterns(key, list);
        let header_words = match &spec.header_contains {
            Some(h) => words(&h.words)?.map(|words| (h.header.clone(), words)),
            None => None,
        };
        let header_patterns = match &spec.header_matches {
            Some(h) => patterns(&h.patterns)?.map(|set| (h.header.clone(), set)),
            None => None,
        };
        let any_words = words(&spec.any_of_recipient_address_contains_words)?;
        let any_patterns = patterns(&spec.any_of_recipient_address_matches_patterns)?;
        let recipients = tests.add(key, any_words.map(RecipientTest::Words))?
            | tests.add(key, any_patterns.map(RecipientTest::Patterns))?;
        let comparison = rule.attachment_size_comparison;
        Ok(Self {
            scl_over: spec.scl_over,
            recipients,
            location: rule.sender_address_location,
            scope: spec.from_scope,
            from_words: words(&spec.from_address_contains_words)?,
            from_patterns: patterns(&spec.from_address_matches_patterns)?,
            subject_words: words(&spec.subject_contains_words)?,
            subject_patterns: patterns(&spec.subject_matches_patterns)?,
            text_words: words(&spec.subject_or_body_contains_words)?,
            text_patterns: patterns(&spec.subject_or_body_matches_patterns)?,
            header_words,
            header_patterns,
            attachment_words: words(&spec.attachment_name_contains_words)?,
            attachment_size: spec.attachment_size_over.map(|size| (size, comparison)),
            message_size: spec.message_size_over,
        })
    }

    /// Whether all hold that can be told from the message as it stands: not those about the
    /// SCL and about recipients.
    pub(super) fn all_hold(&self, view: &View<'_>) -> bool {
        let steady = Unsteady { senders: false, subject: false, attachments: false };
        self.could_hold(view, steady)
            && self.text(view).into_iter().flatten().all(|holds| holds)
    }

    /// Whether one holds, apart from those about the SCL and about recipients.
    pub(super) fn any_holds(&self, view: &View<'_>) -> bool {
        let sender = self.sender(view).into_iter().flatten();
        let subject = self.subject(view).into_iter().flatten();
        let attachments = self.attachments(view).into_iter().flatten();
        let mut all = sender
            .chain(subject)
            .chain(attachments)
            .chain(self.text(view).into_iter().flatten());
        all.any(|holds| holds)
    }

    /// Whether all could hold for some form of the message.
    pub(super) fn could_hold(&self, view: &View<'_>, unsteady: Unsteady) -> bool {
        let all = |answers: [Option<bool>; 3]| answers.into_iter().flatten().all(|h| h);
        (unsteady.senders || all(self.sender(view)))
            && (unsteady.subject || all(self.subject(view)))
            && (unsteady.attachments || all(self.attachments(view)))
    }

    fn sender(&self, view: &View<'_>) -> [Option<bool>; 3] {
        let mut senders = view.senders(self.location);
        let mut again = view.senders(self.location);
        [
            self.scope.map(|scope| view.scope() == scope),
            self.from_words.as_ref().map(|words| senders.any(|from| words.are_in(from))),
            self.from_patterns.as_ref().map(|set| again.any(|from| set.is_match(from))),
        ]
    }

    fn subject(&self, view: &View<'_>) -> [Option<bool>; 3] {
        let words = self.subject_words.as_ref();
        let patterns = self.subject_patterns.as_ref();
        [
            words.map(|words| words.are_in_lower(view.lower_subject())),
            patterns.map(|set| set.is_match(&view.case.message.subject)),
            None,
        ]
    }

    fn attachments(&self, view: &View<'_>) -> [Option<bool>; 3] {
        let attachments = &view.case.message.attachments;
        let words = self.attachment_words.as_ref();
        [
            words.map(|words| attachments.iter().any(|a| words.are_in(&a.name))),
            self.attachment_size.map(|(limit, comparison)| {
                attachments.iter().any(|a| match comparison {
                    AttachmentSizeComparison::Ge => a.size >= limit,
                    AttachmentSizeComparison::Gt => a.size > limit,
                })
            }),
            None,
        ]
    }

    /// What depends on the whole text, header or size.
    fn text(&self, view: &View<'_>) -> [Option<bool>; 5] {
        let message = &view.case.message;
        let text_words = self.text_words.as_ref();
        let text_patterns = self.text_patterns.as_ref();
        let header_words = self.header_words.as_ref();
        let header_patterns = self.header_patterns.as_ref();
        [
            text_words.map(|words| {
                words.are_in_lower(view.lower_subject())
                    || words.are_in_lower(view.lower_body())
            }),
            text_patterns
                .map(|set| set.is_match(&message.subject) || set.is_match(&message.body)),
            header_words.map(|(name, words)| {
                message.header(name).any(|value| words.are_in(value))
            }),
            header_patterns
                .map(|(name, set)| message.header(name).any(|value| set.is_match(value))),
            self.message_size.map(|limit| view.case.size() as u64 > limit),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(word: &str, text: &str) -> bool {
        Words::parse("k", &[word.to_owned()]).unwrap().unwrap().are_in(text)
    }

    #[test]
    fn words_are_whole_and_of_any_case() {
        assert!(found("offer", "Special OFFER!"));
        assert!(!found("offer", "offers"));
        assert!(!found("offer", "coffer"));
        assert!(found("offer", "offers, offer"));
        assert!(found("[tag]", "re[tag]s"));
        assert!(!found("re[", "more[tag]"));
        assert!(!found("]s", "re[tag]so"));
        assert!(found("*", "a * b"));
        assert!(!found("off*", "offer"));
        assert!(found("größe", "Die GRÖSSE, die Größe"));
    }

    #[test]
    fn a_pattern_that_cannot_be_used_is_named() {
        for wrong in ["(a", "a(?=b)", r"(a)\1", ""] {
            let error = patterns("rules.`r`", &[wrong.to_owned()]).unwrap_err();
            assert!(error.to_string().contains(wrong), "{error}");
        }
        assert!(patterns("k", &["x".repeat(129)]).is_err());
    }

    #[test]
    fn a_pattern_cannot_be_made_slow_by_the_text() {
        let set = patterns("k", &["(a+)+b".to_owned()]).unwrap().unwrap();
        assert!(!set.is_match(&"a".repeat(100_000)));
    }
}
