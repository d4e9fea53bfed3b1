//! Cmdlets over a list of named entries: rules, providers, phrases, addresses.

use agents::PolicySpec;

use super::{Given, Parameter, Takes};
use crate::language::{Fault, Span};
use crate::row::{Kind, Row};
use crate::{Object, Value, View, literal};

/// What is done to an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    /// `New-` or `Add-`.
    Create,
    /// `Set-`.
    Set,
    /// `Get-`.
    Get,
    /// `Remove-`.
    Remove,
    /// `Enable-`.
    Enable,
    /// `Disable-`.
    Disable,
}

/// Whether an entry is complete; else what is missing, and the cure.
type Complete = Result<(), (&'static str, &'static str)>;

/// What `Get-` can ask for besides an identity.
pub(crate) struct Filter<T: 'static> {
    /// Parameter.
    pub(crate) name: &'static str,
    /// What it takes.
    pub(crate) kind: Kind,
    /// One line of help.
    pub(crate) about: &'static str,
    /// Whether an entry is asked for.
    pub(crate) takes: fn(&T, &str) -> bool,
}

/// Entries that the product knows by a number.
pub(crate) struct Numbered<T: 'static> {
    /// The number.
    pub(crate) of: fn(&T) -> Option<u32>,
    /// What follows `Get-…` to get one entry of a list and no other: numbers differ from
    /// server to server.
    pub(crate) finding: fn(&T, &[T]) -> String,
}

/// A list of entries.
pub(crate) struct Collection<T: 'static> {
    /// What follows the verb.
    pub(crate) noun: &'static str,
    /// One line of help.
    pub(crate) about: &'static str,
    /// `New` or `Add`.
    pub(crate) create: &'static str,
    /// Which verbs the product has.
    pub(crate) verbs: &'static [Verb],
    /// Parameters of an entry.
    pub(crate) rows: &'static [Row<T>],
    /// Parameters that a new entry needs.
    pub(crate) needed: &'static [&'static str],
    /// Parameters by position, of a new entry.
    pub(crate) position: &'static [&'static str],
    /// The property by which an entry from a pipe is found again.
    pub(crate) key: &'static str,
    /// The number of the first place, where entries have priorities.
    pub(crate) priority: Option<usize>,
    /// Parameters of which one command takes one.
    pub(crate) exclusive: &'static [&'static str],
    /// What `Get-` can ask for.
    pub(crate) filters: &'static [Filter<T>],
    /// Where entries have numbers.
    pub(crate) numbered: Option<Numbered<T>>,
    /// How entries are shown.
    pub(crate) view: View,
    /// The list.
    pub(crate) list: fn(&PolicySpec) -> &Vec<T>,
    /// The list, to be changed.
    pub(crate) list_mut: fn(&mut PolicySpec) -> &mut Vec<T>,
    /// A new entry before its parameters are set.
    pub(crate) blank: fn() -> T,
    /// What an entry is called.
    pub(crate) identity: fn(&T) -> String,
    /// Properties that are no parameters, by the entry's place in the list.
    pub(crate) extra: fn(&PolicySpec, usize, &T) -> Vec<(&'static str, Value)>,
    /// Whether an entry is complete.
    pub(crate) check: fn(&T) -> Complete,
    /// Switches an entry, where the product has cmdlets for that.
    pub(crate) enabled: Option<fn(&mut T, bool)>,
}

/// A collection of any type of entry.
pub(crate) trait Listed: Sync {
    /// What follows the verb.
    fn noun(&self) -> &'static str;
    /// One line of help.
    fn about(&self) -> &'static str;
    /// The verbs of the product, each with its word.
    fn verbs(&self) -> Vec<(Verb, &'static str)>;
    /// The parameters of one of its cmdlets.
    fn parameters(&self, verb: Verb) -> Vec<Parameter>;
    /// What `Get-` gives: all entries, or those that what is `given` asks for.
    fn objects(&self, policy: &PolicySpec, given: &[Given]) -> Vec<Object>;
    /// Carries out one of its cmdlets other than `Get-`.
    fn apply(
        &self,
        policy: &mut PolicySpec,
        verb: Verb,
        given: &[Given],
        span: Span,
    ) -> Result<(), Fault>;
    /// The cmdlets that turn one list into another, as far as they can.
    fn changes(&self, from: &PolicySpec, to: &PolicySpec) -> Vec<String>;
    /// The property by which an entry from a pipe is found again.
    fn key(&self) -> &'static str;
}

impl<T: Clone + PartialEq + Sync> Collection<T> {
    fn place(&self, policy: &PolicySpec, identity: &Value) -> Option<usize> {
        let list = (self.list)(policy);
        if let Some(numbered) = &self.numbered {
            let wanted = identity.number()?;
            let is = |entry: &T| (numbered.of)(entry).map(i64::from) == Some(wanted);
            return list.iter().position(is);
        }
        let wanted = identity.text();
        list.iter().enumerate().position(|(at, entry)| {
            (self.identity)(entry).eq_ignore_ascii_case(&wanted)
                || (self.extra)(policy, at, entry)
                    .iter()
                    .any(|(name, value)| *name == "Identity" && value.text() == wanted)
        })
    }

