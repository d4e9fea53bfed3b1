//! What one agent leaves on a message for a later one.

use serde::{Deserialize, Serialize};

use crate::Scl;

/// Result of Sender ID evaluation. Source: specification section 5.3.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the variants are the product's own status names")]
pub enum SenderIdResult {
    Pass,
    Neutral,
    SoftFail,
    Fail,
    None,
    TempError,
    PermError,
}

impl SenderIdResult {
    /// The name as stamped.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "Pass",
            Self::Neutral => "Neutral",
            Self::SoftFail => "SoftFail",
            Self::Fail => "Fail",
            Self::None => "None",
            Self::TempError => "TempError",
            Self::PermError => "PermError",
        }
    }
}

/// One of the [`Stamps`], by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stamp {
    /// [`Stamps::scl`].
    Scl,
    /// [`Stamps::assessed`].
    Assessed,
    /// [`Stamps::sender_id`].
    SenderId,
    /// [`Stamps::blocked_sender`].
    BlockedSender,
    /// [`Stamps::allow_listed`].
    AllowListed,
}

impl Stamp {
    /// Every stamp.
    pub const ALL: [Self; 5] = [
        Self::Scl,
        Self::Assessed,
        Self::SenderId,
        Self::BlockedSender,
        Self::AllowListed,
    ];

    /// Name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scl => "SCL",
            Self::Assessed => "assessed SCL",
            Self::SenderId => "Sender ID",
            Self::BlockedSender => "blocked sender",
            Self::AllowListed => "allow-listed",
        }
    }

    /// Its value among `stamps`, for people.
    pub fn value(self, stamps: &Stamps) -> String {
        let level =
            |scl: Option<Scl>| scl.map_or("none".to_owned(), |scl| scl.to_string());
        let yes = |on: bool| if on { "yes" } else { "no" }.to_owned();
        match self {
            Self::Scl => level(stamps.scl),
            Self::Assessed => level(stamps.assessed),
            Self::SenderId => {
                stamps.sender_id.map_or("none", SenderIdResult::name).to_owned()
            }
            Self::BlockedSender => yes(stamps.blocked_sender),
            Self::AllowListed => yes(stamps.allow_listed),
        }
    }
}

/// Stamps on one message at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Stamps {
    /// X-MS-Exchange-Organization-SCL; `None` where nobody has rated the message.
    pub scl: Option<Scl>,
    /// The level as the content filter itself assessed it, whatever a later rule stamps.
    pub assessed: Option<Scl>,
    /// X-MS-Exchange-Organization-SenderIdResult.
    pub sender_id: Option<SenderIdResult>,
    /// The sender filter found a blocked sender and was told to stamp, not to reject.
    pub blocked_sender: bool,
    /// The client is on an IP allow list: the other antispam agents skip the message.
    pub allow_listed: bool,
}
