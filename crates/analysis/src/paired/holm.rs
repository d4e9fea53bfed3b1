//! Several claims at once: Holm's adjustment of p-values.

/// P-values adjusted by Holm's step-down procedure (1979), in the order given: a claim whose
/// adjusted value is at most α may be made beside all others with the chance of any false
/// one at most α, whatever the claims have to do with each other.
///
/// The smallest of m values is multiplied by m, the next by m - 1, …; none falls below the
/// one before it, none rises above 1.
pub fn holm_adjusted(p_values: &[f64]) -> Vec<f64> {
    let mut by_p: Vec<_> = (0..p_values.len()).collect();
    by_p.sort_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
    let mut adjusted = vec![1.0; p_values.len()];
    let mut least = 0.0_f64;
    for (rank, index) in by_p.into_iter().enumerate() {
        let left = (p_values.len() - rank) as f64;
        least = least.max((left * p_values[index]).min(1.0));
        adjusted[index] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::verify::holm;

    #[test]
    fn the_smallest_counts_most() {
        let adjusted = holm_adjusted(&[0.01, 0.04, 0.03]);
        for (found, expected) in adjusted.iter().zip([0.03, 0.06, 0.06]) {
            assert!((found - expected).abs() < 1e-12, "{adjusted:?}");
        }
        assert!(holm_adjusted(&[]).is_empty());
    }

    proptest! {
        /// Adjusted values and the step-down procedure make the same claims.
        #[test]
        fn adjusting_is_the_procedure(
            p_values in prop::collection::vec(0.0..0.2f64, 0..9),
            alpha in 0.001..0.2f64,
        ) {
            let adjusted = holm_adjusted(&p_values);
            let judged = holm(&p_values, alpha);
            for ((adjusted, judged), p) in adjusted.iter().zip(judged).zip(&p_values) {
                prop_assert!(adjusted >= p && *adjusted <= 1.0);
                if (adjusted - alpha).abs() > 1e-12 {
                    prop_assert_eq!(*adjusted <= alpha, judged.met);
                }
            }
        }
    }
}
