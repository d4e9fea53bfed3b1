//! The plain way: one policy, case by case in corpus time.

use mail::{JunkComparison, Thresholds, Tier};
use pipeline::{Ending, Gate, Plan, PriorityOrder, Signal, Transit};

use crate::causes::CauseIndex;
use crate::profile::harshest;
use crate::{Cost, Decided, Docket, Tally, TraceRow, Unit};

/// What one replay gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Replay {
    /// Counts.
    pub tally: Tally,
    /// What it spent.
    pub cost: Cost,
    /// One row per case and recipient in corpus time.
    pub rows: Vec<TraceRow>,
}

impl Docket {
    /// Replays all cases under one order and one threshold setting: every message is walked
    /// through the events with literal thresholds, and the ledger is kept as it goes.
    pub fn replay(
        &self,
        order: &PriorityOrder,
        enabled: &[bool],
        thresholds: &Thresholds,
        comparison: JunkComparison,
        unit: Unit,
    ) -> Replay {
        let plan = Plan::new(&self.engine.roster(), order, enabled);
        let causes = CauseIndex::new(&self.engine);
        let mut ledger = self.ledger(enabled);
        let mut counts = Counts::default();
        let mut cost = Cost::default();
        let mut rows = Vec::with_capacity(self.cases.len());
        let mut mail = Transit::new();
        for case in &self.cases {
            let class = &self.classes[case.class as usize];
            let visit = case.visit();
            let signal = match (&mut ledger, visit) {
                (Some(ledger), Some(visit)) => ledger.signal(visit),
                _ => Signal::Clear,
            };
            self.engine.walk(&plan, class, signal, Gate::Literal(*thresholds), &mut mail);
            if let (Some(ledger), Some(visit), Some(booking)) =
                (&mut ledger, visit, mail.booking())
            {
                ledger.book(visit, booking);
            }
            cost.content_scans += u64::from(mail.scanned());
            cost.dns_questions += u64::from(mail.dns_questions());
            cost.bytes_scanned += u64::from(mail.scanned()) * u64::from(case.bytes);
            let first = rows.len();
            for recipient in 0..class.recipients() {
                let ending = self.engine.ending(class, &mail, recipient);
                let (tier, cause) = match ending {
                    Ending::Settled(tier, cause) => (tier, cause),
                    Ending::Delivered(scl, junk) => {
                        junk.tier(scl, thresholds, comparison)
                    }
                };
                rows.push(TraceRow {
                    case: case.id,
                    label: case.label,
                    category: case.category.to_string(),
                    time: case.time,
                    recipient: case
                        .recipients
                        .get(recipient)
                        .map_or_else(String::new, ToString::to_string),
                    tier,
                    cause: causes.of(cause),
                    detail: self.detail(cause),
                    scl: mail.stamps.scl,
                    score: case.score,
                    sender_id: mail.stamps.sender_id,
                    scanned: mail.scanned(),
                    dns_questions: mail.dns_questions(),
                });
            }
            let ends = rows[first..].iter().map(|row| (row.tier, row.cause));
            match unit {
                Unit::Case => counts.add(case.label, harshest(ends)),
                Unit::Delivery => ends.for_each(|end| counts.add(case.label, end)),
            }
        }
        Replay { tally: counts.into(), cost, rows }
    }

    /// A fresh ledger where an agent that is switched on keeps one.
    pub(crate) fn ledger(&self, enabled: &[bool]) -> Option<Box<dyn pipeline::Ledger>> {
        let running: Vec<u8> = (0..self.engine.roster().len())
            .filter(|agent| enabled[usize::from(*agent)])
            .collect();
        self.engine.ledger(&running)
    }

    pub(crate) fn detail(&self, cause: pipeline::CauseId) -> String {
        let agent = usize::from(cause.agent);
        if agent < usize::from(self.engine.roster().len()) {
            self.engine.detail(agent, cause.detail)
        } else {
            String::new()
        }
    }
}

/// Units by tier and cause.
#[derive(Debug, Default)]
struct Counts(std::collections::BTreeMap<(u16, Tier), [u64; 2]>);

impl Counts {
    fn add(&mut self, label: mail::Label, (tier, cause): (Tier, u16)) {
        self.0.entry((cause, tier)).or_default()[label.index()] += 1;
    }
}

impl From<Counts> for Tally {
    fn from(counts: Counts) -> Self {
        let mut tally = Self::default();
        for ((cause, tier), counts) in counts.0 {
            tally.tiers[0][tier.index()] += counts[0];
            tally.tiers[1][tier.index()] += counts[1];
            tally.decided.push(Decided { cause, tier, counts });
        }
        tally
    }
}
