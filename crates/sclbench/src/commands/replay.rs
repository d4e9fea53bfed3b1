//! `sclbench replay`: one policy, every message.

use std::path::{Path, PathBuf};

use analysis::{
    CaseTable, Counts, DriftRow, Gauge, ImfCounters, Measures, Precision, RunFile,
    RunKind, ServerRow, SliceKey, SliceRow, Summary, counts_sentence, fates, precision,
    slices,
};
use anyhow::{Result, bail};
use clap::Args;
use mail::{Label, Provenance, Thresholds, Tier, Timestamp, World};
use serde::Serialize;
use sweep::{Cause, Keep, Tally, TraceRow, Unit, causes};

use super::Context;
use crate::chain::run_context;
use crate::charts::{ChartArgs, Gallery, Sizes, Subject};
use crate::cli::PolicyArgs;
use crate::configuration::Configuration;
use crate::facts::detect_languages;
use crate::fleet::{self, Fleet};
use crate::imf;
use crate::in_time;
use crate::input::SourceArgs;
use crate::labels::is_noise;
use crate::measuring::{self, GaugeArgs};
use crate::observe::Observed;
use crate::scaffold;
use crate::schedule::{Course, Given};
use crate::settings::{self, Scores, provenance};
use crate::web::FeedArg;

/// Options of `replay`.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../help/replay.txt"))]
pub(crate) struct Replay {
    /// The mail.
    #[command(flatten)]
    source: SourceArgs,
    /// The policy.
    #[command(flatten)]
    policy: PolicyArgs,
    /// Score each message by the definitions of this feed that were released last before it:
    /// a folder or an `http://` address. Earlier messages are skipped.
    #[arg(long, value_name = "FEED", conflicts_with = "model")]
    updates: Option<FeedArg>,
    /// Honour the `schedule` of this experiment file in corpus time. Its policy, world and
    /// definitions apply where the command line names none.
    #[arg(long, value_name = "FILE")]
    schedule: Option<PathBuf>,
    /// The run folder to write.
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
    /// Rates, ranking, calibration and price of parts of the mail, each with its own
    /// interval: any of `category,language,source,month,agent`. All are in `slices.csv`.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    slices: Vec<SliceKey>,
    /// Share of spam in the real traffic, from 0 to 1: also tells which share of what ends
    /// at each tier is spam there.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    prevalence: Option<f64>,
    /// Prices and resampling.
    #[command(flatten)]
    gauge: GaugeArgs,
    /// What is counted: `case` at the harshest tier any recipient met, or every `delivery`.
    #[arg(long, value_enum, default_value_t = UnitArg::Case)]
    unit: UnitArg,
    /// Exchange 2003 SP2 with `gateway-action = "archive"`: write every archived message into
    /// this folder as one `.eml` file, with its SCL in a field `X-SCL` where the policy says
    /// `archive-scl`.
    #[arg(long, value_name = "DIR")]
    archive: Option<PathBuf>,
    /// Sizes of the charts.
    #[command(flatten)]
    charts: ChartArgs,
    /// Draw no charts: tables and numbers only, in a fraction of the time.
    #[arg(long, conflicts_with = "sizes")]
    no_charts: bool,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum UnitArg {
    /// The case.
    Case,
    /// Case × recipient.
    Delivery,
}

impl From<UnitArg> for Unit {
    fn from(unit: UnitArg) -> Self {
        match unit {
            UnitArg::Case => Self::Case,
            UnitArg::Delivery => Self::Delivery,
        }
    }
}

impl From<UnitArg> for analysis::Unit {
    fn from(unit: UnitArg) -> Self {
        match unit {
            UnitArg::Case => Self::Case,
            UnitArg::Delivery => Self::Delivery,
        }
    }
}

impl Replay {
    /// Mail and policy; none where files of a schedule or a feed say more about both.
    pub(crate) fn given(self) -> Option<(SourceArgs, PolicyArgs)> {
        let whole = self.schedule.is_none() && self.updates.is_none();
        whole.then_some((self.source, self.policy))
    }

