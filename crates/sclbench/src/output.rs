//! What is printed: results on standard output, everything else on standard error.

use std::io::{self, IsTerminal as _, Write as _};

use serde::Serialize;

use crate::cli::Global;
use crate::color::Color;

/// Where results go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    json: bool,
    quiet: bool,
    /// Says nothing besides results.
    silent: bool,
    color: Color,
}

impl Output {
    /// Output as the command line asks.
    pub(crate) fn new(global: &Global) -> Self {
        Self {
            json: global.json,
            quiet: global.quiet,
            silent: false,
            color: global.color,
        }
    }

    /// Output before there is a command line that could be read.
    pub(crate) fn of_color(color: Color) -> Self {
        Self { json: false, quiet: false, silent: false, color }
    }

    /// The same without progress, remarks and warnings: for what is done on the way.
    pub(crate) fn silent(&self) -> Self {
        Self { quiet: true, silent: true, ..*self }
    }

    /// Whether progress and remarks are wanted.
    pub(crate) fn talks(&self) -> bool {
        !self.quiet
    }

    /// Prints a result: the object with `--json`, else the lines for people.
    ///
    /// # Errors
    ///
    /// Standard output cannot be written.
    pub(crate) fn result(
        &self,
        object: &impl Serialize,
        lines: &[String],
    ) -> Result<(), anyhow::Error> {
        let mut out = io::stdout().lock();
        if self.json {
            let text = serde_json::to_string_pretty(object)?;
            writeln!(out, "{text}")?;
        } else {
            for line in lines {
                writeln!(out, "{}", printable(line))?;
            }
        }
        Ok(out.flush()?)
    }

    /// Prints bytes as they are: scripts, schemas.
    ///
    /// # Errors
    ///
    /// Standard output cannot be written.
    pub(crate) fn raw(&self, bytes: &[u8]) -> Result<(), anyhow::Error> {
        let mut out = io::stdout().lock();
        out.write_all(bytes)?;
        Ok(out.flush()?)
    }

    /// Prints lines of a result as it goes.
    ///
    /// # Errors
    ///
    /// Standard output cannot be written.
    pub(crate) fn lines<T: AsRef<str>>(
        &self,
        lines: impl Iterator<Item = T>,
    ) -> Result<(), anyhow::Error> {
        let mut out = io::stdout().lock();
        for line in lines {
            writeln!(out, "{}", printable(line.as_ref()))?;
        }
        Ok(out.flush()?)
    }

    /// Lines that are no result and no warning, such as the place of an error.
    pub(crate) fn aside(&self, lines: &[String]) {
        for line in lines {
            let _ = writeln!(io::stderr(), "{}", printable(line));
        }
    }

    /// A warning: look at this before trusting the numbers.
    pub(crate) fn warn(&self, text: &str) {
        if self.silent {
            return;
        }
        let word = self.paint("warning:", "1;33");
        let _ = writeln!(io::stderr(), "{word} {}", printable(text));
    }

    /// An error on one line.
    pub(crate) fn error(&self, error: &anyhow::Error) {
        let mut text = String::new();
        for cause in error.chain() {
            let cause = cause.to_string();
            if !text.contains(&cause) {
                let between = if text.is_empty() { "" } else { ": " };
                text = format!("{text}{between}{cause}");
            }
        }
        let word = self.paint("error:", "1;31");
        let _ = writeln!(io::stderr(), "{word} {}", printable(&text));
    }

    /// A word for standard error in a style of the terminal, where that is wanted.
    fn paint(&self, word: &str, style: &str) -> String {
        if self.color.paints(io::stderr().is_terminal()) {
            format!("\u{1b}[{style}m{word}\u{1b}[0m")
        } else {
            word.to_owned()
        }
    }
}

/// The text on one line, without characters that could steer a terminal.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\r' | '\t' => ' ',
            c if c.is_control() => '\u{fffd}',
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_mail_cannot_steer_the_terminal() {
        assert_eq!(printable("a\u{1b}[31mb\nc\u{202e}d"), "a\u{fffd}[31mb c\u{fffd}d");
    }
}
