//! Mail through several servers: what `replay` and `explain` of a topology start with.

use std::collections::BTreeSet;

use agents::{Deployment, Server, drift};
use analysis::{CaseTable, DriftRow, Reading, ServerRow};
use anyhow::{Context as _, Result};
use corpus::{PackedCase, Parser};
use mail::{JunkComparison, Thresholds, Timestamp, World};
use pipeline::Engine;
use sweep::{Call, Delivery, Keep, Network, StationSettings, Threads, Unit, Way};

use crate::input::Input;
use crate::intake::Intake;
use crate::output::Output;
use crate::settings::{self, Scores};

/// Servers to take mail through, and what with.
pub(crate) struct Fleet<'a> {
    /// The servers.
    pub(crate) deployment: &'a Deployment,
    /// Scores for the content filters.
    pub(crate) scores: &'a Scores,
    /// Answers to outside questions.
    pub(crate) world: &'a World,
    /// Replay mail that the model was trained on.
    pub(crate) allow_overlap: bool,
    /// Worker threads.
    pub(crate) threads: &'a Threads,
    /// Where progress goes.
    pub(crate) output: &'a Output,
}

/// Mail that has been through all servers.
pub(crate) struct Travelled<'w> {
    /// The servers with their mail.
    pub(crate) network: Network<'w>,
    /// What was read and skipped.
    pub(crate) reading: Reading,
    /// What is known of the cases besides.
    pub(crate) cases: CaseTable,
    /// Name of the corpus.
    pub(crate) corpus: String,
    /// Cases that the model was trained on; not 0 only where that was allowed.
    pub(crate) overlap: usize,
}

impl Travelled<'_> {
    /// Time of the first and the last case.
    pub(crate) fn span(&self) -> Option<(Timestamp, Timestamp)> {
        let first = self.network.stages().first()?.iter();
        let times =
            first.flat_map(|station| station.docket.cases()).map(|case| case.time);
        times.clone().min().zip(times.max())
    }
}

impl<'a> Fleet<'a> {
    /// Takes all mail through all servers; `open` gives it anew for each stage.
    ///
    /// # Errors
    ///
    /// The mail cannot be read or has no case, a setting cannot be used, or the mail
    /// overlaps with the model's training mail.
    pub(crate) fn travel(
        &self,
        open: impl Fn() -> Result<Input>,
    ) -> Result<Travelled<'a>> {
        for warning in self.deployment.warnings() {
            self.output.warn(&warning);
        }
        let mut network = Network::new(self.world, &Parser, Keep::Trace);
        let mut first = None;
        for (stage, servers) in self.deployment.stages.iter().enumerate() {
            let input = open()?;
            let posts = servers.iter().map(|server| self.post(server));
            let posts = posts.collect::<Result<Vec<_>>>()?;
            let mut intake = match stage {
                0 => Intake::new(&input, self.scores, Keep::Trace, self.output),
                _ => Intake::again(&input, self.scores, self.output),
            };
            let Intake { sieve, meter, .. } = &mut intake;
            network.add_stage(
                self.threads,
                (posts, self.deployment.sharing(stage)),
                input.batches().map(|batch| sieve.batch(batch)),
                |case: &PackedCase| Call {
                    id: case.id,
                    time: case.time,
                    client: case.session.client_ip.get().copied(),
                },
                PackedCase::parse,
                |length, reasons| meter.done(length, reasons),
            )?;
            first.get_or_insert(intake.through());
        }
        let cases = network.stages().iter().take(1).flatten();
        let cases = cases.flat_map(|station| station.docket.cases());
        let messages = cases.map(|case| (case.id, case.time)).collect();
        let taken = first.context("the topology has no stage")?.finish(
            messages,
            self.allow_overlap,
            self.output,
        )?;
        let (thresholds, junk_comparison) = self.common();
        let cases = CaseTable {
            facts: taken.facts.finish(),
            sources: taken.sources,
            thresholds,
            junk_comparison,
        };
        Ok(Travelled {
            network,
            reading: taken.reading,
            cases,
            corpus: taken.name,
            overlap: taken.overlap,
        })
    }

    fn post(&self, server: &Server) -> Result<(StationSettings, Engine)> {
        let policy = settings::resolve(&server.policy, self.scores.source())?;
        let settings = StationSettings {
            name: server.name.clone(),
            address: server.address,
            right: server.right,
            authenticated: server.authenticated,
            way: Way {
                order: policy.order,
                enabled: policy.enabled,
                thresholds: policy.thresholds,
                comparison: policy.junk_comparison,
            },
        };
        Ok((settings, policy.engine))
    }

    /// Thresholds in which all servers agree; one that they do not agree in counts as none.
    pub(crate) fn common(&self) -> (Thresholds, JunkComparison) {
        let mut all = self.deployment.servers().map(|server| {
            (server.policy.thresholds(), server.policy.organization.junk_comparison)
        });
        let Some((first, comparison)) = all.next() else { return Default::default() };
        let thresholds = all.fold(first, |common, (other, _)| Thresholds {
            delete: common.delete.filter(|it| other.delete == Some(*it)),
            reject: common.reject.filter(|it| other.reject == Some(*it)),
            quarantine: common.quarantine.filter(|it| other.quarantine == Some(*it)),
            junk: common.junk.filter(|it| other.junk == Some(*it)),
        });
        (thresholds, comparison)
    }

    /// The settings in which servers of one stage differ.
    pub(crate) fn drift(&self) -> Vec<DriftRow> {
        let stages = self.deployment.stages.iter().enumerate();
        stages
            .flat_map(|(stage, servers)| {
                drift(servers).into_iter().map(move |found| DriftRow {
                    stage: stage + 1,
                    setting: found.setting,
                    values: found.values.into_iter().collect(),
                })
            })
            .collect()
    }
}

