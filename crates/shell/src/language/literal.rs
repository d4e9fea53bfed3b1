//! Words, numbers, strings and the space between them.

use winnow::Parser as _;
use winnow::combinator::{alt, repeat};
use winnow::error::{ErrMode, ParserError};
use winnow::stream::{LocatingSlice, Location as _, Stateful, Stream as _};
use winnow::token::{any, literal, take_till, take_while};

use super::{Expression, Fault, Node, Piece, Span};

/// The text, and how many brackets are open.
pub(super) type Input<'s> = Stateful<LocatingSlice<&'s str>, u32>;
/// What a parser gives.
pub(super) type Parsed<T> = Result<T, ErrMode<Fault>>;

impl<'s> ParserError<Input<'s>> for Fault {
    type Inner = Self;

    fn from_input(input: &Input<'s>) -> Self {
        let at = here(input);
        let end = at + rest(input).chars().next().map_or(0, char::len_utf8);
        Self::new(Span { start: at, end }, "this is not understood", "see `help about`")
    }

    fn into_inner(self) -> Result<Self, Self> {
        Ok(self)
    }
}

/// The place reached.
pub(super) fn here(input: &Input<'_>) -> usize {
    input.current_token_start()
}

/// Everything from here on.
pub(super) fn rest<'s>(input: &Input<'s>) -> &'s str {
    input.peek_finish()
}

/// The next character.
pub(super) fn next(input: &Input<'_>) -> Option<char> {
    rest(input).chars().next()
}

/// A fault that no other way of reading can mend.
pub(super) fn fail<T>(start: usize, end: usize, problem: &str, cure: &str) -> Parsed<T> {
    Err(ErrMode::Cut(Fault::new(Span { start, end }, problem, cure)))
}

/// A fault at the end of the text that more text could mend.
fn open<T>(start: usize, problem: &str, cure: &str) -> Parsed<T> {
    let mut fault = Fault::new(Span { start, end: start + 1 }, problem, cure);
    fault.incomplete = true;
    Err(ErrMode::Cut(fault))
}

/// The dash of a parameter; pages often turn it into a longer one.
pub(super) const fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2013}'..='\u{2015}')
}

const fn is_single_quote(c: char) -> bool {
    matches!(c, '\'' | '\u{2018}'..='\u{201b}')
}

const fn is_double_quote(c: char) -> bool {
    matches!(c, '"' | '\u{201c}'..='\u{201e}')
}

const fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r')
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() && !is_line_end(c)
}

/// Space, continued lines and comments; line ends too inside brackets.
pub(super) fn space(input: &mut Input<'_>, lines: bool) -> Parsed<()> {
    loop {
        let text = rest(input);
        match text.chars().next() {
            Some(c) if is_blank(c) || (lines && is_line_end(c)) => {
                any.void().parse_next(input)?;
            }
            Some('#') => line_comment(input)?,
            Some('<') if text.starts_with("<#") => block_comment(input)?,
            Some('`') => {
                let mut after = text[1..].chars();
                match after.next() {
                    Some('\n') => literal("`\n").void().parse_next(input)?,
                    Some('\r') if after.next() == Some('\n') => {
                        literal("`\r\n").void().parse_next(input)?;
                    }
                    Some(_) => return Ok(()),
                    None => {
                        return open(here(input), "the line goes on", "write the rest");
                    }
                }
            }
            _ => return Ok(()),
        }
    }
}

fn line_comment(input: &mut Input<'_>) -> Parsed<()> {
    ('#', take_till(0.., is_line_end)).void().parse_next(input)
}

fn block_comment(input: &mut Input<'_>) -> Parsed<()> {
    let start = here(input);
    match rest(input).find("#>") {
        Some(at) => {
            input.next_slice(at + 2);
            Ok(())
        }
        None => open(start, "the comment `<#` is never closed", "close it with `#>`"),
    }
}

