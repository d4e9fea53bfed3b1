//! `sclbench man`: manual pages.

use std::path::{Path, PathBuf};

use analysis::write_atomic;
use anyhow::{Context as _, Result};
use clap::{Args, CommandFactory as _};
use serde::Serialize;

use super::Context;
use crate::cli::Cli;
use crate::scaffold;

/// Options of `man`.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../help/man.txt"))]
pub(crate) struct Man {
    /// Folder to write the pages into, one per command.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// What `man` prints as JSON.
#[derive(Serialize)]
struct Written {
    pages: Vec<PathBuf>,
}

impl Man {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// A page cannot be written.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        scaffold::folder(&self.folder)?;
        let mut command = Cli::command().disable_help_subcommand(true);
        command.build();
        let mut pages = Vec::new();
        write(&command, "sclbench", &self.folder, &mut pages)?;
        let lines = [format!("{} pages in {}", pages.len(), self.folder.display())];
        context.output.result(&Written { pages }, &lines)
    }
}

fn write(
    command: &clap::Command,
    name: &str,
    folder: &Path,
    pages: &mut Vec<PathBuf>,
) -> Result<()> {
    let mut text = Vec::new();
    let page = clap_mangen::Man::new(command.clone()).title(name.to_uppercase());
    page.render(&mut text).context("cannot write a page")?;
    let file = format!("{name}.1");
    write_atomic(folder, &file, &text)?;
    pages.push(folder.join(file));
    for inner in command.get_subcommands() {
        write(inner, &format!("{name}-{}", inner.get_name()), folder, pages)?;
    }
    Ok(())
}
