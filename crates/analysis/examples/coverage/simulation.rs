//! Mail with a known truth, drawn again and again: how often intervals hold it and claims
//! are wrong.

use analysis::{
    CaseFact, Fate, Gauge, Measures, Prices, Rate, Resampling, Sides, TraceRow, compare,
    fates, paired_difference, upper_bound,
};
use mail::{CaseId, Label, Tier, Timestamp};
use rand::SeedableRng as _;
use rand::rand_core::Rng as _;
use rand_chacha::ChaCha8Rng;
use sweep::{Cause, Threads};

/// How often something happened in `draws` simulations.
pub(crate) struct Finding {
    /// What was looked at.
    pub(crate) what: &'static str,
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
            setting: setting.clone(),
            count: count(draws, covers),
            draws,
        });
        found.push(Finding {
            what: "one-sided 95 % claim is wrong",
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
            setting: format!("{p_a} worse, {p_b} better of {n} messages"),
            count: count(draws, covers),
            draws,
        }
    };
    truths.into_iter().map(each).collect()
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
        let whats = [
            "exact 95 % interval holds the rate of campaigns",
            "95 % interval by campaign holds the rate of campaigns",
        ];
        found.extend(whats.into_iter().zip(held).map(|(what, count)| Finding {
            what,
            setting: format!("rate {truth}, {campaigns} campaigns of {mean} on average"),
            count,
            draws,
        }));
    }
    found
}

/// Coverage of the resampled interval of (1−ROCA): normal scores, spam two deviations above.
pub(crate) fn areas(draws: u32) -> Vec<Finding> {
    // 1 - Φ(2 ÷ √2).
    const TRUTH: f64 = 7.864_960_352_514_257;
    let covers = |draw| {
        let mut dice = Dice::new(23, draw);
        let corpus = Corpus::new(&mut dice, 300, 1.5, |dice, id| {
            let label = Label::ALL[id % 2];
            let mean = if label == Label::Spam { 2.0 } else { 0.0 };
            row(id, label, Tier::Inbox, mean + dice.normal())
        });
        let measures = with_gauge(200, |gauge| Measures::of(&corpus.fates(), gauge));
        measures.ranking.grouped.is_some_and(|[low, high]| low <= TRUTH && TRUTH <= high)
    };
    vec![Finding {
        what: "resampled 95 % interval holds (1-ROCA)%",
        setting: "300 campaigns of 1.5 on average".to_owned(),
        count: count(draws, covers),
        draws,
    }]
}

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
        found.extend(whats.into_iter().zip(wrong).map(|(what, count)| Finding {
            what,
            setting: format!("{campaigns} campaigns of {mean} on average"),
            count,
            draws,
        }));
    }
    found
}
