//! What can go wrong with a file. A bad message is not an error but a [`Skipped`].
//!
//! [`Skipped`]: crate::Skipped

use std::io;
use std::path::PathBuf;

/// A file that cannot be used; every variant names the file, the place and the cure.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No such file or folder.
    #[error("`{}` does not exist; check the path of the source", path.display())]
    Missing {
        /// The path as given.
        path: PathBuf,
    },
    /// The system refused.
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io {
        /// `read`, `write`, …
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// Nothing says which messages are ham and which are spam.
    #[error(
        "`{}` has no labels: it holds neither folders `ham` and `spam` nor a TREC index; \
         write `ham:{}` or `spam:{}`",
        path.display(), path.display(), path.display()
    )]
    Unlabelled {
        /// The source.
        path: PathBuf,
    },
    /// A source in a format it cannot be in.
    #[error("`{}` {reason}", path.display())]
    Format {
        /// The source.
        path: PathBuf,
        /// What is wrong and the cure.
        reason: String,
    },
    /// An archive that ends early or holds nonsense.
    #[error(
        "`{}` is damaged {place}: {reason}; fetch or make the archive again",
        path.display()
    )]
    Archive {
        /// The archive.
        path: PathBuf,
        /// Byte or member.
        place: String,
        /// What was found.
        reason: String,
    },
    /// An archive that unpacks to more than is allowed.
    #[error(
        "`{}` unpacks to more than {limit} {what}; split it, or raise the limit if you \
         trust it",
        path.display()
    )]
    Bomb {
        /// The archive.
        path: PathBuf,
        /// The limit.
        limit: u64,
        /// What is limited.
        what: &'static str,
    },
    /// A manifest that cannot be read.
    #[error("`{}` is no corpus manifest: {reason}", path.display())]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// Line and cause, in one line.
        reason: String,
    },
    /// A sidecar line that cannot be used.
    #[error("`{}` line {line}: {reason}", path.display())]
    Sidecar {
        /// The sidecar.
        path: PathBuf,
        /// Line number from 1.
        line: u64,
        /// What is wrong.
        reason: String,
    },
    /// A file that is no pack of this version.
    #[error("`{}` {reason}; make it again with `corpus pack`", path.display())]
    Pack {
        /// The pack.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A split that cannot be made.
    #[error("{0}")]
    Split(String),
}

impl Error {
    /// Wraps an I/O error with what was being done to which file.
    pub(crate) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| {
            if source.kind() == io::ErrorKind::NotFound && action == "read" {
                Self::Missing { path }
            } else {
                Self::Io { action, path, source }
            }
        }
    }
}
