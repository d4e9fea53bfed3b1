//! What a parameter takes: ranges, words, lengths, forms.

use crate::Value;
pub(crate) use crate::form::Form;

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `$true` or `$false`.
    Switch,
    /// `$true`, `$false` or `$null`.
    MaybeSwitch,
    /// A whole number in a range.
    Number(i64, i64),
    /// A whole number in a range, or `$null`.
    MaybeNumber(i64, i64),
    /// Text of at most so many characters.
    Text(usize),
    /// Text of at most so many characters, or `$null`.
    MaybeText(usize),
    /// One of these words, or `$null`.
    MaybeWord(&'static [&'static str]),
    /// One of these words.
    Word(&'static [&'static str]),
    /// At most so many texts; `@{Add=…; Remove=…}` edits them.
    List(usize),
    /// Text of a form.
    Of(Form),
    /// Text of a form, or `$null`.
    MaybeOf(Form),
    /// At most so many texts of a form.
    ListOf(Form, usize),
}

impl Kind {
    /// The kind in words, for help.
    pub(crate) fn words(self) -> String {
        match self {
            Self::Switch => "$true or $false".to_owned(),
            Self::MaybeSwitch => "$true, $false or $null".to_owned(),
            Self::Number(low, high) => format!("{low} to {high}"),
            Self::MaybeNumber(low, high) => format!("{low} to {high}, or $null"),
            Self::Text(usize::MAX) => "text".to_owned(),
            Self::MaybeText(usize::MAX) => "text or $null".to_owned(),
            Self::Text(most) => format!("text, at most {most} characters"),
            Self::MaybeText(most) => format!("text, at most {most} characters, or $null"),
            Self::Word(words) => words.join(" or "),
            Self::MaybeWord(words) => format!("{}, or $null", words.join(" or ")),
            Self::List(usize::MAX) => "list".to_owned(),
            Self::List(most) => format!("list, at most {most} entries"),
            Self::Of(form) => form.words(),
            Self::MaybeOf(form) => format!("{}, or $null", form.words()),
            Self::ListOf(form, usize::MAX) => format!("list, each {}", form.words()),
            Self::ListOf(form, most) => {
                format!("list of at most {most} entries, each {}", form.words())
            }
        }
    }

    /// The values that completion offers.
    pub(crate) fn examples(self) -> Vec<String> {
        match self {
            Self::Switch => vec!["$true".to_owned(), "$false".to_owned()],
            Self::MaybeSwitch => ["$true", "$false", "$null"].map(str::to_owned).to_vec(),
            Self::Number(low, high) if high - low < 64 => {
                (low..=high).map(|value| value.to_string()).collect()
            }
            Self::MaybeNumber(low, high) if high - low < 64 => {
                let numbers = (low..=high).map(|value| value.to_string());
                numbers.chain(["$null".to_owned()]).collect()
            }
            Self::Word(words) | Self::MaybeWord(words) => {
                words.iter().map(|word| (*word).to_owned()).collect()
            }
            Self::MaybeText(_) | Self::MaybeNumber(..) | Self::MaybeOf(_) => {
                vec!["$null".to_owned()]
            }
            Self::List(_) | Self::ListOf(..) => {
                vec!["$null".to_owned(), "@{Add=".to_owned()]
            }
            Self::Number(..) | Self::Text(_) | Self::Of(_) => Vec::new(),
        }
    }

