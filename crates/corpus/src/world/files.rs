//! Bounded line files with places in their errors.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::Path;

use serde::de::DeserializeOwned;

use crate::world::WorldError;

/// No file of a world may be larger: ten million records of a hundred bytes.
const MAX_FILE: u64 = 1 << 30;
/// No line may be longer; a joined TXT record has at most 65,535 bytes.
const MAX_LINE: u64 = 1 << 17;

/// Reads a whole text file.
pub(super) fn read_text(path: &Path) -> Result<String, WorldError> {
    let mut text = String::new();
    let file = open(path)?;
    file.take(MAX_FILE)
        .read_to_string(&mut text)
        .map_err(|source| WorldError::Read { path: path.to_owned(), source })?;
    Ok(text)
}

/// Calls `each` with every line that is not blank and its number from 1.
pub(super) fn each_line(
    path: &Path,
    mut each: impl FnMut(&str) -> Result<(), String>,
) -> Result<(), WorldError> {
    let mut reader = BufReader::new(open(path)?);
    let mut buffer = Vec::new();
    for line in 1.. {
        buffer.clear();
        let read = (&mut reader)
            .take(MAX_LINE)
            .read_until(b'\n', &mut buffer)
            .map_err(|source| WorldError::Read { path: path.to_owned(), source })?;
        if read == 0 {
            break;
        }
        let at = |what| WorldError::Line { path: path.to_owned(), line, what };
        if read as u64 == MAX_LINE && !buffer.ends_with(b"\n") {
            return Err(at(format!("longer than {MAX_LINE} bytes; shorten it")));
        }
        let text = std::str::from_utf8(&buffer)
            .map_err(|_| at("not UTF-8; save the file as UTF-8".to_owned()))?
            .trim_end_matches(['\n', '\r']);
        if !text.is_empty() {
            each(text).map_err(at)?;
        }
    }
    Ok(())
}

/// Reads NDJSON, one `T` per line.
pub(super) fn each_json<T: DeserializeOwned>(
    path: &Path,
    mut each: impl FnMut(T) -> Result<(), String>,
) -> Result<(), WorldError> {
    each_line(path, |line| {
        each(serde_json::from_str(line).map_err(|error| error.to_string())?)
    })
}

fn open(path: &Path) -> Result<File, WorldError> {
    let read = |source: io::Error| WorldError::Read { path: path.to_owned(), source };
    let file = File::open(path).map_err(read)?;
    let size = file.metadata().map_err(read)?.len();
    if size > MAX_FILE {
        return Err(WorldError::TooLarge { path: path.to_owned(), limit: MAX_FILE });
    }
    Ok(file)
}
