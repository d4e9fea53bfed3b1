//! Bad input: one line that names file, place and cure, exit code 2 (3 where the question
//! cannot be judged), nothing half-written.

#![expect(clippy::unwrap_used, reason = "a setup that fails is a failed test")]

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use tempfile::TempDir;

/// A small labelled corpus in a folder of its own.
fn corpus() -> TempDir {
    let folder = TempDir::new().unwrap();
    for (label, count, words) in
        [("ham", 24, "minutes of the meeting"), ("spam", 24, "prize money")]
    {
        fs::create_dir(folder.path().join(label)).unwrap();
        for n in 0..count {
            let text = format!(
                "Received: from mx{n}.example (mx{n}.example [192.0.2.{n}]) by edge.example; \
                 Mon, {:02} Jan 2024 10:00:00 +0000\nFrom: <a{n}@{label}.example>\n\
                 To: <ann@corp.example>\nSubject: {label} {words} {n}\n\
                 Date: Mon, {:02} Jan 2024 10:00:00 +0000\n\n{words} number {} for {label}{n}\n",
                1 + n,
                1 + n,
                n * 7919
            );
            fs::write(folder.path().join(label).join(format!("{n:02}")), text).unwrap();
        }
    }
    folder
}

fn sources(folder: &Path) -> [String; 2] {
    ["ham", "spam"].map(|label| format!("{label}:{}", folder.join(label).display()))
}

fn sclbench(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sclbench"));
    command.args(words);
    command
}

/// Runs a command that must fail on one line that contains every one of `told`.
fn refused(words: &[&str], code: i32, told: &[&str]) {
    let output = sclbench(words).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{words:?}: {error}");
    let lines: Vec<&str> =
        error.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(lines.len(), 1, "{words:?}: {error}");
    for word in told {
        assert!(lines[0].contains(word), "{words:?}: no `{word}` in {}", lines[0]);
    }
    assert!(output.stdout.is_empty(), "{words:?} printed a result");
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn pack(folder: &Path) -> PathBuf {
    let path = folder.join("mail.parquet");
    let [ham, spam] = sources(folder);
    sclbench(&["corpus", "pack", &ham, &spam, "-o", text(&path)]).assert().success();
    path
}

#[test]
fn a_missing_path_is_named() {
    let folder = corpus();
    let out = folder.path().join("out.parquet");
    refused(
        &["corpus", "pack", "ham:/no/such/mail", "-o", text(&out)],
        2,
        &["/no/such/mail", "check"],
    );
    assert!(!out.exists());
}

#[test]
fn an_empty_corpus_is_refused() {
    let folder = TempDir::new().unwrap();
    let empty = folder.path().join("none");
    fs::create_dir(&empty).unwrap();
    let out = folder.path().join("run");
    let source = format!("ham:{}", empty.display());
    refused(&["replay", &source, "-o", text(&out)], 2, &["none", "no message"]);
    assert!(!out.exists());
}

#[test]
fn one_class_only_is_refused_for_training_and_for_a_sweep() {
    let folder = corpus();
    let [ham, _] = sources(folder.path());
    let model = folder.path().join("m.model");
    refused(&["train", &ham, "-o", text(&model)], 2, &["no spam", "spam:PATH"]);
    assert!(!model.exists());
    let out = folder.path().join("run");
    refused(&["sweep", &ham, "-o", text(&out)], 3, &["no spam", "spam:PATH"]);
    assert!(!out.exists());
}

#[test]
fn an_unknown_key_is_named_with_its_line() {
    let folder = corpus();
    let [ham, spam] = sources(folder.path());
    let policy = folder.path().join("policy.toml");
    fs::write(&policy, "edition = \"se\"\n[content-filter]\nscl-reject-treshold = 7\n")
        .unwrap();
    let out = folder.path().join("run");
    let words = ["replay", &ham, &spam, "--policy", text(&policy), "-o", text(&out)];
    refused(&words, 2, &["policy.toml", "line 3", "scl-reject-treshold"]);
    assert!(!out.exists());
    let experiment = folder.path().join("sclbench.toml");
    fs::write(&experiment, "corpus = []\nsweeps = 3\n").unwrap();
    refused(&["run", text(&experiment)], 2, &["sclbench.toml", "line 2", "sweeps"]);
}

#[test]
fn a_threshold_out_of_range_is_refused() {
    let folder = corpus();
    let [ham, spam] = sources(folder.path());
    let policy = folder.path().join("policy.toml");
    fs::write(&policy, "[content-filter]\nscl-reject-threshold = 10\n").unwrap();
    let out = folder.path().join("run");
    let words = ["replay", &ham, &spam, "--policy", text(&policy), "-o", text(&out)];
    refused(&words, 2, &["policy.toml", "line 2", "10", "0 to 9"]);
    let goal = folder.path().join("goal.toml");
    fs::write(&goal, "[goal]\nfp-delete = 0.0\n").unwrap();
    let words = ["sweep", &ham, &spam, "--goal", text(&goal), "-o", text(&out)];
    refused(&words, 2, &["fp-delete", "0"]);
    assert!(!out.exists());
}

#[test]
fn a_truncated_archive_is_refused() {
    let folder = corpus();
    let archive = folder.path().join("mail.tar");
    let mut tar = vec![0u8; 0];
    let name = b"ham/1";
    let mut header = [0u8; 512];
    header[..name.len()].copy_from_slice(name);
    header[100..108].copy_from_slice(b"0000644\0");
    header[124..136].copy_from_slice(b"00000010000\0");
    header[156] = b'0';
    header[257..265].copy_from_slice(b"ustar\x0000");
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    tar.extend_from_slice(&header);
    tar.extend_from_slice(b"From: a@b\n\ncut short");
    fs::write(&archive, tar).unwrap();
    let out = folder.path().join("out.parquet");
    refused(&["corpus", "pack", text(&archive), "-o", text(&out)], 2, &["mail.tar"]);
    assert!(!out.exists());
    let left: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left.len(), 3, "{left:?}");
}

