//! How well scores tell spam from ham, in the measures of the TREC spam tracks.

use mail::Label;
use serde::{Deserialize, Serialize};

use crate::QualityError;

/// A message's score beside its label.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// Higher is more like spam.
    pub score: f64,
    /// What a person said.
    pub label: Label,
}

/// Quality of a set of scores; every figure is exact for the messages given.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Ham scored.
    pub ham: u64,
    /// Spam scored.
    pub spam: u64,
    /// Ham at or above the threshold.
    pub ham_misclassified: u64,
    /// Spam below the threshold.
    pub spam_misclassified: u64,
    /// (1−ROCA)%: of all pairs of a spam and a ham, the per cent where the ham has the
    /// higher score; a tie counts one half.
    pub one_minus_roca_percent: f64,
    /// hm%: ham misclassified, per cent of ham.
    pub hm_percent: f64,
    /// sm%: spam misclassified, per cent of spam.
    pub sm_percent: f64,
    /// lam%: the logistic average of hm% and sm%. A rate of 0 or 1 is taken half a message
    /// away from it, because its log-odds are infinite.
    pub lam_percent: f64,
    /// sm% at the lowest threshold under which at most 0.1 % of ham is misclassified.
    pub sm_percent_at_hm_0_1: f64,
}

impl Quality {
    /// Measures `scored`; a message is called spam where its score is at least `threshold`.
    ///
    /// # Errors
    ///
    /// [`QualityError`] where a label is missing or a score is not a number.
    pub fn measure(scored: &[Scored], threshold: f64) -> Result<Self, QualityError> {
        if let Some(index) = scored.iter().position(|s| s.score.is_nan()) {
            return Err(QualityError::NotANumber { index });
        }
        let [ham, spam] = Label::ALL.map(|label| sorted_scores(scored, label));
        for (label, scores) in Label::ALL.into_iter().zip([&ham, &spam]) {
            if scores.is_empty() {
                let messages = scored.len();
                return Err(QualityError::OneLabel { missing: label, messages });
            }
        }
        let flagged = ham.len() - ham.partition_point(|score| *score < threshold);
        let missed = spam.partition_point(|score| *score < threshold);
        Ok(Self {
            ham: ham.len() as u64,
            spam: spam.len() as u64,
            ham_misclassified: flagged as u64,
            spam_misclassified: missed as u64,
            one_minus_roca_percent: 100.0 * misordered(&ham, &spam),
            hm_percent: percent(flagged, ham.len()),
            sm_percent: percent(missed, spam.len()),
            lam_percent: lam_percent(
                (flagged as u64, ham.len() as u64),
                (missed as u64, spam.len() as u64),
            ),
            sm_percent_at_hm_0_1: sm_percent_at(&ham, &spam, ham.len() / 1000),
        })
    }
}

/// Rising; negative zero becomes zero so that comparing and sorting agree.
fn sorted_scores(scored: &[Scored], label: Label) -> Vec<f64> {
    let mut scores: Vec<_> =
        scored.iter().filter(|s| s.label == label).map(|s| s.score + 0.0).collect();
    scores.sort_by(f64::total_cmp);
    scores
}

/// Share of spam-ham pairs in the wrong order, ties one half. Both lists rise.
fn misordered(ham: &[f64], spam: &[f64]) -> f64 {
    let (mut below, mut not_above) = (0, 0);
    let mut twice_wrong = 0_u128;
    for score in spam {
        while below < ham.len() && ham[below] < *score {
            below += 1;
        }
        not_above = below.max(not_above);
        while not_above < ham.len() && ham[not_above] <= *score {
            not_above += 1;
        }
        twice_wrong += (2 * (ham.len() - not_above) + (not_above - below)) as u128;
    }
    twice_wrong as f64 / (2.0 * ham.len() as f64 * spam.len() as f64)
}

/// sm% at the lowest threshold that lets at most `allowed` ham reach it. Both lists rise.
fn sm_percent_at(ham: &[f64], spam: &[f64], allowed: usize) -> f64 {
    let best_refused = ham[ham.len() - 1 - allowed];
    percent(spam.partition_point(|score| *score <= best_refused), spam.len())
}

/// lam%: the logistic average of two error rates, `(wrong, all)` of ham and of spam, in per
/// cent: `lam = logit⁻¹(½ logit hm + ½ logit sm)` (Cormack and Lynam 2005). The base of the
/// logarithm cancels out, so two equal rates give that rate. A rate of 0 or 1 is taken half a
/// message away from it, because its log-odds are infinite.
///
/// Neither `all` may be 0.
pub fn lam_percent(ham: (u64, u64), spam: (u64, u64)) -> f64 {
    let logit = |(wrong, all): (u64, u64)| {
        let (wrong, all) = (wrong as f64, all as f64);
        let wrong = wrong.clamp(0.5, all - 0.5);
        (wrong / (all - wrong)).ln()
    };
    100.0 / (1.0 + (-f64::midpoint(logit(ham), logit(spam))).exp())
}

