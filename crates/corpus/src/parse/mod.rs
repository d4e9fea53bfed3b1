//! From raw bytes to [`mail::Message`], with mail-parser doing the MIME work.
//!
//! What it is for: one parse of one message, quickly, without a panic or unbounded work on
//! any bytes.
//!
//! What it must not know: labels, sessions, files.
//!
//! Main type: [`Parser`].

mod attachment;
mod body;
mod decode;
mod defects;
mod guard;
mod header;
mod html;
mod names;
mod quick;

use std::borrow::Cow;
use std::sync::LazyLock;

use mail_parser::{HeaderName, HeaderValue, MessageParser};

use mail::{Address, Header, Message, Parse};

pub use defects::{Defects, defects};

/// The project's one [`Parse`].
///
/// Attached messages are attachments and are not looked into; a message keeps at most
/// 100 multiparts and what lies before the next one.
#[derive(Debug, Clone, Copy, Default)]
pub struct Parser;

/// Parses only what [`Message`] needs: addresses and MIME fields. Every other field's text is
/// taken from its raw bytes.
static MAIL_PARSER: LazyLock<MessageParser> = LazyLock::new(|| {
    MessageParser::new()
        .with_mime_headers()
        .with_address_headers()
        .default_header_ignore()
});

impl Parse for Parser {
    fn parse(&self, raw: &[u8]) -> Option<Message> {
        quick::message(raw).or_else(|| plainly(raw))
    }

    fn parse_again(
        &self,
        raw: &[u8],
        (before, parsed): (&[u8], &Message),
    ) -> Option<Message> {
        quick::with_other_header(raw, before, parsed).or_else(|| self.parse(raw))
    }
}

/// The message as mail-parser reads it; [`quick`] gives the same.
fn plainly(raw: &[u8]) -> Option<Message> {
    let guarded = guard::Guarded::new(raw)?;
    let parsed = MAIL_PARSER.parse(guarded.bytes())?;
    let mut message = Message::default();
    take_headers(&mut message, raw, parsed.parts.first()?);
    take_parts(&mut message, raw, parsed);
    guarded.restore(&mut message);
    Some(message)
}

fn take_headers(message: &mut Message, raw: &[u8], root: &mail_parser::MessagePart<'_>) {
    message.headers.reserve(root.headers.len());
    for header in &root.headers {
        let range = header.offset_start as usize..header.offset_end as usize;
        let value = header::text(raw.get(range).unwrap_or_default());
        match &header.name {
            HeaderName::Subject if message.subject.is_empty() => {
                message.subject.clone_from(&value);
            }
            HeaderName::From => add_addresses(&mut message.from, &header.value),
            HeaderName::To => add_addresses(&mut message.to, &header.value),
            HeaderName::Cc => add_addresses(&mut message.cc, &header.value),
            HeaderName::Sender => set_first(&mut message.sender, &header.value),
            HeaderName::ResentSender => {
                set_first(&mut message.resent_sender, &header.value);
            }
            HeaderName::ResentFrom => set_first(&mut message.resent_from, &header.value),
            _ => {}
        }
        message.headers.push(Header { name: name(header, raw), value });
    }
}

/// The name as written; most names are spelt as usual and need no memory of their own.
fn name(header: &mail_parser::Header<'_>, raw: &[u8]) -> Cow<'static, str> {
    let (start, end) = (header.offset_field as usize, header.offset_start as usize);
    let written = raw.get(start..end).unwrap_or_default();
    let written = written.strip_suffix(b":").unwrap_or(written).trim_ascii();
    let usual = header.name.as_static_str();
    if written == usual.as_bytes() {
        Cow::Borrowed(usual)
    } else {
        Cow::Owned(String::from_utf8_lossy(written).into_owned())
    }
}

fn add_addresses(to: &mut Vec<Address>, value: &HeaderValue<'_>) {
    if let HeaderValue::Address(list) = value {
        to.extend(list.iter().filter_map(address));
    }
}

fn set_first(to: &mut Option<Address>, value: &HeaderValue<'_>) {
    if let (None, HeaderValue::Address(list)) = (&to, value) {
        *to = list.iter().find_map(address);
    }
}

fn address(addr: &mail_parser::Addr<'_>) -> Option<Address> {
    // A display name with a comma comes out as an address of its own.
    let email = addr.address.as_deref()?.trim();
    if !email.contains('@') {
        return None;
    }
    let name = addr.name.as_deref().unwrap_or_default();
    Some(Address { name: name.to_owned(), email: email.to_owned() })
}

fn take_parts(message: &mut Message, raw: &[u8], parsed: mail_parser::Message<'_>) {
    for (number, part) in parsed.parts.into_iter().enumerate() {
        if attachment::is_attachment(&part) {
            message.attachments.push(attachment::attachment(&part, raw, number == 0));
        } else {
            body::add_text(&mut message.body, part.body);
        }
    }
}

#[cfg(test)]
mod tests;
