//! The second pass: one message through the events.

use mail::{SmtpEvent, Tier};

use crate::{
    Class, Edits, Ending, Engine, Fate, Gate, Plan, Signal, Step, Transit, Witness,
};

/// How an event ended for the message as a whole.
#[derive(PartialEq)]
enum Course {
    On,
    Refused,
    Over,
}

impl Engine {
    /// Takes one message of `class` through all events by `plan`; the result is read off
    /// `mail`.
    ///
    /// Depends on nothing but its arguments: memory enters as `signal` and leaves as
    /// [`Transit::booking`].
    pub fn walk(
        &self,
        plan: &Plan,
        class: &Class,
        signal: Signal,
        gate: Gate,
        mail: &mut Transit,
    ) {
        self.walk_before(plan, class, signal, gate, mail, &mut ());
    }

    /// As [`Engine::walk`], with somebody looking on.
    pub fn walk_before<W: Witness>(
        &self,
        plan: &Plan,
        class: &Class,
        signal: Signal,
        gate: Gate,
        mail: &mut Transit,
        witness: &mut W,
    ) {
        mail.begin(class.recipients(), (class.possible, class.arrived), signal, gate);
        let refused = match self.session(plan, class, mail, witness) {
            Course::On | Course::Over => false,
            Course::Refused => true,
        };
        mail.closing = true;
        if refused {
            self.bookkeeping(SmtpEvent::OnReject, plan, class, mail, witness);
        }
        self.bookkeeping(SmtpEvent::OnDisconnectEvent, plan, class, mail, witness);
        mail.closing = false;
        if mail.in_transit() {
            for event in [SmtpEvent::OnSubmittedMessage, SmtpEvent::OnRoutedMessage] {
                self.fire(event, plan, class, mail, witness);
            }
        }
    }

    fn session<W: Witness>(
        &self,
        plan: &Plan,
        class: &Class,
        mail: &mut Transit,
        witness: &mut W,
    ) -> Course {
        const BEFORE: [SmtpEvent; 3] = [
            SmtpEvent::OnConnectEvent,
            SmtpEvent::OnEhloCommand,
            SmtpEvent::OnMailCommand,
        ];
        const AFTER: [SmtpEvent; 3] =
            [SmtpEvent::OnDataCommand, SmtpEvent::OnEndOfHeaders, SmtpEvent::OnEndOfData];
        for event in BEFORE {
            let course = self.fire(event, plan, class, mail, witness);
            if course != Course::On {
                return course;
            }
        }
        self.recipients(plan, class, mail, witness);
        if !mail.in_transit() {
            return Course::Over;
        }
        for event in AFTER {
            mail.received = event == SmtpEvent::OnEndOfData;
            if mail.received {
                for recipient in &mut mail.recipients {
                    recipient.received = recipient.fate.in_transit();
                }
            }
            let course = self.fire(event, plan, class, mail, witness);
            if course != Course::On {
                return course;
            }
        }
        Course::On
    }

    fn recipients<W: Witness>(
        &self,
        plan: &Plan,
        class: &Class,
        mail: &mut Transit,
        witness: &mut W,
    ) {
        for recipient in 0..mail.recipients.len() {
            mail.current = Some(recipient);
            for &seat in plan.agents(SmtpEvent::OnRcptCommand) {
                let fate =
                    match self.turn(SmtpEvent::OnRcptCommand, seat, class, mail, witness)
                    {
                        Step::Continue => continue,
                        Step::Reject { reason, detail } => {
                            Fate::Rejected(mail.cause(reason, detail))
                        }
                        Step::Drop { reason, detail } => {
                            Fate::Deleted(mail.cause(reason, detail))
                        }
                    };
                mail.settle(recipient, fate);
                if matches!(fate, Fate::Rejected(_)) {
                    self.bookkeeping(SmtpEvent::OnReject, plan, class, mail, witness);
                }
                break;
            }
        }
        mail.current = None;
        let accepted = mail.recipients.iter().filter(|r| r.fate.in_transit());
        let before = (mail.edits, mail.asked);
        (mail.edits, mail.asked) = accepted.fold(before, |(edits, asked), recipient| {
            (edits | recipient.edits, asked | recipient.asked)
        });
    }

    fn fire<W: Witness>(
        &self,
        event: SmtpEvent,
        plan: &Plan,
        class: &Class,
        mail: &mut Transit,
        witness: &mut W,
    ) -> Course {
        for &seat in plan.agents(event) {
            match self.turn(event, seat, class, mail, witness) {
                Step::Continue if mail.in_transit() => {}
                Step::Continue => return Course::Over,
                Step::Reject { reason, detail } => {
                    settle_all(mail, Fate::Rejected(mail.cause(reason, detail)));
                    return Course::Refused;
                }
                Step::Drop { reason, detail } => {
                    settle_all(mail, Fate::Deleted(mail.cause(reason, detail)));
                    return Course::Over;
                }
            }
        }
        Course::On
    }

    /// Events at which nothing can be decided any more.
    fn bookkeeping<W: Witness>(
        &self,
        event: SmtpEvent,
        plan: &Plan,
        class: &Class,
        mail: &mut Transit,
        witness: &mut W,
    ) {
        for &seat in plan.agents(event) {
            let step = self.turn(event, seat, class, mail, witness);
            debug_assert_eq!(
                step,
                Step::Continue,
                "nothing is left to decide at {event}"
            );
        }
    }

    fn turn<W: Witness>(
        &self,
        event: SmtpEvent,
        seat: u8,
        class: &Class,
        mail: &mut Transit,
        witness: &mut W,
    ) -> Step {
        let index = usize::from(seat);
        mail.seat = seat;
        mail.first_edit = self.observer.first_edits[index];
        witness.before(event, seat, mail);
        let step = self.seats[index].decide(event, &class.seats[index], mail);
        witness.after(event, seat, mail, step);
        step
    }

    /// What an agent knows of a message with these changes made, in the words of its
    /// evidence.
    pub fn evidence(&self, class: &Class, agent: u8, edits: Edits) -> String {
        let index = usize::from(agent);
        self.seats[index].tell(class.seats[index].at(edits))
    }

    /// Where the message ended for one recipient of a finished walk.
    pub fn ending(&self, class: &Class, mail: &Transit, recipient: usize) -> Ending {
        match mail.fate(recipient) {
            Fate::Pending => {
                let junk = &self.junk.list()[class.store.at(mail.edits)];
                Ending::Delivered(mail.stamps.scl, junk[recipient.min(junk.len() - 1)])
            }
            Fate::Quarantined(cause) => Ending::Settled(Tier::Quarantine, cause),
            Fate::Rejected(cause) => Ending::Settled(Tier::Reject, cause),
            Fate::Deleted(cause) => Ending::Settled(Tier::Delete, cause),
        }
    }
}

fn settle_all(mail: &mut Transit, fate: Fate) {
    for recipient in 0..mail.recipients.len() {
        mail.settle(recipient, fate);
    }
}
