//! Recorded answers to every outside question.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::{Threshold, Timestamp, is_subdomain};

/// Answer to a question about the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer<T> {
    /// The recorded answer.
    Found(T),
    /// It was recorded that there is none (or the world is closed and does not have it).
    Absent,
    /// It was recorded that the question brought no answer in time.
    Failed,
    /// Nobody asked when the world was recorded.
    Unknown,
}

/// What DNS is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Question {
    /// A and AAAA records.
    Address,
    /// MX records.
    Mx,
    /// PTR records.
    Ptr,
    /// TXT records.
    Txt,
}

/// One MX record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mx {
    /// Lower is tried first.
    pub preference: u16,
    /// Host name, lower case, no final dot.
    pub host: String,
}

/// Recorded DNS. Names are lower case without a final dot; an empty list is a recorded
/// "no such record".
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dns {
    /// Names that are not recorded do not exist (otherwise their answers are unknown).
    pub closed: bool,
    /// A and AAAA records.
    pub addresses: BTreeMap<String, Vec<IpAddr>>,
    /// MX records.
    pub mx: BTreeMap<String, Vec<Mx>>,
    /// TXT records, each with its strings joined.
    pub txt: BTreeMap<String, Vec<String>>,
    /// PTR records by address.
    pub ptr: BTreeMap<IpAddr, Vec<String>>,
    /// Questions that brought no answer in time; a pointer is asked by its address as text.
    pub failed: BTreeSet<(Question, String)>,
}

impl Dns {
    /// A and AAAA records of `name`.
    pub fn addresses(&self, name: &str) -> Answer<&[IpAddr]> {
        self.answer(Question::Address, name, self.addresses.get(&normal(name)))
    }

    /// MX records of `name`.
    pub fn mx(&self, name: &str) -> Answer<&[Mx]> {
        self.answer(Question::Mx, name, self.mx.get(&normal(name)))
    }

    /// TXT records of `name`.
    pub fn txt(&self, name: &str) -> Answer<&[String]> {
        self.answer(Question::Txt, name, self.txt.get(&normal(name)))
    }

    /// PTR records of `ip`.
    pub fn ptr(&self, ip: IpAddr) -> Answer<&[String]> {
        let failed = || self.fails(Question::Ptr, &ip.to_string());
        self.known(self.ptr.get(&ip), failed)
    }

    fn answer<'d, T>(
        &self,
        question: Question,
        name: &str,
        records: Option<&'d Vec<T>>,
    ) -> Answer<&'d [T]> {
        self.known(records, || self.fails(question, &normal(name)))
    }

    fn fails(&self, question: Question, name: &str) -> bool {
        !self.failed.is_empty() && self.failed.contains(&(question, name.to_owned()))
    }

    fn known<'d, T>(
        &self,
        records: Option<&'d Vec<T>>,
        failed: impl Fn() -> bool,
    ) -> Answer<&'d [T]> {
        match records {
            None if failed() => Answer::Failed,
            Some(records) if records.is_empty() => Answer::Absent,
            Some(records) => Answer::Found(records),
            None if self.closed => Answer::Absent,
            None => Answer::Unknown,
        }
    }
}

fn normal(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// One address on one list for some time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listing {
    /// First moment of the listing; `None` is always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// First moment after the listing; `None` is for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The A record a question brings, such as 127.0.0.2.
    pub answer: Ipv4Addr,
}

/// Block and allow lists by lookup domain.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listings {
    /// Lookup domain → address → listings.
    pub zones: BTreeMap<String, BTreeMap<IpAddr, Vec<Listing>>>,
}

impl Listings {
    /// What the list at `zone` answered for `ip` at `time`.
    ///
    /// A list that is not recorded at all is unknown; an address not on a recorded list is
    /// absent.
    pub fn lookup(&self, zone: &str, ip: IpAddr, time: Timestamp) -> Answer<Ipv4Addr> {
        let Some(list) = self.zones.get(&normal(zone)) else {
            return Answer::Unknown;
        };
        list.get(&ip)
            .into_iter()
            .flatten()
            .find(|listing| {
                listing.from.is_none_or(|from| from <= time)
                    && listing.until.is_none_or(|until| time < until)
            })
            .map_or(Answer::Absent, |listing| Answer::Found(listing.answer))
    }
}

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
}

impl Default for JunkSettings {
    fn default() -> Self {
        Self { enabled: true, trusted_lists_only: false }
    }
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
    /// The junk mail rule.
    pub junk_rule: JunkSettings,
    /// Both lists as hashes, made when somebody first asks.
    #[serde(skip)]
    pub hashes: SafelistHashes,
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
    fn a_listing_holds_from_its_start_until_before_its_end() {
        let ip: IpAddr = "192.0.2.1".parse().unwrap();
        let listing = Listing {
            from: Some(Timestamp(10)),
            until: Some(Timestamp(20)),
            answer: Ipv4Addr::new(127, 0, 0, 2),
        };
        let zone = BTreeMap::from([(ip, vec![listing])]);
        let lists = Listings { zones: BTreeMap::from([("bl.example".to_owned(), zone)]) };
        let at = |time| lists.lookup("BL.example.", ip, Timestamp(time));
        assert_eq!(at(9), Answer::Absent);
        assert_eq!(at(10), Answer::Found(Ipv4Addr::new(127, 0, 0, 2)));
        assert_eq!(at(20), Answer::Absent);
        assert_eq!(lists.lookup("other.example", ip, Timestamp(10)), Answer::Unknown);
    }

    #[test]
    fn an_open_world_does_not_know_what_it_was_not_asked() {
        let mut dns = Dns::default();
        dns.txt.insert("a.example".into(), vec![]);
        assert_eq!(dns.txt("A.example"), Answer::Absent);
        assert_eq!(dns.txt("b.example"), Answer::Unknown);
        dns.failed.insert((Question::Txt, "c.example".into()));
        assert_eq!(dns.txt("C.example."), Answer::Failed);
        assert_eq!(dns.mx("c.example"), Answer::Unknown);
        dns.closed = true;
        assert_eq!(dns.txt("b.example"), Answer::Absent);
        assert_eq!(dns.txt("c.example"), Answer::Failed);
    }
}
