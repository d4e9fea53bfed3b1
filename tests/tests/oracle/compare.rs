//! One trial through both.

use std::fmt::Debug;
use std::sync::Arc;

use agents::{Deployment, PolicySpec};
use corpus::Parser;
use mail::{Case, SmtpEvent, Thresholds, World};
use pipeline::{HeaderRight, PriorityOrder, Roster};
use proptest::prelude::*;
use sweep::{Call, Docket, DocketBuilder, Keep, StationSettings, Threads, Unit, causes};

use crate::generate::{TopologyTrial, Trial, Trial2003, Way, running};
use crate::rater::BySubject;
use crate::simulator::{BYPASSED, Cause, End, Network, Post, Row, Server, WRITERS};

/// Demands the same of both for every way of a trial.
pub(crate) fn same(trial: &Trial) -> Result<(), TestCaseError> {
    let (policy, world, cases) = (trial.policy(), trial.world(), trial.cases());
    let docket = docket(&policy, &world, &cases);
    for way in &trial.ways {
        let two = two_passes(&docket, &policy, way);
        let (one, log) = one_pass(&policy, &world, &cases, way);
        prop_assert_eq!(two.len(), one.len());
        for (two, one) in two.iter().zip(&one) {
            let case = cases.iter().find(|case| case.id == one.case).unwrap();
            prop_assert!(two == one, "{}", told(two, one, case, way, &policy));
        }
        let rows = rows(&docket, &policy, way);
        if let Some(at) =
            (0..rows.len().max(log.len())).find(|at| rows.get(*at) != log.get(*at))
        {
            let (two, one) = (rows.get(at), log.get(at));
            let id = two.or(one).map(|row| row.case);
            let case = cases.iter().find(|case| Some(case.id) == id).unwrap();
            prop_assert!(false, "{}", told(&two, &one, case, way, &policy));
        }
    }
    Ok(())
}

/// Demands the same of both for every gateway and store of a server of 2003. The engine looks
/// at the mail once, under the first of them.
pub(crate) fn same_2003(trial: &Trial2003) -> Result<(), TestCaseError> {
    let (world, cases) = (trial.world(), trial.cases());
    let policies = trial.policies();
    let docket = docket(&policies[0].0, &world, &cases);
    for (policy, enabled) in &policies {
        let resolved =
            policy.resolve(Arc::new(BySubject)).expect("the settings can be used");
        let two = docket.replay(
            &resolved.order,
            enabled,
            &resolved.thresholds,
            resolved.junk_comparison,
            Unit::Delivery,
        );
        let two = ends(two.rows, &causes(docket.engine()));
        let mut server =
            Server::new(policy, &world, running(*enabled), Thresholds::default());
        let one = server.receive_all(&cases);
        prop_assert_eq!(two.len(), one.len());
        for (two, one) in two.iter().zip(&one) {
            let case = cases.iter().find(|case| case.id == one.case).unwrap();
            prop_assert!(two == one, "{}", told(two, one, case, enabled, policy));
        }
    }
    Ok(())
}

/// All that is needed to see why a case ended differently.
fn told(
    two: &impl Debug,
    one: &impl Debug,
    case: &Case,
    way: &impl Debug,
    policy: &PolicySpec,
) -> String {
    format!(
        "two passes: {two:?}\none pass: {one:?}\n{way:?}\n{:?}\n{}\n{}",
        case.session,
        String::from_utf8_lossy(&case.raw),
        toml::to_string(policy).unwrap()
    )
}

/// The cases, observed.
pub(crate) fn docket(policy: &PolicySpec, world: &World, cases: &[Case]) -> Docket {
    let policy = policy.resolve(Arc::new(BySubject)).expect("the settings can be used");
    let threads = Threads::new(1).unwrap();
    let mut builder = DocketBuilder::new(policy.engine, world, &Parser, Keep::Trace);
    let skipped: Vec<()> = builder.add(&threads, cases.to_vec(), Ok);
    assert!(skipped.is_empty());
    builder.finish()
}

