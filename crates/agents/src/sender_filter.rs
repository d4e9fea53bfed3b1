//! Sender Filter Agent.
//!
//! # What it does
//!
//! Compares senders with the administrator's block lists and with each recipient's own
//! blocked senders; refuses the message, or stamps it for the content filter.
//!
//! # Events
//!
//! `OnMailCommand` (envelope sender), `OnEndOfHeaders` (From and Sender; each recipient's own
//! blocked senders).
//!
//! # Reads and writes
//!
//! Reads MAIL FROM, From, Sender, the recipients, their mailboxes' blocked senders and the
//! allow-listed stamp. Writes the blocked-sender stamp.
//!
//! # Modelled
//!
//! All three lists with their limits, blank senders, both actions, and the action on mail
//! from a recipient's blocked sender. An envelope sender that is not known is not a blank
//! one. Order within one look: blank, address, domain, domain and subdomains. At the end of
//! headers both From and Sender are compared (decision on U21), From first. The recipients'
//! Under 2003 only the envelope sender is compared. The recipients'
//! lists are compared with the first From address by hashes of four bytes, as safelist
//! aggregation leaves them; only whole addresses count. The response.
//!
//! # Not modelled
//!
//! The closing of the connection. A mailbox's own bypass.
//!
//! # Source
//!
//! Specification sections 5.1 and 3.9.

use mail::{Case, Part, Parts, SmtpEvent, Stamp, World, domain_of, is_subdomain};
use pipeline::{Agent, Observed, Seen, Step, Transit};
use serde::{Deserialize, Serialize};

use crate::SpecError;
use crate::edition_2003::AcceptList;
use crate::lookup::{has_bypass_right, in_scope, recipients};
use crate::safelist::Sender;
use crate::settle::Verdict;

/// Most entries of a list.
const MOST_ENTRIES: usize = 800;
const BLOCKED_SENDER: u8 = 0;
const BLOCKED_DOMAIN: u8 = 1;
const BLANK_SENDER: u8 = 2;
const RECIPIENT_BLOCKED_SENDER: u8 = 3;

/// What is done to mail from a sender on the administrator's lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BlockedSenderAction {
    /// Refuse.
    #[default]
    #[serde(alias = "Reject")]
    Reject,
    /// Accept with a stamp that the content filter reads.
    #[serde(alias = "StampStatus")]
    StampStatus,
}

/// What is done to mail from a sender that the recipient has blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecipientBlockedSenderAction {
    /// Refuse.
    #[default]
    #[serde(alias = "Reject")]
    Reject,
    /// Accept and drop.
    #[serde(alias = "Delete")]
    Delete,
}

/// Settings of the agent: `Set-SenderFilterConfig`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SenderFilterSpec {
    /// Whether the agent does anything (default true).
    pub enabled: bool,
    /// It looks at anonymous sessions (default true).
    pub external_mail_enabled: bool,
    /// It looks at authenticated sessions (default false). Those hold the right to bypass
    /// antispam agents, so this changes nothing.
    pub internal_mail_enabled: bool,
    /// `reject` (default) or `stamp-status`.
    pub action: BlockedSenderAction,
    /// Blocks an empty MAIL FROM (default false).
    pub blank_sender_blocking_enabled: bool,
    /// Addresses, at most 800.
    pub blocked_senders: Vec<String>,
    /// Domains without those below them, at most 800.
    pub blocked_domains: Vec<String>,
    /// Domains with those below them, at most 800.
    pub blocked_domains_and_subdomains: Vec<String>,
    /// `reject` (default) or `delete`.
    pub recipient_blocked_sender_action: RecipientBlockedSenderAction,
}

impl Default for SenderFilterSpec {
    fn default() -> Self {
        Self {
            enabled: true,
            external_mail_enabled: true,
            internal_mail_enabled: false,
            action: BlockedSenderAction::Reject,
            blank_sender_blocking_enabled: false,
            blocked_senders: Vec::new(),
            blocked_domains: Vec::new(),
            blocked_domains_and_subdomains: Vec::new(),
            recipient_blocked_sender_action: RecipientBlockedSenderAction::Reject,
        }
    }
}

/// The agent with its settings.
#[derive(Debug, Clone)]
pub struct SenderFilter {
    spec: SenderFilterSpec,
    looks: Looks,
    accept_list: AcceptList,
}

/// Whom the filter looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Looks {
    /// The envelope sender, then From and Sender.
    Twice,
    /// The envelope sender only: 2003.
    AtEnvelope,
}

