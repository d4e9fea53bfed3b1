//! `sclbench demo`: the whole job on made-up mail.

use std::path::PathBuf;

use analysis::{GoalSpec, write_atomic};
use anyhow::Result;
use clap::Args;
use corpus::generate::{DEMO_RECIPE, Generator, Recipe};

use super::Context;
use super::corpus::generate::{PACK, WORLD, write};
use super::run::Run;
use crate::chain::BASE_POLICY;
use crate::charts::ChartArgs;
use crate::exit::broken_pipe;
use crate::scaffold::{self, EXPERIMENT, Reads};
use crate::settings::provenance;

/// Starting policy of the demonstration.
const POLICY: &str = include_str!("../../../../corpora/demo/policy.toml");

/// Budgets that the 750 good messages of a default demonstration's tune and hold-out parts
/// can prove: with four budgets judged together, none deleted among n proves at most 4.4 / n.
const GOAL: GoalSpec = GoalSpec {
    fp_delete: 0.006,
    fp_reject: 0.03,
    fp_quarantine: 0.04,
    fp_junk: 0.05,
    ..GoalSpec::DEFAULT
};

/// Options of `demo`.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../help/demo.txt"))]
pub(crate) struct Demo {
    /// Folder for the mail, its world, the experiment and the run.
    #[arg(short, long, value_name = "DIR", default_value = "sclbench-demo")]
    out: PathBuf,
    /// Number of messages.
    #[arg(long, value_name = "N")]
    messages: Option<u64>,
    /// Sizes of the charts.
    #[command(flatten)]
    charts: ChartArgs,
}

impl Demo {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// A file cannot be written, or there are too few messages to judge by.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        let fresh = !self.out.exists();
        let result = self.make(context);
        if let Err(error) = &result
            && fresh
            && !broken_pipe(error)
        {
            // What a failed demonstration leaves is of no use; the error matters more than
            // whether it can be removed.
            let _ = std::fs::remove_dir_all(&self.out);
        }
        result
    }

    fn make(&self, context: &Context<'_>) -> Result<()> {
        let recipe = Recipe::parse(DEMO_RECIPE, "demo.toml")?;
        let generator = Generator::new(&recipe, context.global.seed, self.messages)?;
        let provenance = provenance(generator.seed(), &[])?;
        write(&generator, &self.out, &provenance, context)?;
        write_atomic(&self.out, "recipe.toml", DEMO_RECIPE.as_bytes())?;
        write_atomic(&self.out, BASE_POLICY, POLICY.as_bytes())?;
        let reads = Reads {
            purpose: "The experiment of `sclbench demo`; repeat it with `sclbench run`.",
            corpus: &[PACK],
            world: Some(WORLD),
            goal: GOAL,
        };
        scaffold::experiment(&self.out, &reads)?;
        Run::of(self.out.join(EXPERIMENT), self.charts.clone()).run(context)
    }
}
