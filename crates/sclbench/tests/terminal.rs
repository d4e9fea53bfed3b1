//! The feel of the command: help, completions, manual pages, colours, width.

#![expect(clippy::unwrap_used, reason = "a setup that fails is a failed test")]

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use tempfile::TempDir;

fn sclbench(folder: &Path, line: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sclbench"))
        .current_dir(folder)
        .args(line.split_whitespace())
        .output()
        .unwrap()
}

fn run(line: &str) -> String {
    let output = sclbench(Path::new("."), line);
    assert!(output.status.success(), "{line}");
    String::from_utf8(output.stdout).unwrap()
}

/// Every command that has none below it, as on the command line.
fn leaves() -> Vec<String> {
    let folder = TempDir::new().unwrap();
    assert!(sclbench(folder.path(), "man pages").status.success());
    let mut names: Vec<String> = fs::read_dir(folder.path().join("pages"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().into())
        .collect();
    names.sort();
    let above =
        |name: &&String| !names.iter().any(|n| n.starts_with(&format!("{name}-")));
    let words = |name: &String| {
        let words = name.strip_prefix("sclbench-").unwrap();
        // The one command with a dash of its own.
        words.replace('-', " ").replace("agent log", "agent-log")
    };
    let help = |words: &str| words.split(' ').any(|word| word == "help");
    names.iter().filter(above).map(words).filter(|words| !help(words)).collect()
}

#[test]
fn long_help_teaches_by_example() {
    let leaves = leaves();
    assert!(leaves.len() > 30, "{leaves:?}");
    for command in leaves {
        let help = run(&format!("{command} --help"));
        let (_, example) =
            help.split_once("\nExample").unwrap_or_else(|| panic!("{command}"));
        assert!(example.contains(&format!("sclbench {command}")), "{command}");
    }
    assert!(run("replay --help").contains("Clopper"));
}

#[test]
fn the_examples_and_explanations_are_narrow() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/help");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        for line in fs::read_to_string(&path).unwrap().lines() {
            assert!(line.chars().count() <= 90, "{}: {line}", path.display());
        }
    }
}

#[test]
fn usage_errors_are_one_line_with_a_cure() {
    for (line, says) in [
        ("replay", "<SOURCE>..."),
        ("no-such-command", "unrecognized subcommand 'no-such-command'"),
        ("sweep a.parquet -o run --threshold all", "'--thresholds'"),
        ("export p.toml --to doc", "[possible values:"),
        ("corpus split", "`sclbench corpus split --help`"),
        ("--threads many run", "invalid value 'many' for '--threads <N>'"),
    ] {
        let output = sclbench(Path::new("."), line);
        assert_eq!(output.status.code(), Some(2), "{line}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(text.lines().count(), 1, "{line}: {text}");
        assert!(text.starts_with("error: ") && text.contains(says), "{line}: {text}");
        assert!(text.contains(" --help`"), "{line}: {text}");
    }
}

#[test]
fn shells_complete_the_commands() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = run(&format!("completions {shell}"));
        assert!(script.contains("replay") && script.contains("sclbench"), "{shell}");
    }
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = TempDir::new().unwrap();
    assert!(sclbench(folder.path(), "man pages").status.success());
    for name in ["sclbench", "sclbench-replay", "sclbench-corpus-pack"] {
        let page =
            fs::read_to_string(folder.path().join(format!("pages/{name}.1"))).unwrap();
        assert!(page.contains(".SH NAME"), "{name}");
        let shown = name.replace('-', "\\-");
        assert!(page.contains(&shown), "{name}: {}", &page[..300]);
    }
}

#[test]
fn colours_are_only_where_they_are_asked_for() {
    let folder = TempDir::new().unwrap();
    let escape = |line: &str| {
        let output = sclbench(folder.path(), line);
        assert_eq!(output.status.code(), Some(2), "{line}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains("error:"), "{text}");
        text.contains('\u{1b}')
    };
    // Standard error is no terminal here.
    assert!(!escape("report nothing -o r.html"));
    assert!(!escape("--color never report nothing -o r.html"));
    assert!(escape("--color always report nothing -o r.html"));
    assert!(escape("--color always no-such-command"));
    assert!(!escape("no-such-command"));
}

#[test]
fn the_schema_is_printed_and_nothing_written() {
    let folder = TempDir::new().unwrap();
    let output = sclbench(folder.path(), "init --schema");
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(schema["required"][0], "corpus");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// Tables of a replay fit a terminal of 80 columns.
#[test]
fn tables_fit_80_columns() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    let recipe = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpora/demo/demo.toml");
    let policy = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpora/demo/policy.toml");
    let made = format!("corpus generate {recipe} -o m --messages 400");
    assert!(sclbench(at, &made).status.success());
    let replay = format!(
        "replay m/mail.parquet --policy {policy} --world m/world -o r --no-charts"
    );
    let output = sclbench(at, &replay);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("ham hurt here or harsher"), "{text}");
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    assert!(!at.join("r/charts").exists());
    // Nothing but the warning that nothing rated this mail: progress is for terminals.
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(told.lines().count(), 1, "{told}");
    assert!(told.starts_with("warning: no message of `m/mail.parquet` has a rating"));
}
