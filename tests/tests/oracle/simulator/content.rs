//! The content filter. Source: specification sections 3.2 to 3.9.

use agents::{MissingQuarantineMailbox, StampedScl};
use filter::Influence;
use mail::{MailboxSettings, Scl, SenderIdResult, ThresholdOverride};

use super::words::{domain, holds, listed, listed_domain, plain};
use super::{Cause, Copy, Letter, Recipient, Server, Turn};
use crate::rater;

pub(super) const NAME: &str = "Content Filter Agent";

/// Messages over this size are not scanned.
const ELEVEN_MEGABYTES: usize = 11 * 1024 * 1024;

/// What the three thresholds say of one recipient's copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Pass,
    Quarantine,
    /// A delivery report is deleted where another message would be quarantined.
    DeleteReport,
    /// To be quarantined, but nobody said where.
    RejectForWantOfMailbox,
    Reject,
    Delete,
}

impl Server<'_> {
    pub(super) fn content(&self, letter: &mut Letter) -> Turn {
        let spec = &self.policy.content_filter;
        let in_scope =
            letter.in_scope(spec.external_mail_enabled, spec.internal_mail_enabled);
        if !spec.enabled || !in_scope || letter.raw.len() > ELEVEN_MEGABYTES {
            return Turn::Continue;
        }
        let exempt: Vec<bool> =
            letter.recipients.iter().map(|one| self.exempt(letter, one)).collect();
        if letter.brought_scl {
            return self.brought_level(letter, &exempt);
        }
        if let Some(code) = self.bypass(letter, &exempt) {
            letter.scl = Some(Scl::TRUSTED);
            letter.report.extend(code);
            return Turn::Continue;
        }
        let scl = match (spec.stamped_scl, letter.scl) {
            (StampedScl::Keep, Some(stamped)) => stamped,
            _ => {
                letter.scanned = true;
                let Some(scl) = self.level(letter) else {
                    return Turn::Continue;
                };
                letter.scl = Some(scl);
                letter.assessed = Some(scl);
                scl
            }
        };
        self.judge(scl, letter, &exempt)
    }

    /// Why the message is not filtered, with the code that the report gets: the first reason
    /// counts. A rule's -1 has no code.
    fn bypass(&self, letter: &Letter, exempt: &[bool]) -> Option<Option<&'static str>> {
        let spec = &self.policy.content_filter;
        let from = letter.from();
        let mut left =
            letter.recipients.iter().zip(exempt).filter(|(one, _)| one.travels());
        if letter.authenticated {
            return Some(Some("MessageSecurityAntispamBypass"));
        }
        if listed(&spec.bypassed_senders, from)
            || listed_domain(&spec.bypassed_sender_domains, domain(from))
        {
            return Some(Some("SenderBypassed"));
        }
        if exempt.iter().all(|exempt| *exempt) {
            return Some(Some("AllRecipientsBypassed"));
        }
        if letter.scl == Some(Scl::TRUSTED) {
            return Some(None);
        }
        if letter.allow_listed {
            return Some(Some("IPOnAllowList"));
        }
        left.all(|(_, exempt)| *exempt).then_some(Some("AllRecipientsBypassed"))
    }

    /// A server before this one has rated the message: nobody rates it again. Only where
    /// stamped levels are kept, and nothing exempts the message, the thresholds act.
    fn brought_level(&self, letter: &mut Letter, exempt: &[bool]) -> Turn {
        let spec = &self.policy.content_filter;
        let from = letter.from();
        let bypassed = letter.authenticated
            || letter.allow_listed
            || listed(&spec.bypassed_senders, from)
            || listed_domain(&spec.bypassed_sender_domains, domain(from))
            || exempt.iter().all(|exempt| *exempt);
        match (spec.stamped_scl, letter.scl) {
            (StampedScl::Keep, Some(scl)) if !bypassed => self.judge(scl, letter, exempt),
            _ => Turn::Continue,
        }
    }

    /// What the thresholds say of everybody's copy, carried out.
    fn judge(&self, scl: Scl, letter: &mut Letter, exempt: &[bool]) -> Turn {
        let is_report = is_delivery_report(letter);
        let verdicts: Vec<Verdict> =
            letter
                .recipients
                .iter()
                .zip(exempt)
                .map(|(one, exempt)| {
                    if *exempt {
                        Verdict::Pass
                    } else {
                        self.verdict(scl, one, is_report)
                    }
                })
                .collect();
        self.carry_out(letter, &verdicts)
    }

    /// The level: a custom phrase, else the score moved by earlier agents' stamps.
    fn level(&self, letter: &mut Letter) -> Option<Scl> {
        let spec = &self.policy.content_filter;
        let texts = [plain(&letter.message.subject), plain(&letter.message.body)];
        let has = |influence: Influence| {
            spec.phrases.iter().any(|phrase| {
                phrase.influence == influence
                    && texts.iter().any(|text| holds(text, &plain(&phrase.phrase)))
            })
        };
        if has(Influence::GoodWord) {
            letter.report.insert("CW:CustomList");
            return Some(Scl::MIN);
        }
        if has(Influence::BadWord) {
            letter.report.insert("CW:CustomList");
            return Some(Scl::MAX);
        }
        let mut level = rater::level(&letter.message)?;
        if letter.sender_id == Some(SenderIdResult::Fail) {
            level += i64::from(spec.sender_id_fail_steps);
        }
        if letter.sender_id == Some(SenderIdResult::SoftFail) {
            level += i64::from(spec.sender_id_soft_fail_steps);
        }
        if letter.blocked_sender {
            level += i64::from(spec.blocked_sender_steps);
        }
        Some(Scl::rating(level))
    }

    /// Whether a recipient's mail is not filtered.
    fn exempt(&self, letter: &Letter, recipient: &Recipient) -> bool {
        let Some(email) = &recipient.address else {
            return false;
        };
        let from = letter.from();
        let mailbox = self.world.mailbox(email);
        listed(&self.policy.content_filter.bypassed_recipients, email)
            || mailbox.is_some_and(|mailbox| {
                mailbox.antispam_bypass
                    || (!from.is_empty() && listed(&mailbox.safe_senders, from))
            })
    }

    /// Delete, then reject, then quarantine, each at SCL ≥ its threshold; the mailbox's own
    /// value goes before the server's, parameter by parameter.
    fn verdict(&self, scl: Scl, recipient: &Recipient, is_report: bool) -> Verdict {
        let mailbox =
            recipient.address.as_ref().and_then(|email| self.world.mailbox(email));
        let own = |of: fn(&MailboxSettings) -> ThresholdOverride| {
            mailbox.map(of).unwrap_or_default()
        };
        let reached = |own: ThresholdOverride, server: Option<mail::Threshold>| {
            let enabled = own.enabled.unwrap_or(server.is_some());
            // A tier that only the mailbox switches on, without a number, takes the mildest.
            let value = own.threshold.or(server).map_or(9, mail::Threshold::get);
            enabled && scl.get() >= value.cast_signed()
        };
        let server = &self.thresholds;
        if reached(own(|mailbox| mailbox.delete), server.delete) {
            Verdict::Delete
        } else if reached(own(|mailbox| mailbox.reject), server.reject) {
            Verdict::Reject
        } else if reached(own(|mailbox| mailbox.quarantine), server.quarantine) {
            let spec = &self.policy.content_filter;
            match spec.missing_quarantine_mailbox {
                _ if is_report => Verdict::DeleteReport,
                MissingQuarantineMailbox::Reject if spec.quarantine_mailbox.is_none() => {
                    Verdict::RejectForWantOfMailbox
                }
                _ => Verdict::Quarantine,
            }
        } else {
            Verdict::Pass
        }
    }

    /// One answer where everybody who is left gets the same, else copy by copy.
    fn carry_out(&self, letter: &mut Letter, verdicts: &[Verdict]) -> Turn {
        let cause = |reason| Cause::new(NAME, reason, "");
        let delete = || cause("SclAtOrAboveDeleteThreshold");
        let reject = || cause("SclAtOrAboveRejectThreshold");
        let quarantine = || cause("SclAtOrAboveQuarantineThreshold");
        let nowhere = || cause("NoQuarantineMailbox");
        let report = || cause("NdrAtOrAboveQuarantineThreshold");
        let all = |wanted: Verdict| {
            let left = letter.recipients.iter().zip(verdicts);
            left.filter(|(one, _)| one.travels()).all(|(_, verdict)| *verdict == wanted)
        };
        if all(Verdict::Delete) {
            return Turn::Drop(delete());
        }
        if all(Verdict::Reject) {
            return Turn::Refuse(reject());
        }
        if all(Verdict::RejectForWantOfMailbox) {
            return Turn::Refuse(nowhere());
        }
        if all(Verdict::DeleteReport) {
            return Turn::Drop(report());
        }
        for (recipient, verdict) in letter.recipients.iter_mut().zip(verdicts) {
            match verdict {
                _ if !recipient.travels() => {}
                Verdict::Delete => recipient.copy = Copy::Dropped(delete()),
                Verdict::Reject => recipient.copy = Copy::Refused(reject()),
                Verdict::RejectForWantOfMailbox => {
                    recipient.copy = Copy::Refused(nowhere());
                }
                Verdict::DeleteReport => recipient.copy = Copy::Dropped(report()),
                Verdict::Quarantine if recipient.copy == Copy::Travelling => {
                    recipient.copy = Copy::Quarantined(quarantine());
                }
                Verdict::Quarantine | Verdict::Pass => {}
            }
        }
        Turn::Continue
    }
}

/// A multipart/report about a delivery, from nobody.
fn is_delivery_report(letter: &Letter) -> bool {
    let kind = letter.message.header("Content-Type").next().unwrap_or_default();
    let kind = kind.to_ascii_lowercase();
    letter.mail_from.as_ref().is_none_or(String::is_empty)
        && kind.trim_start().starts_with("multipart/report")
        && kind.contains("delivery-status")
}
