//! Errors of definition updates.

use std::io;
use std::path::PathBuf;

use crate::ModelProblem;

/// Why an update cannot be read, offered or installed.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// A text that is no version.
    #[error("`{0}` is no version; use four numbers such as 6.5.7757.0")]
    Version(String),
    /// A text that is no identity.
    #[error(
        "`{0}` is no identity; use lower-case hexadecimal as in \
         0a1b2c3d-4e5f-8a0b-9c1d-2e3f4a5b6c7d"
    )]
    Identity(String),
    /// A file or folder cannot be read.
    #[error("read `{}`: check the path and its permissions", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file or folder cannot be written.
    #[error("write `{}`: check that the folder exists and has room", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A feed did not give a file.
    #[error("fetch `{place}`: {problem}")]
    Fetch {
        /// Feed and file.
        place: String,
        /// What went wrong and the cure.
        problem: String,
    },
    /// A file is longer than allowed.
    #[error(
        "use `{place}`: it is longer than {limit} bytes; ask whoever runs the feed, or use \
         another one"
    )]
    TooLarge {
        /// Feed and file.
        place: String,
        /// Bytes allowed.
        limit: u64,
    },
    /// A link or special file where a plain file is expected.
    #[error("use `{}`: it is no plain file; a feed has no links", path.display())]
    NotPlain {
        /// The file.
        path: PathBuf,
    },
    /// A file's content is not what its format says.
    #[error("use `{place}`: {problem}")]
    Invalid {
        /// File, and line where known.
        place: String,
        /// What is wrong and the cure.
        problem: String,
    },
    /// A file does not have the digest that was promised.
    #[error(
        "use `{place}`: its SHA-256 is not the one the feed states; it was changed on the \
         way: fetch it again or use another feed"
    )]
    DigestMismatch {
        /// Feed and file.
        place: String,
    },
    /// Definitions that are no model of this version.
    #[error("use `{place}`: {problem}")]
    Model {
        /// Feed and file.
        place: String,
        /// What is wrong with them.
        #[source]
        problem: ModelProblem,
    },
    /// Updates of the filter are not supported on a cluster.
    #[error(
        "update `{}`: the server is clustered, which filter updates do not support; use a \
         server outside the cluster",
        path.display()
    )]
    Clustered {
        /// The state file.
        path: PathBuf,
    },
    /// An update that a check rules out.
    #[error("install `{title}`: {reason}")]
    NotOffered {
        /// Title in the server's language.
        title: String,
        /// The first check that failed, with the cure.
        reason: String,
    },
    /// An update without definitions.
    #[error("install `{title}`: it carries no definitions; choose a filter update")]
    NoDefinitions {
        /// Title.
        title: String,
    },
    /// No such update.
    #[error("find version {version} in `{place}`: see `update status` for what there is")]
    NoSuchVersion {
        /// Version asked for.
        version: String,
        /// Feed or state file.
        place: String,
    },
    /// The package would be published a second time with other content.
    #[error(
        "publish {version} in `{place}`: it holds another update of this version; use \
         another version"
    )]
    AlreadyPublished {
        /// Version.
        version: String,
        /// Feed.
        place: String,
    },
    /// More definitions than are held in memory at once.
    #[error(
        "use feed `{place}`: it offers {given} definitions and {most} are used at once; \
         plan fewer releases"
    )]
    TooMany {
        /// Feed.
        place: String,
        /// Definitions offered.
        given: usize,
        /// Definitions allowed.
        most: usize,
    },
    /// A feed without a filter update.
    #[error(
        "use feed `{place}`: it offers no filter update; add one with `update build`"
    )]
    NothingOffered {
        /// Feed.
        place: String,
    },
    /// A stop injected by a test.
    #[cfg(test)]
    #[error("stopped by a test")]
    Stopped,
}

/// Why a cadence cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CadenceError {
    /// Neither a known word nor dates.
    #[error(
        "`{0}` is no cadence; use wednesdays, monthly, never, or dates such as \
         2006-01-04,2006-01-18"
    )]
    Unknown(String),
}
