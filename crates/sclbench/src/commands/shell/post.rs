//! Test messages: mail that is replayed under the session's policy.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ::shell::{Delivery, Host, Object, Value, View};
use agents::PolicySpec;
use anyhow::Result;
use corpus::agent_log::{AgentLogRow, Field, read_agent_log};
use corpus::{ReadOptions, SourceSpec};
use mail::{Label, MailboxSettings, World};
use sweep::{Keep, Unit, causes};

use crate::commands::Context;
use crate::input::Input;
use crate::observe::{Lens, Observed};
use crate::settings::Scores;

/// What mail is replayed with.
pub(super) struct Post<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) world: World,
    /// Whether the world was named, and is not merely an empty one.
    pub(super) recorded: bool,
    pub(super) scores: &'a Scores,
    pub(super) allow_overlap: bool,
}

/// Recipients that are listed one by one.
const MOST_LISTED: usize = 1_000;

impl Host for Post<'_> {
    fn send(
        &mut self,
        policy: &PolicySpec,
        source: &str,
    ) -> Result<Vec<Delivery>, String> {
        self.replay(policy, source).map_err(|error| {
            let words: Vec<String> = error.chain().map(ToString::to_string).collect();
            words.join(": ")
        })
    }

    fn world(&self) -> Option<&World> {
        self.recorded.then_some(&self.world)
    }

    fn mailboxes_mut(&mut self) -> Option<&mut BTreeMap<String, MailboxSettings>> {
        self.recorded.then_some(&mut self.world.mailboxes)
    }

    fn agent_log(&mut self, location: &str) -> Result<Vec<Object>, String> {
        let log = read_agent_log(&[PathBuf::from(location)]).map_err(|error| {
            let error = anyhow::Error::from(error);
            let words: Vec<String> = error.chain().map(ToString::to_string).collect();
            words.join(": ")
        })?;
        Ok(log.rows.iter().map(logged).collect())
    }
}

/// A row as `Get-AgentLog` shows it, which differs from the fields of the file.
fn logged(row: &AgentLogRow) -> Object {
    let text = |field| Value::Text(row.get(field).to_owned());
    let senders: Vec<&str> = row.senders().collect();
    Object::new("AgentLogEntry", View::List)
        .with("Timestamp", text(Field::Timestamp))
        .with("SessionId", text(Field::SessionId))
        .with("IPAddress", Value::Text(row.client_ip().to_owned()))
        .with("MessageId", text(Field::MessageId))
        .with("P1FromAddress", text(Field::P1FromAddress))
        .with("P2FromAddresses", Value::texts(&senders))
        .with("Recipients", Value::texts(&[row.get(Field::Recipient)]))
        .with("Agent", text(Field::Agent))
        .with("Event", text(Field::Event))
        .with("Action", text(Field::Action))
        .with("SmtpResponse", text(Field::SmtpResponse))
        .with("Reason", text(Field::Reason))
        .with("ReasonData", text(Field::ReasonData))
        .with("Diagnostics", text(Field::Diagnostics))
}

impl Post<'_> {
    fn replay(&self, policy: &PolicySpec, source: &str) -> Result<Vec<Delivery>> {
        let spec: SourceSpec = source.parse()?;
        let labelled =
            spec.label.is_some() || spec.path.is_dir() || corpus::is_pack(&spec.path);
        // Where it ends does not depend on the label, so a lone message needs none.
        let spec =
            if labelled { spec } else { SourceSpec { label: Some(Label::Ham), ..spec } };
        let input = Input::open(&[spec], &ReadOptions::default())?;
        let lens = Lens {
            policy,
            scores: self.scores,
            world: &self.world,
            keep: Keep::Trace,
            allow_overlap: self.allow_overlap,
            threads: &self.context.threads,
            output: self.context.output,
        };
        let Observed { docket, order, enabled, thresholds, comparison, .. } =
            lens.observe(input)?;
        let replay =
            docket.replay(&order, &enabled, &thresholds, comparison, Unit::Delivery);
        let causes = causes(docket.engine());
        let rows = replay.rows.iter().take(MOST_LISTED).map(|row| {
            let cause = &causes[usize::from(row.cause)];
            Delivery {
                message: row.case.to_string().chars().take(12).collect(),
                recipient: row.recipient.clone(),
                tier: row.tier.name().to_owned(),
                decided_by: format!("{}: {}", cause.agent, cause.reason),
            }
        });
        Ok(rows.collect())
    }
}
