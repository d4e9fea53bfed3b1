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
//! Reads content, the postmark fields, the Sender ID and blocked-sender stamps, the
//! allow-listed stamp, and an SCL stamped by somebody before. Writes the SCL and the
//! antispam report.
//!
//! # Modelled
//!
//! All three thresholds by server and by mailbox; custom phrases; bypasses in this order:
//! feature off or session out of scope or message over 11 MB (no stamp); an SCL that a server
//! before this one has stamped, where the hop keeps it (the SCL stays, whatever it is; only
//! `stamped-scl = "keep"` lets this server's thresholds act on it); session with the
//! bypass right, bypassed sender, all recipients bypassed (SCL -1); SCL -1 already there;
//! allow-listed client, all recipients bypassed that no earlier agent has refused (SCL -1).
//! Each bypass leaves its word in the report. A score source that says SCL -1 of a message has
//! a bypass on record: SCL -1, unscanned, without a word in the report. Mailboxes' safe senders are compared by hashes
//! of four bytes. A recipient that alone is bypassed is exempt from the three actions.
//! Sender ID and blocked-sender stamps and a postmark move the level by whole steps, unless
//! the source's levels are final. Where all recipients get one verdict it is given on the message, else on each copy. A
//! non-delivery report that would be quarantined is dropped. Texts by edition.
//!
//! # Not modelled
//!
//! Whether the puzzle of a postmark is solved: a well-formed pair of fields counts. A
//! quarantine mailbox over its quota. Features of time and MIME compliance, and the versions
//! of definitions in the report.
//!
//! # Source
//!
//! Specification sections 3.2 to 3.10; decisions on U7, U8, U9, U10, U13, U14, U15, U16.

mod postmark;
mod spec;

use std::cell::RefCell;
use std::sync::Arc;

use filter::{Document, Phrases, ScoreSource, Scratch};
use mail::{
    Case, Edition, GatewayAction, Parts, ReportCode, Scl, SenderIdResult, SmtpEvent,
    Stamp, World,
};
use pipeline::{Agent, Observed, Overrides, Seen, Step, Transit};

pub use spec::{ContentFilterSpec, MissingQuarantineMailbox, StampedScl};

use crate::SpecError;
use crate::lookup::{
    has_address, has_bypass_right, has_domain, in_scope, per_recipient, recipients,
};
use crate::safelist::{Domains, Sender};
use crate::settle::QuarantineMailbox;

thread_local! {
    /// Working memory of the score source; holds nothing between messages.
    static SCRATCH: RefCell<Scratch> = RefCell::new(Scratch::new());
}

/// The agent.
pub struct ContentFilter {
    spec: ContentFilterSpec,
    phrases: Phrases,
    source: Arc<dyn ScoreSource>,
    mailbox: QuarantineMailbox,
    response: String,
}

impl ContentFilter {
    /// Largest message that is scanned. Source: specification section 3.4.
    const MOST_BYTES: usize = 11 << 20;

