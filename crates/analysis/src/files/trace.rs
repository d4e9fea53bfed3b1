//! `trace.parquet`: one row per case and recipient.
//!
//! Columns: `case` (hexadecimal), `label`, `category`, `time` (UTC, milliseconds),
//! `recipient`, `tier`, `agent`, `reason`, `detail`, `scl` (null: unrated), `score` (null:
//! not scored), `sender_id` (null: not evaluated), `scanned`, `dns_questions`, `response` (what
//! the server answered), `report` (the antispam report), `tarpit_seconds`. Metadata
//! `sclbench.causes`: all causes as `[agent, reason]`.

use std::path::Path;

use mail::{CaseId, Provenance, Scl, SenderIdResult, Timestamp};
use polars::prelude::{DataFrame, DataType, PolarsResult, TimeUnit};
use sweep::{Cause, TraceRow};

use super::sweep_read::{cause_indexes, read_causes};
use super::sweep_write::column;
use super::table::{Table, json, write_table};
use crate::Error;

/// Rows per row group.
const GROUP: usize = 262_144;

/// Writes the trace of one policy into a run folder.
///
/// # Errors
///
/// [`Error::Inconsistent`] for a row whose cause is not in `causes` or a cause that stands
/// there twice, [`Error::Io`], [`Error::Parquet`].
pub fn write_trace(
    folder: &Path,
    rows: &[TraceRow],
    causes: &[Cause],
    provenance: &Provenance,
) -> Result<(), Error> {
    let known = rows.iter().all(|row| usize::from(row.cause) < causes.len());
    let distinct = (1..causes.len()).all(|at| !causes[..at].contains(&causes[at]));
    if !known || !distinct {
        let what = "the causes of the trace do not fit their table".into();
        return Err(Error::Inconsistent { what });
    }
    let names: Vec<_> = causes.iter().map(|c| [&c.agent, &c.reason]).collect();
    let names = ("sclbench.causes", json(folder, &names)?);
    let groups = rows.len().div_ceil(GROUP).max(1);
    let group = |at: usize| &rows[at * GROUP..rows.len().min((at + 1) * GROUP)];
    let frames = (0..groups).map(|at| frame(group(at), causes));
    write_table(folder, "trace", provenance, &[names], frames)
}

fn frame(rows: &[TraceRow], causes: &[Cause]) -> PolarsResult<DataFrame> {
    fn each<'a, T>(rows: &'a [TraceRow], value: impl Fn(&'a TraceRow) -> T) -> Vec<T> {
        rows.iter().map(value).collect()
    }
    let cause = |row: &TraceRow| &causes[usize::from(row.cause)];
    let time = column("time", each(rows, |row| row.time.0.saturating_mul(1000)));
    DataFrame::new_infer_height(vec![
        column("case", each(rows, |row| row.case.to_string())),
        column("label", each(rows, |row| row.label.name())),
        column("category", each(rows, |row| row.category.as_str())),
        time.cast(&DataType::Datetime(TimeUnit::Milliseconds, None))?,
        column("recipient", each(rows, |row| row.recipient.as_str())),
        column("tier", each(rows, |row| row.tier.name())),
        column("agent", each(rows, |row| cause(row).agent.as_str())),
        column("reason", each(rows, |row| cause(row).reason.as_str())),
        column("detail", each(rows, |row| row.detail.as_str())),
        column("scl", each(rows, |row| row.scl.map(|scl| i32::from(scl.get())))),
        column("score", each(rows, |row| row.score)),
        column("sender_id", each(rows, |row| row.sender_id.map(SenderIdResult::name))),
        column("scanned", each(rows, |row| row.scanned)),
        column("dns_questions", each(rows, |row| row.dns_questions)),
        column("response", each(rows, |row| row.response.as_str())),
        column("report", each(rows, |row| row.report.as_str())),
        column("tarpit_seconds", each(rows, |row| row.tarpit_seconds)),
    ])
}

/// Reads the trace and its causes back from a run folder.
///
/// # Errors
///
/// [`Error::Io`], [`Error::Parquet`], [`Error::Table`], [`Error::Version`].
pub fn read_trace(folder: &Path) -> Result<(Vec<TraceRow>, Vec<Cause>), Error> {
    let table = Table::read(folder, "trace")?;
    let causes = read_causes(&table)?;
    let text = |name| table.parsed(name, |text| Some(text.to_owned()));
    let ids = table.parsed("case", |text| text.parse::<CaseId>().ok())?;
    let labels = table.parsed("label", |text| text.parse().ok())?;
    let (mut categories, mut details) = (text("category")?, text("detail")?);
    let mut recipients = text("recipient")?;
    let (mut responses, mut reports) = (text("response")?, text("report")?);
    let tarpits = table.u32s("tarpit_seconds")?;
    let tiers = table.parsed("tier", |text| text.parse().ok())?;
    let cause = cause_indexes(&table, &causes)?;
    let times = table.i64s("time")?;
    let scores = table.f64s("score")?;
    let (levels, senders) = (read_levels(&table)?, read_sender_ids(&table)?);
    let (scanned, questions) = (table.bools("scanned")?, table.u32s("dns_questions")?);
    let row = |at: usize| TraceRow {
        case: ids[at],
        label: labels[at],
        category: std::mem::take(&mut categories[at]),
        time: Timestamp(times[at].div_euclid(1000)),
        recipient: std::mem::take(&mut recipients[at]),
        tier: tiers[at],
        cause: cause[at],
        detail: std::mem::take(&mut details[at]),
        scl: levels[at],
        score: scores[at],
        sender_id: senders[at],
        scanned: scanned[at],
        dns_questions: questions[at],
        response: std::mem::take(&mut responses[at]),
        report: std::mem::take(&mut reports[at]),
        tarpit_seconds: tarpits[at],
    };
    let rows = (0..table.rows()).map(row).collect();
    Ok((rows, causes))
}

fn read_levels(table: &Table) -> Result<Vec<Option<Scl>>, Error> {
    let level = |value: Option<i32>| value.map(|v| Scl::new(v.into())).transpose();
    let levels = table.i32s("scl")?.into_iter().map(level);
    levels
        .collect::<Result<_, _>>()
        .map_err(|error| table.wrong("scl", error.to_string()))
}

fn read_sender_ids(table: &Table) -> Result<Vec<Option<SenderIdResult>>, Error> {
    const ALL: [SenderIdResult; 7] = [
        SenderIdResult::Pass,
        SenderIdResult::Neutral,
        SenderIdResult::SoftFail,
        SenderIdResult::Fail,
        SenderIdResult::None,
        SenderIdResult::TempError,
        SenderIdResult::PermError,
    ];
    let known = |name: &str| ALL.into_iter().find(|result| result.name() == name);
    let result = |text: Option<&str>| match text {
        None => Ok(None),
        Some(name) => known(name)
            .map(Some)
            .ok_or_else(|| table.wrong("sender_id", "a result is unknown")),
    };
    table.texts("sender_id")?.into_iter().map(result).collect()
}
