//! Every measure of one set of cases: errors per tier, ranking, calibration, price.
//!
//! Each rate stands with two intervals: the exact one, which takes messages as independent,
//! and the one by campaign, which knows that copies share their fate.

use std::collections::BTreeSet;

use filter::lam_percent;
use mail::{Label, Scl, Tier};
use serde::Serialize;
use sweep::Threads;

use crate::clustered::{Cluster, area_interval, interval_at, variance};
use crate::ranking::Ranked;
use crate::rates::{ratio, to_f64};
use crate::{Exact, Fate, Prices, Rate, Resampling, scl_histogram};

/// A rate with both intervals.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Measured {
    /// Count, rate and exact interval.
    #[serde(flatten)]
    pub rate: Rate,
    /// The 95 % interval by campaign: the exact one at the effective number of messages.
    /// `None` without draws or without messages.
    pub grouped: Option<[f64; 2]>,
}

/// Errors at one tier, as a two-way decision: at it or harsher is "spam".
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TierMeasures {
    /// The tier.
    pub tier: Tier,
    /// Ham that ended exactly there.
    pub ham: u64,
    /// Spam that ended exactly there.
    pub spam: u64,
    /// Good mail that ended there or harsher.
    pub fp: Measured,
    /// Spam that ended milder than there.
    #[serde(rename = "fn")]
    pub missed: Measured,
    /// hm%: the first rate in per cent; `None` without good mail.
    pub hm_percent: Option<f64>,
    /// sm%: the second; `None` without spam.
    pub sm_percent: Option<f64>,
    /// lam%: their logistic average; `None` where a label is missing.
    pub lam_percent: Option<f64>,
    /// Total cost ratio of the tier; `None` without spam or without errors.
    pub total_cost_ratio: Option<f64>,
}

/// How the scores rank spam above good mail.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ranking {
    /// (1−ROCA)%, ties one half; `None` unless both labels were scored.
    pub one_minus_roca_percent: Option<f64>,
    /// Its 95 % interval by campaign, on the scale of log odds with the standard deviation
    /// over draws of campaigns.
    pub grouped: Option<[f64; 2]>,
    /// Scored messages.
    pub scored: Exact,
    /// Messages without a score: the filter abstained or was skipped.
    pub unscored: Exact,
}

/// Spam share of one SCL.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LevelRow {
    /// The level; `None` for messages nobody rated.
    pub scl: Option<Scl>,
    /// Good messages of it.
    pub ham: u64,
    /// Spam messages of it.
    pub spam: u64,
    /// Observed share of spam.
    pub spam_share: Rate,
}

/// What the errors cost.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PriceSum {
    /// Of all messages, in units of one spam message in the inbox.
    pub total: f64,
    /// Per message.
    pub per_message: f64,
    /// Its 95 % interval by campaign at this share of spam, from those of the rates. A tier
    /// is taken to be out of use where no message ended at it or harsher.
    pub grouped: Option<[f64; 2]>,
    /// What the same mail costs without any filter.
    pub unfiltered: f64,
    /// `unfiltered / total`, the total cost ratio over all tiers; `None` without spam or
    /// without cost.
    pub total_cost_ratio: Option<f64>,
}

/// Every measure of one set of cases.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measures {
    /// Cases.
    pub cases: u64,
    /// Good ones.
    pub ham: u64,
    /// Spam.
    pub spam: u64,
    /// Campaigns they come from: what is drawn in resampling.
    pub campaigns: u64,
    /// Junk, quarantine, reject, delete.
    pub tiers: Vec<TierMeasures>,
    /// How the scores rank.
    pub ranking: Ranking,
    /// Spam share per SCL, -1 to 9, then the unrated.
    pub calibration: Vec<LevelRow>,
    /// What the errors cost.
    pub price: PriceSum,
}

/// How to measure.
#[derive(Clone, Copy)]
pub struct Gauge<'a> {
    /// Prices of errors.
    pub prices: &'a Prices,
    /// Resampling of campaigns.
    pub resampling: Resampling,
    /// Worker threads.
    pub threads: &'a Threads,
}

/// One case as the measures see it.
struct Unit<'a> {
    fate: Fate<'a>,
    /// Its campaign, numbered within this set.
    group: u32,
    /// Whether its end counts. One that does not count still belongs to the whole.
    counts: bool,
}

