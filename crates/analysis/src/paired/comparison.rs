//! What two policies did to the same mail, with what can be claimed about the difference.

use std::collections::BTreeSet;

use mail::{Label, Tier};
use serde::Serialize;
use sweep::{Cause, Tally};

use super::difference::{PairedDifference, ends, paired_difference};
use super::flips::{TierFlip, flips};
use super::holm::holm_adjusted;
use super::mcnemar::{grouped_mcnemar, mcnemar};
use super::pairs::{Pair, Side, pairs};
use super::sentences::sentences;
use crate::bootstrap::{difference_interval, resampled_p};
use crate::clustered::{Cluster, variance};
use crate::ranking::Ranked;
use crate::rates::ratio;
use crate::{Error, Exact, Fate, Gauge, Prices, TierRow, tier_rows};

/// The two sides as the caller holds them.
#[derive(Debug, Clone, Copy)]
pub struct Sides<'a> {
    /// What A and B are called in errors.
    pub names: [&'a str; 2],
    /// Where their cases ended.
    pub fates: [&'a [Fate<'a>]; 2],
    /// Who decided.
    pub causes: [&'a [Cause]; 2],
}

/// Errors of one label at one tier, under A and B.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LabelTest {
    /// Errors under A alone.
    pub only_a: u64,
    /// Errors under B alone.
    pub only_b: u64,
    /// Messages of the label.
    pub of: u64,
    /// Errors of B minus errors of A, as a share, with its interval.
    #[serde(flatten)]
    pub effect: PairedDifference,
    /// The interval by campaign, at the effective number of messages; `None` without draws
    /// or without messages.
    pub grouped: Option<[f64; 2]>,
    /// Exact two-sided McNemar test.
    pub p_value: f64,
    /// The same after Holm, over every label and tier, the ranking and the price.
    pub p_holm: f64,
    /// The exact test by campaign; `None` where it would take too long.
    pub p_grouped: Option<f64>,
    /// The larger of both p-values after Holm, with all other such: what a claim rests on.
    pub p_claim: f64,
    /// Campaigns in which something changed.
    pub campaigns_changed: u64,
}

/// One acting tier under A and B.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TierComparison {
    /// The tier.
    pub tier: Tier,
    /// Counts and rates under A.
    pub a: TierRow,
    /// Counts and rates under B.
    pub b: TierRow,
    /// Exact McNemar test over both labels: good mail hurt and spam let past this tier.
    pub p_value: f64,
    /// The same after Holm over the four tiers.
    pub p_holm: f64,
    /// Good mail alone.
    pub ham: LabelTest,
    /// Spam alone.
    pub spam: LabelTest,
}

impl TierComparison {
    /// Whether any message is an error at the tier on one side alone.
    fn crossed(&self) -> bool {
        [self.ham, self.spam].iter().any(|test| test.only_a + test.only_b > 0)
    }
}

/// A figure under A and B.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Change {
    /// Under A.
    pub a: f64,
    /// Under B.
    pub b: f64,
    /// B minus A.
    pub difference: f64,
    /// The 95 % interval of the difference by campaign: of an area from draws, of a price
    /// from the intervals of the rates; `None` where draws say nothing, such as with no
    /// difference at all.
    pub grouped: Option<[f64; 2]>,
    /// Two-sided p-value from the same draws; `None` without draws.
    pub p_value: Option<f64>,
    /// The same after Holm, with the tests of every label and tier.
    pub p_holm: Option<f64>,
}

/// Two policies on the same mail.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PairedComparison {
    /// Messages.
    pub cases: u64,
    /// Good ones.
    pub ham: u64,
    /// Spam.
    pub spam: u64,
    /// Campaigns they come from.
    pub campaigns: u64,
    /// Junk, quarantine, reject, delete.
    pub tiers: Vec<TierComparison>,
    /// (1−ROCA)% over the messages that both scored; `None` where a label has none.
    pub ranking: Option<Change>,
    /// Messages that are no part of the ranking: one side or both gave no score.
    pub unscored: Exact,
    /// Price of the errors per message.
    pub price: Change,
    /// Messages whose tier changed, worst first.
    pub flips: Vec<TierFlip>,
    /// Messages that end at the same tier by another agent's decision.
    pub other_agent: u64,
    /// What it means, in plain words.
    pub words: Vec<String>,
}

