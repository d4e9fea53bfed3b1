//! Addresses as they stand in envelopes and header fields.

use serde::{Deserialize, Serialize};

/// One address of a header field: an optional display name and `local@domain`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Address {
    /// Display name, decoded; empty where there is none.
    pub name: String,
    /// `local@domain` as written; empty for the null sender.
    pub email: String,
}

impl Address {
    /// An address without a display name.
    pub fn new(email: impl Into<String>) -> Self {
        Self { name: String::new(), email: email.into() }
    }

    /// The part after the last `@`, or an empty string.
    pub fn domain(&self) -> &str {
        domain_of(&self.email)
    }
}

/// The part of `email` after its last `@`, or an empty string where there is none.
pub fn domain_of(email: &str) -> &str {
    email.rsplit_once('@').map_or("", |(_, domain)| domain)
}

/// Whether `domain` equals `parent` or lies below it, ignoring ASCII case.
pub fn is_subdomain(domain: &str, parent: &str) -> bool {
    let (d, p) = (domain.as_bytes(), parent.as_bytes());
    if p.is_empty() || d.len() < p.len() {
        return false;
    }
    let (head, tail) = d.split_at(d.len() - p.len());
    tail.eq_ignore_ascii_case(p) && head.last().is_none_or(|b| *b == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subdomain_ends_at_a_label_border() {
        assert!(is_subdomain("mail.Example.org", "example.ORG"));
        assert!(is_subdomain("example.org", "example.org"));
        assert!(!is_subdomain("badexample.org", "example.org"));
        assert!(!is_subdomain("org", "example.org"));
        assert!(!is_subdomain("example.org", ""));
    }
}
