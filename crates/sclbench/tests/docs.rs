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

/// Mail of four weeks in January 2006 for the README's commands, with the Message-ID that
/// `explain` asks for, and labels for the agent log.
fn readme_mail(at: &Path) {
    let mut labels = String::new();
    for (label, folder, words) in
        [("ham", "good", "minutes of the meeting"), ("spam", "bad", "prize money")]
    {
        fs::create_dir_all(at.join("mail").join(folder)).unwrap();
        for n in 0..100 {
            let id = match (label, n) {
                ("ham", 60) => "id@sender.example".to_owned(),
                _ => format!("{n}@{label}.example"),
            };
            let time = format!("{:02} Jan 2006 10:{:02}:00 +0000", 2 + n / 4, n % 60);
            let text = format!(
                "Received: from mx.{label}.example ([198.51.100.{n}]) by edge.example; \
                 {time}\nFrom: <a{n}@{label}.example>\nTo: <ann@corp.example>\n\
                 Subject: {words} {n}\nMessage-ID: <{id}>\nDate: {time}\n\n\
                 {words} {} of {label}{n}\n",
                n * 7919
            );
            fs::write(at.join(format!("mail/{folder}/{n:03}")), text).unwrap();
            labels.push_str(&format!("{id},{label}\n"));
        }
    }
    fs::write(at.join("labels.csv"), labels).unwrap();
}

/// The words of a shell line: single quotes hold spaces, a comment ends it.
fn words(line: &str) -> Vec<String> {
    line.split_whitespace()
        .take_while(|word| *word != "#")
        .map(|word| word.trim_matches('\'').to_owned())
        .collect()
}

#[test]
fn the_readme_works() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let page = fs::read_to_string(path).unwrap().replace("\\\n", "");
    let folder = TempDir::new().unwrap();
    readme_mail(folder.path());
    let mut ran = 0;
    for line in commands(&page).iter().filter(|line| !line.is_empty()) {
        let mut words = words(line);
        if words == ["cargo", "test", "--workspace"] {
            continue;
        }
        if words.starts_with(&["cargo", "run", "--release", "--"].map(String::from)) {
            words.splice(..4, ["sclbench".to_owned()]);
        }
        // The time of a test is for its commands, not for their 6,000 messages.
        if words[1..] == ["demo"] {
            words.extend(["--messages", "800"].map(String::from));
        }
        // The page says that the experiment file has a schedule here; the one that `init`
        // writes has it in comments.
        if words.iter().any(|word| word == "--schedule") {
            let path = folder.path().join("sclbench.toml");
            let event = "\n[[schedule.events]]\nat = \"2006-01-16T00:00:00Z\"\n\
                         restart-minutes = 5\n";
            let text = fs::read_to_string(&path).unwrap() + event;
            fs::write(path, text).unwrap();
        }
        assert_eq!(words[0], "sclbench", "{line}");
        let output = Command::new(env!("CARGO_BIN_EXE_sclbench"))
            .current_dir(folder.path())
            .args(&words[1..])
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{line}: {error}");
        ran += 1;
    }
    assert!(ran > 25, "{ran}");
    for file in ["sclbench-demo/run/edge.ps1", "report.html", "junit.xml", "run/run.json"]
    {
        assert!(folder.path().join(file).is_file(), "{file}");
    }
}
