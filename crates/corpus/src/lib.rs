//! Reading, reconstructing, packing, splitting and generating labelled mail.
//!
//! What it is for: every way from stored mail to [`mail::Case`]s: reading each format,
//! parsing, reconstructing the SMTP session, packs, duplicates and splits.
//!
//! What it must not know: event handling, thresholds, scores, table frames, threads.
//!
//! Main type: [`mail::Case`], made by [`read_all`] from sources or read from a pack.

pub mod agent_log;
pub mod generate;
pub mod world;

mod campaign;
mod date;
mod error;
mod gather;
mod inspect;
mod language;
mod pack;
mod parse;
mod read;
mod received;
mod relabel;
mod session;
mod sidecar;
mod source;
mod split;

pub use campaign::{Fingerprint, campaigns};
pub use date::parse_date;
pub use error::Error;
pub use gather::{Corpus, Duplicates, ReadOptions, Tally, is_pack, pack, read_all};
pub use inspect::{DefectCounts, Inspection, Inspector, LabelCounts, inspect};
pub use language::language;
pub use pack::{FORMAT_VERSION, PackReader, PackWriter, PackedCase};
pub use parse::{Defects, Parser, defects};
pub use read::{Found, FromLine, Limits, Mbox, Quoting, RawMessage, SkipReason, Skipped};
pub use received::Hop;
pub use relabel::{Correction, Corrections, Key, Noise, Relabel, Relabelled};
pub use session::{TrustBoundary, reconstruct};
pub use sidecar::Sidecar;
pub use source::{
    Format, ManifestSource, ManifestSpec, Source, SourceSpec, Sources, UnknownFormat,
};
pub use split::{
    Assignment, Fractions, Part, SplitRow, SplitSpec, SplitSummary, assign, split_pack,
};
