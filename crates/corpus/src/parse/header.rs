//! Header values as text.

use mail_parser::HeaderValue;
use mail_parser::parsers::MessageStream;

/// Unfolds and decodes the raw bytes after a field's colon.
///
/// Bytes that are no UTF-8 become replacement characters.
pub(super) fn text(raw: &[u8]) -> String {
    let trimmed = raw.trim_ascii();
    if trimmed.contains(&b'=') && has_encoded_word(trimmed) {
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

fn unfolded(text: &str) -> String {
    let Some((first, rest)) = text.split_once('\n') else { return text.to_owned() };
    let mut out = String::with_capacity(text.len());
    out.push_str(first.trim_ascii_end());
    for line in rest.split('\n') {
        out.push(' ');
        out.push_str(line.trim_ascii());
    }
    out
}

/// Whether there may be an encoded word; not where there are so many that decoding them
/// would take very long.
fn has_encoded_word(value: &[u8]) -> bool {
    let count = value.windows(2).filter(|w| w == b"=?").count();
    (1..=1000).contains(&count)
}
