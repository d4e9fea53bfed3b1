//! `sclbench sweep`: every agent order and threshold setting.

use std::path::PathBuf;

use ::sweep::Keep;
use analysis::RunKind;
use anyhow::Result;
use clap::{Args, ValueEnum};
use filter::updates::Cadence;

use super::Context;
use crate::chain::{self, Brief, sweep_lines};
use crate::charts::ChartArgs;
use crate::cli::PolicyArgs;
use crate::commands::replay::subject;
use crate::configuration::Configuration;
use crate::input::SourceArgs;
use crate::orders::Orders;
use crate::scaffold;
use crate::settings::{self, Scores, provenance};
use crate::web::FeedArg;

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
    /// Score each message by the definitions of this feed that were installed last before it:
    /// a folder or an `http://` address. Earlier messages are skipped.
    #[arg(long, value_name = "FEED", conflicts_with = "model")]
    updates: Option<FeedArg>,
    /// When definitions are installed: `released`, `wednesdays`, `monthly`, `never`, or dates
    /// such as `2006-01-04,2006-01-18`.
    #[arg(long, value_name = "HABIT", default_value = "released", requires = "updates",
          value_parser = habit)]
    cadence: Habit,
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
    /// Sizes of the charts.
    #[command(flatten)]
    charts: ChartArgs,
    /// The run folder to write.
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
}

/// When definitions are installed.
#[derive(Debug, Clone)]
enum Habit {
    /// As soon as they are released.
    Released,
    /// At certain times.
    Cadence(Cadence),
}

fn habit(text: &str) -> Result<Habit, String> {
    if text == "released" {
        return Ok(Habit::Released);
    }
    text.parse().map(Habit::Cadence).map_err(|problem| format!("{problem}"))
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
        if let Some(FeedArg::Folder(folder)) = &self.updates {
            inputs.push(("updates", folder.clone()));
        }
        let goal = settings::goal(self.goal.as_deref())?;
        let scores = match (&self.updates, &self.cadence) {
            (None, _) => self.policy.scores()?,
            (Some(feed), Habit::Released) => {
                Scores::updates(feed, self.policy.allow_overlap)?
            }
            (Some(feed), Habit::Cadence(cadence)) => {
                Scores::updates(feed, self.policy.allow_overlap)?.installed(cadence)
            }
        };
        let configuration = Configuration::scored_by(&self.policy, scores)?;
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
            sizes: &self.charts.sizes(),
        };
        let swept = chain::sweep(&self.out, &observed, &space, brief, context)?;
        let mut lines = sweep_lines(&swept);
        lines.push(format!("run folder {}", self.out.display()));
        context.output.result(&swept.file.sweep, &lines)
    }
}
