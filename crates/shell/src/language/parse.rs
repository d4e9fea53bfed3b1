//! From text to statements.

use winnow::Parser as _;
use winnow::error::ErrMode;
use winnow::stream::{LocatingSlice, Stateful, Stream as _};
use winnow::token::{any, literal, take_while};

use super::literal::{
    Input, Parsed, bare_word, fail, here, is_dash, name, next, rest, space, string,
};
use super::{
    Argument, ArgumentKind, Block, Command, Condition, Expression, Fault, Node, Operator,
    Pipeline, Span, Statement,
};

/// What opens a comment line that sclbench reads as a command and the product's shell does
/// not: settings of the simulation travel in scripts this way.
pub const DIRECTIVE: &str = "#sclbench:";

/// Longest script, in bytes.
const MOST_BYTES: usize = 4 << 20;
/// Deepest nesting of brackets.
const MOST_DEPTH: u32 = 24;

/// Reads a script.
///
/// # Errors
///
/// [`Fault`] at the first place that is not understood.
pub fn parse(script: &str) -> Result<Vec<Statement>, Fault> {
    if script.len() > MOST_BYTES {
        let cure = format!("split it into parts of at most {} MiB", MOST_BYTES >> 20);
        return Err(Fault::new(Span::default(), "the script is too long", cure));
    }
    let mut input: Input<'_> = Stateful { input: LocatingSlice::new(script), state: 0 };
    if script.starts_with('\u{feff}') {
        input.next_slice('\u{feff}'.len_utf8());
    }
    statements(&mut input)
        .and_then(|all| match next(&input) {
            None => Ok(all),
            Some(_) => unexpected(&input),
        })
        .map_err(|error| match error {
            ErrMode::Backtrack(fault) | ErrMode::Cut(fault) => fault,
            ErrMode::Incomplete(_) => {
                Fault::new(Span::default(), "the script ends early", "write the rest")
            }
        })
}

fn unexpected<T>(input: &Input<'_>) -> Parsed<T> {
    let start = here(input);
    let Some(c) = next(input) else {
        return incomplete(start, "the script ends too early", "write the rest");
    };
    let shown = if c.is_control() { ' ' } else { c };
    let cure = match c {
        '>' | '<' => "redirection is not part of this shell; take it out",
        '&' => "nothing is run on this machine; take it out",
        '[' => "types and indexes are not part of this shell; take it out",
        '}' | ')' => "take it out, or open it before",
        _ => "take it out, or quote the whole word",
    };
    fail(start, start + c.len_utf8(), &format!("`{shown}` is not understood here"), cure)
}

fn incomplete<T>(start: usize, problem: &str, cure: &str) -> Parsed<T> {
    let mut fault = Fault::new(Span { start, end: start }, problem, cure);
    fault.incomplete = true;
    Err(ErrMode::Cut(fault))
}

/// Statements up to the end or a closing brace.
fn statements(input: &mut Input<'_>) -> Parsed<Vec<Statement>> {
    let mut all = Vec::new();
    loop {
        opening(input)?;
        match next(input) {
            None | Some('}') => return Ok(all),
            Some(_) => all.push(statement(input)?),
        }
        space(input, false)?;
        match next(input) {
            None | Some('}' | ';' | '\n' | '\r') => {}
            Some(_) => return unexpected(input),
        }
    }
}

/// Space, line ends and semicolons before a statement, and the mark of a directive.
fn opening(input: &mut Input<'_>) -> Parsed<()> {
    loop {
        let text = rest(input);
        match text.chars().next() {
            Some('#') if text.starts_with(DIRECTIVE) => {
                literal(DIRECTIVE).void().parse_next(input)?;
            }
            Some(c) if c.is_whitespace() || c == ';' => {
                any.void().parse_next(input)?;
            }
            _ => {
                space(input, false)?;
                if rest(input).len() == text.len() {
                    return Ok(());
                }
            }
        }
    }
}

fn statement(input: &mut Input<'_>) -> Parsed<Statement> {
    if next(input) == Some('$') {
        let start = input.checkpoint();
        let at = here(input);
        if let Expression::Variable { name, path } = variable(input)?.expression {
            let span = Span { start: at, end: here(input) };
            space(input, false)?;
            let adds = rest(input).starts_with("+=");
            if adds || next(input) == Some('=') {
                if !path.is_empty() {
                    let cure = "assign to the variable itself, or use a Set- cmdlet";
                    return fail(at, span.end, "properties cannot be assigned", cure);
                }
                input.next_slice(if adds { 2 } else { 1 });
                space(input, true)?;
                let value = pipeline(input)?;
                return Ok(Statement::Assign { span, name, adds, value });
            }
        }
        input.reset(&start);
    }
    let read = pipeline(input)?;
    match (&read.head, read.commands.as_slice()) {
        (None, [only]) if only.name.eq_ignore_ascii_case("exit") => {
            // An exit code is taken; there is nobody to give it to.
            match only.arguments.as_slice() {
                [] | [Argument { kind: ArgumentKind::Value(_), .. }] => {
                    Ok(Statement::Exit(read.span))
                }
                [first, ..] => {
                    let Span { start, end } = first.span;
                    fail(start, end, "`exit` takes a code at most", "take the rest out")
                }
            }
        }
        _ => Ok(Statement::Run(read)),
    }
}

