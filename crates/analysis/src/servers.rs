//! What each of several servers did, and the settings in which they differ.

use std::collections::BTreeMap;

use mail::Label;
use serde::{Deserialize, Serialize};
use sweep::ServerTally;

use crate::{Counts, Error, Exact, Reading, Summary, Unit};

/// One server of a topology.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServerRow {
    /// Its name.
    pub server: String,
    /// Its stage, from 1.
    pub stage: usize,
    /// Messages that it let go on for somebody: to the next stage, or to the store.
    pub passed_on: Exact,
    /// What it did to the messages that came to it. What it let go on to another server
    /// counts as inbox here.
    pub summary: Summary,
}

impl ServerRow {
    /// The row of a tally.
    ///
    /// # Errors
    ///
    /// [`Error::Unbalanced`] where its numbers do not add up.
    pub fn new(tally: &ServerTally, unit: Unit) -> Result<Self, Error> {
        let cases = tally.cases;
        let reading = Reading { read: cases, cases, ..Reading::default() };
        let summary = Summary::new(Counts {
            reading: &reading,
            unit,
            tally: &tally.tally,
            causes: &tally.causes,
            cost: tally.cost,
        })?;
        let [ham, spam] = Label::ALL.map(|label| tally.passed[label.index()]);
        Ok(Self {
            server: tally.name.clone(),
            stage: tally.stage + 1,
            passed_on: Exact { ham, spam },
            summary,
        })
    }
}

/// A setting in which parallel servers differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DriftRow {
    /// The stage, from 1.
    pub stage: usize,
    /// The setting, as a dotted key of the policy file.
    pub setting: String,
    /// Its value by server; null where a server has none.
    pub values: BTreeMap<String, Option<String>>,
}
