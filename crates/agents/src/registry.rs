//! The registry: which agents a server has, and every agent once, in its default order.

use std::sync::Arc;

use filter::ScoreSource;
use mail::Edition;
use pipeline::Engine;
use serde::{Deserialize, Serialize};

use crate::addresses::InternalServers;
use crate::recipient_filter::Reach;
use crate::settle::QuarantineMailbox;
use crate::{
    AddressRewritingInbound, AddressRewritingOutbound, AttachmentFilter,
    ConnectionFilter, ContentFilter, EdgeRules, IntelligentMessageFilter, PolicySpec,
    ProtocolAnalysis, RecipientFilter, SenderFilter, SenderId, SpecError, edition_2003,
};

/// The ten agents of an Edge server, best priority first, the same from 2007 to SE.
///
/// Source: specification section 2.1.
pub const EDGE_AGENTS: [&str; 10] = [
    "Connection Filtering Agent",
    "Address Rewriting Inbound Agent",
    "Edge Rule Agent",
    "Content Filter Agent",
    "Sender Id Agent",
    "Sender Filter Agent",
    "Recipient Filter Agent",
    "Protocol Analysis Agent",
    "Attachment Filtering Agent",
    "Address Rewriting Outbound Agent",
];

/// The filters of Exchange 2003 SP2 in the order of its dialog, by the names of the agents
/// that the first four became. The order within each event is fixed.
///
/// Source: specification section 6.4; stages by decision on U29.
pub const FILTERS_2003: [&str; 5] = [
    "Connection Filtering Agent",
    "Recipient Filter Agent",
    "Sender Filter Agent",
    "Sender Id Agent",
    "Intelligent Message Filter",
];

/// What a server is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// An Edge Transport server.
    #[default]
    Edge,
    /// A Hub Transport server of 2007 and 2010, a Mailbox server since 2013, with the
    /// antispam agents that `Install-AntispamAgents.ps1` adds.
    Hub,
}

impl Role {
    /// Whether it is the usual one.
    pub(crate) fn is_edge(&self) -> bool {
        *self == Self::Edge
    }

    /// The agents that are there without antispam, best priority first. Here they only hold
    /// their places in the order: none of them decides anything.
    ///
    /// Source: specification section 2.3.
    pub const fn own_agents(self, edition: Edition) -> &'static [&'static str] {
        match (self, edition) {
            (Self::Edge, _) | (Self::Hub, Edition::E2003Sp2) => &[],
            (Self::Hub, Edition::E2007) => &["Transport Rule Agent", "Journaling Agent"],
            (Self::Hub, Edition::E2010) => &[
                "Transport Rule Agent",
                "RMS Encryption Agent",
                "RMS Decryption Agent",
                "Prelicensing Agent",
                "Journaling Agent",
                "Journal Report Decryption Agent",
                "Text Messaging Routing Agent",
            ],
            (Self::Hub, Edition::E2013) => &[
                "Transport Rule Agent",
                "Malware Agent",
                "Text Messaging Routing Agent",
                "Text Messaging Delivery Agent",
            ],
            (Self::Hub, Edition::E2016 | Edition::E2019 | Edition::Se) => &[
                "Transport Rule Agent",
                "DLP Policy Agent",
                "Retention Policy Agent",
                "Supervisory Review Agent",
                "Malware Agent",
                "Text Messaging Routing Agent",
                "Text Messaging Delivery Agent",
                "System Probe Drop Smtp Agent",
                "System Probe Drop Routing Agent",
            ],
        }
    }

    /// The agents that decide about mail, in their default order. On a Hub they are those
    /// that the installation script adds, appended behind the server's own agents in the
    /// order in which they are installed (decision on U4); no Mailbox server since 2013 has
    /// Connection Filtering. 2003 knows no roles.
    ///
    /// Source: specification sections 2.1 and 2.3.
    pub const fn antispam_agents(self, edition: Edition) -> &'static [&'static str] {
        const HUB: [&str; 6] = [
            "Connection Filtering Agent",
            "Content Filter Agent",
            "Sender Id Agent",
            "Sender Filter Agent",
            "Recipient Filter Agent",
            "Protocol Analysis Agent",
        ];
        match (self, edition) {
            (Self::Edge | Self::Hub, Edition::E2003Sp2) => &FILTERS_2003,
            (Self::Edge, _) => &EDGE_AGENTS,
            (Self::Hub, Edition::E2007 | Edition::E2010) => &HUB,
            (
                Self::Hub,
                Edition::E2013 | Edition::E2016 | Edition::E2019 | Edition::Se,
            ) => {
                let [_, mailbox @ ..] = &HUB;
                mailbox
            }
        }
    }

    /// What one recipient to be refused means for a message.
    const fn reach(self, edition: Edition) -> Reach {
        match (self, edition) {
            (Self::Edge, _)
            | (Self::Hub, Edition::E2003Sp2 | Edition::E2007 | Edition::E2010) => {
                Reach::Recipient
            }
            (
                Self::Hub,
                Edition::E2013 | Edition::E2016 | Edition::E2019 | Edition::Se,
            ) => Reach::Message,
        }
    }
}

