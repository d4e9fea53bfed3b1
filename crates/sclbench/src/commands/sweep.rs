//! `sclbench sweep`: every agent order and threshold setting.

use std::path::PathBuf;

use ::sweep::Keep;
use analysis::RunKind;
use anyhow::Result;
use clap::{Args, ValueEnum};

use super::Context;
use crate::chain::{self, Brief, sweep_lines};
use crate::cli::PolicyArgs;
use crate::commands::replay::subject;
use crate::configuration::Configuration;
use crate::input::SourceArgs;
use crate::orders::Orders;
use crate::scaffold;
use crate::settings::{self, provenance};

/// Options of `sweep`.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../help/sweep.txt"))]
pub(crate) struct Sweep {
    /// The mail.
    #[command(flatten)]
    source: SourceArgs,
    /// The policy whose order and thresholds are varied.
    #[command(flatten)]
    policy: PolicyArgs,
    /// Agent orders: `all` 8,640 classes, `default` for the policy's own only, or a file
    /// (TOML) with a list `orders` of lists of agent names; the policy's own is tried too.
    #[arg(long, value_name = "all|default|FILE", default_value = "all")]
    orders: Orders,
    /// Threshold settings: all 2,420, or the policy's own only.
    #[arg(long, value_enum, default_value_t = Settings::All)]
    thresholds: Settings,
    /// Goal file (TOML with a `[goal]` table) for naming the best policy.
    #[arg(long, value_name = "FILE")]
    goal: Option<PathBuf>,
    /// The run folder to write.
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
}

/// Which threshold settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Settings {
    All,
    Default,
}

impl Sweep {
    /// Mail and policy.
    pub(crate) fn given(self) -> (SourceArgs, PolicyArgs) {
        (self.source, self.policy)
    }

    /// Runs the command.
    ///
    /// # Errors
    ///
    /// An input cannot be read, a setting cannot be used, a file cannot be written.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        scaffold::run_folder(&self.out, &[RunKind::Sweep])?;
        let mut inputs = [self.source.inputs(), self.policy.inputs()].concat();
        inputs.extend(self.orders.inputs());
        let goal = settings::goal(self.goal.as_deref())?;
        let configuration = Configuration::load(&self.policy)?;
        let lens = configuration.lens(Keep::Trace, context);
        let input = self.source.open()?;
        let corpus = input.name().to_owned();
        let observed = lens.observe(input)?;
        let mut space = self.orders.space(&observed)?;
        if self.thresholds == Settings::Default {
            space.settings = vec![observed.thresholds];
        }
        let provenance = provenance(context.global.seed(), &inputs)?;
        let subject = subject(&observed, corpus, configuration.scores.name());
        let brief = Brief {
            spec: &configuration.spec,
            goal: &goal,
            provenance,
            subject: &subject,
        };
        let swept = chain::sweep(&self.out, &observed, &space, brief, context)?;
        let mut lines = sweep_lines(&swept);
        lines.push(format!("run folder {}", self.out.display()));
        context.output.result(&swept.file.sweep, &lines)
    }
}
