//! SMTP events, agent order and the two-pass engine.
//!
//! What it is for: running registered agents over a message, event by event, in the order
//! of one global priority. The first pass ([`Observer::observe`]) computes what each agent
//! can know about a case, independent of order and thresholds; the second
//! ([`Engine::walk`]) decides from that evidence alone and is cheap.
//!
//! What it must not know: any agent's name, threads, polars, files.
//!
//! Several servers: [`Sharing`] says which of a row of servers a message comes to, and
//! [`Engine::pass_on`] what one server hands to the next over a [`Hop`].
//!
//! Main type: [`Engine`], the registered agents with the evidence they have gathered.

mod agent;
mod edits;
mod engine;
mod evidence;
mod findings;
mod firewall;
mod forms;
mod hop;
mod ledger;
mod observer;
mod order;
mod seat;
mod sharing;
mod store;
mod transit;
mod view;
mod walk;
mod witness;

pub use agent::{Agent, Observed, Step};
pub use edits::Edits;
pub use engine::{Engine, TooManyEdits};
pub use evidence::{Class, Seen, Variants};
pub use findings::{Findings, Noted, Table};
pub use firewall::{HeaderRight, ORGANIZATION_PREFIX, admit};
pub use hop::{Hop, Passage};
pub use ledger::{Booking, Ledger, Signal, Visit};
pub use observer::Observer;
pub use order::{InvalidOrder, Plan, PriorityMove, PriorityOrder, Roster};
pub use sharing::{ShareBy, Sharing};
pub use store::{JUNK_REASONS, Junk, SERVER, STORE, SenderTrust};
pub use transit::{CauseId, Ending, Fate, Gate, GateRecord, Overrides, Transit};
pub use view::pipeline_view;
pub use witness::Witness;
