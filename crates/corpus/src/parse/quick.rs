//! Ordinary mail, read by searching for line ends and boundaries instead of byte by byte.
//!
//! What mail-parser makes of a message is what counts. [`message`] gives the very same for
//! messages of ordinary make, with mail-parser reading their structured fields, and gives up
//! on all others: a line in a header that is no field, a header without an end, a boundary
//! that does not come, so many tokens that they have to be defused.
//! Messages in messages are not looked into here either.

use std::borrow::Cow;

use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::parsers::MessageStream;
use mail_parser::{ContentType, Header, HeaderName, HeaderValue, MessagePart, PartType};
use memchr::memmem::Finder;
use memchr::{memchr, memchr_iter, memchr2, memchr2_iter};

use mail::Message;

use super::names::{Name, usual};
use super::{add_addresses, attachment, body, decode, guard, header, set_first};

/// The message, where it is of ordinary make.
pub(super) fn message(raw: &[u8]) -> Option<Message> {
    if !is_ordinary(raw) {
        return None;
    }
    let mut message = Message::default();
    let mut reader = Reader { raw, at: 0 };
    let mut mime = reader.root(&mut message)?;
    // What each multipart's parts lie between, the innermost last.
    let mut delimiters: Vec<Finder<'static>> = Vec::new();
    let mut start = 0;
    let mut is_root = true;
    loop {
        match kind(&mime)? {
            Kind::Multipart(delimiter) => {
                reader.skip_to(&delimiter)?;
                reader.skip_line_end();
                delimiters.push(*delimiter);
            }
            Kind::Leaf(leaf) => {
                let part = reader.leaf(mime, leaf, start, delimiters.last())?;
                if attachment::is_attachment(&part) {
                    message.attachments.push(attachment::attachment(&part, raw, is_root));
                } else {
                    body::add_text(&mut message.body, part.body);
                }
                if delimiters.is_empty() {
                    return (reader.at == raw.len()).then_some(message);
                }
                while reader.is_last_delimiter()? {
                    delimiters.pop();
                    match delimiters.last() {
                        Some(outer) => reader.skip_to(outer)?,
                        None => return Some(message),
                    }
                }
            }
        }
        is_root = false;
        start = reader.at;
        mime = reader.part()?;
    }
}

/// The message, where it differs from another in fields of its own header only, and not in
/// those that say how the rest is to be read.
pub(super) fn with_other_header(
    raw: &[u8],
    before: &[u8],
    parsed: &Message,
) -> Option<Message> {
    let mut message = Message::default();
    let (mut reader, mut other) = (Reader { raw, at: 0 }, Reader { raw: before, at: 0 });
    let mime = reader.root(&mut message)?;
    if mime != other.part()?
        || raw[reader.at..] != before[other.at..]
        || !is_ordinary(raw)
        || !is_ordinary(before)
    {
        return None;
    }
    let moved = |at: u32| offset((at as usize).checked_sub(other.at)? + reader.at);
    let moved = |attachment: &mail::Attachment| {
        let range = &attachment.range;
        let range = moved(range.start)?..moved(range.end)?;
        Some(mail::Attachment { range, ..attachment.clone() })
    };
    message.attachments = parsed.attachments.iter().map(moved).collect::<Option<_>>()?;
    message.body.clone_from(&parsed.body);
    Some(message)
}

/// Whether nothing has to be defused but what is in this message only as a text.
fn is_ordinary(raw: &[u8]) -> bool {
    let count = |byte| memchr_iter(byte, raw).count();
    let multiparts = || {
        memchr2_iter(b'm', b'M', raw)
            .filter(|at| {
                let next = raw.get(at + 1..at + 3);
                next.is_some_and(|next| next.eq_ignore_ascii_case(b"ul"))
            })
            .count()
    };
    u32::try_from(raw.len()).is_ok()
        // Where it stands for a hidden letter.
        && memchr2(guard::MARKS[0], guard::MARKS[1], raw).is_none()
        && (raw.len() < 2 * guard::TOKENS
            || count(b'?') <= guard::TOKENS && count(b'*') <= guard::TOKENS)
        && (raw.len() < 9 * guard::MULTIPARTS || multiparts() <= guard::MULTIPARTS)
}

