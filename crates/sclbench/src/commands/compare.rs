//! `sclbench compare`: two runs, or two policies, on the same mail.

use std::path::{Path, PathBuf};

use analysis::{
    PairedComparison, RunFile, RunTrace, Sides, TierFlip, compare, fates, p_shown,
    read_run_trace, thousands, write_atomic, write_flips,
};
use anyhow::{Result, bail};
use clap::Args;
use corpus::SourceSpec;
use mail::Label;
use serde::Serialize;

use super::Context;
use crate::cli::PolicyArgs;
use crate::explaining::Explain;
use crate::input::SourceArgs;
use crate::measuring::GaugeArgs;
use crate::scaffold;
use crate::trace::{Judge, Traced};

/// How the numbers are made, below the options of `compare --help`.
const METHOD: &str = "\
Two runs: `compare RUN_A RUN_B`, folders of `replay` or `sweep` (its starting policy).
Two policies: `compare A.toml B.toml SOURCE...`, or `compare --policy-a A.toml --policy-b
B.toml SOURCE...`; a side that is left out is the product's defaults.

Both sides must hold the same messages. Every statement is about pairs: the same message
under A and B. Per tier and label: the exact McNemar test, adjusted by Holm with all other
tests; the same test by campaign, since copies share their fate; the difference with its
95 % interval. (1-ROCA) and price are compared by drawing whole campaigns again and again.
The list of messages that changed tier has the costliest change first. See METHODOLOGY.

Example:
  sclbench compare before after
  sclbench compare --policy-b policy.toml mail.parquet --model filter.model";

/// Options of `compare`.
#[derive(Debug, Args)]
#[command(
    override_usage = "sclbench compare [OPTIONS] A B [SOURCE]...",
    after_help = METHOD
)]
pub(crate) struct Compare {
    /// Two run folders; or two policy files (.toml) and the mail; or, with `--policy-a` or
    /// `--policy-b`, the mail alone.
    #[command(flatten)]
    source: SourceArgs,
    /// Policy A; without it, the product's defaults.
    #[arg(long, value_name = "FILE")]
    policy_a: Option<PathBuf>,
    /// Policy B; without it, the product's defaults.
    #[arg(long, value_name = "FILE")]
    policy_b: Option<PathBuf>,
    /// Model and world for two policies.
    #[command(flatten)]
    policy: PolicyArgs,
    /// Prices and resampling.
    #[command(flatten)]
    gauge: GaugeArgs,
    /// Changed messages to show; `--json` and `-o` always give all.
    #[arg(long, value_name = "N", default_value_t = 20)]
    flips: usize,
    /// Folder for `compare.json` and `flips.csv`.
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// The object that `compare --json` prints.
#[derive(Serialize)]
struct Report<'a> {
    /// What A is.
    a: &'a str,
    /// What B is.
    b: &'a str,
    #[serde(flatten)]
    comparison: &'a PairedComparison,
    /// A command per changed message and side, in the order of the flips.
    explain: Vec<[String; 2]>,
}

/// One side with its trace.
struct Loaded {
    name: String,
    trace: RunTrace,
    explain: Explain,
}

impl Compare {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// An input cannot be read, or the sides do not hold the same messages.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        let prices = self.gauge.prices()?;
        let sides = self.sides(context)?;
        let [a, b] = &sides;
        let (fates_a, fates_b) = (
            fates(&a.trace.rows, &a.trace.cases.facts),
            fates(&b.trace.rows, &b.trace.cases.facts),
        );
        let comparison = compare(
            Sides {
                names: [&a.name, &b.name],
                fates: [&fates_a, &fates_b],
                causes: [&a.trace.causes, &b.trace.causes],
            },
            self.gauge.gauge(&prices, context),
        )?;
        let commands = |flip: &TierFlip| {
            [&a.explain, &b.explain].map(|explain| explain.command(flip.id))
        };
        let report = Report {
            a: &a.name,
            b: &b.name,
            comparison: &comparison,
            explain: comparison.flips.iter().map(commands).collect(),
        };
        let mut lines = lines(&report, self.flips);
        if let Some(out) = &self.out {
            scaffold::folder(out)?;
            write_flips(out, &comparison.flips)?;
            let mut text = serde_json::to_string_pretty(&report)?;
            text.push('\n');
            write_atomic(out, "compare.json", text.as_bytes())?;
            lines.push(format!("wrote compare.json and flips.csv in {}", out.display()));
        }
        context.output.result(&report, &lines)
    }

    fn sides(&self, context: &Context<'_>) -> Result<[Loaded; 2]> {
        let named = self.policy_a.is_some() || self.policy_b.is_some();
        if self.policy.policy.is_some() {
            bail!("`--policy` names one policy; use `--policy-a` and `--policy-b`");
        }
        let sources = &self.source.sources;
        if named {
            let paths = [self.policy_a.as_deref(), self.policy_b.as_deref()];
            return self.replayed(paths, sources, context);
        }
        match sources.as_slice() {
            [a, b, mail @ ..] if is_policy(a) && is_policy(b) => {
                if mail.is_empty() {
                    bail!(
                        "two policies need mail to be compared on; add sources after `{b}`"
                    );
                }
                self.replayed([Some(&a.path), Some(&b.path)], mail, context)
            }
            [a, b] if a.path.is_dir() && b.path.is_dir() => {
                Ok([loaded(&a.path)?, loaded(&b.path)?])
            }
            [a, b] => bail!(
                "`{a}` and `{b}` are neither two run folders nor two policies (.toml); name \
                 two folders of `replay` or `sweep`, or two policies and the mail"
            ),
            _ => bail!(
                "compare needs two run folders, or two policies (.toml) and the mail; see \
                 `sclbench compare --help`"
            ),
        }
    }

    /// Both policies over the same mail.
    fn replayed(
        &self,
        paths: [Option<&Path>; 2],
        sources: &[SourceSpec],
        context: &Context<'_>,
    ) -> Result<[Loaded; 2]> {
        let judge = Judge::load(&self.policy, context)?;
        let options = self.source.options()?;
        let each = |path: Option<&Path>| -> Result<Loaded> {
            let open = || crate::input::Input::open(sources, &options);
            let Traced { trace, .. } = judge.trace(path, open)?;
            let shown = path.map(|path| path.display().to_string());
            Ok(Loaded {
                name: shown.unwrap_or_else(|| "the default policy".to_owned()),
                explain: Explain::new(sources, Some(&self.source), path, &self.policy),
                trace,
            })
        };
        let [a, b] = paths.map(each);
        Ok([a?, b?])
    }
}

