//! What an update of the baseline changes.

use std::collections::BTreeMap;

use mail::{Label, Tier};
use serde::Serialize;

use super::baseline::{Baseline, Inputs, Key, keyed};
use crate::{CaseEnding, thousands};

/// A new baseline beside what it changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Revision {
    /// The new baseline.
    pub baseline: Baseline,
    /// What changes, in plain words.
    pub lines: Vec<String>,
    /// Lines for messages that come, go and change.
    pub messages: RevisedLines,
}

/// Numbers of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RevisedLines {
    /// Lines that are new.
    pub added: u64,
    /// Lines that are gone.
    pub removed: u64,
    /// Lines that name another tier.
    pub changed: u64,
}

/// Makes a baseline of these endings, keeping guard and never-regress list of the old one;
/// `protect` are digests (or beginnings of them) to put on the list at their present tier.
///
/// # Errors
///
/// A digest that names no message, or several.
pub fn revise(
    old: Option<&Baseline>,
    endings: &[CaseEnding],
    inputs: Inputs,
    protect: &[String],
) -> Result<Revision, String> {
    let guard = old.map(|old| old.guard).unwrap_or_default();
    let mut never = old.map(|old| old.never.clone()).unwrap_or_default();
    let mut lines = Vec::new();
    for (key, tier) in protected(endings, protect)? {
        lines.push(format!("never-regress: {} {} at {tier}", key.label, key.id));
        never.insert(key, tier);
    }
    let new = Baseline::new(endings, inputs, guard, never);
    lines.extend(described(old, &new));
    let empty = BTreeMap::new();
    let before = old.map_or(&empty, |old| &old.elsewhere);
    let messages = RevisedLines {
        added: new.elsewhere.keys().filter(|key| !before.contains_key(key)).count()
            as u64,
        removed: before.keys().filter(|key| !new.elsewhere.contains_key(key)).count()
            as u64,
        changed: new
            .elsewhere
            .iter()
            .filter(|(key, tier)| before.get(key).is_some_and(|before| before != *tier))
            .count() as u64,
    };
    lines.push(format!(
        "{} lines for messages added, {} removed, {} changed",
        thousands(messages.added),
        thousands(messages.removed),
        thousands(messages.changed)
    ));
    Ok(Revision { baseline: new, lines, messages })
}

fn protected(
    endings: &[CaseEnding],
    wanted: &[String],
) -> Result<Vec<(Key, Tier)>, String> {
    let keyed = keyed(endings);
    wanted
        .iter()
        .map(|wanted| {
            let shown: String = wanted.chars().take(64).collect();
            let mut found = keyed
                .iter()
                .filter(|(_, ending)| ending.id.to_string().starts_with(wanted.as_str()));
            match (found.next(), found.next()) {
                (Some((key, ending)), None) => Ok((key.clone(), ending.tier)),
                (None, _) => Err(format!(
                    "no message of the mail has the digest `{shown}`; see the ids that \
                     `replay` or `check` give"
                )),
                (Some(_), Some(_)) => Err(format!(
                    "several messages have a digest that begins `{shown}`; give more of it"
                )),
            }
        })
        .collect()
}

fn described(old: Option<&Baseline>, new: &Baseline) -> Vec<String> {
    let Some(old) = old else {
        let [ham, spam] = Label::ALL.map(|label| thousands(new.total(label)));
        return vec![format!("new baseline of {ham} good and {spam} spam messages")];
    };
    let mut lines = Vec::new();
    for label in Label::ALL {
        let index = label.index();
        for tier in Tier::ALL {
            let (before, now) =
                (old.counts[index][tier.index()], new.counts[index][tier.index()]);
            if before != now {
                let [before, now] = [before, now].map(thousands);
                lines.push(format!("{label} at {tier}: {before} -> {now}"));
            }
        }
        let (before, now) = (old.usual[index], new.usual[index]);
        if before != now {
            lines.push(format!("most {label} ends at {now}, at {before} before"));
        }
    }
    for (what, before, now) in [
        ("corpus", &old.made.corpus, &new.made.corpus),
        ("policy", &old.made.policy, &new.made.policy),
        ("model", &old.made.model, &new.made.model),
        ("world", &old.made.world, &new.made.world),
        ("version", &old.made.version, &new.made.version),
    ] {
        if before != now {
            let short = |text: &str| text.chars().take(12).collect::<String>();
            lines.push(format!("{what}: {} -> {}", short(before), short(now)));
        }
    }
    if lines.is_empty() {
        lines.push("nothing changes".into());
    }
    lines
}
