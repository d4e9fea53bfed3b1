//! Random policies of Exchange 2003 SP2, with several settings of gateway and store each.

use agents::{FILTERS_2003, ImfSpec, PolicySpec};
use mail::{Case, World};
use proptest::prelude::*;
use proptest::sample::select;

use super::policies::table;
use super::{LetterPick, letter, policies, worlds};

const CONNECTION: &[&str] = &[
    "ip-allow-list = [{ address = '192.0.2.2' }, { address = '192.0.2.6-192.0.2.7' }]",
    "ip-block-list = [{ address = '2001:db8::8/127' }, { address = '192.0.2.5' }]",
    "ip-block-list = [{ address = '192.0.2.2-192.0.2.4' }, { address = '192.0.2.4/31' }]",
    "ip-block-list-providers = [{ name = 'mask', lookup-domain = 'bl.example', bitmask-match \
     = '0.0.0.6' }, { name = 'exact', lookup-domain = 'bl.example', ip-addresses-match = \
     ['127.0.0.3'] }]",
    "ip-block-list-providers = [{ name = 'last', lookup-domain = 'bl.example' }, { name = \
     'first', lookup-domain = 'bl.example', priority = 1, bitmask-match = '0.0.0.2' }]",
    "ip-block-list-providers-config = { bypassed-recipients = ['U1@corp.example', \
     'boss@partner.example'] }",
    "bitmask-arithmetic = 'any-bit'",
];

const SENDERS: &[&str] = &[
    "blocked-senders = ['news@letters.example', 'bulk@blocked.example']",
    "blocked-domains = ['blocked.example', 'evil.example']",
    "blocked-domains-and-subdomains = ['evil.example', 'good.example']",
    "blank-sender-blocking-enabled = true",
];

const RECIPIENTS: &[&str] = &[
    "blocked-recipients = ['blocked@corp.example', 'boss@partner.example', 'u1@old.example']",
    "recipient-validation-enabled = true",
];

const IMF: &[&str] = &[
    "check-auth-sessions = true",
    "accept-list-skips = 'all'",
    "sender-id-fail-steps = 4",
    "sender-id-soft-fail-steps = -3",
    "custom-weights = [{ part = 'SUBJECT', change = { ADD = 3 }, text = 'offer' }, { part = \
     'BODY', change = { ADD = -2 }, text = 'money' }]",
    "custom-weights = [{ part = 'BOTH', change = 'MIN', text = 'project x' }, { part = 'BODY', \
     change = 'MAX', text = 'free money' }, { part = 'BOTH', change = { ADD = -9 }, text = \
     'offers' }]",
];

/// Letters, a world and a server of 2003.
#[derive(Debug, Clone)]
pub(crate) struct Trial2003 {
    letters: Vec<LetterPick>,
    world: worlds::WorldPick,
    policy: String,
    /// Gateway and store, each another setting of the same server.
    doors: Vec<Door>,
}

/// The settings of the filter that act on levels, and which filters run.
#[derive(Debug, Clone)]
struct Door {
    settings: String,
    enabled: [bool; 5],
}

impl Trial2003 {
    pub(crate) fn world(&self) -> World {
        self.world.world()
    }

    pub(crate) fn cases(&self) -> Vec<Case> {
        super::cases(&self.letters)
    }

    /// The policy with each of its gateways, and the switches of its filters.
    pub(crate) fn policies(&self) -> Vec<(PolicySpec, [bool; 5])> {
        let policy: PolicySpec = toml::from_str(&self.policy)
            .unwrap_or_else(|error| panic!("{error}\n{}", self.policy));
        let with = |door: &Door| {
            let doors: ImfSpec =
                toml::from_str(&door.settings).expect("as written below");
            let filter = ImfSpec {
                gateway_threshold: doors.gateway_threshold,
                gateway_action: doors.gateway_action,
                gateway_comparison: doors.gateway_comparison,
                store_threshold: doors.store_threshold,
                store_enabled: doors.store_enabled,
                store_comparison: doors.store_comparison,
                ..policy.imf()
            };
            let intelligent_message_filter = Some(filter);
            (PolicySpec { intelligent_message_filter, ..policy.clone() }, door.enabled)
        };
        self.doors.iter().map(with).collect()
    }
}

/// Names of the filters that run.
pub(crate) fn running(enabled: [bool; 5]) -> Vec<&'static str> {
    FILTERS_2003
        .into_iter()
        .zip(enabled)
        .filter(|(_, on)| *on)
        .map(|(name, _)| name)
        .collect()
}

fn door() -> impl Strategy<Value = Door> {
    let action = select(vec!["no-action", "archive", "delete", "reject"]);
    let comparison = || select(vec!["ge", "gt"]);
    let gateway = (0u8..=9, action, comparison());
    let store = (0u8..=9, prop::bool::weighted(0.9), comparison());
    let enabled = prop_oneof![
        4 => Just([true; 5]),
        1 => prop::array::uniform5(prop::bool::weighted(0.8)),
    ];
    (gateway, store, enabled).prop_map(|((at, action, how), (junk, on, above), enabled)| {
        let settings = format!(
            "gateway-threshold = {at}\ngateway-action = '{action}'\n\
             gateway-comparison = '{how}'\nstore-threshold = {junk}\nstore-enabled = {on}\n\
             store-comparison = '{above}'\n"
        );
        Door { settings, enabled }
    })
}

fn policy() -> impl Strategy<Value = String> {
    let action = select(vec!["stamp-status", "stamp-status", "reject", "delete"]);
    let sender_id = (prop::bool::weighted(0.9), action).prop_map(|(on, action)| {
        format!("[sender-id]\nenabled = {on}\nspoofed-domain-action = '{action}'\n")
    });
    let filter = (table("intelligent-message-filter", IMF), prop::bool::weighted(0.9));
    let filter = filter.prop_map(|(table, on)| format!("{table}enabled = {on}\n"));
    let lists = (
        table("connection-filter", CONNECTION),
        table("sender-filter", SENDERS),
        table("recipient-filter", RECIPIENTS),
    );
    (lists, policies::transport(), sender_id, filter).prop_map(|((a, b, c), d, e, f)| {
        "edition = '2003-sp2'\n".to_owned() + &a + &b + &c + &d + &e + &f
    })
}

/// Letters to servers of 2003.
pub(crate) fn of_2003() -> impl Strategy<Value = Trial2003> {
    let letters = prop::collection::vec(letter(), 1..10);
    let doors = prop::collection::vec(door(), 6);
    (letters, worlds::world(), policy(), doors).prop_map(
        |(letters, world, policy, doors)| Trial2003 { letters, world, policy, doors },
    )
}
