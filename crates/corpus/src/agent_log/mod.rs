//! The product's anti-spam agent log, as comma-separated files.
//!
//! What it is for: reading logs of any version (folders of rotated files, fields and agents
//! nobody has heard of), and writing rows in the 17-field form of 2007 and 2010 or the
//! 20-field form since 2013. Source: specification section 7.
//!
//! What it must not know: what an agent is, what a row means.
//!
//! Main type: [`AgentLogRow`].

mod read;
mod row;
mod write;

pub use read::{AgentLog, read_agent_log};
pub use row::{AgentLogRow, Field};
pub use write::{LogForm, agent_log_text};
