//! Connection Filtering. Source: specification section 4.
//!
//! The lists are looked up when the client connects; a refusal is given at each RCPT TO. An
//! allowed client beats everything; a block list entry beats a machine-generated one, that a
//! provider. Only a provider's hit can be bypassed by a recipient. Behind servers of one's own
//! all this waits for the header, and refuses the message. 2003 refuses an address on its
//! deny list when it connects (section 6.4).

use std::net::{IpAddr, Ipv4Addr};

use agents::{BitmaskArithmetic, IpEntrySpec, ProviderSpec};
use mail::{Answer, SmtpEvent, Timestamp};

use super::source::Source;
use super::words::{in_order, listed};
use super::{Cause, Letter, Recipient, Server, Turn};

pub(super) const NAME: &str = "Connection Filtering Agent";

impl Server<'_> {
    pub(super) fn connection(&mut self, event: SmtpEvent, letter: &mut Letter) -> Turn {
        let spec = &self.policy.connection_filter;
        let counts = |enabled: bool, external: bool, internal: bool| {
            enabled && letter.in_scope(external, internal)
        };
        let list = &spec.ip_allow_list_config;
        let allow_counts =
            counts(list.enabled, list.external_mail_enabled, list.internal_mail_enabled);
        let list = &spec.ip_block_list_config;
        let block_counts =
            counts(list.enabled, list.external_mail_enabled, list.internal_mail_enabled);
        let list = &spec.ip_allow_list_providers_config;
        let allow_asks =
            counts(list.enabled, list.external_mail_enabled, list.internal_mail_enabled);
        let list = &spec.ip_block_list_providers_config;
        let block_asks =
            counts(list.enabled, list.external_mail_enabled, list.internal_mail_enabled);
        let source = self.source(letter);
        let (ip, behind) = match source {
            Source::Client(ip) => (ip, false),
            Source::Behind(ip) => (ip, true),
        };
        let Some(ip) = ip else {
            return Turn::Continue;
        };
        let on = |list: &[IpEntrySpec]| {
            list.iter().find(|entry| holds(entry, ip, letter.time)).cloned()
        };
        let allowed = allow_counts && on(&spec.ip_allow_list).is_some();
        let entry = on(&spec.ip_block_list).filter(|_| block_counts);
        let mut questions = 0;
        let mut ask = |list: &[ProviderSpec]| {
            let list = in_order(list, 1, |provider| provider.priority);
            list.into_iter().filter(|provider| provider.enabled).find_map(|provider| {
                questions += 1;
                self.hit(provider, ip, letter.time).then(|| provider.name.clone())
            })
        };
        let mut listed_by = None;
        let mut allowed_by = None;
        if !allowed && entry.is_none() {
            if allow_asks {
                allowed_by = ask(&spec.ip_allow_list_providers);
            }
            if allowed_by.is_none() && block_asks {
                listed_by = ask(&spec.ip_block_list_providers);
            }
        }
        let allowed = allowed || allowed_by.is_some();
        // Behind a server of one's own the address is known when the header is.
        let looks =
            if behind { SmtpEvent::OnEndOfHeaders } else { SmtpEvent::OnConnectEvent };
        if event == looks {
            letter.questions += questions;
            letter.allow_listed = allowed;
        }
        if allowed {
            return Turn::Continue;
        }
        let by_entry = entry.map(|entry| {
            let made = entry.is_machine_generated;
            let reason = if made { "MachineBlockList" } else { "LocalBlockList" };
            Cause::new(NAME, reason, &entry.address)
        });
        let by_provider =
            listed_by.map(|name| Cause::new(NAME, "BlockListProvider", &name));
        let bypassed = |recipient: &Recipient| {
            let address = recipient.address.as_deref();
            address.is_some_and(|email| listed(&list.bypassed_recipients, email))
        };
        match event {
            // 2003 does not even greet an address on its deny list.
            SmtpEvent::OnConnectEvent if self.is_2003() && !behind => {
                by_entry.map_or(Turn::Continue, Turn::Refuse)
            }
            SmtpEvent::OnRcptCommand if !behind => {
                let who = letter.current.expect("RCPT TO is about one recipient");
                if let Some(cause) = by_entry {
                    return Turn::Refuse(cause);
                }
                if block_counts && self.reputation.blocks(ip, letter.time) {
                    return Turn::Refuse(Cause::new(NAME, "MachineBlockList", ""));
                }
                match by_provider {
                    Some(cause) if !bypassed(&letter.recipients[who]) => {
                        Turn::Refuse(cause)
                    }
                    _ => Turn::Continue,
                }
            }
            SmtpEvent::OnEndOfHeaders if behind => {
                let all = &letter.recipients;
                let concerned: Vec<bool> = match by_entry {
                    Some(_) => all.iter().map(|_| true).collect(),
                    None => all.iter().map(|one| !bypassed(one)).collect(),
                };
                let mut left = all.iter().zip(&concerned);
                let any = left.any(|(one, concerned)| one.travels() && *concerned);
                match by_entry.or(by_provider) {
                    Some(cause) if any => letter.act(true, cause, &concerned),
                    _ => Turn::Continue,
                }
            }
            _ => Turn::Continue,
        }
    }

    fn hit(&self, provider: &ProviderSpec, ip: IpAddr, time: Timestamp) -> bool {
        match self.world.listings.lookup(&provider.lookup_domain, ip, time) {
            Answer::Found(answers) => {
                answers.into_iter().any(|answer| self.fits(provider, answer))
            }
            Answer::Absent | Answer::Failed | Answer::Unknown => false,
        }
    }

    fn fits(&self, provider: &ProviderSpec, answer: Ipv4Addr) -> bool {
        let by_mask = provider.bitmask_match.map(|mask| {
            let (mask, bits) = (mask.octets()[3], answer.octets()[3]);
            let set = |bit: u8| bits >> bit & 1 == 1;
            let mut wanted = (0..8u8).filter(|bit| mask >> bit & 1 == 1);
            match self.policy.connection_filter.bitmask_arithmetic {
                BitmaskArithmetic::AllBits => wanted.all(set),
                BitmaskArithmetic::AnyBit => wanted.any(set),
            }
        });
        let by_address = (!provider.ip_addresses_match.is_empty())
            .then(|| provider.ip_addresses_match.contains(&answer));
        let nothing_set = by_mask.is_none() && by_address.is_none();
        provider.any_match
            || nothing_set
            || by_mask == Some(true)
            || by_address == Some(true)
    }
}

