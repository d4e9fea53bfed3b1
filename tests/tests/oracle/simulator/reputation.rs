//! Sender reputation. Source: specification section 5.4; weights as METHODOLOGY states them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use agents::{SenderReputationSpec, SrlComparison};
use mail::{Answer, Scl, SmtpEvent, Timestamp};

use super::source::Source;
use super::words::below;
use super::{Letter, Server, Turn};

pub(super) const NAME: &str = "Protocol Analysis Agent";

const DAY: i64 = 24 * 3600;

/// One message as booked.
struct Entry {
    time: Timestamp,
    helo: Option<String>,
    scl: Option<Scl>,
    bad_helo: bool,
    bad_reverse: bool,
    open_proxy: bool,
}

/// What is remembered of every client.
pub(super) struct Reputation {
    spec: SenderReputationSpec,
    history: BTreeMap<IpAddr, Vec<Entry>>,
    blocked_until: BTreeMap<IpAddr, Timestamp>,
}

impl Reputation {
    pub(super) fn new(spec: &SenderReputationSpec) -> Self {
        Self {
            spec: spec.clone(),
            history: BTreeMap::new(),
            blocked_until: BTreeMap::new(),
        }
    }

    /// Whether a machine-generated block list entry holds the client now.
    pub(super) fn blocks(&self, ip: IpAddr, now: Timestamp) -> bool {
        self.blocked_until.get(&ip).is_some_and(|until| now < *until)
    }

    fn book(&mut self, ip: IpAddr, entry: Entry) {
        let now = entry.time;
        let history = self.history.entry(ip).or_default();
        history.push(entry);
        let spec = &self.spec;
        if spec.sender_blocking_enabled
            && history.len() >= 20
            && match spec.srl_comparison {
                SrlComparison::Ge => {
                    level(history, now) >= i64::from(spec.srl_block_threshold)
                }
                SrlComparison::Gt => {
                    level(history, now) > i64::from(spec.srl_block_threshold)
                }
            }
        {
            let hours = i64::from(spec.sender_blocking_period);
            self.blocked_until.insert(ip, Timestamp(now.0 + hours * 3600));
            self.history.remove(&ip);
        }
    }
}

/// The sender reputation level.
fn level(history: &[Entry], now: Timestamp) -> i64 {
    let number = |count: usize| i64::try_from(count).expect("a short history");
    let is = |entry: &Entry, from: i8, to: i8| {
        entry.scl.is_some_and(|scl| (from..=to).contains(&scl.get()))
    };
    let high = number(history.iter().filter(|entry| is(entry, 6, 9)).count());
    let low = number(history.iter().filter(|entry| is(entry, -1, 3)).count());
    let rated = high + low;
    let content = if rated == 0 { 0 } else { (5 * high + rated / 2) / rated };
    // Counted among the last ten high levels, so ten within a day is all of those.
    let today = history
        .iter()
        .filter(|entry| is(entry, 6, 9))
        .rev()
        .take(10)
        .filter(|entry| entry.time.0 > now.0 - DAY)
        .count();
    let half = |count: usize| i64::from(2 * count >= history.len());
    let names: BTreeSet<_> = history.iter().map(|entry| &entry.helo).collect();
    let level = content
        + i64::from(today >= 10)
        + half(history.iter().filter(|entry| entry.bad_helo).count())
        + i64::from(names.len() >= 4)
        + half(history.iter().filter(|entry| entry.bad_reverse).count())
        + 3 * half(history.iter().filter(|entry| entry.open_proxy).count());
    level.min(9)
}

impl Server<'_> {
    /// Books the message once: at its own turn at the end of data, else where a message
    /// that was received whole is refused or the client leaves.
    pub(super) fn reputation(&mut self, event: SmtpEvent, letter: &mut Letter) -> Turn {
        let spec = &self.policy.sender_reputation;
        let in_scope =
            letter.in_scope(spec.external_mail_enabled, spec.internal_mail_enabled);
        let Source::Client(Some(ip)) = self.source(letter) else {
            return Turn::Continue;
        };
        if !spec.enabled || !in_scope {
            return Turn::Continue;
        }
        let books = match event {
            SmtpEvent::OnEndOfData => true,
            SmtpEvent::OnReject | SmtpEvent::OnDisconnectEvent => letter.received,
            _ => false,
        };
        if books && !letter.booked && !letter.allow_listed {
            letter.booked = true;
            let entry = Entry {
                time: letter.time,
                helo: letter.helo.as_ref().map(|name| name.to_ascii_lowercase()),
                scl: letter.assessed.or(letter.scl),
                bad_helo: self.bad_helo(ip, letter),
                bad_reverse: self.bad_reverse(ip, letter),
                open_proxy: spec.open_proxy_detection_enabled
                    && self.world.open_proxies.contains(&ip),
            };
            self.reputation.book(ip, entry);
        }
        Turn::Continue
    }

    /// An address that is not the peer's, a name without a dot, one of our own domains.
    fn bad_helo(&self, ip: IpAddr, letter: &Letter) -> bool {
        let Some(helo) = &letter.helo else {
            return false;
        };
        let bare = helo.trim_start_matches('[').trim_end_matches(']');
        // An address literal of version 6 says so (RFC 5321 section 4.1.3).
        let bare = bare.strip_prefix("IPv6:").unwrap_or(bare);
        if let Ok(claimed) = bare.parse::<IpAddr>() {
            return claimed != ip;
        }
        let ours = &self.world.directory.accepted_domains;
        !helo.contains('.') || ours.iter().any(|domain| below(helo, domain))
    }

    /// No reverse name, or none in the organization of the HELO name.
    fn bad_reverse(&self, ip: IpAddr, letter: &Letter) -> bool {
        let helo = organization(letter.helo.as_deref().unwrap_or_default());
        match self.world.dns.ptr(ip) {
            Answer::Found(names) => !names.iter().any(|name| organization(name) == helo),
            Answer::Absent => true,
            Answer::Failed | Answer::Unknown => false,
        }
    }
}

/// The last two labels.
fn organization(host: &str) -> String {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let labels: Vec<&str> = host.split('.').collect();
    labels[labels.len().saturating_sub(2)..].join(".")
}
