//! Reading stored mail, one format per file, as a stream of raw messages.
//!
//! What it is for: every message of a source comes out once, in a fixed order, with its
//! label, or as a counted [`Skipped`] with a reason; nothing is unpacked to disk.
//!
//! What it must not know: MIME, sessions, packs.
//!
//! Main types: [`RawMessage`] and [`Skipped`], given to a callback by [`read_source`].

mod archive;
mod detect;
mod file;
mod found;
mod index;
mod limits;
mod mbox;
mod member;
mod tree;
mod zip;

pub use found::{Found, FromLine, RawMessage, SkipReason, Skipped};
pub use limits::Limits;
pub use mbox::{Mbox, Quoting};

pub(crate) use detect::is_pack as is_pack_head;
pub(crate) use file::read_source;
