//! What a file is, from its first bytes.

use super::index::is_index_line;
use super::mbox::starts_with_postmark;

/// Bytes that suffice to recognise every format.
pub(super) const HEAD: usize = 4096;

/// What the first bytes of a file say it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Gzip,
    Zstd,
    Xz,
    Bzip2,
    Zip,
    Tar,
    Parquet,
    Index,
    Mbox,
    Message,
}

impl Content {
    pub(super) fn of(head: &[u8]) -> Self {
        if head.starts_with(&[0x1f, 0x8b]) {
            Self::Gzip
        } else if head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
            Self::Zstd
        } else if head.starts_with(&[0xfd, b'7', b'z', b'X', b'Z', 0]) {
            Self::Xz
        } else if head.starts_with(b"BZh") && head.get(4..10) == Some(b"1AY&SY") {
            Self::Bzip2
        } else if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
            Self::Zip
        } else if is_pack(head) {
            Self::Parquet
        } else if is_tar(head) {
            Self::Tar
        } else if starts_with_postmark(head) {
            Self::Mbox
        } else if is_index(head) {
            Self::Index
        } else {
            Self::Message
        }
    }

    /// Whether it must be unpacked before it holds messages.
    pub(super) fn is_packed(self) -> bool {
        match self {
            Self::Gzip | Self::Zstd | Self::Xz | Self::Bzip2 => true,
            Self::Zip | Self::Tar | Self::Parquet => true,
            Self::Index | Self::Mbox | Self::Message => false,
        }
    }
}

/// Whether the bytes begin a Parquet file.
pub(crate) fn is_pack(head: &[u8]) -> bool {
    head.starts_with(b"PAR1")
}

/// A tar header: the POSIX magic, or a checksum that fits (old tars have no magic).
fn is_tar(head: &[u8]) -> bool {
    let Some(block) = head.get(..512) else { return false };
    if &block[257..262] == b"ustar" {
        return true;
    }
    let digits = block[148..156].trim_ascii().split(|b| *b == 0).next().unwrap_or(&[]);
    let Ok(stated) =
        u32::from_str_radix(&String::from_utf8_lossy(digits.trim_ascii()), 8)
    else {
        return false;
    };
    let sum = |range: &[u8]| range.iter().map(|b| u32::from(*b)).sum::<u32>();
    block[0] != 0 && stated == sum(&block[..148]) + 8 * 32 + sum(&block[156..])
}

/// The first lines are `label path`.
fn is_index(head: &[u8]) -> bool {
    let mut lines = head.split(|b| *b == b'\n');
    if head.len() >= HEAD {
        lines.next_back();
    }
    let mut some = false;
    for line in lines.filter(|line| !line.trim_ascii().is_empty()).take(5) {
        if !is_index_line(line) {
            return false;
        }
        some = true;
    }
    some
}
