//! SPF records as text and taken apart. Source: RFC 7208 sections 4.5, 5 and 6; RFC 4406
//! section 3 for the version that is meant for this identity.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use mail::SenderIdResult;

use super::macros::{DomainSpec, Invalid};

/// How many leading bits have to agree, for either family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Prefix {
    v4: u8,
    v6: u8,
}

impl Prefix {
    /// Whether two addresses of one family agree.
    pub(super) fn same(self, a: IpAddr, b: IpAddr) -> bool {
        match (a, b) {
            (IpAddr::V4(a), IpAddr::V4(b)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.v4)).unwrap_or(0);
                (a.to_bits() ^ b.to_bits()) & mask == 0
            }
            (IpAddr::V6(a), IpAddr::V6(b)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.v6)).unwrap_or(0);
                (a.to_bits() ^ b.to_bits()) & mask == 0
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

/// What a directive tests; a missing name is the domain at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mechanism<'r> {
    All,
    Include(DomainSpec<'r>),
    Address(Option<DomainSpec<'r>>, Prefix),
    Exchange(Option<DomainSpec<'r>>, Prefix),
    Pointer(Option<DomainSpec<'r>>),
    Network(IpAddr, Prefix),
    Exists(DomainSpec<'r>),
}

/// A mechanism with the result it brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Directive<'r> {
    pub(super) result: SenderIdResult,
    pub(super) mechanism: Mechanism<'r>,
}

/// A record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record<'r> {
    pub(super) directives: Vec<Directive<'r>>,
    pub(super) redirect: Option<DomainSpec<'r>>,
}

/// The terms of the record that speaks for the purported responsible address: `spf2.0` of
/// the scope `pra` before `v=spf1`. `Ok(None)` where there is none.
///
/// # Errors
///
/// [`Invalid`] where two records speak.
pub(super) fn select(texts: &[String]) -> Result<Option<&str>, Invalid> {
    for version in [is_pra_version, is_spf1] {
        let mut records = texts.iter().filter_map(|text| {
            let (head, terms) = text.split_once(' ').unwrap_or((text, ""));
            version(head).then_some(terms)
        });
        if let Some(record) = records.next() {
            return if records.next().is_some() {
                Err(Invalid)
            } else {
                Ok(Some(record))
            };
        }
    }
    Ok(None)
}

fn is_pra_version(head: &str) -> bool {
    let scopes =
        head.get(.."spf2.0/".len()).filter(|v| v.eq_ignore_ascii_case("spf2.0/"));
    scopes.is_some_and(|version| {
        head[version.len()..].split(',').any(|scope| scope.eq_ignore_ascii_case("pra"))
    })
}

fn is_spf1(head: &str) -> bool {
    head.eq_ignore_ascii_case("v=spf1")
}

impl<'r> Record<'r> {
    /// Takes the terms of a record apart; one broken term breaks the record.
    pub(super) fn parse(terms: &'r str) -> Result<Self, Invalid> {
        let mut record = Self { directives: Vec::new(), redirect: None };
        let mut explained = false;
        for term in terms.split(' ').filter(|term| !term.is_empty()) {
            match modifier(term) {
                None => record.directives.push(directive(term)?),
                Some((name, value)) if name.eq_ignore_ascii_case("redirect") => {
                    let again = record.redirect.replace(DomainSpec::parse(value)?);
                    if again.is_some() {
                        return Err(Invalid);
                    }
                }
                Some((name, value)) if name.eq_ignore_ascii_case("exp") => {
                    DomainSpec::parse(value)?;
                    if std::mem::replace(&mut explained, true) {
                        return Err(Invalid);
                    }
                }
                Some((_, "")) => {}
                Some((_, value)) => {
                    DomainSpec::parse_any(value)?;
                }
            }
        }
        Ok(record)
    }
}

/// `name=value`, where the name is one.
fn modifier(term: &str) -> Option<(&str, &str)> {
    let (name, value) = term.split_once('=')?;
    let inner = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    let valid =
        name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.bytes().all(inner);
    valid.then_some((name, value))
}

fn directive(term: &str) -> Result<Directive<'_>, Invalid> {
    let (result, rest) = match term.as_bytes()[0] {
        b'+' => (SenderIdResult::Pass, &term[1..]),
        b'-' => (SenderIdResult::Fail, &term[1..]),
        b'~' => (SenderIdResult::SoftFail, &term[1..]),
        b'?' => (SenderIdResult::Neutral, &term[1..]),
        _ => (SenderIdResult::Pass, term),
    };
    let end = rest.find([':', '/']).unwrap_or(rest.len());
    let (name, argument) = rest.split_at(end);
    Ok(Directive { result, mechanism: mechanism(&name.to_ascii_lowercase(), argument)? })
}

fn mechanism<'r>(name: &str, argument: &'r str) -> Result<Mechanism<'r>, Invalid> {
    let value = argument.strip_prefix(':');
    match name {
        "all" if argument.is_empty() => Ok(Mechanism::All),
        "include" => DomainSpec::parse(value.ok_or(Invalid)?).map(Mechanism::Include),
        "exists" => DomainSpec::parse(value.ok_or(Invalid)?).map(Mechanism::Exists),
        "ptr" if argument.is_empty() => Ok(Mechanism::Pointer(None)),
        "ptr" => DomainSpec::parse(value.ok_or(Invalid)?)
            .map(|name| Mechanism::Pointer(Some(name))),
        "a" => target(argument).map(|(name, prefix)| Mechanism::Address(name, prefix)),
        "mx" => target(argument).map(|(name, prefix)| Mechanism::Exchange(name, prefix)),
        "ip4" => network(value.ok_or(Invalid)?, Ipv4Addr::BITS, |text| {
            text.parse().map(IpAddr::V4).ok()
        }),
        "ip6" => network(value.ok_or(Invalid)?, Ipv6Addr::BITS, |text| {
            text.parse().map(IpAddr::V6).ok()
        }),
        _ => Err(Invalid),
    }
}

