//! What can go wrong with a file. A bad message is not an error but a [`Skipped`].
//!
//! [`Skipped`]: crate::Skipped

use std::io;
use std::path::PathBuf;

use crate::{SourceSpec, Tally};

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
    /// Sources without a single message.
    #[error(
        "`{sources}` holds no message that can be read{}; check the path and format",
        skipped_text(skipped)
    )]
    Empty {
        /// The sources as given.
        sources: String,
        /// What was skipped, by reason.
        skipped: Vec<(String, u64)>,
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
    /// A correction of a label that cannot be applied.
    #[error("`{}` {place}: {reason}", path.display())]
    Correction {
        /// The file of corrections.
        path: PathBuf,
        /// Line or number.
        place: String,
        /// What is wrong and the cure.
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

/// What was skipped, in brackets; nothing where nothing was.
fn skipped_text(skipped: &[(String, u64)]) -> String {
    let list: Vec<String> =
        skipped.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    if list.is_empty() {
        return String::new();
    }
    format!(" (skipped: {})", list.join(", "))
}

impl Error {
    /// Sources that hold no message.
    pub(crate) fn empty(specs: &[SourceSpec], tally: &Tally) -> Self {
        let names: Vec<String> = specs.iter().map(ToString::to_string).collect();
        let skipped =
            tally.skipped.iter().map(|(reason, count)| (reason.to_string(), *count));
        Self::Empty { sources: names.join(" "), skipped: skipped.collect() }
    }

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
