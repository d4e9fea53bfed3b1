//! `sclbench scores import`: the run folder of a score table.

use std::path::{Path, PathBuf};

use agents::{FILTERS_2003, PolicySpec};
use analysis::{Error, RunKind, ScoreTable, Summary, choose, read_scores};
use anyhow::{Result, bail};
use clap::Args;
use mail::Edition;
use serde::Serialize;

use crate::chain::{self, Swath};
use crate::charts::{ChartArgs, Subject};
use crate::commands::Context;
use crate::commands::replay::{Replayed, lines, write_replay};
use crate::scaffold;

/// Options of `scores import`.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../../help/scores-import.txt"))]
pub(crate) struct Import {
    /// The table, `.parquet` or `.csv`.
    file: PathBuf,
    /// Sizes of the charts.
    #[command(flatten)]
    charts: ChartArgs,
    /// The run folder to write.
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
}

/// What `scores import` prints as JSON.
#[derive(Serialize)]
struct Imported<'a> {
    folder: &'a Path,
    sweep: bool,
    summary: &'a Summary,
}

impl Import {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// The table cannot be read or does not add up, or a file cannot be written.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        let table = read_scores(&self.file)?;
        let wrong = |what: String| Error::Scores { path: self.file.clone(), what };
        let tally = table.tally().map_err(wrong)?;
        let swept = table.sweep(&context.threads).map_err(wrong)?;
        let causes = table.causes();
        let ScoreTable { meta, rows, .. } = table;
        let mut file = meta.run;
        let Some(made_with) = file.context.clone() else {
            bail!(
                "`{}`: the run has no context; export it again with this version",
                self.file.display()
            );
        };
        let subject = Subject {
            corpus: made_with.corpus.clone(),
            filter: made_with.filter.clone(),
            span: made_with.span,
        };
        let sweep = swept.is_some();
        let kind = if sweep { RunKind::Sweep } else { RunKind::Replay };
        scaffold::run_folder(&self.out, &[kind])?;
        scaffold::fresh(&self.out)?;
        let sizes = self.charts.sizes();
        let summary = file.summary.clone();
        match swept {
            Some((result, sheet)) => {
                let choice = choose(&result, &made_with.goal.unwrap_or_default())?;
                let edition = match made_with.order.iter().eq(FILTERS_2003) {
                    true => Edition::E2003Sp2,
                    false => Edition::default(),
                };
                let mut spec = PolicySpec { edition, ..PolicySpec::default() };
                spec.set_order(&made_with.order)?;
                spec.set_thresholds(&made_with.thresholds);
                file.kind = RunKind::Sweep;
                file.recommendation = None;
                let swath = Swath {
                    file,
                    seconds: 0.0,
                    fates: None,
                    result,
                    sheet,
                    rows,
                    causes,
                    base: tally,
                    choice,
                };
                chain::write_sweep(&self.out, &swath, &spec, &subject, &sizes)?;
            }
            None => {
                let thresholds = made_with.thresholds;
                let replayed = Replayed { file, rows, causes, tally, thresholds };
                write_replay(&self.out, &replayed, &subject, &sizes)?;
            }
        }
        let imported = Imported { folder: &self.out, sweep, summary: &summary };
        let mut told = lines(&summary);
        told.push(format!("run folder {}", self.out.display()));
        context.output.result(&imported, &told)
    }
}
