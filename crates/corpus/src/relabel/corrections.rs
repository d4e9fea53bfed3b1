//! The file of corrections.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use mail::{CaseId, Label};
use serde::Deserialize;

use crate::Error;

/// Corrections of any number of files, in the order given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Corrections(pub(super) Vec<Correction>);

/// What a correction names its message by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// SHA-256 of the raw message.
    Digest(CaseId),
    /// The Message-ID field, without angle brackets.
    MessageId(String),
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digest(id) => write!(f, "{id}"),
            Self::MessageId(text) => f.write_str(text),
        }
    }
}

/// One correction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// Which message.
    pub key: Key,
    /// The label it has.
    pub from: Label,
    /// The label it should have: the other one.
    pub to: Label,
    /// The file it stands in.
    pub path: PathBuf,
    /// Where it stands there: `line 3` or `correction 2`.
    pub place: String,
}

/// A correction as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Spec {
    id: String,
    from: Label,
    to: Label,
    /// Who says so; for people.
    #[serde(default, rename = "by")]
    _by: String,
    /// Why; for people.
    #[serde(default, rename = "why")]
    _why: String,
}

/// A TOML file of corrections.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    correction: Vec<Spec>,
}

impl Corrections {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether one of them names its message by Message-ID.
    pub(crate) fn by_message_id(&self) -> bool {
        self.0.iter().any(|one| matches!(one.key, Key::MessageId(_)))
    }

    /// Adds the corrections of a file: TOML with `[[correction]]` tables (`.toml`), else
    /// NDJSON, one object per line. Keys are `id`, `from`, `to`, `by`, `why`; the last two
    /// may be left out.
    ///
    /// # Errors
    ///
    /// The file cannot be read, has something else in it, names a message twice, or
    /// corrects a label to itself.
    pub fn add_file(&mut self, path: &Path) -> Result<(), Error> {
        let text = fs::read_to_string(path).map_err(Error::io("read", path))?;
        let bad = |place: &str, reason: String| {
            let (path, place) = (path.to_owned(), place.to_owned());
            Error::Correction { path, place, reason }
        };
        if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("toml")) {
            let file: File = toml::from_str(&text).map_err(|error| {
                let at = error.span().map_or(0, |span| span.start);
                let line = text.bytes().take(at).filter(|b| *b == b'\n').count() + 1;
                bad(&format!("line {line}"), error.message().replace('\n', " "))
            })?;
            for (at, spec) in file.correction.into_iter().enumerate() {
                self.add(spec, path, format!("correction {}", at + 1))?;
            }
        } else {
            for (at, line) in text.lines().enumerate() {
                let place = format!("line {}", at + 1);
                if line.trim().is_empty() {
                    continue;
                }
                let spec = serde_json::from_str(line)
                    .map_err(|error| bad(&place, error.to_string().replace('\n', " ")))?;
                self.add(spec, path, place)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, spec: Spec, path: &Path, place: String) -> Result<(), Error> {
        let Spec { id, from, to, .. } = spec;
        let bare = id.trim().trim_start_matches('<').trim_end_matches('>');
        let key =
            bare.parse().map_or_else(|_| Key::MessageId(bare.to_owned()), Key::Digest);
        let found = Correction { key, from, to, path: path.to_owned(), place };
        if bare.is_empty() {
            return Err(found.error("names no message; write its digest or Message-ID"));
        }
        if from == to {
            return Err(found.error("has the same label in `from` and `to`"));
        }
        if let Some(before) = self.0.iter().find(|before| before.key == found.key) {
            let other = format!(
                "names the message of `{}`, {}; leave one out",
                before.path.display(),
                before.place
            );
            return Err(found.error(&other));
        }
        self.0.push(found);
        Ok(())
    }
}

impl Correction {
    /// An error at its place.
    pub(super) fn error(&self, reason: &str) -> Error {
        let id: String = self.key.to_string().chars().take(80).collect();
        Error::Correction {
            path: self.path.clone(),
            place: self.place.clone(),
            reason: format!("`{id}` {reason}"),
        }
    }
}
