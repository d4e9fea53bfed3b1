//! Connection Filtering Agent. Source: specification 4.

use agents::{IpEntrySpec, PolicySpec, ProviderSpec};

use super::{Collection, Config, Place, Verb};
use crate::row::{Kind, Row, row};
use crate::{Value, View};

pub(super) const ALLOW_LIST: Config = Config {
    noun: "IPAllowListConfig",
    place: Place::Edge,
    about: "switches of the IP Allow list",
    rows: &[
        row!(
            PolicySpec,
            "Enabled",
            Kind::Switch,
            connection_filter.ip_allow_list_config.enabled,
            "whether it counts"
        ),
        row!(
            PolicySpec,
            "ExternalMailEnabled",
            Kind::Switch,
            connection_filter.ip_allow_list_config.external_mail_enabled,
            "whether it counts for anonymous sessions"
        ),
        row!(
            PolicySpec,
            "InternalMailEnabled",
            Kind::Switch,
            connection_filter.ip_allow_list_config.internal_mail_enabled,
            "whether it counts for authenticated sessions"
        ),
    ],
};

pub(super) const ALLOW_PROVIDERS: Config = Config {
    noun: "IPAllowListProvidersConfig",
    place: Place::Edge,
    about: "switches of the allow list providers",
    rows: &[
        row!(
            PolicySpec,
            "Enabled",
            Kind::Switch,
            connection_filter.ip_allow_list_providers_config.enabled,
            "whether it counts"
        ),
        row!(
            PolicySpec,
            "ExternalMailEnabled",
            Kind::Switch,
            connection_filter.ip_allow_list_providers_config.external_mail_enabled,
            "whether it counts for anonymous sessions"
        ),
        row!(
            PolicySpec,
            "InternalMailEnabled",
            Kind::Switch,
            connection_filter.ip_allow_list_providers_config.internal_mail_enabled,
            "whether it counts for authenticated sessions"
        ),
    ],
};

pub(super) const BLOCK_LIST: Config = Config {
    noun: "IPBlockListConfig",
    place: Place::Edge,
    about: "switches and replies of the IP Block list",
    rows: &[
        row!(
            PolicySpec,
            "Enabled",
            Kind::Switch,
            connection_filter.ip_block_list_config.enabled,
            "whether it counts"
        ),
        row!(
            PolicySpec,
            "ExternalMailEnabled",
            Kind::Switch,
            connection_filter.ip_block_list_config.external_mail_enabled,
            "whether it counts for anonymous sessions"
        ),
        row!(
            PolicySpec,
            "InternalMailEnabled",
            Kind::Switch,
            connection_filter.ip_block_list_config.internal_mail_enabled,
            "whether it counts for authenticated sessions"
        ),
        row!(
            PolicySpec,
            "MachineEntryRejectionResponse",
            Kind::MaybeText(240),
            connection_filter.ip_block_list_config.machine_entry_rejection_response,
            "reply at an entry of sender reputation; {0} is the address"
        ),
        row!(
            PolicySpec,
            "StaticEntryRejectionResponse",
            Kind::MaybeText(240),
            connection_filter.ip_block_list_config.static_entry_rejection_response,
            "reply at any other entry; {0} is the address"
        ),
    ],
};

pub(super) const BLOCK_PROVIDERS: Config = Config {
    noun: "IPBlockListProvidersConfig",
    place: Place::Edge,
    about: "switches of the block list providers, and recipients they do not guard",
    rows: &[
        row!(
            PolicySpec,
            "Enabled",
            Kind::Switch,
            connection_filter.ip_block_list_providers_config.enabled,
            "whether it counts"
        ),
        row!(
            PolicySpec,
            "ExternalMailEnabled",
            Kind::Switch,
            connection_filter.ip_block_list_providers_config.external_mail_enabled,
            "whether it counts for anonymous sessions"
        ),
        row!(
            PolicySpec,
            "InternalMailEnabled",
            Kind::Switch,
            connection_filter.ip_block_list_providers_config.internal_mail_enabled,
            "whether it counts for authenticated sessions"
        ),
        row!(
            PolicySpec,
            "BypassedRecipients",
            Kind::List(800),
            connection_filter.ip_block_list_providers_config.bypassed_recipients,
            "recipients who get mail from listed addresses all the same"
        ),
    ],
};

const RANGE: Row<IpEntrySpec> = row!(
    IpEntrySpec,
    "IPRange",
    Kind::Text(usize::MAX),
    address,
    "an address, `a-b` or `a/24`"
);
const ADDRESS: Row<IpEntrySpec> = Row {
    name: "IPAddress",
    kind: Kind::MaybeText(usize::MAX),
    about: "one address",
    // `IPRange` shows it too; export writes each entry once.
    get: |_| Value::Null,
    set: |entry, value| {
        if value != Value::Null {
            entry.address = value.text();
        }
        Ok(())
    },
};
const EXPIRATION: Row<IpEntrySpec> = row!(
    IpEntrySpec,
    "ExpirationTime",
    Kind::MaybeText(usize::MAX),
    expiration_time,
    "first moment at which it no longer holds, as 2026-05-01T00:00:00Z"
);

const COMMENT: Row<IpEntrySpec> =
    row!(IpEntrySpec, "Comment", Kind::MaybeText(usize::MAX), comment, "a remark");

const ENTRY_ROWS: &[Row<IpEntrySpec>] = &[RANGE, ADDRESS, EXPIRATION, COMMENT];

