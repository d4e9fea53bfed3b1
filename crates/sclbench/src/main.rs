//! The `sclbench` command.
//!
//! What it is for: reading the command line, putting the crates below together, showing
//! progress, and turning results and errors into output and exit codes.
//!
//! What it must not know: formulas.

mod chain;
mod charts;
mod cli;
mod commands;
mod exit;
mod experiment;
mod export;
mod input;
mod observe;
mod output;
mod page;
mod progress;
mod scaffold;
mod settings;
mod training;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return exit::usage(&error),
    };
    let output = output::Output::new(cli.global.json, cli.global.quiet);
    match commands::run(cli, &output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => exit::failed(&error, &output),
    }
}
