//! A message on its way: what decisions read and write.

use mail::{GatewayAction, Scl, Stamps, Threshold, ThresholdOverride, Thresholds, Tier};

use crate::{Booking, Edits, Junk, Signal};

/// Who decided and why, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CauseId {
    /// Agent by registration; see [`CauseId::STORE_SEAT`] and [`CauseId::SERVER_SEAT`].
    pub agent: u8,
    /// Index into the agent's reasons.
    pub reason: u8,
    /// The agent's detail number.
    pub detail: u16,
}

impl CauseId {
    /// Agent number of the store.
    pub const STORE_SEAT: u8 = 254;
    /// Agent number of the server itself.
    pub const SERVER_SEAT: u8 = 255;
    /// Delivered to the inbox, nobody objecting.
    pub const DELIVERED: Self = Self { agent: Self::SERVER_SEAT, reason: 0, detail: 0 };

    /// The store's junk rule decided.
    pub(crate) const fn store(reason: u8) -> Self {
        Self { agent: Self::STORE_SEAT, reason, detail: 0 }
    }
}

/// A mailbox's own gateway thresholds. Source: specification section 3.6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Overrides {
    /// Own delete threshold.
    pub delete: ThresholdOverride,
    /// Own reject threshold.
    pub reject: ThresholdOverride,
    /// Own quarantine threshold.
    pub quarantine: ThresholdOverride,
}

impl Overrides {
    /// The number behind a tier that the mailbox switches on while the server has it off and
    /// the mailbox states none: the mildest.
    const MILDEST: i64 = 9;

    /// The thresholds in force for this mailbox, parameter by parameter.
    pub fn apply(&self, server: &Thresholds) -> Thresholds {
        let one = |own: ThresholdOverride, server: Option<Threshold>| {
            let value = own.threshold.or(server);
            match own.enabled {
                Some(false) => None,
                Some(true) => value.or_else(|| Threshold::new(Self::MILDEST).ok()),
                None => server.and(value),
            }
        };
        Thresholds {
            delete: one(self.delete, server.delete),
            reject: one(self.reject, server.reject),
            quarantine: one(self.quarantine, server.quarantine),
            junk: server.junk,
        }
    }
}

/// How the threshold gate answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// By these thresholds.
    Literal(Thresholds),
    /// Always with this action; all threshold settings are later read off the four answers.
    Forced(GatewayAction),
}

/// What was asked of the threshold gate for one recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GateRecord {
    /// SCL of the message for this recipient.
    pub scl: Scl,
    /// The mailbox's own thresholds.
    pub overrides: Overrides,
}

impl GateRecord {
    /// The gate's answer under literal thresholds.
    pub fn action(&self, thresholds: &Thresholds) -> GatewayAction {
        self.overrides.apply(thresholds).gateway(self.scl)
    }
}

/// What has been settled for one recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fate {
    /// On its way.
    Pending,
    /// Goes to the quarantine mailbox; later agents may still refuse or drop it.
    Quarantined(CauseId),
    /// Refused.
    Rejected(CauseId),
    /// Dropped.
    Deleted(CauseId),
}

impl Fate {
    /// Whether the message still travels for this recipient.
    pub fn in_transit(self) -> bool {
        matches!(self, Self::Pending | Self::Quarantined(_))
    }
}

/// Where the message ended for one recipient, before the junk threshold is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ending {
    /// Settled on the way.
    Settled(Tier, CauseId),
    /// Delivered to the store with this SCL.
    Delivered(Option<Scl>, Junk),
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Recipient {
    pub(crate) fate: Fate,
    pub(crate) edits: Edits,
    pub(crate) asked: Edits,
    pub(crate) gate: Option<GateRecord>,
    /// It was on its way for this recipient when its data had been received.
    pub(crate) received: bool,
}

/// One message on its way through the events.
///
/// Agents read and write stamps, settle recipients, ask the threshold gate, book, and mark
/// the changes they make.
#[derive(Debug)]
pub struct Transit {
    /// Stamps on the message.
    pub stamps: Stamps,
    pub(crate) arrived: Stamps,
    pub(crate) signal: Signal,
    pub(crate) recipients: Vec<Recipient>,
    pub(crate) edits: Edits,
    /// Every change that an agent has marked, also those that would have changed nothing in
    /// the message as it arrived: after another change they may.
    pub(crate) asked: Edits,
    pub(crate) possible: Edits,
    pub(crate) current: Option<usize>,
    pub(crate) seat: u8,
    pub(crate) first_edit: usize,
    pub(crate) gate: Gate,
    pub(crate) booking: Option<Booking>,
    pub(crate) closing: bool,
    pub(crate) received: bool,
    pub(crate) scanned: bool,
    pub(crate) dns_questions: u32,
    pub(crate) tarpit_seconds: u32,
}

impl Transit {
    /// An empty transit; one serves any number of walks.
    pub fn new() -> Self {
        Self {
            stamps: Stamps::default(),
            arrived: Stamps::default(),
            signal: Signal::Clear,
            recipients: Vec::new(),
            edits: Edits::NONE,
            asked: Edits::NONE,
            possible: Edits::NONE,
            current: None,
            seat: 0,
            first_edit: 0,
            gate: Gate::Forced(GatewayAction::Pass),
            booking: None,
            closing: false,
            received: false,
            scanned: false,
            dns_questions: 0,
            tarpit_seconds: 0,
        }
    }

