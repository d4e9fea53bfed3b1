//! Measures, comparison and power through the binary, on made-up mail.

#![expect(clippy::unwrap_used, reason = "a setup that fails is a failed test")]

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

fn run(folder: &Path, line: &str) -> String {
    let (code, text, error) = output(folder, line);
    assert_eq!(code, Some(0), "{line}: {error}");
    text
}

fn json(folder: &Path, line: &str) -> Value {
    serde_json::from_str(&run(folder, &format!("--json {line}"))).unwrap()
}

/// Runs a command that must fail with code 2 and one line that holds every part.
fn refused(folder: &Path, line: &str, told: &[&str]) {
    let (code, text, error) = output(folder, line);
    assert_eq!(code, Some(2), "{line}: {error}");
    assert!(text.is_empty(), "{line} printed a result");
    for part in told {
        assert!(error.contains(part), "{line}: no `{part}` in {error}");
    }
}

const WITH: &str = "--world m/world --model f.model";

/// Mail, a model, and three policies that differ in the reject threshold.
fn bench() -> TempDir {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpora/demo");
    run(at, &format!("corpus generate {root}/demo.toml -o m --messages 900"));
    run(at, "corpus split m/mail.parquet -o p");
    run(at, "train p/train.parquet -o f.model --trainer fast");
    let policy = fs::read_to_string(format!("{root}/policy.toml")).unwrap();
    let seven = "scl-reject-threshold = 7";
    assert!(policy.contains(seven));
    for level in [3, 7] {
        let changed = policy.replace(seven, &format!("scl-reject-threshold = {level}"));
        fs::write(at.join(format!("reject-{level}.toml")), changed).unwrap();
    }
    folder
}

fn sum(rows: &[Value], slice: &str, value: impl Fn(&Value) -> &Value) -> u64 {
    let own = rows.iter().filter(|row| row["slice"] == slice);
    own.map(|row| value(row).as_u64().unwrap()).sum()
}

#[test]
fn decisions_rest_on_documented_keys_that_agree() {
    let folder = bench();
    let at = folder.path();
    slices_divide_what_replay_counts(at);
    two_policies_and_two_runs_compare_alike(at);
    what_cannot_be_compared_is_refused(at);
    power_counts_what_is_needed(at);
}

fn slices_divide_what_replay_counts(at: &Path) {
    let line = format!(
        "replay p/tune.parquet --policy reject-7.toml {WITH} -o a --slices \
         category,language,source,month,agent --prevalence 0.5"
    );
    let found = json(at, &line);
    let rows = found["slices"].as_array().unwrap();
    for slice in ["category", "language", "source", "month"] {
        assert_eq!(sum(rows, slice, |row| &row["ham"]), found["ham"].as_u64().unwrap());
        let hurt = sum(rows, slice, |row| &row["tiers"][0]["fp"]["count"]);
        assert_eq!(hurt, found["tiers"][0]["fp"]["count"].as_u64().unwrap(), "{slice}");
    }
    let stopped = sum(rows, "agent", |row| &row["tiers"][2]["spam"]);
    assert_eq!(stopped, found["tiers"][2]["spam"].as_u64().unwrap());
    let named = rows.iter().filter(|row| row["slice"] == "language");
    assert!(named.clone().any(|row| row["value"] == "eng"), "English is told");
    let measures = &found["measures"];
    for (row, exact) in measures["tiers"]
        .as_array()
        .unwrap()
        .iter()
        .zip(found["tiers"].as_array().unwrap())
    {
        for side in ["fp", "fn"] {
            assert_eq!(row[side]["count"], exact[side]["count"]);
            let (low, high) = (&row[side]["grouped"][0], &row[side]["grouped"][1]);
            let real = |value: &Value| value.as_f64().unwrap();
            assert!(real(low) <= real(&exact[side]["low"]) + 1e-12);
            assert!(real(high) >= real(&exact[side]["high"]) - 1e-12);
        }
    }
    let ranking = &measures["ranking"];
    let both = ["scored", "unscored"].map(|key| ranking[key]["ham"].as_u64().unwrap());
    assert_eq!(both[0] + both[1], found["ham"].as_u64().unwrap(), "none is left out");
    assert!(ranking["one_minus_roca_percent"].as_f64().unwrap() < 50.0);
    assert_eq!(found["precision"].as_array().unwrap().len(), 4);
    let csv = fs::read_to_string(at.join("a/slices.csv")).unwrap();
    assert_eq!(csv.lines().count(), 1 + 46 * (1 + rows.len()));
    // Same input, seed and command: the same bytes, on one thread or two.
    run(at, &format!("{line} --threads 1"));
    assert_eq!(fs::read_to_string(at.join("a/slices.csv")).unwrap(), csv);
    assert!(at.join("a/cases.parquet").is_file());
}

