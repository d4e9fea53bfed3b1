//! Generated mail through every edition and every topology of `corpora/topologies`: no panic,
//! and everything that came in is counted where it ended. The same at full size is in
//! `docs/records`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use agents::{Deployment, PolicySpec, Server};
use corpus::generate::{Generator, Recipe};
use corpus::{PackedCase, Parser};
use filter::{Document, Rating, ScoreSource, Scratch};
use mail::{CaseId, Edition, Label, Scl, World};
use sweep::{
    Call, DocketBuilder, Keep, Network, StationSettings, Tally, Threads, Unit, Way,
};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const MESSAGES: u64 = 250;

/// Levels from 0 to 9 by digest: every threshold meets every level.
struct ByDigest;

impl ScoreSource for ByDigest {
    fn rate(&self, id: CaseId, _: &Document<'_>, _: &mut Scratch) -> Option<Rating> {
        let level = i64::from(id.0[0] % 10);
        Some(Rating { score: f64::from(id.0[0] % 10), scl: Scl::rating(level) })
    }
}

fn topologies() -> Vec<PathBuf> {
    let entries = fs::read_dir(Path::new(ROOT).join("corpora/topologies")).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|end| end == "toml"));
    files.push(Path::new(ROOT).join("corpora/demo/policy.toml"));
    files.sort();
    files
}

fn total(tally: &Tally) -> u64 {
    let decided: u64 = tally.decided.iter().flat_map(|row| row.counts).sum();
    let tiers = Label::ALL.iter().map(|label| tally.total(*label)).sum();
    assert_eq!(decided, tiers);
    tiers
}

fn way(policy: &agents::Policy) -> Way {
    Way {
        order: policy.order.clone(),
        enabled: policy.enabled.clone(),
        thresholds: policy.thresholds,
        comparison: policy.junk_comparison,
    }
}

#[test]
fn everything_that_comes_in_is_counted_where_it_ended() {
    let recipe = Path::new(ROOT).join("corpora/demo/demo.toml");
    let recipe = fs::read_to_string(recipe).unwrap();
    let recipe = Recipe::parse(&recipe, "demo.toml").unwrap();
    let generator = Generator::new(&recipe, None, Some(MESSAGES)).unwrap();
    let cases: Vec<PackedCase> = generator.iter().collect();
    assert_eq!(cases.len() as u64, MESSAGES);
    let files = topologies();
    assert!(files.len() >= 6, "{files:?}");
    for file in files {
        let written: PolicySpec =
            toml::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        for edition in Edition::ALL {
            let policy = PolicySpec { edition, ..written.clone() };
            let told = format!("{} as {}", file.display(), edition.name());
            let (cases_there, tallied) =
                match Deployment::of(&policy, &BTreeMap::new()).unwrap() {
                    Some(several) => through(&several, generator.world(), &cases),
                    None => one(&policy, generator.world(), &cases),
                };
            assert_eq!(cases_there, MESSAGES, "{told}");
            assert_eq!(tallied, MESSAGES, "{told}");
        }
    }
}

/// Cases and units tallied on one server.
fn one(policy: &PolicySpec, world: &World, cases: &[PackedCase]) -> (u64, u64) {
    let policy = policy.resolve(Arc::new(ByDigest)).unwrap();
    let way = way(&policy);
    let mut builder = DocketBuilder::new(policy.engine, world, &Parser, Keep::Counts);
    let threads = Threads::new(1).unwrap();
    let skipped = builder.add(&threads, cases.to_vec(), PackedCase::parse);
    let docket = builder.finish();
    let Way { order, enabled, thresholds, comparison } = &way;
    let replay = docket.replay(order, enabled, thresholds, *comparison, Unit::Case);
    assert_eq!(docket.cases().len() + skipped.len(), cases.len());
    (docket.cases().len() as u64 + skipped.len() as u64, total(&replay.tally))
}

/// The same through several servers, each of which balances for itself.
fn through(several: &Deployment, world: &World, cases: &[PackedCase]) -> (u64, u64) {
    let threads = Threads::new(1).unwrap();
    let mut network = Network::new(world, &Parser, Keep::Trace);
    for (stage, servers) in several.stages.iter().enumerate() {
        let post = |server: &Server| {
            let policy = server.policy.resolve(Arc::new(ByDigest)).unwrap();
            let settings = StationSettings {
                name: server.name.clone(),
                address: server.address,
                right: server.right,
                authenticated: server.authenticated,
                way: way(&policy),
            };
            (settings, policy.engine)
        };
        let call = |case: &PackedCase| Call {
            id: case.id,
            time: case.time,
            client: case.session.client_ip.get().copied(),
        };
        let batches = cases.chunks(100).map(|batch| Ok::<_, ()>(batch.to_vec()));
        let stage = (servers.iter().map(post).collect(), several.sharing(stage));
        network
            .add_stage(&threads, stage, batches, call, PackedCase::parse, |_, skipped| {
                assert!(skipped.is_empty());
            })
            .unwrap();
    }
    let delivery = network.deliver(Unit::Case);
    let mut came = vec![0; several.stages.len()];
    let mut passed = vec![0; several.stages.len()];
    for server in &delivery.servers {
        assert_eq!(total(&server.tally), server.cases, "{}", server.name);
        came[server.stage] += server.cases;
        passed[server.stage] += server.passed.iter().sum::<u64>();
    }
    // What one stage lets go on is what the next one gets.
    assert!(came[1..].iter().zip(&passed).all(|(came, passed)| came == passed));
    (came[0], total(&delivery.replay.tally))
}
