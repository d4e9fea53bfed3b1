//! Sets of IP addresses as settings write them, and who is behind internal servers.

use std::net::IpAddr;

use ipnet::IpNet;
use mail::Case;

use crate::SpecError;

/// A single address, a network or a range.
#[derive(Debug, Clone)]
pub(crate) enum Addresses {
    Net(IpNet),
    Range(IpAddr, IpAddr),
}

impl Addresses {
    /// Reads `192.0.2.1`, `192.0.2.0/24` or `192.0.2.1-192.0.2.9`.
    pub(crate) fn parse(key: &str, text: &str) -> Result<Self, SpecError> {
        let wrong = || {
            let problem = format!("`{text}` is no address, network or range");
            SpecError::new(key, problem, "write `192.0.2.1`, `192.0.2.0/24` or `a-b`")
        };
        match text.split_once('-') {
            Some((first, last)) => {
                let first: IpAddr = first.trim().parse().map_err(|_| wrong())?;
                let last: IpAddr = last.trim().parse().map_err(|_| wrong())?;
                if first.is_ipv4() != last.is_ipv4() || first > last {
                    return Err(wrong());
                }
                Ok(Self::Range(first, last))
            }
            None => match text.parse::<IpAddr>() {
                Ok(one) => Ok(Self::Net(one.into())),
                Err(_) => Ok(Self::Net(text.parse().map_err(|_| wrong())?)),
            },
        }
    }

    /// Whether the set holds `ip`.
    pub(crate) fn hold(&self, ip: IpAddr) -> bool {
        match self {
            Self::Net(net) => net.contains(&ip),
            Self::Range(first, last) => {
                ip.is_ipv4() == first.is_ipv4() && *first <= ip && ip <= *last
            }
        }
    }
}

/// Where a message comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// From the connecting client; `None` where its address is not known.
    Client(Option<IpAddr>),
    /// Through an internal server: the last address outside by the Received fields, which
    /// are known only at the end of the headers; `None` where they name none.
    Relayed(Option<IpAddr>),
}

impl Source {
    /// The address, whenever it is known.
    pub(crate) fn ip(self) -> Option<IpAddr> {
        match self {
            Self::Client(ip) | Self::Relayed(ip) => ip,
        }
    }
}

/// Servers of the organization that pass mail on: `InternalSMTPServers`.
#[derive(Debug, Clone, Default)]
pub(crate) struct InternalServers(Vec<Addresses>);

impl InternalServers {
    /// Reads the list.
    pub(crate) fn parse(list: &[String]) -> Result<Self, SpecError> {
        let key = "transport.internal-smtp-servers";
        let sets = list.iter().map(|text| Addresses::parse(key, text));
        Ok(Self(sets.collect::<Result<_, _>>()?))
    }

    /// Whether an address is one of them.
    pub(crate) fn hold(&self, ip: IpAddr) -> bool {
        self.0.iter().any(|set| set.hold(ip))
    }

    /// Where a message comes from. Source: specification section 4, at the end of headers.
    pub(crate) fn source(&self, case: &Case) -> Source {
        match case.session.client_ip.get() {
            Some(client) if self.hold(*client) => {
                let hops = case.message.header("Received").filter_map(sent_from);
                let mut hops = hops.filter(|ip| !ip.is_loopback() && !self.hold(*ip));
                Source::Relayed(hops.next())
            }
            client => Source::Client(client.copied()),
        }
    }
}

/// The address that a Received field says its server got the message from: what the server
/// itself noted in brackets, not what the client called itself.
fn sent_from(received: &str) -> Option<IpAddr> {
    let received = received.trim_start();
    let from = received.get(..5).is_some_and(|word| word.eq_ignore_ascii_case("from "));
    let clause = received.split(" by ").next().filter(|_| from)?;
    let greeting = |text: &str| {
        let start = text.trim_start().as_bytes();
        start.len() >= 4
            && [b"HELO", b"EHLO"]
                .iter()
                .any(|word| start[..4].eq_ignore_ascii_case(*word))
    };
    let noted = clause.split('(').skip(1).filter(|text| !greeting(text));
    noted.flat_map(addresses_in).next().or_else(|| addresses_in(clause).next())
}

fn addresses_in(text: &str) -> impl Iterator<Item = IpAddr> {
    let foreign = |c: char| !(c.is_ascii_hexdigit() || c == '.' || c == ':' || c == 'v');
    text.split(foreign).filter_map(|word| {
        let word = word.rsplit_once("v6:").map_or(word, |(_, ip)| ip);
        word.contains(['.', ':']).then(|| word.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_noted_address_counts_and_not_the_claimed_one() {
        for (received, ip) in [
            ("from [10.0.0.1] (mx.a.example [192.0.2.7]) by b.example", "192.0.2.7"),
            (
                "from mx.a.example (192.0.2.8) by b.example (10.0.0.1) with SMTP",
                "192.0.2.8",
            ),
            ("from unknown (HELO 10.0.0.1) (192.0.2.9) by b.example", "192.0.2.9"),
            ("from a.example ([IPv6:2001:db8::5]) by b.example", "2001:db8::5"),
            ("from [192.0.2.10] by b.example", "192.0.2.10"),
        ] {
            assert_eq!(sent_from(received), ip.parse().ok(), "{received}");
        }
        for received in [
            "by b.example (10.0.0.1)",
            "from a.example by b.example",
            "from a.example by b.example (10.0.0.1)",
            "",
        ] {
            assert_eq!(sent_from(received), None, "{received}");
        }
    }

    #[test]
    fn sets_hold_single_addresses_ranges_and_networks_to_their_ends() {
        let set = |text: &str| Addresses::parse("k", text).unwrap();
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert!(set("192.0.2.1").hold(ip("192.0.2.1")));
        assert!(!set("192.0.2.1").hold(ip("192.0.2.2")));
        let range = set("192.0.2.3-192.0.2.5");
        let held: Vec<bool> =
            (2..=6).map(|n| range.hold(ip(&format!("192.0.2.{n}")))).collect();
        assert_eq!(held, [false, true, true, true, false]);
        assert!(set("192.0.2.0/24").hold(ip("192.0.2.255")));
        assert!(!set("192.0.2.0/24").hold(ip("2001:db8::1")));
        for wrong in ["192.0.2.9-192.0.2.1", "192.0.2.1-2001:db8::1", "x", "192.0.2.0/33"]
        {
            let error = Addresses::parse("some.key", wrong).unwrap_err();
            assert!(error.to_string().contains(wrong) && error.key == "some.key");
        }
    }
}
