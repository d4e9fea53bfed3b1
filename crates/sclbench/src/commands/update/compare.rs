//! `sclbench update compare`: errors over time under several series of definitions.

use std::path::PathBuf;
use std::str::FromStr;

use analysis::{
    Period, Rate, Reading, counts_sentence, over_time, whole, write_over_time,
};
use anyhow::{Result, bail};
use clap::Args;
use mail::{Label, Provenance, Tier, Timestamp, World};
use serde::Serialize;
use sweep::{Keep, Unit};

use crate::charts::{ChartArgs, Gallery, InTime};
use crate::cli::PolicyArgs;
use crate::commands::Context;
use crate::commands::replay::subject;
use crate::input::SourceArgs;
use crate::observe::Lens;
use crate::scaffold;
use crate::settings::{self, Scores, provenance};
use crate::web::FeedArg;

/// Options of `update compare`.
///
/// Each message is scored by the definitions released last before it, in each of the feeds;
/// mail before the first release is skipped. All feeds must begin with the same release, so
/// that all are judged on the same mail. Counts are by case, in periods of equal length.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../../help/update-compare.txt"))]
pub(crate) struct Compare {
    /// The mail.
    #[command(flatten)]
    source: SourceArgs,
    /// The policy; --model has no place here.
    #[command(flatten)]
    policy: PolicyArgs,
    /// A series of definitions, made by `update plan`; two to six of them, or one.
    #[arg(long = "updates", value_name = "NAME=FEED", required = true)]
    series: Vec<NamedFeed>,
    /// Length of a period.
    #[arg(long, value_name = "DAYS", default_value_t = 14,
          value_parser = clap::value_parser!(u16).range(1..))]
    period: u16,
    /// Sizes of the chart.
    #[command(flatten)]
    charts: ChartArgs,
    /// Folder for over-time.csv, compare.json and charts/update-cadence.
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
}

/// A feed with a name for charts and tables.
#[derive(Debug, Clone)]
pub(crate) struct NamedFeed {
    name: String,
    feed: FeedArg,
}

impl FromStr for NamedFeed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((name, feed)) if !name.trim().is_empty() => {
                Ok(Self { name: name.trim().to_owned(), feed: feed.parse()? })
            }
            _ => Err("use NAME=FEED, such as monthly=feeds/monthly".to_owned()),
        }
    }
}

/// What one series did.
struct InSeries {
    name: String,
    releases: Vec<Timestamp>,
    periods: Vec<Period>,
    reading: Reading,
}

/// What `update compare` prints as JSON and writes as compare.json.
#[derive(Serialize)]
struct Report {
    provenance: Provenance,
    read: u64,
    skipped: u64,
    cases: u64,
    skipped_reasons: std::collections::BTreeMap<String, u64>,
    period_days: u16,
    series: Vec<SeriesRow>,
}

/// One series over the whole time.
#[derive(Serialize)]
struct SeriesRow {
    name: String,
    releases: Vec<String>,
    ham: u64,
    spam: u64,
    tiers: Vec<analysis::TierRow>,
}

