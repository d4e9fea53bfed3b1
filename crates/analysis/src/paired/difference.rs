//! How large a change among pairs is: the difference of two shares of the same messages.

use serde::Serialize;

use crate::clustered::interval_at;
use crate::rates::{ratio, to_f64};

/// Errors of B minus errors of A as a share of the messages, with a 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PairedDifference {
    /// `(only_b - only_a) / of`; below 0 where B makes fewer errors. 0 where `of` is 0.
    pub difference: f64,
    /// Lower end; -1 where `of` is 0.
    pub low: f64,
    /// Upper end; 1 where `of` is 0.
    pub high: f64,
}

/// The difference of two paired shares with its 95 % interval.
///
/// The difference is the share of messages that are errors under B alone minus the share
/// under A alone. The interval joins the exact (Clopper–Pearson) limits of those two shares
/// by squaring and adding (Newcombe 1998, "Improved confidence intervals for the difference
/// between binomial proportions based on paired data"; Zou and Donner 2008), with the
/// correlation that two shares of one multinomial have. With exact limits in the place of
/// Wilson's it stays honest where a count is 0: no change in n messages gives about
/// ±3.7 ÷ n, not ±0.
pub fn paired_difference(only_a: u64, only_b: u64, of: u64) -> PairedDifference {
    if of == 0 {
        return PairedDifference { difference: 0.0, low: -1.0, high: 1.0 };
    }
    let (a, b) = (ratio(only_a, of), ratio(only_b, of));
    let (low, high) = ends(a, b, to_f64(of));
    PairedDifference {
        difference: (to_f64(only_b) - to_f64(only_a)) / to_f64(of),
        low,
        high,
    }
}

/// The same interval at an effective number of messages, which need be no whole number.
pub(super) fn ends(a: f64, b: f64, of: f64) -> (f64, f64) {
    let (a_ends, b_ends) = (interval_at(a, of), interval_at(b, of));
    let spread = ((1.0 - a) * (1.0 - b)).sqrt();
    let correlation = if spread > 0.0 { -(a * b).sqrt() / spread } else { -1.0 };
    let reach = |one: f64, other: f64| {
        (one * one + other * other - 2.0 * correlation * one * other).max(0.0).sqrt()
    };
    let difference = b - a;
    (
        (difference - reach(b - b_ends[0], a_ends[1] - a)).max(-1.0),
        (difference + reach(b_ends[1] - b, a - a_ends[0])).min(1.0),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use statrs::function::gamma::ln_gamma;

    use super::*;

    #[test]
    fn no_change_is_not_no_doubt() {
        let none = paired_difference(0, 0, 1000);
        assert!(none.difference.abs() < 1e-15);
        assert!((none.high - 0.003_682).abs() < 1e-5, "{}", none.high);
        assert!((none.low + none.high).abs() < 1e-15);
        let unknown = paired_difference(0, 0, 0);
        assert!(unknown.low <= -1.0 && unknown.high >= 1.0);
    }

    /// Coverage without chance: every pair of counts of 40 messages, weighed by how likely
    /// it is.
    #[test]
    fn the_interval_covers_over_all_counts() {
        const OF: u64 = 40;
        let ln = |n: u64| ln_gamma(to_f64(n) + 1.0);
        let intervals: Vec<_> = (0..=OF)
            .flat_map(|a| (0..=OF - a).map(move |b| (a, b, paired_difference(a, b, OF))))
            .collect();
        let shares = [0.001, 0.01, 0.03, 0.1, 0.25, 0.45];
        for (p_a, p_b) in shares.iter().flat_map(|a| shares.map(|b| (*a, b))) {
            let truth = p_b - p_a;
            let covered: f64 = intervals
                .iter()
                .filter(|(_, _, found)| found.low <= truth && truth <= found.high)
                .map(|(a, b, _)| {
                    let ways = ln(OF) - ln(*a) - ln(*b) - ln(OF - a - b);
                    let rest = to_f64(OF - a - b) * (1.0 - p_a - p_b).ln();
                    (ways + to_f64(*a) * p_a.ln() + to_f64(*b) * p_b.ln() + rest).exp()
                })
                .sum();
            assert!(covered >= 0.95, "{covered} at {p_a}, {p_b}");
        }
    }

    proptest! {
        #[test]
        fn the_interval_holds_the_difference(a in 0u64..60, b in 0u64..60, more in 0u64..400) {
            let of = a + b + more;
            let found = paired_difference(a, b, of);
            let mirrored = paired_difference(b, a, of);
            prop_assert!(found.low <= found.difference && found.difference <= found.high);
            prop_assert!((found.low + mirrored.high).abs() < 1e-12);
            prop_assert!(found.low >= -1.0 && found.high <= 1.0);
        }
    }
}
