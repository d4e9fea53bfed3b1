//! How often a choice would be made again on other mail of the same kind.
//!
//! Whole campaigns are drawn with replacement, and every policy of the sweep is judged anew
//! by the goal on each draw. Nothing is replayed: a draw only weighs the cases anew, and
//! policies that treat all cases alike are judged once.

use mail::{Label, Threshold, Thresholds, Tier};
use serde::{Deserialize, Serialize};
use sweep::{Patterns, SweepResult, Tally, Threads};

use crate::recommend::{Limit, worth};
use crate::{Choice, Goal, Resampling};

/// How often the chosen policy and its parts were among the best.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stability {
    /// Draws of campaigns that held both good mail and spam.
    pub draws: u32,
    /// Draws in which the whole policy was among the best.
    pub chosen: u32,
    /// Draws in which its thresholds were, under whatever order.
    pub thresholds: u32,
    /// Draws in which its order was, with whatever thresholds.
    pub order: u32,
    /// Draws in which each threshold was, with whatever else; delete first.
    pub tiers: Vec<TierStability>,
}

/// How often one threshold was among the best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierStability {
    /// The tier.
    pub tier: Tier,
    /// Its chosen threshold; `None` is off.
    pub threshold: Option<Threshold>,
    /// Draws in which it was among the best.
    pub chosen: u32,
}

/// The cases that a sweep is about, in its order.
#[derive(Debug, Clone, Copy)]
pub struct Weighed<'a> {
    /// The fate of each case in the sweep's sheet.
    pub fates: &'a [u32],
    /// Its label.
    pub labels: &'a [Label],
    /// The number of its campaign; empty where each case is its own.
    pub campaigns: &'a [u32],
}

impl Resampling {
    /// Draws that [`stability`] rests on where nothing else is asked: a share of one half is
    /// then known to ± 7 points.
    pub const STABILITY_DRAWS: u32 = 200;
}

/// Judges the choice on draws of whole campaigns.
///
/// A policy is among the best of a draw where no other is better by what the goal asks of
/// mail ([`crate::choose`], steps 1 to 4); ties count for all, since what breaks them (cost,
/// plateau, mildness) does not depend on the draw.
pub fn stability(
    choice: &Choice,
    sweep: &SweepResult,
    patterns: &Patterns,
    cases: Weighed<'_>,
    goal: &Goal,
    how: (Resampling, &Threads),
) -> Stability {
    let parts = parts(choice, sweep, patterns);
    let campaign = |at: usize| match cases.campaigns.get(at) {
        Some(campaign) => *campaign as usize,
        None => at,
    };
    let groups = (0..cases.fates.len()).map(|at| campaign(at) + 1).max().unwrap_or(0);
    let groups = u32::try_from(groups).expect("fewer than 2^32 campaigns");
    let fates = patterns.tiers.first().map_or(0, Vec::len);
    let (resampling, threads) = how;
    let drawn = resampling.run(groups, threads, |times| {
        let mut weights = vec![[0u64; 2]; fates];
        for (at, (fate, label)) in cases.fates.iter().zip(cases.labels).enumerate() {
            weights[*fate as usize][label.index()] += u64::from(times[campaign(at)]);
        }
        best_parts(patterns, &weights, &parts, goal)
    });
    let draws = drawn.iter().filter(|draw| draw[0].is_finite()).count();
    let of = |part: usize| {
        let count = drawn.iter().filter(|draw| draw[part] > 0.5).count();
        u32::try_from(count).expect("no more than the draws")
    };
    let Thresholds { delete, reject, quarantine, junk } = choice.thresholds;
    let tiers = [
        (Tier::Delete, delete),
        (Tier::Reject, reject),
        (Tier::Quarantine, quarantine),
        (Tier::Junk, junk),
    ];
    Stability {
        draws: u32::try_from(draws).expect("no more than the draws"),
        chosen: of(0),
        thresholds: of(1),
        order: of(2),
        tiers: (3..)
            .zip(tiers)
            .map(|(at, (tier, threshold))| TierStability {
                tier,
                threshold,
                chosen: of(at),
            })
            .collect(),
    }
}

