//! Which words of a message speak loudest for spam or against it.

use std::collections::{BTreeMap, BTreeSet};

use mail::Label;

use crate::features::grams;
use crate::{Document, Model};

/// Most characters of a word that are told.
const WORD: usize = 40;

/// A word of a message with what it adds to the score.
#[derive(Debug, Clone, PartialEq)]
pub struct Voice {
    /// The word as it stands in the raw message, control characters left out.
    pub word: String,
    /// Sum of the weights of the features that begin in it, in natural log-odds of spam.
    pub weight: f64,
}

impl Model {
    /// The words that speak loudest for `label`, loudest first, at most `most`.
    ///
    /// A word is a run of the raw message between blanks. A feature counts where it first
    /// appears, as the score counts each only once; so the weights of all words, the blanks
    /// and the bias add up to the score.
    pub fn voices(
        &self,
        document: &Document<'_>,
        label: Label,
        most: usize,
    ) -> Vec<Voice> {
        let (text, slots) = grams(document);
        let mut seen = BTreeSet::new();
        let mut weights: BTreeMap<&[u8], f64> = BTreeMap::new();
        let mut at = 0;
        for word in text.split(u8::is_ascii_whitespace) {
            let own = slots.get(at..(at + word.len()).min(slots.len())).unwrap_or(&[]);
            let new = own.iter().filter(|slot| seen.insert(**slot));
            let sum: f64 = new.map(|slot| f64::from(self.weights[*slot as usize])).sum();
            *weights.entry(word).or_default() += sum;
            // The feature of a blank counts for no word, but only once too.
            seen.extend(slots.get(at + word.len()));
            at += word.len() + 1;
        }
        let sign = match label {
            Label::Ham => -1.0,
            Label::Spam => 1.0,
        };
        let mut loud: Vec<(&[u8], f64)> = weights
            .into_iter()
            .filter(|(word, weight)| !word.is_empty() && sign * weight > 0.0)
            .collect();
        loud.sort_by(|a, b| (sign * b.1).total_cmp(&(sign * a.1)).then(a.0.cmp(b.0)));
        loud.truncate(most);
        let voice = |(word, weight)| Voice { word: readable(word), weight };
        loud.into_iter().map(voice).collect()
    }
}

fn readable(word: &[u8]) -> String {
    let text = String::from_utf8_lossy(word);
    text.chars().filter(|c| !c.is_control()).take(WORD).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Trainer, train};

    #[test]
    fn the_words_that_made_the_score_are_named() {
        let texts = [
            ("Subject: a\n\nhello prizewinner today", Label::Spam),
            ("Subject: b\n\nhello committee today", Label::Ham),
        ];
        let items = texts.iter().cycle().take(20).map(|(text, label)| train::Item {
            document: Document::unparsed(text.as_bytes()),
            label: *label,
            group: None,
        });
        let model = train::fit(items, Trainer::Fast);
        let mixed = Document::unparsed(b"Subject: c\n\nprizewinner committee committee");
        let loudest = |label| model.voices(&mixed, label, 1).remove(0);
        let (spam, ham) = (loudest(Label::Spam), loudest(Label::Ham));
        assert_eq!((&*spam.word, &*ham.word), ("prizewinner", "committee"));
        assert!(spam.weight > 0.0 && ham.weight < 0.0);
        assert!(model.voices(&mixed, Label::Spam, 0).is_empty());
        assert!(model.voices(&Document::unparsed(b""), Label::Spam, 9).is_empty());
    }
}
