//! `sclbench backtest`: what tuning on the past promises, and what comes of it.

use std::path::PathBuf;

use analysis::{
    BacktestRow, Feedback, Goal, PromiseCount, Regime, promise_counts, write_atomic,
    write_backtest,
};
use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use corpus::PackedCase;
use filter::{StampHeader, Trainer};
use mail::{Edition, Provenance, Timestamp};
use serde::Serialize;

use super::Context;
use crate::backtest::{Every, Learning, Step, Walk, lines, periods};
use crate::charts::{ChartArgs, Gallery, Subject};
use crate::cli::{edition, stamp};
use crate::exit::CannotJudge;
use crate::input::SourceArgs;
use crate::scaffold;
use crate::settings::{self, Scores, provenance};

/// Options of `backtest`.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../help/backtest.txt"))]
pub(crate) struct Backtest {
    /// The mail.
    #[command(flatten)]
    source: SourceArgs,
    /// Policy file (TOML) whose order and thresholds are varied.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Edition whose defaults apply: `2007`, `2010`, `2013`, `2016`, `2019` or `se`.
    #[arg(long, value_parser = edition)]
    edition: Option<Edition>,
    /// Recorded world: DNS, lists, directory, mailboxes.
    #[arg(long, value_name = "DIR")]
    world: Option<PathBuf>,
    /// How the filter learns, at every step anew: `fast` or `accurate`.
    #[arg(long, default_value_t = Trainer::Accurate, conflicts_with = "stamp")]
    trainer: Trainer,
    /// Ratings recorded in this header field instead of a trained filter:
    /// `organization-scl`, `forefront-report`, `spam-score`, `spam-status` or
    /// `spamd-result`.
    #[arg(long, value_name = "FIELD", value_parser = stamp)]
    stamp: Option<StampHeader>,
    /// Goal file (TOML with a `[goal]` table); without it, the default budgets.
    #[arg(long, value_name = "FILE")]
    goal: Option<PathBuf>,
    /// Feedback regimes: `immediate`, `delayed`, `partial`, `on-error`; several with commas.
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = feedback,
          default_value = "immediate")]
    feedback: Vec<Feedback>,
    /// Days until a label is known, under delayed feedback.
    #[arg(long, value_name = "DAYS", default_value_t = 14)]
    delay: u32,
    /// Share of recipients who label their mail, under partial feedback.
    #[arg(long, value_name = "SHARE", default_value_t = 0.25)]
    share: f64,
    /// Share of the messages, the oldest, that is all labelled before the first period.
    #[arg(long, value_name = "SHARE", default_value_t = 0.4)]
    initial: f64,
    /// Number of periods after it, with as many messages each.
    #[arg(long, value_name = "N", default_value_t = 6, conflicts_with = "every",
          value_parser = clap::value_parser!(u16).range(1..=1000))]
    periods: u16,
    /// Length of a period instead.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..))]
    every: Option<u32>,
    /// Share of the known past, its newest part, that the policy is chosen by; the filter
    /// learns from the rest.
    #[arg(long, value_name = "SHARE", default_value_t = 0.35)]
    tune_share: f64,
    /// Use no more than so many messages of the known past, the newest.
    #[arg(long, value_name = "N")]
    window: Option<usize>,
    /// Agent orders: all 8,640 classes, or the policy's own only.
    #[arg(long, value_enum, default_value_t = Orders::All)]
    orders: Orders,
    /// Sizes of the chart.
    #[command(flatten)]
    charts: ChartArgs,
    /// Folder for backtest.csv, backtest.json and charts/backtest.
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
}

fn feedback(text: &str) -> Result<Feedback, String> {
    let found = Feedback::ALL.into_iter().find(|feedback| feedback.name() == text);
    found.ok_or_else(|| "use `immediate`, `delayed`, `partial` or `on-error`".to_owned())
}

/// Which orders are tried: each period sweeps anew, so a list of orders is no choice here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Orders {
    /// All classes.
    All,
    /// The policy's own.
    Default,
}

/// What `backtest` prints as JSON and writes as backtest.json.
#[derive(Serialize)]
struct Report {
    provenance: Provenance,
    read: u64,
    skipped: u64,
    cases: u64,
    skipped_reasons: std::collections::BTreeMap<String, u64>,
    initial: u64,
    filter: String,
    goal: Goal,
    regimes: Vec<RegimeReport>,
}

/// One regime.
#[derive(Serialize)]
struct RegimeReport {
    #[serde(flatten)]
    regime: Regime,
    definition: String,
    steps: Vec<Step>,
    promises: Vec<PromiseCount>,
}

