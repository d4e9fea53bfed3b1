//! `sclbench scores`: runs as tables of scores and verdicts.

use anyhow::Result;
use clap::Subcommand;

use super::{export, import};
use crate::commands::Context;

#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "made once, from the command line")]
pub(crate) enum Scores {
    /// Write a run as a table without recipients, categories, digests, exact times or any
    /// text of a message.
    Export(export::Export),
    /// Make the run folder of a table: trace, charts, and for a sweep everything that
    /// `recommend` needs.
    Import(import::Import),
}

impl Scores {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// A run, a source or a table cannot be read, or a file cannot be written.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        match self {
            Self::Export(command) => command.run(context),
            Self::Import(command) => command.run(context),
        }
    }
}
