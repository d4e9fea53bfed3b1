//! What a policy for Exchange 2003 SP2 can say, and how its filters are set up from it.
//!
//! The five filters are those of the Message Delivery dialog. Four of them live on as agents
//! of later editions and share their files; the way they differ is stated here. Source:
//! specification section 6.4.

use mail::{Edition, Thresholds};

use crate::{
    AcceptListSkips, ConnectionFilterSpec, ImfAction, ImfSpec,
    IpBlockListProvidersConfigSpec, PolicySpec, RecipientFilterSpec, SenderFilterSpec,
    SenderIdSpec, SpecError,
};

/// What a client's place on the accept list means to a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum AcceptList {
    /// Its mail is skipped.
    #[default]
    Skips,
    /// It means nothing.
    Ignored,
}

impl From<AcceptListSkips> for AcceptList {
    /// For the sender and the recipient filter of 2003.
    fn from(skips: AcceptListSkips) -> Self {
        match skips {
            AcceptListSkips::Content => Self::Ignored,
            AcceptListSkips::All => Self::Skips,
        }
    }
}

const TABLE: &str = "intelligent-message-filter";

/// Keys that a policy for 2003 can have; lists of tables count by the keys of their entries.
const KEYS: [&str; 24] = [
    "connection-filter.bitmask-arithmetic",
    "connection-filter.ip-allow-list.address",
    "connection-filter.ip-allow-list.comment",
    "connection-filter.ip-block-list.address",
    "connection-filter.ip-block-list.comment",
    "connection-filter.ip-block-list-providers.any-match",
    "connection-filter.ip-block-list-providers.bitmask-match",
    "connection-filter.ip-block-list-providers.enabled",
    "connection-filter.ip-block-list-providers.ip-addresses-match",
    "connection-filter.ip-block-list-providers.lookup-domain",
    "connection-filter.ip-block-list-providers.name",
    "connection-filter.ip-block-list-providers.priority",
    "connection-filter.ip-block-list-providers.rejection-response",
    "connection-filter.ip-block-list-providers-config.bypassed-recipients",
    "edition",
    "recipient-filter.blocked-recipients",
    "recipient-filter.enabled",
    "recipient-filter.recipient-validation-enabled",
    "sender-filter.blank-sender-blocking-enabled",
    "sender-filter.blocked-domains",
    "sender-filter.blocked-domains-and-subdomains",
    "sender-filter.blocked-senders",
    "sender-filter.enabled",
    "transport.internal-smtp-servers",
];
const SENDER_ID_KEYS: [&str; 2] =
    ["sender-id.enabled", "sender-id.spoofed-domain-action"];

/// Whether an edition has a setting: `key` is its place in a policy file, with dots.
///
/// # Errors
///
/// [`SpecError`] that names what to do instead.
pub fn check_key(edition: Edition, key: &str) -> Result<(), SpecError> {
    let of_2003 = key == TABLE || key.starts_with("intelligent-message-filter.");
    match edition {
        Edition::E2003Sp2 if of_2003 => Ok(()),
        Edition::E2003Sp2 => {
            // An empty list has the key of its entries' table.
            let known = |known: &&str| match known.strip_prefix(key) {
                Some(rest) => rest.is_empty() || rest.starts_with('.'),
                None => false,
            };
            let found = KEYS.iter().chain(&SENDER_ID_KEYS).any(known);
            if found { Ok(()) } else { Err(refusal(key)) }
        }
        Edition::E2007
        | Edition::E2010
        | Edition::E2013
        | Edition::E2016
        | Edition::E2019
        | Edition::Se
            if of_2003 =>
        {
            let problem = format!("Exchange {} has no such filter", edition.name());
            let cure = "take the table out, or set `edition = \"2003-sp2\"`";
            Err(SpecError::new(TABLE, problem, cure))
        }
        Edition::E2007
        | Edition::E2010
        | Edition::E2013
        | Edition::E2016
        | Edition::E2019
        | Edition::Se => Ok(()),
    }
}