fn two_policies_and_two_runs_compare_alike(at: &Path) {
    run(at, &format!("replay p/tune.parquet --policy reject-3.toml {WITH} -o b"));
    let runs = json(at, "compare a b -o c");
    let line = format!("compare reject-7.toml reject-3.toml p/tune.parquet {WITH}");
    let policies = json(at, &line);
    for key in ["cases", "tiers", "ranking", "price", "flips", "explain", "words"] {
        assert_eq!(runs[key], policies[key], "{key}");
    }
    let named = format!(
        "compare --policy-a reject-7.toml --policy-b reject-3.toml p/tune.parquet {WITH}"
    );
    assert_eq!(json(at, &named)["tiers"], runs["tiers"]);
    let tiers = runs["tiers"].as_array().unwrap();
    assert_eq!(tiers.len(), 4);
    for row in tiers {
        for key in ["tier", "a", "b", "p_value", "p_holm", "ham", "spam"] {
            assert!(row.get(key).is_some(), "{key}");
        }
        assert!(row["p_holm"].as_f64() >= row["p_value"].as_f64());
    }
    let reject = &tiers[2];
    assert!(reject["spam"]["only_a"].as_u64().unwrap() > 20, "3 rejects more than 7");
    assert_eq!(reject["spam"]["only_b"], 0);
    let flips = runs["flips"].as_array().unwrap();
    assert!(!flips.is_empty());
    let harm = |flip: &Value| flip["harm"].as_f64().unwrap();
    assert!(flips.is_sorted_by(|one, other| harm(one) >= harm(other)), "worst first");
    for flip in flips {
        for key in ["id", "label", "from", "to", "agent_before", "agent_after"] {
            assert!(flip[key].is_string(), "{key}");
        }
        assert_ne!(flip["from"], flip["to"]);
    }
    let id = flips[0]["id"].as_str().unwrap();
    let expected = format!(
        "sclbench explain p/tune.parquet --message {id} --policy reject-7.toml --world \
         m/world --model f.model"
    );
    assert_eq!(runs["explain"][0][0], expected);
    let text = run(at, "compare a b --flips 1");
    assert!(text.contains("this is hardly chance") && text.contains(&expected), "{text}");
    let csv = fs::read_to_string(at.join("c/flips.csv")).unwrap();
    assert_eq!(csv.lines().count(), 1 + flips.len());
    let stored = fs::read(at.join("c/compare.json")).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&stored).unwrap(), runs);
    let same = json(at, "compare a a");
    assert_eq!(same["flips"].as_array().unwrap().len(), 0);
    assert_eq!(same["tiers"][2]["p_value"], 1.0);
}

fn what_cannot_be_compared_is_refused(at: &Path) {
    run(at, &format!("replay p/hold-out.parquet --policy reject-7.toml {WITH} -o h"));
    let cure = "replay both policies on the same sources";
    refused(at, "compare a h", &["do not hold the same messages", cure]);
    refused(at, "compare a", &["two run folders"]);
    refused(at, "compare a.toml b.toml", &["need mail"]);
    refused(at, "compare a f.model", &["neither two run folders nor two policies"]);
    refused(at, "compare a m", &["run.json"]);
    refused(at, "replay p/tune.parquet -o z --slices colour", &["category, language"]);
    fs::write(at.join("prices.toml"), "[prices]\nham-junk = -1\n").unwrap();
    refused(at, "compare a b --prices prices.toml", &["`ham-junk`", "at least 0"]);
    assert!(!at.join("z").exists());
    fs::remove_file(at.join("h/cases.parquet")).unwrap();
    refused(at, "compare h h", &["cases.parquet"]);
}

fn power_counts_what_is_needed(at: &Path) {
    let bare = json(at, "power --fp 0.0001");
    assert_eq!(bare["needed"][0]["ham"], 29_956);
    assert_eq!(bare["needed"][5]["ham"], 105_128);
    assert!(bare.get("tiers").is_none() && bare.get("holds").is_none());
    let found = json(at, "power --fp 0.1 a --next 3");
    for row in found["tiers"].as_array().unwrap() {
        let proven = row["bound"].as_f64().unwrap() <= 0.1;
        assert_eq!(row["proven"], proven);
        let more = row["needs"]["without_errors"].as_u64().unwrap();
        assert_eq!(more == 0, proven, "{row}");
    }
    let next = found["label_next"].as_array().unwrap();
    assert_eq!(next.len(), 3);
    let distance = |row: &Value| row["distance"].as_u64().unwrap();
    assert!(distance(&next[0]) == 1 && next.is_sorted_by_key(distance));
    assert!(next[0]["explain"].as_str().unwrap().contains("--message"));
    let pooled = format!(
        "power --fp 0.1 a --next 2 --pool p/hold-out.parquet --policy reject-7.toml {WITH}"
    );
    let others = json(at, &pooled);
    assert_eq!(others["label_next"].as_array().unwrap().len(), 2);
    assert_ne!(others["label_next"][0]["id"], next[0]["id"]);
    let mail = json(at, "power --fp 0.001 m/mail.parquet");
    assert!(mail["holds"]["ham"].as_u64().unwrap() > 300);
    assert_eq!(mail["holds"]["errors_allowed"], Value::Null);
    refused(at, "power --fp 0", &["no amount of mail proves 0"]);
    refused(at, "power --fp 0.1 nowhere", &["`nowhere` does not exist"]);
    refused(at, "power --fp 0.1 --pool p/hold-out.parquet", &["needs a run folder"]);
    let blind = "power --fp 0.1 a --pool p/hold-out.parquet";
    refused(at, blind, &["no message of `--pool` has a score", "--model", "--stamp"]);
}
