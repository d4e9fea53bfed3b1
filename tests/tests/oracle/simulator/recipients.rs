//! Recipient filtering. Source: specification section 5.2.

use agents::Role;
use mail::{Answer, Edition};

use super::words::{domain, same};
use super::{Cause, Letter, Server, Turn};

pub(super) const NAME: &str = "Recipient Filter Agent";

impl Server<'_> {
    pub(super) fn recipients(&self, letter: &Letter) -> Turn {
        let spec = &self.policy.recipient_filter;
        let in_scope =
            letter.in_scope(spec.external_mail_enabled, spec.internal_mail_enabled);
        let allowed = letter.allow_listed && self.allow_list_counts();
        if !spec.enabled || !in_scope || letter.authenticated || allowed {
            return Turn::Continue;
        }
        let who = letter.current.expect("RCPT TO is about one recipient");
        let old = matches!(self.policy.edition, Edition::E2007 | Edition::E2010);
        let refused = if self.policy.role == Role::Hub && !old {
            // Behind the front end of a Mailbox server one bad recipient fails them all.
            let all = letter.recipients.iter();
            all.filter_map(|one| self.refused(one.address.as_deref()?)).next()
        } else {
            letter.recipients[who].address.as_deref().and_then(|one| self.refused(one))
        };
        refused.map_or(Turn::Continue, Turn::Refuse)
    }

    fn refused(&self, email: &str) -> Option<Cause> {
        let spec = &self.policy.recipient_filter;
        let entry = spec.blocked_recipients.iter().find(|entry| same(entry, email));
        // 2003 has no switch beside its list.
        if let Some(entry) = entry.filter(|_| spec.block_list_enabled || self.is_2003()) {
            return Some(Cause::new(NAME, "BlockedRecipient", entry));
        }
        let directory = &self.world.directory;
        let ours = directory.accepted_domains.iter().any(|one| same(one, domain(email)));
        let unknown = spec.recipient_validation_enabled
            && ours
            && directory.knows(email) == Answer::Absent;
        unknown.then(|| Cause::new(NAME, "RecipientDoesNotExist", ""))
    }
}
