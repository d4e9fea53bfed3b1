//! The JSON objects of a run: `run.json` and what `--json` prints.

use std::fs;
use std::path::Path;

use mail::{JunkComparison, Provenance, Thresholds, Timestamp};
use serde::{Deserialize, Serialize};
use sweep::{Move, SweepResult};

use crate::files::{SCHEMA_VERSION, write_atomic};
use crate::{
    Basis, BudgetCheck, Choice, Counts, DriftRow, Error, Goal, MenuEntry, Needed,
    Reading, ServerRow, Stability, Summary, Survival, TierRow, Unit, Verdict,
    Verification, thresholds_notes, tier_rows,
};

/// What made a run folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunKind {
    /// One policy over a corpus.
    Replay,
    /// A space of policies.
    Sweep,
    /// A choice from a sweep.
    Recommend,
    /// The whole chain.
    Run,
}

/// What the numbers and charts of a run were made with, besides its inputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunContext {
    /// Name of the corpus.
    pub corpus: String,
    /// Name of the filter.
    pub filter: String,
    /// Time of the first and the last case.
    pub span: Option<(Timestamp, Timestamp)>,
    /// Agent names by priority of the starting policy.
    pub order: Vec<String>,
    /// Thresholds of the starting policy.
    pub thresholds: Thresholds,
    /// How the store compares.
    pub comparison: JunkComparison,
    /// For a sweep: the order class of the starting policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_class: Option<u32>,
    /// For a sweep: what its best policy was chosen by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<Goal>,
}

/// Definitions of the content filter that came into use at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateMark {
    /// When they came into use: installed where there is a cadence, else released.
    pub at: Timestamp,
    /// Their version, such as `6.5.7757.0`.
    pub version: String,
}

/// `run.json`: where the files beside it come from, and the main numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunFile {
    /// Version of the run folder's files.
    pub schema: u32,
    /// What made it.
    pub kind: RunKind,
    /// Command, program version, seed, digests of the inputs.
    pub provenance: Provenance,
    /// What is counted.
    pub unit: Unit,
    /// What was read, what was skipped and why, and what the base policy did.
    pub summary: Summary,
    /// What it was made with; recommendations have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<RunContext>,
    /// For a sweep: what it covered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sweep: Option<SweepSummary>,
    /// For a recommendation: what it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recommendation: Option<Recommendation>,
    /// For a topology: what each server did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub servers: Vec<ServerRow>,
    /// For a topology: the settings in which parallel servers differ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drift: Vec<DriftRow>,
    /// The definitions that scored the mail, in order of time; none where they never changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub updates: Vec<UpdateMark>,
}

impl RunFile {
    /// Name in the run folder.
    pub const NAME: &'static str = "run.json";

    /// A run file of this version.
    pub fn new(kind: RunKind, provenance: Provenance, summary: Summary) -> Self {
        let unit = summary.unit;
        let schema = SCHEMA_VERSION;
        Self {
            schema,
            kind,
            provenance,
            unit,
            summary,
            context: None,
            sweep: None,
            recommendation: None,
            servers: Vec::new(),
            drift: Vec::new(),
            updates: Vec::new(),
        }
    }

    /// Writes `run.json` into the folder. Write it last: its presence marks a finished run.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] or [`Error::Json`].
    pub fn write(&self, folder: &Path) -> Result<(), Error> {
        let path = folder.join(Self::NAME);
        let mut text = serde_json::to_string_pretty(self)
            .map_err(|source| Error::Json { path, source })?;
        text.push('\n');
        write_atomic(folder, Self::NAME, text.as_bytes())
    }

    /// Reads `run.json` of the folder.
    ///
    /// # Errors
    ///
    /// [`Error::Io`], [`Error::Json`] or [`Error::Version`].
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(Self::NAME);
        let text = fs::read_to_string(&path).map_err(|source| Error::Io {
            verb: "read",
            path: path.clone(),
            source,
        })?;
        #[derive(Deserialize)]
        struct Version {
            schema: u32,
        }
        let json = |source| Error::Json { path: path.clone(), source };
        let Version { schema } = serde_json::from_str(&text).map_err(json)?;
        if schema != SCHEMA_VERSION {
            let (found, expected) = (schema.to_string(), SCHEMA_VERSION);
            return Err(Error::Version { path, found, expected });
        }
        serde_json::from_str(&text).map_err(json)
    }
}

/// One policy of a sweep with what it did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BestPolicy {
    /// Agent names by priority.
    pub order: Vec<String>,
    /// The priority changes from the default order.
    pub moves: Vec<MoveRow>,
    /// The thresholds.
    pub thresholds: Thresholds,
    /// What it did.
    pub summary: Summary,
}

