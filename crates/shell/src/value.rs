//! Values of the shell and how it prints and compares them.

use std::cmp::Ordering;

use crate::Object;
use crate::language::LetterCase;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `$null`.
    Null,
    /// `$true` or `$false`.
    Bool(bool),
    /// A whole number.
    Number(i64),
    /// Text.
    Text(String),
    /// Several values.
    List(Vec<Self>),
    /// `@{ … }`.
    Table(Vec<(String, Self)>),
    /// What a `Get-` cmdlet gives.
    Object(Object),
    /// Lines that a formatting cmdlet has made.
    Lines(Vec<String>),
}

/// Most items of a list that are printed. The product's own shell sets the same number.
const SHOWN_ITEMS: usize = 16;

impl Value {
    /// A list of texts.
    pub fn texts<T: ToString>(all: &[T]) -> Self {
        Self::List(all.iter().map(|text| Self::Text(text.to_string())).collect())
    }

    /// Whether a condition takes it for true.
    pub fn is_true(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(value) => *value,
            Self::Number(value) => *value != 0,
            Self::Text(text) => !text.is_empty(),
            Self::List(all) => match all.as_slice() {
                [] => false,
                [one] => one.is_true(),
                _ => true,
            },
            Self::Table(_) | Self::Object(_) | Self::Lines(_) => true,
        }
    }

    /// The value as text, as in a string or a cell.
    pub fn text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Bool(true) => "True".to_owned(),
            Self::Bool(false) => "False".to_owned(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
            Self::List(all) => {
                let shown: Vec<_> =
                    all.iter().take(SHOWN_ITEMS).map(Self::text).collect();
                let more = if all.len() > SHOWN_ITEMS { "..." } else { "" };
                format!("{{{}{more}}}", shown.join(", "))
            }
            Self::Table(rows) => {
                let rows: Vec<_> = rows
                    .iter()
                    .map(|(key, value)| format!("{key}={}", value.text()))
                    .collect();
                format!("@{{{}}}", rows.join("; "))
            }
            Self::Object(object) => object.name(),
            Self::Lines(lines) => lines.join("\n"),
        }
    }

    /// The values of a list; of anything else, itself; of nothing, none.
    pub fn items(self) -> Vec<Self> {
        match self {
            Self::Null => Vec::new(),
            Self::List(all) => all,
            other => vec![other],
        }
    }

    /// A number, also where it is written as text.
    pub fn number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
            Self::Null
            | Self::Bool(_)
            | Self::List(_)
            | Self::Table(_)
            | Self::Object(_)
            | Self::Lines(_) => None,
        }
    }

    /// Rough size in bytes, for the limit on what variables may hold.
    pub fn size(&self) -> usize {
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) => 8,
            Self::Text(text) => 8 + text.len(),
            Self::List(all) => 8 + all.iter().map(Self::size).sum::<usize>(),
            Self::Table(rows) => {
                rows.iter().map(|(key, value)| 8 + key.len() + value.size()).sum()
            }
            Self::Object(object) => {
                let sizes = object.properties.iter();
                sizes.map(|(key, value)| 8 + key.len() + value.size()).sum()
            }
            Self::Lines(lines) => lines.iter().map(|line| 8 + line.len()).sum(),
        }
    }

    /// Whether two values are equal to the shell: the right one is read as the left one is.
    pub fn equals(&self, other: &Self) -> bool {
        self.order(other) == Some(Ordering::Equal)
    }

    /// How two values compare, whatever their letter case; `None` where they do not.
    pub fn order(&self, other: &Self) -> Option<Ordering> {
        self.order_by(other, LetterCase::Ignored)
    }

    /// How two values compare; `None` where they do not.
    pub(crate) fn order_by(&self, other: &Self, case: LetterCase) -> Option<Ordering> {
        match (self, other) {
            (Self::Null, Self::Null) => Some(Ordering::Equal),
            (Self::Null, _) | (_, Self::Null) => None,
            (Self::Bool(left), right) => {
                let right = match right {
                    Self::Text(text) => {
                        !text.eq_ignore_ascii_case("false") && !text.is_empty()
                    }
                    right => right.is_true(),
                };
                Some(left.cmp(&right))
            }
            (Self::Number(left), right) => Some(left.cmp(&right.number()?)),
            (left, right) => {
                let [left, right] = [left, right].map(|side| cased(&side.text(), case));
                Some(left.cmp(&right))
            }
        }
    }
}

/// Whether `text` is like `pattern`, in which `*` stands for anything and `?` for one
/// character; letter case does not matter. Takes time in the product of the lengths.
pub fn is_like(text: &str, pattern: &str) -> bool {
    like(text, pattern, LetterCase::Ignored)
}

/// A text in the form in which it is compared.
fn cased(text: &str, case: LetterCase) -> String {
    match case {
        LetterCase::Ignored => text.to_lowercase(),
        LetterCase::Minded => text.to_owned(),
    }
}

/// As [`is_like`], where letter case may count.
pub(crate) fn like(text: &str, pattern: &str, case: LetterCase) -> bool {
    let text: Vec<char> = cased(text, case).chars().collect();
    let pattern: Vec<char> = cased(pattern, case).chars().collect();
    let (mut at, mut from) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(from) {
            Some('*') => {
                star = Some((from, at));
                from += 1;
            }
            Some(c) if *c == '?' || *c == text[at] => {
                at += 1;
                from += 1;
            }
            _ => match star {
                Some((back, reached)) => {
                    star = Some((back, reached + 1));
                    from = back + 1;
                    at = reached + 1;
                }
                None => return false,
            },
        }
    }
    pattern[from..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_as_the_shell_does() {
        for (text, pattern, like) in [
            ("SCLDeleteThreshold", "scl*", true),
            ("SCLDeleteThreshold", "*threshold", true),
            ("Enabled", "scl*", false),
            ("abc", "a?c", true),
            ("abc", "a?", false),
            ("aaab", "*a*b", true),
            ("", "*", true),
        ] {
            assert_eq!(is_like(text, pattern), like, "{text} {pattern}");
        }
    }

    #[test]
    fn the_right_side_is_read_as_the_left_one() {
        assert!(Value::Number(7).equals(&Value::Text("7".into())));
        assert!(Value::Text("Reject".into()).equals(&Value::Text("reject".into())));
        assert!(Value::Bool(true).equals(&Value::Text("True".into())));
        assert!(!Value::Null.equals(&Value::Number(0)));
    }

    #[test]
    fn long_lists_are_cut() {
        let all: Vec<usize> = (0..20).collect();
        let text = Value::texts(&all).text();
        assert!(text.ends_with("14, 15...}"), "{text}");
    }
}
