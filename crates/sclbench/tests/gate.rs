//! The gate through the binary: what is printed, what is written and the exit code agree,
//! and the commands of `docs/ci` do what they say.

#![expect(clippy::unwrap_used, reason = "a setup that fails is a failed test")]

mod gate_shapes;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

const POLICY: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpora/demo/policy.toml");
const RECIPE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpora/demo/demo.toml");

fn sclbench(folder: &Path, line: &str) -> Output {
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

/// What a project has that puts its filter behind the gate: `mail/` with corpus, world,
/// model, policy and baseline.
fn project() -> TempDir {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    run(at, &format!("corpus generate {RECIPE} -o mail --messages 1000"));
    run(at, "corpus split mail/mail.parquet -o parts --shares 0.3,0.1,0.6");
    run(at, "train parts/train.parquet -o mail/filter.model --trainer fast");
    fs::rename(at.join("parts/hold-out.parquet"), at.join("mail/corpus.parquet"))
        .unwrap();
    fs::copy(POLICY, at.join("mail/policy.toml")).unwrap();
    run(at, &format!("check {INPUTS} --update"));
    folder
}

const INPUTS: &str = "mail/corpus.parquet --policy mail/policy.toml --world mail/world \
                      --model mail/filter.model --baseline mail/baseline.toml";

/// Verdict and exit code as the JSON object says, checked against the process's own and
/// against every file that says them.
fn check(folder: &Path, more: &str) -> (Value, String) {
    let files = "--junit out/j.xml --sarif out/s.json --summary out/s.md";
    let output = sclbench(folder, &format!("--json check {INPUTS} {files} {more}"));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["exit_code"], output.status.code().unwrap());
    let verdict = report["verdict"].as_str().unwrap().to_owned();
    let code = match verdict.as_str() {
        "pass" => 0,
        "regression" => 1,
        "cannot-judge" => 3,
        other => panic!("verdict {other}"),
    };
    assert_eq!(report["exit_code"], code);
    let file = |name: &str| fs::read_to_string(folder.join("out").join(name)).unwrap();
    gate_shapes::assert_junit(&file("j.xml"), &verdict);
    gate_shapes::assert_sarif(&file("s.json"), &verdict, &report["exit_code"]);
    assert!(file("s.md").starts_with(&format!("## sclbench check: {verdict}\n")));
    (report, verdict)
}

fn edit(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn the_gate_opens_and_closes() {
    let folder = project();
    let at = folder.path();
    let (report, verdict) = check(at, "");
    assert_eq!(verdict, "pass");
    for key in ["verdict", "exit_code", "tiers", "detectable_loss", "flips"] {
        assert!(report.get(key).is_some(), "{key}");
    }
    assert!(report["flips"].as_array().unwrap().is_empty());
    let least = report["detectable_loss"][0]["messages"].as_u64().unwrap();
    assert!(least >= 8, "{least}");
    // The same baseline is written again byte for byte.
    let baseline = at.join("mail/baseline.toml");
    let before = fs::read(&baseline).unwrap();
    assert!(run(at, &format!("check {INPUTS} --update")).contains("nothing changes"));
    assert_eq!(fs::read(&baseline).unwrap(), before);

    // A policy that lets spam through: nothing is rejected any more.
    let policy = at.join("mail/policy.toml");
    edit(&policy, "scl-reject-enabled = true", "scl-reject-enabled = false");
    let (report, verdict) = check(at, "");
    assert_eq!(verdict, "regression");
    let regressed: Vec<&Value> = report["tiers"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["movement"] == "regression")
        .collect();
    assert!(
        regressed.iter().any(|row| row["tier"] == "reject" && row["label"] == "spam")
    );
    let junit = fs::read_to_string(at.join("out/j.xml")).unwrap();
    let failures = junit.matches("<failure ").count();
    assert_eq!(failures, regressed.len());
    assert!(junit.contains(&format!("failures=\"{failures}\" errors=\"0\"")), "{junit}");
    let sarif: Value =
        serde_json::from_slice(&fs::read(at.join("out/s.json")).unwrap()).unwrap();
    let run_object = &sarif["runs"][0];
    assert_eq!(run_object["properties"]["exitCode"], 1);
    let errors = run_object["results"].as_array().unwrap().iter();
    assert_eq!(errors.filter(|r| r["level"] == "error").count(), failures);
    let summary = fs::read_to_string(at.join("out/s.md")).unwrap();
    assert!(summary.starts_with("## sclbench check: regression\n"), "{summary}");
    let first = report["flips"][0]["id"].as_str().unwrap();
    assert!(summary.contains(first), "{summary}");

    // An update accepts it and says so; the guard stays as it was edited.
    edit(&baseline, "loss-spam = 0.005", "loss-spam = 0.25");
    let said = run(at, &format!("check {INPUTS} --update"));
    assert!(said.contains("spam at reject: "), "{said}");
    assert!(said.contains("the old baseline's verdict was: "), "{said}");
    assert!(fs::read_to_string(&baseline).unwrap().contains("loss-spam = 0.25"));
    assert_eq!(check(at, "").1, "pass");
}

#[test]
fn listed_messages_missing_mail_and_stale_baselines() {
    let folder = project();
    let at = folder.path();
    let baseline = at.join("mail/baseline.toml");
    let text = fs::read_to_string(&baseline).unwrap();
    // A good message in the inbox is put under protection, and then demanded to be better
    // than it is: the only way to make one message worse that needs no other policy.
    let junked =
        text.lines().find(|line| line.contains("\"spam ") && line.contains(" inbox"));
    let words: Vec<&str> = junked.unwrap().split(['"', ' ']).collect();
    let id = words.iter().find(|word| word.len() == 20).unwrap();
    run(at, &format!("check {INPUTS} --update --protect {id}"));
    assert_eq!(check(at, "").1, "pass");
    edit(&baseline, &format!("spam {id} inbox"), &format!("spam {id} reject"));
    let (report, verdict) = check(at, "");
    assert_eq!(
        (verdict.as_str(), &report["broken"][0]["id"]),
        ("regression", &(*id).into())
    );
    edit(&baseline, &format!("spam {id} reject"), "spam 00000000000000000000 reject");
    assert_eq!(check(at, "").1, "cannot-judge");
    edit(&baseline, "  \"spam 00000000000000000000 reject\",\n", "");
    assert_eq!(check(at, "").1, "pass");

    // Other mail: rates are compared, and the baseline is called stale.
    fs::copy(at.join("parts/tune.parquet"), at.join("mail/corpus.parquet")).unwrap();
    let (report, _) = check(at, "");
    assert_eq!(report["comparison"], "unpaired");
    let warning = report["warnings"][0].as_str().unwrap();
    assert!(warning.starts_with("stale baseline"), "{warning}");

    fs::write(&baseline, "format = 1\n[guard]\nalpha = 7").unwrap();
    let output = sclbench(at, &format!("check {INPUTS}"));
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("mail/baseline.toml: line "), "{error}");
    assert!(output.stdout.is_empty());
}

