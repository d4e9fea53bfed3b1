//! Agents behind one face, each with the table of evidence it has gathered.

use std::any::Any;
use std::collections::HashMap;

use mail::{Case, Change, Parts, SmtpEvent, Stamp, World};

use crate::{Agent, Ledger, Seen, Step, Transit, Variants};

/// Evidence of an agent whose type the engine does not know.
pub(crate) type AnyEvidence = Box<dyn Any + Send>;

/// An agent with its evidence, as the engine sees it.
pub(crate) trait Seat: Send + Sync {
    fn name(&self) -> &'static str;
    fn events(&self) -> &'static [SmtpEvent];
    fn reasons(&self) -> &'static [&'static str];
    fn reads(&self) -> Parts;
    fn edits(&self) -> Vec<Parts>;
    fn change(&self, edit: usize, case: &Case, world: &World) -> Option<Change>;
    fn observe(&self, case: &Case, world: &World) -> (AnyEvidence, Option<f64>);
    fn intern(&mut self, evidence: AnyEvidence) -> u32;
    fn tell(&self, number: usize) -> String;
    fn stamps_read(&self) -> &'static [Stamp];
    fn idle(&self, variants: &Variants) -> bool;
    fn heeds_signal(&self) -> bool;
    fn decide(&self, event: SmtpEvent, variants: &Variants, mail: &mut Transit) -> Step;
    fn ledger(&self) -> Option<Box<dyn Ledger>>;
    fn detail(&self, detail: u16) -> String;
}

/// The one implementation: an agent and the distinct evidence it has met, by number.
pub(crate) struct Seated<A: Agent> {
    agent: A,
    table: Vec<A::Evidence>,
    numbers: HashMap<A::Evidence, u32>,
}

impl<A: Agent> Seated<A> {
    pub(crate) fn new(agent: A) -> Self {
        Self { agent, table: Vec::new(), numbers: HashMap::new() }
    }
}

impl<A: Agent> Seat for Seated<A> {
    fn name(&self) -> &'static str {
        self.agent.name()
    }

    fn events(&self) -> &'static [SmtpEvent] {
        self.agent.events()
    }

    fn reasons(&self) -> &'static [&'static str] {
        self.agent.reasons()
    }

    fn reads(&self) -> Parts {
        self.agent.reads()
    }

    fn edits(&self) -> Vec<Parts> {
        self.agent.edits()
    }

    fn change(&self, edit: usize, case: &Case, world: &World) -> Option<Change> {
        self.agent.change(edit, case, world)
    }

    fn observe(&self, case: &Case, world: &World) -> (AnyEvidence, Option<f64>) {
        let observed = self.agent.observe(case, world);
        (Box::new(observed.evidence), observed.score)
    }

    fn intern(&mut self, evidence: AnyEvidence) -> u32 {
        let evidence = *evidence
            .downcast::<A::Evidence>()
            .expect("evidence comes back to the agent that gave it");
        if let Some(number) = self.numbers.get(&evidence) {
            return *number;
        }
        let number =
            u32::try_from(self.table.len()).expect("fewer than 2^32 distinct findings");
        self.table.push(evidence.clone());
        self.numbers.insert(evidence, number);
        number
    }

    fn tell(&self, number: usize) -> String {
        self.agent.tell(&self.table[number])
    }

    fn stamps_read(&self) -> &'static [Stamp] {
        self.agent.stamps_read()
    }

    fn idle(&self, variants: &Variants) -> bool {
        variants.ids().all(|id| self.agent.idle(&self.table[id]))
    }

    fn heeds_signal(&self) -> bool {
        self.agent.heeds_signal()
    }

    fn decide(&self, event: SmtpEvent, variants: &Variants, mail: &mut Transit) -> Step {
        self.agent.decide(event, Seen { table: &self.table, variants }, mail)
    }

    fn ledger(&self) -> Option<Box<dyn Ledger>> {
        self.agent.ledger()
    }

    fn detail(&self, detail: u16) -> String {
        self.agent.detail(detail)
    }
}
