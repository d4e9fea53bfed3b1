//! One case told turn by turn: what every agent saw, wrote and decided.

use mail::{JunkComparison, SmtpEvent, Stamps, Thresholds, Tier};
use pipeline::{
    CauseId, Class, Edits, Ending, Fate, Gate, Plan, PriorityOrder, Signal, Step,
    Transit, Witness,
};

use crate::causes::CauseIndex;
use crate::{Docket, Seen};

/// One way to run the agents over a docket.
#[derive(Debug, Clone, PartialEq)]
pub struct Way {
    /// The global order.
    pub order: PriorityOrder,
    /// Which agents run, by registration.
    pub enabled: Vec<bool>,
    /// The four thresholds.
    pub thresholds: Thresholds,
    /// How the store compares.
    pub comparison: JunkComparison,
}

/// One turn of one agent.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// At which event.
    pub event: SmtpEvent,
    /// Agent by registration.
    pub agent: u8,
    /// The recipient whose command is at hand, at `OnRcptCommand`.
    pub recipient: Option<usize>,
    /// Stamps before.
    pub before: Stamps,
    /// Stamps after.
    pub after: Stamps,
    /// What had been settled per recipient before.
    pub fates_before: Vec<Fate>,
    /// What was settled per recipient after, with what the server did on the agent's word.
    pub fates_after: Vec<Fate>,
    /// What the agent told the server.
    pub step: Step,
    /// Changes that had been made to the message before.
    pub edits: Edits,
    /// Whether the agent changed the message.
    pub edited: bool,
    /// Whether the agent scanned the content.
    pub scanned: bool,
    /// Whether the agent booked the message in its memory.
    pub booked: bool,
}

/// Where the message ended for one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Close {
    /// RCPT TO; empty where unknown.
    pub recipient: String,
    /// The tier.
    pub tier: Tier,
    /// Index into the table of causes.
    pub cause: u16,
    /// Rule, list or provider; may be empty.
    pub detail: String,
    /// What the server answers to a refusal, and notes of a quarantine; else empty.
    pub response: String,
}

/// A case from connect to mailbox.
#[derive(Debug, Clone, PartialEq)]
pub struct Story {
    /// Position among the docket's cases.
    pub position: usize,
    /// What the ledger said when the client connected.
    pub signal: Signal,
    /// Every turn in order.
    pub turns: Vec<Turn>,
    /// Where it ended, by recipient.
    pub closes: Vec<Close>,
}

impl Docket {
    /// Replays all cases in corpus time and tells each one.
    pub fn stories(&self, way: &Way, mut told: impl FnMut(&Seen, Story)) {
        let plan = Plan::new(&self.engine.roster(), &way.order, &way.enabled);
        let mut ledger = self.ledger(&way.enabled);
        let mut mail = Transit::new();
        for (position, case) in self.cases.iter().enumerate() {
            let class = &self.classes[case.class as usize];
            let signal = match (&mut ledger, case.visit()) {
                (Some(ledger), Some(visit)) => ledger.signal(visit),
                _ => Signal::Clear,
            };
            let mut turns = Recorder::default();
            let gate = Gate::Literal(way.thresholds);
            self.engine.walk_before(&plan, class, signal, gate, &mut mail, &mut turns);
            if let (Some(ledger), Some(visit), Some(booking)) =
                (&mut ledger, case.visit(), mail.booking())
            {
                ledger.book(visit, booking);
            }
            let closes = self.closes(case, class, &mail, way);
            told(case, Story { position, signal, turns: turns.0, closes });
        }
    }

    /// Where one case ends under another way, with the same signal from the ledger.
    pub fn ends(&self, position: usize, signal: Signal, way: &Way) -> Vec<Close> {
        let plan = Plan::new(&self.engine.roster(), &way.order, &way.enabled);
        let case = &self.cases[position];
        let class = &self.classes[case.class as usize];
        let mut mail = Transit::new();
        self.engine.walk(&plan, class, signal, Gate::Literal(way.thresholds), &mut mail);
        self.closes(case, class, &mail, way)
    }

    /// What an agent knew at a turn, in the words of its evidence.
    pub fn evidence(&self, position: usize, turn: &Turn) -> String {
        let class = &self.classes[self.cases[position].class as usize];
        self.engine.evidence(class, turn.agent, turn.edits)
    }

    fn closes(
        &self,
        case: &Seen,
        class: &Class,
        mail: &Transit,
        way: &Way,
    ) -> Vec<Close> {
        let causes = CauseIndex::new(&self.engine);
        let close = |recipient: usize| {
            let (tier, cause) = match self.engine.ending(class, mail, recipient) {
                Ending::Settled(tier, cause) => (tier, cause),
                Ending::Delivered(scl, junk) => {
                    junk.tier(scl, &way.thresholds, way.comparison)
                }
            };
            Close {
                recipient: case
                    .recipients
                    .get(recipient)
                    .map_or_else(String::new, ToString::to_string),
                tier,
                cause: causes.of(cause),
                detail: self.detail(cause),
                response: self.answer(tier, cause, case),
            }
        };
        (0..class.recipients()).map(close).collect()
    }
}

/// Writes down every turn.
#[derive(Default)]
struct Recorder(Vec<Turn>);

impl Witness for Recorder {
    fn before(&mut self, event: SmtpEvent, agent: u8, mail: &Transit) {
        let fates: Vec<Fate> = (0..mail.recipients()).map(|who| mail.fate(who)).collect();
        self.0.push(Turn {
            event,
            agent,
            recipient: mail.current(),
            before: mail.stamps,
            after: mail.stamps,
            fates_after: fates.clone(),
            fates_before: fates,
            step: Step::Continue,
            edits: mail.edits(),
            edited: false,
            scanned: mail.scanned(),
            booked: mail.booking().is_some(),
        });
    }

    fn after(&mut self, _: SmtpEvent, agent: u8, mail: &Transit, step: Step) {
        let turn = self.0.last_mut().expect("a turn ends after it began");
        turn.after = mail.stamps;
        turn.step = step;
        turn.edited = mail.edits() != turn.edits;
        turn.scanned = mail.scanned() && !turn.scanned;
        turn.booked = mail.booking().is_some() && !turn.booked;
        let all = match step {
            Step::Continue => None,
            Step::Reject { reason, detail } => {
                Some(Fate::Rejected(CauseId { agent, reason, detail }))
            }
            Step::Drop { reason, detail } => {
                Some(Fate::Deleted(CauseId { agent, reason, detail }))
            }
        };
        turn.fates_after = (0..mail.recipients())
            .map(|who| {
                let fate = mail.fate(who);
                let concerned = turn.recipient.is_none_or(|current| current == who);
                all.filter(|_| concerned && fate.in_transit()).unwrap_or(fate)
            })
            .collect();
    }
}
