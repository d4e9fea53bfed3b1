//! How many wrong labels of the hold-out mail a verdict survives.
//!
//! Nobody knows which labels are wrong, so every choice of them is thought of, and the worst
//! one decides. Only good mail has budgets, so there are two ways to be wrong: good mail
//! that is called spam hides errors, the worst ones among the most harshly treated; spam
//! that is called good only swells the evidence, the worst ones in the inbox.

use mail::{Label, Tier};
use serde::{Deserialize, Serialize};
use sweep::Tally;

use super::{HamCampaigns, check_budgets, first, overall};
use crate::{Goal, Verdict};

/// The most labels that may be wrong, whichever they are, with the verdict no worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survival {
    /// Where all wrong ones are good mail that is called spam.
    pub ham_called_spam: u64,
    /// Where all wrong ones are spam that is called good mail.
    pub spam_called_ham: u64,
    /// Where both kinds may be among them.
    pub any: u64,
}

/// How many wrong labels the verdict on a tally survives. `None` where the verdict is the
/// worst already.
///
/// Exact: for any numbers of both kinds the errors at every tier are the most that so many
/// wrong labels can make, on the same number of good messages, and a verdict never gets
/// better by an error more. Of campaigns the worst is taken: each good message called spam
/// is one of its own, and each spam message called good was one without an error.
pub fn survives(
    tally: &Tally,
    campaigns: &HamCampaigns,
    goal: &Goal,
) -> Option<Survival> {
    let verdict = overall(&check_budgets(tally, Some(campaigns), goal));
    if verdict == Verdict::Unproven {
        return None;
    }
    let falls = |ham, spam| {
        let righted = righted(tally, ham, spam);
        let of = |tally: &Tally| {
            Tier::ACTING.map(|tier| tally.at_or_harsher(Label::Ham, tier))
        };
        let (errors, alone) = (of(&righted), of(&self::righted(tally, ham, 0)));
        let before = of(tally);
        let more = std::array::from_fn(|at| alone[at] - before[at]);
        let left = (righted.total(Label::Ham), errors);
        let campaigns = campaigns.worsened(more, spam, left);
        overall(&check_budgets(&righted, Some(&campaigns), goal)) > verdict
    };
    let harmed = tally.at_or_harsher(Label::Spam, Tier::Junk);
    // Past the spam in the inbox only fewer errors are left: tried one by one below.
    let [inbox, ham] = [tally.tiers[Label::Ham.index()][0], tally.total(Label::Ham)];
    // The fewest called good that break the verdict beside `ham_wrong` called spam.
    let called_good = |ham_wrong: u64, most: u64| {
        let falls = |spam| falls(ham_wrong, spam);
        let within = inbox.min(most);
        first(0, within, falls).or_else(|| (within + 1..=most).find(|n| falls(*n)))
    };
    // One by one: with mail of milder tiers the other budgets gain evidence again.
    let called_spam = (1..=harmed).find(|n| falls(*n, 0));
    let good = called_good(0, ham);
    let mut least = good;
    for ham_wrong in 1..=called_spam.unwrap_or(harmed) {
        let most = least.map_or(ham, |least| least.saturating_sub(ham_wrong));
        let more = called_good(ham_wrong, most).map(|spam| ham_wrong + spam);
        least = more.into_iter().chain(least).min();
        if least.is_some_and(|least| least <= ham_wrong) {
            break;
        }
    }
    let before = |least: Option<u64>, all: u64| least.map_or(all, |n| n - 1);
    let spam = tally.total(Label::Spam);
    Some(Survival {
        ham_called_spam: before(called_spam, spam),
        spam_called_ham: before(good, ham),
        any: before(least, ham + spam),
    })
}

