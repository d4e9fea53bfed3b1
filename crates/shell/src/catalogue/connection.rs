//! Connection Filtering Agent. Source: specification 4.

use agents::{EntryNumber, IpEntrySpec, PolicySpec, ProviderSpec};

use super::{Collection, Config, Filter, Numbered, Place, Verb};
use crate::row::{Form, Kind, Row, row};
use crate::{Value, View, quoted};

const RESPONSE_TEXT: Form = Form::Ascii(240);

/// The configuration of one list: its own rows behind the three switches that all have.
macro_rules! list_config {
    ($config:ident, $noun:literal, $about:literal, $field:ident $(, $row:expr)* $(,)?) => {
        pub(super) const $config: Config = Config {
            noun: $noun,
            place: Place::Edge,
            about: $about,
            rows: &[
                row!(
                    PolicySpec,
                    "Enabled",
                    Kind::Switch,
                    connection_filter.$field.enabled,
                    "whether it counts"
                ),
                row!(
                    PolicySpec,
                    "ExternalMailEnabled",
                    Kind::Switch,
                    connection_filter.$field.external_mail_enabled,
                    "whether it counts for anonymous sessions"
                ),
                row!(
                    PolicySpec,
                    "InternalMailEnabled",
                    Kind::Switch,
                    connection_filter.$field.internal_mail_enabled,
                    "whether it counts for authenticated sessions"
                ),
                $($row,)*
            ],
        };
    };
}

list_config!(
    ALLOW_LIST,
    "IPAllowListConfig",
    "switches of the IP Allow list",
    ip_allow_list_config
);
list_config!(
    ALLOW_PROVIDERS,
    "IPAllowListProvidersConfig",
    "switches of the allow list providers",
    ip_allow_list_providers_config
);
list_config!(
    BLOCK_LIST,
    "IPBlockListConfig",
    "switches and replies of the IP Block list",
    ip_block_list_config,
    row!(
        PolicySpec,
        "MachineEntryRejectionResponse",
        Kind::MaybeOf(RESPONSE_TEXT),
        connection_filter.ip_block_list_config.machine_entry_rejection_response,
        "reply at an entry of sender reputation; {0} is the address"
    ),
    row!(
        PolicySpec,
        "StaticEntryRejectionResponse",
        Kind::MaybeOf(RESPONSE_TEXT),
        connection_filter.ip_block_list_config.static_entry_rejection_response,
        "reply at any other entry; {0} is the address"
    ),
);
list_config!(
    BLOCK_PROVIDERS,
    "IPBlockListProvidersConfig",
    "switches of the block list providers, and recipients they do not guard",
    ip_block_list_providers_config,
    row!(
        PolicySpec,
        "BypassedRecipients",
        Kind::ListOf(Form::Mail, 800),
        connection_filter.ip_block_list_providers_config.bypassed_recipients,
        "recipients who get mail from listed addresses all the same"
    ),
);

const RANGE: Row<IpEntrySpec> = row!(
    IpEntrySpec,
    "IPRange",
    Kind::Text(usize::MAX),
    address,
    "an address, `a-b` or `a/24`"
);
const ADDRESS: Row<IpEntrySpec> = Row {
    name: "IPAddress",
    kind: Kind::MaybeOf(Form::Ip),
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
    Kind::MaybeOf(Form::Date),
    expiration_time,
    "first moment at which it no longer holds"
);

const COMMENT: Row<IpEntrySpec> =
    row!(IpEntrySpec, "Comment", Kind::MaybeText(usize::MAX), comment, "a remark");

const ENTRY_ROWS: &[Row<IpEntrySpec>] = &[RANGE, ADDRESS, EXPIRATION, COMMENT];

