//! Address rewriting. Source: specification section 5.6.
//!
//! Inbound: each recipient at its RCPT TO, To and Cc at the end of headers. Outbound: the
//! fields that tell of senders, when the message has been routed. An exact address comes
//! before a domain, a domain before the longest wildcard; one rewrite per address.

use agents::AddressRewriteEntry;
use mail::SmtpEvent;

use super::words::{below, domain, same};
use super::{Letter, Server, Turn, edit};

pub(super) const INBOUND: &str = "Address Rewriting Inbound Agent";
pub(super) const OUTBOUND: &str = "Address Rewriting Outbound Agent";

const OUTBOUND_FIELDS: [&str; 7] = [
    "From",
    "Sender",
    "Reply-To",
    "Return-Receipt-To",
    "Disposition-Notification-To",
    "Resent-From",
    "Resent-Sender",
];

impl Server<'_> {
    pub(super) fn rewriting_inbound(
        &self,
        event: SmtpEvent,
        letter: &mut Letter,
    ) -> Turn {
        let entries = &self.policy.address_rewriting.entries;
        let of = |email: &str| inbound(entries, email);
        match letter.current.filter(|_| event == SmtpEvent::OnRcptCommand) {
            Some(who) => {
                let recipient = &mut letter.recipients[who];
                if let Some(new) = recipient.address.as_deref().and_then(of) {
                    recipient.address = Some(new);
                }
            }
            None => letter.rewrite(edit::rewrite(&letter.raw, &["To", "Cc"], of)),
        }
        Turn::Continue
    }

    pub(super) fn rewriting_outbound(
        &self,
        event: SmtpEvent,
        letter: &mut Letter,
    ) -> Turn {
        if event == SmtpEvent::OnRoutedMessage {
            let entries = &self.policy.address_rewriting.entries;
            let of = |email: &str| outbound(entries, email);
            letter.rewrite(edit::rewrite(&letter.raw, &OUTBOUND_FIELDS, of));
        }
        Turn::Continue
    }
}

fn inbound(entries: &[AddressRewriteEntry], email: &str) -> Option<String> {
    let (local, domain) = email.rsplit_once('@')?;
    let both_ways = || entries.iter().filter(|entry| !entry.outbound_only);
    let address = both_ways().find(|entry| same(&entry.external_address, email));
    if let Some(entry) = address {
        return Some(entry.internal_address.clone());
    }
    let whole = both_ways().find(|entry| same(&entry.external_address, domain))?;
    Some(format!("{local}@{}", whole.internal_address))
}

fn outbound(entries: &[AddressRewriteEntry], email: &str) -> Option<String> {
    let (local, host) = email.rsplit_once('@')?;
    if let Some(entry) = entries.iter().find(|entry| same(&entry.internal_address, email))
    {
        return Some(entry.external_address.clone());
    }
    let whole = entries.iter().find(|entry| same(&entry.internal_address, host));
    let entry = whole.or_else(|| {
        let wide = entries.iter().rev().filter(|entry| {
            let parent = entry.internal_address.strip_prefix("*.");
            let excepted = entry.exception_list.iter().any(|except| same(except, host));
            parent.is_some_and(|parent| below(host, parent) && !same(host, parent))
                && !excepted
        });
        // Of the longest ones, the first.
        wide.max_by_key(|entry| entry.internal_address.len())
    })?;
    debug_assert!(domain(email) == host, "one reading of domains");
    Some(format!("{local}@{}", entry.external_address))
}
