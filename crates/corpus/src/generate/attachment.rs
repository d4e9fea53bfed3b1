//! Attached files: harmless bytes under realistic names.

use std::io::{Cursor, Write as _};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::generate::dice::Dice;

/// A file in a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attachment {
    pub(super) name: String,
    pub(super) media_type: &'static str,
    pub(super) bytes: Vec<u8>,
}

/// What people attach.
const GOOD: [(&str, &str); 8] = [
    ("pdf", "application/pdf"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("jpg", "image/jpeg"),
    ("png", "image/png"),
    ("csv", "text/csv"),
    ("zip", "application/zip"),
    ("exe", "application/x-msdownload"),
];

/// What worms attach; a double extension hides the second.
const BAD: [(&str, &str); 8] = [
    ("exe", "application/octet-stream"),
    ("scr", "application/octet-stream"),
    ("pdf.exe", "application/pdf"),
    ("zip", "application/zip"),
    ("zip", "application/octet-stream"),
    ("js", "text/javascript"),
    ("doc", "application/msword"),
    ("html", "text/html"),
];

/// A file that belongs to good mail; now and then a program, as software firms send them.
pub(super) fn good(name: &str, dice: &mut Dice) -> Attachment {
    let (extension, media_type) =
        GOOD[dice.weighted(&[6.0, 3.0, 2.5, 2.5, 1.0, 0.7, 1.0, 0.25])];
    let name = format!("{}.{extension}", stem(name, dice));
    let bytes = content(extension, "readme.txt", dice);
    Attachment { name, media_type, bytes }
}

/// A campaign's file; its kind stays, its bytes change.
pub(super) fn bad(name: &str, kind: usize, dice: &mut Dice) -> Attachment {
    let (extension, media_type) = BAD[kind % BAD.len()];
    let name = format!("{}.{extension}", stem(name, dice));
    let inner = if kind % 2 == 1 { "invoice.pdf.exe" } else { "scan.js" };
    Attachment { name, media_type, bytes: content(extension, inner, dice) }
}

/// A file name in ASCII from a subject, or a scanner's.
fn stem(subject: &str, dice: &mut Dice) -> String {
    let name: String = subject
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .take(24)
        .collect();
    let name = name.trim_matches('_');
    let letters = name.chars().filter(char::is_ascii_alphabetic).count();
    if letters < 4 || dice.chance(0.3) {
        format!("scan{}", dice.digits(6))
    } else {
        name.to_owned()
    }
}

/// Bytes that begin as files of the kind do; nothing in them runs.
fn content(extension: &str, inner: &str, dice: &mut Dice) -> Vec<u8> {
    let mut filler = |head: &[u8], length: usize| {
        let mut bytes = head.to_vec();
        while bytes.len() < length {
            bytes.extend_from_slice(&dice.bits().to_le_bytes());
        }
        bytes
    };
    match extension {
        "pdf" => filler(b"%PDF-1.4\n%harmless sample\n", 900),
        "jpg" => filler(b"\xff\xd8\xff\xe0\0\x10JFIF\0", 1500),
        "png" => filler(b"\x89PNG\r\n\x1a\n", 1200),
        "csv" => b"item;amount\npump;4\nvalve;12\n".to_vec(),
        "html" => b"<html><body><p>harmless sample</p></body></html>\n".to_vec(),
        "js" => b"// harmless sample, does nothing\n".to_vec(),
        "zip" => {
            let inside = filler(b"harmless sample ", 700);
            archive(inner, &inside)
        }
        "docx" | "xlsx" => {
            let inside = filler(b"<?xml version=\"1.0\"?>", 800);
            archive("document.xml", &inside)
        }
        _ => filler(b"harmless sample, no program ", 1100),
    }
}

/// A zip archive of one stored file; its date is the format's first, so the bytes never vary.
fn archive(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Stored)
        .last_modified_time(zip::DateTime::default());
    zip.start_file(name, options)
        .and_then(|()| Ok(zip.write_all(bytes)?))
        .and_then(|()| zip.finish())
        .expect("a small archive in memory can be written")
        .into_inner()
}
