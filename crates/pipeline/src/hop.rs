//! From one server to the next.

use std::net::IpAddr;

use mail::{Case, Change, Field, Message, Origin, Parse, Stamps, World};

use crate::firewall::{REPORT, SCL, SENDER_ID};
use crate::{Edits, Engine, Fate, HeaderRight, ORGANIZATION_PREFIX, Transit};

/// The session over which a server hands its mail to the next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// Name of the server that sends: what it says at HELO.
    pub name: String,
    /// Its address; `None` where nobody said.
    pub address: Option<IpAddr>,
    /// Whether the server that receives lets the organization's header fields in.
    pub right: HeaderRight,
    /// Whether the session is authenticated.
    pub authenticated: bool,
}

/// What a server lets go on of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    edits: Edits,
    stamps: Stamps,
    recipients: Box<[u16]>,
}

impl Passage {
    /// Who of the session's recipients it goes on for, by position.
    pub fn recipients(&self) -> impl Iterator<Item = usize> {
        self.recipients.iter().map(|who| usize::from(*who))
    }
}

impl Engine {
    /// What goes on to the next server when the walk has ended; `None` where nothing does.
    ///
    /// Quarantined copies do not: they go to the quarantine mailbox.
    pub fn passage(&self, mail: &Transit) -> Option<Passage> {
        let pending = |who: &u16| mail.fate(usize::from(*who)) == Fate::Pending;
        let all = u16::try_from(mail.recipients()).unwrap_or(u16::MAX);
        let recipients: Box<[u16]> = (0..all).filter(pending).collect();
        (!recipients.is_empty()).then_some(Passage {
            edits: mail.asked,
            stamps: mail.stamps,
            recipients,
        })
    }

    /// The case as the next server meets it.
    ///
    /// `case` is the one this server observed (before [`Observer::observe`](crate::Observer::observe)) on a session with
    /// `right`. All changes of the passage are made to its bytes, this server's Received
    /// field and, where the next server lets them in, its stamps are written before them;
    /// otherwise no field of the organization is left. What the corpus had recorded in such
    /// fields stays known to score sources.
    pub fn pass_on(
        &self,
        case: Case,
        right: HeaderRight,
        passage: &Passage,
        hop: &Hop,
        world: &World,
        parse: &dyn Parse,
    ) -> Case {
        let mut case = self.observer.form(right, case, passage.edits, world, parse);
        let raw = match hop.right {
            HeaderRight::Strip => mail::without_fields(&case.raw, ORGANIZATION_PREFIX),
            HeaderRight::Keep => Some(stamped(&case.raw, &passage.stamps)),
        };
        let raw = raw.as_ref().unwrap_or(&case.raw);
        let raw = mail::with_field(raw, "Received", &received(&case, &hop.name));
        if let Some(message) = parse.parse(&raw) {
            let firewalled = std::mem::take(&mut case.message.firewalled);
            case.message = Message { firewalled, ..message };
            case.raw = raw;
        }
        let session = &mut case.session;
        let origin = Origin::Recorded;
        session.client_ip =
            hop.address.map_or_else(Field::unknown, |ip| Field::known(ip, origin));
        session.helo = Field::known(hop.name.clone(), origin);
        session.authenticated = Field::known(hop.authenticated, origin);
        if let Some(known) = session.rcpt_to.get() {
            let left = passage.recipients().filter_map(|who| known.get(who).cloned());
            session.rcpt_to = Field::known(left.collect(), session.rcpt_to.origin());
        }
        case
    }
}

/// The message with its stamps in the organization's header fields.
fn stamped(raw: &[u8], stamps: &Stamps) -> Vec<u8> {
    let report = stamps.report_text();
    let fields = [
        (REPORT, (!report.is_empty()).then_some(report)),
        (SENDER_ID, stamps.sender_id.map(|result| result.name().to_owned())),
        (SCL, stamps.scl.map(|scl| scl.to_string())),
    ];
    let mut raw = raw.to_vec();
    for (name, value) in fields {
        if let Some(value) = value {
            let set = Change::SetHeader { name: name.to_owned(), value };
            raw = set.apply(&raw, &Message::default());
        }
    }
    raw
}

/// What a server writes into the Received field: who brought the message, by the address it
/// came from, and who took it.
fn received(case: &Case, by: &str) -> String {
    let helo = case.session.helo.get().map_or("", String::as_str);
    // Whatever else a client calls itself could be read as another part of the field.
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"-._[]:".contains(&b);
    let helo = if helo.is_empty() || !helo.bytes().all(fits) { "unknown" } else { helo };
    match case.session.client_ip.get() {
        Some(ip) => format!("from {helo} ([{ip}]) by {by}; {}", case.time),
        None => format!("by {by}; {}", case.time),
    }
}

#[cfg(test)]
mod tests {
    use mail::{CaseId, Label, Session, Timestamp};

    use super::*;

    #[test]
    fn a_trace_names_only_what_is_a_name() {
        let trace = |helo: &str| {
            let origin = Origin::Recorded;
            let client = "192.0.2.1".parse().expect("an address");
            let session = Session {
                client_ip: Field::known(client, origin),
                helo: Field::known(helo.to_owned(), origin),
                ..Session::default()
            };
            let case = Case {
                id: CaseId([0; 32]),
                label: Label::Ham,
                category: String::new(),
                time: Timestamp(0),
                session,
                message: Message::default(),
                raw: Vec::new(),
            };
            received(&case, "edge").split(" by ").next().unwrap_or_default().to_owned()
        };
        assert_eq!(trace("mx.a.example"), "from mx.a.example ([192.0.2.1])");
        assert_eq!(trace("[192.0.2.9]"), "from [192.0.2.9] ([192.0.2.1])");
        for no_name in ["", "two words", "x\nSubject: y", "(note)"] {
            assert_eq!(trace(no_name), "from unknown ([192.0.2.1])");
        }
    }

    #[test]
    fn only_stamps_that_are_there_become_fields() {
        let raw = b"A: b\n\ntext\n";
        assert_eq!(stamped(raw, &Stamps::default()), raw);
    }
}
