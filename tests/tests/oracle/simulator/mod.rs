//! The plain simulator: one message at a time, one event at a time, one agent at a time.
//!
//! It is written to be read beside the specification. Nothing is observed beforehand and
//! nothing is kept by number: an agent that changes the message changes its bytes, the
//! message is parsed again, and the next agent reads what is there now. It shares with the
//! engine the words of `mail`, the policy as written, the parser and the recorded world; it
//! calls no agent.

mod attachments;
mod connection;
mod content;
mod edit;
mod imf;
mod log;
mod macros;
mod network;
mod pattern;
mod recipients;
mod reputation;
mod rewriting;
mod rules;
mod sender_id;
mod senders;
mod source;
mod spf;
mod store;
mod words;

use std::collections::BTreeSet;
use std::net::IpAddr;

use agents::PolicySpec;
use corpus::Parser;
use mail::{
    Case, CaseId, Message, Parse as _, Scl, SenderIdResult, SmtpEvent, Thresholds, Tier,
    Timestamp, World,
};

use log::Before;
pub(crate) use network::{Network, Post};
use reputation::Reputation;

pub(crate) use log::{BYPASSED, Row, WRITERS};

/// Who decided, why, and which entry, rule or provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cause {
    pub(crate) agent: String,
    pub(crate) reason: String,
    pub(crate) detail: String,
}

impl Cause {
    fn new(agent: &str, reason: &str, detail: &str) -> Self {
        Self { agent: agent.into(), reason: reason.into(), detail: detail.into() }
    }
}

/// What has become of one recipient's copy so far.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Copy {
    Travelling,
    Quarantined(Cause),
    Refused(Cause),
    Dropped(Cause),
}

/// One recipient.
#[derive(Debug, Clone)]
struct Recipient {
    /// As the client named it; `None` where the corpus does not tell.
    named: Option<String>,
    /// As it stands now.
    address: Option<String>,
    copy: Copy,
    /// It was on its way for this recipient when the data had been received. Rules about
    /// recipients ask for this: what thresholds took from single recipients at the end of
    /// the data does not change them (stated as not modelled in the Edge rule agent).
    received: bool,
}

impl Recipient {
    fn travels(&self) -> bool {
        matches!(self.copy, Copy::Travelling | Copy::Quarantined(_))
    }
}

/// How an agent's turn ends.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Turn {
    Continue,
    /// Refuse the command, or the message for everybody who is left.
    Refuse(Cause),
    /// Accept and drop for everybody who is left.
    Drop(Cause),
}

/// The message at hand: its bytes, its parse, its session and its stamps.
struct Letter {
    case: CaseId,
    raw: Vec<u8>,
    message: Message,
    client: Option<IpAddr>,
    helo: Option<String>,
    authenticated: bool,
    mail_from: Option<String>,
    time: Timestamp,
    recipients: Vec<Recipient>,
    /// Recipient whose RCPT TO is at hand.
    current: Option<usize>,
    scl: Option<Scl>,
    assessed: Option<Scl>,
    sender_id: Option<SenderIdResult>,
    blocked_sender: bool,
    allow_listed: bool,
    /// The client has sent all its data.
    received: bool,
    booked: bool,
    scanned: bool,
    questions: u32,
    /// Codes of the antispam report.
    report: BTreeSet<&'static str>,
    /// A server before this one has stamped a level, and the stamp was let in.
    brought_scl: bool,
    /// The same of a Sender ID result.
    brought_sender_id: bool,
}

impl Letter {
    fn of(case: &Case) -> Self {
        let session = &case.session;
        let named: Vec<Option<String>> = match session.rcpt_to.get() {
            Some(list) if !list.is_empty() => list.iter().cloned().map(Some).collect(),
            _ => vec![None],
        };
        let mut letter = Self {
            case: case.id,
            raw: edit::without_organization_fields(&case.raw),
            message: Message::default(),
            client: session.client_ip.get().copied(),
            helo: session.helo.get().cloned(),
            authenticated: session.authenticated.get() == Some(&true),
            mail_from: session.mail_from.get().cloned(),
            time: case.time,
            recipients: named
                .into_iter()
                .map(|named| Recipient {
                    address: named.clone(),
                    named,
                    copy: Copy::Travelling,
                    received: false,
                })
                .collect(),
            current: None,
            scl: None,
            assessed: None,
            sender_id: None,
            blocked_sender: false,
            allow_listed: false,
            received: false,
            booked: false,
            scanned: false,
            questions: 0,
            report: BTreeSet::new(),
            brought_scl: false,
            brought_sender_id: false,
        };
        letter.parse();
        letter
    }

    /// Puts other bytes in place and reads them.
    fn rewrite(&mut self, raw: Vec<u8>) {
        self.raw = raw;
        self.parse();
    }

