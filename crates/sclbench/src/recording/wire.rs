//! Questions and answers as messages of the DNS protocol.

use std::collections::BTreeSet;
use std::net::IpAddr;

use hickory_proto::op::{Edns, Message, MessageType, Query, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType};
use mail::{Absence, Failure, Question};

/// Most bytes of an answer by UDP: fits every usual path in one packet.
const LARGEST_PACKET: u16 = 1232;

/// What is to be known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wanted {
    /// Records of a name; a pointer is asked by its address as text.
    Dns(Question, String),
    /// What a list at a lookup domain says about an address.
    Listing(String, IpAddr),
}

impl Wanted {
    /// The queries that find it out; none where no name can be made of it.
    pub(super) fn queries(&self) -> Option<Vec<Query>> {
        Some(match self {
            Self::Dns(Question::Address, text) => {
                let name = name(text)?;
                [RecordType::A, RecordType::AAAA]
                    .map(|kind| Query::query(name.clone(), kind))
                    .into()
            }
            Self::Dns(Question::Mx, text) => {
                vec![Query::query(name(text)?, RecordType::MX)]
            }
            Self::Dns(Question::Txt, text) => {
                vec![Query::query(name(text)?, RecordType::TXT)]
            }
            Self::Dns(Question::Ptr, text) => {
                let ip: IpAddr = text.parse().ok()?;
                vec![Query::query(Name::from(ip), RecordType::PTR)]
            }
            Self::Listing(zone, ip) => {
                let name = name(&format!("{}.{zone}", backwards(*ip)))?;
                vec![Query::query(name, RecordType::A)]
            }
        })
    }
}

/// The address as a list wants it: octets or hexadecimal digits, last first.
fn backwards(ip: IpAddr) -> String {
    let mut labels: Vec<String> = match ip.to_canonical() {
        IpAddr::V4(ip) => ip.octets().iter().map(u8::to_string).collect(),
        IpAddr::V6(ip) => ip
            .octets()
            .iter()
            .flat_map(|octet| [octet >> 4, octet & 15])
            .map(|digit| format!("{digit:x}"))
            .collect(),
    };
    labels.reverse();
    labels.join(".")
}

/// The name of a text, every byte between its dots as it is.
pub(super) fn name(text: &str) -> Option<Name> {
    let text = text.strip_suffix('.').unwrap_or(text);
    let labels: Vec<&[u8]> = text.split('.').map(str::as_bytes).collect();
    if labels.iter().any(|label| !(1..=63).contains(&label.len())) {
        return None;
    }
    let mut name = Name::from_labels(labels).ok()?;
    name.set_fqdn(true);
    Some(name)
}

/// As worlds write names: lower case without a final dot.
pub(super) fn text(name: &Name) -> String {
    let text = name.to_lowercase().to_ascii();
    text.strip_suffix('.').unwrap_or(&text).to_owned()
}

/// A query under a number of its own.
pub(super) fn query(query: &Query) -> Message {
    let mut message = Message::query();
    message.metadata.recursion_desired = true;
    message.add_query(query.clone());
    let mut edns = Edns::new();
    edns.set_max_payload(LARGEST_PACKET);
    message.set_edns(edns);
    message
}

/// What came back.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reply {
    /// Records of the wanted type.
    Records(Vec<RData>),
    /// There are none.
    Absent(Absence),
    /// No answer.
    Failed(Failure),
}

/// Whether a message answers a query; anything else that arrives is not looked at.
pub(super) fn answers(message: &Message, query: &Query) -> bool {
    let same = |asked: &Query| {
        asked.query_type == query.query_type && asked.name.eq_ignore_root(&query.name)
    };
    message.metadata.message_type == MessageType::Response
        && (message.queries.first().is_some_and(same)
            // Some servers leave the question out where they cannot read it.
            || message.queries.is_empty() && message.answers.is_empty())
}

/// The reply of an answer to a query: records at its name, and at names it is an alias of.
pub(super) fn reply(message: &Message, query: &Query) -> Reply {
    match message.metadata.response_code {
        ResponseCode::NoError => {}
        ResponseCode::NXDomain => return Reply::Absent(Absence::NoSuchName),
        ResponseCode::Refused => return Reply::Failed(Failure::Refused),
        _ => return Reply::Failed(Failure::ServerFailure),
    }
    let mut names = BTreeSet::from([text(&query.name)]);
    // As many steps as there are records: the order of aliases does not matter.
    for _ in &message.answers {
        for record in &message.answers {
            if let RData::CNAME(target) = &record.data
                && names.contains(&text(&record.name))
            {
                names.insert(text(target));
            }
        }
    }
    let wanted = message.answers.iter().filter(|record| {
        record.record_type() == query.query_type && names.contains(&text(&record.name))
    });
    let records: Vec<RData> = wanted.map(|record| record.data.clone()).collect();
    if records.is_empty() {
        Reply::Absent(Absence::NoData)
    } else {
        Reply::Records(records)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use hickory_proto::rr::Record;
    use hickory_proto::rr::rdata::{A, CNAME};

    use super::*;

    #[test]
    fn lists_are_asked_with_the_address_backwards() {
        let asked = |ip: &str| {
            let wanted = Wanted::Listing("bl.example".into(), ip.parse().unwrap());
            text(&wanted.queries().unwrap()[0].name)
        };
        assert_eq!(asked("192.0.2.7"), "7.2.0.192.bl.example");
        assert_eq!(
            asked("2001:db8::1"),
            "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.bl.example"
        );
    }

    #[test]
    fn a_name_that_cannot_be_asked_gives_no_query() {
        let wanted = |text: &str| Wanted::Dns(Question::Txt, text.into()).queries();
        assert!(wanted("a.example").is_some());
        for text in ["", "a..example", &"x".repeat(64), &"abc.".repeat(70)] {
            assert!(wanted(text).is_none(), "{text}");
        }
    }

    #[test]
    fn aliases_are_followed_and_strangers_are_left_out() {
        let asked = Query::query(name("www.a.example").unwrap(), RecordType::A);
        let mut message = query(&asked);
        message.metadata.message_type = MessageType::Response;
        let mut add = |owner: &str, data| {
            message.add_answer(Record::from_rdata(name(owner).unwrap(), 60, data));
        };
        let ip = |n| RData::A(A(Ipv4Addr::new(192, 0, 2, n)));
        add("web.a.example", ip(1));
        add("evil.example", ip(9));
        add("WWW.a.example", RData::CNAME(CNAME(name("web.a.example").unwrap())));
        assert!(answers(&message, &asked));
        assert_eq!(reply(&message, &asked), Reply::Records(vec![ip(1)]));
        message.metadata.response_code = ResponseCode::NXDomain;
        assert_eq!(reply(&message, &asked), Reply::Absent(Absence::NoSuchName));
        let other = Query::query(name("b.example").unwrap(), RecordType::A);
        assert!(!answers(&message, &other));
    }
}
