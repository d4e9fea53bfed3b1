//! The text cases of `tests/suite/*.md`: prose, settings, sessions, expected verdicts.
//!
//! A case is a heading of the second level with prose and these fenced blocks:
//!
//! | Block | Content |
//! |---|---|
//! | `policy` | what differs from the default policy, as in a policy file |
//! | `world.toml`, `dns.ndjson`, `listings.ndjson`, `recipients.txt`, `mailboxes.toml`, `open-proxies.txt` | files of a world folder; without any, the server accepts `corp.example` and nothing else was recorded |
//! | `session` | what a client says, up to `DATA`, then the message; see [`session`] |
//! | `expect` | where each message ended for each recipient, in order |
//!
//! `expect full` also tells, behind each line, what the server answered, the antispam report
//! and the seconds of tarpit.
//!
//! Blocks before the first case hold for every case of the page. The content filter reads
//! its level from `X-Spam-Score`, where 7 is SCL 7; behind `policy organization-scl` and
//! `policy forefront-report`, from the SCL that Exchange recorded. Expected verdicts come from the
//! specification of the product. `SCLBENCH_ACCEPT=1` writes what the program says into the
//! `expect` blocks: read the difference before you keep it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod page;
mod session;
mod trial;

use std::fs;
use std::path::{Path, PathBuf};

use page::Page;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/suite");
/// Fewest cases the pages hold together; lost cases should not go unnoticed.
const LEAST_CASES: usize = 238;

#[test]
fn every_case_ends_as_its_page_says() {
    let accept = std::env::var_os("SCLBENCH_ACCEPT").is_some_and(|value| value == "1");
    let mut cases = 0;
    let mut findings = Vec::new();
    for path in pages() {
        let text = fs::read_to_string(&path).unwrap();
        let checked = check(&text, &name(&path));
        cases += checked.cases;
        findings.extend(checked.findings);
        if accept && checked.accepted != text {
            fs::write(&path, checked.accepted).unwrap();
        }
    }
    assert!(cases >= LEAST_CASES, "{cases} cases in `{FOLDER}`");
    assert!(accept || findings.is_empty(), "\n\n{}\n", findings.join("\n\n"));
}

fn pages() -> Vec<PathBuf> {
    let entries = fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap().path());
    let mut pages: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|e| e == "md")).collect();
    pages.sort();
    pages
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// What came of one page.
struct Checked {
    cases: usize,
    findings: Vec<String>,
    /// The page with what the program says in its `expect` blocks.
    accepted: String,
}

/// Runs every case of a page.
fn check(text: &str, name: &str) -> Checked {
    let mut checked = Checked { cases: 0, findings: Vec::new(), accepted: String::new() };
    let page = match Page::parse(text) {
        Ok(page) => page,
        Err(problem) => {
            checked.findings.push(format!("{name}: {problem}"));
            checked.accepted = text.to_owned();
            return checked;
        }
    };
    let mut copied = 0;
    for case in &page.cases {
        checked.cases += 1;
        let expected = &text[case.expect.clone()];
        let found = match trial::run(&page, case, &format!("{name}-{}", checked.cases)) {
            Ok(lines) => lines,
            Err(problem) => {
                checked.findings.push(format!("{name}, `{}`: {problem}", case.name));
                continue;
            }
        };
        if found != expected {
            checked.findings.push(format!(
                "{name}, `{}`\nexpected:\n{expected}found:\n{found}",
                case.name
            ));
        }
        checked.accepted += &text[copied..case.expect.start];
        checked.accepted += &found;
        copied = case.expect.end;
    }
    checked.accepted += &text[copied..];
    checked
}

#[cfg(test)]
mod tests {
    use super::check;

    const PAGE: &str = "# T\n\n## One\n\nWhy.\n\n```session\nMAIL FROM:<a@b.example>\n\
        RCPT TO:<u@corp.example>\nDATA\nX-Spam-Score: 7\n\nhi\n```\n\n```expect\n\
        u@corp.example: reject by Content Filter Agent, SclAtOrAboveRejectThreshold; SCL 7\n\
        scanned: 1 of 1\n```\n";

    fn findings(old: &str, new: &str) -> Vec<String> {
        assert!(PAGE.contains(old));
        check(&PAGE.replace(old, new), "t.md").findings
    }

    #[test]
    fn a_case_that_ends_otherwise_is_a_finding() {
        assert_eq!(findings("hi", "ho"), Vec::<String>::new());
        assert_eq!(findings("SCL 7\n", "SCL 8\n").len(), 1);
        assert_eq!(findings("Score: 7", "Score: 6").len(), 1);
        assert_eq!(findings("```expect\n", "```expect\nx@y.example: inbox\n").len(), 1);
    }

    #[test]
    fn a_case_that_cannot_be_read_is_a_finding() {
        for (old, new) in [
            ("Why.", ""),
            ("```expect", "```expected"),
            ("```session", "```text"),
            ("RCPT TO:", "RCPT"),
            ("DATA\n", ""),
            ("## One", "## One\n\nx\n\n```policy\nedtion = '2007'\n```"),
            ("## One", "## One\n\nx\n\n```mailboxes.toml\nx\n```"),
            ("1 of 1\n```", "1 of 1\n"),
        ] {
            assert_eq!(findings(old, new).len(), 1, "{new}");
        }
    }

    #[test]
    fn accepting_changes_the_expected_lines_and_nothing_else() {
        let wrong = PAGE.replace("Threshold; SCL 7", "Threshold; SCL 1");
        assert_ne!(wrong, PAGE);
        assert_eq!(check(&wrong, "t.md").accepted, PAGE);
    }
}
