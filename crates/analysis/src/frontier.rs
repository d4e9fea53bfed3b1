//! Every policy as a point, and the points that no other beats.

use mail::{Label, Tier};
use serde::Serialize;
use sweep::SweepResult;

use crate::witness::{Witnesses, outcome_cost, witnesses};
use crate::{Error, check_sweep};

/// All policies of one tally, as a point of errors at one tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct PolicyPoint {
    /// Ham that ended at the tier or harsher.
    pub fp: u64,
    /// Spam that ended milder than the tier.
    #[serde(rename = "fn")]
    pub missed: u64,
    /// Index into [`SweepResult::tallies`].
    pub tally: u32,
    /// The best of the policies: index into [`SweepResult::outcomes`]. Best is the order
    /// that [`crate::choose`] uses after the errors.
    pub outcome: u32,
    /// Index into [`SweepResult::settings`].
    pub setting: u32,
    /// Policies at this point: order classes × settings.
    pub policies: u64,
}

/// One order class under one threshold setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct OrderPoint {
    /// Messages the content filter scored.
    pub content_scans: u64,
    /// DNS questions.
    pub dns_questions: u64,
    /// Ham that ended at the tier or harsher.
    pub fp: u64,
    /// Spam that ended milder than the tier.
    #[serde(rename = "fn")]
    pub missed: u64,
    /// Index into [`SweepResult::orders`].
    pub order: u32,
    /// Index into [`SweepResult::outcomes`].
    pub outcome: u32,
    /// No order class has both fewer or equal content scans and less or equal `missed`,
    /// one of them less.
    pub efficient: bool,
}

/// Every (order, setting) pair, policies of one tally together, in the order of the
/// tallies. `tier` is one that acts; at `inbox` every message counts as hurt.
///
/// # Errors
///
/// What [`check_sweep`] finds.
pub fn points(sweep: &SweepResult, tier: Tier) -> Result<Vec<PolicyPoint>, Error> {
    check_sweep(sweep)?;
    Ok(points_of(sweep, &witnesses(sweep, &|_| true), tier))
}

fn points_of(sweep: &SweepResult, witnesses: &Witnesses, tier: Tier) -> Vec<PolicyPoint> {
    let used = (0u32..).zip(&sweep.tallies).zip(&witnesses.best).zip(&witnesses.policies);
    used.filter_map(|(((tally, counts), witness), policies)| {
        let witness = (*witness)?;
        Some(PolicyPoint {
            fp: counts.at_or_harsher(Label::Ham, tier),
            missed: counts.total(Label::Spam) - counts.at_or_harsher(Label::Spam, tier),
            tally,
            outcome: witness.outcome,
            setting: witness.setting,
            policies: *policies,
        })
    })
    .collect()
}

/// The points that no other beats at one tier, from no false positives upwards: none has
/// both at most as many false positives and at most as many false negatives, one of them
/// fewer. Of equal points the cheapest policy stands for all, with their number summed.
///
/// # Errors
///
/// What [`check_sweep`] finds.
pub fn frontier(sweep: &SweepResult, tier: Tier) -> Result<Vec<PolicyPoint>, Error> {
    let mut all = points(sweep, tier)?;
    all.sort_by_key(|p| {
        (p.fp, p.missed, outcome_cost(sweep, p.outcome as usize), p.tally)
    });
    let mut best: Vec<PolicyPoint> = Vec::new();
    for point in all {
        match best.last_mut() {
            Some(last) if (last.fp, last.missed) == (point.fp, point.missed) => {
                last.policies += point.policies;
            }
            Some(last) if last.missed <= point.missed => {}
            Some(_) | None => best.push(point),
        }
    }
    Ok(best)
}

/// Every order class under one setting, in the order of the sweep: errors against cost.
///
/// # Errors
///
/// What [`check_sweep`] finds, or [`Error::UnknownSetting`] for an index out of range.
pub fn order_points(
    sweep: &SweepResult,
    setting: usize,
    tier: Tier,
) -> Result<Vec<OrderPoint>, Error> {
    check_sweep(sweep)?;
    if setting >= sweep.settings.len() {
        return Err(Error::UnknownSetting { setting: format!("number {setting}") });
    }
    let point = |(order, row): (u32, &sweep::OrderRow)| {
        let tally = sweep.outcomes[row.outcome as usize].tallies[setting];
        let counts = &sweep.tallies[tally as usize];
        OrderPoint {
            content_scans: row.cost.content_scans,
            dns_questions: row.cost.dns_questions,
            fp: counts.at_or_harsher(Label::Ham, tier),
            missed: counts.total(Label::Spam) - counts.at_or_harsher(Label::Spam, tier),
            order,
            outcome: row.outcome,
            efficient: false,
        }
    };
    let mut points: Vec<_> = (0u32..).zip(&sweep.orders).map(point).collect();
    mark_efficient(&mut points);
    Ok(points)
}

fn mark_efficient(points: &mut [OrderPoint]) {
    let mut by_cost: Vec<_> = (0..points.len()).collect();
    by_cost.sort_by_key(|at| (points[*at].content_scans, points[*at].missed));
    let mut last: Option<(u64, u64)> = None;
    for at in by_cost {
        let here = (points[at].content_scans, points[at].missed);
        if last.is_none_or(|last| here == last || here.1 < last.1) {
            points[at].efficient = true;
            last = Some(here);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing;

    fn beats(a: (u64, u64), b: (u64, u64)) -> bool {
        a != b && a.0 <= b.0 && a.1 <= b.1
    }

    proptest! {
        #[test]
        fn the_frontier_is_what_no_policy_beats(sweep in testing::sweeps(1..30, 1..30)) {
            for tier in Tier::ACTING {
                let all = points(&sweep, tier).unwrap();
                prop_assert_eq!(all.iter().map(|p| p.policies).sum::<u64>(), sweep.policies());
                let at = |p: &PolicyPoint| (p.fp, p.missed);
                let mut expected: Vec<_> = all
                    .iter()
                    .map(at)
                    .filter(|p| !all.iter().any(|other| beats(at(other), *p)))
                    .collect();
                expected.sort_unstable();
                expected.dedup();
                let found = frontier(&sweep, tier).unwrap();
                prop_assert_eq!(found.iter().map(at).collect::<Vec<_>>(), expected);
                for point in found {
                    let outcome = &sweep.outcomes[point.outcome as usize];
                    prop_assert_eq!(outcome.tallies[point.setting as usize], point.tally);
                    let same = all.iter().filter(|p| at(p) == at(&point));
                    prop_assert_eq!(same.map(|p| p.policies).sum::<u64>(), point.policies);
                }
            }
        }

        #[test]
        fn efficient_orders_are_those_no_order_beats(sweep in testing::sweeps(1..30, 1..30)) {
            let found = order_points(&sweep, 0, Tier::Junk).unwrap();
            let at = |p: &OrderPoint| (p.content_scans, p.missed);
            for point in &found {
                let beaten = found.iter().any(|other| beats(at(other), at(point)));
                prop_assert_eq!(point.efficient, !beaten);
            }
            prop_assert!(order_points(&sweep, sweep.settings.len(), Tier::Junk).is_err());
        }
    }
}
