//! From a source's path to the reader of its format.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};

use super::archive::{Unpacked, read_tar};
use super::detect::{Content, HEAD};
use super::index::Index;
use super::member::{About, Each, Stop, read_member};
use super::tree::{self, Layout, Use};
use super::zip::read_zip;
use super::{Found, Limits, SkipReason, Skipped};
use crate::{Error, Format, Source};

/// Gives every message of a source, or why it was skipped, to `each`, in a fixed order:
/// folders by path, an index by its lines, an archive or mbox as stored.
pub(crate) fn read_source(
    source: &Source,
    limits: &Limits,
    each: Each<'_>,
) -> Result<(), Error> {
    let path = &source.path;
    let mut labelled = |found: Found| {
        each(match (found, &source.category) {
            (Found::Message(mut message), Some(category)) => {
                message.category.clone_from(category);
                Found::Message(message)
            }
            (found, _) => found,
        })
    };
    if fs::metadata(path).map_err(Error::io("read", path))?.is_dir() {
        read_folder(source, limits, &mut labelled)
    } else {
        read_file(source, limits, &mut labelled)
    }
}

fn read_file(source: &Source, limits: &Limits, each: Each<'_>) -> Result<(), Error> {
    let path = &source.path;
    // To open a pipe waits for who writes it, perhaps for ever.
    if !path.is_file() {
        let reason = "is no regular file; name a file or a folder".into();
        return Err(Error::Format { path: path.clone(), reason });
    }
    let mut file = File::open(path).map_err(Error::io("read", path))?;
    let mut head = Vec::new();
    (&mut file)
        .take(HEAD as u64)
        .read_to_end(&mut head)
        .map_err(Error::io("read", path))?;
    file.rewind().map_err(Error::io("read", path))?;
    let wrong =
        |reason: &str| Error::Format { path: path.clone(), reason: reason.into() };
    match (source.format, Content::of(&head)) {
        (Some(Format::Folder | Format::Maildir), _) => {
            Err(wrong("is a file, not a folder; leave the format out"))
        }
        (Some(Format::Pack), _) | (_, Content::Parquet) => {
            Err(wrong("is a pack: give it without a label"))
        }
        (Some(Format::Zip), _) | (None, Content::Zip) => {
            read_zip(file, source, limits, each)
        }
        (Some(Format::Trec), Content::Index | Content::Message)
        | (None, Content::Index) => read_index(source, path, limits, each),
        _ => read_stream(source, limits, each),
    }
}

/// A plain or compressed tar, mbox or message.
fn read_stream(source: &Source, limits: &Limits, each: Each<'_>) -> Result<(), Error> {
    let path = &source.path;
    let mut unpacked = Unpacked::open(path, limits)?;
    let content = Content::of(unpacked.head()?);
    if source.format == Some(Format::Tar)
        || content == Content::Tar && source.format.is_none_or(|f| f == Format::Trec)
    {
        return read_tar(unpacked, source, limits, each);
    }
    let Some(label) = source.label else {
        return Err(Error::Unlabelled { path: path.clone() });
    };
    let place = path.display().to_string();
    // A file of its own that begins with a `From ` line may be an mbox of one message.
    let about = About { label, category: "", place: &place, format: source.format };
    match read_member(&mut unpacked, &about, limits, each) {
        Ok(()) => unpacked.finish(),
        Err(Stop::Io(error)) => Err(unpacked.damaged(&error)),
        Err(Stop::Error(error)) => Err(error),
    }
}

fn read_folder(source: &Source, limits: &Limits, each: Each<'_>) -> Result<(), Error> {
    let root = &source.path;
    let (files, skipped) = list(root)?;
    let paths = || files.iter().map(String::as_str);
    if matches!(source.format, None | Some(Format::Trec))
        && let Some(index) = tree::index_path(paths())
    {
        let at = root.join(index);
        let head = fs::read(&at).map_err(Error::io("read", &at))?;
        if Content::of(&head[..head.len().min(HEAD)]) == Content::Index {
            return read_index(source, &at, limits, each);
        }
    }
    let Some(layout) = Layout::of_paths(source.label, paths()) else {
        return Err(Error::Unlabelled { path: root.clone() });
    };
    for skip in skipped {
        each(Found::Skipped(skip))?;
    }
    for file in &files {
        let at = root.join(file);
        match layout.classify(file) {
            Use::Ignore => {}
            Use::Skip(reason) => {
                each(Found::Skipped(Skipped {
                    place: at.display().to_string(),
                    reason,
                }))?;
            }
            Use::Message { label, category } => {
                let place = at.display().to_string();
                let format = source.format.filter(|f| f.is_of_one_file());
                let about = About { label, category: &category, place: &place, format };
                read_one(&at, &about, limits, each)?;
            }
        }
    }
    Ok(())
}