/// Which parts of the choice some policy of each pattern shares: the whole, its thresholds,
/// its order, each threshold from delete to junk.
fn parts(choice: &Choice, sweep: &SweepResult, patterns: &Patterns) -> Vec<[bool; 7]> {
    let mut parts = vec![[false; 7]; patterns.tiers.len()];
    let wanted = choice.thresholds;
    for (outcome, row) in patterns.of.iter().enumerate() {
        for (setting, (pattern, at)) in row.iter().zip(&sweep.settings).enumerate() {
            let (same_order, same) =
                (outcome == choice.outcome, setting == choice.setting);
            let here = [
                same_order && same,
                same,
                same_order,
                at.delete == wanted.delete,
                at.reject == wanted.reject,
                at.quarantine == wanted.quarantine,
                at.junk == wanted.junk,
            ];
            for (part, shares) in parts[*pattern as usize].iter_mut().zip(here) {
                *part |= shares;
            }
        }
    }
    parts
}

/// For one weighing of the fates, which parts are among the best: 1 or 0, or not a number
/// where a label is missing.
fn best_parts(
    patterns: &Patterns,
    weights: &[[u64; 2]],
    parts: &[[bool; 7]],
    goal: &Goal,
) -> [f64; 7] {
    let [ham, spam] = [0, 1].map(|label| weights.iter().map(|w| w[label]).sum::<u64>());
    if ham == 0 || spam == 0 {
        return [f64::NAN; 7];
    }
    let tallies: Vec<Tally> =
        patterns.tiers.iter().map(|tiers| tally(tiers, weights)).collect();
    let limits = Limit::all(&tallies, ham, goal);
    let alpha = 1.0 - goal.confidence();
    let mut best = None;
    let mut found = [false; 7];
    for (tally, parts) in tallies.iter().zip(parts) {
        let here = worth(tally, &limits, alpha, goal);
        if best.is_none_or(|best| here < best) {
            (best, found) = (Some(here), [false; 7]);
        }
        if best == Some(here) {
            for (found, part) in found.iter_mut().zip(parts) {
                *found |= part;
            }
        }
    }
    found.map(|found| f64::from(u8::from(found)))
}

fn tally(tiers: &[Tier], weights: &[[u64; 2]]) -> Tally {
    let mut tally = Tally::default();
    for (tier, [ham, spam]) in tiers.iter().zip(weights) {
        tally.tiers[0][tier.index()] += ham;
        tally.tiers[1][tier.index()] += spam;
    }
    tally
}

