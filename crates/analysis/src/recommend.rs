//! The choice of a policy by a goal, over every order and threshold setting of a sweep.

use std::collections::{BTreeMap, BTreeSet};

use mail::{Label, Thresholds, Tier};
use serde::{Deserialize, Serialize};
use sweep::{Cost, Move, SweepResult, Tally};

use crate::plateau::widest;
use crate::rates::ratio;
use crate::verify::{all_met, budget_line, check_budgets, first};
use crate::witness::{Witness, witnesses};
use crate::{
    Aim, BudgetCheck, Error, Goal, Standing, check_sweep, counts_sentence, lower_tail,
    thousands,
};

/// On what ground a policy was chosen.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// Every budget is met by its upper bound on the tune mail.
    Bound,
    /// No policy meets all bounds; this one meets every budget by its observed rate.
    Estimate,
    /// No policy meets every budget even by its observed rate.
    Violation,
}

/// The chosen policy. Only [`choose`] makes one.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// Index into [`SweepResult::outcomes`].
    pub outcome: usize,
    /// Index into [`SweepResult::settings`].
    pub setting: usize,
    /// Index into [`SweepResult::orders`]: the representative of the outcome.
    pub order_class: usize,
    /// Agent names by priority.
    pub order: Vec<String>,
    /// The priority changes from the default order.
    pub moves: Vec<Move>,
    /// The thresholds.
    pub thresholds: Thresholds,
    /// What it did to the tune mail.
    pub tally: Tally,
    /// What it spent on the tune mail.
    pub cost: Cost,
    /// On what ground it was chosen.
    pub basis: Basis,
    /// Every asked budget on the tune mail.
    pub budgets: Vec<BudgetCheck>,
    /// Policies that do exactly the same to the tune mail.
    pub equals: u64,
    /// Neighbouring settings that do exactly the same to the tune mail.
    pub plateau: usize,
    /// Why this one, in plain words.
    pub why: Vec<String>,
    chosen: Chosen,
}

/// Keeps other crates from making a [`Choice`] of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Chosen;

/// Hold-out mail, or whatever gives its tally, that opens only once there is a choice.
///
/// Law 10: hold-out mail is read once, after choosing.
#[derive(Debug)]
pub struct SealedHoldout<T>(T);

impl<T> SealedHoldout<T> {
    /// Seals a tally, a corpus, or the function that replays it.
    pub fn new(holdout: T) -> Self {
        Self(holdout)
    }

    /// Opens it for good.
    pub fn open(self, _after: &Choice) -> T {
        self.0
    }
}

/// The best policy of the sweep by the goal, over every order and every setting.
///
/// 1. Policies whose every budget is met by its one-sided upper bound on the tune mail, by
///    the procedure that [`crate::verify`] uses. Where there are none: policies whose every
///    observed rate is within its budget; where there are none either: all.
/// 2. In these two fallbacks, the mildest violation: the fewest good messages over what the
///    bound (then the rate) allows, at delete, then reject, quarantine, junk.
/// 3. Where costs decide, least cost ([`Goal::cost`]).
/// 4. Least spam in the inbox; then the fewest good messages deleted, then rejected or
///    harsher, then quarantined, then junked; then least spam milder than quarantine, than
///    reject. So a harsher tier is taken for spam only where it hurts no further good
///    message, and deleting spam that would be rejected is no merit.
/// 5. Least content scans, then DNS questions, then priority changes.
/// 6. Fewest odd thresholds ([`crate::thresholds_notes`]), then the widest plateau
///    ([`crate::plateau`]), then the mildest: off before 9 before 8, from delete to junk. Then the
///    first in the sweep.
///
/// # Errors
///
/// [`Error::OneClass`], [`Error::NoPolicy`], or what [`check_sweep`] finds.
pub fn choose(sweep: &SweepResult, goal: &Goal) -> Result<Choice, Error> {
    choose_among(sweep, goal, &|_| true)
}

