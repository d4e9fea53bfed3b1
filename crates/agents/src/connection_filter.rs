//! Connection Filtering Agent.
//!
//! # What it does
//!
//! Looks a client's address up on the IP allow and block lists and their providers. Mail
//! from an allowed address is skipped by the other antispam agents; mail from a blocked one
//! is refused.
//!
//! # Events
//!
//! `OnConnectEvent`, `OnMailCommand`, `OnRcptCommand`, `OnEndOfHeaders`.
//!
//! # Reads and writes
//!
//! Reads the client's address, the Received fields behind an internal server, the recorded
//! lists and the ledger's signal (machine-generated entries). Writes the allow-listed stamp.
//!
//! # Modelled
//!
//! Single addresses, ranges and networks with expiry; machine-generated entries; providers by
//! priority with any-match, bitmask and address matching; allow before block; static before
//! machine-generated before provider; the switches of each of the four lists; bypassed
//! recipients of the block list providers. A refusal is given after RCPT TO, recipient by
//! recipient. A client of the list of internal servers is not looked up itself: at the end of
//! headers the first address of the Received fields outside that list is, and a refusal then
//! concerns everybody but the bypassed recipients. All responses.
//!
//! # Not modelled
//!
//! That the connection is closed after the refusal. Blocks by sender reputation for mail
//! that came through an internal server.
//!
//! # Source
//!
//! Specification section 4; ties by decision on U18, texts on U19, masks on U20.

mod spec;

use std::net::{IpAddr, Ipv4Addr};

use mail::{Answer, Case, Part, Parts, SmtpEvent, Timestamp, World};
use pipeline::{Agent, Observed, Seen, Signal, Step, Transit};

pub use spec::{
    BitmaskArithmetic, ConnectionFilterSpec, EntryNumber, IpBlockListConfigSpec,
    IpBlockListProvidersConfigSpec, IpEntrySpec, IpListConfigSpec, ProviderSpec,
};

use crate::SpecError;
use crate::addresses::{Addresses, InternalServers, Source};
use crate::lookup::{has_address, in_scope, per_recipient};
use crate::place::in_order;
use crate::settle::Verdict;

/// Most characters of a response.
const LONGEST_RESPONSE: usize = 240;
/// Response where none is set; for entries by decision on U19.
const RESPONSE: &str = "Recipient not authorized, your IP has been found on a block list";

#[derive(Debug, Clone)]
struct IpEntry {
    addresses: Addresses,
    expires: Option<Timestamp>,
}

impl IpEntry {
    fn resolve(key: &str, spec: &IpEntrySpec) -> Result<Self, SpecError> {
        let addresses = Addresses::parse(key, &spec.address)?;
        let expires = spec.expiration_time.as_deref().map(Timestamp::parse).transpose();
        let expires = expires.map_err(|_| {
            let problem = format!("expiration time of `{}`", spec.address);
            SpecError::new(key, problem, "write RFC 3339, as `2026-01-31T00:00:00Z`")
        })?;
        Ok(Self { addresses, expires })
    }

    fn holds(&self, ip: IpAddr, time: Timestamp) -> bool {
        self.addresses.hold(ip) && self.expires.is_none_or(|expires| time < expires)
    }
}

/// A provider with its number in the list as written.
#[derive(Debug, Clone)]
struct Provider {
    number: u16,
    spec: ProviderSpec,
}

impl Provider {
    /// Checked providers, best priority first, those switched off left out.
    fn resolve(key: &str, list: &[ProviderSpec]) -> Result<Vec<Self>, SpecError> {
        SpecError::check_count(key, list.len(), usize::from(u16::MAX / 4))?;
        for spec in list {
            if let Some(text) = &spec.rejection_response {
                SpecError::check_length(key, text, LONGEST_RESPONSE)?;
            }
        }
        let ordered = in_order(key, 1, list, |provider| provider.priority)?;
        let enabled = ordered.into_iter().filter(|(_, provider)| provider.enabled);
        Ok(enabled
            .map(|(number, spec)| Self {
                number: u16::try_from(number).expect("checked above"),
                spec: spec.clone(),
            })
            .collect())
    }

