//! The report through the binary. What needs a browser is in `tests/browser`.

#![expect(clippy::unwrap_used, reason = "a setup that fails is a failed test")]

use std::fs;
use std::io::Write as _;
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

fn run(folder: &Path, line: &str) -> String {
    let output = sclbench(folder, line);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

/// The command must end with code 2 and one line of advice.
fn refused(folder: &Path, line: &str) -> String {
    let output = sclbench(folder, line);
    assert_eq!(output.status.code(), Some(2), "{line}");
    String::from_utf8(output.stderr).unwrap()
}

/// A small sweep with subjects that try to be markup.
fn swept() -> TempDir {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    for label in ["ham", "spam"] {
        fs::create_dir(at.join(label)).unwrap();
        for number in 1..9 {
            let text = format!(
                "Received: from a.example (a.example [203.0.113.{number}]) by b.example;\r\n \
                 Tue, 0{number} Apr 2025 10:00:00 +0000\r\nFrom: <a{number}@{label}.example>\r\n\
                 To: <u@b.example>\r\nSubject: <script>alert({number})</script>\r\n\r\n\
                 {label} {number}\r\n"
            );
            fs::write(at.join(format!("{label}/{number}.eml")), text).unwrap();
        }
    }
    run(at, "sweep ham:ham spam:spam -o run");
    folder
}

#[test]
fn a_report_is_one_file_that_names_nothing_outside() {
    // Past the test runner's capture, so that it is seen.
    let said =
        b"left out: the report in a browser; run `tests/browser/run.sh` for that\n";
    std::io::stderr().write_all(said).unwrap();
    let folder = swept();
    let at = folder.path();
    let said = run(at, "report run -o pages/report.html");
    assert!(said.contains("16 messages"), "{said}");
    let html = fs::read_to_string(at.join("pages/report.html")).unwrap();
    assert!(html.starts_with("<!doctype html>") && html.trim_end().ends_with("</html>"));
    assert!(html.len() < 3_000_000);
    assert!(html.contains("default-src 'none'"), "nothing may be loaded");
    let outside = html.replace("http://www.w3.org/2000/svg", "");
    for word in ["http:", "https:", " src=", "<link", "@import", "alert("] {
        assert!(!outside.contains(word), "{word}");
    }
    // The same once more.
    run(at, "report run -o pages/report.html");
    assert_eq!(fs::read_to_string(at.join("pages/report.html")).unwrap(), html);
    run(at, "report run --compare run --no-subjects -o two.html");
    assert!(at.join("two.html").is_file());
}

#[test]
fn a_setting_prints_its_script() {
    let folder = swept();
    let at = folder.path();
    let edge = run(at, "report run --script edge --at 0,9,6,off,4");
    assert!(
        edge.contains(
            "Setting of the report: delete 9, reject 6, quarantine off, junk 4"
        )
    );
    assert!(
        edge.contains("-SCLDeleteThreshold 9")
            || edge.contains("-SCLDeleteEnabled $true")
    );
    assert!(edge.contains("-SCLRejectThreshold 6"), "{edge}");
    let organization = run(at, "report run --script organization --at 0,off,7,off,2");
    assert!(organization.contains("Set-OrganizationConfig -SCLJunkThreshold 2"));
}

#[test]
fn what_cannot_be_shown_is_refused_with_a_cure() {
    let folder = swept();
    let at = folder.path();
    run(at, "replay ham:ham spam:spam -o replayed --no-charts");
    assert!(refused(at, "report replayed -o r.html").contains("holds no sweep"));
    assert!(refused(at, "report nothing -o r.html").contains("nothing/run.json"));
    assert!(
        refused(at, "report run --script edge --at 99,9,7,off,4").contains("no order 99")
    );
    assert!(refused(at, "report run --script edge --at 0,9,7").contains("write it like"));
    assert!(refused(at, "report run").contains("--out"));
    assert!(!at.join("r.html").exists());
    fs::remove_file(at.join("run/report_fates.parquet")).unwrap();
    assert!(refused(at, "report run -o r.html").contains("report_fates.parquet"));
}

/// Names of the charts of a run.
fn charts(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder.join("charts")).unwrap();
    let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
    let mut names: Vec<_> = entries.map(|entry| name(entry.unwrap())).collect();
    names.sort();
    names
}