    /// Runs the command.
    ///
    /// # Errors
    ///
    /// An input cannot be read, a setting cannot be used, a file cannot be written.
    pub(crate) fn run(mut self, context: &Context<'_>) -> Result<()> {
        scaffold::run_folder(&self.out, &[RunKind::Replay])?;
        let given = self.schedule.as_deref().map(Given::load).transpose()?;
        if let Some(given) = &given {
            given.fill(&mut self.policy, &mut self.updates);
        }
        let mut inputs =
            [self.source.inputs(), self.policy.inputs(), self.gauge.inputs()].concat();
        inputs.extend(self.schedule.iter().map(|path| ("schedule", path.clone())));
        inputs.extend(given.iter().flat_map(|given| given.schedule.inputs()));
        if let Some(FeedArg::Folder(folder)) = &self.updates {
            inputs.push(("updates", folder.clone()));
        }
        let scores = match &self.updates {
            Some(feed) => Scores::updates(feed, self.policy.allow_overlap)?,
            None => self.policy.scores()?,
        };
        let sizes = if self.no_charts { Sizes::none() } else { self.charts.sizes() };
        let (path, edition) = (self.policy.policy.as_deref(), self.policy.edition);
        if let Some((deployment, files)) = settings::deployment(path, edition)? {
            if given.is_some() {
                bail!(
                    "a schedule is of one server; give `--schedule` a policy without topology"
                );
            }
            if self.archive.is_some() {
                bail!("--archive is of one server; give it a policy without topology");
            }
            inputs.extend(files.into_iter().map(|file| ("policy", file)));
            let world = settings::world(self.policy.world.as_deref())?;
            let fleet = Fleet {
                deployment: &deployment,
                scores: &scores,
                world: &world,
                allow_overlap: self.policy.allow_overlap,
                threads: &context.threads,
                output: context.output,
            };
            return self.through(&fleet, &sizes, &inputs, context);
        }
        let configuration = Configuration::scored_by(&self.policy, scores)?;
        if self.archive.is_some() && given.is_none() {
            imf::can_archive(&configuration.spec)?;
        }
        imf::idle_store(&configuration.spec)
            .iter()
            .for_each(|it| context.output.warn(it));
        if let Some(given) = given {
            let Configuration { spec, world, scores, allow_overlap } = configuration;
            let (schedule, warnings) =
                given.schedule.resolve(spec, self.policy.edition)?;
            warnings.iter().for_each(|warning| context.output.warn(warning));
            let course = Course {
                schedule,
                scores: match given.schedule.cadence()? {
                    Some(cadence) => scores.installed(&cadence),
                    None => scores,
                },
                world: &world,
                allow_overlap,
                unit: self.unit,
                sizes,
                archive: self.archive.as_deref(),
            };
            let provenance = provenance(context.global.seed(), &inputs)?;
            return course.run(context, self.source.open()?, provenance, &self.out);
        }
        let lens = configuration.lens(Keep::Trace, context);
        let prices = self.gauge.prices()?;
        let gauge = self.gauge.gauge(&prices, context);
        let input = self.source.open()?;
        let corpus = input.name().to_owned();
        let mut observed = lens.observe(input)?;
        if self.slices.contains(&SliceKey::Language) {
            let (facts, again) = (&mut observed.cases.facts, self.source.open()?);
            detect_languages(facts, again, &context.threads)?;
        }
        let provenance = provenance(context.global.seed(), &inputs)?;
        let subject = subject(&observed, corpus, configuration.scores.name());
        let slicing = Slicing { keys: &self.slices, gauge };
        let mut replayed = replay(&observed, self.unit, provenance, &subject)?;
        scaffold::fresh(&self.out)?;
        self.in_time(&configuration.scores, &mut replayed, &subject, &sizes)?;
        let written = write_replayed(
            &self.out,
            &observed.cases,
            replayed,
            &subject,
            slicing,
            &sizes,
        )?;
        let Configuration { spec, world, scores, .. } = &configuration;
        let scans = imf::scans(spec, &observed.docket, &written.rows);
        let counters = scans.map(|scans| ImfCounters::new(&scans));
        let mut found: Vec<String> =
            counters.iter().flat_map(ImfCounters::lines).collect();
        if let Some(folder) = &self.archive {
            let rows = (&observed.docket, written.rows.as_slice());
            let again = self.source.open()?;
            let count = imf::archive(folder, &spec.imf(), scores, rows, again)?;
            let count = analysis::thousands(count);
            found.push(format!("archived {count} messages in {}", folder.display()));
        }
        self.tell(&written, world, (counters, found), context)
    }

