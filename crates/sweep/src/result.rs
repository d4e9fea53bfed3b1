//! What a replay and a sweep give to the layers above: plain data.

use mail::{CaseId, Label, Scl, SenderIdResult, Thresholds, Tier, Timestamp};

/// Who decided, and why; an index into a table of causes keeps rows small.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cause {
    /// Agent name as printed by the product, or `Store` for the junk rule, or `Server` where
    /// nobody stopped the message.
    pub agent: String,
    /// Reason as in the agent log, such as `SclAtOrAboveRejectThreshold`.
    pub reason: String,
}

/// What a policy spent on all cases together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Cost {
    /// Messages the content filter scored.
    pub content_scans: u64,
    /// DNS questions asked.
    pub dns_questions: u64,
    /// Bytes of the messages the content filter scored.
    pub bytes_scanned: u64,
}

/// Cases of each label that one cause put into one tier.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Decided {
    /// Index into the table of causes.
    pub cause: u16,
    /// The tier.
    pub tier: Tier,
    /// Ham and spam, by [`Label::index`].
    pub counts: [u64; 2],
}

/// Counts by label, tier and cause for one policy. The unit is the case at the harshest
/// tier any of its recipients met, or the delivery, as the run was asked to count.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Tally {
    /// `tiers[label][tier]`: units that ended exactly there.
    pub tiers: [[u64; 5]; 2],
    /// The same units by deciding cause, sorted by cause and tier; the rows sum to `tiers`.
    pub decided: Vec<Decided>,
}

impl Tally {
    /// All units of a label.
    pub fn total(&self, label: Label) -> u64 {
        self.tiers[label.index()].iter().sum()
    }

    /// Units of `label` that ended at `tier` or harsher.
    pub fn at_or_harsher(&self, label: Label, tier: Tier) -> u64 {
        self.tiers[label.index()][tier.index()..].iter().sum()
    }
}

/// One row per case and recipient of one replay.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceRow {
    /// Message digest.
    pub case: CaseId,
    /// Label.
    pub label: Label,
    /// Category, may be empty.
    pub category: String,
    /// When it was received.
    pub time: Timestamp,
    /// Recipient as delivered; empty where the corpus does not tell.
    pub recipient: String,
    /// Where it ended for this recipient.
    pub tier: Tier,
    /// Index into the table of causes.
    pub cause: u16,
    /// What the cause says further: the rule, list or provider; may be empty.
    pub detail: String,
    /// SCL stamped at the end; `None` where nobody rated the message.
    pub scl: Option<Scl>,
    /// Raw score of the content filter's engine, where it scored the message.
    pub score: Option<f64>,
    /// Sender ID stamp.
    pub sender_id: Option<SenderIdResult>,
    /// Whether the content filter scored it.
    pub scanned: bool,
    /// DNS questions asked for the message.
    pub dns_questions: u32,
    /// What the server answered, or noted in the agent log, where an agent acted on it; may
    /// be empty.
    pub response: String,
    /// The antispam report stamped at the end; may be empty.
    pub report: String,
    /// Seconds that refusals of the message's recipients were held back.
    pub tarpit_seconds: u32,
}

/// One `Set-TransportAgent -Priority` call.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Move {
    /// Agent name as printed by the product.
    pub agent: String,
    /// New priority, from 1.
    pub priority: usize,
}

/// One order class of the sweep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRow {
    /// A global order of this class, as indexes into [`SweepResult::agents`]: the one that
    /// the fewest priority changes reach from the default order.
    pub order: Vec<u8>,
    /// The priority changes, in the order to make them.
    pub moves: Vec<Move>,
    /// Index into [`SweepResult::outcomes`].
    pub outcome: u32,
    /// What the order spends (independent of the thresholds).
    pub cost: Cost,
}

/// Order classes under which every case ends the same way whatever the thresholds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Index into [`SweepResult::orders`] of the member with the least content scans, then
    /// the least DNS questions, then the fewest priority changes, then the first.
    pub representative: u32,
    /// How many order classes share the outcome.
    pub order_classes: u32,
    /// Tally per threshold setting: indexes into [`SweepResult::tallies`], parallel to
    /// [`SweepResult::settings`].
    pub tallies: Vec<u32>,
}

/// The tally of every policy in a space of orders × thresholds.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepResult {
    /// Agent names in the default order.
    pub agents: Vec<String>,
    /// Causes that [`Decided::cause`] indexes.
    pub causes: Vec<Cause>,
    /// Units per label, ham then spam.
    pub units: [u64; 2],
    /// Threshold settings, in a fixed documented order.
    pub settings: Vec<Thresholds>,
    /// Order classes.
    pub orders: Vec<OrderRow>,
    /// Outcome-distinct groups of them.
    pub outcomes: Vec<Outcome>,
    /// Distinct tallies, sorted.
    pub tallies: Vec<Tally>,
}

impl SweepResult {
    /// How many policies the result covers: order classes × threshold settings.
    pub fn policies(&self) -> u64 {
        self.orders.len() as u64 * self.settings.len() as u64
    }
}
