//! What one turn did to each copy: the grain of the product's agent log.

use mail::SmtpEvent;
use pipeline::{CauseId, Fate, Step};

use crate::Turn;

/// What an agent did. Source: specification section 7.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It left a copy in transit as it was.
    Accept,
    /// It refused the connection.
    RejectConnection,
    /// It refused a command.
    RejectCommand,
    /// It refused the message.
    RejectMessage,
    /// It refused the message for some of its recipients.
    RejectRecipients,
    /// It dropped the message.
    DeleteMessage,
    /// It dropped the message for some of its recipients.
    DeleteRecipients,
    /// It quarantined the message for everybody whom it was on its way to.
    QuarantineMessage,
    /// It quarantined the message for some of them.
    QuarantineRecipients,
}

impl Action {
    /// The name in the log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accept => "AcceptMessage",
            Self::RejectConnection => "RejectConnection",
            Self::RejectCommand => "RejectCommand",
            Self::RejectMessage => "RejectMessage",
            Self::RejectRecipients => "RejectRecipients",
            Self::DeleteMessage => "DeleteMessage",
            Self::DeleteRecipients => "DeleteRecipients",
            Self::QuarantineMessage => "QuarantineMessage",
            Self::QuarantineRecipients => "QuarantineRecipients",
        }
    }
}

/// What was done to one copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deed {
    /// The recipient.
    pub who: usize,
    /// What was done.
    pub action: Action,
    /// Why; none where the copy was left as it was.
    pub cause: Option<CauseId>,
}

impl Turn {
    /// What the turn did, in the order of the recipients. Before the recipients are known
    /// there is at most one deed.
    pub fn deeds(&self) -> Vec<Deed> {
        let pairs = self.fates_before.iter().zip(&self.fates_after);
        let deeds = pairs.enumerate().filter_map(|(who, (before, after))| {
            let (action, cause) = match after {
                _ if before == after => {
                    (before.in_transit().then_some(Action::Accept)?, None)
                }
                Fate::Pending => return None,
                Fate::Quarantined(cause) => (self.quarantine(), Some(*cause)),
                Fate::Rejected(cause) => (self.reject(), Some(*cause)),
                Fate::Deleted(cause) => (self.delete(), Some(*cause)),
            };
            Some(Deed { who, action, cause })
        });
        match self.event {
            SmtpEvent::OnConnectEvent | SmtpEvent::OnMailCommand => {
                deeds.take(1).collect()
            }
            _ => deeds.collect(),
        }
    }

    fn reject(&self) -> Action {
        match (self.step, self.event) {
            (Step::Continue | Step::Drop { .. }, _) => Action::RejectRecipients,
            (Step::Reject { .. }, SmtpEvent::OnConnectEvent) => Action::RejectConnection,
            (Step::Reject { .. }, SmtpEvent::OnEndOfHeaders | SmtpEvent::OnEndOfData) => {
                Action::RejectMessage
            }
            (Step::Reject { .. }, _) => Action::RejectCommand,
        }
    }

    fn delete(&self) -> Action {
        match self.step {
            Step::Drop { .. } => Action::DeleteMessage,
            Step::Continue | Step::Reject { .. } => Action::DeleteRecipients,
        }
    }

    fn quarantine(&self) -> Action {
        let pairs = self.fates_before.iter().zip(&self.fates_after);
        let mut on_the_way = pairs.filter(|(before, _)| **before == Fate::Pending);
        if on_the_way.all(|(_, after)| matches!(after, Fate::Quarantined(_))) {
            Action::QuarantineMessage
        } else {
            Action::QuarantineRecipients
        }
    }
}
