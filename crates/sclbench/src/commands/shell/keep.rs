//! Where changes are kept: the policy file and the mailboxes of the world.
//!
//! A file that is there keeps its comments, its order and what it leaves out: only keys
//! whose value has changed are touched.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use agents::PolicySpec;
use analysis::write_atomic;
use anyhow::{Context as _, Result};
use mail::MailboxSettings;
use serde::Serialize;
use toml_edit::{DocumentMut, Item, Table, TableLike};

use crate::output::Output;

/// The files of one session.
pub(super) struct Keep<'a> {
    target: Option<PathBuf>,
    world: Option<PathBuf>,
    output: &'a Output,
    state: RefCell<State>,
}

/// The files as they are now.
struct State {
    /// Text and meaning of the policy file; `None` where a new one is written.
    policy: Option<(String, PolicySpec)>,
    mailboxes: (String, BTreeMap<String, MailboxSettings>),
}

impl<'a> Keep<'a> {
    /// Changes of the policy in `source` go to `target`, those of mailboxes to `world`.
    ///
    /// # Errors
    ///
    /// A file cannot be read.
    pub(super) fn new(
        source: Option<&Path>,
        target: Option<&Path>,
        world: Option<&Path>,
        mailboxes: &BTreeMap<String, MailboxSettings>,
        output: &'a Output,
    ) -> Result<Self> {
        let read = |path: &Path| {
            std::fs::read_to_string(path).with_context(|| {
                format!("cannot read `{}`; check the path", path.display())
            })
        };
        let policy = match source {
            Some(path) => {
                let text = read(path)?;
                let spec = crate::settings::policy(Some(path), None)?;
                Some((text, spec))
            }
            None => None,
        };
        let file = world.map(|folder| folder.join(MAILBOXES));
        let text = match file.filter(|file| file.exists()) {
            Some(file) => read(&file)?,
            None => String::new(),
        };
        Ok(Self {
            target: target.map(Path::to_owned),
            world: world.map(Path::to_owned),
            output,
            state: RefCell::new(State { policy, mailboxes: (text, mailboxes.clone()) }),
        })
    }

    /// Where the policy goes.
    pub(super) fn target(&self) -> Option<&Path> {
        self.target.as_deref()
    }

    /// Writes the policy; nothing where there is no file for it.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub(super) fn policy(&self, policy: &PolicySpec) -> Result<()> {
        self.target.as_deref().map_or(Ok(()), |target| self.policy_to(target, policy))
    }

    /// Writes the policy to a file.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub(super) fn policy_to(&self, target: &Path, policy: &PolicySpec) -> Result<()> {
        let mut state = self.state.borrow_mut();
        let text = match &state.policy {
            Some((text, base)) => match edited_policy(text, base, policy) {
                Some(edited) => edited,
                None => {
                    self.output.warn(
                        "the policy file is written anew; its comments are not kept",
                    );
                    whole(policy)?
                }
            },
            None => whole(policy)?,
        };
        write(target, &text)?;
        state.policy = Some((text, policy.clone()));
        Ok(())
    }

    /// Writes the settings of mailboxes into the world's folder.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub(super) fn mailboxes(
        &self,
        mailboxes: &BTreeMap<String, MailboxSettings>,
    ) -> Result<()> {
        let Some(folder) = &self.world else { return Ok(()) };
        let mut state = self.state.borrow_mut();
        let (text, base) = &state.mailboxes;
        let same = |text: &str| {
            let read: Result<BTreeMap<String, MailboxSettings>, _> = toml::from_str(text);
            read.is_ok_and(|read| read == *mailboxes)
        };
        let text = match edited(text, base, mailboxes).filter(|text| same(text)) {
            Some(text) => text,
            None => whole(mailboxes)?,
        };
        write(&folder.join(MAILBOXES), &text)?;
        state.mailboxes = (text, mailboxes.clone());
        Ok(())
    }
}

const MAILBOXES: &str = "mailboxes.toml";

fn whole(value: &impl Serialize) -> Result<String> {
    toml::to_string_pretty(value).context("cannot write TOML")
}

fn write(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let name =
        path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    Ok(write_atomic(folder.unwrap_or(Path::new(".")), &name, text.as_bytes())?)
}

/// The text of a policy file with what has changed since `base`; `None` where that does not
/// give the policy.
fn edited_policy(text: &str, base: &PolicySpec, policy: &PolicySpec) -> Option<String> {
    let base = base.settled().ok()?;
    let mut now = policy.clone();
    // Numbers alone are no reason to touch a list of entries.
    let (old, new) = (&base.connection_filter, &mut now.connection_filter);
    if old.ip_allow_list == new.ip_allow_list && old.ip_block_list == new.ip_block_list {
        new.ip_allow_list.clone_from(&old.ip_allow_list);
        new.ip_block_list.clone_from(&old.ip_block_list);
    }
    let text = edited(text, &base, &now)?;
    let read: PolicySpec = toml::from_str(&text).ok()?;
    (read.settled().ok()? == *policy).then_some(text)
}

