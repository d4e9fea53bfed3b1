//! `cases.parquet`: what is known of each case besides its trace, one row per message.
//!
//! Columns: `case` (hexadecimal), `campaign` (hexadecimal: the smallest id among its exact
//! and near duplicates), `source` (the folder, archive folder or mailbox file that held it),
//! `language` (ISO 639-3; null: not asked, or it cannot be told). Sorted by `case`; an exact
//! duplicate has no row of its own. Metadata `sclbench.sources`: the sources as typed;
//! `sclbench.thresholds`: the thresholds in effect; `sclbench.junk-comparison`: how the store
//! compares.

use std::path::Path;
use std::sync::Arc;

use mail::{CaseId, JunkComparison, Provenance, Thresholds};
use polars::prelude::{DataFrame, PolarsResult};
use sweep::{Cause, TraceRow};

use super::sweep_write::column;
use super::table::{Table, json, write_table};
use super::trace::read_trace_table;
use crate::{CaseFact, Error};

/// Rows per row group.
const GROUP: usize = 262_144;

/// What a run folder knows of its cases.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CaseTable {
    /// One per message, by id.
    pub facts: Vec<CaseFact>,
    /// The sources as typed.
    pub sources: Vec<String>,
    /// The thresholds in effect.
    pub thresholds: Thresholds,
    /// How the store compares.
    pub junk_comparison: JunkComparison,
}

/// Writes what is known of the cases into a run folder.
///
/// # Errors
///
/// [`Error::Io`], [`Error::Parquet`].
pub fn write_cases(
    folder: &Path,
    table: &CaseTable,
    provenance: &Provenance,
) -> Result<(), Error> {
    let mut facts: Vec<_> = table.facts.iter().collect();
    facts.sort_by_key(|fact| fact.case);
    facts.dedup_by_key(|fact| fact.case);
    let groups = facts.len().div_ceil(GROUP).max(1);
    let group = |at: usize| &facts[at * GROUP..facts.len().min((at + 1) * GROUP)];
    let frames = (0..groups).map(|at| frame(group(at)));
    let extra = [
        ("sclbench.sources", json(folder, &table.sources)?),
        ("sclbench.thresholds", json(folder, &table.thresholds)?),
        ("sclbench.junk-comparison", json(folder, &table.junk_comparison)?),
    ];
    write_table(folder, "cases", provenance, &extra, frames)
}

fn frame(facts: &[&CaseFact]) -> PolarsResult<DataFrame> {
    let each = |value: fn(&CaseFact) -> String| facts.iter().map(|f| value(f)).collect();
    let texts: [Vec<String>; 2] =
        [each(|fact| fact.case.to_string()), each(|fact| fact.campaign.to_string())];
    let [ids, campaigns] = texts;
    let sources: Vec<&str> = facts.iter().map(|fact| fact.source.as_ref()).collect();
    let languages: Vec<Option<&str>> =
        facts.iter().map(|fact| fact.language.as_deref()).collect();
    DataFrame::new_infer_height(vec![
        column("case", ids),
        column("campaign", campaigns),
        column("source", sources),
        column("language", languages),
    ])
}

/// A trace with what is known of its cases.
#[derive(Debug, Clone, PartialEq)]
pub struct RunTrace {
    /// One row per case and recipient.
    pub rows: Vec<TraceRow>,
    /// Who [`TraceRow::cause`] means.
    pub causes: Vec<Cause>,
    /// The cases.
    pub cases: CaseTable,
}

/// Reads `trace.parquet` and `cases.parquet` of one run.
///
/// # Errors
///
/// [`Error::Io`], [`Error::Parquet`], [`Error::Table`], [`Error::Version`],
/// [`Error::MixedRuns`], [`Error::NeedsMail`].
pub fn read_run_trace(folder: &Path) -> Result<RunTrace, Error> {
    let path = folder.join("cases.parquet");
    if folder.join("trace.parquet").is_file() && !path.is_file() {
        return Err(Error::NeedsMail {
            path,
            without: "no campaigns, sources or languages of its messages",
            cure: "use the run that the score table was exported from, or `replay` the mail",
        });
    }
    let (trace, cases) = (Table::read(folder, "trace")?, Table::read(folder, "cases")?);
    cases.same_run(&trace, "trace.parquet")?;
    let (rows, causes) = read_trace_table(&trace)?;
    Ok(RunTrace { rows, causes, cases: read_cases(&cases)? })
}

fn read_cases(table: &Table) -> Result<CaseTable, Error> {
    let id = |text: &str| text.parse::<CaseId>().ok();
    let (ids, campaigns) = (table.parsed("case", id)?, table.parsed("campaign", id)?);
    let sources = table.parsed("source", |text| Some(Arc::from(text)))?;
    let languages = table.texts("language")?;
    let rows = ids.into_iter().zip(campaigns).zip(sources).zip(languages);
    let fact = |(((case, campaign), source), language): (_, Option<&str>)| CaseFact {
        case,
        campaign,
        source,
        language: language.map(Arc::from),
    };
    Ok(CaseTable {
        facts: rows.map(fact).collect(),
        sources: table.meta("sclbench.sources")?,
        thresholds: table.meta("sclbench.thresholds")?,
        junk_comparison: table.meta("sclbench.junk-comparison")?,
    })
}
