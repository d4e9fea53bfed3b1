//! Edge Rule Agent: transport rules of an Edge server.
//!
//! # What it does
//!
//! Runs the rules in order. A rule whose conditions all hold and none of whose exceptions
//! does carries out all its actions.
//!
//! # Events
//!
//! `OnEndOfData`.
//!
//! # Reads and writes
//!
//! Reads the SCL stamped by then, the subject, the text, header fields, From and MAIL FROM,
//! the accepted recipients, attachments and sizes. Writes the SCL, the subject and header
//! fields.
//!
//! # Modelled
//!
//! All conditions and exceptions; values of one condition are alternatives, conditions all
//! have to hold; whole words without regard to case, after MIME decoding; patterns of linear
//! time; priorities from 0; modes, of which only `enforce` acts; activation and expiry in
//! corpus time; a rule sees what earlier rules changed; a rule that quarantines or stops ends
//! rule processing. An absent SCL never matches, so with the default order, in which this
//! agent runs before the content filter, `scl-over` holds only after an earlier rule has set
//! the SCL. A redirected message counts as quarantined: it is kept elsewhere. Without a
//! quarantine mailbox a rule that quarantines returns the message to the sender, which counts
//! as rejected. A dropped session counts as rejected. Rules also run for mail from
//! allow-listed addresses and authenticated sessions.
//!
//! # Not modelled
//!
//! That a content filter which runs before has taken single recipients from the message:
//! conditions on recipients still see them, so that one recipient's thresholds do not decide
//! about another. Recipients that a rule adds: they are none of the case's, so that nothing is counted for
//! them and their mailboxes are not asked. Look-around and back references in patterns. Log
//! events and notices. Errors of rules: none can fail.
//!
//! # Source
//!
//! Specification sections 5.7 and 2.2; decisions on U24 and U25.

mod predicates;
mod spec;

use mail::{Case, Change, Part, Parts, Scl, SmtpEvent, Timestamp, World};
use pipeline::{Agent, Observed, Seen, Step, Transit};

use predicates::{Predicates, RecipientTests, Unsteady, View};
pub use spec::{
    AttachmentSizeComparison, FromScope, HeaderPatterns, HeaderValue, HeaderWords,
    PredicatesSpec, RejectSpec, RuleActionsSpec, RuleErrorAction, RuleMode, RuleSpec,
    SenderAddressLocation,
};

use crate::SpecError;
use crate::lookup::per_recipient;
use crate::place::in_order;
use crate::settle::QuarantineMailbox;

const RULE: u8 = 0;
const REDIRECTED: u8 = 1;
const DISCONNECTED: u8 = 2;
const NO_MAILBOX: u8 = 3;

/// A rule ready to run.
#[derive(Debug, Clone)]
struct Rule {
    name: String,
    window: [Option<Timestamp>; 2],
    conditions: Predicates,
    exceptions: Predicates,
    actions: RuleActionsSpec,
}

impl Rule {
    fn parse(rule: &RuleSpec, tests: &mut RecipientTests) -> Result<Self, SpecError> {
        let key = format!("rules.`{}`", rule.name);
        SpecError::check_length(&key, &rule.name, 64)?;
        if let Some(comments) = &rule.comments {
            SpecError::check_length(&key, comments, 1024)?;
        }
        if let Some(reject) = &rule.actions.reject
            && !(400..=599).contains(&reject.status_code)
        {
            let problem = format!("status code `{}`", reject.status_code);
            return Err(SpecError::new(key, problem, "use 400 to 599"));
        }
        let date = |text: &Option<String>| {
            let parsed = text.as_deref().map(Timestamp::parse).transpose();
            parsed.map_err(|_| {
                let problem = format!("date `{}`", text.as_deref().unwrap_or_default());
                let cure = "write RFC 3339, as `2026-01-31T00:00:00Z`";
                SpecError::new(&*key, problem, cure)
            })
        };
        Ok(Self {
            name: rule.name.clone(),
            window: [date(&rule.activation_date)?, date(&rule.expiry_date)?],
            conditions: Predicates::parse(&key, rule, &rule.conditions, tests)?,
            exceptions: Predicates::parse(&key, rule, &rule.exceptions, tests)?,
            actions: rule.actions.clone(),
        })
    }

    fn runs_at(&self, time: Timestamp) -> bool {
        let [activation, expiry] = self.window;
        activation.is_none_or(|activation| activation <= time)
            && expiry.is_none_or(|expiry| time < expiry)
    }

    fn changes(&self) -> impl Iterator<Item = Change> + use<> {
        let actions = &self.actions;
        let prefix = actions.prepend_subject.clone().map(Change::PrependSubject);
        let set = actions.set_header.clone();
        let set = set.map(|h| Change::SetHeader { name: h.header, value: h.value });
        let remove = actions.remove_header.clone().map(Change::RemoveHeader);
        [prefix, set, remove].into_iter().flatten()
    }
}