/// Whether an entry holds the address now.
fn holds(entry: &IpEntrySpec, ip: IpAddr, now: Timestamp) -> bool {
    let expired = entry.expiration_time.as_ref().is_some_and(|time| {
        Timestamp::parse(time).expect("the generator writes times") <= now
    });
    !expired && holds_address(&entry.address, ip)
}

/// Whether an address, network or range holds the address.
pub(super) fn holds_address(text: &str, ip: IpAddr) -> bool {
    let bounds = if let Some((first, last)) = text.split_once('-') {
        (number(address(first)), number(address(last)))
    } else if let Some((net, bits)) = text.split_once('/') {
        let net = address(net);
        let all = if net.is_ipv4() { 32 } else { 128 };
        let free = all - bits.parse::<u32>().expect("a prefix length");
        let first = number(net) >> free << free;
        (first, first + ((1 << free) - 1))
    } else {
        (number(address(text)), number(address(text)))
    };
    let of_its_kind = address(text).is_ipv4() == ip.is_ipv4();
    of_its_kind && (bounds.0..=bounds.1).contains(&number(ip))
}

/// The address at the beginning of an entry.
fn address(text: &str) -> IpAddr {
    let end = text.find(['-', '/']).unwrap_or(text.len());
    text[..end].trim().parse().expect("an address")
}

/// The address as a number.
pub(super) fn number(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => ip.to_bits().into(),
        IpAddr::V6(ip) => ip.to_bits(),
    }
}
