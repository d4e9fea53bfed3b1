//! Versioned definition updates: packages, feeds, a server's state, and definitions in time.
//!
//! What it is for: a trained model as an update package, the feed such packages are offered
//! in, the five checks before one is offered to a server, installing and uninstalling it
//! atomically, and scoring each message by the definition of its own time.
//!
//! What it must not know: how a feed is reached (a [`Shelf`] is asked), who is asked for
//! consent, the clock.
//!
//! Main types: [`Feed`] and [`Server`]. Source: specification sections 6.2, 6.3, 6.6.

mod cadence;
mod detect;
mod error;
mod feed;
mod folder;
mod identity;
mod install;
mod manifest;
mod outcome;
mod publish;
mod registry;
mod server;
#[cfg(test)]
mod testing;
mod timeline;
mod title;
mod version;

pub use cadence::Cadence;
pub use detect::{Check, CheckName, Detection, detect};
pub use error::{CadenceError, UpdateError};
pub use feed::{Feed, FeedPath, Shelf};
pub use folder::FolderShelf;
pub use identity::Identity;
pub use install::{Done, Weights, download, install, restart, uninstall};
pub use manifest::{Definitions, Manifest, Requirements};
pub use outcome::{Account, Delivery, ResultCode};
pub use publish::{Announcement, publish};
pub use registry::{RegistryKind, RegistryValue};
pub use server::{DEFINITIONS_FOLDER, Installed, Product, Server, WEIGHTS_FILE};
pub use timeline::Timeline;
pub use title::{Language, is_filter_update};
pub use version::Version;
