//! From cases to a docket: what every replay and sweep starts with.

use std::collections::BTreeMap;

use agents::PolicySpec;
use analysis::{CaseTable, Reading};
use anyhow::{Result, bail};
use corpus::{PackedCase, Parser, Skipped};
use mail::{JunkComparison, Thresholds, Timestamp, World};
use pipeline::PriorityOrder;
use sweep::{Docket, DocketBuilder, Guests, Keep, Threads};

use crate::facts::Facts;
use crate::input::Input;
use crate::output::Output;
use crate::progress::Progress;
use crate::settings::{self, Scores};

/// Why a message is skipped that came before there was anything to score it with.
pub(crate) const TOO_EARLY: &str = "before the first definitions";

/// Observed cases with the policy they were observed under.
pub(crate) struct Observed {
    /// The cases.
    pub(crate) docket: Docket,
    /// What was read and skipped.
    pub(crate) reading: Reading,
    /// The policy's order.
    pub(crate) order: PriorityOrder,
    /// Which agents run.
    pub(crate) enabled: Vec<bool>,
    /// The policy's thresholds.
    pub(crate) thresholds: Thresholds,
    /// How the store compares.
    pub(crate) comparison: JunkComparison,
    /// Cases that the model was trained on; not 0 only where that was allowed.
    pub(crate) overlap: usize,
    /// What is known of the cases besides; no facts where only counts are kept.
    pub(crate) cases: CaseTable,
}

impl Observed {
    /// Time of the first and the last case.
    pub(crate) fn span(&self) -> Option<(Timestamp, Timestamp)> {
        let cases = self.docket.cases();
        cases.first().zip(cases.last()).map(|(first, last)| (first.time, last.time))
    }
}

/// What to observe with.
pub(crate) struct Lens<'a> {
    /// Settings of the agents.
    pub(crate) policy: &'a PolicySpec,
    /// Scores for the content filter.
    pub(crate) scores: &'a Scores,
    /// Answers to outside questions.
    pub(crate) world: &'a World,
    /// What to keep of each case.
    pub(crate) keep: Keep,
    /// Replay mail that the model was trained on.
    pub(crate) allow_overlap: bool,
    /// Worker threads.
    pub(crate) threads: &'a Threads,
    /// Where progress goes.
    pub(crate) output: &'a Output,
}

impl Lens<'_> {
    /// Reads and observes every case of the input.
    ///
    /// # Errors
    ///
    /// The input cannot be read or has no case, a setting cannot be used, or the mail
    /// overlaps with the model's training mail.
    pub(crate) fn observe(&self, input: Input) -> Result<Observed> {
        self.observe_after(input, Guests::default())
    }

    /// As [`Lens::observe`], where the clients of an earlier docket keep their numbers.
    ///
    /// # Errors
    ///
    /// As [`Lens::observe`].
    pub(crate) fn observe_after(&self, input: Input, guests: Guests) -> Result<Observed> {
        let policy = settings::resolve(self.policy, self.scores.source())?;
        let (order, enabled) = (policy.order, policy.enabled);
        let progress = Progress::new(self.output, "observing", input.cases());
        let mut builder =
            DocketBuilder::new(policy.engine, self.world, &Parser, self.keep)
                .with_guests(guests);
        input.warn(self.output);
        let mut reading = input.reading();
        let mut skipped: BTreeMap<String, u64> = BTreeMap::new();
        let name = input.name().to_owned();
        let sources = input.sources().to_vec();
        let mut facts = Facts::default();
        let mut early = 0;
        let batches = input.batches().map(|batch| {
            let mut batch = batch?;
            if let Some(begins) = self.scores.begins() {
                let before = batch.len();
                batch.retain(|case| case.time >= begins);
                early += (before - batch.len()) as u64;
            }
            if self.keep == Keep::Trace {
                facts.extend(batch.iter());
            }
            anyhow::Ok(batch)
        });
        builder.add_all(
            self.threads,
            batches,
            PackedCase::parse,
            |length, reasons| {
                progress.add(length);
                for Skipped { reason, .. } in reasons {
                    *skipped.entry(reason.to_string()).or_default() += 1;
                }
            },
        )?;
        if early > 0 {
            *skipped.entry(TOO_EARLY.to_owned()).or_default() += early;
        }
        let docket = builder.finish();
        if docket.cases().is_empty() {
            bail!(
                "`{name}` holds no message that can be replayed; check the path and format"
            );
        }
        for (reason, count) in skipped {
            *reading.skipped_reasons.entry(reason).or_default() += count;
        }
        reading.cases = docket.cases().len() as u64;
        let overlap =
            self.scores.overlap(docket.cases().iter().map(|case| (case.id, case.time)));
        if overlap > 0 && !self.allow_overlap {
            bail!(
                "{overlap} of {} messages of `{name}` were in the model's training mail; \
                 use other mail, or --allow-overlap to replay them all the same",
                docket.cases().len()
            );
        }
        if overlap > 0 {
            let text = format!("{overlap} messages were in the model's training mail");
            self.output.warn(&text);
        }
        Ok(Observed {
            docket,
            reading,
            order,
            enabled,
            thresholds: policy.thresholds,
            comparison: policy.junk_comparison,
            overlap,
            cases: CaseTable {
                facts: facts.finish(),
                sources,
                thresholds: policy.thresholds,
                junk_comparison: policy.junk_comparison,
            },
        })
    }
}
