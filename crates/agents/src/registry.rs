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
    ConnectionFilter, ContentFilter, EdgeRules, PolicySpec, ProtocolAnalysis,
    RecipientFilter, SenderFilter, SenderId, SpecError,
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
            (Self::Edge, _) => &[],
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
    /// Connection Filtering.
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
            (Self::Edge, _) | (Self::Hub, Edition::E2007 | Edition::E2010) => {
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
    let mut engine = Engine::new();
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
                let engine = register(&policy, Arc::new(source)).unwrap();
                let names = role.antispam_agents(edition);
                assert_eq!(engine.roster().names(), names, "{role:?} {edition:?}");
                let own = role.own_agents(edition);
                assert!(own.iter().all(|name| !names.contains(name)));
            }
        }
    }
}
