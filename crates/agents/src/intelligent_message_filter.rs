//! Intelligent Message Filter: the content filter of Exchange 2003 SP2.
//!
//! # What it does
//!
//! Rates a message with an SCL by its content and applies one action at one threshold.
//!
//! # Events
//!
//! `OnEndOfData`.
//!
//! # Reads and writes
//!
//! Reads content, the Sender ID stamp and the allow-listed stamp. Writes the SCL.
//!
//! # Modelled
//!
//! Gateway threshold with no action, archive, delete or reject; both comparisons; custom
//! weights by MIN, MAX and numbers, on the level with what Sender ID has added to it; one
//! answer, which can be set. Not rated: everything where the filter is unbound, and mail of
//! an address on the accept list, which stays without a level; mail of authenticated
//! sessions, which gets SCL -1 unless such sessions are checked. A score source that says
//! SCL -1 of a message has a bypass on record: SCL -1, unscanned. One verdict per message:
//! neither mailboxes nor recipients have thresholds of their own.
//!
//! # Not modelled
//!
//! A limit on the size of what is scanned: none is known. Mail that the POP3 connector of a
//! small business server brings. Event 7512.
//!
//! # Source
//!
//! Specification sections 6.1 to 6.5; decisions on U16, U26, U29.

mod spec;

use std::cell::RefCell;
use std::sync::Arc;

use filter::{CustomWeights, Document, ScoreSource, Scratch, Weighing};
use mail::{Case, GatewayAction, Parts, Scl, SenderIdResult, SmtpEvent, Stamp, World};
use pipeline::{Agent, Observed, Overrides, Seen, Step, Transit};

pub use spec::{AcceptListSkips, GatewayComparison, ImfAction, ImfSpec};

use crate::SpecError;
use crate::lookup::has_bypass_right;

thread_local! {
    /// Working memory of the score source; holds nothing between messages.
    static SCRATCH: RefCell<Scratch> = RefCell::new(Scratch::new());
}

/// Most characters of the answer to a rejected message: what later editions take.
const LONGEST_RESPONSE: usize = 240;
const RESPONSE: &str = "550 5.7.1 Requested action not taken: message refused";
const ARCHIVE: u8 = 0;
const DELETE: u8 = 1;
const REJECT: u8 = 2;

/// The filter.
pub struct IntelligentMessageFilter {
    spec: ImfSpec,
    weights: CustomWeights,
    source: Arc<dyn ScoreSource>,
}

impl IntelligentMessageFilter {
    /// Checks the settings; `source` rates messages.
    ///
    /// # Errors
    ///
    /// [`SpecError`] at a weight, text or number that cannot be used, or at a weighting file
    /// that nobody has read.
    pub(crate) fn resolve(
        spec: &ImfSpec,
        source: Arc<dyn ScoreSource>,
    ) -> Result<Self, SpecError> {
        let key = |key: &str| format!("intelligent-message-filter.{key}");
        if let Some(file) = &spec.custom_weighting_file {
            let problem = format!("`{file}` was not read with the policy");
            let cure = "write its entries as `custom-weights`";
            return Err(SpecError::new(key("custom-weighting-file"), problem, cure));
        }
        for (name, steps) in [
            ("sender-id-fail-steps", spec.sender_id_fail_steps),
            ("sender-id-soft-fail-steps", spec.sender_id_soft_fail_steps),
        ] {
            if !(-9..=9).contains(&steps) {
                let problem = format!("`{steps}` is out of range");
                return Err(SpecError::new(key(name), problem, "use -9 to 9"));
            }
        }
        if let Some(text) = &spec.custom_reject_response {
            let name = key("custom-reject-response");
            SpecError::check_length(&name, text, LONGEST_RESPONSE)?;
            let code = text.starts_with('5') && text.is_char_boundary(3);
            let digits = code && text[..3].bytes().all(|b| b.is_ascii_digit());
            if !digits || text.contains(char::is_control) {
                let problem = format!("`{}` is no answer", text.escape_debug());
                let cure = "begin it with a code, as `550 5.7.1 text`, on one line";
                return Err(SpecError::new(name, problem, cure));
            }
        }
        let weights = CustomWeights::new(&spec.custom_weights).map_err(|error| {
            let cure = "correct the entry";
            SpecError::new(key("custom-weights"), error.to_string(), cure)
        })?;
        Ok(Self { spec: spec.clone(), weights, source })
    }

