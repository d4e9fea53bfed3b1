//! Where each case of a trace ended, with what is known of the case itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use mail::CaseId;
use sweep::TraceRow;

/// What is known of a case besides its trace: a row of `cases.parquet`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFact {
    /// Message digest.
    pub case: CaseId,
    /// Smallest id among its exact and near duplicates.
    pub campaign: CaseId,
    /// Where it was read: the folder, archive folder or mailbox file that held it.
    pub source: Arc<str>,
    /// Language of its text as an ISO 639-3 code; `None` where it was not asked or cannot be
    /// told.
    pub language: Option<Arc<str>>,
}

/// Where one case ended: at the harshest tier that any of its recipients met.
#[derive(Debug, Clone, Copy)]
pub struct Fate<'a> {
    /// The row of the harshest tier, the first of equals.
    pub row: &'a TraceRow,
    /// Number of its campaign; a case without facts is a campaign of its own.
    pub group: u32,
    /// The facts, where there are any.
    pub fact: Option<&'a CaseFact>,
}

/// The rows of each case. A case's rows stand together; the same message again (an exact
/// duplicate) shows by a recipient that repeats or another time.
pub(crate) fn case_rows(rows: &[TraceRow]) -> Vec<&[TraceRow]> {
    let mut cases = Vec::new();
    let mut recipients = BTreeSet::new();
    let mut first = 0;
    for (at, row) in rows.iter().enumerate() {
        let begun = &rows[first];
        let same = (begun.case, begun.time) == (row.case, row.time);
        if !same || !recipients.insert(row.recipient.as_str()) {
            cases.push(&rows[first..at]);
            first = at;
            recipients = BTreeSet::from([row.recipient.as_str()]);
        }
    }
    if first < rows.len() {
        cases.push(&rows[first..]);
    }
    cases
}

/// The fates of all cases of a trace, in its order.
pub fn fates<'a>(rows: &'a [TraceRow], facts: &'a [CaseFact]) -> Vec<Fate<'a>> {
    let facts: BTreeMap<CaseId, &CaseFact> =
        facts.iter().rev().map(|fact| (fact.case, fact)).collect();
    let mut groups: BTreeMap<CaseId, u32> = BTreeMap::new();
    let each = |rows: &'a [TraceRow]| {
        let row = rows
            .iter()
            .reduce(|worst, next| if next.tier > worst.tier { next } else { worst })?;
        let fact = facts.get(&row.case).copied();
        let next = u32::try_from(groups.len()).expect("fewer than 2^32 campaigns");
        let campaign = fact.map_or(row.case, |fact| fact.campaign);
        Some(Fate { row, group: *groups.entry(campaign).or_insert(next), fact })
    };
    case_rows(rows).into_iter().filter_map(each).collect()
}
