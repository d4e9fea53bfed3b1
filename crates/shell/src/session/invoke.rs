//! One command: found, bound, carried out or shown.

use super::bind::Bound;
use super::evaluate::Gathered;
use super::state::validate;
use super::{Role, Session};
use crate::catalogue::{
    ACTIONS, Action, Cmdlet, Given, PREDICATES, Place, Special, Takes, Verb, all, find,
    nearest,
};
use crate::keys::{self, Difference};
use crate::language::{Command, Fault, Span};
use crate::row::Kind;
use crate::{Object, Value, View};

impl Session<'_> {
    /// Carries out a command on the values that come in.
    pub(super) fn invoke(
        &mut self,
        command: &Command,
        input: Option<Vec<Value>>,
        item: Option<&Value>,
    ) -> Result<Vec<Value>, Fault> {
        let cmdlet = find(&command.name).ok_or_else(|| unknown(command))?;
        if let Action::Refused(why) = cmdlet.action {
            let (why, cure) = why.split_once("; ").unwrap_or((why, "leave the line out"));
            let problem = format!("{} cannot be run here: {why}", cmdlet.name);
            return Err(Fault::new(command.span, problem, cure));
        }
        let parameters = cmdlet.parameters();
        if let Action::Special(Special::WhereObject) = cmdlet.action {
            return self.filter(command, input.unwrap_or_default(), item);
        }
        if let Action::Special(Special::ForEachObject) = cmdlet.action {
            return self.each(command, &parameters, input.unwrap_or_default(), item);
        }
        let bound = self.bind(command, &cmdlet.name, &parameters, item)?;
        match (cmdlet.action, input) {
            (
                Action::Special(
                    special @ (Special::SelectObject
                    | Special::FormatList
                    | Special::SortObject
                    | Special::FormatTable),
                ),
                input,
            ) => {
                let input = input.unwrap_or_default();
                match special {
                    Special::SelectObject => self.select(&bound, input, command.span),
                    Special::SortObject => self.sort(&bound, input, command.span),
                    _ => self.format(special, &bound, input, command.span),
                }
            }
            (_, None) => self.act(cmdlet, &bound, command.span),
            (_, Some(values)) => {
                let mut all = Gathered::default();
                for value in values {
                    let bound = with_identity(cmdlet, &bound, &value, command.span)?;
                    all.add(self.act(cmdlet, &bound, command.span)?, command.span)?;
                }
                Ok(all.values)
            }
        }
    }

    fn act(
        &mut self,
        cmdlet: &Cmdlet,
        bound: &Bound,
        span: Span,
    ) -> Result<Vec<Value>, Fault> {
        let name = cmdlet.name.as_str();
        match cmdlet.action {
            Action::Get(config) => Ok(vec![Value::Object(config.object(&self.policy))]),
            Action::Entry(list, Verb::Get) => {
                let parameters = cmdlet.parameters();
                for given in &bound.given {
                    let known = parameters.iter().find(|known| known.name == given.name);
                    if let Some(Takes::Value(kind)) = known.map(|known| known.takes) {
                        given.check(kind, &Value::Null)?;
                    }
                }
                let objects = list.objects(&self.policy, &bound.given);
                let named = bound.given.first().filter(|given| given.name != "State");
                if let (Some(identity), true) = (named, objects.is_empty()) {
                    let text = identity.value.text();
                    if !text.contains(['*', '?']) {
                        let problem = format!("there is no {} `{text}`", list.noun());
                        let cure = format!("see Get-{}", list.noun());
                        return Err(Fault::new(identity.span, problem, cure));
                    }
                }
                Ok(objects.into_iter().map(Value::Object).collect())
            }
            Action::Set(config) => {
                self.change(name, config.place, bound, span, |session| {
                    if bound.given.is_empty() {
                        let cure = format!("see Get-Help {name}");
                        return Err(Fault::new(span, "nothing is set", cure));
                    }
                    for given in &bound.given {
                        session.set_row(config.rows, given)?;
                    }
                    if let Some(fault) = config.refused(&session.policy, &bound.given) {
                        return Err(fault);
                    }
                    let given: Vec<&str> =
                        bound.given.iter().map(|given| given.name).collect();
                    if let Some(text) = config.couple(&mut session.policy, &given)
                        && session.role != Role::Organization
                    {
                        session.warn(text);
                    }
                    Ok(())
                })
            }
            Action::Entry(list, verb) => {
                self.change(name, Place::Edge, bound, span, |session| {
                    list.apply(&mut session.policy, verb, &bound.given, span)
                })
            }
            Action::Mailbox(mailboxes, verb) => {
                self.mailbox(name, mailboxes, verb, bound, span)
            }
            Action::Special(special) => self.special(name, special, bound, span),
            Action::Refused(why) => Err(Fault::new(span, why, "leave the line out")),
        }
    }

    fn set_row(
        &mut self,
        rows: &[crate::row::Row<agents::PolicySpec>],
        given: &Given,
    ) -> Result<(), Fault> {
        let Some(row) = rows.iter().find(|row| row.name == given.name) else {
            return Ok(());
        };
        let value = given.check(row.kind, &(row.get)(&self.policy))?;
        let set = (row.set)(&mut self.policy, value);
        set.map_err(|problem| given.fault(&problem, row.kind))
    }

    /// Makes a change where the session's role lets it have an effect, and says what `-WhatIf`
    /// wants to know.
    pub(super) fn change(
        &mut self,
        name: &str,
        place: Place,
        bound: &Bound,
        span: Span,
        make: impl FnOnce(&mut Self) -> Result<(), Fault>,
    ) -> Result<Vec<Value>, Fault> {
        let before = self.policy.clone();
        make(self)?;
        crate::catalogue::number(&mut self.policy, Some(&before));
        if self.policy != before {
            validate(&self.policy).map_err(|error| {
                Fault::new(span, format!("{}: {}", error.key, error.problem), error.cure)
            })?;
        }
        let misplaced = match (self.role, place) {
            (Role::Edge, Place::Organization) => Some(
                "has no effect on an Edge server, which is no part of the organization; \
                 run it there (--role organization)",
            ),
            (Role::Organization, Place::Edge) => Some(
                "does not reach the Edge servers from the organization; run it on each of \
                 them (--role edge)",
            ),
            (Role::Edge, Place::Edge)
            | (Role::Organization, Place::Organization)
            | (Role::Hub, Place::Edge | Place::Organization) => None,
        };
        if let Some(why) = misplaced {
            self.policy = before;
            self.warn(format!("{name} {why}"));
            return Ok(Vec::new());
        }
        if bound.what_if {
            let after = std::mem::replace(&mut self.policy, before);
            if let Some(Action::Entry(list, _)) = find(name).map(|cmdlet| cmdlet.action) {
                let lines = list.changes(&self.policy, &after);
                if lines.is_empty() {
                    self.say(format!("What if: {name} would change nothing."));
                }
                for line in lines {
                    self.say(format!("What if: {name} would do this: {line}"));
                }
                return Ok(Vec::new());
            }
            let changes = keys::differences(&self.policy, &after);
            if changes.is_empty() {
                self.say(format!("What if: {name} would change nothing."));
            }
            for Difference { key, from, to } in changes {
                self.say(format!(
                    "What if: {name} would change {key} from {from} to {to}."
                ));
            }
            return Ok(Vec::new());
        }
        self.warn_about(&before);
        Ok(Vec::new())
    }

    fn special(
        &mut self,
        name: &str,
        special: Special,
        bound: &Bound,
        span: Span,
    ) -> Result<Vec<Value>, Fault> {
        check(special, bound)?;
        match special {
            Special::GetTransportAgent => self.get_agents(bound),
            Special::SetTransportAgent
            | Special::EnableTransportAgent
            | Special::DisableTransportAgent => {
                self.set_agent(name, special, bound, span)
            }
            Special::GetTransportPipeline => self.pipeline_view(span),
            Special::GetTransportRulePredicate => {
                Ok(named(PREDICATES, "Predicate", bound))
            }
            Special::GetTransportRuleAction => Ok(named(ACTIONS, "Action", bound)),
            Special::RestartService
            | Special::StartService
            | Special::StopService
            | Special::GetService
            | Special::Net => self.service(special, bound, span),
            Special::SendTestMessage => self.send(bound, span),
            Special::UpdateSafeList
            | Special::TestSenderId
            | Special::TestIpAllowListProvider
            | Special::TestIpBlockListProvider
            | Special::GetAgentLog => self.ask(special, bound, span),
            Special::GetSclbenchSetting => {
                let pattern =
                    bound.value("Key").map_or_else(|| "*".to_owned(), Value::text);
                Ok(keys::all(&self.policy)
                    .into_iter()
                    .filter(|(key, _)| crate::is_like(key, &pattern))
                    .map(|(key, value)| {
                        let object = Object::new("SclbenchSetting", View::Auto);
                        Value::Object(
                            object
                                .with("Key", Value::Text(key))
                                .with("Value", Value::Text(value)),
                        )
                    })
                    .collect())
            }
            Special::SetSclbenchSetting => {
                let (Some(key), Some(value)) = (bound.get("Key"), bound.get("Value"))
                else {
                    let cure = "give -Key and -Value, as Get-SclbenchSetting shows them";
                    return Err(Fault::new(span, "no key or no value", cure));
                };
                let text = key.value.text();
                let place = if text.starts_with("organization") {
                    Place::Organization
                } else {
                    Place::Edge
                };
                self.change(name, place, bound, span, |session| {
                    let set = keys::set(&session.policy, &text, &value.value.text());
                    session.policy = set
                        .map_err(|(problem, cure)| Fault::new(key.span, problem, cure))?;
                    Ok(())
                })
            }
            Special::GetHelp => {
                let wanted = bound.value("Name").map_or_else(String::new, Value::text);
                let lines = crate::help(&wanted).ok_or_else(|| {
                    let names = all();
                    let near = nearest(&wanted, names.iter().map(|c| c.name.as_str()));
                    let cure = near.map_or_else(
                        || "see Get-Command".to_owned(),
                        |near| format!("did you mean `{near}`?"),
                    );
                    Fault::new(span, format!("there is no help for `{wanted}`"), cure)
                })?;
                Ok(vec![Value::Lines(lines)])
            }
            Special::GetCommand => {
                let pattern =
                    bound.value("Name").map_or_else(|| "*".to_owned(), Value::text);
                let object = |cmdlet: &Cmdlet| {
                    Object::new("Command", View::Auto)
                        .with("Name", Value::Text(cmdlet.name.clone()))
                        .with("About", Value::Text(cmdlet.about.clone()))
                };
                Ok(all()
                    .iter()
                    .filter(|cmdlet| crate::is_like(&cmdlet.name, &pattern))
                    .map(|cmdlet| Value::Object(object(cmdlet)))
                    .collect())
            }
            Special::WriteOutput => {
                Ok(bound.value("InputObject").cloned().unwrap_or(Value::Null).items())
            }
            // Taken care of before, with the values that come in.
            Special::SelectObject
            | Special::WhereObject
            | Special::ForEachObject
            | Special::SortObject
            | Special::FormatList
            | Special::FormatTable => Ok(Vec::new()),
        }
    }
}

