//! Hold-out mail is judged as the sweep was, and no part of it: everything else is refused.

#![expect(clippy::unwrap_used, reason = "a setup that fails is a failed test")]

use std::path::Path;

use assert_cmd::Command;
use tempfile::TempDir;

fn sclbench(folder: &Path, line: &str) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_sclbench"))
        .current_dir(folder)
        .args(line.split_whitespace())
        .output()
        .unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn hold_out_mail_of_another_setup_or_of_the_sweep_itself_is_refused() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    let recipe = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpora/demo/demo.toml");
    for line in [
        &format!("corpus generate {recipe} -o m --messages 600"),
        "corpus split m/mail.parquet -o p",
        "train p/train.parquet --trainer fast -o f.model",
        "train p/tune.parquet --trainer fast -o other.model",
        "replay p/tune.parquet --model f.model --world m/world -o r",
        "sweep p/tune.parquet --model f.model --world m/world -o s",
    ] {
        assert_eq!(sclbench(at, line).0, Some(0), "{line}");
    }
    let (train, tune, held) = ("p/train.parquet", "p/tune.parquet", "p/hold-out.parquet");
    for (line, told) in [
        (format!("s --holdout {tune} --model f.model --world m/world"), "in the sweep"),
        (
            format!(
                "s --holdout {held} --holdout {tune} --model f.model --world m/world"
            ),
            "too",
        ),
        ("s --holdout s".to_owned(), "in the sweep"),
        (format!("s --holdout {held} --world m/world"), "--model"),
        (format!("s --holdout {held} --model other.model --world m/world"), "--model"),
        (format!("s --holdout {held} --model f.model"), "--world"),
        (format!("s --holdout {train} --model f.model --world m/world"), "training mail"),
        ("r".to_owned(), "no sweep"),
        ("s --holdout r".to_owned(), "no sweep"),
    ] {
        let (code, error) = sclbench(at, &format!("recommend {line} -o advice"));
        assert_eq!(code, Some(2), "{line}: {error}");
        assert_eq!(error.lines().count(), 1, "{line}: {error}");
        assert!(error.contains(told), "{line}: {error}");
        assert!(!at.join("advice").exists(), "{line}");
    }
    let line =
        format!("recommend s --holdout {held} --model f.model --world m/world -o a");
    assert_eq!(sclbench(at, &line), (Some(0), String::new()));
    std::fs::write(
        at.join("easy.toml"),
        "[goal]\nfp-junk = 0.9\nfp-quarantine = 0.9\nfp-reject = 0.9\nfp-delete = 0.9\n",
    )
    .unwrap();
    let read =
        |name: &str| std::fs::read_to_string(at.join("learnt").join(name)).unwrap();
    // Learnt mail: in the hold-out, or in the sweep.
    let world = "--model f.model --world m/world --allow-overlap";
    let sweep = format!("sweep {train} {world} -o swept");
    assert_eq!(sclbench(at, &sweep).0, Some(0));
    for (mail, line) in [
        ("hold-out", format!("recommend s --holdout {train}")),
        ("tune", format!("recommend swept --holdout {held}")),
    ] {
        let line = format!("{line} {world} --goal easy.toml -o learnt");
        assert_eq!(sclbench(at, &line).0, Some(0), "{line}");
        let advice: serde_json::Value =
            serde_json::from_str(&read("recommendation.json")).unwrap();
        assert_eq!(advice["verdict"], "unproven", "{line}");
        let note =
            format!("messages of the {mail} mail were in the model's training mail");
        let notes = advice["notes"].as_array().unwrap();
        let noted =
            |what: &str| notes.iter().any(|found| found.as_str().unwrap().contains(what));
        assert!(noted(&note), "{notes:?}");
        assert_eq!(noted("earlier than the tune mail"), mail == "hold-out", "{notes:?}");
        let scripts = std::fs::read_dir(at.join("learnt")).unwrap();
        let scripts = scripts.map(|entry| entry.unwrap().path());
        for script in scripts.filter(|path| path.extension() == Some("ps1".as_ref())) {
            let text = std::fs::read_to_string(&script).unwrap();
            assert!(text.contains(&note), "{}", script.display());
            assert!(!text.contains("had not seen"), "{}", script.display());
        }
        std::fs::remove_dir_all(at.join("learnt")).unwrap();
    }
}
