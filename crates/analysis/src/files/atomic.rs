//! A file is whole or not there.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::Path;

use crate::Error;

/// Writes `bytes` as `folder/name`, through a temporary name; makes the folder if needed.
///
/// # Errors
///
/// [`Error::Io`]; nothing is left under the final name that was not there before.
pub fn write_atomic(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), Error> {
    replace(folder, name, |out| {
        out.write_all(bytes).map_err(|source| Error::Io {
            verb: "write",
            path: folder.join(name),
            source,
        })
    })
}

/// Lets `fill` write a temporary file that then takes the name.
pub(super) fn replace(
    folder: &Path,
    name: &str,
    fill: impl FnOnce(&mut BufWriter<File>) -> Result<(), Error>,
) -> Result<(), Error> {
    let path = folder.join(name);
    let temporary = folder.join(format!(".{name}.tmp"));
    let io = |verb| {
        let path = path.clone();
        move |source| Error::Io { verb, path, source }
    };
    fs::create_dir_all(folder).map_err(io("write"))?;
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(true)
        .open(&temporary)
        .map_err(io("write"))?;
    let mut out = BufWriter::new(file);
    let filled = fill(&mut out)
        .and_then(|()| out.flush().map_err(io("write")))
        .and_then(|()| out.get_ref().sync_all().map_err(io("write")));
    drop(out);
    let done = filled.and_then(|()| fs::rename(&temporary, &path).map_err(io("rename")));
    if done.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&temporary);
    }
    done
}
