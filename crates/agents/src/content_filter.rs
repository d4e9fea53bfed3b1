//! Content Filter Agent.
//!
//! # What it does
//!
//! Rates a message with an SCL by its content and acts on it: delete, then reject, then
//! quarantine, each at SCL ≥ its threshold.
//!
//! # Events
//!
//! `OnEndOfData`.
//!
//! # Reads and writes
//!
//! Reads content, the Sender ID and blocked-sender stamps, the allow-listed stamp, and an SCL
//! of -1 stamped by somebody before. Writes the SCL.
//!
//! # Modelled
//!
//! All three thresholds by server and by mailbox; custom phrases; bypasses in this order:
//! feature off or session out of scope or message over 11 MB (no stamp); session with the
//! bypass right, bypassed sender, all recipients bypassed (SCL -1); SCL -1 already there;
//! allow-listed client, all recipients bypassed that no earlier agent has refused (SCL -1).
//! A recipient that alone is bypassed is exempt from the three actions. Sender ID and
//! blocked-sender stamps move the level by whole steps.
//!
//! # Not modelled
//!
//! Postmarks (off by default in the product); safe lists by hashed entries (entries are
//! compared as text); that a quarantined non-delivery report is deleted.
//!
//! # Source
//!
//! Specification sections 3.2 to 3.9; decisions on U8, U9, U10, U13, U14, U16.

use std::cell::RefCell;
use std::sync::Arc;

use filter::{Document, Phrase, Phrases, ScoreSource, Scratch};
use mail::{
    Case, GatewayAction, Parts, Scl, SenderIdResult, SmtpEvent, Stamp, Threshold, World,
};
use pipeline::{Agent, Observed, Overrides, Seen, Step, Transit};
use serde::{Deserialize, Serialize};

use crate::SpecError;
use crate::lookup::{
    has_address, has_bypass_right, has_domain, in_scope, per_recipient, recipients,
};

/// Settings of the agent: `Set-ContentFilterConfig`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ContentFilterSpec {
    /// The feature is on (default true).
    pub enabled: bool,
    /// Anonymous sessions are filtered (default true).
    pub external_mail_enabled: bool,
    /// Authenticated sessions are filtered (default false).
    pub internal_mail_enabled: bool,
    /// Delete tier on (default false).
    pub scl_delete_enabled: bool,
    /// Delete at SCL ≥ this, 0 to 9 (default 9).
    pub scl_delete_threshold: Threshold,
    /// Reject tier on (default true).
    pub scl_reject_enabled: bool,
    /// Reject at SCL ≥ this, 0 to 9 (default 7).
    pub scl_reject_threshold: Threshold,
    /// Quarantine tier on (default false).
    pub scl_quarantine_enabled: bool,
    /// Quarantine at SCL ≥ this, 0 to 9 (default 9).
    pub scl_quarantine_threshold: Threshold,
    /// Where quarantined mail goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quarantine_mailbox: Option<String>,
    /// Reply text of a reject, at most 240 characters; absent is the edition's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejection_response: Option<String>,
    /// Recipients whose mail is not filtered (at most 100).
    pub bypassed_recipients: Vec<String>,
    /// Sender domains whose mail is not filtered; `*.` allowed (at most 100).
    pub bypassed_sender_domains: Vec<String>,
    /// Senders whose mail is not filtered (at most 100).
    pub bypassed_senders: Vec<String>,
    /// Custom phrases (at most 800): `Add-ContentFilterPhrase`.
    pub phrases: Vec<Phrase>,
    /// Steps added to the level where Sender ID says Fail, -9 to 9 (default 1).
    pub sender_id_fail_steps: i8,
    /// Steps added to the level where Sender ID says `SoftFail`, -9 to 9 (default 0).
    pub sender_id_soft_fail_steps: i8,
    /// Steps added to the level for a stamped blocked sender, -9 to 9 (default 2).
    pub blocked_sender_steps: i8,
}

impl Default for ContentFilterSpec {
    fn default() -> Self {
        let threshold = |value| Threshold::new(value).expect("in range");
        Self {
            enabled: true,
            external_mail_enabled: true,
            internal_mail_enabled: false,
            scl_delete_enabled: false,
            scl_delete_threshold: threshold(9),
            scl_reject_enabled: true,
            scl_reject_threshold: threshold(7),
            scl_quarantine_enabled: false,
            scl_quarantine_threshold: threshold(9),
            quarantine_mailbox: None,
            rejection_response: None,
            bypassed_recipients: Vec::new(),
            bypassed_sender_domains: Vec::new(),
            bypassed_senders: Vec::new(),
            phrases: Vec::new(),
            sender_id_fail_steps: 1,
            sender_id_soft_fail_steps: 0,
            blocked_sender_steps: 2,
        }
    }
}

thread_local! {
    /// Working memory of the score source; holds nothing between messages.
    static SCRATCH: RefCell<Scratch> = RefCell::new(Scratch::new());
}

