//! From a run folder to the data of the report.

mod orders;
mod run;
mod scripts;

pub(crate) use run::{Subjects, run};
pub(crate) use scripts::script;
