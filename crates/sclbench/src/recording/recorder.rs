//! Filling a world with answers.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use anyhow::Result;
use hickory_proto::op::Query;
use hickory_proto::rr::RData;
use mail::{Absence, Failure, Listing, Mx, Question, World};
use serde::Serialize;

use super::client::Client;
use super::wire::{Reply, Wanted, text};

/// Answers by kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Tally {
    /// Questions that were asked.
    pub(crate) asked: u64,
    /// There are such records; of a list, the address is on it.
    pub(crate) found: u64,
    /// The name exists without such records.
    pub(crate) no_data: u64,
    /// There is no such name; of a list, the address is not on it.
    pub(crate) no_such_name: u64,
    /// Nobody answered in time.
    pub(crate) timeout: u64,
    /// The resolver could not find out.
    pub(crate) server_failure: u64,
    /// The resolver, or a list, did not want to answer.
    pub(crate) refused: u64,
}

impl Tally {
    /// Questions without an answer.
    pub(crate) fn failed(&self) -> u64 {
        self.timeout + self.server_failure + self.refused
    }

    fn count(&mut self, answer: &Result<(), Nothing>) {
        self.asked += 1;
        *match answer {
            Ok(()) => &mut self.found,
            Err(Nothing::Absent(Absence::NoData)) => &mut self.no_data,
            Err(Nothing::Absent(Absence::NoSuchName)) => &mut self.no_such_name,
            Err(Nothing::Failed(Failure::Timeout)) => &mut self.timeout,
            Err(Nothing::Failed(Failure::ServerFailure)) => &mut self.server_failure,
            Err(Nothing::Failed(Failure::Refused)) => &mut self.refused,
        } += 1;
    }
}

/// An answer without records.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Nothing {
    Absent(Absence),
    Failed(Failure),
}

/// Asks, and writes down what it hears.
pub(crate) struct Recorder<'a> {
    client: &'a Client,
    /// The world so far.
    pub(crate) world: World,
    /// Questions about names and addresses.
    pub(crate) dns: Tally,
    /// Questions to lists.
    pub(crate) listings: Tally,
    asked: BTreeSet<Wanted>,
}

impl<'a> Recorder<'a> {
    /// Goes on where `world` ends. The world becomes one that knows what it was asked and
    /// nothing else.
    pub(crate) fn new(client: &'a Client, mut world: World) -> Self {
        world.dns.closed = false;
        let (dns, listings) = (Tally::default(), Tally::default());
        Self { client, world, dns, listings, asked: BTreeSet::new() }
    }

    /// Asks what is not known yet. `done` hears of answers.
    ///
    /// # Errors
    ///
    /// The resolver has stopped answering.
    pub(crate) fn ask(
        &mut self,
        wanted: BTreeSet<Wanted>,
        done: impl FnMut(usize),
    ) -> Result<()> {
        let new = wanted.into_iter().filter(|wanted| !self.knows(wanted));
        let new: Vec<Wanted> = new.collect();
        let queries: Vec<Vec<Query>> =
            new.iter().map(|wanted| wanted.queries().unwrap_or_default()).collect();
        let mut replies = self.client.ask(&queries.concat(), done)?.into_iter();
        for (wanted, queries) in new.into_iter().zip(queries) {
            let replies = replies.by_ref().take(queries.len()).collect();
            let records = together(replies);
            match &wanted {
                Wanted::Dns(question, name) => self.take(*question, name, records),
                Wanted::Listing(zone, ip) => self.take_listing(zone, *ip, records),
            }
            self.asked.insert(wanted);
        }
        Ok(())
    }

    fn knows(&self, wanted: &Wanted) -> bool {
        let dns = &self.world.dns;
        self.asked.contains(wanted)
            || match wanted {
                Wanted::Dns(question, name) => {
                    dns.failed.contains_key(&(*question, name.clone()))
                        || match question {
                            Question::Address => dns.addresses.contains_key(name),
                            Question::Mx => dns.mx.contains_key(name),
                            Question::Txt => dns.txt.contains_key(name),
                            Question::Ptr => {
                                name.parse().is_ok_and(|ip| dns.ptr.contains_key(&ip))
                            }
                        }
                }
                Wanted::Listing(zone, ip) => {
                    let lists = &self.world.listings;
                    let whole = !lists.partial.contains(zone);
                    lists.failed.contains_key(&(zone.clone(), *ip))
                        || lists
                            .zones
                            .get(zone)
                            .is_some_and(|list| whole || list.contains_key(ip))
                }
            }
    }

