//! `sclbench explain`: one message, event by event and agent by agent.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use clap::Args;
use corpus::{PackedCase, Parser};
use mail::{Case, CaseId, Message, Parse as _, Stamp, Tier};
use pipeline::{CauseId, Fate, SERVER, STORE, Signal, Step};
use serde::Serialize;
use sweep::{
    Alternative, Cause, Close, Docket, Keep, Leg, Setting, Story, Turn, Way, causes,
};

use super::Context;
use crate::cli::PolicyArgs;
use crate::configuration::Configuration;
use crate::evidence::plain;
use crate::fleet::{Fleet, Travelled};
use crate::input::{Input, SourceArgs};
use crate::settings;
use crate::wrap::wrapped;

/// Options of `explain`.
///
/// The whole corpus is replayed up to the message, because a sender's reputation comes from
/// its earlier mail. For each turn it tells what the agent knew (its evidence), the stamps it
/// depends on, the stamps it changed and what it decided, with the SMTP reply that a refusing
/// agent gives. At the end: the nearest value of
/// each threshold, and each swap of two neighbours in the agent order, that would have put
/// this message into another tier.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The mail.
    #[command(flatten)]
    source: SourceArgs,
    /// The policy.
    #[command(flatten)]
    policy: PolicyArgs,
    /// The message: the beginning of its digest, or its Message-ID.
    #[arg(long, value_name = "ID")]
    message: String,
}

/// The reason of a server that let a message go on to the next one.
const PASSED_ON: &str = "PassedOn";

/// The `--json` object.
#[derive(Debug, Serialize)]
struct Report {
    message: CaseId,
    envelope: Envelope,
    steps: Vec<StepRow>,
    recipients: Vec<RecipientRow>,
    nearest: Vec<NearestRow>,
}

/// What identifies the message to a person.
#[derive(Debug, Serialize)]
struct Envelope {
    message_id: String,
    label: mail::Label,
    time: mail::Timestamp,
    client_ip: Option<std::net::IpAddr>,
    helo: Option<String>,
    mail_from: Option<String>,
    from: String,
    subject: String,
    blocked_by_reputation: bool,
}

#[derive(Debug, Serialize)]
struct StepRow {
    /// Of a topology: at which server.
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<String>,
    event: String,
    agent: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient: Option<String>,
    observed: String,
    read: BTreeMap<&'static str, String>,
    written: BTreeMap<&'static str, String>,
    decision: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply: Option<String>,
}

#[derive(Debug, Serialize)]
struct RecipientRow {
    recipient: String,
    tier: Tier,
    agent: String,
    reason: String,
    detail: String,
    /// What the client is told where it is refused, and the agent log notes where the
    /// message is quarantined.
    #[serde(skip_serializing_if = "String::is_empty")]
    response: String,
}

#[derive(Debug, Serialize)]
struct NearestRow {
    setting: String,
    distance: u8,
    recipients: Vec<RecipientRow>,
}

impl Explain {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// An input cannot be read, a setting cannot be used, or no message or more than one
    /// fits the id.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        let (path, edition) = (self.policy.policy.as_deref(), self.policy.edition);
        let several = settings::deployment(path, edition)?;
        let input = self.source.open()?;
        let name = input.name().to_owned();
        let cases = input.all()?;
        let wanted = find(&cases, &self.message, &name)?;
        if let Some((deployment, _)) = several {
            let fleet = Fleet {
                deployment: &deployment,
                scores: &self.policy.scores()?,
                world: &settings::world(self.policy.world.as_deref())?,
                allow_overlap: self.policy.allow_overlap,
                threads: &context.threads,
                output: context.output,
            };
            let again = || Ok(Input::of_cases(&name, cases.clone()));
            let report = through(&fleet.travel(again)?, &wanted)?;
            return context.output.result(&report, &lines(&report));
        }
        let configuration = Configuration::load(&self.policy)?;
        let lens = configuration.lens(Keep::Trace, context);
        let observed = lens.observe(Input::of_cases(&name, cases))?;
        let way = Way {
            order: observed.order,
            enabled: observed.enabled,
            thresholds: observed.thresholds,
            comparison: observed.comparison,
        };
        let mut story = None;
        observed.docket.stories(&way, |seen, told| {
            if story.is_none() && seen.id == wanted.id {
                story = Some(told);
            }
        });
        let Some(story) = story else {
            bail!("message {} could not be replayed; see `replay`", wanted.id);
        };
        let visit = Visit {
            server: None,
            docket: &observed.docket,
            story,
            way: &way,
            onward: None,
        };
        let report = report(&wanted, &[visit]);
        context.output.result(&report, &lines(&report))
    }
}

