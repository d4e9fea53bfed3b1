//! The public corpora beside the checkout, read straight from their archives.

use std::path::PathBuf;

use corpus::{ReadOptions, SourceSpec, TrustBoundary, inspect, read_all};
use mail::Label;

/// The archive, or `None` with the reason printed.
fn archive(name: &str) -> Option<SourceSpec> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpora");
    let path = PathBuf::from(folder).join(name);
    if path.is_file() {
        return Some(SourceSpec { label: None, path });
    }
    // Not an output of the library: it tells the person who runs the tests.
    #[expect(clippy::print_stderr, reason = "a skipped test says why")]
    {
        eprintln!("skipped: `{}` is not there", path.display());
    }
    None
}

#[test]
fn spamassassin_is_read_whole_with_labels_categories_and_times() {
    let Some(spec) = archive("spamassassin.tar.gz") else { return };
    let corpus = read_all(&[spec], &ReadOptions::default()).unwrap();
    assert_eq!(corpus.tally.read, 6046);
    assert_eq!(corpus.tally.cases, [4150, 1896], "{:?}", corpus.tally.skipped);
    let count = |category: &str, label| {
        let of = |case: &&mail::Case| case.category == category && case.label == label;
        corpus.cases.iter().filter(of).count()
    };
    assert_eq!(count("easy_ham", Label::Ham), 2500);
    assert_eq!(count("easy_ham_2", Label::Ham), 1400);
    assert_eq!(count("hard_ham", Label::Ham), 250);
    assert_eq!(count("spam", Label::Spam), 500);
    assert_eq!(count("spam_2", Label::Spam), 1396);
    assert!(corpus.cases.is_sorted_by_key(|case| (case.time, case.id)));
    let timed =
        corpus.cases.iter().filter(|case| case.time > mail::Timestamp(900_000_000));
    assert_eq!(timed.count(), 6046);
    assert!(corpus.cases.iter().all(|case| !case.raw.starts_with(b"From ")));
}

#[test]
fn spamassassin_has_the_stated_near_duplicates_and_envelopes() {
    let Some(spec) = archive("spamassassin.tar.gz") else { return };
    let found = inspect(&[spec], &ReadOptions::default()).unwrap();
    let share = |n: u64| n * 100 / found.messages;
    assert!((17..=23).contains(&share(found.near_duplicates)), "{found:#?}");
    assert!(share(found.with_envelope_sender) >= 96, "{found:#?}");
    // The others were handed over inside one machine or have no Received field at all.
    assert!(share(found.with_client_ip) >= 87, "{found:#?}");
}

#[test]
fn corpora_in_trec_layout_take_labels_from_their_index() {
    for (name, cases) in [("modern_dev.tar.gz", [400, 174]), ("scl_dev.tar.gz", [0, 328])]
    {
        let Some(spec) = archive(name) else { return };
        let corpus = read_all(&[spec], &ReadOptions::default()).unwrap();
        assert_eq!(corpus.tally.cases, cases, "{name}: {:?}", corpus.tally);
        assert_eq!(corpus.tally.total_skipped(), 0, "{name}");
    }
}

/// The receiving servers of these messages state the connecting address in a field of their
/// own, which reconstruction does not read.
#[test]
fn the_reconstructed_client_is_the_one_the_server_states() {
    let Some(spec) = archive("scl_dev.tar.gz") else { return };
    let networks = ["2603:1000::/24", "2a01:111::/32"].map(|net| net.parse().unwrap());
    let trust = Some(TrustBoundary { networks: networks.to_vec(), hops: 0 });
    let options = ReadOptions { trust, ..ReadOptions::default() };
    for case in read_all(&[spec], &options).unwrap().cases {
        let stated = case.message.header("Authentication-Results").find_map(|value| {
            value.split_once("sender IP is ")?.1.split(')').next()?.parse().ok()
        });
        assert_eq!(case.session.client_ip.get().copied(), stated, "{}", case.id);
    }
}
