//! The commands about corpora.

use anyhow::Result;
use clap::Subcommand;

use super::{fetch, generate, inspect, pack, review, split};
use crate::commands::Context;

#[derive(Debug, Subcommand)]
pub(crate) enum Corpus {
    /// Get a public corpus by its name, checked by digests, with a manifest.
    Fetch(fetch::Fetch),
    /// Print counts, label balance, dates, envelope coverage, duplicates, malformed mail.
    Inspect(inspect::Inspect),
    /// List labels that are probably wrong, with reasons, and begin a file of corrections.
    Review(review::Review),
    /// Write all mail to one Parquet file, the quickest to replay.
    Pack(pack::Pack),
    /// Split a pack into train, tune and hold-out.
    Split(split::Split),
    /// Make up labelled mail with its world after a recipe.
    Generate(generate::Generate),
}

impl Corpus {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// A source cannot be read or a file cannot be written.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        match self {
            Self::Fetch(command) => command.run(context),
            Self::Inspect(command) => command.run(context),
            Self::Review(command) => command.run(context),
            Self::Pack(command) => command.run(context),
            Self::Split(command) => command.run(context),
            Self::Generate(command) => command.run(context),
        }
    }
}
