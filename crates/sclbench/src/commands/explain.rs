//! `sclbench explain`: one message, event by event and agent by agent.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use clap::Args;
use corpus::{PackedCase, Parser};
use mail::{Case, CaseId, Edition, Ladder, Message, Parse as _, Stamp, Tier};
use pipeline::{CauseId, Fate, Signal, Step};
use serde::Serialize;
use sweep::{Alternative, Cause, Close, Docket, Keep, Setting, Story, Turn, Way, causes};

use super::Context;
use crate::cli::PolicyArgs;
use crate::configuration::Configuration;
use crate::evidence::plain;
use crate::imf;
use crate::input::{Input, SourceArgs};
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
        let configuration = Configuration::load(&self.policy)?;
        let lens = configuration.lens(Keep::Trace, context);
        let input = self.source.open()?;
        let name = input.name().to_owned();
        let cases = input.all()?;
        let wanted = find(&cases, &self.message, &name)?;
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
        let edition = configuration.spec.edition;
        let report = report(&observed.docket, &wanted, &story, (&way, edition));
        context.output.result(&report, &lines(&report))
    }
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

fn report(
    docket: &Docket,
    case: &Case,
    story: &Story,
    (way, edition): (&Way, Edition),
) -> Report {
    let causes = causes(docket.engine());
    let names = Names { docket, story };
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
            blocked_by_reputation: story.signal == Signal::Blocked,
        },
        steps: story.turns.iter().map(|turn| names.step(turn)).collect(),
        recipients: rows(&story.closes, &causes),
        nearest: docket
            .alternatives(story, way, edition)
            .iter()
            .map(|alternative| nearest(docket, alternative, edition, &causes))
            .collect(),
    }
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

fn nearest(
    docket: &Docket,
    alternative: &Alternative,
    edition: Edition,
    causes: &[Cause],
) -> NearestRow {
    let roster = docket.engine().roster();
    let setting = match alternative.setting {
        Setting::Threshold { tier, now, to } => {
            let show = |value: Option<mail::Threshold>| {
                value.map_or("off".to_owned(), |value| value.to_string())
            };
            let (to, now) = (show(to), show(now));
            match edition.ladder() {
                Ladder::Tiers => format!("{tier} threshold {to} instead of {now}"),
                Ladder::OneAction => imf::instead(tier, &to, &now),
            }
        }
        Setting::Swap { first, second } => {
            let name = |agent: u8| roster.names()[usize::from(agent)];
            format!("{} before {}", name(second), name(first))
        }
    };
    let recipients = rows(&alternative.closes, causes);
    NearestRow { setting, distance: alternative.distance, recipients }
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
    let mut at = ("", None);
    for step in &report.steps {
        let place = (step.event.as_str(), step.recipient.as_deref());
        if place != at {
            lines.push(String::new());
            let who = place.1.unwrap_or_default();
            lines.extend(wrapped(&format!("{} ", place.0), who));
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
