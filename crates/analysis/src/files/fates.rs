//! The three tables that tell where every single case ends under every policy.
//!
//! `cases.parquet`: one row per case in corpus time. `case` (hexadecimal), `label`,
//! `category`, `time` (UTC, milliseconds), `subject` (its first characters), `score` (null:
//! not scored), `journey`.
//!
//! `journeys.parquet`: one row per distinct journey and outcome. `journey`, `outcome`,
//! `fate`. Metadata `sclbench.outcomes`: the outcomes told.
//!
//! `fates.parquet`: one row per fate and stretch of settings. `fate`, `scl` (that thresholds
//! are held against; null: unrated), `first_setting`, `tier`, `agent`, `reason`. Metadata
//! `sclbench.causes` as in the trace, `sclbench.settings`: `"every"` for all 11,000 in the
//! order delete, reject, quarantine (each off, 1 to 9), junk (off, 0 to 9), the last the
//! quickest; else the list of settings.

use std::path::Path;

use mail::{CaseId, Label, Provenance, Scl, Thresholds, Timestamp};
use polars::prelude::{DataFrame, DataType, PolarsResult, TimeUnit};
use serde::{Deserialize, Serialize};
use sweep::{Cause, Fate, FateRun, FateTable, Seen, Space};

use super::sweep_read::{cause_indexes, read_causes};
use super::sweep_write::column;
use super::table::{Table, json, write_table};
use crate::Error;

/// One case as a list shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseRow {
    /// Message digest.
    pub case: CaseId,
    /// Label.
    pub label: Label,
    /// Category, may be empty.
    pub category: String,
    /// When it was received.
    pub time: Timestamp,
    /// First characters of its subject; from the message, so never to be trusted.
    pub subject: String,
    /// Raw score of the content filter's engine, where it scored the message.
    pub score: Option<f64>,
}

/// The fates of a run folder with the cases they belong to.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseFates {
    /// The cases in corpus time.
    pub cases: Vec<CaseRow>,
    /// Where they end.
    pub table: FateTable,
    /// What fates' causes index.
    pub causes: Vec<Cause>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Settings {
    Every,
    These(Vec<Thresholds>),
}

impl CaseFates {
    /// Fates of observed cases, which stand in the order of the table.
    pub fn new(cases: &[Seen], table: FateTable, causes: Vec<Cause>) -> Self {
        let row = |seen: &Seen| CaseRow {
            case: seen.id,
            label: seen.label,
            category: seen.category.to_string(),
            time: seen.time,
            subject: seen.subject.to_string(),
            score: seen.score,
        };
        Self { cases: cases.iter().map(row).collect(), table, causes }
    }
}

/// Writes the three tables into a run folder.
///
/// # Errors
///
/// [`Error::Inconsistent`] for a table that does not fit the cases, [`Error::Io`],
/// [`Error::Parquet`].
pub fn write_fates(
    folder: &Path,
    fates: &CaseFates,
    provenance: &Provenance,
) -> Result<(), Error> {
    check(fates).map_err(|what| Error::Inconsistent { what: what.into() })?;
    let CaseFates { cases, table, causes } = fates;
    let names: Vec<_> = causes.iter().map(|c| [&c.agent, &c.reason]).collect();
    let names = ("sclbench.causes", json(folder, &names)?);
    let settings = if table.settings == Space::every_thresholds() {
        Settings::Every
    } else {
        Settings::These(table.settings.clone())
    };
    let settings = ("sclbench.settings", json(folder, &settings)?);
    let frame = fates_frame(table, causes);
    write_table(folder, "report_fates", provenance, &[names, settings], [frame])?;
    let outcomes = ("sclbench.outcomes", json(folder, &table.outcomes)?);
    let frame = journeys_frame(table);
    write_table(folder, "report_journeys", provenance, &[outcomes], [frame])?;
    let frame = cases_frame(cases, &table.of_case);
    write_table(folder, "report_cases", provenance, &[], [frame])
}

