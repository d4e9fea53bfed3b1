//! Labels.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a person said a message is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    /// Good mail.
    Ham,
    /// Unwanted mail.
    Spam,
}

impl Label {
    /// Ham, then spam.
    pub const ALL: [Self; 2] = [Self::Ham, Self::Spam];

    /// 0 for ham, 1 for spam.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// `ham` or `spam`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ham => "ham",
            Self::Spam => "spam",
        }
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Ham => Self::Spam,
            Self::Spam => Self::Ham,
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Label {
    type Err = UnknownLabel;

    /// Reads `ham` or `spam` in any letter case, as the TREC kit does.
    fn from_str(text: &str) -> Result<Self, UnknownLabel> {
        Self::ALL
            .into_iter()
            .find(|label| label.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownLabel(text.chars().take(40).collect()))
    }
}

/// A label other than ham or spam.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no label; use `ham` or `spam`")]
pub struct UnknownLabel(String);
