//! The management-shell language: policies as scripts, and scripts acting on policies.
//!
//! What it is for: reading the scripts that administrators have, carrying them out on a
//! policy, and writing what changes between two policies as cmdlets that can be pasted, with
//! the way back beside it.
//!
//! What it must not know: how anything is computed; and nothing of the machine it runs on.
//!
//! Main types: [`Session`], a script acting on a policy, and [`Script`], the lines of one
//! script.

mod catalogue;
mod change;
mod complete;
mod date;
mod form;
mod keys;
mod kind;
pub mod language;
mod layout;
mod object;
mod order;
mod quote;
mod row;
mod script;
mod session;
mod value;

pub use change::{edge_changes, organization_changes};
pub use complete::{Completion, complete};
pub use object::{Object, View};
pub use order::shortest_moves;
pub(crate) use quote::literal;
pub use quote::{comment, quoted};
pub use script::{
    NOTHING, PriorityChange, QUARANTINE_MAILBOX, RESTART, ROLLBACK, Script, ScriptKind,
    edge_script, lacks_quarantine_mailbox, no_restart, organization_script,
    priority_lines, rollback, way_back,
};
pub use session::{Delivery, Host, Line, NoHost, Role, Session, help};
pub use value::{Value, is_like};
