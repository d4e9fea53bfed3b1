//! Resampling by campaign: how far a figure would move on other mail of the same kind.
//!
//! Mail comes in campaigns, and the copies of one share their fate. An interval that takes
//! every message as independent is then too narrow. Here whole campaigns are drawn with
//! replacement (the cluster bootstrap: Efron and Tibshirani 1993, chapter 8; Field and Welsh
//! 2007), as many as there are, and the figure is computed anew from each draw.

use rand::SeedableRng as _;
use rand::rand_core::Rng as _;
use rand_chacha::ChaCha8Rng;
use statrs::distribution::{ContinuousCDF as _, StudentsT};
use sweep::Threads;

use crate::clustered::variance;
use crate::rates::to_f64;

/// Draws that one job makes with one buffer.
const JOB: u32 = 25;
/// Fewest degrees of freedom of a difference: below, t has hardly a variance.
const FEWEST: u64 = 3;

/// How often to draw, and from which seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resampling {
    /// Draws; 0 leaves the resampled intervals out.
    pub draws: u32,
    /// Seed of the draws.
    pub seed: u64,
}

impl Resampling {
    /// Draws where nothing else is asked.
    pub const DRAWS: u32 = 1000;

    /// Draws `groups` groups with replacement, again and again, and gives the figures of each
    /// draw in order. `figures` gets how often each group was drawn. The draws depend on
    /// the seed and the number of groups alone, not on the threads.
    pub(crate) fn run<const N: usize>(
        &self,
        groups: u32,
        threads: &Threads,
        figures: impl Fn(&[u32]) -> [f64; N] + Sync + Send,
    ) -> Vec<[f64; N]> {
        if groups == 0 {
            return Vec::new();
        }
        let starts = (0..self.draws).step_by(JOB as usize).collect();
        let job = |start: u32| {
            let mut times = vec![0; groups as usize];
            let draw = |draw: u32| {
                self.draw(draw, &mut times);
                figures(&times)
            };
            (start..self.draws.min(start + JOB)).map(draw).collect::<Vec<_>>()
        };
        threads.map(starts, job).concat()
    }

    fn draw(&self, draw: u32, times: &mut [u32]) {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&self.seed.to_le_bytes());
        key[16..].copy_from_slice(b"sclbench resampl");
        let mut rng = ChaCha8Rng::from_seed(key);
        rng.set_stream(u64::from(draw));
        times.fill(0);
        let groups = times.len() as u64;
        for _ in 0..groups {
            let drawn = (u64::from(rng.next_u32()) * groups) >> 32;
            times[usize::try_from(drawn).expect("below the number of groups")] += 1;
        }
    }
}

/// The percentile interval (95 %) of resampled values: with B values the k-th smallest and
/// the k-th largest, k = ⌊0.025 (B + 1)⌋ (Efron and Tibshirani 1993, chapter 13).
///
/// Draws that could not give a value (none of a label was drawn) are left out. `None` where
/// fewer than 39 values are left, or where all of them agree: then resampling only repeats
/// what was seen and says nothing about what was not, and the exact interval is the one to
/// look at.
pub(crate) fn percentile_interval(values: impl Iterator<Item = f64>) -> Option<[f64; 2]> {
    let mut values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
    values.sort_by(f64::total_cmp);
    let at = (values.len() + 1) / 40;
    let (low, high) = (*values.get(at.checked_sub(1)?)?, *values.get(values.len() - at)?);
    (low < high).then_some([low, high])
}

/// The 95 % interval of a resampled difference: the larger at each end of the percentile
/// interval and of `seen ± t · s`, s the standard deviation over the draws and t Student's
/// quantile at as many degrees of freedom as `eventful` campaigns, at least three. The one is as lopsided as the draws, the other knows that few
/// campaigns tell little about their own spread. `None` as for [`percentile_interval`].
pub(crate) fn difference_interval(
    seen: f64,
    values: impl Iterator<Item = f64> + Clone,
    eventful: u64,
) -> Option<[f64; 2]> {
    let [low, high] = percentile_interval(values.clone())?;
    let freedom = to_f64(eventful.max(FEWEST));
    let t = StudentsT::new(0.0, 1.0, freedom)
        .map_or(f64::INFINITY, |students| students.inverse_cdf(0.975));
    // Draws of n campaigns vary by (n - 1) ÷ n of what other mail would.
    let reach = t * (variance(values) * (freedom + 1.0) / freedom).sqrt();
    Some([low.min(seen - reach), high.max(seen + reach)])
}

/// The two-sided p-value of resampled differences against 0: twice the smaller share of
/// them on either side, the observed one counted among them, at most 1.
pub(crate) fn resampled_p(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
    let beyond = |side: fn(&f64) -> bool| values.iter().filter(|v| side(v)).count() + 1;
    let least = beyond(|v| *v <= 0.0).min(beyond(|v| *v >= 0.0));
    (2.0 * to_f64(least as u64) / to_f64(values.len() as u64 + 1)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws(threads: usize, seed: u64) -> Vec<[f64; 2]> {
        let resampling = Resampling { draws: 120, seed };
        let threads = Threads::new(threads).unwrap();
        resampling.run(50, &threads, |times| {
            let drawn: u32 = times.iter().sum();
            assert_eq!(drawn, 50);
            [f64::from(times[0]), f64::from(times[49])]
        })
    }

    #[test]
    fn draws_depend_on_the_seed_alone() {
        assert_eq!(draws(1, 7), draws(3, 7));
        assert_ne!(draws(1, 7), draws(1, 8));
        let mean = draws(2, 7).iter().map(|d| d[0]).sum::<f64>() / 120.0;
        assert!((mean - 1.0).abs() < 0.3, "every group once on average: {mean}");
    }

    #[test]
    fn the_interval_leaves_out_a_fortieth_on_each_side() {
        let values = (1..=999).map(f64::from);
        assert_eq!(percentile_interval(values), Some([25.0, 975.0]));
        assert_eq!(percentile_interval((0..38).map(f64::from)), None);
        assert_eq!(percentile_interval((0..39).map(f64::from)), Some([0.0, 38.0]));
        assert_eq!(percentile_interval(std::iter::repeat_n(0.0, 999)), None);
        assert_eq!(percentile_interval(std::iter::repeat_n(f64::NAN, 99)), None);
    }

    #[test]
    fn a_difference_of_few_campaigns_is_wide() {
        let values = || (1..=999).map(f64::from);
        let many = difference_interval(500.0, values(), 1_000_000).unwrap();
        // 1.96 times 288.5 reaches further than the percentiles of even draws.
        assert!((many[0] - (500.0 - 1.959_964 * 288.53)).abs() < 0.1, "{many:?}");
        let few = difference_interval(500.0, values(), 2).unwrap();
        assert!(few[0] < -550.0 && few[1] > 1550.0, "{few:?}");
        assert_eq!(Some(few), difference_interval(500.0, values(), 3));
        assert_eq!(difference_interval(0.0, std::iter::repeat_n(0.0, 999), 9), None);
        let lopsided = difference_interval(0.0, (1..=999).map(f64::from), 10_000);
        assert!(lopsided.is_some_and(|[_, high]| high >= 975.0));
    }

    #[test]
    fn a_difference_that_never_changes_sign_is_rare_under_none() {
        let p = resampled_p((1..=999).map(f64::from));
        assert!((p - 0.002).abs() < 1e-12, "{p}");
        assert!((resampled_p(std::iter::repeat_n(0.0, 999)) - 1.0).abs() < 1e-12);
    }
}
