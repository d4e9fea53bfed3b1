//! Changes that agents make to a message on its way.

use std::ops::BitOr;

use memchr::memchr;

use crate::Message;

/// A part of a message that an agent may read or change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Part {
    /// The envelope recipients.
    Recipients = 1,
    /// Address fields of the header (To, Cc, From, Sender, Reply-To, …).
    Addresses = 2,
    /// The subject.
    Subject = 4,
    /// Any other header field.
    Headers = 8,
    /// Attachments.
    Attachments = 16,
}

/// A set of [`Part`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Parts(u8);

impl Parts {
    /// No part.
    pub const NONE: Self = Self(0);
    /// Every part of the message itself: all but the envelope recipients.
    pub const MESSAGE: Self = Self(2 | 4 | 8 | 16);

    /// Whether the sets have a part in common.
    pub fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl From<Part> for Parts {
    fn from(part: Part) -> Self {
        Self(part as u8)
    }
}

impl BitOr for Parts {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// One change to one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Put text before the subject.
    PrependSubject(String),
    /// Set the first header field of this name, or add it.
    SetHeader {
        /// Field name.
        name: String,
        /// New value.
        value: String,
    },
    /// Take away every header field of this name.
    RemoveHeader(String),
    /// Replace attachments (by index) with a text.
    Strip {
        /// Indexes into [`Message::attachments`].
        attachments: Vec<usize>,
        /// Text put in their place.
        text: String,
    },
    /// Replace addresses wherever the named header fields carry them.
    Rewrite {
        /// Header fields concerned.
        fields: &'static [&'static str],
        /// Address as written → new address.
        addresses: Vec<(String, String)>,
    },
    /// Replace envelope recipients (by index); the message itself stays.
    RewriteRecipients(Vec<(usize, String)>),
}

impl Change {
    /// What the change touches.
    pub fn parts(&self) -> Parts {
        match self {
            Self::PrependSubject(_) => Part::Subject.into(),
            Self::SetHeader { name, .. } | Self::RemoveHeader(name) => header_part(name),
            Self::Strip { .. } => Part::Attachments.into(),
            Self::Rewrite { .. } => Part::Addresses.into(),
            Self::RewriteRecipients(_) => Part::Recipients.into(),
        }
    }

    /// The raw message after the change; `message` is the parse of `raw`.
    pub fn apply(&self, raw: &[u8], message: &Message) -> Vec<u8> {
        match self {
            Self::PrependSubject(prefix) => {
                let old = raw_value(raw, "Subject");
                let old = old.as_deref().unwrap_or_default();
                let value = [prefix.as_bytes(), old].concat();
                set_field(raw, "Subject", &value)
            }
            Self::SetHeader { name, value } => set_field(raw, name, value.as_bytes()),
            Self::RemoveHeader(name) => edit_fields(raw, |field, out| {
                if !field_is(field, name) {
                    out.extend_from_slice(field);
                }
            }),
            Self::Strip { attachments, text } => strip(raw, message, attachments, text),
            Self::Rewrite { fields, addresses } => edit_fields(raw, |field, out| {
                if fields.iter().any(|name| field_is(field, name)) {
                    out.extend_from_slice(&replace_addresses(field, addresses));
                } else {
                    out.extend_from_slice(field);
                }
            }),
            Self::RewriteRecipients(_) => raw.to_vec(),
        }
    }
}

/// The raw message without the header fields whose names begin with `prefix`, ignoring ASCII
/// case; `None` where it has none.
pub fn without_fields(raw: &[u8], prefix: &str) -> Option<Vec<u8>> {
    let edited = edit_fields(raw, |field, out| {
        let begins = field.len() >= prefix.len()
            && field[..prefix.len()].eq_ignore_ascii_case(prefix.as_bytes());
        if !begins {
            out.extend_from_slice(field);
        }
    });
    (edited.len() < raw.len()).then_some(edited)
}

fn header_part(name: &str) -> Parts {
    const ADDRESS_FIELDS: [&str; 10] = [
        "From",
        "Sender",
        "Reply-To",
        "To",
        "Cc",
        "Bcc",
        "Resent-From",
        "Resent-Sender",
        "Resent-To",
        "Resent-Cc",
    ];
    if name.eq_ignore_ascii_case("Subject") {
        Part::Subject.into()
    } else if name.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("Content-"))
        || name.eq_ignore_ascii_case("MIME-Version")
    {
        // How the whole message is parsed.
        Parts::MESSAGE
    } else if ADDRESS_FIELDS.iter().any(|field| field.eq_ignore_ascii_case(name)) {
        Part::Addresses.into()
    } else {
        Part::Headers.into()
    }
}

