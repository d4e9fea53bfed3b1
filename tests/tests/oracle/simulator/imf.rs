//! The Intelligent Message Filter of Exchange 2003 SP2. Source: specification sections 6.1
//! to 6.3.
//!
//! A level for the whole message, moved by what Sender ID said and by custom weights; one
//! threshold with one action for everybody.

use agents::{AcceptListSkips, GatewayComparison, ImfAction, ImfSpec};
use filter::{WeightChange, WeightPart};
use mail::{Edition, Scl, SenderIdResult};

use super::words::{holds, plain};
use super::{Cause, Copy, Letter, Server, Turn};
use crate::rater;

pub(super) const NAME: &str = "Intelligent Message Filter";

impl Server<'_> {
    pub(super) fn is_2003(&self) -> bool {
        self.policy.edition == Edition::E2003Sp2
    }

    /// Whether the sender and the recipient filter let an allow-listed client pass: since
    /// 2007 they do; of 2003 the sources say both (decision: they look at its mail).
    pub(super) fn allow_list_counts(&self) -> bool {
        !self.is_2003() || self.policy.imf().accept_list_skips == AcceptListSkips::All
    }

    pub(super) fn intelligent_message_filter(&self, letter: &mut Letter) -> Turn {
        let spec = self.policy.imf();
        if !spec.enabled {
            return Turn::Continue;
        }
        if letter.authenticated && !spec.check_auth_sessions {
            letter.scl = Some(Scl::TRUSTED);
            return Turn::Continue;
        }
        if letter.allow_listed {
            return Turn::Continue;
        }
        letter.scanned = true;
        let Some(scl) = level(&spec, letter) else {
            return Turn::Continue;
        };
        letter.scl = Some(scl);
        letter.assessed = Some(scl);
        let threshold = spec.gateway_threshold.get().cast_signed();
        let acts = match spec.gateway_comparison {
            GatewayComparison::Ge => scl.get() >= threshold,
            GatewayComparison::Gt => scl.get() > threshold,
        };
        let cause = |reason| Cause::new(NAME, reason, "");
        match spec.gateway_action {
            ImfAction::Delete if acts => Turn::Drop(cause("GatewayThresholdDelete")),
            ImfAction::Reject if acts => Turn::Refuse(cause("GatewayThresholdReject")),
            ImfAction::Archive if acts => {
                for recipient in &mut letter.recipients {
                    if recipient.copy == Copy::Travelling {
                        recipient.copy =
                            Copy::Quarantined(cause("GatewayThresholdArchive"));
                    }
                }
                Turn::Continue
            }
            _ => Turn::Continue,
        }
    }
}

/// MIN before MAX before the sum of all numbers, each within 0 to 9.
fn level(spec: &ImfSpec, letter: &Letter) -> Option<Scl> {
    let message = &letter.message;
    let (subject, body) = (plain(&message.subject), plain(&message.body));
    let found = |part: WeightPart, text: &str| match part {
        WeightPart::Subject => holds(&subject, &plain(text)),
        WeightPart::Body => holds(&body, &plain(text)),
        WeightPart::Both => holds(&subject, &plain(text)) || holds(&body, &plain(text)),
    };
    let weights: Vec<WeightChange> = spec
        .custom_weights
        .iter()
        .filter(|entry| found(entry.part, &entry.text))
        .map(|entry| entry.change)
        .collect();
    if weights.contains(&WeightChange::Min) {
        return Some(Scl::MIN);
    }
    if weights.contains(&WeightChange::Max) {
        return Some(Scl::MAX);
    }
    let steps = match letter.sender_id {
        Some(SenderIdResult::Fail) => spec.sender_id_fail_steps,
        Some(SenderIdResult::SoftFail) => spec.sender_id_soft_fail_steps,
        _ => 0,
    };
    // Sender ID moves the level, and weights the moved level.
    let moved = (rater::level(message)? + i64::from(steps)).clamp(0, 9);
    let added = weights.iter().map(|change| match change {
        WeightChange::Add(number) => i64::from(*number),
        WeightChange::Min | WeightChange::Max => 0,
    });
    Some(Scl::rating(moved + added.sum::<i64>()))
}
