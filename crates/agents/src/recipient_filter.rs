//! Recipient Filter Agent.
//!
//! # What it does
//!
//! Refuses recipients on a block list and recipients that do not exist.
//!
//! # Events
//!
//! `OnRcptCommand`.
//!
//! # Reads and writes
//!
//! Reads the recipients (as rewritten, where address rewriting runs first), the recorded
//! directory and the allow-listed stamp. Writes nothing.
//!
//! # Modelled
//!
//! The block list for every domain; validation for accepted domains only, and only where
//! the directory was recorded: a recipient nobody recorded anything about passes. Each
//! recipient is decided on its own, as on an Edge server and on a Hub; on a Mailbox server of
//! 2013 and later one recipient to be refused makes the whole message fail. The list is asked first. The
//! response, which the receive connector holds back for its tarpit interval: it is counted,
//! nobody waits.
//!
//! # Not modelled
//!
//! Domains that are accepted without being authoritative.
//!
//! # Source
//!
//! Specification sections 2.3 and 5.2.

use mail::{Answer, Case, Part, Parts, SmtpEvent, Stamp, World, domain_of};
use pipeline::{Agent, Observed, Seen, Step, Transit};
use serde::{Deserialize, Serialize};

use crate::SpecError;
use crate::lookup::{has_bypass_right, in_scope, per_recipient};

/// Most entries of the block list.
const MOST_ENTRIES: usize = 800;
const BLOCKED: u8 = 0;
const MISSING: u8 = 1;

/// Settings of the agent: `Set-RecipientFilterConfig`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RecipientFilterSpec {
    /// Whether the agent does anything (default true).
    pub enabled: bool,
    /// It looks at anonymous sessions (default true).
    pub external_mail_enabled: bool,
    /// It looks at authenticated sessions (default false). Those hold the right to bypass
    /// antispam agents, so this changes nothing.
    pub internal_mail_enabled: bool,
    /// Whether the block list counts (default false).
    pub block_list_enabled: bool,
    /// Addresses, at most 800.
    pub blocked_recipients: Vec<String>,
    /// Refuses recipients that the directory does not know (default false).
    pub recipient_validation_enabled: bool,
}

impl Default for RecipientFilterSpec {
    fn default() -> Self {
        Self {
            enabled: true,
            external_mail_enabled: true,
            internal_mail_enabled: false,
            block_list_enabled: false,
            blocked_recipients: Vec::new(),
            recipient_validation_enabled: false,
        }
    }
}

/// The agent with its settings.
#[derive(Debug, Clone)]
pub struct RecipientFilter {
    spec: RecipientFilterSpec,
    /// Seconds that a refusal is held back.
    tarpit: u32,
    reach: Reach,
}

/// What one refused recipient means for the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Nothing.
    Recipient,
    /// The whole message fails, as on Mailbox servers since 2013.
    Message,
}

impl RecipientFilter {
    /// The agent with checked settings; `tarpit` is the connector's interval in seconds.
    ///
    /// # Errors
    ///
    /// [`SpecError`] where the list is too long or an entry is no address.
    pub(crate) fn resolve(
        spec: &RecipientFilterSpec,
        tarpit: u32,
        reach: Reach,
    ) -> Result<Self, SpecError> {
        let key = "recipient-filter.blocked-recipients";
        SpecError::check_count(key, spec.blocked_recipients.len(), MOST_ENTRIES)?;
        let whole = |entry: &&String| {
            let parts = entry.rsplit_once('@');
            parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
        };
        if let Some(entry) = spec.blocked_recipients.iter().find(|entry| !whole(entry)) {
            let problem = format!("`{entry}` is no address");
            return Err(SpecError::new(key, problem, "write `user@example.com`"));
        }
        Ok(Self { spec: spec.clone(), tarpit, reach })
    }

    fn judge(&self, email: &str, world: &World) -> Judgement {
        let spec = &self.spec;
        let listed = |entry: &String| entry.eq_ignore_ascii_case(email);
        let entry = spec.blocked_recipients.iter().position(listed);
        if let Some(at) = entry.filter(|_| spec.block_list_enabled) {
            let detail = u16::try_from(at + 1).expect("at most 800 entries");
            return Judgement::Blocked(detail);
        }
        let directory = &world.directory;
        let missing = spec.recipient_validation_enabled
            && directory.accepts(domain_of(email))
            && directory.knows(email) == Answer::Absent;
        if missing { Judgement::Missing } else { Judgement::Accepted }
    }
}