/// Splits off the next header field, folded lines included; `None` at the blank line.
fn next_field(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    if rest.is_empty() || rest.starts_with(b"\n") || rest.starts_with(b"\r\n") {
        return None;
    }
    let mut end = 0;
    loop {
        end += memchr(b'\n', &rest[end..]).map_or(rest.len() - end, |at| at + 1);
        if !matches!(rest.get(end), Some(b' ' | b'\t')) {
            return Some(rest.split_at(end));
        }
    }
}

fn field_is(field: &[u8], name: &str) -> bool {
    field.len() > name.len()
        && field[..name.len()].eq_ignore_ascii_case(name.as_bytes())
        && field[name.len()..].trim_ascii_start().starts_with(b":")
}

fn edit_fields(raw: &[u8], mut each: impl FnMut(&[u8], &mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len() + 128);
    let mut rest = raw;
    while let Some((field, tail)) = next_field(rest) {
        each(field, &mut out);
        rest = tail;
    }
    out.extend_from_slice(rest);
    out
}

fn raw_value(raw: &[u8], name: &str) -> Option<Vec<u8>> {
    let mut rest = raw;
    while let Some((field, tail)) = next_field(rest) {
        if field_is(field, name) {
            let colon = field.iter().position(|b| *b == b':')?;
            return Some(field[colon + 1..].trim_ascii().to_vec());
        }
        rest = tail;
    }
    None
}

/// The raw message with one more header field, before all others.
pub fn with_field(raw: &[u8], name: &str, value: &str) -> Vec<u8> {
    [line(raw, name, value.as_bytes()).as_slice(), raw].concat()
}

/// A header field as a line that ends as the lines of `raw` do.
fn line(raw: &[u8], name: &str, value: &[u8]) -> Vec<u8> {
    let eol: &[u8] = match raw.iter().position(|b| *b == b'\n') {
        Some(at) if at > 0 && raw[at - 1] == b'\r' => b"\r\n",
        _ => b"\n",
    };
    [name.as_bytes(), b": ", value, eol].concat()
}

fn set_field(raw: &[u8], name: &str, value: &[u8]) -> Vec<u8> {
    let line = line(raw, name, value);
    let mut done = false;
    let edited = edit_fields(raw, |field, out| {
        if !done && field_is(field, name) {
            out.extend_from_slice(&line);
            done = true;
        } else {
            out.extend_from_slice(field);
        }
    });
    if done { edited } else { [line.as_slice(), raw].concat() }
}

fn replace_addresses(field: &[u8], addresses: &[(String, String)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(field.len());
    let mut at = 0;
    'next: while at < field.len() {
        let starts = at == 0 || !is_address_byte(field[at - 1]);
        for (old, new) in addresses.iter().filter(|_| starts) {
            let end = at + old.len();
            if end <= field.len()
                && field[at..end].eq_ignore_ascii_case(old.as_bytes())
                && field.get(end).is_none_or(|b| !is_address_byte(*b))
            {
                out.extend_from_slice(new.as_bytes());
                at = end;
                continue 'next;
            }
        }
        out.push(field[at]);
        at += 1;
    }
    out
}

fn is_address_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b".!#$%&'*+-/=?^_`{|}~@".contains(&byte)
}

fn strip(raw: &[u8], message: &Message, attachments: &[usize], text: &str) -> Vec<u8> {
    let mut ranges: Vec<_> = attachments
        .iter()
        .filter_map(|index| message.attachments.get(*index))
        .map(|attachment| attachment.range.start as usize..attachment.range.end as usize)
        .filter(|range| range.start <= range.end && range.end <= raw.len())
        .collect();
    ranges.sort_by_key(|range| range.start);
    if ranges.iter().any(|range| range.start == body_start(raw)) {
        return only_text(raw, text);
    }
    let mut out = Vec::with_capacity(raw.len());
    let mut from = 0;
    for range in ranges {
        if range.start < from {
            continue;
        }
        out.extend_from_slice(&raw[from..range.start]);
        out.extend_from_slice(b"Content-Type: text/plain; charset=utf-8\n\n");
        out.extend_from_slice(text.as_bytes());
        out.push(b'\n');
        from = range.end;
    }
    out.extend_from_slice(&raw[from..]);
    out
}

