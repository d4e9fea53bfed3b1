//! Agent files: fixed headings, told events, registration, the fidelity page.

use std::collections::BTreeSet;

use crate::tree::File;

const HEADINGS: [&str; 6] =
    ["What it does", "Events", "Reads and writes", "Modelled", "Not modelled", "Source"];

/// The files that hold an agent.
pub(crate) fn files<'f>(files: &[&'f File]) -> Vec<&'f File> {
    let agent = |file: &&&File| {
        let tests = file.path.ends_with("/tests.rs");
        !tests && file.production().contains("\nimpl Agent for ")
    };
    files.iter().filter(agent).copied().collect()
}

/// What follows each `start` up to `end`.
fn between<'t>(text: &'t str, start: &str, end: char) -> Vec<&'t str> {
    let rests = text.match_indices(start).map(|(at, _)| &text[at + start.len()..]);
    rests.filter_map(|rest| rest.split(end).next()).collect()
}

/// Names of the agents in a file, as the product prints them.
pub(crate) fn names(file: &File) -> Vec<&str> {
    let bodies = between(file.production(), "fn name(&self) -> &'static str {", '}');
    bodies.iter().flat_map(|body| body.split('"').nth(1)).collect()
}

/// Headings that are missing or out of order, and events that the text and the code do not
/// both name.
pub(crate) fn headings(file: &File) -> Vec<String> {
    let path = &file.path;
    let opening: Vec<_> =
        file.text.lines().map_while(|line| line.strip_prefix("//!")).collect();
    let found: Vec<_> =
        opening.iter().filter_map(|line| line.trim().strip_prefix("# ")).collect();
    if found != HEADINGS {
        let wanted = HEADINGS.join(" / ");
        return vec![format!("`{path}` has not the headings {wanted}, but {found:?}")];
    }
    let text = opening.join("\n");
    let section = between(&text, " # Events\n", '#').concat();
    let told: BTreeSet<_> = between(&section, "`On", '`').into_iter().collect();
    let bodies = between(file.production(), "fn events(&self)", '}').concat();
    let coded: BTreeSet<_> = between(&bodies, "SmtpEvent::On", ',')
        .into_iter()
        .filter_map(|rest| rest.split(|c: char| !c.is_alphanumeric()).next())
        .collect();
    let odd = told.symmetric_difference(&coded);
    odd.map(|event| format!("`{path}`: On{event} is told or coded, not both")).collect()
}

/// Agents of a file that the registry does not register.
pub(crate) fn unregistered(file: &File, registry: &str) -> Vec<String> {
    let mut findings = Vec::new();
    for agent in between(file.production(), "\nimpl Agent for ", ' ') {
        if !registry.contains(&format!("engine.register({agent}::resolve(")) {
            findings.push(format!("`{agent}` of `{}` is not registered", file.path));
        }
    }
    for name in names(file) {
        if !registry.contains(&format!("\"{name}\"")) {
            findings.push(format!("`{name}` is not in the registry's list"));
        }
    }
    findings
}

/// Whether the fidelity page has a heading or a row of a table for the agent.
pub(crate) fn not_in_fidelity(name: &str, fidelity: &str) -> Option<String> {
    let places = fidelity.lines().filter_map(|line| {
        let row = line.strip_prefix("| ").and_then(|row| row.split('|').next());
        row.or_else(|| line.strip_prefix('#'))
    });
    let names = |place: &str| {
        let place = place.to_lowercase();
        let words: Vec<_> = place.split(|c: char| !c.is_alphanumeric()).collect();
        let name = name.to_lowercase();
        let mut wanted = name.split(' ').filter(|word| *word != "agent");
        wanted.all(|word| words.contains(&word))
    };
    let found = places.into_iter().any(names);
    (!found).then(|| format!("FIDELITY says nothing of the {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "//! An agent.\n//!\n//! # What it does\n//!\n//! # Events\n//!\n\
        //! `OnMailCommand`.\n//!\n//! # Reads and writes\n//! # Modelled\n\
        //! # Not modelled\n//! # Source\n\nimpl Agent for Guard {\n    \
        fn name(&self) -> &'static str {\n        \"Guard Agent\"\n    }\n    \
        fn events(&self) -> &'static [SmtpEvent] {\n        &[SmtpEvent::OnMailCommand]\n    \
        }\n}\n";

    fn file(text: &str) -> File {
        File { path: "crates/agents/src/guard.rs".into(), text: text.into() }
    }

    #[test]
    fn missing_headings_and_untold_events_are_found() {
        assert_eq!(headings(&file(GOOD)), [""; 0]);
        for (old, new) in [
            ("//! # Modelled\n", ""),
            ("# Source", "# Sources"),
            ("`OnMailCommand`", "`OnRcptCommand`, `OnMailCommand`"),
            (
                "&[SmtpEvent::OnMailCommand]",
                "&[SmtpEvent::OnMailCommand, SmtpEvent::OnReject]",
            ),
        ] {
            assert!(GOOD.contains(old));
            assert_eq!(headings(&file(&GOOD.replace(old, new))).len(), 1, "{new}");
        }
    }

    #[test]
    fn an_unregistered_agent_is_found() {
        let (good, other) = (file(GOOD), file("fn x() {}"));
        assert_eq!(files(&[&good, &other]).len(), 1);
        let registry = "[\"Guard Agent\"]\nengine.register(Guard::resolve(&policy)?);";
        assert_eq!(unregistered(&good, registry), [""; 0]);
        assert_eq!(unregistered(&good, &registry.replace("Guard::", "Other::")).len(), 1);
        assert_eq!(unregistered(&good, &registry.replace("Guard A", "Other A")).len(), 1);
    }

    #[test]
    fn an_agent_that_fidelity_leaves_out_is_found() {
        let table =
            "| Agent | Modelled |\n|---|---|\n| Guard Inbound, Outbound | much |\n";
        assert_eq!(not_in_fidelity("Guard Outbound Agent", table), None);
        assert_eq!(not_in_fidelity("Guard Outbound Agent", "## Guard outbound\n"), None);
        assert!(not_in_fidelity("Sender Id Agent", table).is_some());
        assert!(not_in_fidelity("Much Agent", table).is_some());
    }
}