    fn matches(&self, answer: Ipv4Addr, arithmetic: BitmaskArithmetic) -> bool {
        self.spec.takes(answer, arithmetic)
    }
}

/// The agent.
#[derive(Debug, Clone)]
pub struct ConnectionFilter {
    spec: ConnectionFilterSpec,
    allow: Vec<IpEntry>,
    block: Vec<IpEntry>,
    allow_providers: Vec<Provider>,
    block_providers: Vec<Provider>,
    internal: InternalServers,
}

impl ConnectionFilter {
    /// Checks the settings; `internal` are the internal servers.
    ///
    /// # Errors
    ///
    /// [`SpecError`] at an entry that is no address, network or range, at a priority out of
    /// range or a response that is too long.
    pub(crate) fn resolve(
        spec: &ConnectionFilterSpec,
        internal: InternalServers,
    ) -> Result<Self, SpecError> {
        let entries = |key, list: &[IpEntrySpec]| {
            SpecError::check_count(key, list.len(), usize::from(u16::MAX / 2))?;
            list.iter()
                .map(|entry| IpEntry::resolve(key, entry))
                .collect::<Result<Vec<_>, _>>()
        };
        let config = &spec.ip_block_list_config;
        for (key, text) in [
            (
                "machine-entry-rejection-response",
                &config.machine_entry_rejection_response,
            ),
            ("static-entry-rejection-response", &config.static_entry_rejection_response),
        ] {
            if let Some(text) = text {
                let key = format!("connection-filter.ip-block-list-config.{key}");
                SpecError::check_length(&key, text, LONGEST_RESPONSE)?;
            }
        }
        Ok(Self {
            allow: entries("connection-filter.ip-allow-list", &spec.ip_allow_list)?,
            block: entries("connection-filter.ip-block-list", &spec.ip_block_list)?,
            allow_providers: Provider::resolve(
                "connection-filter.ip-allow-list-providers",
                &spec.ip_allow_list_providers,
            )?,
            block_providers: Provider::resolve(
                "connection-filter.ip-block-list-providers",
                &spec.ip_block_list_providers,
            )?,
            spec: spec.clone(),
            internal,
        })
    }

    /// First provider that hits, by its number, counting the questions asked until then.
    fn ask(
        &self,
        providers: &[Provider],
        (ip, time): (IpAddr, Timestamp),
        world: &World,
        questions: &mut u8,
    ) -> Option<u16> {
        for provider in providers {
            *questions = questions.saturating_add(1);
            let answer = world.listings.lookup(&provider.spec.lookup_domain, ip, time);
            let arithmetic = self.spec.bitmask_arithmetic;
            if let Answer::Found(answers) = answer
                && answers.iter().any(|answer| provider.matches(*answer, arithmetic))
            {
                return Some(provider.number);
            }
        }
        None
    }

    /// Looks an address up, and counts the questions asked.
    fn look_up(&self, ip: IpAddr, case: &Case, world: &World) -> (Listing, u8) {
        let spec = &self.spec;
        let (allow, asked) =
            (&spec.ip_allow_list_config, &spec.ip_allow_list_providers_config);
        let counts = |config: &IpListConfigSpec| {
            let (outside, inside) =
                (config.external_mail_enabled, config.internal_mail_enabled);
            config.enabled && in_scope(case, outside, inside)
        };
        let providers = &spec.ip_block_list_providers_config;
        let ask_block = providers.enabled
            && in_scope(
                case,
                providers.external_mail_enabled,
                providers.internal_mail_enabled,
            );
        let held = |list: &[IpEntry]| list.iter().position(|e| e.holds(ip, case.time));
        let mut questions = 0;
        let mut ask = |list: &[_]| self.ask(list, (ip, case.time), world, &mut questions);
        let listing = if counts(allow) && held(&self.allow).is_some() {
            Listing::Allowed
        } else if let Some(entry) =
            held(&self.block).filter(|_| self.block_list_counts(case))
        {
            Listing::BlockEntry(u16::try_from(entry).expect("checked at resolve"))
        } else if counts(asked) && ask(&self.allow_providers).is_some() {
            Listing::Allowed
        } else if let Some(provider) =
            ask_block.then(|| ask(&self.block_providers)).flatten()
        {
            Listing::BlockProvider(provider)
        } else {
            Listing::Nowhere
        };
        (listing, questions)
    }