/// What is wrong with the numbers that hold the tables together.
fn check(fates: &CaseFates) -> Result<(), &'static str> {
    let CaseFates { cases, table, causes } = fates;
    let settings = table.settings.len();
    let whole = |fate: &Fate| {
        fate.runs.first().is_some_and(|run| run.first == 0)
            && fate.runs.is_sorted_by(|a, b| a.first < b.first)
            && fate.runs.iter().all(|run| {
                (run.first as usize) < settings && usize::from(run.cause) < causes.len()
            })
    };
    if table.of_case.len() != cases.len() {
        Err("there is not one journey per case")
    } else if !table.of_case.iter().all(|at| (*at as usize) < table.journeys.len()) {
        Err("a case has an unknown journey")
    } else if !table.journeys.iter().all(|journey| {
        journey.len() == table.outcomes.len()
            && journey.iter().all(|at| (*at as usize) < table.fates.len())
    }) {
        Err("a journey does not have one known fate per outcome")
    } else if !table.fates.iter().all(whole) {
        Err("a fate does not tell every setting")
    } else {
        Ok(())
    }
}

fn fates_frame(table: &FateTable, causes: &[Cause]) -> PolarsResult<DataFrame> {
    let rows: Vec<(u32, Option<Scl>, &FateRun)> = (0u32..)
        .zip(&table.fates)
        .flat_map(|(number, fate)| {
            fate.runs.iter().map(move |run| (number, fate.scl, run))
        })
        .collect();
    let cause = |run: &FateRun| &causes[usize::from(run.cause)];
    let number: Vec<u32> = rows.iter().map(|row| row.0).collect();
    let scl: Vec<Option<i32>> =
        rows.iter().map(|row| row.1.map(|scl| i32::from(scl.get()))).collect();
    let first: Vec<u32> = rows.iter().map(|row| row.2.first).collect();
    let tier: Vec<&str> = rows.iter().map(|row| row.2.tier.name()).collect();
    let agent: Vec<&str> = rows.iter().map(|row| cause(row.2).agent.as_str()).collect();
    let reason: Vec<&str> = rows.iter().map(|row| cause(row.2).reason.as_str()).collect();
    DataFrame::new_infer_height(vec![
        column("fate", number),
        column("scl", scl),
        column("first_setting", first),
        column("tier", tier),
        column("agent", agent),
        column("reason", reason),
    ])
}

fn journeys_frame(table: &FateTable) -> PolarsResult<DataFrame> {
    let outcomes = table.outcomes.len();
    let journey = (0u32..).take(table.journeys.len());
    let journey = journey.flat_map(|number| std::iter::repeat_n(number, outcomes));
    DataFrame::new_infer_height(vec![
        column("journey", journey.collect::<Vec<_>>()),
        column("outcome", table.outcomes.repeat(table.journeys.len())),
        column("fate", table.journeys.concat()),
    ])
}

fn cases_frame(cases: &[CaseRow], journeys: &[u32]) -> PolarsResult<DataFrame> {
    fn each<'a, T>(rows: &'a [CaseRow], value: impl Fn(&'a CaseRow) -> T) -> Vec<T> {
        rows.iter().map(value).collect()
    }
    let time = column("time", each(cases, |row| row.time.0.saturating_mul(1000)));
    DataFrame::new_infer_height(vec![
        column("case", each(cases, |row| row.case.to_string())),
        column("label", each(cases, |row| row.label.name())),
        column("category", each(cases, |row| row.category.as_str())),
        time.cast(&DataType::Datetime(TimeUnit::Milliseconds, None))?,
        column("subject", each(cases, |row| row.subject.as_str())),
        column("score", each(cases, |row| row.score)),
        column("journey", journeys.to_vec()),
    ])
}

