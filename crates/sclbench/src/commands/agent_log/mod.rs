//! Commands about agent logs, one file per command.

mod chronicle;
mod export;
mod import;
mod report;
mod subcommand;

pub(crate) use subcommand::AgentLog;
