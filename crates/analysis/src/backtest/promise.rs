//! Promises of a tuning and whether the next period keeps them.

use mail::{Label, Tier};
use serde::Serialize;
use sweep::Tally;

use crate::{Goal, Rate, holm_adjusted, lower_tail, upper_bound};

/// How a promise fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PromiseStanding {
    /// Nothing to judge: no mail of the label in the period, or a bound of 1.
    Empty,
    /// The delivered rate is within the bound.
    Kept,
    /// The delivered rate is over the bound, but by no more than chance explains.
    Exceeded,
    /// So many errors would be too rare if the true rate were within the bound.
    Broken,
}

impl PromiseStanding {
    /// `empty`, `kept`, `exceeded` or `broken`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Kept => "kept",
            Self::Exceeded => "exceeded",
            Self::Broken => "broken",
        }
    }
}

/// One label at one tier in one period: FP for ham, FN for spam.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Promise {
    /// Ham for false positives, spam for false negatives.
    pub label: Label,
    /// The tier.
    pub tier: Tier,
    /// What was seen at tuning, by the labels known then.
    pub tuned: Rate,
    /// The promise: the exact one-sided upper bound at tuning, at the goal's confidence.
    pub promised: f64,
    /// What the period delivered, by the true labels.
    pub delivered: Rate,
    /// How likely so many errors or more are if the true rate is the bound.
    pub p_value: f64,
    /// How it fared.
    pub standing: PromiseStanding,
}

/// All eight promises of one step, good mail first, mildest tier first.
pub fn promises(tuned: &Tally, delivered: &Tally, goal: &Goal) -> Vec<Promise> {
    let labels = Label::ALL.into_iter();
    let each = labels.flat_map(|label| Tier::ACTING.map(|tier| (label, tier)));
    each.map(|(label, tier)| {
        let rate = |tally: &Tally| match label {
            Label::Ham => Rate::false_positives(tally, tier),
            Label::Spam => Rate::false_negatives(tally, tier),
        };
        Promise::new(label, tier, rate(tuned), rate(delivered), goal.confidence())
    })
    .collect()
}

impl Promise {
    fn new(
        label: Label,
        tier: Tier,
        tuned: Rate,
        delivered: Rate,
        confidence: f64,
    ) -> Self {
        let promised = upper_bound(tuned.count, tuned.of, confidence);
        let Rate { count, of, rate, .. } = delivered;
        let p_value = upper_tail(count, of, promised);
        let standing = if of == 0 || promised >= 1.0 {
            PromiseStanding::Empty
        } else if p_value <= 1.0 - confidence {
            PromiseStanding::Broken
        } else if rate > promised {
            PromiseStanding::Exceeded
        } else {
            PromiseStanding::Kept
        };
        Self { label, tier, tuned, promised, delivered, p_value, standing }
    }
}

/// How likely `count` or more of `of` are at `rate`.
fn upper_tail(count: u64, of: u64, rate: f64) -> f64 {
    lower_tail(of - count, of, 1.0 - rate)
}

/// The promises on one label at one tier over all periods.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PromiseCount {
    /// Ham for false positives, spam for false negatives.
    pub label: Label,
    /// The tier.
    pub tier: Tier,
    /// Promises that could be judged.
    pub promises: u64,
    /// Delivered rates over their bound, broken ones among them.
    pub exceeded: u64,
    /// Broken promises.
    pub broken: u64,
    /// The largest chance of a broken promise where the mail does not change.
    pub chance: f64,
    /// How likely so many broken promises or more are by that chance.
    pub p_value: f64,
    /// The same, adjusted by Holm over labels and tiers.
    pub p_holm: f64,
}