    fn block_list_counts(&self, case: &Case) -> bool {
        let config = &self.spec.ip_block_list_config;
        config.enabled
            && in_scope(case, config.external_mail_enabled, config.internal_mail_enabled)
    }
}

const LOCAL_BLOCK_LIST: u8 = 0;
const MACHINE_BLOCK_LIST: u8 = 1;
const PROVIDER: u8 = 2;

/// What is known about an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Listing {
    Nowhere,
    Allowed,
    /// The number of the entry.
    BlockEntry(u16),
    /// The number of the provider.
    BlockProvider(u16),
}

/// Evidence of the agent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ConnectionEvidence {
    listing: Listing,
    /// The address comes from the headers, not from the connection.
    relayed: bool,
    /// The IP block list, with machine-generated entries, counts for the session.
    block_list: bool,
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

    /// Bypassed recipients, as rewritten where address rewriting runs first. Received fields
    /// change only after this agent has looked.
    fn reads(&self) -> Parts {
        Part::Recipients.into()
    }

    fn observe(&self, case: &Case, world: &World) -> Observed<ConnectionEvidence> {
        let source = self.internal.source(case);
        let (listing, questions) =
            source.ip().map_or((Listing::Nowhere, 0), |ip| self.look_up(ip, case, world));
        let bypassed = &self.spec.ip_block_list_providers_config.bypassed_recipients;
        ConnectionEvidence {
            listing,
            relayed: matches!(source, Source::Relayed(_)),
            block_list: self.block_list_counts(case),
            questions,
            bypassed: per_recipient(case, |email| has_address(bypassed, email), false),
        }
        .into()
    }

    /// Questions about a client are asked at connect, before anybody else could refuse.
    fn idle(&self, evidence: &ConnectionEvidence) -> bool {
        evidence.listing == Listing::Nowhere
            && !(evidence.relayed && evidence.questions > 0)
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
        let looks_at = if evidence.relayed {
            SmtpEvent::OnEndOfHeaders
        } else {
            SmtpEvent::OnConnectEvent
        };
        if event == looks_at {
            mail.count_dns(u32::from(evidence.questions));
            mail.stamps.allow_listed = evidence.listing == Listing::Allowed;
        }
        match event {
            SmtpEvent::OnRcptCommand if !evidence.relayed => self.refuse(evidence, mail),
            SmtpEvent::OnEndOfHeaders if evidence.relayed => {
                self.refuse_all(evidence, mail)
            }
            _ => Step::Continue,
        }
    }

    fn detail(&self, detail: u16) -> String {
        let number = usize::from(detail);
        let entries = self.spec.ip_block_list.len();
        if let Some(entry) = self.spec.ip_block_list.get(number) {
            entry.address.clone()
        } else {
            self.provider(number - entries.min(number))
                .map_or_else(String::new, |provider| provider.name.clone())
        }
    }

    fn response(&self, reason: u8, detail: u16) -> String {
        let config = &self.spec.ip_block_list_config;
        let number = usize::from(detail);
        let text = match reason {
            LOCAL_BLOCK_LIST => config.static_entry_rejection_response.as_deref(),
            MACHINE_BLOCK_LIST => config.machine_entry_rejection_response.as_deref(),
            _ => number
                .checked_sub(self.spec.ip_block_list.len())
                .and_then(|at| self.provider(at))
                .and_then(|provider| provider.rejection_response.as_deref()),
        };
        format!("550 5.7.1 {}", text.unwrap_or(RESPONSE))
    }
}

impl ConnectionFilter {
    fn provider(&self, number: usize) -> Option<&ProviderSpec> {
        self.spec.ip_block_list_providers.get(number)
    }

