//! The back-test through the binary: what each regime knows, and a change it must find.

#![expect(clippy::unwrap_used, reason = "a setup that fails is a failed test")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

fn output(folder: &Path, line: &str) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_sclbench"))
        .current_dir(folder)
        .args(line.split_whitespace())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn json(folder: &Path, line: &str) -> Value {
    let (code, text, error) = output(folder, &format!("--json {line}"));
    assert_eq!(code, Some(0), "{line}: {error}");
    serde_json::from_str(&text).unwrap()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

#[test]
fn each_regime_knows_what_it_says_and_threads_change_nothing() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpora/demo");
    json(at, &format!("corpus generate {root}/demo.toml -o m --messages 900"));
    let all = "backtest m/mail.parquet --world m/world --trainer fast --orders default \
               --periods 3 --feedback immediate,delayed,partial,on-error";
    let report = json(at, &format!("{all} -o one --threads 1"));
    let regimes = report["regimes"].as_array().unwrap();
    assert_eq!(regimes.len(), 4);
    let step = |regime: usize, at: usize| &regimes[regime]["steps"][at];
    for (regime, row) in regimes.iter().enumerate() {
        let steps = row["steps"].as_array().unwrap();
        let of = |step: &Value| {
            number(&step["messages"]["ham"]) + number(&step["messages"]["spam"])
        };
        let judged: u64 = steps.iter().map(of).sum();
        assert_eq!(judged + number(&report["initial"]), number(&report["cases"]));
        // Before the first period all regimes know the same.
        assert_eq!(step(regime, 0), step(0, 0));
    }
    let known = |regime: usize, what: &str| number(&step(regime, 2)[what]);
    assert_eq!(known(0, "told"), known(0, "past"), "immediate");
    for regime in 1..4 {
        assert!(known(regime, "told") < known(regime, "past"), "{regime}");
    }
    assert_eq!(known(3, "told") + known(3, "assumed"), known(3, "past"), "on-error");
    let csv = fs::read(at.join("one/backtest.csv")).unwrap();
    let lines = csv.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(lines, 1 + 4 * 3 * 8);
    json(at, &format!("{all} -o two --threads 2"));
    for file in ["backtest.csv", "charts/backtest.svg", "charts/backtest.png"] {
        let read = |run: &str| fs::read(at.join(run).join(file)).unwrap();
        assert!(read("one") == read("two"), "{file}");
    }
}

/// An mbox of messages a minute apart, with the recorded score that `score` gives.
fn mbox(path: &Path, from: u64, score: impl Fn(u64) -> u64) {
    let mut text = String::new();
    for n in 0..120 {
        let (hour, minute) = (n / 60, n % 60);
        writeln!(
            text,
            "From a@example.org Mon Jan  1 00:00:00 2024\n\
             Received: from mx.example.org (mx.example.org [203.0.113.7]) by in.example.com;\n \
             Mon, 1 Jan 2024 {hour:02}:{minute:02}:{from:02} +0000\n\
             From: a@example.org\nTo: b@example.com\nSubject: letter {from}-{n}\n\
             Message-ID: <{from}-{n}@example.org>\n\
             X-MS-Exchange-Organization-SCL: {}\n\nText {from} {n}.\n",
            score(n)
        )
        .unwrap();
    }
    fs::write(path, text).unwrap();
}

#[test]
fn a_change_of_the_mail_breaks_the_promise_about_it_and_no_other() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    // In the last quarter spam is no longer recognised.
    mbox(&at.join("ham"), 1, |_| 1);
    mbox(&at.join("spam"), 31, |n| if n < 90 { 8 } else { 1 });
    fs::write(
        at.join("goal.toml"),
        "[goal]\nfp-delete = 0.1\nfp-reject = 0.1\nfp-quarantine = 0.1\nfp-junk = 0.1\n",
    )
    .unwrap();
    let line = "backtest ham:ham spam:spam --stamp organization-scl --orders default \
                --goal goal.toml --initial 0.5 --periods 2 -o out";
    let report = json(at, line);
    let steps = report["regimes"][0]["steps"].as_array().unwrap();
    let standing = |step: usize, label: &str| {
        let promises = steps[step]["promises"].as_array().unwrap();
        let at = promises.iter().find(|p| p["label"] == label && p["tier"] == "junk");
        at.unwrap()["standing"].as_str().unwrap().to_owned()
    };
    assert_eq!([standing(0, "ham"), standing(0, "spam")], ["kept", "kept"]);
    assert_eq!([standing(1, "ham"), standing(1, "spam")], ["kept", "broken"]);
    assert_eq!(number(&steps[1]["promises"][4]["delivered"]["count"]), 60 / 2);
}

#[test]
fn what_cannot_be_tested_is_refused_with_a_cure() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    mbox(&at.join("ham"), 1, |_| 1);
    let stamped = "backtest ham:ham --stamp organization-scl -o out";
    let (code, _, error) = output(at, stamped);
    assert_eq!(code, Some(3), "{error}");
    assert!(error.contains("period 1") && error.contains("--initial"), "{error}");
    for (options, told) in [
        ("--share 2", "--share is `2`; use"),
        ("--feedback never", "use `immediate`"),
        ("--feedback delayed,delayed", "twice"),
        ("--trainer fast", "--stamp"),
    ] {
        let (code, text, error) = output(at, &format!("{stamped} {options}"));
        assert_eq!(code, Some(2), "{options}: {error}");
        assert!(text.is_empty() && error.contains(told), "{options}: {error}");
        assert!(!at.join("out").exists());
    }
}
