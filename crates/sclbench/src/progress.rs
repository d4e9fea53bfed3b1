//! Progress on standard error, only where that is a terminal.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};

use crate::output::Output;

/// Shows how far a stage is.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// A stage of `total` messages (0 where unknown).
    pub(crate) fn new(output: &Output, stage: &'static str, total: u64) -> Self {
        if !output.talks() || !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let bar =
            if total == 0 { ProgressBar::no_length() } else { ProgressBar::new(total) };
        let template = if total == 0 {
            "{msg:>12} {human_pos} {per_sec}"
        } else {
            "{msg:>12} [{bar:30}] {human_pos}/{human_len} {per_sec} {eta}"
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(stage);
        Self(bar)
    }

    /// Some more done.
    pub(crate) fn add(&self, count: usize) {
        self.0.inc(count as u64);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
