//! One trial through both.

use std::sync::Arc;

use agents::PolicySpec;
use corpus::Parser;
use mail::{Case, World};
use pipeline::PriorityOrder;
use proptest::prelude::*;
use sweep::{Docket, DocketBuilder, Keep, Threads, Unit, causes};

use crate::generate::{Trial, Way};
use crate::rater::BySubject;
use crate::simulator::{Cause, End, Server};

/// Demands the same of both for every way of a trial.
pub(crate) fn same(trial: &Trial) -> Result<(), TestCaseError> {
    let (policy, world, cases) = (trial.policy(), trial.world(), trial.cases());
    let docket = docket(&policy, &world, &cases);
    for way in &trial.ways {
        let two = two_passes(&docket, &policy, way);
        let one = one_pass(&policy, &world, &cases, way);
        prop_assert_eq!(two.len(), one.len());
        for (two, one) in two.iter().zip(&one) {
            let case = cases.iter().find(|case| case.id == one.case).unwrap();
            prop_assert!(two == one, "{}", told(two, one, case, way, &policy));
        }
    }
    Ok(())
}

/// All that is needed to see why a case ended differently.
fn told(two: &End, one: &End, case: &Case, way: &Way, policy: &PolicySpec) -> String {
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

/// The plain simulator's.
pub(crate) fn one_pass(
    policy: &PolicySpec,
    world: &World,
    cases: &[Case],
    way: &Way,
) -> Vec<End> {
    Server::new(policy, world, way.names(), way.thresholds()).receive_all(cases)
}
