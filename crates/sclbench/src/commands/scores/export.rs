//! `sclbench scores export`: a run, or mail, as a score table.

use std::path::{Path, PathBuf};

use ::sweep::Keep;
use analysis::{
    Bucket, RunFile, RunKind, ScoreTable, read_sheet, read_sweep, read_trace,
    write_scores,
};
use anyhow::Result;
use clap::{Args, ValueEnum};
use corpus::SourceSpec;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::chain::{self, Brief};
use crate::charts::Sizes;
use crate::cli::PolicyArgs;
use crate::commands::Context;
use crate::commands::replay::subject;
use crate::configuration::Configuration;
use crate::input::SourceArgs;
use crate::settings::{self, provenance};

/// Options of `scores export`.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../../help/scores-export.txt"))]
pub(crate) struct Export {
    /// The folder of a replay or a sweep; or mail, which is then swept.
    #[command(flatten)]
    source: SourceArgs,
    /// The policy, where the source is mail.
    #[command(flatten)]
    policy: PolicyArgs,
    /// Secret that message digests are salted with: who knows it and has a message can find
    /// its row, nobody else can.
    #[arg(long, value_name = "TEXT", value_parser = salt)]
    salt: String,
    /// What times are cut to.
    #[arg(long, value_enum, default_value_t = BucketArg::Day)]
    bucket: BucketArg,
    /// The table to write, `.parquet` or `.csv`.
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
}

fn salt(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err(
            "use any secret text; without one everybody who has a message finds its row"
                .to_owned(),
        );
    }
    Ok(text.to_owned())
}

/// What times are cut to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum BucketArg {
    Day,
    Month,
}

/// What `scores export` prints as JSON.
#[derive(Serialize)]
struct Exported<'a> {
    messages: u64,
    rows: usize,
    sweep: bool,
    file: &'a Path,
}

impl Export {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// The run or the mail cannot be read, or the table cannot be written.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        let bucket = match self.bucket {
            BucketArg::Day => Bucket::Day,
            BucketArg::Month => Bucket::Month,
        };
        let secrecy = (bucket, self.salt.as_str(), sha256 as analysis::Digest);
        let table = match self.source.sources.as_slice() {
            [SourceSpec { label: None, path }] if path.join(RunFile::NAME).is_file() => {
                let run = RunFile::read(path)?;
                let (rows, causes) = read_trace(path)?;
                match run.kind {
                    RunKind::Replay | RunKind::Recommend => {
                        ScoreTable::new(run, rows, &causes, None, secrecy)?
                    }
                    RunKind::Sweep | RunKind::Run => {
                        let (result, sheet) = (read_sweep(path)?, read_sheet(path)?);
                        let swept = Some((&result, &sheet));
                        ScoreTable::new(run, rows, &causes, swept, secrecy)?
                    }
                }
            }
            _ => self.swept(secrecy, context)?,
        };
        write_scores(&self.out, &table)?;
        let exported = Exported {
            messages: table.meta.run.summary.cases,
            rows: table.rows.len(),
            sweep: table.meta.sweep.is_some(),
            file: &self.out,
        };
        let lines = [
            format!(
                "{} messages in {} rows, {}",
                analysis::thousands(exported.messages),
                analysis::thousands(exported.rows as u64),
                if exported.sweep { "with their fates" } else { "one policy only" }
            ),
            format!("wrote {}", self.out.display()),
        ];
        context.output.result(&exported, &lines)
    }

    /// Sweeps mail in memory.
    fn swept(
        &self,
        secrecy: (Bucket, &str, analysis::Digest),
        context: &Context<'_>,
    ) -> Result<ScoreTable> {
        let inputs = [self.source.inputs(), self.policy.inputs()].concat();
        let configuration = Configuration::load(&self.policy)?;
        let lens = configuration.lens(Keep::Trace, context);
        let input = self.source.open()?;
        let corpus = input.name().to_owned();
        let observed = lens.observe(input)?;
        let subject = subject(&observed, corpus, configuration.scores.name());
        let brief = Brief {
            spec: &configuration.spec,
            goal: &settings::goal(None)?,
            provenance: provenance(context.global.seed(), &inputs)?,
            subject: &subject,
            sizes: &Sizes::none(),
        };
        let space = chain::space(&observed, true);
        let swath = chain::swath(&observed, &space, brief, context)?;
        let swept = Some((&swath.result, &swath.sheet));
        Ok(ScoreTable::new(swath.file, swath.rows, &swath.causes, swept, secrecy)?)
    }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
