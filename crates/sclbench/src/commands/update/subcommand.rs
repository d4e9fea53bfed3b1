//! The commands about definition updates.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};
use filter::updates::{Done, Version};

use super::{
    build, compare, detect, init, install, list, plan, restart, status, uninstall,
};
use crate::commands::Context;

#[derive(Debug, Subcommand)]
pub(crate) enum Update {
    /// Make an update package of a trained model and put it into a feed.
    Build(build::Build),
    /// Build the series of definitions a corpus would have had, each trained only on mail
    /// before its release.
    Plan(plan::Plan),
    /// Replay mail under several series of definitions and chart errors over time.
    Compare(compare::Compare),
    /// Write the state file of a modelled server to start from.
    Init(init::Init),
    /// List what a feed offers.
    List(list::List),
    /// Run the five checks for each filter update and tell what the server would do.
    Detect(detect::Detect),
    /// Install what a feed offers, as the server's delivery mode says.
    Install(install::Install),
    /// Take an installed update away.
    Uninstall(uninstall::Uninstall),
    /// Restart the modelled server: definitions that waited for it become active.
    Restart(restart::Restart),
    /// Show all updates and the filter's alone, installed and not, and what is active.
    Status(status::Status),
}

impl Update {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// An input cannot be read, an update is refused, or a file cannot be written.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        match self {
            Self::Build(command) => command.run(context),
            Self::Plan(command) => command.run(context),
            Self::Compare(command) => command.run(context),
            Self::Init(command) => command.run(context),
            Self::List(command) => command.run(context),
            Self::Detect(command) => command.run(context),
            Self::Install(command) => command.run(context),
            Self::Uninstall(command) => command.run(context),
            Self::Restart(command) => command.run(context),
            Self::Status(command) => command.run(context),
        }
    }
}

/// The modelled server.
#[derive(Debug, Args)]
pub(crate) struct ServerArg {
    /// State file of the server, made by `update init`.
    #[arg(long, value_name = "FILE", default_value = "server.toml")]
    pub(super) server: PathBuf,
}

/// A version in words; `None` is the original definitions.
pub(super) fn words(version: Option<Version>) -> String {
    version.map_or_else(|| "the original ones".to_owned(), |version| version.to_string())
}

/// Says where the custom weighting file is now, if that matters.
pub(super) fn tell_weights(context: &Context<'_>, done: &Done) -> Option<String> {
    if let Some(path) = &done.weights_left {
        context.output.warn(&format!(
            "custom weights in `{}` no longer act: the filter looks in the folder of the \
             active version only; copy the file there and restart the SMTP service, or use \
             --carry-weights",
            path.display()
        ));
    }
    let path = done.weights_carried.as_ref()?;
    Some(format!("custom weights copied to {}", path.display()))
}
