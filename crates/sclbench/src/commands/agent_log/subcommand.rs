//! The commands about agent logs.

use anyhow::Result;
use clap::Subcommand;

use super::{export, import, report};
use crate::commands::Context;

#[derive(Debug, Subcommand)]
pub(crate) enum AgentLog {
    /// Replay mail and write the agent log that the product would have written.
    Export(export::Export),
    /// Make scored messages of a real log, join labels, and sweep thresholds over them.
    Import(import::Import),
    /// Count a log as the product's own report scripts do.
    Report(report::Report),
}

impl AgentLog {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// An input cannot be read or a file cannot be written.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        match self {
            Self::Export(command) => command.run(context),
            Self::Import(command) => command.run(context),
            Self::Report(command) => command.run(context),
        }
    }
}
