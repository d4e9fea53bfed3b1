//! The shape of source files.

use crate::tree::File;

/// Most lines of a file without its tests.
const MOST_LINES: usize = 600;

/// Files that may be longer, each with its reason: `(path, reason)`.
pub(crate) const LONG_FILES: &[(&str, &str)] = &[];

/// Doors (`lib.rs`, `mod.rs`) that may hold logic, each with its reason.
pub(crate) const DOORS_WITH_LOGIC: &[(&str, &str)] = &[
    ("crates/corpus/src/parse/mod.rs", "the folder is one type with its steps beside it"),
    ("crates/corpus/src/gather/mod.rs", "the folder is two functions with their steps"),
    ("crates/corpus/src/generate/cast/mod.rs", "the folder is one type with its makers"),
];

fn is_test_file(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.ends_with("_tests.rs") || path.contains("/tests/")
}

/// Files of more than 600 lines, and exceptions that nothing needs.
pub(crate) fn too_long(files: &[&File], excepted: &[(&str, &str)]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| !is_test_file(&file.path)) {
        let lines = file.production().lines().count();
        let listed = excepted.iter().any(|(path, _)| *path == file.path);
        if (lines > MOST_LINES) != listed {
            findings.push(format!("`{}` has {lines} lines without tests", file.path));
        }
    }
    findings.extend(gone(files, excepted));
    findings
}

/// Doors with functions in them, and exceptions that nothing needs.
pub(crate) fn logic_at_doors(files: &[&File], excepted: &[(&str, &str)]) -> Vec<String> {
    let mut findings = Vec::new();
    let door =
        |file: &&&File| file.path.ends_with("/lib.rs") || file.path.ends_with("/mod.rs");
    for file in files.iter().filter(door) {
        let line = file.production().lines().position(is_function);
        let listed = excepted.iter().any(|(path, _)| *path == file.path);
        match line {
            Some(line) if !listed => findings.push(format!(
                "`{}` holds logic, in line {}",
                file.path,
                line + 1
            )),
            None if listed => {
                findings.push(format!("`{}` needs no exception", file.path));
            }
            _ => {}
        }
    }
    findings.extend(gone(files, excepted));
    findings
}

fn gone(files: &[&File], excepted: &[(&str, &str)]) -> Vec<String> {
    let there = |path: &str| files.iter().any(|file| file.path == path);
    let gone = excepted.iter().filter(|(path, _)| !there(path));
    gone.map(|(path, _)| format!("`{path}` is excepted and not there")).collect()
}

/// Whether a line begins a function.
fn is_function(line: &str) -> bool {
    let line = line.trim_start();
    let line = match line.strip_prefix("pub(") {
        Some(rest) => rest.split_once(')').map_or(rest, |(_, rest)| rest),
        None => line.strip_prefix("pub ").unwrap_or(line),
    };
    let head = line.split(['(', '<', '"']).next().unwrap_or_default();
    let words: Vec<_> = head.split_whitespace().collect();
    !line.starts_with("//") && words.iter().rev().nth(1) == Some(&"fn")
}

/// Files that do not open with a comment, crates that leave out one of the three things a
/// crate says first.
pub(crate) fn silent_openings(files: &[&File]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files {
        let path = &file.path;
        let tests = path.ends_with("/tests.rs") || path.ends_with("_tests.rs");
        if !file.text.starts_with("//!") && !tests {
            findings.push(format!("`{path}` does not say what it is for"));
        }
        if !path.ends_with("/src/lib.rs") {
            continue;
        }
        for said in ["What it is for:", "What it must not know", "Main type"] {
            if !file.text.contains(&format!("//! {said}")) {
                findings.push(format!("`{path}` does not say `{said}`"));
            }
        }
    }
    findings
}

/// Lints silenced without a reason, unfinished code.
pub(crate) fn unwanted_words(file: &File) -> Vec<String> {
    let words = [("[", "allow("), ("todo", "!("), ("unimplemented", "!("), ("dbg", "!(")];
    let mut findings = Vec::new();
    for (number, line) in (1..).zip(file.text.lines()) {
        for word in words.map(|(start, end)| format!("{start}{end}")) {
            if line.contains(&word) {
                findings.push(format!("`{}` line {number}: `{word}`", file.path));
            }
        }
    }
    findings
}

/// Comments that end like statements.
pub(crate) fn commented_out_code(file: &File) -> Vec<String> {
    let mut findings = Vec::new();
    for (number, line) in (1..).zip(file.text.lines()) {
        let comment = line.trim().strip_prefix("//");
        let comment = comment.filter(|rest| !rest.starts_with(['/', '!']));
        let code = |text: &str| text.ends_with(';') || text.ends_with([')', '}', '{']);
        let statement = |text: &str| {
            let word =
                text.trim_start().split([' ', '(', '.']).next().unwrap_or_default();
            ["let", "use", "fn", "if", "for", "return", "pub", "self", "assert_eq!"]
                .contains(&word)
        };
        if comment.is_some_and(|text| code(text) && statement(text)) {
            findings.push(format!("`{}` line {number}: code in a comment", file.path));
        }
    }
    findings
}

