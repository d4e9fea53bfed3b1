//! The best policy behind each tally.

use mail::{Threshold, Thresholds};
use sweep::SweepResult;

use crate::thresholds_notes;

/// The best of the policies that share a tally.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Witness {
    /// How good it is apart from its tally; smaller is better.
    pub(crate) merit: Merit,
    /// Index into [`SweepResult::outcomes`].
    pub(crate) outcome: u32,
    /// Index into [`SweepResult::settings`].
    pub(crate) setting: u32,
}

/// Rank of cost, then rank of the setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Merit {
    cost: u32,
    setting: u32,
}

/// Per tally: its best policy and how many policies share it.
pub(crate) struct Witnesses {
    /// `None` for a tally that no policy has.
    pub(crate) best: Vec<Option<Witness>>,
    /// Order classes × settings.
    pub(crate) policies: Vec<u64>,
}

/// One pass over every outcome and setting.
///
/// Among policies of one tally the best has the least content scans, then DNS questions,
/// then priority changes, then the fewest odd thresholds, then the mildest thresholds, then
/// comes first in the sweep. Only `allowed` settings can be best; all are counted.
pub(crate) fn witnesses(
    sweep: &SweepResult,
    allowed: &dyn Fn(&Thresholds) -> bool,
) -> Witnesses {
    let (costs, settings) = (cost_ranks(sweep), setting_ranks(&sweep.settings));
    let mut best: Vec<Option<Witness>> = vec![None; sweep.tallies.len()];
    let mut policies = vec![0; sweep.tallies.len()];
    for (outcome_index, outcome) in (0u32..).zip(&sweep.outcomes) {
        let cost = costs[outcome_index as usize];
        for ((setting, rank), tally) in (0u32..).zip(&settings).zip(&outcome.tallies) {
            let tally = *tally as usize;
            policies[tally] += u64::from(outcome.order_classes);
            if !allowed(&sweep.settings[setting as usize]) {
                continue;
            }
            let merit = Merit { cost, setting: *rank };
            let witness = Witness { merit, outcome: outcome_index, setting };
            if best[tally].is_none_or(|best| witness < best) {
                best[tally] = Some(witness);
            }
        }
    }
    Witnesses { best, policies }
}

/// What an outcome costs at its cheapest order: scans, questions, priority changes.
pub(crate) fn outcome_cost(sweep: &SweepResult, outcome: usize) -> (u64, u64, usize) {
    let row = &sweep.orders[sweep.outcomes[outcome].representative as usize];
    (row.cost.content_scans, row.cost.dns_questions, row.moves.len())
}

/// Number of oddities, then how harsh: thresholds from delete to junk, off before 9 before
/// 8.
pub(crate) fn setting_key(thresholds: &Thresholds) -> (usize, [u8; 4]) {
    let harshness = |t: Option<Threshold>| t.map_or(0, |t| 10 - t.get());
    let Thresholds { delete, reject, quarantine, junk } = *thresholds;
    let harsh = [delete, reject, quarantine, junk].map(harshness);
    (thresholds_notes(thresholds).len(), harsh)
}

fn cost_ranks(sweep: &SweepResult) -> Vec<u32> {
    let keys = (0..sweep.outcomes.len()).map(|outcome| outcome_cost(sweep, outcome));
    dense_ranks(&keys.collect::<Vec<_>>())
}

fn setting_ranks(settings: &[Thresholds]) -> Vec<u32> {
    dense_ranks(&settings.iter().map(setting_key).collect::<Vec<_>>())
}

/// Rank of each key, equal keys sharing one.
fn dense_ranks<K: Ord>(keys: &[K]) -> Vec<u32> {
    let mut by_key: Vec<_> = (0..keys.len()).collect();
    by_key.sort_by_key(|index| &keys[*index]);
    let mut ranks = vec![0; keys.len()];
    let mut rank = 0;
    for (at, index) in by_key.iter().enumerate() {
        if at > 0 && keys[by_key[at - 1]] != keys[*index] {
            rank += 1;
        }
        ranks[*index] = rank;
    }
    ranks
}
