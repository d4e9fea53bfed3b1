//! Reading agent logs.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use super::{AgentLogRow, Field};
use crate::Error;

/// Longest line that is looked at; the product's files are cut at 10 MB.
const LONGEST_LINE: u64 = 1 << 20;

/// The rows of a log, in the order of their times.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AgentLog {
    /// Lines that are no remark.
    pub read: u64,
    /// The rows.
    pub rows: Vec<AgentLogRow>,
    /// Lines that could not be used, by reason.
    pub skipped: BTreeMap<&'static str, u64>,
    /// Files that were read.
    pub files: Vec<PathBuf>,
}

/// Reads files, and the `.log` files of folders with all below them.
///
/// # Errors
///
/// A file cannot be read, or a folder holds no log.
pub fn read_agent_log(paths: &[PathBuf]) -> Result<AgentLog, Error> {
    let mut log = AgentLog::default();
    for path in paths {
        if !path.exists() {
            return Err(Error::Missing { path: path.clone() });
        }
        let before = log.files.len();
        find(path, &mut log.files)?;
        if log.files.len() == before {
            return Err(Error::Format {
                path: path.clone(),
                reason: "holds no `.log` file; name the folder of the agent log".into(),
            });
        }
    }
    for file in log.files.clone() {
        read_file(&file, &mut log)?;
    }
    log.rows.sort_by(|a, b| a.get(Field::Timestamp).cmp(b.get(Field::Timestamp)));
    Ok(log)
}

fn find(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), Error> {
    let io = |source| Error::Io { action: "read", path: path.to_owned(), source };
    if path.is_file() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut entries: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(path).map_err(io)? {
        let entry = entry.map_err(io)?;
        // A link could lead out of the folder, or round in a circle.
        if !entry.file_type().map_err(io)?.is_symlink() {
            entries.push(entry.path());
        }
    }
    entries.sort();
    for entry in entries {
        let is_log = entry.extension().is_some_and(|end| end.eq_ignore_ascii_case("log"));
        if entry.is_dir() || is_log {
            find(&entry, files)?;
        }
    }
    Ok(())
}

fn read_file(path: &Path, log: &mut AgentLog) -> Result<(), Error> {
    let io = |source| Error::Io { action: "read", path: path.to_owned(), source };
    let mut reader = BufReader::new(File::open(path).map_err(io)?);
    let mut columns: Vec<Option<Field>> =
        Field::ALL[..17].iter().copied().map(Some).collect();
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut limited = reader.by_ref().take(LONGEST_LINE);
        let count = limited.read_until(b'\n', &mut line).map_err(io)?;
        if count == 0 {
            return Ok(());
        }
        if count as u64 == LONGEST_LINE && !line.ends_with(b"\n") {
            log.read += 1;
            *log.skipped.entry("line-too-long").or_default() += 1;
            reader.skip_until(b'\n').map_err(io)?;
            continue;
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_start_matches('\u{feff}').trim_end_matches(['\r', '\n']);
        if let Some(remark) = text.strip_prefix('#') {
            if let Some(names) = remark.strip_prefix("Fields:") {
                columns = names.split(',').map(Field::find).collect();
            }
        } else if !text.trim().is_empty() {
            log.read += 1;
            match row(text, &columns) {
                Ok(row) => log.rows.push(row),
                Err(reason) => *log.skipped.entry(reason).or_default() += 1,
            }
        }
    }
}

fn row(line: &str, columns: &[Option<Field>]) -> Result<AgentLogRow, &'static str> {
    let mut row = AgentLogRow::default();
    let values = values(line).ok_or("open-quote")?;
    for (value, column) in values.into_iter().zip(columns) {
        if let Some(field) = column {
            row.set(*field, value);
        }
    }
    if row.get(Field::Timestamp).is_empty() || row.get(Field::Agent).is_empty() {
        return Err("no-time-or-agent");
    }
    Ok(row)
}

/// The values of one line; a value in double quotes may hold commas, and two double quotes
/// stand for one (decision on U34). `None` where a quote is not closed.
fn values(line: &str) -> Option<Vec<String>> {
    let mut values = Vec::new();
    let mut value = String::new();
    let mut quoted = false;
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                value.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if value.is_empty() => quoted = true,
            ',' if !quoted => values.push(std::mem::take(&mut value)),
            letter => value.push(letter),
        }
    }
    values.push(value);
    (!quoted).then_some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hold_commas_and_quotes() {
        let of = |line| values(line).unwrap();
        assert_eq!(of("a,\"b, c\",,\"d \"\"e\"\"\""), ["a", "b, c", "", "d \"e\""]);
        assert_eq!(of("a\"b,c"), ["a\"b", "c"]);
        assert_eq!(values("a,\"b"), None);
    }

    #[test]
    fn rotated_files_unknown_fields_and_broken_lines_are_taken() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("AgentLog");
        fs::create_dir(&inner).unwrap();
        fs::write(inner.join("notes.txt"), "no log").unwrap();
        fs::write(
            inner.join("AGENTLOG20190502-2.LOG"),
            "\u{feff}#Software: Microsoft Exchange Server\r\n#Fields: Agent,New-Field,Timestamp,\
             Action\r\nInbound Trust Agent,x,2019-05-02T10:00:02.000Z,ModifyHeaders\r\nA,\"\r\n,,,\
             \r\n",
        )
        .unwrap();
        fs::write(
            inner.join("AGENTLOG20190502-1.LOG"),
            "2019-05-02T10:00:03.000Z,08D6,192.0.2.10:25,[2001:db8::7]:40211,,,,\"a@x;b@x;\",\
             ann@corp.example,1,Content Filter Agent,OnEndOfData,AcceptMessage,,SCL,2,\n",
        )
        .unwrap();
        let log = read_agent_log(&[folder.path().to_owned()]).unwrap();
        assert_eq!((log.read, log.rows.len(), log.files.len()), (4, 2, 2));
        assert_eq!(log.skipped.values().sum::<u64>(), 2);
        assert_eq!(log.rows[0].get(Field::Action), "ModifyHeaders");
        assert_eq!(log.rows[1].client_ip(), "2001:db8::7");
        assert_eq!(log.rows[1].senders().collect::<Vec<_>>(), ["a@x", "b@x"]);
    }

    #[test]
    fn what_is_written_can_be_read() {
        use crate::agent_log::{LogForm, agent_log_text};
        let row = AgentLogRow::default()
            .with(Field::Timestamp, "2019-05-02T10:00:03.000Z")
            .with(Field::Agent, "Edge Rule Agent")
            .with(Field::ReasonData, "rule, with \"quotes\"\r\nand a break")
            .with(Field::Directionality, "Incoming");
        for form in [LogForm::Fields17, LogForm::Fields20] {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("a.LOG");
            let date = "2019-05-02T10:00:03.000Z";
            fs::write(&file, agent_log_text(form, date, std::slice::from_ref(&row)))
                .unwrap();
            let log = read_agent_log(&[file]).unwrap();
            let back = &log.rows[0];
            assert_eq!(back.get(Field::ReasonData), "rule, with \"quotes\"  and a break");
            let new = back.get(Field::Directionality);
            assert_eq!(new.is_empty(), form == LogForm::Fields17);
        }
    }
}