#[test]
fn a_truncated_pack_is_refused() {
    let folder = corpus();
    let path = pack(folder.path());
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let out = folder.path().join("run");
    refused(
        &["replay", text(&path), "-o", text(&out)],
        2,
        &["mail.parquet", "cut short"],
    );
    assert!(!out.exists());
}

#[test]
fn a_model_of_another_version_is_refused() {
    let folder = corpus();
    let [ham, spam] = sources(folder.path());
    let model = folder.path().join("m.model");
    sclbench(&["train", &ham, &spam, "-o", text(&model), "--trainer", "fast"])
        .assert()
        .success();
    let mut bytes = fs::read(&model).unwrap();
    let at = bytes.iter().position(|byte| *byte == 1).unwrap();
    bytes[at] = 99;
    let other = folder.path().join("other.model");
    fs::write(&other, bytes).unwrap();
    let out = folder.path().join("run");
    refused(
        &["replay", &ham, "--model", text(&other), "-o", text(&out)],
        2,
        &["other.model", "format 99", "train it again"],
    );
    assert!(!out.exists());
}

#[test]
fn mail_the_model_was_trained_on_is_refused_unless_allowed() {
    let folder = corpus();
    let [ham, spam] = sources(folder.path());
    let model = folder.path().join("m.model");
    sclbench(&["train", &ham, &spam, "-o", text(&model), "--trainer", "fast"])
        .assert()
        .success();
    let out = folder.path().join("run");
    let words = ["replay", &ham, &spam, "--model", text(&model), "-o", text(&out)];
    refused(&words, 2, &["training mail", "--allow-overlap"]);
    assert!(!out.exists());
    sclbench(&words).arg("--allow-overlap").assert().success();
    assert!(out.join("run.json").exists());
}

