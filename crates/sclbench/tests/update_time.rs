//! Definitions in corpus time: planned from the past only, replayed by their own time,
//! compared over time.

#![expect(clippy::unwrap_used, reason = "a setup that fails is a failed test")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

fn output(folder: &Path, line: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sclbench"))
        .current_dir(folder)
        .args(line.split_whitespace())
        .output()
        .unwrap()
}

fn json(folder: &Path, line: &str) -> Value {
    let output = output(folder, &format!("--json -q {line}"));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {error}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn refused(folder: &Path, line: &str, told: &[&str]) {
    let output = output(folder, &format!("-q {line}"));
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{line}: {error}");
    assert_eq!(error.matches("error: ").count(), 1, "{error}");
    for words in told {
        assert!(error.contains(words), "{line}: {error}");
    }
}

/// Half a year of made-up mail.
fn mail() -> TempDir {
    let folder = TempDir::new().unwrap();
    let recipe =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpora/demo/demo.toml");
    fs::copy(recipe, folder.path().join("demo.toml")).unwrap();
    json(folder.path(), "corpus generate demo.toml --messages 800 -o .");
    folder
}

const PLAN: &str = "update plan mail.parquet --trainer fast";

#[test]
fn definitions_learn_from_the_past_alone_and_score_the_future_alone() {
    let folder = mail();
    let at = folder.path();
    let plan = json(at, &format!("{PLAN} --cadence wednesdays -o feed"));
    let releases = plan["releases"].as_array().unwrap();
    assert!(releases.len() > 8, "{plan}");
    let mut before = 0;
    for release in releases {
        let text = |key: &str| release[key].as_str().unwrap();
        // RFC 3339 in UTC sorts as text.
        assert!(text("trained_until") < text("released"), "{release}");
        let count = release["trained_on"].as_u64().unwrap();
        assert!(count >= before);
        before = count;
    }
    let replay = json(at, "replay mail.parquet --world world --updates feed -o replay");
    // The run folder says when which definitions came into use, and what errors there were.
    let run = fs::read_to_string(at.join("replay/run.json")).unwrap();
    let run: Value = serde_json::from_str(&run).unwrap();
    let mark = |release: &Value| {
        let at = mail::Timestamp::parse(release["released"].as_str().unwrap()).unwrap();
        serde_json::json!({"at": at.0, "version": release["version"]})
    };
    let marks: Vec<Value> = releases.iter().map(mark).collect();
    assert_eq!(run["updates"], Value::Array(marks));
    assert!(at.join("replay/over-time.csv").is_file());
    assert!(at.join("replay/charts/update-cadence.svg").is_file());
    let early = &releases[0]["trained_on"];
    assert_eq!(&replay["skipped_reasons"]["before the first definitions"], early);
    assert_eq!(
        replay["cases"].as_u64().unwrap() + early.as_u64().unwrap(),
        plan["messages"].as_u64().unwrap()
    );
    refused(at, &format!("{PLAN} --cadence never -o feed"), &["feed", "already"]);
    refused(at, &format!("{PLAN} --cadence weekly -o x"), &["weekly", "use wednesdays"]);
}

#[test]
fn definitions_that_learnt_the_mail_they_score_are_refused() {
    let folder = mail();
    let at = folder.path();
    json(at, "train mail.parquet --trainer fast -o all.model");
    json(at, "update build all.model --released 2023-12-01 -o undated");
    let replay = "replay mail.parquet -o replay --updates";
    refused(at, &format!("{replay} undated"), &["6.5.14317.0", "--allow-overlap"]);
    json(
        at,
        "update build all.model --released 2023-12-01 --trained-until 2023-11-30 -o liar",
    );
    refused(at, &format!("{replay} liar"), &["800 of 800 messages", "training mail"]);
    assert!(!at.join("replay").exists());
    let allowed = json(at, &format!("{replay} undated --allow-overlap"));
    assert_eq!(allowed["cases"], 800);
    refused(at, &format!("{replay} nowhere"), &["nowhere/feed.toml", "check the path"]);
}

#[test]
fn cadences_are_compared_on_the_same_mail() {
    let folder = mail();
    let at = folder.path();
    for cadence in ["wednesdays", "never"] {
        json(at, &format!("{PLAN} --cadence {cadence} -o {cadence}"));
    }
    let line = "update compare mail.parquet --world world --updates often=wednesdays \
                --updates never=never";
    let compared = json(at, &format!("{line} --threads 1 -o one"));
    json(at, &format!("{line} --threads 2 -o two"));
    for name in
        ["over-time.csv", "charts/update-cadence.svg", "charts/update-cadence.png"]
    {
        let [one, two] =
            ["one", "two"].map(|run| fs::read(at.join(run).join(name)).unwrap());
        assert_eq!(one, two, "{name}");
    }
    let csv = fs::read_to_string(at.join("one/over-time.csv")).unwrap();
    for series in compared["series"].as_array().unwrap() {
        let name = format!("\"{}\"", series["name"].as_str().unwrap());
        for tier in series["tiers"].as_array().unwrap() {
            for measure in ["fp", "fn"] {
                let want = (&tier[measure]["count"], &tier[measure]["of"]);
                let mut sum = (0, 0);
                for line in csv.lines() {
                    let cells: Vec<_> = line.split(',').collect();
                    let same = cells[0] == name && tier["tier"] == cells[3];
                    if same && cells[4] == measure {
                        sum.0 += cells[5].parse::<u64>().unwrap();
                        sum.1 += cells[6].parse::<u64>().unwrap();
                    }
                }
                assert_eq!((&Value::from(sum.0), &Value::from(sum.1)), want, "{tier}");
            }
        }
    }
    // A single series is the same as a replay under it.
    let replay = json(at, "replay mail.parquet --world world --updates never -o replay");
    assert_eq!(replay["tiers"], compared["series"][1]["tiers"]);
    json(at, &format!("{PLAN} --cadence never --first 2024-04-01 -o late"));
    let other = line.replace("never=never", "late=late");
    refused(at, &format!("{other} -o three"), &["`often` and `late`", "same --first"]);
    let twice = line.replace("never=never", "often=never");
    refused(at, &format!("{twice} -o three"), &["two series are named `often`"]);
    assert!(!at.join("three").exists());
}
