//! Agents behind two faces: one for each pass.

use std::any::Any;
use std::sync::Arc;

use mail::{Case, Change, Parts, SmtpEvent, Stamp, World};

use crate::findings::Table;
use crate::{Agent, Ledger, Seen, Step, Transit, Variants};

/// A table of evidence of an agent whose type the engine does not know.
pub(crate) type AnyTable = Box<dyn Any + Send>;

const OWN: &str = "a table comes back to the agent that gave it";

/// An agent in the first pass.
pub(crate) trait Post: Send + Sync {
    fn reads(&self) -> Parts;
    fn edits(&self) -> Vec<Parts>;
    fn change(&self, edit: usize, case: &Case, world: &World) -> Option<Change>;
    /// An empty table for its evidence.
    fn table(&self) -> AnyTable;
    /// The number in `table` of what there is to know, and the score.
    fn observe(
        &self,
        case: &Case,
        world: &World,
        table: &mut AnyTable,
    ) -> (u32, Option<f64>);
}

impl<A: Agent> Post for Arc<A> {
    fn reads(&self) -> Parts {
        A::reads(self)
    }

    fn edits(&self) -> Vec<Parts> {
        A::edits(self)
    }

    fn change(&self, edit: usize, case: &Case, world: &World) -> Option<Change> {
        A::change(self, edit, case, world)
    }

    fn table(&self) -> AnyTable {
        Box::new(Table::<A::Evidence>::default())
    }

    fn observe(
        &self,
        case: &Case,
        world: &World,
        table: &mut AnyTable,
    ) -> (u32, Option<f64>) {
        let observed = A::observe(self, case, world);
        let table: &mut Table<A::Evidence> = table.downcast_mut().expect(OWN);
        (table.number(observed.evidence), observed.score)
    }
}

/// An agent with its evidence, in the second pass.
pub(crate) trait AnySeat: Send + Sync {
    fn name(&self) -> &'static str;
    fn events(&self) -> &'static [SmtpEvent];
    fn reasons(&self) -> &'static [&'static str];
    /// The numbers here of the evidence of a table, by the numbers there.
    fn take_in(&mut self, table: AnyTable) -> Vec<u32>;
    fn tell(&self, number: usize) -> String;
    fn stamps_read(&self) -> &'static [Stamp];
    fn idle(&self, variants: &Variants) -> bool;
    fn heeds_signal(&self) -> bool;
    fn decide(&self, event: SmtpEvent, variants: &Variants, mail: &mut Transit) -> Step;
    fn ledger(&self) -> Option<Box<dyn Ledger>>;
    fn detail(&self, detail: u16) -> String;
    fn response(&self, reason: u8, detail: u16) -> String;
}

/// The one implementation: an agent and the distinct evidence it has met, by number.
pub(crate) struct Seated<A: Agent> {
    agent: Arc<A>,
    table: Table<A::Evidence>,
}

impl<A: Agent> Seated<A> {
    pub(crate) fn new(agent: Arc<A>) -> Self {
        Self { agent, table: Table::default() }
    }
}

impl<A: Agent> AnySeat for Seated<A> {
    fn name(&self) -> &'static str {
        self.agent.name()
    }

    fn events(&self) -> &'static [SmtpEvent] {
        self.agent.events()
    }

    fn reasons(&self) -> &'static [&'static str] {
        self.agent.reasons()
    }

    fn take_in(&mut self, table: AnyTable) -> Vec<u32> {
        let table: Box<Table<A::Evidence>> = table.downcast().expect(OWN);
        self.table.take_in(*table)
    }

    fn tell(&self, number: usize) -> String {
        self.agent.tell(&self.table.list()[number])
    }

    fn stamps_read(&self) -> &'static [Stamp] {
        self.agent.stamps_read()
    }

    fn idle(&self, variants: &Variants) -> bool {
        variants.ids().all(|id| self.agent.idle(&self.table.list()[id]))
    }

    fn heeds_signal(&self) -> bool {
        self.agent.heeds_signal()
    }

    fn decide(&self, event: SmtpEvent, variants: &Variants, mail: &mut Transit) -> Step {
        self.agent.decide(event, Seen { table: self.table.list(), variants }, mail)
    }

    fn ledger(&self) -> Option<Box<dyn Ledger>> {
        self.agent.ledger()
    }

    fn detail(&self, detail: u16) -> String {
        self.agent.detail(detail)
    }

    fn response(&self, reason: u8, detail: u16) -> String {
        self.agent.response(reason, detail)
    }
}
