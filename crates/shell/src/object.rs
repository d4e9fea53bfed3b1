//! What a `Get-` cmdlet gives.

use crate::Value;

/// How an object is shown where no formatting cmdlet says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// A table where it has at most four properties, else a list.
    Auto,
    /// A list of all properties.
    List,
    /// A table of these columns, each with its width; 0 is as wide as needed.
    Table(&'static [(&'static str, usize)]),
}

/// Named values in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// What it is, such as `TransportAgent`.
    pub class: &'static str,
    /// How it is shown.
    pub view: View,
    /// Its properties.
    pub properties: Vec<(String, Value)>,
}

impl Object {
    /// An object without properties.
    pub const fn new(class: &'static str, view: View) -> Self {
        Self { class, view, properties: Vec::new() }
    }

    /// The object with one more property.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: Value) -> Self {
        self.properties.push((name.into(), value));
        self
    }

    /// A property, in any letter case.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let found =
            self.properties.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value)
    }

    /// What the object is called in text: its identity or name.
    pub fn name(&self) -> String {
        ["Identity", "Name"]
            .iter()
            .find_map(|name| self.get(name))
            .map_or_else(|| self.class.to_owned(), Value::text)
    }
}