/// What a part is by its type, as mail-parser tells it.
enum Kind {
    /// With the delimiter of its parts.
    Multipart(Box<Finder<'static>>),
    Leaf(Leaf),
}

enum Leaf {
    Html,
    Text,
    Other,
}

/// The last field of a name, which is the one that counts.
fn last<'m, 'r>(
    mime: &'m [Header<'r>],
    name: &HeaderName<'_>,
) -> Option<&'m HeaderValue<'r>> {
    mime.iter().rev().find(|field| field.name == *name).map(|field| &field.value)
}

fn content_type<'m>(mime: &'m [Header<'_>]) -> Option<&'m ContentType<'m>> {
    last(mime, &HeaderName::ContentType)?.as_content_type()
}

fn kind(mime: &[Header<'_>]) -> Option<Kind> {
    let Some(stated) = content_type(mime) else { return Some(Kind::Leaf(Leaf::Text)) };
    match (stated.ctype(), stated.subtype()) {
        ("multipart", _) => {
            let boundary = stated.attribute("boundary")?;
            let delimiter = || {
                let delimiter = [b"--", boundary.as_bytes()].concat();
                Box::new(Finder::new(&delimiter).into_owned())
            };
            (!boundary.is_empty()).then(|| Kind::Multipart(delimiter()))
        }
        ("text", Some("html")) => Some(Kind::Leaf(Leaf::Html)),
        ("text", _) => Some(Kind::Leaf(Leaf::Text)),
        _ => Some(Kind::Leaf(Leaf::Other)),
    }
}

struct Reader<'r> {
    raw: &'r [u8],
    at: usize,
}

/// Longest structured field of ordinary mail.
const MOST_READ: usize = 4000;

/// Where a field stands: its name, and its value up to and with the last line end.
struct Field<'r> {
    name: &'r [u8],
    value: usize,
    end: usize,
}

