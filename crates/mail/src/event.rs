//! SMTP and categorizer events.

use std::fmt;

/// The 17 events of the 2007 pipeline listing, in its order.
///
/// Source: specification section 1.1 (naming traps) and 1.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the variants are the product's own event names")]
pub enum SmtpEvent {
    OnConnectEvent,
    OnHeloCommand,
    OnEhloCommand,
    OnAuthCommand,
    OnEndOfAuthentication,
    OnMailCommand,
    OnRcptCommand,
    OnDataCommand,
    OnEndOfHeaders,
    OnEndOfData,
    OnHelpCommand,
    OnNoopCommand,
    OnReject,
    OnRsetCommand,
    OnDisconnectEvent,
    OnSubmittedMessage,
    OnRoutedMessage,
}

impl SmtpEvent {
    /// All events in the order of the 2007 listing.
    pub const ALL: [Self; 17] = [
        Self::OnConnectEvent,
        Self::OnHeloCommand,
        Self::OnEhloCommand,
        Self::OnAuthCommand,
        Self::OnEndOfAuthentication,
        Self::OnMailCommand,
        Self::OnRcptCommand,
        Self::OnDataCommand,
        Self::OnEndOfHeaders,
        Self::OnEndOfData,
        Self::OnHelpCommand,
        Self::OnNoopCommand,
        Self::OnReject,
        Self::OnRsetCommand,
        Self::OnDisconnectEvent,
        Self::OnSubmittedMessage,
        Self::OnRoutedMessage,
    ];

    /// Position in [`SmtpEvent::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for SmtpEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
