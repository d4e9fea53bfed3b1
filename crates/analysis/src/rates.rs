//! Counts as rates with exact intervals.
//!
//! The interval is Clopper and Pearson's (1934): it holds the true rate with at least the
//! stated confidence whatever that rate is. Its ends are quantiles of beta distributions,
//! `Beta(k, n-k+1)` below and `Beta(k+1, n-k)` above. The quantiles are found here by a
//! bracketed Newton search on statrs' regularised incomplete beta function: statrs' own
//! inverse has no bracket and no bound on its iterations.

use mail::{Label, Tier};
use serde::{Deserialize, Serialize};
use statrs::function::beta::{beta_reg, ln_beta};
use sweep::Tally;

mod binomial;

/// Samples larger than this are summed term by term: the incomplete beta function takes the
/// difference of numbers as large as `of · ln of`, and loses as many digits.
const MANY: u64 = 100_000;

/// Confidence of every interval that is printed beside a rate.
const CONFIDENCE: f64 = 0.95;

/// A count of a total, as a rate with its exact two-sided 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    /// `count / of`, from 0 to 1; 0 where `of` is 0 (never NaN: look at `of`).
    pub rate: f64,
    /// Lower end; 0 where `of` is 0.
    pub low: f64,
    /// Upper end; 1 where `of` is 0: nothing is known.
    pub high: f64,
    /// How many.
    pub count: u64,
    /// Of how many.
    pub of: u64,
}

impl Rate {
    /// `count` of `of` with its 95 % interval.
    ///
    /// # Panics
    ///
    /// If `count` is more than `of`.
    pub fn new(count: u64, of: u64) -> Self {
        assert!(count <= of, "a part is at most the whole");
        let (low, high) = interval(count, of, CONFIDENCE);
        Self { rate: ratio(count, of), low, high, count, of }
    }

    /// Units of `label` that ended at `tier` or harsher.
    pub fn at_or_harsher(tally: &Tally, label: Label, tier: Tier) -> Self {
        Self::new(tally.at_or_harsher(label, tier), tally.total(label))
    }

    /// False positives at `tier`: ham that ended there or harsher ÷ all ham.
    pub fn false_positives(tally: &Tally, tier: Tier) -> Self {
        Self::at_or_harsher(tally, Label::Ham, tier)
    }

    /// False negatives at `tier`: spam that ended milder than there ÷ all spam.
    pub fn false_negatives(tally: &Tally, tier: Tier) -> Self {
        let all = tally.total(Label::Spam);
        Self::new(all - tally.at_or_harsher(Label::Spam, tier), all)
    }

    /// Units of `label` that ended exactly at `tier`.
    pub fn exactly_at(tally: &Tally, label: Label, tier: Tier) -> Self {
        Self::new(tally.tiers[label.index()][tier.index()], tally.total(label))
    }
}

/// The exact two-sided interval of a rate.
pub(crate) fn interval(count: u64, of: u64, confidence: f64) -> (f64, f64) {
    let beside = (1.0 - confidence) / 2.0;
    (lower(count, of, beside), upper(count, of, beside))
}

/// Upper end of the exact one-sided interval: with `confidence`, the true rate is at most
/// this. 1 where `count` equals `of`, also where both are 0.
pub fn upper_bound(count: u64, of: u64, confidence: f64) -> f64 {
    upper(count, of, 1.0 - confidence)
}

/// How likely `count` errors or fewer are among `of` if the true rate were `rate`: the
/// exact p-value against "the rate is `rate` or more".
///
/// It is at most 1 - c exactly where [`upper_bound`] at confidence c is at most `rate`.
pub fn lower_tail(count: u64, of: u64, rate: f64) -> f64 {
    if of > MANY && count > 0 && count < of && rate > 0.0 && rate < 1.0 {
        return binomial::lower_tail(count, of, rate);
    }
    tail(to_f64(count), to_f64(of), rate)
}

