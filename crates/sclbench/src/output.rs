//! What is printed: results on standard output, everything else on standard error.

use std::io::{self, Write as _};

use serde::Serialize;

/// Where results go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    json: bool,
    quiet: bool,
}

impl Output {
    /// Output as the command line asks.
    pub(crate) fn new(json: bool, quiet: bool) -> Self {
        Self { json, quiet }
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
        let _ = writeln!(io::stderr(), "warning: {}", printable(text));
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
        let _ = writeln!(io::stderr(), "error: {}", printable(&text));
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
