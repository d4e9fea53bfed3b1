//! Settings of the Intelligent Message Filter, as written.

use filter::WeightEntry;
use mail::{JunkComparison, Threshold};
use serde::{Deserialize, Serialize};

/// Settings of the filter: the tab of Message Delivery and the keys below
/// `HKLM\SOFTWARE\Microsoft\Exchange\ContentFilter`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ImfSpec {
    /// The filter is bound to the virtual server that mail arrives on (default true; the
    /// product is installed unbound). Without it nothing is rated or acted on.
    pub enabled: bool,
    /// The gateway's one threshold, 0 to 9 (default 8, U26).
    pub gateway_threshold: Threshold,
    /// `no-action` (default), `archive`, `delete` or `reject`.
    pub gateway_action: ImfAction,
    /// `ge` (default): the gateway acts at the threshold and above; `gt`: above it only, as
    /// one sample of the product says.
    pub gateway_comparison: GatewayComparison,
    /// The store moves mail above it to Junk, 0 to 9 (default 8).
    pub store_threshold: Threshold,
    /// Whether the store looks at levels at all (default true). The product has no such
    /// switch; off is the same as a threshold of 9.
    pub store_enabled: bool,
    /// `gt` (default) as the product does, or `ge` as its dialog says.
    pub store_comparison: JunkComparison,
    /// `CheckAuthSessions`: mail of authenticated sessions is rated too (default false).
    pub check_auth_sessions: bool,
    /// What an entry of the accept list keeps mail from: `content` (default) or `all`.
    pub accept_list_skips: AcceptListSkips,
    /// `ArchiveSCL`: archived files have their level in a field `X-SCL` (default false).
    pub archive_scl: bool,
    /// `CustomRejectResponse`: the whole answer to a rejected message, such as
    /// `550 5.7.1 Spam`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_reject_response: Option<String>,
    /// Path of a custom weighting file, below the folder of the policy file. Its entries are
    /// read into `custom-weights`, before those written there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_weighting_file: Option<String>,
    /// Custom weights.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub custom_weights: Vec<WeightEntry>,
    /// Steps added to the level where Sender ID says Fail, -9 to 9 (default 1, U16).
    pub sender_id_fail_steps: i8,
    /// Steps added to the level where Sender ID says `SoftFail`, -9 to 9 (default 0, U16).
    pub sender_id_soft_fail_steps: i8,
}

impl Default for ImfSpec {
    fn default() -> Self {
        let eight = Threshold::new(8).expect("8 is in range");
        Self {
            enabled: true,
            gateway_threshold: eight,
            gateway_action: ImfAction::NoAction,
            gateway_comparison: GatewayComparison::Ge,
            store_threshold: eight,
            store_enabled: true,
            store_comparison: JunkComparison::Gt,
            check_auth_sessions: false,
            accept_list_skips: AcceptListSkips::Content,
            archive_scl: false,
            custom_reject_response: None,
            custom_weighting_file: None,
            custom_weights: Vec::new(),
            sender_id_fail_steps: 1,
            sender_id_soft_fail_steps: 0,
        }
    }
}

/// The gateway's one action. Source: specification 6.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImfAction {
    /// The message goes on with its level.
    #[default]
    NoAction,
    /// Accepted and put into the archive folder.
    Archive,
    /// Accepted and dropped.
    Delete,
    /// Refused.
    Reject,
}

/// How the gateway compares a level with its threshold (contradiction of the sources).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GatewayComparison {
    /// SCL ≥ threshold, as the dialog says and the filter does.
    #[default]
    Ge,
    /// SCL > threshold, as the sample filter of the developers' kit does.
    Gt,
}

/// What the global accept list keeps mail from (contradiction of the sources).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AcceptListSkips {
    /// Sender ID and this filter; sender and recipient filter still refuse, as a test of the
    /// product found.
    #[default]
    Content,
    /// All filters, as the product's guide says.
    All,
}

impl ImfSpec {
    /// The lowest level that the gateway acts on, whatever the action; none where no level
    /// is high enough.
    pub fn acts_from(&self) -> Option<Threshold> {
        match self.gateway_comparison {
            GatewayComparison::Ge => Some(self.gateway_threshold),
            GatewayComparison::Gt => self.gateway_threshold.above(),
        }
    }

    /// Writes the lowest level that the gateway is to act on. Below 1 there is none that
    /// `gt` could be told to act on; it is then as low as can be.
    pub(crate) fn act_from(&mut self, lowest: Threshold) {
        self.gateway_threshold = match self.gateway_comparison {
            GatewayComparison::Ge => lowest,
            GatewayComparison::Gt => lowest.below().unwrap_or(lowest),
        };
    }
}