    /// Reason and detail of what the listing refuses, and whether bypassed recipients are
    /// exempt.
    fn refusal(&self, listing: Listing) -> Option<(u8, u16, bool)> {
        let entries = self.spec.ip_block_list.len();
        match listing {
            Listing::Nowhere | Listing::Allowed => None,
            Listing::BlockEntry(entry) => {
                let made =
                    self.spec.ip_block_list[usize::from(entry)].is_machine_generated;
                let reason = if made { MACHINE_BLOCK_LIST } else { LOCAL_BLOCK_LIST };
                Some((reason, entry, false))
            }
            Listing::BlockProvider(provider) => {
                let entries = u16::try_from(entries).expect("checked at resolve");
                Some((PROVIDER, entries + provider, true))
            }
        }
    }

    fn refuse(&self, evidence: &ConnectionEvidence, mail: &Transit) -> Step {
        let blocked_now = evidence.block_list && mail.signal() == Signal::Blocked;
        let by_entry = matches!(evidence.listing, Listing::BlockEntry(_));
        if blocked_now && !by_entry && evidence.listing != Listing::Allowed {
            return Step::Reject { reason: MACHINE_BLOCK_LIST, detail: u16::MAX };
        }
        let recipient = mail.current().unwrap_or_default();
        let bypassed = evidence.bypassed[recipient.min(evidence.bypassed.len() - 1)];
        match self.refusal(evidence.listing) {
            Some((reason, detail, exempts)) if !(exempts && bypassed) => {
                Step::Reject { reason, detail }
            }
            Some(_) | None => Step::Continue,
        }
    }

    fn refuse_all(&self, evidence: &ConnectionEvidence, mail: &mut Transit) -> Step {
        let Some((reason, detail, exempts)) = self.refusal(evidence.listing) else {
            return Step::Continue;
        };
        let bypassed = &evidence.bypassed;
        let concerned = |who: usize| !(exempts && bypassed[who.min(bypassed.len() - 1)]);
        if (0..mail.recipients()).any(|who| mail.fate(who).in_transit() && concerned(who))
        {
            Verdict::Reject.on_some(mail, (reason, detail), concerned)
        } else {
            Step::Continue
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
            identity: EntryNumber(None),
            is_machine_generated: false,
            comment: None,
        };
        IpEntry::resolve("k", &spec).unwrap()
    }

    #[test]
    fn an_entry_ends_at_its_expiration_time() {
        let entry = entry("192.0.2.1", Some("1970-01-01T00:01:00Z"));
        let ip = "192.0.2.1".parse().unwrap();
        assert!(entry.holds(ip, Timestamp(59)));
        assert!(!entry.holds(ip, Timestamp(60)));
    }

    #[test]
    fn provider_answers_match_by_bits_by_address_or_at_all() {
        let matches = |any, mask: Option<u8>, list: &[u8], answer, arithmetic| {
            let spec = ProviderSpec {
                name: "p".into(),
                lookup_domain: "bl.example".into(),
                enabled: true,
                priority: None,
                any_match: any,
                bitmask_match: mask.map(|m| Ipv4Addr::new(127, 0, 0, m)),
                ip_addresses_match: list
                    .iter()
                    .map(|n| Ipv4Addr::new(127, 0, 0, *n))
                    .collect(),
                rejection_response: None,
            };
            let provider = Provider { number: 0, spec };
            provider.matches(Ipv4Addr::new(127, 0, 0, answer), arithmetic)
        };
        let all = BitmaskArithmetic::AllBits;
        assert!(matches(false, Some(6), &[], 7, all));
        assert!(!matches(false, Some(6), &[], 4, all));
        assert!(matches(false, Some(6), &[], 4, BitmaskArithmetic::AnyBit));
        assert!(!matches(false, Some(6), &[], 8, BitmaskArithmetic::AnyBit));
        assert!(matches(false, None, &[2, 3], 3, all));
        assert!(!matches(false, None, &[2, 3], 4, all));
        assert!(matches(false, None, &[], 99, all));
        assert!(matches(true, Some(8), &[], 1, all));
    }
}
