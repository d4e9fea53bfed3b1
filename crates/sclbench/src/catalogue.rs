//! The catalogue of public corpora: names, addresses, digests.
//!
//! A file is known by its own digest, or by that of its messages: archives are packed anew
//! by mirrors, messages are not changed.

use std::collections::BTreeSet;
use std::path::{Component, Path};

use analysis::thousands;
use anyhow::{Context as _, Result, bail};
use corpus::{ReadOptions, SourceSpec};
use mail::{CaseId, Label};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::input::Input;
use crate::settings;

/// The catalogue that the program carries.
const OWN: &str = include_str!("../../../corpora/public.toml");

/// Longest file where the catalogue states no limit.
const LONGEST: u64 = 64 << 20;

/// Public corpora.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Catalogue {
    /// In the order of the file.
    corpus: Vec<Named>,
}

/// One of them.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Named {
    /// What it is called.
    pub(crate) name: String,
    /// What it is, a sentence.
    pub(crate) about: String,
    /// What may be done with it, a sentence.
    pub(crate) terms: String,
    /// Where its files are.
    pub(crate) address: String,
    /// Its files.
    pub(crate) files: Vec<FileEntry>,
}

/// One file.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct FileEntry {
    /// Its name, below the address and in the folder.
    pub(crate) file: String,
    /// Label of its messages, where they carry none.
    #[serde(default)]
    pub(crate) label: Option<Label>,
    /// Category of its messages.
    #[serde(default)]
    pub(crate) category: Option<String>,
    /// Most bytes that it may have.
    #[serde(default)]
    most_bytes: Option<u64>,
    /// SHA-256 of the file.
    #[serde(default)]
    sha256: Option<String>,
    /// SHA-256 of its messages' identities in ascending order, each on a line.
    #[serde(default)]
    messages_sha256: Option<String>,
}

impl Catalogue {
    /// The program's own catalogue, or that of a file.
    ///
    /// # Errors
    ///
    /// The file cannot be read or states what cannot be.
    pub(crate) fn load(path: Option<&Path>) -> Result<Self> {
        let (found, place): (Self, _) = match path {
            Some(path) => (settings::toml(path)?, path.display().to_string()),
            None => {
                let own = toml::from_str(OWN).context("the catalogue of the program")?;
                (own, "the catalogue of the program".to_owned())
            }
        };
        for entry in found.corpus.iter().flat_map(|corpus| &corpus.files) {
            let plain = Path::new(&entry.file).components().collect::<Vec<_>>();
            if !matches!(plain[..], [Component::Normal(_)]) || entry.file.contains('\\') {
                bail!("`{place}`: `{}` is no plain file name; correct it", entry.file);
            }
            if entry.sha256.is_none() && entry.messages_sha256.is_none() {
                bail!(
                    "`{place}`: `{}` has no digest; state `sha256` or `messages-sha256`",
                    entry.file
                );
            }
        }
        Ok(found)
    }

    /// The corpus of a name.
    ///
    /// # Errors
    ///
    /// There is none; the message lists those that there are.
    pub(crate) fn find(&self, name: &str) -> Result<&Named> {
        let found = self.corpus.iter().find(|corpus| corpus.name == name);
        found.with_context(|| {
            let names: Vec<_> =
                self.corpus.iter().map(|one| format!("`{}`", one.name)).collect();
            format!("the catalogue has no corpus `{name}`; it has {}", names.join(", "))
        })
    }

    /// What people read.
    pub(crate) fn lines(&self) -> Vec<String> {
        let of = |corpus: &Named| {
            [
                format!("{}: {}", corpus.name, corpus.about),
                format!("  terms: {}", corpus.terms),
                format!("  {} files at {}", corpus.files.len(), corpus.address),
            ]
        };
        self.corpus.iter().flat_map(of).collect()
    }
}

impl FileEntry {
    /// Most bytes that the file may have.
    pub(crate) fn limit(&self) -> u64 {
        self.most_bytes.unwrap_or(LONGEST)
    }

    /// Checks a file; gives its bytes and messages.
    ///
    /// # Errors
    ///
    /// It cannot be read, or it is another file.
    pub(crate) fn check(&self, path: &Path) -> Result<(u64, u64)> {
        let found = settings::digest(path)?;
        if let Some(sha256) = &self.sha256
            && *sha256 != found
        {
            bail!(
                "`{}` has the SHA-256 {found}, not {sha256} as in the catalogue; it is \
                 another file, nothing of it is kept",
                self.file
            );
        }
        let source = SourceSpec { label: self.label, path: path.to_owned() };
        let input = Input::open(&[source], &ReadOptions::default())?;
        let ids: BTreeSet<CaseId> =
            input.all()?.into_iter().map(|case| case.id).collect();
        let digest = digest_of(&ids);
        if let Some(wanted) = &self.messages_sha256
            && *wanted != digest
        {
            bail!(
                "the {} messages of `{}` have the digest {digest}, not {wanted} as in the \
                 catalogue; it is another file, nothing of it is kept",
                thousands(ids.len() as u64),
                self.file
            );
        }
        let bytes = std::fs::metadata(path).map_or(0, |found| found.len());
        Ok((bytes, ids.len() as u64))
    }
}

/// SHA-256 of the identities, ascending, each on a line.
fn digest_of(ids: &BTreeSet<CaseId>) -> String {
    let mut hash = Sha256::new();
    for id in ids {
        hash.update(format!("{id}\n"));
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_carries_a_catalogue_it_can_use() {
        let own = Catalogue::load(None).unwrap();
        assert!(own.find("spamassassin").is_ok());
        let error = own.find("nothing").unwrap_err().to_string();
        assert!(error.contains("`spamassassin`"), "{error}");
        for entry in own.corpus.iter().flat_map(|corpus| &corpus.files) {
            let digests = entry.sha256.iter().chain(&entry.messages_sha256);
            for digest in digests {
                assert_eq!(digest.len(), 64, "{}", entry.file);
                assert!(digest.bytes().all(|byte| byte.is_ascii_hexdigit()));
            }
        }
    }
}
