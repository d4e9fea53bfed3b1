//! Protocol Analysis Agent: sender reputation.
//!
//! # What it does
//!
//! Keeps a history per connecting address and rates it with a sender reputation level (SRL)
//! from 0 to 9 once it has brought 20 messages. An address at or above the threshold goes on
//! the IP block list for some hours by a machine-generated entry, and its history restarts.
//!
//! # Events
//!
//! `OnConnectEvent`, `OnEndOfHeaders`, `OnEndOfData`, `OnReject`, `OnRsetCommand`,
//! `OnDisconnectEvent`.
//!
//! # Reads and writes
//!
//! Reads HELO, reverse DNS, and the SCL stamped by its turn. Writes its ledger; the
//! Connection Filtering Agent reads the ledger's signal at later connections.
//!
//! # Modelled
//!
//! One booking per message: at its own `OnEndOfData` turn, else at the `OnReject` or
//! `OnDisconnectEvent` that closes the message, always with the level the content filter
//! assessed, or, where that has not run, the level stamped by then. So a booking never
//! depends on the tier the content filter chose. Messages refused before their data were
//! received do not count. An address that the world knows as an open proxy is one as long as
//! such tests are on; nothing is probed. Weights in [`Profile::srl`]. The two switches cannot
//! both be off. Mail that came through an internal server builds no history.
//!
//! # Not modelled
//!
//! The request to the Sender Filter. The settings of a proxy that tests would go through:
//! kept, without effect.
//!
//! # Source
//!
//! Specification section 5.4; the weights are a decision on U3.

use std::collections::VecDeque;

use mail::{Answer, Case, Parts, SmtpEvent, Stamp, Timestamp, World};
use pipeline::{Agent, Booking, Ledger, Observed, Seen, Signal, Step, Transit, Visit};
use serde::{Deserialize, Serialize};

use crate::SpecError;
use crate::addresses::{InternalServers, Source};
use crate::lookup::in_scope;

/// Settings of the agent: `Set-SenderReputationConfig`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SenderReputationSpec {
    /// The feature is on (default true).
    pub enabled: bool,
    /// Anonymous sessions are analysed (default true).
    pub external_mail_enabled: bool,
    /// Authenticated sessions are analysed (default false).
    pub internal_mail_enabled: bool,
    /// Addresses with a high SRL are blocked (default true).
    pub sender_blocking_enabled: bool,
    /// For how many hours, 0 to 48 (default 24).
    pub sender_blocking_period: u8,
    /// Block at SRL ≥ this, 0 to 9 (default 7); see `srl-comparison`.
    pub srl_block_threshold: u8,
    /// `ge` (default) or `gt`, as the text of 2013 says.
    pub srl_comparison: SrlComparison,
    /// Open proxies count (default true). This switch and `sender-blocking-enabled` cannot
    /// both be off.
    pub open_proxy_detection_enabled: bool,
    /// Proxy that tests for open proxies go through. Without effect: nothing is probed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy_server_name: Option<String>,
    /// Port of that proxy (default 0).
    pub proxy_server_port: u16,
    /// Kind of that proxy (default `none`).
    pub proxy_server_type: ProxyServerType,
}

/// How a level is compared with the threshold (contradiction of the sources).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SrlComparison {
    /// At or above.
    #[default]
    Ge,
    /// Above.
    Gt,
}

impl SrlComparison {
    const fn blocks(self, level: u8, threshold: u8) -> bool {
        match self {
            Self::Ge => level >= threshold,
            Self::Gt => level > threshold,
        }
    }
}

/// Kind of a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the variants are the product's own words")]
pub enum ProxyServerType {
    #[default]
    #[serde(alias = "None")]
    None,
    #[serde(alias = "Cisco")]
    Cisco,
    #[serde(alias = "HttpConnect")]
    HttpConnect,
    #[serde(alias = "HttpPost")]
    HttpPost,
    #[serde(alias = "Socks4")]
    Socks4,
    #[serde(alias = "Socks5")]
    Socks5,
    #[serde(alias = "Telnet")]
    Telnet,
    #[serde(alias = "Wingate")]
    Wingate,
}

