//! Product editions.

use serde::{Deserialize, Serialize};

/// An edition of the modelled product; decides defaults and texts.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Default,
    Serialize,
    Deserialize,
)]
pub enum Edition {
    /// Exchange Server 2007.
    #[serde(rename = "2007")]
    E2007,
    /// Exchange Server Subscription Edition.
    #[default]
    #[serde(rename = "se")]
    Se,
}

impl Edition {
    /// The name used in policy files.
    pub fn name(self) -> &'static str {
        match self {
            Self::E2007 => "2007",
            Self::Se => "se",
        }
    }
}
