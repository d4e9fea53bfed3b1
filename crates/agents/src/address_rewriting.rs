//! Address Rewriting Inbound Agent and Address Rewriting Outbound Agent.
//!
//! # What it does
//!
//! Replaces external addresses of recipients by internal ones on the way in, and internal
//! addresses of senders by external ones on the way out, by one list of entries.
//!
//! # Events
//!
//! Inbound: `OnRcptCommand` (RCPT TO), `OnEndOfHeaders` (To, Cc). Outbound:
//! `OnSubmittedMessage`, `OnRoutedMessage` (the header fields; the change is marked here).
//!
//! # Reads and writes
//!
//! Inbound reads and writes the recipients, To and Cc. Outbound reads and writes From,
//! Sender, Reply-To, Return-Receipt-To, Disposition-Notification-To, Resent-From and
//! Resent-Sender.
//!
//! # Modelled
//!
//! Entries from address to address, domain to domain and `*.domain` to domain with their
//! exceptions; exact address before domain before wildcard, the longest wildcard first; one
//! rewrite per address; entries that only work outbound. Neither is an antispam agent: both
//! run for allowed and for authenticated sessions. An address in several entries takes the
//! first. A wildcard stands for the domains below, not for the domain itself.
//!
//! # Not modelled
//!
//! MAIL FROM: nothing looks at it after the outbound agent has run. Whether the domains are
//! authoritative. Which way a message goes: the outbound agent looks at every accepted
//! message. More than 1,000 different addresses of one message. Addresses that a rule wrote
//! into a header field.
//!
//! # Source
//!
//! Specification section 5.6.

use std::collections::BTreeSet;

use mail::{
    Case, Change, Message, Part, Parts, SmtpEvent, World, domain_of, is_subdomain,
};
use pipeline::{Agent, Observed, Seen, Step, Transit};
use serde::{Deserialize, Serialize};

use crate::SpecError;
use crate::lookup::recipients;

/// Most different addresses rewritten in the header of one message: keeps the work on a
/// hostile header linear, and is far beyond what a person writes.
const MOST_ADDRESSES: usize = 1_000;

const INBOUND_FIELDS: &[&str] = &["To", "Cc"];
const OUTBOUND_FIELDS: &[&str] = &[
    "From",
    "Sender",
    "Reply-To",
    "Return-Receipt-To",
    "Disposition-Notification-To",
    "Resent-From",
    "Resent-Sender",
];
const RECIPIENTS: usize = 0;
const FIELDS: usize = 1;

/// One entry: `New-AddressRewriteEntry`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AddressRewriteEntry {
    /// Name of the entry, its own.
    pub name: String,
    /// `user@internal`, `internal` or `*.internal`.
    pub internal_address: String,
    /// `user@external` or `external`.
    pub external_address: String,
    /// Rewrites outbound only (default false); has to be true with `*.internal`.
    #[serde(default)]
    pub outbound_only: bool,
    /// Domains that `*.internal` leaves alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exception_list: Vec<String>,
}

/// Settings of both agents.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct AddressRewritingSpec {
    /// The entries (default none).
    pub entries: Vec<AddressRewriteEntry>,
}

/// The entries of one direction, by form.
#[derive(Debug, Clone, Default)]
struct Rewrites {
    addresses: Vec<(String, String)>,
    domains: Vec<(String, String)>,
    wildcards: Vec<Wildcard>,
}

#[derive(Debug, Clone)]
struct Wildcard {
    parent: String,
    to: String,
    exceptions: Vec<String>,
}

/// The two ends of an entry.
enum Form {
    Addresses,
    Domains,
    Wildcard(String),
}

impl Rewrites {
    fn outbound(spec: &AddressRewritingSpec) -> Result<Self, SpecError> {
        let mut rewrites = Self::default();
        let mut names = BTreeSet::new();
        for entry in &spec.entries {
            if !names.insert(entry.name.to_lowercase()) {
                let problem = format!("`{}` is named twice", entry.name);
                let key = "address-rewriting.entries.name";
                return Err(SpecError::new(key, problem, "give each entry its own name"));
            }
            let (from, to) =
                (entry.internal_address.clone(), entry.external_address.clone());
            match form(entry)? {
                Form::Addresses => rewrites.addresses.push((from, to)),
                Form::Domains => rewrites.domains.push((from, to)),
                Form::Wildcard(parent) => {
                    let exceptions = entry.exception_list.clone();
                    rewrites.wildcards.push(Wildcard { parent, to, exceptions });
                }
            }
        }
        rewrites
            .wildcards
            .sort_by_key(|wildcard| std::cmp::Reverse(wildcard.parent.len()));
        Ok(rewrites)
    }

    fn inbound(spec: &AddressRewritingSpec) -> Result<Self, SpecError> {
        Self::outbound(spec)?;
        let mut rewrites = Self::default();
        for entry in spec.entries.iter().filter(|entry| !entry.outbound_only) {
            let pair = (entry.external_address.clone(), entry.internal_address.clone());
            match form(entry)? {
                Form::Addresses => rewrites.addresses.push(pair),
                Form::Domains => rewrites.domains.push(pair),
                Form::Wildcard(_) => {}
            }
        }
        Ok(rewrites)
    }

