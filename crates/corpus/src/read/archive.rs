//! Compressed files and tar archives, streamed and bounded; nothing is written to disk.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::detect::{Content, HEAD};
use super::index::Index;
use super::member::{About, Each, Stop, read_member};
use super::tree::{self, Layout, Use};
use super::{Found, Limits, SkipReason, Skipped};
use crate::{Error, Source};

/// A file's bytes after at most one layer of compression, counted against the limits.
pub(super) struct Unpacked {
    path: PathBuf,
    reader: BufReader<Meter>,
}

impl Unpacked {
    pub(super) fn open(path: &Path, limits: &Limits) -> Result<Self, Error> {
        let file = File::open(path).map_err(Error::io("read", path))?;
        let packed_bytes = Rc::new(Cell::new(0));
        let counted = Counted { inner: file, bytes: packed_bytes.clone() };
        let mut packed = BufReader::with_capacity(1 << 16, counted);
        let head = packed.fill_buf().map_err(Error::io("read", path))?;
        let content = Content::of(&head[..head.len().min(HEAD)]);
        let inner: Box<dyn Read> = match content {
            Content::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(packed)),
            Content::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(packed)),
            Content::Xz => Box::new(xz(packed).map_err(Error::io("unpack", path))?),
            Content::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(packed)
                    .map_err(Error::io("unpack", path))?;
                // 128 MiB of window at most, as the command line tool allows.
                decoder.window_log_max(27).map_err(Error::io("unpack", path))?;
                Box::new(decoder)
            }
            Content::Zip
            | Content::Tar
            | Content::Parquet
            | Content::Index
            | Content::Mbox
            | Content::Message => Box::new(packed),
        };
        let bytes = Rc::new(Cell::new(0));
        let meter = Meter {
            inner,
            bytes,
            packed_bytes: content.is_packed().then_some(packed_bytes),
            limits: *limits,
            trailing_zeros: Rc::new(Cell::new(0)),
        };
        let reader = BufReader::with_capacity(1 << 16, meter);
        Ok(Self { path: path.into(), reader })
    }

    /// The first bytes, without consuming them.
    pub(super) fn head(&mut self) -> Result<&[u8], Error> {
        match self.reader.fill_buf() {
            Ok(_) => {
                let head = self.reader.buffer();
                Ok(&head[..head.len().min(HEAD)])
            }
            Err(error) => Err(damaged(&self.path, "at its start", &error)),
        }
    }

    /// The error for bytes that could not be read or unpacked here.
    pub(super) fn damaged(&self, error: &io::Error) -> Error {
        let at = self.reader.get_ref().bytes.get() - self.reader.buffer().len() as u64;
        damaged(&self.path, &format!("at unpacked byte {at}"), error)
    }

    /// Reads the rest, so that a checksum at the end is verified.
    pub(super) fn finish(mut self) -> Result<(), Error> {
        io::copy(&mut self.reader, &mut io::sink()).map_err(|e| self.damaged(&e))?;
        Ok(())
    }
}

impl Read for Unpacked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer)
    }
}

fn xz<R: BufRead>(packed: R) -> io::Result<impl Read> {
    // 256 MiB serve every preset; the largest needs 65 MiB.
    let stream = liblzma::stream::Stream::new_stream_decoder(
        256 << 20,
        liblzma::stream::CONCATENATED,
    )?;
    Ok(liblzma::bufread::XzDecoder::new_stream(packed, stream))
}

/// Turns a reading error into the archive's; a limit that was met is told as such.
pub(super) fn damaged(path: &Path, place: &str, error: &io::Error) -> Error {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<OverLimit>()) {
        Some(over) => Error::Bomb { path: path.into(), limit: over.0, what: over.1 },
        None => {
            let reason = match error.kind() {
                io::ErrorKind::UnexpectedEof => "it ends too early".to_owned(),
                _ => error.to_string().replace('\n', " "),
            };
            Error::Archive { path: path.into(), place: place.into(), reason }
        }
    }
}

/// A limit that was met, carried through readers as their error.
#[derive(Debug)]
pub(super) struct OverLimit(pub(super) u64, pub(super) &'static str);

impl fmt::Display for OverLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "more than {} {}", self.0, self.1)
    }
}

impl std::error::Error for OverLimit {}

struct Counted<R> {
    inner: R,
    bytes: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.bytes.set(self.bytes.get() + n as u64);
        Ok(n)
    }
}

/// Counts unpacked bytes and stops at the limits.
struct Meter {
    inner: Box<dyn Read>,
    bytes: Rc<Cell<u64>>,
    packed_bytes: Option<Rc<Cell<u64>>>,
    limits: Limits,
    trailing_zeros: Rc<Cell<u64>>,
}

