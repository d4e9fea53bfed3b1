//! Links of the documents.

use crate::tree::{File, Tree};

/// Relative links of a document that lead to no file, or to no heading of it.
pub(crate) fn dead(document: &File, tree: &Tree) -> Vec<String> {
    let read = |path: &str| {
        let file = tree.files.iter().find(|file| file.path == path);
        file.map(|file| file.text.as_str())
    };
    dead_links(document, |path| tree.exists(path), read)
}

fn dead_links<'t>(
    document: &'t File,
    exists: impl Fn(&str) -> bool,
    read: impl Fn(&str) -> Option<&'t str>,
) -> Vec<String> {
    let mut findings = Vec::new();
    for target in targets(&document.text) {
        if target.contains("://") || target.starts_with("mailto:") {
            continue;
        }
        let (path, heading) = target.split_once('#').unwrap_or((target, ""));
        let path = if path.is_empty() {
            document.path.clone()
        } else {
            join(&document.path, path)
        };
        if !exists(&path) {
            findings.push(format!("`{}`: no file `{target}`", document.path));
        } else if !heading.is_empty()
            && !read(&path).is_some_and(|text| anchors(text).any(|a| a == heading))
        {
            findings.push(format!("`{}`: no heading `{target}`", document.path));
        }
    }
    findings
}

/// The lines outside fenced blocks.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut fenced = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    })
}

/// What `[text](target)` leads to, outside code.
fn targets(text: &str) -> Vec<&str> {
    let mut targets = Vec::new();
    for line in prose(text) {
        for outside in line.split('`').step_by(2) {
            let after = outside.match_indices("](").map(|(at, _)| &outside[at + 2..]);
            let target = after.filter_map(|rest| rest.split_once(')'));
            targets.extend(target.filter_map(|(t, _)| t.split_whitespace().next()));
        }
    }
    targets
}

/// The names under which a document's headings can be linked to.
fn anchors(text: &str) -> impl Iterator<Item = String> {
    prose(text).filter(|line| line.starts_with('#')).map(|line| {
        let kept = |c: &char| c.is_alphanumeric() || " -_".contains(*c);
        let heading = line.trim_start_matches('#').trim().to_lowercase();
        heading.chars().filter(kept).map(|c| if c == ' ' { '-' } else { c }).collect()
    })
}

fn join(document: &str, path: &str) -> String {
    let mut parts: Vec<_> = document.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

#[test]
fn a_link_to_nowhere_is_found() {
    let text = "# One\n\nSee [a](../b.md), [c](#two-words), [d](../b.md#its-own).\n\n\
                ## Two words!\n\n`[no](link)` [out](https://x.example/y)\n\n\
                ```text\n[no](link)\n```\n";
    let find = |text: &str| {
        let document = File { path: "docs/a.md".into(), text: text.into() };
        let own = document.clone();
        let read = |path: &str| match path {
            "b.md" => Some("# Its own\n"),
            _ => Some(own.text.as_str()),
        };
        dead_links(&document, |path| ["b.md", "docs/a.md"].contains(&path), read)
    };
    assert_eq!(find(text), [""; 0]);
    assert_eq!(find(&text.replace("](../b.md)", "](b.md)")).len(), 1);
    assert_eq!(find(&text.replace("](#two-words)", "](#three-words)")).len(), 1);
    assert_eq!(find(&text.replace("#its-own", "#one")).len(), 1);
    assert_eq!(find(&text.replace("`[no](link)`", "[no](link)")).len(), 1);
}
