//! Safelist aggregation: mailboxes' lists as hashes of four bytes.
//!
//! Source: specification section 3.9. Two addresses may have one hash; then a sender counts
//! as listed who is not, as in the product.

use mail::{MailboxSettings, domain_of};
use sha2::{Digest as _, Sha256};

/// The first four bytes of the SHA-256 of an entry in lower case.
fn hash(entry: &str) -> u32 {
    let digest: [u8; 32] = Sha256::digest(entry.to_lowercase()).into();
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
}

/// Whether domains of safe senders are aggregated as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Domains {
    /// Only whole addresses count.
    Ignored,
    /// Domains count too.
    Included,
}

/// One sender, hashed when a mailbox with a list first asks.
pub(crate) struct Sender<'s> {
    email: &'s str,
    hashes: std::cell::OnceCell<[u32; 2]>,
}

impl<'s> Sender<'s> {
    /// A sender by address; one without an `@` is on no list.
    pub(crate) fn new(email: &'s str) -> Self {
        Self { email, hashes: std::cell::OnceCell::new() }
    }

    /// Whether the mailbox trusts the sender.
    pub(crate) fn is_safe(&self, mailbox: &MailboxSettings, domains: Domains) -> bool {
        !mailbox.safe_senders.is_empty() && self.is_on(0, mailbox, domains)
    }

    /// Whether the mailbox has blocked the sender.
    pub(crate) fn is_blocked(&self, mailbox: &MailboxSettings) -> bool {
        !mailbox.blocked_senders.is_empty() && self.is_on(1, mailbox, Domains::Ignored)
    }

    fn is_on(&self, list: usize, mailbox: &MailboxSettings, domains: Domains) -> bool {
        if !self.email.contains('@') {
            return false;
        }
        let hashes = mailbox.hashes.get(|| {
            [&mailbox.safe_senders, &mailbox.blocked_senders].map(|list| aggregate(list))
        });
        let [address, domain] =
            self.hashes.get_or_init(|| [hash(self.email), hash(domain_of(self.email))]);
        let has = |hash: &u32| hashes[list].binary_search(hash).is_ok();
        has(address) || (domains == Domains::Included && has(domain))
    }
}

/// Sorted hashes of a list; a domain may be written with or without an `@` before it.
fn aggregate(list: &[String]) -> Box<[u32]> {
    let mut hashes: Vec<u32> =
        list.iter().map(|entry| hash(entry.strip_prefix('@').unwrap_or(entry))).collect();
    hashes.sort_unstable();
    hashes.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_the_head_of_the_digest_of_the_entry_in_lower_case() {
        // SHA-256 of `abc`, from FIPS 180-4.
        assert_eq!(hash("ABC"), 0xba78_16bf);
    }

    #[test]
    fn domains_count_only_where_they_are_included() {
        let mailbox = MailboxSettings {
            safe_senders: vec!["Ann@a.example".into(), "@b.example".into()],
            blocked_senders: vec!["c.example".into(), "d@d.example".into()],
            ..MailboxSettings::default()
        };
        let safe = |email, domains| Sender::new(email).is_safe(&mailbox, domains);
        assert!(safe("ann@A.example", Domains::Ignored));
        assert!(!safe("x@b.example", Domains::Ignored));
        assert!(safe("x@b.example", Domains::Included));
        assert!(!safe("x@sub.b.example", Domains::Included));
        assert!(!safe("b.example", Domains::Included));
        assert!(Sender::new("D@d.example").is_blocked(&mailbox));
        assert!(!Sender::new("x@c.example").is_blocked(&mailbox));
    }
}