    /// The place of the one entry that what is given asks for.
    fn chosen(
        &self,
        policy: &PolicySpec,
        given: &[Given],
        span: Span,
    ) -> Result<usize, Fault> {
        let see = format!("see Get-{}", self.noun);
        let named = |name: &str| given.iter().find(|argument| argument.name == name);
        if let Some(identity) = ["Identity", self.key].into_iter().find_map(named) {
            return self.place(policy, &identity.value).ok_or_else(|| {
                let shown = identity.value.text();
                let problem = format!("there is no {} `{shown}`", self.noun);
                let cure = match self.numbered {
                    Some(_) => format!(
                        "name it by its number, or use Get-{0} … | Remove-{0}",
                        self.noun
                    ),
                    None => see,
                };
                Fault::new(identity.span, problem, cure)
            });
        }
        let asked = |(name, _): &(&'static str, _)| named(name).is_some();
        let Some((name, takes)) =
            self.filters.iter().map(|f| (f.name, f.takes)).find(asked)
        else {
            let cure = format!("name it: -Identity, as Get-{} shows it", self.noun);
            return Err(Fault::new(span, "no entry is named", cure));
        };
        let argument = named(name).map_or((span, String::new()), |argument| {
            (argument.span, argument.value.text())
        });
        let list = (self.list)(policy).iter().enumerate();
        let found: Vec<usize> = list
            .filter(|(_, entry)| takes(entry, &argument.1))
            .map(|(at, _)| at)
            .collect();
        match found.as_slice() {
            [one] => Ok(*one),
            [] => {
                let problem = format!("there is no {} `{}`", self.noun, argument.1);
                Err(Fault::new(argument.0, problem, see))
            }
            _ => {
                let problem = format!("{} entries hold `{}`", found.len(), argument.1);
                let cure = "name one by its number: -Identity";
                Err(Fault::new(argument.0, problem, cure))
            }
        }
    }

    fn set(&self, entry: &mut T, given: &[Given]) -> Result<(), Fault> {
        for argument in given {
            let Some(row) = self.rows.iter().find(|row| row.name == argument.name) else {
                continue;
            };
            let value = argument.check(row.kind, &(row.get)(entry))?;
            let set = (row.set)(entry, value);
            set.map_err(|problem| argument.fault(&problem, row.kind))?;
        }
        Ok(())
    }

    /// The wanted place of an entry, from 0; at most `last`.
    fn wanted(&self, given: &[Given], last: usize) -> Result<Option<usize>, Fault> {
        let Some(base) = self.priority else { return Ok(None) };
        let Some(argument) = given.iter().find(|given| given.name == "Priority") else {
            return Ok(None);
        };
        let base = i64::try_from(base).unwrap_or(0);
        let value = argument.check(Kind::Number(base, i64::MAX), &Value::Null)?;
        let place = value.number().unwrap_or(base) - base;
        Ok(Some(usize::try_from(place).unwrap_or(last).min(last)))
    }

    fn create(
        &self,
        policy: &mut PolicySpec,
        given: &[Given],
        span: Span,
    ) -> Result<(), Fault> {
        for name in self.needed {
            if !given.iter().any(|argument| argument.name == *name) {
                let problem = format!("a new {} needs -{name}", self.noun);
                return Err(Fault::new(span, problem, format!("add -{name}")));
            }
        }
        let one_of = |given: &&Given| self.exclusive.contains(&given.name);
        if let [first, second, ..] = given.iter().filter(one_of).collect::<Vec<_>>()[..] {
            let problem = format!("-{} and -{} together", first.name, second.name);
            return Err(Fault::new(second.span, problem, "give one of them"));
        }
        let mut entry = (self.blank)();
        self.set(&mut entry, given)?;
        self.complete(&entry, span)?;
        let identity = (self.identity)(&entry);
        let same = |other: &T| (self.identity)(other).eq_ignore_ascii_case(&identity);
        if (self.list)(policy).iter().any(same) {
            let problem = format!("`{identity}` is there already");
            let cure = "use another name, or remove the old one";
            return Err(Fault::new(span, problem, cure));
        }
        let last = (self.list)(policy).len();
        let at = self.wanted(given, last)?.unwrap_or(last);
        (self.list_mut)(policy).insert(at, entry);
        Ok(())
    }

    fn complete(&self, entry: &T, span: Span) -> Result<(), Fault> {
        (self.check)(entry).map_err(|(problem, cure)| Fault::new(span, problem, cure))
    }

    /// Parameters that differ, as they are written.
    fn differing(&self, from: &T, to: &T) -> String {
        let rows = self.rows.iter().filter(|row| (row.get)(from) != (row.get)(to));
        let skipped = |row: &&Row<T>| self.enabled.is_none() || row.name != "Enabled";
        rows.filter(skipped)
            .map(|row| format!(" -{} {}", row.name, literal(&(row.get)(to), row.kind)))
            .collect()
    }

    fn adding(&self, entry: &T) -> String {
        let blank = (self.blank)();
        let needed = |row: &Row<T>| self.needed.contains(&row.name);
        let rows = self
            .rows
            .iter()
            .filter(|row| needed(row) || (row.get)(&blank) != (row.get)(entry));
        let written: String = rows
            .map(|row| format!(" -{} {}", row.name, literal(&(row.get)(entry), row.kind)))
            .collect();
        format!("{}-{}{written}", self.create, self.noun)
    }

    fn removing(&self, entry: &T, list: &[T]) -> String {
        if let Some(numbered) = &self.numbered {
            let finding = (numbered.finding)(entry, list);
            return format!("Get-{0}{finding} | Remove-{0} -Confirm:$false", self.noun);
        }
        let name = literal(&Value::Text((self.identity)(entry)), Kind::Text(usize::MAX));
        format!("Remove-{} {name} -Confirm:$false", self.noun)
    }

    /// Changes where entries can only be added and removed.
    fn swapped(&self, from: &[T], to: &[T]) -> Vec<String> {
        let gone = from.iter().filter(|entry| !to.contains(entry));
        let new = to.iter().filter(|entry| !from.contains(entry));
        gone.map(|entry| self.removing(entry, from))
            .chain(new.map(|entry| self.adding(entry)))
            .collect()
    }

    /// Changes where entries can be set and moved.
    fn edited(&self, from: &[T], to: &[T]) -> Vec<String> {
        let same = |left: &T, right: &T| {
            (self.identity)(left).eq_ignore_ascii_case(&(self.identity)(right))
        };
        let mut lines = Vec::new();
        let mut now: Vec<T> = Vec::new();
        for entry in from {
            if to.iter().any(|other| same(entry, other)) {
                now.push(entry.clone());
            } else {
                lines.push(self.removing(entry, from));
            }
        }
        for (at, entry) in to.iter().enumerate() {
            let priority = |wanted: bool| match self.priority {
                Some(base) if wanted => format!(" -Priority {}", at + base),
                _ => String::new(),
            };
            let Some(place) = now.iter().position(|other| same(entry, other)) else {
                lines.push(self.adding(entry) + &priority(at < now.len()));
                now.insert(at.min(now.len()), entry.clone());
                continue;
            };
            let old = now.remove(place);
            let name =
                literal(&Value::Text((self.identity)(&old)), Kind::Text(usize::MAX));
            let changed = self.differing(&old, entry) + &priority(place != at);
            if !changed.is_empty() {
                lines.push(format!("Set-{} {name}{changed}", self.noun));
            }
            lines.extend(self.switched(&old, entry));
            now.insert(at.min(now.len()), entry.clone());
        }
        lines
    }

    fn switched(&self, from: &T, to: &T) -> Option<String> {
        self.enabled?;
        let row = self.rows.iter().find(|row| row.name == "Enabled")?;
        let on = (row.get)(to);
        if (row.get)(from) == on {
            return None;
        }
        let name = literal(&Value::Text((self.identity)(to)), Kind::Text(usize::MAX));
        let (verb, tail) =
            if on.is_true() { ("Enable", "") } else { ("Disable", " -Confirm:$false") };
        Some(format!("{verb}-{} {name}{tail}", self.noun))
    }
}

impl<T: Clone + PartialEq + Sync> Listed for Collection<T> {
    fn noun(&self) -> &'static str {
        self.noun
    }

