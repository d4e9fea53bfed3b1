//! Verdicts that concern everybody or some recipients only.

use pipeline::{Step, Transit};

/// Whether there is a mailbox that quarantined messages can be sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum QuarantineMailbox {
    /// There is one, or it is taken that there will be.
    Known,
    /// There is none.
    Missing,
}

/// What is done to the copies concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Refuse them.
    Reject,
    /// Accept and drop them.
    Drop,
}

impl Verdict {
    /// The verdict on everybody who is left.
    pub(crate) fn on_all(self, reason: u8, detail: u16) -> Step {
        match self {
            Self::Reject => Step::Reject { reason, detail },
            Self::Drop => Step::Drop { reason, detail },
        }
    }

    /// The verdict on those recipients who are left and concerned: one reply where that is
    /// everybody, else each copy on its own. Source: specification section 3.6, mixed
    /// verdicts.
    pub(crate) fn on_some(
        self,
        mail: &mut Transit,
        (reason, detail): (u8, u16),
        concerned: impl Fn(usize) -> bool,
    ) -> Step {
        let left = |mail: &Transit, who: &usize| mail.fate(*who).in_transit();
        let all = 0..mail.recipients();
        let spared = all.clone().filter(|who| left(mail, who)).any(|who| !concerned(who));
        if !spared {
            return self.on_all(reason, detail);
        }
        for who in all.filter(|who| concerned(*who)) {
            match self {
                Self::Reject => mail.reject(who, reason, detail),
                Self::Drop => mail.drop_copy(who, reason, detail),
            }
        }
        Step::Continue
    }
}
