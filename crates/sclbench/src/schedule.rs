//! The `schedule` of an experiment, and the replay that honours it.

use std::path::{Path, PathBuf};

use ::shell::{Line, NoHost, Role, Session};
use agents::{Arrival, Change, Event, PolicySpec, Retry, Schedule};
use analysis::{Counts, ImfCounters, Reading, RunFile, RunKind, Scan, Summary};
use anyhow::{Context as _, Result, anyhow, bail};
use filter::updates::Cadence;
use mail::{Edition, Provenance, Thresholds, Timestamp, World};
use serde::{Deserialize, Serialize};
use sweep::{Cause, Guests, History, Keep, Replay, causes};

use crate::charts::{Sizes, Subject};
use crate::cli::PolicyArgs;
use crate::commands::Context;
use crate::commands::replay::{Replayed, UnitArg, lines, write_replay};
use crate::experiment::ExperimentSpec;
use crate::imf;
use crate::in_time;
use crate::input::Input;
use crate::intake::TOO_EARLY;
use crate::observe::Lens;
use crate::scaffold;
use crate::settings::{self, FirstAttempts, Scores};
use crate::web::FeedArg;

/// Why a message is skipped whose sender gave up.
const GIVEN_UP: &str = "given up by its sender while the server was down";

/// Dated events as written; paths are relative to the file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ScheduleSpec {
    /// Minutes after which a sender tries again that found the server down; default 30.
    #[serde(default = "half_an_hour")]
    retry_minutes: u32,
    /// Hours after which it gives up; default 96.
    #[serde(default = "four_days")]
    give_up_hours: u32,
    /// Feed of definitions: a folder or an `http://` address; default none.
    #[serde(default)]
    updates: Option<String>,
    /// When definitions are installed: `released` (default), a cadence, or days.
    #[serde(default)]
    cadence: Option<CadenceSpec>,
    /// The events, in any order; those of one time happen as they stand.
    #[serde(default)]
    events: Vec<EventSpec>,
}

/// A cadence as written.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged, expecting = "expected a cadence, or a list of dates")]
enum CadenceSpec {
    /// A name, or dates with commas between them.
    Text(String),
    /// Dates.
    Days(Vec<String>),
}

/// One event as written: other settings, lines of the management shell, or a restart.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct EventSpec {
    /// RFC 3339.
    at: String,
    /// Policy file with the settings from then on.
    #[serde(default)]
    policy: Option<PathBuf>,
    /// Lines of the management shell that act on the settings of that time.
    #[serde(default)]
    shell: Option<String>,
    /// A restart that takes no mail for so many minutes.
    #[serde(default)]
    restart_minutes: Option<u32>,
}

fn half_an_hour() -> u32 {
    30
}

fn four_days() -> u32 {
    96
}

impl ScheduleSpec {
    /// The same with its paths below a folder.
    pub(crate) fn below(mut self, folder: &Path) -> Self {
        for event in &mut self.events {
            event.policy = event.policy.take().map(|path| folder.join(path));
        }
        self.updates = self.updates.map(|feed| match feed.parse() {
            Ok(FeedArg::Folder(path)) => folder.join(path).display().to_string(),
            Ok(FeedArg::Address(_)) | Err(_) => feed,
        });
        self
    }

    /// Files the events name, for the provenance.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = (&'static str, PathBuf)> {
        let policies = self.events.iter().filter_map(|event| event.policy.clone());
        policies.map(|path| ("scheduled policy", path))
    }

    /// When definitions are installed; `None` is at their release.
    ///
    /// # Errors
    ///
    /// It is no cadence.
    pub(crate) fn cadence(&self) -> Result<Option<Cadence>> {
        let text = match &self.cadence {
            None => return Ok(None),
            Some(CadenceSpec::Text(text)) if text == "released" => return Ok(None),
            Some(CadenceSpec::Text(text)) => text.clone(),
            Some(CadenceSpec::Days(days)) => days.join(","),
        };
        Ok(Some(text.parse().context("`schedule.cadence`")?))
    }

    /// The schedule that starts from a policy, and what its shell lines warn of.
    ///
    /// # Errors
    ///
    /// An event has no time, not exactly one effect, a policy that cannot be read, or a
    /// shell line that fails.
    pub(crate) fn resolve(
        &self,
        start: PolicySpec,
        edition: Option<Edition>,
    ) -> Result<(Schedule, Vec<String>)> {
        let mut dated = Vec::with_capacity(self.events.len());
        for (number, event) in (1..).zip(&self.events) {
            let at = Timestamp::parse(&event.at)
                .map_err(|_| anyhow!("`at` is `{}`; use 2024-03-01T20:00:00Z", event.at))
                .with_context(|| place(number))?;
            dated.push((at, number, event));
        }
        // Shell lines act on what the events before them, in time, have left.
        dated.sort_by_key(|(at, number, _)| (*at, *number));
        let mut server = Server { policy: start.clone(), warnings: Vec::new() };
        let mut events = Vec::with_capacity(dated.len());
        for (at, number, event) in dated {
            let changes = server
                .change(event, edition)
                .with_context(|| format!("{}, {}", place(number), event.at))?;
            events.extend(changes.into_iter().map(|change| Event { at, change }));
        }
        if !server.policy.pending_agents.is_empty() {
            server.warnings.push(
                "changes of agents wait for a restart that the schedule does not have"
                    .into(),
            );
        }
        let retry = Retry {
            every: i64::from(self.retry_minutes) * 60,
            give_up: i64::from(self.give_up_hours) * 3_600,
        };
        let schedule = Schedule::new(start, events, retry).context("schedule")?;
        Ok((schedule, server.warnings))
    }
}

