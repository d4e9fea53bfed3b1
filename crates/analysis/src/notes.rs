//! What is odd about a threshold setting: reported, never refused.

use std::fmt;

use mail::{Threshold, Thresholds, Tier};
use serde::Serialize;

/// What kind of oddity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoteKind {
    /// The harsher of two gateway tiers does not have the higher threshold, against the
    /// product's rule delete > reject > quarantine.
    OrderViolation,
    /// No SCL is left for the tier: a harsher one takes all of them.
    Unreachable,
}

/// One oddity of a threshold setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Note {
    /// What kind.
    pub kind: NoteKind,
    /// The tier that suffers.
    pub tier: Tier,
    /// Its threshold.
    pub threshold: Threshold,
    /// The harsher tier.
    pub by: Tier,
    /// Its threshold.
    pub by_threshold: Threshold,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, tier, threshold, by, by_threshold } = self;
        match kind {
            NoteKind::OrderViolation => write!(
                f,
                "{by} {by_threshold} is not above {tier} {threshold}; the product asks \
                 for delete above reject above quarantine"
            ),
            NoteKind::Unreachable => write!(
                f,
                "{tier} {threshold} never acts on an SCL: {by} {by_threshold} takes every \
                 message it would"
            ),
        }
    }
}

/// The oddities of a setting, harshest tier first.
///
/// A gateway tier (SCL ≥ threshold) is unreachable under an equal or lower threshold of a
/// harsher one; junk (SCL > threshold) under a gateway threshold of at most one more than
/// its own, or at 9. Mail that skips the gateway's thresholds may still reach such a tier.
/// Order violations are between each two gateway tiers that are on.
pub fn thresholds_notes(thresholds: &Thresholds) -> Vec<Note> {
    let gateway = [
        (Tier::Delete, thresholds.delete),
        (Tier::Reject, thresholds.reject),
        (Tier::Quarantine, thresholds.quarantine),
    ];
    let mut notes = Vec::new();
    let mut lowest: Option<(Tier, Threshold)> = None;
    for (index, (tier, threshold)) in gateway.iter().enumerate() {
        let Some(threshold) = *threshold else { continue };
        for (by, by_threshold) in &gateway[..index] {
            if let Some(by_threshold) = by_threshold.filter(|by| *by <= threshold) {
                let kind = NoteKind::OrderViolation;
                notes.push(Note { kind, tier: *tier, threshold, by: *by, by_threshold });
            }
        }
        match lowest {
            Some((by, by_threshold)) if by_threshold <= threshold => {
                let kind = NoteKind::Unreachable;
                notes.push(Note { kind, tier: *tier, threshold, by, by_threshold });
            }
            Some(_) | None => lowest = Some((*tier, threshold)),
        }
    }
    if let (Some(junk), Some((by, by_threshold))) = (thresholds.junk, lowest)
        && by_threshold.get() <= junk.get() + 1
    {
        let (kind, tier) = (NoteKind::Unreachable, Tier::Junk);
        notes.push(Note { kind, tier, threshold: junk, by, by_threshold });
    }
    notes
}

/// The same setting with every unreachable gateway tier off, as a sweep lists it.
///
/// The gateway does the same under both. Junk is kept: mail that skips the gateway may
/// still reach it.
pub fn canonical(thresholds: &Thresholds) -> Thresholds {
    let mut canonical = *thresholds;
    for note in thresholds_notes(thresholds) {
        match (note.kind, note.tier) {
            (NoteKind::Unreachable, Tier::Quarantine) => canonical.quarantine = None,
            (NoteKind::Unreachable, Tier::Reject) => canonical.reject = None,
            (NoteKind::Unreachable, Tier::Delete | Tier::Junk | Tier::Inbox)
            | (NoteKind::OrderViolation, _) => {}
        }
    }
    canonical
}

#[cfg(test)]
mod tests {
    use mail::Scl;

    use super::*;
    use crate::testing::thresholds;

    fn shown(values: [i64; 4]) -> Vec<String> {
        thresholds_notes(&thresholds(values)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn odd_settings_are_named() {
        assert_eq!(shown([9, 7, 6, 4]), [""; 0]);
        assert_eq!(shown([-1, 7, -1, 5]), [""; 0]);
        assert_eq!(shown([-1, -1, -1, 9]), [""; 0]);
        let hidden =
            "quarantine 9 never acts on an SCL: reject 7 takes every message it would";
        assert_eq!(shown([-1, 7, 9, 4])[1], hidden);
        let order = "delete 7 is not above reject 7; the product asks for delete above \
                     reject above quarantine";
        assert_eq!(shown([7, 7, -1, 4])[0], order);
        assert_eq!(
            shown([-1, 7, -1, 6]),
            ["junk 6 never acts on an SCL: reject 7 takes every message it would"]
        );
    }

    #[test]
    fn the_canonical_setting_does_the_same_at_every_scl() {
        for code in 0..11i64.pow(3) {
            let values = [code / 121 - 1, code / 11 % 11 - 1, code % 11 - 1, 4];
            let (literal, canonical) =
                (thresholds(values), canonical(&thresholds(values)));
            for scl in -1..=9 {
                let scl = Scl::new(scl).unwrap();
                assert_eq!(literal.gateway(scl), canonical.gateway(scl), "{literal}");
            }
            let odd = thresholds_notes(&canonical);
            assert!(odd.iter().all(|note| note.tier == Tier::Junk), "{canonical}");
        }
    }
}
