//! What the gate hands to other programs: JUnit, SARIF, Markdown.

mod escape;
mod junit;
mod sarif;
mod summary;

pub(crate) use junit::junit;
pub(crate) use sarif::sarif;
pub(crate) use summary::{lines, markdown};
