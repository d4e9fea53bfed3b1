//! A sweep back from its tables, exactly as it was.

use std::collections::BTreeMap;
use std::path::Path;

use mail::{Label, Threshold, Thresholds, Tier};
use sweep::{Cause, Cost, Decided, Move, OrderRow, Outcome, SweepResult, Tally};

use super::table::Table;
use crate::{Error, check_sweep};

/// Reads the sweep that [`crate::write_sweep`] wrote into a run folder.
///
/// # Errors
///
/// [`Error::Io`], [`Error::Parquet`], [`Error::Table`], [`Error::Version`],
/// [`Error::MixedRuns`], or what [`check_sweep`] finds in the tables.
pub fn read_sweep(folder: &Path) -> Result<SweepResult, Error> {
    let sweep = Table::read(folder, "sweep")?;
    let decided = Table::read(folder, "sweep_decided")?;
    let orders = Table::read(folder, "orders")?;
    let settings = Table::read(folder, "settings")?;
    for table in [&decided, &orders, &settings] {
        table.same_run(&sweep, "sweep.parquet")?;
    }
    let causes = read_causes(&decided)?;
    let mut tallies = read_tiers(&sweep)?;
    read_decided(&decided, &causes, &mut tallies)?;
    let agents: Vec<String> = orders.meta("sclbench.agents")?;
    let (rows, representatives) = read_orders(&orders, &agents)?;
    let count: usize = settings.meta("sclbench.settings")?;
    let result = SweepResult {
        agents,
        causes,
        units: sweep.meta("sclbench.units")?,
        settings: read_settings(&settings, count)?,
        outcomes: read_outcomes(&settings, count, &rows, &representatives)?,
        orders: rows,
        tallies,
    };
    check_sweep(&result)?;
    Ok(result)
}

/// The causes of a table in its metadata.
pub(super) fn read_causes(table: &Table) -> Result<Vec<Cause>, Error> {
    let causes: Vec<[String; 2]> = table.meta("sclbench.causes")?;
    Ok(causes.into_iter().map(|[agent, reason]| Cause { agent, reason }).collect())
}

/// The `agent` and `reason` columns as indexes into the table of causes.
pub(super) fn cause_indexes(table: &Table, causes: &[Cause]) -> Result<Vec<u16>, Error> {
    let by_name: BTreeMap<_, _> = (0..=u16::MAX)
        .zip(causes)
        .map(|(index, cause)| ((cause.agent.as_str(), cause.reason.as_str()), index))
        .collect();
    let (agents, reasons) = (table.texts("agent")?, table.texts("reason")?);
    let index = |(agent, reason): (Option<&str>, Option<&str>)| {
        by_name.get(&(agent?, reason?)).copied()
    };
    let indexes = agents.into_iter().zip(reasons).map(index).collect::<Option<Vec<_>>>();
    indexes.ok_or_else(|| table.wrong("reason", "a cause is not in the table of causes"))
}

fn read_tiers(table: &Table) -> Result<Vec<Tally>, Error> {
    let mut tallies = vec![Tally::default(); table.rows()];
    for label in Label::ALL {
        for tier in Tier::ALL {
            let counts = table.u64s(&format!("{label}_{tier}"))?;
            for (tally, count) in tallies.iter_mut().zip(counts) {
                tally.tiers[label.index()][tier.index()] = count;
            }
        }
    }
    Ok(tallies)
}

fn read_decided(
    table: &Table,
    causes: &[Cause],
    tallies: &mut [Tally],
) -> Result<(), Error> {
    let causes = cause_indexes(table, causes)?;
    let tiers = table.parsed("tier", |text| text.parse().ok())?;
    let (ham, spam) = (table.u64s("ham")?, table.u64s("spam")?);
    for (row, tally) in table.u32s("tally")?.into_iter().enumerate() {
        let tally = tallies
            .get_mut(tally as usize)
            .ok_or_else(|| table.wrong("tally", format!("`{tally}` is unknown")))?;
        let (cause, tier, counts) = (causes[row], tiers[row], [ham[row], spam[row]]);
        tally.decided.push(Decided { cause, tier, counts });
    }
    Ok(())
}

