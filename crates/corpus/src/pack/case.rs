//! One row of a pack: a case whose message is not parsed yet.

use mail::{Case, CaseId, Label, Message, Parse, Session, Timestamp};

use crate::{Parser, SkipReason, Skipped};

/// A case before parsing. Parsing is separate so that a caller can do it in parallel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedCase {
    /// Digest of the raw bytes.
    pub id: CaseId,
    /// Label.
    pub label: Label,
    /// Category, may be empty.
    pub category: String,
    /// Where it was read: path, `archive!member`, `mbox#number`.
    pub place: String,
    /// Smallest id of its campaign: the exact and near duplicates of a message.
    pub campaign: CaseId,
    /// When it was received.
    pub time: Timestamp,
    /// Its session.
    pub session: Session,
    /// The message as read.
    pub raw: Vec<u8>,
}

impl PackedCase {
    /// Parses the message.
    ///
    /// # Errors
    ///
    /// The counted skip where the bytes are no message.
    pub fn parse(self) -> Result<Case, Skipped> {
        match Parser.parse(&self.raw) {
            Some(message) => Ok(self.with_message(message)),
            None => Err(Skipped { place: self.place, reason: SkipReason::NotParseable }),
        }
    }

    pub(crate) fn with_message(self, message: Message) -> Case {
        Case {
            id: self.id,
            label: self.label,
            category: self.category,
            time: self.time,
            session: self.session,
            message,
            raw: self.raw,
        }
    }

    /// A row for a case that is known already, such as a generated one.
    pub fn of_case(case: Case, place: String, campaign: CaseId) -> Self {
        Self {
            id: case.id,
            label: case.label,
            category: case.category,
            place,
            campaign,
            time: case.time,
            session: case.session,
            raw: case.raw,
        }
    }
}
