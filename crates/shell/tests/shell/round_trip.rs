//! Policy → script → policy is the identity, for every setting there is.
//!
//! Settings are taken from the policy's own JSON form, so that a setting that is new to the
//! policy file is tested without a word here.

use std::collections::BTreeMap;

use agents::{EntryNumber, PolicySpec};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use shell::{Role, edge_script, organization_script, rollback};

use crate::bench::run_on;

/// A policy in which every optional setting and every kind of entry is there.
fn full() -> PolicySpec {
    let value = json!({
        "content-filter": {
            "quarantine-mailbox": "q@corp.example",
            "rejection-response": "no, it's \"spam\"",
            "bypassed-recipients": ["a@corp.example"],
            "bypassed-sender-domains": ["*.friend.example"],
            "bypassed-senders": ["o'neil@x.example"],
            "phrases": [
                {"phrase": "cheap \u{2019}pills\u{2019}; Remove-Item", "influence": "BadWord"},
                {"phrase": "corp $project `x", "influence": "GoodWord"},
            ],
        },
        "connection-filter": {
            "ip-allow-list": [
                {"address": "192.0.2.1", "expiration-time": "2026-03-01T00:00:00Z",
                 "comment": "a friend"}],
            "ip-block-list": [
                {"address": "198.51.100.0/24"},
                {"address": "203.0.113.1-203.0.113.9", "comment": "a remark",
                 "expiration-time": "2026-01-01T00:00:00Z"},
            ],
            "ip-allow-list-providers": [
                {"name": "good", "lookup-domain": "good.example",
                 "bitmask-match": "127.0.0.8", "ip-addresses-match": ["127.0.0.9"]},
                {"name": "better", "lookup-domain": "better.example", "priority": 1}],
            "ip-block-list-providers": [
                {"name": "one", "lookup-domain": "one.example", "any-match": true},
                {"name": "two", "lookup-domain": "two.example", "enabled": false,
                 "bitmask-match": "127.0.0.4", "ip-addresses-match": ["127.0.0.2"],
                 "rejection-response": "listed", "priority": 1},
            ],
            "ip-block-list-config": {
                "machine-entry-rejection-response": "machine {0}",
                "static-entry-rejection-response": "static {0}"},
            "ip-block-list-providers-config": {"bypassed-recipients": ["b@corp.example"]},
        },
        "transport": {"internal-smtp-servers": ["10.0.0.0/8"]},
        "receive-connector": {"identity": "Default Edge"},
        "transport-service": {
            "identity": "edge1", "agent-log-enabled": false, "agent-log-path": "D:\\Logs",
            "agent-log-max-age": "1.12:00:00", "agent-log-max-file-size": 1048576,
            "agent-log-max-directory-size": 2097152},
        "sender-reputation": {"proxy-server-name": "proxy.corp.example"},
        "address-rewriting": {"entries": [
            {"name": "sales", "internal-address": "*.corp.example",
             "external-address": "corp.example", "outbound-only": true,
             "exception-list": ["keep.corp.example"]},
            {"name": "ann", "internal-address": "ann@in.example",
             "external-address": "ann@out.example"},
        ]},
        "rules": [
            {"name": "by score", "conditions": {"scl-over": 7}, "actions": {"delete": true}},
            {"name": "all", "enabled": false, "priority": 0, "comments": "a remark",
             "mode": "audit", "rule-error-action": "defer",
             "sender-address-location": "envelope",
             "activation-date": "2026-01-01T00:00:00Z", "expiry-date": "2026-02-01T00:00:00Z",
             "conditions": {
                "scl-over": -1,
                "header-contains": {"header": "X-Bulk", "words": ["yes", "true"]},
                "subject-contains-words": ["offer"],
                "from-address-contains-words": ["news"],
                "attachment-name-contains-words": ["invoice"],
                "attachment-size-over": 10240,
                "from-scope": "not-in-organization",
                "from-address-matches-patterns": ["^news"],
                "subject-matches-patterns": ["offer$"],
                "subject-or-body-contains-words": ["free"],
                "subject-or-body-matches-patterns": ["fr.e"],
                "header-matches": {"header": "X-Bulk", "patterns": ["y.s"]},
                "any-of-recipient-address-contains-words": ["sales"],
                "any-of-recipient-address-matches-patterns": ["^sales"],
                "message-size-over": 4096},
             "exceptions": {
                "scl-over": 3,
                "header-contains": {"header": "X-Good", "words": ["yes"]},
                "subject-contains-words": ["re:"],
                "from-address-contains-words": ["boss"],
                "attachment-name-contains-words": ["plan"],
                "attachment-size-over": 1,
                "from-scope": "in-organization",
                "from-address-matches-patterns": ["boss$"],
                "subject-matches-patterns": ["^re:"],
                "subject-or-body-contains-words": ["minutes"],
                "subject-or-body-matches-patterns": ["min.tes"],
                "header-matches": {"header": "X-Good", "patterns": ["y.s"]},
                "any-of-recipient-address-contains-words": ["board"],
                "any-of-recipient-address-matches-patterns": ["board$"],
                "message-size-over": 65536},
             "actions": {
                "set-scl": 9, "prepend-subject": "[bulk] ",
                "set-header": {"header": "X-A", "value": "b"}, "remove-header": "X-C",
                "log-event-text": "seen", "add-to-recipients": ["i@corp.example"],
                "copy-to": ["j@corp.example"], "blind-copy-to": ["k@corp.example"],
                "redirect-message-to": ["l@corp.example"], "disconnect": true,
                "stop-rule-processing": true,
                "reject": {"status-code": 500, "text": "go"}, "quarantine": true}},
        ],
        "sender-id": {
            "bypassed-recipients": ["c@corp.example"], "bypassed-sender-domains": ["d.example"]},
        "sender-filter": {
            "blocked-senders": ["e@x.example"], "blocked-domains": ["f.example"],
            "blocked-domains-and-subdomains": ["g.example"]},
        "recipient-filter": {"blocked-recipients": ["h@corp.example"]},
        "attachment-filter": {"exception-connectors": ["1f4b0c8e-52a9-4d3c-8a70-6c2e9d0b7f15"], "admin-message": "first line\nsecond\tline `x $y \"z\""},
        "agents": [
            {"name": "Content Filter Agent", "priority": 1},
            {"name": "Sender Id Agent", "priority": 2, "enabled": false},
        ],
        "pending-agents": [{"name": "Edge Rule Agent", "priority": 1}],
    });
    serde_json::from_value(value).unwrap()
}

