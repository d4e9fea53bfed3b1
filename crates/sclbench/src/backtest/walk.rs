//! One step after the other: learn, choose, apply.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use agents::PolicySpec;
use analysis::{
    Basis, Choice, Exact, Feedback, Goal, Known, MoveRow, Past, Promise, Regime, choose,
    promises,
};
use anyhow::{Context as _, Result};
use corpus::PackedCase;
use filter::Trainer;
use mail::{CaseId, Label, Provenance, Thresholds, Tier, Timestamp, World};
use pipeline::PriorityOrder;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use sweep::{Keep, Replay, Unit};

use crate::chain;
use crate::commands::Context;
use crate::exit::CannotJudge;
use crate::input::Input;
use crate::observe::{Lens, Observed};
use crate::settings::Scores;
use crate::training::{Mode, train};

/// Where scores come from.
pub(crate) enum Learning {
    /// A filter trained anew at each step.
    Trained(Trainer),
    /// Ratings recorded in the mail.
    Recorded(Scores),
}

/// What is tested on what.
pub(crate) struct Walk<'a> {
    /// The mail, in order of time.
    pub(crate) cases: &'a [PackedCase],
    /// The periods.
    pub(crate) periods: &'a [Range<usize>],
    /// Where scores come from.
    pub(crate) learning: Learning,
    /// Share of the known past, its newest part, that is tuned on; the rest trains.
    pub(crate) tune_share: f64,
    /// Most messages of the known past that are used, the newest of them.
    pub(crate) window: Option<usize>,
    /// The starting policy.
    pub(crate) policy: &'a PolicySpec,
    /// The recorded world.
    pub(crate) world: &'a World,
    /// What is wanted.
    pub(crate) goal: &'a Goal,
    /// All orders, or the policy's own.
    pub(crate) all_orders: bool,
    /// What made it.
    pub(crate) provenance: Provenance,
}

/// One period: what was known before it, what was chosen, what came of it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Step {
    /// Number of the period, from 1.
    pub(crate) period: usize,
    /// Time of its first message.
    pub(crate) from: Timestamp,
    /// Time of its last message.
    pub(crate) until: Timestamp,
    /// Its messages, by true label.
    pub(crate) messages: Exact,
    /// Its messages that could not be replayed.
    pub(crate) skipped: u64,
    /// Messages before it.
    pub(crate) past: u64,
    /// Those of them with a label that somebody told.
    pub(crate) told: u64,
    /// Those with an assumed label.
    pub(crate) assumed: u64,
    /// Assumed labels that are wrong.
    pub(crate) wrong: u64,
    /// Mail that the filter learnt from, by the labels known; 0 with recorded ratings.
    pub(crate) trained: Exact,
    /// Mail that the policy was chosen on, by the labels known.
    pub(crate) tuned: Exact,
    /// On what ground it was chosen.
    pub(crate) basis: Basis,
    /// Priority changes.
    pub(crate) moves: Vec<MoveRow>,
    /// Thresholds.
    pub(crate) thresholds: Thresholds,
    /// What was promised and delivered.
    pub(crate) promises: Vec<Promise>,
}

/// What became of a message, where it has come.
#[derive(Debug, Clone, Copy)]
enum Came {
    Initial,
    Ended(Tier),
    /// It could not be replayed: nobody has seen it.
    Lost,
}

