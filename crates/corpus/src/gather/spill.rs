//! Raw messages on disk while their order is not known yet.

use std::fs::{self, File};
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use mail::Message;

use super::Store;
use crate::Error;

/// A temporary file beside the target; removed when dropped.
pub(super) struct Spill {
    path: PathBuf,
    file: BufWriter<File>,
    ends: Vec<u64>,
}

impl Spill {
    pub(super) fn create(target: &Path) -> Result<Self, Error> {
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let name = format!(".{name}.{}.spill", std::process::id());
        let path = target.with_file_name(name);
        let file = File::options()
            .create(true)
            .truncate(true)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(Error::io("write", target))?;
        Ok(Self { path, file: BufWriter::with_capacity(1 << 20, file), ends: Vec::new() })
    }

    pub(super) fn get(&mut self, at: usize) -> Result<Vec<u8>, Error> {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        let length = self.ends[at] - start;
        let mut raw = Vec::new();
        // Seeking flushes what is still buffered.
        let read = self
            .file
            .seek(SeekFrom::Start(start))
            .and_then(|_| self.file.get_mut().take(length).read_to_end(&mut raw));
        read.map_err(Error::io("read", &self.path))?;
        Ok(raw)
    }
}

impl Store for Spill {
    fn put(&mut self, raw: Vec<u8>, _: Message) -> Result<(), Error> {
        self.file.write_all(&raw).map_err(Error::io("write", &self.path))?;
        let end = self.ends.last().copied().unwrap_or(0) + raw.len() as u64;
        self.ends.push(end);
        Ok(())
    }
}

impl Drop for Spill {
    fn drop(&mut self) {
        // Nobody else knows the file; if it cannot be removed, it is only in the way.
        let _ = fs::remove_file(&self.path);
    }
}