/// A name of letters, digits and `_`.
pub(super) fn name<'s>(input: &mut Input<'s>) -> Parsed<&'s str> {
    take_while(1.., |c: char| c.is_alphanumeric() || c == '_').parse_next(input)
}

/// A word without quotes, a whole number where it is one.
pub(super) fn bare_word(input: &mut Input<'_>) -> Parsed<Node> {
    let start = here(input);
    let ends = |c: char| {
        c.is_whitespace()
            || is_single_quote(c)
            || is_double_quote(c)
            || matches!(
                c,
                ';' | '|' | ',' | '(' | ')' | '{' | '}' | '&' | '<' | '>' | '`' | '$'
            )
    };
    let word: &str = take_till(1.., ends).parse_next(input)?;
    let end = here(input);
    if next(input).is_some_and(|c| {
        is_single_quote(c) || is_double_quote(c) || matches!(c, '$' | '(' | '`' | '{')
    }) {
        return fail(
            start,
            end + 1,
            "a word runs into something else",
            "quote the whole",
        );
    }
    let expression = match number(word) {
        Some(number) => Expression::Number(number),
        None => Expression::Text(word.to_owned()),
    };
    Ok(Node { span: Span { start, end }, expression })
}

/// A whole number as the shell would print it, or with `KB`, `MB` or `GB`.
fn number(word: &str) -> Option<i64> {
    let lower = word.to_ascii_lowercase();
    let units = [("kb", 1_i64 << 10), ("mb", 1 << 20), ("gb", 1 << 30)];
    let (digits, unit) = units
        .into_iter()
        .find_map(|(end, unit)| lower.strip_suffix(end).map(|digits| (digits, unit)))
        .unwrap_or((lower.as_str(), 1));
    let value: i64 = digits.parse().ok()?;
    (value.to_string() == digits).then_some(value)?.checked_mul(unit)
}

/// A quoted string of any kind, where one begins here.
pub(super) fn string(input: &mut Input<'_>) -> Parsed<Option<Node>> {
    let start = here(input);
    let mut characters = rest(input).chars();
    let expression = match (characters.next(), characters.next()) {
        (Some('@'), Some(c)) if is_single_quote(c) || is_double_quote(c) => {
            here_string(input, is_double_quote(c))?
        }
        (Some(c), _) if is_single_quote(c) => Expression::Text(single(input)?),
        (Some(c), _) if is_double_quote(c) => double(input)?,
        _ => return Ok(None),
    };
    Ok(Some(Node { span: Span { start, end: here(input) }, expression }))
}

fn single(input: &mut Input<'_>) -> Parsed<String> {
    let start = here(input);
    any.void().parse_next(input)?;
    let doubled =
        (any.verify(|c| is_single_quote(*c)), any.verify(|c| is_single_quote(*c)));
    let pieces = alt((
        take_till(1.., is_single_quote).map(str::to_owned),
        doubled.map(|(c, _)| String::from(c)),
    ));
    let text: Vec<String> = repeat(0.., pieces).parse_next(input)?;
    match next(input) {
        Some(_) => any.void().parse_next(input)?,
        None => return open(start, "the string is never closed", "close it with `'`"),
    }
    Ok(text.concat())
}

fn double(input: &mut Input<'_>) -> Parsed<Expression> {
    let start = here(input);
    any.void().parse_next(input)?;
    let mut pieces = Pieces::default();
    loop {
        match next(input) {
            None => {
                return open(start, "the string is never closed", "close it with `\"`");
            }
            Some(c) if is_double_quote(c) => {
                any.void().parse_next(input)?;
                match next(input) {
                    Some(c) if is_double_quote(c) => {
                        any.void().parse_next(input)?;
                        pieces.push(c);
                    }
                    _ => return Ok(pieces.finish()),
                }
            }
            Some(_) => expandable(input, &mut pieces)?,
        }
    }
}

