//! Custom phrases of the content filter. Source: specification 3.8.
//!
//! Where the product is not documented this follows the specification's choices: a `GoodWord`
//! wins over a `BadWord` (U13), and phrases are looked for as whole words in the subject and
//! the text body (U14). A phrase does not reach from the subject into the body.

use mail::{Message, Scl};
use serde::{Deserialize, Serialize};

use crate::words::Words;
use crate::{Document, PhraseError};

/// Phrases one server takes.
pub const MAX_PHRASES: usize = 800;

/// A phrase has fewer characters than this.
pub const MAX_PHRASE_CHARS: usize = 257;

/// What a phrase does to a message that has it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub enum Influence {
    /// SCL 0.
    GoodWord,
    /// SCL 9.
    BadWord,
}

impl Influence {
    /// The level the phrase forces.
    pub const fn scl(self) -> Scl {
        match self {
            Self::GoodWord => Scl::MIN,
            Self::BadWord => Scl::MAX,
        }
    }
}

/// One custom phrase.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Phrase {
    /// The text, in any letter case.
    pub phrase: String,
    /// What it does.
    pub influence: Influence,
}

/// The phrase that decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PhraseHit {
    /// Its place in the list given to [`Phrases::new`].
    pub index: usize,
    /// What it does.
    pub influence: Influence,
}

/// Custom phrases ready to be found.
#[derive(Debug, Clone)]
pub struct Phrases {
    influences: Vec<Influence>,
    words: Words,
}

impl Phrases {
    /// Checks the limits and prepares the search.
    ///
    /// # Errors
    ///
    /// [`PhraseError`] for too many, empty or too long phrases.
    pub fn new(phrases: &[Phrase]) -> Result<Self, PhraseError> {
        if phrases.len() > MAX_PHRASES {
            let (found, limit) = (phrases.len(), MAX_PHRASES);
            return Err(PhraseError::TooMany { found, limit });
        }
        for (number, phrase) in (1..).zip(phrases) {
            check(number, &phrase.phrase)?;
        }
        let words = Words::new(phrases.iter().map(|phrase| phrase.phrase.as_str()))
            .map_err(|error| PhraseError::Matcher(error.to_string()))?;
        let influences = phrases.iter().map(|phrase| phrase.influence).collect();
        Ok(Self { influences, words })
    }

    /// Whether there are no phrases.
    pub fn is_empty(&self) -> bool {
        self.influences.is_empty()
    }

    /// The phrase that decides about `document`: a `GoodWord` where there is one, else a
    /// `BadWord`; the first in the list of its kind.
    pub fn find(&self, document: &Document<'_>) -> Option<PhraseHit> {
        self.find_in(document.message())
    }

    /// As [`Phrases::find`], in a parsed message.
    pub fn find_in(&self, message: &Message) -> Option<PhraseHit> {
        if self.is_empty() {
            return None;
        }
        [&message.subject, &message.body]
            .into_iter()
            .filter_map(|text| {
                self.words
                    .find(text)
                    .into_iter()
                    .map(|index| (self.influences[index], index))
                    .min()
            })
            .min()
            .map(|(influence, index)| PhraseHit { index, influence })
    }
}

fn check(number: usize, phrase: &str) -> Result<(), PhraseError> {
    let found = phrase.chars().count();
    if phrase.trim().is_empty() {
        return Err(PhraseError::Empty { number });
    }
    if found >= MAX_PHRASE_CHARS {
        let start = phrase.chars().take(20).collect();
        return Err(PhraseError::TooLong {
            number,
            start,
            found,
            limit: MAX_PHRASE_CHARS,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrases(list: &[(&str, Influence)]) -> Result<Phrases, PhraseError> {
        let list: Vec<_> = list
            .iter()
            .map(|(phrase, influence)| Phrase {
                phrase: (*phrase).to_owned(),
                influence: *influence,
            })
            .collect();
        Phrases::new(&list)
    }

    fn message(subject: &str, body: &str) -> Message {
        Message { subject: subject.into(), body: body.into(), ..Message::default() }
    }

    #[test]
    fn a_good_word_wins_over_a_bad_word() {
        let list = [
            ("viagra", Influence::BadWord),
            ("project x", Influence::GoodWord),
            ("free", Influence::BadWord),
        ];
        let phrases = phrases(&list).unwrap();
        let hit = |subject, body| phrases.find_in(&message(subject, body));
        assert_eq!(hit("Free VIAGRA", "").unwrap().index, 0);
        assert_eq!(hit("", "it is free").unwrap().influence.scl(), Scl::MAX);
        assert_eq!(hit("free", "Project\nX").unwrap().influence.scl(), Scl::MIN);
        assert_eq!(hit("freedom", "project"), None);
        assert_eq!(hit("project", "x"), None);
    }

    #[test]
    fn limits_are_checked() {
        let long = |chars| "ü".repeat(chars);
        assert!(phrases(&[(&long(256), Influence::BadWord)]).is_ok());
        let error =
            phrases(&[("a", Influence::BadWord), (&long(257), Influence::BadWord)]);
        assert_eq!(
            error.unwrap_err().to_string(),
            "use custom phrase 2 (`üüüüüüüüüüüüüüüüüüüü…`): it has 257 characters and must \
             have fewer than 257; shorten it"
        );
        assert!(phrases(&[(" ", Influence::GoodWord)]).is_err());
        let many = vec![("a", Influence::GoodWord); 801];
        assert!(phrases(&many[..800]).is_ok());
        assert_eq!(
            phrases(&many).unwrap_err(),
            PhraseError::TooMany { found: 801, limit: 800 }
        );
        assert!(phrases(&[]).unwrap().find_in(&message("a", "b")).is_none());
    }
}
