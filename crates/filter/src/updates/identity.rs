//! Identities of updates.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::UpdateError;

/// The identity of an update: 128 bits, written as update services write theirs.
///
/// As text it is lower-case hexadecimal and hyphens only, so it is safe as a folder's name.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Identity([u8; 16]);

impl Identity {
    /// The identity of an update that says `parts`: the same update, the same identity.
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let digest = hash.finalize();
        let mut bytes: [u8; 16] = *digest.first_chunk().expect("a digest is longer");
        // Version 8, variant 1 of RFC 9562: bits made by a method of one's own.
        bytes[6] = (bytes[6] & 0x0f) | 0x80;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        Self(bytes)
    }
}

/// Bytes before which a hyphen stands.
const HYPHENS: [usize; 4] = [4, 6, 8, 10];

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            if HYPHENS.contains(&at) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl FromStr for Identity {
    type Err = UpdateError;

    fn from_str(text: &str) -> Result<Self, UpdateError> {
        let invalid = || UpdateError::Identity(text.chars().take(40).collect());
        let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b'-').collect();
        if digits.len() != 32 {
            return Err(invalid());
        }
        let mut bytes = [0; 16];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| invalid())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| invalid())?;
        }
        let identity = Self(bytes);
        // One spelling only.
        if identity.to_string() == text { Ok(identity) } else { Err(invalid()) }
    }
}

impl TryFrom<String> for Identity {
    type Error = UpdateError;

    fn try_from(text: String) -> Result<Self, UpdateError> {
        text.parse()
    }
}

impl From<Identity> for String {
    fn from(identity: Identity) -> Self {
        identity.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parts_are_kept_apart() {
        let identity = |parts: [&str; 2]| Identity::of(parts.map(str::as_bytes));
        assert_ne!(identity(["ab", "c"]), identity(["a", "bc"]));
        let text = identity(["ab", "c"]).to_string();
        assert_eq!(text.parse::<Identity>().unwrap(), identity(["ab", "c"]));
        assert!(text.to_uppercase().parse::<Identity>().is_err());
        assert!(text.replace('-', "").parse::<Identity>().is_err());
    }

    proptest! {
        #[test]
        fn only_safe_names_are_identities(text in "\\PC{0,40}") {
            if let Ok(identity) = text.parse::<Identity>() {
                prop_assert_eq!(identity.to_string(), text);
            }
        }
    }
}
