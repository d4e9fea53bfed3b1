//! The changelog and the version.

/// A changelog whose newest version is not the workspace's. `Unreleased` may stand above it,
/// or alone while nothing has been released.
pub(crate) fn check(changelog: &str, workspace: &str) -> Vec<String> {
    let manifest: toml::Table = workspace.parse().unwrap();
    let version = manifest["workspace"]["package"]["version"].as_str().unwrap();
    let mut headings = changelog.lines().filter_map(|line| line.strip_prefix("## "));
    let first = headings.next().unwrap_or_default();
    let newest = if first == "Unreleased" { headings.next() } else { Some(first) };
    let said = newest
        .map_or(version, |heading| heading.split([' ', ',']).next().unwrap_or_default());
    if said == version {
        return Vec::new();
    }
    vec![format!("CHANGELOG's newest version is `{said}`, the workspace's `{version}`")]
}

#[test]
fn another_version_in_the_changelog_is_found() {
    let manifest = "[workspace.package]\nversion = \"0.2.0\"\n";
    let check = |changelog: &str| check(changelog, manifest).len();
    assert_eq!(check("# Changelog\n\n## Unreleased\n"), 0);
    assert_eq!(check("## Unreleased\n\n## 0.2.0 (2024-01-01)\n\n## 0.1.0\n"), 0);
    assert_eq!(check("## 0.2.0\n"), 0);
    assert_eq!(check("## Unreleased\n\n## 0.1.0\n"), 1);
    assert_eq!(check("## 0.1.0\n"), 1);
    assert_eq!(check("# Changelog\n"), 1);
}
