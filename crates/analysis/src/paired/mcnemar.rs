//! Is a change among pairs more than chance? Exact tests, per message and per campaign.

use std::collections::BTreeMap;

use statrs::function::gamma::ln_gamma;

use crate::rates::{lower_tail, to_f64};

/// Most multiplications that [`grouped_mcnemar`] spends on one distribution.
const MOST_WORK: u64 = 200_000_000;

/// The exact two-sided McNemar test (McNemar 1947; the binomial form): how likely a split at
/// least as uneven as `only_a` to `only_b` is where each pair that changed was as likely to
/// change one way as the other. Twice the smaller binomial tail, at most 1.
///
/// `only_a` counts messages that are errors under A alone, `only_b` under B alone; pairs
/// that agree say nothing about the difference and have no part in it.
pub fn mcnemar(only_a: u64, only_b: u64) -> f64 {
    let changed = only_a + only_b;
    if changed == 0 {
        return 1.0;
    }
    (2.0 * lower_tail(only_a.min(only_b), changed, 0.5)).min(1.0)
}

/// The same question with the campaign as what is independent: mail of one campaign changes
/// together, so that fifty copies are hardly more evidence than one.
///
/// `nets` holds, for each campaign, errors under A alone minus errors under B alone. Where A
/// and B are alike, each campaign's net is as likely to have the other sign; the p-value is
/// the exact chance of a sum at least as far from 0 as the one seen, over all choices of
/// signs (the randomisation test of Fisher 1935, on campaign sums). With campaigns of one
/// message each it equals [`mcnemar`].
///
/// `None` where the distribution would take too long: tens of thousands of campaigns of many
/// sizes.
pub fn grouped_mcnemar(nets: impl IntoIterator<Item = i64>) -> Option<f64> {
    let (chances, sum) = signed_sums(nets)?;
    let total = to_f64(chances.len() as u64 - 1);
    let seen = to_f64(sum.unsigned_abs());
    let far = |at: &usize| (2.0 * to_f64(*at as u64) - total).abs() >= seen - 0.5;
    let p: f64 = (0..chances.len()).filter(far).map(|at| chances[at]).sum();
    Some(p.min(1.0))
}

/// The one-sided halves of [`grouped_mcnemar`]: how likely a sum is at least the one seen,
/// and how likely at most. With campaigns of one message each these are the two tails of the
/// sign test.
pub(crate) fn grouped_losses(nets: impl IntoIterator<Item = i64>) -> Option<[f64; 2]> {
    let (chances, sum) = signed_sums(nets)?;
    let total = to_f64(chances.len() as u64 - 1);
    let size = to_f64(sum.unsigned_abs());
    let seen = if sum < 0 { -size } else { size };
    let tail = |sign: f64| {
        let far = |at: &usize| sign * (2.0 * to_f64(*at as u64) - total - seen) >= -0.5;
        let p: f64 = (0..chances.len()).filter(far).map(|at| chances[at]).sum();
        p.min(1.0)
    };
    Some([tail(1.0), tail(-1.0)])
}

/// The chances of the sum of campaigns whose sign is plus, from 0 to all of them, where
/// signs are even, and the sum seen.
fn signed_sums(nets: impl IntoIterator<Item = i64>) -> Option<(Vec<f64>, i64)> {
    let mut sizes: BTreeMap<u64, u64> = BTreeMap::new();
    let mut sum = 0i64;
    for net in nets.into_iter().filter(|net| *net != 0) {
        *sizes.entry(net.unsigned_abs()).or_default() += 1;
        sum += net;
    }
    // The sum of the campaigns whose sign is plus, from 0 to `total`.
    let mut chances = vec![1.0];
    let mut work = 0;
    for (size, campaigns) in &sizes {
        work += chances.len() as u64 * (campaigns + 1);
        if work > MOST_WORK {
            return None;
        }
        chances = with_signs(&chances, usize::try_from(*size).ok()?, *campaigns);
    }
    Some((chances, sum))
}

/// The distribution after `campaigns` more of one size chose their signs.
fn with_signs(chances: &[f64], size: usize, campaigns: u64) -> Vec<f64> {
    let pluses: Vec<f64> = (0..=campaigns).map(|k| fair(k, campaigns)).collect();
    let mut next = vec![0.0; chances.len() + size * (pluses.len() - 1)];
    for (k, chance) in pluses.iter().enumerate() {
        for (at, before) in chances.iter().enumerate() {
            next[at + size * k] += chance * before;
        }
    }
    next
}

/// Chance of `k` heads in `n` throws of a fair coin.
fn fair(k: u64, n: u64) -> f64 {
    let ln_factorial = |m: u64| ln_gamma(to_f64(m) + 1.0);
    let ln_ways = ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k);
    (ln_ways - to_f64(n) * std::f64::consts::LN_2).exp()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn no_change_is_no_evidence() {
        assert!((mcnemar(0, 0) - 1.0).abs() < 1e-12);
        assert_eq!(grouped_mcnemar([]), Some(1.0));
        assert!((mcnemar(3, 3) - 1.0).abs() < 1e-12);
    }

    /// Five one-sided changes can never be significant at 5 %, six are.
    #[test]
    fn six_one_sided_changes_are_the_fewest_that_count() {
        assert!((mcnemar(5, 0) - 0.0625).abs() < 1e-12);
        assert!((mcnemar(0, 6) - 0.03125).abs() < 1e-12);
    }

    #[test]
    fn one_campaign_is_one_piece_of_evidence() {
        assert!(mcnemar(50, 0) < 1e-12);
        assert!((grouped_mcnemar([50]).unwrap() - 1.0).abs() < 1e-12);
        assert!((grouped_mcnemar([10, 10, -1]).unwrap() - 0.5).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn campaigns_of_one_message_are_mcnemar(a in 0u64..200, b in 0u64..200) {
            let nets = (0..a).map(|_| 1).chain((0..b).map(|_| -1));
            let grouped = grouped_mcnemar(nets).unwrap();
            prop_assert!((grouped - mcnemar(a, b)).abs() < 1e-9, "{grouped}");
            let nets = (0..a).map(|_| 1).chain((0..b).map(|_| -1));
            let [worse, better] = grouped_losses(nets).unwrap();
            prop_assert!((worse - lower_tail(b, a + b, 0.5)).abs() < 1e-9);
            prop_assert!((better - lower_tail(a, a + b, 0.5)).abs() < 1e-9);
            prop_assert!((mcnemar(a, b) - mcnemar(b, a)).abs() < 1e-15);
        }

        /// Against all choices of signs, one by one.
        #[test]
        fn every_choice_of_signs_counts_once(nets in prop::collection::vec(-5i64..6, 0..11)) {
            let seen = nets.iter().sum::<i64>().abs();
            let far = (0u32..1 << nets.len())
                .filter(|signs| {
                    let signed = nets.iter().enumerate().map(|(at, net)| {
                        if signs >> at & 1 == 1 { *net } else { -net }
                    });
                    signed.sum::<i64>().abs() >= seen
                })
                .count();
            let expected = to_f64(far as u64) / to_f64(1 << nets.len());
            let found = grouped_mcnemar(nets).unwrap();
            prop_assert!((found - expected).abs() < 1e-9, "{found} for {expected}");
        }
    }
}
