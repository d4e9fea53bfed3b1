//! Exact intervals at the effective number of messages: what copies leave of a count.
//!
//! Messages of one campaign share their fate, so that n messages tell no more than n ÷ d
//! independent ones; d, the design effect, is the variance of the figure when whole
//! campaigns are drawn ÷ its variance if messages were independent. The interval is the
//! exact one at the effective count (Korn and Graubard, "Confidence intervals for
//! proportions with small expected number of positive counts estimated from survey data",
//! 1998), which stays honest at small counts, where percentiles of draws fall short.

use statrs::distribution::{ContinuousCDF as _, StudentsT};

use crate::rates::{beta_quantile, to_f64};

/// The variance of resampled values; 0 where there are fewer than two.
pub(crate) fn variance(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
    let count = to_f64(values.len() as u64);
    if count < 2.0 {
        return 0.0;
    }
    let mean = values.iter().sum::<f64>() / count;
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0)
}

/// What the effective number of messages is told from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cluster {
    /// Messages.
    pub(crate) of: u64,
    /// Campaigns they come from.
    pub(crate) campaigns: u64,
    /// Campaigns in which the rarer thing happened: what the variance rests on.
    pub(crate) eventful: u64,
    /// Variance of the share over draws of campaigns.
    pub(crate) drawn: f64,
    /// Variance of one message, so that `independent ÷ of` is that of `of` independent ones.
    pub(crate) independent: f64,
}

impl Cluster {
    /// Fewest degrees of freedom: below, the exact interval's own width is caution enough.
    const FEWEST: u64 = 5;

    /// `of` ÷ design effect, at most `of`. Where nothing varies (no error, or nothing but
    /// errors), the number of campaigns: the most that can be told apart.
    ///
    /// The part of the design effect above 1 is an estimate from few campaigns; as in Korn
    /// and Graubard it is widened by (t ÷ z)², here with as many degrees of freedom as
    /// campaigns in which something happened, at least five. Where every message is its own
    /// campaign nothing is widened.
    pub(crate) fn effective(&self) -> f64 {
        let of = to_f64(self.of);
        if self.independent <= 0.0 || self.drawn <= 0.0 {
            return to_f64(self.campaigns).min(of);
        }
        let excess = (self.drawn * of / self.independent - 1.0).max(0.0);
        let freedom = to_f64(self.eventful.max(Self::FEWEST));
        let t = StudentsT::new(0.0, 1.0, freedom)
            .map_or(f64::INFINITY, |students| students.inverse_cdf(0.975));
        let widening = if self.of == self.campaigns { 1.0 } else { (t / Z).powi(2) };
        of / (1.0 + excess * widening)
    }
}

/// The 97.5 % quantile of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// The exact two-sided 95 % interval of a share of `of` messages, where `of` need be no
/// whole number.
pub(crate) fn interval_at(share: f64, of: f64) -> [f64; 2] {
    const TAIL: f64 = 0.025;
    let (count, rest) = (share * of, (1.0 - share) * of);
    let low = if count <= 0.0 {
        0.0
    } else if rest <= 0.0 {
        (TAIL.ln() / of).exp()
    } else {
        beta_quantile(count, rest + 1.0, TAIL)
    };
    let high = if rest <= 0.0 {
        1.0
    } else if count <= 0.0 {
        -(TAIL.ln() / of).exp_m1()
    } else {
        beta_quantile(count + 1.0, rest, 1.0 - TAIL)
    };
    [low, high]
}

/// The 95 % interval of a share that is no count, such as an area, on the scale of log odds:
/// `logit(share) ± t · deviation ÷ (share (1 - share))`, with the standard deviation over
/// draws and Student's t at `freedom` degrees of freedom. On that scale the interval of a
/// share near 0 or 1 is as lopsided as its distribution (for areas: Pepe, "The Statistical
/// Evaluation of Medical Tests for Classification and Prediction", 2003, section 5.2.5).
/// `None` where nothing varies.
pub(crate) fn logit_interval(
    share: f64,
    deviation: f64,
    freedom: u64,
) -> Option<[f64; 2]> {
    let spread = share * (1.0 - share);
    if !(spread > 0.0 && deviation > 0.0) {
        return None;
    }
    let t = StudentsT::new(0.0, 1.0, to_f64(freedom.max(1)))
        .map_or(f64::INFINITY, |students| students.inverse_cdf(0.975));
    let (middle, half) = ((share / (1.0 - share)).ln(), t * deviation / spread);
    Some([middle - half, middle + half].map(|odds| 1.0 / (1.0 + (-odds).exp())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rate;

    #[test]
    fn whole_counts_give_the_exact_interval() {
        for (count, of) in [(0, 10), (3, 10), (10, 10), (2, 4150), (1, 1)] {
            let exact = Rate::new(count, of);
            let [low, high] = interval_at(exact.rate, to_f64(of));
            assert!((low - exact.low).abs() < 1e-12 && (high - exact.high).abs() < 1e-12);
        }
    }

    #[test]
    fn copies_make_fewer_messages_of_many() {
        let effective = |campaigns, eventful, drawn, independent| {
            Cluster { of: 1000, campaigns, eventful, drawn, independent }.effective()
        };
        assert!((effective(100, 0, 0.0, 0.0) - 100.0).abs() < 1e-12, "no error");
        // A design effect of 4 on a quarter of a million degrees of freedom.
        assert!((effective(100, 250_000, 0.001, 0.25) - 250.0).abs() < 0.01);
        // Its excess of 3 widened by (2.571 / 1.960)² on five, and on fewer.
        let few = 1000.0 / (1.0 + 3.0 * (2.570_581_835_636_314 / Z).powi(2));
        assert!((effective(100, 5, 0.001, 0.25) - few).abs() < 1e-6);
        assert!((effective(100, 2, 0.001, 0.25) - few).abs() < 1e-6);
        assert!((effective(1000, 9, 0.0001, 0.25) - 1000.0).abs() < 1e-12, "never more");
    }

    #[test]
    fn an_interval_of_log_odds_is_lopsided_and_stays_between_0_and_1() {
        let [low, high] = logit_interval(0.02, 0.01, 9).unwrap();
        // logit(0.02) ± 2.262 157 × 0.01 ÷ 0.0196.
        let odds = |p: f64| (p / (1.0 - p)).ln();
        let half = 2.262_157 * 0.01 / 0.0196;
        assert!((odds(low) - (odds(0.02) - half)).abs() < 1e-5);
        assert!((odds(high) - (odds(0.02) + half)).abs() < 1e-5);
        assert!(0.02 - low < high - 0.02);
        let few = logit_interval(0.02, 0.01, 3).unwrap();
        assert!(few[0] < low && few[1] > high && few[0] > 0.0 && few[1] < 1.0);
        assert_eq!(logit_interval(0.0, 0.01, 9), None);
        assert_eq!(logit_interval(0.5, 0.0, 9), None);
    }

    #[test]
    fn the_variance_is_that_of_a_sample() {
        assert!((variance([1.0, 2.0, 3.0, f64::NAN].into_iter()) - 1.0).abs() < 1e-12);
        assert!(variance([5.0].into_iter()).abs() < 1e-12);
    }
}
