//! `sclbench update restart`: what waited becomes active.

use anyhow::Result;
use clap::Args;
use filter::updates::{Server, restart};
use serde::Serialize;

use super::subcommand::{ServerArg, tell_weights, words};
use crate::commands::Context;

/// Options of `update restart`.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../../help/update-restart.txt"))]
pub(crate) struct Restart {
    /// The server.
    #[command(flatten)]
    server: ServerArg,
}

/// What `update restart` prints as JSON.
#[derive(Serialize)]
struct Report {
    active_before: Option<String>,
    active: Option<String>,
}

impl Restart {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// The state cannot be read or written.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        let mut server = Server::load_to_change(&self.server.server)?;
        let done = restart(&mut server)?;
        tell_weights(context, &done);
        let report = Report {
            active_before: done.before.map(|version| version.to_string()),
            active: done.active.map(|version| version.to_string()),
        };
        let line = format!(
            "active definitions: {}, before: {}",
            words(done.active),
            words(done.before)
        );
        context.output.result(&report, &[line])
    }
}
