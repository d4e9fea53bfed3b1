//! `sclbench update`: definition updates, one file per subcommand.

mod build;
mod compare;
mod detect;
mod init;
mod install;
mod list;
mod plan;
mod restart;
mod status;
mod subcommand;
mod uninstall;

pub(crate) use subcommand::Update;
