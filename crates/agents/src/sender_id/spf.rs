//! SPF evaluation over recorded DNS. Source: RFC 7208 sections 4 and 5, with the limits of
//! RFC 4408 (ten terms that ask, ten exchanges, ten pointers; no limit on empty answers),
//! which the product was built against.
//!
//! It asks the recorded answers and nothing else: there is no resolver, no packet and no
//! clock. A question that nobody recorded makes the whole result unknown.

use std::net::IpAddr;

use mail::{Answer, Dns, SenderIdResult, is_subdomain};

use super::macros::{DomainSpec, Values};
use super::record::{Directive, Mechanism, Prefix, Record, select};

/// Most terms of all records of one check that may ask DNS.
const MOST_TERMS: u8 = 10;
/// Most exchanges or pointers looked at for one term.
const MOST_NAMES: usize = 10;

/// Result of one check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outcome {
    /// `None` where a question that decides was never recorded.
    pub(super) result: Option<SenderIdResult>,
    /// DNS questions asked, at most 255.
    pub(super) questions: u8,
}

/// Checks whether `ip` may send for the domain of `sender`.
///
/// A domain that does not exist fails: one that was recorded so, or, where the record does
/// not tell, one without any text, address or exchange.
pub(super) fn check(dns: &Dns, ip: IpAddr, sender: &str, helo: &str) -> Outcome {
    let mut check =
        Check { dns, ip: ip.to_canonical(), sender, helo, terms: 0, asked: 0 };
    let domain = mail::domain_of(sender);
    let result = match check.host(domain) {
        Ok(SenderIdResult::None) => check.absent_domain(domain),
        other => other,
    };
    let result = match result {
        Ok(result) => Some(result),
        Err(Stop::PermError) => Some(SenderIdResult::PermError),
        Err(Stop::TempError) => Some(SenderIdResult::TempError),
        Err(Stop::Unknown) => None,
    };
    Outcome { result, questions: check.asked }
}

/// Whether `name` can stand in DNS: labels of 1 to 63 characters, 253 in all.
pub(super) fn is_name(name: &str) -> bool {
    let label = |label: &str| (1..=63).contains(&label.len());
    let sign = |b: u8| b > b' ' && b != 0x7f && b != b'[' && b != b']';
    let name = name.strip_suffix('.').unwrap_or(name);
    name.len() <= 253 && name.split('.').all(label) && name.bytes().all(sign)
}

/// Whether `name` can be asked for: names made by macros may hold any character.
fn can_be_asked(name: &str) -> bool {
    let label = |label: &str| (1..=63).contains(&label.len());
    name.len() <= 253 && name.split('.').all(label)
}

/// Why a check ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    PermError,
    TempError,
    Unknown,
}

struct Check<'d> {
    dns: &'d Dns,
    ip: IpAddr,
    sender: &'d str,
    helo: &'d str,
    terms: u8,
    asked: u8,
}

impl<'d> Check<'d> {
    /// `check_host` of RFC 7208 section 4.
    fn host(&mut self, domain: &str) -> Result<SenderIdResult, Stop> {
        if !is_name(domain) {
            return Ok(SenderIdResult::None);
        }
        let texts = self.ask(self.dns.txt(domain))?;
        let Some(terms) = select(texts).map_err(|_| Stop::PermError)? else {
            return Ok(SenderIdResult::None);
        };
        let record = Record::parse(terms).map_err(|_| Stop::PermError)?;
        for Directive { result, mechanism } in &record.directives {
            if self.matches(mechanism, domain)? {
                return Ok(*result);
            }
        }
        let Some(redirect) = &record.redirect else {
            return Ok(SenderIdResult::Neutral);
        };
        self.count_term()?;
        let target = self.expand(redirect, domain)?;
        match self.host(&target)? {
            SenderIdResult::None => Err(Stop::PermError),
            result => Ok(result),
        }
    }

    /// None or Fail for a domain without a record, by whether it exists.
    fn absent_domain(&mut self, domain: &str) -> Result<SenderIdResult, Stop> {
        if let Some(exists) = self.dns.has_name(domain) {
            return Ok(if exists { SenderIdResult::None } else { SenderIdResult::Fail });
        }
        let exists = matches!(self.dns.txt(domain), Answer::Found(_))
            || !self.addresses(domain)?.is_empty()
            || !self.ask(self.dns.mx(domain))?.is_empty();
        Ok(if exists { SenderIdResult::None } else { SenderIdResult::Fail })
    }

