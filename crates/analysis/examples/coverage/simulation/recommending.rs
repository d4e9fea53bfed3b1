//! The whole recommendation with a known truth: chosen on tune mail among many policies,
//! verified on hold-out mail.

use std::collections::BTreeMap;

use analysis::{Goal, GoalSpec, HamCampaigns, Verdict, choose, verify};
use mail::{GatewayAction, JunkComparison, Label, Scl, Threshold, Thresholds, Tier};
use sweep::{Cause, Cost, Decided, Move, OrderRow, Outcome, SweepResult, Tally};

use super::{Dice, Finding, Promise};

/// Orders, each of which rates mail on its own.
const ORDERS: usize = 4;
/// Levels 0 to 9.
const LEVELS: usize = 10;
/// Shares of good mail that get level 5, 6, 7, 8, 9 or more.
type Ladder = [f64; 5];

/// A truth to recommend on.
struct Truth {
    /// Whether budgets are kept or not, in words.
    told: &'static str,
    /// Good mail, at 5 or more, 6 or more, … 9.
    good: Ladder,
    /// Good campaigns to choose on and to verify on.
    campaigns: [usize; 2],
    /// Messages of a campaign on average.
    size: f64,
}

const TRUTHS: [Truth; 9] = {
    const OVER: Ladder = [0.06, 0.0205, 0.0052, 0.0021, 0.00105];
    const NEAR_ZERO: Ladder = [0.02, 0.005, 0.0011, 0.0003, 0.0];
    const fn of(
        told: &'static str,
        good: Ladder,
        campaigns: [usize; 2],
        size: f64,
    ) -> Truth {
        Truth { told, good, campaigns, size }
    }
    [
        of("every level just over a budget", OVER, [4000, 4000], 1.0),
        of("every level just over a budget", OVER, [1000, 8000], 1.0),
        of("near-zero rates", NEAR_ZERO, [4000, 5000], 1.0),
        of("near-zero rates", NEAR_ZERO, [300, 300], 1.0),
        of("no level below its budget", [0.3, 0.2, 0.1, 0.05, 0.03], [2000, 2000], 1.0),
        of("every level just over a budget", OVER, [1000, 2000], 4.0),
        of("every level just over a budget", OVER, [300, 8000], 1.0),
        of("every level just over a budget", OVER, [300, 8000], 4.0),
        of("near-zero rates", NEAR_ZERO, [1000, 2000], 4.0),
    ]
};

/// Spam, by the same levels: enough at each for every step to be worth taking.
const SPAM: Ladder = [0.95, 0.9, 0.8, 0.6, 0.4];

/// Counts of a label by level, one row per order.
type Counts = [[u64; LEVELS]; ORDERS];

/// Mail of one label.
struct Rated {
    messages: Counts,
    campaigns: Counts,
}

fn level(dice: &mut Dice, ladder: &Ladder) -> usize {
    let chance = dice.unit();
    ladder.iter().filter(|share| chance < **share).count() + 4
}

/// Campaigns of a label, rated by each order apart: the harder for a choice among many.
fn rated(dice: &mut Dice, campaigns: usize, size: f64, ladder: &Ladder) -> Rated {
    let none = [[0; LEVELS]; ORDERS];
    let mut rated = Rated { messages: none, campaigns: none };
    for _ in 0..campaigns {
        let copies = dice.size(size) as u64;
        for order in 0..ORDERS {
            let level = level(dice, ladder);
            rated.messages[order][level] += copies;
            rated.campaigns[order][level] += 1;
        }
    }
    rated
}

fn tier(thresholds: &Thresholds, level: usize) -> Tier {
    let scl = Scl::new(i64::try_from(level).unwrap_or(0)).expect("0 to 9");
    match thresholds.gateway(scl) {
        GatewayAction::Delete => Tier::Delete,
        GatewayAction::Reject => Tier::Reject,
        GatewayAction::Quarantine => Tier::Quarantine,
        GatewayAction::Pass if thresholds.junks(scl, JunkComparison::Gt) => Tier::Junk,
        GatewayAction::Pass => Tier::Inbox,
    }
}

fn tally(thresholds: &Thresholds, counts: [&[u64; LEVELS]; 2]) -> Tally {
    let mut tally = Tally::default();
    for label in Label::ALL {
        for (level, count) in counts[label.index()].iter().enumerate() {
            let tier = tier(thresholds, level);
            tally.tiers[label.index()][tier.index()] += count;
        }
    }
    let decided = |tier: Tier| {
        let counts = Label::ALL.map(|label| tally.tiers[label.index()][tier.index()]);
        (counts != [0, 0]).then_some(Decided { cause: 0, tier, counts })
    };
    tally.decided = Tier::ALL.into_iter().filter_map(decided).collect();
    tally
}

