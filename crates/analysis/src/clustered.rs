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

/// What an area can be told from; of the label that has less.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Ground {
    /// Effective number of its campaigns: (Σ n)² ÷ Σ n² over their messages (Kish).
    pub(crate) campaigns: f64,
    /// Campaigns with a message on the rarer side of one of the other label.
    pub(crate) eventful: u64,
}

/// The 95 % interval of an area: the exact one of a share at its effective number, which is
/// told from the variance over draws, `area (1 - area) ÷ drawn`, and made smaller by
/// (t ÷ z)² with as many degrees of freedom as campaigns in which something happened.
///
/// Whatever the scores, the variance of an area is hardly larger than that of a share of as
/// many campaigns as the label with fewer has, since its pairs can be dealt out so that
/// none shares a message with another (Hoeffding, "Probability inequalities for sums of
/// bounded random variables", 1963, section 5); so the effective number is not less than
/// that, where the draws do not say so. And scores that no message showed are not in the
/// draws: the end towards one half is at least as far as an event that none of those
/// campaigns showed can be.
///
/// `None` without scores of both labels.
pub(crate) fn area_interval(area: f64, drawn: f64, ground: Ground) -> Option<[f64; 2]> {
    if !(area.is_finite() && ground.campaigns > 0.0) {
        return None;
    }
    let independent = area * (1.0 - area);
    let effective = if independent > 0.0 && drawn > 0.0 && ground.campaigns > 1.0 {
        // Draws of n campaigns vary by (n - 1) ÷ n of what other mail would.
        let seen = independent / drawn * (1.0 - 1.0 / ground.campaigns);
        let t = StudentsT::new(0.0, 1.0, to_f64(ground.eventful.max(1)))
            .map_or(f64::INFINITY, |students| students.inverse_cdf(0.975));
        (seen / (t / Z).powi(2)).max(seen.min(ground.campaigns))
    } else {
        ground.campaigns
    };
    let [low, high] = interval_at(area, effective);
    let [_, unseen] = interval_at(0.0, ground.campaigns);
    Some(match area <= 0.5 {
        true => [low, high.max(area + (1.0 - area) * unseen)],
        false => [low.min(area * (1.0 - unseen)), high],
    })
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
    fn an_area_that_no_message_contradicts_is_told_from_its_campaigns() {
        let ground = Ground { campaigns: 150.0, eventful: 0 };
        let [low, high] = area_interval(0.0, 0.0, ground).unwrap();
        let none = Rate::new(0, 150);
        assert!(low.abs() < 1e-12 && (high - none.high).abs() < 1e-12);
        let [low, high] = area_interval(1.0, 0.0, ground).unwrap();
        assert!((low - (1.0 - none.high)).abs() < 1e-12 && (high - 1.0).abs() < 1e-12);
        assert_eq!(area_interval(f64::NAN, 0.0, ground), None);
        let nobody = Ground { campaigns: 0.0, eventful: 0 };
        assert_eq!(area_interval(0.5, 0.1, nobody), None);
    }

    #[test]
    fn an_area_is_as_wide_as_its_events_are_few() {
        let of = |area: f64, drawn: f64, eventful| {
            let ground = Ground { campaigns: 100.0, eventful };
            area_interval(area, drawn, ground).unwrap()
        };
        // An effective number of 400, less a hundredth, on countless events.
        let many = of(0.4, 0.4 * 0.6 / 400.0, 1_000_000);
        let exact = interval_at(0.4, 396.0);
        assert!((many[0] - exact[0]).abs() < 1e-5 && (many[1] - exact[1]).abs() < 1e-5);
        // On one event no more than the campaigns are left.
        assert_eq!(Some(of(0.4, 0.4 * 0.6 / 400.0, 1)), Some(interval_at(0.4, 100.0)));
        // Fewer than the campaigns where the draws say so: they are of unequal size.
        let unequal = of(0.4, 0.4 * 0.6 / 50.0, 1);
        assert!(unequal[0] < interval_at(0.4, 51.0)[0]);
        // What none of 100 campaigns showed is not excluded, on the side of one half.
        let [_, unseen] = interval_at(0.0, 100.0);
        let small = of(0.001, 1e-7, 50);
        assert!((small[1] - (0.001 + 0.999 * unseen)).abs() < 1e-12);
        let mirrored = of(0.999, 1e-7, 50);
        assert!((mirrored[0] - (1.0 - small[1])).abs() < 1e-12);
        assert!((mirrored[1] - (1.0 - small[0])).abs() < 1e-9);
    }

    #[test]
    fn the_variance_is_that_of_a_sample() {
        assert!((variance([1.0, 2.0, 3.0, f64::NAN].into_iter()) - 1.0).abs() < 1e-12);
        assert!(variance([5.0].into_iter()).abs() < 1e-12);
    }
}