/// [`choose`] among the settings that are `allowed`.
pub(crate) fn choose_among(
    sweep: &SweepResult,
    goal: &Goal,
    allowed: &dyn Fn(&Thresholds) -> bool,
) -> Result<Choice, Error> {
    check_sweep(sweep)?;
    let [ham, spam] = sweep.units;
    if ham == 0 || spam == 0 {
        return Err(Error::OneClass { ham, spam });
    }
    let witnesses = witnesses(sweep, allowed);
    let limits = Limit::all(&sweep.tallies, ham, goal);
    let alpha = 1.0 - goal.confidence();
    let best = sweep
        .tallies
        .iter()
        .zip(&witnesses.best)
        .enumerate()
        .filter_map(|(tally, (counts, witness))| {
            Some((worth(counts, &limits, alpha, goal), (*witness)?, tally))
        })
        .min()
        .ok_or(Error::NoPolicy)?;
    let (worth, witness, tally) = best;
    let witness = widest(sweep, witness, allowed);
    Ok(describe(sweep, goal, &worth, witness, witnesses.policies[tally]))
}

/// What one budget allows on the tune mail.
pub(crate) struct Limit {
    tier: Tier,
    /// p-value of each count that occurs and whose rate is within the budget.
    p_values: BTreeMap<u64, f64>,
    /// Most errors that the bound allows when judged alone; 0 where even none is too many.
    by_bound: u64,
    /// Most errors that the observed rate allows.
    by_rate: u64,
}

impl Limit {
    /// The limits of all budgets on tallies of `ham` good messages.
    pub(crate) fn all(tallies: &[Tally], ham: u64, goal: &Goal) -> Vec<Self> {
        let new = |(tier, budget)| Self::new(tier, budget, tallies, ham, goal);
        goal.budgets().map(new).collect()
    }

    fn new(tier: Tier, budget: f64, tallies: &[Tally], ham: u64, goal: &Goal) -> Self {
        let within = |count: u64| ratio(count, ham) <= budget;
        let counts: BTreeSet<_> = tallies
            .iter()
            .map(|tally| tally.at_or_harsher(Label::Ham, tier))
            .filter(|count| within(*count))
            .collect();
        let p_value = |count| (count, lower_tail(count, ham, budget));
        let level = goal.shared_level();
        let too_many = |count| lower_tail(count, ham, budget) > level;
        Self {
            tier,
            p_values: counts.into_iter().map(p_value).collect(),
            by_bound: first(0, ham, too_many).map_or(ham, |n| n.saturating_sub(1)),
            by_rate: first(0, ham, |n| !within(n)).map_or(ham, |n| n.saturating_sub(1)),
        }
    }

    /// The p-value, or `None` where the observed rate exceeds the budget.
    fn p_value(&self, count: u64) -> Option<f64> {
        self.p_values.get(&count).copied()
    }
}

/// How good a tally is by the goal; smaller is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Worth {
    basis: Basis,
    /// Good messages over the limit at delete, reject, quarantine, junk.
    excess: [u64; 4],
    /// What it costs, where costs decide.
    cost: u64,
    /// Spam in the inbox.
    inbox: u64,
    /// Good messages at delete, reject, quarantine, junk, or harsher.
    hurt: [u64; 4],
    /// Spam milder than quarantine, reject.
    missed: [u64; 2],
}