    /// Keeps when definitions came into use, and what errors there were between those times.
    fn in_time(
        &self,
        scores: &Scores,
        replayed: &mut Replayed,
        subject: &Subject,
        sizes: &Sizes,
    ) -> Result<()> {
        let last = replayed.rows.last().map_or(Timestamp::MIN, |row| row.time);
        replayed.file.updates = scores.marks(last);
        if replayed.file.updates.is_empty() {
            return Ok(());
        }
        in_time::write(&self.out, "this policy", scores, &replayed.rows, subject, sizes)
    }

    /// Replays mail through several servers.
    fn through(
        &self,
        fleet: &Fleet<'_>,
        sizes: &Sizes,
        inputs: &[(&str, PathBuf)],
        context: &Context<'_>,
    ) -> Result<()> {
        let prices = self.gauge.prices()?;
        let gauge = self.gauge.gauge(&prices, context);
        let mut travelled = fleet.travel(|| self.source.open())?;
        if self.slices.contains(&SliceKey::Language) {
            let (facts, again) = (&mut travelled.cases.facts, self.source.open()?);
            detect_languages(facts, again, &context.threads)?;
        }
        let mut delivery = travelled.network.deliver(self.unit.into());
        let provenance = provenance(context.global.seed(), inputs)?;
        let counts = Counts {
            reading: &travelled.reading,
            unit: self.unit.into(),
            tally: &delivery.replay.tally,
            causes: &delivery.causes,
            cost: delivery.replay.cost,
        };
        let mut file = RunFile::new(RunKind::Replay, provenance, Summary::new(counts)?);
        file.servers = fleet::server_rows(&delivery, self.unit.into())?;
        file.drift = fleet.drift();
        let mut replayed = Replayed {
            file,
            rows: std::mem::take(&mut delivery.replay.rows),
            causes: delivery.causes,
            tally: delivery.replay.tally,
            thresholds: travelled.cases.thresholds,
        };
        let mark = if travelled.overlap > 0 { " (overlaps training mail)" } else { "" };
        let subject = Subject {
            corpus: travelled.corpus.clone() + mark,
            filter: fleet.scores.name(),
            span: travelled.span(),
        };
        let slicing = Slicing { keys: &self.slices, gauge };
        scaffold::fresh(&self.out)?;
        self.in_time(fleet.scores, &mut replayed, &subject, sizes)?;
        let written = write_replayed(
            &self.out,
            &travelled.cases,
            replayed,
            &subject,
            slicing,
            sizes,
        )?;
        self.tell(&written, fleet.world, (None, Vec::new()), context)
    }

