//! The main job through the binary: `demo` from nothing to scripts, and the same step by
//! step, with the same bytes whatever the number of threads.

#![expect(clippy::unwrap_used, reason = "a setup that fails is a failed test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// Runs in `folder` and gives standard output; the command must succeed.
fn run(folder: &Path, line: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_sclbench"))
        .current_dir(folder)
        .args(line.split_whitespace())
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

fn json(folder: &Path, line: &str) -> Value {
    serde_json::from_str(&run(folder, &format!("--json {line}"))).unwrap()
}

/// All files below `folder` with their bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            for (inner, bytes) in files(&path) {
                found.insert(format!("{name}/{inner}"), bytes);
            }
        } else {
            found.insert(name, fs::read(&path).unwrap());
        }
    }
    found
}

#[test]
fn demo_goes_from_nothing_to_scripts() {
    let folder = TempDir::new().unwrap();
    let text = run(folder.path(), "demo -o d --messages 1200");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 14, "{text}");
    let starting =
        |word: &str| lines.iter().filter(|line| line.starts_with(word)).count();
    assert_eq!((starting("stable  among the best in "), starting("menu    ")), (1, 3));
    assert!(lines[0].starts_with("1,200 messages: 600 to train"), "{text}");
    assert!(lines[1].starts_with("20,908,800 policies swept in"), "{text}");
    let run_folder = folder.path().join("d/run");
    for name in [
        "run.json",
        "trace.parquet",
        "sweep.parquet",
        "cases.parquet",
        "sheet.parquet",
        "fates.parquet",
        "report_cases.parquet",
        "report_journeys.parquet",
        "report_fates.parquet",
        "stages.json",
        "orders.parquet",
        "settings.parquet",
        "rates.csv",
        "filter.model",
        "policy.toml",
        "edge.ps1",
        "organization.ps1",
        "recommended-policy.toml",
        "recommendation.json",
        "holdout/charts/tier-rates.svg",
    ] {
        assert!(run_folder.join(name).is_file(), "{name}");
    }
    let charts = ["tier-rates", "threshold-steps", "scl-histogram", "det", "order-map"];
    for chart in charts {
        let svg =
            fs::read_to_string(run_folder.join(format!("charts/{chart}.svg"))).unwrap();
        assert!(svg.starts_with("<svg") && svg.contains("</svg>"), "{chart}");
        let png = fs::read(run_folder.join(format!("charts/{chart}.png"))).unwrap();
        assert!(png.starts_with(b"\x89PNG"), "{chart}");
    }
    // The experiment that demo wrote gives the same once more.
    let before = fs::read(run_folder.join("recommendation.json")).unwrap();
    let again = run(folder.path(), "run d/sclbench.toml");
    assert_eq!(fs::read(run_folder.join("recommendation.json")).unwrap(), before);
    // Nothing was done again, and that is said; a damaged file is not used.
    assert!(again.contains("\nreused  split, train, sweep, recommend:"), "{again}");
    for (file, kept) in [
        ("filter.model", "split, sweep"),
        ("sweep.parquet", "split, train"),
        ("edge.ps1", "split, train, sweep"),
        ("split.csv", "train, sweep, recommend"),
    ] {
        let whole = fs::read(run_folder.join(file)).unwrap();
        fs::write(run_folder.join(file), "damaged").unwrap();
        let again = run(folder.path(), "run d/sclbench.toml");
        assert!(again.contains(&format!("\nreused  {kept}")), "{file}: {again}");
        assert_eq!(fs::read(run_folder.join("recommendation.json")).unwrap(), before);
        if file == "split.csv" {
            assert_eq!(fs::read(run_folder.join(file)).unwrap(), whole, "{file}");
        }
    }
    // A changed setting is a stage done anew, with all that rests on it.
    let edit = |from: &str, to: &str| {
        let path = folder.path().join("d/sclbench.toml");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from));
        fs::write(path, text.replace(from, to)).unwrap();
        run(folder.path(), "run d/sclbench.toml")
    };
    let again = edit("fp-junk = 0.05", "fp-junk = 0.08");
    assert!(again.contains("\nreused  split, train:"), "{again}");
    let again = edit("trainer = \"accurate\"", "trainer = \"fast\"");
    assert!(again.contains("\nreused  split:"), "{again}");
    let again = edit("tune = 0.25\nhold-out = 0.25", "tune = 0.3\nhold-out = 0.2");
    assert!(again.contains("\nreused  train:"), "{again}");
}

