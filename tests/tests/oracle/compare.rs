//! One trial through both.

use std::fmt::Debug;
use std::sync::Arc;

use agents::PolicySpec;
use corpus::Parser;
use mail::{Case, SmtpEvent, World};
use pipeline::PriorityOrder;
use proptest::prelude::*;
use sweep::{Docket, DocketBuilder, Keep, Threads, Unit, causes};

use crate::generate::{Trial, Way};
use crate::rater::BySubject;
use crate::simulator::{BYPASSED, Cause, End, Row, Server, WRITERS};

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

/// All that is needed to see why a case ended differently.
fn told(
    two: &impl Debug,
    one: &impl Debug,
    case: &Case,
    way: &Way,
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
    let causes = causes(docket.engine());
    replay
        .rows
        .into_iter()
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