impl Backtest {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// An input cannot be read, the mail is too little for the periods asked, or a file
    /// cannot be written.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        scaffold::run_folder(&self.out, &[])?;
        self.check()?;
        let mut inputs = self.source.inputs();
        for (role, path) in
            [("policy", &self.policy), ("world", &self.world), ("goal", &self.goal)]
        {
            inputs.extend(path.clone().map(|path| (role, path)));
        }
        let provenance = provenance(context.global.seed(), &inputs)?;
        let goal = settings::goal(self.goal.as_deref())?;
        let policy = settings::policy(self.policy.as_deref(), self.edition)?;
        let world = settings::world(self.world.as_deref())?;
        let input = self.source.open()?;
        let (corpus, mut reading) = (input.name().to_owned(), input.reading());
        let mut cases = input.all()?;
        cases.sort_by_key(|case| (case.time, case.id));
        let times: Vec<Timestamp> = cases.iter().map(|case| case.time).collect();
        let every = match self.every {
            Some(days) => Every::Days(days),
            None => Every::Count(usize::from(self.periods)),
        };
        let periods = periods(&times, self.initial, every);
        let (Some(first), Some(last)) = (periods.first(), cases.last()) else {
            let text =
                format!("`{corpus}` has no message after the first past; use more mail");
            return Err(CannotJudge(text).into());
        };
        let subject = Subject {
            corpus,
            filter: self.filter(),
            span: Some((cases[first.start].time, last.time)),
        };
        let initial = first.start as u64;
        let walk = Walk {
            cases: &cases,
            periods: &periods,
            learning: match self.stamp {
                Some(header) => Learning::Recorded(Scores::load(None, header)?),
                None => Learning::Trained(self.trainer),
            },
            tune_share: self.tune_share,
            window: self.window,
            policy: &policy,
            world: &world,
            goal: &goal,
            all_orders: self.orders == Orders::All,
            provenance: provenance.clone(),
        };
        let regimes = self
            .feedback
            .iter()
            .map(|feedback| self.regime(*feedback, &walk, context))
            .collect::<Result<Vec<_>>>()?;
        let lost = regimes.first().map_or(0, |regime| {
            regime.steps.iter().map(|step| step.skipped).sum::<u64>()
        });
        if lost > 0 {
            *reading.skipped_reasons.entry("not parseable".to_owned()).or_default() +=
                lost;
        }
        let skipped = reading.skipped_reasons.values().sum();
        let report = Report {
            provenance,
            read: reading.read,
            skipped,
            cases: reading.read.saturating_sub(skipped),
            skipped_reasons: reading.skipped_reasons,
            initial,
            filter: subject.filter.clone(),
            goal,
            regimes,
        };
        self.write(&report, &subject, &cases[first.start..])?;
        let mut shown = Vec::new();
        for RegimeReport { regime, steps, promises, .. } in &report.regimes {
            shown.extend(lines(regime, steps, promises));
        }
        shown.push(format!(
            "files  backtest.csv, backtest.json, charts/backtest*.svg and .png in {}",
            self.out.display()
        ));
        context.output.result(&report, &shown)
    }

    fn check(&self) -> Result<()> {
        for (name, value) in [
            ("share", self.share),
            ("initial", self.initial),
            ("tune-share", self.tune_share),
        ] {
            if !(value > 0.0 && value < 1.0) {
                bail!(
                    "--{name} is `{value}`; use a share above 0 and below 1, such as 0.25"
                );
            }
        }
        for (at, feedback) in self.feedback.iter().enumerate() {
            if self.feedback[..at].contains(feedback) {
                bail!("--feedback names `{}` twice; name it once", feedback.name());
            }
        }
        Ok(())
    }

    fn filter(&self) -> String {
        match self.stamp {
            Some(header) => format!("recorded {}", header.field()),
            None => format!("sclbench {}, trained anew each period", self.trainer),
        }
    }

    fn regime(
        &self,
        feedback: Feedback,
        walk: &Walk<'_>,
        context: &Context<'_>,
    ) -> Result<RegimeReport> {
        let regime = Regime { feedback, delay_days: self.delay, share: self.share };
        let steps = walk.under(regime, context)?;
        let promises: Vec<_> = steps.iter().map(|step| &*step.promises).collect();
        let promises = promise_counts(&promises, walk.goal);
        Ok(RegimeReport { regime, definition: regime.words(), steps, promises })
    }

    fn write(
        &self,
        report: &Report,
        subject: &Subject,
        judged: &[PackedCase],
    ) -> Result<()> {
        scaffold::folder(&self.out)?;
        let rows: Vec<_> = report
            .regimes
            .iter()
            .flat_map(|regime| {
                regime.steps.iter().map(|step| BacktestRow {
                    feedback: regime.regime.feedback.name(),
                    period: step.period,
                    from: step.from,
                    until: step.until,
                    promises: &step.promises,
                })
            })
            .collect();
        write_backtest(&self.out, &rows)?;
        let sizes = self.charts.sizes();
        let gallery = Gallery { sizes: &sizes, folder: &self.out, subject };
        gallery.backtest(&rows, judged)?;
        let mut json = serde_json::to_string_pretty(report)?;
        json.push('\n');
        Ok(write_atomic(&self.out, "backtest.json", json.as_bytes())?)
    }
}
