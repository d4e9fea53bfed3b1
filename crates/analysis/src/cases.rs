//! A trace as cases: where each message ended for its most hurt recipient.

use std::collections::{BTreeMap, BTreeSet};

use mail::{CaseId, Label, Tier, Timestamp};
use sweep::{Cause, TraceRow};

use crate::CaseFact;

/// Where one case ended: the harshest tier any of its recipients met, the first of equals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseEnding {
    /// Message digest.
    pub id: CaseId,
    /// Smallest id among its exact and near duplicates; its own where that is not known.
    pub campaign: CaseId,
    /// Label.
    pub label: Label,
    /// When it was received.
    pub time: Timestamp,
    /// The tier.
    pub tier: Tier,
    /// Agent that decided.
    pub agent: String,
    /// Its reason.
    pub reason: String,
}

/// One ending per case, in the order of the trace.
pub fn case_endings(
    rows: &[TraceRow],
    causes: &[Cause],
    facts: &[CaseFact],
) -> Vec<CaseEnding> {
    let campaigns: BTreeMap<CaseId, CaseId> =
        facts.iter().map(|fact| (fact.case, fact.campaign)).collect();
    by_case(rows)
        .into_iter()
        .filter_map(|rows| {
            let worst =
                rows.iter().reduce(
                    |worst, next| if next.tier > worst.tier { next } else { worst },
                )?;
            let cause = causes.get(usize::from(worst.cause));
            Some(CaseEnding {
                id: worst.case,
                campaign: campaigns.get(&worst.case).copied().unwrap_or(worst.case),
                label: worst.label,
                time: worst.time,
                tier: worst.tier,
                agent: cause.map_or_else(String::new, |cause| cause.agent.clone()),
                reason: cause.map_or_else(String::new, |cause| cause.reason.clone()),
            })
        })
        .collect()
}

/// The rows of each case.
///
/// A case's rows stand together; the same message again (an exact duplicate) shows by a
/// recipient that repeats or another time.
pub fn by_case(rows: &[TraceRow]) -> Vec<&[TraceRow]> {
    let mut cases = Vec::new();
    let mut recipients = BTreeSet::new();
    let mut start = 0;
    for (at, row) in rows.iter().enumerate() {
        let first = &rows[start];
        let same = (first.case, first.time) == (row.case, row.time)
            && !recipients.contains(row.recipient.as_str());
        if !same {
            cases.push(&rows[start..at]);
            start = at;
            recipients.clear();
        }
        recipients.insert(row.recipient.as_str());
    }
    if start < rows.len() {
        cases.push(&rows[start..]);
    }
    cases
}

#[cfg(test)]
mod tests {
    use crate::testing::trace_row;

    use super::*;

    #[test]
    fn a_case_ends_at_its_harshest_recipient() {
        let row = |case, recipient: &str, tier| TraceRow {
            recipient: recipient.into(),
            ..trace_row(case, Label::Ham, tier)
        };
        let rows = [
            row(1, "a", Tier::Inbox),
            row(1, "b", Tier::Reject),
            row(1, "c", Tier::Junk),
            row(1, "a", Tier::Junk),
            row(2, "a", Tier::Delete),
        ];
        let sizes: Vec<_> = by_case(&rows).iter().map(|rows| rows.len()).collect();
        assert_eq!(sizes, [3, 1, 1]);
        let tiers: Vec<_> =
            case_endings(&rows, &[], &[]).iter().map(|ending| ending.tier).collect();
        assert_eq!(tiers, [Tier::Reject, Tier::Junk, Tier::Delete]);
        assert!(by_case(&[]).is_empty());
    }
}