pub(crate) fn worth(tally: &Tally, limits: &[Limit], alpha: f64, goal: &Goal) -> Worth {
    let count = |limit: &Limit| tally.at_or_harsher(Label::Ham, limit.tier);
    let within: Option<Vec<f64>> =
        limits.iter().map(|limit| limit.p_value(count(limit))).collect();
    let basis = match within {
        Some(p_values) if all_met(&p_values, alpha) => Basis::Bound,
        Some(_) => Basis::Estimate,
        None => Basis::Violation,
    };
    let allowed = |limit: &Limit| match basis {
        Basis::Bound => u64::MAX,
        Basis::Estimate => limit.by_bound,
        Basis::Violation => limit.by_rate,
    };
    let mut excess = [0; 4];
    for limit in limits {
        let over = count(limit).saturating_sub(allowed(limit));
        excess[Tier::Delete.index() - limit.tier.index()] = over;
    }
    let spam = tally.total(Label::Spam);
    let milder = |tier| spam - tally.at_or_harsher(Label::Spam, tier);
    let mut hurt = Tier::ACTING.map(|tier| tally.at_or_harsher(Label::Ham, tier));
    hurt.reverse();
    Worth {
        basis,
        excess,
        cost: goal.cost_rank(tally),
        inbox: milder(Tier::Junk),
        hurt,
        missed: [milder(Tier::Quarantine), milder(Tier::Reject)],
    }
}

fn describe(
    sweep: &SweepResult,
    goal: &Goal,
    worth: &Worth,
    witness: Witness,
    equals: u64,
) -> Choice {
    let (outcome, setting) = (witness.outcome as usize, witness.setting as usize);
    let chosen = &sweep.outcomes[outcome];
    let order_class = chosen.representative as usize;
    let row = &sweep.orders[order_class];
    let tally = &sweep.tallies[chosen.tallies[setting] as usize];
    let budgets = check_budgets(tally, None, goal);
    let name = |agent: &u8| sweep.agents[usize::from(*agent)].clone();
    Choice {
        outcome,
        setting,
        order_class,
        order: row.order.iter().map(name).collect(),
        moves: row.moves.clone(),
        thresholds: sweep.settings[setting],
        tally: tally.clone(),
        cost: row.cost,
        basis: worth.basis,
        why: explain(sweep, tally, worth.basis, &budgets, equals, goal),
        budgets,
        equals,
        plateau: crate::plateau(sweep, outcome, setting),
        chosen: Chosen,
    }
}

fn explain(
    sweep: &SweepResult,
    tally: &Tally,
    basis: Basis,
    budgets: &[BudgetCheck],
    equals: u64,
    goal: &Goal,
) -> Vec<String> {
    let compared = thousands(sweep.policies());
    let least = match goal.by() {
        Aim::Budgets => "the least spam in the inbox",
        Aim::Costs | Aim::Both => "the least cost",
    };
    let failing = |bad: fn(Standing) -> bool| {
        let tiers = budgets.iter().filter(|check| bad(check.standing));
        tiers.map(|check| check.tier.name()).collect::<Vec<_>>().join(", ")
    };
    let ground = match basis {
        Basis::Bound if goal.by() == Aim::Costs => {
            format!("of {compared} policies, {least}")
        }
        Basis::Bound => {
            format!(
                "of {compared} policies, {least} among those whose upper bounds keep every budget"
            )
        }
        Basis::Estimate => format!(
            "none of {compared} policies keeps every budget by its upper bound (not kept here: {}); chosen among those whose observed rates do, fewest good messages over the bound first",
            failing(|standing| standing != Standing::Proven)
        ),
        Basis::Violation => format!(
            "none of {compared} policies keeps every budget even by its observed rate (exceeded here: {}); chosen for the fewest good messages over budget",
            failing(|standing| standing == Standing::Exceeded)
        ),
    };
    let mut lines = vec![ground];
    lines.extend(Label::ALL.map(|label| counts_sentence(tally, label)));
    lines.extend(budgets.iter().map(budget_line));
    if goal.by() != Aim::Budgets {
        lines.push(format!("cost {:.4} per message on the tune mail", goal.cost(tally)));
    }
    lines.push(format!(
        "{} policies do exactly this to the tune mail; this is the cheapest, then the one with the fewest priority changes, the widest plateau and the mildest thresholds",
        thousands(equals)
    ));
    lines
}

#[cfg(test)]
mod tests;
