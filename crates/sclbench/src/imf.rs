//! What is special about Exchange 2003 SP2: its counters, its archive, and what it lacks.

use std::collections::BTreeMap;
use std::path::Path;

use agents::{ImfAction, ImfSpec, PolicySpec};
use analysis::{Scan, TraceRow, write_atomic};
use anyhow::{Result, bail};
use filter::scl_probability;
use mail::{CaseId, Edition, JunkComparison, Tier};
use sweep::{Docket, causes};

use crate::input::Input;
use crate::scaffold;
use crate::settings::Scores;

/// The filter, as causes name it.
const FILTER: &str = "Intelligent Message Filter";

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

/// What to say where the store's threshold can move nothing, since the gateway has taken all
/// such mail. Mail that the gateway does not look at has no level, or one below 0.
pub(crate) fn idle_store(spec: &PolicySpec) -> Option<String> {
    let imf = spec.imf();
    let used = imf.store_enabled && imf.gateway_action != ImfAction::NoAction;
    if spec.edition != Edition::E2003Sp2 || !used {
        return None;
    }
    let gateway = imf.acts_from()?.get();
    let store = match imf.store_comparison {
        JunkComparison::Gt => imf.store_threshold.get() + 1,
        JunkComparison::Ge => imf.store_threshold.get(),
    };
    (store >= gateway).then(|| {
        format!(
            "the store threshold has no effect: it moves mail from SCL {store} on, and the \
             gateway acts from SCL {gateway} on; lower `store-threshold`"
        )
    })
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

/// What the counters see of a replay; none for other editions.
pub(crate) fn scans(
    spec: &PolicySpec,
    docket: &Docket,
    rows: &[TraceRow],
) -> Option<Vec<Scan>> {
    if spec.edition != Edition::E2003Sp2 {
        return None;
    }
    let causes = causes(docket.engine());
    let refused = |row: &TraceRow| {
        let by = &causes[usize::from(row.cause)].agent;
        by == FILTER && matches!(row.tier, Tier::Reject | Tier::Delete)
    };
    let acts_from = spec.imf().acts_from();
    let scan = |rows: &[TraceRow]| {
        rows.first().map(|row| Scan {
            time: row.time,
            scanned: row.scanned.then_some(row.scl),
            acts_from,
            refused: rows.iter().any(refused),
        })
    };
    Some(by_case(docket, rows).filter_map(scan).collect())
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
        (Scores::Model(_) | Scores::Updates(..) | Scores::Stamps(_), _) => {
            scl_probability(scl)
        }
    };
    format!("X-SCL: {scl} {:.2}%", share * 100.0)
}

#[cfg(test)]
mod tests {
    use agents::GatewayComparison;
    use mail::Threshold;

    use super::*;

    #[test]
    fn a_store_behind_a_stricter_gateway_is_told() {
        let told = |action, gateway, store, change: fn(&mut ImfSpec)| {
            let mut imf = ImfSpec {
                gateway_action: action,
                gateway_threshold: Threshold::new(gateway).unwrap(),
                store_threshold: Threshold::new(store).unwrap(),
                ..ImfSpec::default()
            };
            change(&mut imf);
            let spec = PolicySpec {
                edition: Edition::E2003Sp2,
                intelligent_message_filter: Some(imf),
                ..PolicySpec::default()
            };
            idle_store(&spec).is_some()
        };
        let reject = ImfAction::Reject;
        assert!(told(reject, 8, 8, |_| {}));
        assert!(told(reject, 8, 7, |_| {}), "8 is above 7, and rejected");
        assert!(!told(reject, 8, 6, |_| {}));
        assert!(told(reject, 9, 9, |_| {}));
        assert!(!told(reject, 8, 7, |imf| imf.store_comparison = JunkComparison::Ge));
        assert!(!told(reject, 8, 7, |i| i.gateway_comparison = GatewayComparison::Gt));
        assert!(!told(reject, 8, 8, |imf| imf.store_enabled = false));
        assert!(!told(ImfAction::NoAction, 8, 8, |_| {}));
        assert_eq!(idle_store(&PolicySpec::default()), None);
    }
}
