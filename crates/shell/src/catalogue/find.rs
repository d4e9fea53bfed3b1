//! Cmdlets by name.

use std::sync::LazyLock;

use super::{
    CONFIGS, Config, Listed, MAILBOXES, Mailboxes, Parameter, REFUSED, Special, Takes,
    Verb, attachment, connection, content, rewriting, rules,
};

/// All lists of entries, in the order in which scripts write them.
pub(crate) static COLLECTIONS: [&dyn Listed; 8] = [
    &content::PHRASES,
    &connection::ALLOW_ENTRIES,
    &connection::BLOCK_ENTRIES,
    &connection::ALLOW_PROVIDER_LIST,
    &connection::BLOCK_PROVIDER_LIST,
    &rules::RULES,
    &attachment::ENTRIES,
    &rewriting::ENTRIES,
];

/// What a cmdlet does.
#[derive(Clone, Copy)]
pub(crate) enum Action {
    /// Sets a configuration.
    Set(&'static Config),
    /// Shows a configuration.
    Get(&'static Config),
    /// Works on a list of entries.
    Entry(&'static dyn Listed, Verb),
    /// Sets or shows what a mailbox has of its own.
    Mailbox(&'static Mailboxes, Verb),
    /// Any other.
    Special(Special),
    /// The product has it and a policy cannot express it.
    Refused(&'static str),
}

/// A cmdlet.
#[derive(Clone)]
pub(crate) struct Cmdlet {
    /// Full name.
    pub(crate) name: String,
    /// One line of help.
    pub(crate) about: String,
    /// What it does.
    pub(crate) action: Action,
}

impl Cmdlet {
    /// Its own parameters.
    pub(crate) fn parameters(&self) -> Vec<Parameter> {
        match self.action {
            Action::Set(config) => {
                let row = |row: &crate::row::Row<agents::PolicySpec>| Parameter {
                    name: row.name,
                    takes: Takes::Value(row.kind),
                    position: (row.name == "Identity").then_some(0),
                    about: row.about,
                };
                config.rows.iter().map(row).collect()
            }
            Action::Entry(list, verb) => list.parameters(verb),
            Action::Mailbox(mailboxes, verb) => {
                let identity = Parameter {
                    name: "Identity",
                    takes: Takes::Value(crate::row::Kind::Text(usize::MAX)),
                    position: Some(0),
                    about: "address of the mailbox",
                };
                let rows = mailboxes.rows.iter().map(|row| Parameter {
                    name: row.name,
                    takes: Takes::Value(row.kind),
                    position: None,
                    about: row.about,
                });
                let rows = rows.filter(|_| verb == Verb::Set);
                [identity].into_iter().chain(rows).collect()
            }
            Action::Special(special) => Special::ALL
                .iter()
                .find(|(_, other, ..)| *other == special)
                .map_or_else(Vec::new, |(.., parameters)| parameters.to_vec()),
            Action::Get(_) | Action::Refused(_) => Vec::new(),
        }
    }
}

/// Every cmdlet, by name.
pub(crate) fn all() -> &'static [Cmdlet] {
    static ALL: LazyLock<Vec<Cmdlet>> = LazyLock::new(made);
    &ALL
}

fn made() -> Vec<Cmdlet> {
    let mut all = Vec::new();
    for config in CONFIGS {
        let about = config.about;
        let set = Cmdlet {
            name: format!("Set-{}", config.noun),
            about: format!("sets {about}"),
            action: Action::Set(config),
        };
        let get = Cmdlet {
            name: format!("Get-{}", config.noun),
            about: format!("shows {about}"),
            action: Action::Get(config),
        };
        all.extend([set, get]);
    }
    for list in COLLECTIONS {
        all.extend(list.verbs().into_iter().map(|(verb, word)| Cmdlet {
            name: format!("{word}-{}", list.noun()),
            about: list.about().to_owned(),
            action: Action::Entry(list, verb),
        }));
    }
    for mailboxes in &MAILBOXES {
        for (verb, word) in [(Verb::Set, "Set"), (Verb::Get, "Get")] {
            all.push(Cmdlet {
                name: format!("{word}-{}", mailboxes.noun),
                about: format!("{} (needs --world)", mailboxes.about),
                action: Action::Mailbox(mailboxes, verb),
            });
        }
    }
    all.extend(Special::ALL.iter().map(|(name, special, about, _)| Cmdlet {
        name: (*name).to_owned(),
        about: (*about).to_owned(),
        action: Action::Special(*special),
    }));
    all.extend(REFUSED.iter().map(|(name, why)| Cmdlet {
        name: (*name).to_owned(),
        about: format!("not here: {why}"),
        action: Action::Refused(why),
    }));
    all.sort_by(|left, right| left.name.cmp(&right.name));
    all
}

/// The cmdlet of a name or short name, in any letter case.
pub(crate) fn find(name: &str) -> Option<&'static Cmdlet> {
    let alias =
        Special::ALIASES.iter().find(|(short, _)| short.eq_ignore_ascii_case(name));
    let name = alias.map_or(name, |(_, full)| full);
    all().iter().find(|cmdlet| cmdlet.name.eq_ignore_ascii_case(name))
}

/// The name nearest to a mistyped one, where one is near.
pub(crate) fn nearest<'n>(
    name: &str,
    names: impl Iterator<Item = &'n str>,
) -> Option<&'n str> {
    let lower: String = name.to_lowercase().chars().take(80).collect();
    let near = |other: &str| lower.chars().count().max(other.chars().count()) / 3;
    names
        .map(|other| (strsim::damerau_levenshtein(&lower, &other.to_lowercase()), other))
        .filter(|(distance, other)| *distance <= near(other))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, other)| other)
}