    fn is_empty(&self) -> bool {
        self.addresses.is_empty() && self.domains.is_empty() && self.wildcards.is_empty()
    }

    /// What an address becomes; `None` where it stays as it is.
    fn of(&self, email: &str) -> Option<String> {
        let (local, domain) = email.rsplit_once('@')?;
        let exact = |(from, _): &&(String, String)| from.eq_ignore_ascii_case(email);
        if let Some((_, to)) = self.addresses.iter().find(exact) {
            return Some(to.clone());
        }
        let whole = |(from, _): &&(String, String)| from.eq_ignore_ascii_case(domain);
        let wide = |wildcard: &&Wildcard| {
            let excepted = |except: &String| except.eq_ignore_ascii_case(domain);
            is_subdomain(domain, &wildcard.parent)
                && domain.len() > wildcard.parent.len()
                && !wildcard.exceptions.iter().any(excepted)
        };
        let to = self.domains.iter().find(whole).map(|(_, to)| to);
        let to = to.or_else(|| self.wildcards.iter().find(wide).map(|wide| &wide.to));
        to.map(|to| format!("{local}@{to}"))
    }

    /// The change that rewrites `addresses` in `fields`.
    fn change<'a>(
        &self,
        fields: &'static [&'static str],
        addresses: impl Iterator<Item = &'a str>,
    ) -> Option<Change> {
        let mut seen = BTreeSet::new();
        let renamed = addresses
            .filter(|email| seen.insert(email.to_ascii_lowercase()))
            .filter_map(|email| self.of(email).map(|to| (email.to_owned(), to)))
            .take(MOST_ADDRESSES);
        let addresses: Vec<_> = renamed.collect();
        (!addresses.is_empty()).then_some(Change::Rewrite { fields, addresses })
    }
}

/// Checks an entry's form. Source: specification section 5.6, entry forms.
fn form(entry: &AddressRewriteEntry) -> Result<Form, SpecError> {
    let wrong = |key: &str, problem: &str, cure: &str| {
        let key = format!("address-rewriting.entries.{key}");
        SpecError::new(key, format!("entry `{}` {problem}", entry.name), cure)
    };
    let (internal, external) = (&entry.internal_address, &entry.external_address);
    let shape = |text: &str| {
        let (local, domain) =
            text.rsplit_once('@').map_or((None, text), |(l, d)| (Some(l), d));
        let sign = |c: char| c == '*' || c == '@' || c.is_whitespace();
        let fits = !domain.is_empty()
            && !domain.contains(sign)
            && local.is_none_or(|local| !local.is_empty() && !local.contains(sign));
        fits.then_some(local.is_some())
    };
    let Some(external_is_address) = shape(external) else {
        let problem = format!("has the external address `{external}`");
        let cure = "write `user@example.com` or `example.com`";
        return Err(wrong("external-address", &problem, cure));
    };
    let parent = internal.strip_prefix("*.");
    let Some(internal_is_address) = shape(parent.unwrap_or(internal)) else {
        let problem = format!("has the internal address `{internal}`");
        let cure = "write `user@example.com`, `example.com` or `*.example.com`";
        return Err(wrong("internal-address", &problem, cure));
    };
    if internal_is_address != external_is_address
        || (parent.is_some() && internal_is_address)
    {
        let problem = format!("leads from `{internal}` to `{external}`");
        let cure = "use two addresses or two domains";
        return Err(wrong("external-address", &problem, cure));
    }
    let Some(parent) = parent else {
        if !entry.exception_list.is_empty() {
            let cure = "keep it for entries like `*.example.com`";
            return Err(wrong("exception-list", "has an exception list", cure));
        }
        return Ok(if internal_is_address { Form::Addresses } else { Form::Domains });
    };
    if !entry.outbound_only {
        let cure = "set `outbound-only = true`";
        return Err(wrong("outbound-only", "rewrites all subdomains both ways", cure));
    }
    Ok(Form::Wildcard(parent.to_owned()))
}

/// The inbound agent with its settings.
#[derive(Debug, Clone)]
pub struct AddressRewritingInbound {
    rewrites: Rewrites,
}

impl AddressRewritingInbound {
    /// The agent with checked settings.
    ///
    /// # Errors
    ///
    /// [`SpecError`] where an entry has none of the three forms or shares its name.
    pub fn resolve(spec: &AddressRewritingSpec) -> Result<Self, SpecError> {
        Ok(Self { rewrites: Rewrites::inbound(spec)? })
    }
}

/// What the inbound agent rewrites in one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct InboundEvidence {
    recipients: bool,
    fields: bool,
}

impl Agent for AddressRewritingInbound {
    type Evidence = InboundEvidence;

