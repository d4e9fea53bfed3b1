//! The case: what everything counts.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Label, Message, Session, Timestamp};

/// SHA-256 of a message's raw bytes, as they were read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaseId(pub [u8; 32]);

impl CaseId {
    /// The first twelve hexadecimal digits, enough to name a message to a person.
    pub fn short(&self) -> String {
        self.to_string()[..12].to_owned()
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CaseId({})", self.short())
    }
}

impl FromStr for CaseId {
    type Err = InvalidCaseId;

    fn from_str(text: &str) -> Result<Self, InvalidCaseId> {
        let invalid = || InvalidCaseId(text.chars().take(80).collect());
        if text.len() != 64 {
            return Err(invalid());
        }
        let mut bytes = [0; 32];
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let (Some(high), Some(low)) = (digit(digits[0]), digit(digits[1])) else {
                return Err(invalid());
            };
            *byte = high << 4 | low;
        }
        Ok(Self(bytes))
    }
}

/// What a hexadecimal digit stands for.
const fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// A text that is no message digest.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a message id of 64 hexadecimal digits")]
pub struct InvalidCaseId(String);

impl Serialize for CaseId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CaseId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// One labelled message with its SMTP session.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Digest of the raw bytes.
    pub id: CaseId,
    /// What a person said the message is.
    pub label: Label,
    /// Finer kind within the label (`newsletter`, `phishing`, a folder's name); may be empty.
    pub category: String,
    /// When the server received the message; see [`Session::time`] for where it comes from.
    pub time: Timestamp,
    /// The SMTP session, recorded or reconstructed.
    pub session: Session,
    /// The parsed message.
    pub message: Message,
    /// The message as read, without an mbox `From ` line.
    pub raw: Vec<u8>,
}

impl Case {
    /// Size of the message as it stands, without the fields that the firewall took.
    pub fn size(&self) -> usize {
        self.raw.len().saturating_sub(self.message.firewalled_bytes)
    }
}
