use proptest::prelude::*;

use super::*;
use crate::testing::{sweeps, tally};
use crate::{Aim, GoalSpec, choose};

fn goal(fp_delete: f64, fp_junk: f64) -> Goal {
    let spec = GoalSpec {
        fp_delete,
        fp_junk,
        fp_reject: 1.0,
        fp_quarantine: 1.0,
        confidence: 0.95,
        ..GoalSpec::default()
    };
    spec.resolve().unwrap()
}

/// Ham that is deleted and junked of `of`.
fn ham(deleted: u64, junked: u64, of: u64) -> Tally {
    tally([[of - deleted - junked, junked, 0, 0, deleted], [1, 0, 0, 0, 9]])
}

/// Every message a campaign of its own.
fn single(tally: &Tally) -> HamCampaigns {
    let hurt = |tier| tally.at_or_harsher(Label::Ham, tier);
    HamCampaigns { of: tally.total(Label::Ham), hurt: Tier::ACTING.map(hurt) }
}

fn any_choice() -> Choice {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let sweep = sweeps(50..51, 50..51).new_tree(&mut runner).unwrap().current();
    choose(&sweep, &Goal::default()).unwrap()
}

#[test]
fn holm_steps_down_and_stops() {
    let met = |p: &[f64]| holm(p, 0.05).iter().map(|j| j.met).collect::<Vec<_>>();
    assert_eq!(met(&[0.04, 0.01, 0.02]), [true, true, true]);
    assert_eq!(met(&[0.04, 0.01, 0.03]), [false, true, false]);
    assert_eq!(met(&[0.001, 0.02, 0.02]), [true, true, true]);
    assert_eq!(met(&[0.02, 0.03, 0.03]), [false, false, false]);
    assert!(met(&[]).is_empty());
}

#[test]
fn the_verdict_follows_bounds_then_rates() {
    let (choice, goal) = (any_choice(), goal(0.001, 0.02));
    let verdict = |tally: &Tally| verify(&choice, Some((tally, &single(tally))), &goal);
    // Two budgets: the harder needs (1 - 0.001)^n <= 0.05, the other passed at 0.025 first.
    let proven = verdict(&ham(0, 10, 2995));
    assert_eq!((proven.verdict, proven.needed.ham), (Verdict::Proven, Some(0)));
    let likely = verdict(&ham(0, 10, 2994));
    assert_eq!((likely.verdict, likely.needed.ham), (Verdict::Likely, Some(1)));
    let standings: Vec<_> = likely.budgets.iter().map(|check| check.standing).collect();
    assert_eq!(standings, [Standing::Proven, Standing::Within]);
    let exceeded = verdict(&ham(4, 10, 3000));
    assert_eq!((exceeded.verdict, exceeded.needed.ham), (Verdict::Unproven, None));
    assert!(exceeded.why[0].starts_with("unproven: a budget is exceeded on 3,000"));
    let at_budget = verdict(&ham(3, 10, 3000));
    assert_eq!((at_budget.verdict, at_budget.needed.ham), (Verdict::Likely, None));
}

#[test]
fn too_few_messages_are_unproven_not_likely() {
    let (choice, goal) = (any_choice(), goal(0.001, 0.02));
    let verdict = |tally: &Tally| verify(&choice, Some((tally, &single(tally))), &goal);
    let one = verdict(&ham(0, 0, 1));
    assert_eq!(one.verdict, Verdict::Unproven);
    assert!(one.why[0].contains("too few for any verdict"), "{}", one.why[0]);
    assert!(one.why.iter().any(|line| line.ends_with("too few messages to say")));
    // 1 / 0.001 good messages: one error would be expected at the budget.
    assert_eq!(verdict(&ham(0, 0, 999)).verdict, Verdict::Unproven);
    assert_eq!(verdict(&ham(0, 0, 1000)).verdict, Verdict::Likely);
    // An exceeded budget is named before scarcity.
    assert!(verdict(&ham(1, 0, 10)).why[0].contains("a budget is exceeded"));
}

#[test]
fn costs_alone_need_some_mail_of_both_labels() {
    let spec = GoalSpec { by: Aim::Costs, ..GoalSpec::default() };
    let (choice, goal) = (any_choice(), spec.resolve().unwrap());
    let verdict = |ham: u64, spam: u64| {
        let mail = tally([[ham, 0, 0, 0, 0], [0, spam, 0, 0, 0]]);
        verify(&choice, Some((&mail, &single(&mail))), &goal)
    };
    assert_eq!(verdict(1, 1).verdict, Verdict::Unproven);
    let short = verdict(50, 49);
    assert_eq!(short.verdict, Verdict::Unproven);
    assert_eq!(short.needed, Needed { ham: Some(0), spam: Some(1) });
    let told = "it takes 1 more spam message of hold-out mail for a verdict of likely";
    assert_eq!(short.why[1..], [told]);
    let both = verdict(1, 0);
    assert_eq!(both.needed, Needed { ham: Some(49), spam: Some(50) });
    assert!(both.why[1].contains("49 more good messages and 50 more spam messages"));
    let enough = verdict(50, 50);
    assert_eq!(enough.verdict, Verdict::Likely);
    assert_eq!(enough.needed, Needed { ham: Some(0), spam: Some(0) });
    assert_eq!(enough.why.len(), 1);
}

