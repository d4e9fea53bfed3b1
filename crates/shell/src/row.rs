//! One parameter of a cmdlet as one row: name, kind, how it is read and written.

use std::net::Ipv4Addr;

use agents::{
    AttachmentAction, BlockedSenderAction, FromScope, ProxyServerType,
    RecipientBlockedSenderAction, RuleErrorAction, RuleMode, SenderAddressLocation,
    SenderIdAction,
};
use filter::Influence;
use mail::{Scl, Threshold};

use crate::Value;

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `$true` or `$false`.
    Switch,
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
}

impl Kind {
    /// The kind in words, for help.
    pub(crate) fn words(self) -> String {
        match self {
            Self::Switch => "$true or $false".to_owned(),
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
        }
    }

    /// The values that completion offers.
    pub(crate) fn examples(self) -> Vec<String> {
        match self {
            Self::Switch => vec!["$true".to_owned(), "$false".to_owned()],
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
            Self::MaybeText(_) | Self::MaybeNumber(..) => vec!["$null".to_owned()],
            Self::List(_) => vec!["$null".to_owned(), "@{Add=".to_owned()],
            Self::Number(..) | Self::Text(_) => Vec::new(),
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
            Self::Switch => match (&value, value.number()) {
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
            Self::MaybeNumber(..) | Self::MaybeText(_) | Self::MaybeWord(_)
                if value == Value::Null =>
            {
                Ok(value)
            }
            Self::MaybeText(_) if value == Value::Text(String::new()) => Ok(Value::Null),
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
        }
    }

    const fn noun(self) -> &'static str {
        match self {
            Self::Switch => "switch",
            Self::Number(..) | Self::MaybeNumber(..) => "whole number",
            Self::Text(_) | Self::MaybeText(_) => "text",
            Self::Word(_) | Self::MaybeWord(_) => "word of this parameter",
            Self::List(_) => "list",
        }
    }
}

fn short(text: &str) -> String {
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

/// One parameter of a cmdlet that acts on a `T`.
pub(crate) struct Row<T: 'static> {
    /// Name.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// One line of help.
    pub about: &'static str,
    /// Reads it.
    pub get: fn(&T) -> Value,
    /// Writes a value that its kind has checked; the error says what is wrong with it.
    pub set: fn(&mut T, Value) -> Result<(), String>,
}

/// A row over a field.
macro_rules! row {
    ($of:ty, $name:literal, $kind:expr, $($path:ident).+, $about:literal) => {
        $crate::row::Row::<$of> {
            name: $name,
            kind: $kind,
            about: $about,
            get: |it| $crate::row::Setting::value(&it.$($path).+),
            set: |it, value| $crate::row::Setting::put(&mut it.$($path).+, value),
        }
    };
}
pub(crate) use row;

/// A field's type, as a value of the shell.
pub(crate) trait Setting: Sized {
    /// The field's value.
    fn value(&self) -> Value;

    /// The value as a field; `None` where the kind of the row does not fit the field.
    fn read(value: Value) -> Option<Self>;

    /// Writes the field.
    ///
    /// # Errors
    ///
    /// The value does not fit the field.
    fn put(&mut self, value: Value) -> Result<(), String> {
        let text = value.text();
        *self = Self::read(value)
            .ok_or_else(|| format!("`{}` does not fit this parameter", short(&text)))?;
        Ok(())
    }
}

impl Setting for bool {
    fn value(&self) -> Value {
        Value::Bool(*self)
    }

    fn read(value: Value) -> Option<Self> {
        matches!(value, Value::Bool(_)).then(|| value.is_true())
    }
}

impl Setting for String {
    fn value(&self) -> Value {
        Value::Text(self.clone())
    }

    fn read(value: Value) -> Option<Self> {
        Some(value.text())
    }
}

impl Setting for Threshold {
    fn value(&self) -> Value {
        Value::Number(self.get().into())
    }

    fn read(value: Value) -> Option<Self> {
        Self::new(value.number()?).ok()
    }
}

impl Setting for Scl {
    fn value(&self) -> Value {
        Value::Number(self.get().into())
    }

    fn read(value: Value) -> Option<Self> {
        Self::new(value.number()?).ok()
    }
}

impl Setting for Ipv4Addr {
    fn value(&self) -> Value {
        Value::Text(self.to_string())
    }

    fn read(value: Value) -> Option<Self> {
        value.text().parse().ok()
    }
}

macro_rules! numbers {
    ($($number:ty),+) => {
        $(impl Setting for $number {
            fn value(&self) -> Value {
                Value::Number((*self).into())
            }

            fn read(value: Value) -> Option<Self> {
                value.number()?.try_into().ok()
            }
        })+
    };
}

numbers!(u8, u16, u32, i8);

impl Setting for u64 {
    fn value(&self) -> Value {
        Value::Number(i64::try_from(*self).unwrap_or(i64::MAX))
    }

    fn read(value: Value) -> Option<Self> {
        value.number()?.try_into().ok()
    }
}

impl<T: Setting> Setting for Option<T> {
    fn value(&self) -> Value {
        self.as_ref().map_or(Value::Null, Setting::value)
    }

    fn read(value: Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::read(value).map(Some),
        }
    }
}

impl<T: Setting> Setting for Vec<T> {
    fn value(&self) -> Value {
        Value::List(self.iter().map(Setting::value).collect())
    }

    fn read(value: Value) -> Option<Self> {
        value.items().into_iter().map(T::read).collect()
    }
}

macro_rules! words {
    ($($type:ident { $($variant:ident = $word:literal),+ })+) => {
        $(impl Setting for $type {
            fn value(&self) -> Value {
                let word = match self {
                    $($type::$variant => $word,)+
                };
                Value::Text(word.to_owned())
            }

            fn read(value: Value) -> Option<Self> {
                match value.text().as_str() {
                    $($word => Some($type::$variant),)+
                    _ => None,
                }
            }
        })+
    };
}

words! {
    SenderIdAction { StampStatus = "StampStatus", Reject = "Reject", Delete = "Delete" }
    BlockedSenderAction { Reject = "Reject", StampStatus = "StampStatus" }
    RecipientBlockedSenderAction { Reject = "Reject", Delete = "Delete" }
    AttachmentAction { Strip = "Strip", Reject = "Reject", SilentDelete = "SilentDelete" }
    Influence { GoodWord = "GoodWord", BadWord = "BadWord" }
    FromScope { InOrganization = "InOrganization", NotInOrganization = "NotInOrganization" }
    RuleMode { Enforce = "Enforce", Audit = "Audit", AuditAndNotify = "AuditAndNotify" }
    RuleErrorAction { Ignore = "Ignore", Defer = "Defer" }
    SenderAddressLocation {
        Header = "Header", Envelope = "Envelope", HeaderOrEnvelope = "HeaderOrEnvelope"
    }
    ProxyServerType {
        None = "None", Cisco = "Cisco", HttpConnect = "HttpConnect", HttpPost = "HttpPost",
        Socks4 = "Socks4", Socks5 = "Socks5", Telnet = "Telnet", Wingate = "Wingate"
    }
}
