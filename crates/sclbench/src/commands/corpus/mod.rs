//! Commands about corpora, one file per command.

mod fetch;
pub(crate) mod generate;
mod inspect;
mod pack;
mod review;
mod split;
mod subcommand;

pub(crate) use subcommand::Corpus;