/// The tally with its labels put right, if the `ham_wrong` most harshly treated spam
/// messages were good mail and the `spam_wrong` most mildly treated good ones were spam.
fn righted(tally: &Tally, mut ham_wrong: u64, mut spam_wrong: u64) -> Tally {
    let [ham, spam] = Label::ALL.map(Label::index);
    let mut righted = tally.clone();
    for tier in Tier::ALL {
        let moved = spam_wrong.min(tally.tiers[ham][tier.index()]);
        righted.tiers[ham][tier.index()] -= moved;
        righted.tiers[spam][tier.index()] += moved;
        spam_wrong -= moved;
    }
    for tier in Tier::ALL.into_iter().rev() {
        let moved = ham_wrong.min(tally.tiers[spam][tier.index()]);
        righted.tiers[spam][tier.index()] -= moved;
        righted.tiers[ham][tier.index()] += moved;
        ham_wrong -= moved;
    }
    righted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::GoalSpec;
    use crate::testing::tally;

    /// Every message a campaign of its own.
    fn single(tally: &Tally) -> HamCampaigns {
        let hurt = |tier| tally.at_or_harsher(Label::Ham, tier);
        HamCampaigns { of: tally.total(Label::Ham), hurt: Tier::ACTING.map(hurt) }
    }

    fn goal(budgets: [f64; 4]) -> Goal {
        let [fp_delete, fp_reject, fp_quarantine, fp_junk] = budgets;
        let spec = GoalSpec {
            fp_delete,
            fp_reject,
            fp_quarantine,
            fp_junk,
            ..GoalSpec::default()
        };
        spec.resolve().unwrap()
    }

    /// The verdict if `moved[0][tier]` spam messages were ham and `moved[1][tier]` the reverse.
    fn with(counts: [[u64; 5]; 2], moved: [[u64; 5]; 2], goal: &Goal) -> Verdict {
        let mut right = counts;
        for tier in 0..5 {
            let [to_ham, to_spam] = [moved[0][tier], moved[1][tier]];
            right[0][tier] = right[0][tier] + to_ham - to_spam;
            right[1][tier] = right[1][tier] + to_spam - to_ham;
        }
        overall(&check_budgets(&tally(right), None, goal))
    }

    /// Every way to take at most `most` of these counts.
    fn ways(counts: [u64; 5], most: u64) -> Vec<[u64; 5]> {
        let mut all = vec![[0; 5]];
        for tier in 0..5 {
            all = all
                .into_iter()
                .flat_map(|way: [u64; 5]| {
                    let left = most - way.iter().sum::<u64>();
                    (0..=counts[tier].min(left)).map(move |n| {
                        let mut more = way;
                        more[tier] = n;
                        more
                    })
                })
                .collect();
        }
        all
    }

    #[test]
    fn both_kinds_of_wrong_labels_are_told_apart() {
        let goal = goal([0.005, 0.01, 0.02, 0.03]);
        let counts = [[1990, 10, 0, 0, 0], [100, 100, 0, 700, 100]];
        let found = survives(&tally(counts), &single(&tally(counts)), &goal).unwrap();
        assert!(found.ham_called_spam > 0 && found.ham_called_spam < 10, "{found:?}");
        assert!(found.spam_called_ham > 100, "{found:?}");
        assert!(found.any <= found.ham_called_spam.min(found.spam_called_ham));
        let deleted = |n| with(counts, [[0, 0, 0, 0, n], [0; 5]], &goal);
        assert_eq!(deleted(found.ham_called_spam), Verdict::Proven);
        assert_eq!(deleted(found.ham_called_spam + 1), Verdict::Likely);
        let inbox = |n| with(counts, [[0; 5], [n, 0, 0, 0, 0]], &goal);
        assert_eq!(inbox(found.spam_called_ham), Verdict::Proven);
        assert_eq!(inbox(found.spam_called_ham + 1), Verdict::Likely);
        // The worst verdict cannot become worse.
        let bad = tally([[100, 100, 0, 0, 0], [0, 0, 0, 9, 0]]);
        assert_eq!(survives(&bad, &single(&bad), &goal), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// Against every choice of wrong labels, one by one.
        #[test]
        fn no_choice_of_as_many_wrong_labels_makes_the_verdict_worse(
            inbox in 20u64..90,
            hurt in prop::array::uniform4(0u64..3),
            spam in prop::array::uniform5(0u64..2),
            budgets in prop::array::uniform4(0.02..0.4f64),
        ) {
            const MOST: u64 = 3;
            let [a, b, c, d] = hurt;
            let counts = [[inbox, a, b, c, d], spam];
            let mut budgets = budgets;
            budgets.sort_by(f64::total_cmp);
            let goal = goal(budgets);
            let start = with(counts, [[0; 5]; 2], &goal);
            let Some(found) = survives(&tally(counts), &single(&tally(counts)), &goal) else {
                prop_assert_eq!(start, Verdict::Unproven);
                return Ok(());
            };
            let least = |kinds: [u64; 2]| {
                let mut least = None;
                for to_ham in ways(counts[1], MOST * kinds[0]) {
                    let one: u64 = to_ham.iter().sum();
                    for to_spam in ways(counts[0], (MOST - one) * kinds[1]) {
                        let size = one + to_spam.iter().sum::<u64>();
                        let worse = with(counts, [to_ham, to_spam], &goal) > start;
                        if worse && least.is_none_or(|least| size < least) {
                            least = Some(size);
                        }
                    }
                }
                least
            };
            for (kinds, told) in [
                ([1, 0], found.ham_called_spam),
                ([0, 1], found.spam_called_ham),
                ([1, 1], found.any),
            ] {
                match least(kinds) {
                    Some(size) => prop_assert_eq!(told, size - 1, "{:?}", kinds),
                    None => prop_assert!(
                        told >= MOST.min(spam.iter().sum()), "{:?} {:?}", kinds, found
                    ),
                }
            }
        }
    }
}
