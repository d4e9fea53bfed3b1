//! Zip archives, bounded; nothing is written to disk.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use zip::ZipArchive;
use zip::result::ZipError;

use super::archive::{ArchiveMember, OverLimit, Plan, clean, damaged, index_text};
use super::member::{About, Each, Stop, read_member};
use super::tree::{self, Use};
use super::{Found, Limits, SkipReason, Skipped};
use crate::{Error, Source};

pub(super) fn read_zip(
    file: File,
    source: &Source,
    limits: &Limits,
    each: Each<'_>,
) -> Result<(), Error> {
    let path = &source.path;
    let packed = file.metadata().map_err(Error::io("read", path))?.len();
    let mut archive = ZipArchive::new(BufReader::new(file))
        .map_err(|error| bad(path, "in its directory", &error))?;
    if archive.len() as u64 > limits.archive_members {
        let limit = limits.archive_members;
        return Err(Error::Bomb { path: path.clone(), limit, what: "members" });
    }
    let ratio = Limits::RATIO_FREE_BYTES
        .saturating_add(packed.saturating_mul(limits.archive_ratio));
    let mut budget = ratio.min(limits.archive_bytes);
    let members = members(&mut archive, path)?;
    let plan = plan(&mut archive, &members, source, limits, &mut budget)?;
    let shown = path.display().to_string();
    plan.skipped(&shown, each)?;
    let mut left = plan.expected();
    for (at, member) in members.iter().enumerate() {
        let Some(member) = member else { continue };
        let place = format!("{shown}!{}", member.name);
        let (label, category) = match plan.classify(member, &mut left) {
            Use::Ignore => continue,
            Use::Skip(reason) => {
                each(Found::Skipped(Skipped { place, reason }))?;
                continue;
            }
            Use::Message { label, category } => (label, category),
        };
        let format = source.format.filter(|f| f.is_of_one_file());
        let about = About { label, category: &category, place: &place, format };
        let within = format!("in member `{}`", member.name);
        let inner = match archive.by_index(at) {
            Ok(inner) => inner,
            Err(ZipError::UnsupportedArchive(_)) => {
                each(about.skipped(SkipReason::UnsupportedMember))?;
                continue;
            }
            Err(error) => return Err(bad(path, &within, &error)),
        };
        let mut reader = Budgeted { inner, left: &mut budget, limits };
        match read_member(&mut reader, &about, limits, each) {
            Ok(()) => {}
            Err(Stop::Io(error)) => return Err(damaged(path, &within, &error)),
            Err(Stop::Error(error)) => return Err(error),
        }
    }
    Plan::missing(left, &shown, each)
}

type Archive = ZipArchive<BufReader<File>>;

/// Every member that is no folder, by position.
fn members(
    archive: &mut Archive,
    path: &Path,
) -> Result<Vec<Option<ArchiveMember>>, Error> {
    (0..archive.len())
        .map(|at| {
            let entry = archive
                .by_index_raw(at)
                .map_err(|error| bad(path, &format!("at member {at}"), &error))?;
            if entry.is_dir() {
                return Ok(None);
            }
            let stored = entry.name().map_or_else(
                |_| String::from_utf8_lossy(entry.name_raw()).into_owned(),
                |name| name.into_owned(),
            );
            let path = match clean(&stored) {
                _ if entry.is_symlink() => Err(SkipReason::Link),
                _ if entry.encrypted() => Err(SkipReason::UnsupportedMember),
                Some(path) => Ok(path),
                None => Err(SkipReason::OutsidePath),
            };
            let name = stored.chars().take(200).collect();
            Ok(Some(ArchiveMember { name, path }))
        })
        .collect()
}

fn plan(
    archive: &mut Archive,
    members: &[Option<ArchiveMember>],
    source: &Source,
    limits: &Limits,
    budget: &mut u64,
) -> Result<Plan, Error> {
    let mut paths = Vec::new();
    let mut indexes = BTreeMap::new();
    for (at, member) in members.iter().enumerate() {
        let Some(Ok(path)) = member.as_ref().map(|member| &member.path) else { continue };
        if tree::index_path([path.as_str()].into_iter()).is_some()
            && let Ok(inner) = archive.by_index(at)
        {
            let mut reader = Budgeted { inner, left: budget, limits };
            let text = index_text(&mut reader, limits)
                .map_err(|e| damaged(&source.path, &format!("in member `{path}`"), &e))?;
            indexes.insert(path.clone(), text);
        }
        paths.push(path.clone());
    }
    Plan::new(source, &paths, &indexes)
}

fn bad(path: &Path, place: &str, error: &ZipError) -> Error {
    let reason = match error {
        ZipError::Io(error) => return damaged(path, place, error),
        error => error.to_string().replace('\n', " "),
    };
    Error::Archive { path: path.into(), place: place.into(), reason }
}

/// A member's bytes, counted against what the whole archive may unpack to.
struct Budgeted<'b, R> {
    inner: R,
    left: &'b mut u64,
    limits: &'b Limits,
}

impl<R: Read> Read for Budgeted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        match self.left.checked_sub(n as u64) {
            Some(left) => *self.left = left,
            None => {
                let limit = self.limits.archive_ratio;
                return Err(io::Error::other(OverLimit(limit, "times its size")));
            }
        }
        Ok(n)
    }
}
