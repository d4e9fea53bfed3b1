//! The project's rules about itself, checked on the source tree.
//!
//! Every check is a function over text that gives a list of findings; beside it stands a
//! test that shows it a small bad input. Exceptions stand in tables, each with its reason;
//! an exception that nothing needs any more is a finding too.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod agents;
mod changelog;
mod decisions;
mod dependencies;
mod layers;
mod links;
mod sources;
mod tree;

use tree::Tree;

#[track_caller]
fn demand_none(findings: &[String]) {
    assert!(findings.is_empty(), "\n\n{}\n", findings.join("\n"));
}

#[test]
fn crates_know_lower_layers_only() {
    let tree = Tree::read();
    demand_none(&layers::check(tree.text("ARCHITECTURE.md"), &tree.manifests()));
}

#[test]
fn foreign_crates_stay_at_home() {
    demand_none(&dependencies::away_from_home(&Tree::read().manifests()));
}

#[test]
fn every_dependency_has_a_reason_and_a_user() {
    let tree = Tree::read();
    let workspace = tree.text("Cargo.toml");
    let manifests = tree.manifests();
    let mut idle = dependencies::unnamed(workspace, &manifests);
    for manifest in &manifests {
        idle.extend(dependencies::unused(manifest, &tree.below(&manifest.folder)));
    }
    let mut findings = dependencies::without_reason(workspace);
    findings.extend(dependencies::idle(&idle));
    demand_none(&findings);
}

#[test]
fn files_are_short_and_doors_hold_no_logic() {
    let tree = Tree::read();
    let sources = tree.sources();
    demand_none(&sources::too_long(&sources, sources::LONG_FILES));
    demand_none(&sources::logic_at_doors(&sources, sources::DOORS_WITH_LOGIC));
}

#[test]
fn files_and_crates_open_by_saying_what_they_are_for() {
    demand_none(&sources::silent_openings(&Tree::read().sources()));
}

#[test]
fn nothing_is_silenced_unfinished_or_commented_out() {
    let tree = Tree::read();
    let mut findings = Vec::new();
    for file in tree.files.iter().filter(|file| file.path.ends_with(".rs")) {
        findings.extend(sources::unwanted_words(file));
        findings.extend(sources::commented_out_code(file));
    }
    demand_none(&findings);
}

#[test]
fn no_text_names_a_path_of_one_machine() {
    let tree = Tree::read();
    let findings: Vec<_> = tree.files.iter().flat_map(sources::machine_paths).collect();
    demand_none(&findings);
}

#[test]
fn every_agent_file_has_its_headings_and_tells_its_events() {
    let tree = Tree::read();
    let agents = agents::files(&tree.below("crates/agents/src"));
    assert!(agents.len() >= 9, "{} agent files", agents.len());
    let findings: Vec<_> =
        agents.iter().flat_map(|file| agents::headings(file)).collect();
    demand_none(&findings);
}

#[test]
fn every_open_point_has_its_decision() {
    let tree = Tree::read();
    let mut findings = decisions::check(tree.text("FIDELITY.md"));
    let texts =
        |file: &&tree::File| file.path.ends_with(".rs") || file.path.ends_with(".md");
    for file in tree.files.iter().filter(texts) {
        if !file.path.ends_with("tidy/decisions.rs") {
            findings.extend(decisions::unknown(&file.path, &file.text));
        }
    }
    demand_none(&findings);
}

#[test]
fn every_agent_is_registered_and_in_the_fidelity_page() {
    let tree = Tree::read();
    let registry = tree.text("crates/agents/src/registry.rs");
    let fidelity = tree.text("FIDELITY.md");
    let mut names = 0;
    let mut findings = Vec::new();
    for file in agents::files(&tree.below("crates/agents/src")) {
        findings.extend(agents::unregistered(file, registry));
        for name in agents::names(file) {
            names += 1;
            findings.extend(agents::not_in_fidelity(name, fidelity));
        }
    }
    assert_eq!(names, 11, "the Edge agents and the filter of 2003");
    demand_none(&findings);
}

#[test]
fn links_lead_somewhere() {
    let tree = Tree::read();
    let documents = || tree.files.iter().filter(|file| file.path.ends_with(".md"));
    assert!(documents().count() >= 6, "the project's documents");
    let findings: Vec<_> =
        documents().flat_map(|file| links::dead(file, &tree)).collect();
    demand_none(&findings);
}

#[test]
fn the_changelog_knows_the_version() {
    let tree = Tree::read();
    let (changelog, manifest) = (tree.text("CHANGELOG.md"), tree.text("Cargo.toml"));
    demand_none(&changelog::check(changelog, manifest));
}