impl Default for SenderReputationSpec {
    fn default() -> Self {
        Self {
            enabled: true,
            external_mail_enabled: true,
            internal_mail_enabled: false,
            sender_blocking_enabled: true,
            sender_blocking_period: 24,
            srl_block_threshold: 7,
            srl_comparison: SrlComparison::Ge,
            open_proxy_detection_enabled: true,
            proxy_server_name: None,
            proxy_server_port: 0,
            proxy_server_type: ProxyServerType::None,
        }
    }
}

/// The agent.
#[derive(Debug, Clone)]
pub struct ProtocolAnalysis {
    spec: SenderReputationSpec,
    internal: InternalServers,
}

impl ProtocolAnalysis {
    /// Checks the settings; `internal` are the internal servers.
    ///
    /// # Errors
    ///
    /// [`SpecError`] where a number is out of the product's range, or both switches are off.
    pub(crate) fn resolve(
        spec: &SenderReputationSpec,
        internal: InternalServers,
    ) -> Result<Self, SpecError> {
        let range = |key: &str, value: u8, limit: u8| {
            let key = format!("sender-reputation.{key}");
            let cure = format!("use 0 to {limit}");
            (value <= limit).then_some(()).ok_or_else(|| {
                SpecError::new(key, format!("`{value}` is out of range"), cure)
            })
        };
        range("sender-blocking-period", spec.sender_blocking_period, 48)?;
        range("srl-block-threshold", spec.srl_block_threshold, 9)?;
        if !spec.sender_blocking_enabled && !spec.open_proxy_detection_enabled {
            return Err(SpecError::new(
                "sender-reputation.sender-blocking-enabled",
                "`sender-blocking-enabled` and `open-proxy-detection-enabled` are both off",
                "leave one on, or set `enabled = false`",
            ));
        }
        Ok(Self { spec: spec.clone(), internal })
    }
}

const BAD_HELO: u8 = 1;
const BAD_REVERSE_DNS: u8 = 2;
const RECEIVED: u8 = 4;
const OPEN_PROXY: u8 = 8;

/// What a session shows about the client; `None` where the agent does not look.
pub(crate) type ReputationEvidence = Option<u8>;

impl Agent for ProtocolAnalysis {
    type Evidence = ReputationEvidence;

    fn name(&self) -> &'static str {
        "Protocol Analysis Agent"
    }

    fn events(&self) -> &'static [SmtpEvent] {
        &[
            SmtpEvent::OnConnectEvent,
            SmtpEvent::OnEndOfHeaders,
            SmtpEvent::OnEndOfData,
            SmtpEvent::OnReject,
            SmtpEvent::OnRsetCommand,
            SmtpEvent::OnDisconnectEvent,
        ]
    }

    fn reasons(&self) -> &'static [&'static str] {
        &[]
    }

    fn reads(&self) -> Parts {
        Parts::NONE
    }

    fn tell(&self, evidence: &ReputationEvidence) -> String {
        let Some(flags) = *evidence else {
            return "None".to_owned();
        };
        let on = |flag: u8| flags & flag != 0;
        format!(
            "Session {{ wrong_helo: {}, wrong_reverse_dns: {} }}",
            on(BAD_HELO),
            on(BAD_REVERSE_DNS)
        )
    }

    fn stamps_read(&self) -> &'static [Stamp] {
        &[Stamp::Scl, Stamp::Assessed, Stamp::AllowListed]
    }

    fn observe(&self, case: &Case, world: &World) -> Observed<ReputationEvidence> {
        let spec = &self.spec;
        let looks = spec.enabled
            && in_scope(case, spec.external_mail_enabled, spec.internal_mail_enabled)
            && matches!(self.internal.source(case), Source::Client(Some(_)));
        looks.then(|| self.session_flags(case, world)).into()
    }

    fn idle(&self, evidence: &ReputationEvidence) -> bool {
        evidence.is_none()
    }

    fn decide(
        &self,
        event: SmtpEvent,
        seen: Seen<'_, ReputationEvidence>,
        mail: &mut Transit,
    ) -> Step {
        let Some(flags) = *seen.at(mail.edits()) else {
            return Step::Continue;
        };
        let turn = event == SmtpEvent::OnEndOfData;
        let closes = mail.closing()
            && matches!(event, SmtpEvent::OnReject | SmtpEvent::OnDisconnectEvent);
        if (turn || closes) && !mail.stamps.allow_listed {
            let scl = mail.stamps.assessed.or(mail.stamps.scl);
            let received = if mail.received() { RECEIVED } else { 0 };
            mail.book(Booking { scl, flags: flags | received });
        }
        Step::Continue
    }

    fn ledger(&self) -> Option<Box<dyn Ledger>> {
        let blocks = self.spec.enabled && self.spec.sender_blocking_enabled;
        blocks.then(|| {
            let books: Box<dyn Ledger> = Box::new(Reputation {
                threshold: self.spec.srl_block_threshold,
                comparison: self.spec.srl_comparison,
                hours: i64::from(self.spec.sender_blocking_period),
                profiles: Vec::new(),
            });
            books
        })
    }
}

