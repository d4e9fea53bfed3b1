//! `sclbench report`: a sweep as one interactive page.

use std::path::{Path, PathBuf};

use ::report::html::Page;
use analysis::{thousands, write_atomic};
use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};
use mail::{Threshold, Thresholds};
use serde::Serialize;
use shell::ScriptKind;

use super::Context;
use crate::page::{Subjects, run, script};
use crate::scaffold;
use crate::settings::command_line;

/// Options of `report`.
///
/// The page holds, for every message of the sweep, where it ends under every outcome-distinct
/// agent order and every threshold setting. Its sliders therefore show exact counts, the same
/// as `sclbench replay` with those thresholds, with 95 % Clopper-Pearson intervals. Example:
/// 0 of 758 good messages deleted is shown as `0` and `0-0.48 %`: nothing happened, but up to
/// 0.48 % would not be surprising.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../help/report.txt"))]
pub(crate) struct Report {
    /// Folder that `run`, `demo` or `sweep` wrote.
    run: PathBuf,
    /// Second folder to compare with.
    #[arg(long, value_name = "RUN")]
    compare: Option<PathBuf>,
    /// The page to write.
    #[arg(short, long, value_name = "FILE", required_unless_present = "script")]
    out: Option<PathBuf>,
    /// Leave the messages' subjects out of the page.
    #[arg(long)]
    no_subjects: bool,
    /// Print the script of one setting instead: the text that the page copies.
    #[arg(long, value_enum, requires = "at", conflicts_with_all = ["out", "compare"])]
    script: Option<Kind>,
    /// The setting for `--script`: order, delete, reject, quarantine, junk as in the page's
    /// address, such as `0,9,7,off,4`.
    #[arg(long, value_name = "SETTING", requires = "script")]
    at: Option<String>,
}

/// Which script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// For every Edge server.
    Edge,
    /// For the organization.
    Organization,
}

/// What `report` prints as JSON.
#[derive(Serialize)]
struct Written {
    report: PathBuf,
    bytes: u64,
    cases: u64,
    orders: u64,
    outcomes: u64,
}

/// What `report --script` prints as JSON.
#[derive(Serialize)]
struct Printed {
    script: String,
}

impl Report {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// A folder is not that of a sweep, or the page cannot be written.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        if let (Some(kind), Some(at)) = (self.script, &self.at) {
            return self.print(kind, at, context);
        }
        let out = self.out.as_deref().context("name the page with `-o FILE`")?;
        let subjects = if self.no_subjects { Subjects::Hide } else { Subjects::Show };
        let folders = std::iter::once(&self.run).chain(&self.compare);
        let runs = folders
            .map(|folder| Ok(run(folder, subjects)?.0))
            .collect::<Result<Vec<_>>>()?;
        let first = &runs[0];
        let mut written = Written {
            report: out.to_owned(),
            bytes: 0,
            cases: first.cases.ids.len() as u64,
            orders: first.choices.len() as u64,
            outcomes: first.outcomes,
        };
        let page = Page { command: command_line(), runs };
        let html = page.html()?;
        written.bytes = html.len() as u64;
        let folder = out.parent().filter(|path| !path.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        scaffold::folder(folder)?;
        let name = out.file_name().with_context(|| {
            format!("`{}` names no file; end it with `report.html`", out.display())
        })?;
        write_atomic(folder, &name.to_string_lossy(), html.as_bytes())?;
        let lines = [
            format!("report  {}, {} bytes", out.display(), thousands(written.bytes)),
            format!(
                "holds   {} messages, {} agent orders with different results, every \
                 threshold setting",
                thousands(written.cases),
                thousands(written.outcomes)
            ),
            "next    open it in a browser; it needs no network".to_owned(),
        ];
        context.output.result(&written, &lines)
    }

    fn print(&self, kind: Kind, at: &str, context: &Context<'_>) -> Result<()> {
        let (run, file, spec) = run(&self.run, Subjects::Hide)?;
        let (choice, thresholds) = setting(at)?;
        let Some(choice) = run.choices.get(choice) else {
            let last = run.choices.len().saturating_sub(1);
            bail!("`{at}`: there is no order {choice}; use 0 to {last}");
        };
        let kind = match kind {
            Kind::Edge => ScriptKind::Edge,
            Kind::Organization => ScriptKind::Organization,
        };
        let script = script(kind, &file, &spec, (choice, &run.agents), &thresholds)?;
        let text = script.text();
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        context.output.result(&Printed { script: text }, &lines)
    }
}

/// A setting as in the page's address.
fn setting(text: &str) -> Result<(usize, Thresholds)> {
    let wrong = || format!("`{text}` is no setting; write it like `0,9,7,off,4`");
    let parts: Vec<&str> = text.split(',').collect();
    let [order, delete, reject, quarantine, junk] = parts[..] else { bail!(wrong()) };
    let one = |text: &str| match text {
        "off" => Ok(None),
        _ => {
            let number: i64 = text.parse().with_context(wrong)?;
            Threshold::new(number).map(Some).with_context(wrong)
        }
    };
    let thresholds = Thresholds {
        delete: one(delete)?,
        reject: one(reject)?,
        quarantine: one(quarantine)?,
        junk: one(junk)?,
    };
    Ok((order.parse().with_context(wrong)?, thresholds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_read_as_the_page_writes_it() {
        let (order, thresholds) = setting("12,9,off,6,0").unwrap();
        assert_eq!(order, 12);
        assert_eq!(thresholds.to_string(), "delete 9, reject off, quarantine 6, junk 0");
        for wrong in ["", "1,2,3,4", "0,10,7,off,4", "x,9,7,off,4", "0,9,7,off,4,4"] {
            assert!(setting(wrong).is_err(), "{wrong}");
        }
    }
}
