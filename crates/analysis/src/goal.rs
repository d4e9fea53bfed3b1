//! What a good policy is: how much good mail each tier may hurt.

use mail::{Label, Tier};
use serde::{Deserialize, Serialize};
use sweep::Tally;

use crate::rates::to_f64;
use crate::{Error, PriceSpec};

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
    /// What decides: `budgets` (default), `costs`, or `both`: least cost among the policies
    /// that keep the budgets.
    pub by: Aim,
    /// Costs, the keys of `[prices]`; only with `by` set to `costs` or `both`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub costs: Option<PriceSpec>,
    /// Share of spam in the traffic that costs are for; default the mail's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spam_share: Option<f64>,
    /// Days from the last message of the evidence until an exported script asks to be made
    /// again. Default 90: spam of a season ago is another spam.
    pub valid_days: u32,
}

/// What decides between policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Aim {
    /// Budgets, then least spam missed.
    #[default]
    Budgets,
    /// Least cost, no budgets.
    Costs,
    /// Budgets, then least cost.
    Both,
}

impl Default for GoalSpec {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl GoalSpec {
    /// Every key's default.
    pub const DEFAULT: Self = Self {
        fp_delete: 0.001,
        fp_reject: 0.002,
        fp_quarantine: 0.005,
        fp_junk: 0.02,
        confidence: 0.95,
        by: Aim::Budgets,
        costs: None,
        spam_share: None,
        valid_days: 90,
    };

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
        if let Some(value) = self.spam_share.filter(|s| !(*s > 0.0 && *s < 1.0)) {
            let cure = "use a share above 0 and below 1, such as 0.6";
            return Err(Error::GoalRange { key: "spam-share", value, cure });
        }
        let costs = self.costs.unwrap_or_default();
        costs.resolve()?;
        if self.costs.is_some() && self.by == Aim::Budgets {
            return Err(Error::UnusedCosts);
        }
        let asked = |value: f64| value < 1.0 && self.by != Aim::Costs;
        let budgets = budgets.map(|(_, value)| asked(value).then_some(value));
        Ok(Goal {
            budgets,
            confidence: self.confidence,
            by: self.by,
            costs,
            spam_share: self.spam_share,
            valid_days: self.valid_days,
        })
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
    by: Aim,
    costs: PriceSpec,
    spam_share: Option<f64>,
    valid_days: u32,
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

    /// What decides.
    pub fn by(&self) -> Aim {
        self.by
    }

    /// Days that a script stays valid after the last message of its evidence.
    pub fn valid_days(&self) -> u32 {
        self.valid_days
    }

    /// What a tally costs per message of the traffic that the goal is for; 0 without a
    /// message.
    pub fn cost(&self, tally: &Tally) -> f64 {
        let totals = Label::ALL.map(|label| to_f64(tally.total(label)));
        let own = totals[1] / (totals[0] + totals[1]).max(1.0);
        let spam = self.spam_share.unwrap_or(own);
        let table = by_tier(&self.costs);
        let shares = [1.0 - spam, spam];
        let of = |label: Label| {
            let at = label.index();
            let counts = tally.tiers[at].map(to_f64);
            let sum: f64 = counts.iter().zip(table[at]).map(|(n, cost)| n * cost).sum();
            shares[at] * sum / totals[at].max(1.0)
        };
        of(Label::Ham) + of(Label::Spam)
    }

    /// The cost as a whole number to be compared, in millionths of a millionth; 0 where
    /// costs do not decide.
    pub(crate) fn cost_rank(&self, tally: &Tally) -> u64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "costs are not negative; the cast saturates"
        )]
        match self.by {
            Aim::Budgets => 0,
            Aim::Costs | Aim::Both => (self.cost(tally) * 1e12).round() as u64,
        }
    }

    /// The same goal with budgets times `factor` and harm to good mail as much cheaper.
    pub(crate) fn scaled(&self, factor: f64) -> Self {
        let mut goal = *self;
        let budget = |budget: f64| Some(budget * factor).filter(|budget| *budget < 1.0);
        goal.budgets = self.budgets.map(|asked| asked.and_then(budget));
        for cost in [
            &mut goal.costs.ham_junk,
            &mut goal.costs.ham_quarantine,
            &mut goal.costs.ham_reject,
            &mut goal.costs.ham_delete,
        ] {
            *cost /= factor;
        }
        goal
    }

    /// Bonferroni's level for one budget alone: α over the number of budgets.
    pub(crate) fn shared_level(&self) -> f64 {
        let asked = self.budgets().count().max(1);
        (1.0 - self.confidence) / asked as f64
    }
}

/// Costs by label and tier.
fn by_tier(costs: &PriceSpec) -> [[f64; 5]; 2] {
    [
        [0.0, costs.ham_junk, costs.ham_quarantine, costs.ham_reject, costs.ham_delete],
        [costs.spam_inbox, costs.spam_junk, costs.spam_quarantine, 0.0, 0.0],
    ]
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
            ("spam-share = 1.0", "`spam-share` is `1`"),
        ] {
            let message = read(text).unwrap().resolve().unwrap_err().to_string();
            assert!(message.contains(key) && message.contains("such as"), "{message}");
        }
    }

    #[test]
    fn costs_follow_the_stated_traffic() {
        let spec = read("by = \"costs\"\nspam-share = 0.9").unwrap();
        let goal = spec.resolve().unwrap();
        assert_eq!(goal.budgets().count(), 0);
        let tally = crate::testing::tally([[8, 2, 0, 0, 0], [1, 0, 0, 0, 1]]);
        // 0.1 × 2/10 × 1 + 0.9 × 1/2 × 1.
        assert!((goal.cost(&tally) - 0.47).abs() < 1e-12);
        let own = read("by = \"both\"").unwrap().resolve().unwrap();
        assert!((own.cost(&tally) - (2.0 + 1.0) / 12.0).abs() < 1e-12);
        let wrong = read("by = \"both\"\ncosts = { ham-junk = -1.0 }").unwrap().resolve();
        assert!(wrong.unwrap_err().to_string().contains("`ham-junk` is `-1`"));
        let unused = read("costs = { ham-junk = 2.0 }").unwrap().resolve();
        assert!(unused.unwrap_err().to_string().contains("by = \"costs\""));
    }
}
