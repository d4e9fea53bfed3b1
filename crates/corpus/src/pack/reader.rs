//! Reading a pack, one row group at a time.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, BinaryArray, BooleanArray, RecordBatch, StringArray};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::file::metadata::ParquetMetaData;

use mail::{CaseId, Field, Label, Origin, Provenance, Session, Timestamp};

use super::PackedCase;
use super::schema::{FORMAT_VERSION, PROVENANCE_KEY, VERSION_KEY, schema};
use crate::relabel::Relabeller;
use crate::{Error, Relabel, Relabelled};

/// Rows of one batch.
const BATCH: usize = 512;

/// Iterator over the cases of a pack in batches, in time order.
pub struct PackReader {
    path: PathBuf,
    cases: u64,
    provenance: Option<Provenance>,
    batches: ParquetRecordBatchReader,
    failed: bool,
    relabelled: Relabelled,
    /// Labels that differ from those in the file.
    labels: BTreeMap<CaseId, Label>,
}

impl PackReader {
    /// Opens a pack.
    ///
    /// # Errors
    ///
    /// The file is missing, no Parquet file, cut short, no pack, or of another version.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Self::open_columns(path, Columns::ALL)
    }

    /// Opens a pack to read everything but the messages, which come out empty.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_without_raw(path: &Path) -> Result<Self, Error> {
        Self::open_columns(path, Columns::ALL - 1)
    }

    /// Opens a pack whose labels are to be changed. What changes is found in a first pass
    /// over ids and labels, so that a correction which fits nothing is told at once.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and where a correction does not fit the pack.
    pub fn open_relabelled(path: &Path, relabel: &Relabel) -> Result<Self, Error> {
        let mut opened = Self::open(path)?;
        if relabel.is_none() {
            return Ok(opened);
        }
        let by_message_id = relabel.corrections.by_message_id();
        let columns = Columns::ALL - usize::from(!by_message_id);
        let mut relabeller = Relabeller::new(relabel);
        for batch in Self::open_columns(path, columns)? {
            for mut case in batch? {
                let before = case.label;
                relabeller.correct(&mut case);
                relabeller.plant(&mut case);
                if case.label != before {
                    opened.labels.insert(case.id, case.label);
                }
            }
        }
        opened.relabelled = relabeller.finish()?;
        Ok(opened)
    }

    /// Reads the first `columns` columns; the messages are the last.
    fn open_columns(path: &Path, columns: usize) -> Result<Self, Error> {
        let mut file = File::open(path).map_err(Error::io("read", path))?;
        let bad = |reason: String| Error::Pack { path: path.into(), reason };
        let length = file.metadata().map_err(Error::io("read", path))?.len();
        let mut magic = [0; 4];
        if file.read_exact(&mut magic).is_err() || &magic != b"PAR1" {
            return Err(bad("is no Parquet file".into()));
        }
        let builder =
            ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| {
                bad(format!("is cut short or damaged ({})", one_line(&error)))
            })?;
        let metadata = builder.metadata().file_metadata();
        let value = |key: &str| {
            let pairs = metadata.key_value_metadata()?;
            pairs.iter().find(|pair| pair.key == key)?.value.clone()
        };
        match value(VERSION_KEY) {
            None => return Err(bad("is a Parquet file, but no pack".into())),
            Some(version) if version != FORMAT_VERSION.to_string() => {
                return Err(bad(format!(
                    "is a pack of version `{}`, and this tool reads version \
                     {FORMAT_VERSION}",
                    version.chars().take(20).collect::<String>()
                )));
            }
            Some(_) => {}
        }
        if !is_sound(builder.metadata(), length) {
            return Err(bad("is damaged (its footer points outside the file)".into()));
        }
        let wanted = schema();
        let same = builder.schema().fields().len() == wanted.fields().len()
            && builder
                .schema()
                .fields()
                .iter()
                .zip(wanted.fields())
                .all(|(a, b)| a.name() == b.name() && a.data_type() == b.data_type());
        if !same {
            return Err(bad("has other columns than a pack".into()));
        }
        let cases = u64::try_from(metadata.num_rows()).unwrap_or(0);
        let provenance =
            value(PROVENANCE_KEY).and_then(|p| serde_json::from_str(&p).ok());
        let mask = ProjectionMask::leaves(builder.parquet_schema(), 0..columns);
        let builder = builder.with_projection(mask).with_batch_size(BATCH);
        let batches = guarded(|| builder.build())
            .map_err(|error| bad(format!("is damaged ({})", one_line(&error))))?;
        Ok(Self {
            path: path.into(),
            cases,
            provenance,
            batches,
            failed: false,
            relabelled: Relabelled::default(),
            labels: BTreeMap::new(),
        })
    }

    /// Number of cases in the pack.
    pub fn cases(&self) -> u64 {
        self.cases
    }

    /// What of the labels is changed.
    pub fn relabelled(&self) -> &Relabelled {
        &self.relabelled
    }

    /// Where the pack comes from.
    pub fn provenance(&self) -> Option<&Provenance> {
        self.provenance.as_ref()
    }
}

