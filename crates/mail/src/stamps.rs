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
    /// Every result.
    pub const ALL: [Self; 7] = [
        Self::Pass,
        Self::Neutral,
        Self::SoftFail,
        Self::Fail,
        Self::None,
        Self::TempError,
        Self::PermError,
    ];

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

/// A code of X-MS-Exchange-Organization-Antispam-Report, apart from the Sender ID status.
///
/// Source: specification section 3.10.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ReportCode {
    /// A custom phrase decided the level.
    CustomList = 1,
    /// A valid postmark lowered the level.
    Presolved = 2,
    /// The client is on an IP allow list.
    IpOnAllowList = 4,
    /// The session holds the right to bypass antispam agents.
    MessageSecurityAntispamBypass = 8,
    /// The sender is on a bypass list.
    SenderBypassed = 16,
    /// Every recipient is exempt.
    AllRecipientsBypassed = 32,
}

impl ReportCode {
    /// Every code in the documented order.
    pub const ALL: [Self; 6] = [
        Self::CustomList,
        Self::Presolved,
        Self::IpOnAllowList,
        Self::MessageSecurityAntispamBypass,
        Self::SenderBypassed,
        Self::AllRecipientsBypassed,
    ];

    /// The code as stamped.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CustomList => "CW:CustomList",
            Self::Presolved => "PP:Presolved",
            Self::IpOnAllowList => "IPOnAllowList",
            Self::MessageSecurityAntispamBypass => "MessageSecurityAntispamBypass",
            Self::SenderBypassed => "SenderBypassed",
            Self::AllRecipientsBypassed => "AllRecipientsBypassed",
        }
    }
}

/// The codes stamped so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct AntispamReport(u8);

impl AntispamReport {
    /// Adds a code.
    pub const fn add(&mut self, code: ReportCode) {
        self.0 |= code as u8;
    }

    /// Whether the code is there.
    pub const fn has(self, code: ReportCode) -> bool {
        self.0 & code as u8 != 0
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
    /// X-MS-Exchange-Organization-Antispam-Report.
    pub report: AntispamReport,
}

impl Stamps {
    /// The antispam report as the header has it: only what applied, the Sender ID status
    /// behind the filter's own codes; empty where nothing applied.
    pub fn report_text(&self) -> String {
        let has = |code: &ReportCode| self.report.has(*code);
        let (filter, bypass) = ReportCode::ALL.split_at(2);
        let sender_id = self.sender_id.map(SenderIdResult::name);
        let sender_id = sender_id.map(|name| format!("SID:SenderIDStatus {name}"));
        let name = |code: &ReportCode| code.name().to_owned();
        let filter = filter.iter().filter(|code| has(code)).map(name);
        let bypass = bypass.iter().filter(|code| has(code)).map(name);
        filter.chain(sender_id).chain(bypass).collect::<Vec<_>>().join(";")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_names_what_applied_in_the_documented_order() {
        let mut stamps = Stamps::default();
        assert_eq!(stamps.report_text(), "");
        stamps.report.add(ReportCode::AllRecipientsBypassed);
        stamps.report.add(ReportCode::Presolved);
        stamps.report.add(ReportCode::CustomList);
        stamps.sender_id = Some(SenderIdResult::Fail);
        assert_eq!(
            stamps.report_text(),
            "CW:CustomList;PP:Presolved;SID:SenderIDStatus Fail;AllRecipientsBypassed"
        );
        assert!(!stamps.report.has(ReportCode::IpOnAllowList));
    }
}