impl Walk<'_> {
    /// All steps under one feedback regime.
    ///
    /// # Errors
    ///
    /// Too little mail is known to train or to choose by, or a setting cannot be used.
    pub(crate) fn under(
        &self,
        regime: Regime,
        context: &Context<'_>,
    ) -> Result<Vec<Step>> {
        let first = self.periods.first().map_or(0, |period| period.start);
        let mut came = vec![Came::Initial; first];
        let mut steps = Vec::new();
        for (number, period) in self.periods.iter().enumerate() {
            let step = self.step(number + 1, period, &regime, &mut came, context);
            let step = step.with_context(|| {
                format!("period {} under {} feedback", number + 1, regime.feedback.name())
            })?;
            steps.push(step);
        }
        Ok(steps)
    }

    fn step(
        &self,
        number: usize,
        period: &Range<usize>,
        regime: &Regime,
        came: &mut Vec<Came>,
        context: &Context<'_>,
    ) -> Result<Step> {
        let now = self.cases[period.start].time;
        let mut known: Vec<(usize, Known)> = came
            .iter()
            .enumerate()
            .filter_map(|(at, came)| {
                let past = self.past(at, *came, context.global.seed())?;
                Some((at, regime.known(&past, now)?))
            })
            .collect();
        if let Some(window) = self.window {
            known.drain(..known.len().saturating_sub(window));
        }
        let (learnt, tuned) = self.divide(&known, regime);
        let fresh;
        let scores = match &self.learning {
            Learning::Recorded(scores) => scores,
            Learning::Trained(trainer) => {
                fresh = self.train(*trainer, &learnt, context)?;
                &fresh
            }
        };
        both(&tuned, "to choose by")?;
        let lens = |keep| Lens {
            policy: self.policy,
            scores,
            world: self.world,
            keep,
            allow_overlap: false,
            threads: &context.threads,
            output: context.output,
        };
        let past = lens(Keep::Counts).observe(Input::of_cases("the past", tuned))?;
        let choice = self.choose(&past, context)?;
        let mail = self.cases[period.clone()].to_vec();
        let observed = lens(Keep::Trace).observe(Input::of_cases("the period", mail))?;
        let delivered = apply(&choice, &observed)?;
        let ended = ends(&delivered);
        let told = |known: &Known| matches!(known, Known::Told(_));
        let assumed = known.iter().filter(|(_, known)| !told(known));
        let wrong =
            assumed.clone().filter(|(at, k)| k.label() != self.cases[*at].label).count();
        let step = Step {
            period: number,
            from: now,
            until: self.cases[period.end - 1].time,
            messages: exact(self.cases[period.clone()].iter().map(|case| case.label)),
            skipped: (period.len() - observed.docket.cases().len()) as u64,
            past: came.len() as u64,
            told: known.iter().filter(|(_, known)| told(known)).count() as u64,
            assumed: assumed.count() as u64,
            wrong: wrong as u64,
            trained: match &self.learning {
                Learning::Trained(_) => exact(learnt.iter().map(|case| case.label)),
                Learning::Recorded(_) => Exact::default(),
            },
            tuned: exact(past.docket.cases().iter().map(|case| case.label)),
            basis: choice.basis,
            moves: choice.moves.iter().map(MoveRow::from).collect(),
            thresholds: choice.thresholds,
            promises: promises(&choice.tally, &delivered.tally, self.goal),
        };
        came.extend(self.cases[period.clone()].iter().map(|case| {
            ended.get(&case.id).map_or(Came::Lost, |tier| Came::Ended(*tier))
        }));
        Ok(step)
    }

    /// A message of the past as feedback sees it; `None` where nobody has seen it.
    fn past(&self, at: usize, came: Came, seed: u64) -> Option<Past> {
        let case = &self.cases[at];
        let ended = match came {
            Came::Initial => None,
            Came::Ended(tier) => Some(tier),
            Came::Lost => return None,
        };
        Some(Past {
            time: case.time,
            label: case.label,
            reporter: reporter(case, seed),
            ended,
        })
    }

    /// Mail to learn from and mail to choose by, with the labels known: the newest share of
    /// the known past is chosen by, the older rest is learnt. With recorded ratings there is
    /// nothing to learn, and all is chosen by. Under on-error feedback only what was told is
    /// learnt ("train only errors").
    fn divide(
        &self,
        known: &[(usize, Known)],
        regime: &Regime,
    ) -> (Vec<PackedCase>, Vec<PackedCase>) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a share of a number of messages, which is far below 2^52"
        )]
        let newest = match self.learning {
            Learning::Recorded(_) => known.len(),
            Learning::Trained(_) => {
                ((known.len() as f64) * self.tune_share).round() as usize
            }
        };
        let (older, newer) = known.split_at(known.len() - newest.min(known.len()));
        let case = |(at, known): &(usize, Known)| PackedCase {
            label: known.label(),
            ..self.cases[*at].clone()
        };
        let learns = |known: &Known| match known {
            Known::Told(_) => true,
            Known::Assumed(_) => regime.feedback != Feedback::OnError,
        };
        let learnt = older.iter().filter(|(_, known)| learns(known)).map(case).collect();
        (learnt, newer.iter().map(case).collect())
    }

    /// A filter trained on what is known.
    fn train(
        &self,
        trainer: Trainer,
        learnt: &[PackedCase],
        context: &Context<'_>,
    ) -> Result<Scores> {
        both(learnt, "to learn from")?;
        let provenance = self.provenance.clone();
        let (threads, output) = (&context.threads, context.output);
        let trained = train(learnt, trainer, Mode::Fit, provenance, threads, output)?;
        let model = trained.model.context("training in mode `fit` gives a model")?;
        Ok(Scores::Model(Arc::new(model)))
    }

    fn choose(&self, past: &Observed, context: &Context<'_>) -> Result<Choice> {
        let space = chain::space(past, self.all_orders);
        let Observed { docket, enabled, comparison, .. } = past;
        let result =
            docket.sweep(&space, enabled, *comparison, Unit::Case, &context.threads);
        Ok(choose(&result, self.goal)?)
    }
}