    /// Checks the settings; `source` rates messages.
    ///
    /// # Errors
    ///
    /// [`SpecError`] at a list, text or number over a limit of the product.
    pub(crate) fn resolve(
        spec: &ContentFilterSpec,
        edition: Edition,
        source: Arc<dyn ScoreSource>,
    ) -> Result<Self, SpecError> {
        if ![100, 800].contains(&spec.bypass_list_limit) {
            let problem = format!("`{}` entries", spec.bypass_list_limit);
            let key = "content-filter.bypass-list-limit";
            return Err(SpecError::new(key, problem, "use 100 or 800"));
        }
        if ![550, 500].contains(&spec.rejection_code) {
            let problem = format!("`{}` is no code of this reply", spec.rejection_code);
            let key = "content-filter.rejection-code";
            return Err(SpecError::new(key, problem, "use 550 or 500"));
        }
        let limit = usize::from(spec.bypass_list_limit);
        for (key, list) in [
            ("bypassed-recipients", &spec.bypassed_recipients),
            ("bypassed-sender-domains", &spec.bypassed_sender_domains),
            ("bypassed-senders", &spec.bypassed_senders),
        ] {
            SpecError::check_count(&format!("content-filter.{key}"), list.len(), limit)?;
        }
        if let Some(text) = &spec.rejection_response {
            SpecError::check_length("content-filter.rejection-response", text, 240)?;
        }
        for (key, steps) in [
            ("sender-id-fail-steps", spec.sender_id_fail_steps),
            ("sender-id-soft-fail-steps", spec.sender_id_soft_fail_steps),
            ("blocked-sender-steps", spec.blocked_sender_steps),
            ("postmark-steps", spec.postmark_steps),
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
        let mailbox = match spec.missing_quarantine_mailbox {
            MissingQuarantineMailbox::Reject if spec.quarantine_mailbox.is_none() => {
                QuarantineMailbox::Missing
            }
            MissingQuarantineMailbox::Reject | MissingQuarantineMailbox::Assume => {
                QuarantineMailbox::Known
            }
        };
        let response = spec.rejection_response.as_deref();
        let response = response.unwrap_or(default_response(edition)).to_owned();
        Ok(Self { spec: spec.clone(), phrases, source, mailbox, response })
    }

    fn bypass(&self, case: &Case, exempt: &[RecipientView]) -> Bypass {
        let spec = &self.spec;
        let from = case.message.from.first();
        let (email, domain) =
            from.map_or(("", ""), |from| (from.email.as_str(), from.domain()));
        if !spec.enabled
            || !in_scope(case, spec.external_mail_enabled, spec.internal_mail_enabled)
            || case.size() > Self::MOST_BYTES
        {
            Bypass::Unstamped
        } else if has_bypass_right(case) {
            Bypass::Right
        } else if has_address(&spec.bypassed_senders, email)
            || has_domain(&spec.bypassed_sender_domains, domain)
        {
            Bypass::Sender
        } else if exempt.iter().all(|recipient| recipient.exempt) {
            Bypass::AllRecipients
        } else {
            Bypass::No
        }
    }

    fn recipient_view(
        &self,
        world: &World,
        from: &Sender<'_>,
        email: &str,
    ) -> RecipientView {
        let bypassed = has_address(&self.spec.bypassed_recipients, email);
        let Some(settings) = world.mailbox(email) else {
            return RecipientView { exempt: bypassed, overrides: Overrides::default() };
        };
        let domains = if self.spec.safe_domains_included {
            Domains::Included
        } else {
            Domains::Ignored
        };
        RecipientView {
            exempt: bypassed
                || settings.antispam_bypass
                || from.is_safe(settings, domains),
            overrides: Overrides {
                delete: settings.delete,
                reject: settings.reject,
                quarantine: settings.quarantine,
            },
        }
    }

    /// The level of a message, with what stamps add to it.
    fn adjust(&self, rated: Rated, presolved: bool, mail: &mut Transit) -> Scl {
        let sender_id = match mail.stamps.sender_id {
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
        let blocked =
            if mail.stamps.blocked_sender { self.spec.blocked_sender_steps } else { 0 };
        let postmark = if presolved { self.spec.postmark_steps } else { 0 };
        match rated {
            Rated::Trusted => Scl::TRUSTED,
            Rated::Forced(scl) => {
                mail.stamps.report.add(ReportCode::CustomList);
                scl
            }
            Rated::Content(scl) => {
                if presolved {
                    mail.stamps.report.add(ReportCode::Presolved);
                }
                if self.source.is_final() {
                    return scl;
                }
                let steps = [sender_id, blocked, postmark].map(i64::from);
                Scl::rating(i64::from(scl.get()) + steps.iter().sum::<i64>())
            }
        }
    }
}

/// The reply text where none is set. Source: specification section 3.3.
pub(crate) const fn default_response(edition: Edition) -> &'static str {
    match edition {
        Edition::E2003Sp2 | Edition::E2007 => {
            "Message rejected due to content restrictions"
        }
        Edition::E2010
        | Edition::E2013
        | Edition::E2016
        | Edition::E2019
        | Edition::Se => "Message rejected as spam by Content Filtering.",
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Bypass {
    No,
    Unstamped,
    Right,
    Sender,
    AllRecipients,
}

impl Bypass {
    /// What the report says of it.
    const fn code(self) -> Option<ReportCode> {
        match self {
            Self::No | Self::Unstamped => None,
            Self::Right => Some(ReportCode::MessageSecurityAntispamBypass),
            Self::Sender => Some(ReportCode::SenderBypassed),
            Self::AllRecipients => Some(ReportCode::AllRecipientsBypassed),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Rated {
    /// By the score source; stamps of earlier agents move it.
    Content(Scl),
    /// By a custom phrase.
    Forced(Scl),
    /// With SCL -1 by the score source: nothing overwrites it, not even a phrase.
    Trusted,
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
    /// There is a postmark, and postmarks count.
    presolved: bool,
    /// It is a non-delivery report.
    report: bool,
    recipients: Box<[RecipientView]>,
}

const DELETE: u8 = 0;
const REJECT: u8 = 1;
const QUARANTINE: u8 = 2;
const NDR: u8 = 3;
const NO_MAILBOX: u8 = 4;

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
            "NdrAtOrAboveQuarantineThreshold",
            "NoQuarantineMailbox",
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
        let from = Sender::new(from);
        let view = |email: &str| self.recipient_view(world, &from, email);
        let views = per_recipient(case, view, RecipientView::default());
        let bypass = self.bypass(case, &views);
        debug_assert!(
            views.len() == recipients(case).len().max(1),
            "one view per recipient"
        );
        let nothing = ContentEvidence {
            bypass,
            rated: None,
            presolved: false,
            report: false,
            recipients: views,
        };
        if bypass != Bypass::No {
            return nothing.into();
        }
        let document = Document::new(&case.raw, &case.message).at(case.time);
        let rating = SCRATCH.with_borrow_mut(|s| self.source.rate(case.id, &document, s));
        let forced =
            self.phrases.find(&document).map(|hit| Rated::Forced(hit.influence.scl()));
        let rated = match &rating {
            Some(rating) if rating.scl.is_trusted() => Some(Rated::Trusted),
            Some(rating) => forced.or(Some(Rated::Content(rating.scl))),
            None => forced,
        };
        Observed {
            evidence: ContentEvidence {
                rated,
                presolved: self.spec.outlook_email_postmark_validation_enabled
                    && postmark::is_there(&case.message),
                report: is_delivery_report(case),
                ..nothing
            },
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
        if mail.arrived().scl.is_some() {
            return self.honour(evidence, mail);
        }
        if let Some(code) = self.bypasses(evidence, mail) {
            if let Some(code) = code {
                mail.stamps.scl = Some(Scl::TRUSTED);
                mail.stamps.report.add(code);
            }
            return Step::Continue;
        }
        if evidence.rated == Some(Rated::Trusted) {
            mail.stamps.scl = Some(Scl::TRUSTED);
            return Step::Continue;
        }
        if let (StampedScl::Keep, Some(scl)) = (self.spec.stamped_scl, mail.stamps.scl) {
            return self.act(scl, evidence, mail);
        }
        mail.count_scan();
        let Some(rated) = evidence.rated else {
            return Step::Continue;
        };
        let scl = self.adjust(rated, evidence.presolved, mail);
        mail.stamps.scl = Some(scl);
        mail.stamps.assessed = Some(scl);
        self.act(scl, evidence, mail)
    }

    fn response(&self, reason: u8, _detail: u16) -> String {
        match reason {
            REJECT | NO_MAILBOX => {
                format!("{} 5.7.1 {}", self.spec.rejection_code, self.response)
            }
            QUARANTINE => {
                "550 5.2.1 Content Filter agent quarantined this message".to_owned()
            }
            _ => String::new(),
        }
    }
}

impl ContentFilter {
    /// Whether the message is not rated, and what is then stamped besides SCL -1, if
    /// anything at all is.
    fn bypasses(
        &self,
        evidence: &ContentEvidence,
        mail: &Transit,
    ) -> Option<Option<ReportCode>> {
        let trusted = mail.stamps.scl.is_some_and(Scl::is_trusted);
        match evidence.bypass {
            Bypass::Unstamped => Some(None),
            bypass @ (Bypass::Right | Bypass::Sender | Bypass::AllRecipients) => {
                Some(bypass.code())
            }
            Bypass::No if trusted => Some(None),
            Bypass::No if mail.stamps.allow_listed => {
                Some(Some(ReportCode::IpOnAllowList))
            }
            Bypass::No if all_exempt(&evidence.recipients, mail) => {
                Some(Bypass::AllRecipients.code())
            }
            Bypass::No => None,
        }
    }

    /// A server before this one has rated the message, and its word counts: nothing is rated
    /// again, and no bypass writes over the level. Where stamped levels are kept, this
    /// server's own thresholds act on it.
    fn honour(&self, evidence: &ContentEvidence, mail: &mut Transit) -> Step {
        if mail.stamps.allow_listed {
            return Step::Continue;
        }
        match (evidence.bypass, self.spec.stamped_scl, mail.stamps.scl) {
            (Bypass::No, StampedScl::Keep, Some(scl)) => self.act(scl, evidence, mail),
            (Bypass::No, StampedScl::Keep, None)
            | (Bypass::No, StampedScl::Overwrite, _)
            | (
                Bypass::Unstamped
                | Bypass::Right
                | Bypass::Sender
                | Bypass::AllRecipients,
                ..,
            ) => Step::Continue,
        }
    }

    /// Acts per recipient; where all who are left get the same verdict, on the whole message.
    fn act(&self, scl: Scl, evidence: &ContentEvidence, mail: &mut Transit) -> Step {
        let detail = scl.get().unsigned_abs().into();
        let mut first = None;
        let mut agree = true;
        for recipient in 0..mail.recipients() {
            if mail.fate(recipient).in_transit() {
                let verdict = self.verdict(recipient, scl, evidence, mail);
                agree &= *first.get_or_insert(verdict) == verdict;
            }
        }
        match first {
            Some(Verdict::Drop(reason)) if agree => return Step::Drop { reason, detail },
            Some(Verdict::Reject(reason)) if agree => {
                return Step::Reject { reason, detail };
            }
            Some(Verdict::Pass | Verdict::Drop(_) | Verdict::Reject(_))
            | Some(Verdict::Quarantine)
            | None => {}
        }
        for recipient in 0..mail.recipients() {
            if !mail.fate(recipient).in_transit() {
                continue;
            }
            match self.verdict(recipient, scl, evidence, mail) {
                Verdict::Pass => {}
                Verdict::Drop(reason) => mail.drop_copy(recipient, reason, detail),
                Verdict::Reject(reason) => mail.reject(recipient, reason, detail),
                Verdict::Quarantine => mail.quarantine(recipient, QUARANTINE, detail),
            }
        }
        Step::Continue
    }

    fn verdict(
        &self,
        recipient: usize,
        scl: Scl,
        evidence: &ContentEvidence,
        mail: &mut Transit,
    ) -> Verdict {
        let views = &evidence.recipients;
        let view = views[recipient.min(views.len() - 1)];
        if view.exempt {
            return Verdict::Pass;
        }
        match mail.ask_gate(recipient, scl, view.overrides) {
            GatewayAction::Pass => Verdict::Pass,
            GatewayAction::Delete => Verdict::Drop(DELETE),
            GatewayAction::Reject => Verdict::Reject(REJECT),
            GatewayAction::Quarantine if evidence.report => Verdict::Drop(NDR),
            GatewayAction::Quarantine => match self.mailbox {
                QuarantineMailbox::Known => Verdict::Quarantine,
                QuarantineMailbox::Missing => Verdict::Reject(NO_MAILBOX),
            },
        }
    }
}

/// What is done to one copy, with the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Pass,
    Drop(u8),
    Reject(u8),
    Quarantine,
}

/// Whether everybody who is left is exempt; recipients refused before do not count.
fn all_exempt(views: &[RecipientView], mail: &Transit) -> bool {
    let mut left = (0..mail.recipients()).filter(|who| mail.fate(*who).in_transit());
    left.all(|who| views[who.min(views.len() - 1)].exempt)
}

/// Whether a message is a non-delivery report: a delivery status from nobody.
fn is_delivery_report(case: &Case) -> bool {
    let from_nobody = case.session.mail_from.get().is_none_or(String::is_empty);
    from_nobody
        && case.message.header("Content-Type").next().is_some_and(|kind| {
            let kind = kind.to_ascii_lowercase();
            kind.trim_start().starts_with("multipart/report")
                && kind.contains("delivery-status")
        })
}

#[cfg(test)]
mod tests;
