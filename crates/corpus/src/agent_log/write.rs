//! Writing agent logs.

use std::fmt::Write as _;

use super::{AgentLogRow, Field};

/// The two forms of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogForm {
    /// 2007 and 2010.
    Fields17,
    /// Since 2013.
    Fields20,
}

impl LogForm {
    fn fields(self) -> &'static [Field] {
        match self {
            Self::Fields17 => &Field::ALL[..17],
            Self::Fields20 => &Field::ALL,
        }
    }

    /// What `#Version` says; that of 2007 and 2010 is a decision (U33).
    fn version(self) -> &'static str {
        match self {
            Self::Fields17 => "14.0.0.0",
            Self::Fields20 => "15.0.0.0",
        }
    }
}

/// A whole log file; `date` is the time of its first row.
pub fn agent_log_text(form: LogForm, date: &str, rows: &[AgentLogRow]) -> String {
    let names: Vec<String> = form.fields().iter().map(|field| field.name()).collect();
    let mut text = format!(
        "#Software: Microsoft Exchange Server\r\n#Version: {}\r\n#Log-type: Agent \
         Log\r\n#Date: {date}\r\n#Fields: {}\r\n",
        form.version(),
        names.join(",")
    );
    for row in rows {
        let values: Vec<String> =
            form.fields().iter().map(|field| quoted(row.get(*field))).collect();
        writeln!(text, "{}\r", values.join(",")).expect("writing to a string succeeds");
    }
    text
}

/// A value on one line, in quotes where it needs them.
fn quoted(value: &str) -> String {
    let value: String =
        value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if value.contains([',', '"']) {
        format!("\"{}\"", value.replace('"', "\"\""))
    } else {
        value
    }
}
