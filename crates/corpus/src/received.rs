//! Received fields, as far as a session can be read from them.

use std::net::IpAddr;

use mail::Timestamp;

use crate::parse_date;

/// One hop: what one server wrote about how it got the message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hop {
    /// Name after `from`: the HELO name with most servers.
    pub from: Option<String>,
    /// HELO name: stated as such, else the name after `from`.
    pub helo: Option<String>,
    /// Address the message came from.
    pub ip: Option<IpAddr>,
    /// Recipient after `for`.
    pub recipient: Option<String>,
    /// The server says that the client had authenticated.
    pub authenticated: bool,
    /// The message was fetched from a mailbox (POP, IMAP): no SMTP session.
    pub fetched: bool,
    /// Its date, where usable.
    pub time: Option<Timestamp>,
}

impl Hop {
    /// Reads the unfolded value of a Received field; only its first 4,096 bytes count.
    pub fn parse(value: &str) -> Self {
        let value = truncated(value, 4096);
        let (head, time) = match value.rsplit_once(';') {
            Some((head, date)) => (head, parse_date(date)),
            None => (value, None),
        };
        let mut hop = Self { time, ..Self::default() };
        let (from, by) = clauses(head);
        if let Some(from) = from {
            hop.read_from(from);
        }
        hop.read_by(by);
        hop
    }

    fn read_from(&mut self, from: &str) {
        let name = from.split([' ', '\t', '(']).find(|word| !word.is_empty());
        let name = name.map(|name| name.trim_end_matches(['.', ',']).to_owned());
        let mut bracketed = None;
        let mut bare = None;
        let mut helo = None;
        let words = from.split([' ', '\t', '(', ')', ',']).filter(|w| !w.is_empty());
        let mut after_helo = false;
        for (number, word) in words.enumerate() {
            let lower = word.to_ascii_lowercase();
            if let Some(stated) = ["helo=", "ehlo="].iter().find_map(|key| {
                lower
                    .strip_prefix(key)
                    .and_then(|rest| word.get(word.len() - rest.len()..))
            }) {
                helo = Some(stated.to_owned());
            } else if after_helo {
                helo = Some(word.to_owned());
            } else if let Some(ip) = bracketed_ip(word) {
                bracketed = Some(ip);
            } else if number > 0
                && let Ok(ip) = without_zone(strip_port(word)).parse()
            {
                bare = bare.or(Some(ip));
            }
            after_helo = matches!(lower.as_str(), "helo" | "ehlo") && number > 0;
            self.authenticated |= lower.starts_with("authenticated");
        }
        let name_ip = name.as_deref().and_then(|n| n.parse().ok().or(bracketed_ip(n)));
        self.ip = bracketed.or(bare).or(name_ip).map(canonical);
        // A bare literal as the name is the address, not a greeting, unless the real address
        // stands beside it.
        let name_is_helo =
            name_ip.is_none_or(|ip| self.ip.is_some_and(|real| real != ip));
        self.helo = helo
            .or_else(|| name.clone().filter(|n| name_is_helo && n != "unknown"))
            .filter(|helo| !helo.is_empty());
        self.from = name;
    }

    fn read_by(&mut self, by: &str) {
        let lower = by.to_ascii_lowercase();
        let words: Vec<&str> = by.split_ascii_whitespace().collect();
        for pair in words.windows(2) {
            if pair[0].eq_ignore_ascii_case("with") {
                let protocol = pair[1].trim_end_matches(';').to_ascii_uppercase();
                self.fetched |=
                    protocol.starts_with("POP") || protocol.starts_with("IMAP");
                self.authenticated |= ["ESMTPA", "ESMTPSA", "ASMTP", "LMTPA", "LMTPSA"]
                    .contains(&protocol.as_str());
            }
            if pair[0].eq_ignore_ascii_case("for") && self.recipient.is_none() {
                let email = pair[1].trim_matches(['<', '>', ';', ',']);
                self.recipient = is_address(email).then(|| email.to_owned());
            }
        }
        self.fetched |= lower.contains("(fetchmail") || lower.contains("(getmail");
    }

    /// Handed over inside one machine or from a program: no address, no foreign host name.
    pub fn is_local(&self) -> bool {
        self.ip.is_none()
            && self.from.as_deref().is_none_or(|from| {
                from.contains('@')
                    || !from.contains('.')
                    || from.to_ascii_lowercase().starts_with("localhost")
            })
    }
}

/// The clause after `from`, and the rest from `by` on; comments are skipped over.
fn clauses(head: &str) -> (Option<&str>, &str) {
    let head = head.trim_start();
    let Some(rest) = head
        .get(..5)
        .filter(|word| {
            word.eq_ignore_ascii_case("from ") || word.eq_ignore_ascii_case("from\t")
        })
        .map(|_| &head[5..])
    else {
        return (None, head);
    };
    let mut depth = 0_usize;
    for (at, byte) in rest.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b' ' if depth == 0 => {
                let word = rest.as_bytes().get(at + 1..at + 4).unwrap_or_default();
                if word.eq_ignore_ascii_case(b"by ") {
                    return (Some(&rest[..at]), &rest[at + 1..]);
                }
            }
            _ => {}
        }
    }
    (Some(rest), "")
}

