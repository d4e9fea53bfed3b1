//! Whether a sweep's parts fit each other.

use mail::Label;
use sweep::SweepResult;

use crate::Error;
use crate::summary::{balance, check_decided};

/// Checks what everything that reads a sweep relies on: every tally holds every unit, its
/// causes sum to it, and every index points at something.
///
/// # Errors
///
/// [`Error::Unbalanced`] or [`Error::Inconsistent`], naming the first thing that is wrong.
pub fn check_sweep(sweep: &SweepResult) -> Result<(), Error> {
    check_names(sweep)?;
    check_tallies(sweep)?;
    check_orders(sweep)?;
    check_outcomes(sweep)
}

fn check_names(sweep: &SweepResult) -> Result<(), Error> {
    let mut agents: Vec<_> = sweep.agents.iter().collect();
    agents.sort();
    let distinct = agents.windows(2).all(|pair| pair[0] != pair[1]);
    ensure(distinct && agents.len() <= 256, || "agent names repeat".into())?;
    let mut causes: Vec<_> = sweep.causes.iter().collect();
    causes.sort();
    let distinct = causes.windows(2).all(|pair| pair[0] != pair[1]);
    ensure(distinct, || "the table of causes repeats a cause".into())
}

fn check_tallies(sweep: &SweepResult) -> Result<(), Error> {
    for (index, tally) in sweep.tallies.iter().enumerate() {
        for label in Label::ALL {
            let sum = |total: u64, n: &u64| total.saturating_add(*n);
            let found = tally.tiers[label.index()].iter().fold(0, sum);
            let name = format!("{label} in the corpus");
            let tallied = format!("{label} in tally {index}");
            balance(&name, sweep.units[label.index()], &tallied, found)?;
        }
        check_decided(tally)?;
        let known =
            tally.decided.iter().all(|d| usize::from(d.cause) < sweep.causes.len());
        ensure(known, || format!("tally {index} names an unknown cause"))?;
    }
    Ok(())
}

fn check_orders(sweep: &SweepResult) -> Result<(), Error> {
    for (index, row) in sweep.orders.iter().enumerate() {
        let mut order: Vec<_> =
            row.order.iter().map(|agent| usize::from(*agent)).collect();
        order.sort_unstable();
        let whole = order.iter().copied().eq(0..sweep.agents.len());
        ensure(whole, || format!("order {index} does not hold every agent once"))?;
        let known = (row.outcome as usize) < sweep.outcomes.len();
        ensure(known, || format!("order {index} names an unknown outcome"))?;
    }
    Ok(())
}

fn check_outcomes(sweep: &SweepResult) -> Result<(), Error> {
    let mut members = vec![0u32; sweep.outcomes.len()];
    for row in &sweep.orders {
        members[row.outcome as usize] += 1;
    }
    for (index, outcome) in sweep.outcomes.iter().enumerate() {
        let full = outcome.tallies.len() == sweep.settings.len();
        ensure(full, || format!("outcome {index} does not hold every setting"))?;
        let known = outcome.tallies.iter().all(|t| (*t as usize) < sweep.tallies.len());
        ensure(known, || format!("outcome {index} names an unknown tally"))?;
        let own = sweep
            .orders
            .get(outcome.representative as usize)
            .is_some_and(|row| row.outcome as usize == index);
        ensure(own, || {
            format!("outcome {index} is represented by an order not its own")
        })?;
        balance(
            &format!("order classes of outcome {index}"),
            outcome.order_classes.into(),
            "orders that name it",
            members[index].into(),
        )?;
    }
    Ok(())
}

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(Error::Inconsistent { what: what() }) }
}