/// Why 2003 has no such setting.
fn refusal(key: &str) -> SpecError {
    let table = key.split('.').next().unwrap_or_default();
    let switch = key.ends_with("-mail-enabled");
    let (problem, cure) = match table {
        "agents" | "pending-agents" => (
            "the order of the filters of Exchange 2003 is fixed",
            "take the list out; `enabled` in a filter's table switches it off",
        ),
        "content-filter" => (
            "Exchange 2003 has no Content Filter Agent",
            "use `gateway-threshold`, `gateway-action` and `custom-weights` of \
             `[intelligent-message-filter]`",
        ),
        "organization" => (
            "Exchange 2003 has its store threshold beside the gateway's",
            "use `store-threshold` of `[intelligent-message-filter]`",
        ),
        "rules" => ("Exchange 2003 has no Edge rules", "take them out"),
        "address-rewriting" | "attachment-filter" | "sender-reputation" => {
            ("Exchange 2003 has no such agent", "take the table out")
        }
        "role" => ("Exchange 2003 has no roles", "take it out"),
        "topology" => (
            "only servers with transport agents can stand in a topology",
            "take the table out, or set a later edition",
        ),
        "receive-connector" => (
            "Exchange 2003 has no receive connectors",
            "take the table out; no tarpit is counted",
        ),
        "transport-service" => {
            ("Exchange 2003 writes no agent log", "take the table out")
        }
        "sender-id" if switch => ALWAYS,
        "connection-filter" | "sender-filter" | "recipient-filter" if switch => ALWAYS,
        "connection-filter" => (
            "the lists of Exchange 2003 have no such setting",
            "take it out; lists have `address` only, block list providers also their \
             matching, and exceptions",
        ),
        "recipient-filter" => (
            "the recipient filter of Exchange 2003 has no such setting",
            "take it out; `blocked-recipients` always counts",
        ),
        "sender-filter" => (
            "the sender filter of Exchange 2003 has no such setting",
            "take it out; it rejects by the envelope sender",
        ),
        "sender-id" => (
            "Sender ID of Exchange 2003 has no such setting",
            "take it out; it has `enabled` and `spoofed-domain-action`",
        ),
        _ => ("Exchange 2003 has no such setting", "take it out"),
    };
    SpecError::new(key, problem, cure)
}

const ALWAYS: (&str, &str) =
    ("the filters of Exchange 2003 look at anonymous sessions only", "take it out");

