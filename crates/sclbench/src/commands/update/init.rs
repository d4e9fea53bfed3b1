//! `sclbench update init`: a server's state to start from.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use filter::updates::{Delivery, Language, RegistryValue, Server};
use serde::Serialize;

use crate::commands::Context;

/// Options of `update init`.
///
/// The file describes an Exchange 2003 server with service pack 2 that is no cluster. Edit
/// it to describe another one.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../../help/update-init.txt"))]
pub(crate) struct Init {
    /// The state file to write.
    #[arg(default_value = "server.toml")]
    server: PathBuf,
    /// What the server does with offered updates.
    #[arg(long, value_enum, default_value_t = DeliveryArg::Scheduled)]
    delivery: DeliveryArg,
    /// Leave out the registry value that lets filter updates be offered, as a fresh
    /// installation does.
    #[arg(long)]
    updates_off: bool,
}

/// Delivery modes on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum DeliveryArg {
    /// Downloaded and installed on schedule.
    Scheduled,
    /// Downloaded, then the user is asked.
    DownloadThenAsk,
    /// The user is asked before the download.
    AskFirst,
    /// A user chooses.
    Manual,
}

impl From<DeliveryArg> for Delivery {
    fn from(delivery: DeliveryArg) -> Self {
        match delivery {
            DeliveryArg::Scheduled => Self::Scheduled,
            DeliveryArg::DownloadThenAsk => Self::DownloadThenAsk,
            DeliveryArg::AskFirst => Self::AskFirst,
            DeliveryArg::Manual => Self::Manual,
        }
    }
}

/// What `update init` prints as JSON.
#[derive(Serialize)]
struct Made {
    server: PathBuf,
}

impl Init {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// The file is there already or cannot be written.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        let registry = match self.updates_off {
            true => Vec::new(),
            false => vec![RegistryValue::content_filter_state()],
        };
        Server::create(&self.server, self.delivery.into(), Language::En, registry)?;
        let made = Made { server: self.server };
        let lines = [format!("server state {}", made.server.display())];
        context.output.result(&made, &lines)
    }
}
