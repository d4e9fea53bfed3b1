//! The SMTP session of a message, as far as its header tells.
//!
//! Only fields that our own servers wrote can be believed: those above the trust boundary.
//! The Received field at the boundary tells who connected; everything below it was written by
//! strangers and is not used.

use std::net::IpAddr;

use ipnet::IpNet;
use mail_parser::HeaderValue;
use mail_parser::parsers::MessageStream;
use serde::{Deserialize, Serialize};

use mail::{Field, Origin, Session, Timestamp};

use crate::received::{Hop, is_address};
use crate::{FromLine, parse_date};

/// Which Received fields were written by our own servers: hops from these networks, then this
/// many more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct TrustBoundary {
    /// Addresses of our own relays, besides loopback, private and link-local ones.
    pub networks: Vec<IpNet>,
    /// Further hops that are ours, counted from the outermost server inwards.
    pub hops: u32,
}

impl Default for TrustBoundary {
    /// Loopback, private and link-local networks only.
    fn default() -> Self {
        Self { networks: Vec::new(), hops: 0 }
    }
}

impl TrustBoundary {
    /// Whether a hop from `ip` is one of our own.
    pub fn trusts(&self, ip: IpAddr) -> bool {
        let own = match ip {
            IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
            IpAddr::V6(ip) => {
                ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local()
            }
        };
        own || ip.is_unspecified() || self.networks.iter().any(|net| net.contains(&ip))
    }
}

/// Most recipients that are taken from To and Cc.
const RECIPIENTS: usize = 1000;

/// Reconstructs session and time from a message's header.
///
/// * Client address, HELO, time and authentication: the first Received field from the top that
///   came from outside the boundary. Mailbox fetches and hand-overs inside a machine are
///   passed over; a named host without an address ends the walk, since nothing below it can
///   be believed.
/// * MAIL FROM: the first Return-Path, else the sender of the mbox `From ` line.
/// * RCPT TO: `for` of that Received field, else the first X-Original-To, else the first
///   Delivered-To, else To and Cc.
/// * Time: that Received field, else the topmost Received field with a usable date, else Date,
///   else the `From ` line, else `previous` (the message before it in the source).
///
/// What is not told is unknown.
pub fn reconstruct(
    raw: &[u8],
    from_line: Option<&FromLine>,
    boundary: &TrustBoundary,
    previous: Timestamp,
) -> (Session, Timestamp) {
    let fields = Fields::read(raw);
    let border = border(&fields.received, boundary);
    let mut session = Session {
        mail_from: mail_from(&fields, from_line),
        rcpt_to: rcpt_to(&fields, border),
        ..Session::default()
    };
    if let Some(hop) = border {
        let received = |text: &String| Field::known(text.clone(), Origin::Received);
        session.client_ip =
            hop.ip.map_or_else(Field::unknown, |ip| Field::known(ip, Origin::Received));
        session.helo = hop.helo.as_ref().map_or_else(Field::unknown, received);
        if hop.authenticated {
            session.authenticated = Field::known(true, Origin::Received);
        }
    }
    let (time, origin) =
        time(&fields, border, from_line).unwrap_or((previous, Origin::Position));
    session.time = Field::known((), origin);
    (session, time)
}

/// The hop at the trust boundary.
fn border<'h>(received: &'h [Hop], boundary: &TrustBoundary) -> Option<&'h Hop> {
    let mut extra = boundary.hops;
    received.iter().find(|hop| {
        let own = hop.fetched
            || match hop.ip {
                Some(ip) => boundary.trusts(ip),
                None => hop.is_local(),
            };
        if !own && extra > 0 {
            extra -= 1;
            return false;
        }
        !own
    })
}

fn time(
    fields: &Fields,
    border: Option<&Hop>,
    from_line: Option<&FromLine>,
) -> Option<(Timestamp, Origin)> {
    let received = border
        .and_then(|hop| hop.time)
        .or_else(|| fields.received.iter().find_map(|hop| hop.time));
    let with = |origin| move |time| (time, origin);
    received
        .map(with(Origin::Received))
        .or_else(|| fields.date.map(with(Origin::Date)))
        .or_else(|| from_line.and_then(|line| line.time).map(with(Origin::FromLine)))
}

fn mail_from(fields: &Fields, from_line: Option<&FromLine>) -> Field<String> {
    if let Some(path) = fields.return_path.as_deref().and_then(envelope_sender) {
        return Field::known(path, Origin::ReturnPath);
    }
    match from_line.map(|line| line.sender.as_str()) {
        Some("MAILER-DAEMON") => Field::known(String::new(), Origin::FromLine),
        Some(sender) if is_address(sender) => {
            Field::known(sender.to_owned(), Origin::FromLine)
        }
        _ => Field::unknown(),
    }
}

