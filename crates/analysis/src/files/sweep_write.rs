//! The four tables of a sweep.
//!
//! `sweep.parquet`: one row per distinct tally. `tally`; `ham_inbox` … `spam_delete` (exact
//! counts); `policies` (how many share it); `fp_junk` … `fp_delete`, `fn_junk` …
//! `fn_delete` (rates). Metadata `sclbench.units`: ham and spam.
//!
//! `sweep_decided.parquet`: `tally`, `agent`, `reason`, `tier`, `ham`, `spam`. Metadata
//! `sclbench.causes`: all causes as `[agent, reason]`.
//!
//! `orders.parquet`: one row per order class. `order_class`, `order` (agent names by
//! priority, joined by `,`), `outcome`, `representative` (of its outcome), `moves` (a line
//! `priority agent` per priority change), `content_scans`, `dns_questions`,
//! `bytes_scanned`. Metadata `sclbench.agents`: names in the default order.
//!
//! `settings.parquet`: one row per outcome and threshold setting. `outcome`, `setting`,
//! `delete`, `reject`, `quarantine`, `junk` (null is off), `tally`. Metadata
//! `sclbench.settings`: how many settings.
//!
//! A policy is an order class and a setting: `orders` ⋈ outcome ⋈ `settings` ⋈ tally ⋈
//! `sweep` names everything about each.

use std::path::Path;

use mail::{Label, Provenance, Threshold, Thresholds, Tier};
use polars::prelude::{Column, DataFrame, NamedFrom, PolarsResult, Series};
use sweep::{Cause, OrderRow, SweepResult};

use super::table::{json, write_table};
use crate::rates::ratio;
use crate::witness::witnesses;
use crate::{Error, check_sweep};

/// Outcomes per row group of `settings.parquet`: about a quarter of a million rows with
/// every setting.
const OUTCOMES_PER_GROUP: usize = 100;

/// Writes the four tables of a sweep into a run folder, `sweep.parquet` last.
///
/// # Errors
///
/// What [`check_sweep`] finds, [`Error::Inconsistent`] for an agent name with a comma or a
/// line break, [`Error::Io`], [`Error::Parquet`].
pub fn write_sweep(
    folder: &Path,
    sweep: &SweepResult,
    provenance: &Provenance,
) -> Result<(), Error> {
    check_sweep(sweep)?;
    let written = |name: &String| !name.contains([',', '\n', '\r']);
    let moved =
        sweep.orders.iter().flat_map(|row| &row.moves).map(|change| &change.agent);
    if !sweep.agents.iter().chain(moved).all(written) {
        let what = "an agent name holds a comma or a line break".into();
        return Err(Error::Inconsistent { what });
    }
    let causes: Vec<_> = sweep.causes.iter().map(|c| [&c.agent, &c.reason]).collect();
    let causes = ("sclbench.causes", json(folder, &causes)?);
    write_table(folder, "sweep_decided", provenance, &[causes], [decided_frame(sweep)])?;
    let agents = ("sclbench.agents", json(folder, &sweep.agents)?);
    write_table(folder, "orders", provenance, &[agents], [orders_frame(sweep)])?;
    let settings = ("sclbench.settings", sweep.settings.len().to_string());
    let groups = sweep.outcomes.len().div_ceil(OUTCOMES_PER_GROUP).max(1);
    let frames = (0..groups).map(|group| settings_frame(sweep, group));
    write_table(folder, "settings", provenance, &[settings], frames)?;
    let units = ("sclbench.units", json(folder, &sweep.units)?);
    write_table(folder, "sweep", provenance, &[units], [tallies_frame(sweep)])
}

/// A column from values.
pub(super) fn column<T, Phantom: ?Sized>(name: &str, values: T) -> Column
where
    Series: NamedFrom<T, Phantom>,
{
    Series::new(name.into(), values).into()
}

fn ids(count: usize) -> Vec<u32> {
    (0u32..).take(count).collect()
}

fn tallies_frame(sweep: &SweepResult) -> PolarsResult<DataFrame> {
    let tallies = &sweep.tallies;
    let mut columns = vec![column("tally", ids(tallies.len()))];
    for label in Label::ALL {
        for tier in Tier::ALL {
            let counts = tallies.iter().map(|t| t.tiers[label.index()][tier.index()]);
            columns.push(column(&format!("{label}_{tier}"), counts.collect::<Vec<_>>()));
        }
    }
    columns.push(column("policies", witnesses(sweep, &|_| true).policies));
    for (name, label) in [("fp", Label::Ham), ("fn", Label::Spam)] {
        for tier in Tier::ACTING {
            let rates = tallies.iter().map(|tally| {
                let (hit, all) = (tally.at_or_harsher(label, tier), tally.total(label));
                let errors = match label {
                    Label::Ham => hit,
                    Label::Spam => all - hit,
                };
                ratio(errors, all)
            });
            columns.push(column(&format!("{name}_{tier}"), rates.collect::<Vec<_>>()));
        }
    }
    DataFrame::new_infer_height(columns)
}

