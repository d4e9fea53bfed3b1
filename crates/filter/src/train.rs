//! Ways to train: on everything, in time order, in folds.
//!
//! All take messages in time order and use no threads; [`fold`] scores one fold of several,
//! so that a caller may run folds side by side.

use std::collections::{BTreeMap, BTreeSet};

use mail::{CaseId, Label};

use crate::{
    Calibration, Document, Learner, Model, ModelFile, Scored, Scratch, TrainError,
    Trainer,
};

/// One labelled message to train on.
#[derive(Debug, Clone, Copy)]
pub struct Item<'a> {
    /// The message.
    pub document: Document<'a>,
    /// What a person said it is.
    pub label: Label,
    /// Its campaign: messages of one group are never split between training and scoring.
    /// `None` is a group of its own.
    pub group: Option<u64>,
}

/// Learns every message once, in the order given.
pub fn fit<'a>(items: impl IntoIterator<Item = Item<'a>>, trainer: Trainer) -> Model {
    let mut learner = Learner::new(trainer);
    for item in items {
        learner.learn(&item.document, item.label);
    }
    learner.into_model()
}

/// Scores every message before it is learnt, in the order given: one score per message.
pub fn online<'a>(
    items: impl IntoIterator<Item = Item<'a>>,
    trainer: Trainer,
) -> impl Iterator<Item = f64> {
    let mut learner = Learner::new(trainer);
    items.into_iter().map(move |item| learner.learn(&item.document, item.label))
}