/// `<a@b>` or `a@b`; `<>` is the null sender; anything else tells nothing.
fn envelope_sender(path: &str) -> Option<String> {
    let path = path.trim();
    let inner = path.strip_prefix('<').and_then(|p| p.split('>').next()).unwrap_or(path);
    let null = path.starts_with("<>") || path == "<MAILER-DAEMON>";
    // A source route is not part of the address.
    let inner = inner.rsplit_once(':').map_or(inner, |(_, email)| email).trim();
    if null { Some(String::new()) } else { is_address(inner).then(|| inner.to_owned()) }
}

fn rcpt_to(fields: &Fields, border: Option<&Hop>) -> Field<Vec<String>> {
    let one = |email: &Option<String>| {
        let email = email.as_deref()?.trim().trim_matches(['<', '>']);
        is_address(email).then(|| vec![email.to_owned()])
    };
    let told = [
        (border.and_then(|hop| one(&hop.recipient)), Origin::Received),
        (one(&fields.original_to), Origin::OriginalTo),
        (one(&fields.delivered_to), Origin::DeliveredTo),
        ((!fields.to.is_empty()).then(|| fields.to.clone()), Origin::To),
    ];
    told.into_iter()
        .find_map(|(emails, origin)| Some(Field::known(emails?, origin)))
        .unwrap_or_default()
}

/// The fields that tell about the session; the first of each but Received.
#[derive(Default)]
struct Fields {
    received: Vec<Hop>,
    return_path: Option<String>,
    original_to: Option<String>,
    delivered_to: Option<String>,
    date: Option<Timestamp>,
    to: Vec<String>,
}

impl Fields {
    fn read(raw: &[u8]) -> Self {
        let mut fields = Self::default();
        let mut rest = raw;
        // No server lets a header of a megabyte pass.
        let mut left = 1 << 20;
        while let Some((field, tail)) = next_field(rest).filter(|(f, _)| f.len() <= left)
        {
            left -= field.len();
            rest = tail;
            let Some(colon) = field.iter().position(|b| *b == b':') else { continue };
            let name = field[..colon].trim_ascii();
            fields.take(name, &field[colon + 1..]);
        }
        fields
    }

    fn take(&mut self, name: &[u8], raw: &[u8]) {
        let value = || unfold(raw);
        if name.eq_ignore_ascii_case(b"Received") {
            if self.received.len() < 100 {
                self.received.push(Hop::parse(&value()));
            }
        } else if name.eq_ignore_ascii_case(b"Return-Path") {
            self.return_path.get_or_insert_with(value);
        } else if name.eq_ignore_ascii_case(b"X-Original-To") {
            self.original_to.get_or_insert_with(value);
        } else if name.eq_ignore_ascii_case(b"Delivered-To") {
            self.delivered_to.get_or_insert_with(value);
        } else if name.eq_ignore_ascii_case(b"Date") {
            self.date = self.date.or_else(|| parse_date(&value()));
        } else if name.eq_ignore_ascii_case(b"To") || name.eq_ignore_ascii_case(b"Cc") {
            self.take_recipients(raw);
        }
    }

    fn take_recipients(&mut self, raw: &[u8]) {
        let mut line = raw.trim_ascii().to_vec();
        line.truncate(64 << 10);
        line.push(b'\n');
        if let HeaderValue::Address(list) = MessageStream::new(&line).parse_address() {
            let emails = list.iter().filter_map(|a| a.address.as_deref()).map(str::trim);
            for email in emails.filter(|email| is_address(email)) {
                let known = self.to.iter().any(|to| to.eq_ignore_ascii_case(email));
                if self.to.len() < RECIPIENTS && !known {
                    self.to.push(email.to_owned());
                }
            }
        }
    }
}

/// Splits off the next field with its folded lines; `None` at the end of the header.
fn next_field(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    if rest.is_empty() || rest.starts_with(b"\n") || rest.starts_with(b"\r\n") {
        return None;
    }
    let mut end = 0;
    loop {
        let tail = &rest[end..];
        end += tail.iter().position(|b| *b == b'\n').map_or(tail.len(), |at| at + 1);
        if !matches!(rest.get(end), Some(b' ' | b'\t')) {
            return Some(rest.split_at(end));
        }
    }
}

fn unfold(raw: &[u8]) -> String {
    let text = String::from_utf8_lossy(raw.trim_ascii());
    if text.contains(['\n', '\t', '\r']) {
        text.split(['\n', '\t', '\r', ' '])
            .filter(|w| !w.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    } else {
        text.into_owned()
    }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
