//! The management-shell language: a policy's changes as scripts.
//!
//! What it is for: writing what changes between two policies as cmdlets that an
//! administrator can paste, with the way back beside it.
//!
//! What it must not know: how anything is computed.
//!
//! Main type: [`Script`], the lines of one script.

mod change;
mod cmdlet;
mod order;
mod quote;
mod script;

pub use change::{edge_changes, left_out, organization_changes};
pub use order::shortest_moves;
pub use quote::{comment, quoted};
pub use script::{
    NOTHING, PriorityChange, QUARANTINE_MAILBOX, RESTART, ROLLBACK, Script, ScriptKind,
    edge_script, lacks_quarantine_mailbox, no_restart, organization_script,
    priority_lines, way_back,
};