/// The agent.
#[derive(Debug, Clone)]
pub struct EdgeRules {
    rules: Vec<Rule>,
    /// What the rules ask of recipients.
    tests: RecipientTests,
    /// First change of each rule among the agent's changes, and one past its last.
    edits: Vec<std::ops::Range<usize>>,
    /// Changes of all rules, with the rule that makes each.
    changes: Vec<(usize, Change)>,
    mailbox: QuarantineMailbox,
}

impl EdgeRules {
    const MOST_RULES: usize = 64;

    /// Checks the rules; rules that are switched off or do not act are left out.
    ///
    /// # Errors
    ///
    /// [`SpecError`] at a rule over a limit of the product, a pattern or date that cannot be
    /// read, a reply code or priority out of range.
    pub(crate) fn resolve(
        rules: &[RuleSpec],
        mailbox: QuarantineMailbox,
    ) -> Result<Self, SpecError> {
        let mut tests = RecipientTests::default();
        let mut unused = RecipientTests::default();
        let mut running = Vec::new();
        for (_, rule) in in_order("rules", 0, rules, |rule| rule.priority)? {
            let acts = rule.enabled && rule.mode == RuleMode::Enforce;
            if acts {
                running.push(Rule::parse(rule, &mut tests)?);
            } else {
                // A rule that does not act has to be right all the same.
                unused.0.clear();
                Rule::parse(rule, &mut unused)?;
            }
        }
        SpecError::check_count("rules", running.len(), Self::MOST_RULES)?;
        let mut edits = Vec::new();
        let mut changes = Vec::new();
        for (index, rule) in running.iter().enumerate() {
            let first = changes.len();
            changes.extend(rule.changes().map(|change| (index, change)));
            edits.push(first..changes.len());
        }
        Ok(Self { rules: running, tests, edits, changes, mailbox })
    }

    /// Whether any rule's change touches `part`.
    fn edits_part(&self, part: Part) -> bool {
        self.changes.iter().any(|(_, change)| change.parts().intersects(part.into()))
    }

    /// Whether some form of the message could make the rule run. Conditions on parts that
    /// may change on the way are taken to hold.
    fn could_run(&self, rule: &Rule, case: &Case, world: &World) -> bool {
        let unsteady = Unsteady {
            senders: self.edits_part(Part::Headers) || self.edits_part(Part::Addresses),
            subject: self.edits_part(Part::Subject),
            // Stripping can only make such conditions fail; other changes may do anything.
            attachments: self.edits_part(Part::Attachments),
        };
        rule.runs_at(case.time)
            && rule.conditions.could_hold(&View::new(case, world), unsteady)
    }
}

/// Which rules hold for one form of a message, apart from what they ask of the SCL and of
/// recipients.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RuleEvidence {
    holds: u64,
    excepted: u64,
    /// Which questions hold for each recipient; empty where there are none.
    recipients: Box<[u64]>,
}

impl RuleEvidence {
    /// Questions that hold for one of the recipients whom no agent had refused when the data
    /// were received.
    fn met(&self, mail: &Transit) -> u64 {
        let Some(last) = self.recipients.len().checked_sub(1) else {
            return 0;
        };
        let left = (0..mail.recipients()).filter(|who| mail.received(*who));
        left.fold(0, |met, who| met | self.recipients[who.min(last)])
    }

    /// Questions that hold for one of all recipients.
    fn ever_met(&self) -> u64 {
        self.recipients.iter().fold(0, |met, one| met | one)
    }
}

impl Agent for EdgeRules {
    type Evidence = RuleEvidence;

