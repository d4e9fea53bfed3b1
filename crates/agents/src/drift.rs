//! Settings in which servers differ that should be alike.
//!
//! Settings of parallel servers are not replicated: each has to be configured by itself.
//! Source: specification section 2.4.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::{PolicySpec, Server};

/// One setting with the value that each server has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// The setting, as a dotted key of the policy file; an entry of a list that has a name
    /// stands as `list[name]`.
    pub setting: String,
    /// Server and value, in the order of the servers; `None` where a server has none.
    pub values: Vec<(String, Option<String>)>,
}

/// What differs between servers of one stage, in the order of the settings' names. Servers of
/// different roles are compared as well: what one of them lacks is a difference.
pub fn drift(servers: &[Server]) -> Vec<Drift> {
    let flat: Vec<BTreeMap<String, String>> =
        servers.iter().map(|server| flat(&server.policy)).collect();
    let mut keys: Vec<&String> = flat.iter().flat_map(BTreeMap::keys).collect();
    keys.sort_unstable();
    keys.dedup();
    let differs =
        |key: &&&String| flat.iter().any(|one| one.get(**key) != flat[0].get(**key));
    keys.iter()
        .filter(differs)
        .map(|key| Drift {
            setting: (*key).clone(),
            values: servers
                .iter()
                .zip(&flat)
                .map(|(server, flat)| (server.name.clone(), flat.get(*key).cloned()))
                .collect(),
        })
        .collect()
}

/// Every setting of a policy by name. Orders are written out, so that two ways to write the
/// same do not count.
fn flat(policy: &PolicySpec) -> BTreeMap<String, String> {
    let mut settled = policy.settled().unwrap_or_else(|_| policy.clone());
    let order = policy.agent_order().unwrap_or_default();
    settled.agents.clear();
    settled.pending_agents.clear();
    let mut found = BTreeMap::new();
    let name = |(name, on): &(&str, bool)| match on {
        true => (*name).to_owned(),
        false => format!("{name} (off)"),
    };
    let order: Vec<String> = order.iter().map(name).collect();
    found.insert("agents".to_owned(), order.join(", "));
    found.insert("role".to_owned(), format!("{:?}", policy.role).to_lowercase());
    if let Ok(table) = Table::try_from(settled) {
        spread(&mut found, "", &table);
    }
    found
}

fn spread(found: &mut BTreeMap<String, String>, prefix: &str, table: &Table) {
    for (key, value) in table {
        let key = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match (value, named(value)) {
            (Value::Table(inner), _) => spread(found, &key, inner),
            (_, Some(entries)) => {
                let names: Vec<&str> = entries.iter().map(|(name, _)| *name).collect();
                found.insert(format!("{key} (order)"), names.join(", "));
                for (name, entry) in entries {
                    spread(found, &format!("{key}[{name}]"), entry);
                }
            }
            (Value::Array(list), None) if list.is_empty() => {}
            (value, None) => {
                found.insert(key, value.to_string());
            }
        }
    }
}

/// The entries of a list of tables by their names, where each has its own.
fn named(value: &Value) -> Option<Vec<(&str, &Table)>> {
    let list = value.as_array().filter(|list| !list.is_empty())?;
    let named = list.iter().map(|entry| {
        let entry = entry.as_table()?;
        Some((entry.get("name")?.as_str()?, entry))
    });
    let named: Vec<(&str, &Table)> = named.collect::<Option<_>>()?;
    let mut names: Vec<&str> = named.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    names.windows(2).all(|pair| pair[0] != pair[1]).then_some(named)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Deployment;

    fn of(first: &str, second: &str) -> Vec<String> {
        let text = format!(
            "[[topology.servers]]\nname = 'e1'\n[topology.servers.settings]\n{first}\n\
             [[topology.servers]]\nname = 'e2'\n[topology.servers.settings]\n{second}\n"
        );
        let base: PolicySpec = toml::from_str(&text).unwrap();
        let found = Deployment::of(&base, &BTreeMap::new()).unwrap().unwrap();
        let told = |drift: &Drift| {
            let values: Vec<String> = drift
                .values
                .iter()
                .map(|(name, value)| {
                    format!("{name} {}", value.as_deref().unwrap_or("-"))
                })
                .collect();
            format!("{}: {}", drift.setting, values.join(", "))
        };
        drift(&found.stages[0]).iter().map(told).collect()
    }

    #[test]
    fn differences_are_told_by_name_and_value() {
        let first = "sender-filter.blocked-senders = ['a@b.example']\n\
                     content-filter.scl-reject-threshold = 6";
        assert_eq!(
            of(first, ""),
            [
                "content-filter.scl-reject-threshold: e1 6, e2 7",
                "sender-filter.blocked-senders: e1 [\"a@b.example\"], e2 -",
            ]
        );
    }

    #[test]
    fn two_ways_to_write_the_same_are_no_difference() {
        let agents = "agents = [{ name = 'connection filtering agent', priority = 1 }]";
        assert_eq!(of(agents, ""), [""; 0]);
        let rules = |order: [&str; 2]| {
            let rule = |name: &str| {
                format!("{{ name = '{name}', actions = {{ delete = true }} }}")
            };
            format!("rules = [{}, {}]", rule(order[0]), rule(order[1]))
        };
        let turned = of(&rules(["a", "b"]), &rules(["b", "a"]));
        assert_eq!(turned, ["rules (order): e1 a, b, e2 b, a"]);
        let other = rules(["a", "b"])
            .replace("'b', actions = { delete", "'b', actions = { quarantine");
        let other = of(&rules(["a", "b"]), &other);
        assert!(
            other.iter().all(|line| line.starts_with("rules[b].actions.")),
            "{other:?}"
        );
    }
}
