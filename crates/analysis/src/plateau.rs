//! Plateaus: settings whose neighbours do the same.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use mail::{Threshold, Thresholds};
use sweep::SweepResult;

use crate::canonical;
use crate::witness::{Witness, outcome_cost, setting_key};

/// How many of the eight neighbours of a setting (each threshold that is on, one up and one
/// down) have the same tally under the same orders.
///
/// A neighbour that the sweep did not evaluate does not count.
pub fn plateau(sweep: &SweepResult, outcome: usize, setting: usize) -> usize {
    Terrain::new(sweep).plateau(outcome, setting)
}

/// A sweep with its settings by value.
struct Terrain<'s> {
    sweep: &'s SweepResult,
    places: BTreeMap<Thresholds, usize>,
}

impl<'s> Terrain<'s> {
    fn new(sweep: &'s SweepResult) -> Self {
        let places = sweep.settings.iter().enumerate();
        Self { sweep, places: places.map(|(at, setting)| (*setting, at)).collect() }
    }

    fn plateau(&self, outcome: usize, setting: usize) -> usize {
        let tallies = &self.sweep.outcomes[outcome].tallies;
        let same = |wanted: &Thresholds| {
            let found = self.places.get(&canonical(wanted));
            found.is_some_and(|found| {
                *found != setting && tallies[*found] == tallies[setting]
            })
        };
        let around = neighbours(&self.sweep.settings[setting]);
        around.iter().filter(|wanted| same(wanted)).count()
    }
}

fn neighbours(at: &Thresholds) -> Vec<Thresholds> {
    let steps = |value: Option<Threshold>| {
        let moved = |by: i64| {
            let moved = i64::from(value?.get()) + by;
            Threshold::new(moved).ok()
        };
        [moved(-1), moved(1)].into_iter().flatten()
    };
    let Thresholds { delete, reject, quarantine, junk } = *at;
    let mut found = Vec::new();
    found.extend(steps(delete).map(|step| Thresholds { delete: Some(step), ..*at }));
    found.extend(steps(reject).map(|step| Thresholds { reject: Some(step), ..*at }));
    found.extend(steps(quarantine).map(|q| Thresholds { quarantine: Some(q), ..*at }));
    found.extend(steps(junk).map(|step| Thresholds { junk: Some(step), ..*at }));
    found
}

/// Among the policies that are as good as the witness but for the mildness of their
/// thresholds, the one in the middle of the widest plateau.
pub(crate) fn widest(
    sweep: &SweepResult,
    witness: Witness,
    allowed: &dyn Fn(&Thresholds) -> bool,
) -> Witness {
    let (outcome, setting) = (witness.outcome as usize, witness.setting as usize);
    let tally = sweep.outcomes[outcome].tallies[setting];
    let cost = outcome_cost(sweep, outcome);
    let odd = setting_key(&sweep.settings[setting]).0;
    let terrain = Terrain::new(sweep);
    let wide = Reverse(terrain.plateau(outcome, setting));
    let mut best = (wide, setting_key(&sweep.settings[setting]).1, witness);
    for (number, row) in (0u32..).zip(&sweep.outcomes) {
        if outcome_cost(sweep, number as usize) != cost {
            continue;
        }
        for ((at, other), thresholds) in (0u32..).zip(&row.tallies).zip(&sweep.settings) {
            let (oddities, harsh) = setting_key(thresholds);
            if *other != tally || oddities != odd || !allowed(thresholds) {
                continue;
            }
            let wide = terrain.plateau(number as usize, at as usize);
            let merit = witness.merit;
            let found =
                (Reverse(wide), harsh, Witness { merit, outcome: number, setting: at });
            best = best.min(found);
        }
    }
    best.2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{example, thresholds};

    #[test]
    fn the_middle_of_a_plateau_is_preferred_to_its_edge() {
        let mut sweep = example();
        sweep.settings =
            [9, 8, 7, 6].map(|reject| thresholds([-1, reject, -1, -1])).to_vec();
        sweep.outcomes[0].tallies = vec![1, 1, 1, 2];
        assert_eq!(
            (0..4).map(|s| plateau(&sweep, 0, s)).collect::<Vec<_>>(),
            [1, 2, 1, 0]
        );
        let choice = crate::choose(&sweep, &crate::Goal::default()).unwrap();
        assert_eq!(choice.thresholds, thresholds([-1, 8, -1, -1]));
    }
}
