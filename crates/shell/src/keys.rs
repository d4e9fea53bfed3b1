//! Every setting of a policy by its dotted key, read and written as JSON.
//!
//! Scripts carry settings that no cmdlet of the product expresses this way, so that a script
//! always says everything.

use agents::{EntryNumber, PolicySpec};
use serde_json::{Map, Value as Json};

/// A setting that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// Dotted key.
    pub(crate) key: String,
    /// JSON before; `null` where the key is absent.
    pub(crate) from: String,
    /// JSON after.
    pub(crate) to: String,
}

/// All settings of a policy.
pub(crate) fn all(policy: &PolicySpec) -> Vec<(String, String)> {
    let mut leaves = Vec::new();
    flatten("", &json(policy), &mut leaves);
    leaves.into_iter().map(|(key, value)| (key, written(&value))).collect()
}

/// The settings that differ between two policies.
pub(crate) fn differences(from: &PolicySpec, to: &PolicySpec) -> Vec<Difference> {
    let mut found = Vec::new();
    compare("", Some(&json(from)), Some(&json(to)), &mut found);
    found
}

/// The policy with one setting changed.
pub(crate) fn set(
    policy: &PolicySpec,
    key: &str,
    value: &str,
) -> Result<PolicySpec, (String, String)> {
    let parsed: Json = serde_json::from_str(value).map_err(|error| {
        let cure =
            "write text as '\"text\"', numbers and true or false as they are".to_owned();
        (format!("`{value}` is no JSON: {error}"), cure)
    })?;
    let mut whole = json(policy);
    let mut place = &mut whole;
    let parts: Vec<&str> = key.split('.').collect();
    for part in &parts[..parts.len() - 1] {
        place =
            place.get_mut(*part).filter(|inner| inner.is_object()).ok_or_else(|| {
                (
                    format!("there is no setting `{key}`"),
                    "see Get-SclbenchSetting".to_owned(),
                )
            })?;
    }
    let last = parts[parts.len() - 1];
    if let Some(table) = place.as_object_mut() {
        if parsed.is_null() {
            table.remove(last);
        } else {
            table.insert(last.to_owned(), parsed);
        }
    }
    serde_json::from_value(whole).map_err(|error| {
        (
            format!("`{key}`: {error}"),
            "see Get-SclbenchSetting for keys and values".to_owned(),
        )
    })
}

fn json(policy: &PolicySpec) -> Json {
    let mut policy = policy.clone();
    let filter = &mut policy.connection_filter;
    for entry in filter.ip_allow_list.iter_mut().chain(&mut filter.ip_block_list) {
        // Numbers are names of entries and no settings.
        entry.identity = EntryNumber(None);
    }
    // A policy is plain data with text keys, which always has a JSON form.
    let form = |value| serde_json::to_value(value).ok();
    let mut whole =
        serde_json::to_value(&policy).unwrap_or_else(|_| Json::Object(Map::new()));
    // The one table that is left out where nothing of it is set.
    if let (Json::Object(all), Some(service)) =
        (&mut whole, form(&policy.transport_service))
    {
        all.insert("transport-service".to_owned(), service);
    }
    whole
}

fn flatten(prefix: &str, value: &Json, into: &mut Vec<(String, Json)>) {
    match value {
        Json::Object(table) => {
            for (name, inner) in table {
                flatten(&joined(prefix, name), inner, into);
            }
        }
        other => into.push((prefix.to_owned(), other.clone())),
    }
}

fn compare(
    prefix: &str,
    from: Option<&Json>,
    to: Option<&Json>,
    found: &mut Vec<Difference>,
) {
    match (from, to) {
        (Some(Json::Object(left)), Some(Json::Object(right))) => {
            let new = right.keys().filter(|name| !left.contains_key(*name));
            for name in left.keys().chain(new) {
                compare(&joined(prefix, name), left.get(name), right.get(name), found);
            }
        }
        (left, right) if left == right => {}
        (left, right) => {
            let text =
                |value: Option<&Json>| value.map_or_else(|| "null".to_owned(), written);
            found.push(Difference {
                key: prefix.to_owned(),
                from: text(left),
                to: text(right),
            });
        }
    }
}

fn joined(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") }
}

/// JSON in ASCII without `#`, so that no place it is put into can take it for anything else.
fn written(value: &Json) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for c in value.to_string().chars() {
        if c.is_ascii() && !c.is_ascii_control() && c != '#' {
            text.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
    }
    text
}
