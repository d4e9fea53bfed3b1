//! The registry: every agent, in the default order of its edition.

use std::sync::Arc;

use filter::ScoreSource;
use mail::Edition;
use pipeline::Engine;

use crate::addresses::InternalServers;
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

/// Names of the agents of an edition, in their default order.
pub(crate) const fn names(edition: Edition) -> &'static [&'static str] {
    match edition {
        Edition::E2003Sp2 => &FILTERS_2003,
        Edition::E2007
        | Edition::E2010
        | Edition::E2013
        | Edition::E2016
        | Edition::E2019
        | Edition::Se => &EDGE_AGENTS,
    }
}

/// Registers the agents of the policy's edition in the order of [`names`].
pub(crate) fn register(
    policy: &PolicySpec,
    source: Arc<dyn ScoreSource>,
) -> Result<Engine, SpecError> {
    edition_2003::check(policy)?;
    match policy.edition {
        Edition::E2003Sp2 => register_2003(policy, source),
        Edition::E2007
        | Edition::E2010
        | Edition::E2013
        | Edition::E2016
        | Edition::E2019
        | Edition::Se => register_edge(policy, source),
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
        RecipientFilter::resolve(&edition_2003::recipients(policy), 0)?
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

/// Registers the ten agents in the order of [`EDGE_AGENTS`].
fn register_edge(
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