fn pipeline(input: &mut Input<'_>) -> Parsed<Pipeline> {
    let start = here(input);
    let mut commands = Vec::new();
    let head = if opens_value(input) {
        Some(value(input)?)
    } else {
        commands.push(command(input)?);
        None
    };
    loop {
        space(input, false)?;
        if next(input) != Some('|') {
            return Ok(Pipeline {
                span: Span { start, end: here(input) },
                head,
                commands,
            });
        }
        any.void().parse_next(input)?;
        space(input, true)?;
        commands.push(command(input)?);
    }
}

/// Whether a value and no command begins here.
fn opens_value(input: &Input<'_>) -> bool {
    let text = rest(input);
    let mut characters = text.chars();
    match characters.next() {
        Some('$' | '(' | '@' | '"' | '\'' | '\u{2018}'..='\u{201e}') => true,
        Some(c) if c.is_ascii_digit() => true,
        Some('-') => characters.next().is_some_and(|c| c.is_ascii_digit()),
        _ => false,
    }
}

fn command(input: &mut Input<'_>) -> Parsed<Command> {
    let start = here(input);
    let letter = |c: char| {
        c.is_alphanumeric()
            || matches!(c, '-' | '_' | '.' | '?' | '%' | '\u{2013}'..='\u{2015}')
    };
    if !next(input).is_some_and(letter) {
        return unexpected(input);
    }
    let name: &str = take_while(1.., letter).parse_next(input)?;
    let name: String = name.chars().map(|c| if is_dash(c) { '-' } else { c }).collect();
    let span = Span { start, end: here(input) };
    let mut arguments = Vec::new();
    loop {
        let before = here(input);
        space(input, false)?;
        match next(input) {
            None | Some('\n' | '\r' | ';' | '|' | '}' | ')') => break,
            Some(_) if here(input) == before && next(input) != Some('{') => {
                return unexpected(input);
            }
            Some(_) => arguments.push(argument(input)?),
        }
    }
    Ok(Command { span, name, arguments })
}

fn argument(input: &mut Input<'_>) -> Parsed<Argument> {
    let start = here(input);
    let mut characters = rest(input).chars();
    let dash = characters.next().is_some_and(is_dash);
    if !dash || !characters.next().is_some_and(|c| c.is_alphabetic() || c == '?') {
        let node = value(input)?;
        return Ok(Argument { span: node.span, kind: ArgumentKind::Value(node) });
    }
    any.void().parse_next(input)?;
    let name: &str =
        take_while(1.., |c: char| c.is_alphanumeric() || matches!(c, '_' | '?'))
            .parse_next(input)?;
    let span = Span { start, end: here(input) };
    let value = if next(input) == Some(':') {
        any.void().parse_next(input)?;
        space(input, false)?;
        Some(value(input)?)
    } else {
        None
    };
    let kind = ArgumentKind::Parameter { name: name.to_owned(), value };
    Ok(Argument { span, kind })
}

/// One value, or several with commas between.
fn value(input: &mut Input<'_>) -> Parsed<Node> {
    let first = single(input)?;
    let mut all = vec![first];
    loop {
        let before = input.checkpoint();
        space(input, false)?;
        if next(input) != Some(',') {
            input.reset(&before);
            break;
        }
        any.void().parse_next(input)?;
        space(input, true)?;
        all.push(single(input)?);
    }
    if all.len() == 1 {
        return Ok(all.swap_remove(0));
    }
    let span = Span { start: all[0].span.start, end: here(input) };
    Ok(Node { span, expression: Expression::List(all) })
}

fn single(input: &mut Input<'_>) -> Parsed<Node> {
    if let Some(node) = string(input)? {
        return Ok(node);
    }
    let text = rest(input);
    match next(input) {
        Some('$') if text.starts_with("$(") => {
            let cure = "write `( … )` without the dollar sign";
            fail(here(input), here(input) + 2, "`$( … )` is not part of this shell", cure)
        }
        Some('$') => variable(input),
        Some('@') if text.starts_with("@{") => bracketed(input, 2, table),
        Some('@') if text.starts_with("@(") => bracketed(input, 2, list),
        Some('(') => nested(input),
        Some('{') => bracketed(input, 1, block),
        _ if opens_word(input) => bare_word(input),
        _ => unexpected(input),
    }
}