/// `[1.2.3.4]`, `[IPv6:…]`, also with `user@` before and a port or dot behind.
fn bracketed_ip(word: &str) -> Option<IpAddr> {
    let (_, rest) = word.split_once('[')?;
    let (inner, _) = rest.split_once(']')?;
    let inner = match inner.get(..5) {
        Some(tag) if tag.eq_ignore_ascii_case("ipv6:") => &inner[5..],
        _ => inner,
    };
    without_zone(inner).parse().ok()
}

/// Link-local addresses may name their interface: `fe80::1%6`.
fn without_zone(ip: &str) -> &str {
    ip.split_once('%').map_or(ip, |(ip, _)| ip)
}

/// Microsoft writes `1.2.3.4:25` at times.
fn strip_port(word: &str) -> &str {
    match word.split_once(':') {
        Some((ip, port))
            if !port.contains(':') && port.bytes().all(|b| b.is_ascii_digit()) =>
        {
            ip
        }
        _ => word,
    }
}

fn canonical(ip: IpAddr) -> IpAddr {
    ip.to_canonical()
}

/// Whether a text can be an envelope address: one `@` with something on both sides, nothing
/// that an envelope cannot carry.
pub(crate) fn is_address(email: &str) -> bool {
    email.len() <= 320
        && email
            .rsplit_once('@')
            .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
        && !email
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || "<>,;".contains(c))
}

fn truncated(text: &str, limit: usize) -> &str {
    let mut end = text.len().min(limit);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hop(value: &str) -> (Option<String>, Option<String>) {
        let hop = Hop::parse(value);
        (hop.helo, hop.ip.map(|ip| ip.to_string()))
    }

    fn some(helo: &str, ip: &str) -> (Option<String>, Option<String>) {
        let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        (filled(helo), filled(ip))
    }

    #[test]
    fn servers_write_name_and_address_in_many_ways() {
        for (value, helo, ip) in [
            (
                "from a.x (b.x [192.0.2.1]) by m.x (8.11.6/8.11.6) with ESMTP id g7 for <u@x>",
                "a.x",
                "192.0.2.1",
            ),
            (
                "from a.x ([192.0.2.1]) by m.x (Postfix) with ESMTP id 1",
                "a.x",
                "192.0.2.1",
            ),
            ("from b.x (HELO a.x) (192.0.2.1) by m.x with SMTP", "a.x", "192.0.2.1"),
            ("from unknown (HELO a.x) (root@192.0.2.1) by m.x with SMTP", "a.x", ""),
            ("from unknown (192.0.2.1) by m.x with asmtp", "", "192.0.2.1"),
            (
                "from [192.0.2.1] (helo=a.x) by m.x with esmtp (Exim 4.70)",
                "a.x",
                "192.0.2.1",
            ),
            ("from b.x ([192.0.2.1] helo=a.x ident=root) by m.x", "a.x", "192.0.2.1"),
            ("from lugh (root@localhost [127.0.0.1]) by lugh.x", "lugh", "127.0.0.1"),
            ("from a.x (b.x [IPv6:2001:db8::3]) by m.x", "a.x", "2001:db8::3"),
            (
                "from A.x (2001:db8::ae) by M.x (2001:db8::21) with Microsoft SMTP Server",
                "A.x",
                "2001:db8::ae",
            ),
            ("from [10.0.0.9] ([192.0.2.1]) by m.x", "[10.0.0.9]", "192.0.2.1"),
            ("from a.x by m.x with SMTP", "a.x", ""),
            ("(qmail 14504 invoked by alias)", "", ""),
            ("from a.x (b.x [::ffff:192.0.2.1]) by m.x", "a.x", "192.0.2.1"),
            ("from a.x (fe80::1%6) by m.x with HTTPS", "a.x", "fe80::1"),
        ] {
            assert_eq!(hop(value), some(helo, ip), "{value}");
        }
    }

    #[test]
    fn fetching_authentication_recipient_and_date_are_read() {
        let hop = Hop::parse(
            "from m.x [192.0.2.1] by localhost with POP3 (fetchmail-5.9.0) for u@localhost (single-drop); Tue, 06 Aug 2002 10:56:29 +0100 (IST)",
        );
        assert!(hop.fetched && !hop.authenticated);
        assert_eq!(hop.recipient.as_deref(), Some("u@localhost"));
        assert_eq!(hop.time.unwrap().to_string(), "2002-08-06T09:56:29Z");
        assert!(
            Hop::parse("from a.x (b.x [192.0.2.1]) by m.x with ESMTPSA id 1")
                .authenticated
        );
        assert!(
            Hop::parse("from a.x (b.x [192.0.2.1]) (authenticated) by m.x").authenticated
        );
    }

    #[test]
    fn a_hop_inside_a_machine_is_local() {
        for value in [
            "(from mail@localhost) by m.x (8.11.6/8.11.6) id g7; Thu, 22 Aug 2002 07:34:07 -0400",
            "by m.x (Postfix, from userid 2032) id 9",
            "from mail pickup service by m.x with Microsoft SMTPSVC",
            "from u@a.x by mailhost with qmail-scanner-1.00",
        ] {
            assert!(Hop::parse(value).is_local(), "{value}");
        }
        assert!(!Hop::parse("from a.x by m.x with SMTP").is_local());
    }
}
