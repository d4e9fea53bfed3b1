//! `dns.ndjson`: one record per line, sorted by type and name.

use std::io::{self, Write};
use std::net::IpAddr;
use std::path::Path;

use mail::{Absence, Dns, Failure, Mx, Question};
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

/// A line; without a value it records that there is no such record, perhaps also which kind
/// of "no" it was, with a failure that the question brought no answer.
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
    absent: Option<Absence>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
}

impl Record {
    fn new(name: &str, r#type: RecordType) -> Self {
        let name = name.to_owned();
        let (preference, value, absent, failure) = (None, None, None, None);
        Self { name, r#type, preference, value, absent, failure }
    }
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

    /// What stands for a question without records.
    const fn of(question: Question) -> Self {
        match question {
            Question::Address => Self::A,
            Question::Mx => Self::Mx,
            Question::Ptr => Self::Ptr,
            Question::Txt => Self::Txt,
        }
    }
}

pub(super) fn load(path: &Path, dns: &mut Dns) -> Result<(), WorldError> {
    each_json(path, |record: Record| add(dns, record))
}

fn add(dns: &mut Dns, record: Record) -> Result<(), String> {
    let Record { name, r#type, preference, value, absent, failure } = record;
    if r#type != RecordType::Mx && preference.is_some() {
        return Err("only MX records have a `preference`; remove it".to_owned());
    }
    if r#type != RecordType::Ptr && name != normal(&name) {
        return Err(format!("write the name `{name}` in lower case without a final dot"));
    }
    let key = || {
        Ok::<_, String>(match r#type {
            RecordType::Ptr => (Question::Ptr, address(&name)?.to_string()),
            RecordType::A | RecordType::Aaaa | RecordType::Mx | RecordType::Txt => {
                (r#type.question(), name.clone())
            }
        })
    };
    if let Some(failure) = failure {
        if value.is_some() || preference.is_some() || absent.is_some() {
            return Err("a `failure` has no `value` and no `absent`; remove one of them"
                .to_owned());
        }
        dns.failed.insert(key()?, failure);
        return Ok(());
    }
    if let Some(absent) = absent {
        if value.is_some() {
            return Err("`absent` has no `value`; remove one of them".to_owned());
        }
        dns.absent.insert(key()?, absent);
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
    let mut write = |question, name: &str, records: Vec<Record>| {
        if !records.is_empty() {
            return records.iter().try_for_each(|record| line(out, record));
        }
        let absent = dns.absent.get(&(question, name.to_owned())).copied();
        line(out, &Record { absent, ..Record::new(name, RecordType::of(question)) })
    };
    for (name, ips) in &dns.addresses {
        let record = |ip: &IpAddr| {
            let r#type = if ip.is_ipv4() { RecordType::A } else { RecordType::Aaaa };
            Record { value: Some(ip.to_string()), ..Record::new(name, r#type) }
        };
        write(Question::Address, name, ips.iter().map(record).collect())?;
    }
    for (name, hosts) in &dns.mx {
        let record = |mx: &Mx| Record {
            preference: Some(mx.preference),
            value: Some(mx.host.clone()),
            ..Record::new(name, RecordType::Mx)
        };
        write(Question::Mx, name, hosts.iter().map(record).collect())?;
    }
    for (name, texts) in &dns.txt {
        let record = |text: &String| Record {
            value: Some(text.clone()),
            ..Record::new(name, RecordType::Txt)
        };
        write(Question::Txt, name, texts.iter().map(record).collect())?;
    }
    for (ip, names) in &dns.ptr {
        let ip = ip.to_string();
        let record = |name: &String| Record {
            value: Some(name.clone()),
            ..Record::new(&ip, RecordType::Ptr)
        };
        write(Question::Ptr, &ip, names.iter().map(record).collect())?;
    }
    for ((question, name), failure) in &dns.failed {
        let r#type = RecordType::of(*question);
        line(out, &Record { failure: Some(*failure), ..Record::new(name, r#type) })?;
    }
    Ok(())
}

pub(super) fn line(out: &mut impl Write, record: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, record)?;
    out.write_all(b"\n")
}
