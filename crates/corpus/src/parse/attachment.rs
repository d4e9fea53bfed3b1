//! Attachments and where they lie in the raw message.

use std::io::Cursor;

use mail_parser::{MessagePart, MimeHeaders, PartType};
use zip::ZipArchive;

use mail::Attachment;

/// Most files of one archive whose names are kept.
const MOST_INSIDE: usize = 1_000;

/// A part is an attachment where it has a file name, is declared one, or is no text.
pub(super) fn is_attachment(part: &MessagePart<'_>) -> bool {
    match &part.body {
        PartType::Multipart(_) => false,
        PartType::Binary(_) | PartType::InlineBinary(_) | PartType::Message(_) => true,
        PartType::Text(_) | PartType::Html(_) => {
            part.content_disposition().is_some_and(|d| d.ctype() == "attachment")
                || part.attachment_name().is_some_and(|name| !name.is_empty())
        }
    }
}

/// Describes an attachment. Where the whole message is one, its range is the body alone, so
/// that the message's header stays when it is stripped.
pub(super) fn attachment(
    part: &MessagePart<'_>,
    raw: &[u8],
    is_root: bool,
) -> Attachment {
    let content_type = part.content_type().map_or_else(String::new, |kind| {
        let kind = format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default());
        kind.trim_end_matches('/').to_ascii_lowercase()
    });
    let start = if is_root { part.offset_body } else { part.offset_header };
    let end = to_boundary(raw, part.offset_end);
    Attachment {
        name: part.attachment_name().unwrap_or_default().to_owned(),
        content_type,
        size: u32::try_from(part.len()).unwrap_or(u32::MAX),
        range: start.min(end)..end,
        inside: inside(part.contents()),
    }
}

/// Names of the files in a zip archive, without their folders; only the archive's directory
/// is read, nothing is unpacked. Other content has none.
fn inside(content: &[u8]) -> Vec<String> {
    if !content.starts_with(b"PK\x03\x04") {
        return Vec::new();
    }
    let Ok(archive) = ZipArchive::new(Cursor::new(content)) else {
        return Vec::new();
    };
    let base =
        |path: &str| path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    (0..archive.len())
        .filter_map(|at| archive.name_for_index(at)?.ok())
        .map(|path| base(&path))
        .filter(|name| !name.is_empty())
        .take(MOST_INSIDE)
        .collect()
}

/// Moves an end over the line break that stands before a boundary line.
fn to_boundary(raw: &[u8], end: u32) -> u32 {
    let end = (end as usize).min(raw.len());
    let after = &raw[end..];
    let brake = if after.starts_with(b"\r\n--") {
        2
    } else {
        usize::from(after.starts_with(b"\n--"))
    };
    u32::try_from(end + brake).unwrap_or(u32::MAX)
}
