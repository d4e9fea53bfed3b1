//! One `Set-…` cmdlet with the parameters that changed.

use crate::quoted;

/// A cmdlet that collects changed parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cmdlet {
    name: &'static str,
    changed: Vec<String>,
}

impl Cmdlet {
    pub(crate) const fn new(name: &'static str) -> Self {
        Self { name, changed: Vec::new() }
    }

    /// `-Name $true`.
    pub(crate) fn switch(self, name: &str, from: bool, to: bool) -> Self {
        self.set(name, from == to, truth(to).to_owned())
    }

    /// `-Name 7`.
    pub(crate) fn number(
        self,
        name: &str,
        from: impl Into<u16>,
        to: impl Into<u16>,
    ) -> Self {
        let (from, to) = (from.into(), to.into());
        self.set(name, from == to, to.to_string())
    }

    /// A tier's `-SCL<tier>Threshold` and `-SCL<tier>Enabled`. Switching one on states its
    /// number also where that stays: a server may hold another one while the tier is off.
    pub(crate) fn tier(self, tier: &str, from: (bool, u8), to: (bool, u8)) -> Self {
        let switched_on = to.0 && !from.0;
        let same = from.1 == to.1 && !switched_on;
        self.set(&format!("SCL{tier}Threshold"), same, to.1.to_string()).switch(
            &format!("SCL{tier}Enabled"),
            from.0,
            to.0,
        )
    }

    /// `-Name Reject`: one of the product's own words.
    pub(crate) fn word(self, name: &str, from: &'static str, to: &'static str) -> Self {
        self.set(name, from == to, to.to_owned())
    }

    /// `-Name 'text'`, `$null` where there is none.
    pub(crate) fn text(self, name: &str, from: Option<&str>, to: Option<&str>) -> Self {
        self.set(name, from == to, to.map_or("$null".to_owned(), quoted))
    }

    /// `-Name 'one','two'`, `$null` where there are none; the list replaces the old one.
    pub(crate) fn list(self, name: &str, from: &[String], to: &[String]) -> Self {
        let all: Vec<_> = to.iter().map(|text| quoted(text)).collect();
        let value = if all.is_empty() { "$null".to_owned() } else { all.join(",") };
        self.set(name, from == to, value)
    }

    fn set(mut self, name: &str, unchanged: bool, value: String) -> Self {
        if !unchanged {
            self.changed.push(format!("-{name} {value}"));
        }
        self
    }

    /// The line, where anything changed.
    pub(crate) fn line(self) -> Option<String> {
        let Self { name, changed } = self;
        (!changed.is_empty()).then(|| format!("{name} {}", changed.join(" ")))
    }
}

const fn truth(value: bool) -> &'static str {
    if value { "$true" } else { "$false" }
}
