//! Connection Filtering Agent. Source: specification 4.
//!
//! A policy has one scope for all four lists: their `ExternalMailEnabled` and
//! `InternalMailEnabled` are the same two settings.

use agents::{IpEntrySpec, PolicySpec, ProviderSpec};

use super::{Collection, Config, Place, Verb};
use crate::row::{Kind, Row, fixed, row};
use crate::{Value, View};

const ENABLED: Row<PolicySpec> = fixed!(
    PolicySpec,
    "Enabled",
    Value::Bool(true),
    "a policy has no switch for one list: empty it, or switch the agent off"
);
const EXTERNAL: Row<PolicySpec> = row!(
    PolicySpec,
    "ExternalMailEnabled",
    Kind::Switch,
    connection_filter.external_mail_enabled,
    "whether it looks at anonymous sessions; one switch for all four lists"
);
const INTERNAL: Row<PolicySpec> = row!(
    PolicySpec,
    "InternalMailEnabled",
    Kind::Switch,
    connection_filter.internal_mail_enabled,
    "whether it looks at authenticated sessions; one switch for all four lists"
);

pub(super) const ALLOW_LIST: Config = Config {
    noun: "IPAllowListConfig",
    place: Place::Edge,
    about: "scope of the IP Allow list",
    rows: &[ENABLED, EXTERNAL, INTERNAL],
};

pub(super) const ALLOW_PROVIDERS: Config = Config {
    noun: "IPAllowListProvidersConfig",
    place: Place::Edge,
    about: "scope of the allow list providers",
    rows: &[ENABLED, EXTERNAL, INTERNAL],
};

pub(super) const BLOCK_LIST: Config = Config {
    noun: "IPBlockListConfig",
    place: Place::Edge,
    about: "scope of the IP Block list",
    rows: &[ENABLED, EXTERNAL, INTERNAL],
};

pub(super) const BLOCK_PROVIDERS: Config = Config {
    noun: "IPBlockListProvidersConfig",
    place: Place::Edge,
    about: "scope of the block list providers, and recipients they do not guard",
    rows: &[
        ENABLED,
        EXTERNAL,
        INTERNAL,
        row!(
            PolicySpec,
            "BypassedRecipients",
            Kind::List(100),
            connection_filter.bypassed_recipients,
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

const ENTRY_ROWS: &[Row<IpEntrySpec>] = &[RANGE, ADDRESS, EXPIRATION];

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
        blank: || IpEntrySpec { address: String::new(), expiration_time: None },
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

const PROVIDER_ROWS: &[Row<ProviderSpec>] = &[
    row!(ProviderSpec, "Name", Kind::Text(usize::MAX), name, "name of the provider"),
    row!(
        ProviderSpec,
        "LookupDomain",
        Kind::Text(usize::MAX),
        lookup_domain,
        "domain that is asked"
    ),
    row!(ProviderSpec, "Enabled", Kind::Switch, enabled, "whether it is asked"),
    row!(ProviderSpec, "AnyMatch", Kind::Switch, any_match, "any answer is a hit"),
    row!(
        ProviderSpec,
        "BitmaskMatch",
        Kind::MaybeText(usize::MAX),
        bitmask_match,
        "a hit where all bits of this address are set in the answer"
    ),
    row!(
        ProviderSpec,
        "IPAddressesMatch",
        Kind::List(usize::MAX),
        ip_addresses_match,
        "a hit where the answer is one of these"
    ),
];

const fn providers(
    noun: &'static str,
    about: &'static str,
    list: fn(&PolicySpec) -> &Vec<ProviderSpec>,
    list_mut: fn(&mut PolicySpec) -> &mut Vec<ProviderSpec>,
) -> Collection<ProviderSpec> {
    Collection {
        noun,
        about,
        create: "Add",
        verbs: &[Verb::Create, Verb::Set, Verb::Get, Verb::Remove],
        rows: PROVIDER_ROWS,
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
);

pub(super) static BLOCK_PROVIDER_LIST: Collection<ProviderSpec> = providers(
    "IPBlockListProvider",
    "DNS lists of addresses whose mail is refused",
    |policy| &policy.connection_filter.ip_block_list_providers,
    |policy| &mut policy.connection_filter.ip_block_list_providers,
);
