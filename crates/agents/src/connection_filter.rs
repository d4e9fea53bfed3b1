//! Connection Filtering Agent.
//!
//! # What it does
//!
//! Compares the connecting address with the IP allow and block lists, then asks the allow
//! and block list providers in priority order. An allowed address makes the other antispam
//! agents skip the message; a blocked one is refused at every RCPT TO, where recipients
//! that bypass the providers can still be honoured.
//!
//! # Events
//!
//! `OnConnectEvent`, `OnMailCommand`, `OnRcptCommand`, `OnEndOfHeaders`.
//!
//! # Reads and writes
//!
//! Reads the client's address, the recorded lists and the ledger's signal (machine-generated
//! entries). Writes the allow-listed stamp.
//!
//! # Modelled
//!
//! Single addresses, ranges and networks with expiry; providers with any-match, bitmask and
//! address matching; allow before block; static before machine-generated before provider;
//! bypassed recipients of the block list providers.
//!
//! # Not modelled
//!
//! The second look at the end of headers behind internal SMTP servers: the replayed client
//! address is already the one outside the trust boundary. Rejection texts.
//!
//! # Source
//!
//! Specification section 4; ties by decision on U18, masks by decision on U20.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;
use mail::{Answer, Case, Part, Parts, SmtpEvent, Timestamp, World};
use pipeline::{Agent, Observed, Seen, Signal, Step, Transit};
use serde::{Deserialize, Serialize};

use crate::SpecError;
use crate::lookup::{has_address, in_scope, per_recipient};

/// One entry of an IP allow or block list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct IpEntrySpec {
    /// `192.0.2.1`, `192.0.2.0/24` or `192.0.2.1-192.0.2.9`.
    pub address: String,
    /// First moment at which the entry no longer holds (RFC 3339); absent is for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiration_time: Option<String>,
}

/// One allow or block list provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProviderSpec {
    /// Name for logs and reports.
    pub name: String,
    /// Domain that is asked.
    pub lookup_domain: String,
    /// Whether it is asked at all (default true).
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Any answer is a hit (default false). With no matching setting at all, any answer is
    /// a hit too (decision on U20).
    #[serde(default)]
    pub any_match: bool,
    /// A hit where all bits of the mask's last octet are set in the answer's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bitmask_match: Option<Ipv4Addr>,
    /// A hit where the answer is one of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ip_addresses_match: Vec<Ipv4Addr>,
}

const fn yes() -> bool {
    true
}

impl ProviderSpec {
    fn matches(&self, answer: Ipv4Addr) -> bool {
        let none_set = self.bitmask_match.is_none() && self.ip_addresses_match.is_empty();
        let masked = self.bitmask_match.is_some_and(|mask| {
            let mask = mask.octets()[3];
            answer.octets()[3] & mask == mask
        });
        self.any_match || none_set || masked || self.ip_addresses_match.contains(&answer)
    }
}

/// Settings of the agent. Lists of providers are in priority order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ConnectionFilterSpec {
    /// All four lists look at anonymous sessions (default true).
    pub external_mail_enabled: bool,
    /// All four lists look at authenticated sessions (default false).
    pub internal_mail_enabled: bool,
    /// `Add-IPAllowListEntry`.
    pub ip_allow_list: Vec<IpEntrySpec>,
    /// `Add-IPBlockListEntry`.
    pub ip_block_list: Vec<IpEntrySpec>,
    /// `Add-IPAllowListProvider`, best priority first.
    pub ip_allow_list_providers: Vec<ProviderSpec>,
    /// `Add-IPBlockListProvider`, best priority first.
    pub ip_block_list_providers: Vec<ProviderSpec>,
    /// `Set-IPBlockListProvidersConfig -BypassedRecipients`.
    pub bypassed_recipients: Vec<String>,
}

impl Default for ConnectionFilterSpec {
    fn default() -> Self {
        Self {
            external_mail_enabled: true,
            internal_mail_enabled: false,
            ip_allow_list: Vec::new(),
            ip_block_list: Vec::new(),
            ip_allow_list_providers: Vec::new(),
            ip_block_list_providers: Vec::new(),
            bypassed_recipients: Vec::new(),
        }
    }
}

#[derive(Debug, Clone)]
enum Addresses {
    Net(IpNet),
    Range(IpAddr, IpAddr),
}

#[derive(Debug, Clone)]
struct IpEntry {
    addresses: Addresses,
    expires: Option<Timestamp>,
}

