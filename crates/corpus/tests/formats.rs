//! Every format, whole and damaged, read from disk as a user would.

#![expect(clippy::unwrap_used, reason = "test helpers are tests")]

use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};

use corpus::{
    Corpus, Error, Format, Limits, PackReader, ReadOptions, SkipReason, SourceSpec, pack,
    read_all,
};
use mail::{Label, Provenance};
use proptest::prelude::*;

fn message(n: usize) -> String {
    format!(
        "From: a{n}@x.example\nDate: Thu, 22 Aug 2002 11:00:{n:02} +0000\nSubject: {n}\n\ntext {n}\n"
    )
}

/// Path and content of a small corpus with folders as labels.
fn files() -> Vec<(String, String)> {
    (0..6)
        .map(|n| {
            (format!("top/{}/kind{}/{n}", ["ham", "spam"][n % 2], n / 4), message(n))
        })
        .collect()
}

fn tar(files: &[(String, String)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, path, content.as_bytes()).unwrap();
    }
    tar.into_inner().unwrap()
}

fn zip(files: &[(String, String)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (path, content) in files {
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file(path.as_str(), options).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(bytes).unwrap();
    gz.finish().unwrap()
}

fn packed(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut bz = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bz.write_all(bytes).unwrap();
    let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 1);
    xz.write_all(bytes).unwrap();
    vec![
        ("plain", bytes.to_vec()),
        ("gz", gzip(bytes)),
        ("bz2", bz.finish().unwrap()),
        ("xz", xz.finish().unwrap()),
        ("zst", zstd::encode_all(bytes, 1).unwrap()),
    ]
}

/// Reads bytes as a source of this name.
fn read_bytes(bytes: &[u8], label: &str, options: &ReadOptions) -> Result<Corpus, Error> {
    let folder = tempfile::tempdir().unwrap();
    // No extension: the format is told by content.
    let path = folder.path().join("source");
    fs::write(&path, bytes).unwrap();
    let spec = format!("{label}{}", path.display()).parse().unwrap();
    read_all(&[spec], options)
}

fn read(bytes: &[u8], label: &str) -> Result<Corpus, Error> {
    read_bytes(bytes, label, &ReadOptions::default())
}

fn read_path(path: &Path, label: &str) -> Corpus {
    let spec: SourceSpec = format!("{label}{}", path.display()).parse().unwrap();
    read_all(&[spec], &ReadOptions::default()).unwrap()
}

fn summary(corpus: &Corpus) -> Vec<(String, Label, String)> {
    let cases = corpus.cases.iter();
    cases.map(|c| (c.message.subject.clone(), c.label, c.category.clone())).collect()
}

fn write_tree(root: &Path, files: &[(String, String)]) {
    for (path, content) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
}

fn reasons(corpus: &Corpus) -> Vec<(SkipReason, u64)> {
    corpus.tally.skipped.iter().map(|(reason, n)| (*reason, *n)).collect()
}

#[test]
fn a_folder_and_every_archive_of_it_give_the_same_cases() {
    let folder = tempfile::tempdir().unwrap();
    write_tree(folder.path(), &files());
    let expected = summary(&read_path(folder.path(), ""));
    assert_eq!(expected.len(), 6);
    assert_eq!(expected[5], ("5".into(), Label::Spam, "kind1".into()));
    for (name, bytes) in packed(&tar(&files())) {
        assert_eq!(summary(&read(&bytes, "").unwrap()), expected, "tar {name}");
    }
    assert_eq!(summary(&read(&zip(&files()), "").unwrap()), expected);
    let place = &read(&zip(&files()), "").unwrap().places[0];
    assert!(place.ends_with("source!top/ham/kind0/0"), "{place}");
}

#[test]
fn a_given_label_wins_over_folders_and_archives_without_any_are_refused() {
    let corpus = read(&tar(&files()), "SPAM:").unwrap();
    assert_eq!(corpus.tally.cases, [0, 6]);
    let flat: Vec<_> = (0..3).map(|n| (format!("mail/{n}"), message(n))).collect();
    for bytes in [tar(&flat), zip(&flat), message(1).into_bytes()] {
        let error = read(&bytes, "").unwrap_err().to_string();
        assert!(
            error.contains("has no labels") && error.contains("write `ham:"),
            "{error}"
        );
    }
    assert_eq!(read(&tar(&flat), "ham:").unwrap().tally.cases, [3, 0]);
}

#[test]
fn a_trec_layout_is_read_from_a_folder_its_index_and_archives() {
    let mut trec: Vec<_> =
        (0..4).map(|n| (format!("t/data/inmail.{n}"), message(n))).collect();
    let index = "spam ../data/inmail.0\nHam ../data/inmail.1\nSPAM ../data/inmail.2\n\
                 ham ../data/absent\nham ../data/inmail.1\nspam ../../../etc/passwd\n";
    trec.push(("t/full/index".into(), index.into()));
    trec.push(("t/README".into(), "no message\n".into()));
    let folder = tempfile::tempdir().unwrap();
    write_tree(folder.path(), &trec);
    let mut found = vec![
        read_path(folder.path(), ""),
        read_path(&folder.path().join("t/full/index"), ""),
        read(&zip(&trec), "").unwrap(),
    ];
    found.extend(packed(&tar(&trec)).iter().map(|(_, bytes)| read(bytes, "").unwrap()));
    for corpus in found {
        let labels: Vec<_> =
            summary(&corpus).into_iter().map(|(s, l, _)| (s, l)).collect();
        let expected = [("0", Label::Spam), ("1", Label::Ham), ("2", Label::Spam)];
        assert_eq!(labels, expected.map(|(s, l)| (s.to_owned(), l)));
        let (outside, missing, again) =
            (SkipReason::OutsidePath, SkipReason::Missing, SkipReason::DuplicateEntry);
        assert_eq!(reasons(&corpus), [(outside, 1), (missing, 1), (again, 1)]);
    }
}

#[test]
fn maildir_mbox_and_single_messages_are_read() {
    let maildir: Vec<_> = ["cur/1:2,S", "new/2", "tmp/3", ".Trash/cur/4"]
        .iter()
        .zip(0..)
        .map(|(path, n)| ((*path).to_owned(), message(n)))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    write_tree(folder.path(), &maildir);
    let subjects: Vec<_> =
        summary(&read_path(folder.path(), "ham:")).into_iter().map(|(s, ..)| s).collect();
    assert_eq!(subjects, ["0", "1"]);

    let from = "From a@x Thu Aug 22 12:36:23 2002\n";
    let mbox: String = (0..3).map(|n| format!("{from}{}\n", message(n))).collect();
    for (name, bytes) in packed(mbox.as_bytes()) {
        let corpus = read(&bytes, "spam:").unwrap();
        assert_eq!(corpus.tally.cases, [0, 3], "{name}");
        assert!(corpus.places[2].ends_with("source#3"), "{}", corpus.places[2]);
        assert_eq!(corpus.cases[0].raw, message(0).as_bytes());
    }
    // Inside an archive and a folder as well.
    let inside = vec![("ham/list".to_owned(), mbox.clone())];
    assert_eq!(read(&tar(&inside), "").unwrap().tally.cases, [3, 0]);
    assert_eq!(read(message(7).as_bytes(), "ham:").unwrap().tally.cases, [1, 0]);
    let one = ReadOptions { format: Some(Format::Message), ..ReadOptions::default() };
    assert_eq!(read_bytes(mbox.as_bytes(), "ham:", &one).unwrap().tally.cases, [1, 0]);
}

#[test]
fn a_truncated_archive_is_an_error_that_names_file_place_and_cure() {
    let tar = tar(&files());
    for (name, bytes) in packed(&tar).into_iter().chain([("zip", zip(&files()))]) {
        for cut in [bytes.len() / 4, bytes.len() / 2, bytes.len() - 5] {
            if name == "plain" && cut > tar.len() - 600 {
                // Half an end mark is one.
                continue;
            }
            let error = read(&bytes[..cut], "ham:").unwrap_err().to_string();
            let told = error.contains("source` is damaged ") && error.contains("again");
            assert!(told && !error.contains('\n'), "{name} at {cut}: {error}");
        }
    }
    // Cut exactly between two members: no half member, but no end mark either.
    let error = read(&tar[..1024], "ham:").unwrap_err().to_string();
    assert!(error.contains("ends too early"), "{error}");
}

#[test]
fn links_traversal_and_nested_archives_are_skipped_and_counted() {
    let mut builder = tar::Builder::new(Vec::new());
    let mut add = |path: &[u8], kind, content: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..path.len()].copy_from_slice(path);
        header.set_entry_type(kind);
        header.set_size(content.len() as u64);
        header.set_cksum();
        builder.append(&header, content).unwrap();
    };
    add(b"ham/1", tar::EntryType::Regular, message(1).as_bytes());
    add(b"ham/link", tar::EntryType::Symlink, b"");
    add(b"ham/hard", tar::EntryType::Link, b"");
    add(b"../ham/up", tar::EntryType::Regular, message(2).as_bytes());
    add(b"/ham/root", tar::EntryType::Regular, message(3).as_bytes());
    add(b"ham/inner.gz", tar::EntryType::Regular, &gzip(b"x"));
    add(b"ham/empty", tar::EntryType::Regular, b"");
    add(b"ham/noheader", tar::EntryType::Regular, b"hello world\n");
    let corpus = read(&builder.into_inner().unwrap(), "").unwrap();
    assert_eq!(corpus.tally.cases, [1, 0]);
    assert_eq!(
        reasons(&corpus),
        [
            (SkipReason::Empty, 1),
            (SkipReason::NoHeader, 1),
            (SkipReason::Link, 2),
            (SkipReason::OutsidePath, 2),
            (SkipReason::NestedArchive, 1),
        ]
    );
}

