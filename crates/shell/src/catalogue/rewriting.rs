//! Address Rewriting agents. Source: specification 5.6.

use agents::AddressRewriteEntry;

use super::{Collection, Verb};
use crate::View;
use crate::row::{Kind, row};

pub(super) static ENTRIES: Collection<AddressRewriteEntry> = Collection {
    noun: "AddressRewriteEntry",
    about: "addresses that are rewritten",
    create: "New",
    verbs: &[Verb::Create, Verb::Set, Verb::Get, Verb::Remove],
    rows: &[
        row!(
            AddressRewriteEntry,
            "Name",
            Kind::Text(usize::MAX),
            name,
            "name of the entry"
        ),
        row!(
            AddressRewriteEntry,
            "InternalAddress",
            Kind::Text(usize::MAX),
            internal_address,
            "`user@internal`, `internal` or `*.internal`"
        ),
        row!(
            AddressRewriteEntry,
            "ExternalAddress",
            Kind::Text(usize::MAX),
            external_address,
            "`user@external` or `external`"
        ),
        row!(
            AddressRewriteEntry,
            "OutboundOnly",
            Kind::Switch,
            outbound_only,
            "rewrites outbound mail only; needed with `*.internal`"
        ),
        row!(
            AddressRewriteEntry,
            "ExceptionList",
            Kind::List(usize::MAX),
            exception_list,
            "domains that `*.internal` leaves alone"
        ),
    ],
    needed: &["Name", "InternalAddress", "ExternalAddress"],
    position: &["Name"],
    key: "Name",
    priority: None,
    exclusive: &[],
    filters: &[],
    numbered: None,
    view: View::Table(&[("Name", 0), ("InternalAddress", 0), ("ExternalAddress", 0)]),
    list: |policy| &policy.address_rewriting.entries,
    list_mut: |policy| &mut policy.address_rewriting.entries,
    blank: || AddressRewriteEntry {
        name: String::new(),
        internal_address: String::new(),
        external_address: String::new(),
        outbound_only: false,
        exception_list: Vec::new(),
    },
    identity: |entry| entry.name.clone(),
    extra: |_, _, _| Vec::new(),
    check: |_| Ok(()),
    enabled: None,
};
