//! `sclbench corpus fetch`: a public corpus by its name, checked.

use std::path::{Path, PathBuf};

use analysis::{thousands, write_atomic};
use anyhow::{Context as _, Result, bail};
use clap::Args;
use corpus::{ManifestSource, ManifestSpec};
use serde::Serialize;

use crate::catalogue::{Catalogue, FileEntry, Named};
use crate::commands::Context;
use crate::scaffold;
use crate::web::{self, FeedArg};

/// Name of the manifest that is written.
const MANIFEST: &str = "corpus.toml";

/// Options of `corpus fetch`.
///
/// Fetches the archives of a public corpus over plain HTTP, or takes them from a folder, and
/// writes a manifest `corpus.toml` beside them that every command reads as a source. Nothing
/// is kept that does not have the digest of the catalogue.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../../help/corpus-fetch.txt"))]
pub(crate) struct Fetch {
    /// Name of the corpus; without it, the catalogue is listed.
    name: Option<String>,
    /// Where its files are: a folder, or an `http://` address; default the catalogue's.
    #[arg(long, value_name = "PLACE")]
    from: Option<FeedArg>,
    /// A catalogue of your own (TOML).
    #[arg(long, value_name = "FILE")]
    catalogue: Option<PathBuf>,
    /// Folder for the files and the manifest; default the corpus's name.
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// The `--json` object.
#[derive(Serialize)]
struct Fetched<'a> {
    corpus: &'a str,
    folder: &'a Path,
    manifest: PathBuf,
    files: Vec<FetchedFile<'a>>,
}

/// One file of it.
#[derive(Serialize)]
struct FetchedFile<'a> {
    file: &'a str,
    bytes: u64,
    messages: u64,
    /// Whether it was there already.
    kept: bool,
}

impl Fetch {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// There is no such corpus, a file cannot be fetched or is not the one of the catalogue,
    /// or a file cannot be written.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        let catalogue = Catalogue::load(self.catalogue.as_deref())?;
        let Some(name) = &self.name else {
            return context.output.result(&catalogue, &catalogue.lines());
        };
        let corpus = catalogue.find(name)?;
        let folder = self.out.clone().unwrap_or_else(|| PathBuf::from(name));
        scaffold::folder(&folder)?;
        let place = match &self.from {
            Some(place) => place.clone(),
            None => corpus.address.parse().map_err(|problem: String| {
                anyhow::anyhow!("corpus `{name}`: {problem}")
            })?,
        };
        let mut files = Vec::with_capacity(corpus.files.len());
        for entry in &corpus.files {
            files.push(fetch(entry, &place, &folder)?);
        }
        let manifest = folder.join(MANIFEST);
        write_atomic(&folder, MANIFEST, text(corpus)?.as_bytes())?;
        let mut lines: Vec<String> = files
            .iter()
            .map(|file| {
                format!(
                    "{} {}: {} messages, {} bytes, as in the catalogue",
                    if file.kept { "kept   " } else { "fetched" },
                    file.file,
                    thousands(file.messages),
                    thousands(file.bytes)
                )
            })
            .collect();
        lines.push(format!("terms   {}", corpus.terms));
        lines.push(format!("next    sclbench corpus inspect {}", manifest.display()));
        let fetched = Fetched { corpus: name, folder: &folder, manifest, files };
        context.output.result(&fetched, &lines)
    }
}

/// Brings one file into the folder, unless it is there already.
fn fetch<'e>(
    entry: &'e FileEntry,
    place: &FeedArg,
    folder: &Path,
) -> Result<FetchedFile<'e>> {
    let there = folder.join(&entry.file);
    if there.is_file()
        && let Ok((bytes, messages)) = entry.check(&there)
    {
        return Ok(FetchedFile { file: &entry.file, bytes, messages, kept: true });
    }
    let bytes = match place {
        FeedArg::Folder(from) => {
            let path = from.join(&entry.file);
            let found = std::fs::metadata(&path).with_context(|| {
                format!("cannot read `{}`; check the folder", path.display())
            })?;
            if found.len() > entry.limit() {
                bail!(too_long(&path.display().to_string(), entry));
            }
            std::fs::read(&path).with_context(|| {
                format!("cannot read `{}`; check the folder", path.display())
            })?
        }
        FeedArg::Address(address) => {
            let from = format!("{address}/{}", entry.file);
            match web::get(&web::agent(), &from, entry.limit()) {
                Ok(bytes) => bytes,
                Err(web::Failure::TooLarge) => bail!(too_long(&from, entry)),
                Err(web::Failure::Answer(problem)) => bail!(
                    "cannot fetch `{from}`: {problem}; get `{}` in another way, such as with \
                     a browser, and name its folder with --from",
                    entry.file
                ),
            }
        }
    };
    // Its ending tells its format, so it keeps its name while it is checked.
    let waiting = folder.join(".fetching");
    scaffold::folder(&waiting)?;
    write_atomic(&waiting, &entry.file, &bytes)?;
    let path = waiting.join(&entry.file);
    let checked = entry.check(&path).and_then(|counts| {
        std::fs::rename(&path, &there)
            .with_context(|| format!("cannot write `{}`", there.display()))?;
        Ok(counts)
    });
    // What was refused is of no use; the refusal matters more than the clean-up.
    let _ = std::fs::remove_dir_all(&waiting);
    let (bytes, messages) = checked?;
    Ok(FetchedFile { file: &entry.file, bytes, messages, kept: false })
}

fn too_long(place: &str, entry: &FileEntry) -> String {
    format!(
        "`{place}` is longer than {} bytes, the most that the catalogue allows; it is \
         another file",
        thousands(entry.limit())
    )
}

/// The manifest of the files.
fn text(corpus: &Named) -> Result<String> {
    let sources = corpus.files.iter().map(|entry| ManifestSource {
        label: entry.label,
        path: entry.file.clone().into(),
        category: entry.category.clone(),
        format: None,
    });
    let manifest = ManifestSpec {
        description: format!("{} {}", corpus.about, corpus.terms),
        sources: sources.collect(),
        ..ManifestSpec::default()
    };
    toml::to_string_pretty(&manifest).context("cannot write the manifest")
}
