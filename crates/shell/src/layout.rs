//! Objects as lists and tables.
//!
//! Source: specification section 2.4, measured on the product's printed pages: labels
//! padded to the longest, a console of 80 columns of which the last stays empty, and wraps
//! that may fall inside a word.

use crate::{Object, Value, View};

/// Columns of the console.
const CONSOLE: usize = 80;
/// Most properties that are shown as a table by themselves.
const TABLE_COLUMNS: usize = 4;
/// Widest cell of a table whose view does not say.
const WIDEST: usize = 48;

/// Values as the shell shows them by itself: runs of objects of one kind together.
pub(crate) fn shown(values: &[Value]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut run: Vec<&Object> = Vec::new();
    for value in values {
        if let Value::Object(object) = value {
            if run.last().is_some_and(|last| !alike(last, object)) {
                lines.extend(by_view(&run));
                run.clear();
            }
            run.push(object);
            continue;
        }
        lines.extend(by_view(&run));
        run.clear();
        lines.extend(plain(value));
    }
    lines.extend(by_view(&run));
    lines
}

fn plain(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::Lines(lines) => lines.clone(),
        Value::List(all) => shown(all),
        other => other.text().lines().map(str::to_owned).collect(),
    }
}

fn alike(left: &Object, right: &Object) -> bool {
    let names = |object: &Object| -> Vec<String> {
        object.properties.iter().map(|(name, _)| name.clone()).collect()
    };
    left.class == right.class && left.view == right.view && names(left) == names(right)
}

fn by_view(objects: &[&Object]) -> Vec<String> {
    let Some(first) = objects.first() else { return Vec::new() };
    match first.view {
        View::List => list(objects),
        View::Table(columns) => {
            let columns: Vec<_> = columns
                .iter()
                .map(|(name, width)| ((*name).to_owned(), *width))
                .collect();
            table(objects, &columns)
        }
        View::Auto if first.properties.len() <= TABLE_COLUMNS => {
            let columns: Vec<_> =
                first.properties.iter().map(|(name, _)| (name.clone(), 0)).collect();
            table(objects, &columns)
        }
        View::Auto => list(objects),
    }
}

/// `Format-List`: one property a line, an empty line between objects.
pub(crate) fn list(objects: &[&Object]) -> Vec<String> {
    let mut lines = Vec::new();
    for object in objects {
        if object.properties.is_empty() {
            continue;
        }
        if !lines.is_empty() {
            lines.push(String::new());
        }
        let names = object.properties.iter().map(|(name, _)| name.chars().count());
        let label = names.max().unwrap_or(0);
        for (name, value) in &object.properties {
            lines.extend(entry(name, label, &value.text()));
        }
    }
    lines
}

/// A label and its value, wrapped at the last column but one.
fn entry(name: &str, label: usize, text: &str) -> Vec<String> {
    let width = CONSOLE.saturating_sub(label + 3 + 1).max(10);
    let mut parts: Vec<String> = Vec::new();
    for line in text.split('\n') {
        let all: Vec<char> = line.trim_end_matches('\r').chars().collect();
        if all.is_empty() {
            parts.push(String::new());
        }
        parts.extend(all.chunks(width).map(|part| part.iter().collect::<String>()));
    }
    let indent = label + 3;
    let lines = parts.iter().enumerate().map(|(at, part)| match at {
        0 => format!("{name:<label$} : {part}"),
        _ => format!("{:indent$}{part}", ""),
    });
    lines.map(|line| line.trim_end().to_owned()).collect()
}

/// `Format-Table`: a heading, a rule, and one object a line. A width of 0 is as wide as
/// needed.
pub(crate) fn table(objects: &[&Object], columns: &[(String, usize)]) -> Vec<String> {
    let cells = |object: &Object| -> Vec<String> {
        let text = |name: &String| object.get(name).map_or_else(String::new, Value::text);
        columns.iter().map(|(name, _)| text(name).replace(['\n', '\r'], " ")).collect()
    };
    let rows: Vec<Vec<String>> = objects.iter().map(|object| cells(object)).collect();
    let widths: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(at, (name, width))| {
            let longest =
                rows.iter().map(|row| row[at].chars().count().min(WIDEST)).max();
            let needed = longest.unwrap_or(0).max(name.chars().count());
            if *width == 0 { needed } else { *width }
        })
        .collect();
    let line = |cells: Vec<String>| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| {
            let cell = cut(cell, *width);
            format!("{cell:<width$} ")
        });
        padded.collect::<String>().trim_end().to_owned()
    };
    let names: Vec<String> = columns.iter().map(|(name, _)| name.clone()).collect();
    let rules = names.iter().map(|name| "-".repeat(name.chars().count())).collect();
    let head = [line(names.clone()), line(rules)];
    head.into_iter().chain(rows.into_iter().map(line)).collect()
}

fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(3)).collect();
    kept + "..."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_wraps_where_the_product_does() {
        let agents = Value::texts(&[
            "Connection Filtering Agent",
            "Address Rewriting Inbound Agent",
            "Sender Id Agent",
            "Sender Filter Agent",
            "Protocol Analysis Agent",
        ]);
        let object = Object::new("Pipeline", View::List)
            .with("Event", Value::Text("OnEndOfHeaders".into()))
            .with("TransportAgents", agents);
        assert_eq!(
            list(&[&object]),
            [
                "Event           : OnEndOfHeaders",
                "TransportAgents : {Connection Filtering Agent, Address Rewriting Inbound Agent,",
                "                   Sender Id Agent, Sender Filter Agent, Protocol Analysis Agen",
                "                  t}",
            ]
        );
    }

    #[test]
    fn few_properties_make_a_table_and_many_a_list() {
        let object = |count: u8| {
            (0..count).fold(Object::new("X", View::Auto), |object, at| {
                object.with(format!("P{at}"), Value::Number(at.into()))
            })
        };
        assert_eq!(
            shown(&[Value::Object(object(2)), Value::Object(object(2))]),
            ["P0 P1", "-- --", "0  1", "0  1"]
        );
        assert_eq!(shown(&[Value::Object(object(5))])[0], "P0 : 0");
    }
}
