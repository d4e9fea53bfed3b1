//! The experiment file, `sclbench.toml`.

use std::path::{Path, PathBuf};

use analysis::GoalSpec;
use anyhow::Result;
use corpus::{Fractions, SplitSpec};
use filter::Trainer;
use serde::Deserialize;

use crate::schedule::ScheduleSpec;
use crate::settings;

/// An experiment as written; paths are relative to the file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ExperimentSpec {
    /// Sources of labelled mail, as on the command line.
    pub(crate) corpus: Vec<String>,
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
        spec.world = spec.world.map(|path| folder.join(path));
        spec.policy = spec.policy.map(|path| folder.join(path));
        spec.out = folder.join(&spec.out);
        spec.schedule = spec.schedule.map(|schedule| schedule.below(folder));
        Ok(spec)
    }
}
