//! What is malformed in a message: for reports, not for decisions.

use mail_parser::{HeaderName, MessageParser, MimeHeaders, PartType};

use super::guard::Guarded;

/// Defects of one message, and the charsets its text parts state.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Defects {
    /// A part's transfer encoding or structure is broken.
    pub broken_part: bool,
    /// A multipart without its closing boundary line, or without any.
    pub open_multipart: bool,
    /// Bytes above 127 in the header.
    pub raw_8bit_header: bool,
    /// A NUL byte anywhere.
    pub nul_byte: bool,
    /// No readable Date.
    pub no_date: bool,
    /// No From with an address.
    pub no_from: bool,
    /// Charsets in lower case as stated; `none` for a text part that states none.
    pub charsets: Vec<String>,
}

/// Looks for defects; `None` where the bytes are no message.
pub fn defects(raw: &[u8]) -> Option<Defects> {
    let guarded = Guarded::new(raw)?;
    let parsed = MessageParser::new()
        .with_mime_headers()
        .header_raw(HeaderName::Date)
        .header_address(HeaderName::From)
        .default_header_ignore()
        .parse(guarded.bytes())?;
    let mut found = Defects { nul_byte: raw.contains(&0), ..Defects::default() };
    let head = parsed.parts.first().map_or(0, |root| root.offset_body as usize);
    found.raw_8bit_header = raw.get(..head).is_some_and(|h| !h.is_ascii());
    let date = parsed.header(HeaderName::Date).and_then(|value| value.as_text());
    found.no_date = date.and_then(crate::parse_date).is_none();
    found.no_from = !parsed.from().is_some_and(|from| {
        from.iter().any(|a| a.address().is_some_and(|email| email.contains('@')))
    });
    for part in &parsed.parts {
        found.broken_part |= part.is_encoding_problem;
        let kind = part.content_type();
        if matches!(part.body, PartType::Text(_) | PartType::Html(_)) {
            let charset = kind.and_then(|kind| kind.attribute("charset"));
            let charset = charset.unwrap_or("none").chars().take(40).collect::<String>();
            found.charsets.push(charset.to_ascii_lowercase());
        }
        if let Some(kind) = kind.filter(|kind| kind.ctype() == "multipart") {
            let closed = kind.attribute("boundary").is_some_and(|boundary| {
                let close = format!("--{boundary}--");
                let rest = raw.get(part.offset_body as usize..).unwrap_or_default();
                rest.split(|b| *b == b'\n').any(|l| l.starts_with(close.as_bytes()))
            });
            found.open_multipart |= !closed;
        }
    }
    Some(found)
}
