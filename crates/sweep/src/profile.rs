//! Profiles: where a case ends, as a function of the thresholds.

use mail::{GatewayAction, JunkComparison, Thresholds, Tier};
use pipeline::{Class, Ending, Engine, Gate, GateRecord, Junk, Plan, Signal, Transit};

use crate::causes::CauseIndex;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unit {
    /// The case, at the harshest tier any of its recipients met.
    #[default]
    Case,
    /// Every case × recipient.
    Delivery,
}

/// Where a message ends for one recipient under one action of the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum End {
    Settled(Tier, u16),
    Delivered(Option<mail::Scl>, Junk),
}

/// Where a message ends for one recipient, whatever the thresholds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RecipientProfile {
    pub(crate) gate: Option<GateRecord>,
    /// By the gate's action: pass, quarantine, reject, delete.
    pub(crate) ends: [End; 4],
}

/// A case's recipients in order.
pub(crate) type Profile = Box<[RecipientProfile]>;

const ACTIONS: [GatewayAction; 4] = [
    GatewayAction::Pass,
    GatewayAction::Quarantine,
    GatewayAction::Reject,
    GatewayAction::Delete,
];

/// What one walk through the events comes to, thresholds left open.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Journey<P> {
    pub(crate) profile: P,
    pub(crate) booking: Option<pipeline::Booking>,
    pub(crate) scanned: bool,
    pub(crate) dns_questions: u32,
}

/// Walks a class once per action of the gate and notes where each recipient ends.
pub(crate) fn travel(
    engine: &Engine,
    causes: &CauseIndex,
    plan: &Plan,
    class: &Class,
    signal: Signal,
    mail: &mut Transit,
) -> Journey<Profile> {
    engine.walk(plan, class, signal, Gate::Forced(GatewayAction::Pass), mail);
    let mut profile: Vec<RecipientProfile> = (0..class.recipients())
        .map(|recipient| RecipientProfile {
            gate: mail.gate_record(recipient),
            ends: [end(engine.ending(class, mail, recipient), causes); 4],
        })
        .collect();
    let journey = Journey {
        profile: (),
        booking: mail.booking(),
        scanned: mail.scanned(),
        dns_questions: mail.dns_questions(),
    };
    if profile.iter().any(|recipient| recipient.gate.is_some()) {
        for (index, action) in ACTIONS.into_iter().enumerate().skip(1) {
            engine.walk(plan, class, signal, Gate::Forced(action), mail);
            debug_assert_eq!(
                mail.booking(),
                journey.booking,
                "law 6: bookings see no tier"
            );
            for (recipient, profile) in profile.iter_mut().enumerate() {
                profile.ends[index] = end(engine.ending(class, mail, recipient), causes);
            }
        }
    }
    Journey {
        profile: profile.into(),
        booking: journey.booking,
        scanned: journey.scanned,
        dns_questions: journey.dns_questions,
    }
}

fn end(ending: Ending, causes: &CauseIndex) -> End {
    match ending {
        Ending::Settled(tier, cause) => End::Settled(tier, causes.of(cause)),
        Ending::Delivered(scl, junk) => End::Delivered(scl, junk),
    }
}

impl RecipientProfile {
    /// Tier and cause under one threshold setting.
    fn settle(
        &self,
        thresholds: &Thresholds,
        comparison: JunkComparison,
        causes: &CauseIndex,
    ) -> (Tier, u16) {
        let action =
            self.gate.map_or(GatewayAction::Pass, |gate| gate.action(thresholds));
        match self.ends[action as usize] {
            End::Settled(tier, cause) => (tier, cause),
            End::Delivered(scl, junk) => {
                let (tier, cause) = junk.tier(scl, thresholds, comparison);
                (tier, causes.of(cause))
            }
        }
    }
}

/// Tier and cause of a unit: the harshest of its recipients, the first of equals.
pub(crate) fn settle(
    profile: &[RecipientProfile],
    thresholds: &Thresholds,
    comparison: JunkComparison,
    causes: &CauseIndex,
) -> (Tier, u16) {
    harshest(profile.iter().map(|one| one.settle(thresholds, comparison, causes)))
}

/// The harshest of some tiers, the first of equals.
pub(crate) fn harshest(ends: impl Iterator<Item = (Tier, u16)>) -> (Tier, u16) {
    ends.reduce(|worst, next| if next.0 > worst.0 { next } else { worst })
        .expect("a class has at least one recipient")
}

/// The SCL that thresholds are held against: as asked at the gate, else as delivered; of
/// several recipients the highest.
pub(crate) fn level(profile: &[RecipientProfile]) -> Option<mail::Scl> {
    let of = |one: &RecipientProfile| match (one.gate, one.ends[0]) {
        (Some(gate), _) => Some(gate.scl),
        (None, End::Delivered(scl, _)) => scl,
        (None, End::Settled(..)) => None,
    };
    profile.iter().filter_map(of).max()
}
