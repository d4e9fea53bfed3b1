//! The published test suite for RFC 7208, asked through recorded worlds.

use std::path::Path;

use mail::World;
use serde::Deserialize;

use super::*;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rfc7208");

/// One test of the suite.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    world: String,
    section: String,
    name: String,
    ip: IpAddr,
    helo: String,
    sender: String,
    expect: Vec<String>,
}

/// Tests whose result differs on purpose: name, what is given here, why.
const DIFFERENT: &[(&str, &str, &str)] = &[(
    "void-over-limit",
    "neutral",
    "the limit on empty answers is newer than RFC 4408, which the product was built against",
)];

#[test]
fn the_published_suite_gives_its_results() {
    let cases = std::fs::read_to_string(Path::new(FOLDER).join("cases.ndjson")).unwrap();
    let mut worlds = std::collections::BTreeMap::<String, World>::new();
    let (mut passed, mut findings) = (0, Vec::new());
    for line in cases.lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        let folder = Path::new(FOLDER).join(&case.world);
        let world = worlds
            .entry(case.world.clone())
            .or_insert_with(|| corpus::world::load(&folder).unwrap());
        let found = check(&world.dns, case.ip, &case.sender, &case.helo).result;
        let found = found.map_or("unknown", SenderIdResult::name).to_ascii_lowercase();
        // A domain that does not exist fails in Sender ID (specification section 5.3).
        let absent = found == "fail" && case.expect == ["none"];
        let differs = DIFFERENT.iter().find(|(name, ..)| *name == case.name);
        match differs {
            Some((_, ours, _)) if *ours == found => passed += 1,
            None if absent || case.expect.contains(&found) => passed += 1,
            Some(_) | None => findings.push(format!(
                "{} / {}: found {found}, expected {:?}",
                case.section, case.name, case.expect
            )),
        }
    }
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
    assert_eq!(passed, 203);
}