impl Stability {
    /// The stability in lines for people.
    pub fn lines(&self) -> Vec<String> {
        let Self { draws, chosen, thresholds, order, tiers } = self;
        let each: Vec<String> = tiers
            .iter()
            .map(|TierStability { tier, threshold, chosen }| {
                let at = threshold.map_or("off".to_owned(), |t| t.get().to_string());
                format!("{tier} {at} in {chosen}")
            })
            .collect();
        vec![
            format!(
                "stability: of {draws} draws of campaigns this policy is among the best in \
                 {chosen}, its thresholds in {thresholds}, its order in {order}"
            ),
            format!("  each threshold: {}", each.join(", ")),
        ]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{causes, thresholds};
    use crate::{choose, thresholds_notes};
    use sweep::{Cost, OrderRow, Outcome};

    /// A sweep counted case by case from patterns, the plain way.
    fn sweep_of(patterns: &Patterns, cases: &[(u32, Label)]) -> SweepResult {
        let settings = [[-1, -1, -1, -1], [-1, -1, -1, 4], [-1, 7, -1, 4], [9, 7, -1, 4]];
        let mut tallies: Vec<Tally> = Vec::new();
        let mut number = |pattern: u32| {
            let mut tally = Tally::default();
            for (fate, label) in cases {
                let tier = patterns.tiers[pattern as usize][*fate as usize];
                tally.tiers[label.index()][tier.index()] += 1;
            }
            let tally = crate::testing::tally(tally.tiers);
            let at =
                tallies.iter().position(|other| *other == tally).unwrap_or_else(|| {
                    tallies.push(tally);
                    tallies.len() - 1
                });
            u32::try_from(at).unwrap()
        };
        let of: Vec<Vec<u32>> = patterns
            .of
            .iter()
            .map(|row| row.iter().map(|pattern| number(*pattern)).collect())
            .collect();
        let order = |outcome: u32| OrderRow {
            order: vec![0],
            moves: Vec::new(),
            outcome,
            cost: Cost::default(),
        };
        let count = |label| cases.iter().filter(|case| case.1 == label).count() as u64;
        SweepResult {
            agents: vec!["Content Filter Agent".into()],
            causes: causes(),
            units: Label::ALL.map(count),
            settings: settings.map(thresholds).to_vec(),
            orders: (0..2).map(order).collect(),
            outcomes: (0u32..)
                .zip(of)
                .map(|(representative, tallies)| Outcome {
                    representative,
                    order_classes: 1,
                    tallies,
                })
                .collect(),
            tallies,
        }
    }

    fn tiers() -> impl Strategy<Value = Vec<Tier>> {
        prop::collection::vec(prop::sample::select(Tier::ALL.to_vec()), 4)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// The policy that the plain way chooses from the drawn cases is always among the
        /// best by patterns.
        #[test]
        fn weighing_patterns_is_counting_the_drawn_cases(
            tiers in prop::collection::vec(tiers(), 8),
            cases in prop::collection::vec((0u32..4, any::<bool>()), 2..60),
        ) {
            let of = vec![(0..4).collect(), (4..8).collect()];
            let patterns = Patterns { tiers, of };
            let label = |spam: bool| Label::ALL[usize::from(spam)];
            let cases: Vec<_> = cases.iter().map(|(f, spam)| (*f, label(*spam))).collect();
            prop_assume!(Label::ALL.iter().all(|l| cases.iter().any(|case| case.1 == *l)));
            let sweep = sweep_of(&patterns, &cases);
            let goal = Goal::default();
            let choice = choose(&sweep, &goal).unwrap();
            let mut weights = vec![[0; 2]; 4];
            for (fate, label) in &cases {
                weights[*fate as usize][label.index()] += 1;
            }
            let parts = parts(&choice, &sweep, &patterns);
            let found = best_parts(&patterns, &weights, &parts, &goal);
            prop_assert!(found.iter().all(|part| *part > 0.5), "{found:?}");
        }
    }

    /// A choice that rests on one campaign is chosen where that is drawn, 1 - (1 - 1/n)^n of
    /// the draws; one that all mail supports always.
    #[test]
    fn a_choice_that_rests_on_one_campaign_is_not_stable() {
        let (inbox, junk) = (Tier::Inbox, Tier::Junk);
        // Fate 0: good mail; 1: plain spam; 2: spam that only setting 1 finds.
        let patterns = Patterns {
            tiers: vec![vec![inbox, junk, inbox], vec![inbox, junk, junk]],
            of: vec![vec![0, 1, 0, 0], vec![0, 0, 0, 0]],
        };
        let mut cases = vec![(0, Label::Ham); 40];
        cases.extend([(1, Label::Spam); 59]);
        cases.push((2, Label::Spam));
        let sweep = sweep_of(&patterns, &cases);
        let choice = choose(&sweep, &Goal::default()).unwrap();
        assert_eq!((choice.outcome, choice.setting), (0, 1));
        assert!(thresholds_notes(&choice.thresholds).is_empty());
        let (fates, labels): (Vec<u32>, Vec<Label>) = cases.into_iter().unzip();
        let campaigns: Vec<u32> = (0..100).collect();
        let weighed = Weighed { fates: &fates, labels: &labels, campaigns: &campaigns };
        let run = |threads: usize| {
            let threads = Threads::new(threads).unwrap();
            let how = (Resampling { draws: 1000, seed: 1 }, &threads);
            stability(&choice, &sweep, &patterns, weighed, &Goal::default(), how)
        };
        let found = run(1);
        assert_eq!(found, run(2));
        assert_eq!(found.draws, 1000);
        // 1 - 0.99^100 = 0.634; where it is not drawn, all policies tie.
        assert_eq!(found.chosen, 1000);
        assert_eq!((found.tiers[0].chosen, found.order), (1000, 1000));
        let mut other = choice.clone();
        (other.outcome, other.setting) = (1, 0);
        other.thresholds = sweep.settings[0];
        let threads = Threads::new(1).unwrap();
        let how = (Resampling { draws: 1000, seed: 1 }, &threads);
        let rest = stability(&other, &sweep, &patterns, weighed, &Goal::default(), how);
        assert!((300..430).contains(&rest.chosen), "{}", rest.chosen);
        assert_eq!(rest.chosen, rest.order);
        assert!(found.lines()[0].contains("of 1000 draws"));
    }
}