/// A message at one server.
struct Visit<'a> {
    /// The server's name, where there are several.
    server: Option<&'a str>,
    docket: &'a Docket,
    story: Story,
    way: &'a Way,
    /// Who it went on for, where another server or its stage comes behind.
    onward: Option<Vec<usize>>,
}

/// The way of one message through several servers.
fn through(travelled: &Travelled<'_>, wanted: &Case) -> Result<Report> {
    let network = &travelled.network;
    let stages = network.stages();
    let case = |leg: &Leg| &stages[0][leg.server].docket.cases()[leg.position];
    let Some(trail) = network.trails().iter().find(|t| case(&t.legs[0]).id == wanted.id)
    else {
        bail!("message {} could not be replayed; see `replay`", wanted.id);
    };
    let visit = |(stage, leg): (usize, &Leg)| {
        let station = &stages[stage][leg.server];
        let mut story = None;
        station.docket.stories(&station.settings.way, |_, told| {
            if told.position == leg.position {
                story = Some(told);
            }
        });
        Visit {
            server: Some(station.settings.name.as_str()),
            docket: &station.docket,
            story: story.expect("a leg stands for a case of the docket"),
            way: &station.settings.way,
            onward: (stage + 1 < stages.len()).then(|| leg.onward()),
        }
    };
    let visits: Vec<Visit<'_>> = trail.legs.iter().enumerate().map(visit).collect();
    Ok(report(wanted, &visits))
}

/// The one message of that id.
fn find(cases: &[PackedCase], id: &str, name: &str) -> Result<Case> {
    let bare = id.trim().trim_start_matches('<').trim_end_matches('>');
    let prefix = bare.to_ascii_lowercase();
    let hexadecimal = !bare.is_empty() && bare.bytes().all(|b| b.is_ascii_hexdigit());
    let by_digest =
        |case: &&PackedCase| hexadecimal && case.id.to_string().starts_with(&prefix);
    let mut found: Vec<&PackedCase> = cases.iter().filter(by_digest).collect();
    if found.is_empty() {
        let by_message_id = |case: &&PackedCase| {
            let message = Parser.parse(&case.raw);
            message.is_some_and(|message| message_id(&message) == bare)
        };
        found = cases.iter().filter(by_message_id).collect();
    }
    found.dedup_by_key(|case| case.id);
    match found.as_slice() {
        [one] => (*one).clone().parse().map_err(|skipped| {
            anyhow::anyhow!("message `{}`: {}; choose another", id, skipped.reason)
        }),
        [] => bail!(
            "no message of `{name}` has the id `{id}`; give the beginning of its digest or \
             its Message-ID"
        ),
        many => bail!(
            "{} messages of `{name}` have the id `{id}`; give more of one's digest, as `{}`",
            many.len(),
            many[0].id
        ),
    }
}

/// The Message-ID without its brackets; empty where there is none.
pub(crate) fn message_id(message: &Message) -> String {
    let value = message.header("Message-ID").next().unwrap_or_default();
    value.trim().trim_start_matches('<').trim_end_matches('>').to_owned()
}

