//! Somebody who looks on while a message is walked through the events.

use mail::SmtpEvent;

use crate::{Step, Transit};

/// Sees every turn of every agent; changes nothing. A walk without one costs nothing more.
pub trait Witness {
    /// An agent (by registration) is about to have its turn.
    fn before(&mut self, event: SmtpEvent, agent: u8, mail: &Transit) {
        let _ = (event, agent, mail);
    }

    /// It has had its turn and tells the server `step`, which the server has not acted on yet.
    fn after(&mut self, event: SmtpEvent, agent: u8, mail: &Transit, step: Step) {
        let _ = (event, agent, mail, step);
    }
}

/// Nobody looks on.
impl Witness for () {}
