//! Evidence by number: what the second pass reads.

use mail::Stamps;

use crate::Edits;

/// Evidence numbers of one agent for one case, by form of the message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Variants {
    /// No change that the agent could notice is possible.
    One(u32),
    /// One number per subset of the noticeable changes that are possible.
    Many {
        /// The changes this agent could notice in this case.
        noticed: Edits,
        /// Number by set of changes, sorted.
        by_edits: Box<[(Edits, u32)]>,
    },
}

impl Variants {
    /// The evidence number for a message with these changes.
    pub(crate) fn at(&self, edits: Edits) -> usize {
        match self {
            Self::One(id) => *id as usize,
            Self::Many { noticed, by_edits } => {
                let key = edits & *noticed;
                let at = by_edits
                    .binary_search_by_key(&key, |(edits, _)| *edits)
                    .expect("every subset of the noticed changes was observed");
                by_edits[at].1 as usize
            }
        }
    }

    /// Other numbers for the same evidence.
    pub(crate) fn renumber(&mut self, numbers: &[u32]) {
        match self {
            Self::One(id) => *id = numbers[*id as usize],
            Self::Many { by_edits, .. } => {
                for (_, id) in by_edits {
                    *id = numbers[*id as usize];
                }
            }
        }
    }

    /// Every evidence number.
    pub(crate) fn ids(&self) -> impl Iterator<Item = usize> {
        let (one, many) = match self {
            Self::One(id) => (Some(*id as usize), [].as_slice()),
            Self::Many { by_edits, .. } => (None, &**by_edits),
        };
        one.into_iter().chain(many.iter().map(|(_, id)| *id as usize))
    }
}

/// Everything about a case that its way through the pipeline depends on, by number. Cases of
/// one class and no shared memory have the same fate under every policy in scope.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Class {
    /// Per agent, in the order of registration.
    pub(crate) seats: Box<[Variants]>,
    /// For the store.
    pub(crate) store: Variants,
    /// Number of recipients, at least one.
    pub(crate) recipients: u16,
    /// Changes that would change this case.
    pub(crate) possible: Edits,
    /// Stamps that a server before this one has left.
    pub(crate) arrived: Stamps,
}

impl Class {
    /// Number of recipients, at least one.
    pub fn recipients(&self) -> usize {
        usize::from(self.recipients)
    }
}

/// One agent's evidence about the message at hand.
#[derive(Debug)]
pub struct Seen<'a, E> {
    pub(crate) table: &'a [E],
    pub(crate) variants: &'a Variants,
}

impl<'a, E> Seen<'a, E> {
    /// The evidence for a message with these changes made.
    pub fn at(&self, edits: Edits) -> &'a E {
        &self.table[self.variants.at(edits)]
    }
}