/// The keys that outside scripts may rely on, and that the numbers agree between commands.
#[test]
fn step_by_step_the_documented_keys_are_there_and_the_counts_agree() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    let recipe = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpora/demo/demo.toml");
    let made = json(at, &format!("corpus generate {recipe} -o m --messages 1200"));
    assert_eq!(made["messages"], 1200);
    let seen = json(at, "corpus inspect m/mail.parquet");
    has(&seen, "messages ham spam skipped skipped_reasons first last with_client_ip");
    has(&seen, "with_envelope_sender exact_duplicates campaigns");
    assert_eq!((&seen["ham"], &seen["spam"]), (&made["ham"], &made["spam"]));
    assert_eq!(seen["with_client_ip"], 1200);
    run(at, "corpus split m/mail.parquet -o p");
    let trained = json(at, "train p/train.parquet -o f.model --trainer fast");
    has(&trained, "messages trainer mode one_minus_roca_percent hm_percent sm_percent");
    has(&trained, "lam_percent sm_percent_at_hm_0_1 messages_per_second model digest");
    let policy = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpora/demo/policy.toml");
    let with = format!("--policy {policy} --world m/world --model f.model");
    let replayed = json(at, &format!("replay p/tune.parquet {with} -o r"));
    has(&replayed, "read skipped cases ham spam skipped_reasons tiers decided_by cost");
    has(&replayed["tiers"][0], "tier ham spam fp fn");
    has(&replayed["tiers"][0]["fp"], "rate low high");
    has(&replayed["decided_by"][0], "agent reason tier ham spam");
    has(&replayed["cost"], "content_scans dns_questions");
    let swept = json(at, &format!("sweep p/tune.parquet {with} -o s"));
    has(
        &swept,
        "cases order_classes threshold_settings policies outcome_distinct_orders",
    );
    has(&swept, "seconds best");
    assert_eq!(
        (&swept["order_classes"], &swept["policies"]),
        (&8640.into(), &20_908_800.into())
    );
    assert_eq!(swept["cases"], replayed["cases"]);
    let stored: Value =
        serde_json::from_slice(&fs::read(at.join("s/run.json")).unwrap()).unwrap();
    let mut summary = replayed.clone();
    let object = summary.as_object_mut().unwrap();
    // What only a replay tells, beside the summary that both have.
    for key in ["measures", "slices", "unanswered"] {
        assert!(object.remove(key).is_some(), "{key}");
    }
    assert_eq!(stored["summary"], summary, "sweep's starting policy is replay's policy");
    let line = format!("recommend s --holdout p/hold-out.parquet {with} -o x");
    let advice = json(at, &line);
    has(&advice, "verdict order thresholds tune holdout needed");
    has(&advice["thresholds"], "delete reject quarantine junk");
    has(&advice["needed"], "ham spam");
    assert_eq!(advice["order"].as_array().unwrap().len(), 10);
    let script = fs::read_to_string(at.join("x/edge.ps1")).unwrap();
    assert!(script.contains("# Rollback") && script.contains("Set-ContentFilterConfig"));
    // The recommended policy, replayed on the tune mail, does what was promised.
    let with = with.replace(policy, "x/recommended-policy.toml");
    let again = json(at, &format!("replay p/tune.parquet {with} -o y"));
    assert_eq!(again["tiers"], advice["tune"]);
}

fn has(object: &Value, keys: &str) {
    for key in keys.split_whitespace() {
        assert!(object.get(key).is_some(), "no `{key}` in {object}");
    }
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let [one, two] = ["1", "2"].map(|threads| {
        let folder = TempDir::new().unwrap();
        // By the environment, because files state the command line that made them.
        let status = Command::new(env!("CARGO_BIN_EXE_sclbench"))
            .current_dir(folder.path())
            .env("RAYON_NUM_THREADS", threads)
            .args(["demo", "-o", "d", "--messages", "800"])
            .output()
            .unwrap();
        assert!(status.status.success());
        files(&folder.path().join("d"))
    });
    assert!(one.len() > 25, "{:?}", one.keys());
    assert_eq!(one.keys().collect::<Vec<_>>(), two.keys().collect::<Vec<_>>());
    for (name, bytes) in &one {
        assert!(*bytes == two[name], "{name} differs");
    }
}

#[test]
fn init_writes_what_run_reads_and_never_overwrites() {
    let folder = TempDir::new().unwrap();
    run(folder.path(), "init x");
    let error = |line: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_sclbench"))
            .current_dir(folder.path())
            .args(line.split_whitespace())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{line}");
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(error("init x").contains("is there already; move it away"));
    assert!(error("run x/sclbench.toml").contains("x/mail/good"));
}
