use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use mail::{Answer, Label, Parse as _, Timestamp};
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use super::{DEMO_RECIPE, Generator, Recipe, RecipeSpec, write_pack};
use crate::{PackReader, PackedCase, Parser, TrustBoundary, reconstruct, world};

fn demo(seed: Option<u64>, messages: u64) -> Generator {
    let recipe = Recipe::parse(DEMO_RECIPE, "demo.toml").unwrap();
    Generator::new(&recipe, seed, Some(messages)).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Digest of the messages with their sessions.
fn digest(cases: impl Iterator<Item = PackedCase>) -> String {
    let mut hash = Sha256::new();
    for case in cases {
        hash.update(case.id.0);
        hash.update(format!("{:?} {:?} {}", case.label, case.session, case.time.0));
    }
    hex(&hash.finalize())
}

fn count(cases: &[PackedCase], which: impl Fn(&PackedCase) -> bool) -> usize {
    cases.iter().filter(|case| which(case)).count()
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_one_others() {
    let first = digest(demo(None, 300).iter());
    assert_eq!(first, digest(demo(None, 300).iter()));
    assert_ne!(first, digest(demo(Some(1), 300).iter()));
}

/// A change here changes every number that was published about the demonstration corpus: say
/// so in the changelog under "Results".
#[test]
fn the_demonstration_corpus_is_the_published_one() {
    let generator = demo(None, 6000);
    let folder = tempfile::TempDir::new().unwrap();
    let saved = folder.path().join("world");
    world::save(generator.world(), &saved).unwrap();
    let mut hash = Sha256::new();
    let mut names: Vec<_> =
        std::fs::read_dir(&saved).unwrap().map(|e| e.unwrap().path()).collect();
    names.sort();
    for name in names {
        hash.update(std::fs::read(name).unwrap());
    }
    let world = hex(&hash.finalize());
    let mail = digest(generator.iter().take(200));
    insta::assert_snapshot!(format!("mail {mail}\nworld {world}"), @r"
    mail a0397e20e2994d212fb9e7b0e3eaa77423efa5012f547ebd804d756ba221ac23
    world 7b8cd6fa4e1bdd2ee87de8120561edf6567d6d5728013a45eaa80a075876ffde
    ");
}

#[test]
fn a_message_does_not_depend_on_those_before_it() {
    let generator = demo(None, 500);
    let all: Vec<_> = generator.iter().collect();
    for index in [499, 3, 250, 0] {
        assert_eq!(generator.message(index as u64), all[index]);
    }
}

#[test]
fn times_rise_within_the_months_and_labels_are_balanced() {
    let cases: Vec<_> = demo(None, 3000).iter().collect();
    assert!(cases.windows(2).all(|pair| pair[0].time <= pair[1].time));
    let start: jiff::Timestamp = "2024-01-01T00:00:00Z".parse().unwrap();
    let end: jiff::Timestamp = "2024-07-01T00:00:00Z".parse().unwrap();
    let inside = |case: &PackedCase| {
        (Timestamp(start.as_second())..Timestamp(end.as_second())).contains(&case.time)
    };
    assert_eq!(count(&cases, inside), 3000);
    let spam = count(&cases, |case| case.label == Label::Spam);
    assert!((1350..1650).contains(&spam), "{spam}");
}

#[test]
fn every_kind_occurs_and_every_message_parses() {
    let cases: Vec<_> = demo(None, 3000).iter().collect();
    let mut kinds = BTreeMap::new();
    for case in &cases {
        *kinds.entry(case.category.as_str()).or_insert(0) += 1;
        assert!(Parser.parse(&case.raw).is_some(), "{}", case.place);
    }
    let names: Vec<_> = kinds.keys().copied().collect();
    assert_eq!(
        names,
        [
            "advance-fee",
            "backscatter",
            "bounce",
            "bulk",
            "business",
            "forwarded",
            "internal",
            "list",
            "malware",
            "newsletter",
            "notice",
            "personal",
            "phishing",
            "snowshoe",
            "thread"
        ]
    );
    let ids: BTreeSet<_> = cases.iter().map(|case| case.id).collect();
    assert_eq!(ids.len(), cases.len(), "no two messages are the same");
}

#[test]
fn languages_and_charsets_occur() {
    let cases: Vec<_> = demo(None, 2000).iter().collect();
    for charset in ["utf-8", "euc-kr", "iso-8859-1", "windows-1252", "us-ascii"] {
        let named = format!("charset=\"{charset}\"");
        let has = |case: &PackedCase| String::from_utf8_lossy(&case.raw).contains(&named);
        assert!(count(&cases, has) > 10, "{charset}");
    }
    let says = |word: &str| {
        count(&cases, |case| {
            let message = Parser.parse(&case.raw).unwrap_or_default();
            message.body.contains(word)
        })
    };
    assert!(says("습니다") > 20 && says(" und ") > 20 && says("ção") > 20);
}

/// What reading would find in the Received fields is what the session says.
#[test]
fn received_fields_tell_the_same_session() {
    let cases: Vec<_> = demo(None, 1000).iter().collect();
    let boundary = TrustBoundary::default();
    let mut seen = 0;
    for case in &cases {
        let (read, _) = reconstruct(&case.raw, None, &boundary, Timestamp::MIN);
        let inside = case.category == "internal";
        if let (Some(ip), false) = (read.client_ip.get(), inside) {
            assert_eq!(Some(ip), case.session.client_ip.get(), "{}", case.place);
            seen += 1;
        }
    }
    assert!(seen > 950, "{seen}");
}

#[test]
fn the_world_answers_for_good_servers_and_lists_bad_ones_late() {
    let generator = demo(None, 6000);
    let world = generator.world();
    let mut first_seen: BTreeMap<IpAddr, (Timestamp, Label)> = BTreeMap::new();
    let mut named = (0, 0);
    for case in generator.iter() {
        let ip = *case.session.client_ip.get().unwrap();
        first_seen.entry(ip).or_insert((case.time, case.label));
        if case.category == "newsletter" {
            named.1 += 1;
            let Answer::Found(names) = world.dns.ptr(ip) else { continue };
            let forward = world.dns.addresses(&names[0]);
            named.0 +=
                i32::from(matches!(forward, Answer::Found(ips) if ips.contains(&ip)));
        }
    }
    assert_eq!(named.0, named.1, "newsletter servers have names that point back");
    let zone = &world.listings.zones["bl.lists.example"];
    let (mut late, mut listed, mut innocent) = (0, 0, 0);
    for (ip, listings) in zone {
        match first_seen.get(ip) {
            Some((_, Label::Ham)) => innocent += 1,
            Some((seen, Label::Spam)) => {
                listed += 1;
                late += i32::from(listings[0].from.is_some_and(|from| from > *seen));
            }
            None => {}
        }
    }
    assert!(listed > 200, "{listed} spammers are listed");
    assert!(late > 20 && late < listed, "{late} of {listed} only after they were seen");
    assert!(innocent > 0, "some good servers are listed");
}

#[test]
fn some_recipients_do_not_exist_and_former_addresses_map_to_people() {
    let generator = demo(None, 3000);
    let directory = &generator.world().directory;
    let (mut unknown, mut former) = ([0, 0], 0);
    for case in generator.iter().filter(|case| case.category != "internal") {
        for email in case.session.rcpt_to.get().unwrap() {
            if let Some(local) = email.strip_suffix("@old.example") {
                former += 1;
                let present = format!("{local}@corp.example");
                assert_eq!(directory.knows(email), Answer::Absent);
                assert_eq!(directory.knows(&present), Answer::Found(()), "{present}");
            } else if directory.knows(email) == Answer::Absent {
                unknown[case.label.index()] += 1;
            }
        }
    }
    assert!(former > 50, "{former}");
    assert!(unknown[1] > 200 && unknown[0] > 3, "{unknown:?}");
}

#[test]
fn a_pack_groups_the_texts_that_campaigns_share() {
    let folder = tempfile::TempDir::new().unwrap();
    let target = folder.path().join("mail.parquet");
    let generator = demo(None, 1500);
    let provenance = mail::Provenance {
        command: "test".into(),
        version: "0".into(),
        seed: 1,
        inputs: Vec::new(),
    };
    let mut heard = 0;
    let counts =
        write_pack(&generator, &target, &provenance, &mut || heard += 1).unwrap();
    assert_eq!((counts.ham + counts.spam, heard), (1500, 3000));
    let rows: Vec<PackedCase> =
        PackReader::open(&target).unwrap().flat_map(Result::unwrap).collect();
    assert_eq!(rows.len(), 1500);
    let groups: BTreeSet<_> = rows.iter().map(|row| row.campaign).collect();
    assert!(groups.len() < 1450, "{} groups", groups.len());
    let without = |row: &PackedCase| PackedCase { campaign: row.id, ..row.clone() };
    assert!(rows.iter().map(without).eq(generator.iter()));
}

#[test]
fn bad_recipes_are_refused_with_key_and_cure() {
    let changes = [
        ("spam-share = 0.5", "spam-share = 1.5", "`spam-share` is 1.5; use a share"),
        ("months = 6", "months = 0", "`months` is 0; use 1 to 120"),
        ("start = \"2024-01-01\"", "start = \"soon\"", "`start` is soon; use a date"),
        ("format = 1", "format = 2", "`format` is 2; this version reads format 1"),
        ("messages = 6000", "messages = 0", "`messages` is 0; use 1 to"),
        ("business = 26", "business = -1", "`ham` is"),
        (
            "mailboxes = 120",
            "mailboxes = 0",
            "`organization.mailboxes` is 0; use at least",
        ),
        ("delay-hours = [2, 48]", "delay-hours = [9, 2]", "`lists.delay-hours`"),
        ("\"corp.example\", ", "\"Corp Example\", ", "`organization.domains`"),
        ("seed = ", "sead = ", "line 8: unknown field `sead`"),
    ];
    for (from, to, told) in changes {
        assert!(DEMO_RECIPE.contains(from), "{from}");
        let text = DEMO_RECIPE.replacen(from, to, 1);
        let error = Recipe::parse(&text, "r.toml").unwrap_err().to_string();
        assert!(error.contains("r.toml") && error.contains(told), "{error}");
    }
    let recipe = Recipe::parse(DEMO_RECIPE, "demo.toml").unwrap();
    assert!(Generator::new(&recipe, None, Some(0)).is_err());
}

fn recipes() -> impl Strategy<Value = (RecipeSpec, u64)> {
    let share = 0.0..=1.0f64;
    let shares = prop::collection::vec(share, 12);
    (shares, 1..60u32, 1..30usize, any::<u64>()).prop_map(|(s, months, few, seed)| {
        let mut spec: RecipeSpec = toml::from_str(DEMO_RECIPE).unwrap();
        (spec.spam_share, spec.months) = (s[0], months);
        let (overlap, to) = (&mut spec.overlap, &mut spec.recipients);
        (overlap.ham_quotes_spam, overlap.spam_harvests_ham) = (s[1], s[2]);
        (overlap.spam_reads_like_ham, overlap.spam_from_good_senders) = (s[3], s[4]);
        (overlap.short_messages, overlap.malformed) = (s[5], s[6]);
        (to.more_than_one, to.spam_unknown, to.ham_unknown) = (s[7], s[8], s[9]);
        (to.old_domain, spec.lists.coverage) = (s[10], s[11]);
        spec.organization.mailboxes = few;
        (spec.ham.organizations, spec.ham.correspondents) = (few, few);
        (spec.ham.newsletters, spec.ham.mailing_lists) = (few, few);
        (spec.spam.campaigns_per_month, spec.organization.old_domains) = (1, Vec::new());
        (spec, seed)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn any_recipe_in_range_can_be_followed((spec, seed) in recipes()) {
        let recipe = spec.resolve("made up").unwrap();
        let generator = Generator::new(&recipe, Some(seed), Some(40)).unwrap();
        for case in generator.iter() {
            prop_assert!(Parser.parse(&case.raw).is_some());
            prop_assert!(!case.session.rcpt_to.get().unwrap().is_empty());
        }
    }
}