    fn name(&self) -> &'static str {
        "Address Rewriting Inbound Agent"
    }

    fn events(&self) -> &'static [SmtpEvent] {
        &[SmtpEvent::OnRcptCommand, SmtpEvent::OnEndOfHeaders]
    }

    fn reasons(&self) -> &'static [&'static str] {
        &[]
    }

    /// Nothing that another agent could have changed by the time it looks.
    fn reads(&self) -> Parts {
        Parts::NONE
    }

    fn edits(&self) -> Vec<Parts> {
        if self.rewrites.is_empty() {
            return Vec::new();
        }
        vec![Part::Recipients.into(), Part::Addresses.into()]
    }

    fn change(&self, edit: usize, case: &Case, _world: &World) -> Option<Change> {
        if edit == FIELDS {
            let to = case.message.to.iter().chain(&case.message.cc);
            let addresses = to.map(|address| address.email.as_str());
            return self.rewrites.change(INBOUND_FIELDS, addresses);
        }
        let renamed = recipients(case)
            .iter()
            .enumerate()
            .filter_map(|(index, email)| Some((index, self.rewrites.of(email)?)));
        let renamed: Vec<_> = renamed.collect();
        (!renamed.is_empty()).then_some(Change::RewriteRecipients(renamed))
    }

    fn observe(&self, case: &Case, world: &World) -> Observed<InboundEvidence> {
        let changes =
            |edit| !self.rewrites.is_empty() && self.change(edit, case, world).is_some();
        InboundEvidence { recipients: changes(RECIPIENTS), fields: changes(FIELDS) }
            .into()
    }

    fn idle(&self, evidence: &InboundEvidence) -> bool {
        !evidence.recipients && !evidence.fields
    }

    fn decide(
        &self,
        event: SmtpEvent,
        seen: Seen<'_, InboundEvidence>,
        mail: &mut Transit,
    ) -> Step {
        let evidence = seen.at(mail.edits());
        let at_recipient = event == SmtpEvent::OnRcptCommand;
        if at_recipient && evidence.recipients {
            mail.edit(RECIPIENTS);
        } else if !at_recipient && evidence.fields {
            mail.edit(FIELDS);
        }
        Step::Continue
    }
}

/// The outbound agent with its settings.
#[derive(Debug, Clone)]
pub struct AddressRewritingOutbound {
    rewrites: Rewrites,
}

impl AddressRewritingOutbound {
    /// The agent with checked settings.
    ///
    /// # Errors
    ///
    /// [`SpecError`] where an entry has none of the three forms or shares its name.
    pub fn resolve(spec: &AddressRewritingSpec) -> Result<Self, SpecError> {
        Ok(Self { rewrites: Rewrites::outbound(spec)? })
    }
}

impl Agent for AddressRewritingOutbound {
    /// Whether it rewrites anything in the message.
    type Evidence = bool;

    fn name(&self) -> &'static str {
        "Address Rewriting Outbound Agent"
    }

    fn events(&self) -> &'static [SmtpEvent] {
        &[SmtpEvent::OnSubmittedMessage, SmtpEvent::OnRoutedMessage]
    }

    fn reasons(&self) -> &'static [&'static str] {
        &[]
    }

    /// The addresses as they arrived; what a rule wrote into them is rewritten only on the way
    /// to a server behind this one.
    fn reads(&self) -> Parts {
        Parts::NONE
    }

    fn edits(&self) -> Vec<Parts> {
        if self.rewrites.is_empty() {
            return Vec::new();
        }
        vec![Part::Addresses.into()]
    }

    fn change(&self, _edit: usize, case: &Case, _world: &World) -> Option<Change> {
        self.rewrites.change(OUTBOUND_FIELDS, sender_addresses(&case.message))
    }

    fn observe(&self, case: &Case, world: &World) -> Observed<bool> {
        Observed::from(!self.rewrites.is_empty() && self.change(0, case, world).is_some())
    }

    fn idle(&self, evidence: &bool) -> bool {
        !evidence
    }

    /// The change is marked also where the message as it arrived gave nothing to rewrite: it
    /// counts for the server behind this one, where a rule has written an address since.
    fn decide(&self, event: SmtpEvent, _: Seen<'_, bool>, mail: &mut Transit) -> Step {
        if event == SmtpEvent::OnRoutedMessage && !self.rewrites.is_empty() {
            mail.edit(0);
        }
        Step::Continue
    }
}

/// What looks like an address in the fields that tell of senders.
fn sender_addresses(message: &Message) -> impl Iterator<Item = &str> {
    let parsed = message.from.iter().chain(&message.sender);
    let parsed = parsed.chain(&message.resent_from).chain(&message.resent_sender);
    let fields = message.headers.iter().filter(|header| {
        OUTBOUND_FIELDS.iter().any(|name| name.eq_ignore_ascii_case(&header.name))
    });
    let foreign =
        |c: char| !(c.is_ascii_alphanumeric() || ".!#$%&'*+-/=?^_`{|}~@".contains(c));
    let written = fields.flat_map(move |header| header.value.split(foreign));
    parsed
        .map(|address| address.email.as_str())
        .chain(written)
        .filter(|email| email.contains('@') && !domain_of(email).is_empty())
}

#[cfg(test)]
mod tests;
