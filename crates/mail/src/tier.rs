//! Where a message ended.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Where a message ended, mildest to harshest.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// Delivered to the inbox.
    Inbox,
    /// Delivered to the junk folder.
    Junk,
    /// Sent to the quarantine mailbox.
    Quarantine,
    /// Refused; the sender is told.
    Reject,
    /// Dropped; nobody is told.
    Delete,
}

impl Tier {
    /// All five, mildest first.
    pub const ALL: [Self; 5] =
        [Self::Inbox, Self::Junk, Self::Quarantine, Self::Reject, Self::Delete];
    /// The four that act on a message, mildest first: those with error rates.
    pub const ACTING: [Self; 4] =
        [Self::Junk, Self::Quarantine, Self::Reject, Self::Delete];

    /// Position in [`Tier::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Lower-case name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inbox => "inbox",
            Self::Junk => "junk",
            Self::Quarantine => "quarantine",
            Self::Reject => "reject",
            Self::Delete => "delete",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Tier {
    type Err = UnknownTier;

    fn from_str(text: &str) -> Result<Self, UnknownTier> {
        Self::ALL
            .into_iter()
            .find(|tier| tier.name() == text)
            .ok_or_else(|| UnknownTier(text.chars().take(40).collect()))
    }
}

/// A word that names no tier.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` names no tier; use inbox, junk, quarantine, reject or delete")]
pub struct UnknownTier(String);
