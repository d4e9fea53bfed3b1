//! Score tables through the binary: without mail text, and everything made from them is the
//! same bit for bit.

#![expect(clippy::unwrap_used, reason = "a setup that fails is a failed test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

fn sclbench(folder: &Path, line: &str) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_sclbench"))
        .current_dir(folder)
        .args(line.split_whitespace())
        .output()
        .unwrap()
}

fn run(folder: &Path, line: &str) -> String {
    let output = sclbench(folder, line);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            let inner = files(&path).into_iter();
            found.extend(inner.map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)));
        } else {
            found.insert(name, fs::read(&path).unwrap());
        }
    }
    found
}

/// Mail with a tune and a hold-out part, `with` naming the policy and its inputs.
fn mail(at: &Path) -> String {
    let recipe = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpora/demo/demo.toml");
    let policy = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpora/demo/policy.toml");
    run(at, &format!("corpus generate {recipe} -o m --messages 600"));
    run(at, "corpus split m/mail.parquet -o p");
    run(at, "train p/train.parquet -o f.model --trainer fast");
    format!("--policy {policy} --world m/world --model f.model")
}

#[test]
fn a_recommendation_is_made_again_from_score_tables_bit_for_bit() {
    let [mine, theirs] = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let (mine, theirs) = (mine.path(), theirs.path());
    let with = mail(mine);
    run(mine, &format!("sweep p/tune.parquet {with} -o tune"));
    run(mine, &format!("sweep p/hold-out.parquet {with} -o held"));
    run(mine, "scores export tune --salt x -o tune.parquet");
    run(mine, "scores export held --salt x -o held.csv");
    for (file, folder) in [("tune.parquet", "tune"), ("held.csv", "held")] {
        fs::copy(mine.join(file), theirs.join(file)).unwrap();
        run(theirs, &format!("scores import {file} -o {folder}"));
    }
    let line = "recommend tune --holdout held -o advice";
    let [advice, again] = [mine, theirs].map(|at| run(at, line));
    assert_eq!(advice, again);
    assert!(advice.contains("hold-out, of "), "{advice}");
    let [a, b] = [mine, theirs].map(|at| files(&at.join("advice")));
    assert!(a.contains_key("edge.ps1") && a.contains_key("recommendation.json"));
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    for (name, bytes) in &a {
        // The policy's other settings stay with those who made the table.
        assert!(name == "recommended-policy.toml" || *bytes == b[name], "{name}");
    }
    // Everything but the trace and the policy, which hold addresses, the table of cases,
    // which holds folders, and the report's tables, which hold subjects.
    let [mut a, b] = [mine, theirs].map(|at| files(&at.join("tune")));
    for name in ["cases", "report_cases", "report_fates", "report_journeys"] {
        assert!(a.remove(&format!("{name}.parquet")).is_some(), "{name}");
    }
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    for (name, bytes) in &a {
        let differs =
            ["trace.parquet", "policy.toml", "run.json"].contains(&name.as_str());
        assert!(differs || *bytes == b[name], "{name}");
    }
    assert!(a.len() > 15, "{:?}", a.keys());

    // The hold-out as mail gives the same verdict as its sweep.
    run(mine, &format!("recommend tune --holdout p/hold-out.parquet {with} -o direct"));
    let advice = |folder: &str| -> Value {
        let bytes = fs::read(mine.join(folder).join("recommendation.json")).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    };
    assert_eq!(advice("advice"), advice("direct"));
}

#[test]
fn a_table_holds_no_mail_and_its_sources_agree() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    let with = mail(at);
    run(at, &format!("replay p/tune.parquet {with} -o r"));
    run(at, "scores export r --salt secret -o r.csv");
    run(at, &format!("scores export p/tune.parquet {with} --salt secret -o s.csv"));
    let text = |name: &str| fs::read_to_string(at.join(name)).unwrap();
    let rows = |text: &str| -> Vec<String> {
        let lines = text.lines().skip(2);
        lines.map(|line| line.rsplit_once(',').unwrap().0.to_owned()).collect()
    };
    let (replayed, swept) = (text("r.csv"), text("s.csv"));
    assert_eq!(rows(&replayed), rows(&swept));
    // No address: the generated mail lives in `example` domains.
    for table in [&replayed, &swept] {
        assert!(!table.contains('@') && !table.contains(".example"));
    }
    run(at, "scores export r --salt other -o o.csv");
    assert_ne!(rows(&replayed)[0][..64], rows(&text("o.csv"))[0][..64]);
    // The imported replay has the same charts and counts.
    run(at, "scores import r.csv -o again");
    for name in ["rates.csv", "charts/det.svg", "charts/scl-histogram.png"] {
        let [a, b] = ["r", "again"].map(|dir| fs::read(at.join(dir).join(name)).unwrap());
        assert!(a == b, "{name}");
    }
    // A table that was changed by hand is refused on one line.
    for (from, to, told) in [
        (",reject,", ",inbox,", "do not add up"),
        (",ham,", ",eggs,", "column `label` cannot be read"),
        ("#sclbench-scores ", "#", "line 1: no score table"),
    ] {
        fs::write(at.join("bad.csv"), replayed.replacen(from, to, 1)).unwrap();
        let output = sclbench(at, "scores import bad.csv -o bad");
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains("bad.csv: ") && error.contains(told), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
        assert!(!at.join("bad").exists());
    }
}

#[test]
fn what_needs_more_than_scores_is_refused_with_the_cure() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    let with = mail(at);
    run(at, &format!("sweep p/tune.parquet {with} -o tune"));
    run(at, "scores export tune --salt pepper -o t.parquet");
    run(at, "scores import t.parquet -o again");
    for (line, file) in [
        ("compare again again", "cases.parquet"),
        ("power again --fp 0.001", "cases.parquet"),
        ("report again -o r.html", "report_cases.parquet"),
    ] {
        let output = sclbench(at, line);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{line}: {error}");
        let said = [file, "is missing: a run made from a score table", "exported from"];
        assert!(said.iter().all(|word| error.contains(word)), "{line}: {error}");
    }
}
