//! Encoded bodies of ordinary make, decoded as mail-parser decodes them.
//!
//! Each function gives what mail-parser gives, or `None` where the body is not what the
//! standard says and mail-parser has to make something of it.

use memchr::memchr3;

/// Quoted-printable. `closed` bodies end before a delimiter: the line end there is no part
/// of them.
pub(super) fn quoted_printable(bytes: &[u8], closed: bool) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut line_end: &[u8] = b"\n";
    // Blanks up to here were encoded or stand before a line end: they stay.
    let mut kept = 0;
    let mut rest = bytes;
    while let Some(at) = memchr3(b'=', b'\n', b'\r', rest) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        let length = match rest {
            [b'\r', ..] => {
                line_end = b"\r\n";
                1
            }
            [b'\n', ..] => {
                let text = out[kept..].iter().rposition(|b| !is_blank(*b));
                out.truncate(text.map_or(kept, |last| kept + last + 1));
                out.extend_from_slice(line_end);
                kept = out.len();
                1
            }
            [b'=', b'\n', ..] => {
                kept = out.len();
                2
            }
            [b'=', b'\r', b'\n', ..] => {
                line_end = b"\r\n";
                kept = out.len();
                3
            }
            _ => {
                let length = add_octets(&mut out, rest)?;
                kept = out.len();
                length
            }
        };
        rest = &rest[length..];
    }
    out.extend_from_slice(rest);
    if closed {
        // As mail-parser does it, also where the last line end is not in the text.
        if !bytes.ends_with(b"\n") {
            return None;
        }
        out.truncate(out.len().checked_sub(line_end.len())?);
    }
    Some(out)
}

/// Adds the octets that a row of `=XX` stands for; gives the row's length.
fn add_octets(out: &mut Vec<u8>, row: &[u8]) -> Option<usize> {
    let mut length = 0;
    while let [b'=', high, low, ..] = row[length..] {
        let (Some(high), Some(low)) = (digit(high), digit(low)) else { break };
        out.push(high << 4 | low);
        length += 3;
    }
    (length > 0).then_some(length)
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\x0c')
}

const fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

/// Base64 in whole groups of four, with padding where it ends.
pub(super) fn base64(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3);
    let mut rest = bytes;
    loop {
        while let [a, b, c, d, tail @ ..] = rest {
            let [a, b, c, d] = [a, b, c, d].map(|letter| SIX[usize::from(*letter)]);
            if (a | b | c | d) >= 64 {
                break;
            }
            out.extend_from_slice(&[a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d]);
            rest = tail;
        }
        let line = match rest {
            [] => return Some(out),
            [b'\n' | b'\r', ..] => 1,
            _ => {
                add_padded(&mut out, rest)?;
                4
            }
        };
        rest = &rest[line..];
    }
}

/// A group of four that padding fills.
fn add_padded(out: &mut Vec<u8>, rest: &[u8]) -> Option<()> {
    let [a, b, c, b'=', ..] = rest else { return None };
    let six = |letter: &u8| Some(SIX[usize::from(*letter)]).filter(|six| *six < 64);
    let (a, b) = (six(a)?, six(b)?);
    out.push(a << 2 | b >> 4);
    if *c != b'=' {
        out.push(b << 4 | six(c)? >> 2);
    }
    Some(())
}

/// What a letter of base64 stands for; 255 for all others.
const SIX: [u8; 256] = {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut table = [255; 256];
    let mut six = 0;
    while six < 64 {
        table[letters[six as usize] as usize] = six;
        six += 1;
    }
    table
};
