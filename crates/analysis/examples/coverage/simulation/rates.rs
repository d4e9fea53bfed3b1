//! Rates, their differences and prices.

use analysis::{Measures, Prices, Rate, paired_difference, upper_bound};
use mail::{Label, Tier};

use super::{Corpus, Dice, Finding, Promise, count, row, with_gauge};

/// Rates of independent messages, near-zero ones included: `(messages, true rate)`.
pub(crate) const RATES: [(u64, f64); 8] = [
    (20, 0.0),
    (50, 0.001),
    (400, 0.0005),
    (4150, 0.0002),
    (4150, 0.002),
    (1000, 0.02),
    (200, 0.3),
    (2, 0.5),
];

/// Coverage of the two-sided interval, and wrong one-sided claims.
pub(crate) fn rates(draws: u32) -> Vec<Finding> {
    let mut found = Vec::new();
    for (n, truth) in RATES {
        let errors = |draw| {
            let mut dice = Dice::new(n, draw);
            (0..n).filter(|_| dice.happens(truth)).count() as u64
        };
        let covers = |draw| {
            let rate = Rate::new(errors(draw), n);
            rate.low <= truth && truth <= rate.high
        };
        let wrong = |draw| upper_bound(errors(draw), n, 0.95) < truth;
        let setting = format!("rate {truth} of {n} messages");
        found.push(Finding {
            what: "exact 95 % interval holds the rate",
            promise: Promise::Holds,
            setting: setting.clone(),
            count: count(draws, covers),
            draws,
        });
        found.push(Finding {
            what: "one-sided 95 % claim is wrong",
            promise: Promise::Errs,
            setting,
            count: count(draws, wrong),
            draws,
        });
    }
    found
}

/// Coverage of the interval of a paired difference.
pub(crate) fn differences(draws: u32) -> Vec<Finding> {
    let truths =
        [(4000, 0.0, 0.0005), (4000, 0.001, 0.0005), (500, 0.02, 0.02), (100, 0.2, 0.1)];
    let each = |(n, p_a, p_b): (u64, f64, f64)| {
        let covers = |draw| {
            let (mut dice, mut only) = (Dice::new(n + 1, draw), [0, 0]);
            for _ in 0..n {
                let chance = dice.unit();
                only[0] += u64::from(chance < p_a);
                only[1] += u64::from((p_a..p_a + p_b).contains(&chance));
            }
            let found = paired_difference(only[0], only[1], n);
            found.low <= p_b - p_a && p_b - p_a <= found.high
        };
        Finding {
            what: "95 % interval of a paired difference holds it",
            promise: Promise::Holds,
            setting: format!("{p_a} worse, {p_b} better of {n} messages"),
            count: count(draws, covers),
            draws,
        }
    };
    truths.into_iter().map(each).collect()
}

/// Coverage of both intervals where the copies of a campaign share their fate.
pub(crate) fn campaigns(draws: u32) -> Vec<Finding> {
    let truths = [(300, 1.0, 0.02), (300, 4.0, 0.002), (300, 4.0, 0.02), (300, 4.0, 0.1)];
    let mut found = Vec::new();
    for (campaigns, mean, truth) in truths {
        let mut held = [0; 2];
        for draw in 0..draws {
            let mut dice = Dice::new(17, draw);
            let corpus = Corpus::new(&mut dice, campaigns, mean, |dice, id| {
                let tier = if dice.happens(truth) { Tier::Junk } else { Tier::Inbox };
                row(id, Label::Ham, tier, 0.0)
            });
            let measures = with_gauge(200, |gauge| Measures::of(&corpus.fates(), gauge));
            let fp = measures.tiers[0].fp;
            let holds = |[low, high]: [f64; 2]| low <= truth && truth <= high;
            let exact = holds([fp.rate.low, fp.rate.high]);
            let grouped = fp.grouped.is_some_and(holds);
            held[0] += u32::from(exact);
            held[1] += u32::from(grouped);
        }
        // With copies the exact interval promises nothing: that is what the other is for.
        let promises =
            [if mean > 1.0 { Promise::Nothing } else { Promise::Holds }, Promise::Holds];
        let whats = [
            "exact 95 % interval holds the rate of campaigns",
            "95 % interval by campaign holds the rate of campaigns",
        ];
        for ((what, promise), count) in whats.into_iter().zip(promises).zip(held) {
            let setting =
                format!("rate {truth}, {campaigns} campaigns of {mean} on average");
            found.push(Finding { what, promise, setting, count, draws });
        }
    }
    found
}

/// Coverage of the interval of the price per message, at the share of spam that was drawn.
pub(crate) fn prices(draws: u32) -> Vec<Finding> {
    // Good mail junked, rejected, deleted; spam in the inbox.
    let truths = [
        (400, 1.0, [0.02, 0.01, 0.0], 0.1),
        (400, 4.0, [0.02, 0.01, 0.0], 0.1),
        (400, 1.0, [0.01, 0.002, 0.0005], 0.05),
        (400, 4.0, [0.01, 0.002, 0.0005], 0.05),
        (40, 1.5, [0.01, 0.001, 0.0], 0.02),
    ];
    let prices = Prices::default();
    let each = |(campaigns, mean, good, missed): (usize, f64, [f64; 3], f64)| {
        let ends = [Tier::Junk, Tier::Reject, Tier::Delete];
        let of_good = |(share, tier): (f64, Tier)| share * prices.of(Label::Ham, tier);
        let good_price: f64 = good.into_iter().zip(ends).map(of_good).sum();
        let covers = |draw| {
            let mut dice = Dice::new(19, draw);
            let corpus = Corpus::new(&mut dice, campaigns, mean, |dice, id| {
                let chance = dice.unit();
                let tier = match Label::ALL[id % 2] {
                    Label::Spam if chance < missed => Tier::Inbox,
                    // Every tier is in use, or none could be told from one that is off.
                    Label::Spam if chance < missed + 0.2 => Tier::Delete,
                    Label::Spam => Tier::Reject,
                    Label::Ham if chance < good[2] => Tier::Delete,
                    Label::Ham if chance < good[2] + good[1] => Tier::Reject,
                    Label::Ham if chance < good.iter().sum() => Tier::Junk,
                    Label::Ham => Tier::Inbox,
                };
                row(id, Label::ALL[id % 2], tier, 0.0)
            });
            let measures = with_gauge(200, |gauge| Measures::of(&corpus.fates(), gauge));
            let share = measures.ham as f64 / measures.cases as f64;
            let spam_price = missed * prices.of(Label::Spam, Tier::Inbox);
            let truth = share * good_price + (1.0 - share) * spam_price;
            let interval = measures.price.grouped;
            interval.is_some_and(|[low, high]| low <= truth && truth <= high)
        };
        let [junked, rejected, deleted] = good;
        Finding {
            what: "95 % interval holds the price per message",
            promise: Promise::Holds,
            setting: format!(
                "good mail {junked} junked, {rejected} rejected, {deleted} deleted, spam \
                 {missed} missed, {campaigns} campaigns of {mean} on average"
            ),
            count: count(draws, covers),
            draws,
        }
    };
    truths.into_iter().map(each).collect()
}
