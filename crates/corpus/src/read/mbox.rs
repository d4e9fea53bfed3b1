//! The mbox format in its dialects.
//!
//! A message begins at a `From ` line that stands at the start of the file or after an empty
//! line, carries a time, and is followed by a header field. So an unquoted `From here we go`
//! in a body never splits a message. `Content-Length` is never believed: it is a plain header
//! field that anybody may have written, and one wrong number would swallow other messages.

use std::io::{self, BufRead};

use super::{FromLine, SkipReason};
use crate::parse_date;

/// What `>From ` in a body stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Quoting {
    /// Itself: bytes are kept as they are stored (mboxo, mboxcl, mboxcl2).
    #[default]
    AsStored,
    /// `From `, with one `>` taken off each `>…>From ` line (mboxrd).
    Mboxrd,
}

/// One message of an mbox, or why there is none.
pub(super) type Member = Result<(Vec<u8>, Option<FromLine>), SkipReason>;

/// Longest line that is looked at as a whole; longer ones pass in pieces.
const LINE: usize = 16 << 10;

/// Iterator over the messages of an mbox; streams, holding one message at a time.
#[derive(Debug)]
pub struct Mbox<R> {
    reader: R,
    quoting: Quoting,
    limit: u64,
    /// A piece read ahead.
    peeked: Option<Vec<u8>>,
    /// The `From ` line that begins the next message.
    pending: Option<FromLine>,
    done: bool,
}

impl<R: BufRead> Iterator for Mbox<R> {
    type Item = io::Result<Result<(Vec<u8>, Option<FromLine>), SkipReason>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let message = self.message();
        self.done |= message.is_err();
        message.transpose()
    }
}

impl<R: BufRead> Mbox<R> {
    /// Reads from the start of an mbox; messages over `limit` bytes are skipped.
    pub fn new(reader: R, quoting: Quoting, limit: u64) -> Self {
        Self { reader, quoting, limit, peeked: None, pending: None, done: false }
    }

    fn message(&mut self) -> io::Result<Option<Member>> {
        let mut body = Body { raw: Vec::new(), limit: self.limit, too_large: false };
        let mut from_line = self.pending.take();
        let mut after_blank = from_line.is_none();
        let mut line_start = true;
        loop {
            let line = self.line()?;
            if line.is_empty() {
                self.done = true;
                let nothing = from_line.is_none() && body.is_blank();
                return Ok((!nothing).then(|| body.close(from_line)));
            }
            let starts_line = std::mem::replace(&mut line_start, line.ends_with(b"\n"));
            if starts_line
                && after_blank
                && is_postmark(&line)
                && self.header_follows()?
            {
                let postmark = Some(parse_from_line(&line));
                if from_line.is_none() && body.is_blank() {
                    // The file's first line, perhaps after empty ones.
                    body.raw.clear();
                    from_line = postmark;
                    after_blank = false;
                    continue;
                }
                self.pending = postmark;
                return Ok(Some(body.close(from_line)));
            }
            after_blank = starts_line && line.trim_ascii().is_empty();
            body.push(unquoted(&line, self.quoting, starts_line));
        }
    }

    fn header_follows(&mut self) -> io::Result<bool> {
        let next = self.line()?;
        let follows = is_header_line(&next);
        self.peeked = Some(next);
        Ok(follows)
    }

    /// The next piece of at most one line; empty at the end.
    fn line(&mut self) -> io::Result<Vec<u8>> {
        if let Some(line) = self.peeked.take() {
            return Ok(line);
        }
        let mut line = Vec::new();
        while line.len() < LINE && !line.ends_with(b"\n") {
            let chunk = match self.reader.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                chunk => chunk?,
            };
            if chunk.is_empty() {
                break;
            }
            let room = &chunk[..chunk.len().min(LINE - line.len())];
            let end =
                room.iter().position(|b| *b == b'\n').map_or(room.len(), |at| at + 1);
            line.extend_from_slice(&room[..end]);
            self.reader.consume(end);
        }
        Ok(line)
    }
}

/// The message being collected; past the limit nothing more is kept.
struct Body {
    raw: Vec<u8>,
    limit: u64,
    too_large: bool,
}

