//! From cases to a docket: what every replay and sweep starts with.

use std::collections::BTreeMap;

use agents::PolicySpec;
use analysis::{CaseTable, Reading, UpdateMark};
use anyhow::{Result, bail};
use corpus::{PackedCase, Parser, Skipped};
use filter::StampHeader;
use mail::{CaseId, Edition, JunkComparison, Thresholds, Timestamp, World};
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
        input.warning().iter().for_each(|text| self.output.warn(text));
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
        let mut unrated = self.scores.stamp().map(StampHeader::field);
        let batches = input.batches().map(|batch| {
            let mut batch = batch?;
            if let Some(begins) = self.scores.begins() {
                let before = batch.len();
                batch.retain(|case| case.time >= begins);
                early += (before - batch.len()) as u64;
            }
            if unrated.is_some_and(|field| batch.iter().any(|c| has_field(&c.raw, field)))
            {
                unrated = None;
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
        if let Some(field) = unrated {
            self.output.warn(&format!(
                "no message of `{name}` has a rating in `{field}`, so the content filter \
                 rates none; train one and use --model, or name the field of your filter \
                 with --stamp"
            ));
        }
        for (reason, count) in skipped {
            *reading.skipped_reasons.entry(reason).or_default() += count;
        }
        reading.cases = docket.cases().len() as u64;
        let messages = docket.cases().iter().map(|case| (case.id, case.time)).collect();
        let overlap =
            learnt(self.scores, messages, &name, self.allow_overlap, self.output)?;
        let last = docket.cases().last().map_or(Timestamp::MIN, |case| case.time);
        let updates = self.scores.marks(last);
        Ok(Observed {
            edition: policy.edition,
            docket,
            reading,
            order,
            enabled,
            thresholds: policy.thresholds,
            comparison: policy.junk_comparison,
            overlap,
            updates,
            cases: CaseTable {
                facts: facts.finish(),
                sources,
                thresholds: policy.thresholds,
                junk_comparison: policy.junk_comparison,
            },
        })
    }
}

/// How many of the messages were learnt by what scores them; a warning says it.
///
/// # Errors
///
/// There are such messages, and they are not allowed.
pub(crate) fn learnt(
    scores: &Scores,
    messages: Vec<(CaseId, Timestamp)>,
    name: &str,
    allowed: bool,
    output: &Output,
) -> Result<usize> {
    let count = messages.len();
    let overlap = scores.overlap(messages);
    if overlap > 0 && !allowed {
        bail!(
            "{overlap} of {count} messages of `{name}` were in the model's training mail; \
             use other mail, or --allow-overlap to replay them all the same"
        );
    }
    if overlap > 0 {
        output.warn(&format!("{overlap} messages were in the model's training mail"));
    }
    Ok(overlap)
}

/// Whether a field of this name stands in the header of a message.
fn has_field(raw: &[u8], field: &str) -> bool {
    raw.split(|byte| *byte == b'\n')
        .take_while(|line| !line.trim_ascii().is_empty())
        .filter_map(|line| line.split_at_checked(field.len()))
        .any(|(name, rest)| {
            name.eq_ignore_ascii_case(field.as_bytes())
                && rest.trim_ascii_start().starts_with(b":")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rating_is_a_field_of_the_header() {
        let has = |raw: &str| has_field(raw.as_bytes(), "X-Spam-Score");
        assert!(has("From: a\r\nx-spam-score : 3\r\n\r\nb"));
        assert!(!has("From: a\r\n\r\nX-Spam-Score: 3"));
        assert!(!has("X-Spam-Scores: 3\n\n") && !has(""));
    }
}