/// `[:name][/bits][//bits]`.
fn target(argument: &str) -> Result<(Option<DomainSpec<'_>>, Prefix), Invalid> {
    let (name, bits) = argument.split_at(slash(argument));
    let name = match name.strip_prefix(':') {
        Some(name) => Some(DomainSpec::parse(name)?),
        None if name.is_empty() => None,
        None => return Err(Invalid),
    };
    let (v4, v6) = match bits.split_once("//") {
        Some((v4, v6)) => (v4, Some(v6)),
        None => (bits, None),
    };
    let v4 = match v4 {
        "" => 32,
        bits => length(bits.strip_prefix('/').ok_or(Invalid)?, Ipv4Addr::BITS)?,
    };
    let v6 = v6.map_or(Ok(128), |bits| length(bits, Ipv6Addr::BITS))?;
    Ok((name, Prefix { v4, v6 }))
}

/// Where the prefix lengths begin, which stand at the end; a name may hold slashes too.
fn slash(argument: &str) -> usize {
    let without_digits = |text: &str| {
        let rest = text.trim_end_matches(|c: char| c.is_ascii_digit());
        (rest.len() < text.len()).then_some(rest.len())
    };
    let Some(at) = without_digits(argument) else {
        return argument.len();
    };
    let head = &argument[..at];
    if let Some(before) = head.strip_suffix("//") {
        let v4 = without_digits(before).and_then(|at| before[..at].strip_suffix('/'));
        v4.map_or(before.len(), str::len)
    } else {
        head.strip_suffix('/').map_or(argument.len(), str::len)
    }
}

fn network<'r>(
    text: &str,
    most: u32,
    parse: impl Fn(&str) -> Option<IpAddr>,
) -> Result<Mechanism<'r>, Invalid> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, length(bits, most)?),
        None => (text, u8::try_from(most).map_err(|_| Invalid)?),
    };
    let address = parse(address).ok_or(Invalid)?;
    Ok(Mechanism::Network(address, Prefix { v4: bits.min(32), v6: bits }))
}

/// A prefix length: decimal, no leading zero.
fn length(text: &str, most: u32) -> Result<u8, Invalid> {
    let plain = text == "0" || !text.starts_with('0');
    if !plain || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Invalid);
    }
    text.parse().ok().filter(|bits| u32::from(*bits) <= most).ok_or(Invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn the_record_of_the_pra_scope_speaks_before_version_1() {
        let other = "google-site-verification=x";
        assert_eq!(select(&texts(&[other])), Ok(None));
        assert_eq!(select(&texts(&["v=spf10 -all", "v=spf1"])), Ok(Some("")));
        let both = texts(&["v=spf1 -all", "spf2.0/mfrom,pra +all", other]);
        assert_eq!(select(&both), Ok(Some("+all")));
        let mfrom = texts(&["V=SPF1 -all", "spf2.0/mfrom +all"]);
        assert_eq!(select(&mfrom), Ok(Some("-all")));
        assert_eq!(select(&texts(&["v=spf1 -all", "v=spf1 a"])), Err(Invalid));
    }

    #[test]
    fn one_broken_term_breaks_the_record() {
        for terms in [
            "all:x",
            "-al",
            "a:",
            "a/33",
            "a//129",
            "a/01",
            "a/24x",
            "mx:",
            "mx/-1",
            "ip4:1.2.3",
            "ip4:1.2.3.4/33",
            "ip4:300.1.1.1",
            "ip4",
            "ip6:1.2.3.4",
            "ip6:::1/129",
            "include",
            "include:",
            "exists",
            "ptr:",
            "ptr/24",
            "foo:bar",
            "redirect=",
            "redirect=a.example redirect=b.example",
            "exp=a.example exp=b.example",
            "-",
            "a:%{z}",
            "x=%{",
        ] {
            let record = format!("ip4:192.0.2.1 {terms} -all");
            assert_eq!(Record::parse(&record), Err(Invalid), "{terms}");
        }
    }

    #[test]
    fn every_mechanism_and_unknown_modifiers_are_read() {
        let record = Record::parse(
            "A MX:%{d/}.x.example/24//64 a//0 ptr ptr:b.example ip4:192.0.2.0/24 \
             ip6:2001:db8::/32 ~exists:%{i}.c.example ?include:d.example  -ALL \
             redirect=e.example moo.cow=%{d} empty= exp=f.example",
        )
        .unwrap();
        assert_eq!(record.directives.len(), 10);
        assert_eq!(record.directives[9].result, SenderIdResult::Fail);
        assert!(record.redirect.is_some());
        let Mechanism::Exchange(Some(_), prefix) = record.directives[1].mechanism else {
            panic!("{:?}", record.directives[1]);
        };
        assert_eq!(prefix, Prefix { v4: 24, v6: 64 });
    }

    #[test]
    fn prefixes_compare_leading_bits_of_one_family() {
        let same = |bits, a: &str, b: &str| {
            Prefix { v4: bits, v6: bits }.same(a.parse().unwrap(), b.parse().unwrap())
        };
        assert!(
            same(24, "192.0.2.1", "192.0.2.255") && !same(25, "192.0.2.1", "192.0.2.255")
        );
        assert!(same(0, "1.2.3.4", "250.0.0.1") && same(32, "1.2.3.4", "1.2.3.4"));
        assert!(!same(32, "1.2.3.4", "1.2.3.5") && !same(0, "1.2.3.4", "::1"));
        assert!(same(0, "::1", "fe80::") && !same(10, "::1", "fe80::"));
    }
}