const fn entries(
    noun: &'static str,
    about: &'static str,
    list: fn(&PolicySpec) -> &Vec<IpEntrySpec>,
    list_mut: fn(&mut PolicySpec) -> &mut Vec<IpEntrySpec>,
) -> Collection<IpEntrySpec> {
    Collection {
        noun,
        about,
        create: "Add",
        verbs: &[Verb::Create, Verb::Get, Verb::Remove],
        rows: ENTRY_ROWS,
        needed: &[],
        position: &[],
        key: "Identity",
        priority: None,
        exclusive: &["IPAddress", "IPRange"],
        filters: &[Filter {
            name: "IPAddress",
            kind: Kind::Of(Form::Ip),
            about: "entries that hold this address",
            takes: |entry, text| text.parse().is_ok_and(|ip| entry.holds(ip)),
        }],
        numbered: Some(Numbered { of: |entry| entry.identity.0, finding }),
        view: View::Table(&[
            ("Identity", 0),
            ("IPRange", 0),
            ("ExpirationTime", 0),
            ("IsMachineGenerated", 0),
        ]),
        list,
        list_mut,
        blank: || IpEntrySpec {
            identity: EntryNumber(None),
            address: String::new(),
            expiration_time: None,
            is_machine_generated: false,
            comment: None,
        },
        identity: |entry| entry.address.clone(),
        extra: |_, _, entry| {
            vec![
                (
                    "Identity",
                    entry.identity.0.map_or(Value::Null, |n| Value::Number(n.into())),
                ),
                ("IsMachineGenerated", Value::Bool(entry.is_machine_generated)),
            ]
        },
        check: |entry| {
            let cure = "state it with -IPAddress or -IPRange";
            if entry.address.is_empty() { Err(("no address", cure)) } else { Ok(()) }
        },
        enabled: None,
    }
}

/// What gets one entry and no other: its address where no other entry holds it, else its
/// range.
fn finding(entry: &IpEntrySpec, list: &[IpEntrySpec]) -> String {
    let alone = |ip| list.iter().filter(|other| other.holds(ip)).count() == 1;
    if entry.address.parse().is_ok_and(alone) {
        return format!(" -IPAddress {}", entry.address);
    }
    format!(" | Where-Object {{ $_.IPRange -eq {} }}", quoted(&entry.address))
}

/// Gives each entry of both lists a number of its own: the one it has, the one that the same
/// entry had `before`, or the next of the run that both lists share.
pub(crate) fn number(policy: &mut PolicySpec, before: Option<&PolicySpec>) {
    let lists = |policy: &PolicySpec| {
        let filter = &policy.connection_filter;
        [filter.ip_allow_list.clone(), filter.ip_block_list.clone()]
    };
    let old = before.map(lists).unwrap_or_default();
    let filter = &mut policy.connection_filter;
    let mut taken: Vec<u32> = Vec::new();
    let mut new = [&mut filter.ip_allow_list, &mut filter.ip_block_list];
    for (list, old) in new.iter_mut().zip(&old) {
        for entry in list.iter_mut() {
            let same = old.iter().find(|other| *other == entry);
            let number = entry.identity.0.or(same.and_then(|other| other.identity.0));
            entry.identity.0 = number.filter(|n| *n > 0 && !taken.contains(n));
            taken.extend(entry.identity.0);
        }
    }
    let known = old.iter().flatten().filter_map(|entry| entry.identity.0);
    let mut next = known.chain(taken.iter().copied()).max().unwrap_or(0);
    for entry in new.iter_mut().flat_map(|list| list.iter_mut()) {
        if entry.identity.0.is_none() {
            next = next.saturating_add(1);
            entry.identity.0 = Some(next);
        }
    }
}

pub(super) static ALLOW_ENTRIES: Collection<IpEntrySpec> = entries(
    "IPAllowListEntry",
    "addresses whose mail no antispam agent looks at",
    |policy| &policy.connection_filter.ip_allow_list,
    |policy| &mut policy.connection_filter.ip_allow_list,
);

pub(super) static BLOCK_ENTRIES: Collection<IpEntrySpec> = entries(
    "IPBlockListEntry",
    "addresses whose mail is refused",
    |policy| &policy.connection_filter.ip_block_list,
    |policy| &mut policy.connection_filter.ip_block_list,
);

const NAME: Row<ProviderSpec> =
    row!(ProviderSpec, "Name", Kind::Text(usize::MAX), name, "name of the provider");
const DOMAIN: Row<ProviderSpec> = row!(
    ProviderSpec,
    "LookupDomain",
    Kind::Of(Form::Domain),
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
    Kind::MaybeOf(Form::Ipv4),
    bitmask_match,
    "a hit where the bits of this address are set in the answer"
);
const MATCH: Row<ProviderSpec> = row!(
    ProviderSpec,
    "IPAddressesMatch",
    Kind::ListOf(Form::Ipv4, usize::MAX),
    ip_addresses_match,
    "a hit where the answer is one of these"
);
const RESPONSE: Row<ProviderSpec> = row!(
    ProviderSpec,
    "RejectionResponse",
    Kind::MaybeOf(RESPONSE_TEXT),
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
        exclusive: &[],
        filters: &[],
        numbered: None,
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
