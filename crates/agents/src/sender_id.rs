//! Sender Id Agent.
//!
//! # What it does
//!
//! Finds the purported responsible address of a message and checks by SPF whether the
//! connecting client may send for its domain. The result is stamped for the content filter;
//! Fail and `TempError` may refuse or drop the message.
//!
//! # Events
//!
//! `OnEndOfHeaders`.
//!
//! # Reads and writes
//!
//! Reads Resent-Sender, Resent-From, Sender and From, the client's address, the HELO name,
//! recorded DNS, the recipients and the allow-listed stamp. Writes the Sender ID stamp and
//! counts DNS questions.
//!
//! # Modelled
//!
//! The address by RFC 4407; records of the scope `pra` before `v=spf1` (RFC 4406); SPF by
//! RFC 7208 with the limits of RFC 4408; Fail where there is no such address or its domain
//! does not exist; `TempError` where a question that decides was recorded as failed; both
//! actions with their responses; bypassed recipients and sender domains. The address that is
//! checked is the first one outside the internal servers; no stamp where it is unknown.
//! Where the answer to a question that decides was not recorded, the result is unknown and
//! nothing is stamped.
//!
//! # Not modelled
//!
//! Explanations (`exp=`) are not fetched. The Received-SPF and PRD header fields. Malformed
//! single addresses count as missing. A mailbox's own bypass.
//!
//! # Source
//!
//! Specification section 5.3; the response at `TempError` by decision on U22.

mod macros;
mod record;
mod spf;

use std::net::IpAddr;

use mail::{
    Address, Case, Dns, Message, Part, Parts, SenderIdResult, SmtpEvent, Stamp, World,
    domain_of,
};
use pipeline::{Agent, Observed, Seen, Step, Transit};
use serde::{Deserialize, Serialize};

use crate::SpecError;
use crate::addresses::{InternalServers, Source};
use crate::lookup::{has_address, has_bypass_right, has_domain, in_scope, recipients};
use crate::settle::Verdict;

/// Most entries of a bypass list.
const MOST_BYPASSED: usize = 100;
/// Most bytes before the `@`: the longest path of RFC 5321 section 4.5.3.1.3; keeps what
/// macros expand to small.
const LONGEST_LOCAL_PART: usize = 256;
const FAIL: u8 = 0;
const TEMP_ERROR: u8 = 1;

/// What is done to a message of an acting status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SenderIdAction {
    /// Only the stamp.
    #[default]
    #[serde(alias = "StampStatus")]
    StampStatus,
    /// Refuse.
    #[serde(alias = "Reject")]
    Reject,
    /// Accept and drop.
    #[serde(alias = "Delete")]
    Delete,
}

impl SenderIdAction {
    fn verdict(self) -> Option<Verdict> {
        match self {
            Self::StampStatus => None,
            Self::Reject => Some(Verdict::Reject),
            Self::Delete => Some(Verdict::Drop),
        }
    }
}

/// Settings of the agent: `Set-SenderIdConfig`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SenderIdSpec {
    /// Whether the agent does anything (default true).
    pub enabled: bool,
    /// It looks at anonymous sessions (default true).
    pub external_mail_enabled: bool,
    /// It looks at authenticated sessions (default false). Those hold the right to bypass
    /// antispam agents, so this changes nothing.
    pub internal_mail_enabled: bool,
    /// At Fail: `stamp-status` (default), `reject` or `delete`.
    pub spoofed_domain_action: SenderIdAction,
    /// At `TempError`: `stamp-status` (default), `reject` or `delete`.
    pub temp_error_action: SenderIdAction,
    /// Recipients exempt from the agent, at most 100.
    pub bypassed_recipients: Vec<String>,
    /// Sender domains exempt from the agent, `*.` for subdomains too; at most 100.
    pub bypassed_sender_domains: Vec<String>,
}

impl Default for SenderIdSpec {
    fn default() -> Self {
        Self {
            enabled: true,
            external_mail_enabled: true,
            internal_mail_enabled: false,
            spoofed_domain_action: SenderIdAction::StampStatus,
            temp_error_action: SenderIdAction::StampStatus,
            bypassed_recipients: Vec::new(),
            bypassed_sender_domains: Vec::new(),
        }
    }
}

