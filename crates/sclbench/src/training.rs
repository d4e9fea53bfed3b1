//! Training the built-in content filter.

use anyhow::{Result, bail};
use corpus::{PackedCase, Parser};
use filter::{ModelFile, Quality, Scored, Trainer, train};
use mail::{Label, Message, Parse as _, Provenance};
use sweep::Threads;

use crate::output::Output;
use crate::progress::Progress;

/// Folds of the out-of-fold scores that calibration is fitted on.
pub(crate) const FOLDS: usize = 5;

/// How scores for the quality figures are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Mode {
    /// Out-of-fold scores by campaign, then one model of all messages.
    Fit,
    /// Out-of-fold scores only; no model.
    Folds,
    /// Score every message before learning it, in time order; no model.
    Online,
}

/// What training found.
pub(crate) struct Trained {
    /// The model, in mode `fit`.
    pub(crate) model: Option<ModelFile>,
    /// Quality of the scores.
    pub(crate) quality: Quality,
    /// Messages.
    pub(crate) messages: usize,
}

/// The parsed messages of cases; of one that is no message, an empty one.
pub(crate) fn messages(cases: &[PackedCase], threads: &Threads) -> Vec<Message> {
    threads
        .map(cases.iter().collect(), |case| Parser.parse(&case.raw).unwrap_or_default())
}

/// What a trainer learns from: cases with their messages.
pub(crate) fn items<'c>(
    cases: &'c [PackedCase],
    messages: &'c [Message],
) -> Vec<train::Item<'c>> {
    let item = |(case, message): (&'c PackedCase, &'c Message)| train::Item {
        document: filter::Document::new(&case.raw, message),
        label: case.label,
        group: case.campaign.0.first_chunk().map(|bytes| u64::from_le_bytes(*bytes)),
    };
    cases.iter().zip(messages).map(item).collect()
}

/// Trains on cases in time order.
///
/// # Errors
///
/// One class only, or too few campaigns to calibrate on.
pub(crate) fn train(
    cases: &[PackedCase],
    trainer: Trainer,
    mode: Mode,
    provenance: Provenance,
    threads: &Threads,
    output: &Output,
) -> Result<Trained> {
    for label in Label::ALL {
        if !cases.iter().any(|case| case.label == label) {
            bail!("the training mail has no {label}; add a source `{label}:PATH`");
        }
    }
    let progress = Progress::new(output, "training", cases.len() as u64);
    let messages = messages(cases, threads);
    let items = items(cases, &messages);
    let scores = match mode {
        Mode::Online => train::online(items.iter().copied(), trainer)
            .inspect(|_| progress.add(1))
            .collect(),
        Mode::Fit | Mode::Folds => {
            let parts = threads.map((0..FOLDS).collect(), |fold| {
                let part = train::fold(fold, FOLDS, &items, trainer);
                progress.add(cases.len() / FOLDS);
                part
            });
            train::merge(parts.into_iter().collect::<Result<Vec<_>, _>>()?)
        }
    };
    let scored: Vec<Scored> = train::scored(&items, &scores);
    let quality = Quality::measure(&scored, 0.0)?;
    let model = match mode {
        Mode::Fit => {
            let ids = cases.iter().map(|case| case.id);
            let model = train::model_file(&items, ids, &scores, trainer)?;
            Some(model.with_provenance(provenance))
        }
        Mode::Folds | Mode::Online => None,
    };
    Ok(Trained { model, quality, messages: cases.len() })
}
