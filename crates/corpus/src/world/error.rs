//! What can be wrong with a world folder.

use std::io;
use std::path::PathBuf;

/// A world that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// A file or folder could not be read.
    #[error(
        "read `{}`; give the path of a world folder as written by `corpus generate`",
        path.display()
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file or folder could not be written.
    #[error("write `{}`; choose a folder that can be written", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A line of a file says something that is not allowed there.
    #[error("understand `{}` line {line}: {what}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Line number, from 1.
        line: usize,
        /// What is wrong, and what to do about it.
        what: String,
    },
    /// The folder was written by another version.
    #[error(
        "read `{}`: its format is {found}, this version reads {known}; write it again",
        path.display()
    )]
    Version {
        /// `world.toml`.
        path: PathBuf,
        /// The format found.
        found: u32,
        /// The format this version reads.
        known: u32,
    },
    /// A file is larger than anything a world may hold.
    #[error(
        "read `{}`: it is larger than {limit} bytes; split the corpus and its world",
        path.display()
    )]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit in bytes.
        limit: u64,
    },
    /// The target exists and is no world.
    #[error(
        "replace `{}`: it exists and holds no `world.toml`; name a new folder",
        path.display()
    )]
    NotAWorld {
        /// The folder.
        path: PathBuf,
    },
    /// A value cannot be written so that it reads back the same.
    #[error("write `{value}` to `{file}`: {why}")]
    Unwritable {
        /// The file it belongs into.
        file: &'static str,
        /// The value.
        value: String,
        /// Why not.
        why: &'static str,
    },
}
