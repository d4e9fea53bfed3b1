//! `sclbench pipeline`: which agents run at which event, from traffic.

use agents::Deployment;
use anyhow::Result;
use clap::Args;
use mail::SmtpEvent;
use pipeline::{Plan, pipeline_view};
use serde::Serialize;
use sweep::{Docket, Keep, Way};

use super::Context;
use crate::cli::PolicyArgs;
use crate::configuration::Configuration;
use crate::fleet::Fleet;
use crate::input::SourceArgs;
use crate::settings;

/// Options of `pipeline`.
///
/// The product builds this list from the traffic since its last start, so mail has to be
/// replayed: an agent is shown, at every event it is registered on, once it has had a turn
/// with some message. Agents that are switched off, or that every message was refused
/// before, do not show. Events without agents are shown as `{}`. Of a topology each server's
/// list is shown. A hub's own agents do not show: no public document says at which events
/// they are.
#[derive(Debug, Args)]
pub(crate) struct Pipeline {
    /// The traffic since the start of the service.
    #[command(flatten)]
    source: SourceArgs,
    /// The policy.
    #[command(flatten)]
    policy: PolicyArgs,
}

/// The `--json` object.
#[derive(Debug, Serialize)]
struct Report {
    messages: usize,
    events: Vec<EventRow>,
}

/// The same of a topology.
#[derive(Debug, Serialize)]
struct ServerReports {
    servers: Vec<ServerReport>,
}

#[derive(Debug, Serialize)]
struct ServerReport {
    server: String,
    #[serde(flatten)]
    report: Report,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct EventRow {
    event: String,
    transport_agents: Vec<String>,
}

impl Pipeline {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// An input cannot be read or a setting cannot be used.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        let (path, edition) = (self.policy.policy.as_deref(), self.policy.edition);
        if let Some((deployment, _)) = settings::deployment(path, edition)? {
            return self.several(&deployment, context);
        }
        let configuration = Configuration::load(&self.policy)?;
        let lens = configuration.lens(Keep::Counts, context);
        let observed = lens.observe(self.source.open()?)?;
        let way = Way {
            order: observed.order,
            enabled: observed.enabled,
            thresholds: observed.thresholds,
            comparison: observed.comparison,
        };
        let view = View::of(&observed.docket, &way);
        context.output.result(&view.report(), &view.lines())
    }

    /// The list of each server of a topology.
    fn several(&self, deployment: &Deployment, context: &Context<'_>) -> Result<()> {
        let fleet = Fleet {
            deployment,
            scores: &self.policy.scores()?,
            world: &settings::world(self.policy.world.as_deref())?,
            allow_overlap: self.policy.allow_overlap,
            threads: &context.threads,
            output: context.output,
        };
        let travelled = fleet.travel(|| self.source.open())?;
        let (mut lines, mut servers) = (Vec::new(), Vec::new());
        for station in travelled.network.stages().iter().flatten() {
            let view = View::of(&station.docket, &station.settings.way);
            let server = station.settings.name.clone();
            lines.extend([format!("Server {server}"), String::new()]);
            lines.extend(view.lines());
            servers.push(ServerReport { server, report: view.report() });
        }
        context.output.result(&ServerReports { servers }, &lines)
    }
}

/// The agents that have met messages, by event.
struct View {
    messages: usize,
    events: Vec<(SmtpEvent, Vec<&'static str>)>,
}

impl View {
    fn of(docket: &Docket, way: &Way) -> Self {
        let roster = docket.engine().roster();
        let mut met = vec![false; usize::from(roster.len())];
        docket.stories(way, |_, story| {
            for turn in story.turns {
                met[usize::from(turn.agent)] = true;
            }
        });
        let plan = Plan::new(&roster, &way.order, &met);
        let name = |agent: &u8| roster.names()[usize::from(*agent)];
        let events = SmtpEvent::ALL
            .into_iter()
            .map(|event| (event, plan.agents(event).iter().map(name).collect()));
        Self { messages: docket.cases().len(), events: events.collect() }
    }

    fn lines(&self) -> Vec<String> {
        pipeline_view(&self.events)
    }

    fn report(&self) -> Report {
        let row = |(event, agents): &(SmtpEvent, Vec<&str>)| EventRow {
            event: event.to_string(),
            transport_agents: agents.iter().map(ToString::to_string).collect(),
        };
        Report { messages: self.messages, events: self.events.iter().map(row).collect() }
    }
}