impl Read for Meter {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        let bytes = self.bytes.get() + n as u64;
        self.bytes.set(bytes);
        let zeros = buffer[..n].iter().rev().take_while(|b| **b == 0).count();
        let before = if zeros == n { self.trailing_zeros.get() } else { 0 };
        self.trailing_zeros.set(before + zeros as u64);
        if let Some(packed) = &self.packed_bytes {
            let (limit, ratio) = (self.limits.archive_bytes, self.limits.archive_ratio);
            if bytes > limit {
                return Err(io::Error::other(OverLimit(limit, "bytes")));
            }
            let allowed = Limits::RATIO_FREE_BYTES + packed.get().saturating_mul(ratio);
            if bytes > allowed {
                return Err(io::Error::other(OverLimit(ratio, "times its size")));
            }
        }
        Ok(n)
    }
}

/// Reads a tar in two passes: names and index first, messages second.
pub(super) fn read_tar(
    first: Unpacked,
    source: &Source,
    limits: &Limits,
    each: Each<'_>,
) -> Result<(), Error> {
    let plan = Plan::of_tar(first, source, limits)?;
    let archive = source.path.display().to_string();
    plan.skipped(&archive, each)?;
    let mut left = plan.expected();
    let second = Unpacked::open(&source.path, limits)?;
    walk_tar(second, limits, &mut |member, reader| {
        let place = format!("{archive}!{}", member.name);
        let (label, category) = match plan.classify(member, &mut left) {
            Use::Ignore => return Ok(()),
            Use::Skip(reason) => {
                return Ok(each(Found::Skipped(Skipped { place, reason }))?);
            }
            Use::Message { label, category } => (label, category),
        };
        let format = source.format.filter(|f| f.is_of_one_file());
        let about = About { label, category: &category, place: &place, format };
        read_member(reader, &about, limits, each)
    })?;
    Plan::missing(left, &archive, each)
}

/// One regular member or a skip, with its cleaned path.
pub(super) struct ArchiveMember {
    /// Path as stored.
    pub(super) name: String,
    /// Cleaned path, or why it is not read.
    pub(super) path: Result<String, SkipReason>,
}

/// What to read of an archive.
pub(super) struct Plan {
    layout: Layout,
    /// Path before every member that counts (`spamassassin/`).
    root: String,
    /// Lines of the index that cannot be used.
    unusable: Vec<Skipped>,
}

impl Plan {
    fn of_tar(first: Unpacked, source: &Source, limits: &Limits) -> Result<Self, Error> {
        let mut paths = Vec::new();
        let mut indexes = BTreeMap::new();
        walk_tar(first, limits, &mut |member, reader| {
            if let Ok(path) = &member.path {
                if tree::index_path([path.as_str()].into_iter()).is_some() {
                    indexes.insert(path.clone(), index_text(reader, limits)?);
                }
                paths.push(path.clone());
            }
            Ok(())
        })?;
        Self::new(source, &paths, &indexes)
    }

    /// `indexes` holds the texts of all members called `index`.
    pub(super) fn new(
        source: &Source,
        paths: &[String],
        indexes: &BTreeMap<String, Vec<u8>>,
    ) -> Result<Self, Error> {
        let all = || paths.iter().map(String::as_str);
        let index = tree::index_path(all())
            .filter(|_| source.format.is_none_or(|f| f == crate::Format::Trec));
        if let Some((at, text)) = index.and_then(|at| Some((at, indexes.get(at)?)))
            && Content::of(&text[..text.len().min(HEAD)]) == Content::Index
        {
            let (root, folder) = tree::index_root(at);
            let place = format!("{}!{at}", source.path.display());
            let index = Index::parse(text, folder, &place);
            let layout = Layout::of_index(&index, source.label);
            return Ok(Self { layout, root: root.into(), unusable: index.skipped });
        }
        let layout = Layout::of_paths(source.label, all())
            .ok_or_else(|| Error::Unlabelled { path: source.path.clone() })?;
        Ok(Self { layout, root: tree::wrapper(all()), unusable: Vec::new() })
    }

    pub(super) fn skipped(&self, _archive: &str, each: Each<'_>) -> Result<(), Error> {
        self.unusable.iter().try_for_each(|skip| each(Found::Skipped(skip.clone())))
    }

    /// The members an index names.
    pub(super) fn expected(&self) -> BTreeSet<String> {
        match &self.layout {
            Layout::Index(labels) => labels.keys().cloned().collect(),
            Layout::Given(_) | Layout::Folders => BTreeSet::new(),
        }
    }

