//! Two policies on the same mail.

use analysis::{PairedComparison, Prices, Sides, TraceRow, compare, fates};
use mail::{Label, Tier, Timestamp};
use statrs::distribution::{ContinuousCDF as _, Normal};
use sweep::Cause;

use super::{Corpus, Dice, Finding, Promise, count, row, with_gauge};

/// Two policies that differ by chance alone: how often a test or the words say otherwise.
pub(crate) fn null_comparisons(draws: u32) -> Vec<Finding> {
    let mut found = Vec::new();
    for (campaigns, mean) in [(400, 1.0), (400, 4.0)] {
        let mut wrong = [0; 3];
        for draw in 0..draws {
            let mut dice = Dice::new(31, draw);
            let mut ends = Vec::new();
            let a = Corpus::new(&mut dice, campaigns, mean, |dice, id| {
                let ends_here = match (dice.happens(0.1), dice.happens(0.5)) {
                    (false, _) => [Tier::Inbox, Tier::Inbox],
                    (true, false) => [Tier::Inbox, Tier::Reject],
                    (true, true) => [Tier::Reject, Tier::Inbox],
                };
                ends.push(ends_here);
                // The campaign's number rides in the time.
                let time = Timestamp(id.try_into().unwrap_or(0));
                TraceRow { time, ..row(id, Label::ALL[id % 2], ends_here[0], 0.0) }
            });
            let mut b = a.rows.clone();
            for row in &mut b {
                row.tier = ends[usize::try_from(row.time.0).unwrap_or(0)][1];
            }
            let causes = [Cause { agent: "A".into(), reason: "B".into() }];
            let (fates_a, fates_b) = (a.fates(), fates(&b, &a.facts));
            let sides = Sides {
                names: ["a", "b"],
                fates: [&fates_a, &fates_b],
                causes: [&causes, &causes],
            };
            let comparison = with_gauge(200, |gauge| compare(sides, gauge));
            let comparison = comparison.expect("both sides hold the same messages");
            let reject = comparison.tiers[2].ham;
            wrong[0] += u32::from(reject.p_value < 0.05);
            wrong[1] += u32::from(reject.p_grouped.is_some_and(|p| p < 0.05));
            let claims = |word: &String| word.contains("hardly chance");
            wrong[2] += u32::from(comparison.words.iter().any(claims));
        }
        let whats = [
            "McNemar below 0.05 though nothing differs",
            "McNemar by campaign below 0.05 though nothing differs",
            "any claim in words though nothing differs",
        ];
        let first = if mean > 1.0 { Promise::Nothing } else { Promise::Errs };
        let promises = [first, Promise::Errs, Promise::Errs];
        for ((what, promise), count) in whats.into_iter().zip(promises).zip(wrong) {
            let setting = format!("{campaigns} campaigns of {mean} on average");
            found.push(Finding { what, promise, setting, count, draws });
        }
    }
    found
}

/// A message of a campaign under both policies: its tiers and scores.
#[derive(Clone, Copy)]
struct Both {
    tiers: [Tier; 2],
    scores: [f64; 2],
}

/// Draws a corpus under A and B and compares them.
fn compared(
    dice: &mut Dice,
    (campaigns, mean): (usize, f64),
    both: impl Fn(&mut Dice, Label) -> Both,
) -> PairedComparison {
    let mut drawn = Vec::new();
    let a = Corpus::new(dice, campaigns, mean, |dice, id| {
        let label = Label::ALL[id % 2];
        let both = both(dice, label);
        drawn.push(both);
        let time = Timestamp(id.try_into().unwrap_or(0));
        TraceRow { time, ..row(id, label, both.tiers[0], both.scores[0]) }
    });
    let mut b = a.rows.clone();
    for row in &mut b {
        let both = drawn[usize::try_from(row.time.0).unwrap_or(0)];
        (row.tier, row.score) = (both.tiers[1], Some(both.scores[1]));
    }
    let causes = [Cause { agent: "A".into(), reason: "B".into() }];
    let (fates_a, fates_b) = (a.fates(), fates(&b, &a.facts));
    let sides = Sides {
        names: ["a", "b"],
        fates: [&fates_a, &fates_b],
        causes: [&causes, &causes],
    };
    let comparison = with_gauge(200, |gauge| compare(sides, gauge));
    comparison.expect("both sides hold the same messages")
}

