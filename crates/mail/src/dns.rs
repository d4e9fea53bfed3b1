//! Recorded DNS.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::Notes;

/// Answer to a question about the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer<T> {
    /// The recorded answer.
    Found(T),
    /// It was recorded that there is none (or the world is closed and does not have it).
    Absent,
    /// It was recorded that the question brought no answer.
    Failed,
    /// Nobody asked when the world was recorded.
    Unknown,
}

/// What DNS is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Question {
    /// A and AAAA records.
    Address,
    /// MX records.
    Mx,
    /// PTR records.
    Ptr,
    /// TXT records.
    Txt,
}

/// Why there is no such record.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Absence {
    /// The name exists and has no record of that type.
    NoData,
    /// There is no such name.
    NoSuchName,
}

/// Why a question brought no answer.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    /// Nobody answered in time.
    Timeout,
    /// The server could not find out, or could not be understood.
    ServerFailure,
    /// The server did not want to answer.
    Refused,
}

/// One MX record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Mx {
    /// Lower is tried first.
    pub preference: u16,
    /// Host name, lower case, no final dot.
    pub host: String,
}

/// Recorded DNS. Names are lower case without a final dot; an empty list is a recorded
/// "no such record".
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dns {
    /// Names that are not recorded do not exist (otherwise their answers are unknown).
    pub closed: bool,
    /// A and AAAA records.
    pub addresses: BTreeMap<String, Vec<IpAddr>>,
    /// MX records.
    pub mx: BTreeMap<String, Vec<Mx>>,
    /// TXT records, each with its strings joined.
    pub txt: BTreeMap<String, Vec<String>>,
    /// PTR records by address.
    pub ptr: BTreeMap<IpAddr, Vec<String>>,
    /// Of empty lists, which of the two kinds of "no" the answer was, where that was
    /// recorded; a pointer is asked by its address as text.
    pub absent: BTreeMap<(Question, String), Absence>,
    /// Questions that brought no answer; a pointer is asked by its address as text.
    pub failed: BTreeMap<(Question, String), Failure>,
    /// Questions that were asked and are not recorded; a pointer by its address as text.
    pub unanswered: Notes<(Question, String)>,
}

impl Dns {
    /// A and AAAA records of `name`.
    pub fn addresses(&self, name: &str) -> Answer<&[IpAddr]> {
        self.answer(Question::Address, name, self.addresses.get(&normal(name)))
    }

    /// MX records of `name`.
    pub fn mx(&self, name: &str) -> Answer<&[Mx]> {
        self.answer(Question::Mx, name, self.mx.get(&normal(name)))
    }

    /// TXT records of `name`.
    pub fn txt(&self, name: &str) -> Answer<&[String]> {
        self.answer(Question::Txt, name, self.txt.get(&normal(name)))
    }

    /// PTR records of `ip`.
    pub fn ptr(&self, ip: IpAddr) -> Answer<&[String]> {
        self.known(self.ptr.get(&ip), || (Question::Ptr, ip.to_string()))
    }

    /// Whether there is such a name, where a "no" that was recorded for its TXT records told.
    pub fn has_name(&self, name: &str) -> Option<bool> {
        if self.absent.is_empty() {
            return None;
        }
        match self.absent.get(&(Question::Txt, normal(name)))? {
            Absence::NoData => Some(true),
            Absence::NoSuchName => Some(false),
        }
    }

    fn answer<'d, T>(
        &self,
        question: Question,
        name: &str,
        records: Option<&'d Vec<T>>,
    ) -> Answer<&'d [T]> {
        self.known(records, || (question, normal(name)))
    }

    fn known<'d, T>(
        &self,
        records: Option<&'d Vec<T>>,
        key: impl Fn() -> (Question, String),
    ) -> Answer<&'d [T]> {
        match records {
            Some(records) if records.is_empty() => Answer::Absent,
            Some(records) => Answer::Found(records),
            None if !self.failed.is_empty() && self.failed.contains_key(&key()) => {
                Answer::Failed
            }
            None if self.closed => Answer::Absent,
            None => {
                self.unanswered.add(key());
                Answer::Unknown
            }
        }
    }
}

pub(crate) fn normal(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_world_does_not_know_what_it_was_not_asked() {
        let mut dns = Dns::default();
        dns.txt.insert("a.example".into(), vec![]);
        assert_eq!(dns.txt("A.example"), Answer::Absent);
        assert_eq!(dns.txt("b.example"), Answer::Unknown);
        dns.failed.insert((Question::Txt, "c.example".into()), Failure::Timeout);
        assert_eq!(dns.txt("C.example."), Answer::Failed);
        assert_eq!(dns.mx("c.example"), Answer::Unknown);
        assert_eq!(
            dns.unanswered.take().into_iter().collect::<Vec<_>>(),
            [(Question::Mx, "c.example".into()), (Question::Txt, "b.example".into())]
        );
        dns.closed = true;
        assert_eq!(dns.txt("b.example"), Answer::Absent);
        assert_eq!(dns.txt("c.example"), Answer::Failed);
        assert_eq!(dns.unanswered.count(), 0);
    }

    #[test]
    fn a_name_is_known_to_exist_or_not_only_where_the_answer_said_so() {
        let mut dns = Dns::default();
        let mut absent = |name: &str, absence| {
            dns.txt.insert(name.into(), vec![]);
            dns.absent.insert((Question::Txt, name.into()), absence);
        };
        absent("bare.example", Absence::NoData);
        absent("gone.example", Absence::NoSuchName);
        dns.txt.insert("old.example".into(), vec![]);
        assert_eq!(dns.has_name("Bare.example."), Some(true));
        assert_eq!(dns.has_name("gone.example"), Some(false));
        assert_eq!(dns.has_name("old.example"), None);
    }
}
