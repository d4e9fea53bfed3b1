//! `sclbench pipeline`: which agents run at which event, from traffic.

use anyhow::Result;
use clap::Args;
use mail::SmtpEvent;
use pipeline::{Plan, pipeline_view};
use serde::Serialize;
use sweep::{Keep, Way};

use super::Context;
use crate::cli::PolicyArgs;
use crate::configuration::Configuration;
use crate::imf;
use crate::input::SourceArgs;

/// Options of `pipeline`.
///
/// The product builds this list from the traffic since its last start, so mail has to be
/// replayed: an agent is shown, at every event it is registered on, once it has had a turn
/// with some message. Agents that are switched off, or that every message was refused
/// before, do not show. Events without agents are shown as `{}`.
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
        let configuration = Configuration::load(&self.policy)?;
        imf::refuse(
            &configuration.spec,
            "it has no transport pipeline; `explain` shows the filters of one message",
        )?;
        let lens = configuration.lens(Keep::Counts, context);
        let observed = lens.observe(self.source.open()?)?;
        let way = Way {
            order: observed.order,
            enabled: observed.enabled,
            thresholds: observed.thresholds,
            comparison: observed.comparison,
        };
        let roster = observed.docket.engine().roster();
        let mut met = vec![false; usize::from(roster.len())];
        observed.docket.stories(&way, |_, story| {
            for turn in story.turns {
                met[usize::from(turn.agent)] = true;
            }
        });
        let plan = Plan::new(&roster, &way.order, &met);
        let view: Vec<(SmtpEvent, Vec<&str>)> = SmtpEvent::ALL
            .into_iter()
            .map(|event| {
                let agents = plan.agents(event).iter();
                (event, agents.map(|agent| roster.names()[usize::from(*agent)]).collect())
            })
            .collect();
        let report = Report {
            messages: observed.docket.cases().len(),
            events: view
                .iter()
                .map(|(event, agents)| EventRow {
                    event: event.to_string(),
                    transport_agents: agents.iter().map(ToString::to_string).collect(),
                })
                .collect(),
        };
        context.output.result(&report, &pipeline_view(&view))
    }
}
