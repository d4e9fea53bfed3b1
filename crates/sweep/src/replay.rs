//! The plain way: one policy, case by case in corpus time.

use mail::{JunkComparison, Thresholds, Tier};
use pipeline::{Booking, Ending, Gate, Plan, PriorityOrder, Signal, Transit, Visit};

use crate::causes::CauseIndex;
use crate::profile::harshest;
use crate::{Cost, Decided, Docket, Tally, TraceRow, Unit};

/// What one replay gives.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Replay {
    /// Counts.
    pub tally: Tally,
    /// What it spent.
    pub cost: Cost,
    /// One row per case and recipient in corpus time.
    pub rows: Vec<TraceRow>,
}

type Settings<'a> = (&'a PriorityOrder, &'a [bool], &'a Thresholds, JunkComparison, Unit);

impl Replay {
    /// Takes in what a later replay of other cases gave; causes must mean the same in both.
    pub fn extend(&mut self, later: Self) {
        let Tally { tiers, decided } = later.tally;
        for (sum, more) in self.tally.tiers.iter_mut().zip(tiers) {
            for (sum, more) in sum.iter_mut().zip(more) {
                *sum += more;
            }
        }
        for more in decided {
            let key = (more.cause, more.tier);
            match self.tally.decided.binary_search_by_key(&key, |d| (d.cause, d.tier)) {
                Ok(at) => {
                    let sum = &mut self.tally.decided[at].counts;
                    *sum = [sum[0] + more.counts[0], sum[1] + more.counts[1]];
                }
                Err(at) => self.tally.decided.insert(at, more),
            }
        }
        self.cost.content_scans += later.cost.content_scans;
        self.cost.dns_questions += later.cost.dns_questions;
        self.cost.bytes_scanned += later.cost.bytes_scanned;
        self.rows.extend(later.rows);
    }
}

/// Everything booked so far, by replays that follow each other in time.
#[derive(Debug, Clone, Default)]
pub struct History(Vec<(Visit, Booking)>);

impl Docket {
    /// Replays all cases where earlier replays ended: the ledger knows what was booked
    /// before, and what is booked now is added. The earlier dockets' clients must have the
    /// numbers they have here ([`crate::DocketBuilder::with_guests`]), and their cases must
    /// all be earlier.
    ///
    /// The past is booked again under the present settings, which gives the very same
    /// ledger while the settings of the agent that keeps it stay the same.
    pub fn replay_after(
        &self,
        history: &mut History,
        order: &PriorityOrder,
        enabled: &[bool],
        thresholds: &Thresholds,
        comparison: JunkComparison,
        unit: Unit,
    ) -> Replay {
        let settings = (order, enabled, thresholds, comparison, unit);
        self.replay_from(Some(history), settings)
    }

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
        self.replay_from(None, (order, enabled, thresholds, comparison, unit))
    }

    fn replay_from(
        &self,
        mut history: Option<&mut History>,
        (order, enabled, thresholds, comparison, unit): Settings<'_>,
    ) -> Replay {
        let plan = Plan::new(&self.engine.roster(), order, enabled);
        let causes = CauseIndex::new(&self.engine);
        let mut ledger = self.ledger(enabled);
        if let (Some(ledger), Some(history)) = (&mut ledger, &history) {
            for (visit, booking) in &history.0 {
                ledger.book(*visit, *booking);
            }
        }
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
            if let (Some(visit), Some(booking)) = (visit, mail.booking()) {
                if let Some(ledger) = &mut ledger {
                    ledger.book(visit, booking);
                }
                if let Some(history) = &mut history {
                    history.0.push((visit, booking));
                }
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
                    response: self.answer(tier, cause, case),
                    report: mail.stamps.report_text(),
                    tarpit_seconds: mail.tarpit_seconds(),
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

    /// What the server answered where it refused, and noted where it quarantined.
    pub(crate) fn answer(
        &self,
        tier: Tier,
        cause: pipeline::CauseId,
        case: &crate::Seen,
    ) -> String {
        match tier {
            // The client is told of nothing else.
            Tier::Quarantine | Tier::Reject => self.response(cause, case),
            Tier::Inbox | Tier::Junk | Tier::Delete => String::new(),
        }
    }

    /// The response of an agent, with the client's address in its place.
    pub fn response(&self, cause: pipeline::CauseId, case: &crate::Seen) -> String {
        let agent = usize::from(cause.agent);
        if agent >= self.engine.agents() {
            return String::new();
        }
        let text = self.engine.response(agent, cause.reason, cause.detail);
        match case.client_ip {
            Some(ip) if text.contains("{0}") => text.replace("{0}", &ip.to_string()),
            Some(_) | None => text,
        }
    }

    pub(crate) fn detail(&self, cause: pipeline::CauseId) -> String {
        let agent = usize::from(cause.agent);
        if agent < self.engine.agents() {
            self.engine.detail(agent, cause.detail)
        } else {
            String::new()
        }
    }
}

/// Units by tier and cause.
#[derive(Debug, Default)]
pub(crate) struct Counts(std::collections::BTreeMap<(u16, Tier), [u64; 2]>);

impl Counts {
    pub(crate) fn add(&mut self, label: mail::Label, (tier, cause): (Tier, u16)) {
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
