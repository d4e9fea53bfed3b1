use mail::Threshold;
use proptest::prelude::*;

use super::*;
use crate::testing::sweeps;
use crate::{GoalSpec, plateau, thresholds_notes, upper_bound};

/// Everything the documentation of [`choose`] says, pair by pair.
type Key = (
    u8,
    Vec<u64>,
    (u64, Vec<u64>, [u64; 2]),
    (u64, u64, usize),
    (usize, usize),
    Vec<u8>,
    usize,
    usize,
);

fn key(sweep: &SweepResult, goal: &Goal, outcome: usize, setting: usize) -> Key {
    let tally = &sweep.tallies[sweep.outcomes[outcome].tallies[setting] as usize];
    let ham = tally.total(Label::Ham);
    let mut budgets: Vec<_> = goal
        .budgets()
        .map(|(tier, budget)| (tier, budget, tally.at_or_harsher(Label::Ham, tier)))
        .collect();
    let within = budgets.iter().all(|(_, b, k)| ratio(*k, ham) <= *b);
    // Holm by bounds: at each rank the budget with the smallest p-value.
    budgets
        .sort_by(|a, b| lower_tail(a.2, ham, a.1).total_cmp(&lower_tail(b.2, ham, b.1)));
    let asked = budgets.len();
    let bound = budgets.iter().enumerate().all(|(rank, (_, b, k))| {
        let level = (1.0 - goal.confidence()) / (asked - rank) as f64;
        upper_bound(*k, ham, 1.0 - level) <= *b
    });
    let basis = if bound && within {
        0
    } else if within {
        1
    } else {
        2
    };
    let most = |holds: &dyn Fn(u64) -> bool| (0..=ham).take_while(|k| holds(*k)).last();
    let excess = [Tier::Delete, Tier::Reject, Tier::Quarantine, Tier::Junk].map(|tier| {
        let Some((_, b, k)) = budgets.iter().find(|budget| budget.0 == tier) else {
            return 0;
        };
        let confidence = 1.0 - (1.0 - goal.confidence()) / asked as f64;
        let allowed = match basis {
            0 => return 0,
            1 => most(&|k| upper_bound(k, ham, confidence) <= *b),
            _ => most(&|k| ratio(k, ham) <= *b),
        };
        k.saturating_sub(allowed.unwrap_or(0))
    });
    let milder = |tier: Tier| tally.tiers[1][..tier.index()].iter().sum::<u64>();
    let harmed = |tier: Tier| tally.tiers[0][tier.index()..].iter().sum::<u64>();
    let row = &sweep.orders[sweep.outcomes[outcome].representative as usize];
    let thresholds = &sweep.settings[setting];
    let harsh = |t: Option<Threshold>| t.map_or(0, |t| 10 - t.get());
    (
        basis,
        excess.to_vec(),
        (
            milder(Tier::Junk),
            Tier::ACTING.into_iter().rev().map(harmed).collect(),
            [milder(Tier::Quarantine), milder(Tier::Reject)],
        ),
        (row.cost.content_scans, row.cost.dns_questions, row.moves.len()),
        (thresholds_notes(thresholds).len(), 8 - plateau(sweep, outcome, setting)),
        [thresholds.delete, thresholds.reject, thresholds.quarantine, thresholds.junk]
            .map(harsh)
            .to_vec(),
        outcome,
        setting,
    )
}