impl Body {
    fn push(&mut self, bytes: &[u8]) {
        if self.too_large || (self.raw.len() + bytes.len()) as u64 > self.limit {
            self.too_large = true;
            self.raw = Vec::new();
        } else {
            self.raw.extend_from_slice(bytes);
        }
    }

    fn is_blank(&self) -> bool {
        !self.too_large && self.raw.trim_ascii().is_empty()
    }

    /// Takes off the one empty line that the format puts after a message.
    fn close(mut self, from_line: Option<FromLine>) -> Member {
        if self.too_large {
            return Err(SkipReason::TooLarge);
        }
        for end in [&b"\r\n"[..], b"\n"] {
            if self.raw.strip_suffix(end).is_some_and(|head| head.ends_with(b"\n")) {
                self.raw.truncate(self.raw.len() - end.len());
                break;
            }
        }
        if self.raw.trim_ascii().is_empty() {
            return Err(SkipReason::Empty);
        }
        Ok((self.raw, from_line))
    }
}

fn unquoted(line: &[u8], quoting: Quoting, starts_line: bool) -> &[u8] {
    let quotes = line.iter().take_while(|b| **b == b'>').count();
    match quoting {
        Quoting::Mboxrd
            if starts_line && quotes > 0 && line[quotes..].starts_with(b"From ") =>
        {
            &line[1..]
        }
        Quoting::Mboxrd | Quoting::AsStored => line,
    }
}

/// `From sender Thu Aug 22 12:36:23 2002`, in the many forms of its date.
pub(super) fn is_postmark(line: &[u8]) -> bool {
    line.starts_with(b"From ") && parse_from_line(line).time.is_some()
}

/// Whether a file begins with a `From ` line.
pub(super) fn starts_with_postmark(head: &[u8]) -> bool {
    is_postmark(first_line(head))
}

fn first_line(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().take(LINE).position(|b| *b == b'\n');
    &bytes[..end.unwrap_or(bytes.len().min(LINE))]
}

fn parse_from_line(line: &[u8]) -> FromLine {
    let text = String::from_utf8_lossy(line);
    let rest = text.strip_prefix("From ").unwrap_or(&text).trim();
    let (sender, date) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    FromLine { sender: sender.to_owned(), time: parse_date(date) }
}

/// `Name:` with a printable name, or another quoted `From ` line.
pub(super) fn is_header_line(line: &[u8]) -> bool {
    let name = line.iter().take_while(|b| (33..=126).contains(*b) && **b != b':').count();
    let after = line[name..].trim_ascii_start();
    (name > 0 && name <= 128 && after.first() == Some(&b':'))
        || line.starts_with(b">From ")
}

/// Takes a leading `From ` line off a message that is stored alone.
pub(super) fn strip_from_line(raw: &mut Vec<u8>) -> Option<FromLine> {
    if !raw.starts_with(b"From ") {
        return None;
    }
    let end = raw.iter().position(|b| *b == b'\n').map_or(raw.len(), |at| at + 1);
    if raw[..end].iter().take(128).any(|b| *b == b':') && !is_postmark(&raw[..end]) {
        // `From : someone` is a header field with a stray blank.
        let colon = raw.iter().position(|b| *b == b':').unwrap_or(0);
        if raw[..colon].trim_ascii_end() == b"From" {
            return None;
        }
    }
    let from_line = parse_from_line(&raw[..end]);
    raw.drain(..end);
    Some(from_line)
}

/// Whether the bytes hold at least two messages, each after a `From ` line.
pub(super) fn holds_several(bytes: &[u8]) -> bool {
    if !starts_with_postmark(bytes) {
        return false;
    }
    let mut rest = bytes;
    while let Some(at) =
        rest.windows(7).position(|w| w == b"\n\nFrom " || w == b"\n\r\nFrom")
    {
        let start = at + 1 + usize::from(rest[at + 1] == b'\r') + 1;
        let line = first_line(&rest[start..]);
        let next = rest.get(start + line.len() + 1..).unwrap_or_default();
        if is_postmark(line) && is_header_line(first_line(next)) {
            return true;
        }
        rest = &rest[start..];
    }
    false
}

#[cfg(test)]
#[path = "mbox_tests.rs"]
mod tests;
