//! The mailbox store's junk mail rule. Source: specification section 3.7; order by decision
//! on U12.

use mail::{JunkComparison, MailboxSettings, Scl, Tier};

use super::words::{below, domain, same};
use super::{Cause, Letter, Recipient, Server};

impl Server<'_> {
    pub(super) fn store(&self, letter: &Letter, recipient: &Recipient) -> (Tier, Cause) {
        let inbox = (Tier::Inbox, Cause::new("Server", "Delivered", ""));
        let junk = |reason| (Tier::Junk, Cause::new("Store", reason, ""));
        let default = MailboxSettings::default();
        let mailbox =
            recipient.address.as_ref().and_then(|email| self.world.mailbox(email));
        let mailbox = mailbox.unwrap_or(&default);
        let trusted = letter.scl == Some(Scl::TRUSTED);
        if trusted || !mailbox.junk_rule.enabled {
            return inbox;
        }
        let from = letter.from();
        let known =
            mailbox.junk_rule.contacts_trusted && on_list(&mailbox.contacts, from);
        if known || on_list(&mailbox.safe_senders, from) {
            return inbox;
        }
        if on_list(&mailbox.blocked_senders, from) {
            return junk("BlockedSender");
        }
        if mailbox.junk_rule.trusted_lists_only {
            return junk("NotOnTrustedLists");
        }
        let (threshold, comparison) = if self.is_2003() {
            // The store of 2003 has one threshold for all mailboxes (6.1).
            let spec = self.policy.imf();
            (spec.store_enabled.then_some(spec.store_threshold), spec.store_comparison)
        } else {
            let own = mailbox.junk.threshold.or(self.thresholds.junk);
            let on = mailbox.junk.enabled != Some(false);
            (own.filter(|_| on), self.policy.organization.junk_comparison)
        };
        match (letter.scl, threshold) {
            (Some(scl), Some(threshold)) => {
                let (scl, threshold) = (scl.get(), threshold.get().cast_signed());
                let above = match comparison {
                    JunkComparison::Gt => scl > threshold,
                    JunkComparison::Ge => scl >= threshold,
                };
                if above { junk("SclAboveJunkThreshold") } else { inbox }
            }
            _ => inbox,
        }
    }
}

/// Entries are addresses, or domains with all below them.
fn on_list(list: &[String], email: &str) -> bool {
    let holds = |entry: &String| {
        let entry = entry.trim_start_matches('@');
        if entry.contains('@') { same(entry, email) } else { below(domain(email), entry) }
    };
    !email.is_empty() && list.iter().any(holds)
}