    fn about(&self) -> &'static str {
        self.about
    }

    fn verbs(&self) -> Vec<(Verb, &'static str)> {
        let word = |verb: &Verb| match verb {
            Verb::Create => self.create,
            Verb::Set => "Set",
            Verb::Get => "Get",
            Verb::Remove => "Remove",
            Verb::Enable => "Enable",
            Verb::Disable => "Disable",
        };
        self.verbs.iter().map(|verb| (*verb, word(verb))).collect()
    }

    fn parameters(&self, verb: Verb) -> Vec<Parameter> {
        let identity = Parameter {
            name: "Identity",
            takes: Takes::Value(match self.numbered {
                Some(_) => Kind::Number(1, u32::MAX.into()),
                None => Kind::Text(usize::MAX),
            }),
            position: Some(0),
            about: "the entry",
        };
        let switched = |row: &&Row<T>| {
            verb == Verb::Create || self.enabled.is_none() || row.name != "Enabled"
        };
        let rows = self.rows.iter().filter(switched).map(|row| Parameter {
            name: row.name,
            takes: Takes::Value(row.kind),
            position: match verb {
                Verb::Create => self.position.iter().position(|name| *name == row.name),
                _ => None,
            },
            about: row.about,
        });
        let priority = self.priority.map(|base| Parameter {
            name: "Priority",
            takes: Takes::Value(Kind::Number(i64::try_from(base).unwrap_or(0), i64::MAX)),
            position: None,
            about: "place in the list; what stood there moves down",
        });
        match verb {
            Verb::Create => rows.chain(priority).collect(),
            Verb::Set => [identity].into_iter().chain(rows).chain(priority).collect(),
            Verb::Remove | Verb::Get => {
                let key = rows.filter(|row| row.name == self.key);
                let filters = self.filters.iter().map(|filter| Parameter {
                    name: filter.name,
                    takes: Takes::Value(filter.kind),
                    position: None,
                    about: filter.about,
                });
                let filtered = verb == Verb::Get || self.numbered.is_some();
                let filters = filters.filter(|_| filtered);
                [identity].into_iter().chain(key).chain(filters).collect()
            }
            Verb::Enable | Verb::Disable => vec![identity],
        }
    }

