//! Sender Filter and Sender Id agents. Source: specification 5.1, 5.3.

use agents::PolicySpec;

use super::{Config, Place};
use crate::row::{Form, Kind, row};

const ID_ACTIONS: Kind = Kind::Word(&["StampStatus", "Reject", "Delete"]);

pub(super) const ID_CONFIG: Config = Config {
    noun: "SenderIdConfig",
    place: Place::Edge,
    about: "what the Sender Id agent does with its findings",
    rows: &[
        row!(
            PolicySpec,
            "SpoofedDomainAction",
            ID_ACTIONS,
            sender_id.spoofed_domain_action,
            "what is done at Fail"
        ),
        row!(
            PolicySpec,
            "TempErrorAction",
            ID_ACTIONS,
            sender_id.temp_error_action,
            "what is done at TempError"
        ),
        row!(
            PolicySpec,
            "BypassedRecipients",
            Kind::ListOf(Form::Mail, 100),
            sender_id.bypassed_recipients,
            "recipients exempt from the agent"
        ),
        row!(
            PolicySpec,
            "BypassedSenderDomains",
            Kind::ListOf(Form::Domains, 100),
            sender_id.bypassed_sender_domains,
            "sender domains exempt from the agent; `*.` takes subdomains in"
        ),
        row!(
            PolicySpec,
            "Enabled",
            Kind::Switch,
            sender_id.enabled,
            "whether the feature is on"
        ),
        row!(
            PolicySpec,
            "ExternalMailEnabled",
            Kind::Switch,
            sender_id.external_mail_enabled,
            "whether it looks at anonymous sessions"
        ),
        row!(
            PolicySpec,
            "InternalMailEnabled",
            Kind::Switch,
            sender_id.internal_mail_enabled,
            "whether it looks at authenticated sessions"
        ),
    ],
};

pub(super) const FILTER_CONFIG: Config = Config {
    noun: "SenderFilterConfig",
    place: Place::Edge,
    about: "blocked senders and what the Sender Filter agent does with their mail",
    rows: &[
        row!(
            PolicySpec,
            "BlockedSenders",
            Kind::ListOf(Form::Mail, 800),
            sender_filter.blocked_senders,
            "blocked addresses"
        ),
        row!(
            PolicySpec,
            "BlockedDomains",
            Kind::ListOf(Form::Domain, 800),
            sender_filter.blocked_domains,
            "blocked domains, without those below them"
        ),
        row!(
            PolicySpec,
            "BlockedDomainsAndSubdomains",
            Kind::ListOf(Form::Domain, 800),
            sender_filter.blocked_domains_and_subdomains,
            "blocked domains, with those below them"
        ),
        row!(
            PolicySpec,
            "Action",
            Kind::Word(&["Reject", "StampStatus"]),
            sender_filter.action,
            "what is done to their mail"
        ),
        row!(
            PolicySpec,
            "BlankSenderBlockingEnabled",
            Kind::Switch,
            sender_filter.blank_sender_blocking_enabled,
            "whether an empty sender is blocked"
        ),
        row!(
            PolicySpec,
            "RecipientBlockedSenderAction",
            Kind::Word(&["Reject", "Delete"]),
            sender_filter.recipient_blocked_sender_action,
            "what is done to mail from a sender that its recipient has blocked"
        ),
        row!(
            PolicySpec,
            "Enabled",
            Kind::Switch,
            sender_filter.enabled,
            "whether the feature is on"
        ),
        row!(
            PolicySpec,
            "ExternalMailEnabled",
            Kind::Switch,
            sender_filter.external_mail_enabled,
            "whether it looks at anonymous sessions"
        ),
        row!(
            PolicySpec,
            "InternalMailEnabled",
            Kind::Switch,
            sender_filter.internal_mail_enabled,
            "whether it looks at authenticated sessions"
        ),
    ],
};