impl Iterator for PackReader {
    type Item = Result<Vec<PackedCase>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let batches = &mut self.batches;
        let batch = guarded(|| batches.next().transpose()).transpose()?;
        self.failed = batch.is_err();
        let bad = |reason: String| Error::Pack { path: self.path.clone(), reason };
        Some(match batch {
            Ok(batch) => match rows(&batch) {
                None => Err(bad("holds a row that is no case".into())),
                Some(mut rows) => {
                    if !self.labels.is_empty() {
                        for row in &mut rows {
                            row.label = *self.labels.get(&row.id).unwrap_or(&row.label);
                        }
                    }
                    Ok(rows)
                }
            },
            Err(error) => Err(bad(format!("is damaged ({})", one_line(&error)))),
        })
    }
}

/// Runs a step of the Parquet reader, which panics on some damaged files.
fn guarded<T, E: ToString>(step: impl FnOnce() -> Result<T, E>) -> Result<T, String> {
    match panic::catch_unwind(AssertUnwindSafe(step)) {
        Ok(result) => result.map_err(|error| error.to_string()),
        Err(_) => Err("its pages contradict each other".to_owned()),
    }
}

/// Whether every column chunk lies in the file and says plausible sizes: the Parquet reader
/// believes them.
fn is_sound(metadata: &ParquetMetaData, length: u64) -> bool {
    let within = |start: i64, size: i64| {
        let (start, size) = (u64::try_from(start), u64::try_from(size));
        matches!((start, size), (Ok(start), Ok(size)) if start.saturating_add(size) <= length)
    };
    metadata.row_groups().iter().all(|group| {
        (0..=1 << 24).contains(&group.num_rows())
            && group.columns().iter().all(|column| {
                let first = column.dictionary_page_offset();
                let start = first.unwrap_or(column.data_page_offset());
                column.data_page_offset() >= 0
                    && column.num_values() == group.num_rows()
                    && within(start, column.compressed_size())
            })
    })
}

fn one_line(error: &impl ToString) -> String {
    error.to_string().replace('\n', " ").chars().take(200).collect()
}

/// The rows of a batch; `None` where a value cannot be.
fn rows(batch: &RecordBatch) -> Option<Vec<PackedCase>> {
    let text = |name: &str| batch.column_by_name(name)?.as_string_opt::<i32>();
    let columns = Columns {
        id: text("id")?,
        label: text("label")?,
        category: text("category")?,
        place: text("place")?,
        campaign: text("campaign")?,
        time_origin: text("time_origin")?,
        client_ip: (text("client_ip")?, text("client_ip_origin")?),
        helo: (text("helo")?, text("helo_origin")?),
        mail_from: (text("mail_from")?, text("mail_from_origin")?),
        rcpt_to: (text("rcpt_to")?, text("rcpt_to_origin")?),
        authenticated: (
            batch.column_by_name("authenticated")?.as_boolean_opt()?,
            text("authenticated_origin")?,
        ),
        raw: match batch.column_by_name("raw") {
            Some(column) => Some(column.as_binary_opt::<i32>()?),
            None => None,
        },
    };
    let times = batch.column_by_name("time")?.as_primitive_opt::<Int64Type>()?;
    (0..batch.num_rows()).map(|row| columns.case(row, times.value(row))).collect()
}

type Told<'b> = (&'b StringArray, &'b StringArray);

struct Columns<'b> {
    id: &'b StringArray,
    label: &'b StringArray,
    category: &'b StringArray,
    place: &'b StringArray,
    campaign: &'b StringArray,
    time_origin: &'b StringArray,
    client_ip: Told<'b>,
    helo: Told<'b>,
    mail_from: Told<'b>,
    rcpt_to: Told<'b>,
    authenticated: (&'b BooleanArray, &'b StringArray),
    raw: Option<&'b BinaryArray>,
}

impl Columns<'_> {
    /// Columns of a pack.
    const ALL: usize = 18;

    fn case(&self, row: usize, time: i64) -> Option<PackedCase> {
        let (flag, origin) = self.authenticated;
        let flag = (!flag.is_null(row)).then(|| flag.value(row));
        Some(PackedCase {
            id: self.id.value(row).parse().ok()?,
            label: self.label.value(row).parse().ok()?,
            category: self.category.value(row).to_owned(),
            place: self.place.value(row).to_owned(),
            campaign: self.campaign.value(row).parse().ok()?,
            time: Timestamp(time),
            session: Session {
                client_ip: told(self.client_ip, row, |text| text.parse().ok())?,
                helo: told(self.helo, row, |text| Some(text.to_owned()))?,
                authenticated: field(flag, origin.value(row))?,
                mail_from: told(self.mail_from, row, |text| Some(text.to_owned()))?,
                rcpt_to: told(self.rcpt_to, row, |text| {
                    Some(text.split('\n').map(str::to_owned).collect())
                })?,
                time: field(Some(()), self.time_origin.value(row))?,
            },
            raw: self.raw.map_or_else(Vec::new, |raw| raw.value(row).to_vec()),
        })
    }
}

fn told<T>(
    (values, origins): Told<'_>,
    row: usize,
    read: impl FnOnce(&str) -> Option<T>,
) -> Option<Field<T>> {
    let value = if values.is_null(row) { None } else { Some(read(values.value(row))?) };
    field(value, origins.value(row))
}

/// A value has an origin, and no value has none.
fn field<T>(value: Option<T>, origin: &str) -> Option<Field<T>> {
    match (value, origin.parse().ok()?) {
        (None, Origin::Unknown) => Some(Field::unknown()),
        (Some(_), Origin::Unknown) | (None, _) => None,
        (Some(value), origin) => Some(Field::known(value, origin)),
    }
}
