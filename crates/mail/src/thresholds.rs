//! Thresholds: the one place that knows ≥ from >.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Scl;

/// A threshold from 0 to 9.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(try_from = "i64", into = "i64")]
pub struct Threshold(u8);

impl Threshold {
    /// A threshold from 0 to 9.
    ///
    /// # Errors
    ///
    /// [`InvalidThreshold`] outside that range.
    pub const fn new(value: i64) -> Result<Self, InvalidThreshold> {
        match value {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "the pattern bounds it"
            )]
            0..=9 => Ok(Self(value as u8)),
            _ => Err(InvalidThreshold(value)),
        }
    }

    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }

    /// Delete, reject and quarantine act at SCL ≥ threshold. Source: specification 3.2.
    pub const fn meets(self, scl: Scl) -> bool {
        scl.get() >= self.0.cast_signed()
    }

    /// Junk acts at SCL > threshold. Source: specification 3.7.
    pub const fn exceeded_by(self, scl: Scl) -> bool {
        scl.get() > self.0.cast_signed()
    }

    /// The threshold that exactly those levels meet that exceed this one; none for 9.
    pub fn above(self) -> Option<Self> {
        Self::new(i64::from(self.0) + 1).ok()
    }

    /// The threshold that exactly those levels exceed that meet this one; none for 0.
    pub fn below(self) -> Option<Self> {
        Self::new(i64::from(self.0) - 1).ok()
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<i64> for Threshold {
    type Error = InvalidThreshold;

    fn try_from(value: i64) -> Result<Self, InvalidThreshold> {
        Self::new(value)
    }
}

impl From<Threshold> for i64 {
    fn from(threshold: Threshold) -> Self {
        Self::from(threshold.0)
    }
}

/// A number outside 0 to 9.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("threshold {0} is out of range; use 0 to 9")]
pub struct InvalidThreshold(i64);

/// What the content filter does with a message at one SCL.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum GatewayAction {
    /// Let it go on.
    Pass,
    /// To the quarantine mailbox.
    Quarantine,
    /// Refuse it at end of data.
    Reject,
    /// Accept and drop it.
    Delete,
}

/// How the store compares an SCL with the junk threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JunkComparison {
    /// SCL > threshold, as the product does.
    #[default]
    Gt,
    /// SCL ≥ threshold, as one dialog text and one overview say.
    Ge,
}

/// Which of delete, reject and quarantine can be on at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Ladder {
    /// All three, side by side: since 2007.
    #[default]
    Tiers,
    /// One at most: the gateway of 2003 has one threshold with one action. Source:
    /// specification 6.1.
    OneAction,
}

impl Ladder {
    /// Whether a server can have these thresholds.
    pub fn holds(self, thresholds: &Thresholds) -> bool {
        let Thresholds { delete, reject, quarantine, .. } = thresholds;
        let on = [delete, reject, quarantine].into_iter().flatten().count();
        match self {
            Self::Tiers => true,
            Self::OneAction => on <= 1,
        }
    }
}

/// The four thresholds; `None` is off.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Default,
    Serialize,
    Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Delete at SCL ≥ this.
    pub delete: Option<Threshold>,
    /// Reject at SCL ≥ this.
    pub reject: Option<Threshold>,
    /// Quarantine at SCL ≥ this.
    pub quarantine: Option<Threshold>,
    /// Junk at SCL > this.
    pub junk: Option<Threshold>,
}

impl Thresholds {
    /// The content filter's action: delete, then reject, then quarantine; first match wins.
    ///
    /// A trusted message (SCL -1) passes. Source: specification 3.2, 3.4.
    pub fn gateway(&self, scl: Scl) -> GatewayAction {
        let meets =
            |threshold: Option<Threshold>| threshold.is_some_and(|t| t.meets(scl));
        if scl.is_trusted() {
            GatewayAction::Pass
        } else if meets(self.delete) {
            GatewayAction::Delete
        } else if meets(self.reject) {
            GatewayAction::Reject
        } else if meets(self.quarantine) {
            GatewayAction::Quarantine
        } else {
            GatewayAction::Pass
        }
    }

