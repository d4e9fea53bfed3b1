//! The commands about worlds.

use anyhow::Result;
use clap::Subcommand;

use super::record;
use crate::commands::Context;

#[derive(Debug, Subcommand)]
pub(crate) enum World {
    /// Ask a live resolver once for everything that mail and policy need.
    Record(record::Record),
}

impl World {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// A source cannot be read, nobody answers or a file cannot be written.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        match self {
            Self::Record(command) => command.run(context),
        }
    }
}
