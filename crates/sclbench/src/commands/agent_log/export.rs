//! `sclbench agent-log export`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use agents::Deployment;
use analysis::write_atomic;
use anyhow::Result;
use clap::Args;
use corpus::PackedCase;
use corpus::agent_log::{AgentLogRow, Field, LogForm, agent_log_text};
use mail::{Case, CaseId};
use serde::Serialize;
use sweep::{Keep, Trail, Way};

use super::chronicle::{Chronicle, log_time};
use crate::cli::PolicyArgs;
use crate::commands::Context;
use crate::configuration::Configuration;
use crate::fleet::Fleet;
use crate::imf;
use crate::input::SourceArgs;
use crate::{scaffold, settings};

/// Options of `agent-log export`.
///
/// One file per day of the corpus, named as the product names them. Session numbers come
/// from the message's digest, ports are 0, the local endpoint is empty: a corpus tells
/// neither. Rows are those of the agents that write to the product's log. Of a topology each
/// server has its log in a folder of its name.
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
#[derive(Debug, Default, Serialize)]
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
        let (path, edition) = (self.policy.policy.as_deref(), self.policy.edition);
        let report = match settings::deployment(path, edition)? {
            Some((deployment, _)) => self.several(&deployment, context)?,
            None => self.one(context)?,
        };
        let lines = [format!(
            "{} messages, {} rows in {} files of {}",
            report.messages,
            report.rows,
            report.files.len(),
            self.out.display()
        )];
        context.output.result(&report, &lines)
    }

    fn one(&self, context: &Context<'_>) -> Result<Report> {
        let configuration = Configuration::load(&self.policy)?;
        imf::refuse(
            &configuration.spec,
            "it writes no agent log; use `replay`, which counts and writes a trace",
        )?;
        let lens = configuration.lens(Keep::Trace, context);
        let observed = lens.observe(self.source.open()?)?;
        let mail = self.mail()?;
        let way = Way {
            order: observed.order,
            enabled: observed.enabled,
            thresholds: observed.thresholds,
            comparison: observed.comparison,
        };
        let mut days = Days::default();
        let docket = &observed.docket;
        docket.stories(&way, |seen, story| {
            if let Some(case) = parsed(&mail, seen.id) {
                let entered = case.session.client_ip.get().copied();
                let (case, story) = (&case, &story);
                days.add(Chronicle {
                    docket,
                    case,
                    story,
                    hops: 0,
                    local: None,
                    entered,
                });
            }
        });
        let mut report =
            Report { messages: docket.cases().len() as u64, ..<_>::default() };
        days.write(&self.out, self.form, &mut report)?;
        Ok(report)
    }

    /// Of a topology each server has its own log, in a folder of its name.
    fn several(&self, deployment: &Deployment, context: &Context<'_>) -> Result<Report> {
        let world = settings::world(self.policy.world.as_deref())?;
        let fleet = Fleet {
            deployment,
            scores: &self.policy.scores()?,
            world: &world,
            allow_overlap: self.policy.allow_overlap,
            threads: &context.threads,
            output: context.output,
        };
        let network = fleet.travel(|| self.source.open())?.network;
        let mail = self.mail()?;
        let mut report =
            Report { messages: network.trails().len() as u64, ..<_>::default() };
        let mut places: BTreeMap<(usize, usize, usize), &Trail> = BTreeMap::new();
        for trail in network.trails() {
            let legs = trail.legs.iter().enumerate();
            places.extend(
                legs.map(|(stage, leg)| ((stage, leg.server, leg.position), trail)),
            );
        }
        let stages = network.stages().iter().enumerate();
        let servers = stages.flat_map(|(stage, servers)| {
            servers.iter().enumerate().map(move |(server, it)| (stage, server, it))
        });
        for (stage, server, station) in servers {
            let mut days = Days::default();
            let (docket, settings) = (&station.docket, &station.settings);
            docket.stories(&settings.way, |seen, story| {
                let place = places.get(&(stage, server, story.position));
                if let Some((case, trail)) = parsed(&mail, seen.id).zip(place) {
                    let entered = case.session.client_ip.get().copied();
                    let case = network.arrival(case, trail, stage);
                    days.add(Chronicle {
                        docket,
                        case: &case,
                        story: &story,
                        hops: stage as u64,
                        local: settings.address,
                        entered,
                    });
                }
            });
            let folder = Path::new(&settings.name);
            scaffold::folder(&self.out.join(folder))?;
            let before = report.files.len();
            days.write(&self.out.join(folder), self.form, &mut report)?;
            for name in &mut report.files[before..] {
                *name = format!("{}/{name}", settings.name);
            }
        }
        Ok(report)
    }

    /// The mail once more, by digest.
    fn mail(&self) -> Result<BTreeMap<CaseId, PackedCase>> {
        let again = self.source.open()?.all()?;
        Ok(again.into_iter().map(|case| (case.id, case)).collect())
    }
}

/// A message of the mail; whatever was observed was parsed once before.
fn parsed(mail: &BTreeMap<CaseId, PackedCase>, id: CaseId) -> Option<Case> {
    mail.get(&id)?.clone().parse().ok()
}

/// Rows of one server by day.
#[derive(Default)]
struct Days(BTreeMap<String, Vec<AgentLogRow>>);

impl Days {
    fn add(&mut self, chronicle: Chronicle<'_>) {
        let time = log_time(chronicle.case.time);
        let day: String = time.chars().take(10).filter(|c| *c != '-').collect();
        self.0.entry(day).or_default().extend(chronicle.rows());
    }

    /// Writes one file per day that has rows.
    fn write(&self, folder: &Path, form: LogForm, report: &mut Report) -> Result<()> {
        for (day, rows) in self.0.iter().filter(|(_, rows)| !rows.is_empty()) {
            let name = format!("AGENTLOG{day}-1.LOG");
            let text = agent_log_text(form, rows[0].get(Field::Timestamp), rows);
            write_atomic(folder, &name, text.as_bytes())?;
            report.rows += rows.len() as u64;
            report.files.push(name);
        }
        Ok(())
    }
}
