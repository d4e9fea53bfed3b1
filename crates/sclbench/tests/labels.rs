//! Label noise through the binary: planted, found, corrected, and told of wherever it counts.

#![expect(clippy::unwrap_used, reason = "a setup that fails is a failed test")]

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

/// Standard output and standard error.
fn run(folder: &Path, line: &str) -> (String, String) {
    let output = sclbench(folder, line);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{line}: {error}");
    (String::from_utf8(output.stdout).unwrap(), error)
}

fn json(folder: &Path, line: &str) -> Value {
    serde_json::from_str(&run(folder, &format!("{line} --json")).0).unwrap()
}

fn refused(folder: &Path, line: &str, words: &[&str]) {
    let output = sclbench(folder, line);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{line}: {error}");
    assert!(words.iter().all(|word| error.contains(word)), "{line}: {error}");
}

fn mail(at: &Path) {
    let recipe = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpora/demo/demo.toml");
    run(at, &format!("corpus generate {recipe} -o m --messages 1500"));
}

const NOISE: &str = "--noise-ham 0.02 --noise-spam 0.02 --noise-seed 5";

#[test]
fn planted_labels_are_found_and_corrections_undo_them() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    mail(at);
    let clean = json(at, "corpus inspect m/mail.parquet");
    let (_, loud) =
        run(at, &format!("corpus pack m/mail.parquet {NOISE} -o noisy.parquet"));
    assert!(loud.contains("LABELS WRONG ON PURPOSE"), "{loud}");

    // The list, with what was planted known.
    let line = format!("corpus review m/mail.parquet {NOISE} --top 60");
    let found = json(at, &line);
    let planted = found["planted"].as_u64().unwrap();
    assert!((10..=60).contains(&planted), "{planted}");
    let curve = found["planted_found"].as_array().unwrap();
    let twice = &curve[2];
    assert_eq!(twice["among"].as_u64(), Some(2 * planted));
    assert!(twice["found"].as_u64().unwrap() * 10 >= planted * 9, "{curve:?}");
    let first = &found["suspects"][0];
    assert_eq!(first["planted"], true);
    assert!(!first["words"].as_array().unwrap().is_empty());

    // The template corrects nothing until somebody has looked.
    run(at, "corpus review noisy.parquet --top 60 -o fixes.toml");
    let untouched = json(at, "corpus inspect noisy.parquet --corrections fixes.toml");
    assert_eq!(untouched["corrected"], 0);
    let right: Vec<String> = found["suspects"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["planted"] == true)
        .map(|row| row["id"].as_str().unwrap().to_owned())
        .collect();
    let text = fs::read_to_string(at.join("fixes.toml")).unwrap();
    let mut out = String::new();
    for block in text.split("\n\n") {
        let chosen = right.iter().any(|id| block.contains(id.as_str()));
        let line = |line: &str| match line.strip_prefix('#') {
            Some(rest) if chosen && !rest.starts_with(' ') => format!("{rest}\n"),
            _ => format!("{line}\n"),
        };
        out.extend(block.lines().map(line));
    }
    fs::write(at.join("fixes.toml"), out).unwrap();
    let fixed = json(at, "corpus inspect noisy.parquet --corrections fixes.toml");
    assert_eq!(fixed["corrected"].as_u64(), Some(right.len() as u64));

    // Every correction counts: twice the same is one too many.
    run(at, "corpus pack noisy.parquet --corrections fixes.toml -o fixed.parquet");
    let again = "corpus inspect fixed.parquet --corrections fixes.toml";
    refused(at, again, &["fixes.toml", "correction 1", "already"]);
    let wrong = |label: &str| {
        clean[label].as_i64().unwrap()
            - json(at, "corpus inspect fixed.parquet")[label].as_i64().unwrap()
    };
    let left = planted as i64 - right.len() as i64;
    assert!(wrong("ham").abs() <= left, "{left}");
}

#[test]
fn noise_and_corrections_stand_in_everything_made_from_the_mail() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    mail(at);
    run(at, &format!("corpus pack m/mail.parquet {NOISE} -o noisy.parquet"));
    run(at, "corpus split noisy.parquet -o p");
    let (told, loud) = run(at, "replay p/tune.parquet --no-charts -o r");
    assert!(loud.contains("WRONG ON PURPOSE") && told.contains("WRONG ON PURPOSE"));
    let file = fs::read_to_string(at.join("r/run.json")).unwrap();
    let file: Value = serde_json::from_str(&file).unwrap();
    let note = file["summary"]["labels"][0].as_str().unwrap();
    assert!(note.contains("ham 0.02, spam 0.02, seed 5"), "{note}");
    assert!(file["context"]["corpus"].as_str().unwrap().contains("wrong on purpose"));
    let inputs = file["provenance"]["inputs"].as_array().unwrap();
    assert!(inputs.iter().any(|input| input["role"] == "noise"), "{inputs:?}");

    let first = json(at, "corpus review p/tune.parquet --top 1")["suspects"][0].clone();
    let fix = serde_json::json!({
        "id": first["id"], "from": first["label"], "to": first["to"], "by": "ann"
    });
    fs::write(at.join("fix.ndjson"), format!("{fix}\n")).unwrap();
    let replayed =
        json(at, "replay p/tune.parquet --corrections fix.ndjson --no-charts -o c");
    assert_eq!(replayed["labels"][1], "1 label corrected");
    let file = fs::read_to_string(at.join("c/run.json")).unwrap();
    assert!(file.contains("\"corrections\"") && file.contains("fix.ndjson"));
    refused(
        at,
        "replay p/train.parquet --corrections fix.ndjson --no-charts -o d",
        &["fix.ndjson` line 1", "is no message of this mail"],
    );
    refused(at, "replay p/tune.parquet --noise-ham 2 -o d", &["0 to 1"]);
    assert!(!at.join("d").exists());

    // `power` counts what the labels are changed to, and a run's labels are its own.
    let ham = |line: &str| json(at, line)["holds"]["ham"].as_u64().unwrap();
    let all = ham("power --fp 0.1 m/mail.parquet");
    assert!(ham("power --fp 0.1 m/mail.parquet --noise-ham 0.5") < all * 3 / 4);
    refused(at, "power --fp 0.1 c --noise-ham 0.5", &["give them to `replay`"]);

    // Noise of an experiment file stands in its run as that of the command line does.
    let experiment = |noise: &str| {
        let head = "corpus = ['m/mail.parquet']\nworld = 'm/world'\ntrainer = 'fast'\n";
        fs::write(at.join("e.toml"), format!("{head}{noise}")).unwrap();
    };
    experiment("noise-ham = 3\n");
    refused(at, "run e.toml", &["e.toml", "`noise-ham` is 3"]);
    experiment("noise-ham = 0.1\nnoise-seed = 4\n");
    run(at, "run e.toml");
    let file = fs::read_to_string(at.join("run/run.json")).unwrap();
    assert!(file.contains("\"noise\""), "{file}");
}
