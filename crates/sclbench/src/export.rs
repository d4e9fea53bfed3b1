//! Files that carry a recommendation out: scripts, policy, JSON.

use std::path::{Path, PathBuf};

use agents::PolicySpec;
use analysis::{Choice, RunFile, write_atomic};
use anyhow::{Context as _, Result};
use mail::{Edition, InputDigest, Provenance, Timestamp};
use sha2::{Digest as _, Sha256};
use shell::{PriorityChange, edge_script, organization_script};

use crate::chain::{Recommended, recommendation_lines};
use crate::scaffold;

/// What a script says about where it comes from.
pub(crate) struct Evidence<'a> {
    /// The sweep's run.
    pub(crate) run: &'a RunFile,
    /// What made the recommendation.
    pub(crate) provenance: &'a Provenance,
    /// What is recommended.
    pub(crate) recommended: &'a Recommended,
    /// The choice on the tune mail.
    pub(crate) choice: &'a Choice,
    /// Days until the script asks to be made again.
    pub(crate) valid_days: u32,
}

impl Evidence<'_> {
    /// When the script asks to be made again, by the last message of its evidence.
    fn expiry(&self) -> Option<String> {
        let tune = self.run.context.as_ref().and_then(|context| Some(context.span?.1));
        let held =
            self.recommended.holdout.as_ref().and_then(|holdout| Some(holdout.span?.1));
        let last = tune.max(held)?;
        let day = |time: Timestamp| time.to_string().chars().take(10).collect::<String>();
        let until = day(last.plus_hours(24 * i64::from(self.valid_days)));
        Some(format!(
            "Valid until {until}: {} days after the last message it rests on ({}). Mail \
             changes; recommend again from newer mail then.",
            self.valid_days,
            day(last)
        ))
    }

    fn lines(&self, digest: &str) -> Vec<String> {
        let mut lines: Vec<String> = self.expiry().into_iter().collect();
        lines.push(format!("Evidence: recommendation.json sha256 {digest}"));
        lines.extend([
            format!("Command: {}", self.provenance.command),
            format!(
                "sclbench {}, seed {}",
                self.provenance.version, self.provenance.seed
            ),
        ]);
        let mut inputs: Vec<&InputDigest> = Vec::new();
        for input in self.run.provenance.inputs.iter().chain(&self.provenance.inputs) {
            if !inputs.contains(&input) {
                inputs.push(input);
            }
        }
        lines.extend(
            inputs.iter().map(|i| format!("{} {} sha256 {}", i.role, i.name, i.sha256)),
        );
        let tune = crate::commands::replay::sentences(&self.choice.tally);
        let told = recommendation_lines(self.recommended);
        // The reasons begin with the same counts.
        let told = told.into_iter().filter(|line| !tune.contains(line));
        lines.extend(tune.iter().map(|line| format!("tune, {line}")));
        lines.extend(told);
        lines
    }
}

/// A policy as the text of a file, with the settings that its edition has.
///
/// # Errors
///
/// None of its own.
pub(crate) fn policy_text(spec: &PolicySpec) -> Result<String> {
    let text = match of_2003(spec)? {
        Some(table) => toml::to_string_pretty(&table),
        None => toml::to_string_pretty(spec),
    };
    text.context("cannot write the policy as TOML")
}

/// The same as JSON.
///
/// # Errors
///
/// None of its own.
pub(crate) fn policy_json(spec: &PolicySpec) -> Result<String> {
    let text = match of_2003(spec)? {
        Some(table) => serde_json::to_string_pretty(&table)?,
        None => serde_json::to_string_pretty(spec)?,
    };
    Ok(text + "\n")
}

/// The settings that 2003 has, where a policy is for it.
fn of_2003(spec: &PolicySpec) -> Result<Option<toml::Table>> {
    if spec.edition != Edition::E2003Sp2 {
        return Ok(None);
    }
    let mut table = toml::Table::try_from(spec).context("cannot write the policy")?;
    retain(&mut table, "", &|key| agents::check_key(spec.edition, key).is_ok());
    Ok(Some(table))
}

/// Keeps the keys that are wanted, and the tables and lists that still hold something.
fn retain(table: &mut toml::Table, at: &str, wanted: &impl Fn(&str) -> bool) {
    table.retain(|key, value| {
        let key = if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") };
        match value {
            toml::Value::Table(inner) => {
                retain(inner, &key, wanted);
                !inner.is_empty() || wanted(&key)
            }
            toml::Value::Array(list)
                if list.first().is_some_and(toml::Value::is_table) =>
            {
                for inner in list.iter_mut().filter_map(toml::Value::as_table_mut) {
                    retain(inner, &key, wanted);
                }
                list.retain(|inner| inner.as_table().is_none_or(|t| !t.is_empty()));
                !list.is_empty()
            }
            _ => wanted(&key),
        }
    });
}

/// Writes a policy file.
///
/// # Errors
///
/// The file cannot be written.
pub(crate) fn policy(path: &Path, spec: &PolicySpec) -> Result<()> {
    let text = policy_text(spec)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let name =
        path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    Ok(write_atomic(folder, &name, text.as_bytes())?)
}

/// Writes `edge.ps1`, `organization.ps1`, `policy.toml` and `recommendation.json`; for 2003
/// the last two.
///
/// # Errors
///
/// A file cannot be written.
pub(crate) fn all(
    folder: &Path,
    from: &PolicySpec,
    evidence: &Evidence<'_>,
) -> Result<Vec<PathBuf>> {
    scaffold::folder(folder)?;
    let to = &evidence.recommended.policy;
    let json = serde_json::to_string_pretty(&evidence.recommended.recommendation)?;
    let json = format!("{json}\n");
    let digest = Sha256::digest(&json);
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let lines = evidence.lines(&digest);
    if to.edition == Edition::E2003Sp2 {
        // There is no management shell to write scripts for.
        for name in ["edge.ps1", "organization.ps1"] {
            scaffold::remove(&folder.join(name))?;
        }
        write_atomic(folder, "recommendation.json", json.as_bytes())?;
        policy(&folder.join("recommended-policy.toml"), to)?;
        let names = ["recommendation.json", "recommended-policy.toml"];
        return Ok(names.map(|name| folder.join(name)).to_vec());
    }
    let moves: Vec<PriorityChange> = evidence
        .choice
        .moves
        .iter()
        .map(|m| PriorityChange { agent: m.agent.clone(), priority: m.priority })
        .collect();
    let edge = edge_script(from, to, &moves, &lines)?;
    let organization = organization_script(from, to, &lines);
    write_atomic(folder, "edge.ps1", edge.text().as_bytes())?;
    write_atomic(folder, "organization.ps1", organization.text().as_bytes())?;
    write_atomic(folder, "recommendation.json", json.as_bytes())?;
    policy(&folder.join("recommended-policy.toml"), to)?;
    let names = [
        "edge.ps1",
        "organization.ps1",
        "recommendation.json",
        "recommended-policy.toml",
    ];
    Ok(names.map(|name| folder.join(name)).to_vec())
}
