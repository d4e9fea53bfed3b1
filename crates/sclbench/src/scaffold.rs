//! The commented experiment file that `init` and `demo` start a user with.

use std::path::Path;

use analysis::{GoalSpec, RunFile, RunKind, write_atomic};
use anyhow::{Context as _, Result, bail};

use crate::charts::Sizes;

/// What an experiment reads, as text for its file.
pub(crate) struct Reads<'a> {
    /// Who the file is for, one comment line.
    pub(crate) purpose: &'a str,
    /// Sources of labelled mail.
    pub(crate) corpus: &'a [&'a str],
    /// Folder of the recorded world.
    pub(crate) world: Option<&'a str>,
    /// The budgets.
    pub(crate) goal: GoalSpec,
}

/// Name of the experiment file.
pub(crate) const EXPERIMENT: &str = "sclbench.toml";

/// Makes a folder.
///
/// # Errors
///
/// It cannot be made.
pub(crate) fn folder(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path)
        .with_context(|| format!("cannot make `{}`; check the path", path.display()))
}

/// Checks that a run folder holds nothing but an earlier run of these kinds, whose tables are
/// all written anew. A folder that is not there yet is not made: the run may still fail.
///
/// # Errors
///
/// It holds a run of another kind, whose tables would stay beside the new ones.
pub(crate) fn run_folder(path: &Path, kinds: &[RunKind]) -> Result<()> {
    // A run file that cannot be read is no reason to refuse: it is replaced.
    let there = path.join(RunFile::NAME).is_file().then(|| RunFile::read(path).ok());
    if let Some(file) = there.flatten()
        && !kinds.contains(&file.kind)
    {
        let kind = match file.kind {
            RunKind::Replay => "a replay",
            RunKind::Sweep => "a sweep",
            RunKind::Recommend => "a recommendation",
            RunKind::Run => "a run of an experiment",
        };
        bail!(
            "`{}` holds {kind}, whose tables would stay beside the new ones; name another \
             folder, or remove it first",
            path.display()
        );
    }
    Ok(())
}

/// Everything that a run writes into its folder besides its run file.
const WRITTEN: [&str; 16] = [
    "cases.parquet",
    "fates.parquet",
    "orders.parquet",
    "over-time.csv",
    "policy.toml",
    "rates.csv",
    "report_cases.parquet",
    "report_fates.parquet",
    "report_journeys.parquet",
    "schedule.json",
    "settings.parquet",
    "sheet.parquet",
    "slices.csv",
    "sweep.parquet",
    "sweep_decided.parquet",
    "trace.parquet",
];

/// The charts of a run.
const CHARTS: [&str; 6] = [
    "tier-rates",
    "scl-histogram",
    "det",
    "threshold-steps",
    "order-map",
    "update-cadence",
];

/// Makes a run folder and takes an earlier run out of it, its run file first: what this one
/// does not write must not stay beside what it does.
///
/// # Errors
///
/// The folder cannot be made, or a file of it cannot be removed.
pub(crate) fn fresh(path: &Path) -> Result<()> {
    folder(path)?;
    if !path.join(RunFile::NAME).is_file() {
        return Ok(());
    }
    remove(&path.join(RunFile::NAME))?;
    for name in WRITTEN {
        remove(&path.join(name))?;
    }
    for file in CHARTS.iter().flat_map(|name| Sizes::all().files(name)) {
        remove(&path.join("charts").join(file))?;
    }
    Ok(())
}

/// Removes a file of an earlier run, where there is one.
///
/// # Errors
///
/// It cannot be removed.
pub(crate) fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error)
            .with_context(|| {
                format!("cannot remove `{}`; check the folder", path.display())
            }),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes the experiment file into a folder.
///
/// # Errors
///
/// The file cannot be written.
pub(crate) fn experiment(folder: &Path, reads: &Reads<'_>) -> Result<()> {
    Ok(write_atomic(folder, EXPERIMENT, text(reads).as_bytes())?)
}

