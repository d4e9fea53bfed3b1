//! Two policies on the same mail.
//!
//! What it is for: whether one ends mail differently from the other, how sure that is and
//! which messages changed. Every statement rests on the pairs: the same message under both.
//!
//! What it must not know: where the two came from, how anything is printed.
//!
//! Main type: [`PairedComparison`].

mod comparison;
mod difference;
mod flips;
mod holm;
mod mcnemar;
mod pairs;
mod sentences;

pub use comparison::{
    Change, LabelTest, PairedComparison, Sides, TierComparison, compare,
};
pub use difference::{PairedDifference, paired_difference};
pub use flips::{Ended, TierFlip};
pub use holm::holm_adjusted;
pub(crate) use mcnemar::grouped_losses;
pub use mcnemar::{grouped_mcnemar, mcnemar};
pub use sentences::p_shown;

#[cfg(test)]
mod tests;
