//! Whether hold-out mail proves that a choice keeps its budgets.

mod campaigns;
mod learnt;
mod wrong_labels;

use mail::{Label, Tier};
use serde::{Deserialize, Serialize};
use sweep::Tally;

use crate::rates::{ratio, tail, to_f64};
use crate::{Choice, Goal, Rate, lower_tail, percent, thousands, upper_bound};

pub use campaigns::{CampaignCount, HamCampaigns};
pub use learnt::Learnt;
pub use wrong_labels::{Survival, survives};

/// More good mail than this is never asked for.
const MOST_HAM: u64 = 10_000_000;

/// How sure the recommendation is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// All budgets hold together with the goal's confidence.
    Proven,
    /// Every observed rate is within its budget, on enough mail to have shown an error of
    /// each, but too little to be sure.
    Likely,
    /// An observed rate exceeds its budget, or there was too little hold-out mail to tell.
    Unproven,
}

impl Verdict {
    /// `proven`, `likely` or `unproven`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Likely => "likely",
            Self::Unproven => "unproven",
        }
    }
}

/// How one budget stands.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The bound is within the budget.
    Proven,
    /// The observed rate is within the budget, the bound is not.
    Within,
    /// The observed rate is within the budget, but on so few good messages, or campaigns of
    /// them, that not one error would be expected of a policy that just uses the budget up.
    TooFew,
    /// The observed rate is over the budget, or there is no good mail.
    Exceeded,
}

/// One budget against one tally.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BudgetCheck {
    /// The tier.
    pub tier: Tier,
    /// The most that may be hurt there or harsher, as a share of good mail.
    pub budget: f64,
    /// What was seen.
    pub observed: Rate,
    /// The same by campaign; `None` on tune mail, where nothing is claimed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaigns: Option<CampaignCount>,
    /// Confidence of `bound`: what Holm's procedure asks of this budget so that all hold
    /// together with the goal's confidence.
    pub confidence: f64,
    /// One-sided upper bound of the true rate: the larger of that by message and that by
    /// campaign.
    pub bound: f64,
    /// How it stands.
    pub standing: Standing,
}

/// How many further hold-out messages would prove the choice if the error rates stay as
/// observed (counts rounded up); `None` where no number up to ten million would. Where no
/// budget is asked nothing is proven: what is missing until the verdict may be likely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Needed {
    /// Good messages.
    pub ham: Option<u64>,
    /// Spam messages: 0 where there is a budget, since every budget is on good mail.
    pub spam: Option<u64>,
}

/// The outcome of a verification.
#[derive(Debug, Clone, PartialEq)]
pub struct Verification {
    /// How sure.
    pub verdict: Verdict,
    /// Every asked budget on the hold-out; empty without hold-out.
    pub budgets: Vec<BudgetCheck>,
    /// What would prove it.
    pub needed: Needed,
    /// How many labels may be wrong, whichever they are, with the verdict no worse; see
    /// [`survives`]. `None` where it is the worst already or no budget was asked.
    pub survives_wrong_labels: Option<Survival>,
    /// The verdict in plain words.
    pub why: Vec<String>,
}

/// Judges a choice on mail that had no part in it: the counts of its messages and of its
/// campaigns.
///
/// Proven asks each budget's exact one-sided bound to be within the budget, the bounds'
/// confidence corrected by Holm's procedure (1979), so that the chance of calling any
/// exceeded budget kept is at most 1 - confidence over all of them together. The same is
/// asked of the campaigns, those with an error counted once: copies of one letter share
/// their fate, and a thousand of them prove no more than one.
pub fn verify(
    choice: &Choice,
    holdout: Option<(&Tally, &HamCampaigns)>,
    goal: &Goal,
) -> Verification {
    let observed = holdout.filter(|(tally, _)| tally.total(Label::Ham) > 0);
    let budgets = observed.map_or_else(Vec::new, |(tally, campaigns)| {
        check_budgets(tally, Some(campaigns), goal)
    });
    let verdict = match observed {
        None => Verdict::Unproven,
        // Without a budget there is nothing to prove.
        Some((tally, _)) if asks_nothing(goal) => without_budget(tally),
        Some(_) => overall(&budgets),
    };
    let have = observed.map_or(0, |(tally, _)| tally.total(Label::Ham));
    let seen = observed.map_or(&choice.tally, |(tally, _)| tally);
    let ham = needed_ham(seen, observed.map(|(_, campaigns)| campaigns), have, goal);
    let needed = match asks_nothing(goal) {
        true => missing(observed.map(|(tally, _)| tally)),
        false => Needed { ham, spam: Some(0) },
    };
    let mut why = explain(verdict, &budgets, have, needed, goal);
    let survives_wrong_labels = observed
        .filter(|_| !budgets.is_empty())
        .and_then(|(tally, campaigns)| survives(tally, campaigns, goal));
    if let Some(Survival { ham_called_spam, spam_called_ham, any }) =
        survives_wrong_labels
    {
        let [any, hidden, swelling] =
            [any, ham_called_spam, spam_called_ham].map(thousands);
        why.push(format!(
            "the verdict survives up to {any} wrong labels of the hold-out mail, whichever: {hidden} if all are good mail called spam, {swelling} if all are spam called good"
        ));
    }
    Verification { verdict, budgets, needed, survives_wrong_labels, why }
}