/// Every file below `root`, `/` between components, sorted by path; links are skipped.
fn list(root: &Path) -> Result<(Vec<String>, Vec<Skipped>), Error> {
    let (mut files, mut skipped) = (Vec::new(), Vec::new());
    let mut folders = vec![(root.to_path_buf(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(Error::io("read", &folder))? {
            let entry = entry.map_err(Error::io("read", &folder))?;
            let kind = entry.file_type().map_err(Error::io("read", entry.path()))?;
            let Ok(name) = entry.file_name().into_string() else {
                let place = entry.path().display().to_string();
                skipped.push(Skipped { place, reason: SkipReason::Unreadable });
                continue;
            };
            let path = format!("{prefix}{name}");
            if tree::is_ignored(&path) && kind.is_dir() {
                continue;
            } else if kind.is_dir() {
                folders.push((entry.path(), format!("{path}/")));
            } else if kind.is_file() {
                files.push(path);
            } else {
                let place = entry.path().display().to_string();
                skipped.push(Skipped { place, reason: SkipReason::Link });
            }
        }
    }
    files.sort_by(|a, b| a.split('/').cmp(b.split('/')));
    skipped.sort_by(|a, b| a.place.cmp(&b.place));
    Ok((files, skipped))
}

/// Messages named by a TREC index; only those below the index's grandparent folder.
fn read_index(
    source: &Source,
    index_path: &Path,
    limits: &Limits,
    each: Each<'_>,
) -> Result<(), Error> {
    let text = fs::read(index_path).map_err(Error::io("read", index_path))?;
    let full = fs::canonicalize(index_path).map_err(Error::io("read", index_path))?;
    let folder = full.parent().map(Path::to_path_buf).unwrap_or_default();
    let (root, last): (PathBuf, String) = match (folder.parent(), folder.file_name()) {
        (Some(root), Some(last)) => (root.into(), last.to_string_lossy().into_owned()),
        _ => (folder, String::new()),
    };
    let index = Index::parse(&text, &last, &index_path.display().to_string());
    let shown = index_path.parent().and_then(Path::parent).unwrap_or(Path::new(""));
    for skip in index.skipped {
        each(Found::Skipped(skip))?;
    }
    let mut links = BTreeSet::new();
    for entry in index.entries {
        let at = root.join(&entry.path);
        let place = shown.join(&entry.path).display().to_string();
        let label = source.label.unwrap_or(entry.label);
        let format = source.format.filter(|f| f.is_of_one_file());
        let about = About { label, category: "", place: &place, format };
        if leads_outside(&root, &at, &mut links) {
            each(about.skipped(SkipReason::OutsidePath))?;
        } else if at.is_file() {
            read_one(&at, &about, limits, each)?;
        } else {
            each(about.skipped(SkipReason::Missing))?;
        }
    }
    Ok(())
}

/// Whether a link on the way leads out of the root; `good` remembers folders seen.
fn leads_outside(root: &Path, at: &Path, good: &mut BTreeSet<PathBuf>) -> bool {
    let Some(folder) = at.parent() else { return true };
    if fs::symlink_metadata(at).is_ok_and(|meta| meta.is_symlink()) {
        return true;
    }
    if good.contains(folder) {
        return false;
    }
    match fs::canonicalize(folder) {
        Ok(real) if real.starts_with(root) => {
            good.insert(folder.into());
            false
        }
        Ok(_) => true,
        Err(_) => false,
    }
}

fn read_one(
    at: &Path,
    about: &About<'_>,
    limits: &Limits,
    each: Each<'_>,
) -> Result<(), Error> {
    let Ok(mut file) = File::open(at) else {
        return each(about.skipped(SkipReason::Unreadable));
    };
    match read_member(&mut file, about, limits, each) {
        Ok(()) => Ok(()),
        Err(Stop::Io(_)) => each(about.skipped(SkipReason::Unreadable)),
        Err(Stop::Error(error)) => Err(error),
    }
}