    fn objects(&self, policy: &PolicySpec, given: &[Given]) -> Vec<Object> {
        let wanted = |at: usize, entry: &T| {
            given.iter().all(|given| {
                let filter = self.filters.iter().find(|filter| filter.name == given.name);
                if let Some(filter) = filter {
                    return (filter.takes)(entry, &given.value.text());
                }
                match self.place(policy, &given.value) {
                    Some(place) => place == at,
                    None => {
                        let text = given.value.text();
                        self.numbered.is_none()
                            && crate::is_like(&(self.identity)(entry), &text)
                    }
                }
            })
        };
        let list = (self.list)(policy).iter().enumerate();
        list.filter(|(at, entry)| wanted(*at, entry))
            .map(|(at, entry)| {
                let mut object = Object::new(self.noun, self.view);
                for (name, value) in (self.extra)(policy, at, entry) {
                    object = object.with(name, value);
                }
                if let Some(base) = self.priority {
                    let number = i64::try_from(at + base).unwrap_or(i64::MAX);
                    object = object.with("Priority", Value::Number(number));
                }
                self.rows
                    .iter()
                    .filter(|row| row.name != "IPAddress")
                    .fold(object, |object, row| object.with(row.name, (row.get)(entry)))
            })
            .collect()
    }

    fn apply(
        &self,
        policy: &mut PolicySpec,
        verb: Verb,
        given: &[Given],
        span: Span,
    ) -> Result<(), Fault> {
        if verb == Verb::Create {
            return self.create(policy, given, span);
        }
        let at = self.chosen(policy, given, span)?;
        let last = (self.list)(policy).len() - 1;
        match verb {
            Verb::Remove => {
                (self.list_mut)(policy).remove(at);
            }
            Verb::Enable | Verb::Disable => {
                if let Some(switch) = self.enabled {
                    switch(&mut (self.list_mut)(policy)[at], verb == Verb::Enable);
                }
            }
            Verb::Set => {
                let mut entry = (self.list)(policy)[at].clone();
                self.set(&mut entry, given)?;
                self.complete(&entry, span)?;
                let place = self.wanted(given, last)?.unwrap_or(at);
                let list = (self.list_mut)(policy);
                list.remove(at);
                list.insert(place, entry);
            }
            Verb::Create | Verb::Get => {}
        }
        Ok(())
    }

    fn changes(&self, from: &PolicySpec, to: &PolicySpec) -> Vec<String> {
        let (from, to) = ((self.list)(from), (self.list)(to));
        if self.verbs.contains(&Verb::Set) {
            self.edited(from, to)
        } else {
            self.swapped(from, to)
        }
    }

    fn key(&self) -> &'static str {
        self.key
    }
}