/// [`lower_tail`] carried on between whole counts by the incomplete beta function.
pub(crate) fn tail(count: f64, of: f64, rate: f64) -> f64 {
    if count >= of || rate <= 0.0 {
        1.0
    } else if rate >= 1.0 {
        0.0
    } else if count <= 0.0 {
        (of * (-rate).ln_1p()).exp()
    } else {
        beta_reg(of - count, count + 1.0, 1.0 - rate)
    }
}

fn lower(count: u64, of: u64, tail: f64) -> f64 {
    let (k, n) = (to_f64(count), to_f64(of));
    match count {
        0 => 0.0,
        _ if count == of => (tail.ln() / n).exp(),
        _ => beta_quantile(k, n - k + 1.0, tail),
    }
}

fn upper(count: u64, of: u64, tail: f64) -> f64 {
    let (k, n) = (to_f64(count), to_f64(of));
    match count {
        _ if count == of => 1.0,
        0 => -(tail.ln() / n).exp_m1(),
        _ => beta_quantile(k + 1.0, n - k, 1.0 - tail),
    }
}

/// The x in 0..1 with `I_x(a, b) = p`; from the mean, where Newton's steps do not overshoot.
pub(crate) fn beta_quantile(a: f64, b: f64, p: f64) -> f64 {
    let ln_beta = ln_beta(a, b);
    let (mut low, mut high) = (0.0, 1.0);
    let mut x = a / (a + b);
    for _ in 0..200 {
        let miss = beta_reg(a, b, x) - p;
        if miss > 0.0 {
            high = x;
        } else {
            low = x;
        }
        let ln_density = (a - 1.0) * x.ln() + (b - 1.0) * (-x).ln_1p() - ln_beta;
        let step = miss * (-ln_density).exp();
        let newton = x - step;
        let next =
            if newton > low && newton < high { newton } else { f64::midpoint(low, high) };
        if (next - x).abs() <= 1e-15 * x {
            return next;
        }
        x = next;
    }
    x
}

pub(crate) fn ratio(count: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { to_f64(count) / to_f64(of) }
}

/// Counts stay far below 2^53.
pub(crate) fn to_f64(count: u64) -> f64 {
    count as f64
}

/// How much of what ends at a tier or harsher is spam, at a stated share of spam in real
/// traffic.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Precision {
    /// The tier; everything at it or harsher counts.
    pub tier: Tier,
    /// Share of spam in the real traffic, from 0 to 1.
    pub spam_share: f64,
    /// Share of spam among what ended there; `None` where nothing did.
    pub precision: Option<f64>,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Precision per acting tier, re-weighted from the corpus' own balance to `spam_share`.
///
/// Bayes' rule on the two rates at the tier. The interval takes the worst and the best
/// corner of their two 97.5 % intervals, so it holds with at least 95 %. `spam_share` is
/// held to 0..=1.
pub fn precision(tally: &Tally, spam_share: f64) -> Vec<Precision> {
    let spam_share = if spam_share.is_nan() { 0.0 } else { spam_share.clamp(0.0, 1.0) };
    let share = |spam: f64, ham: f64| {
        let (spam, ham) = (spam_share * spam, (1.0 - spam_share) * ham);
        (spam + ham > 0.0).then(|| spam / (spam + ham))
    };
    let each = |tier| {
        let [ham, spam] = Label::ALL.map(|label| {
            let (count, of) = (tally.at_or_harsher(label, tier), tally.total(label));
            (ratio(count, of), interval(count, of, 0.975))
        });
        Precision {
            tier,
            spam_share,
            precision: share(spam.0, ham.0),
            low: share(spam.1.0, ham.1.1).unwrap_or(0.0),
            high: share(spam.1.1, ham.1.0).unwrap_or(1.0),
        }
    };
    Tier::ACTING.into_iter().map(each).collect()
}

#[cfg(test)]
mod tests;