/// The commands of a workflow (`run:`) or of a pre-commit file (`entry:`), in order.
fn commands(text: &str, key: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut block: Option<usize> = None;
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        if let Some(least) = block {
            if line.trim().is_empty() || indent > least {
                let last = found.last_mut().unwrap();
                last.push_str(line.trim());
                last.push('\n');
                continue;
            }
            block = None;
        }
        let Some((before, command)) = line.split_once(&format!("{key}: ")) else {
            continue;
        };
        if before.trim_start_matches(['-', ' ']).is_empty() {
            match command {
                "|" => {
                    block = Some(before.len());
                    found.push(String::new());
                }
                _ => found.push(command.to_owned()),
            }
        }
    }
    found
}

fn document(name: &str) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/ci/");
    fs::read_to_string(PathBuf::from(path).join(name)).unwrap()
}

/// Runs one command of a document as a shell would in the project's root.
#[cfg(unix)]
fn shell(folder: &Path, command: &str) -> Output {
    let binary = Path::new(env!("CARGO_BIN_EXE_sclbench")).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    Command::new("sh")
        .current_dir(folder)
        .env("PATH", format!("{}:{path}", binary.display()))
        .env("GITHUB_STEP_SUMMARY", folder.join("step-summary.md"))
        .args(["-e", "-c", command])
        .output()
        .unwrap()
}

#[cfg(unix)]
#[test]
fn the_commands_of_the_documents_work() {
    let folder = project();
    let at = folder.path();
    let steps = commands(&document("workflow.yml"), "run");
    assert_eq!(steps.len(), 3, "{steps:?}");
    let (install, check, summary) = (&steps[0], &steps[1], &steps[2]);
    // Building takes minutes; that the folder it names is this one is what can go wrong.
    assert_eq!(install, "cargo install --locked --path sclbench/crates/sclbench");
    let hook = commands(&document("pre-commit-config.yaml"), "entry");
    let [hook] = &hook[..] else { panic!("{hook:?}") };
    for (expected, verdict) in [(0, "pass"), (1, "regression")] {
        let output = shell(at, check);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(expected), "{error}");
        assert!(shell(at, summary).status.success());
        let told = fs::read_to_string(at.join("step-summary.md")).unwrap();
        assert!(told.contains(&format!("sclbench check: {verdict}")), "{told}");
        for file in ["junit.xml", "check.sarif", "summary.md"] {
            assert!(at.join("check").join(file).is_file(), "{file}");
        }
        assert_eq!(shell(at, hook).status.code(), Some(expected));
        let policy = at.join("mail/policy.toml");
        edit(&policy, "scl-reject-enabled = ", "scl-reject-enabled = false #");
    }
}
