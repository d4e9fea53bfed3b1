//! What the page shows, as plain data.
//!
//! Numbers that occur often are packed: a list of stretches is `[first, value, …, first,
//! value, …]`, and what is told of every case stands in one list per column.

use serde::Serialize;

/// The whole page: one run, or two to compare.
#[derive(Debug, Clone, Serialize)]
pub struct Page {
    /// The command that made the page.
    pub command: String,
    /// The runs.
    pub runs: Vec<Run>,
}

/// One run folder.
#[derive(Debug, Clone, Serialize)]
pub struct Run {
    /// Name of the folder.
    pub name: String,
    /// Where it comes from.
    pub facts: Facts,
    /// Good messages and spam.
    pub units: [u64; 2],
    /// Agent names; orders index them.
    pub agents: Vec<String>,
    /// Agent and reason; fates index them.
    pub causes: Vec<[String; 2]>,
    /// The threshold settings.
    pub axes: Axes,
    /// Per SCL from -1 to 9, where a message of that level ends in a mailbox without
    /// settings of its own: stretches of `first setting, tier`.
    pub levels: Vec<Vec<u32>>,
    /// The starting policy.
    pub start: Setting,
    /// The best policy by the goal of the run.
    pub best: Setting,
    /// Verdict on the best policy, where the run has one.
    pub verdict: Option<String>,
    /// Agent orders to choose from.
    pub choices: Vec<Choice>,
    /// Outcome-distinct orders of the sweep; the choices may tell fewer.
    pub outcomes: u64,
    /// Order classes of the sweep.
    pub order_classes: u64,
    /// Where cases end.
    pub fates: Vec<Fate>,
    /// Fates per outcome.
    pub journeys: Journeys,
    /// The cases.
    pub cases: Cases,
    /// Definitions of the content filter in the order in which they came into use.
    pub updates: Vec<Update>,
    /// Errors of the raw score; empty where nobody was scored.
    pub curve: Curve,
    /// Per acting tier (junk, quarantine, reject, delete) the policies that no other beats.
    pub frontier: [Vec<FrontierPoint>; 4],
    /// Pieces of scripts.
    pub scripts: Scripts,
}

/// What made a run, and on what.
#[derive(Debug, Clone, Serialize)]
pub struct Facts {
    /// Name of the corpus.
    pub corpus: String,
    /// What scored the messages.
    pub filter: String,
    /// First and last day of the mail.
    pub dates: [String; 2],
    /// The command.
    pub command: String,
    /// Version of the program.
    pub version: String,
    /// The seed.
    pub seed: u64,
    /// Files it read.
    pub inputs: Vec<Input>,
    /// Messages read.
    pub read: u64,
    /// Why messages were skipped, with how many.
    pub skipped: Vec<(String, u64)>,
}

/// Definitions that came into use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Update {
    /// When, seconds from 1970.
    pub at: i64,
    /// Their version.
    pub version: String,
}

/// One input of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Input {
    /// Its role.
    pub role: String,
    /// Its name.
    pub name: String,
    /// Its digest.
    pub sha256: String,
}

/// The values of each threshold, mildest change first as in the settings' numbers: a
/// setting is `((delete × |reject| + reject) × |quarantine| + quarantine) × |junk| + junk`
/// of the positions in these lists. `None` is off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Axes {
    /// Delete.
    pub delete: Vec<Option<u8>>,
    /// Reject.
    pub reject: Vec<Option<u8>>,
    /// Quarantine.
    pub quarantine: Vec<Option<u8>>,
    /// Junk.
    pub junk: Vec<Option<u8>>,
}

/// One policy: a choice of order and the thresholds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// Position among the choices.
    pub choice: usize,
    /// Delete, reject, quarantine, junk.
    pub thresholds: [Option<u8>; 4],
}

/// One agent order to choose.
#[derive(Debug, Clone, Serialize)]
pub struct Choice {
    /// Position of its outcome in the journeys.
    pub outcome: usize,
    /// Agents by priority.
    pub order: Vec<u8>,
    /// The priority changes that lead to it from the default order.
    pub moves: Vec<PriorityChange>,
    /// Order classes with this outcome.
    pub shared: u32,
    /// Messages the content filter scored.
    pub scans: u64,
    /// DNS questions.
    pub questions: u64,
    /// Per pair of neighbours by priority, the choice that swapping them leads to; -1 where
    /// it is not told.
    pub swaps: Vec<i64>,
}

/// One priority change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PriorityChange {
    /// Agent name.
    pub agent: String,
    /// New priority, from 1.
    pub priority: usize,
}

/// Where a case ends as a function of the thresholds.
#[derive(Debug, Clone, Serialize)]
pub struct Fate {
    /// The SCL that thresholds are held against.
    pub scl: Option<i8>,
    /// Stretches of `first setting, tier, cause`.
    pub runs: Vec<u32>,
}

/// Fates per outcome.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Journeys {
    /// Per journey stretches of `first outcome, fate`.
    pub stretches: Vec<Vec<u32>>,
}

/// The cases in order of time, a list per column.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Cases {
    /// First digits of each digest.
    pub ids: Vec<String>,
    /// 0 good, 1 spam.
    pub labels: Vec<u8>,
    /// Seconds from the case before, the first from 1970.
    pub times: Vec<i64>,
    /// Subjects; shorter than the other lists where subjects are left out.
    pub subjects: Vec<String>,
    /// Journeys.
    pub journeys: Vec<u32>,
}

/// Errors of the raw score at every cut.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Curve {
    /// Good messages and spam that were scored.
    pub scored: [u64; 2],
    /// Good messages stopped and spam let through at each cut.
    pub points: Vec<[u64; 2]>,
    /// Share of good-spam pairs that the score has in the wrong order.
    pub one_minus_roca: Option<f64>,
}

/// A policy that no other beats.
#[derive(Debug, Clone, Serialize)]
pub struct FrontierPoint {
    /// Good messages hurt, spam let through.
    pub errors: [u64; 2],
    /// The policy; none where its order is not among the choices.
    pub setting: Option<Setting>,
    /// Policies with these numbers.
    pub policies: u64,
}

/// Pieces that the page puts scripts together from.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Scripts {
    /// Opening lines of the script for Edge servers, before the line that names the setting.
    pub edge_opening: Vec<String>,
    /// Opening lines of the script for the organization.
    pub organization_opening: Vec<String>,
    /// Per choice, the priority changes.
    pub moves: Vec<Vec<String>>,
    /// Per choice, the way back, not yet as comments.
    pub moves_back: Vec<Vec<String>>,
    /// Per setting with junk left out, the cmdlets; several joined by line feeds.
    pub edge: Vec<String>,
    /// The way back.
    pub edge_back: Vec<String>,
    /// Per value of junk, the cmdlets.
    pub organization: Vec<String>,
    /// The way back.
    pub organization_back: Vec<String>,
    /// Per value of quarantine, whether a mailbox is missing.
    pub lacks_mailbox: Vec<bool>,
    /// Stands where the mailbox is missing.
    pub mailbox: String,
    /// Stands in a script that changes nothing.
    pub nothing: String,
    /// Stands above the way back.
    pub rollback: String,
    /// Makes priorities take effect.
    pub restart: String,
    /// Stands in its place where no agent changed.
    pub no_restart: String,
}
