//! What can go wrong while drawing and writing.

use std::io;
use std::path::PathBuf;

/// Why a chart or page was not made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input holds nothing that the chart could show.
    #[error("draw `{chart}`: there is {missing} to show")]
    NothingToDraw {
        /// Name of the chart.
        chart: &'static str,
        /// What is missing, such as `no policy`.
        missing: &'static str,
    },
    /// The input holds more than the chart can show legibly.
    #[error("draw `{chart}`: {given} {what} given; compare at most {most}")]
    TooMany {
        /// Name of the chart.
        chart: &'static str,
        /// What there is too much of.
        what: &'static str,
        /// How many were given.
        given: usize,
        /// How many fit.
        most: usize,
    },
    /// The drawing library refused.
    #[error("draw `{path}`: {reason}")]
    Draw {
        /// File that was to be drawn.
        path: PathBuf,
        /// What the library said.
        reason: String,
    },
    /// The file could not be written; nothing stands under its final name.
    #[error("write `{path}`; check that its folder exists and may be written to")]
    Write {
        /// File that was to be written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The data of a page could not be written as JSON.
    #[error("write the data of the page as JSON")]
    Json(#[source] serde_json::Error),
}
