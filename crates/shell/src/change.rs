//! What changes between two policies, as cmdlets.
//!
//! The cmdlets come from the same tables that run them, and every line is tried on the
//! starting policy in a session: what the lines together leave different is written as
//! directives, so that a script always leads exactly to the other policy. A setting that is
//! new to the policy file cannot be forgotten here.

use agents::PolicySpec;

use crate::catalogue::{COLLECTIONS, CONFIGS, Config, Place};
use crate::language::DIRECTIVE;
use crate::row::Kind;
use crate::session::{NoHost, Role, Session};
use crate::{Value, keys, literal, quoted};

/// Lines for an Edge server, without agents' priorities and switches; none where nothing
/// changes.
pub fn edge_changes(from: &PolicySpec, to: &PolicySpec) -> Vec<String> {
    let (from, to) = (&settled(from), &settled(to));
    let mut lines = configs(Place::Edge, from, to);
    lines.extend(COLLECTIONS.iter().flat_map(|list| list.changes(from, to)));
    exact(lines, from, to, |key| !key.starts_with("organization."))
}

/// Lines for the internal organization; none where nothing changes.
///
/// The product has no switch for the organization's junk test; off is written as 9, above
/// which no SCL lies.
pub fn organization_changes(from: &PolicySpec, to: &PolicySpec) -> Vec<String> {
    let (from, to) = (&settled(from), &settled(to));
    let lines = configs(Place::Organization, from, to);
    exact(lines, from, to, |key| key.starts_with("organization."))
}

/// The policy as a session has it; a policy with impossible places stays as it is.
fn settled(policy: &PolicySpec) -> PolicySpec {
    policy.settled().unwrap_or_else(|_| policy.clone())
}

fn configs(place: Place, from: &PolicySpec, to: &PolicySpec) -> Vec<String> {
    let here = CONFIGS.iter().filter(|config| config.place == place);
    here.filter_map(|config| line(config, from, to)).collect()
}

/// One `Set-` with the parameters that differ. Switching a tier on states its number also
/// where that stays: a server may hold another one while the tier is off.
fn line(config: &Config, from: &PolicySpec, to: &PolicySpec) -> Option<String> {
    let switched_on = |name: &str| {
        let switch = name.strip_suffix("Threshold").map(|tier| format!("{tier}Enabled"));
        let row = switch.and_then(|name| config.rows.iter().find(|row| row.name == name));
        row.is_some_and(|row| (row.get)(to).is_true() && !(row.get)(from).is_true())
    };
    let changed: String = config
        .rows
        .iter()
        .filter(|row| (row.get)(from) != (row.get)(to) || switched_on(row.name))
        // What the product refuses goes into directives.
        .filter(|row| row.kind.check((row.get)(to), &(row.get)(from)).is_ok())
        .map(|row| format!(" -{} {}", row.name, literal(&(row.get)(to), row.kind)))
        .collect();
    // A connector is named where anything of it changes.
    let name = config.rows.iter().find(|row| row.name == "Identity");
    let name = name.map(|row| (row.get)(to)).filter(|name| *name != Value::Null);
    let name = name.filter(|_| !changed.contains(" -Identity "));
    let name = name.map_or_else(String::new, |name| {
        format!(" -Identity {}", literal(&name, Kind::Text(usize::MAX)))
    });
    (!changed.is_empty()).then(|| format!("Set-{}{name}{changed}", config.noun))
}

/// Those of `lines` that can be run from `from` on, and directives for what they leave
/// different under the keys that `own` takes.
fn exact(
    lines: Vec<String>,
    from: &PolicySpec,
    to: &PolicySpec,
    own: fn(&str) -> bool,
) -> Vec<String> {
    let mut host = NoHost;
    // A policy that no session takes has no script either; its own file is the way.
    let Ok(mut session) = Session::new(from.clone(), Role::Hub, &mut host) else {
        return lines;
    };
    let mut kept: Vec<String> =
        lines.into_iter().filter(|line| session.run(line).is_ok()).collect();
    let agents = |key: &str| key == "agents" || key == "pending-agents";
    let left = keys::differences(session.policy(), to);
    kept.extend(left.iter().filter(|d| own(&d.key) && !agents(&d.key)).map(
        |difference| {
            let (key, value) = (quoted(&difference.key), quoted(&difference.to));
            format!("{DIRECTIVE} Set-SclbenchSetting -Key {key} -Value {value}")
        },
    ));
    kept
}
