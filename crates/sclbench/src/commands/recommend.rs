//! `sclbench recommend`: settings with error bounds.

use std::path::PathBuf;

use ::sweep::Keep;
use analysis::{
    RunFile, RunKind, SealedHoldout, Volume, by_case, choose, menu, read_sheet,
    read_sweep, read_trace,
};
use anyhow::{Result, anyhow, bail};
use clap::Args;
use corpus::{ReadOptions, SourceSpec};
use mail::Label;

use super::Context;
use crate::chain::{self, BASE_POLICY, HeldOut, Tuned, recommendation_lines};
use crate::cli::PolicyArgs;
use crate::configuration::Configuration;
use crate::export::{self, Evidence};
use crate::holdout::{Setup, apart};
use crate::input::Input;
use crate::labels::LabelArgs;
use crate::scaffold;
use crate::settings::{self, provenance};

/// Options of `recommend`.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../help/recommend.txt"))]
pub(crate) struct Recommend {
    /// Folder of a sweep over the tune mail.
    run: PathBuf,
    /// Goal file (TOML with a `[goal]` table); without it, the default budgets.
    #[arg(long, value_name = "FILE")]
    goal: Option<PathBuf>,
    /// Mail that had no part in training or sweeping, or the folder of a sweep over it;
    /// opened once, after choosing.
    #[arg(long, value_name = "SOURCE")]
    holdout: Vec<SourceSpec>,
    /// Changed labels of the hold-out mail.
    #[command(flatten)]
    labels: LabelArgs,
    /// Model and world for the hold-out mail; the policy is the sweep's own.
    #[command(flatten)]
    policy: PolicyArgs,
    /// Messages a day, for the counts of the menu.
    #[arg(long, value_name = "N", requires = "spam_share")]
    per_day: Option<u64>,
    /// Share of spam among them, above 0 and below 1.
    #[arg(long, value_name = "SHARE", requires = "per_day")]
    spam_share: Option<f64>,
    /// Folder for scripts, policy and JSON.
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
}

impl Recommend {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// The run or an input cannot be read, or a file cannot be written.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        scaffold::run_folder(&self.out, &[RunKind::Recommend])?;
        let goal = settings::goal(self.goal.as_deref())?;
        let volume = self
            .per_day
            .zip(self.spam_share)
            .map(|(per_day, spam_share)| Volume::new(per_day, spam_share))
            .transpose()
            .map_err(|what| anyhow!("--spam-share: {what}"))?;
        let base = RunFile::read(&self.run)?;
        let setup = Setup::of_run(&self.run, &base)?;
        let result = read_sweep(&self.run)?;
        let mut options = self.policy.clone();
        options.policy.get_or_insert_with(|| self.run.join(BASE_POLICY));
        let configuration = Configuration::load(&options)?;
        let swept = settings::policy(Some(&self.run.join(BASE_POLICY)), None)?;
        if configuration.spec != swept {
            bail!(
                "--policy or --edition give another policy than `{}` was swept with; leave \
                 them out, or sweep again with that policy",
                self.run.display()
            );
        }
        let choice = choose(&result, &goal)?;
        let lens = configuration.lens(Keep::Trace, context);
        let observe = || match self.holdout.as_slice() {
            [SourceSpec { label: None, path }] if path.join(RunFile::NAME).is_file() => {
                setup.check(&Setup::of_run(path, &RunFile::read(path)?)?, &self.run)?;
                let (rows, _) = analysis::read_trace(path)?;
                apart(&self.run, rows.iter().map(|row| row.case))?;
                HeldOut::of_run(&choice, path)
            }
            sources => {
                setup.check(
                    &Setup::of_args(&self.policy, configuration.scores.name())?,
                    &self.run,
                )?;
                let relabel = self.labels.relabel()?;
                let options = ReadOptions { relabel, ..ReadOptions::default() };
                let input = Input::open(sources, &options)?;
                let observed = lens.observe(input)?;
                apart(&self.run, observed.docket.cases().iter().map(|case| case.id))?;
                HeldOut::new(&choice, &observed)
            }
        };
        let sealed = SealedHoldout::new((!self.holdout.is_empty()).then_some(observe));
        let tuned = Tuned::of(&base);
        let mut recommended =
            chain::recommend(&choice, &goal, &configuration.spec, &tuned, sealed)?;
        recommended.recommendation.menu = menu(&result, &goal, volume)?;
        if let Some(made_with) = &base.context {
            let sheet = read_sheet(&self.run)?;
            let (rows, _) = read_trace(&self.run)?;
            let labels: Vec<Label> =
                by_case(&rows).iter().map(|rows| rows[0].label).collect();
            let counted = (&result, &sheet);
            recommended.recommendation.stability =
                chain::stability(&choice, counted, &labels, made_with, &goal, context)?;
        }
        // Of a run folder only what is read counts: it is the same wherever the folder is
        // made again from a score table.
        let read = |source: &SourceSpec| match source.path.join(RunFile::NAME).is_file() {
            true => source.path.join("sweep.parquet"),
            false => source.path.clone(),
        };
        let holdout = self.holdout.iter().map(|source| ("holdout", read(source)));
        let inputs: Vec<_> =
            holdout.chain(self.labels.inputs()).chain(self.policy.inputs()).collect();
        let provenance = provenance(context.global.seed(), &inputs)?;
        let evidence = Evidence {
            run: &base,
            provenance: &provenance,
            recommended: &recommended,
            choice: &choice,
            valid_days: goal.valid_days(),
        };
        let mut files = export::all(&self.out, &configuration.spec, &evidence)?;
        let mut file =
            RunFile::new(RunKind::Recommend, provenance.clone(), base.summary.clone());
        file.recommendation = Some(recommended.recommendation.clone());
        file.write(&self.out)?;
        let mut lines = recommendation_lines(&recommended);
        files.sort();
        lines.extend(files.iter().map(|path| format!("wrote {}", path.display())));
        context.output.result(&recommended.recommendation, &lines)
    }
}
