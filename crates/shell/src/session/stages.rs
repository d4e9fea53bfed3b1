//! Commands that objects go through: selecting, filtering, repeating, formatting.

use std::cmp::Ordering;

use super::Session;
use super::bind::{Bound, pair};
use super::evaluate::{Gathered, compare};
use crate::catalogue::{Parameter, Special};
use crate::language::{
    ArgumentKind, Block, Command, Expression, Fault, LetterCase, Node, Operator, Span,
};
use crate::layout::{list, table};
use crate::{Object, Value, View, is_like};

impl Session<'_> {
    /// `Select-Object`.
    pub(super) fn select(
        &self,
        bound: &Bound,
        mut values: Vec<Value>,
        span: Span,
    ) -> Result<Vec<Value>, Fault> {
        if let Some(count) = bound.count("Last")? {
            values.drain(..values.len().saturating_sub(count));
        }
        if let Some(count) = bound.count("First")? {
            values.truncate(count);
        }
        if let Some(name) = bound.value("ExpandProperty") {
            let name = name.text();
            let mut all = Vec::new();
            for value in &values {
                match value {
                    Value::Object(object) => match object.get(&name) {
                        Some(value) => all.extend(value.clone().items()),
                        None => return Err(no_property(object, &name, span)),
                    },
                    _ => return Err(no_objects(span)),
                }
            }
            return Ok(all);
        }
        let texts = |name: &str| -> Vec<String> {
            let value = bound.value(name).cloned().unwrap_or(Value::Null);
            value.items().iter().map(Value::text).collect()
        };
        let (names, without) = (texts("Property"), texts("ExcludeProperty"));
        if names.is_empty() && without.is_empty() {
            return Ok(values);
        }
        let names = if names.is_empty() { vec!["*".to_owned()] } else { names };
        values
            .into_iter()
            .map(|value| match value {
                Value::Object(object) => {
                    let mut picked = pick(&object, &names, span)?;
                    picked.properties.retain(|(name, _)| {
                        !without.iter().any(|pattern| is_like(name, pattern))
                    });
                    picked.view = View::Auto;
                    Ok(Value::Object(picked))
                }
                _ => Err(no_objects(span)),
            })
            .collect()
    }

    /// `Sort-Object`: by properties, or values by themselves; what is equal keeps its order.
    pub(super) fn sort(
        &self,
        bound: &Bound,
        mut values: Vec<Value>,
        span: Span,
    ) -> Result<Vec<Value>, Fault> {
        let asked = bound.value("Property").cloned().unwrap_or(Value::Null);
        let names: Vec<String> = asked.items().iter().map(Value::text).collect();
        for value in &values {
            for name in &names {
                own(value, name, span)?;
            }
        }
        let key = |value: &Value, name: &String| match value {
            Value::Object(object) => object.get(name).cloned().unwrap_or(Value::Null),
            _ => Value::Null,
        };
        let order = |left: &Value, right: &Value| {
            let by =
                names.iter().map(|name| ordered(&key(left, name), &key(right, name)));
            let whole = names.is_empty().then(|| ordered(left, right));
            by.chain(whole).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
        };
        if bound.value("Descending").is_some_and(Value::is_true) {
            values.sort_by(|left, right| order(right, left));
        } else {
            values.sort_by(order);
        }
        if bound.value("Unique").is_some_and(Value::is_true) {
            values.dedup_by(|later, earlier| order(earlier, later).is_eq());
        }
        Ok(values)
    }

    /// `Format-List` and `Format-Table`.
    pub(super) fn format(
        &self,
        special: Special,
        bound: &Bound,
        values: Vec<Value>,
        span: Span,
    ) -> Result<Vec<Value>, Fault> {
        let asked = bound.value("Property").cloned().unwrap_or(Value::Null);
        let names: Vec<String> = asked.items().iter().map(Value::text).collect();
        let mut objects: Vec<Object> = Vec::new();
        let mut lines = Vec::new();
        for value in values {
            match value {
                Value::Object(object) if names.is_empty() => objects.push(object),
                Value::Object(object) => {
                    let mut picked = pick(&object, &names, span)?;
                    picked.view = View::Auto;
                    objects.push(picked);
                }
                other => lines.extend(crate::layout::shown(&[other])),
            }
        }
        let all: Vec<&Object> = objects.iter().collect();
        if special == Special::FormatList {
            lines.extend(list(&all));
        } else if let Some(first) = all.first() {
            let columns: Vec<(String, usize)> = match first.view {
                View::Table(columns) => {
                    let auto = bound.get("AutoSize").is_some();
                    let width = |width: usize| if auto { 0 } else { width };
                    columns
                        .iter()
                        .map(|(name, w)| ((*name).to_owned(), width(*w)))
                        .collect()
                }
                View::Auto | View::List => {
                    first.properties.iter().map(|(name, _)| (name.clone(), 0)).collect()
                }
            };
            lines.extend(table(&all, &columns));
        }
        Ok(vec![Value::Lines(lines)])
    }

    /// `Where-Object`, with a block or as `Property -operator value`.
    pub(super) fn filter(
        &mut self,
        command: &Command,
        values: Vec<Value>,
        item: Option<&Value>,
    ) -> Result<Vec<Value>, Fault> {
        let test = read_test(command)?;
        let right = match &test {
            Test::Compare(.., right) => Some(self.value(right, item)?),
            Test::Block(_) | Test::Property(_) => None,
        };
        let mut kept = Vec::new();
        for value in values {
            let holds = match &test {
                Test::Block(Block::Condition(condition)) => {
                    self.holds(condition, Some(&value))?
                }
                Test::Block(block) => {
                    Value::List(self.block(block, Some(&value))?).is_true()
                }
                Test::Property(name) => own(&value, name, command.span)?.is_true(),
                Test::Compare(name, operator, _) => {
                    let left = own(&value, name, command.span)?;
                    let right = right.as_ref().unwrap_or(&Value::Null);
                    compare(&left, *operator, right, command.span)?
                }
            };
            if holds {
                kept.push(value);
            }
        }
        Ok(kept)
    }

    /// `ForEach-Object`, with a block or a property.
    pub(super) fn each(
        &mut self,
        command: &Command,
        parameters: &[Parameter],
        values: Vec<Value>,
        item: Option<&Value>,
    ) -> Result<Vec<Value>, Fault> {
        let raw = pair(command, "ForEach-Object", parameters)?;
        let node = raw.iter().find(|raw| raw.parameter.name == "Process");
        let Some(node) = node.and_then(|raw| raw.node) else {
            let cure = "write a block: ForEach-Object { … }";
            return Err(Fault::new(command.span, "there is nothing to do", cure));
        };
        let mut all = Gathered::default();
        for value in values {
            let given = match &node.expression {
                Expression::Block(block) => self.block(block, Some(&value))?,
                _ => {
                    let name = self.value(node, item)?.text();
                    own(&value, &name, node.span)?.items()
                }
            };
            all.add(given, command.span)?;
        }
        Ok(all.values)
    }
}