/// Every key, each with what it means and its default.
fn text(reads: &Reads<'_>) -> String {
    let Reads { purpose, corpus, world, goal } = reads;
    let corpus: Vec<String> = corpus.iter().map(|source| format!("{source:?}")).collect();
    let corpus = corpus.join(", ");
    let world = match world {
        Some(folder) => format!("world = {folder:?}"),
        None => "# world = \"world\"".to_owned(),
    };
    format!(
        "# {purpose}
# Paths are relative to this file.

# Labelled mail: `ham:PATH`, `spam:PATH`, a pack, a manifest, or a TREC index. PATH is a
# folder of messages, Maildir, mbox, or a tar or zip of these.
corpus = [{corpus}]
# Files of corrected labels, as `corpus review` begins them.
# corrections = [\"corrections.toml\"]
# Recorded answers: DNS, lists, recipients, mailboxes. Without it they are all unknown and
# the agents that ask let mail pass.
{world}
# Starting policy. Without it, the product's defaults.
policy = \"policy.toml\"
# `fast`, or `accurate` (default), the trainer of the content filter.
trainer = \"accurate\"
# The run folder.
out = \"run\"

# The earliest mail trains the filter, the latest judges the choice. With
# `by = \"campaign\"`, `seed` and a table `shares`, duplicates stay in one part instead.
[split]
by = \"time\"
train = 0.5
tune = 0.25
hold-out = 0.25

# Shares of good mail that may be hurt at each tier or harsher. The choice must keep all of
# them with this confidence; among those that do, the one that lets least spam through wins.
[goal]
fp-delete = {}
fp-reject = {}
fp-quarantine = {}
fp-junk = {}
confidence = {}
# What decides: `budgets`; `costs`, with a table [goal.costs]; or `both`, least cost among
# those that keep the budgets.
by = \"budgets\"
# Days after the last message until an exported script asks to be made again.
valid-days = {}
# Share of spam in the traffic that costs are for; without it, the mail's own.
# spam-share = 0.5
# What one message costs, by what it is and where it ended; read with `by = \"costs\"` or
# `by = \"both\"`.
# [goal.costs]
# ham-junk = 1
# ham-quarantine = 3
# ham-reject = 9
# ham-delete = 999
# spam-inbox = 1
# spam-junk = 0.1
# spam-quarantine = 0.02

# Dated events that `replay --schedule` honours.
# [schedule]
# A sender that finds the server down tries again after these minutes, until it gives up.
# retry-minutes = 30
# give-up-hours = 96
# Definitions made by `update plan`, and when they are installed: `released` (default),
# `wednesdays`, `monthly`, `never`, or dates: 2024-01-10,2024-02-07 or a list of them.
# updates = \"feed\"
# cadence = \"released\"
# Other settings from a policy file. Order and switches of agents wait for a restart.
# [[schedule.events]]
# at = \"2024-03-01T20:00:00Z\"
# policy = \"other-policy.toml\"
# Lines of the management shell, acting on the settings of that time.
# [[schedule.events]]
# at = \"2024-03-01T20:00:00Z\"
# shell = \"Set-ContentFilterConfig -SCLDeleteEnabled $true -SCLDeleteThreshold 8\"
# A restart that takes no mail for this long.
# [[schedule.events]]
# at = \"2024-03-01T20:00:00Z\"
# restart-minutes = 5
",
        goal.fp_delete, goal.fp_reject, goal.fp_quarantine, goal.fp_junk, goal.confidence, goal.valid_days
    )
}

#[cfg(test)]
mod tests {
    use super::{GoalSpec, Reads, text};
    use crate::experiment::ExperimentSpec;

    #[test]
    fn the_written_experiment_states_the_defaults() {
        for world in [None, Some("world")] {
            let reads = Reads {
                purpose: "A test.",
                corpus: &["ham:a\"b", "spam:c"],
                world,
                goal: GoalSpec::default(),
            };
            let spec: ExperimentSpec = toml::from_str(&text(&reads)).unwrap();
            let least: ExperimentSpec =
                toml::from_str("corpus = [\"ham:a\\\"b\", \"spam:c\"]").unwrap();
            assert_eq!(spec.corpus, least.corpus);
            assert_eq!(spec.world, world.map(Into::into));
            assert_eq!(spec.trainer, least.trainer);
            assert_eq!(spec.split, least.split);
            assert_eq!(spec.goal, least.goal);
            assert_eq!(spec.out, least.out);
        }
    }
}