/// An error where a policy says what its edition does not have.
pub(crate) fn check(policy: &PolicySpec) -> Result<(), SpecError> {
    let edition = policy.edition;
    if edition != Edition::E2003Sp2 {
        return match &policy.intelligent_message_filter {
            Some(_) => check_key(edition, TABLE),
            None => Ok(()),
        };
    }
    let default = PolicySpec::default();
    let (lists, providers) = (&policy.connection_filter, &default.connection_filter);
    let plain = ConnectionFilterSpec {
        ip_allow_list: lists.ip_allow_list.clone(),
        ip_block_list: lists.ip_block_list.clone(),
        ip_block_list_providers: lists.ip_block_list_providers.clone(),
        ip_block_list_providers_config: IpBlockListProvidersConfigSpec {
            bypassed_recipients: lists
                .ip_block_list_providers_config
                .bypassed_recipients
                .clone(),
            ..providers.ip_block_list_providers_config.clone()
        },
        bitmask_arithmetic: lists.bitmask_arithmetic,
        ..providers.clone()
    };
    let (senders, recipients, ids) =
        (&policy.sender_filter, &policy.recipient_filter, &policy.sender_id);
    let entries = || lists.ip_allow_list.iter().chain(&lists.ip_block_list);
    let said = [
        ("role", policy.role != default.role),
        ("topology", policy.topology.is_some()),
        ("agents", policy.agents != default.agents),
        ("pending-agents", policy.pending_agents != default.pending_agents),
        ("organization", policy.organization != default.organization),
        ("transport-service", policy.transport_service != default.transport_service),
        ("receive-connector", policy.receive_connector != default.receive_connector),
        ("address-rewriting", policy.address_rewriting != default.address_rewriting),
        ("rules", policy.rules != default.rules),
        ("content-filter", policy.content_filter != default.content_filter),
        ("sender-reputation", policy.sender_reputation != default.sender_reputation),
        ("attachment-filter", policy.attachment_filter != default.attachment_filter),
        ("connection-filter", *lists != plain),
        (
            "connection-filter.ip-allow-list.expiration-time",
            entries().any(|entry| entry.expiration_time.is_some()),
        ),
        (
            "connection-filter.ip-block-list.is-machine-generated",
            entries().any(|entry| entry.is_machine_generated),
        ),
        (
            "sender-filter",
            *senders
                != SenderFilterSpec {
                    enabled: senders.enabled,
                    blank_sender_blocking_enabled: senders.blank_sender_blocking_enabled,
                    blocked_senders: senders.blocked_senders.clone(),
                    blocked_domains: senders.blocked_domains.clone(),
                    blocked_domains_and_subdomains: senders
                        .blocked_domains_and_subdomains
                        .clone(),
                    ..SenderFilterSpec::default()
                },
        ),
        (
            "recipient-filter",
            *recipients
                != RecipientFilterSpec {
                    enabled: recipients.enabled,
                    blocked_recipients: recipients.blocked_recipients.clone(),
                    recipient_validation_enabled: recipients.recipient_validation_enabled,
                    ..RecipientFilterSpec::default()
                },
        ),
        (
            "sender-id",
            *ids != SenderIdSpec {
                enabled: ids.enabled,
                spoofed_domain_action: ids.spoofed_domain_action,
                ..SenderIdSpec::default()
            },
        ),
    ];
    match said.iter().find(|(_, said)| *said) {
        Some((key, _)) => Err(refusal(key)),
        None => Ok(()),
    }
}

/// The recipient filter as 2003 has it: there is no switch beside its list.
pub(crate) fn recipients(policy: &PolicySpec) -> RecipientFilterSpec {
    RecipientFilterSpec { block_list_enabled: true, ..policy.recipient_filter.clone() }
}

/// Gateway and store as four thresholds: an archive is a quarantine that nobody is told of.
pub(crate) fn thresholds(spec: &ImfSpec) -> Thresholds {
    let on = |action: ImfAction| match spec.gateway_action == action {
        true => spec.acts_from(),
        false => None,
    };
    Thresholds {
        delete: on(ImfAction::Delete),
        reject: on(ImfAction::Reject),
        quarantine: on(ImfAction::Archive),
        junk: spec.store_enabled.then_some(spec.store_threshold),
    }
}

/// Writes four thresholds into gateway and store. The gateway has one action: the harshest
/// of those that are on.
pub(crate) fn set_thresholds(spec: &mut ImfSpec, thresholds: &Thresholds) {
    let choices = [
        (ImfAction::Delete, thresholds.delete),
        (ImfAction::Reject, thresholds.reject),
        (ImfAction::Archive, thresholds.quarantine),
    ];
    let found = choices.iter().find_map(|(action, at)| at.map(|at| (*action, at)));
    spec.gateway_action = found.map_or(ImfAction::NoAction, |(action, _)| action);
    if let Some((_, lowest)) = found {
        spec.act_from(lowest);
    }
    spec.store_enabled = thresholds.junk.is_some();
    if let Some(junk) = thresholds.junk {
        spec.store_threshold = junk;
    }
}

#[cfg(test)]
mod tests {
    use mail::Threshold;

    use super::*;
    use crate::GatewayComparison;

    fn policy() -> PolicySpec {
        PolicySpec { edition: Edition::E2003Sp2, ..PolicySpec::default() }
    }

    fn refused(change: impl FnOnce(&mut PolicySpec)) -> String {
        let mut policy = policy();
        change(&mut policy);
        check(&policy).unwrap_err().key
    }