    /// The value in the form that rows take, `now` being the value so far.
    ///
    /// # Errors
    ///
    /// What is wrong, in words.
    pub(crate) fn check(self, value: Value, now: &Value) -> Result<Value, String> {
        let wrong = || Err(format!("`{}` is no {}", short(&value.text()), self.noun()));
        match self {
            Self::MaybeSwitch if value == Value::Null => Ok(value),
            Self::Switch | Self::MaybeSwitch => match (&value, value.number()) {
                (Value::Bool(_), _) => Ok(value),
                (_, Some(number @ (0 | 1))) => Ok(Value::Bool(number == 1)),
                (Value::Text(text), _) if text.eq_ignore_ascii_case("true") => {
                    Ok(Value::Bool(true))
                }
                (Value::Text(text), _) if text.eq_ignore_ascii_case("false") => {
                    Ok(Value::Bool(false))
                }
                _ => wrong(),
            },
            Self::MaybeNumber(..)
            | Self::MaybeText(_)
            | Self::MaybeWord(_)
            | Self::MaybeOf(_)
                if value == Value::Null =>
            {
                Ok(value)
            }
            Self::MaybeText(_) | Self::MaybeOf(_)
                if value == Value::Text(String::new()) =>
            {
                Ok(Value::Null)
            }
            Self::Of(form) | Self::MaybeOf(form) => match &value {
                Value::Text(_) | Value::Number(_) => {
                    form.read(&value.text()).map(Value::Text)
                }
                _ => wrong(),
            },
            Self::Number(low, high) | Self::MaybeNumber(low, high) => {
                match value.number() {
                    Some(number) if (low..=high).contains(&number) => {
                        Ok(Value::Number(number))
                    }
                    Some(number) => Err(format!("`{number}` is out of range")),
                    None => wrong(),
                }
            }
            Self::Text(most) | Self::MaybeText(most) => match &value {
                Value::Text(_) | Value::Number(_) => {
                    let text = value.text();
                    let length = text.chars().count();
                    if length > most {
                        return Err(format!("{length} characters are too many"));
                    }
                    Ok(Value::Text(text))
                }
                _ => wrong(),
            },
            Self::Word(words) | Self::MaybeWord(words) => {
                let text = value.text();
                let found = words.iter().find(|word| word.eq_ignore_ascii_case(&text));
                found.map_or_else(wrong, |word| Ok(Value::Text((*word).to_owned())))
            }
            Self::List(most) => {
                let all = edited(value, now)?;
                if all.len() > most {
                    return Err(format!("{} entries are too many", all.len()));
                }
                Ok(Value::List(all))
            }
            Self::ListOf(form, most) => {
                let all = edited(value, now)?;
                if all.len() > most {
                    return Err(format!("{} entries are too many", all.len()));
                }
                let read = |value: &Value| form.read(&value.text()).map(Value::Text);
                // What stood there already is no mistake of this command.
                let kept = now.clone().items();
                let one = |value: &Value| {
                    if kept.contains(value) { Ok(value.clone()) } else { read(value) }
                };
                Ok(Value::List(all.iter().map(one).collect::<Result<_, _>>()?))
            }
        }
    }

    const fn noun(self) -> &'static str {
        match self {
            Self::Switch | Self::MaybeSwitch => "switch",
            Self::Number(..) | Self::MaybeNumber(..) => "whole number",
            Self::Text(_) | Self::MaybeText(_) | Self::Of(_) | Self::MaybeOf(_) => "text",
            Self::Word(_) | Self::MaybeWord(_) => "word of this parameter",
            Self::List(_) | Self::ListOf(..) => "list",
        }
    }
}

pub(crate) fn short(text: &str) -> String {
    let mut shown: String = text.chars().take(40).collect();
    if shown.len() < text.len() {
        shown.push_str("...");
    }
    shown
}

/// The texts of a list, or the list so far with `Add` and `Remove` applied.
fn edited(value: Value, now: &Value) -> Result<Vec<Value>, String> {
    let texts = |value: Value| -> Result<Vec<Value>, String> {
        let one = |value: Value| match value {
            Value::Text(_) => Ok(value),
            Value::Number(number) => Ok(Value::Text(number.to_string())),
            other => Err(format!("`{}` is no text", short(&other.text()))),
        };
        value.items().into_iter().map(one).collect()
    };
    let Value::Table(edits) = value else { return texts(value) };
    let mut all = now.clone().items();
    for (key, value) in edits {
        let several = texts(value)?;
        if key.eq_ignore_ascii_case("add") {
            for text in several {
                if !all.iter().any(|other| other.equals(&text)) {
                    all.push(text);
                }
            }
        } else if key.eq_ignore_ascii_case("remove") {
            all.retain(|other| !several.iter().any(|text| other.equals(text)));
        } else {
            return Err(format!("`{}` is neither Add nor Remove", short(&key)));
        }
    }
    Ok(all)
}
