//! Where a stored table comes from.

use serde::{Deserialize, Serialize};

/// Digest of one input of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputDigest {
    /// What the input is for: `corpus`, `policy`, `model`, `world`.
    pub role: String,
    /// File or folder name as the user wrote it.
    pub name: String,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
}

/// Everything needed to make a table again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The command line.
    pub command: String,
    /// Version of sclbench.
    pub version: String,
    /// Seed of every random choice.
    pub seed: u64,
    /// Digests of every input.
    pub inputs: Vec<InputDigest>,
}