/// The period under the chosen policy.
fn apply(choice: &Choice, observed: &Observed) -> Result<Replay> {
    let Observed { docket, enabled, comparison, .. } = observed;
    let roster = docket.engine().roster();
    let agents = choice.order.iter().filter_map(|name| roster.find(name)).collect();
    let order = PriorityOrder::new(&roster, agents)?;
    Ok(docket.replay(&order, enabled, &choice.thresholds, *comparison, Unit::Case))
}

/// The harshest tier of each message.
fn ends(replay: &Replay) -> BTreeMap<CaseId, Tier> {
    let mut ends: BTreeMap<CaseId, Tier> = BTreeMap::new();
    for row in &replay.rows {
        let tier = ends.entry(row.case).or_insert(row.tier);
        *tier = row.tier.max(*tier);
    }
    ends
}

/// Where the first of a message's recipients stands between 0 and 1; a message without known
/// recipients stands for itself.
fn reporter(case: &PackedCase, seed: u64) -> f64 {
    let stand = |name: &[u8]| {
        let mut hash = Sha256::new();
        hash.update(b"sclbench reporter");
        hash.update(seed.to_le_bytes());
        hash.update(name);
        let bytes: [u8; 32] = hash.finalize().into();
        let [a, b, c, d, ..] = bytes;
        f64::from(u32::from_le_bytes([a, b, c, d])) / 4_294_967_296.0
    };
    let recipients = case.session.rcpt_to.get().into_iter().flatten();
    recipients
        .map(|recipient| stand(recipient.to_ascii_lowercase().as_bytes()))
        .min_by(f64::total_cmp)
        .unwrap_or_else(|| stand(&case.id.0))
}

fn exact(labels: impl Iterator<Item = Label>) -> Exact {
    let mut counts = [0; 2];
    for label in labels {
        counts[label.index()] += 1;
    }
    let [ham, spam] = counts;
    Exact { ham, spam }
}

/// An error where one label is missing.
fn both(cases: &[PackedCase], what: &str) -> Result<()> {
    for label in Label::ALL {
        if !cases.iter().any(|case| case.label == label) {
            let text = format!(
                "the labels known by then leave no {label} {what}; use more mail, a larger \
                 --initial, or fewer periods"
            );
            return Err(CannotJudge(text).into());
        }
    }
    Ok(())
}
