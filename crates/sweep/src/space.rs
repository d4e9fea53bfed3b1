//! The space of policies.

use mail::{Edition, Ladder, Threshold, Thresholds};
use pipeline::{PriorityOrder, Roster};

/// Orders × threshold settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Space {
    /// One order per class.
    pub orders: Vec<PriorityOrder>,
    /// Threshold settings.
    pub settings: Vec<Thresholds>,
}

impl Space {
    /// Every order class with every outcome-distinct threshold setting.
    pub fn all(roster: &Roster) -> Self {
        Self { orders: roster.classes(), settings: Self::all_thresholds() }
    }

    /// Every order class and threshold setting that servers of an edition can have: under
    /// `2003-sp2` the one order and 308 settings, one action of the gateway at 1 to 9 or none,
    /// times junk off or 0 to 9.
    pub fn of(edition: Edition, roster: &Roster) -> Self {
        let mut space = match edition.ladder() {
            Ladder::Tiers => return Self::all(roster),
            Ladder::OneAction => Self {
                orders: vec![roster.default_order()],
                settings: Self::all_thresholds(),
            },
        };
        space.settings.retain(|setting| edition.ladder().holds(setting));
        space
    }

    /// All 11,000 settings: delete, reject and quarantine each off or 1 to 9, junk off or 0
    /// to 9. A mailbox with thresholds of its own can tell some apart that
    /// [`Space::all_thresholds`] takes for one. Ascending as there.
    pub fn every_thresholds() -> Vec<Thresholds> {
        let at = |value| Threshold::new(value).ok();
        let gateway = || std::iter::once(None).chain((1..=9).map(at));
        let junk = || std::iter::once(None).chain((0..=9).map(at));
        let mut settings = Vec::with_capacity(11_000);
        for (delete, reject) in gateway().flat_map(|d| gateway().map(move |r| (d, r))) {
            for (quarantine, junk) in gateway().flat_map(|q| junk().map(move |j| (q, j)))
            {
                settings.push(Thresholds { delete, reject, quarantine, junk });
            }
        }
        settings
    }

    /// The 2,420 outcome-distinct threshold settings: delete, reject and quarantine strictly
    /// falling, each off or 1 to 9 (220 choices), times junk off or 0 to 9 (11).
    ///
    /// A setting in which a milder tier's threshold is not below a harsher one's has the
    /// same outcome as the setting with the milder tier off. Ascending in delete, reject,
    /// quarantine, junk, off first.
    pub fn all_thresholds() -> Vec<Thresholds> {
        let falling = |setting: &Thresholds| {
            [setting.delete, setting.reject, setting.quarantine]
                .into_iter()
                .flatten()
                .is_sorted_by(|harsher, milder| harsher > milder)
        };
        Self::every_thresholds().into_iter().filter(falling).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_2420_settings_and_none_twice() {
        let settings = Space::all_thresholds();
        assert_eq!(settings.len(), 2_420);
        assert!(settings.is_sorted_by(|a, b| a < b));
        let every = Space::every_thresholds();
        assert_eq!(every.len(), 11_000);
        assert!(every.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn the_space_of_2003_is_one_order_and_one_action() {
        let roster = pipeline::Engine::new().roster();
        let space = Space::of(Edition::E2003Sp2, &roster);
        assert_eq!((space.orders.len(), space.settings.len()), (1, 308));
        assert!(space.settings.is_sorted_by(|a, b| a < b));
        assert_eq!(Space::of(Edition::Se, &roster).settings.len(), 2_420);
    }
}
