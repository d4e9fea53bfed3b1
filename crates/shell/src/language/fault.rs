//! What is wrong with a script, and where.

use std::fmt::Write as _;

/// A place in a script, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// First byte after it.
    pub end: usize,
}

/// Something that cannot be read or run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}; {cure}")]
pub struct Fault {
    /// Where.
    pub span: Span,
    /// What is wrong, with the value in backticks.
    pub problem: String,
    /// What to write instead.
    pub cure: String,
    /// Whether more text could mend it: a string or a bracket is still open.
    pub incomplete: bool,
}

impl Fault {
    /// A fault at `span`.
    pub fn new(span: Span, problem: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { span, problem: problem.into(), cure: cure.into(), incomplete: false }
    }

    /// Line and column of the fault in `script`, from 1; columns count characters.
    pub fn place(&self, script: &str) -> (usize, usize) {
        let before = &script[..floor(script, self.span.start)];
        let line = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[line..].chars().count() + 1)
    }

    /// The fault on one line: `NAME:line:column: problem; cure`.
    pub fn on_one_line(&self, name: &str, script: &str) -> String {
        let (line, column) = self.place(script);
        format!("{name}:{line}:{column}: {self}")
    }

    /// The line of the script at fault, and carets under the place.
    ///
    /// Characters that could steer a terminal are shown as `?`; long lines are cut.
    pub fn excerpt(&self, script: &str) -> [String; 2] {
        let (number, column) = self.place(script);
        let start = floor(script, self.span.start);
        let first = script[..start].rfind('\n').map_or(0, |at| at + 1);
        let line = script[first..].split('\n').next().unwrap_or_default();
        let line = line.trim_end_matches('\r');
        let skip = (column - 1).saturating_sub(LEAD);
        let shown: String = line.chars().skip(skip).take(WIDTH).map(plain).collect();
        let end = floor(script, self.span.end.max(start));
        let marked = script[start..end].split('\n').next().unwrap_or_default();
        let place = column - 1 - skip;
        let carets = marked.chars().count().clamp(1, WIDTH.saturating_sub(place).max(1));
        let mut under = format!("{:>5} | {:place$}", "", "");
        let _ = write!(under, "{}", "^".repeat(carets));
        [format!("{number:>5} | {shown}"), under]
    }
}

/// Characters of a line that are shown.
const WIDTH: usize = 100;
/// Characters shown before the fault in a long line.
const LEAD: usize = 60;

fn plain(c: char) -> char {
    match c {
        '\t' => ' ',
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '?',
        c if c.is_control() => '?',
        c => c,
    }
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_under_the_word() {
        let script = "Get-X\r\nSet-Y -\u{fc}ber 8\r\n";
        let start = script.find('\u{fc}').unwrap();
        let span = Span { start, end: start + "\u{fc}ber".len() };
        let fault = Fault::new(span, "unknown `\u{fc}ber`", "use another");
        assert_eq!(fault.place(script), (2, 8));
        let one_line = fault.on_one_line("a.ps1", script);
        assert_eq!(one_line, "a.ps1:2:8: unknown `\u{fc}ber`; use another");
        assert_eq!(
            fault.excerpt(script),
            ["    2 | Set-Y -\u{fc}ber 8", "      |        ^^^^"]
        );
    }

    #[test]
    fn an_end_of_text_has_a_caret_too() {
        let fault = Fault::new(Span { start: 99, end: 99 }, "a", "b");
        assert_eq!(fault.excerpt("ab"), ["    1 | ab", "      |   ^"]);
    }
}
