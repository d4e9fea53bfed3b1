//! The table of causes: who may decide, and why.

use pipeline::{CauseId, Engine, JUNK_REASONS, SERVER, STORE};

use crate::Cause;

/// All causes an engine can give, in a fixed order: agents by registration, the store, the
/// server.
pub fn causes(engine: &Engine) -> Vec<Cause> {
    let roster = engine.roster();
    let agents = roster.names().iter().enumerate().flat_map(|(agent, name)| {
        engine.reasons(agent).iter().map(move |reason| (*name, *reason))
    });
    let store = JUNK_REASONS.iter().map(|reason| (STORE, *reason));
    agents
        .chain(store)
        .chain([(SERVER, "Delivered")])
        .map(|(agent, reason)| Cause {
            agent: agent.to_owned(),
            reason: reason.to_owned(),
        })
        .collect()
}

/// From the engine's cause numbers to positions in the table of causes.
pub(crate) struct CauseIndex {
    first: Vec<u16>,
    store: u16,
    server: u16,
}

impl CauseIndex {
    pub(crate) fn new(engine: &Engine) -> Self {
        let mut next = 0u16;
        let mut first = Vec::new();
        for agent in 0..usize::from(engine.roster().len()) {
            first.push(next);
            next +=
                u16::try_from(engine.reasons(agent).len()).expect("a handful of reasons");
        }
        let junk = u16::try_from(JUNK_REASONS.len()).expect("a handful of reasons");
        Self { first, store: next, server: next + junk }
    }

    /// The index of a stored table of causes, for endings at the store and undisturbed
    /// deliveries only; `None` where the table lacks them.
    pub(crate) fn of_table(causes: &[Cause]) -> Option<Self> {
        let position = |agent: &str, reason: &str| {
            let found =
                causes.iter().position(|c| c.agent == agent && c.reason == reason);
            found.and_then(|at| u16::try_from(at).ok())
        };
        let store = position(STORE, JUNK_REASONS[0])?;
        let whole = (store..)
            .zip(JUNK_REASONS)
            .all(|(at, reason)| position(STORE, reason) == Some(at));
        let server = position(SERVER, "Delivered")?;
        whole.then_some(Self { first: Vec::new(), store, server })
    }

    /// Position of a cause; the detail does not matter.
    pub(crate) fn of(&self, cause: CauseId) -> u16 {
        match cause.agent {
            CauseId::SERVER_SEAT => self.server,
            CauseId::STORE_SEAT => self.store + u16::from(cause.reason),
            agent => self.first[usize::from(agent)] + u16::from(cause.reason),
        }
    }
}