/// Gives each message its fold from 0 to `folds` − 1: groups are dealt out in turn in order
/// of appearance, separately for groups that begin with ham and with spam.
///
/// # Errors
///
/// [`TrainError`] for fewer than two folds, or fewer than two groups of a label.
pub fn assign_folds(items: &[Item<'_>], folds: usize) -> Result<Vec<usize>, TrainError> {
    if folds < 2 {
        return Err(TrainError::TooFewFolds { folds });
    }
    let mut fold_of_group: BTreeMap<u64, usize> = BTreeMap::new();
    let mut dealt = [0; 2];
    let mut deal = |label: Label| {
        let fold = dealt[label.index()] % folds;
        dealt[label.index()] += 1;
        fold
    };
    let assigned: Vec<_> = items
        .iter()
        .map(|item| match item.group {
            None => deal(item.label),
            Some(group) => {
                *fold_of_group.entry(group).or_insert_with(|| deal(item.label))
            }
        })
        .collect();
    for label in Label::ALL {
        check_label(items, &assigned, label)?;
    }
    Ok(assigned)
}

/// A label that lives in one fold only would be missing when that fold is scored.
fn check_label(
    items: &[Item<'_>],
    assigned: &[usize],
    label: Label,
) -> Result<(), TrainError> {
    let of_label = || items.iter().zip(assigned).filter(|(item, _)| item.label == label);
    let used: BTreeSet<_> = of_label().map(|(_, fold)| fold).collect();
    if used.len() >= 2 {
        return Ok(());
    }
    let named: BTreeSet<_> = of_label().filter_map(|(item, _)| item.group).collect();
    let alone = of_label().filter(|(item, _)| item.group.is_none()).count();
    Err(TrainError::TooFewGroups { label, groups: named.len() + alone })
}

/// Learns the messages of all other folds in order, then scores those of fold `index`: the
/// place of each in `items` with its score.
///
/// # Errors
///
/// As [`assign_folds`], and where there is no such fold.
pub fn fold(
    index: usize,
    folds: usize,
    items: &[Item<'_>],
    trainer: Trainer,
) -> Result<Vec<(usize, f64)>, TrainError> {
    Ok(fold_with_model(index, folds, items, trainer)?.0)
}

/// As [`fold`], with the model that scored.
///
/// # Errors
///
/// As [`fold`].
pub fn fold_with_model(
    index: usize,
    folds: usize,
    items: &[Item<'_>],
    trainer: Trainer,
) -> Result<(Vec<(usize, f64)>, Model), TrainError> {
    let assigned = assign_folds(items, folds)?;
    if index >= folds {
        return Err(TrainError::NoSuchFold { index, folds });
    }
    let part = |inside: bool| {
        items
            .iter()
            .zip(&assigned)
            .enumerate()
            .filter(move |(_, (_, fold))| (**fold == index) == inside)
            .map(|(place, (item, _))| (place, item))
    };
    let model = fit(part(false).map(|(_, item)| *item), trainer);
    let mut scratch = Scratch::new();
    let scores = part(true)
        .map(|(place, item)| (place, model.score(&mut scratch, &item.document)))
        .collect();
    Ok((scores, model))
}

/// Scores every message by a model that learnt none of its fold: one score per message, in
/// the order of `items`.
///
/// # Errors
///
/// As [`assign_folds`].
pub fn folds(
    folds: usize,
    items: &[Item<'_>],
    trainer: Trainer,
) -> Result<Vec<f64>, TrainError> {
    let parts: Result<Vec<_>, _> =
        (0..folds.max(1)).map(|index| fold(index, folds, items, trainer)).collect();
    Ok(merge(parts?))
}

/// Puts the results of every [`fold`] in the order of the messages.
pub fn merge(parts: impl IntoIterator<Item = Vec<(usize, f64)>>) -> Vec<f64> {
    let mut all: Vec<_> = parts.into_iter().flatten().collect();
    all.sort_by_key(|(place, _)| *place);
    all.into_iter().map(|(_, score)| score).collect()
}

/// Labels beside scores, as calibration and quality want them.
pub fn scored(items: &[Item<'_>], scores: &[f64]) -> Vec<Scored> {
    items
        .iter()
        .zip(scores)
        .map(|(item, score)| Scored { score: *score, label: item.label })
        .collect()
}

/// Learns all messages, calibrates on their out-of-fold scores (from [`folds`]) and notes
/// their digests.
///
/// # Errors
///
/// [`TrainError`] where the scores do not fit the messages or cannot be calibrated.
pub fn model_file(
    items: &[Item<'_>],
    ids: impl IntoIterator<Item = CaseId>,
    out_of_fold: &[f64],
    trainer: Trainer,
) -> Result<ModelFile, TrainError> {
    if out_of_fold.len() != items.len() {
        return Err(TrainError::OtherScores {
            scores: out_of_fold.len(),
            messages: items.len(),
        });
    }
    let calibration = Calibration::fit(&scored(items, out_of_fold))?;
    let model = fit(items.iter().copied(), trainer);
    Ok(ModelFile::new(trainer, model, calibration, ids))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(count: usize) -> Vec<(Vec<u8>, Label)> {
        (0..count)
            .map(|i| match i % 3 {
                0 => (format!("Subject: buy {i}\n\nprize {}", i * 7), Label::Spam),
                _ => (format!("Subject: note {i}\n\nminutes {}", i * 5), Label::Ham),
            })
            .map(|(text, label)| (text.into_bytes(), label))
            .collect()
    }

    fn items(texts: &[(Vec<u8>, Label)]) -> Vec<Item<'_>> {
        texts
            .iter()
            .map(|(raw, label)| Item {
                document: Document::unparsed(raw),
                label: *label,
                group: None,
            })
            .collect()
    }

    #[test]
    fn online_scores_do_not_know_what_comes_later() {
        let texts = texts(30);
        let all = items(&texts);
        let whole: Vec<_> = online(all.iter().copied(), Trainer::Fast).collect();
        let half: Vec<_> = online(all[..15].iter().copied(), Trainer::Fast).collect();
        assert_eq!(whole[..15], half[..]);
        assert!(whole[0].abs() < 1e-12);
    }

    #[test]
    fn a_fold_is_scored_by_the_others_alone() {
        let texts = texts(24);
        let all = items(&texts);
        let assigned = assign_folds(&all, 4).unwrap();
        let others: Vec<_> = all
            .iter()
            .zip(&assigned)
            .filter(|(_, f)| **f != 2)
            .map(|(i, _)| *i)
            .collect();
        let model = fit(others, Trainer::Fast);
        let mut scratch = Scratch::new();
        let got = fold(2, 4, &all, Trainer::Fast).unwrap();
        assert_eq!(got.len(), 6);
        for (place, score) in &got {
            assert_eq!(assigned[*place], 2);
            let want = model.score(&mut scratch, &all[*place].document);
            assert_eq!(score.to_bits(), want.to_bits());
        }
        let merged = folds(4, &all, Trainer::Fast).unwrap();
        assert_eq!(merged.len(), 24);
        assert!(got.iter().all(|(place, s)| merged[*place].to_bits() == s.to_bits()));
    }

    #[test]
    fn impossible_folds_are_refused() {
        let texts = texts(9);
        let mut all = items(&texts);
        assert_eq!(
            assign_folds(&all, 1).unwrap_err(),
            TrainError::TooFewFolds { folds: 1 }
        );
        assert_eq!(
            fold(3, 3, &all, Trainer::Fast).unwrap_err(),
            TrainError::NoSuchFold { index: 3, folds: 3 }
        );
        for item in &mut all {
            item.group = (item.label == Label::Spam).then_some(1);
        }
        assert_eq!(
            folds(3, &all, Trainer::Fast).unwrap_err().to_string(),
            "train in folds: spam has 1 groups of alike messages and at least 2 are needed; \
             add spam that differs"
        );
    }

    #[test]
    fn a_trained_file_rates_what_it_learnt() {
        let texts = texts(60);
        let all = items(&texts);
        let scores = folds(3, &all, Trainer::Accurate).unwrap();
        let ids = (0..60).map(|i| CaseId([i; 32]));
        let file = model_file(&all, ids, &scores, Trainer::Accurate).unwrap();
        assert_eq!(file.messages(), 60);
        let mut scratch = Scratch::new();
        for item in &all {
            let score = file.model().score(&mut scratch, &item.document);
            let spam = file.calibration().scl(score).get() >= 5;
            assert_eq!(spam, item.label == Label::Spam);
        }
        let again = model_file(
            &all,
            (0..60).rev().map(|i| CaseId([i; 32])),
            &scores,
            Trainer::Accurate,
        );
        assert_eq!(again.unwrap().write(), file.write());
        assert!(model_file(&all, [], &scores[1..], Trainer::Accurate).is_err());
    }

    proptest! {
        #[test]
        fn groups_stay_together(
            groups in prop::collection::vec((prop::option::of(0_u64..6), any::<bool>()), 8..80),
            folds in 2_usize..6,
        ) {
            let texts = texts(1);
            let all: Vec<_> = groups
                .iter()
                .map(|(group, spam)| Item {
                    document: Document::unparsed(&texts[0].0),
                    label: Label::ALL[usize::from(*spam)],
                    group: *group,
                })
                .collect();
            if let Ok(assigned) = assign_folds(&all, folds) {
                prop_assert!(assigned.iter().all(|fold| *fold < folds));
                for (a, fold_a) in all.iter().zip(&assigned) {
                    for (b, fold_b) in all.iter().zip(&assigned) {
                        if a.group.is_some() && a.group == b.group {
                            prop_assert_eq!(fold_a, fold_b);
                        }
                    }
                }
            }
        }
    }
}