impl<'r> Reader<'r> {
    /// Takes the message's own header in; gives its MIME fields.
    fn root(&mut self, message: &mut Message) -> Option<Vec<Header<'r>>> {
        let mut mime = Vec::new();
        message.headers.reserve(24);
        while let Some(field) = self.field()? {
            let value = header::text(&self.raw[field.value..field.end]);
            match Name::of(field.name) {
                Name::Subject if message.subject.is_empty() => {
                    message.subject.clone_from(&value);
                }
                Name::From => add_addresses(&mut message.from, &self.addresses(&field)?),
                Name::To => add_addresses(&mut message.to, &self.addresses(&field)?),
                Name::Cc => add_addresses(&mut message.cc, &self.addresses(&field)?),
                Name::Sender => set_first(&mut message.sender, &self.addresses(&field)?),
                Name::ResentSender => {
                    set_first(&mut message.resent_sender, &self.addresses(&field)?);
                }
                Name::ResentFrom => {
                    set_first(&mut message.resent_from, &self.addresses(&field)?);
                }
                Name::Mime(name) => mime.push(self.mime(name, &field)?),
                Name::Subject | Name::Other => {}
            }
            let name = usual(field.name).map_or_else(
                || Cow::Owned(String::from_utf8_lossy(field.name).into_owned()),
                Cow::Borrowed,
            );
            message.headers.push(mail::Header { name, value });
        }
        (!message.headers.is_empty()).then_some(mime)
    }

    /// The MIME fields of a part's header.
    fn part(&mut self) -> Option<Vec<Header<'r>>> {
        let mut mime = Vec::new();
        while let Some(field) = self.field()? {
            if let Name::Mime(name) = Name::of(field.name) {
                mime.push(self.mime(name, &field)?);
            }
        }
        Some(mime)
    }

    /// The next field, none at the header's end.
    fn field(&mut self) -> Option<Option<Field<'r>>> {
        let rest = self.raw.get(self.at..)?;
        let blank = match rest {
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            _ => 0,
        };
        if blank > 0 {
            self.at += blank;
            return Some(None);
        }
        let length = rest.iter().position(|b| !b.is_ascii_graphic() || *b == b':')?;
        if length == 0 || rest[length] != b':' {
            return None;
        }
        let value = self.at + length + 1;
        let mut end = value;
        loop {
            end += memchr(b'\n', &self.raw[end..])? + 1;
            if !matches!(self.raw.get(end), Some(b' ' | b'\t')) {
                break;
            }
        }
        self.at = end;
        Some(Some(Field { name: &rest[..length], value, end }))
    }

    /// A field's value as mail-parser reads it, where it ends where the field does.
    fn read(
        &self,
        field: &Field<'_>,
        read: impl FnOnce(&mut MessageStream<'r>) -> HeaderValue<'r>,
    ) -> Option<HeaderValue<'r>> {
        if field.end - field.value > MOST_READ {
            return None;
        }
        let mut stream = MessageStream::new(self.raw);
        stream.skip_bytes(field.value);
        let value = read(&mut stream);
        (stream.offset() == field.end).then_some(value)
    }

    fn addresses(&self, field: &Field<'_>) -> Option<HeaderValue<'r>> {
        self.read(field, MessageStream::parse_address)
    }

    fn mime(&self, name: HeaderName<'static>, field: &Field<'_>) -> Option<Header<'r>> {
        let value = match &name {
            HeaderName::ContentTransferEncoding => {
                self.read(field, MessageStream::parse_unstructured)?
            }
            _ => self.read(field, MessageStream::parse_content_type)?,
        };
        // Nobody asks where a part's fields lie.
        Some(Header { name, value, offset_field: 0, offset_start: 0, offset_end: 0 })
    }

    /// The part whose header ends here, up to the delimiter.
    fn leaf(
        &mut self,
        headers: Vec<Header<'r>>,
        leaf: Leaf,
        start: usize,
        delimiter: Option<&Finder<'_>>,
    ) -> Option<MessagePart<'r>> {
        let offset_body = offset(self.at)?;
        let encoding = match last(&headers, &HeaderName::ContentTransferEncoding) {
            Some(HeaderValue::Text(encoding)) => encoding.as_ref(),
            _ => "",
        };
        let (end, bytes) = if encoding.eq_ignore_ascii_case("base64") {
            self.base64(delimiter)?
        } else if encoding.eq_ignore_ascii_case("quoted-printable") {
            self.quoted_printable(delimiter)?
        } else {
            let (end, bytes, _) = self.plain(delimiter)?;
            (end, Cow::Borrowed(bytes))
        };
        let charset = || content_type(&headers)?.attribute("charset");
        // In other letters, those of a guarded message do not come back.
        if charset().is_some_and(|charset| {
            !keeps_ascii(charset) && charset_decoder(charset.as_bytes()).is_some()
        }) && guard::names_a_message(&bytes)
        {
            return None;
        }
        let body = match leaf {
            Leaf::Html => PartType::Html(text(bytes, charset())),
            Leaf::Text => PartType::Text(text(bytes, charset())),
            Leaf::Other => PartType::Binary(bytes),
        };
        Some(MessagePart {
            headers,
            body,
            offset_header: offset(start)?,
            offset_body,
            offset_end: offset(end)?,
            ..MessagePart::default()
        })
    }

    /// A body as it stands: where it ends, its bytes without the line end before the
    /// delimiter, and with it.
    fn plain(
        &mut self,
        delimiter: Option<&Finder<'_>>,
    ) -> Option<(usize, &'r [u8], &'r [u8])> {
        let start = self.at;
        let Some(delimiter) = delimiter else {
            self.at = self.raw.len();
            return Some((self.at, &self.raw[start..], &self.raw[start..]));
        };
        self.skip_to(delimiter)?;
        let whole = &self.raw[start..self.at - delimiter.needle().len()];
        let text = whole.strip_suffix(b"\n").unwrap_or(whole);
        let text = if text.len() < whole.len() {
            text.strip_suffix(b"\r").unwrap_or(text)
        } else {
            text
        };
        Some((start + text.len(), text, whole))
    }

    fn quoted_printable(
        &mut self,
        delimiter: Option<&Finder<'_>>,
    ) -> Option<(usize, Cow<'r, [u8]>)> {
        let start = self.at;
        let (end, _, whole) = self.plain(delimiter)?;
        if let Some(bytes) = decode::quoted_printable(whole, delimiter.is_some()) {
            return Some((end, bytes.into()));
        }
        self.at = start;
        self.decoded(delimiter, MessageStream::decode_quoted_printable_mime)
    }

    fn base64(
        &mut self,
        delimiter: Option<&Finder<'_>>,
    ) -> Option<(usize, Cow<'r, [u8]>)> {
        let start = self.at;
        let (end, _, whole) = self.plain(delimiter)?;
        // A guarded message has other letters there.
        if memchr_iter(b'/', whole)
            .any(|at| guard::names_a_message_after(&whole[at + 1..]))
        {
            return None;
        }
        if let Some(bytes) = decode::base64(whole) {
            return Some((end, bytes.into()));
        }
        self.at = start;
        self.decoded(delimiter, MessageStream::decode_base64_mime)
    }

    /// An encoded body as mail-parser decodes it.
    fn decoded(
        &mut self,
        delimiter: Option<&Finder<'_>>,
        decode: impl FnOnce(&mut MessageStream<'r>, &[u8]) -> (usize, Cow<'r, [u8]>),
    ) -> Option<(usize, Cow<'r, [u8]>)> {
        let mut stream = MessageStream::new(self.raw);
        stream.skip_bytes(self.at);
        let boundary = delimiter.map_or([].as_slice(), |found| &found.needle()[2..]);
        let (end, bytes) = decode(&mut stream, boundary);
        self.at = stream.offset();
        (end != usize::MAX).then_some((end, bytes))
    }

    /// Moves behind the next delimiter.
    fn skip_to(&mut self, delimiter: &Finder<'_>) -> Option<()> {
        self.at += delimiter.find(&self.raw[self.at..])? + delimiter.needle().len();
        Some(())
    }

    fn skip_line_end(&mut self) {
        while let Some(byte) = self.raw.get(self.at) {
            match byte {
                b'\n' => {
                    self.at += 1;
                    return;
                }
                b'\r' | b' ' | b'\t' => self.at += 1,
                _ => return,
            }
        }
    }

    /// Whether the delimiter just passed ends its multipart; moves behind its line where not.
    fn is_last_delimiter(&mut self) -> Option<bool> {
        let skipped = match self.raw.get(self.at..)? {
            [b'-', b'-', ..] => 2,
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            _ => return None,
        };
        let is_last = self.raw[self.at] == b'-';
        self.at += skipped;
        Some(is_last)
    }
}