    /// What to do with a member; takes it off the list of those still expected.
    pub(super) fn classify(
        &self,
        member: &ArchiveMember,
        left: &mut BTreeSet<String>,
    ) -> Use {
        match &member.path {
            Err(reason) => Use::Skip(*reason),
            Ok(path) => match path.strip_prefix(self.root.as_str()) {
                None => Use::Ignore,
                Some(path) => {
                    let again =
                        matches!(self.layout, Layout::Index(_)) && !left.remove(path);
                    match self.layout.classify(path) {
                        // A second member of the same name.
                        Use::Message { .. } if again => {
                            Use::Skip(SkipReason::DuplicateEntry)
                        }
                        usage => usage,
                    }
                }
            },
        }
    }

    /// Counts what the index names and the archive lacks.
    pub(super) fn missing(
        left: BTreeSet<String>,
        archive: &str,
        each: Each<'_>,
    ) -> Result<(), Error> {
        left.iter().try_for_each(|path| {
            let place = format!("{archive}!{path}");
            each(Found::Skipped(Skipped { place, reason: SkipReason::Missing }))
        })
    }
}

/// The text of an index, as far as the limit of a message.
pub(super) fn index_text(reader: &mut dyn Read, limits: &Limits) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    reader.take(limits.message_bytes).read_to_end(&mut text)?;
    Ok(text)
}

/// A relative path without `.` and `..`; `None` where it leaves the archive.
pub(super) fn clean(name: &str) -> Option<String> {
    if name.starts_with('/') || name.contains('\0') || name.contains('\\') {
        return None;
    }
    let parts: Vec<&str> = name.split('/').filter(|p| !matches!(*p, "" | ".")).collect();
    (!parts.is_empty() && !parts.contains(&"..")).then(|| parts.join("/"))
}

type Visit<'v> = &'v mut dyn FnMut(&ArchiveMember, &mut dyn Read) -> Result<(), Stop>;

/// Visits every member that is a file or must be counted, then checks the end.
fn walk_tar(unpacked: Unpacked, limits: &Limits, visit: Visit<'_>) -> Result<(), Error> {
    let path = unpacked.path.clone();
    let meter = unpacked.reader.get_ref();
    let (bytes, zeros) = (meter.bytes.clone(), meter.trailing_zeros.clone());
    let mut last = String::new();
    let bad = |last: &str, error: &io::Error| {
        let place = match last {
            "" => format!("near unpacked byte {}", bytes.get()),
            last => format!("near unpacked byte {}, at member `{last}`", bytes.get()),
        };
        damaged(&path, &place, error)
    };
    // Read past the buffer, so that the zeros at the end are the end mark's.
    let mut archive = tar::Archive::new(unpacked.reader);
    let entries = archive.entries().map_err(|e| bad("", &e))?.raw(true);
    let mut long_name = None;
    for (number, entry) in (1_u64..).zip(entries) {
        let mut entry = entry.map_err(|e| bad(&last, &e))?;
        if number > limits.archive_members {
            let limit = limits.archive_members;
            return Err(Error::Bomb { path, limit, what: "members" });
        }
        let kind = entry.header().entry_type();
        if kind.is_gnu_longname() || kind.is_pax_local_extensions() {
            let text = extension(&mut entry).map_err(|e| bad(&last, &e))?;
            let name = if kind.is_gnu_longname() { Some(text) } else { pax_path(&text) };
            long_name = name.or(long_name);
            continue;
        }
        if kind.is_dir() || kind.is_pax_global_extensions() || kind.is_gnu_longlink() {
            continue;
        }
        let stored = entry.path_bytes();
        let name = long_name.take().unwrap_or_else(|| stored.into_owned());
        last = String::from_utf8_lossy(&name).chars().take(200).collect();
        let file = kind.is_file() || kind.is_contiguous();
        let path = match std::str::from_utf8(&name).ok().and_then(clean) {
            _ if !file => Err(SkipReason::Link),
            Some(path) => Ok(path),
            None => Err(SkipReason::OutsidePath),
        };
        match visit(&ArchiveMember { name: last.clone(), path }, &mut entry) {
            Ok(()) => {}
            Err(Stop::Io(error)) => return Err(bad(&last, &error)),
            Err(Stop::Error(error)) => return Err(error),
        }
    }
    let mut rest = archive.into_inner();
    io::copy(&mut rest, &mut io::sink()).map_err(|e| bad(&last, &e))?;
    if zeros.get() < 512 {
        return Err(bad(&last, &io::Error::from(io::ErrorKind::UnexpectedEof)));
    }
    Ok(())
}

/// The text of a long name or an extension header, which real ones keep short.
fn extension(entry: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    entry.take(64 << 10).read_to_end(&mut text)?;
    while text.last() == Some(&0) {
        text.pop();
    }
    Ok(text)
}

/// The `path` of a pax header: records are `length key=value\n`.
fn pax_path(text: &[u8]) -> Option<Vec<u8>> {
    text.split(|b| *b == b'\n').find_map(|record| {
        let space = record.iter().position(|b| *b == b' ')?;
        Some(record[space + 1..].strip_prefix(b"path=")?.to_vec())
    })
}
