//! Versions of definitions, such as 6.5.7757.0.

use std::fmt;
use std::str::FromStr;

use mail::Timestamp;
use serde::{Deserialize, Serialize};

use super::UpdateError;

/// Four numbers; a later definition has a greater version.
///
/// As text it is digits and dots only, so it is safe as a folder's name.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Version([u16; 4]);

impl Version {
    /// The version of definitions released at `released`: one build per day, through the one
    /// pair of version and date that is documented, 6.5.7757.0 of 15 December 2005.
    ///
    /// A choice of this project; `None` before September 1984 and after the year 2163.
    pub fn released(released: Timestamp) -> Option<Self> {
        let day = released.0.div_euclid(86_400) - ANCHOR_DAY;
        let build = u16::try_from(i64::from(ANCHOR_BUILD) + day).ok()?;
        Some(Self([6, 5, build, 0]))
    }
}

/// Days from 1970 to 15 December 2005. Source: specification section 6.6.
const ANCHOR_DAY: i64 = 13_132;
const ANCHOR_BUILD: u16 = 7_757;

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d] = self.0;
        write!(f, "{a}.{b}.{c}.{d}")
    }
}

impl FromStr for Version {
    type Err = UpdateError;

    fn from_str(text: &str) -> Result<Self, UpdateError> {
        let invalid = || UpdateError::Version(text.chars().take(40).collect());
        let mut numbers = [0; 4];
        let mut parts = text.split('.');
        for number in &mut numbers {
            let part = parts.next().ok_or_else(invalid)?;
            *number = part.parse().map_err(|_| invalid())?;
            // One spelling only: no sign, no leading zero.
            if number.to_string() != part {
                return Err(invalid());
            }
        }
        if parts.next().is_some() {
            return Err(invalid());
        }
        Ok(Self(numbers))
    }
}

impl TryFrom<String> for Version {
    type Error = UpdateError;

    fn try_from(text: String) -> Result<Self, UpdateError> {
        text.parse()
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_documented_release_has_the_documented_version() {
        let released = Timestamp::parse("2005-12-15T00:00:00Z").unwrap();
        assert_eq!(Version::released(released).unwrap().to_string(), "6.5.7757.0");
        let next = Timestamp(released.0 + 86_400);
        assert!(Version::released(next) > Version::released(released));
        assert_eq!(Version::released(Timestamp(0)), None);
    }

    #[test]
    fn versions_order_by_number() {
        let version = |text: &str| text.parse::<Version>().unwrap();
        assert!(version("6.5.10000.0") > version("6.5.7757.0"));
        for bad in
            ["", "6.5.7757", "6.5.7757.0.1", "6.5.07757.0", "6.5.+1.0", "6.5.70000.0"]
        {
            let error = bad.parse::<Version>().unwrap_err().to_string();
            assert!(error.contains("use four numbers such as 6.5.7757.0"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn only_safe_names_are_versions(text in "[0-9./\\\\a-z-]{0,16}") {
            if let Ok(version) = text.parse::<Version>() {
                prop_assert_eq!(version.to_string(), text.clone());
                prop_assert!(text.bytes().all(|b| b.is_ascii_digit() || b == b'.'));
                prop_assert!(!text.contains(".."));
            }
        }
    }
}
