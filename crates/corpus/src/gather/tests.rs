use std::fs;
use std::path::Path;

use super::*;
use crate::SkipReason;

fn message(n: u32) -> String {
    format!(
        "From: a@x.example\nDate: Thu, {} Aug 2002 11:00:00 +0000\nSubject: {n}\n\ntext {n}\n",
        n % 28 + 1
    )
}

fn specs(folder: &Path) -> Vec<SourceSpec> {
    let spec = |label: &str| format!("{label}:{}", folder.join(label).display());
    ["ham", "spam"].map(|label| spec(label).parse().unwrap()).to_vec()
}

fn corpus(files: &[(&str, u32)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["ham", "spam"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    for (name, n) in files {
        fs::write(folder.path().join(name), message(*n)).unwrap();
    }
    folder
}

#[test]
fn copies_are_skipped_or_kept_and_conflicts_never_count() {
    let files = [
        ("ham/1", 1),
        ("ham/2", 1),
        ("ham/3", 3),
        ("spam/1", 9),
        ("spam/2", 3),
        ("spam/3", 3),
    ];
    let folder = corpus(&files);
    let read = |duplicates| {
        let options = ReadOptions { duplicates, ..ReadOptions::default() };
        read_all(&specs(folder.path()), &options).unwrap().tally
    };
    let skip = read(Duplicates::Skip);
    assert_eq!((skip.read, skip.cases), (6, [1, 1]));
    assert_eq!(skip.skipped[&SkipReason::ExactDuplicate], 1);
    assert_eq!(skip.skipped[&SkipReason::LabelConflict], 3);
    let keep = read(Duplicates::Keep);
    assert_eq!((keep.read, keep.cases), (6, [2, 1]));
    assert_eq!(keep.exact_duplicates, 1);
}

#[test]
fn a_pack_holds_what_read_all_gives_and_nothing_else_is_left() {
    let files: Vec<_> = (0..60)
        .map(|n| (format!("{}/{n}", ["ham", "spam"][n as usize % 2]), n))
        .collect();
    let files: Vec<_> = files.iter().map(|(name, n)| (name.as_str(), *n)).collect();
    let folder = corpus(&files);
    let specs = specs(folder.path());
    let direct = read_all(&specs, &ReadOptions::default()).unwrap();
    let target = folder.path().join("out.parquet");
    let provenance =
        Provenance { command: "c".into(), version: "v".into(), seed: 1, inputs: vec![] };
    let tally = pack(&specs, &ReadOptions::default(), &target, &provenance).unwrap();
    assert_eq!(tally, direct.tally);
    let spec = SourceSpec { label: None, path: target.clone() };
    let packed = read_all(&[spec], &ReadOptions::default()).unwrap();
    assert_eq!(packed.cases, direct.cases);
    assert_eq!(packed.campaigns, direct.campaigns);
    assert_eq!(packed.places, direct.places);
    assert!(packed.cases.is_sorted_by_key(|case| (case.time, case.id)));
    assert_eq!(PackReader::open(&target).unwrap().provenance(), Some(&provenance));
    let left = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 3, "ham, spam and the pack");
}

#[test]
fn a_sidecar_overrides_and_its_misses_are_counted() {
    let folder = corpus(&[("ham/1", 1)]);
    let sidecar = folder.path().join("s.ndjson");
    let place = folder.path().join("ham/1").display().to_string();
    let line = serde_json::json!({"place": place, "mail_from": "r@x.example"});
    fs::write(&sidecar, format!("{line}\n{{\"place\": \"nowhere\"}}\n")).unwrap();
    let options = ReadOptions { sidecars: vec![sidecar], ..ReadOptions::default() };
    let corpus = read_all(&specs(folder.path()), &options).unwrap();
    assert_eq!(corpus.cases[0].session.mail_from.get().unwrap(), "r@x.example");
    assert_eq!(corpus.tally.sidecar_misses, 1);
}

#[test]
fn a_labelled_pack_and_a_missing_path_are_errors_with_a_cure() {
    let folder = corpus(&[("ham/1", 1)]);
    let target = folder.path().join("out.parquet");
    let provenance =
        Provenance { command: "c".into(), version: "v".into(), seed: 1, inputs: vec![] };
    pack(&specs(folder.path()), &ReadOptions::default(), &target, &provenance).unwrap();
    let error = |spec: String| {
        read_all(&[spec.parse().unwrap()], &ReadOptions::default())
            .unwrap_err()
            .to_string()
    };
    assert!(error(format!("ham:{}", target.display())).contains("without a label"));
    assert!(
        error(format!("ham:{}/no", folder.path().display())).contains("does not exist")
    );
    fs::create_dir(folder.path().join("other")).unwrap();
    assert!(error(format!("{}/other", folder.path().display())).contains("write `ham:"));
}
