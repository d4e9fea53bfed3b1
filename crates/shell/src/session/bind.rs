//! Arguments to parameters: unique prefixes, positions, the nearest name.

use super::Session;
use crate::Value;
use crate::catalogue::{Given, Parameter, Takes, nearest};
use crate::language::{Argument, ArgumentKind, Command, Fault, Node, Span};
use crate::row::Kind;

/// What a command was given.
#[derive(Debug, Default)]
pub(super) struct Bound {
    /// Arguments by the full name of their parameter.
    pub(super) given: Vec<Given>,
    /// `-WhatIf`.
    pub(super) what_if: bool,
}

impl Bound {
    /// The argument of a parameter.
    pub(super) fn get(&self, name: &str) -> Option<&Given> {
        self.given.iter().find(|given| given.name == name)
    }

    /// The value of a parameter.
    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.get(name).map(|given| &given.value)
    }

    /// A number of a parameter, in the range of its kind.
    pub(super) fn count(&self, name: &str) -> Result<Option<usize>, Fault> {
        let Some(given) = self.get(name) else { return Ok(None) };
        let value = given.check(Kind::Number(0, i64::MAX), &Value::Null)?;
        Ok(value.number().and_then(|number| usize::try_from(number).ok()))
    }
}

const ANY: Kind = Kind::Text(usize::MAX);

const fn shared(name: &'static str, takes: Takes, about: &'static str) -> Parameter {
    Parameter { name, takes, position: None, about }
}

/// Parameters that every cmdlet takes.
pub(super) const COMMON: [Parameter; 8] = [
    shared("WhatIf", Takes::Nothing, "shows the change and does not make it"),
    shared("Confirm", Takes::Nothing, "taken; nothing is ever asked here"),
    shared("Verbose", Takes::Nothing, "taken, without effect"),
    shared("Debug", Takes::Nothing, "taken, without effect"),
    shared(
        "ErrorAction",
        Takes::Value(ANY),
        "taken, without effect: errors stop a script",
    ),
    shared("WarningAction", Takes::Value(ANY), "taken, without effect"),
    shared("DomainController", Takes::Value(ANY), "refused on an Edge server"),
    shared("Server", Takes::Value(ANY), "taken, without effect: there is one policy"),
];

/// The parameter that a name or unique prefix of one means.
pub(super) fn resolve(
    name: &str,
    cmdlet: &str,
    parameters: &[Parameter],
    span: Span,
) -> Result<Parameter, Fault> {
    let all: Vec<Parameter> = parameters.iter().chain(&COMMON).copied().collect();
    if let Some(exact) = all.iter().find(|known| known.name.eq_ignore_ascii_case(name)) {
        return Ok(*exact);
    }
    let lower = name.to_lowercase();
    let begins = |known: &&Parameter| known.name.to_lowercase().starts_with(&lower);
    let own: Vec<_> = parameters.iter().filter(begins).collect();
    let several: Vec<_> = all.iter().filter(begins).collect();
    match (own.as_slice(), several.as_slice()) {
        ([one], [_]) | ([], [one]) => Ok(**one),
        ([], []) => {
            let names = all.iter().map(|known| known.name);
            let cure = match nearest(name, names) {
                Some(near) => format!("did you mean -{near}?"),
                None if parameters.is_empty() => "it takes none".to_owned(),
                None => {
                    let names: Vec<_> = parameters
                        .iter()
                        .map(|known| format!("-{}", known.name))
                        .collect();
                    format!("it takes {}", names.join(", "))
                }
            };
            Err(Fault::new(span, format!("`{cmdlet}` has no parameter -{name}"), cure))
        }
        _ => {
            let names: Vec<_> =
                several.iter().map(|known| format!("-{}", known.name)).collect();
            let problem = format!("-{name} could be {}", names.join(" or "));
            Err(Fault::new(span, problem, "write more of the name"))
        }
    }
}

