use std::fs;
use std::path::Path;

use mail::{CaseId, Label};
use sha2::{Digest as _, Sha256};

use super::relabeller::message_id;
use super::*;
use crate::{Error, PackReader, ReadOptions, SourceSpec, inspect, pack, read_all};

fn message(n: u32) -> String {
    format!(
        "From: a@x.example\nMessage-Id: <m{n}@x.example>\nDate: Thu, 1 Aug 2002 11:{:02}:00 \
         +0000\nSubject: {n}\n\ntext {n}\n",
        n % 60
    )
}

fn digest(n: u32) -> CaseId {
    CaseId(Sha256::digest(message(n)).into())
}

/// Ham 0 to 9 and spam 10 to 19.
fn corpus(folder: &Path) -> Vec<SourceSpec> {
    for (label, numbers) in [("ham", 0..10), ("spam", 10..20)] {
        fs::create_dir(folder.join(label)).unwrap();
        for n in numbers {
            fs::write(folder.join(label).join(n.to_string()), message(n)).unwrap();
        }
    }
    ["ham", "spam"]
        .map(|label| format!("{label}:{}", folder.join(label).display()))
        .map(|spec| spec.parse().unwrap())
        .to_vec()
}

fn options(folder: &Path, name: &str, text: &str) -> Result<ReadOptions, Error> {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    let mut corrections = Corrections::default();
    corrections.add_file(&path)?;
    let relabel = Relabel { corrections, noise: None };
    Ok(ReadOptions { relabel, ..ReadOptions::default() })
}

fn toml(id: impl std::fmt::Display, from: &str, to: &str) -> String {
    format!(
        "[[correction]]\nid = \"{id}\"\nfrom = \"{from}\"\nto = \"{to}\"\nby = \"ann\"\nwhy = \"bill\"\n"
    )
}

#[test]
fn corrections_hold_for_sources_and_packs_alike() {
    let folder = tempfile::tempdir().unwrap();
    let specs = corpus(folder.path());
    let text = toml(digest(3), "ham", "spam") + &toml("<m12@x.example>", "spam", "ham");
    let options = options(folder.path(), "fixes.toml", &text).unwrap();
    let read = read_all(&specs, &options).unwrap();
    assert_eq!((read.tally.cases, read.tally.relabelled.corrected), ([10, 10], 2));
    let label =
        |id: CaseId| read.cases.iter().find(|case| case.id == id).map(|case| case.label);
    assert_eq!(label(digest(3)), Some(Label::Spam));
    assert_eq!(label(digest(12)), Some(Label::Ham));

    // The same from a pack that was made without them.
    let plain = folder.path().join("plain.parquet");
    let provenance = mail::Provenance {
        command: "c".into(),
        version: "v".into(),
        seed: 1,
        inputs: vec![],
    };
    pack(&specs, &ReadOptions::default(), &plain, &provenance).unwrap();
    let spec = SourceSpec { label: None, path: plain.clone() };
    let packed = read_all(std::slice::from_ref(&spec), &options).unwrap();
    assert_eq!(packed.cases, read.cases);
    assert_eq!(packed.tally, read.tally);
    assert_eq!(inspect(&[spec], &options).unwrap().corrected, 2);
    let streamed = PackReader::open_relabelled(&plain, &options.relabel).unwrap();
    assert_eq!(streamed.relabelled().corrected, 2);
    let labels: Vec<_> = streamed.flat_map(Result::unwrap).map(|row| row.label).collect();
    assert_eq!(labels, read.cases.iter().map(|case| case.label).collect::<Vec<_>>());
}

