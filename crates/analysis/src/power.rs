//! What a count of mail can prove, how much more would prove what is asked, and which labels
//! would tell most about the thresholds.

use std::collections::BTreeSet;

use mail::{CaseId, GatewayAction, JunkComparison, Label, Scl, Thresholds, Tier};
use serde::Serialize;

use crate::rates::to_f64;
use crate::{Fate, lower_tail, upper_bound};

/// Numbers of messages beyond this are not looked for.
const MOST: u64 = 1 << 50;
/// Error counts beyond this are not looked for.
const MOST_ERRORS: u64 = 100_000;

/// The smallest number of good messages with which `errors` errors still prove, with
/// `confidence`, a rate of at most `fp`: the smallest n with P(X ≤ errors) ≤ 1 - confidence
/// for X ~ Binomial(n, fp). `None` where no number up to 2⁵⁰ does.
pub fn ham_needed(errors: u64, fp: f64, confidence: f64) -> Option<u64> {
    let proves = |n: u64| lower_tail(errors, n, fp) <= 1.0 - confidence;
    let mut high = errors + 1;
    while !proves(high) {
        high *= 2;
        if high > MOST {
            return None;
        }
    }
    let mut low = errors;
    while high - low > 1 {
        let middle = low.midpoint(high);
        if proves(middle) { high = middle } else { low = middle }
    }
    Some(high)
}

/// Further good messages that would prove a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Needs {
    /// If none of them is an error.
    pub without_errors: Option<u64>,
    /// If errors go on as seen; `None` where the rate seen is not below the one asked.
    pub at_this_rate: Option<u64>,
}

impl Needs {
    fn new(errors: u64, of: u64, fp: f64, confidence: f64) -> Self {
        let beyond = |n: u64| n.saturating_sub(of);
        let at_this_rate = match errors {
            0 => ham_needed(0, fp, confidence),
            _ if to_f64(errors) >= fp * to_f64(of) => None,
            // With e errors the rate as seen allows at most e · of ÷ errors messages.
            _ => (errors..errors + MOST_ERRORS).find_map(|later| {
                let n = ham_needed(later, fp, confidence)?.max(of);
                let allowed = u128::from(later) * u128::from(of);
                (u128::from(n) * u128::from(errors) <= allowed).then_some(n)
            }),
        };
        Self {
            without_errors: ham_needed(errors, fp, confidence).map(beyond),
            at_this_rate: at_this_rate.map(beyond),
        }
    }
}

/// What the good mail at hand proves about one tier.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Proof {
    /// The tier.
    pub tier: Tier,
    /// Good messages that ended there or harsher.
    pub errors: u64,
    /// Good messages.
    pub of: u64,
    /// Exact one-sided upper bound of the rate.
    pub bound: f64,
    /// Whether the bound is within the rate asked for.
    pub proven: bool,
    /// The same bound over campaigns: those with an error, of all that hold good mail.
    pub campaign_bound: f64,
    /// Campaigns with an error.
    pub campaign_errors: u64,
    /// Campaigns that hold good mail.
    pub campaigns: u64,
    /// What would prove the rate asked for.
    pub needs: Needs,
}

/// What the good mail proves about each acting tier, mildest first: whether its rate is at
/// most `fp`, each tier judged alone.
pub fn proofs(fates: &[Fate<'_>], fp: f64, confidence: f64) -> Vec<Proof> {
    let ham: Vec<_> = fates.iter().filter(|f| f.row.label == Label::Ham).collect();
    let campaigns = |hurt: &dyn Fn(&Fate<'_>) -> bool| {
        let groups = ham.iter().filter(|fate| hurt(fate)).map(|fate| fate.group);
        groups.collect::<BTreeSet<_>>().len() as u64
    };
    let all = campaigns(&|_| true);
    let proof = |tier: Tier| {
        let hurt = |fate: &Fate<'_>| fate.row.tier >= tier;
        let errors = ham.iter().filter(|fate| hurt(fate)).count() as u64;
        let of = ham.len() as u64;
        let campaign_errors = campaigns(&hurt);
        let bound = upper_bound(errors, of, confidence);
        Proof {
            tier,
            errors,
            of,
            bound,
            proven: bound <= fp,
            campaign_bound: upper_bound(campaign_errors, all, confidence),
            campaign_errors,
            campaigns: all,
            needs: Needs::new(errors, of, fp, confidence),
        }
    };
    Tier::ACTING.into_iter().map(proof).collect()
}

/// A message whose label would tell much about the thresholds in effect.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Candidate {
    /// Message digest.
    pub id: CaseId,
    /// The label it has.
    pub label: Label,
    /// Its category.
    pub category: String,
    /// The filter's score.
    pub score: f64,
    /// Its level.
    pub scl: Scl,
    /// Where it ended.
    pub tier: Tier,
    /// The level at which what happens to a message changes, nearest to this one.
    pub cut: Scl,
    /// How many scored messages it is from the cut; 1 stands next to it.
    pub distance: u64,
}

