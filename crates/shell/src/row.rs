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
use crate::kind::short;

pub(crate) use crate::kind::{Form, Kind};

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
