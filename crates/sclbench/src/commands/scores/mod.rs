//! The commands about score tables.

mod export;
mod import;
mod subcommand;

pub(crate) use subcommand::Scores;
