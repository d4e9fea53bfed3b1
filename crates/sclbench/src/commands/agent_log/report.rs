//! `sclbench agent-log report`.

use std::path::PathBuf;

use analysis::agent_log::{AgentLogReport, NameValue};
use anyhow::{Result, bail};
use clap::Args;
use corpus::agent_log::{Field, read_agent_log};

use crate::commands::Context;

/// Options of `agent-log report`.
///
/// The counts of `Get-AntispamFilteringReport`, `Get-AntispamSCLHistogram` and the
/// `Get-AntispamTop…` scripts. Names are counted in small letters.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../../help/agent-log-report.txt"))]
pub(crate) struct Report {
    /// Log files, or folders of them.
    #[arg(required = true, value_name = "LOG")]
    logs: Vec<PathBuf>,
    /// Names in each list of the most frequent.
    #[arg(long, default_value_t = 10, value_name = "N")]
    top: usize,
    /// First moment that counts (RFC 3339, or its beginning).
    #[arg(long, value_name = "TIME")]
    start_date: Option<String>,
    /// First moment that does not count any more.
    #[arg(long, value_name = "TIME")]
    end_date: Option<String>,
}

impl Report {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// A log cannot be read or holds no row.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        let mut log = read_agent_log(&self.logs)?;
        // Times of the log sort as text.
        log.rows.retain(|row| {
            let time = row.get(Field::Timestamp);
            self.start_date.as_deref().is_none_or(|start| time >= start)
                && self.end_date.as_deref().is_none_or(|end| time < end)
        });
        if log.rows.is_empty() {
            bail!("no row of the log counts; check the files and the dates");
        }
        let report = AgentLogReport::new(&log.rows, self.top);
        context.output.result(&report, &lines(&report))
    }
}

fn lines(report: &AgentLogReport) -> Vec<String> {
    let filtering = &report.filtering;
    let lists = [
        ("filtering report: connections", &filtering.connections),
        ("filtering report: commands", &filtering.commands),
        ("filtering report: messagesrejected", &filtering.messagesrejected),
        ("filtering report: messagesdeleted", &filtering.messagesdeleted),
        ("filtering report: messagesquarantined", &filtering.messagesquarantined),
        ("SCL histogram", &report.scl_histogram),
        ("top blocked senders (p1)", &report.top_blocked_senders_p1),
        ("top blocked senders (p2)", &report.top_blocked_senders_p2),
        ("top blocked sender domains (p1)", &report.top_blocked_sender_domains_p1),
        ("top blocked sender domains (p2)", &report.top_blocked_sender_domains_p2),
        ("top blocked sender IPs", &report.top_blocked_sender_ips),
        ("top RBL providers", &report.top_rbl_providers),
        ("top recipients", &report.top_recipients),
    ];
    let mut lines = vec![format!("{} rows", analysis::thousands(report.rows))];
    for (title, list) in lists {
        lines.push(String::new());
        lines.push(title.to_owned());
        if list.is_empty() {
            lines.push("  none".to_owned());
        }
        lines.extend(list.iter().map(row));
    }
    lines
}

/// `Name` and `Value`, as the scripts list them; a long name is cut.
fn row(NameValue { name, value }: &NameValue) -> String {
    let name: String = name.chars().take(60).collect();
    format!("  {name:<62}{value:>10}")
}
