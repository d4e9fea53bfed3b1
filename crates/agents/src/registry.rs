//! The registry: every agent once, in the default order of an Edge server.

use std::sync::Arc;

use filter::ScoreSource;
use pipeline::Engine;

use crate::addresses::InternalServers;
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

/// Registers the ten agents in the order of [`EDGE_AGENTS`].
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
    engine.register(ConnectionFilter::resolve(
        &policy.connection_filter,
        internal.clone(),
    )?);
    engine.register(AddressRewritingInbound::resolve(&policy.address_rewriting)?);
    engine.register(EdgeRules::resolve(&policy.rules, mailbox)?);
    engine.register(ContentFilter::resolve(
        &policy.content_filter,
        policy.edition,
        source,
    )?);
    engine.register(SenderId::resolve(&policy.sender_id, internal.clone())?);
    engine.register(SenderFilter::resolve(&policy.sender_filter)?);
    engine.register(RecipientFilter::resolve(&policy.recipient_filter, tarpit)?);
    engine.register(ProtocolAnalysis::resolve(&policy.sender_reputation, internal)?);
    engine.register(AttachmentFilter::resolve(&policy.attachment_filter, identity)?);
    engine.register(AddressRewritingOutbound::resolve(&policy.address_rewriting)?);
    engine.ready().map_err(|error| {
        SpecError::new("rules", error.to_string(), "see the limits in FORMATS")
    })
}
