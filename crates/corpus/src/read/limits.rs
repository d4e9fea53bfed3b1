//! Bounds that keep hostile files from eating the machine.

/// Bounds on one message and on one archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one message; larger ones are skipped as `too-large`.
    pub message_bytes: u64,
    /// Unpacked bytes of one archive; more is an error.
    pub archive_bytes: u64,
    /// Members of one archive; more is an error.
    pub archive_members: u64,
    /// Unpacked bytes for each packed byte, beyond the first 64 MiB; more is an error.
    pub archive_ratio: u64,
}

impl Default for Limits {
    /// 32 MiB a message (Exchange's largest default is 25–35 MB encoded), 64 GiB and two
    /// million members an archive, 400 times its packed size (mail with many copies of the
    /// same text packs to a hundredth; a bomb to a thousandth).
    fn default() -> Self {
        Self {
            message_bytes: 32 << 20,
            archive_bytes: 64 << 30,
            archive_members: 2_000_000,
            archive_ratio: 400,
        }
    }
}

impl Limits {
    /// Unpacked bytes that are never held against the ratio.
    pub(crate) const RATIO_FREE_BYTES: u64 = 64 << 20;
}
