//! Edits of raw messages: the header as a list of fields, the rest as it is.

use mail::Attachment;

/// The header fields (each with its folded lines and line ends) and the rest.
fn split(raw: &[u8]) -> (Vec<Vec<u8>>, Vec<u8>) {
    let mut fields: Vec<Vec<u8>> = Vec::new();
    let mut rest = raw;
    while !rest.is_empty() && rest[0] != b'\n' && !rest.starts_with(b"\r\n") {
        let end =
            rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1);
        let (line, after) = rest.split_at(end);
        match fields.last_mut() {
            Some(field) if line[0] == b' ' || line[0] == b'\t' => field.extend(line),
            _ => fields.push(line.to_vec()),
        }
        rest = after;
    }
    (fields, rest.to_vec())
}

fn join(fields: &[Vec<u8>], rest: &[u8]) -> Vec<u8> {
    [fields.concat(), rest.to_vec()].concat()
}

fn name(field: &[u8]) -> String {
    let colon = field.iter().position(|byte| *byte == b':').unwrap_or(0);
    String::from_utf8_lossy(&field[..colon]).trim().to_ascii_lowercase()
}

fn line(name: &str, value: &str) -> Vec<u8> {
    format!("{name}: {value}\n").into_bytes()
}

/// The header firewall. Source: specification section 3.5.
pub(super) fn without_organization_fields(raw: &[u8]) -> Vec<u8> {
    let (mut fields, rest) = split(raw);
    fields.retain(|field| !name(field).starts_with("x-ms-exchange-organization-"));
    join(&fields, &rest)
}

pub(super) fn remove(raw: &[u8], field: &str) -> Vec<u8> {
    let (mut fields, rest) = split(raw);
    fields.retain(|one| name(one) != field.to_ascii_lowercase());
    join(&fields, &rest)
}

/// Sets the first field of that name, or puts one on top.
pub(super) fn set(raw: &[u8], field: &str, value: &str) -> Vec<u8> {
    let (mut fields, rest) = split(raw);
    match fields.iter_mut().find(|one| name(one) == field.to_ascii_lowercase()) {
        Some(one) => *one = line(field, value),
        None => fields.insert(0, line(field, value)),
    }
    join(&fields, &rest)
}

/// Puts text before the subject, which keeps its encoding and its folds.
pub(super) fn prepend_subject(raw: &[u8], prefix: &str) -> Vec<u8> {
    let (mut fields, rest) = split(raw);
    match fields.iter_mut().find(|one| name(one) == "subject") {
        Some(one) => {
            let old = String::from_utf8_lossy(one).into_owned();
            let (_, value) = old.split_once(':').expect("a field has a colon");
            *one = line("Subject", &format!("{prefix}{}", value.trim()));
        }
        None => fields.insert(0, line("Subject", prefix)),
    }
    join(&fields, &rest)
}

/// Replaces addresses in the fields of these names, wherever one stands whole.
pub(super) fn rewrite(
    raw: &[u8],
    names: &[&str],
    of: impl Fn(&str) -> Option<String>,
) -> Vec<u8> {
    let (mut fields, rest) = split(raw);
    for field in &mut fields {
        if names.iter().any(|one| one.to_ascii_lowercase() == name(field)) {
            *field = rewrite_text(&String::from_utf8_lossy(field), &of).into_bytes();
        }
    }
    join(&fields, &rest)
}

fn rewrite_text(text: &str, of: &impl Fn(&str) -> Option<String>) -> String {
    let inside =
        |c: char| c.is_ascii_alphanumeric() || ".!#$%&'*+-/=?^_`{|}~@".contains(c);
    let mut out = String::new();
    let mut word = String::new();
    for c in text.chars().chain(['\0']) {
        if inside(c) {
            word.push(c);
            continue;
        }
        out.push_str(&of(&word).unwrap_or_else(|| word.clone()));
        word.clear();
        if c != '\0' {
            out.push(c);
        }
    }
    out
}

/// Puts a text part in the place of each attachment; the last goes first, so that the others
/// keep their places.
pub(super) fn strip(raw: &[u8], attachments: &[&Attachment], text: &str) -> Vec<u8> {
    let (mut fields, rest) = split(raw);
    let blank = rest.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let body = raw.len() - rest.len() + blank;
    if attachments.iter().any(|one| one.range.start as usize == body) {
        // The message is the attachment: it becomes a text of its own.
        fields.retain(|field| {
            let mime =
                ["content-type", "content-transfer-encoding", "content-disposition"];
            !mime.contains(&name(field).as_str())
        });
        fields.insert(0, line("Content-Type", "text/plain; charset=utf-8"));
        return join(&fields, format!("\n{text}\n").as_bytes());
    }
    let mut raw = raw.to_vec();
    for attachment in attachments.iter().rev() {
        let part = format!("Content-Type: text/plain; charset=utf-8\n\n{text}\n");
        let range = attachment.range.start as usize..attachment.range.end as usize;
        raw.splice(range, part.into_bytes());
    }
    raw
}