const fn entries(
    noun: &'static str,
    about: &'static str,
    list: fn(&PolicySpec) -> &Vec<IpEntrySpec>,
    list_mut: fn(&mut PolicySpec) -> &mut Vec<IpEntrySpec>,
    extra: fn(&PolicySpec, usize, &IpEntrySpec) -> Vec<(&'static str, Value)>,
) -> Collection<IpEntrySpec> {
    Collection {
        noun,
        about,
        create: "Add",
        verbs: &[Verb::Create, Verb::Get, Verb::Remove],
        rows: ENTRY_ROWS,
        needed: &[],
        position: &["IPRange"],
        key: "IPRange",
        priority: None,
        view: View::Auto,
        list,
        list_mut,
        blank: || IpEntrySpec {
            address: String::new(),
            expiration_time: None,
            is_machine_generated: false,
            comment: None,
        },
        identity: |entry| entry.address.clone(),
        extra,
        check: |entry| {
            let cure = "state it with -IPAddress or -IPRange";
            if entry.address.is_empty() { Err(("no address", cure)) } else { Ok(()) }
        },
        enabled: None,
    }
}

/// Both lists share one run of numbers; a policy does not keep them, so they count on from
/// the allow list to the block list.
fn numbered(at: usize) -> Vec<(&'static str, Value)> {
    vec![("Identity", Value::Number(i64::try_from(at + 1).unwrap_or(i64::MAX)))]
}

pub(super) static ALLOW_ENTRIES: Collection<IpEntrySpec> = entries(
    "IPAllowListEntry",
    "addresses whose mail no antispam agent looks at",
    |policy| &policy.connection_filter.ip_allow_list,
    |policy| &mut policy.connection_filter.ip_allow_list,
    |_, at, _| numbered(at),
);

pub(super) static BLOCK_ENTRIES: Collection<IpEntrySpec> = entries(
    "IPBlockListEntry",
    "addresses whose mail is refused",
    |policy| &policy.connection_filter.ip_block_list,
    |policy| &mut policy.connection_filter.ip_block_list,
    |policy, at, _| numbered(policy.connection_filter.ip_allow_list.len() + at),
);

const NAME: Row<ProviderSpec> =
    row!(ProviderSpec, "Name", Kind::Text(usize::MAX), name, "name of the provider");
const DOMAIN: Row<ProviderSpec> = row!(
    ProviderSpec,
    "LookupDomain",
    Kind::Text(usize::MAX),
    lookup_domain,
    "domain that is asked"
);
const ENABLED: Row<ProviderSpec> =
    row!(ProviderSpec, "Enabled", Kind::Switch, enabled, "whether it is asked");
const ANY: Row<ProviderSpec> =
    row!(ProviderSpec, "AnyMatch", Kind::Switch, any_match, "any answer is a hit");
const MASK: Row<ProviderSpec> = row!(
    ProviderSpec,
    "BitmaskMatch",
    Kind::MaybeText(usize::MAX),
    bitmask_match,
    "a hit where the bits of this address are set in the answer"
);
const MATCH: Row<ProviderSpec> = row!(
    ProviderSpec,
    "IPAddressesMatch",
    Kind::List(usize::MAX),
    ip_addresses_match,
    "a hit where the answer is one of these"
);
const RESPONSE: Row<ProviderSpec> = row!(
    ProviderSpec,
    "RejectionResponse",
    Kind::MaybeText(240),
    rejection_response,
    "reply to a listed client"
);

const fn providers(
    noun: &'static str,
    about: &'static str,
    list: fn(&PolicySpec) -> &Vec<ProviderSpec>,
    list_mut: fn(&mut PolicySpec) -> &mut Vec<ProviderSpec>,
    rows: &'static [Row<ProviderSpec>],
) -> Collection<ProviderSpec> {
    Collection {
        noun,
        about,
        create: "Add",
        verbs: &[Verb::Create, Verb::Set, Verb::Get, Verb::Remove],
        rows,
        needed: &["Name", "LookupDomain"],
        position: &["Name"],
        key: "Name",
        priority: Some(1),
        view: View::Table(&[("Name", 0), ("LookupDomain", 0), ("Priority", 0)]),
        list,
        list_mut,
        blank: || ProviderSpec {
            name: String::new(),
            lookup_domain: String::new(),
            enabled: true,
            any_match: false,
            bitmask_match: None,
            ip_addresses_match: Vec::new(),
            priority: None,
            rejection_response: None,
        },
        identity: |provider| provider.name.clone(),
        extra: |_, _, _| Vec::new(),
        check: |_| Ok(()),
        enabled: None,
    }
}

pub(super) static ALLOW_PROVIDER_LIST: Collection<ProviderSpec> = providers(
    "IPAllowListProvider",
    "DNS lists of addresses whose mail no antispam agent looks at",
    |policy| &policy.connection_filter.ip_allow_list_providers,
    |policy| &mut policy.connection_filter.ip_allow_list_providers,
    &[NAME, DOMAIN, ENABLED, ANY, MASK, MATCH],
);

pub(super) static BLOCK_PROVIDER_LIST: Collection<ProviderSpec> = providers(
    "IPBlockListProvider",
    "DNS lists of addresses whose mail is refused",
    |policy| &policy.connection_filter.ip_block_list_providers,
    |policy| &mut policy.connection_filter.ip_block_list_providers,
    &[NAME, DOMAIN, ENABLED, ANY, MASK, MATCH, RESPONSE],
);
