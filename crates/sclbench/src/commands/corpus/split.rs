//! `sclbench corpus split`: train, tune and hold-out.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};
use corpus::{Fractions, Part, SplitSpec, split_pack};
use serde::Serialize;

use crate::commands::Context;
use crate::labels::{self, LabelArgs};
use crate::scaffold;
use crate::settings::{provenance, spare};

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
    /// Changed labels.
    #[command(flatten)]
    labels: LabelArgs,
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
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// The pack cannot be read, the shares are no split, or a part cannot be written.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        let Shares(shares) = self.shares;
        let spec = match self.by {
            By::Time => SplitSpec::Time(shares),
            By::Campaign => SplitSpec::Campaign { shares, seed: context.global.seed() },
        };
        let mut inputs = vec![("corpus", self.pack.clone())];
        inputs.extend(self.labels.inputs());
        let relabel = self.labels.relabel()?;
        let files =
            Part::ALL.map(|part| self.out.join(format!("{}.parquet", part.name())));
        for file in &files {
            spare(file, &inputs)?;
        }
        let provenance = provenance(context.global.seed(), &inputs)?;
        scaffold::folder(&self.out)?;
        let targets = [&*files[0], &*files[1], &*files[2]];
        let summary = split_pack(&self.pack, &spec, targets, &provenance, &relabel)?;
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
        for note in labels::notes(&relabel, &summary.relabelled) {
            if labels::is_noise(&note) {
                context.output.warn(&note);
            }
            lines.push(format!("labels: {note}"));
        }
        let parts =
            Parts { parts: rows, straddling_campaigns: summary.straddling_campaigns };
        context.output.result(&parts, &lines)
    }
}
