//! The space of policies and its exact evaluation.
//!
//! What it is for: which policies there are, which of them share a replay, and the tally of
//! every one of them, computed exactly and in parallel.
//!
//! What it must not know: tables (polars), any agent's name.
//!
//! Main type: [`Docket`], the observed cases of a corpus; [`Docket::replay`] runs one policy,
//! [`Docket::sweep`] all of a [`Space`]; [`Network`] takes mail through several servers.

mod causes;
mod deeds;
mod docket;
mod fates;
mod groups;
mod journeys;
mod nearest;
mod network;
mod outcomes;
mod patterns;
mod profile;
mod replay;
mod reputation;
mod result;
mod sheet;
mod sheet_text;
mod space;
mod story;
mod sweeping;
mod threads;

pub use causes::causes;
pub use deeds::{Action, Deed};
pub use docket::{Docket, DocketBuilder, Guests, Keep, Seen};
pub use fates::{Fate, FateRun, FateTable, Survey};
pub use nearest::{Alternative, Setting};
pub use network::{
    Call, Delivery, Leg, Network, ServerTally, Station, StationSettings, Trail,
};
pub use patterns::Patterns;
pub use profile::{RecipientProfile, Unit};
pub use replay::{History, Replay};
pub use result::{
    Cause, Cost, Decided, Move, OrderRow, Outcome, SweepResult, Tally, TraceRow,
};
pub use sheet::{Restored, Sheet, SheetError};
pub use space::Space;
pub use story::{Close, Story, Turn, Way};
pub use threads::Threads;