/// The order classes, and the rows that represent their outcomes.
fn read_orders(
    table: &Table,
    agents: &[String],
) -> Result<(Vec<OrderRow>, Vec<u32>), Error> {
    let index = |name: &str| {
        let found = (0..=u8::MAX).zip(agents).find(|(_, agent)| *agent == name);
        found.map(|(index, _)| index)
    };
    let order = |text: &str| match text {
        "" if agents.is_empty() => Some(Vec::new()),
        _ => text.split(',').map(index).collect::<Option<Vec<u8>>>(),
    };
    let orders = table.parsed("order", order)?;
    let moves = table.parsed("moves", read_moves)?;
    let outcomes = table.u32s("outcome")?;
    let scans = table.u64s("content_scans")?;
    let questions = table.u64s("dns_questions")?;
    let bytes = table.u64s("bytes_scanned")?;
    let rows = orders.into_iter().zip(moves).enumerate().map(|(at, (order, moves))| {
        let cost = Cost {
            content_scans: scans[at],
            dns_questions: questions[at],
            bytes_scanned: bytes[at],
        };
        OrderRow { order, moves, outcome: outcomes[at], cost }
    });
    let represents = (0u32..).zip(table.bools("representative")?);
    let representatives = represents.filter_map(|(at, is)| is.then_some(at)).collect();
    Ok((rows.collect(), representatives))
}

fn read_moves(text: &str) -> Option<Vec<Move>> {
    let read = |line: &str| {
        let (priority, agent) = line.split_once(' ')?;
        Some(Move { agent: agent.into(), priority: priority.parse().ok()? })
    };
    match text {
        "" => Some(Vec::new()),
        _ => text.split('\n').map(read).collect(),
    }
}

fn read_settings(table: &Table, count: usize) -> Result<Vec<Thresholds>, Error> {
    let read = |name: &str| {
        let threshold = |value: Option<i32>| value.map(|v| Threshold::new(v.into()));
        table
            .i32s(name)?
            .into_iter()
            .take(count)
            .map(|value| threshold(value).transpose())
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| table.wrong(name, error.to_string()))
    };
    let (delete, reject) = (read("delete")?, read("reject")?);
    let (quarantine, junk) = (read("quarantine")?, read("junk")?);
    let setting = |at: usize| Thresholds {
        delete: delete[at],
        reject: reject[at],
        quarantine: quarantine[at],
        junk: junk[at],
    };
    Ok((0..delete.len()).map(setting).collect())
}

/// The outcomes: `count` rows of `settings.parquet` each, in order.
fn read_outcomes(
    table: &Table,
    count: usize,
    orders: &[OrderRow],
    representatives: &[u32],
) -> Result<Vec<Outcome>, Error> {
    let outcomes = table.u32s("outcome")?;
    let expected = (0u32..).flat_map(|id| std::iter::repeat_n(id, count));
    let rest = if count == 0 { outcomes.len() } else { outcomes.len() % count };
    if rest > 0 || !outcomes.into_iter().eq(expected.take(table.rows())) {
        return Err(table.wrong("outcome", "rows are missing or out of order"));
    }
    let mut members: BTreeMap<u32, (u32, Vec<u32>)> = BTreeMap::new();
    for row in orders {
        members.entry(row.outcome).or_default().0 += 1;
    }
    for at in representatives {
        members.entry(orders[*at as usize].outcome).or_default().1.push(*at);
    }
    let outcome = |(id, tallies): (u32, &[u32])| match members.get(&id) {
        Some((order_classes, representatives)) if representatives.len() == 1 => {
            Ok(Outcome {
                representative: representatives[0],
                order_classes: *order_classes,
                tallies: tallies.to_vec(),
            })
        }
        Some(_) | None => {
            let what = format!("`{id}` does not have one representative order");
            Err(table.wrong("outcome", what))
        }
    };
    let tallies = table.u32s("tally")?;
    (0u32..).zip(tallies.chunks(count.max(1))).map(outcome).collect()
}