/// Paths that exist on one machine only.
pub(crate) fn machine_paths(file: &File) -> Vec<String> {
    let mut findings = Vec::new();
    for (number, line) in (1..).zip(file.text.lines()) {
        for root in ["work", "tmp", "home", "root", "Users"] {
            let path = format!("/{root}/");
            let found = line.match_indices(&path).any(|(at, _)| {
                let before = line[..at].chars().next_back();
                !before.is_some_and(|c| c.is_alphanumeric() || "._-/}".contains(c))
            });
            if found {
                findings.push(format!("`{}` line {number}: `{path}`", file.path));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> File {
        File { path: path.into(), text: text.into() }
    }

    #[test]
    fn a_long_file_is_found_and_its_tests_do_not_count() {
        let long = file("crates/a/src/x.rs", &"x\n".repeat(601));
        let tested = "x\n".repeat(600) + "#[cfg(test)]\nmod tests {\n}\n";
        let tested = file("crates/a/src/y.rs", &tested);
        let tests = file("crates/a/src/x/tests.rs", &"x\n".repeat(601));
        let files = [&long, &tested, &tests];
        assert_eq!(
            too_long(&files, &[]),
            ["`crates/a/src/x.rs` has 601 lines without tests"]
        );
        assert_eq!(too_long(&files, &[("crates/a/src/x.rs", "why")]), [""; 0]);
        let needless = [
            ("crates/a/src/x.rs", "why"),
            ("crates/a/src/y.rs", "why"),
            ("crates/a/src/z.rs", "why"),
        ];
        assert_eq!(too_long(&files, &needless).len(), 2);
    }

    #[test]
    fn a_function_at_a_door_is_found() {
        let door = |text: &str| file("crates/a/src/lib.rs", text);
        let excepted: &[(&str, &str)] = &[("crates/a/src/lib.rs", "why")];
        for text in ["pub fn x() {}", "mod a;\n    pub(crate) const fn x<T>(", "fn a("] {
            assert_eq!(logic_at_doors(&[&door(text)], &[]).len(), 1, "{text}");
            assert_eq!(logic_at_doors(&[&door(text)], excepted), [""; 0]);
        }
        for text in [
            "mod a;\npub use a::{B, C};",
            "//! fn x() {}",
            "#[cfg(test)]\nmod t {\nfn x() {}\n}",
        ] {
            assert_eq!(logic_at_doors(&[&door(text)], &[]), [""; 0], "{text}");
            assert_eq!(logic_at_doors(&[&door(text)], excepted).len(), 1);
        }
        assert_eq!(
            logic_at_doors(&[&file("crates/a/src/b.rs", "fn x() {}")], &[]),
            [""; 0]
        );
    }

    #[test]
    fn a_silent_opening_is_found() {
        let whole = "//! A.\n//!\n//! What it is for: x.\n//! What it must not know: y.\n\
                     //! Main type: z.\n";
        let door = |text: &str| file("crates/a/src/lib.rs", text);
        assert_eq!(silent_openings(&[&door(whole)]), [""; 0]);
        let without = whole.replace("//! Main type: z.\n", "");
        assert_eq!(silent_openings(&[&door(&without)]).len(), 1);
        let plain = [&file("crates/a/src/b.rs", "use x;"), &file("a/tests.rs", "use x;")];
        assert_eq!(silent_openings(&plain).len(), 1);
    }

    #[test]
    fn silenced_unfinished_and_commented_out_code_is_found() {
        for (start, end) in [("#[", "allow(x)]"), ("#![", "allow(x)]"), ("todo", "!()")] {
            let bad = file("a.rs", &format!("fn x() {{}}\n{start}{end}\n"));
            assert_eq!(unwanted_words(&bad).len(), 1, "{start}");
        }
        assert_eq!(
            unwanted_words(&file("a.rs", "#[expect(x, reason = \"y\")]")),
            [""; 0]
        );
        let comments = "// let x = 1;\n    // if x {\n// A sentence (like this).\n\
                        /// let doc = 1;\n// use it well (or not at all)\n";
        assert_eq!(commented_out_code(&file("a.rs", comments)).len(), 3);
        let sentences = "// A sentence; another one.\n// for every agent, see below\n";
        assert_eq!(commented_out_code(&file("a.rs", sentences)), [""; 0]);
    }

    #[test]
    fn a_path_of_one_machine_is_found() {
        for root in ["work", "tmp", "home"] {
            let bad = file("a.md", &format!("cd /{root}/me\n"));
            assert_eq!(machine_paths(&bad).len(), 1, "{root}");
            let url = file("a.md", &format!("https://x.example/{root}/me\n"));
            assert_eq!(machine_paths(&url), [""; 0]);
        }
    }
}
