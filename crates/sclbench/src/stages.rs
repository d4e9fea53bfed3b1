//! Finished stages of `run`, by the digest of what went into them.
//!
//! `stages.json` in the run folder holds, per stage, the digest of its inputs and of each file
//! it wrote. A stage is reused where all of these still hold; anything else is done anew.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

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
    /// Digests of the files that came out, by their paths in the run folder.
    outputs: BTreeMap<PathBuf, String>,
    /// What was told about it, without durations.
    #[serde(default)]
    pub(crate) told: Vec<String>,
}

/// The stages of one run folder.
#[derive(Debug)]
pub(crate) struct Stages {
    folder: PathBuf,
    stages: BTreeMap<String, Stage>,
    /// The stages that were reused, in order.
    pub(crate) reused: Vec<&'static str>,
}

impl Stages {
    /// Stages of a folder; none where there is no such file or it cannot be read, which
    /// costs time and nothing else.
    pub(crate) fn read(folder: &Path) -> Self {
        let text = std::fs::read_to_string(folder.join(NAME)).unwrap_or_default();
        let stages = serde_json::from_str(&text).unwrap_or_default();
        Self { folder: folder.into(), stages, reused: Vec::new() }
    }

    /// The stage, where it was finished from these inputs and its files are as they were;
    /// it then counts as reused.
    pub(crate) fn finished(
        &mut self,
        stage: &'static str,
        inputs: &str,
    ) -> Option<&Stage> {
        let found = self.stages.get(stage).filter(|found| found.inputs == inputs)?;
        for (path, was) in &found.outputs {
            let path = self.folder.join(path);
            // A file that is gone is no error: the stage is done anew.
            if !path.is_file() || digest(&path).ok().as_ref() != Some(was) {
                return None;
            }
        }
        self.reused.push(stage);
        Some(found)
    }

    /// Notes a stage that has just been finished, with the files it wrote, named in the run
    /// folder.
    ///
    /// # Errors
    ///
    /// A file cannot be read or written.
    pub(crate) fn finish(
        &mut self,
        stage: &'static str,
        inputs: String,
        outputs: Vec<PathBuf>,
        told: Vec<String>,
    ) -> Result<()> {
        let of = |path: PathBuf| {
            let now = digest(&self.folder.join(&path))?;
            anyhow::Ok((path, now))
        };
        let outputs = outputs.into_iter().map(of).collect::<Result<_>>()?;
        self.stages.insert(stage.to_owned(), Stage { inputs, outputs, told });
        let text =
            serde_json::to_string_pretty(&self.stages).context("cannot write stages")?;
        Ok(write_atomic(&self.folder, NAME, format!("{text}\n").as_bytes())?)
    }
}

/// Digest of a stage's inputs: this version, and whatever is said.
pub(crate) struct Inputs(Sha256);

impl Inputs {
    /// Nothing but this version.
    pub(crate) fn new() -> Self {
        Self(Sha256::new().chain_update(env!("CARGO_PKG_VERSION")))
    }

    /// With a text.
    #[must_use]
    pub(crate) fn text(self, text: &str) -> Self {
        // Lengths keep neighbours apart.
        Self(self.0.chain_update(format!("\n{} ", text.len())).chain_update(text))
    }

    /// With everything about messages, in order.
    #[must_use]
    pub(crate) fn mail(mut self, cases: &[PackedCase]) -> Self {
        for case in cases {
            let PackedCase {
                id,
                label,
                category,
                place,
                campaign,
                time,
                session,
                raw: _,
            } = case;
            let said = format!("{category:?} {place:?} {time:?} {session:?}");
            self.0.update(id.0);
            self.0.update(campaign.0);
            self = self.text(label.name()).text(&said);
        }
        self
    }

    /// The digest.
    pub(crate) fn digest(self) -> String {
        self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Digest of what a content filter is trained from: this version, the trainer, and every
/// message with its label and campaign, in order.
pub(crate) fn training_inputs(cases: &[PackedCase], trainer: Trainer) -> String {
    Inputs::new().text(&format!("{trainer:?}")).mail(cases).digest()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_finished_while_its_inputs_and_its_files_are_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        std::fs::write(at.join("out"), "a").unwrap();
        std::fs::write(at.join("too"), "a").unwrap();
        let mut stages = Stages::read(at);
        assert!(stages.finished("train", "in").is_none());
        let told = vec!["0.5 %".to_owned()];
        let files = vec!["out".into(), "too".into()];
        stages.finish("train", "in".into(), files, told.clone()).unwrap();
        let mut again = Stages::read(at);
        assert_eq!(again.finished("train", "in").unwrap().told, told);
        assert!(again.finished("train", "other").is_none());
        assert!(again.finished("sweep", "in").is_none());
        assert_eq!(again.reused, ["train"]);
        std::fs::write(at.join("too"), "b").unwrap();
        assert!(again.finished("train", "in").is_none());
        std::fs::remove_file(at.join("too")).unwrap();
        assert!(again.finished("train", "in").is_none());
        std::fs::write(at.join(NAME), "{").unwrap();
        assert!(Stages::read(at).finished("train", "in").is_none());
    }

    #[test]
    fn neighbouring_texts_are_kept_apart() {
        let of = |texts: [&str; 2]| Inputs::new().text(texts[0]).text(texts[1]).digest();
        assert_ne!(of(["ab", "c"]), of(["a", "bc"]));
    }
}
