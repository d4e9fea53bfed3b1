//! From sources to cases: reading, parsing, reconstructing, recorded envelopes, duplicates.
//!
//! What it is for: one way from any mix of sources to cases in time order, in memory
//! ([`read_all`]) or in a pack ([`pack`]), with every message counted once.
//!
//! What it must not know: what the cases are used for.
//!
//! Main type: [`Corpus`].

mod pass;
mod spill;
mod tally;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use mail::{Case, CaseId, Message, Provenance};

use crate::{
    Error, Format, Limits, PackReader, PackWriter, PackedCase, Relabel, SourceSpec,
    Sources, TrustBoundary,
};

pub use tally::Tally;

pub(crate) use pass::{Gathered, Store};

use pass::gather;
use spill::Spill;

/// What to do with a message whose bytes were read before under the same label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Duplicates {
    /// Count it as skipped, so that every id names one case.
    #[default]
    Skip,
    /// Keep it, as traffic has it; several cases then have one id.
    Keep,
}

/// How sources are read.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// Bounds on messages and archives.
    pub limits: Limits,
    /// Format of the sources that are no manifests, where it is not to be detected.
    pub format: Option<Format>,
    /// Exact copies.
    pub duplicates: Duplicates,
    /// Trust boundary; wins over the manifests'.
    pub trust: Option<TrustBoundary>,
    /// Sidecars besides the manifests'.
    pub sidecars: Vec<PathBuf>,
    /// How labels are changed.
    pub relabel: Relabel,
}

/// Everything that sources hold, in memory.
#[derive(Debug, Clone, Default)]
pub struct Corpus {
    /// Cases by time, then id.
    pub cases: Vec<Case>,
    /// The campaign of each case: smallest id among its exact and near duplicates.
    pub campaigns: Vec<CaseId>,
    /// Where each case was read.
    pub places: Vec<String>,
    /// What was read and skipped.
    pub tally: Tally,
}

/// Whether the file is a Parquet file, and so a pack as far as corpus sources go.
pub fn is_pack(path: &Path) -> bool {
    let mut head = [0; 4];
    path.is_file()
        && File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok()
        && crate::read::is_pack_head(&head)
}

/// Reads sources and packs into memory.
///
/// One pack alone keeps its campaigns; any other mix is grouped anew.
///
/// # Errors
///
/// A file that cannot be used; bad messages are skipped and counted.
pub fn read_all(specs: &[SourceSpec], options: &ReadOptions) -> Result<Corpus, Error> {
    let sources = Sources::resolve(specs, options.format)?;
    if let [source] = sources.sources.as_slice()
        && source.label.is_none()
        && options.sidecars.is_empty()
        && is_pack(&source.path)
    {
        return read_pack(&source.path, &options.relabel);
    }
    let mut memory = Memory::default();
    let gathered = gather(&sources, options, &mut memory)?;
    let mut held: Vec<Option<(Vec<u8>, Message)>> =
        memory.0.into_iter().map(Some).collect();
    let mut corpus = Corpus { tally: gathered.tally, ..Corpus::default() };
    for at in gathered.order {
        let mut row = gathered.rows[at].clone();
        if let Some((raw, message)) = held[at].take() {
            row.raw = raw;
            corpus.campaigns.push(row.campaign);
            corpus.places.push(row.place.clone());
            corpus.cases.push(row.with_message(message));
        }
    }
    Ok(corpus)
}

fn read_pack(path: &Path, relabel: &Relabel) -> Result<Corpus, Error> {
    let mut corpus = Corpus::default();
    let pack = PackReader::open_relabelled(path, relabel)?;
    corpus.tally.relabelled = pack.relabelled().clone();
    for batch in pack {
        for row in batch? {
            let (campaign, place) = (row.campaign, row.place.clone());
            match row.parse() {
                Ok(case) => {
                    corpus.tally.case(case.label);
                    corpus.cases.push(case);
                    corpus.campaigns.push(campaign);
                    corpus.places.push(place);
                }
                Err(skipped) => corpus.tally.skip(skipped),
            }
        }
    }
    Ok(corpus)
}

/// Reads sources into a pack at `target`, in time order. Messages wait in a temporary file
/// beside it, so memory does not grow with their bytes.
///
/// # Errors
///
/// A file that cannot be used, sources without a message, or a target that cannot be written;
/// then there is no pack.
pub fn pack(
    specs: &[SourceSpec],
    options: &ReadOptions,
    target: &Path,
    provenance: &Provenance,
) -> Result<Tally, Error> {
    let sources = Sources::resolve(specs, options.format)?;
    let mut spill = Spill::create(target)?;
    let gathered = gather(&sources, options, &mut spill)?;
    if gathered.rows.is_empty() {
        return Err(Error::empty(specs, &gathered.tally));
    }
    let mut writer = PackWriter::create(target, provenance)?;
    for at in gathered.order {
        let raw = spill.get(at)?;
        writer.push(&PackedCase { raw, ..gathered.rows[at].clone() })?;
    }
    writer.finish()?;
    Ok(gathered.tally)
}

/// Messages of a corpus that fits into memory.
#[derive(Default)]
struct Memory(Vec<(Vec<u8>, Message)>);

impl Store for Memory {
    fn put(&mut self, raw: Vec<u8>, message: Message) -> Result<(), Error> {
        self.0.push((raw, message));
        Ok(())
    }
}

/// Gathers with a store of the caller's.
pub(crate) fn gather_into(
    specs: &[SourceSpec],
    options: &ReadOptions,
    store: &mut dyn Store,
) -> Result<Gathered, Error> {
    gather(&Sources::resolve(specs, options.format)?, options, store)
}

#[cfg(test)]
mod tests;
