//! Header values as text.

use mail_parser::HeaderValue;
use mail_parser::parsers::MessageStream;
use memchr::memchr;

/// Unfolds and decodes the raw bytes after a field's colon.
///
/// Bytes that are no UTF-8 become replacement characters.
pub(super) fn text(raw: &[u8]) -> String {
    let trimmed = raw.trim_ascii();
    if memchr(b'=', trimmed).is_some() && has_encoded_word(trimmed) {
        let mut line = trimmed.to_vec();
        line.push(b'\n');
        if let HeaderValue::Text(text) = MessageStream::new(&line).parse_unstructured() {
            return text.into_owned();
        }
    }
    match std::str::from_utf8(trimmed) {
        Ok(text) => unfolded(text),
        Err(_) => unfolded(&String::from_utf8_lossy(trimmed)),
    }
}

/// The lines of a trimmed value, trimmed too, with a blank between them.
fn unfolded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr(b'\n', rest.as_bytes()) {
        out.push_str(rest[..at].trim_ascii());
        out.push(' ');
        rest = &rest[at + 1..];
    }
    out.push_str(rest.trim_ascii());
    out
}

/// Whether there may be an encoded word; not where there are so many that decoding them
/// would take very long.
fn has_encoded_word(value: &[u8]) -> bool {
    let count = value.windows(2).filter(|w| w == b"=?").count();
    (1..=1000).contains(&count)
}
