//! What is to change, and what was changed.

use std::collections::BTreeMap;

use mail::{CaseId, Label};
use serde::{Serialize, Serializer};

use super::{Corrections, Noise};

/// How labels are changed: corrections first, then noise.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Relabel {
    /// Corrections of files.
    pub corrections: Corrections,
    /// Wrong labels on purpose.
    pub noise: Option<Noise>,
}

impl Relabel {
    /// Whether labels stay as the sources say.
    pub fn is_none(&self) -> bool {
        self.corrections.is_empty() && self.noise.is_none()
    }
}

/// What a reading changed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Relabelled {
    /// Corrections that were applied: all that were given.
    pub corrected: u64,
    /// Messages with a wrong label on purpose, with the label they had; copies count once.
    #[serde(serialize_with = "count_by_label")]
    pub planted: BTreeMap<CaseId, Label>,
}

impl Relabelled {
    /// Whether nothing was changed.
    pub fn is_none(&self) -> bool {
        self.corrected == 0 && self.planted.is_empty()
    }

    /// Messages of `label` that were given the other one on purpose.
    pub fn planted_of(&self, label: Label) -> u64 {
        self.planted.values().filter(|true_label| **true_label == label).count() as u64
    }
}

/// `{"ham": 3, "spam": 5}`: planted labels by the label they had.
fn count_by_label<S: Serializer>(
    planted: &BTreeMap<CaseId, Label>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let count = |label| planted.values().filter(|it| **it == label).count();
    serializer.collect_map(Label::ALL.map(|label| (label.name(), count(label))))
}