/// One priority change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoveRow {
    /// Agent name.
    pub agent: String,
    /// New priority, from 1.
    pub priority: usize,
}

impl From<&Move> for MoveRow {
    fn from(change: &Move) -> Self {
        Self { agent: change.agent.clone(), priority: change.priority }
    }
}

/// The object that `sweep --json` prints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SweepSummary {
    /// Cases replayed.
    pub cases: u64,
    /// Order classes.
    pub order_classes: u64,
    /// Threshold settings.
    pub threshold_settings: u64,
    /// Order classes × threshold settings.
    pub policies: u64,
    /// Groups of order classes that no case and no setting tells apart.
    pub outcome_distinct_orders: u64,
    /// Tallies that occur.
    pub distinct_tallies: u64,
    /// Wall-clock seconds; 0 in files, which must not depend on the clock.
    pub seconds: f64,
    /// The best policy by the goal in use.
    pub best: BestPolicy,
}

impl SweepSummary {
    /// Sums up a sweep; `best` comes from [`crate::choose`].
    ///
    /// # Errors
    ///
    /// What [`Summary::new`] finds.
    pub fn new(
        sweep: &SweepResult,
        best: &Choice,
        reading: &Reading,
        unit: Unit,
        seconds: f64,
    ) -> Result<Self, Error> {
        let counts = Counts {
            reading,
            unit,
            tally: &best.tally,
            causes: &sweep.causes,
            cost: best.cost,
        };
        Ok(Self {
            cases: reading.cases,
            order_classes: sweep.orders.len() as u64,
            threshold_settings: sweep.settings.len() as u64,
            policies: sweep.policies(),
            outcome_distinct_orders: sweep.outcomes.len() as u64,
            distinct_tallies: sweep.tallies.len() as u64,
            seconds,
            best: BestPolicy {
                order: best.order.clone(),
                moves: best.moves.iter().map(MoveRow::from).collect(),
                thresholds: best.thresholds,
                summary: Summary::new(counts)?,
            },
        })
    }
}

/// The object that `recommend --json` prints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recommendation {
    /// How sure.
    pub verdict: Verdict,
    /// Agent names by priority.
    pub order: Vec<String>,
    /// The priority changes from the default order.
    pub moves: Vec<MoveRow>,
    /// The thresholds; null is off.
    pub thresholds: Thresholds,
    /// On what ground it was chosen.
    pub basis: Basis,
    /// Tiers on the tune mail.
    pub tune: Vec<TierRow>,
    /// Tiers on the hold-out mail; empty without one.
    pub holdout: Vec<TierRow>,
    /// Budgets on the tune mail.
    pub tune_budgets: Vec<BudgetCheck>,
    /// Budgets on the hold-out mail.
    pub holdout_budgets: Vec<BudgetCheck>,
    /// Further hold-out messages that would prove it; null where none would.
    pub needed: Needed,
    /// How many labels of the hold-out mail may be wrong, whichever, with the verdict no
    /// worse; null where it is the worst already or there is no hold-out.
    #[serde(default)]
    pub survives_wrong_labels: Option<u64>,
    /// The same by the kind of wrong label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrong_labels: Option<Survival>,
    /// Neighbouring settings (each threshold one up or down, eight at most) that do exactly
    /// the same to the tune mail.
    #[serde(default)]
    pub plateau: usize,
    /// How often it would be chosen again; null where that was not looked at.
    #[serde(default)]
    pub stability: Option<Stability>,
    /// Other choices of the same kind; see [`crate::menu`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub menu: Vec<MenuEntry>,
    /// What is odd about the thresholds.
    pub notes: Vec<String>,
    /// Why this policy, and why this verdict.
    pub why: Vec<String>,
}

impl Recommendation {
    /// Puts a choice and its verification together.
    pub fn new(
        choice: &Choice,
        verification: &Verification,
        holdout: Option<&sweep::Tally>,
    ) -> Self {
        let notes = thresholds_notes(&choice.thresholds);
        Self {
            verdict: verification.verdict,
            order: choice.order.clone(),
            moves: choice.moves.iter().map(MoveRow::from).collect(),
            thresholds: choice.thresholds,
            basis: choice.basis,
            tune: tier_rows(&choice.tally),
            holdout: holdout.map_or_else(Vec::new, tier_rows),
            tune_budgets: choice.budgets.clone(),
            holdout_budgets: verification.budgets.clone(),
            needed: verification.needed,
            survives_wrong_labels: verification
                .survives_wrong_labels
                .map(|survival| survival.any),
            wrong_labels: verification.survives_wrong_labels,
            plateau: choice.plateau,
            stability: None,
            menu: Vec::new(),
            notes: notes.iter().map(ToString::to_string).collect(),
            why: choice.why.iter().chain(&verification.why).cloned().collect(),
        }
    }
}