fn report(case: &Case, visits: &[Visit<'_>]) -> Report {
    let session = &case.session;
    Report {
        message: case.id,
        envelope: Envelope {
            message_id: message_id(&case.message),
            label: case.label,
            time: case.time,
            client_ip: session.client_ip.get().copied(),
            helo: session.helo.get().cloned(),
            mail_from: session.mail_from.get().cloned(),
            from: case.message.from.first().map_or_else(String::new, |a| a.email.clone()),
            subject: case.message.subject.clone(),
            blocked_by_reputation: visits
                .iter()
                .any(|visit| visit.story.signal == Signal::Blocked),
        },
        steps: visits.iter().flat_map(Visit::steps).collect(),
        recipients: ends(visits),
        nearest: visits.iter().flat_map(Visit::nearest).collect(),
    }
}

impl Visit<'_> {
    fn steps(&self) -> Vec<StepRow> {
        let names = Names { docket: self.docket, story: &self.story };
        let server = self.server.map(str::to_owned);
        let turns = self.story.turns.iter();
        turns.map(|turn| StepRow { server: server.clone(), ..names.step(turn) }).collect()
    }

    /// Where the message ended here; what went on, where there is somewhere to go on to.
    fn rows(&self, closes: &[Close]) -> Vec<RecipientRow> {
        let mut rows = rows(closes, &causes(self.docket.engine()));
        for row in &mut rows {
            let undisturbed = row.agent == SERVER || row.agent == STORE;
            if self.onward.is_some() && undisturbed {
                row.tier = Tier::Inbox;
                row.reason = PASSED_ON.to_owned();
                row.detail.clear();
                row.response.clear();
                row.agent = SERVER.to_owned();
            }
            if let Some(server) = self.server
                && (self.onward.is_some() || !undisturbed)
            {
                row.agent = format!("{server}/{}", row.agent);
            }
        }
        rows
    }

    fn nearest(&self) -> Vec<NearestRow> {
        let found = self.docket.alternatives(&self.story, self.way);
        let told = |alternative: &Alternative| {
            let recipients = self.rows(&alternative.closes);
            // The store comes behind the last server: its threshold is not this one's.
            let here = recipients.iter().map(|row| row.tier);
            let now = self.rows(&self.story.closes);
            here.ne(now.iter().map(|row| row.tier)).then(|| {
                let setting = setting(self.docket, alternative);
                let server =
                    self.server.map_or(String::new(), |name| format!("{name}: "));
                let distance = alternative.distance;
                NearestRow { setting: server + &setting, distance, recipients }
            })
        };
        found.iter().filter_map(told).collect()
    }
}

/// Where the message ended for each recipient after all servers.
fn ends(visits: &[Visit<'_>]) -> Vec<RecipientRow> {
    let mut ends: Vec<RecipientRow> = Vec::new();
    let mut who: Vec<usize> = Vec::new();
    for visit in visits {
        let rows = visit.rows(&visit.story.closes);
        if ends.is_empty() {
            who = (0..rows.len()).collect();
            ends = rows;
        } else {
            for (at, row) in who.iter().zip(rows) {
                let recipient = std::mem::take(&mut ends[*at].recipient);
                ends[*at] = RecipientRow { recipient, ..row };
            }
        }
        if let Some(onward) = &visit.onward {
            who = onward.iter().map(|position| who[*position]).collect();
        }
    }
    ends
}

fn rows(closes: &[Close], causes: &[Cause]) -> Vec<RecipientRow> {
    let row = |close: &Close| {
        let cause = &causes[usize::from(close.cause)];
        RecipientRow {
            recipient: close.recipient.clone(),
            tier: close.tier,
            agent: cause.agent.clone(),
            reason: cause.reason.clone(),
            detail: close.detail.clone(),
            response: close.response.clone(),
        }
    };
    closes.iter().map(row).collect()
}

fn setting(docket: &Docket, alternative: &Alternative) -> String {
    let roster = docket.engine().roster();
    match alternative.setting {
        Setting::Threshold { tier, now, to } => {
            let show = |value: Option<mail::Threshold>| {
                value.map_or("off".to_owned(), |value| value.to_string())
            };
            format!("{tier} threshold {} instead of {}", show(to), show(now))
        }
        Setting::Swap { first, second } => {
            let name = |agent: u8| roster.names()[usize::from(agent)];
            format!("{} before {}", name(second), name(first))
        }
    }
}

/// Names for numbers.
struct Names<'a> {
    docket: &'a Docket,
    story: &'a Story,
}

