//! Building packages: a trained model becomes an update in a feed.

use std::collections::BTreeMap;

use mail::Timestamp;

use super::feed::{EntrySpec, IndexSpec};
use super::folder::{make_folder, write_whole};
use super::manifest::{self, Definitions, Manifest, Requirements};
use super::{
    Feed, FeedPath, FolderShelf, Identity, Language, UpdateError, Version, title,
};
use crate::ModelFile;

/// What is published.
#[derive(Debug, Clone)]
pub struct Announcement<'a> {
    /// Version.
    pub version: Version,
    /// When it is released.
    pub released: Timestamp,
    /// Time of the newest message the model learnt from, where known.
    pub trained_until: Option<Timestamp>,
    /// Whether a restart is needed before it is used.
    pub reboot_required: bool,
    /// The definitions; none for an update of something else.
    pub model: Option<&'a ModelFile>,
    /// For a filter update what follows the prefix of each title, for another update the
    /// whole title.
    pub title: &'a str,
    /// What a server must be.
    pub requires: Requirements,
}

/// Puts an update into the feed of a folder and gives its manifest; the index is written
/// last, so that a feed is never half an update longer. The same update again changes
/// nothing.
///
/// # Errors
///
/// The feed cannot be read or written, or holds another filter update of this version.
pub fn publish(
    shelf: &FolderShelf,
    announcement: &Announcement<'_>,
) -> Result<Manifest, UpdateError> {
    let index_path = shelf.path(FeedPath::Index);
    let mut index =
        if index_path.exists() { IndexSpec::fetch(shelf)? } else { IndexSpec::empty() };
    let bytes = announcement.model.map(ModelFile::write);
    let manifest = manifest_of(announcement, bytes.as_deref());
    let text = manifest.write();
    // What is written must be readable: limits and titles are checked on the text.
    let manifest_path = shelf.path(FeedPath::Manifest(manifest.identity));
    let manifest = Manifest::read(&manifest_path.display().to_string(), text.as_bytes())?;
    let known = index.updates.iter().any(|entry| entry.identity == manifest.identity);
    if known {
        return Ok(manifest);
    }
    if manifest.is_filter_update() && index_path.exists() {
        let feed = Feed::open(shelf)?;
        if feed.filter_updates().any(|update| update.version == manifest.version) {
            return Err(UpdateError::AlreadyPublished {
                version: manifest.version.to_string(),
                place: feed.name(),
            });
        }
    }
    make_folder(shelf.folder())?;
    make_folder(manifest_path.parent().unwrap_or(shelf.folder()))?;
    if let Some(bytes) = &bytes {
        write_whole(&shelf.path(FeedPath::Definitions(manifest.identity)), bytes)?;
    }
    write_whole(&manifest_path, text.as_bytes())?;
    index.updates.push(EntrySpec {
        identity: manifest.identity,
        manifest_sha256: manifest::hex(&manifest::sha256(text.as_bytes())),
    });
    write_whole(&index_path, index.write().as_bytes())?;
    Ok(manifest)
}

fn manifest_of(announcement: &Announcement<'_>, bytes: Option<&[u8]>) -> Manifest {
    let Announcement { version, released, title, .. } = announcement;
    let definitions = bytes.map(|bytes| Definitions {
        sha256: manifest::sha256(bytes),
        bytes: bytes.len() as u64,
    });
    let titles: BTreeMap<Language, String> = match bytes {
        Some(_) => title::filter_titles(title),
        None => Language::ALL.map(|language| (language, (*title).to_owned())).into(),
    };
    let digest = definitions.as_ref().map_or([0; 32], |definitions| definitions.sha256);
    let identity = Identity::of([
        version.to_string().as_bytes(),
        released.to_string().as_bytes(),
        title.as_bytes(),
        &digest,
    ]);
    Manifest {
        identity,
        version: *version,
        released: *released,
        trained_until: announcement.trained_until,
        reboot_required: announcement.reboot_required,
        titles,
        definitions,
        requires: announcement.requires.clone(),
    }
}