/// Every asked budget against a tally, and against campaigns where they are given, mildest
/// tier first.
pub(crate) fn check_budgets(
    tally: &Tally,
    campaigns: Option<&HamCampaigns>,
    goal: &Goal,
) -> Vec<BudgetCheck> {
    let ham = tally.total(Label::Ham);
    let alpha = 1.0 - goal.confidence();
    let asked: Vec<_> = goal.budgets().collect();
    let errors = |tier| tally.at_or_harsher(Label::Ham, tier);
    let judged = |count: &dyn Fn(Tier) -> (u64, u64)| {
        let p_value = |(tier, budget): &(Tier, f64)| {
            let (count, of) = count(*tier);
            lower_tail(count, of, *budget)
        };
        holm(&asked.iter().map(p_value).collect::<Vec<_>>(), alpha)
    };
    let by_message = judged(&|tier| (errors(tier), ham));
    let by_campaign = campaigns.map(|campaigns| {
        judged(&|tier| {
            let CampaignCount { hurt, of } = campaigns.at(tier);
            (hurt, of)
        })
    });
    let check = |(at, (tier, budget)): (usize, (Tier, f64))| {
        let (count, Judged { level, met }) = (errors(tier), by_message[at]);
        let alone = Against { bound: upper_bound(count, ham, 1.0 - level), level, met };
        let counted = campaigns.map(|campaigns| campaigns.at(tier));
        let copies = counted.zip(by_campaign.as_ref()).map(|(count, judged)| {
            let Judged { level, met } = judged[at];
            Against { bound: upper_bound(count.hurt, count.of, 1.0 - level), level, met }
        });
        let met = met && copies.as_ref().is_none_or(|copies| copies.met);
        let worse = match copies {
            Some(copies) if copies.bound > alone.bound => copies,
            _ => alone,
        };
        let events = counted.map_or(ham, |count| count.of);
        BudgetCheck {
            tier,
            budget,
            observed: Rate::new(count, ham),
            campaigns: counted,
            confidence: 1.0 - worse.level,
            bound: worse.bound,
            standing: match met {
                true => Standing::Proven,
                false if ham == 0 || ratio(count, ham) > budget => Standing::Exceeded,
                false if to_f64(events) * budget < 1.0 => Standing::TooFew,
                false => Standing::Within,
            },
        }
    };
    asked.iter().copied().enumerate().map(check).collect()
}

/// One budget against one way of counting.
struct Against {
    bound: f64,
    level: f64,
    met: bool,
}

fn overall(budgets: &[BudgetCheck]) -> Verdict {
    let verdict = |check: &BudgetCheck| match check.standing {
        Standing::Proven => Verdict::Proven,
        Standing::Within => Verdict::Likely,
        Standing::TooFew | Standing::Exceeded => Verdict::Unproven,
    };
    budgets.iter().map(verdict).max().unwrap_or(Verdict::Proven)
}

/// Fewest messages of each label that say anything where no budget is asked: as many as the mildest
/// default budget, 0.02 at junk, needs for one expected error.
const FEWEST_WITHOUT_BUDGET: u64 = 50;

/// Whether there is no budget: costs alone decide, or every budget is 1.
fn asks_nothing(goal: &Goal) -> bool {
    goal.budgets().next().is_none()
}

/// What is missing of each label until something is said about costs.
fn missing(observed: Option<&Tally>) -> Needed {
    let of = |label| {
        let have = observed.map_or(0, |tally| tally.total(label));
        Some(FEWEST_WITHOUT_BUDGET.saturating_sub(have))
    };
    Needed { ham: of(Label::Ham), spam: of(Label::Spam) }
}

