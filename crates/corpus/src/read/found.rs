//! What reading brings: messages and counted skips.

use std::fmt;

use serde::{Deserialize, Serialize};

use mail::{Label, Timestamp};

/// One message as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawMessage {
    /// What the source says the message is.
    pub label: Label,
    /// First folder below the label's, or what a manifest says; may be empty.
    pub category: String,
    /// Path, `archive!member` or `mbox#number`.
    pub place: String,
    /// The bytes as stored, without a leading mbox `From ` line.
    pub raw: Vec<u8>,
    /// What the `From ` line said, where there was one.
    pub from_line: Option<FromLine>,
}

/// The mbox `From ` line of a message: a hint, written by whoever stored it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FromLine {
    /// Envelope sender as written; may be empty.
    pub sender: String,
    /// Its date, read as UTC where it names no zone.
    pub time: Option<Timestamp>,
}

/// A message that was found and not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Where it lies.
    pub place: String,
    /// Why it was skipped.
    pub reason: SkipReason,
}

/// A message or a skip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A message.
    Message(RawMessage),
    /// A counted skip.
    Skipped(Skipped),
}

/// Why a message was not read.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum SkipReason {
    /// No bytes at all.
    Empty,
    /// Larger than [`Limits::message_bytes`](crate::Limits::message_bytes).
    TooLarge,
    /// The first line is no header field.
    NoHeader,
    /// The MIME parser found no message.
    NotParseable,
    /// The index or the folders give it no label.
    Unlabelled,
    /// A symbolic or hard link, a pipe or a device.
    Link,
    /// A path that leaves the corpus.
    OutsidePath,
    /// An archive inside an archive or a folder of messages.
    NestedArchive,
    /// An archive member that is encrypted or packed in an unknown way.
    UnsupportedMember,
    /// The system would not give the file.
    Unreadable,
    /// Named by the index, but not there.
    Missing,
    /// Named by the index a second time.
    DuplicateEntry,
    /// The same bytes with the same label were read before.
    ExactDuplicate,
    /// The same bytes stand under both labels.
    LabelConflict,
}

impl SkipReason {
    /// Every reason.
    pub const ALL: [Self; 14] = [
        Self::Empty,
        Self::TooLarge,
        Self::NoHeader,
        Self::NotParseable,
        Self::Unlabelled,
        Self::Link,
        Self::OutsidePath,
        Self::NestedArchive,
        Self::UnsupportedMember,
        Self::Unreadable,
        Self::Missing,
        Self::DuplicateEntry,
        Self::ExactDuplicate,
        Self::LabelConflict,
    ];

    /// The kebab-case name used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLarge => "too-large",
            Self::NoHeader => "no-header",
            Self::NotParseable => "not-parseable",
            Self::Unlabelled => "unlabelled",
            Self::Link => "link",
            Self::OutsidePath => "outside-path",
            Self::NestedArchive => "nested-archive",
            Self::UnsupportedMember => "unsupported-member",
            Self::Unreadable => "unreadable",
            Self::Missing => "missing",
            Self::DuplicateEntry => "duplicate-entry",
            Self::ExactDuplicate => "exact-duplicate",
            Self::LabelConflict => "label-conflict",
        }
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
