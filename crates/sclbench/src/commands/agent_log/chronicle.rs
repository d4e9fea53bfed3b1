//! From a message's story to rows of an agent log. Source: specification section 7.
//!
//! Rows are written where an agent acts, and by the content filter for every message it
//! lets pass. Protocol Analysis, Attachment Filtering and the address rewriting agents write
//! none. A message refused for everybody gives one row per recipient.

use std::net::{IpAddr, SocketAddr};

use corpus::agent_log::{AgentLogRow, Field};
use mail::{Case, SmtpEvent, Timestamp};
use pipeline::CauseId;
use sweep::{Deed, Docket, Story, Turn};

use crate::commands::explain::message_id;

/// Agents that write to the log.
const WRITERS: [&str; 6] = [
    "Connection Filtering Agent",
    "Content Filter Agent",
    "Edge Rule Agent",
    "Recipient Filter Agent",
    "Sender Filter Agent",
    "Sender Id Agent",
];
/// Where servers listen.
const SMTP_PORT: u16 = 25;
const CONTENT_FILTER: &str = "Content Filter Agent";
const BYPASSED: &str = "not available: content filtering was bypassed.";

/// Writes down one message at one server.
pub(super) struct Chronicle<'a> {
    /// The server's mail.
    pub(super) docket: &'a Docket,
    /// The message as it came to the server.
    pub(super) case: &'a Case,
    /// What happened there.
    pub(super) story: &'a Story,
    /// How many servers it had passed.
    pub(super) hops: u64,
    /// The server's address, where it is known.
    pub(super) local: Option<IpAddr>,
    /// The address from which the message came to the first server, where it is known.
    pub(super) entered: Option<IpAddr>,
}

impl Chronicle<'_> {
    /// All rows of the message in the order of the turns.
    pub(super) fn rows(&self) -> Vec<AgentLogRow> {
        self.story.turns.iter().flat_map(|turn| self.turn(turn)).collect()
    }

    fn turn(&self, turn: &Turn) -> Vec<AgentLogRow> {
        let name = self.agent(turn);
        if !WRITERS.contains(&name) {
            return Vec::new();
        }
        let row = |deed: &Deed| match deed.cause {
            None => self.passed(turn, deed),
            Some(cause) => Some(self.acted(turn, deed, cause)),
        };
        turn.deeds().iter().filter_map(row).collect()
    }

    fn agent(&self, turn: &Turn) -> &'static str {
        self.docket.engine().roster().names()[usize::from(turn.agent)]
    }

    /// The content filter's row for a copy that it leaves as it is.
    fn passed(&self, turn: &Turn, deed: &Deed) -> Option<AgentLogRow> {
        let data = match turn.after.scl {
            Some(scl) if !scl.is_trusted() && turn.scanned => scl.to_string(),
            Some(scl) if scl.is_trusted() => BYPASSED.to_owned(),
            _ => return None,
        };
        (self.agent(turn) == CONTENT_FILTER).then(|| {
            self.row(turn, deed.who)
                .with(Field::Action, deed.action.name())
                .with(Field::Reason, "SCL")
                .with(Field::ReasonData, data)
        })
    }

    fn acted(&self, turn: &Turn, deed: &Deed, cause: CauseId) -> AgentLogRow {
        let engine = self.docket.engine();
        let agent = usize::from(cause.agent);
        let data = match turn.after.scl {
            Some(scl) if self.agent(turn) == CONTENT_FILTER => scl.to_string(),
            _ => engine.detail(agent, cause.detail),
        };
        let response = engine.response(agent, cause.reason, cause.detail);
        let ip = self.case.session.client_ip.get().map(ToString::to_string);
        self.row(turn, deed.who)
            .with(Field::Action, deed.action.name())
            .with(Field::SmtpResponse, response.replace("{0}", &ip.unwrap_or_default()))
            .with(Field::Reason, engine.reasons(agent)[usize::from(cause.reason)])
            .with(Field::ReasonData, data)
    }

    /// What every row of this turn tells; fields that are not known yet stay empty.
    fn row(&self, turn: &Turn, who: usize) -> AgentLogRow {
        let (case, session) = (self.case, &self.case.session);
        let digest = case.id.to_string().to_uppercase();
        let ip = session.client_ip.get();
        let endpoint = |ip: Option<IpAddr>, port| {
            ip.map_or_else(String::new, |ip| SocketAddr::new(ip, port).to_string())
        };
        let mut row = AgentLogRow::default()
            .with(Field::Timestamp, log_time(case.time))
            .with(Field::SessionId, session_number(&digest, self.hops))
            .with(Field::LocalEndpoint, endpoint(self.local, SMTP_PORT))
            .with(Field::RemoteEndpoint, endpoint(ip.copied(), 0))
            .with(
                Field::EnteredOrgFromIP,
                self.entered.map_or_else(String::new, |ip| ip.to_string()),
            )
            .with(Field::Agent, self.agent(turn))
            .with(Field::Event, log_event(turn.event))
            .with(Field::NetworkMsgID, guid(&digest))
            .with(Field::Directionality, "Incoming");
        if turn.event == SmtpEvent::OnConnectEvent {
            return row;
        }
        let sender = session.mail_from.get().cloned().unwrap_or_default();
        row = row.with(Field::P1FromAddress, sender);
        if turn.event == SmtpEvent::OnMailCommand {
            return row;
        }
        let recipients = session.rcpt_to.get().map_or(1, Vec::len);
        row = row
            .with(Field::Recipient, self.story.closes[who].recipient.as_str())
            .with(Field::NumRecipients, recipients.to_string());
        if turn.event == SmtpEvent::OnRcptCommand {
            return row;
        }
        let message = &case.message;
        let senders = message.from.iter().chain(&message.sender);
        let senders: String = senders.map(|one| format!("{};", one.email)).collect();
        let id = match message_id(message) {
            id if id.is_empty() => id,
            id => format!("<{id}>"),
        };
        let status = turn.after.sender_id.filter(|_| self.agent(turn) == CONTENT_FILTER);
        let status = status.map(|status| format!("SID:SenderIDStatus {}", status.name()));
        row.with(Field::MessageId, id)
            .with(Field::P2FromAddresses, senders)
            .with(Field::Diagnostics, status.unwrap_or_default())
    }
}

/// A time as the log writes it.
pub(super) fn log_time(time: Timestamp) -> String {
    let text = time.to_string();
    text.strip_suffix('Z').map_or(text.clone(), |text| format!("{text}.000Z"))
}

/// The log's name of an event. Source: specification section 1.1, naming traps.
fn log_event(event: SmtpEvent) -> String {
    match event {
        SmtpEvent::OnConnectEvent => "OnConnect".to_owned(),
        event => event.to_string(),
    }
}

/// A number of the session from the message's digest; each server has its own.
fn session_number(digest: &str, hops: u64) -> String {
    let first = u64::from_str_radix(&digest[..16], 16).unwrap_or_default();
    format!("{:016X}", first.wrapping_add(hops))
}

/// A number of the message in the form of a GUID, from its digest.
fn guid(digest: &str) -> String {
    let d = digest.to_lowercase();
    format!("{}-{}-{}-{}-{}", &d[16..24], &d[24..28], &d[28..32], &d[32..36], &d[36..48])
}