/// Other values a setting could have, by what it is now. Words of every enumeration are
/// tried; those that do not fit are no policy.
fn others(value: &Value) -> Vec<Value> {
    const WORDS: &[&str] = &[
        "2007",
        "se",
        "gt",
        "ge",
        "stamp-status",
        "reject",
        "delete",
        "strip",
        "silent-delete",
        "192.0.2.77",
        "00:00:10",
        "3c6d1a2b-0f4e-4b7a-9d21-8e5f6a7b8c90",
        "keep",
        "any-bit",
        "socks5",
        "audit",
        "defer",
        "envelope",
        "in-organization",
        "not-in-organization",
        "GoodWord",
        "BadWord",
        "2026-01-15T00:00:00Z",
        "other\u{e9} text # 'x'\u{202e}\u{2028}",
    ];
    match value {
        Value::Bool(now) => vec![json!(!now)],
        Value::Number(now) => {
            let now = now.as_i64().unwrap();
            [now + 1, now - 1, 0, 5, 800, 500]
                .into_iter()
                .filter(|n| *n != now)
                .map(|n| json!(n))
                .collect()
        }
        Value::String(now) => {
            let words = WORDS.iter().map(|word| json!(word));
            words.chain([json!(format!("{now}x"))]).filter(|word| word != value).collect()
        }
        Value::Array(all) => {
            let rotated: Vec<Value> =
                all.iter().cycle().skip(1).take(all.len()).cloned().collect();
            let mut lists = vec![
                json!([]),
                json!(all[..all.len().saturating_sub(1)]),
                json!(rotated),
            ];
            for (at, item) in all.iter().enumerate().take(4) {
                for (key, inner) in item.as_object().into_iter().flatten() {
                    for other in others(inner) {
                        let mut changed = all.clone();
                        changed[at][key] = other;
                        lists.push(json!(changed));
                    }
                }
                if let Value::String(text) = item {
                    let mut longer = all.clone();
                    longer.push(json!(format!("{text}2")));
                    lists.push(json!(longer));
                }
            }
            lists.into_iter().filter(|list| list != value).collect()
        }
        Value::Object(table) => {
            let one = |(key, inner): (&String, &Value)| -> Vec<Value> {
                let change = |other| {
                    let mut changed = table.clone();
                    changed.insert(key.clone(), other);
                    Value::Object(changed)
                };
                others(inner).into_iter().map(change).collect()
            };
            table.iter().flat_map(one).collect()
        }
        Value::Null => Vec::new(),
    }
}