fn decided_frame(sweep: &SweepResult) -> PolarsResult<DataFrame> {
    let rows: Vec<_> = (0u32..)
        .zip(&sweep.tallies)
        .flat_map(|(tally, counts)| counts.decided.iter().map(move |row| (tally, row)))
        .collect();
    let cause = |at: &u16| -> &Cause { &sweep.causes[usize::from(*at)] };
    let texts = |text: &dyn Fn(&sweep::Decided) -> String| -> Vec<String> {
        rows.iter().map(|(_, row)| text(row)).collect()
    };
    let counts = |label: Label| -> Vec<u64> {
        rows.iter().map(|(_, row)| row.counts[label.index()]).collect()
    };
    DataFrame::new_infer_height(vec![
        column("tally", rows.iter().map(|(tally, _)| *tally).collect::<Vec<_>>()),
        column("agent", texts(&|row| cause(&row.cause).agent.clone())),
        column("reason", texts(&|row| cause(&row.cause).reason.clone())),
        column("tier", texts(&|row| row.tier.to_string())),
        column("ham", counts(Label::Ham)),
        column("spam", counts(Label::Spam)),
    ])
}

fn orders_frame(sweep: &SweepResult) -> PolarsResult<DataFrame> {
    let orders = &sweep.orders;
    let name = |agent: &u8| sweep.agents[usize::from(*agent)].as_str();
    let order = |row: &OrderRow| row.order.iter().map(name).collect::<Vec<_>>().join(",");
    let moves = |row: &OrderRow| {
        let line = |m: &sweep::Move| format!("{} {}", m.priority, m.agent);
        row.moves.iter().map(line).collect::<Vec<_>>().join("\n")
    };
    let represents = |(at, row): (u32, &OrderRow)| {
        sweep.outcomes[row.outcome as usize].representative == at
    };
    let cost = |cost: fn(&OrderRow) -> u64| orders.iter().map(cost).collect::<Vec<_>>();
    DataFrame::new_infer_height(vec![
        column("order_class", ids(orders.len())),
        column("order", orders.iter().map(order).collect::<Vec<_>>()),
        column("outcome", orders.iter().map(|row| row.outcome).collect::<Vec<_>>()),
        column(
            "representative",
            (0u32..).zip(orders).map(represents).collect::<Vec<_>>(),
        ),
        column("moves", orders.iter().map(moves).collect::<Vec<_>>()),
        column("content_scans", cost(|row| row.cost.content_scans)),
        column("dns_questions", cost(|row| row.cost.dns_questions)),
        column("bytes_scanned", cost(|row| row.cost.bytes_scanned)),
    ])
}

/// The rows of one group of outcomes.
fn settings_frame(sweep: &SweepResult, group: usize) -> PolarsResult<DataFrame> {
    let start = group * OUTCOMES_PER_GROUP;
    let end = sweep.outcomes.len().min(start + OUTCOMES_PER_GROUP);
    let outcomes = &sweep.outcomes[start..end];
    let settings = sweep.settings.len();
    let ids = ids(sweep.outcomes.len().max(settings));
    let per_outcome = ids[start..end].iter();
    let outcome = per_outcome.flat_map(|id| std::iter::repeat_n(*id, settings));
    let repeat = |value: &dyn Fn(&Thresholds) -> Option<Threshold>| {
        let once: Vec<Option<i32>> =
            sweep.settings.iter().map(|s| value(s).map(|t| i32::from(t.get()))).collect();
        once.repeat(outcomes.len())
    };
    let tallies = outcomes.iter().flat_map(|outcome| outcome.tallies.iter().copied());
    DataFrame::new_infer_height(vec![
        column("outcome", outcome.collect::<Vec<u32>>()),
        column("setting", ids[..settings].repeat(outcomes.len())),
        column("delete", repeat(&|s| s.delete)),
        column("reject", repeat(&|s| s.reject)),
        column("quarantine", repeat(&|s| s.quarantine)),
        column("junk", repeat(&|s| s.junk)),
        column("tally", tallies.collect::<Vec<u32>>()),
    ])
}