/// The engine's replay.
pub(crate) fn two_passes(docket: &Docket, policy: &PolicySpec, way: &Way) -> Vec<End> {
    let order = PriorityOrder::new(&docket.engine().roster(), way.order.clone()).unwrap();
    let comparison = policy.organization.junk_comparison;
    let replay = docket.replay(
        &order,
        &way.enabled,
        &way.thresholds(),
        comparison,
        Unit::Delivery,
    );
    ends(replay.rows, &causes(docket.engine()))
}

fn ends(rows: Vec<sweep::TraceRow>, causes: &[sweep::Cause]) -> Vec<End> {
    rows.into_iter()
        .map(|row| End {
            case: row.case,
            recipient: row.recipient,
            tier: row.tier,
            cause: Cause {
                agent: causes[usize::from(row.cause)].agent.clone(),
                reason: causes[usize::from(row.cause)].reason.clone(),
                detail: row.detail,
            },
            scl: row.scl,
            sender_id: row.sender_id,
            scanned: row.scanned,
            questions: row.dns_questions,
        })
        .collect()
}

/// The engine's agent log.
fn rows(docket: &Docket, policy: &PolicySpec, way: &Way) -> Vec<Row> {
    let engine = docket.engine();
    let way = sweep::Way {
        order: PriorityOrder::new(&engine.roster(), way.order.clone()).unwrap(),
        enabled: way.enabled.to_vec(),
        thresholds: way.thresholds(),
        comparison: policy.organization.junk_comparison,
    };
    let mut rows = Vec::new();
    docket.stories(&way, |seen, story| {
        for turn in &story.turns {
            let agent = engine.roster().names()[usize::from(turn.agent)].to_owned();
            let filter = agent == "Content Filter Agent";
            let level = turn.after.scl.filter(|_| filter);
            let named = !matches!(
                turn.event,
                SmtpEvent::OnConnectEvent | SmtpEvent::OnMailCommand
            );
            for deed in turn.deeds().iter().filter(|_| WRITERS.contains(&&*agent)) {
                let (reason, data) = match (deed.cause, level) {
                    (Some(cause), _) => (
                        engine.reasons(usize::from(turn.agent))
                            [usize::from(cause.reason)],
                        level.map_or_else(
                            || engine.detail(usize::from(cause.agent), cause.detail),
                            |scl| scl.to_string(),
                        ),
                    ),
                    (None, Some(scl)) if scl.is_trusted() => ("SCL", BYPASSED.to_owned()),
                    (None, Some(scl)) if turn.scanned => ("SCL", scl.to_string()),
                    (None, _) => continue,
                };
                let recipient = story.closes[deed.who].recipient.clone();
                rows.push(Row {
                    case: seen.id,
                    event: turn.event,
                    agent: agent.clone(),
                    recipient: if named { recipient } else { String::new() },
                    action: deed.action.name().to_owned(),
                    reason: reason.to_owned(),
                    data,
                });
            }
        }
    });
    rows
}

/// The plain simulator's ends, and its agent log.
pub(crate) fn one_pass(
    policy: &PolicySpec,
    world: &World,
    cases: &[Case],
    way: &Way,
) -> (Vec<End>, Vec<Row>) {
    let mut server = Server::new(policy, world, way.names(), way.thresholds());
    let ends = server.receive_all(cases);
    (ends, server.log())
}

/// Demands the same of both for all servers of a trial.
pub(crate) fn same_topology(trial: &TopologyTrial) -> Result<(), TestCaseError> {
    let (world, cases) = (trial.world(), trial.cases());
    let (deployment, ways) = trial.deployment();
    let two = by_stages(&deployment, &ways, &world, &cases);
    let one = message_by_message(&deployment, &ways, &world, &cases);
    prop_assert_eq!(two.len(), one.len());
    for (two, one) in two.iter().zip(&one) {
        let case = cases.iter().find(|case| case.id == one.case).unwrap();
        prop_assert!(
            two == one,
            "stages: {two:?}\none pass: {one:?}\n{ways:?}\n{:?}\n{}\n{}",
            case.session,
            String::from_utf8_lossy(&case.raw),
            toml::to_string(&trial.policy()).unwrap()
        );
    }
    Ok(())
}

