//! Recorded answers to every outside question.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::{Answer, Dns, Listings, Threshold, is_subdomain};

/// Who exists behind the server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Directory {
    /// Authoritative accepted domains, lower case.
    pub accepted_domains: Vec<String>,
    /// Existing recipients, lower case `local@domain`; `None` where nobody recorded them.
    pub recipients: Option<BTreeSet<String>>,
}

impl Directory {
    /// Whether `domain` is one of the accepted domains.
    pub fn accepts(&self, domain: &str) -> bool {
        self.accepted_domains.iter().any(|accepted| accepted.eq_ignore_ascii_case(domain))
    }

    /// Whether `domain` is an accepted domain or lies below one.
    pub fn is_internal(&self, domain: &str) -> bool {
        self.accepted_domains.iter().any(|accepted| is_subdomain(domain, accepted))
    }

    /// Whether the recipient exists, where that is known.
    pub fn knows(&self, email: &str) -> Answer<()> {
        match &self.recipients {
            None => Answer::Unknown,
            Some(known) if known.contains(&email.to_ascii_lowercase()) => {
                Answer::Found(())
            }
            Some(_) => Answer::Absent,
        }
    }
}

/// A mailbox's own value for one threshold. Source: specification 3.6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ThresholdOverride {
    /// `Some` overrides whether the tier is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// `Some` overrides its threshold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<Threshold>,
}

/// The mailbox's junk mail rule. Source: specification 3.7.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct JunkSettings {
    /// The rule is on.
    pub enabled: bool,
    /// Junk everything from senders that are not trusted.
    pub trusted_lists_only: bool,
    /// `ContactsTrusted`: the mailbox's contacts are trusted as its safe senders are. The
    /// sources give no default; true, which changes nothing where no contacts are recorded.
    #[serde(skip_serializing_if = "is_true")]
    pub contacts_trusted: bool,
}

impl Default for JunkSettings {
    fn default() -> Self {
        Self { enabled: true, trusted_lists_only: false, contacts_trusted: true }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_true(value: &bool) -> bool {
    *value
}

/// Settings of one mailbox that decide a message's fate.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct MailboxSettings {
    /// `AntispamBypassEnabled`.
    pub antispam_bypass: bool,
    /// Trusted senders (`local@domain`) and domains.
    pub safe_senders: Vec<String>,
    /// Blocked senders and domains.
    pub blocked_senders: Vec<String>,
    /// Own delete threshold.
    pub delete: ThresholdOverride,
    /// Own reject threshold.
    pub reject: ThresholdOverride,
    /// Own quarantine threshold.
    pub quarantine: ThresholdOverride,
    /// Own junk threshold.
    pub junk: ThresholdOverride,
    /// Addresses of the mailbox's contacts, which only the junk mail rule knows of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<String>,
    /// `MaxSafeSenders`: most entries of `safe_senders`; the product's 5,000 where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_safe_senders: Option<u32>,
    /// `MaxBlockedSenders`: most entries of `blocked_senders`; the product's 500 where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_blocked_senders: Option<u32>,
    /// The junk mail rule.
    pub junk_rule: JunkSettings,
    /// Both lists as hashes, made when somebody first asks.
    #[serde(skip)]
    pub hashes: SafelistHashes,
}

/// Most safe senders of a mailbox that sets no limit of its own. Source: specification
/// section 3.9, where the sources differ.
const MOST_SAFE: u32 = 5_000;
/// Most blocked senders of such a mailbox.
const MOST_BLOCKED: u32 = 500;

impl MailboxSettings {
    /// Most entries of its list of safe senders.
    pub fn most_safe(&self) -> usize {
        self.max_safe_senders.unwrap_or(MOST_SAFE) as usize
    }

    /// Most entries of its list of blocked senders.
    pub fn most_blocked(&self) -> usize {
        self.max_blocked_senders.unwrap_or(MOST_BLOCKED) as usize
    }
}

/// A mailbox's safe and blocked senders as safelist aggregation stores them: sorted hashes
/// of four bytes. They follow from the lists, so they count for nothing in comparisons.
/// Source: specification section 3.9.
#[derive(Debug, Clone, Default)]
pub struct SafelistHashes(OnceLock<[Box<[u32]>; 2]>);

impl SafelistHashes {
    /// The hashes of safe and of blocked senders; `make` is asked the first time.
    pub fn get(&self, make: impl FnOnce() -> [Box<[u32]>; 2]) -> &[Box<[u32]>; 2] {
        self.0.get_or_init(make)
    }
}

impl PartialEq for SafelistHashes {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for SafelistHashes {}

/// Everything outside the server, as recorded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct World {
    /// DNS.
    pub dns: Dns,
    /// Block and allow lists.
    pub listings: Listings,
    /// Accepted domains and recipients.
    pub directory: Directory,
    /// Mailbox settings by lower-case address; a mailbox not here has the defaults.
    pub mailboxes: BTreeMap<String, MailboxSettings>,
    /// Addresses that were found to be open proxies.
    pub open_proxies: BTreeSet<IpAddr>,
}

impl World {
    /// The settings of a mailbox, where it has any of its own.
    pub fn mailbox(&self, email: &str) -> Option<&MailboxSettings> {
        self.mailboxes.get(&email.to_ascii_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_is_found_by_its_address_in_any_letter_case() {
        let mut world = World::default();
        let settings = MailboxSettings { antispam_bypass: true, ..<_>::default() };
        world.mailboxes.insert("bob@corp.example".to_owned(), settings.clone());
        assert_eq!(world.mailbox("Bob@Corp.Example"), Some(&settings));
        assert_eq!(world.mailbox("eve@corp.example"), None);
    }
}