/// Compares two policies on the same cases.
///
/// # Errors
///
/// [`Error::OtherCases`] and [`Error::OtherLabels`] where the sides do not hold the same
/// messages with the same labels.
pub fn compare(sides: Sides<'_>, gauge: Gauge<'_>) -> Result<PairedComparison, Error> {
    let [a, b] = [0, 1].map(|at| Side {
        name: sides.names[at],
        fates: sides.fates[at],
        causes: sides.causes[at],
    });
    let pairs = pairs(a, b)?;
    let drawn = Drawn::new(&pairs, gauge);
    let [tally_a, tally_b] = [tally(a.fates), tally(b.fates)];
    let rows = tier_rows(&tally_a).into_iter().zip(tier_rows(&tally_b)).enumerate();
    let mut tiers: Vec<_> = rows
        .map(|(at, (a, b))| {
            let [ham, spam] = Label::ALL.map(|label| {
                let drawn = drawn.variance(label.index() * 4 + at);
                label_test(&pairs, label, a.tier, drawn)
            });
            let both = mcnemar(ham.only_a + spam.only_a, ham.only_b + spam.only_b);
            TierComparison { tier: a.tier, a, b, p_value: both, p_holm: both, ham, spam }
        })
        .collect();
    let mut ranking = drawn.ranking();
    let mut price = drawn.change(9, drawn.seen.price);
    price.grouped = price.grouped.and(price_interval(&tiers, &price, gauge.prices));
    adjust(&mut tiers, ranking.as_mut(), &mut price);
    let flips = flips(&pairs, a, b, gauge.prices);
    let [ham, spam] = Label::ALL.map(|label| tally_a.total(label));
    let mut comparison = PairedComparison {
        cases: pairs.len() as u64,
        ham,
        spam,
        campaigns: u64::from(groups(&pairs)),
        tiers,
        ranking,
        unscored: unscored(&pairs),
        price,
        flips,
        other_agent: pairs.iter().filter(|pair| other_agent(pair, a, b)).count() as u64,
        words: Vec::new(),
    };
    comparison.words = sentences(&comparison);
    Ok(comparison)
}

fn other_agent(pair: &Pair<'_>, a: Side<'_>, b: Side<'_>) -> bool {
    let agent = |fate: &Fate<'_>, causes: &[Cause]| {
        causes.get(usize::from(fate.row.cause)).map(|cause| cause.agent.clone())
    };
    pair.a.row.tier == pair.b.row.tier
        && agent(&pair.a, a.causes) != agent(&pair.b, b.causes)
}

