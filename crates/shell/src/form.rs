//! Forms of text: addresses of mail, domains, addresses of hosts, dates.

use std::net::{IpAddr, Ipv4Addr};

use agents::TransportServiceSpec;
use mail::Edition;

use crate::date;

/// A form that the product asks of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// ASCII of at most so many characters: replies on the wire.
    Ascii(usize),
    /// `user@example.com`.
    Mail,
    /// `user@example.com` or `example.com`.
    Sender,
    /// `example.com`.
    Domain,
    /// `example.com` or `*.example.com`.
    Domains,
    /// `192.0.2.1`, or an address of IPv6.
    Ip,
    /// `127.0.0.2`.
    Ipv4,
    /// A moment; kept as RFC 3339.
    Date,
    /// Words of a rule, of at most 128 characters.
    Words,
    /// Name of a header field.
    Header,
    /// `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`, perhaps in braces; kept without them.
    Guid,
    /// A span of time, `d.hh:mm:ss` or `hh:mm:ss`.
    Span,
}

/// Most characters of one value of a rule's condition.
const MOST_WORDS: usize = 128;

impl Form {
    /// The form in words, for help.
    pub(crate) fn words(self) -> String {
        match self {
            Self::Ascii(usize::MAX) => "ASCII text".to_owned(),
            Self::Ascii(most) => format!("ASCII text, at most {most} characters"),
            Self::Mail => "a mail address, user@example.com".to_owned(),
            Self::Sender => "a mail address or a domain".to_owned(),
            Self::Domain => "a domain, example.com".to_owned(),
            Self::Domains => "a domain, example.com or *.example.com".to_owned(),
            Self::Ip => "an IP address".to_owned(),
            Self::Ipv4 => "an IPv4 address".to_owned(),
            Self::Date => {
                "a date, 5/31/2026 or 5/31/2026 2:30 PM (month first, in UTC) or \
                 2026-05-31T14:30:00Z"
                    .to_owned()
            }
            Self::Words => format!("text, at most {MOST_WORDS} characters"),
            Self::Header => "the name of a header field".to_owned(),
            Self::Guid => "a GUID, 1f4b0c8e-52a9-4d3c-8a70-6c2e9d0b7f15".to_owned(),
            Self::Span => "a span of time, 7.00:00:00 or 12:30:00".to_owned(),
        }
    }

    /// The text as it is kept.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words.
    pub(crate) fn read(self, text: &str) -> Result<String, String> {
        let shown = crate::kind::short(text);
        let wrong = |what: &str| Err(format!("`{shown}` is no {what}"));
        let kept = || Ok(text.to_owned());
        match self {
            Self::Ascii(most) => {
                if text.len() > most && text.is_ascii() {
                    return Err(format!("{} characters are too many", text.len()));
                }
                if text.chars().any(|c| !c.is_ascii() || c.is_ascii_control()) {
                    return Err(format!("`{shown}` is not all ASCII"));
                }
                kept()
            }
            Self::Mail if is_mail(text) => kept(),
            Self::Mail => wrong("mail address"),
            Self::Sender if is_mail(text) || is_domain(text) => kept(),
            Self::Sender => wrong("mail address or domain"),
            Self::Domain if is_domain(text) => kept(),
            Self::Domain if text.contains('*') => {
                Err(format!("`{shown}` has a wildcard, which this list does not know"))
            }
            Self::Domain => wrong("domain"),
            Self::Domains if is_domain(text.strip_prefix("*.").unwrap_or(text)) => kept(),
            Self::Domains => wrong("domain"),
            Self::Ip if text.parse::<IpAddr>().is_ok() => kept(),
            Self::Ip => wrong("IP address"),
            Self::Ipv4 if text.parse::<Ipv4Addr>().is_ok() => kept(),
            Self::Ipv4 => wrong("IPv4 address"),
            Self::Date => {
                date::read(text).map_or_else(|| wrong("date that is known here"), Ok)
            }
            Self::Words if text.chars().count() > MOST_WORDS => {
                Err(format!("{} characters are too many", text.chars().count()))
            }
            Self::Words if text.is_empty() => wrong("word"),
            Self::Words => kept(),
            Self::Header if is_header(text) => kept(),
            Self::Header => wrong("name of a header field"),
            Self::Guid => match bare_guid(text) {
                Some(guid) => Ok(guid.to_ascii_lowercase()),
                None => wrong("GUID"),
            },
            Self::Span if is_span(text) => kept(),
            Self::Span => wrong("span of time"),
        }
    }
}

fn is_mail(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>,;@\"".contains(c);
    !local.is_empty() && local.chars().all(plain) && is_domain(domain)
}

fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
    };
    text.len() <= 255 && text.split('.').all(label)
}

/// A GUID without its braces.
fn bare_guid(text: &str) -> Option<&str> {
    let bare = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
    let bare = bare.unwrap_or(text);
    let hex = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let lengths = bare.split('-').map(str::len);
    let is = lengths.eq([8, 4, 4, 4, 12]) && bare.split('-').all(hex);
    is.then_some(bare)
}

fn is_span(text: &str) -> bool {
    let spec = TransportServiceSpec {
        agent_log_max_age: Some(text.to_owned()),
        ..TransportServiceSpec::default()
    };
    spec.max_age_seconds(Edition::Se).is_ok()
}

fn is_header(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic() && c != ':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_take_what_the_product_takes() {
        for (form, good, bad) in [
            (Form::Mail, "o'neil@x.example", "o'neil"),
            (Form::Mail, "a@b", "a b@x.example"),
            (Form::Mail, "a@b", "a@b@c"),
            (Form::Domain, "x.example", "*.x.example"),
            (Form::Domain, "x", "x..example"),
            (Form::Domains, "*.x.example", "*x.example"),
            (Form::Ip, "2001:db8::1", "192.0.2.0/24"),
            (Form::Ipv4, "127.0.0.2", "::1"),
            (Form::Header, "X-Bulk", "X Bulk:"),
            (Form::Ascii(3), "abc", "ab\u{e9}"),
            (Form::Ascii(3), "abc", "abcd"),
            (Form::Date, "5/31/2026", "31/5/2026"),
            (
                Form::Guid,
                "{1F4B0C8E-52A9-4d3c-8a70-6c2e9d0b7f15}",
                "1f4b0c8e52a94d3c8a706c2e9d0b7f15",
            ),
            (Form::Guid, "1f4b0c8e-52a9-4d3c-8a70-6c2e9d0b7f15", "Scanner"),
            (Form::Span, "7.00:00:00", "7 days"),
            (Form::Span, "12:30:00", "12:30"),
        ] {
            assert!(form.read(good).is_ok(), "{good}");
            assert!(form.read(bad).is_err(), "{bad}");
        }
    }
}
