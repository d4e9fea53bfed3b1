//! MIME's encodings: quoted-printable, base64, RFC 2047.

use crate::generate::charset::Charset;

const BASE64: &[u8; 64] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Content-Transfer-Encoding of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transfer {
    /// 7bit or 8bit, whatever the bytes are.
    Plain,
    QuotedPrintable,
    Base64,
}

impl Transfer {
    pub(super) fn name(self, bytes: &[u8]) -> &'static str {
        match self {
            Self::Plain if bytes.is_ascii() => "7bit",
            Self::Plain => "8bit",
            Self::QuotedPrintable => "quoted-printable",
            Self::Base64 => "base64",
        }
    }

    pub(super) fn write(self, bytes: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Plain => out.extend_from_slice(bytes),
            Self::QuotedPrintable => quoted_printable(bytes, out),
            Self::Base64 => base64_lines(bytes, out),
        }
    }
}

fn hex(byte: u8, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.push(b'=');
    out.push(DIGITS[usize::from(byte >> 4)]);
    out.push(DIGITS[usize::from(byte & 15)]);
}

fn quoted_printable(bytes: &[u8], out: &mut Vec<u8>) {
    let mut column = 0;
    for (index, byte) in bytes.iter().copied().enumerate() {
        if byte == b'\n' {
            out.push(b'\n');
            column = 0;
            continue;
        }
        let ends_line = matches!(bytes.get(index + 1), None | Some(b'\n'));
        let plain = matches!(byte, b'!'..=b'<' | b'>'..=b'~')
            || (matches!(byte, b' ' | b'\t') && !ends_line);
        let width = if plain { 1 } else { 3 };
        if column + width > 75 {
            out.extend_from_slice(b"=\n");
            column = 0;
        }
        if plain {
            out.push(byte);
        } else {
            hex(byte, out);
        }
        column += width;
    }
}

fn base64(bytes: &[u8], out: &mut Vec<u8>) {
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            if digit <= chunk.len() {
                let index = bits >> (18 - 6 * digit) & 63;
                out.push(BASE64[index as usize]);
            } else {
                out.push(b'=');
            }
        }
    }
}

fn base64_lines(bytes: &[u8], out: &mut Vec<u8>) {
    for line in bytes.chunks(57) {
        base64(line, out);
        out.push(b'\n');
    }
}

/// A header text: as it is where ASCII, else in RFC 2047 words.
pub(super) fn encoded_words(text: &str, charset: Charset, transfer: Transfer) -> Vec<u8> {
    if text.is_ascii() {
        return text.as_bytes().to_vec();
    }
    let charset = match charset.fitting(text) {
        Charset::Ascii => Charset::Utf8,
        other => other,
    };
    let mut out = Vec::with_capacity(text.len() * 3);
    // RFC 2047 allows 75 characters per word; 12 characters of three bytes stay below it.
    let characters: Vec<char> = text.chars().collect();
    for (index, chunk) in characters.chunks(12).enumerate() {
        if index > 0 {
            out.extend_from_slice(b"\n ");
        }
        let chunk: String = chunk.iter().collect();
        let bytes = charset.encode(&chunk);
        out.extend_from_slice(b"=?");
        out.extend_from_slice(charset.name().as_bytes());
        if transfer == Transfer::QuotedPrintable {
            out.extend_from_slice(b"?Q?");
            for byte in bytes.iter().copied() {
                match byte {
                    b' ' => out.push(b'_'),
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(byte),
                    _ => hex(byte, &mut out),
                }
            }
        } else {
            out.extend_from_slice(b"?B?");
            base64(&bytes, &mut out);
        }
        out.extend_from_slice(b"?=");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Transfer, encoded_words};
    use crate::generate::charset::Charset;

    fn encoded(transfer: Transfer, text: &str) -> String {
        let mut out = Vec::new();
        transfer.write(text.as_bytes(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn base64_pads() {
        assert_eq!(encoded(Transfer::Base64, "Man"), "TWFu\n");
        assert_eq!(encoded(Transfer::Base64, "Ma"), "TWE=\n");
        assert_eq!(encoded(Transfer::Base64, "M"), "TQ==\n");
    }

    #[test]
    fn quoted_printable_keeps_lines_short_and_guards_spaces_at_their_end() {
        assert_eq!(encoded(Transfer::QuotedPrintable, "a=ä \nb"), "a=3D=C3=A4=20\nb");
        let long = encoded(Transfer::QuotedPrintable, &"é".repeat(100));
        assert!(long.lines().all(|line| line.len() <= 76));
    }

    #[test]
    fn header_words_name_their_charset() {
        let word = encoded_words("Größe", Charset::Latin1, Transfer::QuotedPrintable);
        assert_eq!(word, b"=?iso-8859-1?Q?Gr=F6=DFe?=");
        let word = encoded_words("한국", Charset::EucKr, Transfer::Base64);
        assert_eq!(word, b"=?euc-kr?B?x9GxuQ==?=");
        assert_eq!(encoded_words("plain", Charset::Utf8, Transfer::Base64), b"plain");
    }
}
