//! One row of an agent log.

/// The fields, in the order of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the variants are the log's own field names")]
pub enum Field {
    Timestamp,
    SessionId,
    LocalEndpoint,
    RemoteEndpoint,
    EnteredOrgFromIP,
    MessageId,
    P1FromAddress,
    P2FromAddresses,
    Recipient,
    NumRecipients,
    Agent,
    Event,
    Action,
    SmtpResponse,
    Reason,
    ReasonData,
    Diagnostics,
    NetworkMsgID,
    TenantID,
    Directionality,
}

impl Field {
    /// All twenty; the first seventeen are those of 2007 and 2010.
    pub const ALL: [Self; 20] = [
        Self::Timestamp,
        Self::SessionId,
        Self::LocalEndpoint,
        Self::RemoteEndpoint,
        Self::EnteredOrgFromIP,
        Self::MessageId,
        Self::P1FromAddress,
        Self::P2FromAddresses,
        Self::Recipient,
        Self::NumRecipients,
        Self::Agent,
        Self::Event,
        Self::Action,
        Self::SmtpResponse,
        Self::Reason,
        Self::ReasonData,
        Self::Diagnostics,
        Self::NetworkMsgID,
        Self::TenantID,
        Self::Directionality,
    ];

    /// The name in a `#Fields` line.
    pub fn name(self) -> String {
        format!("{self:?}")
    }

    /// The field of that name, in any letter case.
    pub(crate) fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name().eq_ignore_ascii_case(name.trim()))
    }
}

/// One row: every field as text, empty where the log has none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AgentLogRow([String; 20]);

impl AgentLogRow {
    /// A field's value.
    pub fn get(&self, field: Field) -> &str {
        &self.0[field as usize]
    }

    /// The row with a field set.
    #[must_use]
    pub fn with(mut self, field: Field, value: impl Into<String>) -> Self {
        self.set(field, value);
        self
    }

    pub(crate) fn set(&mut self, field: Field, value: impl Into<String>) {
        self.0[field as usize] = value.into();
    }

    /// The header addresses of the senders.
    pub fn senders(&self) -> impl Iterator<Item = &str> {
        let list = self.get(Field::P2FromAddresses).split(';');
        list.map(str::trim).filter(|address| !address.is_empty())
    }

    /// The client's address: where the mail entered the organization, else the peer.
    pub fn client_ip(&self) -> &str {
        let entered = self.get(Field::EnteredOrgFromIP);
        if !entered.is_empty() {
            return entered;
        }
        let peer = self.get(Field::RemoteEndpoint);
        let address = peer.rsplit_once(':').map_or(peer, |(address, _)| address);
        address.trim_start_matches('[').trim_end_matches(']')
    }
}
