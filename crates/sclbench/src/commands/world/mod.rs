//! Commands about recorded worlds, one file per command.

mod record;
mod subcommand;

pub(crate) use subcommand::World;
