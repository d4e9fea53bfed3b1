//! Random policies, as their files are written.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

/// Lines of one table, each there or not.
pub(super) fn table(
    name: &'static str,
    lines: &'static [&'static str],
) -> impl Strategy<Value = String> {
    subsequence(lines.to_vec(), 0..=lines.len()).prop_map(move |lines| {
        // Of two lines for one key the first stays.
        let mut keys = BTreeSet::new();
        let mut kept = Vec::new();
        for line in lines {
            if keys.insert(line.split(" = ").next()) {
                kept.push(line);
            }
        }
        format!("[{name}]\n{}\n", kept.join("\n"))
    })
}

const CONNECTION: &[&str] = &[
    "ip-allow-list = [{ address = '192.0.2.2' }, { address = '192.0.2.6-192.0.2.7', \
     expiration-time = '1970-01-02T00:00:00Z' }, { address = '2001:db8::9' }]",
    "ip-allow-list = [{ address = '2001:db8::8-2001:db8::9', expiration-time = \
     '1970-01-01T12:00:00Z' }]",
    "ip-block-list = [{ address = '2001:db8::8/127', expiration-time = \
     '1970-01-02T00:00:00Z' }, { address = '192.0.2.5' }]",
    "ip-block-list = [{ address = '192.0.2.4/30', expiration-time = '1970-01-02T12:00:00Z' }, \
     { address = '192.0.2.2-192.0.2.3', is-machine-generated = true, \
     expiration-time = '1970-01-01T12:00:00Z' }]",
    "ip-allow-list-providers = [{ name = 'white', lookup-domain = 'wl.example', \
     bitmask-match = '0.0.0.2' }, { name = 'nobody', lookup-domain = 'no.example' }]",
    "ip-block-list-providers = [{ name = 'off', lookup-domain = 'bl.example', enabled = false \
     }, { name = 'mask', lookup-domain = 'bl.example', bitmask-match = '0.0.0.6' }, { name = \
     'exact', lookup-domain = 'bl.example', ip-addresses-match = ['127.0.0.3'] }, { name = \
     'any', lookup-domain = 'bl.example', any-match = true }]",
    "ip-block-list-providers = [{ name = 'last', lookup-domain = 'bl.example' }, { name = \
     'first', lookup-domain = 'bl.example', priority = 1, bitmask-match = '0.0.0.2', \
     ip-addresses-match = ['127.0.0.8', '127.0.0.3'] }]",
    "ip-block-list-providers-config = { bypassed-recipients = ['U1@corp.example', \
     'boss@partner.example'], internal-mail-enabled = true }",
    "ip-allow-list-config = { internal-mail-enabled = true, external-mail-enabled = false }",
    "ip-block-list-config = { internal-mail-enabled = true }",
    "ip-allow-list-providers-config = { enabled = false }",
    "bitmask-arithmetic = 'any-bit'",
];

/// One line or none: servers of one's own.
const INTERNAL: &[&str] = &[
    "",
    "",
    "",
    "internal-smtp-servers = ['192.0.2.9', '192.0.2.4']",
    "internal-smtp-servers = ['192.0.2.0/30', '2001:db8::8']",
    "internal-smtp-servers = ['192.0.2.5-192.0.2.7']",
];

pub(super) fn transport() -> impl Strategy<Value = String> {
    select(INTERNAL).prop_map(|line| format!("[transport]\n{line}\n"))
}

const CONTENT: &[&str] = &[
    "bypassed-recipients = ['u0@corp.example', 'u1@corp.example']",
    "bypassed-sender-domains = ['*.evil.example', 'letters.example']",
    "bypassed-senders = ['ann@good.example']",
    "phrases = [{ phrase = 'free money', influence = 'BadWord' }, { phrase = 'Project X', \
     influence = 'GoodWord' }]",
    "sender-id-fail-steps = 4",
    "sender-id-soft-fail-steps = -3",
    "blocked-sender-steps = 9",
    "stamped-scl = 'keep'",
    "missing-quarantine-mailbox = 'reject'",
    "quarantine-mailbox = 'q@corp.example'",
    "internal-mail-enabled = true",
];

const SENDER_ID: &[&str] = &[
    "bypassed-recipients = ['u1@corp.example', 'u2@corp.example']",
    "bypassed-sender-domains = ['good.example', '*.evil.example']",
    "internal-mail-enabled = true",
    "temp-error-action = 'reject'",
];

const SENDERS: &[&str] = &[
    "blocked-senders = ['news@letters.example', 'bulk@blocked.example']",
    "blocked-domains = ['blocked.example', 'sub.evil.example']",
    "blocked-domains-and-subdomains = ['evil.example', 'good.example']",
    "blank-sender-blocking-enabled = true",
    "recipient-blocked-sender-action = 'delete'",
    "internal-mail-enabled = true",
];

