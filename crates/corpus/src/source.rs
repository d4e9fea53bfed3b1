//! What the user names as a corpus, and what it resolves to.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use mail::Label;

use crate::{Error, TrustBoundary};

/// A corpus source as typed: `ham:PATH`, `spam:PATH`, or a path that carries its labels (a
/// pack, a TREC index, a manifest, a folder or archive with `ham` and `spam` in it).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceSpec {
    /// The label before the colon.
    pub label: Option<Label>,
    /// The path.
    pub path: PathBuf,
}

impl FromStr for SourceSpec {
    type Err = std::convert::Infallible;

    /// Anything but `ham` and `spam` (in any case) before a colon is part of the path.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let labelled = text.split_once(':').and_then(|(label, path)| {
            Some(Self { label: Some(label.parse().ok()?), path: path.into() })
        });
        Ok(labelled.unwrap_or_else(|| Self { label: None, path: text.into() }))
    }
}

impl fmt::Display for SourceSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.label {
            Some(label) => write!(f, "{label}:{}", self.path.display()),
            None => write!(f, "{}", self.path.display()),
        }
    }
}

/// A storage format, where it is not to be detected. Compression always is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Each file is one message.
    Message,
    /// A folder of messages.
    Folder,
    /// A folder with `cur` and `new`.
    Maildir,
    /// An mbox, read as stored.
    Mbox,
    /// An mbox whose `>From ` lines have one `>` too many.
    Mboxrd,
    /// A TREC index.
    Trec,
    /// A tar archive.
    Tar,
    /// A zip archive.
    Zip,
    /// A pack.
    Pack,
}

impl Format {
    /// Every format with its name.
    pub const ALL: [(Self, &'static str); 9] = [
        (Self::Message, "message"),
        (Self::Folder, "folder"),
        (Self::Maildir, "maildir"),
        (Self::Mbox, "mbox"),
        (Self::Mboxrd, "mboxrd"),
        (Self::Trec, "trec"),
        (Self::Tar, "tar"),
        (Self::Zip, "zip"),
        (Self::Pack, "pack"),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        let found = Self::ALL.into_iter().find(|(format, _)| *format == self);
        found.map_or("", |(_, name)| name)
    }

    /// Whether it says how one stored file is to be read, wherever it lies.
    pub(crate) fn is_of_one_file(self) -> bool {
        matches!(self, Self::Message | Self::Mbox | Self::Mboxrd)
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        Self::ALL
            .into_iter()
            .find(|(_, name)| *name == text)
            .map(|(format, _)| format)
            .ok_or_else(|| UnknownFormat(text.chars().take(40).collect()))
    }
}

/// A word that names no format.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` names no format; use message, folder, maildir, mbox, mboxrd, trec, tar, zip or pack"
)]
pub struct UnknownFormat(String);

/// One place to read messages from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Label of all its messages; `None` where it carries labels itself.
    pub label: Option<Label>,
    /// File or folder.
    pub path: PathBuf,
    /// Category of all its messages, instead of their folders.
    pub category: Option<String>,
    /// Format, where it is not to be detected.
    pub format: Option<Format>,
}

/// A manifest (`corpus.toml`): the sources of one corpus and what is known about them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ManifestSpec {
    /// What the corpus is, for people.
    #[serde(default)]
    pub description: String,
    /// Its sources, read in this order.
    pub sources: Vec<ManifestSource>,
    /// Recorded envelopes (NDJSON), relative to the manifest.
    #[serde(default)]
    pub sidecar: Option<PathBuf>,
    /// Which Received fields were written by our own servers.
    #[serde(default)]
    pub trust: Option<TrustBoundary>,
}

/// One source of a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ManifestSource {
    /// Label; may be left out where the source carries labels.
    #[serde(default)]
    pub label: Option<Label>,
    /// Path relative to the manifest.
    pub path: PathBuf,
    /// Category of its messages.
    #[serde(default)]
    pub category: Option<String>,
    /// Format, where detection is wrong.
    #[serde(default)]
    pub format: Option<Format>,
}

/// Sources with everything the manifests among them said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sources {
    /// In the order given.
    pub sources: Vec<Source>,
    /// Sidecars of the manifests.
    pub sidecars: Vec<PathBuf>,
    /// The trust boundary of the manifests, which must not contradict each other.
    pub trust: Option<TrustBoundary>,
}

impl Sources {
    /// Reads the manifests among `specs`; paths in them are relative to their folder.
    ///
    /// # Errors
    ///
    /// A manifest that is missing, malformed, labelled, or states another trust boundary
    /// than one before it.
    pub fn resolve(specs: &[SourceSpec], format: Option<Format>) -> Result<Self, Error> {
        let mut all = Self::default();
        for spec in specs {
            if spec.path.extension().is_some_and(|e| e.eq_ignore_ascii_case("toml")) {
                all.add_manifest(spec)?;
            } else {
                let (label, path) = (spec.label, spec.path.clone());
                all.sources.push(Source { label, path, category: None, format });
            }
        }
        Ok(all)
    }

    fn add_manifest(&mut self, spec: &SourceSpec) -> Result<(), Error> {
        let path = &spec.path;
        let text = fs::read_to_string(path).map_err(Error::io("read", path))?;
        let bad = |reason: String| Error::Manifest { path: path.clone(), reason };
        if spec.label.is_some() {
            return Err(bad("it labels its sources itself; leave the label out".into()));
        }
        let manifest: ManifestSpec = toml::from_str(&text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let line = text.bytes().take(at).filter(|b| *b == b'\n').count() + 1;
            bad(format!("line {line}: {}", error.message().replace('\n', " ")))
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        self.sources.extend(manifest.sources.into_iter().map(|source| Source {
            label: source.label,
            path: folder.join(source.path),
            category: source.category,
            format: source.format,
        }));
        self.sidecars.extend(manifest.sidecar.map(|sidecar| folder.join(sidecar)));
        match (&self.trust, manifest.trust) {
            (Some(old), Some(new)) if *old != new => {
                Err(bad("its `trust` differs from another manifest's".into()))
            }
            (None, Some(new)) => {
                self.trust = Some(new);
                Ok(())
            }
            (_, _) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_read_in_any_case_and_other_colons_belong_to_the_path() {
        let spec: SourceSpec = "HAM:a:b".parse().unwrap();
        assert_eq!(spec, SourceSpec { label: Some(Label::Ham), path: "a:b".into() });
        let spec: SourceSpec = "C:/mail".parse().unwrap();
        assert_eq!(spec, SourceSpec { label: None, path: "C:/mail".into() });
    }

    #[test]
    fn an_unknown_key_of_a_manifest_is_an_error_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("corpus.toml");
        fs::write(&path, "[[sources]]\npath = \"x\"\nlable = \"ham\"\n").unwrap();
        let spec = SourceSpec { label: None, path };
        let error = Sources::resolve(&[spec], None).unwrap_err().to_string();
        assert!(error.contains("line 3") && error.contains("lable"), "{error}");
    }
}
