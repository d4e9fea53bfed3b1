//! Memory that reaches from one message to later ones.

use mail::{Scl, Timestamp};

/// Which client came when, under which name: what a ledger keeps its books by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Visit {
    /// Number of the connecting address; equal numbers, equal addresses.
    pub client: u32,
    /// Number of the HELO name (0 where unknown).
    pub helo: u32,
    /// When.
    pub time: Timestamp,
}

/// What a ledger says about a client when it connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Signal {
    /// Nothing.
    #[default]
    Clear,
    /// The address is on the IP block list by a machine-generated entry.
    Blocked,
}

impl Signal {
    /// Both values.
    pub const ALL: [Self; 2] = [Self::Clear, Self::Blocked];

    /// Position in [`Signal::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// What an agent books about one message: once, and never depending on the action that the
/// threshold gate chose (design law 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Booking {
    /// The level that counts for the history.
    pub scl: Option<Scl>,
    /// What the agent's evidence says about the session.
    pub flags: u8,
}

/// An agent's memory during one replay. It dies with the replay.
pub trait Ledger {
    /// What is known about the client as it connects.
    fn signal(&mut self, visit: Visit) -> Signal;

    /// Takes one booking.
    fn book(&mut self, visit: Visit, booking: Booking);

    /// How many bookings a client needs before a signal is possible at all.
    fn least_history(&self) -> usize;
}