impl Compare {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// An input cannot be read, the feeds begin at different times, or a file cannot be
    /// written.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        scaffold::run_folder(&self.out, &[])?;
        if self.policy.model.is_some() {
            bail!("`update compare` scores by feeds; take --model away");
        }
        if self.series.len() > 6 {
            bail!("{} series are compared and at most 6 stay apart", self.series.len());
        }
        let mut names: Vec<&str> = self.series.iter().map(|each| &*each.name).collect();
        names.sort_unstable();
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            bail!("two series are named `{}`; give each --updates its own name", pair[0]);
        }
        let mut inputs = [self.source.inputs(), self.policy.inputs()].concat();
        for series in &self.series {
            if let FeedArg::Folder(folder) = &series.feed {
                inputs.push(("updates", folder.clone()));
            }
        }
        let provenance = provenance(context.global.seed(), &inputs)?;
        let world = settings::world(self.policy.world.as_deref())?;
        let mut shown = None;
        let mut all: Vec<InSeries> = Vec::new();
        for series in &self.series {
            let (found, subject) = self.replay(context, series, &world)?;
            if let Some(first) = all.first()
                && first.releases.first() != found.releases.first()
            {
                bail!(
                    "`{}` and `{}` begin with different releases; plan both with the same \
                     --first",
                    first.name,
                    found.name
                );
            }
            shown.get_or_insert(subject);
            all.push(found);
        }
        let Some(subject) = shown else { bail!("no series to compare; name one") };
        scaffold::folder(&self.out)?;
        let tables: Vec<(&str, &[Period])> =
            all.iter().map(|series| (&*series.name, &*series.periods)).collect();
        write_over_time(&self.out, &tables)?;
        let charts: Vec<InTime<'_>> = all
            .iter()
            .map(|series| (&*series.name, &*series.releases, &*series.periods))
            .collect();
        let sizes = self.charts.sizes();
        let gallery = Gallery { sizes: &sizes, folder: &self.out, subject: &subject };
        gallery.update_cadence(&charts)?;
        let report = self.report(&all, provenance);
        let text = serde_json::to_string_pretty(&report)?;
        analysis::write_atomic(&self.out, "compare.json", text.as_bytes())?;
        let mut lines = lines(&report, &all);
        lines.push(format!("folder {}", self.out.display()));
        context.output.result(&report, &lines)
    }

    /// Replays the mail under one series.
    fn replay(
        &self,
        context: &Context<'_>,
        series: &NamedFeed,
        world: &World,
    ) -> Result<(InSeries, crate::charts::Subject)> {
        let scores = Scores::updates(&series.feed, self.policy.allow_overlap)?;
        let Scores::Updates(timeline, _) = &scores else {
            bail!("`{}` is no feed", series.name);
        };
        let spec = settings::policy(self.policy.policy.as_deref(), self.policy.edition)?;
        let lens = Lens {
            policy: &spec,
            scores: &scores,
            world,
            keep: Keep::Counts,
            allow_overlap: self.policy.allow_overlap,
            threads: &context.threads,
            output: context.output,
        };
        let input = self.source.open()?;
        let corpus = input.name().to_owned();
        let observed = lens.observe(input)?;
        let replay = observed.docket.replay(
            &observed.order,
            &observed.enabled,
            &observed.thresholds,
            observed.comparison,
            Unit::Case,
        );
        let found = InSeries {
            name: series.name.clone(),
            releases: timeline.releases().map(|(released, _)| released).collect(),
            periods: over_time(&replay.rows, timeline.first(), self.period),
            reading: observed.reading.clone(),
        };
        if whole(&found.periods).tiers != replay.tally.tiers {
            bail!("the periods do not sum to the replay; this is a fault of sclbench");
        }
        Ok((found, subject(&observed, corpus, "definitions in time".to_owned())))
    }

    fn report(&self, all: &[InSeries], provenance: Provenance) -> Report {
        let reading = all.first().map(|series| series.reading.clone());
        let reading = reading.unwrap_or_default();
        let row = |series: &InSeries| {
            let tally = whole(&series.periods);
            SeriesRow {
                name: series.name.clone(),
                releases: series.releases.iter().map(ToString::to_string).collect(),
                ham: tally.total(Label::Ham),
                spam: tally.total(Label::Spam),
                tiers: analysis::tier_rows(&tally),
            }
        };
        Report {
            provenance,
            read: reading.read,
            skipped: reading.skipped(),
            cases: reading.cases,
            skipped_reasons: reading.skipped_reasons,
            period_days: self.period,
            series: all.iter().map(row).collect(),
        }
    }
}

fn lines(report: &Report, all: &[InSeries]) -> Vec<String> {
    let mut lines = vec![format!(
        "read {} = {} cases + {} skipped",
        analysis::thousands(report.read),
        analysis::thousands(report.cases),
        analysis::thousands(report.skipped)
    )];
    for (reason, count) in &report.skipped_reasons {
        lines.push(format!("  skipped {count}: {reason}"));
    }
    for (series, row) in all.iter().zip(&report.series) {
        let (name, releases) = (&row.name, row.releases.len());
        lines.push(format!("{name}: {releases} releases"));
        let tally = whole(&series.periods);
        for label in Label::ALL {
            lines.push(format!("  {}", counts_sentence(&tally, label)));
        }
        for tier in [Tier::Junk, Tier::Reject] {
            let cell = |rate: Rate| {
                let [low, high] = [rate.low, rate.high].map(analysis::percent);
                format!("{} ({low}–{high})", analysis::percent(rate.rate))
            };
            lines.push(format!(
                "  {:<8}FP {:<26}FN {}",
                tier.name(),
                cell(Rate::false_positives(&tally, tier)),
                cell(Rate::false_negatives(&tally, tier))
            ));
        }
    }
    lines
}
