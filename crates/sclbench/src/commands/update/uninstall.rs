//! `sclbench update uninstall`: one version less.

use anyhow::Result;
use clap::Args;
use filter::updates::{Server, Version, Weights, uninstall};
use serde::Serialize;

use super::subcommand::{ServerArg, tell_weights, words};
use crate::commands::Context;

/// Options of `update uninstall`.
///
/// The next lower installed version becomes active, or the original definitions.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../../help/update-uninstall.txt"))]
pub(crate) struct Uninstall {
    /// The version to take away.
    version_to_remove: Version,
    /// The server.
    #[command(flatten)]
    server: ServerArg,
    /// Copy the custom weighting file to the folder that becomes active.
    #[arg(long)]
    carry_weights: bool,
}

/// What `update uninstall` prints as JSON.
#[derive(Serialize)]
struct Report {
    uninstalled: String,
    active_before: Option<String>,
    active: Option<String>,
}

impl Uninstall {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// The server is clustered, the version is not installed, or a file cannot be written.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        let mut server = Server::load_to_change(&self.server.server)?;
        let weights = if self.carry_weights { Weights::Carry } else { Weights::Leave };
        let done = uninstall(&mut server, self.version_to_remove, weights)?;
        let report = Report {
            uninstalled: self.version_to_remove.to_string(),
            active_before: done.before.map(|version| version.to_string()),
            active: done.active.map(|version| version.to_string()),
        };
        let mut lines = vec![format!("{} uninstalled", report.uninstalled)];
        lines.extend(tell_weights(context, &done));
        lines.push(format!(
            "active definitions: {}, before: {}",
            words(done.active),
            words(done.before)
        ));
        context.output.result(&report, &lines)
    }
}