fn place(number: usize) -> String {
    format!("event {number} of `schedule`")
}

/// The server whose settings the events change, one after the other.
struct Server {
    /// What is set, with agents that wait for a restart.
    policy: PolicySpec,
    /// What shell lines warned of.
    warnings: Vec<String>,
}

impl Server {
    /// What an event does to the schedule.
    fn change(
        &mut self,
        event: &EventSpec,
        edition: Option<Edition>,
    ) -> Result<Vec<Change>> {
        match (&event.policy, &event.shell, event.restart_minutes) {
            (Some(path), None, None) => {
                let policy = settings::policy(Some(path), edition)?;
                let agents = self.policy.agents.clone();
                let pending_agents = match policy.pending_agents.is_empty() {
                    true => policy.agents.clone(),
                    false => policy.pending_agents.clone(),
                };
                self.policy = PolicySpec { agents, pending_agents, ..policy };
                Ok(vec![self.settings()])
            }
            (None, Some(lines), None) => self.run(lines, &event.at),
            (None, None, Some(minutes)) => {
                if !self.policy.pending_agents.is_empty() {
                    self.policy.agents = std::mem::take(&mut self.policy.pending_agents);
                }
                Ok(vec![Change::Restart { down: i64::from(minutes) * 60 }])
            }
            _ => bail!("give one of `policy`, `shell` and `restart-minutes`"),
        }
    }

    /// Runs shell lines, on one server that is both Edge and organization.
    fn run(&mut self, lines: &str, at: &str) -> Result<Vec<Change>> {
        imf::refuse(&self.policy, "it has no management shell; use `policy`")?;
        let mut host = NoHost;
        let before = self.policy.clone();
        let mut session = Session::new(before.clone(), Role::Hub, &mut host)?;
        session
            .run(lines)
            .map_err(|fault| anyhow!("{}", fault.on_one_line("`shell`", lines)))?;
        for line in session.take_lines() {
            match line {
                Line::Warning(text) => self.warnings.push(format!("{at}: {text}")),
                Line::Output(_) => {}
            }
        }
        if !session.running() {
            bail!(
                "the lines leave the transport service stopped; start it, and use \
                 `restart-minutes` for a time in which no mail is taken"
            );
        }
        self.policy = session.policy().clone();
        let mut changes = vec![self.settings()];
        if self.policy.agents != before.agents {
            changes.push(Change::Restart { down: 0 });
        }
        Ok(changes)
    }

    fn settings(&self) -> Change {
        Change::Policy(Box::new(self.policy.clone()))
    }
}

/// What an experiment file gives to a scheduled replay.
pub(crate) struct Given {
    /// Its schedule.
    pub(crate) schedule: ScheduleSpec,
    policy: Option<PathBuf>,
    world: Option<PathBuf>,
    updates: Option<FeedArg>,
}

impl Given {
    /// Reads an experiment file.
    ///
    /// # Errors
    ///
    /// It cannot be read or has no schedule.
    pub(crate) fn load(path: &Path) -> Result<Self> {
        let experiment = ExperimentSpec::load(path)?;
        let Some(schedule) = experiment.schedule else {
            bail!("`{}` has no `[schedule]`; add one", path.display());
        };
        let updates = schedule.updates.as_deref().map(str::parse).transpose();
        let updates = updates
            .map_err(|problem: String| anyhow!("`{}`: {problem}", path.display()))?;
        let (policy, world) = (experiment.policy, experiment.world);
        Ok(Self { schedule, policy, world, updates })
    }

