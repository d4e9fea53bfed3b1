//! Feeds: where updates are offered. Nothing a feed says is believed.
//!
//! A feed never names a file: the names of its files follow from the identities it lists, so
//! that nothing outside the feed can be asked for. Every file has a limit of length, and
//! every file but the index has a digest that was stated before it was read.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::manifest::{self, FORMAT};
use super::{Identity, Manifest, UpdateError, Version};
use crate::ModelFile;

/// A feed lists at most this many updates.
const MAX_UPDATES: usize = 1_000;
const MAX_INDEX_BYTES: u64 = 1 << 20;
const MAX_MANIFEST_BYTES: u64 = 64 << 10;

/// A file of a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedPath {
    /// The list of updates.
    Index,
    /// The manifest of an update.
    Manifest(Identity),
    /// The definitions of an update.
    Definitions(Identity),
}

impl fmt::Display for FeedPath {
    /// The path below the feed, with forward slashes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index => f.write_str("feed.toml"),
            Self::Manifest(identity) => write!(f, "{identity}/manifest.toml"),
            Self::Definitions(identity) => write!(f, "{identity}/filter.model"),
        }
    }
}

/// Where the files of a feed come from: a folder, or a server somewhere.
pub trait Shelf {
    /// Name of the feed for people.
    fn name(&self) -> String;

    /// Reads a file whole.
    ///
    /// # Errors
    ///
    /// [`UpdateError::TooLarge`] as soon as it is known to be longer than `limit`;
    /// otherwise where the file is not there or cannot be read.
    fn fetch(&self, path: FeedPath, limit: u64) -> Result<Vec<u8>, UpdateError>;
}

/// An opened feed.
pub struct Feed<'s> {
    shelf: &'s dyn Shelf,
    updates: Vec<Manifest>,
}

/// The index as written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct IndexSpec {
    format: u32,
    #[serde(default)]
    pub(super) updates: Vec<EntrySpec>,
}

/// One line of the index as written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct EntrySpec {
    pub(super) identity: Identity,
    pub(super) manifest_sha256: String,
}

impl IndexSpec {
    pub(super) fn empty() -> Self {
        Self { format: FORMAT, updates: Vec::new() }
    }

    /// Reads the index of a feed.
    pub(super) fn fetch(shelf: &dyn Shelf) -> Result<Self, UpdateError> {
        let place = place(shelf, FeedPath::Index);
        let bytes = shelf.fetch(FeedPath::Index, MAX_INDEX_BYTES)?;
        let index: Self = manifest::parse(&place, &bytes)?;
        manifest::check_format(&place, index.format)?;
        let given = index.updates.len();
        let identities: BTreeSet<_> =
            index.updates.iter().map(|entry| entry.identity).collect();
        let problem = if given > MAX_UPDATES {
            format!("it lists {given} updates and at most {MAX_UPDATES} are read")
        } else if identities.len() != given {
            "it lists an update twice; remove one of the two".to_owned()
        } else {
            return Ok(index);
        };
        Err(UpdateError::Invalid { place, problem })
    }

    pub(super) fn write(&self) -> String {
        toml::to_string(self).expect("plain data can be written as TOML")
    }
}

impl<'s> Feed<'s> {
    /// Reads the list of updates and every manifest, and checks them.
    ///
    /// # Errors
    ///
    /// The first file that is missing, too long, changed, or not what its format says.
    pub fn open(shelf: &'s dyn Shelf) -> Result<Self, UpdateError> {
        let index = IndexSpec::fetch(shelf)?;
        let mut updates = Vec::with_capacity(index.updates.len());
        let mut versions = BTreeSet::new();
        for entry in index.updates {
            let path = FeedPath::Manifest(entry.identity);
            let place = place(shelf, path);
            let stated = manifest::digest(&place, &entry.manifest_sha256)?;
            let bytes = shelf.fetch(path, MAX_MANIFEST_BYTES)?;
            if manifest::sha256(&bytes) != stated {
                return Err(UpdateError::DigestMismatch { place });
            }
            let manifest = Manifest::read(&place, &bytes)?;
            if manifest.identity != entry.identity {
                let problem = "it has the identity of another update; build it again";
                return Err(UpdateError::Invalid { place, problem: problem.to_owned() });
            }
            if manifest.is_filter_update() && !versions.insert(manifest.version) {
                let version = manifest.version;
                let problem = format!("there are two filter updates of {version}");
                return Err(UpdateError::Invalid { place, problem });
            }
            updates.push(manifest);
        }
        updates.sort_by_key(|update| (update.version, update.identity));
        Ok(Self { shelf, updates })
    }

    /// Name of the feed for people.
    pub fn name(&self) -> String {
        self.shelf.name()
    }

    /// All updates by rising version.
    pub fn updates(&self) -> &[Manifest] {
        &self.updates
    }

    /// The updates of the filter by rising version.
    pub fn filter_updates(&self) -> impl Iterator<Item = &Manifest> {
        self.updates.iter().filter(|update| update.is_filter_update())
    }

    /// The filter update of a version.
    ///
    /// # Errors
    ///
    /// [`UpdateError::NoSuchVersion`].
    pub fn version(&self, version: Version) -> Result<&Manifest, UpdateError> {
        self.filter_updates().find(|update| update.version == version).ok_or_else(|| {
            UpdateError::NoSuchVersion {
                version: version.to_string(),
                place: self.name(),
            }
        })
    }

    /// The definitions of an update: fetched, their length and digest compared with the
    /// manifest, and read.
    ///
    /// # Errors
    ///
    /// Where any of that fails.
    pub fn definitions(
        &self,
        update: &Manifest,
    ) -> Result<(Vec<u8>, ModelFile), UpdateError> {
        let Some(definitions) = &update.definitions else {
            let title = update.title(super::Language::En).to_owned();
            return Err(UpdateError::NoDefinitions { title });
        };
        let path = FeedPath::Definitions(update.identity);
        let bytes = self.shelf.fetch(path, definitions.bytes)?;
        let place = place(self.shelf, path);
        let same_length = bytes.len() as u64 == definitions.bytes;
        if !same_length || manifest::sha256(&bytes) != definitions.sha256 {
            return Err(UpdateError::DigestMismatch { place });
        }
        match ModelFile::read(&bytes) {
            Ok(model) => Ok((bytes, model)),
            Err(problem) => Err(UpdateError::Model { place, problem }),
        }
    }
}

/// Feed and file for people.
fn place(shelf: &dyn Shelf, path: FeedPath) -> String {
    format!("{}/{path}", shelf.name().trim_end_matches('/'))
}

#[cfg(test)]
mod tests;
