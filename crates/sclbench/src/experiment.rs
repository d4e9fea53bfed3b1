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
    fn the_schema_has_the_keys_of_every_table() {
        let schema = schema();
        let table = |place: &str| keys(schema.pointer(place).unwrap());
        for (place, text) in [
            ("goal/properties/costs", "[goal.costs]\nnothing = 1"),
            ("schedule", "[schedule]\nnothing = 1"),
            ("schedule/properties/events/items", "[[schedule.events]]\nnothing = 1"),
        ] {
            let found = table(&format!("/properties/{place}/properties"));
            assert_eq!(found, known(&format!("corpus = []\n{text}")), "{place}");
        }
    }

    #[test]
    fn the_schema_takes_every_file_that_the_program_writes_with_every_key() {
        let folder = tempfile::tempdir().unwrap();
        let reads = crate::scaffold::Reads {
            purpose: "A test.",
            corpus: &["ham:ham", "spam:spam"],
            world: Some("world"),
            goal: GoalSpec::default(),
        };
        crate::scaffold::experiment(folder.path(), &reads).unwrap();
        let path = folder.path().join(crate::scaffold::EXPERIMENT);
        let written = std::fs::read_to_string(path).unwrap();
        // What stands in comments is offered too.
        let offered = |line: &str| {
            let bare = line.strip_prefix("# ").unwrap_or(line);
            let key = bare.split(" = ").next().unwrap_or_default();
            let named = bare.contains(" = ")
                && key.chars().all(|c| c.is_ascii_lowercase() || c == '-');
            if named || bare.starts_with('[') { bare.to_owned() } else { line.to_owned() }
        };
        let full: Vec<String> = written.lines().map(offered).collect();
        let schema = schema();
        for text in [written, full.join("\n")] {
            toml::from_str::<ExperimentSpec>(&text).unwrap();
            let value: Value = toml::from_str(&text).unwrap();
            accepted(&schema, &schema, &value).unwrap();
        }
        let full: Value = toml::from_str(&full.join("\n")).unwrap();
        assert!(full["schedule"]["events"].as_array().unwrap().len() == 3);
        for wrong in [
            "corpus = 1",
            "corpus = [\"a\"]\nnothing = 1",
            "out = \"run\"",
            "corpus = [\"a\"]\ntrainer = \"slow\"",
            "corpus = [\"a\"]\n[goal]\nfp-junk = 2.0",
            "corpus = [\"a\"]\n[[schedule.events]]\nshell = \"\"",
        ] {
            let value: Value = toml::from_str(wrong).unwrap();
            assert!(accepted(&schema, &schema, &value).is_err(), "{wrong}");
        }
    }

    /// Whether a schema takes a value, by the words that this project's schema uses.
    fn accepted(root: &Value, schema: &Value, value: &Value) -> Result<(), String> {
        for (word, rule) in schema.as_object().unwrap() {
            let fine = match word.as_str() {
                "$ref" => {
                    let place = rule.as_str().unwrap().trim_start_matches('#');
                    accepted(root, root.pointer(place).unwrap(), value)?;
                    true
                }
                "type" => match rule.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "integer" => value.is_i64() || value.is_u64(),
                    "number" => value.is_number(),
                    "boolean" => value.is_boolean(),
                    other => panic!("{other}"),
                },
                "enum" => rule.as_array().unwrap().contains(value),
                "const" => rule == value,
                "required" => rule.as_array().unwrap().iter().all(|key| {
                    value
                        .as_object()
                        .is_some_and(|o| o.contains_key(key.as_str().unwrap()))
                }),
                "properties" => {
                    for (key, inner) in value.as_object().into_iter().flatten() {
                        match rule.get(key) {
                            Some(rule) => accepted(root, rule, inner)?,
                            None if schema["additionalProperties"] == false => {
                                return Err(format!("unknown key {key}"));
                            }
                            None => {}
                        }
                    }
                    true
                }
                "items" => {
                    for inner in value.as_array().into_iter().flatten() {
                        accepted(root, rule, inner)?;
                    }
                    true
                }
                "oneOf" => {
                    let all = rule.as_array().unwrap();
                    all.iter().filter(|one| accepted(root, one, value).is_ok()).count()
                        == 1
                }
                "minimum" => value.as_f64().is_none_or(|n| n >= rule.as_f64().unwrap()),
                "maximum" => value.as_f64().is_none_or(|n| n <= rule.as_f64().unwrap()),
                "exclusiveMinimum" => {
                    value.as_f64().is_none_or(|n| n > rule.as_f64().unwrap())
                }
                "exclusiveMaximum" => {
                    value.as_f64().is_none_or(|n| n < rule.as_f64().unwrap())
                }
                "minItems" => value
                    .as_array()
                    .is_none_or(|list| list.len() as u64 >= rule.as_u64().unwrap()),
                "$schema"
                | "$id"
                | "title"
                | "description"
                | "default"
                | "examples"
                | "definitions"
                | "additionalProperties" => true,
                other => {
                    panic!("a word of the schema that this test does not know: {other}")
                }
            };
            if !fine {
                return Err(format!("{word}: {value}"));
            }
        }
        Ok(())
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
