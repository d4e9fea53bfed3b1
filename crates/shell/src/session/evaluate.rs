//! Values of expressions, and whether conditions hold.

use std::cmp::Ordering;

use regex::RegexBuilder;

use super::Session;
use super::state::{MOST_COMMANDS, MOST_SIZE};
use crate::Value;
use crate::language::{
    Block, Command, Condition, Expression, Fault, LetterCase, Node, Operator, Piece,
    Pipeline, Span,
};
use crate::value::like;

impl Session<'_> {
    /// The values that a pipeline gives; `item` is `$_`.
    pub(super) fn pipeline(
        &mut self,
        pipeline: &Pipeline,
        item: Option<&Value>,
    ) -> Result<Vec<Value>, Fault> {
        let mut values = match &pipeline.head {
            Some(node) => Some(self.value(node, item)?.items()),
            None => None,
        };
        for command in &pipeline.commands {
            values = Some(self.step(command, values, item)?);
        }
        Ok(values.unwrap_or_default())
    }

    fn step(
        &mut self,
        command: &Command,
        input: Option<Vec<Value>>,
        item: Option<&Value>,
    ) -> Result<Vec<Value>, Fault> {
        self.commands += 1;
        if self.commands > MOST_COMMANDS {
            let problem = format!("more than {MOST_COMMANDS} commands in one run");
            return Err(Fault::new(command.span, problem, "split the script"));
        }
        self.invoke(command, input, item)
    }

    /// The value of an expression.
    pub(super) fn value(
        &mut self,
        node: &Node,
        item: Option<&Value>,
    ) -> Result<Value, Fault> {
        let value = match &node.expression {
            Expression::Null => Value::Null,
            Expression::Bool(value) => Value::Bool(*value),
            Expression::Number(number) => Value::Number(*number),
            Expression::Text(text) => Value::Text(text.clone()),
            Expression::Expand(pieces) => {
                let mut text = String::new();
                for piece in pieces {
                    match piece {
                        Piece::Text(piece) => text.push_str(piece),
                        Piece::Variable(name) => {
                            text.push_str(&self.variable(name, node.span, item)?.text());
                        }
                    }
                    if text.len() > MOST_SIZE {
                        let cure = "use shorter variables";
                        return Err(Fault::new(node.span, "the text is too long", cure));
                    }
                }
                Value::Text(text)
            }
            Expression::Variable { name, path } => {
                let value = self.variable(name, node.span, item)?;
                property_path(value, path, node.span)?
            }
            Expression::List(nodes) => {
                let mut all = Gathered::default();
                for inner in nodes {
                    let given = match (self.value(inner, item)?, &inner.expression) {
                        (Value::List(several), Expression::Nested { .. }) => several,
                        (value, _) => vec![value],
                    };
                    all.add(given, node.span)?;
                }
                Value::List(all.values)
            }
            Expression::Table(rows) => {
                let mut table = Vec::new();
                for (key, inner) in rows {
                    table.push((key.clone(), self.value(inner, item)?));
                }
                Value::Table(table)
            }
            Expression::Nested { pipeline, path } => {
                let mut values = self.pipeline(pipeline, item)?;
                let value = match values.len() {
                    0 => Value::Null,
                    1 => values.swap_remove(0),
                    _ => Value::List(values),
                };
                property_path(value, path, node.span)?
            }
            Expression::Block(_) => {
                let cure = "blocks go to Where-Object and ForEach-Object";
                return Err(Fault::new(node.span, "a block is no value", cure));
            }
        };
        Ok(value)
    }

    fn variable(
        &self,
        name: &str,
        span: Span,
        item: Option<&Value>,
    ) -> Result<Value, Fault> {
        if name == "_" {
            return item.cloned().ok_or_else(|| {
                let cure =
                    "it stands for an object inside Where-Object and ForEach-Object";
                Fault::new(span, "`$_` is nothing here", cure)
            });
        }
        self.variables.get(&name.to_lowercase()).cloned().ok_or_else(|| {
            let names = self.variables.keys().map(String::as_str);
            let cure = match crate::catalogue::nearest(name, names) {
                Some(near) => format!("did you mean `${near}`?"),
                None => format!("set it first: ${name} = …"),
            };
            Fault::new(span, format!("`${name}` has no value"), cure)
        })
    }

    /// Whether a condition holds for `item`.
    pub(super) fn holds(
        &mut self,
        condition: &Condition,
        item: Option<&Value>,
    ) -> Result<bool, Fault> {
        match condition {
            Condition::Truth(node) => Ok(self.value(node, item)?.is_true()),
            Condition::Not(inner) => Ok(!self.holds(inner, item)?),
            Condition::And(all) => {
                for inner in all {
                    if !self.holds(inner, item)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Condition::Or(all) => {
                for inner in all {
                    if self.holds(inner, item)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Condition::Compare { left, operator, case, right } => {
                let left = self.value(left, item)?;
                let right = self.value(right, item)?;
                compare(&left, (*operator, *case), &right, node_span(condition))
            }
        }
    }

    /// What a block gives for one object.
    pub(super) fn block(
        &mut self,
        block: &Block,
        item: Option<&Value>,
    ) -> Result<Vec<Value>, Fault> {
        match block {
            Block::Condition(Condition::Truth(node)) => {
                Ok(self.value(node, item)?.items())
            }
            Block::Condition(condition) => {
                Ok(vec![Value::Bool(self.holds(condition, item)?)])
            }
            Block::Commands(statements) => {
                let mut all = Gathered::default();
                for statement in statements {
                    match statement {
                        crate::language::Statement::Run(pipeline) => {
                            all.add(self.pipeline(pipeline, item)?, pipeline.span)?;
                        }
                        crate::language::Statement::Exit(span) => {
                            let cure = "leave with `exit` outside the block";
                            let problem = "`exit` in a block is not part of this shell";
                            return Err(Fault::new(*span, problem, cure));
                        }
                        crate::language::Statement::Assign { span, .. } => {
                            let cure = "assign outside the block";
                            let problem =
                                "assignments in a block are not part of this shell";
                            return Err(Fault::new(*span, problem, cure));
                        }
                    }
                }
                Ok(all.values)
            }
        }
    }
}

/// Values as they gather, with their size, so that they cannot take too much memory.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// The values.
    pub(super) values: Vec<Value>,
    size: usize,
}

impl Gathered {
    /// More values.
    pub(super) fn add(&mut self, more: Vec<Value>, span: Span) -> Result<(), Fault> {
        self.size += more.iter().map(Value::size).sum::<usize>();
        if self.size > MOST_SIZE {
            return Err(Fault::new(span, "the output is too large", "select less"));
        }
        self.values.extend(more);
        Ok(())
    }
}

/// A property of a value, and a property of that, and so on; of a list, of all its items.
fn property_path(value: Value, path: &[String], span: Span) -> Result<Value, Fault> {
    path.iter().try_fold(value, |value, name| property(&value, name, span))
}

fn property(value: &Value, name: &str, span: Span) -> Result<Value, Fault> {
    let unknown = |names: Vec<&str>| {
        let near = crate::catalogue::nearest(name, names.into_iter());
        let cure = near.map_or_else(
            || "see Get-Help about".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        Fault::new(span, format!("there is no property `{name}`"), cure)
    };
    match value {
        Value::Object(object) => object.get(name).cloned().ok_or_else(|| {
            unknown(object.properties.iter().map(|(name, _)| name.as_str()).collect())
        }),
        Value::Table(rows) => rows
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.clone())
            .ok_or_else(|| unknown(rows.iter().map(|(key, _)| key.as_str()).collect())),
        Value::List(all) if name.eq_ignore_ascii_case("count") => {
            Ok(Value::Number(i64::try_from(all.len()).unwrap_or(i64::MAX)))
        }
        Value::List(all) => {
            let inner: Result<Vec<_>, _> =
                all.iter().map(|value| property(value, name, span)).collect();
            Ok(Value::List(inner?))
        }
        Value::Null => Ok(Value::Null),
        Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::Lines(_) => {
            Err(unknown(Vec::new()))
        }
    }
}

fn node_span(condition: &Condition) -> Span {
    match condition {
        Condition::Truth(node) | Condition::Compare { right: node, .. } => node.span,
        Condition::Not(inner) => node_span(inner),
        Condition::And(all) | Condition::Or(all) => {
            all.first().map_or_else(Span::default, node_span)
        }
    }
}

/// Whether a comparison holds; `span` is the place of the right side.
pub(super) fn compare(
    left: &Value,
    (operator, case): (Operator, LetterCase),
    right: &Value,
    span: Span,
) -> Result<bool, Fault> {
    let matches = || {
        let pattern = right.text();
        let built = RegexBuilder::new(&pattern)
            .case_insensitive(case == LetterCase::Ignored)
            .size_limit(MOST_PATTERN)
            .build();
        let pattern = built.map_err(|_| {
            let problem = format!("`{}` is no pattern", crate::kind::short(&pattern));
            let cure = "look-around and back references are not known; escape with `\\`";
            Fault::new(span, problem, cure)
        })?;
        Ok(match left {
            Value::List(all) => all.iter().any(|item| pattern.is_match(&item.text())),
            one => pattern.is_match(&one.text()),
        })
    };
    match operator {
        Operator::Match => matches(),
        Operator::NotMatch => matches().map(|found| !found),
        Operator::Eq
        | Operator::Ne
        | Operator::Gt
        | Operator::Ge
        | Operator::Lt
        | Operator::Le
        | Operator::Like
        | Operator::NotLike
        | Operator::Contains
        | Operator::NotContains
        | Operator::In
        | Operator::NotIn => Ok(plain(left, operator, case, right)),
    }
}

/// Most bytes that a pattern may take when it is made ready.
const MOST_PATTERN: usize = 1 << 20;

fn plain(left: &Value, operator: Operator, case: LetterCase, right: &Value) -> bool {
    let ordered =
        |wanted: fn(Ordering) -> bool| left.order_by(right, case).is_some_and(wanted);
    let equal =
        |one: &Value, other: &Value| one.order_by(other, case) == Some(Ordering::Equal);
    let within = |list: &Value, one: &Value| match list {
        Value::List(all) => all.iter().any(|item| equal(item, one)),
        other => equal(other, one),
    };
    match operator {
        Operator::Eq => equal(left, right),
        Operator::Ne => !equal(left, right),
        Operator::Gt => ordered(Ordering::is_gt),
        Operator::Ge => ordered(Ordering::is_ge),
        Operator::Lt => ordered(Ordering::is_lt),
        Operator::Le => ordered(Ordering::is_le),
        Operator::Like => like(&left.text(), &right.text(), case),
        Operator::NotLike => !like(&left.text(), &right.text(), case),
        Operator::Contains => within(left, right),
        Operator::NotContains => !within(left, right),
        Operator::In => within(right, left),
        Operator::NotIn => !within(right, left),
        // Taken care of before, with the pattern.
        Operator::Match | Operator::NotMatch => false,
    }
}