    /// Puts its files where the command line names none.
    pub(crate) fn fill(&self, policy: &mut PolicyArgs, updates: &mut Option<FeedArg>) {
        policy.policy = policy.policy.take().or_else(|| self.policy.clone());
        policy.world = policy.world.take().or_else(|| self.world.clone());
        if policy.model.is_none() {
            *updates = updates.take().or_else(|| self.updates.clone());
        }
    }
}

/// A replay under a policy that changes.
pub(crate) struct Course<'a> {
    /// What happens when.
    pub(crate) schedule: Schedule,
    /// Where scores come from.
    pub(crate) scores: Scores,
    /// Answers to outside questions.
    pub(crate) world: &'a World,
    /// Replay mail that was trained on.
    pub(crate) allow_overlap: bool,
    /// What is counted.
    pub(crate) unit: UnitArg,
    /// Sizes of the charts.
    pub(crate) sizes: Sizes,
    /// Where archived mail of Exchange 2003 is written to.
    pub(crate) archive: Option<&'a Path>,
}

/// `schedule.json`: what the schedule did.
#[derive(Serialize)]
struct Record {
    segments: Vec<SegmentRow>,
    down: Vec<[String; 2]>,
    deferred: u64,
    given_up: u64,
    definitions: Vec<String>,
}

/// One stretch with one policy.
#[derive(Serialize)]
struct SegmentRow {
    from: String,
    messages: usize,
}

/// The object that a scheduled `replay --json` prints.
#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    summary: &'a Summary,
    /// Of the filter of Exchange 2003.
    #[serde(skip_serializing_if = "Option::is_none")]
    counters: Option<ImfCounters>,
}

/// All stretches together.
#[derive(Default)]
struct Sum {
    replay: Replay,
    causes: Vec<Cause>,
    thresholds: Thresholds,
    overlap: usize,
    /// Of the filter of 2003: what its counters see.
    scans: Option<Vec<Scan>>,
    archived: u64,
}