    fn matches(&mut self, mechanism: &Mechanism<'_>, domain: &str) -> Result<bool, Stop> {
        match mechanism {
            Mechanism::All => Ok(true),
            Mechanism::Network(address, prefix) => Ok(prefix.same(self.ip, *address)),
            Mechanism::Include(name) => {
                self.count_term()?;
                let target = self.expand(name, domain)?;
                match self.host(&target)? {
                    SenderIdResult::Pass => Ok(true),
                    SenderIdResult::None => Err(Stop::PermError),
                    SenderIdResult::Neutral
                    | SenderIdResult::SoftFail
                    | SenderIdResult::Fail
                    | SenderIdResult::TempError
                    | SenderIdResult::PermError => Ok(false),
                }
            }
            Mechanism::Address(name, prefix) => {
                self.count_term()?;
                let target = self.target(name.as_ref(), domain)?;
                self.address_matches(&target, *prefix)
            }
            Mechanism::Exchange(name, prefix) => {
                self.count_term()?;
                let target = self.target(name.as_ref(), domain)?;
                self.exchange_matches(&target, *prefix)
            }
            Mechanism::Pointer(name) => {
                self.count_term()?;
                let target = self.target(name.as_ref(), domain)?;
                Ok(self.validated(&target)?.is_some())
            }
            Mechanism::Exists(name) => {
                self.count_term()?;
                let target = self.expand(name, domain)?;
                Ok(self.addresses(&target)?.iter().any(IpAddr::is_ipv4))
            }
        }
    }

    fn address_matches(&mut self, name: &str, prefix: Prefix) -> Result<bool, Stop> {
        let ip = self.ip;
        Ok(self.addresses(name)?.iter().any(|address| prefix.same(ip, *address)))
    }

    fn exchange_matches(&mut self, name: &str, prefix: Prefix) -> Result<bool, Stop> {
        if !can_be_asked(name) {
            return Ok(false);
        }
        let exchanges = self.ask(self.dns.mx(name))?;
        if exchanges.len() > MOST_NAMES {
            return Err(Stop::PermError);
        }
        for exchange in exchanges {
            if self.address_matches(&exchange.host, prefix)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The client's name at or below `domain` that leads back to its address.
    fn validated(&mut self, domain: &str) -> Result<Option<&'d str>, Stop> {
        let names = failed_is_none(self.ask(self.dns.ptr(self.ip)))?;
        for name in names.iter().take(MOST_NAMES) {
            // A recorded name may end in the dot of the root, which no macro takes over.
            let name = name.trim_end_matches('.');
            if is_subdomain(name, domain)
                && failed_is_none(self.addresses(name))?.contains(&self.ip)
            {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    fn addresses(&mut self, name: &str) -> Result<&'d [IpAddr], Stop> {
        if !can_be_asked(name.strip_suffix('.').unwrap_or(name)) {
            return Ok(&[]);
        }
        self.ask(self.dns.addresses(name))
    }

    fn target(
        &mut self,
        name: Option<&DomainSpec<'_>>,
        domain: &str,
    ) -> Result<String, Stop> {
        name.map_or_else(|| Ok(domain.to_owned()), |name| self.expand(name, domain))
    }

    fn expand(&mut self, name: &DomainSpec<'_>, domain: &str) -> Result<String, Stop> {
        let validated = if name.needs_validated() {
            self.validated(domain)?.unwrap_or("unknown")
        } else {
            ""
        };
        let (sender, helo, ip) = (self.sender, self.helo, self.ip);
        Ok(name.expand(Values { sender, domain, helo, ip, validated }))
    }

    fn count_term(&mut self) -> Result<(), Stop> {
        self.terms += 1;
        if self.terms > MOST_TERMS { Err(Stop::PermError) } else { Ok(()) }
    }

    fn ask<T>(&mut self, answer: Answer<&'d [T]>) -> Result<&'d [T], Stop> {
        self.asked = self.asked.saturating_add(1);
        match answer {
            Answer::Found(records) => Ok(records),
            Answer::Absent => Ok(&[]),
            Answer::Failed => Err(Stop::TempError),
            Answer::Unknown => Err(Stop::Unknown),
        }
    }
}

/// For a pointer a failed question is as good as none (RFC 7208 section 5.5).
fn failed_is_none<T>(answer: Result<&[T], Stop>) -> Result<&[T], Stop> {
    match answer {
        Err(Stop::TempError) => Ok(&[]),
        other => other,
    }
}

#[cfg(test)]
mod rfc7208;
#[cfg(test)]
mod tests;