const RECIPIENTS: &[&str] = &[
    "block-list-enabled = true",
    "blocked-recipients = ['blocked@corp.example', 'boss@partner.example', 'u1@old.example']",
    "recipient-validation-enabled = true",
    "internal-mail-enabled = true",
];

const ENTRIES: &[&str] = &[
    "[[address-rewriting.entries]]\nname = 'old'\ninternal-address = 'corp.example'\n\
     external-address = 'old.example'\n",
    "[[address-rewriting.entries]]\nname = 'boss'\ninternal-address = 'u2@corp.example'\n\
     external-address = 'boss@partner.example'\n",
    "[[address-rewriting.entries]]\nname = 'ghost'\ninternal-address = 'u0@corp.example'\n\
     external-address = 'nobody@corp.example'\n",
    "[[address-rewriting.entries]]\nname = 'out'\ninternal-address = '*.example'\n\
     external-address = 'public.example'\noutbound-only = true\n\
     exception-list = ['good.example']\n",
    "[[address-rewriting.entries]]\nname = 'one way'\ninternal-address = 'u1@corp.example'\n\
     external-address = 'u2@corp.example'\noutbound-only = true\n",
    "[[address-rewriting.entries]]\nname = 'whole'\ninternal-address = 'sub.evil.example'\n\
     external-address = 'letters.example'\noutbound-only = true\n",
    "[[address-rewriting.entries]]\nname = 'evil'\ninternal-address = '*.evil.example'\n\
     external-address = 'good.example'\noutbound-only = true\n",
];

const CONDITIONS: &[&str] = &[
    "subject-contains-words = ['offer']",
    "subject-contains-words = ['ffer']",
    "subject-contains-words = ['[tag]', 'weekly']",
    "header-contains = { header = 'To', words = ['corp', 'old.example'] }",
    "header-contains = { header = 'X-Mark', words = ['new', 'old'] }",
    "header-contains = { header = 'X-MS-Exchange-Organization-Secret', words = ['tag'] }",
    "header-contains = { header = 'Subject', words = ['tag'] }",
    "from-address-contains-words = ['blocked', 'good.example']",
    "from-address-contains-words = ['fake']",
    "attachment-name-contains-words = ['rotten.exe', 'photo']",
    "attachment-size-over = 8",
    "attachment-size-over = 9",
    "subject-or-body-contains-words = ['money', 'tag']",
    "any-of-recipient-address-contains-words = ['u1', 'corp.example']",
    "subject-matches-patterns = ['^weekly\\s', 'r [5-9]$']",
    "subject-matches-patterns = ['OFF?ERS? \\d', '\\[tag\\] (plain|project)']",
    "from-address-matches-patterns = ['^(bulk|bad)@', 'good\\.example$']",
    "from-address-matches-patterns = ['^[^@]+@\\w+\\.example$']",
    "subject-or-body-matches-patterns = ['free\\s+money', '^fo+r all']",
    "header-matches = { header = 'To', patterns = ['u[12]@(corp|old)'] }",
    "header-matches = { header = 'X-Mark', patterns = ['^(new|old)$', 'n.w'] }",
    "any-of-recipient-address-matches-patterns = ['^u\\d@corp\\.example$', 'Boss']",
    "message-size-over = 300",
    "message-size-over = 420",
    "from-scope = 'in-organization'",
    "from-scope = 'not-in-organization'",
];

const EDITS: &[&str] = &[
    "prepend-subject = '[tag] '",
    "prepend-subject = 'offer 3 '",
    "set-header = { header = 'X-Mark', value = 'new' }",
    "set-header = { header = 'Subject', value = 'weekly 4' }",
    "set-header = { header = 'From', value = '<fake@blocked.example>' }",
    "set-header = { header = 'X-MS-Exchange-Organization-Secret', value = 'tag' }",
    "set-header = { header = 'To', value = 'old.example' }",
    "remove-header = 'X-Mark'",
    "remove-header = 'subject'",
    "remove-header = 'X-MS-Exchange-Organization-Secret'",
    "remove-header = 'From'",
];

