//! Mistakes that other tools are known for, tried on every command that decides; the table in
//! METHODOLOGY.md names the test of each.

#![expect(clippy::unwrap_used, reason = "a setup that fails is a failed test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../");

fn sclbench(folder: &Path, line: &str) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_sclbench"))
        .current_dir(folder)
        .args(["--quiet", "--json"])
        .args(line.split_whitespace())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn json(folder: &Path, line: &str) -> Value {
    let (code, text, error) = sclbench(folder, line);
    assert_eq!(code, Some(0), "{line}: {error}");
    serde_json::from_str(&text).unwrap()
}

/// Writes a message; `number` makes it one of its kind.
fn message(folder: &Path, words: &str, number: usize) {
    fs::create_dir_all(folder).unwrap();
    let time = format!("02 Jan 2006 10:{:02}:00 +0000", number % 60);
    let text = format!(
        "Received: from mx.example ([198.51.100.{number}]) by edge.example; {time}\n\
         From: <a{number}@x.example>\nTo: <ann@corp.example>\nDate: {time}\n\
         Subject: {words} {number}\nMessage-ID: <{number}@{words}.example>\n\n\
         {words} text {}\n",
        number * 7919
    );
    fs::write(folder.join(number.to_string()), text).unwrap();
}

/// Folders with no message, one good one, one of each label, and twelve good ones; a model
/// that learnt none of them, and a policy.
fn little_mail() -> TempDir {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    for corpus in ["none", "one", "two", "single", "learnt"] {
        for label in ["ham", "spam"] {
            fs::create_dir_all(at.join(corpus).join(label)).unwrap();
        }
    }
    message(&at.join("one/ham"), "minutes", 1);
    message(&at.join("two/ham"), "minutes", 1);
    message(&at.join("two/spam"), "prize", 2);
    for number in 1..=12 {
        message(&at.join("single/ham"), "agenda", number);
    }
    for number in 20..40 {
        message(&at.join("learnt/ham"), "report", number);
        message(&at.join("learnt/spam"), "winner", number);
    }
    fs::write(at.join("p.toml"), "edition = \"se\"\n").unwrap();
    json(at, "train ham:learnt/ham spam:learnt/spam -o f.model --trainer fast");
    folder
}

/// What a command must answer: its exit code, and a part of what it says: of the result
/// where the code is 0, else of the one line that tells why.
type Answer = (i32, &'static str);

const EMPTY: Answer = (2, "holds no message");
const FINE: Answer = (0, "");
const ONE_LABEL: Answer = (3, "the mail has no spam; add a source `spam:PATH`");
const NOTHING_LEARNT: Answer = (3, "learn from; use more mail");

/// Per command, the answers for no message, one, one of each label, and good mail alone.
const LITTLE: [(&str, [Answer; 4]); 9] = [
    ("replay MAIL --model f.model -o r-NAME --no-charts", [EMPTY, FINE, FINE, FINE]),
    ("sweep MAIL --model f.model -o s-NAME", [EMPTY, ONE_LABEL, FINE, ONE_LABEL]),
    (
        "recommend s-NAME --holdout HELD --model f.model -o advice-NAME",
        [(2, "run.json"), (2, "run.json"), (2, "in the sweep"), (2, "run.json")],
    ),
    (
        "recommend s-NAME -o advice-NAME",
        [(2, "run.json"), (2, "run.json"), (0, "unproven"), (2, "run.json")],
    ),
    ("compare p.toml p.toml MAIL --model f.model", [EMPTY, FINE, FINE, FINE]),
    (
        "check MAIL --model f.model --baseline NAME.toml",
        [
            (2, "make it with --update"),
            (3, "cannot-judge"),
            (3, "cannot-judge"),
            (3, "cannot-judge"),
        ],
    ),
    ("power --fp 0.1 MAIL", [EMPTY, FINE, FINE, FINE]),
    (
        "backtest MAIL --trainer fast -o b-NAME",
        [(3, "use more mail"), NOTHING_LEARNT, NOTHING_LEARNT, NOTHING_LEARNT],
    ),
    (
        "corpus review MAIL",
        [
            (3, "ham has 0 groups"),
            (3, "ham has 1 groups"),
            (3, "ham has 1 groups"),
            (3, "spam has 0 groups"),
        ],
    ),
];

/// No command panics, divides by nothing or claims something on next to no mail.
#[test]
fn corpora_of_none_one_and_two_messages_and_of_one_label_are_answered() {
    let folder = little_mail();
    let at = folder.path();
    for (column, name) in ["none", "one", "two", "single"].into_iter().enumerate() {
        let mail = format!("ham:{name}/ham spam:{name}/spam");
        let held = format!("ham:{name}/ham --holdout spam:{name}/spam");
        let baseline =
            format!("check {mail} --model f.model --baseline {name}.toml --update");
        let made = sclbench(at, &baseline).0;
        assert_eq!(made, Some(if name == "none" { 2 } else { 0 }), "{name}");
        for (line, answers) in LITTLE {
            let (expected, told) = answers[column];
            let line = line.replace("MAIL", &mail).replace("HELD", &held);
            let line = line.replace("NAME", name);
            let (code, text, error) = sclbench(at, &line);
            assert_eq!(code, Some(expected), "{line}: {error}");
            assert!(!text.contains("NaN") && !text.contains("inf"), "{line}: {text}");
            if expected == 0 || told == "cannot-judge" {
                let found: Value = serde_json::from_str(&text).unwrap();
                assert!(text.contains(told), "{line}: {text}");
                let said = found.get("exit_code").and_then(Value::as_i64);
                assert!(said.is_none_or(|said| said == i64::from(expected)), "{line}");
            } else {
                assert_eq!(error.lines().count(), 1, "{line}: {error}");
                assert!(error.contains(told), "{line}: {error}");
                assert!(text.is_empty(), "{line}: {text}");
            }
        }
    }
}

/// One message of each level, from -1 to 9, rated by a header.
fn ladder() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("mail")).unwrap();
    for level in -1..=9 {
        let text = format!(
            "X-MS-Exchange-Organization-SCL: {level}\nFrom: <a@b.example>\n\
             Subject: level {level}\n\ntext of {level}\n"
        );
        fs::write(folder.path().join(format!("mail/{level}")), text).unwrap();
    }
    folder
}

