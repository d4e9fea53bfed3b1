//! Scripts as bytes: UTF-8, or UTF-16 as the product's own tools write it.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

/// The text of a file of at most `most` bytes.
///
/// # Errors
///
/// The file cannot be read, is too long, or is no text.
pub(super) fn read(path: &Path, most: u64) -> Result<String> {
    let name = path.display().to_string();
    let cannot = || format!("cannot read `{name}`; check the path");
    let mut bytes = Vec::new();
    let file = File::open(path).with_context(cannot)?;
    file.take(most + 1).read_to_end(&mut bytes).with_context(cannot)?;
    if bytes.len() as u64 > most {
        bail!("`{name}` is longer than {} MiB; split it", most >> 20);
    }
    decoded(&name, &bytes)
}

/// The text of bytes, by their byte order mark.
///
/// # Errors
///
/// They are no text.
pub(super) fn decoded(name: &str, bytes: &[u8]) -> Result<String> {
    let units = |rest: &[u8], join: fn([u8; 2]) -> u16| -> Option<String> {
        let pairs = rest.chunks(2).map(|pair| match pair {
            [one, two] => Some(join([*one, *two])),
            _ => None,
        });
        String::from_utf16(&pairs.collect::<Option<Vec<_>>>()?).ok()
    };
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => units(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => units(rest, u16::from_be_bytes),
        bytes => std::str::from_utf8(bytes).ok().map(str::to_owned),
    };
    text.with_context(|| format!("`{name}` is no text; save it as UTF-8 or UTF-16"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_orders_of_utf_16_are_read() {
        let text = "Get-X '\u{fc}'";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for (mark, bytes) in [(vec![0xff, 0xfe], little), (vec![0xfe, 0xff], big)] {
            assert_eq!(decoded("a", &[mark, bytes].concat()).unwrap(), text);
        }
        let error = decoded("a.ps1", &[b'x', 0xff]).unwrap_err().to_string();
        assert_eq!(error, "`a.ps1` is no text; save it as UTF-8 or UTF-16");
        assert!(decoded("a.ps1", &[0xff, 0xfe, 0x41]).is_err());
    }
}