    /// Prints what was found, with what there is only of the filter of 2003.
    fn tell(
        &self,
        written: &Written,
        world: &World,
        (counters, found): (Option<ImfCounters>, Vec<String>),
        context: &Context<'_>,
    ) -> Result<()> {
        let Written { file, tally, slices, .. } = written;
        let mut lines = lines(&file.summary);
        lines.extend(found);
        if !file.servers.is_empty() {
            lines.extend(fleet::lines(&file.servers, &file.drift));
        }
        lines.extend(measuring::lines(slices));
        let precision = self.prevalence.map(|share| precision(tally, share));
        lines.extend(precision.iter().flatten().map(measuring::precision_line));
        let unanswered = Unanswered::of(world);
        lines.extend(unanswered.line());
        lines.push(format!("run folder {}", self.out.display()));
        let [whole, parts @ ..] = slices.as_slice() else {
            return context.output.result(&file.summary, &lines);
        };
        let report = Report {
            summary: &file.summary,
            measures: &whole.measures,
            slices: parts,
            precision,
            counters,
            unanswered,
            servers: &file.servers,
            drift: &file.drift,
        };
        context.output.result(&report, &lines)
    }
}

/// The object that `replay --json` prints.
#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    summary: &'a Summary,
    /// Every measure of all mail, by case.
    measures: &'a Measures,
    /// The same of each slice.
    slices: &'a [SliceRow],
    /// At the stated share of spam.
    #[serde(skip_serializing_if = "Option::is_none")]
    precision: Option<Vec<Precision>>,
    /// Of the filter of Exchange 2003.
    #[serde(skip_serializing_if = "Option::is_none")]
    counters: Option<ImfCounters>,
    /// What the world did not know.
    unanswered: Unanswered,
    /// Of a topology: each server.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    servers: &'a [ServerRow],
    /// Of a topology: the settings in which parallel servers differ.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    drift: &'a [DriftRow],
}

/// Different questions that were asked and have no recorded answer.
#[derive(Serialize)]
struct Unanswered {
    /// About names and addresses.
    dns: usize,
    /// To block and allow lists.
    listings: usize,
}

impl Unanswered {
    fn of(world: &World) -> Self {
        let listings = world.listings.unanswered.count();
        Self { dns: world.dns.unanswered.count(), listings }
    }

    fn line(&self) -> Option<String> {
        (self.dns + self.listings > 0).then(|| {
            format!(
                "questions without a recorded answer: {} to DNS, {} to lists (see \
                 `world record`)",
                analysis::thousands(self.dns as u64),
                analysis::thousands(self.listings as u64)
            )
        })
    }
}

/// What mail is sliced by, and how the slices are measured.
pub(crate) struct Slicing<'a> {
    /// The keys.
    pub(crate) keys: &'a [SliceKey],
    /// Prices and resampling.
    pub(crate) gauge: Gauge<'a>,
}

/// What a replay found.
pub(crate) struct Written {
    /// The run file.
    pub(crate) file: RunFile,
    /// Where mail ended.
    pub(crate) tally: Tally,
    /// All mail, then the slices.
    pub(crate) slices: Vec<SliceRow>,
    /// The trace.
    pub(crate) rows: Vec<TraceRow>,
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "use a number from 0 to 1, such as 0.5".to_owned())
}

/// What charts say about observed mail.
pub(crate) fn subject(observed: &Observed, corpus: String, filter: String) -> Subject {
    let mark = if observed.overlap > 0 { " (overlaps training mail)" } else { "" };
    let noise = match observed.reading.labels.iter().any(|note| is_noise(note)) {
        true => " (labels wrong on purpose)",
        false => "",
    };
    Subject { corpus: corpus + mark + noise, filter, span: observed.span() }
}

/// Writes the run folder of a replay with the facts and slices of its cases, `run.json` last.
///
/// # Errors
///
/// A file cannot be written.
fn write_replayed(
    folder: &Path,
    cases: &CaseTable,
    replayed: Replayed,
    subject: &Subject,
    slicing: Slicing<'_>,
    sizes: &Sizes,
) -> Result<Written> {
    analysis::write_cases(folder, cases, &replayed.file.provenance)?;
    let fates = fates(&replayed.rows, &cases.facts);
    let mut keys = slicing.keys.to_vec();
    keys.sort_unstable();
    keys.dedup();
    let slices = slices(&fates, &replayed.causes, &keys, slicing.gauge);
    analysis::write_slices(folder, &slices)?;
    write_replay(folder, &replayed, subject, sizes)?;
    let Replayed { file, tally, rows, .. } = replayed;
    Ok(Written { file, tally, slices, rows })
}