impl Course<'_> {
    /// Replays the mail and writes the run folder, `run.json` last.
    ///
    /// # Errors
    ///
    /// An input cannot be read, a setting cannot be used, a file cannot be written.
    pub(crate) fn run(
        &self,
        context: &Context<'_>,
        input: Input,
        provenance: Provenance,
        out: &Path,
    ) -> Result<()> {
        let mut policies = self.schedule.segments().iter().map(|one| &one.policy);
        if self.archive.is_some() && !policies.any(|one| imf::can_archive(one).is_ok()) {
            self.schedule
                .segments()
                .iter()
                .try_for_each(|one| imf::can_archive(&one.policy))?;
        }
        let name = input.name().to_owned();
        let (parts, mut reading, record, first) = self.deal(input)?;
        let scores = self.scores.deferring(first);
        let sum = self.replay(context, &name, &scores, parts, &mut reading)?;
        let mark = if sum.overlap > 0 { " (overlaps training mail)" } else { "" };
        let rows = &sum.replay.rows;
        let subject = Subject {
            corpus: name + mark,
            filter: self.scores.name(),
            span: rows.first().zip(rows.last()).map(|(a, b)| (a.time, b.time)),
        };
        let last = rows.last().map_or(Timestamp::MIN, |row| row.time);
        scaffold::fresh(out)?;
        in_time::write(out, "this schedule", &self.scores, rows, &subject, &self.sizes)?;
        let text = serde_json::to_string_pretty(&record)?;
        analysis::write_atomic(out, "schedule.json", text.as_bytes())?;
        let counts = Counts {
            reading: &reading,
            unit: self.unit.into(),
            tally: &sum.replay.tally,
            causes: &sum.causes,
            cost: sum.replay.cost,
        };
        let mut file = RunFile::new(RunKind::Replay, provenance, Summary::new(counts)?);
        file.updates = self.scores.marks(last);
        let done = Replayed {
            file,
            rows: sum.replay.rows,
            causes: sum.causes,
            tally: sum.replay.tally,
            thresholds: sum.thresholds,
        };
        write_replay(out, &done, &subject, &self.sizes)?;
        let summary = &done.file.summary;
        let mut lines = lines(summary);
        lines.push(format!(
            "schedule: {} stretches with one policy, {} restarts, {} messages deferred, {} \
             given up",
            record.segments.len(),
            record.down.len(),
            analysis::thousands(record.deferred),
            analysis::thousands(record.given_up)
        ));
        let counters = sum.scans.map(|scans| ImfCounters::new(&scans));
        lines.extend(counters.iter().flat_map(ImfCounters::lines));
        if let Some(folder) = self.archive {
            let count = analysis::thousands(sum.archived);
            lines.push(format!("archived {count} messages in {}", folder.display()));
        }
        lines.push(format!("run folder {}", out.display()));
        context.output.result(&Report { summary, counters }, &lines)
    }

    /// Deals the mail to the stretches in which it is taken.
    fn deal(
        &self,
        input: Input,
    ) -> Result<(Vec<Vec<corpus::PackedCase>>, Reading, Record, FirstAttempts)> {
        let mut reading = input.reading();
        let segments = self.schedule.segments();
        let mut parts = vec![Vec::new(); segments.len()];
        let (mut deferred, mut given_up, mut early) = (0, 0, 0);
        let mut first = FirstAttempts::default();
        for mut case in input.all()? {
            let offered = case.time;
            match self.schedule.arrival(case.time) {
                Arrival::AtOnce => {}
                Arrival::Deferred(time) => {
                    deferred += 1;
                    case.time = time;
                    first.note(case.id, time, offered);
                }
                Arrival::GivenUp => {
                    given_up += 1;
                    continue;
                }
            }
            if self.scores.begins().is_some_and(|begins| offered < begins) {
                early += 1;
                continue;
            }
            parts[self.schedule.at(case.time)].push(case);
        }
        for (reason, count) in [(GIVEN_UP, given_up), (TOO_EARLY, early)] {
            if count > 0 {
                *reading.skipped_reasons.entry(reason.to_owned()).or_default() += count;
            }
        }
        let rows = segments.iter().zip(&parts).map(|(segment, part)| SegmentRow {
            from: segment.from.to_string(),
            messages: part.len(),
        });
        let down = self.schedule.down().iter();
        let record = Record {
            segments: rows.collect(),
            down: down
                .map(|(from, until)| [from.to_string(), until.to_string()])
                .collect(),
            deferred,
            given_up,
            definitions: self.scores.releases().iter().map(ToString::to_string).collect(),
        };
        Ok((parts, reading, record, first))
    }

    /// Replays every stretch after the one before: clients keep their history.
    fn replay(
        &self,
        context: &Context<'_>,
        name: &str,
        scores: &Scores,
        parts: Vec<Vec<corpus::PackedCase>>,
        reading: &mut Reading,
    ) -> Result<Sum> {
        let (mut guests, mut history) = (Guests::default(), History::default());
        let mut sum = Sum::default();
        let parts = self.schedule.segments().iter().zip(parts);
        for (segment, part) in parts.filter(|(_, part)| !part.is_empty()) {
            let lens = Lens {
                policy: &segment.policy,
                scores,
                world: self.world,
                keep: Keep::Trace,
                allow_overlap: self.allow_overlap,
                threads: &context.threads,
                output: context.output,
            };
            let again = self.archive.map(|folder| (folder, part.clone()));
            let observed = lens.observe_after(Input::of_cases(name, part), guests)?;
            let replay = observed.docket.replay_after(
                &mut history,
                &observed.order,
                &observed.enabled,
                &observed.thresholds,
                observed.comparison,
                self.unit.into(),
            );
            let rows = (&observed.docket, replay.rows.as_slice());
            if let Some(scans) = imf::scans(&segment.policy, rows.0, rows.1) {
                sum.scans.get_or_insert_default().extend(scans);
            }
            if let Some((folder, part)) = again {
                let (imf, part) = (segment.policy.imf(), Input::of_cases(name, part));
                sum.archived += imf::archive(folder, &imf, scores, rows, part)?;
            }
            sum.replay.extend(replay);
            sum.causes = causes(observed.docket.engine());
            sum.thresholds = observed.thresholds;
            sum.overlap += observed.overlap;
            reading.cases += observed.reading.cases;
            reading.overlap += observed.reading.overlap;
            for (reason, count) in observed.reading.skipped_reasons {
                *reading.skipped_reasons.entry(reason).or_default() += count;
            }
            guests = observed.docket.into_guests();
        }
        if reading.cases == 0 {
            bail!(
                "`{name}` holds no message that can be replayed; check the path and format"
            );
        }
        Ok(sum)
    }
}
