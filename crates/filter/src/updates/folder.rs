//! Feeds in folders, and the small file operations of this module.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::{FeedPath, Shelf, UpdateError};

/// A feed in a folder.
#[derive(Debug, Clone)]
pub struct FolderShelf {
    folder: PathBuf,
}

impl FolderShelf {
    /// The feed of a folder, which need not exist yet.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn path(&self, path: FeedPath) -> PathBuf {
        let mut file = self.folder.clone();
        file.extend(path.to_string().split('/'));
        file
    }
}

impl Shelf for FolderShelf {
    fn name(&self) -> String {
        self.folder.display().to_string()
    }

    fn fetch(&self, path: FeedPath, limit: u64) -> Result<Vec<u8>, UpdateError> {
        let file = self.path(path);
        // A link in the feed could lead out of it: the package's folder and its files must
        // be what they seem. The feed's own folder is the user's word and may be a link.
        match path {
            FeedPath::Index => {}
            FeedPath::Manifest(_) | FeedPath::Definitions(_) => {
                let package = file.parent().unwrap_or(&self.folder);
                plain(package, fs::FileType::is_dir)?;
            }
        }
        plain(&file, fs::FileType::is_file)?;
        read_limited(&file, limit)
    }
}

/// Checks what a path is without following a link.
fn plain(path: &Path, is: fn(&fs::FileType) -> bool) -> Result<(), UpdateError> {
    let found = fs::symlink_metadata(path)
        .map_err(|source| UpdateError::Read { path: path.to_owned(), source })?;
    if is(&found.file_type()) {
        Ok(())
    } else {
        Err(UpdateError::NotPlain { path: path.to_owned() })
    }
}

/// Reads a file of at most `limit` bytes.
pub(super) fn read_limited(path: &Path, limit: u64) -> Result<Vec<u8>, UpdateError> {
    let failed = |source| UpdateError::Read { path: path.to_owned(), source };
    let file = fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(UpdateError::TooLarge { place: path.display().to_string(), limit });
    }
    Ok(bytes)
}

/// Writes a file under a temporary name beside it; [`put_in_place`] gives it its name.
pub(super) fn write_aside(path: &Path, bytes: &[u8]) -> Result<(), UpdateError> {
    let failed = |source| UpdateError::Write { path: path.to_owned(), source };
    let mut file = fs::File::create(aside(path)).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed)
}

/// Gives a file written by [`write_aside`] its name, at once or not at all.
pub(super) fn put_in_place(path: &Path) -> Result<(), UpdateError> {
    let failed = |source| UpdateError::Write { path: path.to_owned(), source };
    fs::rename(aside(path), path).map_err(failed)?;
    if let Some(folder) = path.parent() {
        // Makes the name last through a power cut where the system can do that.
        let _ = fs::File::open(folder).and_then(|folder| folder.sync_all());
    }
    Ok(())
}

/// Writes a file whole or not at all.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), UpdateError> {
    write_aside(path, bytes)?;
    put_in_place(path)
}

/// Makes a folder.
pub(super) fn make_folder(path: &Path) -> Result<(), UpdateError> {
    fs::create_dir_all(path)
        .map_err(|source| UpdateError::Write { path: path.to_owned(), source })
}

fn aside(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".tmp");
    path.with_file_name(name)
}