impl SenderFilter {
    /// The agent with checked settings.
    ///
    /// # Errors
    ///
    /// [`SpecError`] where a list is too long or an entry is no address or no plain domain.
    pub fn resolve(spec: &SenderFilterSpec) -> Result<Self, SpecError> {
        let key = "sender-filter.blocked-senders";
        SpecError::check_count(key, spec.blocked_senders.len(), MOST_ENTRIES)?;
        for entry in &spec.blocked_senders {
            let whole = entry.split_once('@').is_some_and(|(local, domain)| {
                !local.is_empty() && is_plain_domain(domain)
            });
            if !whole || entry.contains('*') {
                let problem = format!("`{entry}` is no address");
                return Err(SpecError::new(key, problem, "write `user@example.com`"));
            }
        }
        for (key, domains) in [
            ("sender-filter.blocked-domains", &spec.blocked_domains),
            (
                "sender-filter.blocked-domains-and-subdomains",
                &spec.blocked_domains_and_subdomains,
            ),
        ] {
            SpecError::check_count(key, domains.len(), MOST_ENTRIES)?;
            if let Some(entry) = domains.iter().find(|entry| !is_plain_domain(entry)) {
                let problem = format!("`{entry}` is no domain");
                let cure = "write `example.com`, without `@` or `*`";
                return Err(SpecError::new(key, problem, cure));
            }
        }
        let accept_list = AcceptList::default();
        Ok(Self { spec: spec.clone(), looks: Looks::Twice, accept_list })
    }

    /// The filter of 2003: the envelope sender only (U29).
    pub(crate) fn of_the_envelope(mut self, accept_list: AcceptList) -> Self {
        self.looks = Looks::AtEnvelope;
        self.accept_list = accept_list;
        self
    }

    /// All entries in the order of their detail numbers, which count from 1.
    fn entries(&self) -> impl Iterator<Item = &String> {
        let spec = &self.spec;
        let domains = spec.blocked_domains.iter();
        spec.blocked_senders
            .iter()
            .chain(domains.chain(&spec.blocked_domains_and_subdomains))
    }

    /// The entry that blocks an address, if any.
    fn listed(&self, email: &str) -> Option<Block> {
        let spec = &self.spec;
        let block = |reason, index: usize| {
            let detail = u16::try_from(index + 1).expect("three lists of at most 800");
            Block { reason, detail }
        };
        let sender = |entry: &String| entry.eq_ignore_ascii_case(email);
        if let Some(at) = spec.blocked_senders.iter().position(sender) {
            return Some(block(BLOCKED_SENDER, at));
        }
        let domain = domain_of(email);
        let exact = |entry: &String| entry.eq_ignore_ascii_case(domain);
        let below = |entry: &String| is_subdomain(domain, entry);
        let first = spec.blocked_senders.len();
        let second = first + spec.blocked_domains.len();
        let exactly = spec.blocked_domains.iter().position(exact).map(|at| first + at);
        let wider = || spec.blocked_domains_and_subdomains.iter().position(below);
        exactly
            .or_else(|| wider().map(|at| second + at))
            .map(|at| block(BLOCKED_DOMAIN, at))
    }

    fn envelope(&self, case: &Case) -> Option<Block> {
        let sender = case.session.mail_from.get()?;
        if sender.is_empty() {
            let blank = Block { reason: BLANK_SENDER, detail: 0 };
            return self.spec.blank_sender_blocking_enabled.then_some(blank);
        }
        self.listed(sender)
    }

    fn header(&self, case: &Case) -> Option<Block> {
        let message = &case.message;
        let mut senders = message.from.iter().chain(&message.sender);
        senders.find_map(|address| self.listed(&address.email))
    }

    fn act(&self, block: Block, mail: &mut Transit) -> Step {
        match self.spec.action {
            BlockedSenderAction::Reject => {
                Verdict::Reject.on_all(block.reason, block.detail)
            }
            BlockedSenderAction::StampStatus => {
                mail.stamps.blocked_sender = true;
                Step::Continue
            }
        }
    }
}

fn is_plain_domain(domain: &str) -> bool {
    let sign = |c: char| c == '@' || c == '*' || c.is_whitespace();
    !domain.is_empty() && !domain.contains(sign)
}

/// Who, by recipient, has blocked the first From address; empty where nobody has.
fn blocked_by_recipients(case: &Case, world: &World) -> Box<[bool]> {
    let Some(from) = case.message.from.first() else {
        return Box::default();
    };
    let from = Sender::new(&from.email);
    let blocks = |email: &String| {
        world.mailbox(email).is_some_and(|mailbox| from.is_blocked(mailbox))
    };
    let blocked: Box<[bool]> = recipients(case).iter().map(blocks).collect();
    if blocked.contains(&true) { blocked } else { Box::default() }
}

