//! Finished stages of `run`, by the digest of what went into them.
//!
//! `stages.json` in the run folder holds, per stage, the digest of its inputs and of the
//! file it wrote. A stage is reused where both still hold; anything else is done anew.

use std::collections::BTreeMap;
use std::path::Path;

use analysis::write_atomic;
use anyhow::{Context as _, Result};
use corpus::PackedCase;
use filter::Trainer;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::settings::digest;

const NAME: &str = "stages.json";

/// One finished stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stage {
    /// Digest of everything that went in.
    inputs: String,
    /// Digest of the file that came out.
    output: String,
    /// What was measured on the way, such as (1-ROCA) % of a trained filter.
    pub(crate) measured: f64,
}

/// The stages of one run folder.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stages(BTreeMap<String, Stage>);

impl Stages {
    /// Stages of a folder; none where there is no such file or it cannot be read, which
    /// costs time and nothing else.
    pub(crate) fn read(folder: &Path) -> Self {
        let text = std::fs::read_to_string(folder.join(NAME)).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// The stage, where it was finished from these inputs and its file is as it was.
    pub(crate) fn finished(
        &self,
        stage: &str,
        inputs: &str,
        output: &Path,
    ) -> Option<&Stage> {
        let found = self.0.get(stage).filter(|found| found.inputs == inputs)?;
        digest(output).is_ok_and(|now| now == found.output).then_some(found)
    }

    /// Notes a stage that has just been finished.
    ///
    /// # Errors
    ///
    /// A file cannot be read or written.
    pub(crate) fn finish(
        &mut self,
        folder: &Path,
        stage: &str,
        inputs: String,
        output: &Path,
        measured: f64,
    ) -> Result<()> {
        let stored = Stage { inputs, output: digest(output)?, measured };
        self.0.insert(stage.to_owned(), stored);
        let text = serde_json::to_string_pretty(self).context("cannot write stages")?;
        Ok(write_atomic(folder, NAME, format!("{text}\n").as_bytes())?)
    }
}

/// Digest of what a content filter is trained from: this version, the trainer, and every
/// message with its label and campaign, in order.
pub(crate) fn training_inputs(cases: &[PackedCase], trainer: Trainer) -> String {
    let mut hash = Sha256::new();
    hash.update(env!("CARGO_PKG_VERSION"));
    hash.update(format!("\n{trainer:?}\n"));
    for case in cases {
        hash.update(case.id.0);
        hash.update(case.campaign.0);
        hash.update(case.label.name());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_finished_while_its_inputs_and_its_file_are_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let file = at.join("out");
        std::fs::write(&file, "a").unwrap();
        let mut stages = Stages::read(at);
        assert!(stages.finished("train", "in", &file).is_none());
        stages.finish(at, "train", "in".into(), &file, 0.5).unwrap();
        let again = Stages::read(at);
        assert_eq!(
            again.finished("train", "in", &file).unwrap().measured.to_bits(),
            0.5f64.to_bits()
        );
        assert!(again.finished("train", "other", &file).is_none());
        assert!(again.finished("sweep", "in", &file).is_none());
        std::fs::write(&file, "b").unwrap();
        assert!(again.finished("train", "in", &file).is_none());
        std::fs::write(at.join(NAME), "{").unwrap();
        assert!(Stages::read(at).finished("train", "in", &file).is_none());
    }
}
