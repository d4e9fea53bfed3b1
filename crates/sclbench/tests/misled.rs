//! What would mislead: refused where the result would be wrong, warned of where it may be.

#![expect(clippy::unwrap_used, reason = "a setup that fails is a failed test")]

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

fn sclbench(folder: &Path, line: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sclbench"))
        .current_dir(folder)
        .args(line.split_whitespace())
        .output()
        .unwrap()
}

/// Standard output and standard error of a command that must succeed.
fn run(folder: &Path, line: &str) -> [String; 2] {
    let Output { status, stdout, stderr } = sclbench(folder, line);
    let [told, error] = [stdout, stderr].map(|text| String::from_utf8(text).unwrap());
    assert!(status.success(), "{line}: {error}");
    [told, error]
}

fn json(folder: &Path, line: &str) -> Value {
    serde_json::from_str(&run(folder, &format!("--json {line}"))[0]).unwrap()
}

/// A command that must fail on one line with all of these words.
fn refused(folder: &Path, line: &str, told: &[&str]) {
    let output = sclbench(folder, line);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{line}: {error}");
    let errors: Vec<_> = error.lines().filter(|l| l.starts_with("error: ")).collect();
    assert_eq!(errors.len(), 1, "{line}: {error}");
    for words in told {
        assert!(errors[0].contains(words), "{line}: no `{words}` in {error}");
    }
}

/// A folder with good and bad mail of a month, rated by another filter.
fn mail() -> TempDir {
    let folder = TempDir::new().unwrap();
    for (label, scl, words) in
        [("good", 1, "minutes of the meeting"), ("bad", 8, "prize money")]
    {
        fs::create_dir_all(folder.path().join("mail").join(label)).unwrap();
        for n in 0..60 {
            let day = 1 + n / 3;
            let text = format!(
                "Received: from mx.{label}.example ([198.51.100.{n}]) by edge.example; \
                 {day:02} Jan 2024 10:00:{n:02} +0000\nFrom: <a{n}@{label}.example>\n\
                 To: <ann@corp.example>\nSubject: {words} {n}\nMessage-ID: <{n}@{label}>\n\
                 Date: {day:02} Jan 2024 10:00:{n:02} +0000\n\
                 X-MS-Exchange-Organization-SCL: {scl}\n\n{words} {} {label}{n}\n",
                n * 7919
            );
            fs::write(folder.path().join(format!("mail/{label}/{n:02}")), text).unwrap();
        }
    }
    folder
}

const MAIL: &str = "ham:mail/good spam:mail/bad";
const FEW: &str = "--orders default --thresholds default";

#[test]
fn a_folder_with_a_run_of_another_kind_is_refused_and_left_as_it_is() {
    let folder = mail();
    let at = folder.path();
    run(at, &format!("replay {MAIL} -o replayed --no-charts"));
    run(at, &format!("sweep {MAIL} {FEW} -o swept"));
    run(at, "recommend swept -o advice");
    let was = |name: &str| fs::read(at.join(name).join("run.json")).unwrap();
    let before = ["replayed", "swept", "advice"].map(was);
    for (line, holds) in [
        (format!("sweep {MAIL} {FEW} -o replayed"), "`replayed` holds a replay"),
        (format!("replay {MAIL} -o swept"), "`swept` holds a sweep"),
        (format!("replay {MAIL} -o advice"), "`advice` holds a recommendation"),
        ("recommend swept -o swept".to_owned(), "`swept` holds a sweep"),
    ] {
        refused(at, &line, &[holds, "name another folder, or remove it first"]);
    }
    fs::write(
        at.join("sclbench.toml"),
        "corpus = ['ham:mail/good', 'spam:mail/bad']\nout = 'replayed'\n",
    )
    .unwrap();
    refused(at, "run", &["`replayed` holds a replay"]);
    assert_eq!(["replayed", "swept", "advice"].map(was), before);
    assert!(!at.join("replayed/sweep.parquet").exists());
    // A run of the same kind is replaced.
    run(at, &format!("replay {MAIL} -o replayed --no-charts"));
}

#[test]
fn a_recommendation_is_made_from_the_policy_that_was_swept() {
    let folder = mail();
    let at = folder.path();
    fs::write(at.join("mine.toml"), "[content-filter]\nscl-reject-threshold = 6\n")
        .unwrap();
    fs::write(at.join("other.toml"), "[content-filter]\nscl-reject-threshold = 5\n")
        .unwrap();
    run(at, &format!("sweep {MAIL} {FEW} --policy mine.toml -o swept"));
    let told = ["--policy", "`swept`", "sweep again"];
    refused(at, "recommend swept --policy other.toml -o advice", &told);
    refused(at, "recommend swept --edition 2007 -o advice", &told);
    assert!(!at.join("advice").exists());
    run(at, "recommend swept --policy mine.toml -o advice");
    run(at, "recommend swept -o again");
    let order = |name: &str| fs::read(at.join(name).join("recommended-policy.toml"));
    assert_eq!(order("advice").unwrap(), order("again").unwrap());
}

