//! (1−ROCA) of weighted scores: how often a good message outranks a spam message.

use std::collections::BTreeMap;

use mail::Label;

use crate::clustered::Ground;
use crate::rates::to_f64;

/// Scores sorted once, so that every resampled area is one pass.
pub(crate) struct Ranked {
    /// Rising by score.
    entries: Vec<Entry>,
}

struct Entry {
    /// Position of the campaign in the weights.
    group: u32,
    label: Label,
    /// Whether its score differs from the one before.
    higher: bool,
}

impl Ranked {
    /// Scores with their label and campaign; one that is not a number is left out.
    pub(crate) fn new(scores: impl Iterator<Item = (f64, Label, u32)>) -> Self {
        // Adding zero makes -0.0 and 0.0 one score.
        let mut scores: Vec<_> = scores
            .filter(|(score, ..)| !score.is_nan())
            .map(|(score, label, group)| (score + 0.0, label, group))
            .collect();
        scores.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.2.cmp(&b.2)));
        let mut before = f64::NAN;
        let entries = scores
            .into_iter()
            .map(|(score, label, group)| {
                let higher = before.total_cmp(&score).is_ne();
                before = score;
                Entry { group, label, higher }
            })
            .collect();
        Self { entries }
    }

    /// Scored messages of a label.
    pub(crate) fn count(&self, label: Label) -> u64 {
        self.entries.iter().filter(|entry| entry.label == label).count() as u64
    }

    /// What an area of these scores, below or above one half, can be told from.
    pub(crate) fn ground(&self, above_half: bool) -> Ground {
        let mut ranked = Vec::with_capacity(self.entries.len());
        let (mut rank, mut ends) = (0u32, [None::<(u32, u32)>; 2]);
        for entry in &self.entries {
            rank += u32::from(entry.higher);
            let (first, _) = ends[entry.label.index()].unwrap_or((rank, rank));
            ends[entry.label.index()] = Some((first, rank));
            ranked.push((rank, entry));
        }
        // Whether some message of the other label makes a pair of the rarer kind with it.
        let eventful = |rank: u32, label: Label| {
            let Some((lowest, highest)) = ends[label.other().index()] else {
                return false;
            };
            match (label, above_half) {
                (Label::Ham, false) | (Label::Spam, true) => rank >= lowest,
                (Label::Spam, false) | (Label::Ham, true) => rank <= highest,
            }
        };
        let mut campaigns = [BTreeMap::<u32, (u64, bool)>::new(), BTreeMap::new()];
        for (rank, entry) in ranked {
            let campaign = campaigns[entry.label.index()].entry(entry.group);
            let (messages, event) = campaign.or_default();
            *messages += 1;
            *event |= eventful(rank, entry.label);
        }
        let effective = |of: &BTreeMap<u32, (u64, bool)>| {
            let sum: u64 = of.values().map(|campaign| campaign.0).sum();
            let squares: f64 = of.values().map(|c| to_f64(c.0).powi(2)).sum();
            if sum == 0 { 0.0 } else { to_f64(sum).powi(2) / squares }
        };
        let [ham, spam] = campaigns.each_ref().map(effective);
        let events = campaigns.map(|of| of.values().filter(|c| c.1).count() as u64);
        Ground { campaigns: ham.min(spam), eventful: events[0].min(events[1]) }
    }

    /// The share of pairs of a good and a spam message in which the good one has the higher
    /// score, a tie counting one half, with each message as often as its campaign has
    /// `times`. Not a number where there is no pair.
    pub(crate) fn one_minus_roca(&self, times: impl Fn(u32) -> u32) -> f64 {
        let (mut spam_below, mut spam_tied, mut ham_tied, mut ham) = (0.0, 0.0, 0.0, 0.0);
        let mut wrong = 0.0;
        for entry in &self.entries {
            if entry.higher {
                wrong += ham_tied * (spam_below + spam_tied / 2.0);
                spam_below += spam_tied;
                (spam_tied, ham_tied) = (0.0, 0.0);
            }
            let weight = f64::from(times(entry.group));
            match entry.label {
                Label::Ham => {
                    ham_tied += weight;
                    ham += weight;
                }
                Label::Spam => spam_tied += weight,
            }
        }
        wrong += ham_tied * (spam_below + spam_tied / 2.0);
        wrong / (ham * (spam_below + spam_tied))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::roc;

    #[test]
    fn events_are_campaigns_with_a_message_on_the_wrong_side() {
        use Label::{Ham, Spam};
        let ranked = Ranked::new(
            [
                (0.1, Ham, 0),
                (0.2, Ham, 1),
                (0.6, Ham, 2),
                (0.6, Ham, 2),
                (0.5, Spam, 3),
                (0.6, Spam, 4),
                (0.7, Spam, 5),
                (0.8, Spam, 6),
            ]
            .into_iter(),
        );
        // Good campaign 2 reaches spam 3 and, by a tie, 4; nothing else is out of order.
        // Four good messages in campaigns of 1, 1, 2: 16 ÷ 6.
        let below = ranked.ground(false);
        assert_eq!(below.eventful, 1);
        assert!((below.campaigns - 16.0 / 6.0).abs() < 1e-12);
        // Where the area is above one half, pairs in order are the rare ones.
        assert_eq!(ranked.ground(true).eventful, 3);
        let one = Ranked::new([(0.1, Ham, 0)].into_iter());
        assert_eq!(one.ground(false), Ground { campaigns: 0.0, eventful: 0 });
    }

    proptest! {
        /// A message drawn twice counts as two messages, one not drawn as none.
        #[test]
        fn weights_are_copies(
            scores in prop::collection::vec((0u8..9, any::<bool>(), 0u32..3), 0..40),
        ) {
            let label = |spam| Label::ALL[usize::from(spam)];
            let ranked = Ranked::new(scores.iter().enumerate().map(|(at, (score, spam, _))| {
                (f64::from(*score), label(*spam), u32::try_from(at).unwrap())
            }));
            let copies: Vec<_> = scores
                .iter()
                .flat_map(|(score, spam, times)| {
                    std::iter::repeat_n((f64::from(*score), label(*spam)), *times as usize)
                })
                .collect();
            let found = ranked.one_minus_roca(|group| scores[group as usize].2);
            match roc(&copies).one_minus_roca {
                Some(expected) => prop_assert!((found - expected).abs() < 1e-12),
                None => prop_assert!(found.is_nan()),
            }
        }
    }
}
