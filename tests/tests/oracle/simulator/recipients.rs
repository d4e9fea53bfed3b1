//! Recipient filtering. Source: specification section 5.2.

use mail::Answer;

use super::words::{domain, same};
use super::{Cause, Letter, Server, Turn};

pub(super) const NAME: &str = "Recipient Filter Agent";

impl Server<'_> {
    pub(super) fn recipients(&self, letter: &Letter) -> Turn {
        let spec = &self.policy.recipient_filter;
        let in_scope =
            letter.in_scope(spec.external_mail_enabled, spec.internal_mail_enabled);
        let who = letter.current.expect("RCPT TO is about one recipient");
        let Some(email) = &letter.recipients[who].address else {
            return Turn::Continue;
        };
        if !spec.enabled || !in_scope || letter.authenticated || letter.allow_listed {
            return Turn::Continue;
        }
        let entry = spec.blocked_recipients.iter().find(|entry| same(entry, email));
        if let Some(entry) = entry.filter(|_| spec.block_list_enabled) {
            return Turn::Refuse(Cause::new(NAME, "BlockedRecipient", entry));
        }
        let directory = &self.world.directory;
        let ours = directory.accepted_domains.iter().any(|one| same(one, domain(email)));
        if spec.recipient_validation_enabled
            && ours
            && directory.knows(email) == Answer::Absent
        {
            return Turn::Refuse(Cause::new(NAME, "RecipientDoesNotExist", ""));
        }
        Turn::Continue
    }
}
