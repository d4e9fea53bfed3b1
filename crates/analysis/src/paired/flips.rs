//! Messages that changed tier.

use mail::{CaseId, Label, Scl, Tier, Timestamp};
use serde::Serialize;
use sweep::Cause;

use super::pairs::{Pair, Side};
use crate::{Fate, Prices};

/// How a message ended under one policy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ended {
    /// The agent that decided.
    pub agent: String,
    /// Its reason.
    pub reason: String,
    /// What the reason says further; may be empty.
    pub detail: String,
    /// SCL at the end.
    pub scl: Option<Scl>,
    /// The filter's raw score.
    pub score: Option<f64>,
}

/// A message that changed tier.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Flip {
    /// Message digest.
    pub id: CaseId,
    /// Label.
    pub label: Label,
    /// Tier under A.
    pub from: Tier,
    /// Tier under B.
    pub to: Tier,
    /// Who decided under A.
    pub agent_before: String,
    /// Who decided under B.
    pub agent_after: String,
    /// What the change costs, in units of one spam message in the inbox; below 0 where B
    /// does better.
    pub harm: f64,
    /// Category.
    pub category: String,
    /// When it was received.
    pub time: Timestamp,
    /// Its campaign's smallest id, where known.
    pub campaign: Option<CaseId>,
    /// More about its end under A.
    pub before: Ended,
    /// More about its end under B.
    pub after: Ended,
}

/// Every message that changed tier, the costliest change for the worse first, the greatest
/// improvement last. Changes of equal price stand by how many tiers they cross, then by id.
pub(crate) fn flips(
    pairs: &[Pair<'_>],
    a: Side<'_>,
    b: Side<'_>,
    prices: &Prices,
) -> Vec<Flip> {
    let mut flips: Vec<_> = pairs
        .iter()
        .filter(|pair| pair.a.row.tier != pair.b.row.tier)
        .map(|pair| flip(pair, a.causes, b.causes, prices))
        .collect();
    let crossed = |flip: &Flip| flip.from.index().abs_diff(flip.to.index());
    flips.sort_by(|one, other| {
        let by_harm = other.harm.total_cmp(&one.harm);
        by_harm.then(crossed(other).cmp(&crossed(one))).then(one.id.cmp(&other.id))
    });
    flips
}

fn flip(pair: &Pair<'_>, before: &[Cause], after: &[Cause], prices: &Prices) -> Flip {
    let (a, b) = (pair.a.row, pair.b.row);
    let (before, after) = (ended(&pair.a, before), ended(&pair.b, after));
    Flip {
        id: a.case,
        label: a.label,
        from: a.tier,
        to: b.tier,
        agent_before: before.agent.clone(),
        agent_after: after.agent.clone(),
        harm: prices.of(a.label, b.tier) - prices.of(a.label, a.tier),
        category: a.category.clone(),
        time: a.time,
        campaign: pair.a.fact.map(|fact| fact.campaign),
        before,
        after,
    }
}

fn ended(fate: &Fate<'_>, causes: &[Cause]) -> Ended {
    let cause = causes.get(usize::from(fate.row.cause));
    let named =
        |part: fn(&Cause) -> &String| cause.map_or_else(String::new, |c| part(c).clone());
    Ended {
        agent: named(|cause| &cause.agent),
        reason: named(|cause| &cause.reason),
        detail: fate.row.detail.clone(),
        scl: fate.row.scl,
        score: fate.row.score,
    }
}