#[test]
fn bombs_are_errors_and_large_messages_are_skips() {
    let large = format!("A: b\n\n{}", "x".repeat(200_000));
    let files = vec![("ham/1".to_owned(), large), ("ham/2".to_owned(), message(2))];
    let limits = |message_bytes, archive_bytes, archive_members| ReadOptions {
        limits: Limits {
            message_bytes,
            archive_bytes,
            archive_members,
            archive_ratio: 400,
        },
        ..ReadOptions::default()
    };
    for bytes in [gzip(&tar(&files)), zip(&files)] {
        let corpus = read_bytes(&bytes, "", &limits(100_000, 1 << 30, 10)).unwrap();
        assert_eq!(corpus.tally.cases, [1, 0]);
        assert_eq!(reasons(&corpus), [(SkipReason::TooLarge, 1)]);
        for tight in [limits(1 << 20, 100_000, 10), limits(1 << 20, 1 << 30, 1)] {
            let error = read_bytes(&bytes, "", &tight).unwrap_err();
            assert!(matches!(error, Error::Bomb { .. }), "{error}");
        }
    }
    // 160 MB of zeros in 160 kB.
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::copy(&mut std::io::repeat(0).take(160 << 20), &mut gz).unwrap();
    let error = read(&gz.finish().unwrap(), "ham:").unwrap_err();
    assert!(matches!(error, Error::Bomb { .. }), "{error}");
}

