//! What was read and skipped.

use std::collections::BTreeMap;

use serde::Serialize;

use mail::Label;

use crate::{Relabelled, SkipReason, Skipped};

/// Counts of one reading; `read` is always cases plus skipped.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Tally {
    /// Messages found.
    pub read: u64,
    /// Cases made of them, by [`Label::index`].
    pub cases: [u64; 2],
    /// Messages skipped, by reason.
    pub skipped: BTreeMap<SkipReason, u64>,
    /// Messages whose bytes had been read before under the same label.
    pub exact_duplicates: u64,
    /// Lines of sidecars that no message used.
    pub sidecar_misses: u64,
    /// Labels that were changed.
    #[serde(skip_serializing_if = "Relabelled::is_none")]
    pub relabelled: Relabelled,
    /// The first skipped messages, to be looked at.
    #[serde(skip)]
    pub examples: Vec<Skipped>,
}

/// Skipped messages that are kept by name.
const EXAMPLES: usize = 20;

impl Tally {
    /// All cases.
    pub fn total(&self) -> u64 {
        self.cases.iter().sum()
    }

    /// All skipped messages.
    pub fn total_skipped(&self) -> u64 {
        self.skipped.values().sum()
    }

    /// Counts a case.
    pub fn case(&mut self, label: Label) {
        self.read += 1;
        self.cases[label.index()] += 1;
    }

    /// Counts a skipped message.
    pub fn skip(&mut self, skipped: Skipped) {
        self.read += 1;
        *self.skipped.entry(skipped.reason).or_default() += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(skipped);
        }
    }

    /// A case turns out to be none.
    pub(super) fn withdraw(&mut self, label: Label, place: &str, reason: SkipReason) {
        self.read -= 1;
        self.cases[label.index()] -= 1;
        self.skip(Skipped { place: place.to_owned(), reason });
    }
}