/// The agent.
pub struct ContentFilter {
    spec: ContentFilterSpec,
    phrases: Phrases,
    source: Arc<dyn ScoreSource>,
}

impl ContentFilter {
    /// Largest message that is scanned. Source: specification section 3.4.
    const MOST_BYTES: usize = 11 << 20;

    /// Checks the settings; `source` rates messages.
    ///
    /// # Errors
    ///
    /// [`SpecError`] at a list, text or number over a limit of the product.
    pub fn resolve(
        spec: &ContentFilterSpec,
        source: Arc<dyn ScoreSource>,
    ) -> Result<Self, SpecError> {
        for (key, list) in [
            ("bypassed-recipients", &spec.bypassed_recipients),
            ("bypassed-sender-domains", &spec.bypassed_sender_domains),
            ("bypassed-senders", &spec.bypassed_senders),
        ] {
            SpecError::check_count(&format!("content-filter.{key}"), list.len(), 100)?;
        }
        if let Some(text) = &spec.rejection_response {
            SpecError::check_length("content-filter.rejection-response", text, 240)?;
        }
        for (key, steps) in [
            ("sender-id-fail-steps", spec.sender_id_fail_steps),
            ("sender-id-soft-fail-steps", spec.sender_id_soft_fail_steps),
            ("blocked-sender-steps", spec.blocked_sender_steps),
        ] {
            if !(-9..=9).contains(&steps) {
                let problem = format!("`{steps}` is out of range");
                let key = format!("content-filter.{key}");
                return Err(SpecError::new(key, problem, "use -9 to 9"));
            }
        }
        let phrases = Phrases::new(&spec.phrases).map_err(|error| {
            SpecError::new(
                "content-filter.phrases",
                error.to_string(),
                "shorten the list",
            )
        })?;
        Ok(Self { spec: spec.clone(), phrases, source })
    }

    fn bypass(&self, case: &Case, exempt: &[RecipientView]) -> Bypass {
        let spec = &self.spec;
        let from = case.message.from.first();
        let (email, domain) =
            from.map_or(("", ""), |from| (from.email.as_str(), from.domain()));
        let out = !spec.enabled
            || !in_scope(case, spec.external_mail_enabled, spec.internal_mail_enabled);
        let trusted = has_bypass_right(case)
            || has_address(&spec.bypassed_senders, email)
            || has_domain(&spec.bypassed_sender_domains, domain)
            || exempt.iter().all(|recipient| recipient.exempt);
        if out || case.raw.len() > Self::MOST_BYTES {
            Bypass::Unstamped
        } else if trusted {
            Bypass::Trusted
        } else {
            Bypass::No
        }
    }

    fn adjust(&self, rating: Rated, mail: &Transit) -> Scl {
        let sender_id = match mail.stamps.sender_id {
            Some(SenderIdResult::Fail) => self.spec.sender_id_fail_steps,
            Some(SenderIdResult::SoftFail) => self.spec.sender_id_soft_fail_steps,
            _ => 0,
        };
        let blocked =
            if mail.stamps.blocked_sender { self.spec.blocked_sender_steps } else { 0 };
        match rating {
            Rated::Forced(scl) => scl,
            Rated::Content(scl) => Scl::rating(
                i64::from(scl.get()) + i64::from(sender_id) + i64::from(blocked),
            ),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Bypass {
    No,
    Unstamped,
    Trusted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Rated {
    /// By the score source; stamps of earlier agents move it.
    Content(Scl),
    /// By a custom phrase.
    Forced(Scl),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
struct RecipientView {
    exempt: bool,
    overrides: Overrides,
}

/// Evidence of the agent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ContentEvidence {
    bypass: Bypass,
    rated: Option<Rated>,
    recipients: Box<[RecipientView]>,
}

const DELETE: u8 = 0;
const REJECT: u8 = 1;
const QUARANTINE: u8 = 2;

impl Agent for ContentFilter {
    type Evidence = ContentEvidence;

    fn name(&self) -> &'static str {
        "Content Filter Agent"
    }

    fn events(&self) -> &'static [SmtpEvent] {
        &[SmtpEvent::OnEndOfData]
    }

    fn reasons(&self) -> &'static [&'static str] {
        &[
            "SclAtOrAboveDeleteThreshold",
            "SclAtOrAboveRejectThreshold",
            "SclAtOrAboveQuarantineThreshold",
        ]
    }

    fn reads(&self) -> Parts {
        Parts::MESSAGE | mail::Part::Recipients.into()
    }

    fn stamps_read(&self) -> &'static [Stamp] {
        &[Stamp::Scl, Stamp::SenderId, Stamp::BlockedSender, Stamp::AllowListed]
    }

