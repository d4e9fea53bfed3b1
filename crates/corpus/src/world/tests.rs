//! Round trips, bad input, deterministic bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use mail::{
    Absence, Failure, JunkSettings, Listing, MailboxSettings, Mx, Question,
    SafelistHashes, Threshold, ThresholdOverride, Timestamp, World,
};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;

use super::{WorldError, load, save};

fn ip() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        any::<u32>().prop_map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits))),
        any::<u128>().prop_map(|bits| IpAddr::V6(Ipv6Addr::from_bits(bits))),
    ]
}

fn name() -> impl Strategy<Value = String> {
    "[a-z0-9_-]{1,8}(\\.[a-z0-9-]{1,5}){0,2}"
}

fn email() -> impl Strategy<Value = String> {
    "[a-z#\"' .]{1,6}@[a-z]{1,5}\\.example"
}

fn listing() -> impl Strategy<Value = Listing> {
    let time = || option::of(any::<i64>().prop_map(Timestamp));
    (time(), time(), any::<u32>()).prop_map(|(from, until, answer)| Listing {
        from,
        until,
        answer: Ipv4Addr::from_bits(answer),
    })
}

fn over() -> impl Strategy<Value = ThresholdOverride> {
    (option::of(any::<bool>()), option::of(0i64..=9)).prop_map(|(enabled, threshold)| {
        ThresholdOverride {
            enabled,
            threshold: threshold.map(|value| Threshold::new(value).unwrap()),
        }
    })
}

fn mailbox() -> impl Strategy<Value = MailboxSettings> {
    let lists = (vec(email(), 0..3), vec(".*", 0..3));
    (any::<[bool; 3]>(), lists, (over(), over(), over(), over())).prop_map(
        |(
            [bypass, enabled, trusted],
            (safe, blocked),
            (delete, reject, quarantine, junk),
        )| {
            MailboxSettings {
                antispam_bypass: bypass,
                safe_senders: safe,
                blocked_senders: blocked,
                delete,
                reject,
                quarantine,
                junk,
                junk_rule: JunkSettings {
                    enabled,
                    trusted_lists_only: trusted,
                    contacts_trusted: !trusted,
                },
                contacts: vec!["friend@c.example".into()],
                max_safe_senders: trusted.then_some(9),
                max_blocked_senders: enabled.then_some(0),
                hashes: SafelistHashes::default(),
            }
        },
    )
}