#[test]
fn long_names_are_read_and_endless_ones_are_not() {
    let long = format!("ham/{}/{}", "d".repeat(150), "f".repeat(150));
    let corpus = read(&tar(&[(long.clone(), message(1))]), "").unwrap();
    assert!(corpus.places[0].starts_with(corpus.places[0].split('!').next().unwrap()));
    assert_eq!(corpus.cases[0].category, "d".repeat(150));
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::GNULongName);
    let name = vec![b'a'; 10 << 20];
    header.set_size(name.len() as u64);
    header.set_cksum();
    builder.append(&header, name.as_slice()).unwrap();
    let bytes = builder.into_inner().unwrap();
    assert!(matches!(read(&bytes, ""), Err(Error::Unlabelled { .. })));
}

#[cfg(unix)]
#[test]
fn a_link_in_a_folder_or_behind_an_index_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let secret = tempfile::tempdir().unwrap();
    fs::write(secret.path().join("s"), message(9)).unwrap();
    write_tree(folder.path(), &[("ham/1".into(), message(1))]);
    std::os::unix::fs::symlink(secret.path().join("s"), folder.path().join("ham/l"))
        .unwrap();
    let corpus = read_path(folder.path(), "");
    assert_eq!(
        (corpus.tally.cases, reasons(&corpus)),
        ([1, 0], vec![(SkipReason::Link, 1)])
    );
    let trec = tempfile::tempdir().unwrap();
    write_tree(trec.path(), &[("full/index".into(), "ham ../data/s\nham ../l\n".into())]);
    std::os::unix::fs::symlink(secret.path(), trec.path().join("data")).unwrap();
    std::os::unix::fs::symlink(secret.path().join("s"), trec.path().join("l")).unwrap();
    let corpus = read_path(&trec.path().join("full/index"), "");
    assert_eq!(reasons(&corpus), [(SkipReason::OutsidePath, 2)]);
}

