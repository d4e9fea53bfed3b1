//! The seal of a Parquet table: a digest of the whole file, inside it.
//!
//! The Parquet library takes sizes out of damaged pages at their word and then asks for more
//! memory than there is, which ends the program. So that a damaged table is an error, every
//! table carries a metadata entry with the SHA-256 of its bytes, taken while the entry's value
//! is all zeros, and no page is decoded before the digest was found right.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use sha2::{Digest as _, Sha256};

/// Name of the metadata entry.
pub(super) const KEY: &str = "sclbench.seal";

/// Its value before the file is sealed, of the length of a digest in hexadecimal digits.
pub(super) const BLANK: &str =
    "0000000000000000000000000000000000000000000000000000000000000000";

/// Bytes between the key and the value: the value's field header and its length.
const GAP: usize = 2;

/// A footer is shorter than this.
const FOOTER: u64 = 16 << 20;

/// What the seal of a file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seal {
    /// The bytes are those that were written.
    Whole,
    /// They are not.
    Broken,
    /// The file has none.
    Missing,
}

/// Puts the digest of the file into its blank seal.
///
/// # Errors
///
/// The file cannot be read or written, or has no blank seal.
pub(super) fn put(file: &mut File) -> io::Result<()> {
    let length = file.seek(SeekFrom::End(0))?;
    let start = length.saturating_sub(FOOTER);
    file.seek(SeekFrom::Start(start))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    let at = place(&tail)
        .filter(|at| tail.get(*at..at + BLANK.len()) == Some(BLANK.as_bytes()))
        .ok_or_else(|| io::Error::other("the table was written without a seal"))?;
    file.rewind()?;
    let mut hash = Sha256::new();
    let mut part = vec![0; 1 << 16];
    let mut head = file.take(start);
    loop {
        match head.read(&mut part)? {
            0 => break,
            read => hash.update(&part[..read]),
        }
    }
    hash.update(&tail);
    file.seek(SeekFrom::Start(start + at as u64))?;
    file.write_all(hex(&hash.finalize()).as_bytes())
}

/// Whether the bytes of a file are those that were sealed.
pub(super) fn check(bytes: &[u8]) -> Seal {
    let Some(at) = place(bytes) else { return Seal::Missing };
    let Some((before, rest)) = bytes.split_at_checked(at) else { return Seal::Broken };
    let Some((seal, after)) = rest.split_at_checked(BLANK.len()) else {
        return Seal::Broken;
    };
    let hash = Sha256::new()
        .chain_update(before)
        .chain_update(BLANK)
        .chain_update(after)
        .finalize();
    if hex(&hash).as_bytes() == seal { Seal::Whole } else { Seal::Broken }
}

/// Where the value of the last entry of that name begins.
fn place(bytes: &[u8]) -> Option<usize> {
    let key = KEY.as_bytes();
    let at = bytes.windows(key.len()).rposition(|window| window == key)?;
    Some(at + key.len() + GAP)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
