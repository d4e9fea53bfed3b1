//! SPF over recorded DNS for the terms that the generator writes: `all`, `ip4`, `ip6`, `a`, `mx`,
//! `ptr`, `include`, `exists` and `redirect`, with prefix lengths and macros. Source: RFC 7208
//! sections 5 and 7; at most ten terms that ask, and ten exchanges or pointers of a name.

use std::net::IpAddr;

use mail::{Absence, Answer, Dns, Question, SenderIdResult};

use super::connection::number;
use super::macros::{Facts, expand};
use super::words::domain as domain_of;

/// Most exchanges of one name, and most pointers looked at.
const MOST: usize = 10;

/// Why there is no answer.
enum Stop {
    /// The record is broken, or leads too far.
    Broken,
    /// A question was recorded as failed.
    Failed,
    /// Nobody recorded the answer to a question.
    Unknown,
}

/// The result for a sender (`None` where it is unknown) and the questions asked.
pub(super) fn check(
    dns: &Dns,
    client: IpAddr,
    sender: &str,
    helo: Option<&str>,
) -> (Option<SenderIdResult>, u32) {
    let domain = domain_of(sender);
    // An address literal, or nothing at all, is no name to ask about.
    let helo = helo.filter(|name| !name.contains('[')).unwrap_or("unknown");
    let mut check = Check { dns, client, sender, helo, asked: 0, terms: 0 };
    let result = match check.host(domain) {
        Ok(SenderIdResult::None) => check.existence(domain),
        other => other,
    };
    let result = match result {
        Ok(result) => Some(result),
        Err(Stop::Broken) => Some(SenderIdResult::PermError),
        Err(Stop::Failed) => Some(SenderIdResult::TempError),
        Err(Stop::Unknown) => None,
    };
    (result, check.asked)
}

/// Prefix lengths as written; empty is the whole address.
struct Lengths<'t> {
    v4: &'t str,
    v6: &'t str,
}

struct Check<'a> {
    dns: &'a Dns,
    client: IpAddr,
    sender: &'a str,
    helo: &'a str,
    asked: u32,
    terms: u32,
}

impl<'a> Check<'a> {
    fn host(&mut self, domain: &str) -> Result<SenderIdResult, Stop> {
        let texts = self.ask(self.dns.txt(domain))?;
        let records: Vec<_> =
            texts.iter().filter_map(|text| text.strip_prefix("v=spf1")).collect();
        let record = match records.as_slice() {
            [] => return Ok(SenderIdResult::None),
            [one] => *one,
            _ => return Err(Stop::Broken),
        };
        let mut redirect = None;
        for term in record.split_whitespace() {
            if let Some(target) = term.strip_prefix("redirect=") {
                redirect = Some(target);
                continue;
            }
            let (result, mechanism) = match term.split_at(1) {
                ("-", rest) => (SenderIdResult::Fail, rest),
                ("~", rest) => (SenderIdResult::SoftFail, rest),
                ("?", rest) => (SenderIdResult::Neutral, rest),
                ("+", rest) => (SenderIdResult::Pass, rest),
                _ => (SenderIdResult::Pass, term),
            };
            if self.matches(mechanism, domain)? {
                return Ok(result);
            }
        }
        let Some(target) = redirect else {
            return Ok(SenderIdResult::Neutral);
        };
        self.count()?;
        let target = self.expand(target, domain)?;
        match self.host(&target)? {
            SenderIdResult::None => Err(Stop::Broken),
            result => Ok(result),
        }
    }

