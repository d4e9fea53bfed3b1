//! What the gate found: the object that `check --json` prints.

use mail::{Label, Tier};
use serde::Serialize;

use super::baseline::Key;
use crate::Rate;

/// The answer. The exit code is derived from it and from nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GateVerdict {
    /// No loss that is both large and regular.
    Pass,
    /// At least one, or a message of the never-regress list.
    Regression,
    /// Too little mail, or a message of the never-regress list is not there.
    CannotJudge,
}

impl GateVerdict {
    /// `pass`, `regression` or `cannot-judge`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Regression => "regression",
            Self::CannotJudge => "cannot-judge",
        }
    }

    /// Exit code of the command: 0, 1 or 3; 2 is bad input and never gets here.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Pass => 0,
            Self::Regression => 1,
            Self::CannotJudge => 3,
        }
    }
}

/// How the two sets of endings were compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum GateComparison {
    /// Message by message: the corpus is the baseline's.
    Paired,
    /// As two samples: the corpus has changed.
    Unpaired,
}

/// Which way the errors of one label at one tier went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Movement {
    /// The label is missing, now or in the baseline.
    #[serde(rename = "cannot-judge")]
    Unjudged,
    /// No net change.
    Unchanged,
    /// More errors, too few or too irregular to fail.
    Worse,
    /// More errors than allowed and than chance explains.
    Regression,
    /// Fewer errors.
    Better,
    /// Fewer errors than chance explains.
    Improvement,
}

/// Errors of one label at one tier, before and now: good mail that ended there or harsher,
/// spam that ended milder.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct GateTier {
    /// Label.
    pub label: Label,
    /// Tier.
    pub tier: Tier,
    /// In the baseline.
    pub before: Rate,
    /// Now.
    pub now: Rate,
    /// Messages that became errors; `null` unless paired.
    pub worse: Option<u64>,
    /// Messages that ceased to be errors; `null` unless paired.
    pub better: Option<u64>,
    /// Net loss as a share of the label.
    pub loss: f64,
    /// Loss that passes whatever the evidence.
    pub allowed: f64,
    /// One-sided exact p-value of the loss; 1 where nothing is left to lose.
    pub p_value: f64,
    /// The same with the campaign as what is independent; `null` unless paired.
    pub p_campaign: Option<f64>,
    /// The larger of both, adjusted by Holm over all comparisons.
    pub p_holm: f64,
    /// Which way it went.
    pub movement: Movement,
}

/// The smallest net loss that would have failed the gate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DetectableLoss {
    /// Label.
    pub label: Label,
    /// Tier.
    pub tier: Tier,
    /// Messages; `null` where even the loss of everything would pass.
    pub messages: Option<u64>,
    /// Messages of the label.
    pub of: u64,
    /// Messages whose loss is possible: those that are no errors in the baseline.
    pub to_lose: u64,
}

impl DetectableLoss {
    /// The loss as a share of the label.
    pub fn share(&self) -> Option<f64> {
        self.messages.map(|messages| Rate::new(messages.min(self.of), self.of).rate)
    }
}

/// A message of the never-regress list that ended worse than it may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Broken {
    /// The message.
    #[serde(flatten)]
    pub key: Key,
    /// The worst it may end at.
    pub limit: Tier,
    /// Where it ended.
    pub now: Tier,
    /// Agent that decided.
    pub agent: String,
    /// Its reason.
    pub reason: String,
}

/// A message that ended at another tier than in the baseline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GateFlip {
    /// The message.
    #[serde(flatten)]
    pub key: Key,
    /// Whole digest, to look the message up by.
    pub message: String,
    /// Digest that names its campaign.
    pub campaign: String,
    /// Tier in the baseline.
    pub from: Tier,
    /// Tier now.
    pub to: Tier,
    /// Whether that is worse for its label.
    pub worse: bool,
    /// Agent that decided now.
    pub agent: String,
    /// Its reason.
    pub reason: String,
}

/// An input whose digest is not the baseline's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// `corpus`, `policy`, `model`, `world` or `version`.
    pub what: &'static str,
    /// In the baseline.
    pub before: String,
    /// Now.
    pub now: String,
}

/// Everything the gate says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GateReport {
    /// The answer.
    pub verdict: GateVerdict,
    /// Exit code: the verdict's.
    pub exit_code: u8,
    /// Why, in plain words.
    pub why: Vec<String>,
    /// How it was compared.
    pub comparison: GateComparison,
    /// Good messages now.
    pub ham: u64,
    /// Spam messages now.
    pub spam: u64,
    /// Every label at every acting tier.
    pub tiers: Vec<GateTier>,
    /// The smallest loss that each comparison could have seen.
    pub detectable_loss: Vec<DetectableLoss>,
    /// Never-regress messages that ended worse than they may.
    pub broken: Vec<Broken>,
    /// Never-regress messages that the corpus does not hold.
    pub missing: Vec<Key>,
    /// Messages that changed tier, worst first.
    pub flips: Vec<GateFlip>,
    /// Inputs that are not the baseline's.
    pub changed: Vec<Changed>,
    /// What to look at before trusting the answer.
    pub warnings: Vec<String>,
}
