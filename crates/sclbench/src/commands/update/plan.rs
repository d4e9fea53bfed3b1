//! `sclbench update plan`: the definitions a corpus would have had.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use corpus::PackedCase;
use filter::updates::{
    Announcement, Cadence, FolderShelf, Requirements, Version, publish,
};
use filter::{ModelFile, Trainer};
use mail::{Label, Provenance, Timestamp};
use serde::Serialize;

use super::build::time;
use crate::commands::Context;
use crate::input::SourceArgs;
use crate::settings::provenance;
use crate::training::{Mode, train};

/// Options of `update plan`.
///
/// The first definitions are the original ones of every cadence; the later ones follow the
/// cadence to the end of the corpus. Each is trained on all mail strictly before its
/// release, midnight UTC, and on nothing else.
#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// The mail.
    #[command(flatten)]
    source: SourceArgs,
    /// `wednesdays` (first and third of each month), `monthly` (first Wednesday), `never`,
    /// or days such as 2006-01-04,2006-01-18.
    #[arg(long, value_name = "CADENCE")]
    cadence: Cadence,
    /// Release of the first definitions: a day or a time; by default the midnight after a
    /// quarter of the mail.
    #[arg(long, value_name = "TIME", value_parser = time)]
    first: Option<Timestamp>,
    /// `fast`: one update per message. `accurate`: trained near its own error.
    #[arg(long, default_value_t = Trainer::Accurate)]
    trainer: Trainer,
    /// Folder of the feed; it must not be there yet.
    #[arg(short, long, value_name = "FEED")]
    out: PathBuf,
}

/// What `update plan` prints as JSON.
#[derive(Serialize)]
struct Report {
    feed: PathBuf,
    messages: usize,
    releases: Vec<Row>,
}

/// One release.
#[derive(Serialize)]
struct Row {
    version: String,
    released: String,
    trained_on: usize,
    ham: usize,
    spam: usize,
    trained_until: String,
}

impl Plan {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// A source cannot be read, there is too little mail before a release, or the feed is
    /// there already or cannot be written.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        let out = &self.out;
        if out.exists() {
            bail!("`{}` is there already; choose another folder", out.display());
        }
        let provenance = provenance(context.global.seed(), &self.source.inputs())?;
        let input = self.source.open()?;
        input.warn(context.output);
        let mut cases = input.all()?;
        cases.sort_by_key(|case| (case.time, case.id));
        let Some(last) = cases.last().map(|case| case.time) else {
            bail!("the sources hold no message; check the path and format");
        };
        let first = self.first.unwrap_or_else(|| quarter(&cases));
        if first > last {
            bail!("the first release, {first}, is after all mail; choose an earlier one");
        }
        let mut releases = vec![first];
        releases.extend(self.cadence.releases(first, last));
        let partial = partial(out)?;
        if partial.exists() {
            std::fs::remove_dir_all(&partial)
                .with_context(|| format!("cannot clear `{}`", partial.display()))?;
        }
        let shelf = FolderShelf::new(&partial);
        let rows = self.releases(context, &shelf, &cases, &releases, &provenance)?;
        std::fs::rename(&partial, out).with_context(|| {
            format!("cannot make `{}`; check the path", out.display())
        })?;
        let mut lines = vec![format!(
            "{:<14}{:<12}{:>9}{:>9}{:>9}  newest message learnt",
            "version", "released", "messages", "ham", "spam"
        )];
        lines.extend(rows.iter().map(|row| {
            format!(
                "{:<14}{:<12}{:>9}{:>9}{:>9}  {}",
                row.version,
                &row.released[..10],
                row.trained_on,
                row.ham,
                row.spam,
                row.trained_until
            )
        }));
        lines.push(format!("feed {}", out.display()));
        let report = Report { feed: out.clone(), messages: cases.len(), releases: rows };
        context.output.result(&report, &lines)
    }

    /// Trains and publishes every release.
    fn releases(
        &self,
        context: &Context<'_>,
        shelf: &FolderShelf,
        cases: &[PackedCase],
        releases: &[Timestamp],
        provenance: &Provenance,
    ) -> Result<Vec<Row>> {
        let mut rows = Vec::with_capacity(releases.len());
        let mut last: Option<(usize, ModelFile)> = None;
        for released in releases {
            let before = cases.partition_point(|case| case.time < *released);
            let past = &cases[..before];
            // Without new mail there is nothing new to learn.
            let model = match last.take().filter(|(count, _)| *count == before) {
                Some((_, model)) => model,
                None => self.model(context, past, *released, provenance.clone())?,
            };
            let newest = past.last().map_or(Timestamp::MIN, |case| case.time);
            let Some(version) = Version::released(*released) else {
                bail!("there is no version for {released}; plan releases after 1984");
            };
            let manifest = publish(
                shelf,
                &Announcement {
                    version,
                    released: *released,
                    trained_until: Some(newest),
                    reboot_required: false,
                    model: Some(&model),
                    title: &version.to_string(),
                    requires: Requirements::filter_update(),
                },
            )?;
            let count = |label| past.iter().filter(|case| case.label == label).count();
            rows.push(Row {
                version: manifest.version.to_string(),
                released: released.to_string(),
                trained_on: before,
                ham: count(Label::Ham),
                spam: count(Label::Spam),
                trained_until: newest.to_string(),
            });
            last = Some((before, model));
        }
        Ok(rows)
    }

    fn model(
        &self,
        context: &Context<'_>,
        past: &[PackedCase],
        released: Timestamp,
        provenance: Provenance,
    ) -> Result<ModelFile> {
        let (threads, output) = (&context.threads, context.output);
        let trained = train(past, self.trainer, Mode::Fit, provenance, threads, output)
            .with_context(|| format!("definitions of {released}"))?;
        trained.model.context("training in mode `fit` gives a model")
    }
}

/// The midnight after a quarter of the mail.
fn quarter(cases: &[PackedCase]) -> Timestamp {
    const DAY: i64 = 86_400;
    let at = cases.get(cases.len() / 4).map_or(Timestamp::MIN, |case| case.time);
    Timestamp((at.0.div_euclid(DAY) + 1) * DAY)
}

/// A name beside the feed, under which it grows.
fn partial(out: &Path) -> Result<PathBuf> {
    let Some(name) = out.file_name() else {
        bail!("`{}` is no name for a folder; choose another", out.display());
    };
    let mut partial = std::ffi::OsString::from(".");
    partial.push(name);
    partial.push(".partial");
    Ok(out.with_file_name(partial))
}
