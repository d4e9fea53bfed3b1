//! Campaigns of good mail: copies of one letter share their fate and are one event.

use std::collections::BTreeMap;

use mail::{Label, Tier};
use serde::{Deserialize, Serialize};

/// Campaigns that hold good mail, and those hurt at each acting tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HamCampaigns {
    /// Campaigns.
    pub of: u64,
    /// Those with a good message at junk, quarantine, reject, delete, or harsher.
    pub hurt: [u64; 4],
}

/// Campaigns of one budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignCount {
    /// Those with a good message at the tier or harsher.
    pub hurt: u64,
    /// Those that hold good mail.
    pub of: u64,
}

impl HamCampaigns {
    /// Counts cases: campaign, label, and where the case ended.
    pub fn new(cases: impl Iterator<Item = (u32, Label, Tier)>) -> Self {
        let mut harshest = BTreeMap::<u32, Tier>::new();
        for (campaign, _, tier) in cases.filter(|case| case.1 == Label::Ham) {
            let worst = harshest.entry(campaign).or_insert(tier);
            *worst = tier.max(*worst);
        }
        let hurt =
            |tier| harshest.values().filter(|worst| **worst >= tier).count() as u64;
        Self { of: harshest.len() as u64, hurt: Tier::ACTING.map(hurt) }
    }

    /// Those of one tier.
    pub(super) fn at(&self, tier: Tier) -> CampaignCount {
        let at = Tier::ACTING.into_iter().position(|acting| acting == tier);
        CampaignCount { hurt: at.map_or(self.of, |at| self.hurt[at]), of: self.of }
    }

    /// The worst that further good messages hurt at these tiers, each a campaign of its own,
    /// and `fewer` campaigns without an error can leave of it; `ham` good messages at most,
    /// `errors` of them hurt.
    pub(super) fn worsened(
        &self,
        more: [u64; 4],
        fewer: u64,
        (ham, errors): (u64, [u64; 4]),
    ) -> Self {
        let hurt = std::array::from_fn(|at| (self.hurt[at] + more[at]).min(errors[at]));
        let least = hurt.into_iter().fold(0, u64::max);
        let of = (self.of + more[0]).saturating_sub(fewer);
        Self { of: of.max(least).min(ham), hurt }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_one_event_at_their_harshest_tier() {
        use Label::{Ham, Spam};
        let cases = [
            (1, Ham, Tier::Inbox),
            (1, Ham, Tier::Reject),
            (1, Ham, Tier::Reject),
            (2, Ham, Tier::Inbox),
            (3, Spam, Tier::Delete),
            (4, Ham, Tier::Junk),
        ];
        let found = HamCampaigns::new(cases.into_iter());
        assert_eq!(found, HamCampaigns { of: 3, hurt: [2, 1, 1, 0] });
        assert_eq!(found.at(Tier::Reject), CampaignCount { hurt: 1, of: 3 });
    }
}
