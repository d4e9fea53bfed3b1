//! Domain specifications of SPF records with their macros. Source: RFC 7208 section 7.

use std::fmt::Write;
use std::net::IpAddr;

/// The longest domain name, in characters.
const LONGEST_NAME: usize = 253;

/// A domain specification that breaks the grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Invalid;

/// One piece of a domain specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece<'r> {
    Text(&'r str),
    Macro {
        letter: u8,
        escape: bool,
        keep: Option<usize>,
        reverse: bool,
        delimiters: &'r str,
    },
}

/// A domain specification, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DomainSpec<'r>(Vec<Piece<'r>>);

/// What macros stand for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Values<'v> {
    pub(super) sender: &'v str,
    pub(super) domain: &'v str,
    pub(super) helo: &'v str,
    pub(super) ip: IpAddr,
    /// The client's validated name, where a macro asks for it.
    pub(super) validated: &'v str,
}

impl<'r> DomainSpec<'r> {
    /// Takes a domain specification apart: it ends with a top label behind a dot, or with a
    /// macro.
    pub(super) fn parse(text: &'r str) -> Result<Self, Invalid> {
        let spec = Self::parse_any(text)?;
        match spec.0.last() {
            Some(Piece::Text(end)) if !end.is_empty() && !has_top_label(end) => {
                Err(Invalid)
            }
            Some(Piece::Text(_) | Piece::Macro { .. }) | None => Ok(spec),
        }
    }

    /// Takes any text with macros apart, as unknown modifiers have it.
    pub(super) fn parse_any(text: &'r str) -> Result<Self, Invalid> {
        let visible = |byte: u8| (0x21..=0x7e).contains(&byte);
        if text.is_empty() || !text.bytes().all(visible) {
            return Err(Invalid);
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find('%') {
            pieces.push(Piece::Text(&rest[..at]));
            let (piece, tail) = expression(&rest[at + 1..])?;
            pieces.push(piece);
            rest = tail;
        }
        pieces.push(Piece::Text(rest));
        Ok(Self(pieces))
    }

    /// Whether a macro asks for the client's validated name.
    pub(super) fn needs_validated(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Macro { letter: b'p', .. }))
    }

    /// The name it stands for; a name that is too long loses labels on the left.
    pub(super) fn expand(&self, values: Values<'_>) -> String {
        let mut name = String::new();
        for piece in &self.0 {
            match *piece {
                Piece::Text(text) => name.push_str(text),
                Piece::Macro { letter, escape, keep, reverse, delimiters } => {
                    let value = value(letter, values);
                    let value = transform(&value, keep, reverse, delimiters);
                    if escape {
                        percent_encode(&value, &mut name);
                    } else {
                        name.push_str(&value);
                    }
                }
            }
        }
        let mut name = name.as_str();
        name = name.strip_suffix('.').unwrap_or(name);
        while name.len() > LONGEST_NAME {
            name = name.split_once('.').map_or("", |(_, tail)| tail);
        }
        name.to_owned()
    }
}

/// Whether a text ends with a dot and a top label: letters, digits and inner hyphens, not
/// digits alone.
fn has_top_label(text: &str) -> bool {
    let text = text.strip_suffix('.').unwrap_or(text);
    text.rsplit_once('.').is_some_and(|(_, label)| {
        let inner = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        !label.is_empty()
            && label.bytes().all(inner)
            && !label.bytes().all(|b| b.is_ascii_digit())
            && !label.starts_with('-')
            && !label.ends_with('-')
    })
}

/// What follows a per cent sign.
fn expression(text: &str) -> Result<(Piece<'_>, &str), Invalid> {
    for (sign, stands_for) in [("%", "%"), ("_", " "), ("-", "%20")] {
        if let Some(tail) = text.strip_prefix(sign) {
            return Ok((Piece::Text(stands_for), tail));
        }
    }
    let (inside, tail) =
        text.strip_prefix('{').and_then(|text| text.split_once('}')).ok_or(Invalid)?;
    let letter = *inside.as_bytes().first().ok_or(Invalid)?;
    if !b"slodiphv".contains(&letter.to_ascii_lowercase()) {
        return Err(Invalid);
    }
    let modifiers = &inside[1..];
    let digits = modifiers.bytes().take_while(u8::is_ascii_digit).count();
    let keep = match &modifiers[..digits] {
        "" => None,
        number => Some(number.parse().map_err(|_| Invalid)?),
    };
    let after = &modifiers[digits..];
    let reverse = after.starts_with(['r', 'R']);
    let delimiters = if reverse { &after[1..] } else { after };
    let known = |byte: u8| b".-+,/_=".contains(&byte);
    if keep == Some(0) || !delimiters.bytes().all(known) {
        return Err(Invalid);
    }
    let piece = Piece::Macro {
        letter: letter.to_ascii_lowercase(),
        escape: letter.is_ascii_uppercase(),
        keep,
        reverse,
        delimiters: if delimiters.is_empty() { "." } else { delimiters },
    };
    Ok((piece, tail))
}

