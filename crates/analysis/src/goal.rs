//! What a good policy is: how much good mail each tier may hurt.

use mail::Tier;
use serde::{Deserialize, Serialize};

use crate::Error;

/// The `[goal]` table as written; a key that is left out has its default.
///
/// Each budget limits false positives *at that tier or harsher* as a share of all good
/// mail; 1 asks nothing of the tier. The defaults follow from what the tier costs the
/// reader of a wrongly treated message and from what mail can prove: zero errors among n
/// good messages prove at most about 3 ÷ n (95 %), with four budgets judged together 4.4 ÷
/// n for the hardest of them. So 0.001 at delete needs some 4,400 good messages without one
/// deleted, a few months of a department's mail; a ten times smaller budget would need
/// 44,000 and could never be proven on most corpora.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct GoalSpec {
    /// Deleted, nobody is told. Default 0.001: one good message in a thousand.
    pub fp_delete: f64,
    /// Rejected or deleted; the sender of a rejected one is told. Default 0.002.
    pub fp_reject: f64,
    /// Quarantined or worse; an administrator can release. Default 0.005.
    pub fp_quarantine: f64,
    /// Junked or worse; the reader finds it in a folder. Default 0.02.
    pub fp_junk: f64,
    /// Confidence with which all budgets are to hold together. Default 0.95.
    pub confidence: f64,
}

impl Default for GoalSpec {
    fn default() -> Self {
        Self {
            fp_delete: 0.001,
            fp_reject: 0.002,
            fp_quarantine: 0.005,
            fp_junk: 0.02,
            confidence: 0.95,
        }
    }
}

impl GoalSpec {
    /// The goal, checked.
    ///
    /// # Errors
    ///
    /// [`Error::GoalRange`] for a budget outside 0 < b ≤ 1 or a confidence outside
    /// 0.5 ≤ c < 1, naming the key.
    pub fn resolve(&self) -> Result<Goal, Error> {
        const CURE: &str = "use a share above 0 and at most 1, such as 0.001 for 0.1 %; no \
                            amount of mail proves a rate of 0, and 1 asks nothing";
        let budgets = [
            ("fp-junk", self.fp_junk),
            ("fp-quarantine", self.fp_quarantine),
            ("fp-reject", self.fp_reject),
            ("fp-delete", self.fp_delete),
        ];
        for (key, value) in budgets {
            if !(value > 0.0 && value <= 1.0) {
                return Err(Error::GoalRange { key, value, cure: CURE });
            }
        }
        if !(0.5..1.0).contains(&self.confidence) {
            let cure = "use a confidence from 0.5 to less than 1, such as 0.95";
            return Err(Error::GoalRange {
                key: "confidence",
                value: self.confidence,
                cure,
            });
        }
        let budgets = budgets.map(|(_, value)| (value < 1.0).then_some(value));
        Ok(Goal { budgets, confidence: self.confidence })
    }
}

/// Budgets of false positives, and how sure to be of them. After the budgets: least spam
/// in the inbox, then least at junk or milder, at quarantine or milder, at reject or
/// milder; then least content scans, least DNS questions, fewest priority changes, fewest
/// odd thresholds, mildest thresholds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Goal {
    budgets: [Option<f64>; 4],
    confidence: f64,
}

impl Goal {
    /// The asked budgets, mildest tier first.
    pub fn budgets(&self) -> impl Iterator<Item = (Tier, f64)> {
        Tier::ACTING
            .into_iter()
            .zip(self.budgets)
            .filter_map(|(tier, budget)| Some((tier, budget?)))
    }

    /// Confidence with which all of them are to hold together.
    pub fn confidence(&self) -> f64 {
        self.confidence
    }

    /// Bonferroni's level for one budget alone: α over the number of budgets.
    pub(crate) fn shared_level(&self) -> f64 {
        let asked = self.budgets().count().max(1);
        (1.0 - self.confidence) / asked as f64
    }
}

impl Default for Goal {
    fn default() -> Self {
        GoalSpec::default().resolve().expect("the defaults are in range")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<GoalSpec, toml::de::Error> {
        toml::from_str(text)
    }

    #[test]
    fn keys_left_out_have_their_defaults() {
        let spec = read("fp-delete = 0.0005\nfp-junk = 1").unwrap();
        let goal = spec.resolve().unwrap();
        let expected =
            [(Tier::Quarantine, 0.005), (Tier::Reject, 0.002), (Tier::Delete, 0.0005)];
        assert!(goal.budgets().eq(expected));
        assert!(read("fp-deleted = 0.1").unwrap_err().to_string().contains("fp-deleted"));
    }

    #[test]
    fn a_number_out_of_range_is_named_with_its_cure() {
        for (text, key) in [
            ("fp-delete = 0.0", "`fp-delete` is `0`"),
            ("fp-reject = -0.1", "`fp-reject` is `-0.1`"),
            ("fp-junk = 2.0", "`fp-junk` is `2`"),
            ("fp-quarantine = nan", "`fp-quarantine` is `NaN`"),
            ("confidence = 1.0", "`confidence` is `1`"),
            ("confidence = 0.2", "`confidence` is `0.2`"),
        ] {
            let message = read(text).unwrap().resolve().unwrap_err().to_string();
            assert!(message.contains(key) && message.contains("such as"), "{message}");
        }
    }
}