/// Where the body begins, behind the blank line.
fn body_start(raw: &[u8]) -> usize {
    let mut rest = raw;
    while let Some((_, tail)) = next_field(rest) {
        rest = tail;
    }
    let blank = rest.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    raw.len() - rest.len() + blank
}

/// A message that is nothing but an attachment becomes nothing but the text.
fn only_text(raw: &[u8], text: &str) -> Vec<u8> {
    let mut out = edit_fields(&raw[..body_start(raw)], |field, out| {
        const MIME: [&str; 3] =
            ["Content-Type", "Content-Transfer-Encoding", "Content-Disposition"];
        if !MIME.iter().any(|name| field_is(field, name)) {
            out.extend_from_slice(field);
        }
    });
    out.extend_from_slice(text.as_bytes());
    out.push(b'\n');
    set_field(&out, "Content-Type", b"text/plain; charset=utf-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_ends_as_the_lines_around_it_do() {
        assert_eq!(with_field(b"A: b\r\n\r\nx", "N", "v"), b"N: v\r\nA: b\r\n\r\nx");
        assert_eq!(with_field(b"A: b\n\nx\r\n", "N", "v"), b"N: v\nA: b\n\nx\r\n");
        assert_eq!(with_field(b"\nx", "N", "v"), b"N: v\n\nx");
    }

    const RAW: &[u8] =
        b"To: Ann <ann@old.example>,\n bob@old.example\nSubject: hi\n there\nX: 1\n\nTo: body\n";

    #[test]
    fn a_prefix_goes_before_the_unfolded_subject() {
        let out =
            Change::PrependSubject("[SPAM] ".into()).apply(RAW, &Message::default());
        assert!(out.windows(25).any(|w| w == b"Subject: [SPAM] hi\n there"));
    }

    #[test]
    fn a_rewrite_leaves_longer_addresses_and_the_body_alone() {
        let change = Change::Rewrite {
            fields: &["To"],
            addresses: vec![("ann@old.example".into(), "ann@new.example".into())],
        };
        let out = String::from_utf8(change.apply(RAW, &Message::default())).unwrap();
        assert!(out.starts_with("To: Ann <ann@new.example>,\n bob@old.example\n"));
        let raw = b"To: joann@old.example\n\n";
        assert_eq!(change.apply(raw, &Message::default()), raw);
    }

    #[test]
    fn headers_are_set_added_and_removed() {
        let set = |name: &str| Change::SetHeader { name: name.into(), value: "2".into() };
        let none = Message::default();
        assert!(set("x").apply(RAW, &none).windows(5).any(|w| w == b"\nx: 2"));
        assert!(set("Y").apply(RAW, &none).starts_with(b"Y: 2\nTo:"));
        let removed = Change::RemoveHeader("TO".into()).apply(RAW, &none);
        assert!(removed.starts_with(b"Subject:") && removed.ends_with(b"\n\nTo: body\n"));
    }

    #[test]
    fn a_message_that_is_an_attachment_becomes_a_text() {
        let raw = b"A: b\nContent-type: a/b;\n name=x\n\nMZ\n";
        let attachment = crate::Attachment { range: 33..36, ..Default::default() };
        let message = Message { attachments: vec![attachment], ..Default::default() };
        let change = Change::Strip { attachments: vec![0], text: "gone".into() };
        let out = String::from_utf8(change.apply(raw, &message)).unwrap();
        assert_eq!(out, "Content-Type: text/plain; charset=utf-8\nA: b\n\ngone\n");
    }

    #[test]
    fn stripped_parts_become_text() {
        let raw = b"A: b\n\n--x\nContent-Type: a/b\n\nMZ\n--x--\n";
        let message = Message {
            attachments: vec![crate::Attachment { range: 10..32, ..Default::default() }],
            ..Default::default()
        };
        let change = Change::Strip { attachments: vec![0], text: "gone".into() };
        let out = String::from_utf8(change.apply(raw, &message)).unwrap();
        assert_eq!(
            out,
            "A: b\n\n--x\nContent-Type: text/plain; charset=utf-8\n\ngone\n--x--\n"
        );
    }
}