/// Coverage of the interval of a difference in (1−ROCA): two noisy readings of one score.
pub(crate) fn differing_areas(draws: u32) -> Vec<Finding> {
    let truths = [
        (300, 1.5, 2.0, [0.6, 1.0]),
        (300, 4.0, 2.0, [0.6, 1.0]),
        (300, 1.5, 3.5, [0.5, 1.2]),
        (40, 1.5, 2.0, [0.5, 0.5]),
        (300, 1.5, 5.0, [0.5, 1.2]),
    ];
    let each = |(campaigns, mean, apart, noise): (usize, f64, f64, [f64; 2])| {
        // Two messages differ by a normal number of variance 2 (1 + noise²).
        let area = |noise: f64| {
            let deviation = (2.0 * (1.0 + noise * noise)).sqrt();
            100.0 * Normal::standard().cdf(-apart / deviation)
        };
        let truth = area(noise[1]) - area(noise[0]);
        let covers = |draw| {
            let mut dice = Dice::new(37, draw);
            let found = compared(&mut dice, (campaigns, mean), |dice, label| {
                let mean = if label == Label::Spam { apart } else { 0.0 };
                let score = mean + dice.normal();
                let scores = noise.map(|noise| score + noise * dice.normal());
                Both { tiers: [Tier::Inbox; 2], scores }
            });
            let interval = found.ranking.and_then(|ranking| ranking.grouped);
            interval.is_some_and(|[low, high]| low <= truth && truth <= high)
        };
        Finding {
            what: "95 % interval holds a difference in (1-ROCA)%",
            promise: Promise::Holds,
            setting: format!(
                "{:.4} % against {:.4} %, {campaigns} campaigns of {mean} on average",
                area(noise[0]),
                area(noise[1])
            ),
            count: count(draws, covers),
            draws,
        }
    };
    truths.into_iter().map(each).collect()
}

/// Coverage of the interval of a difference in price.
pub(crate) fn differing_prices(draws: u32) -> Vec<Finding> {
    // Good mail junked under A alone, rejected under B alone, deleted under B alone.
    let truths = [
        (400, 1.0, [0.05, 0.02, 0.0]),
        (400, 4.0, [0.05, 0.02, 0.0]),
        (400, 1.0, [0.02, 0.002, 0.001]),
        (400, 4.0, [0.02, 0.002, 0.001]),
    ];
    let prices = Prices::default();
    let each = |(campaigns, mean, shares): (usize, f64, [f64; 3])| {
        let [junked, rejected, deleted] = shares;
        let of = |tier| prices.of(Label::Ham, tier);
        let good = rejected * of(Tier::Reject) + deleted * of(Tier::Delete)
            - junked * of(Tier::Junk);
        let covers = |draw| {
            let mut dice = Dice::new(41, draw);
            let found = compared(&mut dice, (campaigns, mean), |dice, label| {
                let chance = dice.unit();
                let tiers = match label {
                    // Spam crosses every tier, so that all are in use.
                    Label::Spam if chance < 0.1 => [Tier::Reject, Tier::Delete],
                    Label::Spam if chance < 0.2 => [Tier::Delete, Tier::Reject],
                    Label::Spam => [Tier::Reject; 2],
                    Label::Ham if chance < deleted => [Tier::Inbox, Tier::Delete],
                    Label::Ham if chance < deleted + rejected => {
                        [Tier::Inbox, Tier::Reject]
                    }
                    Label::Ham if chance < deleted + rejected + junked => {
                        [Tier::Junk, Tier::Inbox]
                    }
                    Label::Ham => [Tier::Inbox; 2],
                };
                Both { tiers, scores: [0.0; 2] }
            });
            let truth = good * found.ham as f64 / found.cases as f64;
            let interval = found.price.grouped;
            interval.is_some_and(|[low, high]| low <= truth && truth <= high)
        };
        Finding {
            what: "95 % interval holds a difference in price",
            promise: Promise::Holds,
            setting: format!(
                "good mail {junked} no longer junked, {rejected} rejected, {deleted} \
                 deleted, {campaigns} campaigns of {mean} on average"
            ),
            count: count(draws, covers),
            draws,
        }
    };
    truths.into_iter().map(each).collect()
}