/// One argument before its value is worked out.
pub(super) struct Raw<'a> {
    pub(super) parameter: Parameter,
    pub(super) span: Span,
    pub(super) node: Option<&'a Node>,
}

/// Pairs the arguments of a command with its parameters.
pub(super) fn pair<'a>(
    command: &'a Command,
    cmdlet: &str,
    parameters: &[Parameter],
) -> Result<Vec<Raw<'a>>, Fault> {
    let mut raw: Vec<Raw<'a>> = Vec::new();
    let mut rest = command.arguments.iter().peekable();
    let mut loose: Vec<&'a Node> = Vec::new();
    while let Some(Argument { span, kind }) = rest.next() {
        let (name, attached) = match kind {
            ArgumentKind::Value(node) => {
                loose.push(node);
                continue;
            }
            ArgumentKind::Parameter { name, value } => (name, value.as_ref()),
        };
        let parameter = resolve(name, cmdlet, parameters, *span)?;
        let next = rest.peek().and_then(|next| match &next.kind {
            ArgumentKind::Value(node) => Some(node),
            ArgumentKind::Parameter { .. } => None,
        });
        let takes_next = match parameter.takes {
            Takes::Nothing => next.is_some_and(|node| {
                matches!(node.expression, crate::language::Expression::Bool(_))
            }),
            Takes::Value(_) | Takes::Anything => true,
        };
        let node = match attached {
            Some(node) => Some(node),
            None if takes_next => {
                if next.is_some() {
                    rest.next();
                }
                next
            }
            None => None,
        };
        if node.is_none() && parameter.takes != Takes::Nothing {
            let problem = format!("-{} has no value", parameter.name);
            let cure = match parameter.takes {
                Takes::Value(kind) => format!("it takes {}", kind.words()),
                Takes::Nothing | Takes::Anything => "give it one".to_owned(),
            };
            return Err(Fault::new(*span, problem, cure));
        }
        if raw.iter().any(|other| other.parameter.name == parameter.name) {
            let problem = format!("-{} is given twice", parameter.name);
            return Err(Fault::new(*span, problem, "give it once"));
        }
        raw.push(Raw { parameter, span: node.map_or(*span, |node| node.span), node });
    }
    let mut open: Vec<&Parameter> = parameters
        .iter()
        .filter(|known| known.position.is_some())
        .filter(|known| !raw.iter().any(|other| other.parameter.name == known.name))
        .collect();
    open.sort_by_key(|known| known.position);
    let mut open = open.into_iter();
    for node in loose {
        let Some(parameter) = open.next() else {
            let problem = format!("`{cmdlet}` takes no more values without a name");
            let cure = "name the parameter: -Name value";
            return Err(Fault::new(node.span, problem, cure));
        };
        raw.push(Raw { parameter: *parameter, span: node.span, node: Some(node) });
    }
    Ok(raw)
}

impl Session<'_> {
    /// The arguments of a command with their values.
    pub(super) fn bind(
        &mut self,
        command: &Command,
        cmdlet: &str,
        parameters: &[Parameter],
        item: Option<&Value>,
    ) -> Result<Bound, Fault> {
        let mut bound = Bound::default();
        for Raw { parameter, span, node } in pair(command, cmdlet, parameters)? {
            let value = match node {
                Some(node) => self.value(node, item)?,
                None => Value::Bool(true),
            };
            match parameter.name {
                "WhatIf" => bound.what_if = value.is_true(),
                "DomainController" if self.role == super::Role::Edge => {
                    let problem = "-DomainController on an Edge server";
                    let cure = "leave it out; an Edge server has no domain controller";
                    return Err(Fault::new(span, problem, cure));
                }
                name => bound.given.push(Given { name, span, value }),
            }
        }
        bound.given.retain(|given| {
            !COMMON.iter().any(|known| known.name == given.name)
                || parameters.iter().any(|known| known.name == given.name)
        });
        Ok(bound)
    }
}

/// Parameters that every cmdlet takes.
pub(crate) fn common() -> &'static [Parameter] {
    &COMMON
}