/// The verdict where no budget is asked: there is nothing to prove.
fn without_budget(tally: &Tally) -> Verdict {
    match Label::ALL.iter().all(|label| tally.total(*label) >= FEWEST_WITHOUT_BUDGET) {
        true => Verdict::Likely,
        false => Verdict::Unproven,
    }
}

/// One hypothesis after Holm's procedure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Judged {
    /// Level it was tested at.
    pub(crate) level: f64,
    /// Whether it and every one with a smaller p-value passed.
    pub(crate) met: bool,
}

/// Holm's step-down procedure: the smallest p-value at α ÷ m, the next at α ÷ (m - 1), …,
/// stopping at the first that fails. Answers stand in the order of the p-values given.
pub(crate) fn holm(p_values: &[f64], alpha: f64) -> Vec<Judged> {
    let mut by_p: Vec<_> = (0..p_values.len()).collect();
    by_p.sort_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
    let mut judged = vec![Judged { level: alpha, met: false }; p_values.len()];
    let mut going = true;
    for (rank, index) in by_p.into_iter().enumerate() {
        let level = alpha / (p_values.len() - rank) as f64;
        going = going && p_values[index] <= level;
        judged[index] = Judged { level, met: going };
    }
    judged
}

/// Whether Holm's procedure passes everything.
pub(crate) fn all_met(p_values: &[f64], alpha: f64) -> bool {
    holm(p_values, alpha).iter().all(|judged| judged.met)
}

/// The good messages beyond `have` that prove all budgets at the rates seen in `observed`,
/// by message and by campaign; a further campaign takes as many messages as there are to one
/// on average.
fn needed_ham(
    observed: &Tally,
    campaigns: Option<&HamCampaigns>,
    have: u64,
    goal: &Goal,
) -> Option<u64> {
    let of = observed.total(Label::Ham);
    let count = |tier| observed.at_or_harsher(Label::Ham, tier);
    let messages = needed_events(of, &count, have, goal)?;
    let Some(campaigns) = campaigns else { return Some(messages) };
    let hurt = |tier| campaigns.at(tier).hurt;
    let more = needed_events(campaigns.of, &hurt, campaigns.of, goal)?;
    let each = (u128::from(more) * u128::from(of)).div_ceil(campaigns.of.max(1).into());
    Some(messages.max(u64::try_from(each).unwrap_or(u64::MAX)))
}

/// The smallest number of events (messages, or campaigns) beyond `have` that proves all
/// budgets at the rates seen in `of` of them, error counts rounded up.
///
/// Counts carried on between whole numbers give a lower end from which each stretch of
/// equal error counts is tried: within one the p-values only fall.
fn needed_events(
    of: u64,
    count: &dyn Fn(Tier) -> u64,
    have: u64,
    goal: &Goal,
) -> Option<u64> {
    let asked: Vec<_> =
        goal.budgets().map(|(tier, budget)| (budget, count(tier))).collect();
    let hopeless = asked.iter().any(|(budget, k)| *k > 0 && ratio(*k, of) >= *budget);
    if of == 0 || hopeless {
        return None;
    }
    let alpha = 1.0 - goal.confidence();
    let whole = |n: u64| {
        let p = asked.iter().map(|(b, k)| lower_tail(errors(*k, of, n), n, *b));
        all_met(&p.collect::<Vec<_>>(), alpha)
    };
    let smooth = |n: u64| {
        let p = asked.iter().map(|(b, k)| tail(ratio(*k, of) * to_f64(n), to_f64(n), *b));
        all_met(&p.collect::<Vec<_>>(), alpha)
    };
    if whole(have) {
        return Some(0);
    }
    let mut from = first(have, MOST_HAM, smooth)?;
    while from <= MOST_HAM {
        let end = asked
            .iter()
            .filter(|(_, k)| *k > 0)
            .map(|(_, k)| last_with(errors(*k, of, from), *k, of));
        let to = end.min().unwrap_or(MOST_HAM).min(MOST_HAM);
        if whole(to) {
            return first(from, to, whole).map(|n| n - have);
        }
        from = to + 1;
    }
    None
}