fn unscored(pairs: &[Pair<'_>]) -> Exact {
    let without = |label: Label| {
        let of_label = pairs.iter().filter(|pair| pair.a.row.label == label);
        of_label.filter(|pair| scores(pair).is_none()).count() as u64
    };
    Exact { ham: without(Label::Ham), spam: without(Label::Spam) }
}

fn scores(pair: &Pair<'_>) -> Option<[f64; 2]> {
    let number = |score: Option<f64>| score.filter(|score| !score.is_nan());
    Some([number(pair.a.row.score)?, number(pair.b.row.score)?])
}

fn groups(pairs: &[Pair<'_>]) -> u32 {
    let mut groups: Vec<_> = pairs.iter().map(|pair| pair.a.group).collect();
    groups.sort_unstable();
    groups.dedup();
    u32::try_from(groups.len()).expect("fewer than 2^32 campaigns")
}

fn tally(fates: &[Fate<'_>]) -> Tally {
    let mut tally = Tally::default();
    for fate in fates {
        tally.tiers[fate.row.label.index()][fate.row.tier.index()] += 1;
    }
    tally
}

/// Whether ending at `ended` is an error of a decision at `tier`.
fn wrong(label: Label, ended: Tier, tier: Tier) -> bool {
    match label {
        Label::Ham => ended >= tier,
        Label::Spam => ended < tier,
    }
}

/// 1 for an error under A alone, -1 under B alone, 0 where they agree.
fn net(pair: &Pair<'_>, tier: Tier) -> i64 {
    let label = pair.a.row.label;
    i64::from(wrong(label, pair.a.row.tier, tier))
        - i64::from(wrong(label, pair.b.row.tier, tier))
}

fn label_test(
    pairs: &[Pair<'_>],
    label: Label,
    tier: Tier,
    drawn: Option<f64>,
) -> LabelTest {
    let of_label = || pairs.iter().filter(|pair| pair.a.row.label == label);
    let nets = |value| of_label().filter(|pair| net(pair, tier) == value).count() as u64;
    let (only_a, only_b, of) = (nets(1), nets(-1), of_label().count() as u64);
    let mut by_group = std::collections::BTreeMap::<u32, i64>::new();
    for pair in of_label().filter(|pair| net(pair, tier) != 0) {
        *by_group.entry(pair.a.group).or_default() += net(pair, tier);
    }
    let p_value = mcnemar(only_a, only_b);
    let p_grouped = grouped_mcnemar(by_group.values().copied());
    let campaigns =
        of_label().map(|pair| pair.a.group).collect::<BTreeSet<_>>().len() as u64;
    let (a, b) = (ratio(only_a, of), ratio(only_b, of));
    let one = a + b - (b - a).powi(2);
    let grouped = drawn.filter(|_| of > 0).map(|drawn| {
        let eventful = by_group.len() as u64;
        let cluster = Cluster { of, campaigns, eventful, drawn, independent: one };
        let (low, high) = ends(a, b, cluster.effective());
        [low, high]
    });
    LabelTest {
        only_a,
        only_b,
        of,
        effect: paired_difference(only_a, only_b, of),
        grouped,
        p_value,
        p_holm: p_value,
        campaigns_changed: by_group.len() as u64,
        p_grouped,
        p_claim: p_value.max(p_grouped.unwrap_or(1.0)),
    }
}

/// The interval of the difference in price, from those of the rates. A tier that no message
/// crossed either way is taken to be treated alike.
fn price_interval(
    tiers: &[TierComparison],
    price: &Change,
    prices: &Prices,
) -> Option<[f64; 2]> {
    let all = tiers.first().map_or(0, |row| row.ham.of + row.spam.of);
    let of = Label::ALL.map(|label| {
        let test = |at: usize| match label {
            Label::Ham => tiers.get(at).map(|row| row.ham),
            Label::Spam => tiers.get(at).map(|row| row.spam),
        };
        let crossed = |at: usize| tiers.get(at).is_some_and(TierComparison::crossed);
        let rates = [0, 1, 2, 3].map(|at| {
            let test = test(at).filter(|_| crossed(at))?;
            Some((test.effect.difference, test.grouped?))
        });
        (ratio(test(0).map_or(0, |test| test.of), all), prices.reach(label, rates))
    });
    (all > 0).then(|| Prices::interval(price.difference, of))
}

/// Holm over the eight tests of a label at a tier, the ranking and the price, once with the
/// tests of single messages and once with what claims rest on; and, apart from them, over
/// the four tests of both labels together.
fn adjust(
    tiers: &mut [TierComparison],
    ranking: Option<&mut Change>,
    price: &mut Change,
) {
    let both = holm_adjusted(&tiers.iter().map(|row| row.p_value).collect::<Vec<_>>());
    for (row, adjusted) in tiers.iter_mut().zip(both) {
        row.p_holm = adjusted;
    }
    let changes = [ranking.as_ref().and_then(|change| change.p_value), price.p_value];
    let adjusted = |of: fn(&LabelTest) -> f64| {
        let tests = tiers.iter().flat_map(|row| [of(&row.ham), of(&row.spam)]);
        let all: Vec<_> = tests.chain(changes.into_iter().flatten()).collect();
        holm_adjusted(&all).into_iter()
    };
    let mut singly = adjusted(|test| test.p_value);
    let mut adjusted = adjusted(|test| test.p_claim);
    for row in tiers {
        for test in [&mut row.ham, &mut row.spam] {
            test.p_holm = singly.next().unwrap_or(1.0);
            test.p_claim = adjusted.next().unwrap_or(1.0);
        }
    }
    for change in ranking.into_iter().chain([price]) {
        change.p_holm = change.p_value.and(adjusted.next());
    }
}

/// Figures of both sides: as seen, and over the draws.
struct Drawn {
    seen: Figures,
    /// Differences of each draw: ham per tier, spam per tier, (1−ROCA), price.
    differences: Vec<[f64; 10]>,
    /// Campaigns with a message on the wrong side of one of the other label, of the label
    /// and by the scores that have fewer such.
    eventful: u64,
}

/// What is compared besides counts, under A and B.
#[derive(Clone, Copy)]
struct Figures {
    area: [f64; 2],
    price: [f64; 2],
    errors: [f64; 8],
}

impl Drawn {
    fn new(pairs: &[Pair<'_>], gauge: Gauge<'_>) -> Self {
        let mut numbers = std::collections::BTreeMap::new();
        let group: Vec<u32> = pairs
            .iter()
            .map(|pair| {
                let next = u32::try_from(numbers.len()).expect("fewer than 2^32");
                *numbers.entry(pair.a.group).or_insert(next)
            })
            .collect();
        let ranked = [0, 1].map(|side| {
            Ranked::new(pairs.iter().zip(&group).filter_map(|(pair, group)| {
                Some((scores(pair)?[side], pair.a.row.label, *group))
            }))
        });
        let nets: Vec<[i64; 4]> =
            pairs.iter().map(|pair| Tier::ACTING.map(|tier| net(pair, tier))).collect();
        let figures = |times: &dyn Fn(u32) -> u32| {
            let (mut of, mut errors, mut price) = ([0.0; 2], [0.0; 8], [0.0; 2]);
            for ((pair, group), nets) in pairs.iter().zip(&group).zip(&nets) {
                let (weight, label) = (f64::from(times(*group)), pair.a.row.label);
                of[label.index()] += weight;
                for (at, net) in nets.iter().enumerate() {
                    errors[label.index() * 4 + at] -= weight * *net as f64;
                }
                price[0] += weight * gauge.prices.of(label, pair.a.row.tier);
                price[1] += weight * gauge.prices.of(label, pair.b.row.tier);
            }
            Figures {
                area: [0, 1].map(|side| 100.0 * ranked[side].one_minus_roca(times)),
                price: price.map(|sum| sum / (of[0] + of[1])),
                errors: std::array::from_fn(|at| errors[at] / of[at / 4]),
            }
        };
        let groups = u32::try_from(numbers.len()).expect("fewer than 2^32");
        let differences = gauge.resampling.run(groups, gauge.threads, |times| {
            let drawn = figures(&|group| times[group as usize]);
            std::array::from_fn(|at| match at {
                0..8 => drawn.errors[at],
                8 => drawn.area[1] - drawn.area[0],
                _ => drawn.price[1] - drawn.price[0],
            })
        });
        let seen = figures(&|_| 1);
        let eventful = |side: usize| ranked[side].ground(seen.area[side] > 50.0).eventful;
        Self { seen, differences, eventful: eventful(0).min(eventful(1)) }
    }

    /// Variance over the draws; `None` without any.
    fn variance(&self, at: usize) -> Option<f64> {
        let draws = &self.differences;
        (!draws.is_empty()).then(|| variance(draws.iter().map(|draw| draw[at])))
    }

    fn change(&self, at: usize, [a, b]: [f64; 2]) -> Change {
        let drawn = !self.differences.is_empty();
        let p = || resampled_p(self.differences.iter().map(|draw| draw[at]));
        let (a, b) = if a.is_nan() { (0.0, 0.0) } else { (a, b) };
        let draws = self.differences.iter().map(|draw| draw[at]);
        Change {
            a,
            b,
            difference: b - a,
            grouped: difference_interval(b - a, draws, self.eventful),
            p_value: drawn.then(p),
            p_holm: None,
        }
    }

    fn ranking(&self) -> Option<Change> {
        self.seen.area[0].is_finite().then(|| self.change(8, self.seen.area))
    }
}