    /// Whether the store moves a message of this SCL to Junk.
    pub fn junks(&self, scl: Scl, comparison: JunkComparison) -> bool {
        !scl.is_trusted()
            && self.junk.is_some_and(|threshold| match comparison {
                JunkComparison::Gt => threshold.exceeded_by(scl),
                JunkComparison::Ge => threshold.meets(scl),
            })
    }
}

impl fmt::Display for Thresholds {
    /// `delete 9, reject 7, quarantine off, junk 4`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |t: Option<Threshold>| t.map_or("off".to_owned(), |t| t.to_string());
        write!(
            f,
            "delete {}, reject {}, quarantine {}, junk {}",
            show(self.delete),
            show(self.reject),
            show(self.quarantine),
            show(self.junk)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scl(value: i64) -> Scl {
        Scl::new(value).unwrap()
    }

    fn at(value: i64) -> Option<Threshold> {
        Some(Threshold::new(value).unwrap())
    }

    #[test]
    fn gateway_acts_at_equality_and_junk_above_it() {
        let t =
            Thresholds { delete: at(8), reject: at(7), quarantine: at(6), junk: at(4) };
        let actions: Vec<_> = (-1..=9).map(|value| t.gateway(scl(value))).collect();
        use GatewayAction::{Delete, Pass, Quarantine, Reject};
        assert_eq!(
            actions,
            [
                Pass, Pass, Pass, Pass, Pass, Pass, Pass, Quarantine, Reject, Delete,
                Delete
            ]
        );
        assert!(
            !t.junks(scl(4), JunkComparison::Gt) && t.junks(scl(5), JunkComparison::Gt)
        );
        assert!(
            t.junks(scl(4), JunkComparison::Ge) && !t.junks(scl(3), JunkComparison::Ge)
        );
    }

    #[test]
    fn the_neighbours_of_a_threshold_turn_one_comparison_into_the_other() {
        for value in 0..=9 {
            let threshold = Threshold::new(value).unwrap();
            for scl in (0..=9).map(scl) {
                let above = threshold.above().is_some_and(|t| t.meets(scl));
                assert_eq!(above, threshold.exceeded_by(scl));
                if let Some(below) = threshold.below() {
                    assert_eq!(below.exceeded_by(scl), threshold.meets(scl));
                }
            }
        }
        assert!(Threshold::new(0).unwrap().below().is_none());
    }

    #[test]
    fn one_action_is_one_tier_of_the_gateway_beside_the_store() {
        let one = Thresholds { reject: at(7), junk: at(4), ..Thresholds::default() };
        let two = Thresholds { delete: at(9), ..one };
        assert!(Ladder::OneAction.holds(&one) && !Ladder::OneAction.holds(&two));
        assert!(Ladder::Tiers.holds(&two));
        assert!(Ladder::OneAction.holds(&Thresholds::default()));
    }

    #[test]
    fn a_lower_delete_hides_the_tiers_above_it() {
        let t =
            Thresholds { delete: at(5), reject: at(7), quarantine: at(6), junk: None };
        assert_eq!(t.gateway(scl(7)), GatewayAction::Delete);
        assert_eq!(t.gateway(scl(4)), GatewayAction::Pass);
        assert!(!t.junks(scl(9), JunkComparison::Gt));
    }

    #[test]
    fn trusted_mail_passes_even_a_threshold_of_zero() {
        let t = Thresholds { delete: at(0), reject: None, quarantine: None, junk: at(0) };
        assert_eq!(t.gateway(Scl::TRUSTED), GatewayAction::Pass);
        assert!(!t.junks(Scl::TRUSTED, JunkComparison::Ge));
        assert_eq!(t.gateway(Scl::MIN), GatewayAction::Delete);
    }
}
