//! Custom weights of the 2003 filter. Source: specification 6.3.
//!
//! Every entry counts once, however often its text stands in the message. Where the source
//! is silent: BOTH means in the subject or in the body, and an entry found in both counts
//! once.

mod file;

use mail::{Message, Scl};
use serde::{Deserialize, Serialize};

pub use file::MAX_WEIGHT_FILE_BYTES;

use crate::WeightError;
use crate::words::Words;

/// An entry's text has at most this many characters.
pub const MAX_WEIGHT_CHARS: usize = 1_000;

/// Where an entry's text is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum WeightPart {
    /// The text body.
    Body,
    /// The subject.
    Subject,
    /// Either of them.
    Both,
}

/// What a matching entry does to the SCL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum WeightChange {
    /// Adds a number, which may be negative.
    Add(i32),
    /// Forces SCL 0; wins over everything.
    Min,
    /// Forces SCL 9.
    Max,
}

/// One custom weight.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WeightEntry {
    /// Where to look.
    pub part: WeightPart,
    /// What to do.
    pub change: WeightChange,
    /// What to look for, in any letter case.
    pub text: String,
}

/// Custom weights ready to be applied.
#[derive(Debug, Clone)]
pub struct CustomWeights {
    entries: Vec<(WeightPart, WeightChange)>,
    words: Words,
}

impl CustomWeights {
    /// Checks the limit and prepares the search.
    ///
    /// # Errors
    ///
    /// [`WeightError`] for an empty or too long text.
    pub fn new(entries: &[WeightEntry]) -> Result<Self, WeightError> {
        for (number, entry) in (1..).zip(entries) {
            check(number, &entry.text)?;
        }
        let words = Words::new(entries.iter().map(|entry| entry.text.as_str()))
            .map_err(|error| WeightError::Matcher(error.to_string()))?;
        let entries = entries.iter().map(|entry| (entry.part, entry.change)).collect();
        Ok(Self { entries, words })
    }

    /// What the entries that stand in a message come to.
    pub fn find(&self, message: &Message) -> Weighing {
        if self.entries.is_empty() {
            return Weighing::Sum(0);
        }
        let matched = self.matched(message);
        let changes = || {
            let entries = self.entries.iter().zip(&matched);
            entries.filter(|(_, hit)| **hit).map(|((_, change), _)| *change)
        };
        if changes().any(|change| change == WeightChange::Min) {
            return Weighing::Min;
        }
        if changes().any(|change| change == WeightChange::Max) {
            return Weighing::Max;
        }
        let added: i64 = changes()
            .map(|change| match change {
                WeightChange::Add(number) => i64::from(number),
                WeightChange::Min | WeightChange::Max => 0,
            })
            .sum();
        Weighing::Sum(added)
    }

    /// Which entries stand in the message.
    fn matched(&self, message: &Message) -> Vec<bool> {
        let mut matched = vec![false; self.entries.len()];
        let parts =
            [(&message.subject, WeightPart::Body), (&message.body, WeightPart::Subject)];
        for (text, other) in parts {
            for index in self.words.find(text) {
                matched[index] |= self.entries[index].0 != other;
            }
        }
        matched
    }
}

/// What all matching entries together do to a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Weighing {
    /// Their numbers are added; 0 where nothing matches.
    Sum(i64),
    /// SCL 0.
    Min,
    /// SCL 9.
    Max,
}

impl Weighing {
    /// The level after it; -1, the trusted mark, stays.
    pub fn on(self, scl: Scl) -> Scl {
        match self {
            _ if scl.is_trusted() => scl,
            Self::Sum(0) => scl,
            Self::Sum(added) => Scl::rating(i64::from(scl).saturating_add(added)),
            Self::Min => Scl::MIN,
            Self::Max => Scl::MAX,
        }
    }
}

fn check(number: usize, text: &str) -> Result<(), WeightError> {
    let found = text.chars().count();
    if text.trim().is_empty() {
        return Err(WeightError::Empty { number });
    }
    if found > MAX_WEIGHT_CHARS {
        let start = text.chars().take(20).collect();
        return Err(WeightError::TooLong {
            number,
            start,
            found,
            limit: MAX_WEIGHT_CHARS,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(entries: &[(WeightPart, WeightChange, &str)], from: i64) -> i8 {
        let entries: Vec<_> = entries
            .iter()
            .map(|(part, change, text)| WeightEntry {
                part: *part,
                change: *change,
                text: (*text).to_owned(),
            })
            .collect();
        let message = Message {
            subject: "Cheap watches".into(),
            body: "Buy cheap cheap replicas".into(),
            ..Message::default()
        };
        let weights = CustomWeights::new(&entries).unwrap();
        weights.find(&message).on(Scl::new(from).unwrap()).get()
    }

    #[test]
    fn integers_add_up_once_per_entry_and_clamp() {
        use WeightChange::Add;
        use WeightPart::{Body, Both, Subject};
        assert_eq!(apply(&[(Both, Add(2), "cheap")], 3), 5);
        assert_eq!(apply(&[(Body, Add(2), "watches")], 3), 3);
        assert_eq!(apply(&[(Subject, Add(2), "watches"), (Body, Add(-4), "buy")], 3), 1);
        assert_eq!(apply(&[(Both, Add(2), "watch")], 3), 3);
        assert_eq!(apply(&[(Both, Add(i32::MAX), "cheap"); 3], 3), 9);
        assert_eq!(apply(&[(Both, Add(-9), "cheap")], 3), 0);
        assert_eq!(apply(&[(Both, Add(9), "cheap")], -1), -1);
    }

    #[test]
    fn min_wins_over_max_and_numbers() {
        use WeightChange::{Add, Max, Min};
        use WeightPart::Both;
        assert_eq!(apply(&[(Both, Max, "cheap")], 3), 9);
        assert_eq!(apply(&[(Both, Max, "cheap"), (Both, Min, "buy")], 3), 0);
        assert_eq!(apply(&[(Both, Add(-9), "cheap"), (Both, Max, "buy")], 3), 9);
    }

    #[test]
    fn long_texts_are_refused() {
        let entry = |text: String| WeightEntry {
            part: WeightPart::Both,
            change: WeightChange::Min,
            text,
        };
        assert!(CustomWeights::new(&[entry("x".repeat(1000))]).is_ok());
        assert!(CustomWeights::new(&[entry("x".repeat(1001))]).is_err());
        assert!(CustomWeights::new(&[entry(String::new())]).is_err());
    }
}