fn opens_word(input: &Input<'_>) -> bool {
    next(input).is_some_and(|c| {
        !c.is_whitespace()
            && !matches!(
                c,
                ';' | '|' | ',' | ')' | '}' | '&' | '<' | '>' | '`' | '[' | ']'
            )
    })
}

/// `$true`, `$false`, `$null`, `$_` or a variable, with its properties.
fn variable(input: &mut Input<'_>) -> Parsed<Node> {
    let start = here(input);
    any.void().parse_next(input)?;
    let braced = next(input) == Some('{');
    if braced {
        any.void().parse_next(input)?;
    }
    if !next(input).is_some_and(|c| c.is_alphanumeric() || c == '_') {
        return fail(start, here(input), "a `$` without a name", "write `$name`");
    }
    let name = name(input)?.to_owned();
    if braced && next(input) != Some('}') {
        return fail(start, here(input), "the name is never closed", "close it with `}`");
    }
    if braced {
        any.void().parse_next(input)?;
    }
    if next(input) == Some(':') {
        let cure = "only plain variables are known; take the part before the colon out";
        return fail(start, here(input) + 1, "a scope or drive before a name", cure);
    }
    let path = properties(input)?;
    let expression = match name.to_ascii_lowercase().as_str() {
        "null" if path.is_empty() => Expression::Null,
        "true" if path.is_empty() => Expression::Bool(true),
        "false" if path.is_empty() => Expression::Bool(false),
        _ => Expression::Variable { name, path },
    };
    Ok(Node { span: Span { start, end: here(input) }, expression })
}

/// `.Name.Name`, perhaps none.
fn properties(input: &mut Input<'_>) -> Parsed<Vec<String>> {
    let mut path = Vec::new();
    while next(input) == Some('.') {
        let start = here(input);
        any.void().parse_next(input)?;
        if !next(input).is_some_and(char::is_alphabetic) {
            return fail(start, start + 1, "a `.` without a property", "name one");
        }
        path.push(name(input)?.to_owned());
        if next(input) == Some('(') {
            let cure = "only properties can be asked for; take the brackets out";
            return fail(start, here(input) + 1, "methods cannot be called", cure);
        }
    }
    if next(input) == Some('[') {
        return unexpected(input);
    }
    Ok(path)
}