/// Registers the agents of a server in the order of [`Role::antispam_agents`].
pub(crate) fn register(
    policy: &PolicySpec,
    source: Arc<dyn ScoreSource>,
) -> Result<Engine, SpecError> {
    match policy.edition {
        Edition::E2003Sp2 => register_2003(policy, source),
        Edition::E2007
        | Edition::E2010
        | Edition::E2013
        | Edition::E2016
        | Edition::E2019
        | Edition::Se => register_agents(policy, source),
    }
}

/// Registers the five filters in the order of [`FILTERS_2003`].
fn register_2003(
    policy: &PolicySpec,
    source: Arc<dyn ScoreSource>,
) -> Result<Engine, SpecError> {
    let mut engine = Engine::new().without_mailbox_thresholds();
    let internal = InternalServers::parse(&policy.transport.internal_smtp_servers)?;
    let imf = policy.intelligent_message_filter.clone().unwrap_or_default();
    let accept_list = imf.accept_list_skips.into();
    engine.register(
        ConnectionFilter::resolve(&policy.connection_filter, internal.clone())?
            .refusing_at_connect(),
    );
    engine.register(
        RecipientFilter::resolve(&edition_2003::recipients(policy), 0, Reach::Recipient)?
            .with_accept_list(accept_list),
    );
    engine.register(
        SenderFilter::resolve(&policy.sender_filter)?.of_the_envelope(accept_list),
    );
    engine.register(SenderId::resolve(&policy.sender_id, internal)?);
    engine.register(IntelligentMessageFilter::resolve(&imf, source)?);
    engine.ready().map_err(|error| {
        SpecError::new("edition", error.to_string(), "see the limits in FORMATS")
    })
}

/// Registers the agents of an edition that has agents.
fn register_agents(
    policy: &PolicySpec,
    source: Arc<dyn ScoreSource>,
) -> Result<Engine, SpecError> {
    let mut engine = Engine::new();
    policy.transport_service.check(policy.edition)?;
    let internal = InternalServers::parse(&policy.transport.internal_smtp_servers)?;
    let connector = &policy.receive_connector;
    let (tarpit, identity) = (connector.tarpit_seconds()?, connector.identity.as_deref());
    let mailbox = match policy.content_filter.quarantine_mailbox {
        Some(_) => QuarantineMailbox::Known,
        None => QuarantineMailbox::Missing,
    };
    let (role, edition) = (policy.role, policy.edition);
    let has = |name: &str| role.antispam_agents(edition).contains(&name);
    if has("Connection Filtering Agent") {
        let spec = &policy.connection_filter;
        engine.register(ConnectionFilter::resolve(spec, internal.clone())?);
    }
    if has("Address Rewriting Inbound Agent") {
        engine.register(AddressRewritingInbound::resolve(&policy.address_rewriting)?);
    }
    if has("Edge Rule Agent") {
        engine.register(EdgeRules::resolve(&policy.rules, mailbox)?);
    }
    engine.register(ContentFilter::resolve(&policy.content_filter, edition, source)?);
    engine.register(SenderId::resolve(&policy.sender_id, internal.clone())?);
    engine.register(SenderFilter::resolve(&policy.sender_filter)?);
    engine.register(RecipientFilter::resolve(
        &policy.recipient_filter,
        tarpit,
        role.reach(edition),
    )?);
    engine.register(ProtocolAnalysis::resolve(&policy.sender_reputation, internal)?);
    if has("Attachment Filtering Agent") {
        engine.register(AttachmentFilter::resolve(&policy.attachment_filter, identity)?);
    }
    if has("Address Rewriting Outbound Agent") {
        engine.register(AddressRewritingOutbound::resolve(&policy.address_rewriting)?);
    }
    engine.ready().map_err(|error| {
        SpecError::new("rules", error.to_string(), "see the limits in FORMATS")
    })
}

#[cfg(test)]
mod tests {
    use filter::{RecordedStamp, StampHeader};

    use super::*;

    #[test]
    fn every_server_registers_the_agents_it_has() {
        for role in [Role::Edge, Role::Hub] {
            for edition in Edition::ALL {
                let policy = PolicySpec { role, edition, ..PolicySpec::default() };
                let source = RecordedStamp::new(StampHeader::OrganizationScl);
                let resolved = policy.resolve(Arc::new(source));
                if (role, edition) == (Role::Hub, Edition::E2003Sp2) {
                    assert!(resolved.is_err_and(|error| error.key == "role"));
                    continue;
                }
                let resolved = resolved.unwrap();
                let names = role.antispam_agents(edition);
                assert_eq!(resolved.roster.names(), names, "{role:?} {edition:?}");
                let own = role.own_agents(edition);
                assert!(own.iter().all(|name| !names.contains(name)));
            }
        }
    }
}
