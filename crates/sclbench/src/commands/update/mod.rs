//! `sclbench update`: definition updates, one file per subcommand.

mod build;
mod detect;
mod init;
mod install;
mod list;
mod restart;
mod status;
mod subcommand;
mod uninstall;

pub(crate) use subcommand::Update;
