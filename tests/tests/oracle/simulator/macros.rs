//! Macros in SPF records. Source: RFC 7208 section 7, without the escaping capitals.

use std::net::IpAddr;

/// What macros stand for.
pub(super) struct Facts<'a> {
    pub(super) sender: &'a str,
    pub(super) helo: &'a str,
    pub(super) domain: &'a str,
    pub(super) client: IpAddr,
    /// The client's validated name.
    pub(super) validated: &'a str,
}

/// The text with each `%{letter digits r delimiters}` replaced.
pub(super) fn expand(text: &str, facts: &Facts<'_>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("%{") {
        let (inside, behind) =
            after.split_once('}').expect("the generator closes macros");
        out += before;
        out += &one(inside, facts);
        rest = behind;
    }
    out + rest
}

fn one(inside: &str, facts: &Facts<'_>) -> String {
    let (letter, how) = inside.split_at(1);
    let at = facts.sender.rfind('@').expect("a sender is an address");
    let value = match letter {
        "s" => facts.sender.to_owned(),
        "l" => facts.sender[..at].to_owned(),
        "o" => facts.sender[at + 1..].to_owned(),
        "d" => facts.domain.to_owned(),
        "h" => facts.helo.to_owned(),
        "p" => facts.validated.to_owned(),
        "v" if facts.client.is_ipv4() => "in-addr".to_owned(),
        "v" => "ip6".to_owned(),
        "i" => match facts.client {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => {
                let digits =
                    ip.octets().map(|byte| format!("{:x}.{:x}", byte >> 4, byte & 15));
                digits.join(".")
            }
        },
        other => panic!("the generator does not write `{other}`"),
    };
    let digits: String = how.chars().take_while(char::is_ascii_digit).collect();
    let how = &how[digits.len()..];
    let reversed = how.starts_with('r');
    let delimiters = how.trim_start_matches('r');
    let delimiters = if delimiters.is_empty() { "." } else { delimiters };
    let mut labels: Vec<&str> = value.split(|c| delimiters.contains(c)).collect();
    if reversed {
        labels.reverse();
    }
    let most = digits.parse().unwrap_or(labels.len());
    let left_out = labels.len().saturating_sub(most);
    labels[left_out..].join(".")
}