/// The text with the keys changed whose values differ between `base` and `now`.
fn edited<T: Serialize>(text: &str, base: &T, now: &T) -> Option<String> {
    let written: DocumentMut = toml::to_string(now).ok()?.parse().ok()?;
    let base = toml::Table::try_from(base).ok()?;
    let now = toml::Table::try_from(now).ok()?;
    let mut edited: DocumentMut = text.parse().ok()?;
    merge(edited.as_table_mut(), &base, &now, written.as_table());
    Some(edited.to_string())
}

/// Brings what differs between `base` and `now` into a table; `written` is `now` as it would
/// be written anew.
fn merge(
    into: &mut dyn TableLike,
    base: &toml::Table,
    now: &toml::Table,
    written: &Table,
) {
    for key in base.keys().filter(|key| !now.contains_key(*key)) {
        into.remove(key);
    }
    for (key, value) in now {
        let old = base.get(key);
        let (Some(new), false) = (written.get(key), old == Some(value)) else { continue };
        if let (Some(toml::Value::Table(old)), toml::Value::Table(value), Some(new)) =
            (old, value, new.as_table())
        {
            let held = into.entry(key).or_insert_with(toml_edit::table);
            if let Some(table) = held.as_table_like_mut() {
                merge(table, old, value, new);
                continue;
            }
        }
        match (into.get_mut(key).and_then(Item::as_value_mut), new.as_value()) {
            (Some(held), Some(new)) => {
                let decor = held.decor().clone();
                *held = new.clone();
                *held.decor_mut() = decor;
            }
            _ => {
                into.insert(key, new.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINE: &str = "# mine\n\n[content-filter] # tiers\nscl-reject-threshold = 6 # was 7\n\
                        \n# rules\n[[rules]]\nname = \"a\" # first\npriority = 0\nactions = { delete = true }\n";

    fn changed(change: impl FnOnce(&mut PolicySpec)) -> String {
        let base: PolicySpec = toml::from_str(MINE).unwrap();
        let mut policy = base.settled().unwrap();
        change(&mut policy);
        edited_policy(MINE, &base, &policy).unwrap()
    }

    #[test]
    fn comments_stay_and_only_what_changed_is_written() {
        assert_eq!(changed(|_| ()), MINE);
        assert_eq!(
            changed(|policy| policy.content_filter.enabled = false),
            MINE.replace("# was 7\n", "# was 7\nenabled = false\n")
        );
        let five = mail::Threshold::new(5).unwrap();
        assert_eq!(
            changed(|policy| policy.content_filter.scl_reject_threshold = five),
            MINE.replace("= 6", "= 5")
        );
        let text = changed(|policy| {
            policy.transport.internal_smtp_servers = vec!["10.0.0.1".into()];
        });
        assert!(text.starts_with(MINE), "{text}");
        assert!(
            text.contains("[transport]\ninternal-smtp-servers = [\"10.0.0.1\"]"),
            "{text}"
        );
    }

    #[test]
    fn a_table_inside_a_table_is_reached() {
        let text = changed(|policy| {
            policy.connection_filter.ip_allow_list_config.enabled = false;
        });
        assert!(text.starts_with(MINE), "{text}");
        assert!(text.contains("ip-allow-list-config]\nenabled = false"), "{text}");
    }

    #[test]
    fn a_list_of_tables_that_changed_is_written_anew() {
        let text = changed(|policy| policy.rules[0].enabled = false);
        assert!(text.starts_with("# mine\n"), "{text}");
        assert!(text.contains("scl-reject-threshold = 6 # was 7"), "{text}");
        assert!(text.contains("enabled = false"), "{text}");
        let none = changed(|policy| policy.rules.clear());
        assert!(!none.contains("[[rules]]"), "{none}");
    }

    #[test]
    fn a_file_in_another_style_is_edited_too() {
        let text = "content-filter = { scl-reject-threshold = 6 }\nedition = '2007'\n";
        let base: PolicySpec = toml::from_str(text).unwrap();
        let mut policy = base.settled().unwrap();
        policy.content_filter.enabled = false;
        let edited = edited_policy(text, &base, &policy).unwrap();
        assert!(edited.contains("edition = '2007'"), "{edited}");
        assert!(edited.contains("enabled = false"), "{edited}");
    }
}