impl IpEntry {
    fn resolve(key: &str, spec: &IpEntrySpec) -> Result<Self, SpecError> {
        let wrong = || {
            let problem = format!("`{}` is no address, network or range", spec.address);
            SpecError::new(key, problem, "write `192.0.2.1`, `192.0.2.0/24` or `a-b`")
        };
        let addresses = match spec.address.split_once('-') {
            Some((first, last)) => {
                let first: IpAddr = first.trim().parse().map_err(|_| wrong())?;
                let last: IpAddr = last.trim().parse().map_err(|_| wrong())?;
                if first.is_ipv4() != last.is_ipv4() || first > last {
                    return Err(wrong());
                }
                Addresses::Range(first, last)
            }
            None => match spec.address.parse::<IpAddr>() {
                Ok(one) => Addresses::Net(one.into()),
                Err(_) => Addresses::Net(spec.address.parse().map_err(|_| wrong())?),
            },
        };
        let expires = spec.expiration_time.as_deref().map(Timestamp::parse).transpose();
        let expires = expires.map_err(|_| {
            let problem = format!("expiration time of `{}`", spec.address);
            SpecError::new(key, problem, "write RFC 3339, as `2026-01-31T00:00:00Z`")
        })?;
        Ok(Self { addresses, expires })
    }

    fn holds(&self, ip: IpAddr, time: Timestamp) -> bool {
        let listed = match &self.addresses {
            Addresses::Net(net) => net.contains(&ip),
            Addresses::Range(first, last) => {
                ip.is_ipv4() == first.is_ipv4() && *first <= ip && ip <= *last
            }
        };
        listed && self.expires.is_none_or(|expires| time < expires)
    }
}

/// The agent.
#[derive(Debug, Clone)]
pub struct ConnectionFilter {
    spec: ConnectionFilterSpec,
    allow: Vec<IpEntry>,
    block: Vec<IpEntry>,
}

impl ConnectionFilter {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// [`SpecError`] at an entry that is no address, network or range.
    pub fn resolve(spec: &ConnectionFilterSpec) -> Result<Self, SpecError> {
        let entries = |key, list: &[IpEntrySpec]| {
            list.iter()
                .map(|entry| IpEntry::resolve(key, entry))
                .collect::<Result<Vec<_>, _>>()
        };
        Ok(Self {
            allow: entries("connection-filter.ip-allow-list", &spec.ip_allow_list)?,
            block: entries("connection-filter.ip-block-list", &spec.ip_block_list)?,
            spec: spec.clone(),
        })
    }

    /// First provider that hits, and the questions asked until then.
    fn ask(
        providers: &[ProviderSpec],
        ip: IpAddr,
        time: Timestamp,
        world: &World,
        questions: &mut u8,
    ) -> Option<u16> {
        for (index, provider) in providers.iter().enumerate().filter(|(_, p)| p.enabled) {
            *questions = questions.saturating_add(1);
            let answer = world.listings.lookup(&provider.lookup_domain, ip, time);
            if let Answer::Found(answer) = answer
                && provider.matches(answer)
            {
                return u16::try_from(index).ok();
            }
        }
        None
    }
}

const LOCAL_BLOCK_LIST: u8 = 0;
const MACHINE_BLOCK_LIST: u8 = 1;
const PROVIDER: u8 = 2;

/// What is known about the client's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Listing {
    Nowhere,
    Allowed,
    BlockEntry(u16),
    BlockProvider(u16),
}

/// Evidence of the agent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ConnectionEvidence {
    listing: Listing,
    in_scope: bool,
    questions: u8,
    bypassed: Box<[bool]>,
}

impl Agent for ConnectionFilter {
    type Evidence = ConnectionEvidence;

    fn name(&self) -> &'static str {
        "Connection Filtering Agent"
    }

    fn events(&self) -> &'static [SmtpEvent] {
        &[
            SmtpEvent::OnConnectEvent,
            SmtpEvent::OnMailCommand,
            SmtpEvent::OnRcptCommand,
            SmtpEvent::OnEndOfHeaders,
        ]
    }

    fn reasons(&self) -> &'static [&'static str] {
        &["LocalBlockList", "MachineBlockList", "BlockListProvider"]
    }

    /// Bypassed recipients, as rewritten where address rewriting runs first.
    fn reads(&self) -> Parts {
        Part::Recipients.into()
    }

    fn observe(&self, case: &Case, world: &World) -> Observed<ConnectionEvidence> {
        let spec = &self.spec;
        let in_scope =
            in_scope(case, spec.external_mail_enabled, spec.internal_mail_enabled);
        let mut questions = 0;
        let mut listing = Listing::Nowhere;
        if let (true, Some(ip)) = (in_scope, case.session.client_ip.get().copied()) {
            let held =
                |list: &[IpEntry]| list.iter().position(|e| e.holds(ip, case.time));
            let mut ask =
                |list: &[_]| Self::ask(list, ip, case.time, world, &mut questions);
            listing = if held(&self.allow).is_some() {
                Listing::Allowed
            } else if let Some(entry) = held(&self.block) {
                Listing::BlockEntry(u16::try_from(entry).unwrap_or(u16::MAX))
            } else if ask(&spec.ip_allow_list_providers).is_some() {
                Listing::Allowed
            } else if let Some(provider) = ask(&spec.ip_block_list_providers) {
                Listing::BlockProvider(provider)
            } else {
                Listing::Nowhere
            };
        }
        let bypassed = per_recipient(
            case,
            |email| has_address(&spec.bypassed_recipients, email),
            false,
        );
        ConnectionEvidence { listing, in_scope, questions, bypassed }.into()
    }

    /// Questions are asked at connect, before anybody else could refuse.
    fn idle(&self, evidence: &ConnectionEvidence) -> bool {
        evidence.listing == Listing::Nowhere
    }

    fn heeds_signal(&self) -> bool {
        true
    }

    fn decide(
        &self,
        event: SmtpEvent,
        seen: Seen<'_, ConnectionEvidence>,
        mail: &mut Transit,
    ) -> Step {
        let evidence = seen.at(mail.edits());
        match event {
            SmtpEvent::OnConnectEvent => {
                mail.count_dns(u32::from(evidence.questions));
                mail.stamps.allow_listed = evidence.listing == Listing::Allowed;
                Step::Continue
            }
            SmtpEvent::OnRcptCommand => self.refuse(evidence, mail),
            _ => Step::Continue,
        }
    }

    fn detail(&self, detail: u16) -> String {
        let number = usize::from(detail);
        let entries = self.spec.ip_block_list.len();
        if let Some(entry) = self.spec.ip_block_list.get(number) {
            entry.address.clone()
        } else {
            let provider = number.checked_sub(entries);
            let provider =
                provider.and_then(|at| self.spec.ip_block_list_providers.get(at));
            provider.map_or_else(String::new, |provider| provider.name.clone())
        }
    }
}

