//! A session: scripts acting on a policy.
//!
//! What it is for: carrying out statements on a policy as an Edge server, a server of the
//! organization, or both would, with what waits for a restart.
//!
//! What it must not know: files and terminals; [`Host`] is the only door.
//!
//! Main type: [`Session`].

mod agent_list;
mod bind;
mod evaluate;
mod help;
mod invoke;
mod service;
mod stages;
mod state;
mod warn;
mod world;

pub(crate) use bind::common;
pub use help::help;
pub use state::{Delivery, Host, Line, NoHost, Role, Session};
