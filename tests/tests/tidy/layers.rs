//! Who may know whom: the table of layers in ARCHITECTURE.

use std::collections::BTreeMap;

use crate::tree::Manifest;

/// Dependencies that break the rule, each with its reason: `(crate, dependency, reason)`.
const EXCEPTIONS: &[(&str, &str, &str)] = &[];

/// Layer of each crate, from the rows `| 0 | `mail` | … |`.
fn layers(architecture: &str) -> BTreeMap<&str, u32> {
    architecture
        .lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
            let layer = cells.next()?.parse().ok()?;
            let name = cells.next()?.strip_prefix('`')?.split('`').next()?;
            Some((name, layer))
        })
        .collect()
}

/// Crates that know a sibling or a higher layer, or that the table does not place.
pub(crate) fn check(architecture: &str, manifests: &[Manifest]) -> Vec<String> {
    let layers = layers(architecture);
    let mut findings = Vec::new();
    let crates = || manifests.iter().filter(|m| m.folder.starts_with("crates/"));
    for manifest in crates() {
        let (name, folder) = (manifest.name.as_str(), manifest.folder.as_str());
        if folder.strip_prefix("crates/") != Some(name) {
            findings.push(format!("`{folder}` holds the package `{name}`"));
        }
        let Some(layer) = layers.get(name) else {
            findings.push(format!("ARCHITECTURE gives `{name}` no layer"));
            continue;
        };
        for dependency in &manifest.dependencies {
            let known = layers.get(dependency.as_str()).is_some_and(|d| d >= layer);
            let excepted =
                EXCEPTIONS.iter().any(|(c, d, _)| *c == name && d == dependency);
            if known && !excepted {
                findings.push(format!(
                    "`{name}` (layer {layer}) knows `{dependency}`, which is no lower layer"
                ));
            }
            if !known && excepted {
                findings.push(format!("`{name}` → `{dependency}` needs no exception"));
            }
        }
    }
    for name in layers.keys().filter(|name| !crates().any(|m| m.name == **name)) {
        findings.push(format!("ARCHITECTURE places `{name}`, which is no crate"));
    }
    findings
}

#[test]
fn a_sibling_a_higher_layer_and_an_unplaced_crate_are_found() {
    let table = "| Layer | Crate | Owns |\n|---|---|---|\n| 0 | `low` | x |\n\
                 | 1 | `left` | x |\n| 1 | `right` | x |\n| 2 | `gone` | x |\n";
    let manifest = |name: &str, dependency: &str| {
        let text = format!(
            "[package]\nname = '{name}'\n[dependencies]\n{dependency}.workspace = true\n"
        );
        Manifest::parse(&format!("crates/{name}"), &text)
    };
    let manifests = [
        manifest("low", "left"),
        manifest("left", "right"),
        manifest("right", "low"),
        manifest("new", "low"),
    ];
    assert_eq!(
        check(table, &manifests),
        [
            "`low` (layer 0) knows `left`, which is no lower layer",
            "`left` (layer 1) knows `right`, which is no lower layer",
            "ARCHITECTURE gives `new` no layer",
            "ARCHITECTURE places `gone`, which is no crate",
        ]
    );
}