#[test]
fn corrections_that_fit_nothing_are_errors_with_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let specs = corpus(folder.path());
    let at = folder.path();
    let read = |name: &str, text: String| {
        let options = options(at, name, &text)?;
        read_all(&specs, &options).map(|_| ())
    };
    let error = |name: &str, text: String| read(name, text).unwrap_err().to_string();
    let unknown = error("a.toml", toml(digest(99), "ham", "spam"));
    assert!(unknown.contains("a.toml` correction 1: `"), "{unknown}");
    assert!(unknown.contains("is no message of this mail"), "{unknown}");
    let wrong = error("a.toml", toml(digest(3), "spam", "ham"));
    assert!(wrong.contains("is labelled ham already, not spam"), "{wrong}");
    let same = error("a.toml", toml(digest(3), "spam", "spam"));
    assert!(same.contains("same label in `from` and `to`"), "{same}");
    let twice = toml(digest(3), "ham", "spam") + &toml(digest(3), "ham", "spam");
    assert!(error("a.toml", twice).contains("correction 2"));
    let both = toml(digest(3), "ham", "spam") + &toml("m3@x.example", "ham", "spam");
    assert!(error("a.toml", both).contains("correction 2 too"));
    let key = error("a.toml", "[[correction]]\nid = \"x\"\nlabel = \"ham\"\n".into());
    assert!(key.contains("line 3") && key.contains("label"), "{key}");
    let json = error("a.ndjson", "\n{\"id\": \"x\"}\n".into());
    assert!(json.contains("a.ndjson` line 2:"), "{json}");
    let good = format!("{{\"id\":\"{}\",\"from\":\"ham\",\"to\":\"spam\"}}", digest(3));
    assert!(read("a.ndjson", good).is_ok());
    assert!(read("empty.toml", "# nothing yet\n".into()).is_ok());
}

#[test]
fn a_correction_settles_a_conflict_of_labels() {
    let folder = tempfile::tempdir().unwrap();
    let specs = corpus(folder.path());
    fs::write(folder.path().join("spam/copy"), message(3)).unwrap();
    let text = toml(digest(3), "ham", "spam");
    let options = options(folder.path(), "fixes.toml", &text).unwrap();
    let before = read_all(&specs, &ReadOptions::default()).unwrap();
    assert_eq!(before.tally.cases, [9, 10]);
    let after = read_all(&specs, &options).unwrap();
    assert_eq!(after.tally.cases, [9, 11]);
}

#[test]
fn noise_is_of_its_rates_and_the_same_for_sources_and_packs() {
    let folder = tempfile::tempdir().unwrap();
    let specs = corpus(folder.path());
    let noise = |ham, spam, seed| {
        let noise = Some(Noise { ham, spam, seed });
        let relabel = Relabel { noise, ..Relabel::default() };
        ReadOptions { relabel, ..ReadOptions::default() }
    };
    let tally = |options: &ReadOptions| read_all(&specs, options).unwrap().tally;
    assert_eq!(tally(&noise(0.0, 0.0, 1)), tally(&ReadOptions::default()));
    assert_eq!(tally(&noise(1.0, 0.0, 1)).cases, [0, 20]);
    assert_eq!(tally(&noise(0.0, 1.0, 1)).cases, [20, 0]);
    let some = noise(0.4, 0.4, 7);
    let found = tally(&some).relabelled;
    assert_ne!(found, tally(&noise(0.4, 0.4, 8)).relabelled);
    assert!(found.planted_of(Label::Ham) + found.planted_of(Label::Spam) > 2);
    let plain = folder.path().join("plain.parquet");
    let provenance = mail::Provenance {
        command: "c".into(),
        version: "v".into(),
        seed: 1,
        inputs: vec![],
    };
    pack(&specs, &ReadOptions::default(), &plain, &provenance).unwrap();
    let spec = SourceSpec { label: None, path: plain };
    assert_eq!(read_all(&[spec], &some).unwrap().tally.relabelled, found);
    // A share is a share: 10,000 ids at 2 %.
    let taker = Noise { ham: 0.02, spam: 0.0, seed: 3 };
    let ids = (0..10_000_u32).map(|n| CaseId(Sha256::digest(n.to_le_bytes()).into()));
    let taken = ids.filter(|id| taker.takes(*id, Label::Ham)).count();
    assert!((160..=240).contains(&taken), "{taken}");
}

#[test]
fn message_ids_are_found_in_the_header_only() {
    let id = |text: &str| message_id(text.as_bytes());
    assert_eq!(id("A: b\r\nMESSAGE-ID:  <x@y> \r\n\r\n").as_deref(), Some("x@y"));
    assert_eq!(id("Message-ID:\r\n\t<long@y>\r\n\r\n").as_deref(), Some("long@y"));
    assert_eq!(id("A: b\n\nMessage-ID: <x@y>\n"), None);
    assert_eq!(id("Message-ID:\n\n"), None);
    assert_eq!(id(""), None);
}
