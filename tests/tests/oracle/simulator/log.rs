//! The agent log. Source: specification section 7.
//!
//! Whoever acts writes a row per recipient concerned, the content filter also for copies that
//! it lets pass. Before the recipients are known a row has none.

use mail::{CaseId, SmtpEvent};

use super::{Cause, Copy, Letter, Server, Turn, connection, content};
use super::{recipients, rules, sender_id, senders};

/// One row, as far as it is decided here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) case: CaseId,
    pub(crate) event: SmtpEvent,
    pub(crate) agent: String,
    pub(crate) recipient: String,
    pub(crate) action: String,
    pub(crate) reason: String,
    pub(crate) data: String,
}

/// Agents that write to the log.
pub(crate) const WRITERS: [&str; 6] = [
    connection::NAME,
    content::NAME,
    rules::NAME,
    recipients::NAME,
    senders::NAME,
    sender_id::NAME,
];

/// What a row of a bypassed message says in place of its level.
pub(crate) const BYPASSED: &str = "not available: content filtering was bypassed.";

/// The letter before a turn.
pub(super) struct Before {
    copies: Vec<Copy>,
    scanned: bool,
}

impl Before {
    pub(super) fn of(letter: &Letter) -> Self {
        let copies = letter.recipients.iter().map(|one| one.copy.clone()).collect();
        Self { copies, scanned: letter.scanned }
    }
}

impl Server<'_> {
    /// Writes down what a turn did.
    pub(super) fn note(
        &mut self,
        (agent, event): (&str, SmtpEvent),
        before: &Before,
        turn: &Turn,
        letter: &Letter,
    ) {
        if !WRITERS.contains(&agent) {
            return;
        }
        let after: Vec<Copy> =
            (0..before.copies.len()).map(|who| became(who, turn, letter)).collect();
        let known =
            !matches!(event, SmtpEvent::OnConnectEvent | SmtpEvent::OnMailCommand);
        let of_filter = agent == content::NAME;
        for who in 0..after.len() {
            let row = |action: &str, reason: &str, data: String| Row {
                case: letter.case,
                event,
                agent: agent.to_owned(),
                recipient: letter.recipients[who]
                    .named
                    .clone()
                    .filter(|_| known)
                    .unwrap_or_default(),
                action: action.to_owned(),
                reason: reason.to_owned(),
                data,
            };
            let acted = |action: &str, cause: &Cause| {
                let level = letter.scl.filter(|_| of_filter);
                let data = level.map_or(cause.detail.clone(), |scl| scl.to_string());
                row(action, &cause.reason, data)
            };
            let (old, new) = (&before.copies[who], &after[who]);
            if !matches!(old, Copy::Travelling | Copy::Quarantined(_)) {
                continue;
            }
            let line = if old == new {
                match letter.scl.filter(|_| of_filter) {
                    Some(scl) if scl.get() == -1 => {
                        row("AcceptMessage", "SCL", BYPASSED.to_owned())
                    }
                    Some(scl) if letter.scanned && !before.scanned => {
                        row("AcceptMessage", "SCL", scl.to_string())
                    }
                    _ => continue,
                }
            } else {
                let whole = *turn != Turn::Continue;
                match new {
                    Copy::Travelling => continue,
                    Copy::Quarantined(cause) => {
                        let mut pairs = before.copies.iter().zip(&after);
                        let all = pairs.all(|(old, new)| {
                            *old != Copy::Travelling
                                || matches!(new, Copy::Quarantined(_))
                        });
                        acted(
                            if all {
                                "QuarantineMessage"
                            } else {
                                "QuarantineRecipients"
                            },
                            cause,
                        )
                    }
                    Copy::Refused(cause) if whole => acted(refusal(event), cause),
                    Copy::Refused(cause) => acted("RejectRecipients", cause),
                    Copy::Dropped(cause) if whole => acted("DeleteMessage", cause),
                    Copy::Dropped(cause) => acted("DeleteRecipients", cause),
                }
            };
            self.log.push(line);
            if !known {
                return;
            }
        }
    }
}

/// What a copy is after a turn whose verdict the server carries out.
fn became(who: usize, turn: &Turn, letter: &Letter) -> Copy {
    let recipient = &letter.recipients[who];
    let concerned = letter.current.is_none_or(|current| current == who);
    match turn {
        Turn::Refuse(cause) if concerned && recipient.travels() => {
            Copy::Refused(cause.clone())
        }
        Turn::Drop(cause) if concerned && recipient.travels() => {
            Copy::Dropped(cause.clone())
        }
        _ => recipient.copy.clone(),
    }
}

/// How a refusal is called, by what is refused.
fn refusal(event: SmtpEvent) -> &'static str {
    match event {
        SmtpEvent::OnConnectEvent => "RejectConnection",
        SmtpEvent::OnEndOfHeaders | SmtpEvent::OnEndOfData => "RejectMessage",
        _ => "RejectCommand",
    }
}