    fn take(
        &mut self,
        question: Question,
        name: &str,
        records: Result<Vec<RData>, Nothing>,
    ) {
        let dns = &mut self.world.dns;
        let records = match records {
            Err(Nothing::Failed(failure)) => {
                dns.failed.insert((question, name.to_owned()), failure);
                return self.dns.count(&Err(Nothing::Failed(failure)));
            }
            Err(Nothing::Absent(absence)) => {
                dns.absent.insert((question, name.to_owned()), absence);
                self.dns.count(&Err(Nothing::Absent(absence)));
                Vec::new()
            }
            Ok(records) => {
                self.dns.count(&Ok(()));
                records
            }
        };
        let name = name.to_owned();
        // A resolver gives records in any order; a world always in the same.
        match question {
            Question::Address => {
                let list = records.iter().filter_map(|data| match data {
                    RData::A(ip) => Some(IpAddr::V4(ip.0)),
                    RData::AAAA(ip) => Some(IpAddr::V6(ip.0)),
                    _ => None,
                });
                dns.addresses.insert(name, sorted(list));
            }
            Question::Mx => {
                let list = records.iter().filter_map(|data| match data {
                    RData::MX(mx) => {
                        Some(Mx { preference: mx.preference, host: text(&mx.exchange) })
                    }
                    _ => None,
                });
                dns.mx.insert(name, sorted(list));
            }
            Question::Txt => {
                let list = records.iter().filter_map(|data| match data {
                    RData::TXT(txt) => {
                        let bytes = txt.txt_data.concat();
                        Some(String::from_utf8_lossy(&bytes).into_owned())
                    }
                    _ => None,
                });
                dns.txt.insert(name, sorted(list));
            }
            Question::Ptr => {
                let list = records.iter().filter_map(|data| match data {
                    RData::PTR(name) => Some(text(name)),
                    _ => None,
                });
                if let Ok(ip) = name.parse() {
                    dns.ptr.insert(ip, sorted(list));
                }
            }
        }
    }

    fn take_listing(
        &mut self,
        zone: &str,
        ip: IpAddr,
        records: Result<Vec<RData>, Nothing>,
    ) {
        let lists = &mut self.world.listings;
        if !lists.zones.contains_key(zone) {
            lists.partial.insert(zone.to_owned());
        }
        let list = lists.zones.entry(zone.to_owned()).or_default();
        let answers = records.map(|records| {
            sorted(records.iter().filter_map(|data| match data {
                RData::A(ip) => Some(ip.0),
                _ => None,
            }))
        });
        let answers = answers.and_then(|answers| {
            // A list that does not serve this resolver says so in this network.
            if answers.iter().any(is_complaint) {
                Err(Nothing::Failed(Failure::Refused))
            } else {
                Ok(answers)
            }
        });
        match answers {
            Err(Nothing::Failed(failure)) => {
                lists.failed.insert((zone.to_owned(), ip), failure);
                self.listings.count(&Err(Nothing::Failed(failure)));
            }
            Err(Nothing::Absent(absence)) => {
                list.insert(ip, Vec::new());
                self.listings.count(&Err(Nothing::Absent(absence)));
            }
            Ok(answers) => {
                let listing = |answer| Listing { from: None, until: None, answer };
                list.insert(ip, answers.into_iter().map(listing).collect());
                self.listings.count(&Ok(()));
            }
        }
    }
}

/// Whether a list's answer is about the asking and not about the address: 127.255.255.0/24.
fn is_complaint(answer: &Ipv4Addr) -> bool {
    answer.octets()[..3] == [127, 255, 255]
}

fn sorted<T: Ord>(list: impl Iterator<Item = T>) -> Vec<T> {
    list.collect::<BTreeSet<T>>().into_iter().collect()
}

/// One answer of several replies: all records there are. The first reply that is not
/// records speaks where there are none; no query at all is a name that cannot be.
fn together(replies: Vec<Reply>) -> Result<Vec<RData>, Nothing> {
    let mut records = Vec::new();
    let mut nothing = None;
    for reply in replies {
        match reply {
            Reply::Records(more) => records.extend(more),
            Reply::Absent(absence) => {
                nothing = nothing.or(Some(Nothing::Absent(absence)));
            }
            // Not to know is more than to know that one of them is not there.
            Reply::Failed(failure) => match nothing {
                Some(Nothing::Failed(_)) => {}
                None | Some(Nothing::Absent(_)) => {
                    nothing = Some(Nothing::Failed(failure));
                }
            },
        }
    }
    if records.is_empty() {
        Err(nothing.unwrap_or(Nothing::Absent(Absence::NoSuchName)))
    } else {
        Ok(records)
    }
}

#[cfg(test)]
mod tests {
    use hickory_proto::rr::rdata::A;

    use super::*;

    #[test]
    fn two_replies_are_one_answer() {
        let a = || RData::A(A(Ipv4Addr::new(192, 0, 2, 1)));
        let (none, nowhere) =
            (Reply::Absent(Absence::NoData), Reply::Absent(Absence::NoSuchName));
        let failed = Reply::Failed(Failure::Timeout);
        let found = Reply::Records(vec![a()]);
        assert_eq!(together(vec![found.clone(), none.clone()]), Ok(vec![a()]));
        assert_eq!(together(vec![found, failed.clone()]), Ok(vec![a()]));
        let failure = Err(Nothing::Failed(Failure::Timeout));
        assert_eq!(together(vec![none.clone(), failed.clone()]), failure);
        assert_eq!(together(vec![failed, none.clone()]), failure);
        assert_eq!(together(vec![none]), Err(Nothing::Absent(Absence::NoData)));
        let nowhere = together(vec![nowhere.clone(), nowhere]);
        assert_eq!(nowhere, Err(Nothing::Absent(Absence::NoSuchName)));
        assert_eq!(together(vec![]), Err(Nothing::Absent(Absence::NoSuchName)));
    }

    #[test]
    fn answers_about_the_asking_are_no_listings() {
        assert!(is_complaint(&Ipv4Addr::new(127, 255, 255, 254)));
        assert!(!is_complaint(&Ipv4Addr::new(127, 0, 0, 2)));
    }
}