/// An error where an argument is not what its parameter takes.
fn check(special: Special, bound: &Bound) -> Result<(), Fault> {
    let parameters = Special::ALL.iter().find(|(_, other, ..)| *other == special);
    let parameters = parameters.map_or(&[][..], |(.., parameters)| parameters);
    for given in &bound.given {
        let known = parameters.iter().find(|known| known.name == given.name);
        let Some(Takes::Value(kind)) = known.map(|known| known.takes) else { continue };
        let value = given.check(kind, &Value::Null)?.text();
        if given.name == "TransportService" && !["Edge", "Hub"].contains(&value.as_str())
        {
            let problem = format!("a policy has no agents of the service {value}");
            return Err(Fault::new(given.span, problem, "use Edge or Hub"));
        }
    }
    Ok(())
}

fn named(names: &[&str], class: &'static str, bound: &Bound) -> Vec<Value> {
    let pattern = bound.value("Name").map_or_else(|| "*".to_owned(), Value::text);
    names
        .iter()
        .filter(|name| crate::is_like(name, &pattern))
        .map(|name| {
            let object = Object::new(class, View::Auto);
            Value::Object(object.with("Name", Value::Text((*name).to_owned())))
        })
        .collect()
}

fn unknown(command: &Command) -> Fault {
    let names = all();
    let aliases = Special::ALIASES.iter().map(|(short, _)| *short);
    let known = names.iter().map(|cmdlet| cmdlet.name.as_str()).chain(aliases);
    let cure = match nearest(&command.name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "see Get-Command; nothing else is run on this machine".to_owned(),
    };
    Fault::new(command.span, format!("there is no cmdlet `{}`", command.name), cure)
}

