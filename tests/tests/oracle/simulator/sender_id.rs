//! Sender ID. Source: specification section 5.3, RFC 4407 for the responsible address.

use agents::SenderIdAction;
use mail::{Address, Message, SenderIdResult};

use super::source::Source;
use super::words::{domain, listed, listed_domain};
use super::{Cause, Letter, Server, Turn, spf};

pub(super) const NAME: &str = "Sender Id Agent";

impl Server<'_> {
    pub(super) fn sender_id(&self, letter: &mut Letter) -> Turn {
        let spec = &self.policy.sender_id;
        let in_scope =
            letter.in_scope(spec.external_mail_enabled, spec.internal_mail_enabled);
        if !spec.enabled || !in_scope || letter.authenticated || letter.allow_listed {
            return Turn::Continue;
        }
        if letter.brought_sender_id {
            return Turn::Continue;
        }
        let address = responsible_address(&letter.message);
        let host = address.as_deref().map_or("", domain);
        if listed_domain(&spec.bypassed_sender_domains, host) {
            return Turn::Continue;
        }
        let concerned: Vec<bool> = letter
            .recipients
            .iter()
            .map(|one| {
                let bypassed = |email| listed(&spec.bypassed_recipients, email);
                !one.address.as_deref().is_some_and(bypassed)
            })
            .collect();
        let left = letter.recipients.iter().zip(&concerned);
        if !left.clone().any(|(one, concerned)| one.travels() && *concerned) {
            return Turn::Continue;
        }
        // What a server of one's own was greeted with, nobody knows.
        let (ip, helo) = match self.source(letter) {
            Source::Client(ip) => (ip, letter.helo.clone()),
            Source::Behind(ip) => (ip, None),
        };
        let Some(ip) = ip else {
            return Turn::Continue;
        };
        let (status, questions) = match &address {
            None => (Some(SenderIdResult::Fail), 0),
            Some(sender) => spf::check(&self.world.dns, ip, sender, helo.as_deref()),
        };
        letter.questions += questions;
        letter.sender_id = status;
        let (action, reason) = match status {
            Some(SenderIdResult::Fail) => (spec.spoofed_domain_action, "SenderIdFail"),
            Some(SenderIdResult::TempError) => {
                (spec.temp_error_action, "SenderIdTempError")
            }
            _ => return Turn::Continue,
        };
        let cause = Cause::new(NAME, reason, "");
        match action {
            SenderIdAction::StampStatus => Turn::Continue,
            SenderIdAction::Reject => letter.act(true, cause, &concerned),
            SenderIdAction::Delete => letter.act(false, cause, &concerned),
        }
    }
}

/// The purported responsible address: the newest Resent-Sender, Resent-From, the one Sender,
/// the one mailbox of the one From.
fn responsible_address(message: &Message) -> Option<String> {
    let usable = |address: &Address| {
        let (local, domain) = address.email.rsplit_once('@')?;
        (!local.is_empty() && !domain.is_empty()).then(|| address.email.clone())
    };
    let places = |name: &str| -> Vec<usize> {
        let fields = message.headers.iter().enumerate();
        fields
            .filter(|(_, field)| field.name.eq_ignore_ascii_case(name))
            .filter(|(_, field)| !field.value.trim().is_empty())
            .map(|(place, _)| place)
            .collect()
    };
    let resent_sender = places("Resent-Sender").first().copied();
    let resent_from = places("Resent-From").first().copied();
    // A Resent-Sender below the Resent-From and below a trace field is an older resending.
    let older = match (resent_from, resent_sender) {
        (Some(from), Some(sender)) => {
            let between = |place: &usize| from < *place && *place < sender;
            places("Received").iter().any(between)
                || places("Return-Path").iter().any(between)
        }
        _ => false,
    };
    if resent_sender.is_some() && !older {
        return message.resent_sender.as_ref().and_then(usable);
    }
    if resent_from.is_some() {
        return message.resent_from.as_ref().and_then(usable);
    }
    match places("Sender").len() {
        0 => {}
        1 => return message.sender.as_ref().and_then(usable),
        _ => return None,
    }
    match (places("From").len(), message.from.as_slice()) {
        (1, [from]) => usable(from),
        _ => None,
    }
}