#[test]
fn budgets_that_ask_nothing_prove_nothing() {
    let (choice, goal) = (any_choice(), goal(1.0, 1.0));
    let mail = tally([[0, 0, 0, 0, 60], [60, 0, 0, 0, 0]]);
    let found = verify(&choice, Some((&mail, &single(&mail))), &goal);
    assert_eq!(found.verdict, Verdict::Likely);
    assert!(found.why[0].contains("no budget was asked, so nothing is proven"));
}

#[test]
fn mail_that_was_learnt_proves_nothing() {
    let (choice, goal) = (any_choice(), goal(0.001, 0.02));
    let mail = ham(0, 10, 5000);
    let found = verify(&choice, Some((&mail, &single(&mail))), &goal);
    assert_eq!(found.verdict, Verdict::Proven);
    assert_eq!(found.clone().taken_back(&[]), found);
    let words = Learnt { count: 1, of: 5010 }.words("the mail").unwrap();
    assert_eq!(words, "1 of 5,010 messages of the mail was in the model's training mail");
    assert_eq!(Learnt { count: 0, of: 9 }.words("the mail"), None);
    let back = found.taken_back(&[words]);
    assert_eq!(back.verdict, Verdict::Unproven);
    assert_eq!(back.survives_wrong_labels, None);
    assert!(back.why[0].starts_with("unproven: 1 of 5,010"), "{:?}", back.why);
    for line in &back.why {
        assert!(!line.contains("had not seen") && !line.ends_with(": proven"), "{line}");
    }
}

#[test]
fn without_hold_out_nothing_is_proven() {
    let goal = goal(0.1, 0.9999);
    let mut choice = any_choice();
    choice.tally = ham(0, 0, 10);
    for holdout in [None, Some(Tally::default())] {
        let campaigns = holdout.as_ref().map(single);
        let found = verify(&choice, holdout.as_ref().zip(campaigns.as_ref()), &goal);
        assert_eq!((found.verdict, found.budgets.len()), (Verdict::Unproven, 0));
        // (1 - 0.1)^n <= 0.05 first holds at 29.
        assert_eq!(found.needed, Needed { ham: Some(29), spam: Some(0) });
    }
}

#[test]
fn a_bound_is_shown_at_the_confidence_that_was_asked_of_it() {
    let checks = check_budgets(&ham(0, 10, 2995), None, &goal(0.001, 0.02));
    for check in checks {
        assert_eq!(check.bound <= check.budget, check.standing == Standing::Proven);
        assert!(check.confidence >= 0.95);
        let again = upper_bound(check.observed.count, 2995, check.confidence);
        assert!((again - check.bound).abs() < 1e-12);
    }
}

/// Copies of one letter are one event: as many messages in fewer campaigns prove less.
#[test]
fn copies_prove_no_more_than_their_campaigns() {
    let (choice, goal) = (any_choice(), goal(0.001, 0.02));
    let mail = ham(0, 0, 4000);
    let verdict = |of: u64, hurt: [u64; 4]| {
        verify(&choice, Some((&mail, &HamCampaigns { of, hurt })), &goal)
    };
    assert_eq!(verdict(4000, [0; 4]).verdict, Verdict::Proven);
    let copies = verdict(1000, [0; 4]);
    assert_eq!(copies.verdict, Verdict::Likely);
    assert!(copies.budgets[1].bound > 0.002, "{:?}", copies.budgets);
    // 1,995 further campaigns of four messages, as (1 - 0.001)^2995 <= 0.05.
    assert_eq!(copies.needed.ham, Some(4 * 1995));
    assert_eq!(verdict(999, [0; 4]).verdict, Verdict::Unproven);
    assert_eq!(verdict(4000, [9, 9, 9, 9]).verdict, Verdict::Likely);
    assert!(copies.why[1].contains("0 of 1,000 campaigns"), "{:?}", copies.why);
    let survives = copies.survives_wrong_labels.unwrap();
    assert_eq!(survives.spam_called_ham, 0, "one campaign less is too few");
}

#[test]
fn a_long_search_ends() {
    let far = needed_ham(&ham(1_999, 0, 1_000_000), None, 1_000_000, &goal(0.002, 1.0));
    assert_eq!(far, None);
    let goal = goal(0.002, 1.0);
    let more = needed_ham(&ham(1_950, 0, 1_000_000), None, 1_000_000, &goal).unwrap();
    let proven = |n: u64| lower_tail(errors(1_950, 1_000_000, n), n, 0.002) <= 0.05;
    assert!(proven(1_000_000 + more) && !proven(1_000_000 + more - 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The search finds what trying every number finds.
    #[test]
    fn needed_is_exact(
        of in 20u64..400,
        deleted in 0u64..3,
        junked in 0u64..8,
        have in 0u64..400,
        by_delete in 0.01..0.2f64,
        by_junk in 0.02..0.3f64,
    ) {
        const MOST: u64 = 4_000;
        let (goal, observed) = (goal(by_delete, by_junk), ham(deleted, junked, of));
        let proven = |n: u64| {
            let p = [(deleted, by_delete), (deleted + junked, by_junk)]
                .map(|(k, budget)| lower_tail(errors(k, of, n), n, budget));
            all_met(&p, 0.05)
        };
        let hopeless = ratio(deleted, of) >= by_delete && deleted > 0
            || ratio(deleted + junked, of) >= by_junk && deleted + junked > 0;
        let tried = (have..=MOST).find(|n| !hopeless && proven(*n)).map(|n| n - have);
        let found = needed_ham(&observed, None, have, &goal);
        prop_assert_eq!(found.filter(|more| have + more <= MOST), tried);
    }
}
