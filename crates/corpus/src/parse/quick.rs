//! Ordinary mail, read by searching for line ends and boundaries instead of byte by byte.
//!
//! What mail-parser makes of a message is what counts. [`message`] gives the very same for
//! messages of ordinary make, with mail-parser reading their structured fields and encoded
//! bodies, and gives up on all others: a line in a header that is no field, a header without
//! an end, a boundary that does not come, an encoding that is broken, a message in a message.

use std::borrow::Cow;

use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::parsers::MessageStream;
use mail_parser::{ContentType, Header, HeaderName, HeaderValue, MessagePart, PartType};
use memchr::{memchr, memmem};

use mail::Message;

use super::{add_addresses, attachment, body, header, set_first};

/// The message, where it is of ordinary make.
pub(super) fn message(raw: &[u8]) -> Option<Message> {
    let mut message = Message::default();
    let mut reader = Reader { raw, at: 0 };
    let mut mime = reader.root(&mut message)?;
    // What each multipart's parts lie between, the innermost last.
    let mut delimiters: Vec<Vec<u8>> = Vec::new();
    let mut start = 0;
    let mut is_root = true;
    loop {
        match kind(&mime)? {
            Kind::Multipart(delimiter) => {
                reader.skip_to(&delimiter)?;
                reader.skip_line_end();
                delimiters.push(delimiter);
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

/// What a part is by its type, as mail-parser tells it.
enum Kind {
    /// With the delimiter of its parts.
    Multipart(Vec<u8>),
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
        ("multipart", Some("digest")) | ("message", Some("rfc822" | "global")) => None,
        ("multipart", _) => {
            let boundary = stated.attribute("boundary")?;
            let delimiter = || [b"--", boundary.as_bytes()].concat();
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
        delimiter: Option<&Vec<u8>>,
    ) -> Option<MessagePart<'r>> {
        let offset_body = offset(self.at)?;
        let encoding = match last(&headers, &HeaderName::ContentTransferEncoding) {
            Some(HeaderValue::Text(encoding)) => encoding.as_ref(),
            _ => "",
        };
        let (end, bytes) = if encoding.eq_ignore_ascii_case("base64") {
            self.decoded(delimiter, MessageStream::decode_base64_mime)?
        } else if encoding.eq_ignore_ascii_case("quoted-printable") {
            self.decoded(delimiter, MessageStream::decode_quoted_printable_mime)?
        } else {
            let (end, bytes) = self.plain(delimiter)?;
            (end, Cow::Borrowed(bytes))
        };
        let charset = || content_type(&headers)?.attribute("charset");
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

    /// A body as it stands: where it ends, and its bytes without the line end before the
    /// delimiter.
    fn plain(&mut self, delimiter: Option<&Vec<u8>>) -> Option<(usize, &'r [u8])> {
        let start = self.at;
        let Some(delimiter) = delimiter else {
            self.at = self.raw.len();
            return Some((self.at, &self.raw[start..]));
        };
        self.skip_to(delimiter)?;
        let mut end = self.at - delimiter.len();
        if self.raw[start..end].ends_with(b"\n") {
            end -= 1;
            if self.raw[start..end].ends_with(b"\r") {
                end -= 1;
            }
        }
        Some((end, &self.raw[start..end]))
    }

    /// An encoded body, decoded by mail-parser.
    fn decoded(
        &mut self,
        delimiter: Option<&Vec<u8>>,
        decode: impl FnOnce(&mut MessageStream<'r>, &[u8]) -> (usize, Cow<'r, [u8]>),
    ) -> Option<(usize, Cow<'r, [u8]>)> {
        let mut stream = MessageStream::new(self.raw);
        stream.skip_bytes(self.at);
        let boundary = delimiter.map_or([].as_slice(), |delimiter| &delimiter[2..]);
        let (end, bytes) = decode(&mut stream, boundary);
        self.at = stream.offset();
        (end != usize::MAX).then_some((end, bytes))
    }

    /// Moves behind the next delimiter.
    fn skip_to(&mut self, delimiter: &[u8]) -> Option<()> {
        self.at += memmem::find(&self.raw[self.at..], delimiter)? + delimiter.len();
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
        (Cow::Borrowed(bytes), None) => String::from_utf8_lossy(bytes),
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

/// The fields that are more than a text.
enum Name {
    Subject,
    From,
    To,
    Cc,
    Sender,
    ResentSender,
    ResentFrom,
    Mime(HeaderName<'static>),
    Other,
}

impl Name {
    fn of(name: &[u8]) -> Self {
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        match name.len() {
            2 if is("To") => Self::To,
            2 if is("Cc") => Self::Cc,
            4 if is("From") => Self::From,
            6 if is("Sender") => Self::Sender,
            7 if is("Subject") => Self::Subject,
            11 if is("Resent-From") => Self::ResentFrom,
            12 if is("Content-Type") => Self::Mime(HeaderName::ContentType),
            13 if is("Resent-Sender") => Self::ResentSender,
            19 if is("Content-Disposition") => Self::Mime(HeaderName::ContentDisposition),
            25 if is("Content-Transfer-Encoding") => {
                Self::Mime(HeaderName::ContentTransferEncoding)
            }
            _ => Self::Other,
        }
    }
}

/// A name in its usual spelling needs no memory of its own.
fn usual(name: &[u8]) -> Option<&'static str> {
    usual_of(name.len()).iter().copied().find(|known| known.as_bytes() == name)
}

/// Usual names of this length.
const fn usual_of(length: usize) -> &'static [&'static str] {
    match length {
        2 => &["To", "Cc"],
        4 => &["From", "Date"],
        6 => &["Sender"],
        7 => &["Subject", "List-Id"],
        8 => &["Received", "Reply-To", "X-Mailer"],
        9 => &["List-Help", "List-Post"],
        10 => &["Message-Id", "Message-ID", "References", "Precedence", "X-Priority"],
        11 => &["Return-Path", "In-Reply-To", "Resent-From"],
        12 => &["Content-Type", "MIME-Version", "Mime-Version", "Delivered-To"],
        13 => &["Resent-Sender"],
        14 => &["DKIM-Signature"],
        16 => &["List-Unsubscribe"],
        19 => &["Content-Disposition"],
        22 => &["Authentication-Results"],
        25 => &["Content-Transfer-Encoding"],
        _ => &[],
    }
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

    #[test]
    fn usual_names_stand_at_their_length() {
        let listed = (0..40).flat_map(usual_of);
        assert!(listed.clone().all(|name| usual(name.as_bytes()) == Some(name)));
        assert_eq!(listed.count(), 30);
    }
}