/// What is known of one recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Judgement {
    /// Nothing against it.
    Accepted,
    /// On the block list, with the number of the entry from 1.
    Blocked(u16),
    /// The directory does not know it.
    Missing,
}

impl Agent for RecipientFilter {
    /// By recipient; empty where nothing is against anybody.
    type Evidence = Box<[Judgement]>;

    fn name(&self) -> &'static str {
        "Recipient Filter Agent"
    }

    fn events(&self) -> &'static [SmtpEvent] {
        &[SmtpEvent::OnRcptCommand]
    }

    fn reasons(&self) -> &'static [&'static str] {
        &["BlockedRecipient", "RecipientDoesNotExist"]
    }

    fn reads(&self) -> Parts {
        Part::Recipients.into()
    }

    fn stamps_read(&self) -> &'static [Stamp] {
        &[Stamp::AllowListed]
    }

    fn observe(&self, case: &Case, world: &World) -> Observed<Box<[Judgement]>> {
        let spec = &self.spec;
        let looks = spec.enabled
            && in_scope(case, spec.external_mail_enabled, spec.internal_mail_enabled)
            && !has_bypass_right(case);
        if !looks {
            return Observed::from(Box::default());
        }
        let judge = |email: &str| self.judge(email, world);
        let judged = per_recipient(case, judge, Judgement::Accepted);
        let silent = judged.iter().all(|judgement| *judgement == Judgement::Accepted);
        Observed::from(if silent { Box::default() } else { judged })
    }

    fn idle(&self, evidence: &Box<[Judgement]>) -> bool {
        evidence.is_empty()
    }

    fn decide(
        &self,
        _event: SmtpEvent,
        seen: Seen<'_, Box<[Judgement]>>,
        mail: &mut Transit,
    ) -> Step {
        if mail.stamps.allow_listed {
            return Step::Continue;
        }
        let judged = seen.at(mail.edits());
        let judgement = match self.reach {
            Reach::Recipient => mail.current().and_then(|who| judged.get(who)),
            Reach::Message => judged.iter().find(|one| **one != Judgement::Accepted),
        };
        let (reason, detail) = match judgement {
            None | Some(Judgement::Accepted) => return Step::Continue,
            Some(Judgement::Blocked(detail)) => (BLOCKED, *detail),
            Some(Judgement::Missing) => (MISSING, 0),
        };
        mail.count_tarpit(self.tarpit);
        Step::Reject { reason, detail }
    }

    fn response(&self, _reason: u8, _detail: u16) -> String {
        "550 5.1.1 User unknown".to_owned()
    }

    fn detail(&self, detail: u16) -> String {
        let entry = usize::from(detail).checked_sub(1);
        let entry = entry.and_then(|at| self.spec.blocked_recipients.get(at));
        entry.cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use mail::{Field, Origin};
    use pipeline::Engine;

    use super::*;
    use crate::trial::{Always, Walked, case, walk, walk_engine};
    use crate::{AddressRewriteEntry, AddressRewritingInbound, AddressRewritingSpec};

    fn spec() -> RecipientFilterSpec {
        RecipientFilterSpec {
            block_list_enabled: true,
            blocked_recipients: vec!["x@y.example".into(), "Boss@here.example".into()],
            recipient_validation_enabled: true,
            ..RecipientFilterSpec::default()
        }
    }

    fn world() -> World {
        let mut world = World::default();
        world.directory.accepted_domains = vec!["here.example".into()];
        let known = ["ann@here.example".to_owned(), "boss@here.example".to_owned()];
        world.directory.recipients = Some(known.into());
        world
    }

    fn run(spec: &RecipientFilterSpec, to: &[&str], world: &World) -> Walked {
        walk(
            RecipientFilter::resolve(spec, 5, Reach::Recipient).unwrap(),
            case("a@b.example", to),
            world,
        )
    }

    #[test]
    fn each_recipient_is_decided_on_its_own() {
        let to = [
            "Ann@Here.example",
            "BOSS@here.example",
            "nobody@here.example",
            "nobody@below.here.example",
        ];
        let walked = run(&spec(), &to, &world());
        let blocked = "reject BlockedRecipient Boss@here.example";
        assert_eq!(walked.told(), ["", blocked, "reject RecipientDoesNotExist", ""]);
        assert_eq!(walked.mail.tarpit_seconds(), 10);
        assert!(!walked.idle());
    }

    #[test]
    fn one_recipient_fails_the_message_of_a_mailbox_server() {
        let to = ["ann@here.example", "nobody@here.example", "boss@here.example"];
        let agent = RecipientFilter::resolve(&spec(), 5, Reach::Message).unwrap();
        let walked = walk(agent, case("a@b.example", &to), &world());
        assert_eq!(walked.told(), ["reject RecipientDoesNotExist"; 3]);
        let agent = RecipientFilter::resolve(&spec(), 5, Reach::Message).unwrap();
        let walked = walk(agent, case("a@b.example", &to[..1]), &world());
        assert_eq!(walked.told(), [""]);
    }

    #[test]
    fn both_checks_are_off_by_default() {
        let to = ["boss@here.example", "nobody@here.example"];
        let listed = RecipientFilterSpec {
            block_list_enabled: false,
            recipient_validation_enabled: false,
            ..spec()
        };
        for spec in [RecipientFilterSpec::default(), listed] {
            let walked = run(&spec, &to, &world());
            assert!(walked.idle() && walked.told() == ["", ""]);
        }
    }

    #[test]
    fn what_nobody_recorded_is_not_refused() {
        let mut open = world();
        open.directory.recipients = None;
        assert!(run(&spec(), &["nobody@here.example"], &open).idle());
        let mut unknown = case("a@b.example", &[]);
        unknown.session.rcpt_to = Field::unknown();
        let agent = RecipientFilter::resolve(&spec(), 5, Reach::Recipient).unwrap();
        assert_eq!(walk(agent, unknown, &world()).told(), [""]);
    }

    #[test]
    fn sessions_out_of_scope_are_skipped() {
        let mut internal = case("a@b.example", &["nobody@here.example"]);
        internal.session.authenticated = Field::known(true, Origin::Recorded);
        let agent = || RecipientFilter::resolve(&spec(), 5, Reach::Recipient).unwrap();
        assert!(walk(agent(), internal, &world()).idle());
        let off = RecipientFilterSpec { enabled: false, ..spec() };
        assert!(run(&off, &["nobody@here.example"], &world()).idle());
    }

    #[test]
    fn recipients_are_validated_as_rewritten_where_rewriting_runs_first() {
        let entry = AddressRewriteEntry {
            name: "old".into(),
            internal_address: "here.example".into(),
            external_address: "old.example".into(),
            outbound_only: false,
            exception_list: Vec::new(),
        };
        let rewriting = AddressRewritingSpec { entries: vec![entry] };
        let run = |first: bool| {
            let mut engine = Engine::new();
            let inbound = AddressRewritingInbound::resolve(&rewriting).unwrap();
            let filter = RecipientFilter::resolve(&spec(), 5, Reach::Recipient).unwrap();
            if first {
                engine.register(inbound);
                engine.register(filter);
            } else {
                engine.register(filter);
                engine.register(inbound);
            }
            let case = case("a@b.example", &["nobody@old.example", "ann@old.example"]);
            walk_engine(engine, case, &world(), &Always(None)).told()
        };
        assert_eq!(run(true), ["reject RecipientDoesNotExist", ""]);
        assert_eq!(run(false), ["", ""]);
    }

    #[test]
    fn entries_are_checked() {
        let with = |list| RecipientFilterSpec { blocked_recipients: list, ..spec() };
        assert!(
            RecipientFilter::resolve(&with(vec!["a@b".into(); 800]), 5, Reach::Recipient)
                .is_ok()
        );
        assert!(
            RecipientFilter::resolve(&with(vec!["a@b".into(); 801]), 5, Reach::Recipient)
                .is_err()
        );
        assert!(
            RecipientFilter::resolve(
                &with(vec!["b.example".into()]),
                5,
                Reach::Recipient
            )
            .is_err()
        );
    }
}
