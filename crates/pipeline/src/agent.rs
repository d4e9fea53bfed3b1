//! What an agent is to the engine.

use std::fmt::Debug;
use std::hash::Hash;

use mail::{Case, Change, Parts, SmtpEvent, Stamp, World};

use crate::{Ledger, Seen, Transit};

/// What an agent found out about one case.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed<E> {
    /// What decisions are made from.
    pub evidence: E,
    /// A figure for the trace only: the raw score, where the agent has one.
    pub score: Option<f64>,
}

impl<E> From<E> for Observed<E> {
    fn from(evidence: E) -> Self {
        Self { evidence, score: None }
    }
}

/// What an agent tells the server at the end of its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing to stop.
    Continue,
    /// Refuse the command or the message: one recipient at `OnRcptCommand`, everybody who
    /// is left at any other event.
    Reject {
        /// Index into [`Agent::reasons`].
        reason: u8,
        /// Rule, provider or list entry; see [`Agent::detail`].
        detail: u16,
    },
    /// Accept and drop for everybody who is left.
    Drop {
        /// Index into [`Agent::reasons`].
        reason: u8,
        /// Rule, provider or list entry; see [`Agent::detail`].
        detail: u16,
    },
}

/// One transport agent.
///
/// An agent is split in two. [`Agent::observe`] may read the case and the world and nothing
/// else. [`Agent::decide`] may read evidence, stamps and the ledger's signal and nothing
/// else; it allocates nothing and looks nothing up by string.
pub trait Agent: Send + Sync {
    /// What the agent can know about a case, reduced to what its decisions need: cases with
    /// equal evidence are decided once.
    type Evidence: Clone + Debug + Eq + Hash + Send + Sync + 'static;

    /// Name as the product prints it.
    fn name(&self) -> &'static str;

    /// Events it is registered on.
    fn events(&self) -> &'static [SmtpEvent];

    /// Reasons it may give, as in the agent log.
    fn reasons(&self) -> &'static [&'static str];

    /// Parts of a message that its evidence depends on.
    fn reads(&self) -> Parts;

    /// Stamps that its decisions depend on: for people who ask why.
    fn stamps_read(&self) -> &'static [Stamp] {
        &[]
    }

    /// The changes it may make to a message, each with the parts it touches; an agent refers
    /// to them by position.
    fn edits(&self) -> Vec<Parts> {
        Vec::new()
    }

    /// Change `edit` as it would be made to this case; `None` where it changes nothing.
    fn change(&self, edit: usize, case: &Case, world: &World) -> Option<Change> {
        let _ = (edit, case, world);
        None
    }

    /// First pass: what there is to know about this case, in the form it has.
    fn observe(&self, case: &Case, world: &World) -> Observed<Self::Evidence>;

    /// Evidence for people who ask why.
    fn tell(&self, evidence: &Self::Evidence) -> String {
        format!("{evidence:?}")
    }

    /// Whether the agent's place in the order makes no difference to such a case while the
    /// ledger gives no signal, whatever the stamps: it does nothing at all, or nothing that
    /// anybody else could prevent or notice. A wrong `true` changes results; `false` is
    /// always safe.
    fn idle(&self, evidence: &Self::Evidence) -> bool {
        let _ = evidence;
        false
    }

    /// Whether the agent reads the ledger's signal.
    fn heeds_signal(&self) -> bool {
        false
    }

    /// Second pass: one turn at one event.
    fn decide(
        &self,
        event: SmtpEvent,
        seen: Seen<'_, Self::Evidence>,
        mail: &mut Transit,
    ) -> Step;

    /// A fresh memory for one replay, where the agent keeps one.
    fn ledger(&self) -> Option<Box<dyn Ledger>> {
        None
    }

    /// Name of what a detail number stands for; empty where it stands for nothing.
    fn detail(&self, detail: u16) -> String {
        let _ = detail;
        String::new()
    }
}
