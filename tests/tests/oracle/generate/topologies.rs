//! Random topologies: one or two servers in front, none to two behind, sometimes a third stage.

use agents::{Deployment, HopHeaders, PolicySpec, Role, ServerSpec, TopologySpec};
use mail::{Case, Edition, World};
use proptest::prelude::*;
use proptest::sample::select;
use toml::{Table, Value};

use super::{LetterPick, Way, letter, policies, way, worlds};

/// One server.
#[derive(Debug, Clone)]
struct ServerPick {
    hub: bool,
    edition: Edition,
    policy: String,
    /// Last octet of its address; 0 is unknown.
    address: u8,
    weight: u32,
    strips: bool,
    authenticated: Option<bool>,
    way: Way,
}

/// Letters, a world and servers.
#[derive(Debug, Clone)]
pub(crate) struct TopologyTrial {
    letters: Vec<LetterPick>,
    world: worlds::WorldPick,
    /// The organization's settings are taken from this one.
    base: String,
    key: u64,
    by_message: bool,
    stages: Vec<Vec<ServerPick>>,
}

impl TopologyTrial {
    pub(crate) fn world(&self) -> World {
        self.world.world()
    }

    pub(crate) fn cases(&self) -> Vec<Case> {
        super::cases(&self.letters)
    }

    /// The policy file with its topology.
    pub(crate) fn policy(&self) -> PolicySpec {
        let base = parsed(&self.base);
        let mut servers = Vec::new();
        for (stage, picks) in self.stages.iter().enumerate() {
            for pick in picks {
                let name = format!("s{}", servers.len());
                servers.push(pick.spec(stage + 1, name));
            }
        }
        let share_by = match self.by_message {
            true => agents::ShareBySpec::Message,
            false => agents::ShareBySpec::ClientIp,
        };
        let topology = TopologySpec { share_by, key: self.key, servers };
        PolicySpec { topology: Some(topology), ..base }
    }

    /// The servers, with how each of them runs.
    pub(crate) fn deployment(&self) -> (Deployment, Vec<Vec<&Way>>) {
        let found = Deployment::of(&self.policy(), &std::collections::BTreeMap::new());
        let ways =
            self.stages.iter().map(|stage| stage.iter().map(|one| &one.way).collect());
        (found.unwrap().unwrap(), ways.collect())
    }
}

impl ServerPick {
    fn spec(&self, stage: usize, name: String) -> ServerSpec {
        let mut policy = parsed(&self.policy);
        policy.edition = self.edition;
        if self.hub {
            policy.role = Role::Hub;
            policy.rules.clear();
            policy.address_rewriting = <_>::default();
            policy.attachment_filter = <_>::default();
            if !matches!(self.edition, Edition::E2007 | Edition::E2010) {
                policy.connection_filter = <_>::default();
            }
        }
        let mut settings = Table::try_from(policy).unwrap();
        settings.remove("organization");
        if !self.hub {
            settings.insert("role".to_owned(), Value::String("edge".to_owned()));
        }
        let headers = if self.strips { HopHeaders::Strip } else { HopHeaders::Keep };
        ServerSpec {
            name,
            stage,
            weight: self.weight,
            address: (self.address > 0).then(|| [192, 0, 2, self.address].into()),
            headers: (stage > 1).then_some(headers),
            authenticated: self.authenticated.filter(|_| stage > 1),
            policy: None,
            settings,
        }
    }
}

fn parsed(policy: &str) -> PolicySpec {
    toml::from_str(policy).unwrap_or_else(|error| panic!("{error}\n{policy}"))
}

/// The editions that have agents.
fn later_editions() -> Vec<Edition> {
    Edition::ALL.into_iter().filter(|one| *one != Edition::E2003Sp2).collect()
}

fn server(
    hub: f64,
    policy: impl Strategy<Value = String>,
) -> impl Strategy<Value = ServerPick> {
    let first = (prop::bool::weighted(hub), select(later_editions()), policy, 0u8..8);
    let authenticated =
        prop_oneof![3 => Just(Some(false)), 1 => Just(Some(true)), 1 => Just(None)];
    let second = (1u32..4, prop::bool::weighted(0.3), authenticated, way());
    (first, second).prop_map(
        |((hub, edition, policy, address), (weight, strips, authenticated, way))| {
            ServerPick {
                hub,
                edition,
                policy,
                address,
                weight,
                strips,
                authenticated,
                way,
            }
        },
    )
}

/// Letters through servers in parallel and in series.
pub(crate) fn topologies() -> impl Strategy<Value = TopologyTrial> {
    let letters = prop::collection::vec(letter(), 1..10);
    trial(letters, policies::mixed)
}

/// The same with many letters of few clients, so that reputation comes into play.
pub(crate) fn busy_topologies() -> impl Strategy<Value = TopologyTrial> {
    let letters = prop::collection::vec(super::letters::of_few_clients(), 40..110);
    trial(letters, policies::watchful)
}

fn trial<P: Strategy<Value = String>>(
    letters: impl Strategy<Value = Vec<LetterPick>>,
    policy: impl Fn() -> P,
) -> impl Strategy<Value = TopologyTrial> {
    let stages = (
        prop::collection::vec(server(0.1, policy()), 1..3),
        prop::collection::vec(server(0.6, policy()), 0..3),
        prop::collection::vec(server(0.9, policy()), 0..2),
    );
    let sharing = (any::<u32>(), any::<bool>());
    (letters, worlds::world(), policy(), sharing, stages).prop_map(
        |(letters, world, base, (key, by_message), (first, second, third))| {
            let stages = [first, second, third].into_iter().filter(|one| !one.is_empty());
            TopologyTrial {
                letters,
                world,
                base,
                key: key.into(),
                by_message,
                stages: stages.collect(),
            }
        },
    )
}