    fn parse(&mut self) {
        self.message = Parser.parse(&self.raw).expect("an edited message is a message");
    }

    fn travels(&self) -> bool {
        self.recipients.iter().any(Recipient::travels)
    }

    /// Address of the first From, or an empty text.
    fn from(&self) -> &str {
        self.message.from.first().map_or("", |from| from.email.as_str())
    }

    /// Whether an agent with these two switches looks at the session.
    fn in_scope(&self, external: bool, internal: bool) -> bool {
        if self.authenticated { internal } else { external }
    }

    /// One verdict on those who are left and concerned: one answer for the whole message
    /// where that is everybody, else each copy on its own.
    fn act(&mut self, refuse: bool, cause: Cause, concerned: &[bool]) -> Turn {
        let left = |who: usize| self.recipients[who].travels();
        if (0..self.recipients.len()).all(|who| !left(who) || concerned[who]) {
            return if refuse { Turn::Refuse(cause) } else { Turn::Drop(cause) };
        }
        for (recipient, concerned) in self.recipients.iter_mut().zip(concerned) {
            if *concerned && recipient.travels() {
                recipient.copy = if refuse {
                    Copy::Refused(cause.clone())
                } else {
                    Copy::Dropped(cause.clone())
                };
            }
        }
        Turn::Continue
    }
}

/// Where one message ended for one recipient, and the stamps it had by then.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct End {
    pub(crate) case: CaseId,
    pub(crate) recipient: String,
    pub(crate) tier: Tier,
    pub(crate) cause: Cause,
    pub(crate) scl: Option<Scl>,
    pub(crate) sender_id: Option<SenderIdResult>,
    pub(crate) scanned: bool,
    pub(crate) questions: u32,
}

/// One server with its memory.
pub(crate) struct Server<'a> {
    policy: &'a PolicySpec,
    world: &'a World,
    /// Agents that run, best priority first.
    order: Vec<&'static str>,
    thresholds: Thresholds,
    reputation: Reputation,
    log: Vec<Row>,
}

impl<'a> Server<'a> {
    pub(crate) fn new(
        policy: &'a PolicySpec,
        world: &'a World,
        order: Vec<&'static str>,
        thresholds: Thresholds,
    ) -> Self {
        let reputation = Reputation::new(&policy.sender_reputation);
        Self { policy, world, order, thresholds, reputation, log: Vec::new() }
    }

    /// Receives all cases in the order of their times.
    pub(crate) fn receive_all(&mut self, cases: &[Case]) -> Vec<End> {
        let mut cases: Vec<&Case> = cases.iter().collect();
        cases.sort_by_key(|case| (case.time, case.id));
        cases.into_iter().flat_map(|case| self.receive(case)).collect()
    }

    /// The agent log so far.
    pub(crate) fn log(self) -> Vec<Row> {
        self.log
    }

    /// One message from connect to mailbox.
    fn receive(&mut self, case: &Case) -> Vec<End> {
        let mut letter = Letter::of(case);
        self.process(&mut letter);
        self.ends(case.id, &letter)
    }

    /// One message from connect to the end of what this server does to it.
    fn process(&mut self, letter: &mut Letter) {
        let refused = self.session(letter);
        if refused {
            self.raise(SmtpEvent::OnReject, letter);
        }
        self.raise(SmtpEvent::OnDisconnectEvent, letter);
        if letter.travels() {
            self.raise(SmtpEvent::OnSubmittedMessage, letter);
            self.raise(SmtpEvent::OnRoutedMessage, letter);
        }
    }

    /// Where a message ended, by recipient; whoever it still travels for, the store has it.
    fn ends(&self, case: CaseId, letter: &Letter) -> Vec<End> {
        let deliver = |recipient: &Recipient| {
            let (tier, cause) = match &recipient.copy {
                Copy::Travelling => self.store(letter, recipient),
                Copy::Quarantined(cause) => (Tier::Quarantine, cause.clone()),
                Copy::Refused(cause) => (Tier::Reject, cause.clone()),
                Copy::Dropped(cause) => (Tier::Delete, cause.clone()),
            };
            End {
                case,
                recipient: recipient.named.clone().unwrap_or_default(),
                tier,
                cause,
                scl: letter.scl,
                sender_id: letter.sender_id,
                scanned: letter.scanned,
                questions: letter.questions,
            }
        };
        letter.recipients.iter().map(deliver).collect()
    }