impl ConnectionFilter {
    fn refuse(&self, evidence: &ConnectionEvidence, mail: &Transit) -> Step {
        let entries = u16::try_from(self.spec.ip_block_list.len()).unwrap_or(u16::MAX);
        let machine = Step::Reject { reason: MACHINE_BLOCK_LIST, detail: u16::MAX };
        let blocked_now = evidence.in_scope && mail.signal() == Signal::Blocked;
        match evidence.listing {
            Listing::Allowed => Step::Continue,
            Listing::BlockEntry(entry) => {
                Step::Reject { reason: LOCAL_BLOCK_LIST, detail: entry }
            }
            _ if blocked_now => machine,
            Listing::BlockProvider(provider) => {
                let recipient = mail.current().unwrap_or_default();
                if evidence.bypassed[recipient.min(evidence.bypassed.len() - 1)] {
                    Step::Continue
                } else {
                    let detail = entries.saturating_add(provider);
                    Step::Reject { reason: PROVIDER, detail }
                }
            }
            Listing::Nowhere => Step::Continue,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(address: &str, expires: Option<&str>) -> IpEntry {
        let spec = IpEntrySpec {
            address: address.into(),
            expiration_time: expires.map(str::to_owned),
        };
        IpEntry::resolve("k", &spec).unwrap()
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn entries_hold_single_addresses_ranges_and_networks_to_their_ends() {
        let now = Timestamp(0);
        assert!(entry("192.0.2.1", None).holds(ip("192.0.2.1"), now));
        let range = entry("192.0.2.3-192.0.2.5", None);
        let held: Vec<bool> =
            (2..=6).map(|n| range.holds(ip(&format!("192.0.2.{n}")), now)).collect();
        assert_eq!(held, [false, true, true, true, false]);
        assert!(entry("192.0.2.0/24", None).holds(ip("192.0.2.255"), now));
        assert!(!entry("192.0.2.0/24", None).holds(ip("2001:db8::1"), now));
    }

    #[test]
    fn an_entry_ends_at_its_expiration_time() {
        let entry = entry("192.0.2.1", Some("1970-01-01T00:01:00Z"));
        assert!(entry.holds(ip("192.0.2.1"), Timestamp(59)));
        assert!(!entry.holds(ip("192.0.2.1"), Timestamp(60)));
    }

    #[test]
    fn a_backward_range_is_refused() {
        let spec =
            IpEntrySpec { address: "192.0.2.9-192.0.2.1".into(), expiration_time: None };
        let error =
            IpEntry::resolve("connection-filter.ip-block-list", &spec).unwrap_err();
        assert!(error.to_string().contains("192.0.2.9-192.0.2.1"));
    }

    #[test]
    fn provider_answers_match_by_bits_by_address_or_at_all() {
        let provider = |any, mask: Option<u8>, list: &[u8]| ProviderSpec {
            name: "p".into(),
            lookup_domain: "bl.example".into(),
            enabled: true,
            any_match: any,
            bitmask_match: mask.map(|m| Ipv4Addr::new(127, 0, 0, m)),
            ip_addresses_match: list
                .iter()
                .map(|n| Ipv4Addr::new(127, 0, 0, *n))
                .collect(),
        };
        let answer = |n| Ipv4Addr::new(127, 0, 0, n);
        assert!(provider(false, Some(6), &[]).matches(answer(7)));
        assert!(!provider(false, Some(6), &[]).matches(answer(4)));
        assert!(provider(false, None, &[2, 3]).matches(answer(3)));
        assert!(!provider(false, None, &[2, 3]).matches(answer(4)));
        assert!(provider(false, None, &[]).matches(answer(99)));
        assert!(provider(true, Some(8), &[]).matches(answer(1)));
    }
}
