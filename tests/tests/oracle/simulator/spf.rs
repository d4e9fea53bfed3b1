//! SPF over recorded DNS for the terms that the generator writes: `all`, `ip4`, `ip6`, `a`, `mx`,
//! `ptr`, `include`, `exists` and `redirect`, without macros. Source: RFC 7208 section 5.

use std::net::IpAddr;

use mail::{Absence, Answer, Dns, Question, SenderIdResult};

use super::connection::number;

/// Why there is no answer.
enum Stop {
    /// The record is broken, or leads too far.
    Broken,
    /// A question was recorded as failed.
    Failed,
    /// Nobody recorded the answer to a question.
    Unknown,
}

/// The result for a domain (`None` where it is unknown) and the questions asked.
pub(super) fn check(
    dns: &Dns,
    client: IpAddr,
    domain: &str,
) -> (Option<SenderIdResult>, u32) {
    let mut check = Check { dns, client, asked: 0, terms: 0 };
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

struct Check<'a> {
    dns: &'a Dns,
    client: IpAddr,
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
        match self.host(target)? {
            SenderIdResult::None => Err(Stop::Broken),
            result => Ok(result),
        }
    }

    fn matches(&mut self, mechanism: &str, domain: &str) -> Result<bool, Stop> {
        let (name, argument) = mechanism.split_once(':').unwrap_or((mechanism, domain));
        match name {
            "all" => Ok(true),
            "ip4" | "ip6" => Ok(self.in_network(argument)),
            "include" => {
                self.count()?;
                match self.host(argument)? {
                    SenderIdResult::Pass => Ok(true),
                    SenderIdResult::None => Err(Stop::Broken),
                    _ => Ok(false),
                }
            }
            "a" => {
                self.count()?;
                Ok(self.addresses(argument)?.contains(&self.client))
            }
            "mx" => {
                self.count()?;
                for exchange in self.ask(self.dns.mx(argument))? {
                    if self.addresses(&exchange.host)?.contains(&self.client) {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            "exists" => {
                self.count()?;
                Ok(self.addresses(argument)?.iter().any(IpAddr::is_ipv4))
            }
            "ptr" => {
                self.count()?;
                // For pointers, no answer is as good as none (RFC 7208 section 5.5).
                let names = none_for_failed(self.ask(self.dns.ptr(self.client)))?;
                for name in names {
                    if super::words::below(name.trim_end_matches('.'), argument)
                        && none_for_failed(self.addresses(name))?.contains(&self.client)
                    {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            _ => Err(Stop::Broken),
        }
    }

    fn in_network(&self, text: &str) -> bool {
        let (net, bits) = text.split_once('/').unwrap_or((text, ""));
        let net: IpAddr = net.parse().expect("the generator writes addresses");
        let all = if net.is_ipv4() { 32 } else { 128 };
        let bits = bits.parse::<u32>().unwrap_or(all);
        net.is_ipv4() == self.client.is_ipv4()
            && number(net) >> (all - bits) == number(self.client) >> (all - bits)
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
