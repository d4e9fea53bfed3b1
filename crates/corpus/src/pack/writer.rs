//! Writing a pack.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::builder::{BinaryBuilder, BooleanBuilder, Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use mail::{Provenance, Timestamp};

use super::PackedCase;
use super::schema::{
    FORMAT_VERSION, PROVENANCE_KEY, ROWS, TOOL_KEY, VERSION_KEY, schema,
};
use crate::Error;

/// Bytes of raw messages after which a row group is closed early.
const GROUP_BYTES: usize = 64 << 20;

/// Writes cases into a temporary sibling of the target; only [`finish`](Self::finish) gives it
/// its name. Dropped before that, it leaves nothing.
pub struct PackWriter {
    target: PathBuf,
    temporary: PathBuf,
    writer: Option<ArrowWriter<File>>,
    columns: Columns,
    last: Timestamp,
    rows: u64,
}

impl PackWriter {
    /// Begins a pack at `target`.
    ///
    /// # Errors
    ///
    /// The temporary file cannot be made.
    pub fn create(target: &Path, provenance: &Provenance) -> Result<Self, Error> {
        let temporary = temporary(target);
        let file = File::create(&temporary).map_err(Error::io("write", target))?;
        let stated = serde_json::to_string(provenance).unwrap_or_default();
        let metadata = [
            (VERSION_KEY, FORMAT_VERSION.to_string()),
            (TOOL_KEY, provenance.version.clone()),
            (PROVENANCE_KEY, stated),
        ];
        let properties = WriterProperties::builder()
            .set_created_by("sclbench".into())
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(ROWS))
            .set_key_value_metadata(Some(
                metadata.map(|(key, value)| KeyValue::new(key.into(), value)).to_vec(),
            ))
            .set_column_dictionary_enabled("raw".into(), false)
            .set_column_dictionary_enabled("id".into(), false)
            .build();
        let made = ArrowWriter::try_new(file, schema(), Some(properties));
        let mut pack = Self {
            target: target.into(),
            temporary,
            writer: None,
            columns: Columns::default(),
            last: Timestamp(i64::MIN),
            rows: 0,
        };
        pack.writer = Some(made.map_err(|e| pack.failed(&e))?);
        Ok(pack)
    }

    /// Adds a case. Cases must come in time order.
    ///
    /// # Errors
    ///
    /// The case is older than the one before, or the file cannot be written.
    pub fn push(&mut self, case: &PackedCase) -> Result<(), Error> {
        if case.time < self.last {
            return Err(Error::Pack {
                path: self.target.clone(),
                reason: format!("would not be in time order at `{}`", case.place),
            });
        }
        self.last = case.time;
        self.rows += 1;
        self.columns.push(case);
        if self.columns.rows >= ROWS || self.columns.bytes >= GROUP_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    /// Closes the pack under its name and returns the number of its cases.
    ///
    /// # Errors
    ///
    /// The file cannot be written or renamed.
    pub fn finish(mut self) -> Result<u64, Error> {
        self.flush()?;
        if let Some(writer) = self.writer.take() {
            writer.close().map_err(|e| self.failed(&e))?;
        }
        fs::rename(&self.temporary, &self.target)
            .map_err(Error::io("rename", &self.target))?;
        Ok(self.rows)
    }

    fn flush(&mut self) -> Result<(), Error> {
        if self.columns.rows == 0 {
            return Ok(());
        }
        let columns = std::mem::take(&mut self.columns).finish();
        let written = RecordBatch::try_new(schema(), columns)
            .map_err(parquet::errors::ParquetError::from)
            .and_then(|batch| match &mut self.writer {
                Some(writer) => writer.write(&batch).and_then(|()| writer.flush()),
                None => Ok(()),
            });
        written.map_err(|e| self.failed(&e))
    }

    fn failed(&self, error: &parquet::errors::ParquetError) -> Error {
        Error::Io {
            action: "write",
            path: self.target.clone(),
            source: std::io::Error::other(error.to_string()),
        }
    }
}

impl Drop for PackWriter {
    fn drop(&mut self) {
        // After a rename there is nothing to remove.
        drop(self.writer.take());
        let _ = fs::remove_file(&self.temporary);
    }
}

/// A hidden sibling that no two writers of one process share with another target.
pub(crate) fn temporary(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.{}.part", std::process::id()))
}

#[derive(Default)]
struct Columns {
    id: StringBuilder,
    label: StringBuilder,
    category: StringBuilder,
    place: StringBuilder,
    campaign: StringBuilder,
    time: Int64Builder,
    time_origin: StringBuilder,
    client_ip: StringBuilder,
    client_ip_origin: StringBuilder,
    helo: StringBuilder,
    helo_origin: StringBuilder,
    mail_from: StringBuilder,
    mail_from_origin: StringBuilder,
    rcpt_to: StringBuilder,
    rcpt_to_origin: StringBuilder,
    authenticated: BooleanBuilder,
    authenticated_origin: StringBuilder,
    raw: BinaryBuilder,
    rows: usize,
    bytes: usize,
}

impl Columns {
    fn push(&mut self, case: &PackedCase) {
        let session = &case.session;
        self.id.append_value(case.id.to_string());
        self.label.append_value(case.label.name());
        self.category.append_value(&case.category);
        self.place.append_value(&case.place);
        self.campaign.append_value(case.campaign.to_string());
        self.time.append_value(case.time.0);
        self.time_origin.append_value(session.time.origin().name());
        self.client_ip.append_option(session.client_ip.get().map(ToString::to_string));
        self.client_ip_origin.append_value(session.client_ip.origin().name());
        self.helo.append_option(session.helo.get());
        self.helo_origin.append_value(session.helo.origin().name());
        self.mail_from.append_option(session.mail_from.get());
        self.mail_from_origin.append_value(session.mail_from.origin().name());
        self.rcpt_to.append_option(session.rcpt_to.get().map(|emails| emails.join("\n")));
        self.rcpt_to_origin.append_value(session.rcpt_to.origin().name());
        self.authenticated.append_option(session.authenticated.get().copied());
        self.authenticated_origin.append_value(session.authenticated.origin().name());
        self.raw.append_value(&case.raw);
        self.rows += 1;
        self.bytes += case.raw.len();
    }

    fn finish(mut self) -> Vec<ArrayRef> {
        vec![
            Arc::new(self.id.finish()),
            Arc::new(self.label.finish()),
            Arc::new(self.category.finish()),
            Arc::new(self.place.finish()),
            Arc::new(self.campaign.finish()),
            Arc::new(self.time.finish()),
            Arc::new(self.time_origin.finish()),
            Arc::new(self.client_ip.finish()),
            Arc::new(self.client_ip_origin.finish()),
            Arc::new(self.helo.finish()),
            Arc::new(self.helo_origin.finish()),
            Arc::new(self.mail_from.finish()),
            Arc::new(self.mail_from_origin.finish()),
            Arc::new(self.rcpt_to.finish()),
            Arc::new(self.rcpt_to_origin.finish()),
            Arc::new(self.authenticated.finish()),
            Arc::new(self.authenticated_origin.finish()),
            Arc::new(self.raw.finish()),
        ]
    }
}
