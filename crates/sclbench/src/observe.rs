//! From cases to a docket: what every replay and sweep starts with.

use agents::PolicySpec;
use analysis::{CaseTable, Reading, UpdateMark};
use anyhow::Result;
use corpus::{PackedCase, Parser};
use mail::{Edition, JunkComparison, Thresholds, Timestamp, World};
use pipeline::PriorityOrder;
use sweep::{Docket, DocketBuilder, Guests, Keep, Threads};

use crate::input::Input;
use crate::intake::Intake;
use crate::output::Output;
use crate::settings::{self, Scores};

/// Observed cases with the policy they were observed under.
pub(crate) struct Observed {
    /// The policy's edition.
    pub(crate) edition: Edition,
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
    /// The definitions that scored the cases, where they changed in time.
    pub(crate) updates: Vec<UpdateMark>,
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
        let mut builder =
            DocketBuilder::new(policy.engine, self.world, &Parser, self.keep)
                .with_guests(guests);
        let mut intake = Intake::new(&input, self.scores, self.keep, self.output);
        let Intake { sieve, meter, .. } = &mut intake;
        builder.add_all(
            self.threads,
            input.batches().map(|batch| sieve.batch(batch)),
            PackedCase::parse,
            |length, reasons| meter.done(length, reasons),
        )?;
        let docket = builder.finish();
        let messages = docket.cases().iter().map(|case| (case.id, case.time)).collect();
        let taken = intake.finish(messages, self.allow_overlap, self.output)?;
        let last = docket.cases().last().map_or(Timestamp::MIN, |case| case.time);
        let updates = self.scores.marks(last);
        Ok(Observed {
            edition: policy.edition,
            docket,
            reading: taken.reading,
            order,
            enabled,
            thresholds: policy.thresholds,
            comparison: policy.junk_comparison,
            overlap: taken.overlap,
            updates,
            cases: CaseTable {
                facts: taken.facts.finish(),
                sources: taken.sources,
                thresholds: policy.thresholds,
                junk_comparison: policy.junk_comparison,
            },
        })
    }
}
