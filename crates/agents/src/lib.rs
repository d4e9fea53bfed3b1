//! The transport agents and the filter of 2003, one per file, and their registry.
//!
//! What it is for: what each agent can know about a message and what it decides from that,
//! with the settings as written in a policy file beside the behaviour they configure.
//!
//! What it must not know: sweeps; and no agent knows another.
//!
//! Main type: [`PolicySpec`], everything a trial may vary, as written; [`PolicySpec::resolve`]
//! gives a [`Policy`] with an engine ready to run.

mod address_rewriting;
mod addresses;
mod attachment_filter;
mod connection_filter;
mod content_filter;
mod drift;
mod edge_rule;
mod edition_2003;
mod error;
mod intelligent_message_filter;
mod lookup;
mod place;
mod policy;
mod protocol_analysis;
mod recipient_filter;
mod registry;
mod safelist;
mod schedule;
mod sender_filter;
mod sender_id;
mod server;
mod settle;
mod topology;
#[cfg(test)]
mod trial;

pub use address_rewriting::{
    AddressRewriteEntry, AddressRewritingInbound, AddressRewritingOutbound,
    AddressRewritingSpec,
};
pub use attachment_filter::{AttachmentAction, AttachmentFilter, AttachmentFilterSpec};
pub use connection_filter::{
    BitmaskArithmetic, ConnectionFilter, ConnectionFilterSpec, EntryNumber,
    IpBlockListConfigSpec, IpBlockListProvidersConfigSpec, IpEntrySpec, IpListConfigSpec,
    ProviderSpec,
};
pub use content_filter::{
    ContentFilter, ContentFilterSpec, MissingQuarantineMailbox, StampedScl,
};
pub use drift::{Drift, drift};
pub use edge_rule::{
    AttachmentSizeComparison, EdgeRules, FromScope, HeaderPatterns, HeaderValue,
    HeaderWords, PredicatesSpec, RejectSpec, RuleActionsSpec, RuleErrorAction, RuleMode,
    RuleSpec, SenderAddressLocation,
};
pub use edition_2003::check_key;
pub use error::SpecError;
pub use intelligent_message_filter::{
    AcceptListSkips, GatewayComparison, ImfAction, ImfSpec, IntelligentMessageFilter,
};
pub use policy::{AgentEntry, OrganizationSpec, Policy, PolicySpec};
pub use protocol_analysis::{
    ProtocolAnalysis, ProxyServerType, SenderReputationSpec, SrlComparison,
};
pub use recipient_filter::{RecipientFilter, RecipientFilterSpec};
pub use registry::{EDGE_AGENTS, FILTERS_2003, Role};
pub use schedule::{Arrival, Change, Event, Retry, Schedule, Segment};
pub use sender_filter::{
    BlockedSenderAction, RecipientBlockedSenderAction, SenderFilter, SenderFilterSpec,
};
pub use sender_id::{SenderId, SenderIdAction, SenderIdSpec, sender_id_status};
pub use server::{ReceiveConnectorSpec, TransportServiceSpec, TransportSpec};
pub use topology::{
    Deployment, HopHeaders, Server, ServerSpec, ShareBySpec, TopologySpec,
};