impl Names<'_> {
    fn step(&self, turn: &Turn) -> StepRow {
        let engine = self.docket.engine();
        let read = engine.stamps_read(turn.agent).iter();
        let written = Stamp::ALL
            .into_iter()
            .filter(|stamp| stamp.value(&turn.before) != stamp.value(&turn.after));
        StepRow {
            server: None,
            event: turn.event.to_string(),
            agent: engine.roster().names()[usize::from(turn.agent)].to_owned(),
            recipient: turn.recipient.map(|who| self.recipient(who)),
            observed: plain(&self.docket.evidence(self.story.position, turn)),
            read: read.map(|stamp| (stamp.name(), stamp.value(&turn.before))).collect(),
            written: written
                .map(|stamp| (stamp.name(), stamp.value(&turn.after)))
                .collect(),
            decision: self.decision(turn),
            reply: self.reply(turn),
        }
    }

    fn recipient(&self, who: usize) -> String {
        match &self.story.closes[who].recipient {
            name if name.is_empty() => "the recipient".to_owned(),
            name => name.clone(),
        }
    }

    fn decision(&self, turn: &Turn) -> String {
        let one = turn.recipient.is_some();
        let object = if one { "this recipient" } else { "the message" };
        let mut parts = Vec::new();
        if turn.scanned {
            parts.push("scan the content".to_owned());
        }
        if turn.edited {
            parts.push(format!("change {object}"));
        }
        if turn.booked {
            parts.push("book the message in the sender's history".to_owned());
        }
        match turn.step {
            Step::Reject { reason, detail } => {
                parts
                    .push(format!("refuse {object}: {}", self.why(turn, reason, detail)));
            }
            Step::Drop { reason, detail } => {
                let why = self.why(turn, reason, detail);
                parts.push(format!("accept and drop {object}: {why}"));
            }
            Step::Continue => parts.extend(self.copies(turn)),
        }
        if parts.is_empty() { "let it pass".to_owned() } else { parts.join("; ") }
    }

    /// What the client hears of this turn, where the agent refuses anything.
    fn reply(&self, turn: &Turn) -> Option<String> {
        let cause = match turn.step {
            Step::Reject { reason, detail } => {
                Some(CauseId { agent: turn.agent, reason, detail })
            }
            Step::Drop { .. } => None,
            Step::Continue => turn.fates_before.iter().zip(&turn.fates_after).find_map(
                |(before, after)| match after {
                    Fate::Rejected(cause) if before != after => Some(*cause),
                    Fate::Rejected(_)
                    | Fate::Pending
                    | Fate::Quarantined(_)
                    | Fate::Deleted(_) => None,
                },
            ),
        };
        let case = &self.docket.cases()[self.story.position];
        let reply = self.docket.response(cause?, case);
        (!reply.is_empty()).then_some(reply)
    }

    /// What was settled copy by copy.
    fn copies(&self, turn: &Turn) -> Vec<String> {
        let pairs = turn.fates_before.iter().zip(&turn.fates_after).enumerate();
        pairs
            .filter(|(_, (before, after))| before != after)
            .filter_map(|(who, (_, after))| {
                let (verb, cause) = match after {
                    Fate::Pending => return None,
                    Fate::Quarantined(cause) => ("quarantine", cause),
                    Fate::Rejected(cause) => ("refuse", cause),
                    Fate::Deleted(cause) => ("drop", cause),
                };
                let CauseId { reason, detail, .. } = *cause;
                let why = self.why(turn, reason, detail);
                Some(format!("{verb} the copy for {}: {why}", self.recipient(who)))
            })
            .collect()
    }

    fn why(&self, turn: &Turn, reason: u8, detail: u16) -> String {
        let agent = usize::from(turn.agent);
        let engine = self.docket.engine();
        let reason = engine.reasons(agent)[usize::from(reason)];
        match engine.detail(agent, detail) {
            detail if detail.is_empty() => reason.to_owned(),
            detail => format!("{reason} ({detail})"),
        }
    }
}

