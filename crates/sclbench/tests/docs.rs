//! The commands of the documentation run as they stand there.

#![expect(clippy::unwrap_used, reason = "a setup that fails is a failed test")]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use tempfile::TempDir;

/// Lines of a page's `sh` blocks.
fn commands(page: &str) -> Vec<String> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in page.lines() {
        match line {
            "```sh" => inside = true,
            "```" => inside = false,
            _ if inside => found.push(line.trim().to_owned()),
            _ => {}
        }
    }
    found
}

/// Runs every command of a page, in order, in an empty folder.
fn follow(page: &str) -> TempDir {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(page);
    let folder = TempDir::new().unwrap();
    let commands = commands(&fs::read_to_string(path).unwrap());
    assert!(commands.len() > 2, "{page}");
    for line in commands {
        let mut words = line.split_whitespace();
        assert_eq!(words.next(), Some("sclbench"), "{page}: {line}");
        let output = Command::new(env!("CARGO_BIN_EXE_sclbench"))
            .current_dir(folder.path())
            .args(words)
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{page}: {line}: {error}");
    }
    folder
}

#[test]
fn the_tutorial_works() {
    let folder = follow("tutorial.md");
    for file in ["report.html", "advice/edge.ps1", "work/sclbench.toml"] {
        assert!(folder.path().join(file).is_file(), "{file}");
    }
}

#[test]
fn the_page_for_administrators_works() {
    follow("administrators.md");
}

#[test]
fn the_page_for_researchers_works() {
    let folder = follow("researchers.md");
    let html = fs::read_to_string(folder.path().join("both.html")).unwrap();
    assert!(html.len() < 3_000_000);
}

#[test]
fn the_page_for_teams_works() {
    let folder = follow("teams.md");
    assert!(!folder.path().join("today/charts").exists());
}