    fn name(&self) -> &'static str {
        "Edge Rule Agent"
    }

    fn events(&self) -> &'static [SmtpEvent] {
        &[SmtpEvent::OnEndOfData]
    }

    fn reasons(&self) -> &'static [&'static str] {
        &[
            "EdgeRule",
            "EdgeRuleRedirect",
            "EdgeRuleDisconnect",
            "EdgeRuleNoQuarantineMailbox",
        ]
    }

    fn reads(&self) -> Parts {
        if self.tests.0.is_empty() {
            Parts::MESSAGE
        } else {
            Parts::MESSAGE | Part::Recipients.into()
        }
    }

    fn edits(&self) -> Vec<Parts> {
        self.changes.iter().map(|(_, change)| change.parts()).collect()
    }

    fn change(&self, edit: usize, case: &Case, world: &World) -> Option<Change> {
        let (rule, change) = &self.changes[edit];
        let sets = |name: &str| {
            let mut setters = self.changes.iter().map(|(_, change)| change);
            setters.any(|change| matches!(change, Change::SetHeader { name: set, .. } if set.eq_ignore_ascii_case(name)))
        };
        let does = match change {
            // A field that an earlier rule may have set can be removed too.
            Change::RemoveHeader(name) => {
                case.message.header(name).next().is_some() || sets(name)
            }
            _ => true,
        };
        (does && self.could_run(&self.rules[*rule], case, world)).then(|| change.clone())
    }

    fn observe(&self, case: &Case, world: &World) -> Observed<RuleEvidence> {
        let view = View::new(case, world);
        let (mut holds, mut excepted) = (0, 0);
        for (index, rule) in self.rules.iter().enumerate() {
            if rule.runs_at(case.time) && rule.conditions.all_hold(&view) {
                holds |= 1 << index;
                excepted |= u64::from(rule.exceptions.any_holds(&view)) << index;
            }
        }
        let recipients = if self.tests.0.is_empty() || holds & !excepted == 0 {
            Box::default()
        } else {
            per_recipient(case, |email| self.tests.met_by(email), 0)
        };
        RuleEvidence { holds, excepted, recipients }.into()
    }

    fn idle(&self, evidence: &RuleEvidence) -> bool {
        let met = evidence.ever_met();
        let runs = evidence.holds & !evidence.excepted;
        let mut rules = self.rules.iter().enumerate();
        !rules.any(|(index, rule)| {
            let needs = rule.conditions.recipients;
            runs & 1 << index != 0 && needs & met == needs
        })
    }

    fn decide(
        &self,
        _event: SmtpEvent,
        seen: Seen<'_, RuleEvidence>,
        mail: &mut Transit,
    ) -> Step {
        for (index, rule) in self.rules.iter().enumerate() {
            let evidence = seen.at(mail.edits());
            if evidence.holds & !evidence.excepted & 1 << index == 0 {
                continue;
            }
            let met = evidence.met(mail);
            let needs = rule.conditions.recipients;
            let scl = mail.stamps.scl;
            let runs = needs & met == needs
                && rule.exceptions.recipients & met == 0
                && rule.conditions.scl_over.is_none_or(|limit| over(scl, limit))
                && !rule.exceptions.scl_over.is_some_and(|limit| over(scl, limit));
            if runs {
                match self.act(index, rule, mail) {
                    Some(step) => return step,
                    None => continue,
                }
            }
        }
        Step::Continue
    }

    fn detail(&self, detail: u16) -> String {
        self.rules
            .get(usize::from(detail))
            .map_or_else(String::new, |rule| rule.name.clone())
    }

    fn response(&self, reason: u8, detail: u16) -> String {
        let rule = self.rules.get(usize::from(detail));
        match rule.and_then(|rule| rule.actions.reject.as_ref()) {
            Some(reject) if reason == RULE => {
                let class = reject.status_code / 100;
                format!("{} {class}.7.1 {}", reject.status_code, reject.text)
            }
            Some(_) | None => String::new(),
        }
    }
}

impl EdgeRules {
    /// Carries a rule out; `Some` where it ends rule processing.
    fn act(&self, index: usize, rule: &Rule, mail: &mut Transit) -> Option<Step> {
        let detail = u16::try_from(index).expect("at most 64 rules");
        let actions = &rule.actions;
        if let Some(scl) = actions.set_scl {
            mail.stamps.scl = Some(scl);
        }
        for edit in self.edits[index].clone() {
            mail.edit(edit);
        }
        if !actions.redirect_message_to.is_empty() {
            for recipient in 0..mail.recipients() {
                mail.quarantine(recipient, REDIRECTED, detail);
            }
        }
        if actions.reject.is_some() {
            return Some(Step::Reject { reason: RULE, detail });
        }
        if actions.delete {
            return Some(Step::Drop { reason: RULE, detail });
        }
        if actions.quarantine {
            for recipient in 0..mail.recipients() {
                match self.mailbox {
                    QuarantineMailbox::Known => mail.quarantine(recipient, RULE, detail),
                    QuarantineMailbox::Missing => {
                        mail.reject(recipient, NO_MAILBOX, detail);
                    }
                }
            }
            return Some(Step::Continue);
        }
        if actions.disconnect {
            return Some(Step::Reject { reason: DISCONNECTED, detail });
        }
        actions.stop_rule_processing.then_some(Step::Continue)
    }
}

/// SCL ≥ limit; an absent SCL never is.
fn over(scl: Option<Scl>, limit: Scl) -> bool {
    scl.is_some_and(|scl| scl >= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scl_condition_holds_at_equality_and_never_without_a_level() {
        let five = Scl::new(5).unwrap();
        assert!(over(Some(five), five));
        assert!(!over(Some(Scl::new(4).unwrap()), five));
        assert!(!over(None, Scl::TRUSTED));
    }

    #[test]
    fn a_rule_that_does_not_act_is_checked_all_the_same() {
        let rule = |text: &str| {
            let spec: RuleSpec = toml::from_str(text).unwrap();
            EdgeRules::resolve(&[spec], QuarantineMailbox::Known)
        };
        assert!(rule("name = 'r'\nenabled = false\nactions.delete = true").is_ok());
        for wrong in [
            "conditions.subject-matches-patterns = ['(']",
            "activation-date = '2026-13-01'",
            "actions.reject = { status-code = 250 }",
            "priority = 1",
        ] {
            let text = format!("name = 'r'\nmode = 'Audit'\n{wrong}\n");
            let text = if wrong.starts_with("actions") {
                text
            } else {
                text + "actions.delete = true\n"
            };
            assert!(rule(&text).is_err(), "{wrong}");
        }
    }
}
