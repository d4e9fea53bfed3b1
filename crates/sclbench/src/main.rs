//! The `sclbench` command.
//!
//! What it is for: reading the command line, putting the crates below together, showing
//! progress, and turning results and errors into output and exit codes.
//!
//! What it must not know: formulas.

mod backtest;
mod catalogue;
mod chain;
mod charts;
mod cli;
mod color;
mod commands;
mod configuration;
mod evidence;
mod exit;
mod experiment;
mod explaining;
mod export;
mod facts;
mod fleet;
mod gate;
mod holdout;
mod imf;
mod in_time;
mod input;
mod intake;
mod labels;
mod measuring;
mod observe;
mod orders;
mod other_filters;
mod output;
mod page;
mod progress;
mod recording;
mod scaffold;
mod schedule;
mod settings;
mod stages;
mod trace;
mod training;
mod usage;
mod web;
mod wrap;

use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};

fn main() -> ExitCode {
    let words = || std::env::args_os().map(|word| word.to_string_lossy().into_owned());
    let color = color::Color::asked(words());
    let command = cli::Cli::command().color(color.into());
    let parsed =
        command.clone().try_get_matches().and_then(|m| cli::Cli::from_arg_matches(&m));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            let output = output::Output::of_color(color);
            return exit::usage(&error, &usage::named(&command, words()), &output);
        }
    };
    let output = output::Output::new(&cli.global);
    match commands::run(cli, &output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => exit::failed(&error, &output),
    }
}
