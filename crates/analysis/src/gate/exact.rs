//! Exact tests of a loss, one-sided: how likely so many more errors are by chance alone.

use statrs::function::gamma::ln_gamma;

use crate::lower_tail;
use crate::rates::to_f64;

/// McNemar's exact test, one-sided: how likely at least `worse` of `worse + better` changes
/// go the bad way if either way is equally likely.
pub(super) fn paired(worse: u64, better: u64) -> f64 {
    lower_tail(better, worse + better, 0.5)
}

/// Errors of one sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sample {
    pub(super) errors: u64,
    pub(super) of: u64,
}

/// Fisher's exact test, one-sided: how likely `now` holds at least its errors if both
/// samples come from the same mail.
pub(super) fn unpaired(before: Sample, now: Sample) -> f64 {
    let errors = before.errors + now.errors;
    let all = before.of + now.of;
    let ln_choose = |n: u64, k: u64| {
        let [n, k] = [n, k].map(to_f64);
        ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0)
    };
    let least = now.errors.max(errors.saturating_sub(before.of));
    let most = now.of.min(errors);
    let whole = ln_choose(all, errors);
    let chance =
        |k: u64| (ln_choose(now.of, k) + ln_choose(before.of, errors - k) - whole).exp();
    (least..=most).map(chance).sum::<f64>().min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-12
    }

    #[test]
    fn paired_losses_are_coin_tosses() {
        assert!(near(paired(0, 0), 1.0) && near(paired(0, 5), 1.0));
        assert!(near(paired(3, 0), 0.125));
        // 1 - P(X <= 5) for ten tosses: (210 + 120 + 45 + 10 + 1) / 1024.
        assert!(near(paired(6, 4), 386.0 / 1024.0));
    }

    #[test]
    fn unpaired_losses_are_draws_without_return() {
        let sample = |errors, of| Sample { errors, of };
        assert!(near(unpaired(sample(0, 3), sample(0, 3)), 1.0));
        // All three errors among the three of six: 1 / C(6, 3).
        assert!(near(unpaired(sample(0, 3), sample(3, 3)), 0.05));
        // Fisher's tea: at least 3 of 4, (16 + 1) / 70.
        assert!(near(unpaired(sample(1, 4), sample(3, 4)), 17.0 / 70.0));
        assert!(near(unpaired(sample(4, 4), sample(0, 4)), 1.0));
    }
}
