//! What the tests of this crate share.

use mail::{CaseId, Label, Scl, Threshold, Thresholds, Tier, Timestamp};
use proptest::prelude::*;
use sweep::{
    Cause, Cost, Decided, Move, OrderRow, Outcome, SweepResult, Tally, Threads, TraceRow,
};

use crate::{CaseFact, Gauge, Prices, Resampling};

/// Default prices, 200 draws, one thread.
pub(crate) fn with_gauge<R>(work: impl FnOnce(Gauge<'_>) -> R) -> R {
    let (prices, threads) = (Prices::default(), Threads::new(1).unwrap());
    let resampling = Resampling { draws: 200, seed: 1 };
    work(Gauge { prices: &prices, resampling, threads: &threads })
}

/// A case number `id` of one recipient, SCL and score unset.
pub(crate) fn trace_row(id: u16, label: Label, tier: Tier) -> TraceRow {
    let mut case = [0; 32];
    case[..2].copy_from_slice(&id.to_be_bytes());
    TraceRow {
        case: CaseId(case),
        label,
        category: String::new(),
        time: Timestamp(1_030_000_000 + 86_400 * i64::from(id)),
        recipient: "a@example.com".into(),
        tier,
        cause: u16::from(tier != Tier::Inbox),
        detail: String::new(),
        scl: None,
        score: None,
        sender_id: None,
        scanned: false,
        dns_questions: 0,
        response: String::new(),
        report: String::new(),
        tarpit_seconds: 0,
    }
}

/// [`trace_row`] with a level and a score.
pub(crate) fn scored_row(id: u16, label: Label, scl: i64, score: f64) -> TraceRow {
    let row = trace_row(id, label, Tier::Inbox);
    TraceRow { scl: Scl::new(scl).ok(), score: Some(score), scanned: true, ..row }
}

/// A fact that puts the row into a campaign.
pub(crate) fn fact(row: &TraceRow, campaign: u8) -> CaseFact {
    let campaign = CaseId([campaign; 32]);
    CaseFact { case: row.case, campaign, source: "box".into(), language: None }
}

pub(crate) fn causes() -> Vec<Cause> {
    [
        ("Server", "Delivered"),
        ("Content Filter Agent", "Scl"),
        ("Store", "Junk, \"rule\""),
    ]
    .map(|(agent, reason)| Cause { agent: agent.into(), reason: reason.into() })
    .to_vec()
}

/// A tally with fitting causes.
pub(crate) fn tally(tiers: [[u64; 5]; 2]) -> Tally {
    let row = |cause, tier: Tier| Decided {
        cause,
        tier,
        counts: Label::ALL.map(|label| tiers[label.index()][tier.index()]),
    };
    let rows = [
        row(0, Tier::Inbox),
        row(1, Tier::Quarantine),
        row(1, Tier::Reject),
        row(1, Tier::Delete),
        row(2, Tier::Junk),
    ];
    let decided = rows.into_iter().filter(|row| row.counts != [0, 0]).collect();
    Tally { tiers, decided }
}

pub(crate) fn tiers(most: u64) -> impl Strategy<Value = [[u64; 5]; 2]> {
    let count = 0..=most;
    let label =
        || [count.clone(), count.clone(), count.clone(), count.clone(), count.clone()];
    [label(), label()]
}

/// Delete, reject, quarantine, junk; -1 is off.
pub(crate) fn thresholds(values: [i64; 4]) -> Thresholds {
    let [delete, reject, quarantine, junk] =
        values.map(|value| Threshold::new(value).ok());
    Thresholds { delete, reject, quarantine, junk }
}

/// Splits `total` into five by four cuts.
fn split(total: u64, mut cuts: [u64; 4]) -> [u64; 5] {
    cuts = cuts.map(|cut| cut % (total + 1));
    cuts.sort_unstable();
    let [a, b, c, d] = cuts;
    [a, b - a, c - b, d - c, total - d]
}

prop_compose! {
    /// A small consistent sweep of `units` ham and spam.
    pub(crate) fn sweeps(ham: std::ops::Range<u64>, spam: std::ops::Range<u64>)(
        units in [ham, spam],
    )(
        units in Just(units),
        cuts in prop::collection::vec([any::<[u64; 4]>(), any::<[u64; 4]>()], 1..12),
        settings in prop::collection::btree_set([-1i64..10, -1i64..10, -1i64..10, -1i64..10], 1..7),
        members in prop::collection::vec((0u64..3, 0u64..3, 0usize..3), 1..9),
        outcomes in 1usize..5,
        picks in prop::collection::vec(any::<u32>(), 64),
        order in Just(vec![0u8, 1, 2]).prop_shuffle(),
    ) -> SweepResult {
        let mut tallies: Vec<_> = cuts
            .iter()
            .map(|cuts| tally([split(units[0], cuts[0]), split(units[1], cuts[1])]))
            .collect();
        tallies.sort();
        tallies.dedup();
        let settings: Vec<_> = settings.into_iter().map(thresholds).collect();
        let outcomes = outcomes.min(members.len());
        let orders: Vec<_> = members
            .iter()
            .enumerate()
            .map(|(index, (scans, dns, moves))| OrderRow {
                order: order.clone(),
                moves: (0..*moves)
                    .map(|at| Move { agent: format!("Agent {at}"), priority: at + 1 })
                    .collect(),
                outcome: u32::try_from(index % outcomes).unwrap(),
                cost: Cost { content_scans: *scans, dns_questions: *dns, bytes_scanned: 9 },
            })
            .collect();
        let outcomes = (0..outcomes)
            .map(|outcome| {
                let own = || (0u32..).zip(&orders).filter(|(_, row)| row.outcome as usize == outcome);
                let cost = |row: &OrderRow| (row.cost.content_scans, row.cost.dns_questions, row.moves.len());
                let tallies = (0..settings.len())
                    .map(|at| picks[(7 * outcome + at) % 64] % u32::try_from(tallies.len()).unwrap())
                    .collect();
                Outcome {
                    representative: own().min_by_key(|(at, row)| (cost(row), *at)).unwrap().0,
                    order_classes: u32::try_from(own().count()).unwrap(),
                    tallies,
                }
            })
            .collect();
        SweepResult {
            agents: ["Agent 0", "Agent 1", "Edge Rule Agent"].map(String::from).to_vec(),
            causes: causes(),
            units,
            settings,
            orders,
            outcomes,
            tallies,
        }
    }
}

/// One order, four settings, ten ham and ten spam.
pub(crate) fn example() -> SweepResult {
    let off_or_seven =
        [[-1, -1, -1, -1], [-1, 7, -1, -1], [-1, 7, -1, 4], [7, -1, -1, -1]];
    SweepResult {
        agents: vec!["Content Filter Agent".into()],
        causes: causes(),
        units: [10, 10],
        settings: off_or_seven.map(thresholds).to_vec(),
        orders: vec![OrderRow {
            order: vec![0],
            moves: Vec::new(),
            outcome: 0,
            cost: Cost { content_scans: 20, dns_questions: 0, bytes_scanned: 4000 },
        }],
        outcomes: vec![Outcome {
            representative: 0,
            order_classes: 1,
            tallies: vec![0, 1, 2, 3],
        }],
        tallies: vec![
            tally([[10, 0, 0, 0, 0], [10, 0, 0, 0, 0]]),
            tally([[10, 0, 0, 0, 0], [3, 0, 0, 7, 0]]),
            tally([[9, 1, 0, 0, 0], [1, 2, 0, 7, 0]]),
            tally([[9, 0, 0, 0, 1], [3, 0, 0, 0, 7]]),
        ],
    }
}
