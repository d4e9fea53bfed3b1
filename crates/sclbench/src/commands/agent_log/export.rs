//! `sclbench agent-log export`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use analysis::write_atomic;
use anyhow::Result;
use clap::Args;
use corpus::PackedCase;
use corpus::agent_log::{Field, LogForm, agent_log_text};
use mail::CaseId;
use serde::Serialize;
use sweep::{Keep, Way};

use super::chronicle::{Chronicle, log_time};
use crate::cli::PolicyArgs;
use crate::commands::Context;
use crate::configuration::Configuration;
use crate::imf;
use crate::input::SourceArgs;

/// Options of `agent-log export`.
///
/// One file per day of the corpus, named as the product names them. Session numbers come
/// from the message's digest, ports are 0, the local endpoint is empty: a corpus tells
/// neither. Rows are those of the agents that write to the product's log.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../../help/agent-log-export.txt"))]
pub(crate) struct Export {
    /// The mail.
    #[command(flatten)]
    source: SourceArgs,
    /// The policy.
    #[command(flatten)]
    policy: PolicyArgs,
    /// Fields of a row: `17` as 2007 and 2010 write, or `20` as since 2013.
    #[arg(long, value_parser = form, default_value = "20", value_name = "N")]
    form: LogForm,
    /// Folder for the log files.
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
}

fn form(text: &str) -> Result<LogForm, String> {
    match text {
        "17" => Ok(LogForm::Fields17),
        "20" => Ok(LogForm::Fields20),
        _ => Err("use `17` or `20`".to_owned()),
    }
}

/// The `--json` object.
#[derive(Debug, Serialize)]
struct Report {
    messages: u64,
    rows: u64,
    files: Vec<String>,
}

impl Export {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// An input cannot be read, a setting cannot be used, a file cannot be written.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        let configuration = Configuration::load(&self.policy)?;
        imf::refuse(
            &configuration.spec,
            "it writes no agent log; use `replay`, which counts and writes a trace",
        )?;
        let lens = configuration.lens(Keep::Trace, context);
        let observed = lens.observe(self.source.open()?)?;
        let again = self.source.open()?.all()?;
        let by_id: BTreeMap<CaseId, PackedCase> =
            again.into_iter().map(|case| (case.id, case)).collect();
        let way = Way {
            order: observed.order,
            enabled: observed.enabled,
            thresholds: observed.thresholds,
            comparison: observed.comparison,
        };
        let mut days: BTreeMap<String, Vec<_>> = BTreeMap::new();
        let docket = &observed.docket;
        docket.stories(&way, |seen, story| {
            // Whatever was observed was parsed once before.
            if let Some(Ok(case)) = by_id.get(&seen.id).map(|case| case.clone().parse()) {
                let time = log_time(case.time);
                let day: String = time.chars().take(10).filter(|c| *c != '-').collect();
                let rows = Chronicle::new(docket, &case, &story).rows();
                days.entry(day).or_default().extend(rows);
            }
        });
        let mut report =
            Report { messages: docket.cases().len() as u64, rows: 0, files: Vec::new() };
        for (day, rows) in days.iter().filter(|(_, rows)| !rows.is_empty()) {
            let name = format!("AGENTLOG{day}-1.LOG");
            let text = agent_log_text(self.form, rows[0].get(Field::Timestamp), rows);
            write_atomic(&self.out, &name, text.as_bytes())?;
            report.rows += rows.len() as u64;
            report.files.push(name);
        }
        let lines = [format!(
            "{} messages, {} rows in {} files of {}",
            report.messages,
            report.rows,
            report.files.len(),
            self.out.display()
        )];
        context.output.result(&report, &lines)
    }
}
