//! Questions that several agents ask of a case in the same way.

use mail::{Case, is_subdomain};

/// Whether the session counts as external for an agent with these two switches; such a
/// session is looked at only where the matching switch is on.
///
/// An authenticated session is internal; one whose authentication is not known counts as
/// anonymous. Source: specification section 3.4.
pub(crate) fn in_scope(case: &Case, external: bool, internal: bool) -> bool {
    if case.session.authenticated.get() == Some(&true) { internal } else { external }
}

/// Whether the session holds the right to bypass antispam agents: any authenticated user
/// does. Source: specification section 3.4.
pub(crate) fn has_bypass_right(case: &Case) -> bool {
    case.session.authenticated.get() == Some(&true)
}

/// Recipients of the session; empty where unknown.
pub(crate) fn recipients(case: &Case) -> &[String] {
    case.session.rcpt_to.get().map_or(&[], Vec::as_slice)
}

/// Whether `list` holds `email`, ignoring ASCII case.
pub(crate) fn has_address(list: &[String], email: &str) -> bool {
    list.iter().any(|entry| entry.eq_ignore_ascii_case(email))
}

/// Whether `list` holds `domain`; an entry `*.d` stands for `d` and every domain below it.
/// Source: specification section 3.11.
pub(crate) fn has_domain(list: &[String], domain: &str) -> bool {
    list.iter().any(|entry| match entry.strip_prefix("*.") {
        Some(parent) => is_subdomain(domain, parent),
        None => entry.eq_ignore_ascii_case(domain),
    })
}

/// Per-recipient evidence; a session without known recipients has one entry, `unknown`.
pub(crate) fn per_recipient<T>(
    case: &Case,
    of: impl Fn(&str) -> T,
    unknown: T,
) -> Box<[T]> {
    let known = recipients(case);
    if known.is_empty() {
        Box::new([unknown])
    } else {
        known.iter().map(|email| of(email)).collect()
    }
}
