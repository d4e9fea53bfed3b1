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
    assert!(!out.join("run.json").exists());
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
