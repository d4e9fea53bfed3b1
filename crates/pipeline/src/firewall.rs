//! The header firewall.

use mail::Case;

/// Prefix of the fields that only servers of the organization may bring.
pub const ORGANIZATION_PREFIX: &str = "X-MS-Exchange-Organization-";

/// Takes the organization's header fields from a message that arrives on a session without
/// the right to bring them, before any agent sees it.
///
/// A replayed session never has that right. The fields are set apart in the message; the raw
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
