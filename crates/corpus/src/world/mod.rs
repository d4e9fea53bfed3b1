//! Recorded worlds as readable files in one folder.
//!
//! What it is for: keeping a [`mail::World`] beside a corpus, so that every question a
//! replay asks has the same answer each time and a person can read and compare it.
//!
//! What it must not know: agents, policies, the live network.
//!
//! Main functions: [`load`] and [`save`].
//!
//! | File | Content |
//! |---|---|
//! | `world.toml` | format version, whether the recorded DNS is closed, accepted domains |
//! | `dns.ndjson` | one record per line: name, type, value, and a preference for MX; `"failure":"timeout"` for a question without an answer |
//! | `listings.ndjson` | one listing per line: zone, address, from, until, answer |
//! | `open-proxies.txt` | one address per line that was found to be an open proxy |
//! | `recipients.txt` | one existing recipient per line; no file where nobody knows them |
//! | `mailboxes.toml` | one table per mailbox that has settings of its own |

mod dns;
mod error;
mod files;
mod folder;
mod listings;

#[cfg(test)]
mod tests;

pub use error::WorldError;
pub use folder::{load, save};
