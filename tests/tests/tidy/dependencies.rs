//! Foreign crates: one home, one reason, somebody who uses them.

use crate::tree::{File, Manifest};

/// Foreign crates that only one crate may name (design, section on crates).
const HOMES: &[(&str, &str)] = &[
    ("mail-parser", "corpus"),
    ("parquet", "corpus"),
    ("arrow-array", "corpus"),
    ("arrow-schema", "corpus"),
    ("tar", "corpus"),
    ("flate2", "corpus"),
    ("zstd", "corpus"),
    ("bzip2", "corpus"),
    ("liblzma", "corpus"),
    ("zip", "corpus"),
    ("whatlang", "corpus"),
    ("rayon", "sweep"),
    ("polars", "analysis"),
    ("statrs", "analysis"),
    ("plotters", "report"),
    ("dejavu", "report"),
    ("clap", "sclbench"),
    ("indicatif", "sclbench"),
    ("anyhow", "sclbench"),
    ("hickory-proto", "sclbench"),
];

/// What nobody uses: `idle` are pairs of a package and its dependency.
pub(crate) fn idle(idle: &[(String, String)]) -> Vec<String> {
    let finding = |(package, dependency): &(String, String)| {
        format!("nothing of `{package}` uses `{dependency}`")
    };
    idle.iter().map(finding).collect()
}

/// Crates that name a foreign crate of another's.
pub(crate) fn away_from_home(manifests: &[Manifest]) -> Vec<String> {
    let mut findings = Vec::new();
    for manifest in manifests {
        for (foreign, home) in HOMES {
            let named = manifest.dependencies.iter().any(|name| name == foreign);
            if named && manifest.name != *home {
                findings.push(format!(
                    "`{}` names `{foreign}`, which lives in `{home}`",
                    manifest.name
                ));
            }
        }
    }
    findings
}

/// The entries of `[workspace.dependencies]` in another place than this one: a name and
/// whether a comment stands above it or above its neighbours.
fn foreign(workspace: &str) -> Vec<(&str, bool)> {
    let mut entries = Vec::new();
    let (mut inside, mut reason) = (false, false);
    for line in workspace.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = line == "[workspace.dependencies]";
            reason = false;
        } else if line.is_empty() {
            reason = false;
        } else if line.starts_with('#') {
            reason = true;
        } else if inside
            && !line.contains("path = ")
            && let Some((name, _)) = line.split_once(" = ")
        {
            entries.push((name, reason));
        }
    }
    entries
}

/// Foreign crates without a comment that gives their reason.
pub(crate) fn without_reason(workspace: &str) -> Vec<String> {
    let silent = foreign(workspace).into_iter().filter(|(_, reason)| !reason);
    silent.map(|(name, _)| format!("`{name}` has no reason in Cargo.toml")).collect()
}

/// Foreign crates that no crate of the workspace names.
pub(crate) fn unnamed(workspace: &str, manifests: &[Manifest]) -> Vec<(String, String)> {
    let named = |name: &str| {
        manifests.iter().any(|manifest| {
            let dev = manifest.dev_dependencies.iter();
            manifest.dependencies.iter().chain(dev).any(|other| other == name)
        })
    };
    let idle = foreign(workspace).into_iter().filter(|(name, _)| !named(name));
    idle.map(|(name, _)| ("workspace".to_owned(), name.to_owned())).collect()
}

/// What a package names and no line of its code does.
pub(crate) fn unused(manifest: &Manifest, files: &[&File]) -> Vec<(String, String)> {
    let all = manifest.dependencies.iter().chain(&manifest.dev_dependencies);
    let used = |name: &String| {
        let word = name.replace('-', "_");
        let code = files.iter().filter(|file| file.path.ends_with(".rs"));
        code.flat_map(|file| file.text.lines())
            .filter(|line| !line.trim_start().starts_with("//"))
            .any(|line| mentions(line, &word))
    };
    let idle = all.filter(|name| !used(name));
    idle.map(|name| (manifest.name.clone(), name.clone())).collect()
}

/// Whether a line holds `word` as a path's beginning or as a name of its own.
fn mentions(line: &str, word: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = &line[at + word.len()..];
        !before.is_some_and(inside)
            && (after.starts_with("::")
                || after.starts_with(';')
                || after.starts_with(" as "))
    })
}

#[test]
fn a_crate_away_from_home_is_found() {
    let manifest = |name: &str, section: &str| {
        let text = format!("[package]\nname = '{name}'\n[{section}]\nrayon = '1'\n");
        Manifest::parse("x", &text)
    };
    let manifests = [
        manifest("sweep", "dependencies"),
        manifest("filter", "dependencies"),
        manifest("shell", "dev-dependencies"),
    ];
    assert_eq!(
        away_from_home(&manifests),
        ["`filter` names `rayon`, which lives in `sweep`"]
    );
}

#[test]
fn a_dependency_without_reason_or_user_is_found() {
    let workspace = "[workspace.dependencies]\nmail = { path = \"crates/mail\" }\n\n\
                     # Why.\nserde = \"1\"\nserde_json = \"1\"\n\nregex = \"1\"\n\
                     [workspace.lints.rust]\nmissing_docs = \"warn\"\n";
    assert_eq!(without_reason(workspace), ["`regex` has no reason in Cargo.toml"]);
    let text = "[package]\nname = 'a'\n[dependencies]\nserde = '1'\n\
                [dev-dependencies]\nregex = '1'\n";
    let manifest = Manifest::parse("crates/a", text);
    let pair = |package: &str, name: &str| (package.to_owned(), name.to_owned());
    assert_eq!(
        unnamed(workspace, std::slice::from_ref(&manifest)),
        [pair("workspace", "serde_json")]
    );
    let file =
        |text: &str| File { path: "crates/a/src/lib.rs".into(), text: text.into() };
    let found = |text: &str| unused(&manifest, &[&file(text)]);
    assert_eq!(found("use serde::Serialize;\nlet x = regex::Regex::new(a);"), []);
    assert_eq!(
        found("// use serde::Serialize;\nuse my_serde::X;\nlet regex = serde_json::x;"),
        [pair("a", "serde"), pair("a", "regex")]
    );
}

#[test]
fn an_idle_dependency_is_a_finding() {
    let found = [("a".to_owned(), "regex".to_owned())];
    assert_eq!(idle(&found), ["nothing of `a` uses `regex`"]);
}
