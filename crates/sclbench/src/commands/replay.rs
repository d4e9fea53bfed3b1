//! `sclbench replay`: one policy, every message.

use std::path::{Path, PathBuf};

use analysis::{Counts, RunFile, RunKind, Summary, counts_sentence};
use anyhow::Result;
use clap::Args;
use mail::{Label, Provenance, Tier};
use sweep::{Keep, Unit, causes};

use super::Context;
use crate::charts::{Gallery, Subject};
use crate::cli::PolicyArgs;
use crate::input::SourceArgs;
use crate::observe::{Lens, Observed};
use crate::scaffold;
use crate::settings::{self, provenance};

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
    /// The run folder to write.
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
    /// What is counted: `case` at the harshest tier any recipient met, or every `delivery`.
    #[arg(long, value_enum, default_value_t = UnitArg::Case)]
    unit: UnitArg,
    /// Draw no charts: tables and numbers only, in a fraction of the time.
    #[arg(long)]
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

/// Whether a replay draws charts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Charts {
    /// As SVG and PNG.
    Yes,
    /// Tables only.
    No,
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
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// An input cannot be read, a setting cannot be used, a file cannot be written.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        let inputs = [self.source.inputs(), self.policy.inputs()].concat();
        let spec = settings::policy(self.policy.policy.as_deref(), self.policy.edition)?;
        let world = settings::world(self.policy.world.as_deref())?;
        let scores = self.policy.scores()?;
        let lens = Lens {
            policy: &spec,
            scores: &scores,
            world: &world,
            keep: Keep::Trace,
            allow_overlap: self.policy.allow_overlap,
            threads: &context.threads,
            output: context.output,
        };
        let input = self.source.open()?;
        let corpus = input.name().to_owned();
        let observed = lens.observe(input)?;
        let provenance = provenance(context.global.seed(), &inputs)?;
        let subject = subject(&observed, corpus, scores.name());
        let drawn = if self.no_charts { Charts::No } else { Charts::Yes };
        let file = write(&self.out, &observed, self.unit, provenance, &subject, drawn)?;
        let mut lines = lines(&file.summary);
        lines.push(format!("run folder {}", self.out.display()));
        context.output.result(&file.summary, &lines)
    }
}

/// What charts say about observed mail.
pub(crate) fn subject(observed: &Observed, corpus: String, filter: String) -> Subject {
    let mark = if observed.overlap > 0 { " (overlaps training mail)" } else { "" };
    Subject { corpus: corpus + mark, filter, span: observed.span() }
}

/// Replays the policy and writes the run folder, `run.json` last.
///
/// # Errors
///
/// The numbers do not add up, or a file cannot be written.
pub(crate) fn write(
    folder: &Path,
    observed: &Observed,
    unit: UnitArg,
    provenance: Provenance,
    subject: &Subject,
    charts: Charts,
) -> Result<RunFile> {
    scaffold::folder(folder)?;
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
    let summary = Summary::new(counts)?;
    analysis::write_trace(folder, &replay.rows, &causes, &provenance)?;
    analysis::write_rates(folder, &replay.tally)?;
    if charts == Charts::Yes {
        let gallery = Gallery { folder, subject };
        gallery.tier_rates(&[("this policy", &replay.tally)])?;
        gallery.scores(&replay.rows, &replay.tally, thresholds)?;
    }
    let mut file = RunFile::new(RunKind::Replay, provenance, summary);
    file.mail = Some(subject.names());
    file.write(folder)?;
    Ok(file)
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
