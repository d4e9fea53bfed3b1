//! Columns and file metadata of a pack.
//!
//! | Column | Type | Meaning |
//! |---|---|---|
//! | `id` | text | SHA-256 of `raw`, hexadecimal |
//! | `label` | text | `ham` or `spam` |
//! | `category` | text | may be empty |
//! | `place` | text | where it was read |
//! | `campaign` | text | smallest id among its exact and near duplicates |
//! | `time` | 64-bit integer | seconds since 1970, UTC |
//! | `time_origin` | text | an [`mail::Origin`], as in every `…_origin` |
//! | `client_ip`, `helo`, `mail_from` | text | null where unknown; `mail_from` is empty for the null sender |
//! | `rcpt_to` | text | addresses joined by line feeds; null where unknown |
//! | `authenticated` | boolean | null where unknown |
//! | `raw` | bytes | the message as read |

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};

/// Version of the pack format; a reader takes its own only.
pub const FORMAT_VERSION: u32 = 1;

/// Keys of the file's metadata.
pub(super) const VERSION_KEY: &str = "sclbench.pack.version";
pub(super) const TOOL_KEY: &str = "sclbench.tool.version";
pub(super) const PROVENANCE_KEY: &str = "sclbench.provenance";

/// Rows in a row group: what a reader holds at once, about 20 MB of ordinary mail.
pub(super) const ROWS: usize = 4096;

pub(super) fn schema() -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    let maybe = |name: &str| Field::new(name, DataType::Utf8, true);
    Arc::new(Schema::new(vec![
        text("id"),
        text("label"),
        text("category"),
        text("place"),
        text("campaign"),
        Field::new("time", DataType::Int64, false),
        text("time_origin"),
        maybe("client_ip"),
        text("client_ip_origin"),
        maybe("helo"),
        text("helo_origin"),
        maybe("mail_from"),
        text("mail_from_origin"),
        maybe("rcpt_to"),
        text("rcpt_to_origin"),
        Field::new("authenticated", DataType::Boolean, true),
        text("authenticated_origin"),
        Field::new("raw", DataType::Binary, false),
    ]))
}
