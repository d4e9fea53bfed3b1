//! The files of a run folder.
//!
//! Every file is written to a temporary name in the same folder and renamed, with the same
//! bytes for the same content. Every Parquet table carries the keys `sclbench.schema`
//! (version), `sclbench.table` (its name), `sclbench.provenance` (JSON) and `sclbench.seal`
//! (SHA-256 of the file, taken with zeros in the place of the seal) in its metadata.

mod atomic;
mod cases;
mod cell;
mod csv;
mod fates;
mod flips;
mod scores;
mod scores_csv;
mod seal;
mod sheet;
mod slices;
mod sweep_read;
mod sweep_write;
mod table;
mod trace;

/// Version of every file of a run folder.
pub(crate) const SCHEMA_VERSION: u32 = 1;

pub use atomic::write_atomic;
pub use cases::{CaseTable, RunTrace, read_run_trace, write_cases};
pub use cell::csv_cell;
pub use csv::write_rates;
pub use fates::{CaseFates, CaseRow, read_fates, write_fates};
pub use flips::write_flips;
pub use scores::{read_scores, write_scores};
pub use sheet::{read_sheet, write_sheet};
pub use slices::write_slices;
pub use sweep_read::read_sweep;
pub use sweep_write::write_sweep;
pub use trace::{read_trace, write_trace};

#[cfg(test)]
mod tests;

#[cfg(test)]
mod case_tests;