/// What a policy does to the ladder: how many end at junk, quarantine, reject, delete.
/// `filter` are keys of the content filter, which rejects nothing unless they say so.
fn ends(at: &Path, filter: &str, junk: usize) -> [usize; 4] {
    let reject = match filter.contains("scl-reject") {
        true => "",
        false => "scl-reject-enabled = false\n",
    };
    let policy = format!(
        "edition = \"se\"\n[organization]\nscl-junk-threshold = {junk}\n\
         [content-filter]\nquarantine-mailbox = \"q@corp.example\"\n{reject}{filter}\n"
    );
    fs::write(at.join("p.toml"), policy).unwrap();
    let line =
        "replay spam:mail --stamp organization-scl --policy p.toml -o r --no-charts";
    let found = json(at, line);
    let rows = found["tiers"].as_array().unwrap().iter();
    let counts = rows.map(|row| usize::try_from(row["spam"].as_u64().unwrap()).unwrap());
    counts.collect::<Vec<_>>().try_into().unwrap()
}

/// Each knob changes a verdict at each step, through the whole program.
#[test]
fn every_threshold_of_a_policy_file_changes_a_verdict_on_the_ladder() {
    let folder = ladder();
    let at = folder.path();
    for (tier, name) in [(1, "quarantine"), (2, "reject"), (3, "delete")] {
        for threshold in [1, 2, 5, 8, 9] {
            let filter =
                format!("scl-{name}-enabled = true\nscl-{name}-threshold = {threshold}");
            // Levels at or above the threshold are stopped; the store junks what exceeds 4
            // of the rest.
            let mut expected = [0; 4];
            expected[tier] = 10 - threshold;
            expected[0] = 5usize.saturating_sub(expected[tier]);
            assert_eq!(ends(at, &filter, 4), expected, "{filter}");
        }
    }
    for threshold in [0, 1, 4, 8, 9] {
        assert_eq!(ends(at, "", threshold), [9 - threshold, 0, 0, 0], "{threshold}");
    }
}

/// The rows of the table in METHODOLOGY.md: `| mistake | tests |`.
fn table() -> Vec<(String, Vec<String>)> {
    let text = fs::read_to_string(format!("{ROOT}METHODOLOGY.md")).unwrap();
    let (_, rest) = text.split_once("| Mistake |").unwrap();
    let rows = rest.lines().skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let cells: Vec<_> = row.trim_matches('|').split('|').collect();
        let tests = cells[1].split('`').skip(1).step_by(2).map(str::to_owned);
        (cells[0].trim().to_owned(), tests.collect())
    })
    .collect()
}

/// Every test that the table names is there and runs.
#[test]
fn the_table_of_mistakes_names_tests_that_exist() {
    let table = table();
    assert!(table.len() >= 10, "{}", table.len());
    let mut seen = BTreeSet::new();
    for (mistake, tests) in table {
        assert!(!tests.is_empty(), "{mistake}");
        for test in tests {
            let (path, name) = test.split_once("::").unwrap();
            let text = fs::read_to_string(format!("{ROOT}crates/{path}")).unwrap();
            let (before, _) = text
                .split_once(&format!("fn {name}("))
                .unwrap_or_else(|| panic!("{mistake}: `{path}` has no `{name}`"));
            let attributes = before.rsplit("\n\n").next().unwrap();
            let is_test = attributes.contains("#[test]");
            assert!(is_test && !attributes.contains("#[ignore"), "{test}");
            seen.insert(test);
        }
    }
    assert!(seen.len() >= 15, "{seen:?}");
}