/// How a server runs: the numbers of a way are those of an Edge server.
fn way_of(
    way: &Way,
    roster: &Roster,
    junk: Thresholds,
) -> (PriorityOrder, Vec<bool>, Thresholds) {
    let edge = |agent: &u8| agents::EDGE_AGENTS[usize::from(*agent)];
    let order = way.order.iter().filter_map(|agent| roster.find(edge(agent))).collect();
    let names = way.names();
    let enabled = roster.names().iter().map(|name| names.contains(name)).collect();
    let thresholds = Thresholds { junk: junk.junk, ..way.thresholds() };
    (PriorityOrder::new(roster, order).unwrap(), enabled, thresholds)
}

/// The engine's way: every stage with all its mail, one after the other.
fn by_stages(
    deployment: &Deployment,
    ways: &[Vec<&Way>],
    world: &World,
    cases: &[Case],
) -> Vec<End> {
    let threads = Threads::new(1).unwrap();
    let mut network = sweep::Network::new(world, &Parser, Keep::Trace);
    for (stage, servers) in deployment.stages.iter().enumerate() {
        let post = |(server, way): (&agents::Server, &&Way)| {
            let policy = server.policy.resolve(Arc::new(BySubject)).unwrap();
            let (order, enabled, thresholds) =
                way_of(way, &policy.roster, policy.thresholds);
            let comparison = policy.junk_comparison;
            let settings = StationSettings {
                name: server.name.clone(),
                address: server.address,
                right: server.right,
                authenticated: server.authenticated,
                way: sweep::Way { order, enabled, thresholds, comparison },
            };
            (settings, policy.engine)
        };
        let posts = servers.iter().zip(&ways[stage]).map(post).collect();
        // Mail that comes in uneven batches.
        let batches = cases.chunks(4).map(|batch| Ok::<_, ()>(batch.to_vec()));
        let call = |case: &Case| Call {
            id: case.id,
            time: case.time,
            client: case.session.client_ip.get().copied(),
        };
        let sharing = deployment.sharing(stage);
        network
            .add_stage(&threads, (posts, sharing), batches, call, Ok::<_, ()>, |_, _| {})
            .unwrap();
    }
    let delivery = network.deliver(Unit::Delivery);
    let tallied: u64 = delivery.replay.tally.tiers.iter().flatten().sum();
    assert_eq!(tallied, delivery.replay.rows.len() as u64);
    let first: u64 = delivery
        .servers
        .iter()
        .filter(|server| server.stage == 0)
        .map(|server| server.cases)
        .sum();
    assert_eq!(first, cases.len() as u64);
    ends(delivery.replay.rows, &delivery.causes)
}

/// The plain simulator's way: every message through all its servers.
fn message_by_message(
    deployment: &Deployment,
    ways: &[Vec<&Way>],
    world: &World,
    cases: &[Case],
) -> Vec<End> {
    let mut stages = Vec::new();
    for (number, servers) in deployment.stages.iter().enumerate() {
        let posts = servers.iter().zip(&ways[number]).map(|(server, way)| {
            let has = server.policy.role.antispam_agents(server.policy.edition);
            let junk = server.policy.thresholds().junk;
            Post {
                name: &server.name,
                address: server.address,
                keeps_headers: server.right == HeaderRight::Keep,
                authenticated: server.authenticated,
                policy: &server.policy,
                order: way.names_of(has),
                thresholds: Thresholds { junk, ..way.thresholds() },
            }
        });
        stages.push((deployment.sharing(number), posts.collect()));
    }
    Network::new(world, stages).receive_all(cases)
}
