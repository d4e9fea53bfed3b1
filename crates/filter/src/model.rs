//! The scoring function.

use crate::{Document, Scratch, TABLE_BITS};

/// A linear model: one weight per slot of a hashed table.
///
/// The score of a message is the sum of the weights of its features plus a bias, in natural
/// log-odds of spam as the trainer sees them; above zero leans to spam. Both trainers make
/// models of this one kind. A [`Calibration`](crate::Calibration) turns scores into
/// probabilities that hold on mail that was not learnt.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    pub(crate) weights: Vec<f32>,
    pub(crate) bias: f64,
}

impl Model {
    /// A model that has learnt nothing: every score is 0.
    pub(crate) fn new() -> Self {
        Self { weights: vec![0.0; 1 << TABLE_BITS], bias: 0.0 }
    }

    /// Scores `document`.
    pub fn score(&self, scratch: &mut Scratch, document: &Document<'_>) -> f64 {
        self.score_features(scratch.features(document))
    }

    /// Scores a set of features. Four running sums, always folded the same way.
    pub(crate) fn score_features(&self, features: &[u32]) -> f64 {
        const SLOTS: usize = 1 << TABLE_BITS;
        let weights: &[f32; SLOTS] =
            self.weights.as_slice().try_into().expect("a weight for each slot");
        // Slots are below that; said once more, the loop needs no check.
        let weight = |slot: &u32| f64::from(weights[*slot as usize % SLOTS]);
        let mut sums = [0.0; 4];
        let chunks = features.chunks_exact(4);
        let rest: f64 = chunks.remainder().iter().map(weight).sum();
        for chunk in chunks {
            for (sum, slot) in sums.iter_mut().zip(chunk) {
                *sum += weight(slot);
            }
        }
        (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest + self.bias
    }

    /// How many weights are not zero.
    pub fn used_slots(&self) -> usize {
        self.weights.iter().filter(|weight| **weight != 0.0).count()
    }
}

/// The probability of spam that a log-odds score stands for.
pub(crate) fn logistic(score: f64) -> f64 {
    1.0 / (1.0 + (-score).exp())
}
