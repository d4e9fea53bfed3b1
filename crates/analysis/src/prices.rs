//! What an error costs: one price per label and tier.

use mail::{Label, Tier};
use serde::{Deserialize, Serialize};

use crate::Error;

/// The `[prices]` table as written; a key that is left out has its default. The unit is one
/// spam message in the inbox.
///
/// The prices of hurt good mail follow Androutsopoulos and others (2000), who weigh a good
/// message that was only flagged 1, one that was returned to its sender with a notice 9, and
/// one that was dropped unseen 999. Quarantine lies between (somebody has to find and
/// release it). The prices of caught spam are ours: a look through the junk folder costs a
/// tenth of spam in the inbox, an administrator's look at the quarantine a fiftieth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct PriceSpec {
    /// Good message in the junk folder. Default 1.
    pub ham_junk: f64,
    /// Good message in quarantine. Default 3.
    pub ham_quarantine: f64,
    /// Good message refused; the sender is told. Default 9.
    pub ham_reject: f64,
    /// Good message dropped; nobody is told. Default 999.
    pub ham_delete: f64,
    /// Spam in the inbox. Default 1.
    pub spam_inbox: f64,
    /// Spam in the junk folder. Default 0.1.
    pub spam_junk: f64,
    /// Spam in quarantine. Default 0.02.
    pub spam_quarantine: f64,
}

impl Default for PriceSpec {
    fn default() -> Self {
        Self {
            ham_junk: 1.0,
            ham_quarantine: 3.0,
            ham_reject: 9.0,
            ham_delete: 999.0,
            spam_inbox: 1.0,
            spam_junk: 0.1,
            spam_quarantine: 0.02,
        }
    }
}

impl PriceSpec {
    /// The prices, checked.
    ///
    /// # Errors
    ///
    /// [`Error::Price`] for a price that is negative, infinite or no number, and for spam in
    /// the inbox that costs nothing: every ratio is taken to it.
    pub fn resolve(&self) -> Result<Prices, Error> {
        let ham = [
            ("ham-junk", self.ham_junk),
            ("ham-quarantine", self.ham_quarantine),
            ("ham-reject", self.ham_reject),
            ("ham-delete", self.ham_delete),
        ];
        let spam = [
            ("spam-inbox", self.spam_inbox),
            ("spam-junk", self.spam_junk),
            ("spam-quarantine", self.spam_quarantine),
        ];
        for (key, value) in ham.into_iter().chain(spam) {
            let fair = value.is_finite() && value >= 0.0;
            if !fair || (key == "spam-inbox" && value <= 0.0) {
                return Err(Error::Price { key, value });
            }
        }
        let [junk, quarantine, reject, delete] = ham.map(|(_, value)| value);
        let [inbox, spam_junk, spam_quarantine] = spam.map(|(_, value)| value);
        Ok(Prices([
            [0.0, junk, quarantine, reject, delete],
            [inbox, spam_junk, spam_quarantine, 0.0, 0.0],
        ]))
    }
}

/// Price of one message by label and tier. A good message in the inbox and spam that was
/// refused or dropped cost nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prices([[f64; 5]; 2]);

impl Prices {
    /// Price of one message of `label` that ended at `tier`.
    pub fn of(&self, label: Label, tier: Tier) -> f64 {
        self.0[label.index()][tier.index()]
    }

    /// How far the price per message of `label` may be below and above what was seen, from
    /// its error rates (or their differences) at the acting tiers with their intervals. A
    /// tier that is `None` adds nothing.
    ///
    /// The price is a sum over the tiers, each step in price times the rate at the tier.
    /// The rates rise and fall together, since what ends at a harsher tier is past all
    /// milder ones, so their distances are added up as they are.
    pub(crate) fn reach(
        &self,
        label: Label,
        rates: [Option<(f64, [f64; 2])>; 4],
    ) -> [f64; 2] {
        let mut reach = [0.0; 2];
        for (at, rate) in rates.into_iter().enumerate() {
            let Some((seen, [low, high])) = rate else { continue };
            let step = self.0[label.index()][at + 1] - self.0[label.index()][at];
            let step = if label == Label::Ham { step } else { -step };
            let [below, above] = [step * (seen - low), step * (high - seen)];
            reach[0] += if step > 0.0 { below } else { -above };
            reach[1] += if step > 0.0 { above } else { -below };
        }
        reach
    }