fn world() -> impl Strategy<Value = World> {
    let mx = ("[a-z.]{1,9}", any::<u16>())
        .prop_map(|(host, preference)| Mx { preference, host });
    let dns = (
        any::<bool>(),
        btree_map(name(), vec(ip(), 0..3), 0..4),
        btree_map(name(), vec(mx, 0..3), 0..4),
        btree_map(name(), vec(".*", 0..3), 0..4),
        btree_map(ip(), vec(name(), 0..3), 0..4),
    );
    let lists = btree_map(name(), btree_map(ip(), vec(listing(), 0..3), 0..3), 0..3);
    let directory = (vec(name(), 0..3), option::of(btree_set(email(), 0..5)));
    let question = prop_oneof![
        (Just(Question::Address), name()),
        (Just(Question::Mx), name()),
        (Just(Question::Txt), name()),
        ip().prop_map(|ip| (Question::Ptr, ip.to_string())),
    ];
    let failure = prop_oneof![
        Just(Failure::Timeout),
        Just(Failure::ServerFailure),
        Just(Failure::Refused)
    ];
    let unlisted = btree_map((name(), ip()), failure.clone(), 0..3);
    let bad =
        (btree_map(question, failure, 0..3), btree_set(ip(), 0..3), unlisted, 0..3usize);
    (dns, lists, directory, btree_map(email(), mailbox(), 0..3), bad).prop_map(
        |(dns, zones, (accepted, recipients), mailboxes, bad)| {
            let (failed, open_proxies, unlisted, partial) = bad;
            let mut world = World { mailboxes, open_proxies, ..World::default() };
            world.dns.failed = failed;
            let recipients: Option<BTreeSet<String>> = recipients;
            (world.dns.closed, world.dns.addresses, world.dns.mx) = (dns.0, dns.1, dns.2);
            (world.dns.txt, world.dns.ptr) = (dns.3, dns.4);
            for (at, (name, texts)) in world.dns.txt.iter().enumerate() {
                let absence = [Absence::NoData, Absence::NoSuchName].get(at % 3).copied();
                if let (true, Some(absence)) = (texts.is_empty(), absence) {
                    world.dns.absent.insert((Question::Txt, name.clone()), absence);
                }
            }
            world.listings.zones = zones;
            for ((zone, ip), failure) in unlisted {
                let asked = world.listings.zones.entry(zone.clone()).or_default();
                if !asked.contains_key(&ip) {
                    world.listings.failed.insert((zone, ip), failure);
                }
            }
            let zones = world.listings.zones.keys().take(partial).cloned();
            world.listings.partial = zones.collect();
            world.directory.accepted_domains = accepted;
            world.directory.recipients = recipients;
            world
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_is_saved_is_loaded_and_saved_the_same(world in world()) {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        save(&world, &one).unwrap();
        let loaded = load(&one).unwrap();
        prop_assert_eq!(&loaded, &world);
        save(&loaded, &two).unwrap();
        for file in fs::read_dir(&one).unwrap() {
            let name = file.unwrap().file_name();
            let bytes = fs::read(one.join(&name)).unwrap();
            prop_assert_eq!(bytes, fs::read(two.join(&name)).unwrap());
        }
    }
}

fn broken(file: &str, text: &str) -> WorldError {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("world");
    save(&World::default(), &path).unwrap();
    fs::write(path.join(file), text).unwrap();
    load(&path).unwrap_err()
}

fn message(file: &str, text: &str) -> String {
    let error = broken(file, text);
    assert!(error.to_string().contains(file), "{error}");
    error.to_string()
}

#[test]
fn errors_name_file_line_and_cure() {
    let text = "{\"name\":\"a\",\"type\":\"A\",\"value\":\"1.2.3.4\"}\n{\"nam\":1}\n";
    assert!(message("dns.ndjson", text).contains("line 2: unknown field `nam`"));
    let text = "{\"name\":\"a\",\"type\":\"MX\",\"value\":\"b\"}\n";
    assert!(message("dns.ndjson", text).contains("line 1: an MX needs both"));
    let text =
        "{\"name\":\"a\",\"type\":\"A\",\"value\":\"1.2.3.4\",\"failure\":\"timeout\"}\n";
    assert!(message("dns.ndjson", text).contains("line 1: a `failure` has no `value`"));
    let text =
        "{\"name\":\"a\",\"type\":\"A\",\"value\":\"1.2.3.4\",\"absent\":\"no-data\"}\n";
    assert!(message("dns.ndjson", text).contains("line 1: `absent` has no `value`"));
    let text = "{\"zone\":\"z\",\"ip\":\"1.2.3.4\",\"answer\":\"127.0.0.2\",\
                \"failure\":\"refused\"}\n";
    assert!(message("listings.ndjson", text).contains("a `failure` has no `answer`"));
    assert!(message("open-proxies.txt", "1.2.3\n").contains("line 1: `1.2.3`"));
    let text = "{\"zone\":\"z\",\"ip\":\"1.2.3\",\"answer\":\"127.0.0.2\"}\n";
    assert!(message("listings.ndjson", text).contains("`1.2.3` is no IP address"));
    assert!(message("recipients.txt", "ann@a\n\nbob\n").contains("line 3: `bob`"));
    let text = "[\"a@b\"]\nantispam-bypass = true\nbypas = 1\n";
    assert!(message("mailboxes.toml", text).contains("line 3: unknown field `bypas`"));
    let text = "format = 9\ndns = \"closed\"\naccepted-domains = []\n";
    assert!(matches!(broken("world.toml", text), WorldError::Version { found: 9, .. }));
}

#[test]
fn a_folder_that_is_no_world_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.txt"), "mine").unwrap();
    let error = save(&World::default(), folder.path()).unwrap_err();
    assert!(matches!(error, WorldError::NotAWorld { .. }));
    assert!(folder.path().join("thesis.txt").exists());
}

#[test]
fn a_world_is_replaced_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("world");
    let mut world = World::default();
    world.directory.recipients = Some(BTreeSet::from(["a@b".to_owned()]));
    save(&world, &path).unwrap();
    world.directory.recipients = None;
    world.mailboxes = BTreeMap::from([("a@b".to_owned(), MailboxSettings::default())]);
    save(&world, &path).unwrap();
    assert_eq!(load(&path).unwrap(), world);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_recipient_with_a_line_feed_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::default();
    world.directory.recipients = Some(BTreeSet::from(["a\n@b".to_owned()]));
    let error = save(&world, &folder.path().join("world")).unwrap_err();
    assert!(matches!(error, WorldError::Unwritable { .. }));
}
