//! Learning, one message at a time.

use mail::Label;

use crate::model::logistic;
use crate::{Document, Model, Parameters, Scratch, TABLE_BITS, Trainer};

/// A model in the making. Holds what only training needs, about 16 MB for
/// [`Trainer::Accurate`], beside the 8 MB of the model.
#[derive(Debug, Clone)]
pub struct Learner {
    trainer: Trainer,
    parameters: Parameters,
    model: Model,
    /// Ham and spam messages seen with each feature, by [`Label::index`].
    counts: Vec<[u32; 2]>,
    scratch: Scratch,
    weights: Vec<f32>,
    discounts: Vec<f32>,
}

impl Learner {
    /// A learner that has seen nothing.
    pub fn new(trainer: Trainer) -> Self {
        let counts = match trainer {
            Trainer::Fast => Vec::new(),
            Trainer::Accurate => vec![[0; 2]; 1 << TABLE_BITS],
        };
        Self {
            trainer,
            parameters: trainer.parameters(),
            model: Model::new(),
            counts,
            scratch: Scratch::new(),
            weights: Vec::new(),
            discounts: Vec::new(),
        }
    }

    /// The score of `document` under what was learnt so far.
    pub fn score(&mut self, document: &Document<'_>) -> f64 {
        self.model.score(&mut self.scratch, document)
    }

    /// Learns `document`; gives the score it had before.
    pub fn learn(&mut self, document: &Document<'_>, label: Label) -> f64 {
        let score = self.score(document);
        match self.trainer {
            Trainer::Fast => self.step(score, label),
            Trainer::Accurate => self.drill(score, label),
        }
        score
    }

    /// What was learnt so far.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Ends learning.
    pub fn into_model(self) -> Model {
        self.model
    }

    fn error(score: f64, label: Label) -> f64 {
        f64::from(u8::from(label == Label::Spam)) - logistic(score)
    }

    /// One gradient step on the features in the scratch.
    fn step(&mut self, score: f64, label: Label) {
        let gain = self.parameters.rate * Self::error(score, label);
        let step = narrow(gain);
        for slot in self.scratch.last() {
            self.model.weights[*slot as usize] += step;
        }
        self.model.bias += gain;
    }

    /// Rounds on the features in the scratch until the score passes the margin.
    ///
    /// Weights and discounts are gathered once, so that a round runs over plain arrays.
    fn drill(&mut self, score: f64, label: Label) {
        self.gather(label);
        let enough = 0.5 - self.parameters.margin;
        let mut score = score;
        for _ in 0..self.parameters.rounds {
            let error = Self::error(score, label);
            if error.abs() < enough {
                break;
            }
            let step = narrow(self.parameters.rate * error);
            score = round(&mut self.weights, &self.discounts, step) + self.model.bias;
        }
        for (slot, weight) in self.scratch.last().iter().zip(&self.weights) {
            self.model.weights[*slot as usize] = *weight;
        }
    }

    fn gather(&mut self, label: Label) {
        self.weights.clear();
        self.discounts.clear();
        for slot in self.scratch.last() {
            let counts = &mut self.counts[*slot as usize];
            counts[label.index()] = counts[label.index()].saturating_add(1);
            self.discounts.push(discount(*counts, self.parameters.smoothing));
            self.weights.push(self.model.weights[*slot as usize]);
        }
    }
}

/// |2q − 1| with q the smoothed spam share of a feature: 1 where one label alone has it, 0
/// where both have it equally often.
fn discount([ham, spam]: [u32; 2], smoothing: f64) -> f32 {
    let (ham, spam) = (f64::from(ham) + smoothing, f64::from(spam) + smoothing);
    narrow((2.0 * spam / (ham + spam) - 1.0).abs())
}

/// w ← (w + step) · discount for every weight; gives the new sum, in eight running sums
/// that are always folded the same way.
fn round(weights: &mut [f32], discounts: &[f32], step: f32) -> f64 {
    let mut sums = [0.0_f32; 8];
    let mut weights = weights.chunks_exact_mut(8);
    let mut discounts = discounts.chunks_exact(8);
    for (weights, discounts) in weights.by_ref().zip(discounts.by_ref()) {
        for ((weight, discount), sum) in weights.iter_mut().zip(discounts).zip(&mut sums)
        {
            *weight = (*weight + step) * discount;
            *sum += *weight;
        }
    }
    let rest = weights.into_remainder().iter_mut().zip(discounts.remainder());
    let mut total = 0.0;
    for (weight, discount) in rest {
        *weight = (*weight + step) * discount;
        total += f64::from(*weight);
    }
    total + sums.iter().map(|sum| f64::from(*sum)).sum::<f64>()
}