    /// The SMTP dialogue; true where the message was refused as a whole.
    fn session(&mut self, letter: &mut Letter) -> bool {
        for event in [
            SmtpEvent::OnConnectEvent,
            SmtpEvent::OnEhloCommand,
            SmtpEvent::OnMailCommand,
        ] {
            if let Some(refused) = self.raise(event, letter) {
                return refused;
            }
        }
        for who in 0..letter.recipients.len() {
            letter.current = Some(who);
            match self.turns(SmtpEvent::OnRcptCommand, letter) {
                Turn::Continue => {}
                Turn::Refuse(cause) => {
                    letter.recipients[who].copy = Copy::Refused(cause);
                    self.turns(SmtpEvent::OnReject, letter);
                }
                Turn::Drop(cause) => letter.recipients[who].copy = Copy::Dropped(cause),
            }
        }
        letter.current = None;
        if !letter.travels() {
            return false;
        }
        for event in
            [SmtpEvent::OnDataCommand, SmtpEvent::OnEndOfHeaders, SmtpEvent::OnEndOfData]
        {
            letter.received = event == SmtpEvent::OnEndOfData;
            for one in &mut letter.recipients {
                one.received = letter.received && one.travels();
            }
            if let Some(refused) = self.raise(event, letter) {
                return refused;
            }
        }
        false
    }

    /// Raises an event for the whole message; `Some` where the message ends there, true
    /// where it was refused.
    fn raise(&mut self, event: SmtpEvent, letter: &mut Letter) -> Option<bool> {
        match self.turns(event, letter) {
            Turn::Continue => (!letter.travels()).then_some(false),
            Turn::Refuse(cause) => {
                settle(letter, Copy::Refused, &cause);
                Some(true)
            }
            Turn::Drop(cause) => {
                settle(letter, Copy::Dropped, &cause);
                Some(false)
            }
        }
    }

    /// Every agent of an event by priority, until one ends the event.
    fn turns(&mut self, event: SmtpEvent, letter: &mut Letter) -> Turn {
        for agent in self.order.clone() {
            if !self.events(agent).contains(&event) {
                continue;
            }
            let before = Before::of(letter);
            let turn = self.turn(agent, event, letter);
            self.note((agent, event), &before, &turn, letter);
            let over =
                event == SmtpEvent::OnEndOfData || event == SmtpEvent::OnEndOfHeaders;
            if turn != Turn::Continue || (over && !letter.travels()) {
                return turn;
            }
        }
        Turn::Continue
    }

    /// Events of each agent. Source: specification sections 2.1 and, for 2003, 6.4.
    fn events(&self, agent: &str) -> &'static [SmtpEvent] {
        use SmtpEvent::{
            OnConnectEvent, OnDisconnectEvent, OnEndOfData, OnEndOfHeaders,
            OnMailCommand, OnRcptCommand, OnReject, OnRoutedMessage, OnRsetCommand,
            OnSubmittedMessage,
        };
        match agent {
            connection::NAME => {
                &[OnConnectEvent, OnMailCommand, OnRcptCommand, OnEndOfHeaders]
            }
            rewriting::INBOUND => &[OnRcptCommand, OnEndOfHeaders],
            sender_id::NAME => &[OnEndOfHeaders],
            senders::NAME if self.is_2003() => &[OnMailCommand],
            senders::NAME => &[OnMailCommand, OnEndOfHeaders],
            recipients::NAME => &[OnRcptCommand],
            reputation::NAME => &[
                OnConnectEvent,
                OnEndOfHeaders,
                OnEndOfData,
                OnReject,
                OnRsetCommand,
                OnDisconnectEvent,
            ],
            rewriting::OUTBOUND => &[OnSubmittedMessage, OnRoutedMessage],
            rules::NAME | content::NAME | imf::NAME | attachments::NAME => &[OnEndOfData],
            other => panic!("`{other}` is neither an agent nor a filter"),
        }
    }

    fn turn(&mut self, agent: &str, event: SmtpEvent, letter: &mut Letter) -> Turn {
        match agent {
            connection::NAME => self.connection(event, letter),
            rewriting::INBOUND => self.rewriting_inbound(event, letter),
            rules::NAME => self.rules(letter),
            content::NAME => self.content(letter),
            imf::NAME => self.intelligent_message_filter(letter),
            sender_id::NAME => self.sender_id(letter),
            senders::NAME => self.senders(event, letter),
            recipients::NAME => self.recipients(letter),
            reputation::NAME => self.reputation(event, letter),
            attachments::NAME => self.attachments(letter),
            rewriting::OUTBOUND => self.rewriting_outbound(event, letter),
            other => panic!("`{other}` is neither an agent nor a filter"),
        }
    }
}

fn settle(letter: &mut Letter, copy: fn(Cause) -> Copy, cause: &Cause) {
    for recipient in letter.recipients.iter_mut().filter(|one| one.travels()) {
        recipient.copy = copy(cause.clone());
    }
}
