//! Packs: one Parquet file of cases, in time order, that any Parquet engine can read.
//!
//! What it is for: what replay reads fastest; row groups stream in and out.
//!
//! What it must not know: how cases were found; MIME.
//!
//! Main types: [`PackWriter`], [`PackReader`] and [`PackedCase`], a row.

mod case;
mod reader;
mod schema;
mod writer;

pub use case::PackedCase;
pub use reader::PackReader;
pub use schema::FORMAT_VERSION;
pub use writer::PackWriter;
