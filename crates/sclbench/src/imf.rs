//! What is special about Exchange 2003 SP2: its counters, its archive, and what it lacks.

use std::collections::BTreeMap;
use std::path::Path;

use agents::{ImfAction, ImfSpec, PolicySpec};
use analysis::{ImfCounters, Scan, TraceRow, write_atomic};
use anyhow::{Result, bail};
use filter::scl_probability;
use mail::{CaseId, Edition, Tier};
use sweep::Docket;

use crate::input::Input;
use crate::scaffold;
use crate::settings::Scores;

/// An error where a command has no meaning for Exchange 2003.
///
/// # Errors
///
/// The policy is for 2003; `why` and what to do instead stand in the text.
pub(crate) fn refuse(spec: &PolicySpec, why: &str) -> Result<()> {
    if spec.edition == Edition::E2003Sp2 {
        bail!("the policy is for Exchange 2003 SP2: {why}");
    }
    Ok(())
}

/// A threshold of 2003 at another value, in words.
pub(crate) fn instead(tier: Tier, to: &str, now: &str) -> String {
    let action = match tier {
        Tier::Inbox | Tier::Junk => {
            return format!("store threshold {to} instead of {now}");
        }
        Tier::Quarantine => "archive",
        Tier::Reject => "reject",
        Tier::Delete => "delete",
    };
    let told = |at: &str| match at {
        "off" => "no gateway action".to_owned(),
        at => format!("gateway action `{action}` from SCL {at}"),
    };
    format!("{} instead of {}", told(to), told(now))
}

/// The rows of each case, in the order of both.
fn by_case<'r>(
    docket: &'r Docket,
    mut rows: &'r [TraceRow],
) -> impl Iterator<Item = &'r [TraceRow]> {
    docket.cases().iter().map(move |case| {
        let (own, rest) = rows.split_at(case.recipients.len().max(1).min(rows.len()));
        rows = rest;
        own
    })
}

/// The counters after a replay; none for other editions.
pub(crate) fn counters(
    spec: &PolicySpec,
    docket: &Docket,
    rows: &[TraceRow],
) -> Option<ImfCounters> {
    if spec.edition != Edition::E2003Sp2 {
        return None;
    }
    let scans: Vec<Scan> = by_case(docket, rows)
        .filter_map(|rows| rows.first())
        .map(|row| Scan { time: row.time, scanned: row.scanned.then_some(row.scl) })
        .collect();
    Some(ImfCounters::new(&scans, spec.imf().acts_from()))
}

/// An error where the policy has nothing to archive.
///
/// # Errors
///
/// It is for another edition, or has another action.
pub(crate) fn can_archive(spec: &PolicySpec) -> Result<()> {
    let archives = spec.imf().gateway_action == ImfAction::Archive;
    if spec.edition != Edition::E2003Sp2 || !archives {
        bail!(
            "--archive needs a policy that archives; write `edition = \"2003-sp2\"` and \
             `gateway-action = \"archive\"` in `[intelligent-message-filter]`"
        );
    }
    Ok(())
}

/// Writes every archived message as one `.eml` file named by its digest; gives their number.
///
/// # Errors
///
/// The mail cannot be read again, or a file cannot be written.
pub(crate) fn archive(
    folder: &Path,
    imf: &ImfSpec,
    scores: &Scores,
    (docket, rows): (&Docket, &[TraceRow]),
    input: Input,
) -> Result<u64> {
    // Exact copies of a message share an id; each that was archived has a file.
    let mut archived: BTreeMap<CaseId, (&TraceRow, u64)> = BTreeMap::new();
    for rows in by_case(docket, rows) {
        if let Some(row) = rows.iter().find(|row| row.tier == Tier::Quarantine) {
            archived.entry(row.case).or_insert((row, 0)).1 += 1;
        }
    }
    scaffold::folder(folder)?;
    let mut copies: BTreeMap<CaseId, u64> = BTreeMap::new();
    for batch in input.batches() {
        for case in batch? {
            let Some((row, count)) = archived.get(&case.id) else { continue };
            let copy = copies.entry(case.id).or_default();
            if copy == count {
                continue;
            }
            *copy += 1;
            let name = match *copy {
                1 => format!("{}.eml", case.id),
                copy => format!("{}-{copy}.eml", case.id),
            };
            let head = if imf.archive_scl { stamp(row, scores) } else { String::new() };
            let end = if case.raw.contains(&b'\r') { "\r\n" } else { "\n" };
            let head = if head.is_empty() { head } else { head + end };
            let bytes = [head.as_bytes(), &case.raw].concat();
            write_atomic(folder, &name, &bytes)?;
        }
    }
    Ok(copies.values().sum())
}

/// The level and what it says of the chance of spam, in per cent: by the model's calibration,
/// else where the level begins.
fn stamp(row: &TraceRow, scores: &Scores) -> String {
    let Some(scl) = row.scl else { return String::new() };
    let share = match (scores, row.score) {
        (Scores::Model(model), Some(score)) => model.calibration().probability(score),
        (Scores::Model(_) | Scores::Updates(_) | Scores::Stamps(_), _) => {
            scl_probability(scl)
        }
    };
    format!("X-SCL: {scl} {:.2}%", share * 100.0)
}
