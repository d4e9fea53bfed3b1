//! The header firewall.

use mail::{AntispamReport, Case, Message, ReportCode, Scl, SenderIdResult, Stamps};

/// Prefix of the fields that only servers of the organization may bring.
pub const ORGANIZATION_PREFIX: &str = "X-MS-Exchange-Organization-";

/// The field that holds [`Stamps::scl`].
pub(crate) const SCL: &str = "X-MS-Exchange-Organization-SCL";
/// The field that holds [`Stamps::sender_id`].
pub(crate) const SENDER_ID: &str = "X-MS-Exchange-Organization-SenderIdResult";
/// The field that holds [`Stamps::report`].
pub(crate) const REPORT: &str = "X-MS-Exchange-Organization-Antispam-Report";

/// Whether a session may bring the organization's header fields:
/// `ms-Exch-Accept-Headers-Organization`. Source: specification section 3.5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum HeaderRight {
    /// It may not: the firewall takes them before any agent sees the message.
    #[default]
    Strip,
    /// It may: servers of the organization have the right. Stamps in them count as this
    /// server's own, and nobody stamps anew what is there.
    Keep,
}

/// The stamps that stand in a message's header fields; the topmost readable field counts.
pub(crate) fn stamps_of(message: &Message) -> Stamps {
    let scl = |value: &str| Scl::new(value.trim().parse().ok()?).ok();
    let sender_id = |value: &str| {
        let named = |result: &SenderIdResult| result.name() == value.trim();
        SenderIdResult::ALL.into_iter().find(named)
    };
    let mut report = AntispamReport::default();
    for word in message.header(REPORT).next().unwrap_or_default().split(';') {
        let code = ReportCode::ALL.into_iter().find(|code| code.name() == word.trim());
        if let Some(code) = code {
            report.add(code);
        }
    }
    Stamps {
        scl: message.header(SCL).find_map(scl),
        sender_id: message.header(SENDER_ID).find_map(sender_id),
        report,
        ..Stamps::default()
    }
}

/// Takes the organization's header fields from a message that arrives on a session without
/// the right to bring them, before any agent sees it.
///
/// A replayed client never has that right; see [`HeaderRight`] for servers. The fields are set apart in the message; the raw
/// bytes stay as read, and the content filter skips these lines in them. Source:
/// specification section 3.5.
pub fn admit(case: &mut Case) {
    let message = &mut case.message;
    let taken = message.headers.extract_if(.., |header| {
        let name = header.name.as_bytes();
        let prefix = ORGANIZATION_PREFIX.as_bytes();
        name.len() >= prefix.len() && name[..prefix.len()].eq_ignore_ascii_case(prefix)
    });
    let before = message.firewalled.len();
    message.firewalled.extend(taken);
    if message.firewalled.len() > before
        && let Some(rest) = mail::without_fields(&case.raw, ORGANIZATION_PREFIX)
    {
        message.firewalled_bytes = case.raw.len() - rest.len();
    }
}
