//! The smallest changes to a policy that would have changed where a message ended.

use mail::{Edition, Ladder, Threshold, Thresholds, Tier};
use pipeline::PriorityMove;

use crate::{Close, Docket, Story, Way};

/// One change of one setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// A threshold; `None` is off.
    Threshold {
        /// The tier it leads to.
        tier: Tier,
        /// Its value now.
        now: Option<Threshold>,
        /// The value that makes the difference.
        to: Option<Threshold>,
    },
    /// Two agents next to each other in the order change places.
    Swap {
        /// The one that runs first now.
        first: u8,
        /// The one that runs right behind it.
        second: u8,
    },
}

/// A change and what it would have led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternative {
    /// The change.
    pub setting: Setting,
    /// How far it is: steps of a threshold, off standing behind 9; a swap is one step.
    pub distance: u8,
    /// Where the message would have ended, by recipient.
    pub closes: Vec<Close>,
}

impl Docket {
    /// For each threshold the nearest value, and each swap of neighbours, that would have
    /// put the message into another tier for some recipient; the nearest first. The signal
    /// from the ledger is taken to be the same. Only what servers of the edition can have
    /// counts: under `2003-sp2` one threshold of the gateway at a time, and no other order.
    pub fn alternatives(
        &self,
        story: &Story,
        way: &Way,
        edition: Edition,
    ) -> Vec<Alternative> {
        let ladder = edition.ladder();
        let mut found: Vec<Alternative> =
            [Tier::Delete, Tier::Reject, Tier::Quarantine, Tier::Junk]
                .into_iter()
                .filter_map(|tier| self.nearest_threshold(story, way, tier, ladder))
                .collect();
        match ladder {
            Ladder::Tiers => found.extend(self.swaps(story, way)),
            Ladder::OneAction => {}
        }
        found.sort_by_key(|alternative| alternative.distance);
        found
    }

    fn nearest_threshold(
        &self,
        story: &Story,
        way: &Way,
        tier: Tier,
        ladder: Ladder,
    ) -> Option<Alternative> {
        let now = *threshold(&mut way.thresholds.clone(), tier)?;
        let mut values: Vec<_> =
            (0..=9).map(|value| Threshold::new(value).ok()).chain([None]).collect();
        values.sort_by_key(|value| rank(*value).abs_diff(rank(now)));
        values.into_iter().filter(|value| *value != now).find_map(|to| {
            let mut other = way.clone();
            *threshold(&mut other.thresholds, tier)? = to;
            if !ladder.holds(&other.thresholds) {
                return None;
            }
            let distance = rank(to).abs_diff(rank(now));
            let setting = Setting::Threshold { tier, now, to };
            self.different(story, &other, setting, distance)
        })
    }

    fn swaps(&self, story: &Story, way: &Way) -> Vec<Alternative> {
        let pairs = way.order.agents().windows(2).enumerate();
        pairs
            .filter_map(|(place, pair)| {
                let (first, second) = (pair[0], pair[1]);
                let mut other = way.clone();
                other.order.apply(PriorityMove { agent: second, priority: place + 1 });
                self.different(story, &other, Setting::Swap { first, second }, 1)
            })
            .collect()
    }

    fn different(
        &self,
        story: &Story,
        way: &Way,
        setting: Setting,
        distance: u8,
    ) -> Option<Alternative> {
        let closes = self.ends(story.position, story.signal, way);
        let tiers = |closes: &[Close]| closes.iter().map(|c| c.tier).collect::<Vec<_>>();
        (tiers(&closes) != tiers(&story.closes)).then_some(Alternative {
            setting,
            distance,
            closes,
        })
    }
}

/// Place of a threshold on the scale from 0 to off.
fn rank(threshold: Option<Threshold>) -> u8 {
    threshold.map_or(10, Threshold::get)
}

/// The threshold that leads to a tier; none leads to the inbox.
fn threshold(thresholds: &mut Thresholds, tier: Tier) -> Option<&mut Option<Threshold>> {
    match tier {
        Tier::Inbox => None,
        Tier::Junk => Some(&mut thresholds.junk),
        Tier::Quarantine => Some(&mut thresholds.quarantine),
        Tier::Reject => Some(&mut thresholds.reject),
        Tier::Delete => Some(&mut thresholds.delete),
    }
}
