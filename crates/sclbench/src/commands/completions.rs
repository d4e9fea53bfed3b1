//! `sclbench completions`: completion scripts for shells.

use anyhow::Result;
use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::Context;
use crate::cli::Cli;

/// Options of `completions`.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../help/completions.txt"))]
pub(crate) struct Completions {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// Standard output cannot be written.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "sclbench", &mut script);
        context.output.raw(&script)
    }
}
