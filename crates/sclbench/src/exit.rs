//! Exit codes: 0 fine, 1 the gate found a regression, 2 bad usage or bad input, 3 cannot be
//! judged. A broken pipe is success.

use std::process::ExitCode;

use crate::output::Output;
use crate::usage;

/// Too little data for the question asked.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct CannotJudge(pub String);

/// The result is printed; only the exit code is left to give.
#[derive(Debug, thiserror::Error)]
#[error("ended with exit code {0}")]
pub(crate) struct Ended(pub u8);

/// Ends after a wrong command line, told on one line with the command's name, or after
/// `--help` or `--version`.
pub(crate) fn usage(error: &clap::Error, command: &str, output: &Output) -> ExitCode {
    if let Some(line) = usage::line(error, command) {
        output.error(&anyhow::Error::msg(line));
        return ExitCode::from(2);
    }
    let printed = error.print();
    if error.use_stderr() || printed.is_err() {
        ExitCode::from(2)
    } else {
        ExitCode::SUCCESS
    }
}

/// Ends after an error: one line that names what, where and the cure.
pub(crate) fn failed(error: &anyhow::Error, output: &Output) -> ExitCode {
    if broken_pipe(error) {
        return ExitCode::SUCCESS;
    }
    if let Some(Ended(code)) = error.downcast_ref() {
        return ExitCode::from(*code);
    }
    output.error(error);
    let cannot_judge = error.chain().any(|cause| cause.is::<CannotJudge>());
    ExitCode::from(if cannot_judge { 3 } else { 2 })
}

/// Whether nobody reads on, which is no failure.
pub(crate) fn broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
    })
}