/// Counts the promises of all steps and judges the broken ones.
///
/// A bound at confidence 1 - α lies below the true rate with a chance of at most α, and
/// where it does not, so many errors come with a chance of at most α; so a promise breaks
/// by chance at most 2α of the time where the mail stays what it was and the policy was not
/// picked for its luck. The binomial test of the broken promises takes the periods as
/// independent.
pub fn promise_counts(steps: &[&[Promise]], goal: &Goal) -> Vec<PromiseCount> {
    let chance = 2.0 * (1.0 - goal.confidence());
    let labels = Label::ALL.into_iter();
    let each = labels.flat_map(|label| Tier::ACTING.map(|tier| (label, tier)));
    let mut counts: Vec<PromiseCount> = each
        .map(|(label, tier)| {
            let of = |least: PromiseStanding| {
                let all = steps.iter().copied().flatten();
                let here = all.filter(|p| p.label == label && p.tier == tier);
                here.filter(|promise| promise.standing >= least).count() as u64
            };
            let (promises, broken) =
                (of(PromiseStanding::Kept), of(PromiseStanding::Broken));
            let exceeded = of(PromiseStanding::Exceeded);
            let p_value = upper_tail(broken, promises, chance);
            PromiseCount {
                label,
                tier,
                promises,
                exceeded,
                broken,
                chance,
                p_value,
                p_holm: p_value,
            }
        })
        .collect();
    let p_values: Vec<f64> = counts.iter().map(|count| count.p_value).collect();
    for (count, p_holm) in counts.iter_mut().zip(holm_adjusted(&p_values)) {
        count.p_holm = p_holm;
    }
    counts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::tally;

    fn one(tuned: (u64, u64), delivered: (u64, u64)) -> Promise {
        let rate = |(count, of)| Rate::new(count, of);
        Promise::new(Label::Ham, Tier::Junk, rate(tuned), rate(delivered), 0.95)
    }

    #[test]
    fn a_promise_is_broken_only_beyond_chance() {
        // At most 3.0 / 1,000 with nothing seen in 998 messages.
        let standing = |delivered| one((0, 998), delivered).standing;
        assert_eq!(standing((0, 100)), PromiseStanding::Kept);
        assert_eq!(standing((1, 100)), PromiseStanding::Exceeded, "p is 0.26");
        assert_eq!(standing((3, 100)), PromiseStanding::Broken, "p is 0.004");
        assert_eq!(standing((0, 0)), PromiseStanding::Empty);
        assert_eq!(one((5, 5), (5, 5)).standing, PromiseStanding::Empty);
        // 1 - P(X <= 2), X ~ Binomial(100, 1 - 0.05 ** (1 / 998)), summed term by term.
        let p_value = one((0, 998), (3, 100)).p_value;
        assert!((p_value - 0.003_505_609_351).abs() < 1e-11, "{p_value}");
    }

    #[test]
    fn errors_go_to_the_right_label_and_tier() {
        let tuned = tally([[97, 1, 1, 1, 0], [1, 1, 1, 1, 96]]);
        let delivered = tally([[50, 50, 0, 0, 0], [0, 0, 0, 0, 100]]);
        let found = promises(&tuned, &delivered, &Goal::default());
        let counts: Vec<_> =
            found.iter().map(|p| (p.tuned.count, p.delivered.count)).collect();
        assert_eq!(
            counts,
            [(3, 50), (2, 0), (1, 0), (0, 0), (1, 0), (2, 0), (3, 0), (4, 0)]
        );
        assert_eq!(found[0].standing, PromiseStanding::Broken);
        let steps: Vec<&[Promise]> = vec![&found; 4];
        let counted = promise_counts(&steps, &Goal::default());
        assert_eq!((counted[0].promises, counted[0].broken), (4, 4));
        assert!((counted[0].p_value - 1e-4).abs() < 1e-12, "a tenth, four times");
        assert!((counted[0].p_holm - 8e-4).abs() < 1e-12);
        assert!((counted[1].p_value - 1.0).abs() < 1e-12);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        /// With one true rate before and after, promises break at most 2α of the time, here
        /// summed exactly over all counts of both samples.
        #[test]
        fn equal_mail_breaks_few_promises(n in 1u64..25, m in 1u64..25, rate in 0.01f64..0.99) {
            let mass = |of: u64| -> Vec<f64> {
                let tail = |k: u64| lower_tail(k, of, rate);
                (0..=of).map(|k| tail(k) - if k == 0 { 0.0 } else { tail(k - 1) }).collect()
            };
            let (before, after) = (mass(n), mass(m));
            let mut chance = 0.0;
            for (tuned, p) in (0..).zip(&before) {
                for (delivered, q) in (0..).zip(&after) {
                    if one((tuned, n), (delivered, m)).standing == PromiseStanding::Broken {
                        chance += p * q;
                    }
                }
            }
            prop_assert!(chance <= 0.1, "{chance}");
        }
    }
}
