//! Errors against one threshold while the others stay.

use mail::{Label, Threshold, Thresholds, Tier};
use serde::Serialize;
use sweep::SweepResult;

use crate::{Error, Rate, canonical, check_sweep};

/// One value of the threshold that is varied.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ThresholdStep {
    /// The value; `None` is off.
    pub threshold: Option<Threshold>,
    /// Index into [`SweepResult::settings`]: the same setting, with tiers it hides off.
    pub setting: u32,
    /// False positives at the varied tier or harsher.
    pub fp: Rate,
    /// False negatives at the varied tier: spam that ended milder.
    #[serde(rename = "fn")]
    pub missed: Rate,
    /// Ham that ended exactly at the tier.
    pub ham: u64,
    /// Spam that ended exactly at the tier.
    pub spam: u64,
}

/// FP and FN against the threshold of `tier`, the other thresholds as in `base`, under the
/// orders of one outcome: off first, then 9 down to 0. Values whose setting the sweep did
/// not evaluate are left out.
///
/// # Errors
///
/// [`Error::UnknownSetting`] where the sweep has none of the settings, where `tier` is
/// `inbox` or `outcome` is out of range; what [`check_sweep`] finds.
pub fn threshold_steps(
    sweep: &SweepResult,
    outcome: usize,
    base: &Thresholds,
    tier: Tier,
) -> Result<Vec<ThresholdStep>, Error> {
    check_sweep(sweep)?;
    let outcome = sweep
        .outcomes
        .get(outcome)
        .ok_or_else(|| Error::UnknownSetting { setting: format!("outcome {outcome}") })?;
    let values = std::iter::once(None)
        .chain((0..=9).rev().map(|value| Threshold::new(value).ok()));
    let step = |threshold| {
        let setting = find(sweep, &with(base, tier, threshold)?)?;
        let tally = &sweep.tallies[outcome.tallies[setting as usize] as usize];
        Some(ThresholdStep {
            threshold,
            setting,
            fp: Rate::false_positives(tally, tier),
            missed: Rate::false_negatives(tally, tier),
            ham: tally.tiers[Label::Ham.index()][tier.index()],
            spam: tally.tiers[Label::Spam.index()][tier.index()],
        })
    };
    let steps: Vec<_> = values.filter_map(step).collect();
    if steps.is_empty() {
        return Err(Error::UnknownSetting { setting: format!("{tier} with {base}") });
    }
    Ok(steps)
}

/// `base` with another threshold for `tier`; the inbox has none.
fn with(base: &Thresholds, tier: Tier, value: Option<Threshold>) -> Option<Thresholds> {
    let mut thresholds = *base;
    match tier {
        Tier::Inbox => return None,
        Tier::Junk => thresholds.junk = value,
        Tier::Quarantine => thresholds.quarantine = value,
        Tier::Reject => thresholds.reject = value,
        Tier::Delete => thresholds.delete = value,
    }
    Some(thresholds)
}

/// The setting as it stands in the sweep, or its canonical form.
fn find(sweep: &SweepResult, wanted: &Thresholds) -> Option<u32> {
    let position = |wanted: &Thresholds| {
        let found = (0u32..).zip(&sweep.settings).find(|(_, setting)| *setting == wanted);
        found.map(|(index, _)| index)
    };
    position(wanted).or_else(|| position(&canonical(wanted)))
}

#[cfg(test)]
mod tests {
    use sweep::{Cost, OrderRow, Outcome};

    use super::*;
    use crate::testing::{causes, tally, thresholds};

    #[test]
    fn hidden_values_are_read_off_their_canonical_setting() {
        let settings = vec![
            thresholds([-1, -1, -1, 4]),
            thresholds([-1, 7, -1, 4]),
            thresholds([9, -1, -1, 4]),
            thresholds([9, 7, -1, 4]),
        ];
        let tallies = vec![
            tally([[9, 1, 0, 0, 0], [3, 7, 0, 0, 0]]),
            tally([[9, 1, 0, 0, 0], [3, 1, 0, 6, 0]]),
            tally([[9, 1, 0, 0, 0], [3, 2, 0, 0, 5]]),
            tally([[9, 1, 0, 0, 0], [3, 1, 0, 1, 5]]),
        ];
        let sweep = SweepResult {
            agents: vec!["A".into()],
            causes: causes(),
            units: [10, 10],
            settings,
            orders: vec![OrderRow {
                order: vec![0],
                moves: Vec::new(),
                outcome: 0,
                cost: Cost::default(),
            }],
            outcomes: vec![Outcome {
                representative: 0,
                order_classes: 1,
                tallies: vec![0, 1, 2, 3],
            }],
            tallies,
        };
        let steps = threshold_steps(&sweep, 0, &thresholds([9, -1, -1, 4]), Tier::Reject);
        let shown: Vec<_> = steps
            .unwrap()
            .iter()
            .map(|step| (step.threshold.map(Threshold::get), step.setting, step.spam))
            .collect();
        // Reject 9 is hidden by delete 9; reject 8 was not evaluated.
        assert_eq!(shown, [(None, 2, 0), (Some(9), 2, 0), (Some(7), 3, 1)]);
        let inbox = threshold_steps(&sweep, 0, &thresholds([9, -1, -1, 4]), Tier::Inbox);
        assert!(inbox.unwrap_err().to_string().contains("inbox"));
    }
}