    #[test]
    fn settings_of_later_editions_are_refused_by_name() {
        assert_eq!(check(&policy()), Ok(()));
        assert_eq!(
            refused(|p| p.content_filter.scl_reject_enabled = false),
            "content-filter"
        );
        assert_eq!(refused(|p| p.organization.scl_junk_enabled = false), "organization");
        assert_eq!(
            refused(|p| p.sender_reputation.srl_block_threshold = 3),
            "sender-reputation"
        );
        assert_eq!(refused(|p| p.sender_id.internal_mail_enabled = true), "sender-id");
        let switch = |p: &mut PolicySpec| {
            p.connection_filter.ip_allow_list_config.enabled = false;
        };
        assert_eq!(refused(switch), "connection-filter");
        let entry = |p: &mut PolicySpec| {
            p.connection_filter.ip_block_list = vec![crate::IpEntrySpec {
                identity: crate::EntryNumber::default(),
                address: "192.0.2.1".into(),
                expiration_time: Some("2024-01-01T00:00:00Z".into()),
                is_machine_generated: false,
                comment: None,
            }];
        };
        assert!(refused(entry).ends_with("expiration-time"));
        assert_eq!(refused(|p| p.role = crate::Role::Hub), "role");
        assert_eq!(refused(|p| p.topology = Some(<_>::default())), "topology");
        let later = PolicySpec {
            intelligent_message_filter: Some(ImfSpec::default()),
            ..PolicySpec::default()
        };
        let error = check(&later).unwrap_err().to_string();
        assert!(error.contains("Exchange se has no such filter"), "{error}");
    }

    #[test]
    fn keys_are_known_one_by_one() {
        let ok = |key| check_key(Edition::E2003Sp2, key);
        for key in KEYS.iter().chain(&SENDER_ID_KEYS) {
            assert_eq!(ok(key), Ok(()));
            assert_eq!(
                check_key(Edition::Se, key),
                Ok(()),
                "{key} is of later editions too"
            );
        }
        assert_eq!(ok("intelligent-message-filter.archive-scl"), Ok(()));
        for key in [
            "agents.name",
            "role",
            "topology.servers.name",
            "content-filter.scl-reject-threshold",
            "connection-filter.ip-allow-list-providers.name",
            "recipient-filter.block-list-enabled",
            "sender-filter.action",
            "sender-id.external-mail-enabled",
            "edtion",
        ] {
            let error = ok(key).unwrap_err();
            assert_eq!(error.key, key);
            assert!(!error.cure.is_empty());
        }
    }

    #[test]
    fn of_several_tiers_the_gateway_takes_the_harshest() {
        let at = |value| Threshold::new(value).ok();
        let all =
            Thresholds { delete: at(9), reject: at(7), quarantine: at(5), junk: None };
        let mild = Thresholds { delete: None, ..all };
        for (tiers, action, threshold) in [
            (all, ImfAction::Delete, 9),
            (mild, ImfAction::Reject, 7),
            (Thresholds { reject: None, ..mild }, ImfAction::Archive, 5),
        ] {
            let mut spec = ImfSpec::default();
            set_thresholds(&mut spec, &tiers);
            assert_eq!(
                (spec.gateway_action, spec.gateway_threshold.get()),
                (action, threshold)
            );
        }
    }

    #[test]
    fn thresholds_go_in_and_out() {
        let at = |value| Threshold::new(value).ok();
        let mut spec = ImfSpec::default();
        assert_eq!(
            thresholds(&spec),
            Thresholds { junk: at(8), ..Thresholds::default() }
        );
        for comparison in [GatewayComparison::Ge, GatewayComparison::Gt] {
            spec.gateway_comparison = comparison;
            for value in 1..=9 {
                for wanted in [
                    Thresholds {
                        delete: at(value),
                        junk: at(0),
                        ..Thresholds::default()
                    },
                    Thresholds { reject: at(value), ..Thresholds::default() },
                    Thresholds { quarantine: at(value), ..Thresholds::default() },
                    Thresholds::default(),
                ] {
                    set_thresholds(&mut spec, &wanted);
                    assert_eq!(thresholds(&spec), wanted, "{comparison:?}");
                }
            }
        }
    }
}