fn offset(at: usize) -> Option<u32> {
    u32::try_from(at).ok()
}

fn text<'r>(bytes: Cow<'r, [u8]>, charset: Option<&str>) -> Cow<'r, str> {
    let decoder = charset.and_then(|charset| charset_decoder(charset.as_bytes()));
    match (bytes, decoder) {
        (bytes, Some(decoder)) => {
            if charset.is_some_and(keeps_ascii) && bytes.is_ascii() {
                text(bytes, None)
            } else {
                decoder(&bytes).into()
            }
        }
        (Cow::Borrowed(bytes), None) => match std::str::from_utf8(bytes) {
            Ok(text) => text.into(),
            Err(_) => String::from_utf8_lossy(bytes),
        },
        (Cow::Owned(bytes), None) => String::from_utf8(bytes)
            .unwrap_or_else(|error| {
                String::from_utf8_lossy(error.as_bytes()).into_owned()
            })
            .into(),
    }
}

/// Charsets in which ASCII stands for itself, the usual ones.
const KEEP_ASCII: [&str; 11] = [
    "us-ascii",
    "ascii",
    "iso-8859-1",
    "iso-8859-2",
    "iso-8859-15",
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "koi8-r",
    "gb2312",
    "big5",
];

fn keeps_ascii(charset: &str) -> bool {
    KEEP_ASCII.iter().any(|name| name.eq_ignore_ascii_case(charset))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_stands_for_itself() {
        let ascii: Vec<u8> = (0..128).collect();
        for name in KEEP_ASCII {
            let decoder = charset_decoder(name.as_bytes()).unwrap();
            assert_eq!(decoder(&ascii).as_bytes(), ascii, "{name}");
        }
    }
}