/// What Sender ID says of a client that names itself `helo` and sends for `domain`; `None`
/// where a question that decides was never recorded.
pub fn sender_id_status(
    dns: &Dns,
    ip: IpAddr,
    domain: &str,
    helo: &str,
) -> Option<SenderIdResult> {
    let helo = if spf::is_name(helo) { helo } else { "unknown" };
    spf::check(dns, ip, &format!("postmaster@{domain}"), helo).result
}

/// The agent with its settings.
#[derive(Debug, Clone)]
pub struct SenderId {
    spec: SenderIdSpec,
    internal: InternalServers,
}

impl SenderId {
    /// The agent with checked settings; `internal` are the internal servers.
    ///
    /// # Errors
    ///
    /// [`SpecError`] where a list is too long.
    pub(crate) fn resolve(
        spec: &SenderIdSpec,
        internal: InternalServers,
    ) -> Result<Self, SpecError> {
        for (key, list) in [
            ("sender-id.bypassed-recipients", &spec.bypassed_recipients),
            ("sender-id.bypassed-sender-domains", &spec.bypassed_sender_domains),
        ] {
            SpecError::check_count(key, list.len(), MOST_BYPASSED)?;
        }
        Ok(Self { spec: spec.clone(), internal })
    }

    fn skips(&self, case: &Case, sender: &str) -> bool {
        let spec = &self.spec;
        !spec.enabled
            || !in_scope(case, spec.external_mail_enabled, spec.internal_mail_enabled)
            || has_bypass_right(case)
            || has_domain(&spec.bypassed_sender_domains, domain_of(sender))
    }

    /// Who is exempt, by recipient; empty where nobody is.
    fn exempt(&self, case: &Case) -> Box<[bool]> {
        let list = &self.spec.bypassed_recipients;
        let exempt: Box<[bool]> =
            recipients(case).iter().map(|email| has_address(list, email)).collect();
        if exempt.contains(&true) { exempt } else { Box::default() }
    }
}

/// What is known of one message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SenderIdEvidence {
    /// Nothing the agent looks at.
    Skipped,
    /// A message it checks.
    Checked {
        /// Result; `None` where it is unknown.
        status: Option<SenderIdResult>,
        /// DNS questions asked, at most 255.
        questions: u8,
        /// Who is exempt, by recipient; empty where nobody is.
        exempt: Box<[bool]>,
    },
}

impl Agent for SenderId {
    type Evidence = SenderIdEvidence;

