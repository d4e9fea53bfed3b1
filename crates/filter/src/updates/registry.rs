//! Registry values of a modelled server, with their types.

use std::fmt;

use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize};

/// Type of a registry value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RegistryKind {
    /// A number of 32 bits.
    #[serde(rename = "REG_DWORD")]
    Dword,
    /// A number of 64 bits.
    #[serde(rename = "REG_QWORD")]
    Qword,
    /// A text.
    #[serde(rename = "REG_SZ")]
    Text,
    /// A text with variables.
    #[serde(rename = "REG_EXPAND_SZ")]
    ExpandText,
}

impl RegistryKind {
    /// The name as the registry editor shows it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dword => "REG_DWORD",
            Self::Qword => "REG_QWORD",
            Self::Text => "REG_SZ",
            Self::ExpandText => "REG_EXPAND_SZ",
        }
    }
}

/// One registry value as written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RegistryValue {
    /// Key, such as `HKLM\SOFTWARE\Microsoft\Exchange`.
    pub key: String,
    /// Name of the value.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: RegistryKind,
    /// Its data as text; a number in decimal or, after `0x`, hexadecimal. A file may write a
    /// number without quotes.
    #[serde(deserialize_with = "number_or_text")]
    pub data: String,
}

impl RegistryValue {
    /// The value that lets filter updates be offered. Source: specification section 6.2.
    pub fn content_filter_state() -> Self {
        Self {
            key: r"HKLM\SOFTWARE\Microsoft\Exchange".to_owned(),
            name: "ContentFilterState".to_owned(),
            kind: RegistryKind::Dword,
            data: "1".to_owned(),
        }
    }

    /// Whether both name the same value; letter case does not count, and the root may be
    /// spelled out.
    pub fn is_at(&self, other: &Self) -> bool {
        let same_name = self.name.eq_ignore_ascii_case(&other.name);
        same_name && folded(&self.key) == folded(&other.key)
    }

    /// Whether both hold the same data of the same type.
    pub fn holds_as(&self, other: &Self) -> bool {
        let same = match self.kind {
            RegistryKind::Dword | RegistryKind::Qword => {
                self.number().is_some() && self.number() == other.number()
            }
            RegistryKind::Text | RegistryKind::ExpandText => self.data == other.data,
        };
        self.kind == other.kind && same
    }

    /// The data as a number that fits the type.
    pub fn number(&self) -> Option<u64> {
        let number = match self.data.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16).ok()?,
            None => self.data.parse().ok()?,
        };
        match self.kind {
            RegistryKind::Dword => u32::try_from(number).ok().map(u64::from),
            RegistryKind::Qword => Some(number),
            RegistryKind::Text | RegistryKind::ExpandText => None,
        }
    }

    /// Why the value cannot stand in a registry; `None` where it can.
    pub(super) fn problem(&self) -> Option<String> {
        let numeric = matches!(self.kind, RegistryKind::Dword | RegistryKind::Qword);
        if numeric && self.number().is_none() {
            let (name, kind) = (&self.name, self.kind.name());
            return Some(format!("the data of `{name}` is no {kind}; use a number"));
        }
        let texts = [&self.key, &self.name, &self.data];
        let odd =
            |text: &&String| text.len() > 1024 || text.chars().any(char::is_control);
        if texts.into_iter().any(|text| odd(&text)) {
            return Some(
                "a registry key, name or data is longer than 1,024 bytes or has control \
                 characters; correct it"
                    .to_owned(),
            );
        }
        None
    }
}

fn number_or_text<'de, D: Deserializer<'de>>(input: D) -> Result<String, D::Error> {
    struct Data;
    impl Visitor<'_> for Data {
        type Value = String;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a number or a text")
        }

        fn visit_i64<E: Error>(self, number: i64) -> Result<String, E> {
            Ok(number.to_string())
        }

        fn visit_u64<E: Error>(self, number: u64) -> Result<String, E> {
            Ok(number.to_string())
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
            Ok(text.to_owned())
        }
    }
    input.deserialize_any(Data)
}

fn folded(key: &str) -> String {
    let key = key.trim_end_matches('\\').to_ascii_uppercase();
    match key.strip_prefix(r"HKEY_LOCAL_MACHINE\") {
        Some(rest) => format!(r"HKLM\{rest}"),
        None => key,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_one_is_no_number_one() {
        let wanted = RegistryValue::content_filter_state();
        let mut found = wanted.clone();
        found.key = r"hkey_local_machine\software\microsoft\exchange\".to_owned();
        found.data = "0x1".to_owned();
        assert!(found.is_at(&wanted) && found.holds_as(&wanted));
        found.kind = RegistryKind::Text;
        assert!(!found.holds_as(&wanted) && !wanted.holds_as(&found));
        found.data = "2".to_owned();
        found.kind = RegistryKind::Dword;
        assert!(!found.holds_as(&wanted));
        found.data = "4294967296".to_owned();
        assert!(found.problem().is_some());
    }
}