fn value(letter: u8, values: Values<'_>) -> String {
    let (local, domain) = values.sender.rsplit_once('@').unwrap_or(("", values.sender));
    match letter {
        b's' => values.sender.to_owned(),
        b'l' => local.to_owned(),
        b'o' => domain.to_owned(),
        b'd' => values.domain.to_owned(),
        b'h' => values.helo.to_owned(),
        b'p' => values.validated.to_owned(),
        b'v' if values.ip.is_ipv4() => "in-addr".to_owned(),
        b'v' => "ip6".to_owned(),
        _ => dotted(values.ip),
    }
}

/// The address with a dot between its parts: octets, or hexadecimal digits for version 6.
fn dotted(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => {
            let digits = format!("{:032x}", ip.to_bits());
            let mut text = String::with_capacity(63);
            for (index, digit) in digits.chars().enumerate() {
                if index > 0 {
                    text.push('.');
                }
                text.push(digit);
            }
            text
        }
    }
}

fn transform(
    value: &str,
    keep: Option<usize>,
    reverse: bool,
    delimiters: &str,
) -> String {
    let mut parts: Vec<_> = value.split(|c| delimiters.contains(c)).collect();
    if reverse {
        parts.reverse();
    }
    let from = keep.map_or(0, |keep| parts.len().saturating_sub(keep));
    parts[from..].join(".")
}

fn percent_encode(value: &str, out: &mut String) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("writing to a string succeeds");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expand(text: &str, ip: &str) -> String {
        let values = Values {
            sender: "strong-bad@email.example.com",
            domain: "email.example.com",
            helo: "mx.example.com",
            ip: ip.parse().unwrap(),
            validated: "mx.example.org",
        };
        DomainSpec::parse(text).unwrap().expand(values)
    }

    #[test]
    fn a_name_is_cut_from_the_left_only_where_it_is_longer_than_253() {
        let label = "x".repeat(60);
        let of = |first: usize| {
            let name =
                format!("{}.{label}.{label}.{label}.{label}.example", "y".repeat(first));
            (name.len(), expand(&name, "192.0.2.3").len())
        };
        assert_eq!((of(1), of(2)), ((253, 253), (254, 251)));
    }

    #[test]
    fn macros_expand_as_in_rfc_7208_section_7_4() {
        for (text, name) in [
            ("%{s}", "strong-bad@email.example.com"),
            ("%{o}", "email.example.com"),
            ("%{d4}", "email.example.com"),
            ("%{d2}", "example.com"),
            ("%{d1}", "com"),
            ("%{dr}", "com.example.email"),
            ("%{d2r}", "example.email"),
            ("%{l}", "strong-bad"),
            ("%{l-}", "strong.bad"),
            ("%{lr-}", "bad.strong"),
            ("%{l1r-}", "strong"),
            ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
            ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
            (
                "%{ir}.%{v}.%{l1r-}.lp._spf.example.com.",
                "3.2.0.192.in-addr.strong.lp._spf.example.com",
            ),
            (
                "%{d2}.trusted-domains.example.net",
                "example.com.trusted-domains.example.net",
            ),
            ("%%a%_%-%{S}%{p}", "%a %20strong-bad%40email.example.commx.example.org"),
        ] {
            assert_eq!(expand(text, "192.0.2.3"), name, "{text}");
        }
        assert_eq!(
            expand("%{ir}.%{v}._spf.%{d2}", "2001:db8::cb01"),
            "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com"
        );
    }

    #[test]
    fn broken_macros_are_invalid() {
        for text in
            ["", "%", "%a", "%{", "%{}", "%{x}", "%{d0}", "%{d}%{", "%{dx}", "a b", "é"]
        {
            assert_eq!(DomainSpec::parse(text), Err(Invalid), "{text}");
        }
    }

    #[test]
    fn a_specification_ends_with_a_top_label_or_a_macro() {
        for good in ["a.example", "a.example.", "%{d}", "a%%", "x.1a", "a:b/c.example"] {
            assert!(DomainSpec::parse(good).is_ok(), "{good}");
        }
        for bad in ["a", "a.", ".", "a.1", "a.-b", "a.b-", "%{d}x", "a.b/24", "a.b:c"] {
            assert_eq!(DomainSpec::parse(bad), Err(Invalid), "{bad}");
        }
        assert!(DomainSpec::parse_any("a").is_ok());
    }

    #[test]
    fn a_name_too_long_loses_labels_on_the_left() {
        let label = "a".repeat(60);
        let text = [label.as_str(); 6].join(".");
        assert_eq!(expand(&text, "192.0.2.3"), [label.as_str(); 4].join("."));
        assert_eq!(expand(&format!("a.{}", "b".repeat(400)), "192.0.2.3"), "");
    }
}
