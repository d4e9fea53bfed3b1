//! Product editions.

use serde::{Deserialize, Serialize};

use crate::Ladder;

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
    /// Exchange Server 2003 with Service Pack 2 and the Intelligent Message Filter v2.
    #[serde(rename = "2003-sp2")]
    E2003Sp2,
    /// Exchange Server 2007.
    #[serde(rename = "2007")]
    E2007,
    /// Exchange Server 2010.
    #[serde(rename = "2010")]
    E2010,
    /// Exchange Server 2013.
    #[serde(rename = "2013")]
    E2013,
    /// Exchange Server 2016.
    #[serde(rename = "2016")]
    E2016,
    /// Exchange Server 2019.
    #[serde(rename = "2019")]
    E2019,
    /// Exchange Server Subscription Edition.
    #[default]
    #[serde(rename = "se")]
    Se,
}

impl Edition {
    /// Every edition, oldest first.
    pub const ALL: [Self; 7] = [
        Self::E2003Sp2,
        Self::E2007,
        Self::E2010,
        Self::E2013,
        Self::E2016,
        Self::E2019,
        Self::Se,
    ];

    /// The name used in policy files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::E2003Sp2 => "2003-sp2",
            Self::E2007 => "2007",
            Self::E2010 => "2010",
            Self::E2013 => "2013",
            Self::E2016 => "2016",
            Self::E2019 => "2019",
            Self::Se => "se",
        }
    }

    /// The edition of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|edition| edition.name() == name)
    }

    /// Which thresholds its gateway can have on at the same time.
    pub const fn ladder(self) -> Ladder {
        match self {
            Self::E2003Sp2 => Ladder::OneAction,
            Self::E2007
            | Self::E2010
            | Self::E2013
            | Self::E2016
            | Self::E2019
            | Self::Se => Ladder::Tiers,
        }
    }
}