impl ProtocolAnalysis {
    fn session_flags(&self, case: &Case, world: &World) -> u8 {
        let proxy = self.spec.open_proxy_detection_enabled
            && case
                .session
                .client_ip
                .get()
                .is_some_and(|ip| world.open_proxies.contains(ip));
        session_flags(case, world) | (u8::from(proxy) * OPEN_PROXY)
    }
}

fn session_flags(case: &Case, world: &World) -> u8 {
    let Some(ip) = case.session.client_ip.get().copied() else {
        return 0;
    };
    let helo = case.session.helo.get().map_or("", String::as_str);
    let literal = helo.trim_start_matches('[').trim_end_matches(']');
    // RFC 5321 section 4.1.3: a literal of version 6 says so.
    let literal = match literal.get(..5) {
        Some(tag) if tag.eq_ignore_ascii_case("IPv6:") => &literal[5..],
        _ => literal,
    };
    let bad_helo = case.session.helo.get().is_some()
        && match literal.parse::<std::net::IpAddr>() {
            Ok(claimed) => claimed != ip,
            Err(_) => !helo.contains('.') || world.directory.is_internal(helo),
        };
    let bad_reverse = match world.dns.ptr(ip) {
        Answer::Found(names) => {
            let organization = registrable(helo);
            !names.iter().any(|name| registrable(name).eq_ignore_ascii_case(organization))
        }
        Answer::Absent => true,
        Answer::Failed | Answer::Unknown => false,
    };
    (u8::from(bad_helo) * BAD_HELO) | (u8::from(bad_reverse) * BAD_REVERSE_DNS)
}

/// The last two labels of a host name.
fn registrable(host: &str) -> &str {
    let host = host.trim_end_matches('.');
    let dots = host.rmatch_indices('.');
    dots.map(|(at, _)| at).nth(1).map_or(host, |at| &host[at + 1..])
}

/// History of one address.
#[derive(Debug, Clone, Default)]
pub(crate) struct Profile {
    messages: u32,
    low: u32,
    high: u32,
    bad_helo: u32,
    bad_reverse: u32,
    open_proxy: u32,
    names: Vec<u32>,
    recent_high: VecDeque<i64>,
}

impl Profile {
    /// Messages before the first analysis. Source: specification section 5.4.
    const LEAST_MESSAGES: u32 = 20;
    /// High levels within a day that count as an outbreak.
    const OUTBREAK: usize = 10;
    /// Different HELO names that count as many.
    const MANY_NAMES: usize = 4;

    fn book(&mut self, visit: Visit, booking: Booking) {
        self.messages += 1;
        self.bad_helo += u32::from(booking.flags & BAD_HELO != 0);
        self.bad_reverse += u32::from(booking.flags & BAD_REVERSE_DNS != 0);
        self.open_proxy += u32::from(booking.flags & OPEN_PROXY != 0);
        if self.names.len() < Self::MANY_NAMES && !self.names.contains(&visit.helo) {
            self.names.push(visit.helo);
        }
        match booking.scl.map(mail::Scl::get) {
            Some(..=3) => self.low += 1,
            Some(6..) => {
                self.high += 1;
                self.recent_high.push_back(visit.time.0);
                if self.recent_high.len() > Self::OUTBREAK {
                    self.recent_high.pop_front();
                }
            }
            Some(4..=5) | None => {}
        }
    }

