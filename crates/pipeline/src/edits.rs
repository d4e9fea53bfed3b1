//! Which changes have been made to a message so far.

use std::ops::{BitAnd, BitOr};

/// A set of changes, by position in the engine's catalogue of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Edits(u16);

impl Edits {
    /// The message as it arrived.
    pub const NONE: Self = Self(0);
    /// How many changes one policy may have in all.
    pub const LIMIT: usize = 16;

    /// The set of one change.
    pub(crate) fn one(position: usize) -> Self {
        debug_assert!(position < Self::LIMIT, "the engine checks the limit");
        Self(1 << position)
    }

    /// Whether no change is in the set.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Positions in ascending order.
    pub(crate) fn positions(self) -> impl Iterator<Item = usize> {
        (0..Self::LIMIT).filter(move |position| self.0 >> position & 1 == 1)
    }

    /// The set less one change.
    pub(crate) fn without(self, position: usize) -> Self {
        Self(self.0 & !Self::one(position).0)
    }

    /// Every subset, the empty one first.
    pub(crate) fn subsets(self) -> impl Iterator<Item = Self> {
        let mut next = Some(0u16);
        std::iter::from_fn(move || {
            let current = next?;
            next = (current != self.0).then(|| (current.wrapping_sub(self.0)) & self.0);
            Some(Self(current))
        })
    }
}

impl BitOr for Edits {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitAnd for Edits {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subsets_are_all_and_each_once() {
        let set = Edits(0b1101);
        let subsets: Vec<_> = set.subsets().map(|s| s.0).collect();
        assert_eq!(subsets, [0, 1, 4, 5, 8, 9, 12, 13]);
        assert_eq!(Edits::NONE.subsets().count(), 1);
    }
}
