//! One stored file: a message, or an mbox of several.

use std::io::{self, BufReader, Cursor, Read};

use mail::Label;

use super::detect::{Content, HEAD};
use super::mbox::{holds_several, is_header_line, strip_from_line};
use super::{Found, FromLine, Limits, Mbox, Quoting, RawMessage, SkipReason, Skipped};
use crate::{Error, Format};

/// Where messages go.
pub(super) type Each<'a> = &'a mut dyn FnMut(Found) -> Result<(), Error>;

/// Why reading a member stopped.
pub(super) enum Stop {
    /// The bytes could not be read.
    Io(io::Error),
    /// The receiver refused.
    Error(Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// What is known about a file before it is read.
pub(super) struct About<'a> {
    pub(super) label: Label,
    pub(super) category: &'a str,
    pub(super) place: &'a str,
    pub(super) format: Option<Format>,
}

/// Reads one stored file to its end or its limit.
pub(super) fn read_member(
    reader: &mut dyn Read,
    about: &About<'_>,
    limits: &Limits,
    each: Each<'_>,
) -> Result<(), Stop> {
    let mut bytes = Vec::new();
    reader.take(limits.message_bytes + 1).read_to_end(&mut bytes)?;
    if bytes.is_empty() {
        return Ok(each(about.skipped(SkipReason::Empty))?);
    }
    let quoting = match about.format {
        Some(Format::Mbox) => Some(Quoting::AsStored),
        Some(Format::Mboxrd) => Some(Quoting::Mboxrd),
        Some(Format::Message) => None,
        _ if Content::of(&bytes[..bytes.len().min(HEAD)]).is_packed() => {
            return Ok(each(about.skipped(SkipReason::NestedArchive))?);
        }
        _ => holds_several(&bytes).then_some(Quoting::AsStored),
    };
    if let Some(quoting) = quoting {
        let whole = BufReader::new(Cursor::new(bytes).chain(reader));
        return read_mbox(Mbox::new(whole, quoting, limits.message_bytes), about, each);
    }
    if bytes.len() as u64 > limits.message_bytes {
        return Ok(each(about.skipped(SkipReason::TooLarge))?);
    }
    let from_line = strip_from_line(&mut bytes);
    Ok(each(about.message(bytes, from_line, about.place.to_owned()))?)
}

fn read_mbox<R: io::BufRead>(
    mbox: Mbox<R>,
    about: &About<'_>,
    each: Each<'_>,
) -> Result<(), Stop> {
    for (number, member) in (1_u64..).zip(mbox) {
        let place = format!("{}#{number}", about.place);
        each(match member? {
            Ok((raw, from_line)) => about.message(raw, from_line, place),
            Err(reason) => Found::Skipped(Skipped { place, reason }),
        })?;
    }
    Ok(())
}

impl About<'_> {
    fn message(&self, raw: Vec<u8>, from_line: Option<FromLine>, place: String) -> Found {
        let line = &raw[..raw
            .iter()
            .take(1024)
            .position(|b| *b == b'\n')
            .unwrap_or(raw.len().min(1024))];
        let reason = if raw.trim_ascii().is_empty() {
            SkipReason::Empty
        } else if is_header_line(line) {
            let (label, category) = (self.label, self.category.to_owned());
            return Found::Message(RawMessage { label, category, place, raw, from_line });
        } else {
            SkipReason::NoHeader
        };
        Found::Skipped(Skipped { place, reason })
    }

    pub(super) fn skipped(&self, reason: SkipReason) -> Found {
        Found::Skipped(Skipped { place: self.place.to_owned(), reason })
    }
}