#[expect(clippy::cast_possible_truncation, reason = "weights are stored as f32")]
fn narrow(value: f64) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn both_trainers_learn_to_tell_two_messages_apart() {
        let ham = Document::unparsed(b"Subject: minutes\n\nthe meeting is on monday");
        let spam = Document::unparsed(b"Subject: winner\n\nclaim your prize today!!");
        for trainer in Trainer::ALL {
            let mut learner = Learner::new(trainer);
            assert!(learner.learn(&ham, Label::Ham).abs() < 1e-12);
            for _ in 0..20 {
                learner.learn(&spam, Label::Spam);
                learner.learn(&ham, Label::Ham);
            }
            assert!(learner.score(&spam) > 0.5, "{trainer}");
            assert!(learner.score(&ham) < -0.5, "{trainer}");
            assert!(learner.model().used_slots() > 20);
        }
    }

    #[test]
    fn a_drilled_message_passes_the_margin() {
        let document = Document::unparsed(b"Subject: winner\n\nclaim your prize today!!");
        let mut learner = Learner::new(Trainer::Accurate);
        learner.learn(&document, Label::Spam);
        let rounds = f64::from(Parameters::ACCURATE.rounds);
        // About fifty features move by at most half the rate in a round.
        assert!(learner.score(&document) > 0.0);
        assert!(learner.score(&document) < rounds * 50.0 * Parameters::ACCURATE.rate);
    }

    #[test]
    fn a_feature_of_both_labels_is_discounted() {
        assert!(discount([3, 3], 1e-4).abs() < 1e-6);
        assert!(discount([0, 1], 1e-4) > 0.999);
        assert!((discount([1, 3], 0.0) - 0.5).abs() < 1e-6);
    }

    /// The recipe word for word, on the whole table.
    fn naive(messages: &[(Vec<u8>, Label)]) -> Vec<f64> {
        let p = Parameters::ACCURATE;
        let mut weights = vec![0.0_f64; 1 << TABLE_BITS];
        let mut counts = vec![[0_u32; 2]; 1 << TABLE_BITS];
        let mut scratch = Scratch::new();
        let mut scores = Vec::new();
        for (raw, label) in messages {
            let slots = scratch.features(&Document::unparsed(raw)).to_vec();
            let sum =
                |weights: &[f64]| slots.iter().map(|s| weights[*s as usize]).sum::<f64>();
            scores.push(sum(&weights));
            for slot in &slots {
                counts[*slot as usize][label.index()] += 1;
            }
            for _ in 0..p.rounds {
                let target = if *label == Label::Spam { 1.0 } else { 0.0 };
                let error = target - 1.0 / (1.0 + (-sum(&weights)).exp());
                if error.abs() < 0.5 - p.margin {
                    break;
                }
                for slot in &slots {
                    let [ham, spam] = counts[*slot as usize].map(f64::from);
                    let q = (spam + p.smoothing) / (ham + spam + 2.0 * p.smoothing);
                    let weight = &mut weights[*slot as usize];
                    *weight = (*weight + p.rate * error) * (2.0 * q - 1.0).abs();
                }
            }
        }
        scores
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        #[test]
        fn the_gathered_rounds_are_the_recipe(
            messages in prop::collection::vec(("[a-d \n]{0,120}", any::<bool>()), 1..12),
        ) {
            let messages: Vec<_> = messages
                .into_iter()
                .map(|(text, spam)| (text.into_bytes(), Label::ALL[usize::from(spam)]))
                .collect();
            let mut learner = Learner::new(Trainer::Accurate);
            for ((raw, label), want) in messages.iter().zip(naive(&messages)) {
                let got = learner.learn(&Document::unparsed(raw), *label);
                prop_assert!((got - want).abs() < 1e-3, "{got} is not {want}");
            }
        }
    }
}