    fn observe(&self, case: &Case, world: &World) -> Observed<ContentEvidence> {
        let from = case.message.from.first().map_or("", |from| from.email.as_str());
        let view = |email: &str| recipient_view(&self.spec, world, from, email);
        let views = per_recipient(case, view, RecipientView::default());
        let bypass = self.bypass(case, &views);
        debug_assert!(
            views.len() == recipients(case).len().max(1),
            "one view per recipient"
        );
        if bypass != Bypass::No {
            return ContentEvidence { bypass, rated: None, recipients: views }.into();
        }
        let document = Document::new(&case.raw, &case.message);
        let rating = SCRATCH.with_borrow_mut(|s| self.source.rate(case.id, &document, s));
        let forced =
            self.phrases.find(&document).map(|hit| Rated::Forced(hit.influence.scl()));
        let rated = forced.or(rating.as_ref().map(|rating| Rated::Content(rating.scl)));
        Observed {
            evidence: ContentEvidence { bypass, rated, recipients: views },
            score: rating.map(|rating| rating.score),
        }
    }

    fn idle(&self, evidence: &ContentEvidence) -> bool {
        evidence.bypass == Bypass::Unstamped
    }

    fn decide(
        &self,
        _event: SmtpEvent,
        seen: Seen<'_, ContentEvidence>,
        mail: &mut Transit,
    ) -> Step {
        let evidence = seen.at(mail.edits());
        let trusted = mail.stamps.scl.is_some_and(Scl::is_trusted);
        match evidence.bypass {
            Bypass::Unstamped => return Step::Continue,
            Bypass::Trusted => {
                mail.stamps.scl = Some(Scl::TRUSTED);
                return Step::Continue;
            }
            Bypass::No if trusted => return Step::Continue,
            Bypass::No
                if mail.stamps.allow_listed || all_exempt(&evidence.recipients, mail) =>
            {
                mail.stamps.scl = Some(Scl::TRUSTED);
                return Step::Continue;
            }
            Bypass::No => {}
        }
        mail.count_scan();
        let Some(rated) = evidence.rated else {
            return Step::Continue;
        };
        let scl = self.adjust(rated, mail);
        mail.stamps.scl = Some(scl);
        mail.stamps.assessed = Some(scl);
        act(scl, &evidence.recipients, mail)
    }
}

/// Whether everybody who is left is exempt; recipients refused before do not count.
fn all_exempt(views: &[RecipientView], mail: &Transit) -> bool {
    let mut left = (0..mail.recipients()).filter(|who| mail.fate(*who).in_transit());
    left.all(|who| views[who.min(views.len() - 1)].exempt)
}

/// Acts per recipient; where all who are left get the same verdict, on the whole message.
fn act(scl: Scl, views: &[RecipientView], mail: &mut Transit) -> Step {
    let mut left = 0;
    let mut counts = [0usize; 3];
    for recipient in 0..mail.recipients() {
        if !mail.fate(recipient).in_transit() {
            continue;
        }
        left += 1;
        match verdict(recipient, scl, views, mail) {
            GatewayAction::Delete => counts[usize::from(DELETE)] += 1,
            GatewayAction::Reject => counts[usize::from(REJECT)] += 1,
            GatewayAction::Quarantine => counts[usize::from(QUARANTINE)] += 1,
            GatewayAction::Pass => {}
        }
    }
    let detail = scl.get().unsigned_abs().into();
    let everybody = |reason: u8| left > 0 && counts[usize::from(reason)] == left;
    if everybody(DELETE) {
        return Step::Drop { reason: DELETE, detail };
    }
    if everybody(REJECT) {
        return Step::Reject { reason: REJECT, detail };
    }
    for recipient in 0..mail.recipients() {
        if !mail.fate(recipient).in_transit() {
            continue;
        }
        match verdict(recipient, scl, views, mail) {
            GatewayAction::Delete => mail.drop_copy(recipient, DELETE, detail),
            GatewayAction::Reject => mail.reject(recipient, REJECT, detail),
            GatewayAction::Quarantine => mail.quarantine(recipient, QUARANTINE, detail),
            GatewayAction::Pass => {}
        }
    }
    Step::Continue
}

fn verdict(
    recipient: usize,
    scl: Scl,
    views: &[RecipientView],
    mail: &mut Transit,
) -> GatewayAction {
    let view = views[recipient.min(views.len() - 1)];
    if view.exempt {
        GatewayAction::Pass
    } else {
        mail.ask_gate(recipient, scl, view.overrides)
    }
}

fn recipient_view(
    spec: &ContentFilterSpec,
    world: &World,
    from: &str,
    email: &str,
) -> RecipientView {
    let bypassed = has_address(&spec.bypassed_recipients, email);
    let Some(settings) = world.mailbox(email) else {
        return RecipientView { exempt: bypassed, overrides: Overrides::default() };
    };
    let safe = settings.safe_senders.iter().any(|entry| entry.eq_ignore_ascii_case(from));
    RecipientView {
        exempt: bypassed || settings.antispam_bypass || (safe && !from.is_empty()),
        overrides: Overrides {
            delete: settings.delete,
            reject: settings.reject,
            quarantine: settings.quarantine,
        },
    }
}
