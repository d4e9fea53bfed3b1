//! `dns.ndjson`: one record per line, sorted by type and name.

use std::io::{self, Write};
use std::net::IpAddr;
use std::path::Path;

use mail::{Dns, Mx, Question};
use serde::{Deserialize, Serialize};

use crate::world::WorldError;
use crate::world::files::each_json;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum RecordType {
    #[serde(rename = "A")]
    A,
    #[serde(rename = "AAAA")]
    Aaaa,
    #[serde(rename = "MX")]
    Mx,
    #[serde(rename = "PTR")]
    Ptr,
    #[serde(rename = "TXT")]
    Txt,
}

/// Why a question brought no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Failure {
    /// Nobody answered in time.
    Timeout,
}

/// A line; without a value it records that there is no such record, with a failure that
/// the question brought no answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    name: String,
    r#type: RecordType,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    preference: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
}

impl RecordType {
    const fn question(self) -> Question {
        match self {
            Self::A | Self::Aaaa => Question::Address,
            Self::Mx => Question::Mx,
            Self::Ptr => Question::Ptr,
            Self::Txt => Question::Txt,
        }
    }
}

pub(super) fn load(path: &Path, dns: &mut Dns) -> Result<(), WorldError> {
    each_json(path, |record: Record| add(dns, record))
}

fn add(dns: &mut Dns, record: Record) -> Result<(), String> {
    let Record { name, r#type, preference, value, failure } = record;
    if r#type != RecordType::Mx && preference.is_some() {
        return Err("only MX records have a `preference`; remove it".to_owned());
    }
    if r#type != RecordType::Ptr && name != normal(&name) {
        return Err(format!("write the name `{name}` in lower case without a final dot"));
    }
    if let Some(Failure::Timeout) = failure {
        if value.is_some() || preference.is_some() {
            return Err("a `failure` has no `value`; remove one of them".to_owned());
        }
        let name = match r#type {
            RecordType::Ptr => address(&name)?.to_string(),
            RecordType::A | RecordType::Aaaa | RecordType::Mx | RecordType::Txt => name,
        };
        dns.failed.insert((r#type.question(), name));
        return Ok(());
    }
    match r#type {
        RecordType::A | RecordType::Aaaa => {
            let list = dns.addresses.entry(name).or_default();
            let Some(value) = value else { return Ok(()) };
            let ip = address(&value)?;
            if ip.is_ipv4() != (r#type == RecordType::A) {
                return Err(format!("`{value}` belongs into the other address type"));
            }
            list.push(ip);
        }
        RecordType::Mx => {
            let list = dns.mx.entry(name).or_default();
            match (value, preference) {
                (Some(host), Some(preference)) => list.push(Mx { preference, host }),
                (None, None) => {}
                _ => return Err("an MX needs both `value` and `preference`".to_owned()),
            }
        }
        RecordType::Ptr => {
            dns.ptr.entry(address(&name)?).or_default().extend(value);
        }
        RecordType::Txt => dns.txt.entry(name).or_default().extend(value),
    }
    Ok(())
}

fn normal(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

pub(super) fn address(text: &str) -> Result<IpAddr, String> {
    text.parse().map_err(|_| format!("`{text}` is no IP address; write it in numbers"))
}

pub(super) fn save(dns: &Dns, out: &mut impl Write) -> io::Result<()> {
    for (name, ips) in &dns.addresses {
        let lines = ips.iter().map(|ip| {
            let r#type = if ip.is_ipv4() { RecordType::A } else { RecordType::Aaaa };
            (r#type, None, ip.to_string())
        });
        write(out, name, RecordType::A, lines)?;
    }
    for (name, hosts) in &dns.mx {
        let lines =
            hosts.iter().map(|mx| (RecordType::Mx, Some(mx.preference), mx.host.clone()));
        write(out, name, RecordType::Mx, lines)?;
    }
    for (name, texts) in &dns.txt {
        let lines = texts.iter().map(|text| (RecordType::Txt, None, text.clone()));
        write(out, name, RecordType::Txt, lines)?;
    }
    for (ip, names) in &dns.ptr {
        let lines = names.iter().map(|name| (RecordType::Ptr, None, name.clone()));
        write(out, &ip.to_string(), RecordType::Ptr, lines)?;
    }
    for (question, name) in &dns.failed {
        let r#type = match question {
            Question::Address => RecordType::A,
            Question::Mx => RecordType::Mx,
            Question::Ptr => RecordType::Ptr,
            Question::Txt => RecordType::Txt,
        };
        let failure = Some(Failure::Timeout);
        let (preference, value) = (None, None);
        let name = name.clone();
        line(out, &Record { name, r#type, preference, value, failure })?;
    }
    Ok(())
}

fn write(
    out: &mut impl Write,
    name: &str,
    absent: RecordType,
    lines: impl Iterator<Item = (RecordType, Option<u16>, String)>,
) -> io::Result<()> {
    let mut any = false;
    for (r#type, preference, value) in lines {
        any = true;
        let record = Record {
            name: name.to_owned(),
            r#type,
            preference,
            value: Some(value),
            failure: None,
        };
        line(out, &record)?;
    }
    if !any {
        let record = Record {
            name: name.to_owned(),
            r#type: absent,
            preference: None,
            value: None,
            failure: None,
        };
        line(out, &record)?;
    }
    Ok(())
}

pub(super) fn line(out: &mut impl Write, record: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, record)?;
    out.write_all(b"\n")
}