proptest! {
    #[test]
    fn the_choice_is_that_of_trying_every_policy(
        sweep in prop_oneof![sweeps(1..40, 1..30), sweeps(200..900, 1..50)],
        budgets in [0.005..1.0f64, 0.005..1.0f64, 0.01..1.0f64, 0.02..1.0f64],
        keep in [any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>()],
        confidence in 0.5..0.99f64,
    ) {
        let budget = |at: usize| if keep[at] { budgets[at] } else { 1.0 };
        let spec = GoalSpec {
            fp_delete: budget(0),
            fp_reject: budget(1),
            fp_quarantine: budget(2),
            fp_junk: budget(3),
            confidence,
            ..GoalSpec::default()
        };
        let goal = spec.resolve().unwrap();
        let pairs = (0..sweep.outcomes.len())
            .flat_map(|outcome| (0..sweep.settings.len()).map(move |s| (outcome, s)));
        let best = pairs.map(|(o, s)| key(&sweep, &goal, o, s)).min().unwrap();
        let choice = choose(&sweep, &goal).unwrap();
        prop_assert_eq!((choice.outcome, choice.setting), (best.6, best.7));
        prop_assert_eq!(choice.basis as u8, best.0);
        prop_assert_eq!(choice.thresholds, sweep.settings[best.7]);
        let same = |tally: &u32| sweep.tallies[*tally as usize] == choice.tally;
        let equals = sweep.outcomes.iter().map(|outcome| {
            let settings = outcome.tallies.iter().filter(|tally| same(tally)).count();
            settings as u64 * u64::from(outcome.order_classes)
        });
        prop_assert_eq!(choice.equals, equals.sum::<u64>());
    }

    #[test]
    fn a_sweep_that_does_not_add_up_is_refused(sweep in sweeps(1..40, 1..30)) {
        let goal = Goal::default();
        let mut lost = sweep.clone();
        lost.units[0] += 1;
        let unbalanced = matches!(choose(&lost, &goal), Err(Error::Unbalanced { .. }));
        prop_assert!(unbalanced);
        let mut dangling = sweep.clone();
        dangling.outcomes[0].tallies[0] = 99;
        let refused = matches!(choose(&dangling, &goal), Err(Error::Inconsistent { .. }));
        prop_assert!(refused);
        let mut empty = sweep;
        empty.outcomes.clear();
        empty.orders.clear();
        prop_assert!(matches!(choose(&empty, &goal), Err(Error::NoPolicy)));
    }

    #[test]
    fn one_label_alone_gives_no_choice(sweep in sweeps(0..1, 3..9)) {
        let error = choose(&sweep, &Goal::default()).unwrap_err().to_string();
        prop_assert!(error.starts_with("the tune mail holds 0 good and"), "{error}");
    }
}

#[test]
fn the_hold_out_opens_for_a_choice_only() {
    let sealed = SealedHoldout::new(|| 7);
    let sweep = crate::testing::example();
    let choice = choose(&sweep, &Goal::default()).unwrap();
    assert_eq!(sealed.open(&choice)(), 7);
}

#[test]
fn too_little_mail_still_gets_the_mildest_choice() {
    let sweep = crate::testing::example();
    let choice = choose(&sweep, &Goal::default()).unwrap();
    // Ten good messages prove nothing; no budget allows even one to be hurt.
    assert_eq!(choice.basis, Basis::Estimate);
    assert_eq!(choice.tally.tiers[0], [10, 0, 0, 0, 0]);
    assert_eq!(choice.tally.tiers[1], [3, 0, 0, 7, 0]);
    assert!(
        choice.why[0]
            .contains("none of 4 policies keeps every budget by its upper bound")
    );
    assert!(choice.why[0].contains("(not kept here: junk, quarantine, reject, delete)"));
}

/// Issue 5: the demonstration's advice deleted two good messages for spam that it would have
/// rejected as well.
#[test]
fn spam_is_not_deleted_where_rejecting_it_does_as_well() {
    let mut sweep = crate::testing::example();
    sweep.units = [1000, 1000];
    sweep.tallies = vec![
        crate::testing::tally([[998, 2, 0, 0, 0], [50, 950, 0, 0, 0]]),
        crate::testing::tally([[998, 0, 0, 2, 0], [50, 0, 0, 950, 0]]),
        crate::testing::tally([[998, 0, 0, 0, 2], [50, 0, 0, 0, 950]]),
        crate::testing::tally([[998, 2, 0, 0, 0], [50, 350, 0, 600, 0]]),
    ];
    let goal = GoalSpec { fp_delete: 0.02, fp_reject: 0.02, ..GoalSpec::default() };
    let choice = choose(&sweep, &goal.resolve().unwrap()).unwrap();
    // The fewest good messages rejected; then spam leaves the junk folder where that hurts
    // nobody further.
    assert_eq!(choice.tally.tiers, [[998, 2, 0, 0, 0], [50, 350, 0, 600, 0]]);
}
