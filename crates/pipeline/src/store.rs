//! Delivery to the mailbox store: the junk mail rule.

use mail::{
    Case, JunkComparison, MailboxSettings, Scl, ThresholdOverride, Thresholds, Tier,
    World, is_subdomain,
};

use crate::CauseId;

/// Name under which the store appears among the deciding agents.
pub const STORE: &str = "Store";
/// Name under which an undisturbed delivery appears among the deciding agents.
pub const SERVER: &str = "Server";
/// Reasons of the store, by [`CauseId::reason`].
pub const JUNK_REASONS: [&str; 3] =
    ["SclAboveJunkThreshold", "BlockedSender", "NotOnTrustedLists"];

/// Whether a mailbox trusts a sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SenderTrust {
    /// On neither list.
    #[default]
    Neither,
    /// On the safe senders list, or a trusted contact.
    Safe,
    /// On the blocked senders list.
    Blocked,
}

impl SenderTrust {
    /// Looks a From address up in one mailbox's lists; safe wins over blocked.
    pub fn of(email: &str, settings: &MailboxSettings) -> Self {
        let known =
            settings.junk_rule.contacts_trusted && listed(email, &settings.contacts);
        if known || listed(email, &settings.safe_senders) {
            Self::Safe
        } else if listed(email, &settings.blocked_senders) {
            Self::Blocked
        } else {
            Self::Neither
        }
    }
}

fn listed(email: &str, list: &[String]) -> bool {
    let domain = mail::domain_of(email);
    !email.is_empty()
        && list.iter().any(|entry| {
            let entry = entry.trim_start_matches('@');
            if entry.contains('@') {
                entry.eq_ignore_ascii_case(email)
            } else {
                is_subdomain(domain, entry)
            }
        })
}

/// Whether mailboxes can have junk thresholds of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum MailboxThresholds {
    /// They can, since 2007.
    #[default]
    Heeded,
    /// The store does not know of any: what the world records of them is not looked at.
    Unknown,
}

/// What the junk rule of one mailbox knows about one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Junk {
    /// The rule is off.
    pub rule_off: bool,
    /// Only trusted senders reach the inbox.
    pub trusted_only: bool,
    /// Whether the mailbox trusts the sender.
    pub trust: SenderTrust,
    /// The mailbox's own junk threshold.
    pub own: ThresholdOverride,
}

impl Junk {
    /// What each recipient's mailbox knows; a recipient nobody recorded has the defaults.
    pub(crate) fn observe(
        case: &Case,
        world: &World,
        thresholds: MailboxThresholds,
    ) -> Box<[Self]> {
        let from = case.message.from.first().map_or("", |address| address.email.as_str());
        let known = case.session.rcpt_to.get().map_or([].as_slice(), Vec::as_slice);
        let of = |email: &String| {
            world.mailbox(email).map_or_else(Self::default, |settings| Self {
                rule_off: !settings.junk_rule.enabled,
                trusted_only: settings.junk_rule.trusted_lists_only,
                trust: SenderTrust::of(from, settings),
                own: match thresholds {
                    MailboxThresholds::Heeded => settings.junk,
                    MailboxThresholds::Unknown => ThresholdOverride::default(),
                },
            })
        };
        if known.is_empty() {
            Box::new([Self::default()])
        } else {
            known.iter().map(of).collect()
        }
    }

    /// Where the store puts the message, and why.
    ///
    /// Order (decision on U12): SCL -1 to the inbox, safe sender to the inbox, blocked
    /// sender to junk, then the SCL test. Source: specification section 3.7.
    pub fn tier(
        &self,
        scl: Option<Scl>,
        thresholds: &Thresholds,
        comparison: JunkComparison,
    ) -> (Tier, CauseId) {
        const INBOX: (Tier, CauseId) = (Tier::Inbox, CauseId::DELIVERED);
        let junk = |reason| (Tier::Junk, CauseId::store(reason));
        if scl.is_some_and(Scl::is_trusted)
            || self.rule_off
            || self.trust == SenderTrust::Safe
        {
            return INBOX;
        }
        if self.trust == SenderTrust::Blocked {
            return junk(1);
        }
        if self.trusted_only {
            return junk(2);
        }
        let own =
            Thresholds { junk: self.own.threshold.or(thresholds.junk), ..*thresholds };
        match scl {
            Some(scl)
                if self.own.enabled != Some(false) && own.junks(scl, comparison) =>
            {
                junk(0)
            }
            _ => INBOX,
        }
    }
}
