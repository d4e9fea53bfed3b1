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
//! received do not count. Weights in [`Profile::srl`].
//!
//! # Not modelled
//!
//! Open proxy tests (the world has no flag for them yet); the request to the Sender Filter.
//!
//! # Source
//!
//! Specification section 5.4; the weights are a decision on U3.

use std::collections::VecDeque;

use mail::{Answer, Case, Parts, SmtpEvent, Stamp, Timestamp, World};
use pipeline::{Agent, Booking, Ledger, Observed, Seen, Signal, Step, Transit, Visit};
use serde::{Deserialize, Serialize};

use crate::SpecError;
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
    /// Block at SRL ≥ this, 0 to 9 (default 7).
    pub srl_block_threshold: u8,
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
        }
    }
}

/// The agent.
#[derive(Debug, Clone)]
pub struct ProtocolAnalysis {
    spec: SenderReputationSpec,
}

impl ProtocolAnalysis {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// [`SpecError`] where a number is out of the product's range.
    pub fn resolve(spec: &SenderReputationSpec) -> Result<Self, SpecError> {
        let range = |key: &str, value: u8, limit: u8| {
            let key = format!("sender-reputation.{key}");
            let cure = format!("use 0 to {limit}");
            (value <= limit).then_some(()).ok_or_else(|| {
                SpecError::new(key, format!("`{value}` is out of range"), cure)
            })
        };
        range("sender-blocking-period", spec.sender_blocking_period, 48)?;
        range("srl-block-threshold", spec.srl_block_threshold, 9)?;
        Ok(Self { spec: spec.clone() })
    }
}

const BAD_HELO: u8 = 1;
const BAD_REVERSE_DNS: u8 = 2;
const RECEIVED: u8 = 4;

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
            && case.session.client_ip.get().is_some();
        looks.then(|| session_flags(case, world)).into()
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
                hours: i64::from(self.spec.sender_blocking_period),
                profiles: Vec::new(),
            });
            books
        })
    }
}

fn session_flags(case: &Case, world: &World) -> u8 {
    let Some(ip) = case.session.client_ip.get().copied() else {
        return 0;
    };
    let helo = case.session.helo.get().map_or("", String::as_str);
    let literal = helo.trim_start_matches('[').trim_end_matches(']');
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
        Answer::Unknown => false,
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
    ///
    /// The product documents the inputs, not the weights (U3). These are ours: content alone
    /// reaches 6, so blocking at the default of 7 takes a bad protocol record as well.
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
            + half(self.bad_reverse);
        u8::try_from(level.min(9)).expect("at most 9")
    }
}

/// The agent's memory: profiles and machine-generated block list entries by client number.
struct Reputation {
    threshold: u8,
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
            && profile.srl(visit.time) >= self.threshold
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
        ProtocolAnalysis::resolve(&spec).unwrap().ledger().unwrap()
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
    }
}