fn is_policy(source: &SourceSpec) -> bool {
    source.label.is_none() && source.path.extension().is_some_and(|end| end == "toml")
}

/// One run folder.
fn loaded(folder: &Path) -> Result<Loaded> {
    let run = RunFile::read(folder)?;
    let trace = read_run_trace(folder)?;
    let explain = Explain::of_run(&run.provenance, &trace.cases.sources);
    Ok(Loaded { name: folder.display().to_string(), trace, explain })
}

fn lines(report: &Report<'_>, shown: usize) -> Vec<String> {
    let Report { a, b, comparison, explain } = report;
    let mut lines = vec![
        format!("A is {a}, B is {b}"),
        format!(
            "{} messages ({} ham, {} spam) of {} campaigns under both",
            thousands(comparison.cases),
            thousands(comparison.ham),
            thousands(comparison.spam),
            thousands(comparison.campaigns)
        ),
        format!(
            "{:<11}{:>17}{:>17}{:>16}{:>16}",
            "tier", "ham hurt A, B", "spam past A, B", "ham only A, B", "spam only A, B"
        ),
    ];
    let pair = |a: u64, b: u64| format!("{}, {}", thousands(a), thousands(b));
    for row in comparison.tiers.iter().rev() {
        lines.push(format!(
            "{:<11}{:>17}{:>17}{:>16}{:>16}",
            row.tier.name(),
            pair(row.a.fp.count, row.b.fp.count),
            pair(row.a.missed.count, row.b.missed.count),
            pair(row.ham.only_a, row.ham.only_b),
            pair(row.spam.only_a, row.spam.only_b),
        ));
    }
    lines.push(format!(
        "{:<11}{:>17}{:>17}{:>16}{:>16}",
        "tier", "p ham, raw", "p spam, raw", "p ham, Holm", "p spam, Holm"
    ));
    for row in comparison.tiers.iter().rev() {
        lines.push(format!(
            "{:<11}{:>17}{:>17}{:>16}{:>16}",
            row.tier.name(),
            p_shown(row.ham.p_value),
            p_shown(row.spam.p_value),
            p_shown(row.ham.p_holm),
            p_shown(row.spam.p_holm),
        ));
    }
    lines.extend(comparison.words.iter().cloned());
    let flips = &comparison.flips;
    lines.push(format!(
        "{} messages changed tier; {} end at the same tier by another agent{}",
        thousands(flips.len() as u64),
        thousands(comparison.other_agent),
        if flips.is_empty() { "" } else { "; the worst first:" }
    ));
    for (flip, [before, after]) in flips.iter().zip(explain).take(shown) {
        lines.push(flip_line(flip));
        lines.push(format!("    {before}"));
        if after != before {
            lines.push(format!("    {after}"));
        }
    }
    let hidden = flips.len().saturating_sub(shown);
    if hidden > 0 {
        lines.push(format!(
            "{} more; `--flips N`, `--json` or `-o DIR` shows them",
            thousands(hidden as u64)
        ));
    }
    lines
}

fn flip_line(flip: &TierFlip) -> String {
    let kind = match flip.label {
        Label::Ham => "ham",
        Label::Spam => "spam",
    };
    let end = |ended: &analysis::Ended| {
        let scl = ended.scl.map_or("unrated".to_owned(), |scl| format!("SCL {scl}"));
        format!("{}: {}, {scl}", ended.agent, ended.reason)
    };
    format!(
        "  {} {kind} {} to {} (price {:+}) [{}] to [{}]",
        flip.id.short(),
        flip.from,
        flip.to,
        flip.harm,
        end(&flip.before),
        end(&flip.after)
    )
}
