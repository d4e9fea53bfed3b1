//! `sclbench corpus inspect`: what is in labelled mail.

use anyhow::Result;
use clap::Args;
use corpus::{Inspection, inspect};

use crate::commands::Context;
use crate::input::SourceArgs;

/// Options of `corpus inspect`.
#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// The mail.
    #[command(flatten)]
    source: SourceArgs,
}

impl Inspect {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// A source cannot be read.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        let found = inspect(&self.source.sources, &self.source.options()?)?;
        context.output.result(&found, &lines(&found))
    }
}

fn lines(found: &Inspection) -> Vec<String> {
    let share = |part: u64| analysis::percent(part as f64 / found.messages.max(1) as f64);
    let span = found.first.as_deref().zip(found.last.as_deref());
    let mut lines = vec![
        format!(
            "messages          {} ({} ham, {} spam)",
            found.messages, found.ham, found.spam
        ),
        format!("skipped           {}", found.skipped),
    ];
    lines.extend(
        found.skipped_reasons.iter().map(|(why, count)| format!("  {count:>15} {why}")),
    );
    lines.extend([
        format!(
            "time              {}",
            span.map_or("unknown".into(), |(a, b)| format!("{a} to {b}"))
        ),
        format!(
            "client address    {} ({})",
            found.with_client_ip,
            share(found.with_client_ip)
        ),
        format!(
            "envelope sender   {} ({})",
            found.with_envelope_sender,
            share(found.with_envelope_sender)
        ),
        format!("exact duplicates  {}", found.exact_duplicates),
        format!("near duplicates   {}", found.near_duplicates),
        format!("campaigns         {}", found.campaigns),
        format!("malformed         {}", found.defects.any),
    ]);
    if found.corrected > 0 {
        lines.push(format!("labels corrected  {}", found.corrected));
    }
    if found.planted > 0 {
        lines.push(format!("WRONG ON PURPOSE  {} labels", found.planted));
    }
    for (field, origins) in &found.origins {
        let list: Vec<String> =
            origins.iter().map(|(origin, count)| format!("{origin} {count}")).collect();
        lines.push(format!("  {field:<15} {}", list.join(", ")));
    }
    for (category, counts) in &found.categories {
        let name = if category.is_empty() { "(none)" } else { category };
        lines.push(format!("  {name:<15} {} ham, {} spam", counts.ham, counts.spam));
    }
    lines
}
