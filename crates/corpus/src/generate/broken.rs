//! What careless programs and bad lines do to a message.

use crate::generate::dice::Dice;

/// Breaks a message in one of seven ways that real corpora show.
pub(super) fn damage(raw: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    let head = find(&raw, b"\n\n").map_or(raw.len(), |at| at + 2);
    match dice.below(7) {
        0 => cut(raw, head, dice),
        1 => replace_line(raw, b"Date: ", b"Date: Thu, 99 Foo 2040 99:99:99 +9999"),
        2 => replace_line(raw, b"Date: ", b"X-Date: none"),
        3 => insert(raw, b"MIME-Version: 1.0\n", b"this line has no colon\n"),
        4 => nul(raw, head, dice),
        5 => replace(raw, b"charset=\"", b"charset=\"x-"),
        _ => {
            replace(raw, b"Content-Transfer-Encoding: ", b"Content-Transfer-Encoding: x-")
        }
    }
}

/// The line was cut: parts and boundaries at the end are missing.
fn cut(mut raw: Vec<u8>, head: usize, dice: &mut Dice) -> Vec<u8> {
    let body = raw.len() - head.min(raw.len());
    raw.truncate(head.min(raw.len()) + body / 3 + dice.below(body / 2 + 1));
    raw
}

fn nul(mut raw: Vec<u8>, head: usize, dice: &mut Dice) -> Vec<u8> {
    let body = raw.len() - head.min(raw.len());
    for _ in 0..3 {
        let at = head.min(raw.len()) + dice.below(body + 1);
        raw.insert(at, 0);
    }
    raw
}

fn find(raw: &[u8], what: &[u8]) -> Option<usize> {
    raw.windows(what.len()).position(|window| window == what)
}

/// Replaces the first `what`; the bytes as they are where there is none.
fn replace(raw: Vec<u8>, what: &[u8], with: &[u8]) -> Vec<u8> {
    match find(&raw, what) {
        Some(at) => [&raw[..at], with, &raw[at + what.len()..]].concat(),
        None => raw,
    }
}

fn insert(raw: Vec<u8>, before: &[u8], what: &[u8]) -> Vec<u8> {
    let with = [what, before].concat();
    replace(raw, before, &with)
}

/// Replaces the first line that begins with `what`.
fn replace_line(raw: Vec<u8>, what: &[u8], with: &[u8]) -> Vec<u8> {
    let key = [b"\n", what].concat();
    let Some(at) = find(&raw, &key).map(|at| at + 1) else { return raw };
    let end = find(&raw[at..], b"\n").map_or(raw.len(), |length| at + length);
    [&raw[..at], with, &raw[end..]].concat()
}