    pub(crate) fn begin(
        &mut self,
        recipients: usize,
        (possible, arrived): (Edits, Stamps),
        signal: Signal,
        gate: Gate,
    ) {
        self.stamps = arrived;
        self.arrived = arrived;
        self.signal = signal;
        self.recipients.clear();
        let fresh = Recipient {
            fate: Fate::Pending,
            edits: Edits::NONE,
            asked: Edits::NONE,
            gate: None,
            received: false,
        };
        self.recipients.resize(recipients, fresh);
        self.edits = Edits::NONE;
        self.asked = Edits::NONE;
        self.possible = possible;
        self.current = None;
        self.gate = gate;
        self.booking = None;
        self.closing = false;
        self.received = false;
        self.scanned = false;
        self.dns_questions = 0;
        self.tarpit_seconds = 0;
    }

    /// What the ledger said when the client connected.
    pub fn signal(&self) -> Signal {
        self.signal
    }

    /// The stamps that a server before this one has left, where the session may bring them.
    pub fn arrived(&self) -> &Stamps {
        &self.arrived
    }

    /// Changes made so far, as the recipient at hand (at `OnRcptCommand`) sees them.
    pub fn edits(&self) -> Edits {
        self.current.map_or(self.edits, |at| self.edits | self.recipients[at].edits)
    }

    /// Marks the agent's own change `edit` as made; nothing happens where it would change
    /// nothing in this message.
    pub fn edit(&mut self, edit: usize) {
        let asked = Edits::one(self.first_edit + edit);
        let edit = asked & self.possible;
        match self.current {
            Some(at) => {
                let recipient = &mut self.recipients[at];
                recipient.edits = recipient.edits | edit;
                recipient.asked = recipient.asked | asked;
            }
            None => {
                self.edits = self.edits | edit;
                self.asked = self.asked | asked;
            }
        }
    }

    /// Number of recipients of the session, at least one.
    pub fn recipients(&self) -> usize {
        self.recipients.len()
    }

    /// The recipient whose command is at hand, at `OnRcptCommand`.
    pub fn current(&self) -> Option<usize> {
        self.current
    }

    /// What has been settled for a recipient.
    pub fn fate(&self, recipient: usize) -> Fate {
        self.recipients[recipient].fate
    }

    /// Whether the message was still on its way for a recipient when `OnEndOfData` came:
    /// what the threshold gate has settled since then does not count, so that an agent may
    /// let one recipient decide about others without depending on thresholds.
    pub fn received_for(&self, recipient: usize) -> bool {
        self.recipients[recipient].received
    }

    /// Quarantines one recipient's copy; others go on.
    pub fn quarantine(&mut self, recipient: usize, reason: u8, detail: u16) {
        let cause = self.cause(reason, detail);
        let fate = &mut self.recipients[recipient].fate;
        if *fate == Fate::Pending {
            *fate = Fate::Quarantined(cause);
        }
    }

    /// Refuses the message for one recipient by a later non-delivery report; others go on.
    pub fn reject(&mut self, recipient: usize, reason: u8, detail: u16) {
        let cause = self.cause(reason, detail);
        self.settle(recipient, Fate::Rejected(cause));
    }

    /// Drops one recipient's copy; others go on.
    pub fn drop_copy(&mut self, recipient: usize, reason: u8, detail: u16) {
        let cause = self.cause(reason, detail);
        self.settle(recipient, Fate::Deleted(cause));
    }

    pub(crate) fn settle(&mut self, recipient: usize, fate: Fate) {
        if self.recipients[recipient].fate.in_transit() {
            self.recipients[recipient].fate = fate;
        }
    }

    pub(crate) fn cause(&self, reason: u8, detail: u16) -> CauseId {
        CauseId { agent: self.seat, reason, detail }
    }

    /// Asks the threshold gate what to do with one recipient's copy. One agent may ask, once
    /// per message and recipient.
    pub fn ask_gate(
        &mut self,
        recipient: usize,
        scl: Scl,
        overrides: Overrides,
    ) -> GatewayAction {
        let record = GateRecord { scl, overrides };
        self.recipients[recipient].gate = Some(record);
        match self.gate {
            Gate::Literal(thresholds) => record.action(&thresholds),
            Gate::Forced(action) => action,
        }
    }

    /// Books the message in the ledger, once; later calls change nothing.
    pub fn book(&mut self, booking: Booking) {
        self.booking.get_or_insert(booking);
    }

    /// Whether the event at hand closes the message.
    pub fn closing(&self) -> bool {
        self.closing
    }

    /// Whether the client has sent the whole message: `OnEndOfData` has been raised.
    pub fn received(&self) -> bool {
        self.received
    }

    /// Counts one content scan.
    pub fn count_scan(&mut self) {
        self.scanned = true;
    }

    /// Counts DNS questions.
    pub fn count_dns(&mut self, questions: u32) {
        self.dns_questions = self.dns_questions.saturating_add(questions);
    }

    /// Counts the seconds that a refusal is held back.
    pub fn count_tarpit(&mut self, seconds: u32) {
        self.tarpit_seconds = self.tarpit_seconds.saturating_add(seconds);
    }

    /// Whether the message still travels for anybody.
    pub fn in_transit(&self) -> bool {
        self.recipients.iter().any(|recipient| recipient.fate.in_transit())
    }
}

impl Default for Transit {
    fn default() -> Self {
        Self::new()
    }
}

/// What is read off a transit when its walk has ended.
impl Transit {
    /// What was asked of the gate for a recipient.
    pub fn gate_record(&self, recipient: usize) -> Option<GateRecord> {
        self.recipients[recipient].gate
    }

    /// What was booked.
    pub fn booking(&self) -> Option<Booking> {
        self.booking
    }

    /// Whether the content filter scored the message.
    pub fn scanned(&self) -> bool {
        self.scanned
    }

    /// Seconds that refusals of the message's recipients were held back.
    pub fn tarpit_seconds(&self) -> u32 {
        self.tarpit_seconds
    }

    /// DNS questions asked for the message.
    pub fn dns_questions(&self) -> u32 {
        self.dns_questions
    }
}
