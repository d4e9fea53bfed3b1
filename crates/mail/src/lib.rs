//! The words of mail filtering, shared by every other crate.
//!
//! What it is for: one definition each of event, session, case, label, SCL, threshold,
//! tier, stamp and recorded world, so that all layers mean the same thing.
//!
//! What it must not know: files, clocks, parsers, agents.
//!
//! Main type: [`Case`], one labelled message with its SMTP session.

mod address;
mod case;
mod change;
mod dns;
mod edition;
mod event;
mod label;
mod listings;
mod message;
mod notes;
mod provenance;
mod scl;
mod session;
mod stamps;
mod thresholds;
mod tier;
mod time;
mod world;

pub use address::{Address, domain_of, is_subdomain};
pub use case::{Case, CaseId, InvalidCaseId};
pub use change::{Change, Part, Parts, with_field, without_fields};
pub use dns::{Absence, Answer, Dns, Failure, Mx, Question};
pub use edition::Edition;
pub use event::SmtpEvent;
pub use label::{Label, UnknownLabel};
pub use listings::{Listing, Listings};
pub use message::{Attachment, Header, Message, Parse};
pub use notes::Notes;
pub use provenance::{InputDigest, Provenance};
pub use scl::{InvalidScl, Scl};
pub use session::{Field, Origin, Session, TimeOrigin, UnknownOrigin};
pub use stamps::{AntispamReport, ReportCode, SenderIdResult, Stamp, Stamps};
pub use thresholds::{
    GatewayAction, InvalidThreshold, JunkComparison, Threshold, Thresholds,
};
pub use tier::{Tier, UnknownTier};
pub use time::Timestamp;
pub use world::{
    Directory, JunkSettings, MailboxSettings, SafelistHashes, ThresholdOverride, World,
};
