//! Small random mail, worlds, policies, orders and thresholds in which agents meet.
//!
//! Every list is short and shared between sides: the senders that letters have are those that
//! lists block, so that most trials decide something.

mod edition_2003;
mod letters;
mod policies;
mod topologies;
mod worlds;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use agents::{EDGE_AGENTS, PolicySpec};
use mail::{Case, Threshold, Thresholds, World};
use proptest::prelude::*;

pub(crate) use edition_2003::{Trial2003, of_2003, running};
pub(crate) use letters::{LetterPick, letter};
pub(crate) use topologies::{TopologyTrial, busy_topologies, topologies};

/// Addresses of senders, in header and envelope.
pub(crate) const SENDERS: [&str; 7] = [
    "ann@good.example",
    "bulk@blocked.example",
    "bad@sub.evil.example",
    "ceo@corp.example",
    "news@letters.example",
    "x@nowhere.example",
    "Ann@Good.Example",
];

/// Addresses of recipients.
pub(crate) const RECIPIENTS: [&str; 8] = [
    "u0@corp.example",
    "u1@corp.example",
    "u2@corp.example",
    "u3@corp.example",
    "nobody@corp.example",
    "u1@old.example",
    "boss@partner.example",
    "Blocked@corp.example",
];

/// The address with this last part: of version 4 up to 7, then of version 6.
pub(crate) fn ip(last: u8) -> IpAddr {
    if last < 8 {
        Ipv4Addr::new(192, 0, 2, last).into()
    } else {
        Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last.into()).into()
    }
}

/// A way to run a policy: order, switches, thresholds.
#[derive(Debug, Clone)]
pub(crate) struct Way {
    /// Agents by number in `EDGE_AGENTS`, best priority first.
    pub(crate) order: Vec<u8>,
    /// Which agents run, by the same numbers.
    pub(crate) enabled: [bool; 10],
    /// Delete, reject, quarantine, junk.
    values: [Option<i64>; 4],
}

impl Way {
    /// All agents in this order under these thresholds.
    pub(crate) fn new(order: Vec<u8>, values: [Option<i64>; 4]) -> Self {
        Self { order, enabled: [true; 10], values }
    }

    /// Names of the agents that run, best priority first.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        let runs = self.order.iter().filter(|agent| self.enabled[usize::from(**agent)]);
        runs.map(|agent| EDGE_AGENTS[usize::from(*agent)]).collect()
    }

    /// The same, of those that a server has.
    pub(crate) fn names_of(&self, has: &[&str]) -> Vec<&'static str> {
        self.names().into_iter().filter(|name| has.contains(name)).collect()
    }

    pub(crate) fn thresholds(&self) -> Thresholds {
        let [delete, reject, quarantine, junk] = self
            .values
            .map(|value| value.map(|value| Threshold::new(value).expect("0 to 9")));
        Thresholds { delete, reject, quarantine, junk }
    }
}

/// One trial: what is replayed and every way it is replayed.
#[derive(Debug, Clone)]
pub(crate) struct Trial {
    letters: Vec<LetterPick>,
    policy: String,
    world: worlds::WorldPick,
    pub(crate) ways: Vec<Way>,
}

impl Trial {
    pub(crate) fn policy(&self) -> PolicySpec {
        toml::from_str(&self.policy)
            .unwrap_or_else(|error| panic!("{error}\n{}", self.policy))
    }

    pub(crate) fn world(&self) -> World {
        self.world.world()
    }

    pub(crate) fn cases(&self) -> Vec<Case> {
        cases(&self.letters)
    }
}

fn cases(letters: &[LetterPick]) -> Vec<Case> {
    let mut minutes = 0;
    let mut cases = Vec::new();
    for (number, letter) in letters.iter().enumerate() {
        minutes += i64::from(letter.minutes);
        cases.push(letter.case(number, minutes * 60));
    }
    cases
}

fn way() -> impl Strategy<Value = Way> {
    let order = prop_oneof![
        1 => Just((0u8..10).collect::<Vec<_>>()),
        4 => Just((0u8..10).collect::<Vec<_>>()).prop_shuffle(),
    ];
    let enabled = prop_oneof![
        3 => Just([true; 10]),
        1 => prop::array::uniform10(prop::bool::weighted(0.8)),
    ];
    let values = prop::array::uniform4(prop::option::weighted(0.7, 0i64..=9));
    (order, enabled, values).prop_map(|(order, enabled, values)| Way {
        order,
        enabled,
        values,
    })
}

/// A trial with a few letters of every kind.
pub(crate) fn few_letters() -> impl Strategy<Value = Trial> {
    trial(prop::collection::vec(letter(), 1..10), policies::mixed())
}

/// A trial with many letters of few clients, so that reputation comes into play.
pub(crate) fn many_letters() -> impl Strategy<Value = Trial> {
    trial(prop::collection::vec(letters::of_few_clients(), 40..110), policies::watchful())
}

fn trial(
    letters: impl Strategy<Value = Vec<LetterPick>>,
    policy: impl Strategy<Value = String>,
) -> impl Strategy<Value = Trial> {
    let ways = prop::collection::vec(way(), 6);
    (letters, policy, worlds::world(), ways)
        .prop_map(|(letters, policy, world, ways)| Trial { letters, policy, world, ways })
}