    /// What Sender ID adds to a level.
    fn steps(&self, mail: &Transit) -> i64 {
        if self.source.is_final() {
            return 0;
        }
        let steps = match mail.stamps.sender_id {
            Some(SenderIdResult::Fail) => self.spec.sender_id_fail_steps,
            Some(SenderIdResult::SoftFail) => self.spec.sender_id_soft_fail_steps,
            Some(
                SenderIdResult::Pass
                | SenderIdResult::Neutral
                | SenderIdResult::None
                | SenderIdResult::TempError
                | SenderIdResult::PermError,
            )
            | None => 0,
        };
        i64::from(steps)
    }

    /// The gateway's one action, on everybody who is left.
    fn act(scl: Scl, mail: &mut Transit) -> Step {
        let detail = scl.get().unsigned_abs().into();
        let mut action = GatewayAction::Pass;
        for who in 0..mail.recipients() {
            // The thresholds of the server hold for all, so that all answers are one.
            if mail.fate(who).in_transit() {
                action = mail.ask_gate(who, scl, Overrides::default());
            }
        }
        match action {
            GatewayAction::Pass => Step::Continue,
            GatewayAction::Delete => Step::Drop { reason: DELETE, detail },
            GatewayAction::Reject => Step::Reject { reason: REJECT, detail },
            GatewayAction::Quarantine => {
                for who in 0..mail.recipients() {
                    mail.quarantine(who, ARCHIVE, detail);
                }
                Step::Continue
            }
        }
    }
}

/// Evidence of the filter.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ImfEvidence {
    /// Nothing is bound to the virtual server.
    Unbound,
    /// The session is authenticated, and such sessions are not checked.
    Internal,
    /// It is rated.
    Rated {
        /// By the score source; none where it knows nothing of the message.
        level: Option<Scl>,
        /// What the custom weights do to the level.
        weights: Weighing,
    },
}

impl Agent for IntelligentMessageFilter {
    type Evidence = ImfEvidence;

    fn name(&self) -> &'static str {
        "Intelligent Message Filter"
    }

    fn events(&self) -> &'static [SmtpEvent] {
        &[SmtpEvent::OnEndOfData]
    }

    fn reasons(&self) -> &'static [&'static str] {
        &["GatewayThresholdArchive", "GatewayThresholdDelete", "GatewayThresholdReject"]
    }

    fn reads(&self) -> Parts {
        Parts::MESSAGE
    }

    fn stamps_read(&self) -> &'static [Stamp] {
        &[Stamp::SenderId, Stamp::AllowListed]
    }

    fn observe(&self, case: &Case, _world: &World) -> Observed<ImfEvidence> {
        if !self.spec.enabled {
            return ImfEvidence::Unbound.into();
        }
        if has_bypass_right(case) && !self.spec.check_auth_sessions {
            return ImfEvidence::Internal.into();
        }
        let document = Document::new(&case.raw, &case.message).at(case.time);
        let rating = SCRATCH.with_borrow_mut(|s| self.source.rate(case.id, &document, s));
        let weights = self.weights.find(&case.message);
        Observed {
            evidence: ImfEvidence::Rated { level: rating.map(|r| r.scl), weights },
            score: rating.map(|rating| rating.score),
        }
    }

    fn idle(&self, evidence: &ImfEvidence) -> bool {
        *evidence == ImfEvidence::Unbound
    }

    fn decide(
        &self,
        _event: SmtpEvent,
        seen: Seen<'_, ImfEvidence>,
        mail: &mut Transit,
    ) -> Step {
        let (level, weights) = match seen.at(mail.edits()) {
            ImfEvidence::Unbound => return Step::Continue,
            ImfEvidence::Internal => {
                mail.stamps.scl = Some(Scl::TRUSTED);
                return Step::Continue;
            }
            ImfEvidence::Rated { .. } if mail.stamps.allow_listed => {
                return Step::Continue;
            }
            ImfEvidence::Rated { level: Some(level), .. } if level.is_trusted() => {
                mail.stamps.scl = Some(Scl::TRUSTED);
                return Step::Continue;
            }
            ImfEvidence::Rated { level, weights } => (*level, *weights),
        };
        mail.count_scan();
        let scl = match (level, weights) {
            (Some(level), _) => {
                let steps = self.steps(mail);
                weights.on(Scl::rating(i64::from(level).saturating_add(steps)))
            }
            // MIN and MAX need no level to begin from.
            (None, Weighing::Min | Weighing::Max) => weights.on(Scl::MIN),
            (None, Weighing::Sum(_)) => return Step::Continue,
        };
        mail.stamps.scl = Some(scl);
        mail.stamps.assessed = Some(scl);
        Self::act(scl, mail)
    }

    fn response(&self, reason: u8, _detail: u16) -> String {
        match reason {
            REJECT => {
                self.spec.custom_reject_response.as_deref().unwrap_or(RESPONSE).to_owned()
            }
            _ => String::new(),
        }
    }
}

#[cfg(test)]
mod tests;