/// A replay in memory, with everything its run folder is written from.
pub(crate) struct Replayed {
    /// The run file.
    pub(crate) file: RunFile,
    /// The trace.
    pub(crate) rows: Vec<TraceRow>,
    /// What its causes mean.
    pub(crate) causes: Vec<Cause>,
    /// The counts.
    pub(crate) tally: Tally,
    /// The thresholds.
    pub(crate) thresholds: Thresholds,
}

/// Replays the policy in memory.
///
/// # Errors
///
/// The numbers do not add up.
fn replay(
    observed: &Observed,
    unit: UnitArg,
    provenance: Provenance,
    subject: &Subject,
) -> Result<Replayed> {
    let Observed { docket, order, enabled, thresholds, comparison, .. } = observed;
    let replay = docket.replay(order, enabled, thresholds, *comparison, unit.into());
    let causes = causes(docket.engine());
    let counts = Counts {
        reading: &observed.reading,
        unit: unit.into(),
        tally: &replay.tally,
        causes: &causes,
        cost: replay.cost,
    };
    let mut file = RunFile::new(RunKind::Replay, provenance, Summary::new(counts)?);
    file.context = Some(run_context(observed, subject));
    let (rows, tally) = (replay.rows, replay.tally);
    Ok(Replayed { file, rows, causes, tally, thresholds: *thresholds })
}

/// Writes the run folder of a replay, `run.json` last.
///
/// # Errors
///
/// A file cannot be written.
pub(crate) fn write_replay(
    folder: &Path,
    replayed: &Replayed,
    subject: &Subject,
    sizes: &Sizes,
) -> Result<()> {
    let Replayed { file, rows, causes, tally, thresholds } = replayed;
    analysis::write_trace(folder, rows, causes, &file.provenance)?;
    analysis::write_rates(folder, tally)?;
    let gallery = Gallery { sizes, folder, subject };
    gallery.tier_rates(&[("this policy", tally)])?;
    gallery.scores(rows, tally, thresholds)?;
    Ok(file.write(folder)?)
}

/// A summary in words and a table: counts first.
pub(crate) fn lines(summary: &Summary) -> Vec<String> {
    let mut lines = vec![format!(
        "read {} = {} cases + {} skipped",
        analysis::thousands(summary.read),
        analysis::thousands(summary.cases),
        analysis::thousands(summary.skipped)
    )];
    lines.extend(
        summary
            .skipped_reasons
            .iter()
            .map(|(reason, count)| format!("  skipped {count}: {reason}")),
    );
    lines.extend(summary.labels.iter().map(|note| format!("labels: {note}")));
    lines.push(format!(
        "{:<10}{:>7}{:>7}  {:<26} {}",
        "tier", "ham", "spam", "ham hurt here or harsher", "spam that got further"
    ));
    for row in summary.tiers.iter().rev() {
        let cell = |rate: &analysis::Rate| {
            format!(
                "{} = {} ({}–{})",
                analysis::thousands(rate.count),
                analysis::percent(rate.rate),
                analysis::percent(rate.low).trim_end_matches(" %"),
                analysis::percent(rate.high).trim_end_matches(" %")
            )
        };
        lines.push(format!(
            "{:<10}{:>7}{:>7}  {:<26} {}",
            row.tier.name(),
            row.ham,
            row.spam,
            cell(&row.fp),
            cell(&row.missed)
        ));
    }
    lines.push(format!(
        "content scans {}, DNS questions {}",
        analysis::thousands(summary.cost.content_scans),
        analysis::thousands(summary.cost.dns_questions)
    ));
    for row in summary.decided_by.iter().filter(|row| row.tier != Tier::Inbox) {
        lines.push(format!(
            "  {:<10}{:>5}{:>7}  {}: {}",
            row.tier.name(),
            row.ham,
            row.spam,
            row.agent,
            row.reason
        ));
    }
    lines
}

/// Counts of one tally in words, ham then spam.
pub(crate) fn sentences(tally: &::sweep::Tally) -> Vec<String> {
    Label::ALL.map(|label| counts_sentence(tally, label)).to_vec()
}