/// Errors among `n` at `count` in `of`, rounded up.
fn errors(count: u64, of: u64, n: u64) -> u64 {
    let exact = (u128::from(count) * u128::from(n)).div_ceil(u128::from(of));
    u64::try_from(exact).unwrap_or(u64::MAX)
}

/// The largest n whose [`errors`] at `count` in `of` are still `errors`.
fn last_with(errors: u64, count: u64, of: u64) -> u64 {
    let exact = u128::from(errors) * u128::from(of) / u128::from(count);
    u64::try_from(exact).unwrap_or(u64::MAX)
}

/// The smallest n in `low..=high` that `holds`, which stays true once it is.
pub(crate) fn first(
    mut low: u64,
    mut high: u64,
    holds: impl Fn(u64) -> bool,
) -> Option<u64> {
    if low > high || !holds(high) {
        return None;
    }
    while low < high {
        let middle = u64::midpoint(low, high);
        if holds(middle) { high = middle } else { low = middle + 1 }
    }
    Some(low)
}

fn explain(
    verdict: Verdict,
    budgets: &[BudgetCheck],
    have: u64,
    needed: Needed,
    goal: &Goal,
) -> Vec<String> {
    let sure = percent(goal.confidence());
    let mail = thousands(have);
    let head = match verdict {
        Verdict::Proven => {
            format!(
                "proven: with {sure} confidence every budget holds, on {mail} good messages it had not seen"
            )
        }
        Verdict::Likely if asks_nothing(goal) => {
            format!(
                "likely: no budget was asked, so nothing is proven on {mail} good messages it had not seen"
            )
        }
        Verdict::Likely => {
            format!(
                "likely: every rate is within its budget on {mail} good messages it had not seen, too few for {sure} confidence"
            )
        }
        Verdict::Unproven if have == 0 => {
            "unproven: no good hold-out mail to judge on".into()
        }
        Verdict::Unproven if asks_nothing(goal) => {
            format!(
                "unproven: fewer than {FEWEST_WITHOUT_BUDGET} good or spam messages it had not seen say nothing"
            )
        }
        Verdict::Unproven
            if !budgets.iter().any(|c| c.standing == Standing::Exceeded) =>
        {
            format!(
                "unproven: {mail} good messages it had not seen are too few for any verdict; a budget says little before its share of them is one whole message"
            )
        }
        Verdict::Unproven => {
            format!(
                "unproven: a budget is exceeded on {mail} good messages it had not seen"
            )
        }
    };
    let mut lines = vec![head];
    lines.extend(budgets.iter().map(budget_line));
    match needed.ham {
        _ if asks_nothing(goal) => lines.extend(missing_line(needed)),
        Some(0) => {}
        Some(more) => lines.push(format!(
            "{} more good messages would prove it if the error rates stay as they are",
            thousands(more)
        )),
        None => lines.push("no amount of mail up to ten million good messages proves it at these error rates".into()),
    }
    lines
}

/// `it takes 49 more good messages and 50 more spam messages`, where any are missing.
fn missing_line(needed: Needed) -> Option<String> {
    let [ham, spam] = [needed.ham, needed.spam].map(Option::unwrap_or_default);
    let counted = |count: u64, kind| {
        let noun = if count == 1 { "message" } else { "messages" };
        (count > 0).then(|| format!("{} more {kind} {noun}", thousands(count)))
    };
    let parts: Vec<String> =
        [counted(ham, "good"), counted(spam, "spam")].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| {
        format!(
            "it takes {} of hold-out mail for a verdict of likely",
            parts.join(" and ")
        )
    })
}

/// `delete: 0 of 4,150, at most 0.11 %, budget 0.10 %: within, not proven`.
pub(crate) fn budget_line(check: &BudgetCheck) -> String {
    let standing = match check.standing {
        Standing::Proven => "proven",
        Standing::Within => "within, not proven",
        Standing::TooFew => "too few messages to say",
        Standing::Exceeded => "exceeded",
    };
    let copies = check.campaigns.filter(|count| count.of < check.observed.of);
    let copies = copies.map_or_else(String::new, |CampaignCount { hurt, of }| {
        format!(", {} of {} campaigns", thousands(hurt), thousands(of))
    });
    format!(
        "{}: {} of {} ({}){copies}, at most {}, budget {}: {standing}",
        check.tier,
        thousands(check.observed.count),
        thousands(check.observed.of),
        percent(check.observed.rate),
        percent(check.bound),
        percent(check.budget),
    )
}

#[cfg(test)]
mod tests;