fn lines(report: &Report) -> Vec<String> {
    let envelope = &report.envelope;
    let known =
        |value: &Option<String>| value.clone().unwrap_or_else(|| "unknown".into());
    let ip = envelope.client_ip.map_or("unknown".to_owned(), |ip| ip.to_string());
    let mut lines = wrapped("message    ", &report.message.to_string());
    for (head, text) in [
        ("Message-ID ", envelope.message_id.clone()),
        ("label      ", format!("{}, {}", envelope.label, envelope.time)),
        ("client     ", format!("{ip}, HELO {}", known(&envelope.helo))),
        ("MAIL FROM  ", known(&envelope.mail_from)),
        ("From       ", envelope.from.clone()),
        ("Subject    ", envelope.subject.clone()),
    ] {
        lines.extend(wrapped(head, &text));
    }
    if envelope.blocked_by_reputation {
        lines.push("The client is blocked by a machine-generated entry.".to_owned());
    }
    let mut at = (None, "", None);
    for step in &report.steps {
        let server = step.server.as_deref();
        let place = (server, step.event.as_str(), step.recipient.as_deref());
        if let Some(server) = server.filter(|_| server != at.0) {
            lines.push(String::new());
            lines.push(format!("Server {server}"));
        }
        if place != at {
            lines.push(String::new());
            let who = place.2.unwrap_or_default();
            lines.extend(wrapped(&format!("{} ", place.1), who));
            at = place;
        }
        lines.push(format!("  {}", step.agent));
        lines.extend(wrapped("    observed  ", &step.observed));
        for (head, stamps) in
            [("    read      ", &step.read), ("    written   ", &step.written)]
        {
            if !stamps.is_empty() {
                let stamps = stamps.iter().map(|(name, value)| format!("{name} {value}"));
                lines.extend(wrapped(head, &stamps.collect::<Vec<_>>().join(", ")));
            }
        }
        lines.extend(wrapped("    decision  ", &step.decision));
        if let Some(reply) = &step.reply {
            lines.extend(wrapped("    reply     ", reply));
        }
    }
    lines.push(String::new());
    lines.push("Where it ended".to_owned());
    lines.extend(report.recipients.iter().flat_map(|row| ended("  ", row)));
    lines.push(String::new());
    if report.nearest.is_empty() {
        lines.extend(wrapped(
            "",
            "No other threshold, and no swap of two neighbours in the agent order, would have \
             changed the tier.",
        ));
    } else {
        lines.push("Nearest settings that would have changed it".to_owned());
    }
    for row in &report.nearest {
        lines.extend(wrapped("  ", &row.setting));
        lines.extend(row.recipients.iter().flat_map(|row| ended("    ", row)));
    }
    lines
}

fn ended(indent: &str, row: &RecipientRow) -> Vec<String> {
    let who = if row.recipient.is_empty() { "the recipient" } else { &row.recipient };
    let detail =
        if row.detail.is_empty() { String::new() } else { format!(" ({})", row.detail) };
    if row.reason == PASSED_ON {
        let server = row.agent.split('/').next().unwrap_or_default();
        return wrapped(indent, &format!("{who}: passed on by {server}"));
    }
    let text = format!("{who}: {} by {}, {}{detail}", row.tier, row.agent, row.reason);
    let mut lines = wrapped(indent, &text);
    if !row.response.is_empty() {
        let head = match row.tier {
            Tier::Quarantine => "in the agent log",
            Tier::Inbox | Tier::Junk | Tier::Reject | Tier::Delete => "the client hears",
        };
        lines.extend(wrapped(&format!("{indent}  {head} "), &row.response));
    }
    lines
}