/// Delete, reject and quarantine strictly falling, each off or 5 to 9; junk off or 4 to 8.
fn settings() -> Vec<Thresholds> {
    let at = |value| Threshold::new(value).ok();
    let gateway = || std::iter::once(None).chain((5..=9).map(at));
    let mut settings = Vec::new();
    for (delete, reject) in gateway().flat_map(|d| gateway().map(move |r| (d, r))) {
        for quarantine in gateway() {
            let on = [delete, reject, quarantine].into_iter().flatten();
            if on.is_sorted_by(|harsher, milder| harsher > milder) {
                let junk = std::iter::once(None).chain((4..=8).map(at));
                settings.extend(junk.map(|junk| Thresholds {
                    delete,
                    reject,
                    quarantine,
                    junk,
                }));
            }
        }
    }
    settings.sort_unstable();
    settings
}

fn sweep(settings: &[Thresholds], good: &Rated, spam: &Rated) -> SweepResult {
    let of = |order: usize| {
        let tally = |thresholds| {
            tally(thresholds, [&good.messages[order], &spam.messages[order]])
        };
        settings.iter().map(tally).collect::<Vec<_>>()
    };
    let tables: Vec<_> = (0..ORDERS).map(of).collect();
    let mut tallies: Vec<_> = tables.iter().flatten().cloned().collect();
    tallies.sort();
    tallies.dedup();
    let numbers: BTreeMap<_, _> = tallies.iter().zip(0u32..).collect();
    let outcomes = tables.iter().zip(0u32..).map(|(table, order)| Outcome {
        representative: order,
        order_classes: 1,
        tallies: table.iter().map(|tally| numbers[tally]).collect(),
    });
    let outcomes = outcomes.collect();
    let orders = (0..ORDERS).map(|order| OrderRow {
        order: vec![0],
        moves: (0..order).map(|_| Move { agent: "A".into(), priority: 1 }).collect(),
        outcome: u32::try_from(order).unwrap_or(0),
        cost: Cost::default(),
    });
    let sum = |rated: &Rated| rated.messages[0].iter().sum();
    SweepResult {
        agents: vec!["A".into()],
        causes: vec![Cause { agent: "A".into(), reason: "B".into() }],
        units: [sum(good), sum(spam)],
        settings: settings.to_vec(),
        orders: orders.collect(),
        outcomes,
        tallies,
    }
}

/// The true share of good mail at the tier or harsher.
fn hurt(thresholds: &Thresholds, at: Tier, ladder: &Ladder) -> f64 {
    let lowest = (0..LEVELS).find(|level| tier(thresholds, *level) >= at);
    match lowest {
        None => 0.0,
        Some(level) if level < 5 => 1.0,
        Some(level) => ladder[level - 5],
    }
}

/// How often a recommendation is called proven, and how often that is wrong: a budget of the
/// chosen policy is exceeded by its true rate.
pub(crate) fn recommendations(draws: u32) -> Vec<Finding> {
    let goal = GoalSpec::default().resolve().expect("the defaults are in range");
    let settings = settings();
    let mut found = Vec::new();
    for truth in TRUTHS {
        let mut said = [0; 2];
        for draw in 0..draws {
            let proven = proven(&truth, &settings, &goal, draw);
            said[0] += u32::from(proven.is_some());
            said[1] += u32::from(proven == Some(false));
        }
        let [ham, held] = truth.campaigns;
        let setting = format!(
            "{}, {ham} good campaigns to choose, {held} to verify, {} on average",
            truth.told, truth.size
        );
        let whats = [
            ("a recommendation is called proven", Promise::Nothing),
            ("a recommendation is called proven and is not", Promise::Errs),
        ];
        for ((what, promise), count) in whats.into_iter().zip(said) {
            found.push(Finding { what, promise, setting: setting.clone(), count, draws });
        }
    }
    found
}

/// Whether it is right to call the recommendation proven; `None` where nobody does.
fn proven(
    truth: &Truth,
    settings: &[Thresholds],
    goal: &Goal,
    draw: u32,
) -> Option<bool> {
    let mut dice = Dice::new(43, draw);
    let [tune, held] = truth.campaigns;
    let good = rated(&mut dice, tune, truth.size, &truth.good);
    let spam = rated(&mut dice, 300, truth.size, &SPAM);
    let swept = sweep(settings, &good, &spam);
    let choice = choose(&swept, goal).expect("both labels are there");
    let good = rated(&mut dice, held, truth.size, &truth.good);
    let spam = rated(&mut dice, 300, truth.size, &SPAM);
    let order = choice.outcome;
    let counts = [&good.messages[order], &spam.messages[order]];
    let holdout = tally(&choice.thresholds, counts);
    let campaigns =
        good.campaigns[order].iter().zip(0u32..).flat_map(|(count, level)| {
            let tier = tier(&choice.thresholds, level as usize);
            (0..*count).zip(0u32..).map(move |(_, at)| (100_000 * level + at, tier))
        });
    let campaigns = HamCampaigns::new(campaigns.map(|(at, tier)| (at, Label::Ham, tier)));
    let verdict = verify(&choice, Some((&holdout, &campaigns)), goal).verdict;
    let kept = |(tier, budget): (Tier, f64)| {
        hurt(&choice.thresholds, tier, &truth.good) <= budget
    };
    (verdict == Verdict::Proven).then(|| goal.budgets().all(kept))
}
