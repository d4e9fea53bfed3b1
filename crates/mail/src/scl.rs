//! The spam confidence level.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Spam confidence level, -1 to 9.
///
/// -1 means trusted or bypassed and is never overwritten; 0 to 9 is a rising probability
/// of spam. An absent level is `Option::None`. Source: specification section 3.1.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(try_from = "i64", into = "i64")]
pub struct Scl(i8);

impl Scl {
    /// Assessment bypassed or trusted sender.
    pub const TRUSTED: Self = Self(-1);
    /// Extremely unlikely to be spam.
    pub const MIN: Self = Self(0);
    /// Extremely likely to be spam.
    pub const MAX: Self = Self(9);

    /// A level from -1 to 9.
    ///
    /// # Errors
    ///
    /// [`InvalidScl`] outside that range.
    pub const fn new(value: i64) -> Result<Self, InvalidScl> {
        match value {
            #[expect(clippy::cast_possible_truncation, reason = "the pattern bounds it")]
            -1..=9 => Ok(Self(value as i8)),
            _ => Err(InvalidScl(value)),
        }
    }

    /// The nearest rating from 0 to 9; never the trusted mark.
    pub fn rating(value: i64) -> Self {
        Self(value.clamp(0, 9) as i8)
    }

    /// The number.
    pub const fn get(self) -> i8 {
        self.0
    }

    /// Whether this is -1.
    pub const fn is_trusted(self) -> bool {
        self.0 < 0
    }
}

impl fmt::Display for Scl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<i64> for Scl {
    type Error = InvalidScl;

    fn try_from(value: i64) -> Result<Self, InvalidScl> {
        Self::new(value)
    }
}

impl From<Scl> for i64 {
    fn from(scl: Scl) -> Self {
        Self::from(scl.0)
    }
}

/// A number outside -1 to 9.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no SCL; use -1 to 9")]
pub struct InvalidScl(i64);