/// What stands between an opening of `length` bytes and its closing bracket.
fn bracketed(
    input: &mut Input<'_>,
    length: usize,
    inner: fn(&mut Input<'_>) -> Parsed<Expression>,
) -> Parsed<Node> {
    let start = here(input);
    let opening = input.next_slice(length);
    if input.state >= MOST_DEPTH {
        let problem = format!("brackets more than {MOST_DEPTH} deep");
        return fail(start, here(input), &problem, "use variables for the inner parts");
    }
    input.state += 1;
    space(input, true)?;
    let expression = inner(input)?;
    space(input, true)?;
    let closing = if opening.ends_with('{') { '}' } else { ')' };
    match next(input) {
        Some(c) if c == closing => any.void().parse_next(input)?,
        Some(_) => return unexpected(input),
        None => {
            let problem = format!("`{opening}` is never closed");
            let mut fault = Fault::new(
                Span { start, end: start + length },
                problem,
                format!("close it with `{closing}`"),
            );
            fault.incomplete = true;
            return Err(ErrMode::Cut(fault));
        }
    }
    input.state -= 1;
    Ok(Node { span: Span { start, end: here(input) }, expression })
}

fn nested(input: &mut Input<'_>) -> Parsed<Node> {
    let mut node = bracketed(input, 1, |input| {
        let pipeline = Box::new(pipeline(input)?);
        Ok(Expression::Nested { pipeline, path: Vec::new() })
    })?;
    let asked = properties(input)?;
    if let Expression::Nested { path, .. } = &mut node.expression {
        *path = asked;
    }
    node.span.end = here(input);
    Ok(node)
}

fn list(input: &mut Input<'_>) -> Parsed<Expression> {
    if next(input) == Some(')') {
        return Ok(Expression::List(Vec::new()));
    }
    if !opens_value(input) {
        let pipeline = Box::new(pipeline(input)?);
        let span = pipeline.span;
        let expression = Expression::Nested { pipeline, path: Vec::new() };
        return Ok(Expression::List(vec![Node { span, expression }]));
    }
    let node = value(input)?;
    Ok(match node.expression {
        Expression::List(all) => Expression::List(all),
        other => Expression::List(vec![Node { span: node.span, expression: other }]),
    })
}

fn table(input: &mut Input<'_>) -> Parsed<Expression> {
    let mut rows = Vec::new();
    loop {
        while next(input) == Some(';') {
            any.void().parse_next(input)?;
            space(input, true)?;
        }
        if matches!(next(input), None | Some('}')) {
            return Ok(Expression::Table(rows));
        }
        let key = match string(input)? {
            Some(Node { expression: Expression::Text(text), .. }) => text,
            _ if next(input).is_some_and(char::is_alphanumeric) => {
                name(input)?.to_owned()
            }
            _ => return unexpected(input),
        };
        space(input, true)?;
        if next(input) != Some('=') {
            return unexpected(input);
        }
        any.void().parse_next(input)?;
        space(input, true)?;
        rows.push((key, value(input)?));
        space(input, false)?;
        match next(input) {
            None | Some(';' | '\n' | '\r' | '}') => space(input, true)?,
            Some(_) => return unexpected(input),
        }
    }
}

/// A condition where a value or `-not` opens the block, else commands.
fn block(input: &mut Input<'_>) -> Parsed<Expression> {
    let denies = rest(input).starts_with('!') || rest(input).starts_with("-not");
    let block = if opens_value(input) || denies {
        Block::Condition(either(input)?)
    } else {
        Block::Commands(statements(input)?)
    };
    Ok(Expression::Block(Box::new(block)))
}

fn either(input: &mut Input<'_>) -> Parsed<Condition> {
    let mut all = vec![both(input)?];
    while word_operator(input, "or")? {
        all.push(both(input)?);
    }
    Ok(if all.len() == 1 { all.swap_remove(0) } else { Condition::Or(all) })
}

fn both(input: &mut Input<'_>) -> Parsed<Condition> {
    let mut all = vec![test(input)?];
    while word_operator(input, "and")? {
        all.push(test(input)?);
    }
    Ok(if all.len() == 1 { all.swap_remove(0) } else { Condition::And(all) })
}

/// Takes `-word` where it stands next.
fn word_operator(input: &mut Input<'_>, word: &str) -> Parsed<bool> {
    let before = input.checkpoint();
    space(input, true)?;
    if next(input).is_some_and(is_dash) {
        any.void().parse_next(input)?;
        let found: Parsed<&str> = name(input);
        if found.is_ok_and(|found| found.eq_ignore_ascii_case(word)) {
            space(input, true)?;
            return Ok(true);
        }
    }
    input.reset(&before);
    Ok(false)
}

fn test(input: &mut Input<'_>) -> Parsed<Condition> {
    if next(input) == Some('!') {
        any.void().parse_next(input)?;
        space(input, true)?;
        return deeper(input, |input| Ok(Condition::Not(Box::new(test(input)?))));
    }
    if word_operator(input, "not")? {
        return deeper(input, |input| Ok(Condition::Not(Box::new(test(input)?))));
    }
    if next(input) == Some('(')
        && !rest(input)[1..].trim_start().starts_with(char::is_alphabetic)
    {
        return deeper(input, |input| {
            let start = here(input);
            any.void().parse_next(input)?;
            space(input, true)?;
            let condition = either(input)?;
            space(input, true)?;
            match next(input) {
                Some(')') => any.void().parse_next(input)?,
                Some(_) => return unexpected(input),
                None => return incomplete(start, "`(` is never closed", "close it"),
            }
            Ok(condition)
        });
    }
    let left = value(input)?;
    let before = input.checkpoint();
    space(input, true)?;
    if !next(input).is_some_and(is_dash) {
        input.reset(&before);
        return Ok(Condition::Truth(left));
    }
    let start = here(input);
    any.void().parse_next(input)?;
    let word = name(input)?;
    let Some((operator, case)) = Operator::find(word) else {
        if ["and", "or"].iter().any(|known| known.eq_ignore_ascii_case(word)) {
            input.reset(&before);
            return Ok(Condition::Truth(left));
        }
        let all: Vec<_> =
            Operator::ALL.iter().map(|(name, _)| format!("-{name}")).collect();
        let cure = format!("use one of {}", all.join(", "));
        return fail(start, here(input), &format!("unknown operator `-{word}`"), &cure);
    };
    space(input, true)?;
    Ok(Condition::Compare { left, operator, case, right: value(input)? })
}

fn deeper<T>(
    input: &mut Input<'_>,
    inner: impl FnOnce(&mut Input<'_>) -> Parsed<T>,
) -> Parsed<T> {
    if input.state >= MOST_DEPTH {
        let start = here(input);
        let problem = format!("conditions more than {MOST_DEPTH} deep");
        return fail(start, start + 1, &problem, "use a simpler condition");
    }
    input.state += 1;
    let inner = inner(input)?;
    input.state -= 1;
    Ok(inner)
}
