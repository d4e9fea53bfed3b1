//! The SMTP session of a case.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Where a session field comes from.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// A recorded envelope (sidecar, generator, agent log).
    Recorded,
    /// The Received field at the trust boundary.
    Received,
    /// Return-Path.
    ReturnPath,
    /// Delivered-To.
    DeliveredTo,
    /// X-Original-To.
    OriginalTo,
    /// To and Cc.
    To,
    /// The mbox `From ` line.
    FromLine,
    /// Date.
    Date,
    /// Position in the corpus, where no date is usable.
    Position,
    /// Could not be reconstructed.
    Unknown,
}

impl Origin {
    /// Every origin.
    pub const ALL: [Self; 10] = [
        Self::Recorded,
        Self::Received,
        Self::ReturnPath,
        Self::DeliveredTo,
        Self::OriginalTo,
        Self::To,
        Self::FromLine,
        Self::Date,
        Self::Position,
        Self::Unknown,
    ];

    /// The kebab-case name used in packs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Received => "received",
            Self::ReturnPath => "return-path",
            Self::DeliveredTo => "delivered-to",
            Self::OriginalTo => "original-to",
            Self::To => "to",
            Self::FromLine => "from-line",
            Self::Date => "date",
            Self::Position => "position",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Origin {
    type Err = UnknownOrigin;

    fn from_str(text: &str) -> Result<Self, UnknownOrigin> {
        Self::ALL
            .into_iter()
            .find(|origin| origin.name() == text)
            .ok_or_else(|| UnknownOrigin(text.chars().take(40).collect()))
    }
}

/// A word that names no origin.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` names no origin of a session field")]
pub struct UnknownOrigin(String);

/// A session field with its origin; `value` is `None` exactly when the origin is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field<T> {
    value: Option<T>,
    origin: Origin,
}

impl<T> Field<T> {
    /// A known value; `origin` is where it was found.
    pub fn known(value: T, origin: Origin) -> Self {
        debug_assert!(origin != Origin::Unknown, "a known value has an origin");
        Self { value: Some(value), origin }
    }

    /// A field that could not be reconstructed.
    pub const fn unknown() -> Self {
        Self { value: None, origin: Origin::Unknown }
    }

    /// The value, where known.
    pub const fn get(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// Where it comes from.
    pub const fn origin(&self) -> Origin {
        self.origin
    }
}

impl<T> Default for Field<T> {
    fn default() -> Self {
        Self::unknown()
    }
}

/// The SMTP session that brought a message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Session {
    /// Connecting address, outside the trust boundary.
    pub client_ip: Field<IpAddr>,
    /// HELO or EHLO name.
    pub helo: Field<String>,
    /// Whether the client authenticated; unknown is treated as anonymous.
    pub authenticated: Field<bool>,
    /// MAIL FROM; an empty string is the null sender.
    pub mail_from: Field<String>,
    /// RCPT TO, at least one address where known.
    pub rcpt_to: Field<Vec<String>>,
    /// Origin of the case's time.
    pub time: TimeOrigin,
}

/// Origin of [`Case::time`](crate::Case::time).
pub type TimeOrigin = Field<()>;