fn percent(part: usize, all: usize) -> f64 {
    100.0 * part as f64 / all as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scored(pairs: &[(f64, bool)]) -> Vec<Scored> {
        pairs
            .iter()
            .map(|(score, spam)| Scored {
                score: *score,
                label: Label::ALL[usize::from(*spam)],
            })
            .collect()
    }

    #[test]
    fn perfect_scores_have_no_errors() {
        let quality =
            Quality::measure(&scored(&[(-1.0, false), (1.0, true)]), 0.0).unwrap();
        assert!(quality.one_minus_roca_percent.abs() < 1e-12);
        assert!(quality.hm_percent.abs() < 1e-12 && quality.sm_percent.abs() < 1e-12);
        assert!(quality.sm_percent_at_hm_0_1.abs() < 1e-12);
        // One message of each: half a message away from none is one half.
        assert!((quality.lam_percent - 50.0).abs() < 1e-9);
    }

    #[test]
    fn a_score_at_the_threshold_is_called_spam() {
        let set = scored(&[(0.0, false), (-1.0, false), (0.0, true), (-0.5, true)]);
        let quality = Quality::measure(&set, 0.0).unwrap();
        assert_eq!((quality.ham_misclassified, quality.spam_misclassified), (1, 1));
        // Pairs: a tie, right, wrong, right.
        assert!((quality.one_minus_roca_percent - 37.5).abs() < 1e-9);
        assert!((quality.lam_percent - 50.0).abs() < 1e-9);
        // The highest ham has 0.0, so that neither spam lies above it.
        assert!((quality.sm_percent_at_hm_0_1 - 100.0).abs() < 1e-9);
    }

    #[test]
    fn one_ham_in_a_thousand_may_be_called_spam() {
        let mut pairs: Vec<_> = (0..1000).map(|i| (f64::from(i), false)).collect();
        pairs.extend([(998.5, true), (997.5, true)]);
        let quality = Quality::measure(&scored(&pairs), 2000.0).unwrap();
        assert!((quality.sm_percent_at_hm_0_1 - 50.0).abs() < 1e-9);
        pairs.remove(0);
        let quality = Quality::measure(&scored(&pairs), 2000.0).unwrap();
        assert!((quality.sm_percent_at_hm_0_1 - 100.0).abs() < 1e-9);
    }

    #[test]
    fn one_label_is_refused() {
        let error = Quality::measure(&scored(&[(1.0, true)]), 0.0).unwrap_err();
        assert_eq!(
            error.to_string(),
            "measure quality: there is no ham among 1 messages; add some"
        );
    }

    proptest! {
        #[test]
        fn the_sorted_area_equals_all_pairs(
            pairs in prop::collection::vec((-6_i8..6, any::<bool>()), 0..60),
        ) {
            let mut pairs: Vec<_> =
                pairs.into_iter().map(|(s, l)| (f64::from(s) / 2.0, l)).collect();
            pairs.extend([(-0.0, false), (0.0, true)]);
            let (mut wrong, mut all) = (0.0, 0.0);
            for (spam, _) in pairs.iter().filter(|p| p.1) {
                for (ham, _) in pairs.iter().filter(|p| !p.1) {
                    all += 1.0;
                    wrong += if ham > spam { 1.0 } else if ham < spam { 0.0 } else { 0.5 };
                }
            }
            let quality = Quality::measure(&scored(&pairs), 0.0).unwrap();
            prop_assert!(
                (quality.one_minus_roca_percent - 100.0 * wrong / all).abs() < 1e-9
            );
        }

        #[test]
        fn the_strict_threshold_is_the_best_allowed(
            pairs in prop::collection::vec((-20_i8..20, any::<bool>()), 0..60),
            allowed in 0_usize..3,
        ) {
            let mut pairs: Vec<_> =
                pairs.into_iter().map(|(s, l)| (f64::from(s), l)).collect();
            pairs.extend([(0.0, false), (1.0, false), (2.0, false), (0.0, true)]);
            let set = scored(&pairs);
            let [ham, spam] = Label::ALL.map(|label| sorted_scores(&set, label));
            let best = (-21..=21)
                .map(f64::from)
                .filter(|t| ham.iter().filter(|s| *s >= t).count() <= allowed)
                .map(|t| percent(spam.iter().filter(|s| **s < t).count(), spam.len()))
                .fold(f64::MAX, f64::min);
            prop_assert!((sm_percent_at(&ham, &spam, allowed) - best).abs() < 1e-9);
        }
    }
}
