//! Wrong labels on purpose.

use std::fmt;

use mail::{CaseId, Label};
use sha2::{Digest as _, Sha256};

/// Shares of messages that get the other label, chosen by a keyed hash of each message's id:
/// the same messages whatever the order of reading, and all copies of one alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Noise {
    /// Share of good mail that is called spam.
    pub ham: f64,
    /// Share of spam that is called good.
    pub spam: f64,
    /// Key of the hash.
    pub seed: u64,
}

impl Noise {
    /// Whether this message gets the other label.
    pub(crate) fn takes(&self, id: CaseId, label: Label) -> bool {
        let rate = match label {
            Label::Ham => self.ham,
            Label::Spam => self.spam,
        };
        let mut digest = Sha256::new();
        digest.update(b"label noise");
        digest.update(self.seed.to_le_bytes());
        digest.update(id.0);
        let head =
            digest.finalize().iter().take(6).fold(0_u64, |n, b| n << 8 | u64::from(*b));
        // 48 bits are exact in a double.
        (head as f64) < rate * 2_f64.powi(48)
    }
}

impl fmt::Display for Noise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ham, spam, seed } = self;
        write!(f, "ham {ham}, spam {spam}, seed {seed}")
    }
}
