//! `sclbench shell`: scripts of the management shell acting on a policy file.

mod command;
mod keep;
mod post;
mod prompt;
mod text;
mod transcript;

pub(crate) use command::Shell;