/// What each server did.
///
/// # Errors
///
/// Numbers that do not add up.
pub(crate) fn server_rows(delivery: &Delivery, unit: Unit) -> Result<Vec<ServerRow>> {
    let unit = match unit {
        Unit::Case => analysis::Unit::Case,
        Unit::Delivery => analysis::Unit::Delivery,
    };
    let rows = delivery.servers.iter().map(|server| Ok(ServerRow::new(server, unit)?));
    rows.collect()
}

/// Servers and drift for people.
pub(crate) fn lines(servers: &[ServerRow], drift: &[DriftRow]) -> Vec<String> {
    let mut lines = vec![format!(
        "{:<20}{:>6}{:>9}  {:>15}{:>15}{:>15}{:>15}",
        "server", "stage", "messages", "passed on", "quarantine", "reject", "delete"
    )];
    for row in servers {
        let pair = |ham: u64, spam: u64| format!("{ham} + {spam}");
        let tier = |tier: mail::Tier| {
            let found = row.summary.tiers.iter().find(|one| one.tier == tier);
            found.map_or_else(String::new, |one| pair(one.ham, one.spam))
        };
        lines.push(format!(
            "{:<20}{:>6}{:>9}  {:>15}{:>15}{:>15}{:>15}",
            row.server,
            row.stage,
            row.summary.cases,
            pair(row.passed_on.ham, row.passed_on.spam),
            tier(mail::Tier::Quarantine),
            tier(mail::Tier::Reject),
            tier(mail::Tier::Delete)
        ));
    }
    lines.push(
        "(ham + spam; a message may be passed on for one recipient and end for another)"
            .to_owned(),
    );
    let stages: BTreeSet<usize> = servers.iter().map(|row| row.stage).collect();
    for stage in stages {
        let mut of_stage = drift.iter().filter(|row| row.stage == stage).peekable();
        let parallel = servers.iter().filter(|row| row.stage == stage).count() > 1;
        if of_stage.peek().is_some() {
            lines.push(format!("settings in which servers of stage {stage} differ"));
        } else if parallel {
            lines.push(format!("servers of stage {stage} have the same settings"));
        }
        for row in of_stage {
            lines.push(format!("  {}", row.setting));
            for (server, value) in &row.values {
                let value = value.as_deref().unwrap_or("(none)");
                lines.extend(crate::wrap::wrapped(&format!("    {server}  "), value));
            }
        }
    }
    lines
}