    /// The sender reputation level at `now`, 0 to 9.
    ///
    /// | share of high levels (SCL ≥ 6) among high and low (SCL ≤ 3) | 0–5, in proportion |
    /// | ten high levels within the last day | 1 |
    /// | HELO wrong in at least half of the messages | 1 |
    /// | four or more different HELO names | 1 |
    /// | reverse DNS missing or foreign in at least half of the messages | 1 |
    /// | an open proxy in at least half of the messages | 3 |
    ///
    /// The product documents the inputs, not the weights (U3). These are ours: content alone
    /// reaches 6, so blocking at the default of 7 takes a bad protocol record as well, or an
    /// open proxy of which four in five messages are spam; an open proxy alone reaches 3.
    fn srl(&self, now: Timestamp) -> u8 {
        if self.messages < Self::LEAST_MESSAGES {
            return 0;
        }
        let rated = self.high + self.low;
        let content = (5 * self.high + rated / 2).checked_div(rated).unwrap_or(0);
        let day_ago = now.plus_hours(-24).0;
        let recent = self.recent_high.iter().filter(|time| **time > day_ago).count();
        let half = |bad: u32| u32::from(2 * bad >= self.messages);
        let level = content
            + u32::from(recent >= Self::OUTBREAK)
            + half(self.bad_helo)
            + u32::from(self.names.len() >= Self::MANY_NAMES)
            + half(self.bad_reverse)
            + 3 * half(self.open_proxy);
        u8::try_from(level.min(9)).expect("at most 9")
    }
}

/// The agent's memory: profiles and machine-generated block list entries by client number.
struct Reputation {
    threshold: u8,
    comparison: SrlComparison,
    hours: i64,
    profiles: Vec<(Profile, Option<Timestamp>)>,
}

impl Ledger for Reputation {
    fn signal(&mut self, visit: Visit) -> Signal {
        let until =
            self.profiles.get(visit.client as usize).and_then(|(_, until)| *until);
        match until {
            Some(until) if visit.time < until => Signal::Blocked,
            _ => Signal::Clear,
        }
    }

    fn book(&mut self, visit: Visit, booking: Booking) {
        if booking.flags & RECEIVED == 0 {
            return;
        }
        let client = visit.client as usize;
        if client >= self.profiles.len() {
            self.profiles.resize_with(client + 1, Default::default);
        }
        let (profile, until) = &mut self.profiles[client];
        profile.book(visit, booking);
        if profile.messages >= Profile::LEAST_MESSAGES
            && self.comparison.blocks(profile.srl(visit.time), self.threshold)
        {
            *until = Some(visit.time.plus_hours(self.hours));
            *profile = Profile::default();
        }
    }

    fn least_history(&self) -> usize {
        Profile::LEAST_MESSAGES as usize
    }
}

#[cfg(test)]
mod tests {
    use mail::Scl;

    use super::*;

    fn visit(time: i64) -> Visit {
        Visit { client: 1, helo: 1, time: Timestamp(time) }
    }

    fn booking(scl: i64, flags: u8) -> Booking {
        Booking { scl: Some(Scl::new(scl).unwrap()), flags: flags | RECEIVED }
    }

    fn ledger(threshold: u8) -> Box<dyn Ledger> {
        let spec =
            SenderReputationSpec { srl_block_threshold: threshold, ..Default::default() };
        ProtocolAnalysis::resolve(&spec, InternalServers::default())
            .unwrap()
            .ledger()
            .unwrap()
    }

    #[test]
    fn the_level_blocks_at_the_threshold_or_only_above_it() {
        assert!(SrlComparison::Ge.blocks(7, 7) && !SrlComparison::Ge.blocks(6, 7));
        assert!(SrlComparison::Gt.blocks(8, 7) && !SrlComparison::Gt.blocks(7, 7));
    }

    #[test]
    fn an_open_proxy_counts_for_three_levels() {
        let level = |scl: i64, flags: u8| {
            let mut profile = Profile::default();
            for n in 0..20 {
                profile.book(visit(n * 86_400), booking(scl, flags));
            }
            profile.srl(Timestamp(20 * 86_400))
        };
        assert_eq!((level(1, 0), level(1, OPEN_PROXY)), (0, 3));
        assert_eq!((level(9, 0), level(9, OPEN_PROXY)), (5, 8));
    }

