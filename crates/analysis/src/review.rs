//! Which labels are probably wrong.
//!
//! Each message has a score by a model that learnt neither it nor its campaign, so that a
//! wrong label cannot have taught the model to agree with it.

use std::collections::{BTreeMap, BTreeSet};

use filter::Calibration;
use mail::{CaseId, Label};
use serde::Serialize;

use crate::rates::to_f64;

/// A message with its out-of-fold score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reviewed {
    /// The message.
    pub id: CaseId,
    /// Its campaign.
    pub campaign: CaseId,
    /// Its label, which may be wrong.
    pub label: Label,
    /// Score of a model that learnt nothing of its fold.
    pub score: f64,
}

/// A message whose label may be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Suspect {
    /// Place in the list of messages that was given.
    #[serde(skip)]
    pub place: usize,
    /// The message.
    pub id: CaseId,
    /// Its label.
    pub label: Label,
    /// Natural log-odds that the label is wrong, as far as score and duplicates tell.
    pub suspicion: f64,
    /// Out-of-fold score.
    pub score: f64,
    /// Calibrated probability of spam at that score.
    pub spam_probability: f64,
    /// Other messages of its campaign with the same label.
    pub alike: u64,
    /// Messages of its campaign with the other label.
    pub unlike: u64,
}

/// Every message, the most suspect label first.
///
/// Suspicion is the calibrated log-odds of the other label plus ln((u + 1) ÷ (a + 1)) with
/// u near duplicates under the other label and a further ones under the same. Ties stand
/// by the raw score, then by id.
pub fn suspects(messages: &[Reviewed], calibration: &Calibration) -> Vec<Suspect> {
    let mut campaigns: BTreeMap<CaseId, [u64; 2]> = BTreeMap::new();
    for message in messages {
        campaigns.entry(message.campaign).or_default()[message.label.index()] += 1;
    }
    let against = |label: Label, odds: f64| match label {
        Label::Ham => odds,
        Label::Spam => -odds,
    };
    let suspect = |(place, message): (usize, &Reviewed)| {
        let Reviewed { id, campaign, label, score } = *message;
        let counts = campaigns[&campaign];
        let (unlike, alike) =
            (counts[label.other().index()], counts[label.index()].saturating_sub(1));
        let duplicates = ((to_f64(unlike) + 1.0) / (to_f64(alike) + 1.0)).ln();
        let odds = calibration.log_odds(score);
        Suspect {
            place,
            id,
            label,
            suspicion: against(label, odds) + duplicates,
            score,
            spam_probability: calibration.probability(score),
            alike,
            unlike,
        }
    };
    let mut all: Vec<Suspect> = messages.iter().enumerate().map(suspect).collect();
    all.sort_by(|a, b| {
        let raw = |suspect: &Suspect| against(suspect.label, suspect.score);
        (b.suspicion.total_cmp(&a.suspicion))
            .then(raw(b).total_cmp(&raw(a)))
            .then(a.id.cmp(&b.id))
    });
    all
}

/// How many labels that are wrong on purpose stand among the first of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FoundPlanted {
    /// So many suspects from the top.
    pub among: u64,
    /// So many of them are wrong on purpose.
    pub found: u64,
}

/// Counts planted labels among the first half, once, twice and four times as many suspects
/// as were planted.
pub fn found_planted(
    suspects: &[Suspect],
    planted: &BTreeSet<CaseId>,
) -> Vec<FoundPlanted> {
    let count = |among: usize| FoundPlanted {
        among: among as u64,
        found: suspects[..among].iter().filter(|it| planted.contains(&it.id)).count()
            as u64,
    };
    let cuts = [1, 2, 4, 8].map(|halves| (halves * planted.len()).div_ceil(2));
    let mut rows: Vec<_> =
        cuts.into_iter().map(|among| count(among.min(suspects.len()))).collect();
    rows.dedup();
    rows
}

#[cfg(test)]
mod tests {
    use filter::Scored;

    use super::*;

    fn message(n: u8, campaign: u8, label: Label, score: f64) -> Reviewed {
        Reviewed { id: CaseId([n; 32]), campaign: CaseId([campaign; 32]), label, score }
    }

    fn calibration() -> Calibration {
        let scored: Vec<Scored> = (-50..50)
            .map(|n| Scored {
                score: f64::from(n) / 10.0,
                label: if n % 10 == 0 || n > 0 { Label::Spam } else { Label::Ham },
            })
            .collect();
        Calibration::fit(&scored).unwrap()
    }

    #[test]
    fn the_label_that_score_and_duplicates_contradict_stands_first() {
        let messages = [
            message(1, 1, Label::Ham, -4.0),
            message(2, 2, Label::Ham, 4.0),
            message(3, 3, Label::Spam, 4.0),
            // The same score twice: three copies agree with one, and contradict the other.
            message(4, 9, Label::Ham, 4.0),
            message(5, 9, Label::Spam, 4.0),
            message(6, 9, Label::Spam, 4.0),
            message(7, 9, Label::Spam, 4.0),
            message(8, 8, Label::Spam, -4.0),
        ];
        let found = suspects(&messages, &calibration());
        assert_eq!(found.len(), messages.len());
        assert_eq!(found[0].id, messages[3].id);
        assert_eq!((found[0].alike, found[0].unlike), (0, 3));
        let rank = |n: u8| found.iter().position(|s| s.id == CaseId([n; 32])).unwrap();
        assert!(rank(2) < rank(1) && rank(8) < rank(3) && rank(5) > rank(2));
        assert!(found[rank(1)].suspicion < 0.0 && found[rank(2)].suspicion > 0.0);
        assert!(
            (found[0].suspicion - found[rank(2)].suspicion - 4.0_f64.ln()).abs() < 1e-9
        );
    }

    #[test]
    fn planted_labels_are_counted_from_the_top() {
        let messages: Vec<_> =
            (0..8).map(|n| message(n, n, Label::Ham, -f64::from(n))).collect();
        let found = suspects(&messages, &calibration());
        let planted: BTreeSet<_> = [0, 7].map(|n| CaseId([n; 32])).into();
        let rows = found_planted(&found, &planted);
        let pairs: Vec<_> = rows.iter().map(|row| (row.among, row.found)).collect();
        assert_eq!(pairs, [(1, 1), (2, 1), (4, 1), (8, 2)]);
    }
}
