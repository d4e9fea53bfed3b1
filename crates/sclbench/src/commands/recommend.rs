//! `sclbench recommend`: settings with error bounds.

use std::path::PathBuf;

use ::sweep::Keep;
use analysis::{RunFile, RunKind, SealedHoldout, choose, read_sweep};
use anyhow::Result;
use clap::Args;
use corpus::{ReadOptions, SourceSpec};

use super::Context;
use crate::chain::{self, BASE_POLICY, recommendation_lines};
use crate::cli::PolicyArgs;
use crate::export::{self, Evidence};
use crate::input::Input;
use crate::observe::Lens;
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
    /// Mail that had no part in training or sweeping; opened once, after choosing.
    #[arg(long, value_name = "SOURCE")]
    holdout: Vec<SourceSpec>,
    /// Model and world for the hold-out mail; the policy is the sweep's own.
    #[command(flatten)]
    policy: PolicyArgs,
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
        let goal = settings::goal(self.goal.as_deref())?;
        let base = RunFile::read(&self.run)?;
        let result = read_sweep(&self.run)?;
        let spec_path =
            self.policy.policy.clone().unwrap_or_else(|| self.run.join(BASE_POLICY));
        let spec = settings::policy(Some(&spec_path), self.policy.edition)?;
        let choice = choose(&result, &goal)?;
        let world = settings::world(self.policy.world.as_deref())?;
        let scores = self.policy.scores()?;
        let lens = Lens {
            policy: &spec,
            scores: &scores,
            world: &world,
            keep: Keep::Counts,
            allow_overlap: self.policy.allow_overlap,
            threads: &context.threads,
            output: context.output,
        };
        let observe =
            || lens.observe(Input::open(&self.holdout, &ReadOptions::default())?);
        let sealed = SealedHoldout::new((!self.holdout.is_empty()).then_some(observe));
        let recommended = chain::recommend(&choice, &goal, &spec, sealed)?;
        let holdout = self.holdout.iter().map(|source| ("holdout", source.path.clone()));
        let inputs: Vec<_> = holdout.chain(self.policy.inputs()).collect();
        let provenance = provenance(context.global.seed(), &inputs)?;
        let evidence = Evidence {
            run: &base,
            provenance: &provenance,
            recommended: &recommended,
            choice: &choice,
        };
        let mut files = export::all(&self.out, &spec, &evidence)?;
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
