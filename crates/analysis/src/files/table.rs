//! One Parquet table with its version and provenance.

use std::fs;
use std::io::{Cursor, Write as _};
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use mail::Provenance;
use polars::prelude::{
    Column, DataFrame, DataType, KeyValueMetadata, ParallelStrategy, ParquetReader,
    ParquetWriter, PolarsError, PolarsResult, SerReader,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::SCHEMA_VERSION;
use super::atomic::replace;
use super::seal::{self, Seal};
use crate::Error;

const SCHEMA: &str = "sclbench.schema";
const TABLE: &str = "sclbench.table";
const PROVENANCE: &str = "sclbench.provenance";

/// Writes one table, one row group per frame. `extra` are further metadata entries.
pub(super) fn write_table(
    folder: &Path,
    name: &str,
    provenance: &Provenance,
    extra: &[(&str, String)],
    frames: impl IntoIterator<Item = PolarsResult<DataFrame>>,
) -> Result<(), Error> {
    let file = format!("{name}.parquet");
    write_table_as((folder, &file), name, provenance, extra, frames)
}

/// The same under a file name of the user's.
pub(super) fn write_table_as(
    (folder, file): (&Path, &str),
    name: &str,
    provenance: &Provenance,
    extra: &[(&str, String)],
    frames: impl IntoIterator<Item = PolarsResult<DataFrame>>,
) -> Result<(), Error> {
    let path = folder.join(file);
    let wrong = |source: PolarsError| Error::Parquet { path: path.clone(), source };
    let mut metadata = vec![
        (SCHEMA.to_owned(), SCHEMA_VERSION.to_string()),
        (TABLE.to_owned(), name.to_owned()),
        (PROVENANCE.to_owned(), json(&path, provenance)?),
    ];
    metadata.extend(extra.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
    metadata.push((seal::KEY.to_owned(), seal::BLANK.to_owned()));
    let io = |source| Error::Io { verb: "write", path: path.clone(), source };
    replace(folder, file, |out| {
        let mut frames = frames.into_iter();
        let first =
            frames.next().unwrap_or_else(|| Ok(DataFrame::empty())).map_err(wrong)?;
        let mut writer = ParquetWriter::new(&mut *out)
            .with_key_value_metadata(Some(KeyValueMetadata::from_static(metadata)))
            .set_parallel(false)
            .batched(first.schema())
            .map_err(wrong)?;
        writer.write_batch(&first).map_err(wrong)?;
        for frame in frames {
            writer.write_batch(&frame.map_err(wrong)?).map_err(wrong)?;
        }
        writer.finish().map_err(wrong)?;
        drop(writer);
        out.flush().map_err(io)?;
        seal::put(out.get_mut()).map_err(io)
    })
}

/// A value as one metadata entry.
pub(super) fn json(path: &Path, value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value)
        .map_err(|source| Error::Json { path: path.to_owned(), source })
}

/// One table as read, with its columns by name.
pub(super) struct Table {
    path: PathBuf,
    frame: DataFrame,
    metadata: Vec<(String, String)>,
}

impl Table {
    /// Reads a table of this version whose seal is right.
    ///
    /// The Parquet library panics on some damaged footers; nothing of it outlives the call,
    /// so the panic becomes an error here.
    pub(super) fn read(folder: &Path, name: &str) -> Result<Self, Error> {
        Self::read_as(&folder.join(format!("{name}.parquet")), name)
    }

    /// The same under a file name of the user's.
    pub(super) fn read_as(path: &Path, name: &str) -> Result<Self, Error> {
        catch_unwind(|| Self::read_unguarded(path, name))
            .unwrap_or_else(|_| Err(Error::Damaged { path: path.to_owned() }))
    }

    fn read_unguarded(path: &Path, name: &str) -> Result<Self, Error> {
        let path = path.to_owned();
        let io = |source| Error::Io { verb: "read", path: path.clone(), source };
        let wrong = |source: PolarsError| Error::Parquet { path: path.clone(), source };
        let bytes = fs::read(&path).map_err(io)?;
        let seal = seal::check(&bytes);
        if seal == Seal::Broken {
            return Err(Error::Damaged { path });
        }
        let mut reader =
            ParquetReader::new(Cursor::new(bytes)).read_parallel(ParallelStrategy::None);
        let metadata = reader.get_metadata().map_err(wrong)?.key_value_metadata.iter();
        let metadata = metadata
            .flatten()
            .filter_map(|entry| Some((entry.key.clone(), entry.value.clone()?)))
            .collect();
        let mut table = Self { path: path.clone(), frame: DataFrame::empty(), metadata };
        let found = table.text(SCHEMA).unwrap_or("none").to_owned();
        if found != SCHEMA_VERSION.to_string() {
            return Err(Error::Version { path, found, expected: SCHEMA_VERSION });
        }
        if table.text(TABLE)? != name {
            let what = format!("the file is not a `{name}` table");
            return Err(table.wrong(TABLE, what));
        }
        if seal == Seal::Missing {
            return Err(table.wrong(seal::KEY, "the metadata entry is missing"));
        }
        table.frame = reader.set_rechunk(true).finish().map_err(wrong)?;
        Ok(table)
    }

    /// Checks that both tables come from one run.
    pub(super) fn same_run(&self, other: &Self, name: &'static str) -> Result<(), Error> {
        if self.text(PROVENANCE)? == other.text(PROVENANCE)? {
            Ok(())
        } else {
            Err(Error::MixedRuns { path: self.path.clone(), other: name })
        }
    }

    /// A metadata entry.
    fn text(&self, key: &str) -> Result<&str, Error> {
        let entry = self.metadata.iter().find(|entry| entry.0 == key);
        entry
            .map(|entry| entry.1.as_str())
            .ok_or_else(|| self.wrong(key, "the metadata entry is missing"))
    }

    /// A metadata entry that holds JSON.
    pub(super) fn meta<T: DeserializeOwned>(&self, key: &str) -> Result<T, Error> {
        serde_json::from_str(self.text(key)?)
            .map_err(|_| self.wrong(key, "the metadata entry is not the JSON expected"))
    }

    pub(super) fn rows(&self) -> usize {
        self.frame.height()
    }

    pub(super) fn wrong(&self, column: &str, what: impl Into<String>) -> Error {
        let (path, column) = (self.path.clone(), column.to_owned());
        Error::Table { path, column, what: what.into() }
    }

    fn column(&self, name: &str) -> Result<&Column, Error> {
        self.frame.column(name).map_err(|_| self.wrong(name, "the column is missing"))
    }

    fn wrong_type(&self, name: &str, expected: &DataType) -> Error {
        self.wrong(name, format!("the column is not of type {expected}"))
    }

    fn whole<T>(&self, name: &str, values: Vec<Option<T>>) -> Result<Vec<T>, Error> {
        let whole: Option<Vec<T>> = values.into_iter().collect();
        whole.ok_or_else(|| self.wrong(name, "a value is missing"))
    }

    /// Whether there is a column of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.column(name).is_ok()
    }

    pub(super) fn u32s(&self, name: &str) -> Result<Vec<u32>, Error> {
        let column = self.column(name)?;
        let column =
            column.u32().map_err(|_| self.wrong_type(name, &DataType::UInt32))?;
        if column.null_count() > 0 {
            return Err(self.wrong(name, "a value is missing"));
        }
        Ok(column.into_no_null_iter().collect())
    }

    /// Numbers that may be absent.
    pub(super) fn maybe_u32s(&self, name: &str) -> Result<Vec<Option<u32>>, Error> {
        let column = self.column(name)?;
        let column =
            column.u32().map_err(|_| self.wrong_type(name, &DataType::UInt32))?;
        Ok(column.iter().collect())
    }

    pub(super) fn u64s(&self, name: &str) -> Result<Vec<u64>, Error> {
        let column = self.column(name)?;
        let column =
            column.u64().map_err(|_| self.wrong_type(name, &DataType::UInt64))?;
        self.whole(name, column.iter().collect())
    }

    pub(super) fn i32s(&self, name: &str) -> Result<Vec<Option<i32>>, Error> {
        let column = self.column(name)?;
        let column = column.i32().map_err(|_| self.wrong_type(name, &DataType::Int32))?;
        Ok(column.iter().collect())
    }

    pub(super) fn i64s(&self, name: &str) -> Result<Vec<i64>, Error> {
        let column = self.column(name)?;
        let column = column.to_physical_repr();
        let column = column.i64().map_err(|_| self.wrong_type(name, &DataType::Int64))?;
        self.whole(name, column.iter().collect())
    }

    pub(super) fn f64s(&self, name: &str) -> Result<Vec<Option<f64>>, Error> {
        let column = self.column(name)?;
        let column =
            column.f64().map_err(|_| self.wrong_type(name, &DataType::Float64))?;
        Ok(column.iter().collect())
    }

    pub(super) fn bools(&self, name: &str) -> Result<Vec<bool>, Error> {
        let column = self.column(name)?;
        let column =
            column.bool().map_err(|_| self.wrong_type(name, &DataType::Boolean))?;
        self.whole(name, column.iter().collect())
    }

    pub(super) fn texts(&self, name: &str) -> Result<Vec<Option<&str>>, Error> {
        let column = self.column(name)?;
        let column =
            column.str().map_err(|_| self.wrong_type(name, &DataType::String))?;
        Ok(column.iter().collect())
    }

    /// Texts parsed to values; an absent one is an error.
    pub(super) fn parsed<T>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, Error> {
        let texts = self.whole(name, self.texts(name)?)?;
        let parse = |text: &str| {
            let shown: String = text.chars().take(60).collect();
            parse(text).ok_or_else(|| self.wrong(name, format!("`{shown}` is unknown")))
        };
        texts.into_iter().map(parse).collect()
    }
}