/// Reads the three tables back from a run folder.
///
/// # Errors
///
/// [`Error::Io`], [`Error::Parquet`], [`Error::Table`], [`Error::Version`],
/// [`Error::MixedRuns`].
pub fn read_fates(folder: &Path) -> Result<CaseFates, Error> {
    let path = folder.join("report_cases.parquet");
    if folder.join("sweep.parquet").is_file() && !path.is_file() {
        return Err(Error::NeedsMail {
            path,
            without: "no fates of single messages",
            cure: "make the report of the sweep that the score table was exported from, or \
                   `sweep` the mail",
        });
    }
    let cases = Table::read(folder, "report_cases")?;
    let journeys = Table::read(folder, "report_journeys")?;
    let fates = Table::read(folder, "report_fates")?;
    for table in [&journeys, &fates] {
        table.same_run(&cases, "cases.parquet")?;
    }
    let causes = read_causes(&fates)?;
    let outcomes: Vec<u32> = journeys.meta("sclbench.outcomes")?;
    let table = FateTable {
        settings: match fates.meta("sclbench.settings")? {
            Settings::Every => Space::every_thresholds(),
            Settings::These(settings) => settings,
        },
        fates: read_runs(&fates, &causes)?,
        journeys: read_journeys(&journeys, &outcomes)?,
        outcomes,
        of_case: cases.u32s("journey")?,
    };
    let found = CaseFates { cases: read_cases(&cases)?, table, causes };
    check(&found).map_err(|what| fates.wrong("fate", what))?;
    Ok(found)
}

fn read_runs(table: &Table, causes: &[Cause]) -> Result<Vec<Fate>, Error> {
    let causes = cause_indexes(table, causes)?;
    let tiers = table.parsed("tier", |text| text.parse().ok())?;
    let (first, levels) = (table.u32s("first_setting")?, table.i32s("scl")?);
    let mut fates: Vec<Fate> = Vec::new();
    for (row, number) in table.u32s("fate")?.into_iter().enumerate() {
        let number = number as usize;
        if number == fates.len() {
            let scl = levels[row].map(|level| Scl::new(level.into())).transpose();
            let scl = scl.map_err(|error| table.wrong("scl", error.to_string()))?;
            fates.push(Fate { scl, runs: Vec::new() });
        }
        if number + 1 != fates.len() {
            return Err(table.wrong("fate", "rows are missing or out of order"));
        }
        let run = FateRun { first: first[row], tier: tiers[row], cause: causes[row] };
        fates[number].runs.push(run);
    }
    Ok(fates)
}

fn read_journeys(table: &Table, outcomes: &[u32]) -> Result<Vec<Vec<u32>>, Error> {
    let expected = |at: usize| (at / outcomes.len(), outcomes[at % outcomes.len()]);
    let (number, outcome) = (table.u32s("journey")?, table.u32s("outcome")?);
    let rows = number.iter().zip(&outcome).enumerate();
    let whole = !outcomes.is_empty()
        && table.rows().is_multiple_of(outcomes.len())
        && rows
            .map(|(at, (n, o))| (at, (*n as usize, *o)))
            .all(|(at, row)| row == expected(at));
    if !whole {
        return Err(table.wrong("journey", "rows are missing or out of order"));
    }
    Ok(table.u32s("fate")?.chunks(outcomes.len()).map(<[u32]>::to_vec).collect())
}

fn read_cases(table: &Table) -> Result<Vec<CaseRow>, Error> {
    let text = |name| table.parsed(name, |text| Some(text.to_owned()));
    let ids = table.parsed("case", |text| text.parse::<CaseId>().ok())?;
    let labels = table.parsed("label", |text| text.parse().ok())?;
    let (mut categories, mut subjects) = (text("category")?, text("subject")?);
    let (times, scores) = (table.i64s("time")?, table.f64s("score")?);
    let row = |at: usize| CaseRow {
        case: ids[at],
        label: labels[at],
        category: std::mem::take(&mut categories[at]),
        time: Timestamp(times[at].div_euclid(1000)),
        subject: std::mem::take(&mut subjects[at]),
        score: scores[at],
    };
    Ok((0..table.rows()).map(row).collect())
}
