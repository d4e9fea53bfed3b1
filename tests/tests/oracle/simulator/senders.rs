//! Sender filtering. Source: specification section 5.1; 2003 looks at the envelope only (6.4).

use agents::{BlockedSenderAction, RecipientBlockedSenderAction};
use mail::SmtpEvent;

use super::words::{below, domain, listed, same};
use super::{Cause, Letter, Recipient, Server, Turn};

pub(super) const NAME: &str = "Sender Filter Agent";

impl Server<'_> {
    pub(super) fn senders(&self, event: SmtpEvent, letter: &mut Letter) -> Turn {
        let spec = &self.policy.sender_filter;
        let in_scope =
            letter.in_scope(spec.external_mail_enabled, spec.internal_mail_enabled);
        let allowed = letter.allow_listed && self.allow_list_counts();
        if !spec.enabled || !in_scope || letter.authenticated || allowed {
            return Turn::Continue;
        }
        let at_mail = event == SmtpEvent::OnMailCommand;
        let found = if at_mail {
            self.blocked_envelope(letter)
        } else {
            self.blocked_header(letter)
        };
        if let Some(cause) = found {
            match spec.action {
                BlockedSenderAction::Reject => return Turn::Refuse(cause),
                BlockedSenderAction::StampStatus => letter.blocked_sender = true,
            }
        }
        if at_mail { Turn::Continue } else { self.blocked_by_recipients(letter) }
    }

    fn blocked_envelope(&self, letter: &Letter) -> Option<Cause> {
        let sender = letter.mail_from.as_ref()?;
        if sender.is_empty() {
            let on = self.policy.sender_filter.blank_sender_blocking_enabled;
            return on.then(|| Cause::new(NAME, "BlankSender", ""));
        }
        self.blocked(sender)
    }

    /// From first, then Sender (decision on U21).
    fn blocked_header(&self, letter: &Letter) -> Option<Cause> {
        let message = &letter.message;
        let from = message.from.iter().find_map(|from| self.blocked(&from.email));
        from.or_else(|| message.sender.as_ref().and_then(|one| self.blocked(&one.email)))
    }

    fn blocked(&self, email: &str) -> Option<Cause> {
        let spec = &self.policy.sender_filter;
        let host = domain(email);
        let senders = spec.blocked_senders.iter().find(|entry| same(entry, email));
        let domains = spec.blocked_domains.iter().find(|entry| same(entry, host));
        let wider =
            spec.blocked_domains_and_subdomains.iter().find(|entry| below(host, entry));
        match (senders, domains.or(wider)) {
            (Some(entry), _) => Some(Cause::new(NAME, "BlockedSender", entry)),
            (None, Some(entry)) => Some(Cause::new(NAME, "BlockedDomain", entry)),
            (None, None) => None,
        }
    }

    fn blocked_by_recipients(&self, letter: &mut Letter) -> Turn {
        let from = letter.from().to_owned();
        let blocks = |recipient: &Recipient| {
            let mailbox =
                recipient.address.as_ref().and_then(|email| self.world.mailbox(email));
            !from.is_empty()
                && mailbox.is_some_and(|mailbox| listed(&mailbox.blocked_senders, &from))
        };
        let concerned: Vec<bool> = letter.recipients.iter().map(blocks).collect();
        let left = letter.recipients.iter().zip(&concerned);
        if !left.clone().any(|(one, concerned)| one.travels() && *concerned) {
            return Turn::Continue;
        }
        let refuse = match self.policy.sender_filter.recipient_blocked_sender_action {
            RecipientBlockedSenderAction::Reject => true,
            RecipientBlockedSenderAction::Delete => false,
        };
        letter.act(refuse, Cause::new(NAME, "RecipientBlockedSender", ""), &concerned)
    }
}
