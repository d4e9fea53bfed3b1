//! Recorded envelopes beside a corpus: NDJSON, one object for each message.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use mail::{CaseId, Field, Origin, Session, Timestamp};

use crate::Error;

/// One line of a sidecar. Names its message by `id` or `place`; what it states overrides what
/// was reconstructed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: Option<CaseId>,
    place: Option<String>,
    client_ip: Option<IpAddr>,
    helo: Option<String>,
    authenticated: Option<bool>,
    mail_from: Option<String>,
    rcpt_to: Option<Vec<String>>,
    time: Option<jiff::Timestamp>,
    category: Option<String>,
}

/// A sidecar in memory.
#[derive(Debug, Clone, Default)]
pub struct Sidecar {
    by_id: BTreeMap<CaseId, usize>,
    by_place: BTreeMap<String, usize>,
    lines: Vec<(Line, bool)>,
}

/// Longest line.
const LINE: u64 = 1 << 20;

impl Sidecar {
    /// Adds the lines of a file.
    ///
    /// # Errors
    ///
    /// The file is missing, or a line is no such object, names no message, names one twice, or
    /// states a value that cannot be; with the line's number.
    pub fn add_file(&mut self, path: &Path) -> Result<(), Error> {
        let mut reader =
            BufReader::new(File::open(path).map_err(Error::io("read", path))?);
        for number in 1_u64.. {
            let mut text = Vec::new();
            let read = (&mut reader).take(LINE + 1).read_until(b'\n', &mut text);
            if read.map_err(Error::io("read", path))? == 0 {
                break;
            }
            let at = At { path: path.into(), line: number };
            if text.len() as u64 > LINE {
                return Err(at.error("is longer than a mebibyte"));
            }
            if !text.trim_ascii().is_empty() {
                self.add(&text, &at)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, text: &[u8], at: &At) -> Result<(), Error> {
        let line: Line = serde_json::from_slice(text)
            .map_err(|error| at.error(&error.to_string().replace('\n', " ")))?;
        let number = self.lines.len();
        let known = match (&line.id, &line.place) {
            (Some(id), None) => self.by_id.insert(*id, number).is_some(),
            (None, Some(place)) => self.by_place.insert(place.clone(), number).is_some(),
            _ => return Err(at.error("must have either `id` or `place`")),
        };
        if known {
            return Err(at.error("names a message that an earlier line names"));
        }
        if line.time.is_some_and(|t| !in_range(t)) {
            return Err(at.error("has a `time` outside 1970 to 2099"));
        }
        if line
            .rcpt_to
            .as_ref()
            .is_some_and(|r| r.is_empty() || r.iter().any(|email| is_bad(email)))
        {
            return Err(
                at.error("has an empty `rcpt_to` or a recipient with a line break")
            );
        }
        self.lines.push((line, false));
        Ok(())
    }

    /// Overrides what is recorded for a message; returns whether anything is.
    pub fn apply(
        &mut self,
        id: CaseId,
        place: &str,
        session: &mut Session,
        time: &mut Timestamp,
        category: &mut String,
    ) -> bool {
        let found = self.by_id.get(&id).or_else(|| self.by_place.get(place));
        let Some((line, used)) = found.map(|number| &mut self.lines[*number]) else {
            return false;
        };
        *used = true;
        set(&mut session.client_ip, line.client_ip.as_ref());
        set(&mut session.helo, line.helo.as_ref());
        set(&mut session.authenticated, line.authenticated.as_ref());
        set(&mut session.mail_from, line.mail_from.as_ref());
        set(&mut session.rcpt_to, line.rcpt_to.as_ref());
        if let Some(recorded) = line.time {
            *time = Timestamp(recorded.as_second());
            session.time = Field::known((), Origin::Recorded);
        }
        if let Some(recorded) = &line.category {
            category.clone_from(recorded);
        }
        true
    }

    /// Lines that no message used.
    pub fn unused(&self) -> u64 {
        self.lines.iter().filter(|(_, used)| !used).count() as u64
    }
}

struct At {
    path: PathBuf,
    line: u64,
}

impl At {
    fn error(&self, reason: &str) -> Error {
        Error::Sidecar { path: self.path.clone(), line: self.line, reason: reason.into() }
    }
}

fn in_range(time: jiff::Timestamp) -> bool {
    (Timestamp::MIN.0..Timestamp::MAX.0).contains(&time.as_second())
}

fn is_bad(email: &str) -> bool {
    email.is_empty() || email.contains(['\n', '\r'])
}

fn set<T: Clone>(field: &mut Field<T>, recorded: Option<&T>) {
    if let Some(value) = recorded {
        *field = Field::known(value.clone(), Origin::Recorded);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn sidecar(text: &str) -> Result<Sidecar, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.ndjson");
        fs::write(&path, text).unwrap();
        let mut sidecar = Sidecar::default();
        sidecar.add_file(&path).map(|()| sidecar)
    }

    #[test]
    fn recorded_fields_override_and_others_stay() {
        let text = "{\"place\": \"a\", \"client_ip\": \"192.0.2.1\", \"mail_from\": \"\", \
            \"time\": \"2020-01-01T00:00:00Z\"}\n\n{\"place\": \"b\"}\n";
        let mut sidecar = sidecar(text).unwrap();
        let (mut session, mut time) = (Session::default(), Timestamp::MIN);
        session.helo = Field::known("h".into(), Origin::Received);
        let mut category = "c".to_owned();
        let id = CaseId([0; 32]);
        assert!(sidecar.apply(id, "a", &mut session, &mut time, &mut category));
        assert_eq!(session.client_ip.origin(), Origin::Recorded);
        assert_eq!(session.mail_from.get().unwrap(), "");
        assert_eq!(session.helo.origin(), Origin::Received);
        assert_eq!(time.to_string(), "2020-01-01T00:00:00Z");
        assert_eq!((category.as_str(), sidecar.unused()), ("c", 1));
    }

    #[test]
    fn a_bad_line_is_an_error_with_its_number() {
        for (text, part) in [
            (
                "{\"place\": \"a\"}\n{\"place\": \"b\", \"hello\": 1}\n",
                "line 2: unknown field",
            ),
            ("{}\n", "line 1: must have"),
            ("{\"place\": \"a\"}\n\n{\"place\": \"a\"}\n", "line 3: names"),
            ("{\"place\": \"a\", \"rcpt_to\": []}\n", "line 1: has an empty"),
            ("nonsense\n", "line 1"),
            ("{\"id\": \"xyz\"}\n", "line 1"),
            (
                "{\"place\": \"a\", \"time\": \"1950-01-01T00:00:00Z\"}\n",
                "line 1: has a `time`",
            ),
        ] {
            let error = sidecar(text).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_line_panics(text in "(\\{\"place\":\"a\",)?[ -~\n]{0,80}") {
            let _ = sidecar(&text);
        }
    }
}