/// What blocks a sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Block {
    reason: u8,
    detail: u16,
}

/// What is known of one message.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct SenderFilterEvidence {
    /// What blocks the envelope sender.
    envelope: Option<Block>,
    /// What blocks From or Sender.
    header: Option<Block>,
    /// Who has blocked the sender, by recipient; empty where nobody has.
    recipients: Box<[bool]>,
}

impl Agent for SenderFilter {
    type Evidence = SenderFilterEvidence;

    fn name(&self) -> &'static str {
        "Sender Filter Agent"
    }

    fn events(&self) -> &'static [SmtpEvent] {
        match self.looks {
            Looks::Twice => &[SmtpEvent::OnMailCommand, SmtpEvent::OnEndOfHeaders],
            Looks::AtEnvelope => &[SmtpEvent::OnMailCommand],
        }
    }

    fn reasons(&self) -> &'static [&'static str] {
        &["BlockedSender", "BlockedDomain", "BlankSender", "RecipientBlockedSender"]
    }

    fn reads(&self) -> Parts {
        Parts::from(Part::Addresses) | Part::Recipients.into()
    }

    fn stamps_read(&self) -> &'static [Stamp] {
        &[Stamp::AllowListed]
    }

    fn observe(&self, case: &Case, world: &World) -> Observed<SenderFilterEvidence> {
        let spec = &self.spec;
        let looks = spec.enabled
            && in_scope(case, spec.external_mail_enabled, spec.internal_mail_enabled)
            && !has_bypass_right(case);
        if !looks {
            return SenderFilterEvidence::default().into();
        }
        let envelope = self.envelope(case);
        match self.looks {
            Looks::Twice => SenderFilterEvidence {
                envelope,
                header: self.header(case),
                recipients: blocked_by_recipients(case, world),
            },
            Looks::AtEnvelope => {
                SenderFilterEvidence { envelope, ..SenderFilterEvidence::default() }
            }
        }
        .into()
    }

    fn idle(&self, evidence: &SenderFilterEvidence) -> bool {
        *evidence == SenderFilterEvidence::default()
    }

    fn decide(
        &self,
        event: SmtpEvent,
        seen: Seen<'_, SenderFilterEvidence>,
        mail: &mut Transit,
    ) -> Step {
        if mail.stamps.allow_listed && self.accept_list == AcceptList::Skips {
            return Step::Continue;
        }
        let evidence = seen.at(mail.edits());
        if event == SmtpEvent::OnMailCommand {
            return evidence
                .envelope
                .map_or(Step::Continue, |block| self.act(block, mail));
        }
        if let Some(block) = evidence.header {
            let step = self.act(block, mail);
            if step != Step::Continue {
                return step;
            }
        }
        let blocked = |who: usize| evidence.recipients.get(who).copied().unwrap_or(false);
        let mut left = (0..mail.recipients()).filter(|who| mail.fate(*who).in_transit());
        if !left.any(blocked) {
            return Step::Continue;
        }
        let verdict = match self.spec.recipient_blocked_sender_action {
            RecipientBlockedSenderAction::Reject => Verdict::Reject,
            RecipientBlockedSenderAction::Delete => Verdict::Drop,
        };
        verdict.on_some(mail, (RECIPIENT_BLOCKED_SENDER, 0), blocked)
    }

    fn response(&self, _reason: u8, _detail: u16) -> String {
        "554 5.1.0 Sender Denied".to_owned()
    }

    fn detail(&self, detail: u16) -> String {
        let entry = usize::from(detail).checked_sub(1);
        entry.and_then(|at| self.entries().nth(at)).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use mail::{Address, Field, MailboxSettings, Origin};

    use super::*;
    use crate::trial::{Walked, case, walk};

    const TO: &[&str] = &["ann@here.example", "bob@here.example"];

    fn spec() -> SenderFilterSpec {
        SenderFilterSpec {
            blocked_senders: vec!["Bad@one.example".into()],
            blocked_domains: vec!["two.example".into()],
            blocked_domains_and_subdomains: vec!["three.example".into()],
            blank_sender_blocking_enabled: true,
            ..SenderFilterSpec::default()
        }
    }

    fn run(spec: &SenderFilterSpec, case: Case) -> Walked {
        let mut world = World::default();
        let blocked_senders = vec!["pest@four.example".into(), "five.example".into()];
        let settings = MailboxSettings { blocked_senders, ..MailboxSettings::default() };
        world.mailboxes.insert("bob@here.example".into(), settings);
        walk(SenderFilter::resolve(spec).unwrap(), case, &world)
    }

    #[test]
    fn lists_match_addresses_domains_and_subdomains() {
        for (from, told) in [
            ("bad@ONE.example", "reject BlockedSender Bad@one.example"),
            ("good@one.example", ""),
            ("x@two.example", "reject BlockedDomain two.example"),
            ("x@sub.two.example", ""),
            ("x@Three.example", "reject BlockedDomain three.example"),
            ("x@a.b.three.example", "reject BlockedDomain three.example"),
            ("x@notthree.example", ""),
        ] {
            let walked = run(&spec(), case(from, TO));
            assert_eq!(walked.told(), [told; 2], "{from}");
            assert_eq!(walked.idle(), told.is_empty(), "{from}");
        }
    }

    #[test]
    fn a_blank_sender_is_blocked_where_told_and_an_unknown_one_never() {
        let mut blank = case("", TO);
        assert_eq!(run(&spec(), blank.clone()).told(), ["reject BlankSender"; 2]);
        assert_eq!(run(&SenderFilterSpec::default(), blank.clone()).told(), ["", ""]);
        blank.session.mail_from = Field::unknown();
        assert_eq!(run(&spec(), blank).told(), ["", ""]);
    }

    #[test]
    fn from_and_sender_are_compared_at_the_end_of_headers() {
        let mut case = case("ok@ok.example", TO);
        case.message.sender = Some(Address::new("x@two.example"));
        assert_eq!(
            run(&spec(), case.clone()).told(),
            ["reject BlockedDomain two.example"; 2]
        );
        case.message.from.push(Address::new("bad@one.example"));
        let told = run(&spec(), case).told();
        assert_eq!(told, ["reject BlockedSender Bad@one.example"; 2]);
    }

    #[test]
    fn stamp_status_stamps_and_lets_pass() {
        let spec =
            SenderFilterSpec { action: BlockedSenderAction::StampStatus, ..spec() };
        let walked = run(&spec, case("x@two.example", TO));
        assert!(walked.mail.stamps.blocked_sender);
        assert_eq!(walked.told(), ["", ""]);
        assert!(!run(&spec, case("x@ok.example", TO)).mail.stamps.blocked_sender);
    }

    #[test]
    fn a_recipients_own_blocked_sender_concerns_that_recipient_only() {
        let told = |spec: &SenderFilterSpec, from, to| run(spec, case(from, to)).told();
        let deleting = SenderFilterSpec {
            recipient_blocked_sender_action: RecipientBlockedSenderAction::Delete,
            ..spec()
        };
        let from = "Pest@four.example";
        assert_eq!(told(&spec(), from, TO), ["", "reject RecipientBlockedSender"]);
        assert_eq!(told(&deleting, from, TO), ["", "delete RecipientBlockedSender"]);
        assert_eq!(told(&spec(), from, &TO[1..]), ["reject RecipientBlockedSender"]);
        assert_eq!(told(&spec(), "x@five.example", TO), ["", ""]);
    }

    #[test]
    fn sessions_out_of_scope_are_skipped() {
        let mut internal = case("bad@one.example", TO);
        internal.session.authenticated = Field::known(true, Origin::Recorded);
        assert!(run(&spec(), internal).idle());
        let off = SenderFilterSpec { enabled: false, ..spec() };
        assert!(run(&off, case("bad@one.example", TO)).idle());
        let outside = SenderFilterSpec { external_mail_enabled: false, ..spec() };
        assert!(run(&outside, case("bad@one.example", TO)).idle());
    }

    #[test]
    fn entries_are_checked() {
        let full = |count: usize| SenderFilterSpec {
            blocked_domains: vec!["x.example".into(); count],
            ..spec()
        };
        assert!(SenderFilter::resolve(&full(800)).is_ok());
        assert!(SenderFilter::resolve(&full(801)).is_err());
        for (senders, domains) in [
            ("x.example", "d"),
            ("*@x.example", "d"),
            ("a@b", "*.d"),
            ("a@b", "@d"),
            ("a@", "d"),
        ] {
            let spec = SenderFilterSpec {
                blocked_senders: vec![senders.into()],
                blocked_domains_and_subdomains: vec![domains.into()],
                ..SenderFilterSpec::default()
            };
            assert!(SenderFilter::resolve(&spec).is_err(), "{senders} {domains}");
        }
    }
}