    #[test]
    fn levels_up_to_3_are_low_from_6_high_and_halves_are_rounded_up() {
        let level = |high: usize, (bad, good): (i64, i64)| {
            let mut profile = Profile::default();
            for n in 0..20 {
                let scl = if n < high { bad } else { good };
                let time = i64::try_from(n).unwrap() * 86_400;
                profile.book(visit(time), booking(scl, 0));
            }
            profile.srl(Timestamp(20 * 86_400))
        };
        assert_eq!([level(10, (6, 3)), level(10, (5, 3)), level(10, (6, 4))], [3, 0, 5]);
        assert_eq!([level(1, (6, 3)), level(2, (6, 3)), level(3, (6, 3))], [0, 1, 1]);
    }

    #[test]
    fn an_outbreak_is_ten_high_levels_in_less_than_a_day() {
        let mut profile = Profile::default();
        for n in 0..20 {
            profile.book(visit(n), booking(if n < 10 { 9 } else { 0 }, 0));
        }
        assert_eq!(profile.srl(Timestamp(86_399)), 4);
        assert_eq!(profile.srl(Timestamp(86_400)), 3);
    }

    #[test]
    fn the_two_switches_cannot_both_be_off() {
        let spec = |blocking: bool, proxies: bool| SenderReputationSpec {
            sender_blocking_enabled: blocking,
            open_proxy_detection_enabled: proxies,
            ..SenderReputationSpec::default()
        };
        let resolve = |spec| ProtocolAnalysis::resolve(&spec, InternalServers::default());
        assert!(resolve(spec(false, false)).is_err());
        assert!(resolve(spec(false, true)).unwrap().ledger().is_none());
        assert!(resolve(spec(true, false)).unwrap().ledger().is_some());
    }

    #[test]
    fn a_bad_sender_is_blocked_from_the_twentieth_message_for_24_hours() {
        let mut ledger = ledger(7);
        for n in 0..19 {
            ledger.book(visit(n), booking(9, BAD_HELO));
        }
        assert_eq!(ledger.signal(visit(19)), Signal::Clear);
        ledger.book(visit(19), booking(9, BAD_HELO));
        assert_eq!(ledger.signal(visit(20)), Signal::Blocked);
        assert_eq!(ledger.signal(visit(19 + 24 * 3600 - 1)), Signal::Blocked);
        assert_eq!(ledger.signal(visit(19 + 24 * 3600)), Signal::Clear);
    }

    #[test]
    fn content_alone_does_not_block_at_the_default_threshold() {
        let mut seven = ledger(7);
        let mut six = ledger(6);
        for n in 0..40 {
            seven.book(visit(n), booking(9, 0));
            six.book(visit(n), booking(9, 0));
        }
        assert_eq!(seven.signal(visit(40)), Signal::Clear);
        assert_eq!(six.signal(visit(40)), Signal::Blocked);
    }

    #[test]
    fn the_history_restarts_after_a_block() {
        let mut ledger = ledger(6);
        for n in 0..20 {
            ledger.book(visit(n), booking(9, 0));
        }
        let later = 19 + 24 * 3600;
        for n in 0..19 {
            ledger.book(visit(later + n), booking(9, 0));
        }
        assert_eq!(ledger.signal(visit(later + 19)), Signal::Clear);
        ledger.book(visit(later + 19), booking(9, 0));
        assert_eq!(ledger.signal(visit(later + 20)), Signal::Blocked);
    }

    #[test]
    fn messages_refused_before_their_data_do_not_count() {
        let mut ledger = ledger(0);
        for n in 0..100 {
            ledger.book(visit(n), Booking { scl: None, flags: BAD_HELO });
        }
        assert_eq!(ledger.signal(visit(100)), Signal::Clear);
    }

    #[test]
    fn the_last_two_labels_are_compared() {
        assert_eq!(registrable("mx1.mail.example.org."), "example.org");
        assert_eq!(registrable("example.org"), "example.org");
        assert_eq!(registrable("host"), "host");
        let mut case = crate::trial::case("a@b.example", &[]);
        let origin = mail::Origin::Recorded;
        case.session.helo = mail::Field::known("MX.Good.Example".into(), origin);
        let mut world = World::default();
        let client = case.session.client_ip.get().copied().unwrap();
        world.dns.ptr.insert(client, vec!["mail.good.example".into()]);
        assert_eq!(session_flags(&case, &world), 0);
    }
}
