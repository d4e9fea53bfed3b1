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
