//! Mail with a known truth, drawn again and again: how often intervals hold it and claims
//! are wrong.

mod comparing;
mod ranking;
mod rates;
mod recommending;

use analysis::{CaseFact, Fate, Gauge, Prices, Resampling, TraceRow, fates, lower_tail};
use mail::{CaseId, Label, Tier, Timestamp};
use rand::SeedableRng as _;
use rand::rand_core::Rng as _;
use rand_chacha::ChaCha8Rng;
use sweep::Threads;

pub(crate) use comparing::{differing_areas, differing_prices, null_comparisons};
pub(crate) use ranking::areas;
pub(crate) use rates::{campaigns, differences, prices, rates};
pub(crate) use recommending::recommendations;

/// What is promised of a share of the draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Promise {
    /// At least 95 of 100: an interval holds the truth.
    Holds,
    /// At most 5 of 100: a claim is wrong.
    Errs,
    /// Nothing: what is shown beside, such as what the exact interval makes of copies.
    Nothing,
}

/// How often something happened in `draws` simulations.
pub(crate) struct Finding {
    /// What was looked at.
    pub(crate) what: &'static str,
    /// What is promised of it.
    pub(crate) promise: Promise,
    /// The truth it was drawn from.
    pub(crate) setting: String,
    /// Draws in which it held (coverage) or was wrong (claims).
    pub(crate) count: u32,
    /// Simulations.
    pub(crate) draws: u32,
}

impl Finding {
    /// Share of the draws.
    pub(crate) fn share(&self) -> f64 {
        f64::from(self.count) / f64::from(self.draws)
    }

    /// Exact one-sided p-value of the promise being kept: how often a share of exactly 95
    /// (or 5) of 100 would look this bad or worse. `None` where nothing is promised.
    pub(crate) fn p_value(&self) -> Option<f64> {
        let kept = match self.promise {
            Promise::Holds => self.count,
            Promise::Errs => self.draws - self.count,
            Promise::Nothing => return None,
        };
        Some(lower_tail(u64::from(kept), u64::from(self.draws), 0.95))
    }
}

/// Seeded chance.
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    /// The dice of one simulation.
    pub(crate) fn new(seed: u64, draw: u32) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(u64::from(draw));
        Self(rng)
    }

    fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn happens(&mut self, chance: f64) -> bool {
        self.unit() < chance
    }

    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// 1 and more, with this mean (geometric).
    fn size(&mut self, mean: f64) -> usize {
        let mut size = 1;
        while self.happens(1.0 - 1.0 / mean) {
            size += 1;
        }
        size
    }
}

fn count(draws: u32, each: impl Fn(u32) -> bool) -> u32 {
    (0..draws).map(|draw| u32::from(each(draw))).sum()
}

fn row(id: usize, label: Label, tier: Tier, score: f64) -> TraceRow {
    let mut case = [0; 32];
    case[..8].copy_from_slice(&(id as u64).to_be_bytes());
    TraceRow {
        case: CaseId(case),
        label,
        category: String::new(),
        time: Timestamp(0),
        recipient: String::new(),
        tier,
        cause: 0,
        detail: String::new(),
        scl: None,
        score: Some(score),
        sender_id: None,
        scanned: true,
        dns_questions: 0,
        response: String::new(),
        report: String::new(),
        tarpit_seconds: 0,
    }
}

/// Campaigns of some mean size: their messages and facts.
struct Corpus {
    rows: Vec<TraceRow>,
    facts: Vec<CaseFact>,
}

impl Corpus {
    fn new(
        dice: &mut Dice,
        campaigns: usize,
        mean: f64,
        mut first: impl FnMut(&mut Dice, usize) -> TraceRow,
    ) -> Self {
        let mut corpus = Self { rows: Vec::new(), facts: Vec::new() };
        for campaign in 0..campaigns {
            let model = first(dice, campaign);
            for _ in 0..dice.size(mean) {
                let id = row(corpus.rows.len(), model.label, model.tier, 0.0).case;
                let campaign = CaseId([u8::try_from(campaign % 256).unwrap_or(0); 32]);
                let campaign = CaseId(mixed(campaign.0, model.case.0));
                corpus.facts.push(CaseFact {
                    case: id,
                    campaign,
                    source: "drawn".into(),
                    language: None,
                });
                corpus.rows.push(TraceRow { case: id, ..model.clone() });
            }
        }
        corpus
    }

    fn fates(&self) -> Vec<Fate<'_>> {
        fates(&self.rows, &self.facts)
    }
}

/// One id of two.
fn mixed(mut one: [u8; 32], other: [u8; 32]) -> [u8; 32] {
    one[8..].copy_from_slice(&other[..24]);
    one
}

fn with_gauge<R>(draws: u32, work: impl FnOnce(Gauge<'_>) -> R) -> R {
    let prices = Prices::default();
    let threads = Threads::new(1).expect("one thread can be started");
    let resampling = Resampling { draws, seed: 1 };
    work(Gauge { prices: &prices, resampling, threads: &threads })
}