/// What was given, with the entry that a value from the pipe names.
fn with_identity(
    cmdlet: &Cmdlet,
    bound: &Bound,
    value: &Value,
    span: Span,
) -> Result<Bound, Fault> {
    let (name, wanted) = match cmdlet.action {
        Action::Entry(list, verb) if verb != Verb::Create => ("Identity", list.key()),
        Action::Special(
            Special::SetTransportAgent
            | Special::EnableTransportAgent
            | Special::DisableTransportAgent
            | Special::GetTransportAgent,
        ) => ("Identity", "Identity"),
        Action::Mailbox(..) | Action::Special(Special::UpdateSafeList) => {
            ("Identity", "Identity")
        }
        Action::Special(
            Special::TestIpAllowListProvider | Special::TestIpBlockListProvider,
        ) => ("Identity", "Name"),
        Action::Special(Special::WriteOutput) => ("InputObject", ""),
        Action::Special(
            Special::RestartService | Special::StopService | Special::StartService,
        ) => ("Name", "Name"),
        Action::Special(Special::SendTestMessage) => ("File", "File"),
        Action::Set(_)
        | Action::Get(_)
        | Action::Entry(..)
        | Action::Special(_)
        | Action::Refused(_) => {
            let problem = format!("{} takes nothing from a pipe", cmdlet.name);
            return Err(Fault::new(span, problem, "run it by itself"));
        }
    };
    let value = match value {
        Value::Object(object) if !wanted.is_empty() => {
            object.get(wanted).cloned().ok_or_else(|| {
                let problem = format!("what comes in has no property `{wanted}`");
                Fault::new(span, problem, format!("pipe {wanted} along"))
            })?
        }
        other => other.clone(),
    };
    let mut given = bound.given.clone();
    if !given.iter().any(|argument| argument.name == name) {
        given.push(Given { name, span, value });
    }
    Ok(Bound { given, what_if: bound.what_if })
}

/// A text argument.
pub(super) fn text(given: &Given) -> Result<String, Fault> {
    Ok(given.check(Kind::Text(usize::MAX), &Value::Null)?.text())
}