/// The `count` messages nearest to the thresholds in effect.
///
/// A cut is a level from which on the content filter or the store treats mail differently
/// than one level below; a threshold that a harsher one hides is none. Messages that the
/// filter scored are ranked by score, the cut lies below as many of them as have its level
/// or more, and nearness is counted in ranks: how many messages would have to be passed for
/// this one to change sides. Of one campaign only the nearest stands in the list, because
/// the label of one copy tells that of the others. Ties stand by id.
pub fn candidates(
    fates: &[Fate<'_>],
    thresholds: &Thresholds,
    comparison: JunkComparison,
    count: usize,
) -> Vec<Candidate> {
    let mut scored: Vec<(f64, Scl, Fate<'_>)> = fates
        .iter()
        .filter(|fate| fate.row.scanned)
        .filter_map(|fate| Some((fate.row.score?, fate.row.scl?, *fate)))
        .filter(|(score, scl, _)| !score.is_nan() && !scl.is_trusted())
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.2.row.case.cmp(&b.2.row.case)));
    let cuts: Vec<(Scl, usize)> = cuts(thresholds, comparison)
        .into_iter()
        .map(|cut| (cut, scored.iter().filter(|(_, scl, _)| *scl >= cut).count()))
        .filter(|(_, above)| *above > 0 && *above < scored.len())
        .collect();
    let away = |rank: usize, above: usize| {
        let distance = if rank < above { above - rank } else { rank - above + 1 };
        distance as u64
    };
    let mut found: Vec<(u32, Candidate)> = scored
        .iter()
        .enumerate()
        .filter_map(|(rank, (score, scl, fate))| {
            let near =
                cuts.iter().map(|(cut, above)| (away(rank, *above), *cut)).min()?;
            let row = fate.row;
            let candidate = Candidate {
                id: row.case,
                label: row.label,
                category: row.category.clone(),
                score: *score,
                scl: *scl,
                tier: row.tier,
                cut: near.1,
                distance: near.0,
            };
            Some((fate.group, candidate))
        })
        .collect();
    found.sort_by(|a, b| a.1.distance.cmp(&b.1.distance).then(a.1.id.cmp(&b.1.id)));
    let mut seen = BTreeSet::new();
    found.retain(|(group, _)| seen.insert(*group));
    found.into_iter().map(|(_, candidate)| candidate).take(count).collect()
}

/// Levels that are treated differently from the one below.
fn cuts(thresholds: &Thresholds, comparison: JunkComparison) -> Vec<Scl> {
    let treated = |scl: Scl| match thresholds.gateway(scl) {
        GatewayAction::Pass if thresholds.junks(scl, comparison) => Tier::Junk,
        GatewayAction::Pass => Tier::Inbox,
        GatewayAction::Quarantine => Tier::Quarantine,
        GatewayAction::Reject => Tier::Reject,
        GatewayAction::Delete => Tier::Delete,
    };
    let levels: Vec<Scl> = (0..=9).filter_map(|level| Scl::new(level).ok()).collect();
    let changes = levels.windows(2).filter(|pair| treated(pair[0]) != treated(pair[1]));
    changes.map(|pair| pair[1]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::thresholds;

    #[test]
    fn three_divided_by_the_rate_and_more_for_every_error() {
        let needed: Vec<_> =
            (0..4).map(|errors| ham_needed(errors, 0.0001, 0.95).unwrap()).collect();
        // SciPy: smallest n with binom.cdf(k, n, 1e-4) <= 0.05.
        assert_eq!(needed, [29_956, 47_437, 62_956, 77_535]);
        assert_eq!(ham_needed(0, 0.5, 0.95), Some(5));
        assert_eq!(ham_needed(0, 1.0, 0.95), Some(1));
        assert_eq!(ham_needed(0, 1e-18, 0.95), None);
    }

    #[test]
    fn the_number_needed_is_the_first_that_proves() {
        for (errors, fp) in [(0, 0.001), (2, 0.003), (7, 0.02), (30, 0.1)] {
            let n = ham_needed(errors, fp, 0.9).unwrap();
            assert!(upper_bound(errors, n, 0.9) <= fp);
            assert!(upper_bound(errors, n - 1, 0.9) > fp);
        }
    }

    /// One error at 1e-10: Poisson's mean with P(X ≤ 1) = 0.05 is 4.743 864 518 39.
    #[test]
    fn tiny_rates_ask_for_the_right_number() {
        let needed = ham_needed(1, 1e-10, 0.95).unwrap();
        let expected = 4.743_864_518_39e10;
        assert!((to_f64(needed) / expected - 1.0).abs() < 1e-9, "{needed}");
        assert!(lower_tail(1, needed, 1e-10) <= 0.05);
        assert!(lower_tail(1, needed - 1, 1e-10) > 0.05);
    }

    #[test]
    fn errors_that_go_on_need_more_mail() {
        let needs = Needs::new(1, 4000, 0.001, 0.95);
        assert_eq!(needs.without_errors, Some(4742 - 4000));
        let later = needs.at_this_rate.unwrap() + 4000;
        assert!(upper_bound(later.div_ceil(4000), later, 0.95) <= 0.001, "{later}");
        assert_eq!(Needs::new(4, 4000, 0.001, 0.95).at_this_rate, None);
        assert_eq!(Needs::new(0, 0, 0.001, 0.95).without_errors, Some(2995));
        assert_eq!(Needs::new(0, 9000, 0.001, 0.95).at_this_rate, Some(0));
    }

    #[test]
    fn a_hidden_threshold_is_no_cut() {
        let at = |values| {
            let cuts = cuts(&thresholds(values), JunkComparison::Gt);
            cuts.into_iter().map(Scl::get).collect::<Vec<_>>()
        };
        assert_eq!(at([-1, 7, 9, 4]), [5, 7], "junk acts above its threshold");
        assert_eq!(at([9, 7, 6, -1]), [6, 7, 9]);
        assert_eq!(at([-1, -1, -1, -1]), [] as [i8; 0]);
        assert!(at([-1, -1, -1, 9]).is_empty(), "nothing is above 9");
    }
}
