//! The registered agents with all evidence gathered.

use std::sync::Arc;

use mail::Stamp;

use crate::findings::Table;
use crate::observer::Observer;
use crate::seat::{AnySeat, Post, Seated};
use crate::store::MailboxThresholds;
use crate::{Agent, Class, Edits, Findings, Junk, Ledger, Roster, Signal};

/// More changes to messages than the engine can keep apart.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the policy can change a message in {0} ways, at most {limit} can be kept apart; \
     use fewer rules that edit the subject or headers",
    limit = Edits::LIMIT
)]
pub struct TooManyEdits(pub(crate) usize);

/// The agents of one server, in the order of registration, with all evidence gathered.
#[derive(Default)]
pub struct Engine {
    pub(crate) seats: Vec<Box<dyn AnySeat>>,
    /// The same agents for the first pass, until the registration is closed.
    posts: Vec<Box<dyn Post>>,
    mailbox_thresholds: MailboxThresholds,
    /// What the first pass needs, once the registration is closed.
    pub(crate) observer: Arc<Observer>,
    pub(crate) junk: Table<Box<[Junk]>>,
}

impl Engine {
    /// An engine without agents.
    pub fn new() -> Self {
        Self::default()
    }

    /// Registers an agent after those already there.
    pub fn register<A: Agent + 'static>(&mut self, agent: A) {
        let agent = Arc::new(agent);
        self.posts.push(Box::new(agent.clone()));
        self.seats.push(Box::new(Seated::new(agent)));
    }

    /// A server whose store knows no junk thresholds of single mailboxes.
    #[must_use]
    pub fn without_mailbox_thresholds(mut self) -> Self {
        self.mailbox_thresholds = MailboxThresholds::Unknown;
        self
    }

    /// Closes the registration.
    ///
    /// # Errors
    ///
    /// [`TooManyEdits`] where the agents' changes exceed [`Edits::LIMIT`].
    pub fn ready(mut self) -> Result<Self, TooManyEdits> {
        let posts = std::mem::take(&mut self.posts);
        self.observer = Arc::new(Observer::new(posts, self.mailbox_thresholds)?);
        Ok(self)
    }

    /// The first pass, to be made while evidence is taken in.
    pub fn observer(&self) -> Arc<Observer> {
        self.observer.clone()
    }

    /// Names and events of the registered agents.
    pub fn roster(&self) -> Roster {
        Roster::new(self.seats.iter().map(|seat| (seat.name(), seat.events())))
    }

    /// How many agents are registered.
    pub fn agents(&self) -> usize {
        self.seats.len()
    }

    /// Reasons an agent may give.
    pub fn reasons(&self, agent: usize) -> &'static [&'static str] {
        self.seats[agent].reasons()
    }

    /// Stamps that an agent's decisions depend on.
    pub fn stamps_read(&self, agent: u8) -> &'static [Stamp] {
        self.seats[usize::from(agent)].stamps_read()
    }

    /// What an agent's detail number stands for.
    pub fn detail(&self, agent: usize, detail: u16) -> String {
        self.seats[agent].detail(detail)
    }

    /// What the server answers where an agent refused; empty where it gives no answer.
    pub fn response(&self, agent: usize, reason: u8, detail: u16) -> String {
        self.seats[agent].response(reason, detail)
    }

    /// A fresh memory for one replay, where one of `agents` keeps one.
    pub fn ledger(&self, agents: &[u8]) -> Option<Box<dyn Ledger>> {
        agents.iter().find_map(|agent| self.seats[usize::from(*agent)].ledger())
    }

    /// Takes findings in and gives the classes they speak of, by their numbers there.
    /// Findings must come in a fixed order for classes and numbers to be the same in every
    /// run; how many cases they are about makes no difference.
    pub fn take_in(&mut self, findings: Findings) -> Vec<Class> {
        let Findings { seats, junk, classes } = findings;
        let maps: Vec<Vec<u32>> = seats
            .into_iter()
            .zip(&mut self.seats)
            .map(|(table, seat)| seat.take_in(table))
            .collect();
        let store = self.junk.take_in(junk);
        let renumbered = |mut class: Class| {
            for (variants, map) in class.seats.iter_mut().zip(&maps) {
                variants.renumber(map);
            }
            class.store.renumber(&store);
            class
        };
        classes.into_list().into_iter().map(renumbered).collect()
    }

    /// Agents (by registration) whose place in the order may matter to cases of this class
    /// under this signal.
    pub fn busy(&self, class: &Class, signal: Signal) -> impl Iterator<Item = usize> {
        self.seats
            .iter()
            .zip(&class.seats)
            .enumerate()
            .filter(move |(_, (seat, variants))| {
                !seat.idle(variants) || (signal != Signal::Clear && seat.heeds_signal())
            })
            .map(|(index, _)| index)
    }
}
