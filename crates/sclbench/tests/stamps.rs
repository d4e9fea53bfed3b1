//! Without a model, ratings recorded in the messages' own header decide.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a setup that fails is a failed test; a skipped test says so"
)]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// Exact spam counts at junk, quarantine, reject, delete.
fn tiers(source: &str, folder: &Path, words: &[&str]) -> Vec<u64> {
    let output = Command::new(env!("CARGO_BIN_EXE_sclbench"))
        .args(["--json", "replay", source, "-o"])
        .arg(folder.join("run"))
        .args(words)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = summary["tiers"].as_array().unwrap();
    rows.iter().map(|row| row["spam"].as_u64().unwrap()).collect()
}

#[test]
fn each_kind_of_stamp_gives_its_levels() {
    let folder = TempDir::new().unwrap();
    let mail = folder.path().join("mail");
    fs::create_dir(&mail).unwrap();
    for (name, scl, status) in [("1", 4, "-1.0"), ("2", 5, "6.5"), ("3", 7, "12")] {
        let text = format!(
            "X-MS-Exchange-Organization-SCL: {scl}\n\
             X-Spam-Status: No,\n score={status} required=5.0\n\
             From: <a@b.example>\nSubject: {name}\n\ntext {name}\n"
        );
        fs::write(mail.join(name), text).unwrap();
    }
    let source = format!("spam:{}", mail.display());
    let at = |words: &[&str]| tiers(&source, folder.path(), words);
    assert_eq!(at(&[]), [1, 0, 1, 0]);
    assert_eq!(at(&["--stamp", "spam-status"]), [1, 0, 1, 0]);
    assert_eq!(at(&["--stamp", "spam-score"]), [0, 0, 0, 0]);
}

/// Real mail with real stamps: levels 1 and 2 (98), 5 and 6 (110), 7 and 9 (120).
#[test]
fn the_stamps_of_real_mail_are_honoured() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let archive = root.join("shared/corpora/scl_dev.tar.gz");
    if !archive.is_file() {
        println!("skipped: `{}` is not there", archive.display());
        return;
    }
    let folder = TempDir::new().unwrap();
    assert_eq!(tiers(archive.to_str().unwrap(), folder.path(), &[]), [110, 0, 120, 0]);
}