/// What `Where-Object` asks.
enum Test<'c> {
    Block(&'c Block),
    Property(String),
    Compare(String, (Operator, LetterCase), &'c Node),
}

fn read_test(command: &Command) -> Result<Test<'_>, Fault> {
    let wrong = || {
        let cure = "write `{ $_.Name -eq 'x' }` or `Name -eq 'x'`";
        Fault::new(command.span, "Where-Object has no condition it knows", cure)
    };
    let mut values = Vec::new();
    let mut operator = None;
    for argument in &command.arguments {
        match &argument.kind {
            ArgumentKind::Value(node) => values.push(node),
            ArgumentKind::Parameter { name, value } => {
                let lower = name.to_lowercase();
                if ["filterscript", "property", "value"].contains(&lower.as_str()) {
                    values.extend(value);
                    continue;
                }
                let all = Operator::ALL.iter().map(|(name, _)| *name);
                operator = Some(Operator::find(name).ok_or_else(|| {
                    let near = crate::catalogue::nearest(name, all);
                    let cure = near.map_or_else(
                        || {
                            "use -eq, -ne, -gt, -ge, -lt, -le, -like, -match or -contains"
                                .to_owned()
                        },
                        |near| format!("did you mean -{near}?"),
                    );
                    Fault::new(argument.span, format!("unknown operator -{name}"), cure)
                })?);
                values.extend(value);
            }
        }
    }
    let name = |node: &Node| match &node.expression {
        Expression::Text(name) => Ok(name.clone()),
        _ => Err(wrong()),
    };
    match (values.as_slice(), operator) {
        ([node], None) => match &node.expression {
            Expression::Block(block) => Ok(Test::Block(block)),
            _ => Ok(Test::Property(name(node)?)),
        },
        ([left, right], Some(operator)) => {
            Ok(Test::Compare(name(left)?, operator, right))
        }
        _ => Err(wrong()),
    }
}

/// A whole order: nothing first, then switches, numbers, and all else by its text.
fn ordered(left: &Value, right: &Value) -> Ordering {
    let rank = |value: &Value| match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::Text(_)
        | Value::List(_)
        | Value::Table(_)
        | Value::Object(_)
        | Value::Lines(_) => 3,
    };
    let within = || match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Number(left), Value::Number(right)) => left.cmp(right),
        (left, right) => left.text().to_lowercase().cmp(&right.text().to_lowercase()),
    };
    rank(left).cmp(&rank(right)).then_with(within)
}

fn own(value: &Value, name: &str, span: Span) -> Result<Value, Fault> {
    match value {
        Value::Object(object) => {
            object.get(name).cloned().ok_or_else(|| no_property(object, name, span))
        }
        _ => Err(no_objects(span)),
    }
}

fn no_objects(span: Span) -> Fault {
    let cure = "put a Get- cmdlet before it";
    Fault::new(span, "what comes in has no properties", cure)
}

fn no_property(object: &Object, name: &str, span: Span) -> Fault {
    let names = object.properties.iter().map(|(name, _)| name.as_str());
    let cure = match crate::catalogue::nearest(name, names.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it has {}", names.collect::<Vec<_>>().join(", ")),
    };
    Fault::new(span, format!("{} has no property `{name}`", object.class), cure)
}

/// The properties of an object that names or patterns ask for, in the order asked.
fn pick(object: &Object, names: &[String], span: Span) -> Result<Object, Fault> {
    let mut picked = Object::new(object.class, object.view);
    for name in names {
        let wild = name.contains(['*', '?']);
        let found: Vec<_> = object
            .properties
            .iter()
            .filter(|(key, _)| {
                if wild { is_like(key, name) } else { key.eq_ignore_ascii_case(name) }
            })
            .collect();
        if found.is_empty() && !wild {
            return Err(no_property(object, name, span));
        }
        for (key, value) in found {
            if picked.get(key).is_none() {
                picked = picked.with(key.clone(), value.clone());
            }
        }
    }
    Ok(picked)
}
