//! Score tables as Parquet: the columns of a trace and `fate` (null without a sweep), and
//! everything else as JSON under the metadata key `sclbench.scores`. As CSV: see
//! [`super::scores_csv`].

use std::ffi::OsStr;
use std::path::Path;

use sweep::Cause;

use super::scores_csv;
use super::sweep_read::read_causes;
use super::sweep_write::column;
use super::table::{Table, json, write_table_as};
use super::trace::{frame, read_rows};
use super::write_atomic;
use crate::scores::FORMAT;
use crate::{Error, ScoreMeta, ScoreTable};

/// Name of the table in its metadata.
const TABLE: &str = "scores";

/// Writes a score table; the file's ending, `.parquet` or `.csv`, says how.
///
/// # Errors
///
/// [`Error::Scores`] for another ending, [`Error::Io`], [`Error::Parquet`].
pub fn write_scores(path: &Path, table: &ScoreTable) -> Result<(), Error> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match path.extension().and_then(OsStr::to_str) {
        Some("csv") => {
            let text = scores_csv::text(table)
                .map_err(|source| Error::Json { path: path.to_owned(), source })?;
            write_atomic(folder, &name, text.as_bytes())
        }
        Some("parquet") => {
            let causes = table.causes();
            let names: Vec<_> = causes.iter().map(|c| [&c.agent, &c.reason]).collect();
            let extra = [
                ("sclbench.causes", json(path, &names)?),
                ("sclbench.scores", json(path, &table.meta)?),
            ];
            let frame = frame(&table.rows, &causes).and_then(|mut frame| {
                frame.with_column(column("fate", table.fates.clone()))?;
                Ok(frame)
            });
            let provenance = &table.meta.run.provenance;
            write_table_as((folder, &name), TABLE, provenance, &extra, [frame])
        }
        _ => Err(ending(path)),
    }
}

/// Reads a score table that [`write_scores`] wrote.
///
/// # Errors
///
/// [`Error::Scores`], [`Error::Io`], [`Error::Parquet`], [`Error::Table`],
/// [`Error::Version`].
pub fn read_scores(path: &Path) -> Result<ScoreTable, Error> {
    let table = match path.extension().and_then(OsStr::to_str) {
        Some("csv") => {
            let io = |source| Error::Io { verb: "read", path: path.to_owned(), source };
            let text = std::fs::read_to_string(path).map_err(io)?;
            scores_csv::parse(&text)
                .map_err(|what| Error::Scores { path: path.to_owned(), what })?
        }
        Some("parquet") => parquet(path)?,
        _ => return Err(ending(path)),
    };
    if table.meta.format != FORMAT {
        return Err(Error::Version {
            path: path.to_owned(),
            found: table.meta.format.to_string(),
            expected: FORMAT,
        });
    }
    Ok(table)
}

fn parquet(path: &Path) -> Result<ScoreTable, Error> {
    let table = Table::read_as(path, TABLE)?;
    let meta: ScoreMeta = table.meta("sclbench.scores")?;
    let causes: Vec<Cause> = read_causes(&table)?;
    let rows = read_rows(&table, &causes)?;
    let fates = table.maybe_u32s("fate")?;
    Ok(ScoreTable { meta, rows, fates })
}

fn ending(path: &Path) -> Error {
    let what = "the ending says the format; name the file `.parquet` or `.csv`".into();
    Error::Scores { path: path.to_owned(), what }
}