    /// The 95 % interval of a price per message from the reach of both labels and their
    /// shares of the mail; the labels are independent, so that squares are added (Zou and
    /// Donner 2008).
    pub(crate) fn interval(price: f64, of: [(f64, [f64; 2]); 2]) -> [f64; 2] {
        let end = |at: usize| {
            let squares = of.map(|(share, reach)| (share * reach[at]).powi(2));
            squares.iter().sum::<f64>().sqrt()
        };
        [price - end(0), price + end(1)]
    }

    /// Total cost ratio of a two-way decision at `tier` (Androutsopoulos and others 2000):
    /// what all spam would cost without a filter ÷ what `hurt` good and `missed` spam
    /// messages cost, good mail priced as at this tier. Above 1 the filter is worth having.
    /// `None` where there is no spam, or no error and so no ratio.
    pub fn total_cost_ratio(
        &self,
        tier: Tier,
        hurt: u64,
        missed: u64,
        spam: u64,
    ) -> Option<f64> {
        let count = crate::rates::to_f64;
        let inbox = self.of(Label::Spam, Tier::Inbox);
        let cost = self.of(Label::Ham, tier) * count(hurt) + inbox * count(missed);
        (spam > 0 && cost > 0.0).then(|| inbox * count(spam) / cost)
    }
}

impl Default for Prices {
    fn default() -> Self {
        PriceSpec::default().resolve().expect("the defaults are in range")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_weighs_hurt_mail_as_the_tier_does() {
        let prices = Prices::default();
        let ratio = |tier| prices.total_cost_ratio(tier, 1, 11, 100).unwrap();
        assert!((ratio(Tier::Reject) - 100.0 / 20.0).abs() < 1e-12);
        assert!((ratio(Tier::Junk) - 100.0 / 12.0).abs() < 1e-12);
        assert!(ratio(Tier::Delete) < 1.0, "a deleted good message outweighs it all");
        assert_eq!(prices.total_cost_ratio(Tier::Junk, 0, 0, 100), None);
        assert_eq!(prices.total_cost_ratio(Tier::Junk, 1, 0, 0), None);
    }

    #[test]
    fn a_price_reaches_as_far_as_its_rates() {
        let prices = Prices::default();
        let rate = |seen: f64| Some((seen, [seen / 2.0, seen + 0.01]));
        let good = prices.reach(Label::Ham, [rate(0.04), None, rate(0.02), None]);
        // Steps in price of 1 at junk and 6 at reject.
        assert!((good[0] - (0.02 + 6.0 * 0.01)).abs() < 1e-12);
        assert!((good[1] - (0.01 + 6.0 * 0.01)).abs() < 1e-12);
        let spam = prices.reach(Label::Spam, [rate(0.1), None, None, rate(0.9)]);
        assert!((spam[0] - 0.9 * 0.05).abs() < 1e-12, "past reject nothing costs");
        // A harsher tier that is cheaper turns the reach round.
        let odd = PriceSpec { ham_quarantine: 0.0, ..PriceSpec::default() };
        let odd = odd.resolve().unwrap();
        let turned = odd.reach(Label::Ham, [None, rate(0.04), None, None]);
        assert!((turned[0] - 0.01).abs() < 1e-12 && (turned[1] - 0.02).abs() < 1e-12);
        let [low, high] = Prices::interval(1.0, [(0.5, [0.6, 0.8]), (0.5, [0.8, 0.6])]);
        assert!((low - 0.5).abs() < 1e-12 && (high - 1.5).abs() < 1e-12);
    }

    #[test]
    fn a_price_out_of_range_is_named() {
        for value in [-1.0, f64::NAN, f64::INFINITY] {
            let spec = PriceSpec { ham_reject: value, ..PriceSpec::default() };
            let error = spec.resolve().unwrap_err().to_string();
            assert!(error.contains("`ham-reject`"), "{error}");
        }
        let spec = PriceSpec { spam_inbox: 0.0, ..PriceSpec::default() };
        assert!(spec.resolve().is_err());
    }
}
