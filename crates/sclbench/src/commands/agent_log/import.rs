//! `sclbench agent-log import`.

use std::path::PathBuf;

use agents::PolicySpec;
use analysis::agent_log::{LogLabels, Transactions};
use analysis::{thousands, write_atomic};
use anyhow::{Context as _, Result, bail};
use clap::Args;
use corpus::agent_log::read_agent_log;

use crate::commands::Context;
use crate::scaffold;

/// Options of `agent-log import`.
///
/// Writes `transactions.csv`, one row per message that the content filter logged with its
/// level, and `settings.csv`: for each of the 2,420 threshold settings with an outcome of
/// its own, how many labelled messages of each kind end at each tier. Rows of other agents,
/// and agents, actions and fields nobody has heard of, are counted and left out.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../../help/agent-log-import.txt"))]
pub(crate) struct Import {
    /// Log files, or folders of them.
    #[arg(required = true, value_name = "LOG")]
    logs: Vec<PathBuf>,
    /// Labels: a CSV file of `key,label`, the key a Message-ID or a recipient, the label
    /// `ham` or `spam`.
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Folder for the tables.
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
}

impl Import {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// A log or the labels cannot be read, there is no scored message, the labels fit none, or
    /// a table cannot be written.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        scaffold::run_folder(&self.out, &[])?;
        let log = read_agent_log(&self.logs)?;
        let labels = match &self.labels {
            None => LogLabels::default(),
            Some(path) => {
                let shown = path.display();
                let text = std::fs::read_to_string(path)
                    .with_context(|| format!("cannot read `{shown}`; check the path"))?;
                LogLabels::parse(&text)
                    .map_err(|error| anyhow::anyhow!("`{shown}`, {error}"))?
            }
        };
        let transactions = Transactions::new(&log.rows, &labels);
        if transactions.messages.is_empty() {
            bail!(
                "the log holds no row of the Content Filter Agent with a level; name logs of \
                 a server that runs it"
            );
        }
        let labelled = transactions.messages.iter().any(|one| one.label.is_some());
        if let Some(path) = self.labels.as_ref().filter(|_| !labelled) {
            bail!(
                "`{}` labels none of the {} scored messages; its keys must be Message-IDs or \
                 recipients of this log",
                path.display(),
                thousands(transactions.messages.len() as u64)
            );
        }
        let skipped = log.skipped.values().sum();
        let default = PolicySpec::default().thresholds();
        let summary = transactions.summary(log.read, skipped, default);
        write_atomic(&self.out, "transactions.csv", transactions.csv().as_bytes())?;
        let settings = Transactions::settings_csv(&transactions.sweep());
        write_atomic(&self.out, "settings.csv", settings.as_bytes())?;
        let mut lines = vec![
            format!(
                "read {} lines = {} rows + {} skipped, {} files",
                thousands(summary.read),
                thousands(log.rows.len() as u64),
                thousands(summary.skipped),
                log.files.len()
            ),
            format!(
                "{} scored messages ({} bypassed): {} ham, {} spam, {} without a label",
                thousands(summary.messages),
                thousands(summary.bypassed),
                thousands(summary.ham),
                thousands(summary.spam),
                thousands(summary.unlabelled)
            ),
            "at the default thresholds".to_owned(),
        ];
        lines.extend(summary.default_tiers.iter().rev().map(|row| {
            format!("  {:<11}{:>8} ham {:>8} spam", row.tier.name(), row.ham, row.spam)
        }));
        lines.push(format!("tables in {}", self.out.display()));
        context.output.result(&summary, &lines)
    }
}