/// `@'` or `@"`, whole lines, and the closing quote at the start of a line.
fn here_string(input: &mut Input<'_>, expands: bool) -> Parsed<Expression> {
    let start = here(input);
    (any, any).void().parse_next(input)?;
    take_while(0.., is_blank).void().parse_next(input)?;
    let Some(opened) = line_end(rest(input)) else {
        if next(input).is_none() {
            return open(start, "the here-string is never closed", "close it on a line");
        }
        let cure = "begin the text on the next line";
        return fail(
            start,
            here(input),
            "text behind the opening of a here-string",
            cure,
        );
    };
    input.next_slice(opened);
    let text = rest(input);
    let mut from = 0;
    let (body, closed) = loop {
        let line = text[from..].split('\n').next().unwrap_or_default();
        let mut head = line.chars();
        let quote = head.next().is_some_and(|c| {
            if expands { is_double_quote(c) } else { is_single_quote(c) }
        });
        if quote && head.next() == Some('@') {
            let body = text[..from].strip_suffix('\n').unwrap_or("");
            let length = line.chars().take(2).map(char::len_utf8).sum::<usize>();
            break (body.strip_suffix('\r').unwrap_or(body), from + length);
        }
        if from + line.len() >= text.len() {
            let cure = "close it with the quote and `@` at the start of a line";
            return open(start, "the here-string is never closed", cure);
        }
        from += line.len() + 1;
    };
    let expression = if expands {
        let inner = Stateful { input: LocatingSlice::new(body), state: 0 };
        expand_all(inner, here(input))?
    } else {
        Expression::Text(body.to_owned())
    };
    input.next_slice(closed);
    Ok(expression)
}

/// Bytes of the line end that opens `text`.
fn line_end(text: &str) -> Option<usize> {
    ["\r\n", "\n"].into_iter().find(|end| text.starts_with(end)).map(str::len)
}

fn expand_all(mut input: Input<'_>, offset: usize) -> Parsed<Expression> {
    let mut pieces = Pieces::default();
    while next(&input).is_some() {
        expandable(&mut input, &mut pieces).map_err(|error| {
            error.map(|mut fault: Fault| {
                fault.span.start += offset;
                fault.span.end += offset;
                fault
            })
        })?;
    }
    Ok(pieces.finish())
}

/// Text with variables in it, as it is read.
#[derive(Default)]
struct Pieces {
    done: Vec<Piece>,
    text: String,
}

impl Pieces {
    fn push(&mut self, c: char) {
        self.text.push(c);
    }

    fn variable(&mut self, name: &str) {
        if !self.text.is_empty() {
            self.done.push(Piece::Text(std::mem::take(&mut self.text)));
        }
        self.done.push(Piece::Variable(name.to_owned()));
    }

    fn finish(mut self) -> Expression {
        if self.done.is_empty() {
            return Expression::Text(self.text);
        }
        if !self.text.is_empty() {
            self.done.push(Piece::Text(self.text));
        }
        Expression::Expand(self.done)
    }
}

/// One character, escape or variable of an expandable string.
fn expandable(input: &mut Input<'_>, pieces: &mut Pieces) -> Parsed<()> {
    let start = here(input);
    let c = any.parse_next(input)?;
    match c {
        '`' => match any::<_, ErrMode<Fault>>.parse_next(input) {
            Ok(c) => pieces.push(escaped(c)),
            Err(_) => return open(start, "the escape is cut off", "finish the string"),
        },
        '$' => match next(input) {
            Some('(') => {
                let cure = "put the value into a variable first and write the variable";
                return fail(
                    start,
                    start + 2,
                    "`$(` inside a string is not run here",
                    cure,
                );
            }
            Some(c) if c.is_alphabetic() || c == '_' => {
                let name = name(input)?;
                pieces.variable(name);
            }
            _ => pieces.push('$'),
        },
        c => pieces.push(c),
    }
    Ok(())
}

const fn escaped(c: char) -> char {
    match c {
        '0' => '\0',
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        c => c,
    }
}
