//! `sclbench corpus`: inspect, pack, split.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand, ValueEnum};
use corpus::{Fractions, Inspection, Part, SplitSpec, inspect, pack, split_pack};
use serde::Serialize;

use super::Context;
use crate::input::SourceArgs;
use crate::settings::provenance;

/// Look at, pack or split labelled mail.
#[derive(Debug, Subcommand)]
pub(crate) enum Corpus {
    /// Print counts, label balance, dates, envelope coverage, duplicates, malformed mail.
    Inspect(SourceArgs),
    /// Write all mail to one Parquet file, the quickest to replay.
    Pack(Pack),
    /// Split a pack into train, tune and hold-out.
    Split(Split),
}

/// Options of `corpus pack`.
#[derive(Debug, Args)]
pub(crate) struct Pack {
    /// The mail.
    #[command(flatten)]
    source: SourceArgs,
    /// The pack to write.
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
}

/// Options of `corpus split`.
#[derive(Debug, Args)]
pub(crate) struct Split {
    /// The pack.
    pack: PathBuf,
    /// Folder for train.parquet, tune.parquet and hold-out.parquet.
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
    /// `time`: the earliest train, the latest are held out. `campaign`: keyed hash of the
    /// group of duplicates, so that no group is in two parts.
    #[arg(long, value_enum, default_value_t = By::Time)]
    by: By,
    /// Shares of train, tune and hold-out; they sum to 1.
    #[arg(long, value_parser = shares, default_value = "0.5,0.25,0.25", value_name = "A,B,C")]
    shares: Shares,
}

/// What a split goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    Time,
    Campaign,
}

/// Shares of the three parts.
#[derive(Debug, Clone, Copy)]
struct Shares(Fractions);

fn shares(text: &str) -> Result<Shares, String> {
    let numbers: Vec<f64> =
        text.split(',').map_while(|number| number.trim().parse().ok()).collect();
    match numbers[..] {
        [train, tune, hold_out] if text.matches(',').count() == 2 => {
            Ok(Shares(Fractions { train, tune, hold_out }))
        }
        _ => Err("use three numbers, such as 0.5,0.25,0.25".to_owned()),
    }
}

impl Corpus {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// A source cannot be read or a file cannot be written.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        match self {
            Self::Inspect(source) => {
                let found = inspect(&source.sources, &source.options())?;
                context.output.result(&found, &lines(&found))
            }
            Self::Pack(command) => command.run(context),
            Self::Split(command) => command.run(context),
        }
    }
}

impl Pack {
    fn run(self, context: &Context<'_>) -> Result<()> {
        let provenance = provenance(context.global.seed, &self.source.inputs())?;
        let options = self.source.options();
        let tally = pack(&self.source.sources, &options, &self.out, &provenance)?;
        let [ham, spam] = tally.cases;
        let mut lines = vec![format!(
            "packed {} messages ({ham} ham, {spam} spam) into {}",
            tally.total(),
            self.out.display()
        )];
        lines.extend(
            tally
                .skipped
                .iter()
                .map(|(reason, count)| format!("skipped {count}: {reason}")),
        );
        context.output.result(&tally, &lines)
    }
}

/// What `corpus split` prints as JSON.
#[derive(Serialize)]
struct Parts {
    parts: Vec<PartRow>,
    straddling_campaigns: u64,
}

#[derive(Serialize)]
struct PartRow {
    part: String,
    file: PathBuf,
    ham: u64,
    spam: u64,
}

impl Split {
    fn run(self, context: &Context<'_>) -> Result<()> {
        let Shares(shares) = self.shares;
        let spec = match self.by {
            By::Time => SplitSpec::Time(shares),
            By::Campaign => SplitSpec::Campaign { shares, seed: context.global.seed },
        };
        let provenance =
            provenance(context.global.seed, &[("corpus", self.pack.clone())])?;
        std::fs::create_dir_all(&self.out).with_context(|| {
            format!("cannot make `{}`; check the path", self.out.display())
        })?;
        let files =
            Part::ALL.map(|part| self.out.join(format!("{}.parquet", part.name())));
        let targets = [&*files[0], &*files[1], &*files[2]];
        let summary = split_pack(&self.pack, &spec, targets, &provenance)?;
        let rows: Vec<PartRow> = Part::ALL
            .iter()
            .zip(files)
            .zip(&summary.parts)
            .map(|((part, file), counts)| PartRow {
                part: part.name().to_owned(),
                file,
                ham: counts.ham,
                spam: counts.spam,
            })
            .collect();
        let mut lines: Vec<String> = rows
            .iter()
            .map(|row| {
                format!(
                    "{:<9} {:>8} ham {:>8} spam  {}",
                    row.part,
                    row.ham,
                    row.spam,
                    row.file.display()
                )
            })
            .collect();
        lines.push(format!(
            "{} campaigns have mail in more than one part",
            summary.straddling_campaigns
        ));
        let parts =
            Parts { parts: rows, straddling_campaigns: summary.straddling_campaigns };
        context.output.result(&parts, &lines)
    }
}

fn lines(found: &Inspection) -> Vec<String> {
    let share = |part: u64| analysis::percent(part as f64 / found.messages.max(1) as f64);
    let span = found.first.as_deref().zip(found.last.as_deref());
    let mut lines = vec![
        format!(
            "messages          {} ({} ham, {} spam)",
            found.messages, found.ham, found.spam
        ),
        format!("skipped           {}", found.skipped),
    ];
    lines.extend(
        found.skipped_reasons.iter().map(|(why, count)| format!("  {count:>15} {why}")),
    );
    lines.extend([
        format!(
            "time              {}",
            span.map_or("unknown".into(), |(a, b)| format!("{a} to {b}"))
        ),
        format!(
            "client address    {} ({})",
            found.with_client_ip,
            share(found.with_client_ip)
        ),
        format!(
            "envelope sender   {} ({})",
            found.with_envelope_sender,
            share(found.with_envelope_sender)
        ),
        format!("exact duplicates  {}", found.exact_duplicates),
        format!("near duplicates   {}", found.near_duplicates),
        format!("campaigns         {}", found.campaigns),
        format!("malformed         {}", found.defects.any),
    ]);
    for (field, origins) in &found.origins {
        let list: Vec<String> =
            origins.iter().map(|(origin, count)| format!("{origin} {count}")).collect();
        lines.push(format!("  {field:<15} {}", list.join(", ")));
    }
    for (category, counts) in &found.categories {
        let name = if category.is_empty() { "(none)" } else { category };
        lines.push(format!("  {name:<15} {} ham, {} spam", counts.ham, counts.spam));
    }
    lines
}