/// Every setting by its path, with what else it could be.
fn settings(
    prefix: &[String],
    table: &Map<String, Value>,
) -> Vec<(Vec<String>, Vec<Value>)> {
    let mut all = Vec::new();
    for (key, value) in table {
        let path = [prefix, std::slice::from_ref(key)].concat();
        match value {
            Value::Object(inner) => all.extend(settings(&path, inner)),
            value => all.push((path, others(value))),
        }
    }
    all
}

fn changed(policy: &PolicySpec, path: &[String], value: &Value) -> Option<PolicySpec> {
    let mut whole = serde_json::to_value(policy).unwrap();
    let place = path.iter().try_fold(&mut whole, |place, key| place.get_mut(key))?;
    *place = value.clone();
    let policy: PolicySpec = serde_json::from_value(whole).ok()?;
    let mut host = shell::NoHost;
    shell::Session::new(policy.clone(), Role::Hub, &mut host).is_ok().then_some(policy)
}

type Order = Vec<(&'static str, bool)>;

/// The same policy has the same canonical form: lists of agents can be written in two ways.
fn canonical(policy: &PolicySpec) -> (Value, Order, Order) {
    let mut policy = policy.settled().unwrap();
    let filter = &mut policy.connection_filter;
    for entry in filter.ip_allow_list.iter_mut().chain(&mut filter.ip_block_list) {
        entry.identity = EntryNumber(None);
    }
    let bare = PolicySpec { agents: vec![], pending_agents: vec![], ..policy.clone() };
    let value = serde_json::to_value(bare).unwrap();
    (value, policy.agent_order().unwrap(), policy.pending_order().unwrap())
}

/// Both scripts lead from one policy to the other, and their ways back lead back.
fn leads_there_and_back(from: &PolicySpec, to: &PolicySpec) {
    let edge = edge_script(from, to, &[], &[]).unwrap().text();
    let organization = organization_script(from, to, &[]).text();
    let run = |policy: &PolicySpec, role, script: &str| {
        let ran = run_on(policy, role, script);
        assert_eq!(ran.fault, None, "{script}");
        ran.policy
    };
    let half = run(from, Role::Edge, &edge);
    let there = run(&half, Role::Organization, &organization);
    assert_eq!(canonical(&there), canonical(to), "{edge}\n{organization}");
    let back = |script: &str| rollback(script).unwrap_or_default();
    let half = run(&there, Role::Edge, &back(&edge));
    let here = run(&half, Role::Organization, &back(&organization));
    assert_eq!(canonical(&here), canonical(from), "{edge}\n{organization}");
    // One script for both, as for a hub.
    let both = organization_script(from, to, &[])
        .followed_by(edge_script(from, to, &[], &[]).unwrap());
    let there = run(from, Role::Hub, &both.text());
    assert_eq!(canonical(&there), canonical(to), "{}", both.text());
}

fn all_settings() -> Vec<(Vec<String>, Vec<Value>)> {
    let value = serde_json::to_value(full()).unwrap();
    settings(&[], value.as_object().unwrap())
}

#[test]
fn each_setting_alone_survives() {
    let full = full();
    leads_there_and_back(&PolicySpec::default(), &full);
    for (path, values) in all_settings() {
        let policies: Vec<_> = values
            .iter()
            .filter_map(|value| changed(&full, &path, value))
            .take(4)
            .collect();
        assert!(!policies.is_empty(), "no other value is known for {path:?}");
        for policy in policies {
            leads_there_and_back(&full, &policy);
        }
    }
}

#[test]
fn only_knobs_of_the_simulation_need_directives() {
    let full = full();
    let script = edge_script(&PolicySpec::default(), &full, &[], &[]).unwrap().text();
    let directives: Vec<&str> =
        script.lines().filter(|line| line.starts_with("#sclbench:")).collect();
    assert!(directives.is_empty(), "{directives:?}");
}

/// Keys that a setting's table may have, by asking for one that none has.
fn known_keys(path: &[String], whole: &Value) -> Vec<String> {
    const NONE: &str = "no-such-key";
    let mut asked = whole.clone();
    let mut place = &mut asked;
    for part in path {
        place = match part.parse::<usize>() {
            Ok(at) => &mut place[at],
            Err(_) => &mut place[part],
        };
    }
    place[NONE] = json!(1);
    let told = serde_json::from_value::<PolicySpec>(asked).unwrap_err().to_string();
    let (_, expected) = told.split_once("expected").unwrap_or_else(|| panic!("{told}"));
    expected.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Every table of a policy, entries of lists by their place.
fn tables(path: &[String], value: &Value, into: &mut Vec<Vec<String>>) {
    let inner = |key: String| [path, &[key]].concat();
    match value {
        Value::Object(table) => {
            into.push(path.to_vec());
            for (key, value) in table {
                tables(&inner(key.clone()), value, into);
            }
        }
        Value::Array(all) => {
            for (at, value) in all.iter().enumerate() {
                tables(&inner(at.to_string()), value, into);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Keys that scripts do not carry, and why.
const NOT_IN_SCRIPTS: &[(&str, &str)] = &[
    ("intelligent-message-filter", "2003 has no shell"),
    ("topology", "a script is of one server"),
    ("role", "the server, not a setting of it; a directive carries it"),
    ("identity", "names of entries, not settings"),
    ("is-machine-generated", "written by the server itself"),
    (
        "connection-filter.ip-allow-list-providers.rejection-response",
        "allow list providers reject nothing; a directive carries it",
    ),
];

/// A key that is new to the policy file and not in [`full`] fails here: whatever `full` has
/// is then taken there and back by the other tests.
#[test]
fn every_key_of_a_policy_is_tried() {
    let whole = serde_json::to_value(full()).unwrap();
    let mut all = Vec::new();
    tables(&[], &whole, &mut all);
    assert!(all.len() > 30, "{}", all.len());
    let shape = |path: &[String]| -> Vec<String> {
        path.iter().filter(|part| part.parse::<usize>().is_err()).cloned().collect()
    };
    let mut missing = Vec::new();
    for path in &all {
        for key in known_keys(path, &whole) {
            // Some entry of the same list has it.
            let there = all.iter().filter(|other| shape(other) == shape(path));
            let mut there = there.map(|path| {
                path.iter().fold(&whole, |place, part| match part.parse::<usize>() {
                    Ok(at) => &place[at],
                    Err(_) => &place[part],
                })
            });
            let name = [shape(path), vec![key.clone()]].concat().join(".");
            let left_out = |(left, _): &(&str, &str)| *left == key || *left == name;
            let left_out = NOT_IN_SCRIPTS.iter().any(left_out);
            if !left_out && !there.any(|table| table.get(&key).is_some()) {
                missing.push(name);
            }
        }
    }
    missing.sort();
    missing.dedup();
    assert!(missing.is_empty(), "add to `full`: {missing:?}");
}

/// What else a value could be, by the key that differs; keys of list entries without a place.
fn variants(value: &Value) -> Vec<(String, Value)> {
    let below = |key: &str, label: &str| match label {
        "" => key.to_owned(),
        label => format!("{key}.{label}"),
    };
    match value {
        Value::Object(table) => {
            let one = |(key, inner): (&String, &Value)| -> Vec<(String, Value)> {
                let change = |(label, other): (String, Value)| {
                    let mut changed = table.clone();
                    changed.insert(key.clone(), other);
                    (below(key, &label), Value::Object(changed))
                };
                variants(inner).into_iter().map(change).collect()
            };
            table.iter().flat_map(one).collect()
        }
        Value::Array(all) if all.iter().any(Value::is_object) => {
            let one = |(at, inner): (usize, &Value)| -> Vec<(String, Value)> {
                let change = |(label, other): (String, Value)| {
                    let mut changed = all.clone();
                    changed[at] = other;
                    (label, Value::Array(changed))
                };
                variants(inner).into_iter().map(change).collect()
            };
            all.iter().enumerate().flat_map(one).collect()
        }
        other => others(other).into_iter().map(|value| (String::new(), value)).collect(),
    }
}

/// Settings that the product has no cmdlet for: switches for contradictions and open points
/// of its sources, which scripts carry as directives.
const KNOBS: &[&str] = &[
    "connection-filter.bitmask-arithmetic",
    "content-filter.blocked-sender-steps",
    "content-filter.bypass-list-limit",
    "content-filter.missing-quarantine-mailbox",
    "content-filter.postmark-steps",
    "content-filter.rejection-code",
    "content-filter.safe-domains-included",
    "content-filter.sender-id-fail-steps",
    "content-filter.sender-id-soft-fail-steps",
    "content-filter.stamped-scl",
    "edition",
    "organization.junk-comparison",
    "organization.scl-junk-enabled",
    "rules.attachment-size-comparison",
    "sender-reputation.srl-comparison",
];

/// A setting that is new to the policy file and has neither a cmdlet nor a place among the
/// knobs fails here.
#[test]
fn every_setting_has_a_cmdlet_or_is_a_knob() {
    let full = full();
    let mut by_cmdlet: BTreeMap<String, bool> = BTreeMap::new();
    let whole = serde_json::to_value(&full).unwrap();
    for (label, value) in variants(&whole) {
        let found = by_cmdlet.entry(label.clone()).or_default();
        // The order and switches of agents have cmdlets of their own.
        if *found || label.contains("agents.") {
            *found = true;
            continue;
        }
        let Ok(to) = serde_json::from_value::<PolicySpec>(value) else { continue };
        let mut host = shell::NoHost;
        if to == full || shell::Session::new(to.clone(), Role::Hub, &mut host).is_err() {
            continue;
        }
        let lines = if label.starts_with("organization.") {
            shell::organization_changes(&full, &to)
        } else {
            shell::edge_changes(&full, &to)
        };
        *found = !lines.iter().any(|line| line.starts_with("#sclbench:"));
    }
    let without: Vec<&str> = by_cmdlet
        .iter()
        .filter(|(_, found)| !**found)
        .map(|(label, _)| label.as_str())
        .collect();
    assert_eq!(without, KNOBS);
    assert!(by_cmdlet.len() > 150, "{}", by_cmdlet.len());
}

/// A policy with some settings changed, by numbers that choose.
fn varied(choices: &[(usize, usize)]) -> PolicySpec {
    let all = all_settings();
    choices.iter().fold(full(), |policy, (setting, value)| {
        let (path, values) = &all[setting % all.len()];
        let value = values.get(value % values.len().max(1));
        value.and_then(|value| changed(&policy, path, value)).unwrap_or(policy)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn any_two_policies_have_scripts_between_them(
        from in prop::collection::vec((any::<usize>(), any::<usize>()), 0..12),
        to in prop::collection::vec((any::<usize>(), any::<usize>()), 0..12),
    ) {
        leads_there_and_back(&varied(&from), &varied(&to));
    }
}
