//! What a recorded world holds: mailboxes, answers of DNS and of providers; and agent logs.
//!
//! Nothing is asked on the network. Changes of mailboxes are kept where the world is.

use std::net::IpAddr;

use agents::{ProviderSpec, sender_id_status};
use mail::{MailboxSettings, Timestamp, World};

use super::bind::Bound;
use super::invoke::text;
use super::{Role, Session};
use crate::catalogue::{Given, Mailboxes, Special, Verb, mailbox_refused};
use crate::language::{Fault, Span};
use crate::{Object, Value, View};

impl Session<'_> {
    fn world(&self, span: Span) -> Result<&World, Fault> {
        self.host.world().ok_or_else(|| {
            let problem = "there is no recorded world";
            Fault::new(span, problem, "name its folder with --world")
        })
    }

    /// The address of an existing mailbox, in lower case.
    fn mailbox_address(&self, given: &Given) -> Result<String, Fault> {
        let address = text(given)?.to_ascii_lowercase();
        let world = self.world(given.span)?;
        let known = match &world.directory.recipients {
            Some(recipients) => recipients.contains(&address),
            None => address.contains('@'),
        };
        if known || world.mailboxes.contains_key(&address) {
            return Ok(address);
        }
        let problem = format!("there is no mailbox `{address}`");
        Err(Fault::new(given.span, problem, "see Get-Mailbox"))
    }

    /// `Get-` and `Set-` of mailboxes.
    pub(super) fn mailbox(
        &mut self,
        name: &str,
        mailboxes: &Mailboxes,
        verb: Verb,
        bound: &Bound,
        span: Span,
    ) -> Result<Vec<Value>, Fault> {
        if verb == Verb::Set {
            return self.set_mailbox(name, mailboxes, bound, span);
        }
        let wanted = match bound.get("Identity") {
            Some(given) if !text(given)?.contains(['*', '?']) => {
                self.mailbox_address(given)?
            }
            Some(given) => text(given)?.to_ascii_lowercase(),
            None => "*".to_owned(),
        };
        let world = self.world(span)?;
        let default = MailboxSettings::default();
        let known = world.directory.recipients.iter().flatten();
        let mut addresses: Vec<&String> = known.chain(world.mailboxes.keys()).collect();
        addresses.sort_unstable();
        addresses.dedup();
        if !wanted.contains(['*', '?']) {
            addresses = vec![&wanted];
        }
        let found = addresses.into_iter().filter(|known| crate::is_like(known, &wanted));
        Ok(found
            .map(|address| {
                let settings = world.mailboxes.get(address).unwrap_or(&default);
                Value::Object(mailboxes.object(address, settings))
            })
            .collect())
    }

    fn set_mailbox(
        &mut self,
        name: &str,
        mailboxes: &Mailboxes,
        bound: &Bound,
        span: Span,
    ) -> Result<Vec<Value>, Fault> {
        let Some(identity) = bound.get("Identity") else {
            return Err(Fault::new(span, "no mailbox is named", "name it: -Identity"));
        };
        let address = self.mailbox_address(identity)?;
        let old = self.world(span)?.mailboxes.get(&address).cloned();
        let mut settings = old.clone().unwrap_or_default();
        let before = settings.clone();
        for given in bound.given.iter().filter(|given| given.name != "Identity") {
            let row = mailboxes.rows.iter().find(|row| row.name == given.name);
            let Some(row) = row else { continue };
            let value = given.check(row.kind, &(row.get)(&settings))?;
            let set = (row.set)(&mut settings, value);
            set.map_err(|problem| given.fault(&problem, row.kind))?;
        }
        if let Some(fault) = mailbox_refused(&settings, &bound.given) {
            return Err(fault);
        }
        if bound.given.len() < 2 {
            let cure = format!("see Get-Help {name}");
            return Err(Fault::new(span, "nothing is set", cure));
        }
        if self.role == Role::Edge {
            self.warn(format!(
                "{name} has no effect on an Edge server, which has no mailboxes; run it in \
                 the organization (--role organization)"
            ));
            return Ok(Vec::new());
        }
        if bound.what_if {
            for row in mailboxes.rows {
                let (from, to) = ((row.get)(&before).text(), (row.get)(&settings).text());
                if from != to {
                    self.say(format!(
                        "What if: {name} would change {} of {address} from `{from}` to `{to}`.",
                        row.name
                    ));
                }
            }
            return Ok(Vec::new());
        }
        if settings != before {
            // The hashes of the lists are made anew when somebody asks.
            settings.hashes = mail::SafelistHashes::default();
            if let Some(all) = self.host.mailboxes_mut() {
                if settings == MailboxSettings::default() {
                    all.remove(&address);
                } else {
                    all.insert(address.clone(), settings);
                }
                self.undo.push((address, old));
            }
        }
        Ok(Vec::new())
    }

    /// Takes back what the statement did to mailboxes.
    pub(super) fn undo_mailboxes(&mut self) {
        while let Some((address, old)) = self.undo.pop() {
            let Some(all) = self.host.mailboxes_mut() else { continue };
            match old {
                Some(settings) => all.insert(address, settings),
                None => all.remove(&address),
            };
        }
    }

    /// `Update-SafeList`, `Test-SenderId`, `Test-IP…ListProvider` and `Get-AgentLog`.
    pub(super) fn ask(
        &mut self,
        special: Special,
        bound: &Bound,
        span: Span,
    ) -> Result<Vec<Value>, Fault> {
        match special {
            Special::UpdateSafeList => self.update_safe_list(bound, span),
            Special::TestSenderId => self.test_sender_id(bound, span),
            Special::GetAgentLog => self.agent_log(bound, span),
            _ => self.test_provider(special, bound, span),
        }
    }

    fn update_safe_list(
        &mut self,
        bound: &Bound,
        span: Span,
    ) -> Result<Vec<Value>, Fault> {
        let Some(identity) = bound.get("Identity") else {
            return Err(Fault::new(span, "no mailbox is named", "name it: -Identity"));
        };
        self.mailbox_address(identity)?;
        if let Some(given) = bound.get("Type") {
            let kinds =
                crate::row::Kind::Word(&["SafeSenders", "SafeRecipients", "Both"]);
            if given.check(kinds, &Value::Null)?.text() != "SafeSenders" {
                self.warn("safe recipients are collected and never acted on");
            }
        }
        let domains = bound.value("IncludeDomains").is_some_and(Value::is_true);
        if domains && !self.policy.content_filter.safe_domains_included {
            self.warn(
                "domains on safe lists do not count: Set-SclbenchSetting \
                 content-filter.safe-domains-included true lets them, for all mailboxes",
            );
        }
        Ok(Vec::new())
    }

    fn test_sender_id(&self, bound: &Bound, span: Span) -> Result<Vec<Value>, Fault> {
        let ip = address(bound, span)?;
        let Some(domain) = bound.get("PurportedResponsibleDomain") else {
            let cure = "give -PurportedResponsibleDomain";
            return Err(Fault::new(span, "no domain is named", cure));
        };
        let form = crate::row::Kind::Of(crate::row::Form::Domain);
        let domain_name = domain.check(form, &Value::Null)?.text();
        let helo = bound.get("HelloDomain").map(text).transpose()?.unwrap_or_default();
        let world = self.world(span)?;
        let status = sender_id_status(&world.dns, ip, &domain_name, &helo);
        let status = status.ok_or_else(|| {
            let problem = format!("the world knows too little of `{domain_name}`");
            let cure = "record its TXT, MX and addresses in `dns.ndjson`";
            Fault::new(domain.span, problem, cure)
        })?;
        Ok(vec![Value::Object(
            Object::new("SenderIdStatus", View::Auto)
                .with("Status", Value::Text(status.name().to_owned()))
                .with("PurportedResponsibleDomain", Value::Text(domain_name))
                .with("IPAddress", Value::Text(ip.to_string())),
        )])
    }

    fn test_provider(
        &self,
        special: Special,
        bound: &Bound,
        span: Span,
    ) -> Result<Vec<Value>, Fault> {
        let filter = &self.policy.connection_filter;
        let (list, noun): (&[ProviderSpec], _) = match special {
            Special::TestIpAllowListProvider => {
                (&filter.ip_allow_list_providers, "IPAllowListProvider")
            }
            _ => (&filter.ip_block_list_providers, "IPBlockListProvider"),
        };
        let Some(identity) = bound.get("Identity") else {
            return Err(Fault::new(span, "no provider is named", "name it: -Identity"));
        };
        let wanted = text(identity)?;
        let named =
            |provider: &&ProviderSpec| provider.name.eq_ignore_ascii_case(&wanted);
        let provider = list.iter().find(named).ok_or_else(|| {
            let problem = format!("there is no {noun} `{wanted}`");
            Fault::new(identity.span, problem, format!("see Get-{noun}"))
        })?;
        let ip = address(bound, span)?;
        let zone = provider.lookup_domain.trim_end_matches('.').to_ascii_lowercase();
        let zones = &self.world(span)?.listings.zones;
        let zone = zones.get(&zone).ok_or_else(|| {
            let problem = format!("the world has no listings of `{zone}`");
            Fault::new(identity.span, problem, "record them in `listings.ndjson`")
        })?;
        let object = |answer: Value, matched: bool, from, until| {
            let time = |time: Option<Timestamp>| {
                time.map_or(Value::Null, |time| Value::Text(time.to_string()))
            };
            Value::Object(
                Object::new("IPListProviderResult", View::List)
                    .with("Provider", Value::Text(provider.name.clone()))
                    .with("ProviderResult", answer)
                    .with("Matched", Value::Bool(matched))
                    .with("From", time(from))
                    .with("Until", time(until)),
            )
        };
        let all: Vec<Value> = zone
            .get(&ip)
            .into_iter()
            .flatten()
            .map(|listing| {
                let matched = provider.takes(listing.answer, filter.bitmask_arithmetic);
                let answer = Value::texts(&[listing.answer]);
                object(answer, matched, listing.from, listing.until)
            })
            .collect();
        if all.is_empty() {
            return Ok(vec![object(Value::List(Vec::new()), false, None, None)]);
        }
        Ok(all)
    }

    fn agent_log(&mut self, bound: &Bound, span: Span) -> Result<Vec<Value>, Fault> {
        let own = self.policy.transport_service.agent_log_path.clone();
        let (place, named) = match (bound.get("Location"), own) {
            (Some(given), _) => (text(given)?, given.span),
            (None, Some(path)) => (path, span),
            (None, None) => {
                let cure = "name the folder with -Location or Set-TransportService \
                            -AgentLogPath; a replay's own log is written by `sclbench \
                            agent-log export`";
                return Err(Fault::new(span, "no log is named", cure));
            }
        };
        let date = |name: &str| -> Result<Option<Timestamp>, Fault> {
            let Some(given) = bound.get(name) else { return Ok(None) };
            let form = crate::row::Kind::Of(crate::row::Form::Date);
            let text = given.check(form, &Value::Null)?.text();
            Ok(Timestamp::parse(&text).ok())
        };
        let (start, end) = (date("StartDate")?, date("EndDate")?);
        let rows = self.host.agent_log(&place).map_err(|error| {
            let (problem, cure) =
                error.split_once("; ").unwrap_or((&error, "check the path"));
            Fault::new(named, problem, cure)
        })?;
        let within = |object: &Object| {
            let time = object.get("Timestamp").map(Value::text).unwrap_or_default();
            // A row without a time is kept where no time is asked for.
            let time = Timestamp::parse(&time).ok();
            start.is_none_or(|start| time.is_some_and(|time| time >= start))
                && end.is_none_or(|end| time.is_some_and(|time| time <= end))
        };
        Ok(rows.into_iter().filter(within).map(Value::Object).collect())
    }
}

fn address(bound: &Bound, span: Span) -> Result<IpAddr, Fault> {
    let Some(given) = bound.get("IPAddress") else {
        return Err(Fault::new(span, "no address is named", "give -IPAddress"));
    };
    let text = text(given)?;
    text.parse().map_err(|_| {
        let problem = format!("`{}` is no IP address", crate::kind::short(&text));
        Fault::new(given.span, problem, "write it in numbers")
    })
}