fn rule() -> impl Strategy<Value = String> {
    let scl = || (-1i64..=9).prop_map(|scl| format!("scl-over = {scl}"));
    let predicate = || {
        prop_oneof![
            2 => Just(String::new()),
            1 => scl(),
            5 => select(CONDITIONS).prop_map(str::to_owned),
        ]
    };
    let second = prop_oneof![
        4 => Just(String::new()),
        1 => scl(),
    ];
    let exception = prop_oneof![2 => Just(String::new()), 1 => predicate()];
    let act = prop_oneof![
        4 => Just(String::new()),
        3 => (-1i64..=9).prop_map(|scl| format!("set-scl = {scl}")),
        1 => Just("reject = {}".to_owned()),
        1 => Just("delete = true".to_owned()),
        1 => Just("quarantine = true".to_owned()),
        1 => Just("disconnect = true".to_owned()),
        1 => Just("stop-rule-processing = true".to_owned()),
        1 => Just("redirect-message-to = ['other@corp.example']".to_owned()),
    ];
    let edit = prop_oneof![1 => Just(""), 2 => select(EDITS)];
    let enabled = prop_oneof![
        12 => Just("enabled = true"),
        1 => Just("enabled = false"),
        1 => Just("mode = 'audit'"),
        1 => Just("activation-date = '1970-01-01T10:00:00Z'"),
        1 => Just("expiry-date = '1970-01-01T10:00:00Z'"),
        1 => Just("attachment-size-comparison = 'gt'"),
        1 => Just("sender-address-location = 'envelope'"),
        1 => Just("sender-address-location = 'header-or-envelope'"),
    ];
    (predicate(), second, exception, act, edit, enabled, 0u8..4).prop_map(
        |(condition, second, exception, act, edit, enabled, name)| {
            let second = if condition.starts_with("scl") { "" } else { second.as_str() };
            format!(
                "[[rules]]\nname = 'r{name}'\n{enabled}\n[rules.conditions]\n\
                 {condition}\n{second}\n[rules.exceptions]\n{exception}\n[rules.actions]\n\
                 {act}\n{edit}\n"
            )
        },
    )
}

fn sections() -> impl Strategy<Value = String> {
    // Some name their place, which has to be one that there is by then.
    let placed = (rule(), prop::option::weighted(0.2, 0usize..5));
    let rules = prop::collection::vec(placed, 0..5).prop_map(|rules| {
        let text = |(number, (rule, place)): (usize, (String, Option<usize>))| match place
        {
            Some(place) => {
                let line = format!("[[rules]]\npriority = {}", place % (number + 1));
                rule.replacen("[[rules]]", &line, 1)
            }
            None => rule,
        };
        rules.into_iter().enumerate().map(text).collect::<String>()
    });
    let entries =
        subsequence(ENTRIES.to_vec(), 0..=ENTRIES.len()).prop_map(|list| list.concat());
    let attachment = select(vec!["strip", "reject", "silent-delete"])
        .prop_map(|action| format!("[attachment-filter]\naction = '{action}'\n"));
    let comparison = any::<bool>().prop_map(|ge| {
        let comparison = if ge { "ge" } else { "gt" };
        format!("[organization]\njunk-comparison = '{comparison}'\n")
    });
    let spoofed = select(vec!["stamp-status", "reject", "delete"])
        .prop_map(|action| format!("spoofed-domain-action = '{action}'\n"));
    let blocked = any::<bool>().prop_map(|stamp| {
        format!("action = '{}'\n", if stamp { "stamp-status" } else { "reject" })
    });
    let strict = (table("sender-id", SENDER_ID), spoofed).prop_map(|(a, b)| a + &b);
    let sender = (table("sender-filter", SENDERS), blocked).prop_map(|(a, b)| a + &b);
    let first = (comparison, table("connection-filter", CONNECTION), entries, rules);
    let second = (
        table("content-filter", CONTENT),
        strict,
        sender,
        table("recipient-filter", RECIPIENTS),
        attachment,
    );
    (first, second).prop_map(|((a, b, c, d), (e, f, g, h, i))| {
        a + &b + &c + &d + &e + &f + &g + &h + &i
    })
}

/// Policies of every kind.
pub(super) fn mixed() -> impl Strategy<Value = String> {
    (sections(), transport(), reputation(0..=9, 0..=48)).prop_map(|(a, b, c)| a + &b + &c)
}

/// A policy whose sender reputation acts early.
pub(super) fn watchful() -> impl Strategy<Value = String> {
    (sections(), transport(), reputation(1..=4, 1..=30)).prop_map(|(a, b, c)| a + &b + &c)
}

fn reputation(
    threshold: std::ops::RangeInclusive<u8>,
    hours: std::ops::RangeInclusive<u8>,
) -> impl Strategy<Value = String> {
    let comparison = select(vec!["ge", "gt"]);
    (threshold, hours, prop::bool::weighted(0.9), any::<bool>(), comparison).prop_map(
        |(threshold, hours, blocking, internal, comparison)| {
            format!(
                "[sender-reputation]\nsrl-block-threshold = {threshold}\n\
                 sender-blocking-period = {hours}\nsender-blocking-enabled = {blocking}\n\
                 internal-mail-enabled = {internal}\nsrl-comparison = '{comparison}'\n"
            )
        },
    )
}