impl Measures {
    /// Measures `fates`.
    pub fn of(fates: &[Fate<'_>], gauge: Gauge<'_>) -> Self {
        Self::of_part(fates, |_| true, gauge)
    }

    /// Measures the part of `fates` that `counts`, as shares of all of them: parts that
    /// divide the whole have rates that add up to the whole's. Ranking and calibration are
    /// of the part alone.
    pub fn of_part(
        fates: &[Fate<'_>],
        counts: impl Fn(&Fate<'_>) -> bool,
        gauge: Gauge<'_>,
    ) -> Self {
        let units = units(fates, counts);
        let groups = units.iter().map(|unit| unit.group + 1).max().unwrap_or(0);
        let counted = || units.iter().filter(|unit| unit.counts);
        let ranked = Ranked::new(counted().filter_map(|unit| {
            let row = unit.fate.row;
            Some((row.score?, row.label, unit.group))
        }));
        let seen = figures(&units, &ranked, gauge.prices, |_| 1);
        let drawn = gauge.resampling.run(groups, gauge.threads, |times| {
            figures(&units, &ranked, gauge.prices, |group| times[group as usize])
        });
        let of =
            |label| units.iter().filter(|u| u.fate.row.label == label).count() as u64;
        let [ham, spam] = Label::ALL.map(of);
        let part = |label| counted().filter(|u| u.fate.row.label == label).count() as u64;
        let exact = |label, tier: Tier| {
            let here = counted().filter(|u| {
                let row = u.fate.row;
                row.label == label && row.tier == tier
            });
            here.count() as u64
        };
        let table = Label::ALL.map(|label| Tier::ALL.map(|tier| exact(label, tier)));
        let groups_of = |label: Label, wanted: &dyn Fn(&Unit<'_>) -> bool| {
            let of_label = units.iter().filter(|unit| unit.fate.row.label == label);
            let wanted = of_label.filter(|unit| wanted(unit));
            wanted.map(|unit| unit.group).collect::<BTreeSet<_>>().len() as u64
        };
        let campaigns = Label::ALL.map(|label| groups_of(label, &|_| true));
        let of_rate = |at: usize, label: Label| {
            let (share, of) = (seen[at], [ham, spam][label.index()]);
            let tier = Tier::ACTING[at % 4];
            let wrong = |unit: &Unit<'_>| unit.counts && unit.wrong(tier);
            let (with, without) =
                (groups_of(label, &wrong), groups_of(label, &|unit| !wrong(unit)));
            let cluster = Cluster {
                of,
                campaigns: campaigns[label.index()],
                eventful: with.min(without),
                drawn: variance(drawn.iter().map(|draw| draw[at])),
                independent: share * (1.0 - share),
            };
            let asked = !drawn.is_empty() && of > 0;
            asked.then(|| interval_at(share, cluster.effective()))
        };
        let grouped = Label::ALL
            .map(|label| [0, 1, 2, 3].map(|at| of_rate(label.index() * 4 + at, label)));
        let tiers = Tier::ACTING.into_iter().enumerate();
        let tiers = tiers.map(|(at, tier)| {
            let grouped = grouped.map(|of| of[at]);
            tier_measures(tier, &table, [ham, spam], grouped, gauge.prices)
        });
        let used = |at: usize| table.iter().any(|of| of[at + 1..].iter().any(|n| *n > 0));
        let reach = Label::ALL.map(|label| {
            let rate = |at: usize| {
                let interval = grouped[label.index()][at].filter(|_| used(at));
                interval.map(|interval| (seen[label.index() * 4 + at], interval))
            };
            let share = ratio([ham, spam][label.index()], ham + spam);
            (share, gauge.prices.reach(label, [0, 1, 2, 3].map(rate)))
        });
        let priced = !drawn.is_empty() && ham + spam > 0;
        let priced = priced.then(|| Prices::interval(seen[9], reach));
        let scored = Label::ALL.map(|label| ranked.count(label));
        let unscored = Label::ALL.map(|label| part(label) - scored[label.index()]);
        let exact_of = |[ham, spam]: [u64; 2]| Exact { ham, spam };
        let spread = variance(drawn.iter().map(|draw| draw[8]));
        let ground = ranked.ground(seen[8] > 0.5);
        let area_interval =
            area_interval(seen[8], spread, ground).filter(|_| !drawn.is_empty());
        let area = seen[8].is_finite().then_some(100.0 * seen[8]);
        Self {
            cases: ham + spam,
            ham,
            spam,
            campaigns: u64::from(groups),
            tiers: tiers.collect(),
            ranking: Ranking {
                one_minus_roca_percent: area,
                grouped: area_interval.map(|ends| ends.map(|end| 100.0 * end)),
                scored: exact_of(scored),
                unscored: exact_of(unscored),
            },
            calibration: calibration(counted().map(|unit| &unit.fate)),
            price: price_sum(&table, [ham, spam], priced, gauge.prices),
        }
    }
}

impl Unit<'_> {
    /// Whether its end is an error of a decision at `tier`.
    fn wrong(&self, tier: Tier) -> bool {
        let row = self.fate.row;
        match row.label {
            Label::Ham => row.tier >= tier,
            Label::Spam => row.tier < tier,
        }
    }
}

fn units<'a>(fates: &[Fate<'a>], counts: impl Fn(&Fate<'_>) -> bool) -> Vec<Unit<'a>> {
    let mut groups = std::collections::BTreeMap::new();
    fates
        .iter()
        .map(|fate| {
            let next = u32::try_from(groups.len()).expect("fewer than 2^32 campaigns");
            let group = *groups.entry(fate.group).or_insert(next);
            Unit { fate: *fate, group, counts: counts(fate) }
        })
        .collect()
}

/// FP and FN at each acting tier, (1−ROCA) and price per message, with every campaign taken
/// `times`; not a number where nothing of a kind was drawn.
fn figures(
    units: &[Unit<'_>],
    ranked: &Ranked,
    prices: &Prices,
    times: impl Fn(u32) -> u32,
) -> [f64; 10] {
    let mut ended = [[0u64; 5]; 2];
    let mut of = [0u64; 2];
    for unit in units {
        let (weight, row) = (u64::from(times(unit.group)), unit.fate.row);
        of[row.label.index()] += weight;
        if unit.counts {
            ended[row.label.index()][row.tier.index()] += weight;
        }
    }
    let share = |count: u64, label: Label| to_f64(count) / to_f64(of[label.index()]);
    let mut out = [0.0; 10];
    for (at, tier) in Tier::ACTING.into_iter().enumerate() {
        let [hurt, missed] = errors(&ended, tier);
        (out[at], out[at + 4]) = (share(hurt, Label::Ham), share(missed, Label::Spam));
    }
    out[8] = ranked.one_minus_roca(times);
    out[9] = total_price(&ended, prices) / to_f64(of[0] + of[1]);
    out
}

/// Good mail at the tier or harsher, and spam milder than it.
fn errors(ended: &[[u64; 5]; 2], tier: Tier) -> [u64; 2] {
    let [ham, spam] = ended;
    [ham[tier.index()..].iter().sum(), spam[..tier.index()].iter().sum()]
}

fn total_price(ended: &[[u64; 5]; 2], prices: &Prices) -> f64 {
    let each = Label::ALL.into_iter().flat_map(|label| {
        let price = move |tier: Tier| {
            prices.of(label, tier) * to_f64(ended[label.index()][tier.index()])
        };
        Tier::ALL.into_iter().map(price)
    });
    each.sum()
}

fn tier_measures(
    tier: Tier,
    table: &[[u64; 5]; 2],
    [ham, spam]: [u64; 2],
    [fp, missed]: [Option<[f64; 2]>; 2],
    prices: &Prices,
) -> TierMeasures {
    let [hurt, late] = errors(table, tier);
    let per_cent = |count, of| (of > 0).then(|| 100.0 * ratio(count, of));
    TierMeasures {
        tier,
        ham: table[0][tier.index()],
        spam: table[1][tier.index()],
        fp: Measured { rate: Rate::new(hurt, ham), grouped: fp },
        missed: Measured { rate: Rate::new(late, spam), grouped: missed },
        hm_percent: per_cent(hurt, ham),
        sm_percent: per_cent(late, spam),
        lam_percent: (ham > 0 && spam > 0)
            .then(|| lam_percent((hurt, ham), (late, spam))),
        total_cost_ratio: prices.total_cost_ratio(tier, hurt, late, spam),
    }
}

fn price_sum(
    table: &[[u64; 5]; 2],
    [ham, spam]: [u64; 2],
    grouped: Option<[f64; 2]>,
    prices: &Prices,
) -> PriceSum {
    let total = total_price(table, prices);
    let unfiltered = prices.of(Label::Spam, Tier::Inbox) * to_f64(spam);
    let all = ham + spam;
    PriceSum {
        total,
        per_message: if all == 0 { 0.0 } else { total / to_f64(all) },
        grouped,
        unfiltered,
        total_cost_ratio: (spam > 0 && total > 0.0).then(|| unfiltered / total),
    }
}

/// Spam share per level.
fn calibration<'a>(fates: impl Iterator<Item = &'a Fate<'a>>) -> Vec<LevelRow> {
    let levels: Vec<_> = fates.map(|fate| (fate.row.label, fate.row.scl)).collect();
    let counted = scl_histogram(&levels);
    let row = |scl: Option<Scl>, [ham, spam]: [u64; 2]| LevelRow {
        scl,
        ham,
        spam,
        spam_share: Rate::new(spam, ham + spam),
    };
    let levels = (-1..=9).filter_map(|level| Scl::new(level).ok());
    levels
        .map(|scl| row(Some(scl), Label::ALL.map(|label| counted.at(label, scl))))
        .chain([row(None, counted.unrated)])
        .collect()
}

#[cfg(test)]
mod tests;