fn small_pack(folder: &Path) -> PathBuf {
    write_tree(folder, &files());
    let target = folder.join("p.parquet");
    let spec = format!("{}/top", folder.display()).parse().unwrap();
    let provenance =
        Provenance { command: "c".into(), version: "v".into(), seed: 0, inputs: vec![] };
    pack(&[spec], &ReadOptions::default(), &target, &provenance).unwrap();
    target
}

#[test]
fn a_truncated_or_foreign_pack_is_an_error_of_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let target = small_pack(folder.path());
    let bytes = fs::read(&target).unwrap();
    let error = |bytes: &[u8]| {
        let path = folder.path().join("bad.parquet");
        fs::write(&path, bytes).unwrap();
        match PackReader::open(&path) {
            Ok(mut reader) => reader.find_map(Result::err).unwrap().to_string(),
            Err(error) => error.to_string(),
        }
    };
    for cut in [3, 100, bytes.len() / 2, bytes.len() - 1] {
        let error = error(&bytes[..cut]);
        assert!(error.contains("bad.parquet") && !error.contains('\n'), "{error}");
        assert!(error.contains("make it again with `corpus pack`"), "{error}");
    }
    let mut other = bytes.clone();
    let key = b"sclbench.pack.version";
    let at = other.windows(key.len()).position(|w| w == key).unwrap();
    // The value follows the key: one byte of type and one of length lie between.
    let value = other[at..].iter().position(|b| *b == b'1').unwrap() + at;
    other[value] = b'9';
    assert!(error(&other).contains("version `9`"), "{}", error(&other));
    other[at] = b'x';
    assert!(error(&other).contains("no pack"), "{}", error(&other));
}

/// Some bytes of a file changed, then perhaps cut.
fn damage()
-> impl Strategy<Value = (Vec<(prop::sample::Index, u8)>, prop::sample::Index, bool)> {
    (
        prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        any::<prop::sample::Index>(),
        any::<bool>(),
    )
}

type Damage = (Vec<(prop::sample::Index, u8)>, prop::sample::Index, bool);

fn damaged(bytes: &[u8], (changes, end, cut): &Damage) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for (at, byte) in changes {
        let at = at.index(bytes.len());
        bytes[at] = *byte;
    }
    if *cut {
        bytes.truncate(end.index(bytes.len()));
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_damaged_file_panics_and_everything_read_is_counted(damage in damage()) {
        let tar = tar(&files());
        let mbox = format!("From a@x Thu Aug 22 12:36:23 2002\n{}\nFrom b@x Thu Aug 22 12:36:23 2002\n{}", message(1), message(2));
        let index = b"spam ../data/1\nham ../data/2\n".to_vec();
        let sources = [
            tar.clone(),
            gzip(&damaged(&tar, &damage)),
            gzip(&tar),
            zip(&files()),
            zstd::encode_all(tar.as_slice(), 1).unwrap(),
            mbox.into_bytes(),
            index,
        ];
        for bytes in sources {
            if let Ok(corpus) = read(&damaged(&bytes, &damage), "ham:") {
                let tally = corpus.tally;
                prop_assert_eq!(tally.read, tally.total() + tally.total_skipped());
            }
        }
    }

    #[test]
    fn no_random_file_panics(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = read(&bytes, "");
        let _ = read(&bytes, "spam:");
    }
}

#[test]
fn no_damaged_pack_panics() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = fs::read(small_pack(folder.path())).unwrap();
    let path = folder.path().join("bad.parquet");
    proptest!(ProptestConfig::with_cases(256), |(damage in damage())| {
        fs::write(&path, damaged(&bytes, &damage)).unwrap();
        if let Ok(reader) = PackReader::open(&path) {
            for batch in reader {
                let Ok(batch) = batch else { break };
                batch.into_iter().for_each(|case| drop(case.parse()));
            }
        }
    });
}
