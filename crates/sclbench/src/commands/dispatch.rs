//! From the command line to the command.

use anyhow::{Context as _, Result};
use sweep::Threads;

use crate::cli::{Cli, Command, Global};
use crate::output::Output;

/// What every command gets besides its own options.
pub(crate) struct Context<'a> {
    /// Global options.
    pub(crate) global: Global,
    /// Where results go.
    pub(crate) output: &'a Output,
    /// Worker threads.
    pub(crate) threads: Threads,
}

/// Runs the command.
///
/// # Errors
///
/// Whatever the command cannot do.
pub(crate) fn run(cli: Cli, output: &Output) -> Result<()> {
    let threads = Threads::new(cli.global.threads).context("cannot start threads")?;
    let context = Context { global: cli.global, output, threads };
    match cli.command {
        Command::Demo(command) => command.run(&context),
        Command::Scores(command) => command.run(&context),
        Command::Backtest(command) => command.run(&context),
        Command::Check(command) => command.run(&context),
        Command::Init(command) => command.run(&context),
        Command::Corpus(command) => command.run(&context),
        Command::Train(command) => command.run(&context),
        Command::Replay(command) => command.run(&context),
        Command::Sweep(command) => command.run(&context),
        Command::Compare(command) => command.run(&context),
        Command::Power(command) => command.run(&context),
        Command::Recommend(command) => command.run(&context),
        Command::Completions(command) => command.run(&context),
        Command::Man(command) => command.run(&context),
        Command::Report(command) => command.run(&context),
        Command::Run(command) => command.run(&context),
        Command::Explain(command) => command.run(&context),
        Command::AgentLog(command) => command.run(&context),
        Command::Pipeline(command) => command.run(&context),
        Command::World(command) => command.run(&context),
        Command::Update(command) => command.run(&context),
        Command::Shell(command) => command.run(&context),
        Command::Export(command) => command.run(&context),
    }
}