#[test]
fn sidecar_lines_that_match_no_message_are_told() {
    let folder = mail();
    let at = folder.path();
    let write = |places: &[&str]| {
        let line = |place: &&str| {
            format!("{{\"place\":\"{place}\",\"client_ip\":\"203.0.113.9\"}}\n")
        };
        fs::write(at.join("s.ndjson"), places.iter().map(line).collect::<String>())
            .unwrap();
    };
    let packing = format!("corpus pack {MAIL} --sidecar s.ndjson -o mail.parquet");
    let replaying = format!("replay {MAIL} --sidecar s.ndjson -o replayed --no-charts");
    write(&["nowhere/1"]);
    let one = "warning: 1 line of the sidecars matches no message: `place` must be";
    assert!(run(at, &packing)[1].starts_with(one));
    write(&["nowhere/1", "nowhere/2"]);
    let two = "warning: 2 lines of the sidecars match no message";
    assert!(run(at, &replaying)[1].starts_with(two));
    // The places that a pack names are those that a sidecar may use.
    let seen = json(at, &format!("explain {MAIL} --message <7@good>"));
    let id = seen["message"].as_str().unwrap();
    fs::write(
        at.join("s.ndjson"),
        format!("{{\"id\":\"{id}\",\"client_ip\":\"203.0.113.9\"}}\n"),
    )
    .unwrap();
    assert_eq!(run(at, &packing)[1], "");
    let seen = json(at, "explain mail.parquet --message <7@good>");
    assert_eq!(seen["envelope"]["client_ip"], "203.0.113.9");
}

#[test]
fn mail_without_the_rating_that_is_read_is_told() {
    let folder = mail();
    let at = folder.path();
    let line = |stamp: &str| format!("replay {MAIL} -o r --no-charts --stamp {stamp}");
    assert_eq!(run(at, &line("organization-scl"))[1], "");
    let told = &run(at, &line("spam-score"))[1];
    let begins =
        format!("warning: no message of `{MAIL}` has a rating in `X-Spam-Score`");
    assert!(told.starts_with(&begins) && told.contains("--model"), "{told}");
}

#[test]
fn stated_orders_are_swept_beside_the_policys_own() {
    let folder = mail();
    let at = folder.path();
    let orders = |text: &str| fs::write(at.join("orders.toml"), text).unwrap();
    let line = format!("sweep {MAIL} --orders orders.toml -o swept");
    for (text, told) in [
        ("orders = [['No Such Agent']]", ["order 1", "`No Such Agent`", "pipeline"]),
        (
            "orders = [[], ['Sender Filter Agent', 'Sender Filter Agent']]",
            ["order 2", "stands there twice", "once"],
        ),
        ("\norder = []", ["line 2", "order", "orders"]),
    ] {
        orders(text);
        refused(at, &line, &[&["orders.toml"], &told[..]].concat());
        assert!(!at.join("swept").exists());
    }
    refused(at, &format!("sweep {MAIL} --orders gone.toml -o swept"), &["gone.toml"]);
    // Twice the same order counts once, and so does the policy's own.
    orders(
        "orders = [['Content Filter Agent', 'Connection Filtering Agent'], \
         ['Content Filter Agent', 'Connection Filtering Agent'], []]",
    );
    let swept = json(at, &line);
    assert_eq!((&swept["order_classes"], &swept["policies"]), (&2.into(), &4840.into()));
    let run: Value =
        serde_json::from_slice(&fs::read(at.join("swept/run.json")).unwrap()).unwrap();
    let inputs = run["provenance"]["inputs"].as_array().unwrap();
    assert!(inputs.iter().any(|input| input["role"] == "orders"), "{inputs:?}");
}

#[test]
fn run_packs_the_mail_once_and_does_anew_what_a_change_touches() {
    let folder = mail();
    let at = folder.path();
    let experiment = |more: &str| {
        let text = format!(
            "corpus = ['ham:mail/good', 'spam:mail/bad']\ntrainer = 'fast'\n{more}"
        );
        fs::write(at.join("sclbench.toml"), text).unwrap();
    };
    let reused = |told: &str| {
        let line = told.lines().find_map(|line| line.strip_prefix("reused  "));
        line.map(|line| line.split(':').next().unwrap().to_owned()).unwrap_or_default()
    };
    experiment("");
    assert_eq!(reused(&run(at, "run")[0]), "");
    let advice = || fs::read(at.join("run/recommendation.json")).unwrap();
    let first = advice();
    assert_eq!(reused(&run(at, "run")[0]), "pack, split, train, sweep, recommend");
    // A corrected label: the pack holds it, and everything follows from that.
    let seen = json(at, &format!("explain {MAIL} --message <2@good>"));
    let id = seen["message"].as_str().unwrap();
    fs::write(
        at.join("fixes.toml"),
        format!("[[correction]]\nid = '{id}'\nfrom = 'ham'\nto = 'spam'\n"),
    )
    .unwrap();
    experiment("corrections = ['fixes.toml']\n");
    let told = &run(at, "run")[0];
    assert_eq!(reused(told), "", "{told}");
    assert!(told.ends_with("labels  1 label corrected\n"), "{told}");
    let told = &run(at, "run")[0];
    assert_eq!(reused(told), "pack, split, train, sweep, recommend");
    assert!(told.ends_with("labels  1 label corrected\n"), "{told}");
    // Without it everything is as it was at first.
    experiment("");
    assert_eq!(reused(&run(at, "run")[0]), "");
    assert_eq!(advice(), first);
    // The goal is no matter of the filter.
    experiment("goal.fp-junk = 0.2\n");
    assert_eq!(reused(&run(at, "run")[0]), "pack, split, train");
    // A changed message: nothing is reused.
    let path = at.join("mail/good/02");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text + "one line more\n").unwrap();
    assert_eq!(reused(&run(at, "run")[0]), "");
}