    fn matches(&mut self, mechanism: &str, domain: &str) -> Result<bool, Stop> {
        let end = mechanism.find([':', '/']).unwrap_or(mechanism.len());
        let (name, argument) = mechanism.split_at(end);
        let argument = argument.trim_start_matches(':');
        match name {
            "all" => return Ok(true),
            "ip4" | "ip6" => {
                let (net, bits) = argument.split_once('/').unwrap_or((argument, ""));
                let net = net.parse().expect("the generator writes addresses");
                return Ok(self.near(net, &Lengths { v4: bits, v6: bits }));
            }
            _ => self.count()?,
        }
        let (target, lengths) = argument.split_once('/').unwrap_or((argument, ""));
        let (v4, v6) = match lengths.strip_prefix('/') {
            Some(v6) => ("", v6),
            None => lengths.split_once("//").unwrap_or((lengths, "")),
        };
        let lengths = Lengths { v4, v6 };
        let target = match target {
            "" => domain.to_owned(),
            target => self.expand(target, domain)?,
        };
        match name {
            "include" => match self.host(&target)? {
                SenderIdResult::Pass => Ok(true),
                SenderIdResult::None => Err(Stop::Broken),
                _ => Ok(false),
            },
            "a" => self.one_is_near(&target, &lengths),
            "mx" => {
                let exchanges = self.ask(self.dns.mx(&target))?;
                if exchanges.len() > MOST {
                    return Err(Stop::Broken);
                }
                for exchange in exchanges {
                    if self.one_is_near(&exchange.host, &lengths)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            "exists" => Ok(self.addresses(&target)?.iter().any(IpAddr::is_ipv4)),
            "ptr" => Ok(self.validated(&target)?.is_some()),
            _ => Err(Stop::Broken),
        }
    }

    /// A name of the client in the domain that leads back to the client.
    fn validated(&mut self, domain: &str) -> Result<Option<&'a str>, Stop> {
        // For pointers, no answer is as good as none (RFC 7208 section 5.5).
        let names = none_for_failed(self.ask(self.dns.ptr(self.client)))?;
        for name in names.iter().take(MOST) {
            let name = name.trim_end_matches('.');
            if super::words::below(name, domain)
                && none_for_failed(self.addresses(name))?.contains(&self.client)
            {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    fn expand(&mut self, text: &str, domain: &str) -> Result<String, Stop> {
        let validated = match text.contains("%{p") {
            true => self.validated(domain)?.unwrap_or("unknown"),
            false => "",
        };
        let (sender, helo, client) = (self.sender, self.helo, self.client);
        let name = expand(text, &Facts { sender, helo, domain, client, validated });
        Ok(name.trim_end_matches('.').to_owned())
    }

    fn one_is_near(&mut self, name: &str, lengths: &Lengths<'_>) -> Result<bool, Stop> {
        let addresses = self.addresses(name)?;
        Ok(addresses.iter().any(|address| self.near(*address, lengths)))
    }

    /// Whether the client's address begins with as many bits of another as a length says.
    fn near(&self, address: IpAddr, lengths: &Lengths<'_>) -> bool {
        let (all, bits) = match address {
            IpAddr::V4(_) => (32, lengths.v4),
            IpAddr::V6(_) => (128, lengths.v6),
        };
        let free = all - bits.parse::<u32>().unwrap_or(all);
        let start = |ip| number(ip).checked_shr(free).unwrap_or(0);
        address.is_ipv4() == self.client.is_ipv4() && start(address) == start(self.client)
    }

    /// A domain without a record is None where it exists and Fail where it does not.
    fn existence(&mut self, domain: &str) -> Result<SenderIdResult, Stop> {
        let asked = (Question::Txt, domain.to_ascii_lowercase());
        match self.dns.absent.get(&asked) {
            Some(Absence::NoSuchName) => return Ok(SenderIdResult::Fail),
            Some(Absence::NoData) => return Ok(SenderIdResult::None),
            None => {}
        }
        let exists = matches!(self.dns.txt(domain), Answer::Found(_))
            || !self.addresses(domain)?.is_empty()
            || !self.ask(self.dns.mx(domain))?.is_empty();
        Ok(if exists { SenderIdResult::None } else { SenderIdResult::Fail })
    }

    fn addresses(&mut self, name: &str) -> Result<&'a [IpAddr], Stop> {
        self.ask(self.dns.addresses(name))
    }

    /// At most ten terms may ask.
    fn count(&mut self) -> Result<(), Stop> {
        self.terms += 1;
        if self.terms > 10 { Err(Stop::Broken) } else { Ok(()) }
    }

    fn ask<T>(&mut self, answer: Answer<&'a [T]>) -> Result<&'a [T], Stop> {
        self.asked += 1;
        match answer {
            Answer::Found(records) => Ok(records),
            Answer::Absent => Ok(&[]),
            Answer::Failed => Err(Stop::Failed),
            Answer::Unknown => Err(Stop::Unknown),
        }
    }
}

fn none_for_failed<T>(answer: Result<&[T], Stop>) -> Result<&[T], Stop> {
    match answer {
        Err(Stop::Failed) => Ok(&[]),
        other => other,
    }
}
