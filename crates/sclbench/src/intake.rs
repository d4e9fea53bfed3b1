//! Batches of cases on their way to the servers: what is left out, what is kept besides, and
//! what to warn of.

use std::collections::BTreeMap;

use analysis::Reading;
use anyhow::{Result, bail};
use corpus::{PackedCase, Skipped};
use filter::StampHeader;
use mail::{CaseId, Timestamp};
use sweep::Keep;

use crate::facts::Facts;
use crate::input::Input;
use crate::output::Output;
use crate::progress::Progress;
use crate::settings::Scores;

/// Why a message is skipped that came before there was anything to score it with.
pub(crate) const TOO_EARLY: &str = "before the first definitions";

/// What is known of an input, and gathered while its batches go by.
pub(crate) struct Intake<'a> {
    /// What lets cases through.
    pub(crate) sieve: Sieve<'a>,
    /// What counts them.
    pub(crate) meter: Meter,
    name: String,
    sources: Vec<String>,
    reading: Reading,
}

/// Lets those cases of each batch through that can be scored, and looks at them in passing.
pub(crate) struct Sieve<'a> {
    scores: &'a Scores,
    facts: Option<Facts>,
    /// The field with ratings, as long as no message has one.
    unrated: Option<&'static str>,
    early: u64,
}

/// Counts what was observed and what could not be.
pub(crate) struct Meter {
    progress: Option<Progress>,
    skipped: BTreeMap<String, u64>,
}

/// Mail that has been taken in.
pub(crate) struct Taken {
    /// Name of the corpus.
    pub(crate) name: String,
    /// The sources, as typed.
    pub(crate) sources: Vec<String>,
    /// What was read and skipped.
    pub(crate) reading: Reading,
    /// What is known of the cases besides.
    pub(crate) facts: Facts,
    /// Cases that were trained on; not 0 only where that was allowed.
    pub(crate) overlap: usize,
}

impl<'a> Intake<'a> {
    /// Takes mail in, with its warnings. Facts are gathered where traces are kept.
    pub(crate) fn new(
        input: &Input,
        scores: &'a Scores,
        keep: Keep,
        output: &Output,
    ) -> Self {
        input.warning().iter().for_each(|text| output.warn(text));
        input.warn(output);
        let mut intake = Self::again(input, scores, output);
        intake.sieve.facts = (keep == Keep::Trace).then(Facts::default);
        intake.sieve.unrated = scores.stamp().map(StampHeader::field);
        intake
    }

    /// Takes the same mail in once more: everything was said and gathered the first time.
    pub(crate) fn again(input: &Input, scores: &'a Scores, output: &Output) -> Self {
        Self {
            sieve: Sieve { scores, facts: None, unrated: None, early: 0 },
            meter: Meter {
                progress: Some(Progress::new(output, "observing", input.cases())),
                skipped: BTreeMap::new(),
            },
            name: input.name().to_owned(),
            sources: input.sources().to_vec(),
            reading: input.reading(),
        }
    }

    /// Shows no more progress: the batches are through.
    #[must_use]
    pub(crate) fn through(mut self) -> Self {
        self.meter.progress = None;
        self
    }

    /// Ends it, with the cases that were observed.
    ///
    /// # Errors
    ///
    /// There are none, or some were trained on and that is not allowed.
    pub(crate) fn finish(
        self,
        cases: Vec<(CaseId, Timestamp)>,
        allow_overlap: bool,
        output: &Output,
    ) -> Result<Taken> {
        let Self { sieve, meter, name, sources, mut reading } = self;
        let Sieve { scores, facts, unrated, early } = sieve;
        if cases.is_empty() {
            bail!(
                "`{name}` holds no message that can be replayed; check the path and format"
            );
        }
        if let Some(field) = unrated {
            output.warn(&format!(
                "no message of `{name}` has a rating in `{field}`, so the content filter \
                 rates none; train one and use --model, or name the field of your filter \
                 with --stamp"
            ));
        }
        let early = (early > 0).then(|| (TOO_EARLY.to_owned(), early));
        for (reason, count) in meter.skipped.into_iter().chain(early) {
            *reading.skipped_reasons.entry(reason).or_default() += count;
        }
        reading.cases = cases.len() as u64;
        let overlap = learnt(scores, cases, &name, allow_overlap, output)?;
        reading.overlap = overlap as u64;
        let facts = facts.unwrap_or_default();
        Ok(Taken { name, sources, reading, facts, overlap })
    }
}

impl Sieve<'_> {
    /// What of a batch is to be observed.
    ///
    /// # Errors
    ///
    /// That of the batch.
    pub(crate) fn batch(
        &mut self,
        batch: Result<Vec<PackedCase>>,
    ) -> Result<Vec<PackedCase>> {
        let mut batch = batch?;
        if let Some(begins) = self.scores.begins() {
            let before = batch.len();
            batch.retain(|case| case.time >= begins);
            self.early += (before - batch.len()) as u64;
        }
        let rated = |field| batch.iter().any(|case| has_field(&case.raw, field));
        self.unrated = self.unrated.filter(|field| !rated(field));
        if let Some(facts) = &mut self.facts {
            facts.extend(batch.iter());
        }
        Ok(batch)
    }
}

impl Meter {
    /// A batch was observed, but for those messages that have a reason.
    pub(crate) fn done(&mut self, length: usize, reasons: Vec<Skipped>) {
        self.progress.iter().for_each(|progress| progress.add(length));
        for Skipped { reason, .. } in reasons {
            *self.skipped.entry(reason.to_string()).or_default() += 1;
        }
    }
}

/// How many of the messages were learnt by what scores them; a warning says it.
fn learnt(
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
