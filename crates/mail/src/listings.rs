//! Recorded block and allow lists.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use serde::{Deserialize, Serialize};

use crate::dns::normal;
use crate::{Answer, Failure, Notes, Timestamp};

/// One address on one list for some time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listing {
    /// First moment of the listing; `None` is always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// First moment after the listing; `None` is for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The A record a question brings, such as 127.0.0.2.
    pub answer: Ipv4Addr,
}

/// Block and allow lists by lookup domain.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listings {
    /// Lookup domain → address → listings.
    pub zones: BTreeMap<String, BTreeMap<IpAddr, Vec<Listing>>>,
    /// Lookup domains of which only the addresses written there were asked for; any other
    /// address is unknown. Of other recorded domains, it is not listed.
    pub partial: BTreeSet<String>,
    /// Questions that brought no answer.
    pub failed: BTreeMap<(String, IpAddr), Failure>,
    /// Questions that were asked and are not recorded.
    pub unanswered: Notes<(String, IpAddr)>,
}

impl Listings {
    /// What the list at `zone` answered for `ip` at `time`: every address that it gave.
    ///
    /// A list that is not recorded at all is unknown.
    pub fn lookup(
        &self,
        zone: &str,
        ip: IpAddr,
        time: Timestamp,
    ) -> Answer<Vec<Ipv4Addr>> {
        let zone = normal(zone);
        let unknown = |zone| {
            self.unanswered.add((zone, ip));
            Answer::Unknown
        };
        let Some(list) = self.zones.get(&zone) else {
            return unknown(zone);
        };
        let Some(listings) = list.get(&ip) else {
            let key = (zone, ip);
            if self.failed.contains_key(&key) {
                return Answer::Failed;
            }
            return if self.partial.contains(&key.0) {
                unknown(key.0)
            } else {
                Answer::Absent
            };
        };
        let answers = listings.iter().filter(|listing| {
            listing.from.is_none_or(|from| from <= time)
                && listing.until.is_none_or(|until| time < until)
        });
        let answers: Vec<Ipv4Addr> = answers.map(|listing| listing.answer).collect();
        if answers.is_empty() { Answer::Absent } else { Answer::Found(answers) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip() -> IpAddr {
        "192.0.2.1".parse().unwrap()
    }

    #[test]
    fn a_listing_holds_from_its_start_until_before_its_end() {
        let answer = Ipv4Addr::new(127, 0, 0, 2);
        let (from, until) = (Some(Timestamp(10)), Some(Timestamp(20)));
        let zone = BTreeMap::from([(ip(), vec![Listing { from, until, answer }])]);
        let zones = BTreeMap::from([("bl.example".to_owned(), zone)]);
        let lists = Listings { zones, ..Listings::default() };
        let at = |time| lists.lookup("BL.example.", ip(), Timestamp(time));
        assert_eq!(at(9), Answer::Absent);
        assert_eq!(at(10), Answer::Found(vec![answer]));
        assert_eq!(at(20), Answer::Absent);
        assert_eq!(lists.lookup("other.example", ip(), Timestamp(10)), Answer::Unknown);
    }

    #[test]
    fn of_a_list_that_was_asked_in_part_the_rest_is_unknown() {
        let mut lists = Listings::default();
        let other: IpAddr = "192.0.2.2".parse().unwrap();
        let third: IpAddr = "192.0.2.3".parse().unwrap();
        let zone = BTreeMap::from([(ip(), Vec::new())]);
        lists.zones.insert("bl.example".into(), zone);
        lists.failed.insert(("bl.example".into(), third), Failure::Refused);
        let ask = |lists: &Listings, ip| lists.lookup("bl.example", ip, Timestamp(0));
        assert_eq!(ask(&lists, other), Answer::Absent);
        lists.partial.insert("bl.example".into());
        assert_eq!(ask(&lists, ip()), Answer::Absent);
        assert_eq!(ask(&lists, third), Answer::Failed);
        assert_eq!(ask(&lists, other), Answer::Unknown);
        assert_eq!(lists.unanswered.count(), 1);
    }
}