#[test]
fn charts_are_drawn_in_the_sizes_asked_for_and_no_other_stays() {
    let folder = swept();
    let at = folder.path();
    let mail = "replay ham:ham spam:spam -o run2";
    run(at, &format!("{mail} --size column,slide,column"));
    let drawn = charts(&at.join("run2"));
    let wanted = ["scl-histogram", "tier-rates"].map(|chart| {
        ["column.png", "column.svg", "slide.png", "slide.svg"]
            .map(|end| format!("{chart}-{end}"))
    });
    assert_eq!(drawn, wanted.concat());
    let svg = |file: &str| fs::read_to_string(at.join("run2/charts").join(file)).unwrap();
    assert!(svg("tier-rates-column.svg").contains("width=\"86mm\""));
    assert!(svg("tier-rates-slide.svg").contains("width=\"960pt\" height=\"540pt\""));
    let png = fs::read(at.join("run2/charts/tier-rates-slide.png")).unwrap();
    let side = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    assert_eq!([side(16), side(20)], [1920, 1080]);
    run(at, mail);
    assert_eq!(
        charts(&at.join("run2")),
        ["scl-histogram.png", "scl-histogram.svg", "tier-rates.png", "tier-rates.svg"]
    );
    run(at, &format!("{mail} --no-charts"));
    assert_eq!(charts(&at.join("run2")), Vec::<String>::new());
    assert!(refused(at, &format!("{mail} --size poster")).contains("column"));
}

#[test]
fn a_second_run_leaves_nothing_of_the_first() {
    let folder = swept();
    let at = folder.path();
    let mail = "replay ham:ham spam:spam -o run2 --no-charts";
    run(at, mail);
    let names = |folder: &Path| {
        let entries = fs::read_dir(folder).unwrap();
        let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
        let mut names: Vec<_> = entries.map(name).collect();
        names.sort();
        names
    };
    let fresh = names(&at.join("run2"));
    // What only another run of the same kind writes, and something of the user's own.
    for stale in ["over-time.csv", "schedule.json"] {
        fs::write(at.join("run2").join(stale), "old").unwrap();
    }
    fs::write(at.join("run2/notes.txt"), "mine").unwrap();
    run(at, mail);
    assert!(at.join("run2/notes.txt").is_file());
    fs::remove_file(at.join("run2/notes.txt")).unwrap();
    assert_eq!(names(&at.join("run2")), fresh);
    let other = refused(at, "backtest ham:ham spam:spam -o run2");
    assert!(other.contains("holds a replay"), "{other}");
    run(at, "scores export run --salt x -o scores.csv");
    let other = refused(at, "scores import scores.csv -o run2");
    assert!(other.contains("holds a replay"), "{other}");
    let other = refused(at, "agent-log import nothing -o run2");
    assert!(other.contains("holds a replay"), "{other}");
    assert_eq!(names(&at.join("run2")), fresh);
}

#[test]
fn definitions_that_change_in_time_are_marked() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    for (label, words) in [("ham", "minutes of the meeting"), ("spam", "prize money")] {
        fs::create_dir(at.join(label)).unwrap();
        for n in 0..40 {
            let text = format!(
                "From: <a{n}@{label}.example>\nTo: <ann@corp.example>\n\
                 Subject: {label} {words} {n}\nDate: Mon, {:02} {} 2024 10:00:00 +0000\n\
                 \n{words} number {} for {label}{n}\n",
                1 + n % 20,
                ["Jan", "Feb"][n / 20],
                n * 7919
            );
            fs::write(at.join(label).join(format!("{n:02}")), text).unwrap();
        }
    }
    run(
        at,
        "-q update plan ham:ham spam:spam -o feed --cadence wednesdays --trainer fast",
    );
    let sweep = "sweep ham:ham spam:spam --updates feed -o run --orders default";
    run(at, sweep);
    let file = |name: &str| {
        let text = fs::read_to_string(at.join(name).join("run.json")).unwrap();
        serde_json::from_str::<serde_json::Value>(&text).unwrap()
    };
    let every = file("run")["updates"].as_array().unwrap().len();
    assert!(every > 2, "{every}");
    run(at, "report run -o report.html");
    run(at, &sweep.replace("-o run", "-o never --cadence never"));
    assert_eq!(file("never")["updates"].as_array().unwrap().len(), 1);
    let refused_here = refused(at, "sweep ham:ham spam:spam -o x --cadence never");
    assert!(refused_here.contains("--updates"), "{refused_here}");
}
