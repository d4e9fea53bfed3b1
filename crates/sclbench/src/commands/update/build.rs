//! `sclbench update build`: a trained model becomes an update package.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use filter::ModelFile;
use filter::updates::{
    Announcement, FolderShelf, Requirements, Version, is_filter_update, publish,
};
use mail::Timestamp;
use serde::Serialize;

use crate::commands::Context;

/// Options of `update build`.
///
/// The package is a folder of the feed: a manifest (identity, titles in the nine known
/// forms, version, release, digest, product checks) and the model. The feed's index lists
/// it with the manifest's digest and is written last.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../../help/update-build.txt"))]
pub(crate) struct Build {
    /// The model, made by `train`; none with --other.
    #[arg(required_unless_present = "other")]
    model: Option<PathBuf>,
    /// List an update of something else, which carries no definitions, by its title.
    #[arg(long, value_name = "TITLE", conflicts_with_all = ["model", "trained_until"])]
    other: Option<String>,
    /// Version such as 6.5.7757.0; by default one build per day, through 6.5.7757.0 of
    /// 15 December 2005.
    #[arg(long = "as", value_name = "VERSION")]
    named: Option<Version>,
    /// When it is released: a day, or an RFC 3339 time.
    #[arg(long, value_name = "TIME", value_parser = time)]
    released: Timestamp,
    /// Time of the newest message that the model learnt from; before the release. Replays
    /// over time refuse definitions that do not say.
    #[arg(long, value_name = "TIME", value_parser = time)]
    trained_until: Option<Timestamp>,
    /// What follows the known beginning of each title; by default the version.
    #[arg(long, value_name = "TEXT", conflicts_with = "other")]
    title: Option<String>,
    /// The definitions are used after a restart only.
    #[arg(long)]
    reboot_required: bool,
    /// Folder of the feed.
    #[arg(short, long, value_name = "FEED")]
    out: PathBuf,
}

/// What `update build` prints as JSON.
#[derive(Serialize)]
struct Built {
    feed: PathBuf,
    identity: String,
    version: String,
    title: String,
    sha256: Option<String>,
}

impl Build {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// The model cannot be read, or the feed cannot be written or holds the version already.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        if self.other.as_deref().is_some_and(is_filter_update) {
            bail!("`--other` has the title of a filter update; give a model instead");
        }
        let Some(version) = self.named.or_else(|| Version::released(self.released))
        else {
            bail!("`{}` has no version of its own; state one with --as", self.released);
        };
        let model = self.model.as_deref().map(ModelFile::load).transpose()?;
        let end = self.title.unwrap_or_else(|| version.to_string());
        let requires = Requirements::filter_update();
        let announcement = Announcement {
            version,
            released: self.released,
            trained_until: self.trained_until,
            reboot_required: self.reboot_required,
            model: model.as_ref(),
            title: self.other.as_deref().unwrap_or(&end),
            requires: match self.other {
                Some(_) => Requirements { registry: None, ..requires },
                None => requires,
            },
        };
        let manifest = publish(&FolderShelf::new(&self.out), &announcement)?;
        let digest = manifest.definitions.as_ref().map(|definitions| {
            definitions.sha256.iter().map(|b| format!("{b:02x}")).collect::<String>()
        });
        let built = Built {
            feed: self.out,
            identity: manifest.identity.to_string(),
            version: manifest.version.to_string(),
            title: manifest.title(filter::updates::Language::En).to_owned(),
            sha256: digest,
        };
        let mut lines = vec![
            built.title.clone(),
            format!("version  {}", built.version),
            format!("identity {}", built.identity),
        ];
        lines.extend(built.sha256.as_ref().map(|digest| format!("SHA-256  {digest}")));
        lines.push(format!("feed     {}", built.feed.display()));
        context.output.result(&built, &lines)
    }
}

/// A day, or an RFC 3339 time.
pub(super) fn time(text: &str) -> Result<Timestamp, String> {
    let parsed = Timestamp::parse(text)
        .or_else(|_| Timestamp::parse(&format!("{text}T00:00:00Z")))
        .ok()
        .filter(|time| (Timestamp::MIN..=Timestamp::MAX).contains(time));
    parsed.ok_or_else(|| {
        "use a day such as 2005-12-15 or a time such as 2005-12-15T00:00:00Z".to_owned()
    })
}