#[cfg(unix)]
#[test]
fn a_pipe_among_the_mail_is_counted_and_never_opened() {
    let folder = corpus();
    let pipe = folder.path().join("ham/pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let [ham, spam] = sources(folder.path());
    let path = folder.path().join("mail.parquet");
    let wait = std::time::Duration::from_secs(60);
    let packed = sclbench(&["corpus", "pack", &ham, &spam, "-o", text(&path)])
        .timeout(wait)
        .output()
        .unwrap();
    let told = String::from_utf8(packed.stdout).unwrap();
    assert!(packed.status.success() && told.contains("skipped 1: link"), "{told}");
    let run = folder.path().join("run");
    sclbench(&["replay", &ham, "-o", text(&run), "--no-charts"])
        .timeout(wait)
        .assert()
        .success();
    let source = format!("ham:{}", pipe.display());
    let out = folder.path().join("out.parquet");
    refused(
        &["corpus", "pack", &source, "-o", text(&out)],
        2,
        &["pipe", "no regular file"],
    );
    refused(&["replay", &source, "-o", text(&out)], 2, &["pipe", "no regular file"]);
}

#[test]
fn nothing_is_made_of_an_empty_corpus() {
    let folder = TempDir::new().unwrap();
    let empty = folder.path().join("none");
    fs::create_dir(&empty).unwrap();
    let source = format!("ham:{}", empty.display());
    let out = folder.path().join("x.parquet");
    let told = ["none", "holds no message", "check the path and format"];
    refused(&["corpus", "pack", &source, "-o", text(&out)], 2, &told);
    refused(&["corpus", "inspect", &source], 2, &told);
    refused(&["power", &source, "--fp", "0.01"], 2, &told);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    // Who reads the error learns why a file did not count.
    fs::write(empty.join("1"), "").unwrap();
    refused(&["corpus", "inspect", &source], 2, &["none", "skipped: 1"]);
}

#[test]
fn an_output_never_replaces_its_input() {
    let folder = corpus();
    let path = pack(folder.path());
    let before = fs::read(&path).unwrap();
    let other = folder.path().join("ham/../mail.parquet");
    let told = ["mail.parquet", "name another output"];
    refused(&["train", text(&path), "-o", text(&other)], 2, &told);
    refused(&["corpus", "pack", text(&path), "-o", text(&other)], 2, &told);
    assert_eq!(fs::read(&path).unwrap(), before);
    let part = folder.path().join("train.parquet");
    fs::rename(&path, &part).unwrap();
    let words = ["corpus", "split", text(&part), "-o", text(folder.path())];
    refused(&words, 2, &["train.parquet", "name another output"]);
    assert_eq!(fs::read(&part).unwrap(), before);
}

#[test]
fn a_salt_that_hides_nothing_is_refused() {
    let folder = corpus();
    let [ham, spam] = sources(folder.path());
    let out = folder.path().join("scores.csv");
    let words = ["scores", "export", &ham, &spam, "--salt", "", "-o", text(&out)];
    refused(&words, 2, &["--salt", "any secret text"]);
    assert!(!out.exists());
}

#[test]
fn a_goal_is_read_from_an_experiment_file_too() {
    let folder = corpus();
    let [ham, spam] = sources(folder.path());
    let file = folder.path().join("sclbench.toml");
    let out = folder.path().join("run");
    let words = ["sweep", &ham, &spam, "--goal", text(&file), "-o", text(&out)];
    let experiment = |goal: &str| {
        fs::write(&file, format!("corpus = []\nout = 'x'\n[goal]\n{goal}\n")).unwrap();
    };
    experiment("fp-delte = 0.1");
    refused(&words, 2, &["sclbench.toml", "line 4", "fp-delte"]);
    experiment("fp-delete = 2.0");
    refused(&words, 2, &["sclbench.toml", "fp-delete", "at most 1"]);
    // Without a corpus it is a goal file, where a key in the wrong place is a mistake.
    fs::write(&file, "fp-junk = 0.1\n[goal]\n").unwrap();
    refused(&words, 2, &["sclbench.toml", "line 1", "fp-junk"]);
    assert!(!out.exists());
    experiment("fp-delete = 0.1");
    let few = ["--orders", "default", "--thresholds", "default"];
    sclbench(&words).args(few).assert().success();
}

#[test]
fn a_policy_that_cannot_be_used_is_named() {
    let folder = corpus();
    let [ham, spam] = sources(folder.path());
    let policy = folder.path().join("mine.toml");
    let agent = "[[agents]]\nname = 'Nobody Agent'\npriority = 1\n";
    fs::write(&policy, agent).unwrap();
    let out = folder.path().join("run");
    let words = ["replay", &ham, &spam, "--policy", text(&policy), "-o", text(&out)];
    refused(&words, 2, &["mine.toml", "agents.name", "Nobody Agent"]);
    assert!(!out.exists());
}

#[test]
fn labels_that_fit_no_message_of_the_log_are_refused() {
    let folder = TempDir::new().unwrap();
    let [log, labels, out] =
        ["a.log", "labels.csv", "out"].map(|n| folder.path().join(n));
    let row = "2019-05-02T10:15:30.001Z,S1,,203.0.113.5:50123,,<1@x>,a@b.example,,\
               ann@corp.example,1,Content Filter Agent,OnEndOfData,AcceptMessage,,SCL,2,\n";
    fs::write(&log, row).unwrap();
    let words =
        ["agent-log", "import", text(&log), "--labels", text(&labels), "-o", text(&out)];
    fs::write(&labels, "key,label\n2@x,ham\n").unwrap();
    refused(&words, 2, &["labels.csv", "none of the 1", "Message-IDs or recipients"]);
    fs::write(&labels, "1@x,ham\n<1@X>,spam\n").unwrap();
    refused(&words, 2, &["labels.csv", "line 2", "contradicts", "remove one"]);
    assert!(!out.exists());
}