    fn name(&self) -> &'static str {
        "Sender Id Agent"
    }

    fn events(&self) -> &'static [SmtpEvent] {
        &[SmtpEvent::OnEndOfHeaders]
    }

    fn reasons(&self) -> &'static [&'static str] {
        &["SenderIdFail", "SenderIdTempError"]
    }

    /// The places of Received and Return-Path among the Resent fields count too, but no
    /// agent can move those before this one looks.
    fn reads(&self) -> Parts {
        Parts::from(Part::Addresses) | Part::Recipients.into()
    }

    fn stamps_read(&self) -> &'static [Stamp] {
        &[Stamp::AllowListed]
    }

    fn observe(&self, case: &Case, world: &World) -> Observed<SenderIdEvidence> {
        let sender = responsible_address(&case.message);
        if self.skips(case, sender.unwrap_or_default()) {
            return SenderIdEvidence::Skipped.into();
        }
        let source = self.internal.source(case);
        let (status, questions) = match (source.ip(), sender) {
            (None, _) => (None, 0),
            (Some(_), None) => (Some(SenderIdResult::Fail), 0),
            (Some(ip), Some(sender)) => {
                let helo = match source {
                    Source::Client(_) => case.session.helo.get().map(String::as_str),
                    Source::Relayed(_) => None,
                };
                let helo = helo.filter(|name| spf::is_name(name)).unwrap_or("unknown");
                let outcome = spf::check(&world.dns, ip, sender, helo);
                (outcome.result, outcome.questions)
            }
        };
        SenderIdEvidence::Checked { status, questions, exempt: self.exempt(case) }.into()
    }

    fn idle(&self, evidence: &SenderIdEvidence) -> bool {
        match evidence {
            SenderIdEvidence::Skipped => true,
            SenderIdEvidence::Checked { status, questions, .. } => {
                status.is_none() && *questions == 0
            }
        }
    }

    fn decide(
        &self,
        _event: SmtpEvent,
        seen: Seen<'_, SenderIdEvidence>,
        mail: &mut Transit,
    ) -> Step {
        let SenderIdEvidence::Checked { status, questions, exempt } =
            seen.at(mail.edits())
        else {
            return Step::Continue;
        };
        let concerned = |who: usize| !exempt.get(who).copied().unwrap_or(false);
        let mut left = (0..mail.recipients()).filter(|who| mail.fate(*who).in_transit());
        let known = mail.arrived().sender_id.is_some();
        if known || mail.stamps.allow_listed || !left.any(concerned) {
            return Step::Continue;
        }
        mail.count_dns(u32::from(*questions));
        mail.stamps.sender_id = *status;
        let (action, reason) = match status {
            Some(SenderIdResult::Fail) => (self.spec.spoofed_domain_action, FAIL),
            Some(SenderIdResult::TempError) => (self.spec.temp_error_action, TEMP_ERROR),
            None
            | Some(
                SenderIdResult::Pass
                | SenderIdResult::Neutral
                | SenderIdResult::SoftFail
                | SenderIdResult::None
                | SenderIdResult::PermError,
            ) => return Step::Continue,
        };
        match action.verdict() {
            None => Step::Continue,
            Some(verdict) => verdict.on_some(mail, (reason, 0), concerned),
        }
    }

    fn response(&self, reason: u8, _detail: u16) -> String {
        let status = if reason == FAIL { "Not Permitted" } else { "Temporary Error" };
        format!("550 5.7.1 Sender ID (PRA) {status}")
    }
}

/// The purported responsible address by RFC 4407 section 2; `None` where the message has
/// none.
fn responsible_address(message: &Message) -> Option<&str> {
    if let Some(address) = &message.resent_sender
        && !resent_sender_is_of_an_older_block(message)
    {
        return usable(address);
    }
    if let Some(address) = &message.resent_from {
        return usable(address);
    }
    match filled(message, "Sender") {
        0 if message.sender.is_none() => {}
        0 | 1 => return message.sender.as_ref().and_then(usable),
        _ => return None,
    }
    match message.from.as_slice() {
        [address] if filled(message, "From") <= 1 => usable(address),
        _ => None,
    }
}

/// Whether Received or Return-Path stands between the first Resent-From and a later
/// Resent-Sender: then that Resent-Sender belongs to an earlier resending.
fn resent_sender_is_of_an_older_block(message: &Message) -> bool {
    let is = |at: usize, name: &str| message.headers[at].name.eq_ignore_ascii_case(name);
    let first = |name: &str| {
        (0..message.headers.len())
            .find(|at| is(*at, name) && !message.headers[*at].value.trim().is_empty())
    };
    match (first("Resent-From"), first("Resent-Sender")) {
        (Some(from), Some(sender)) if from < sender => {
            (from..sender).any(|at| is(at, "Received") || is(at, "Return-Path"))
        }
        _ => false,
    }
}

/// How many fields of this name hold anything.
fn filled(message: &Message, name: &str) -> usize {
    message.header(name).filter(|value| !value.trim().is_empty()).count()
}

/// The address, where it has a local part of usual length and a domain that can stand in DNS.
fn usable(address: &Address) -> Option<&str> {
    let (local, domain) = address.email.rsplit_once('@')?;
    let local = (1..=LONGEST_LOCAL_PART).contains(&local.len());
    (local && spf::is_name(domain)).then_some(address.email.as_str())
}

#[cfg(test)]
mod tests;
