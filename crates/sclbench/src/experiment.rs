//! The experiment file, `sclbench.toml`.

use std::path::{Path, PathBuf};

use analysis::GoalSpec;
use anyhow::Result;
use corpus::{Fractions, SplitSpec};
use filter::Trainer;
use serde::Deserialize;

use crate::schedule::ScheduleSpec;
use crate::settings;

/// JSON schema of the file, for editors.
pub(crate) const SCHEMA: &str = include_str!("../../../docs/sclbench.schema.json");

/// An experiment as written; paths are relative to the file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ExperimentSpec {
    /// Sources of labelled mail, as on the command line.
    pub(crate) corpus: Vec<String>,
    /// Files of corrected labels; default none.
    #[serde(default)]
    pub(crate) corrections: Vec<PathBuf>,
    /// Share of good mail that is called spam on purpose; default none.
    #[serde(default)]
    pub(crate) noise_ham: Option<f64>,
    /// Share of spam that is called good on purpose; default none.
    #[serde(default)]
    pub(crate) noise_spam: Option<f64>,
    /// Which messages get the wrong label; default 1.
    #[serde(default = "one")]
    pub(crate) noise_seed: u64,
    /// Recorded world; default none.
    #[serde(default)]
    pub(crate) world: Option<PathBuf>,
    /// Starting policy; default the product's defaults.
    #[serde(default)]
    pub(crate) policy: Option<PathBuf>,
    /// `fast` or `accurate` (default).
    #[serde(default = "accurate")]
    pub(crate) trainer: Trainer,
    /// How the mail is split; default by time, 0.5, 0.25, 0.25.
    #[serde(default = "by_time")]
    pub(crate) split: SplitSpec,
    /// Budgets; defaults in METHODOLOGY.
    #[serde(default)]
    pub(crate) goal: GoalSpec,
    /// Dated events that `replay --schedule` honours; default none.
    #[serde(default)]
    pub(crate) schedule: Option<ScheduleSpec>,
    /// Run folder; default `run`.
    #[serde(default = "run_folder")]
    pub(crate) out: PathBuf,
}

fn one() -> u64 {
    1
}

fn accurate() -> Trainer {
    Trainer::Accurate
}

fn by_time() -> SplitSpec {
    SplitSpec::Time(Fractions::default())
}

fn run_folder() -> PathBuf {
    "run".into()
}

impl ExperimentSpec {
    /// Reads an experiment file and makes its paths relative to the current folder.
    ///
    /// # Errors
    ///
    /// The file cannot be read or has an unknown key.
    pub(crate) fn load(path: &Path) -> Result<Self> {
        let mut spec: Self = settings::toml(path)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        spec.corpus = spec
            .corpus
            .iter()
            .map(|source| match source.split_once(':') {
                Some((label, rest)) if label.parse::<mail::Label>().is_ok() => {
                    format!("{label}:{}", folder.join(rest).display())
                }
                _ => folder.join(source).display().to_string(),
            })
            .collect();
        spec.corrections =
            spec.corrections.iter().map(|path| folder.join(path)).collect();
        spec.world = spec.world.map(|path| folder.join(path));
        spec.policy = spec.policy.map(|path| folder.join(path));
        spec.out = folder.join(&spec.out);
        spec.schedule = spec.schedule.map(|schedule| schedule.below(folder));
        Ok(spec)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    fn schema() -> Value {
        serde_json::from_str(SCHEMA).unwrap()
    }

    fn keys(object: &Value) -> BTreeSet<String> {
        object.as_object().unwrap().keys().cloned().collect()
    }

    /// The keys that a table of the file may have, as its reader says when one is unknown.
    fn known(text: &str) -> BTreeSet<String> {
        let error = toml::from_str::<ExperimentSpec>(text).unwrap_err();
        let message = error.message().to_owned();
        let (_, list) = message
            .split_once("expected ")
            .unwrap_or_else(|| panic!("`{text}` should have an unknown key: {message}"));
        list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn the_schema_has_the_keys_of_the_file() {
        let schema = schema();
        let properties = &schema["properties"];
        assert_eq!(keys(properties), known("corpus = []\nnothing = 1"));
        let goal = keys(&properties["goal"]["properties"]);
        assert_eq!(goal, known("corpus = []\n[goal]\nnothing = 1"));
        let splits = properties["split"]["oneOf"].as_array().unwrap();
        let by = |split: &Value| {
            split["properties"]["by"]["const"].as_str().unwrap().to_owned()
        };
        let kinds: BTreeSet<String> = splits.iter().map(by).collect();
        assert_eq!(kinds, known("corpus = []\n[split]\nby = \"nothing\""));
        let trainers: BTreeSet<String> = properties["trainer"]["enum"]
            .as_array()
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap().to_owned())
            .collect();
        assert_eq!(trainers, known("corpus = []\ntrainer = \"nothing\""));
    }

    #[test]
    fn the_schema_states_the_defaults_of_the_file() {
        let schema = schema();
        let properties = &schema["properties"];
        let least: ExperimentSpec = toml::from_str("corpus = []").unwrap();
        let goal = serde_json::to_value(least.goal).unwrap();
        for (key, value) in goal.as_object().unwrap() {
            assert_eq!(&properties["goal"]["properties"][key]["default"], value, "{key}");
        }
        assert_eq!(properties["out"]["default"], least.out.to_str().unwrap());
        let split = serde_json::to_value(least.split).unwrap();
        assert_eq!(properties["split"]["default"], split);
        let trainer = serde_json::to_value(least.trainer).unwrap();
        assert_eq!(properties["trainer"]["default"], trainer);
    }

    #[test]
    fn each_kind_of_split_in_the_schema_can_be_read() {
        let share = "train = 0.5\ntune = 0.25\nhold-out = 0.25";
        for split in [
            format!("by = \"time\"\n{share}"),
            "by = \"dates\"\ntune-from = 1\nhold-out-from = 2".to_owned(),
            format!("by = \"campaign\"\nseed = 1\n[split.shares]\n{share}"),
        ] {
            let text = format!("corpus = []\n[split]\n{split}");
            toml::from_str::<ExperimentSpec>(&text).unwrap();
        }
    }
}
