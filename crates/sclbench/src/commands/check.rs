//! `sclbench check`: the gate. Does today's mail end worse than a committed baseline says?

use std::path::{Path, PathBuf};

use analysis::{
    Baseline, CaseEnding, GateReport, GateVerdict, Inputs, RevisedLines, case_endings,
    judge, revise, write_atomic,
};
use anyhow::{Context as _, Result, anyhow, bail};
use clap::Args;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::Context;
use crate::cli::PolicyArgs;
use crate::exit::Ended;
use crate::gate;
use crate::input::SourceArgs;
use crate::settings::provenance;
use crate::trace::{Judge, Traced};

/// Options of `check`.
///
/// A label at a tier fails where its net loss against the baseline is larger than the
/// baseline's guard allows and is too regular for chance: one-sided exact test (McNemar's
/// with the baseline's own corpus, Fisher's with another), Holm over all labels and tiers. A
/// message of the never-regress list fails alone. Exit code 0 pass, 1 regression, 2 bad
/// input, 3 cannot be judged.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../help/check.txt"))]
pub(crate) struct Check {
    /// The mail.
    #[command(flatten)]
    source: SourceArgs,
    /// The policy.
    #[command(flatten)]
    policy: PolicyArgs,
    /// The baseline file, made and renewed by --update.
    #[arg(long, value_name = "FILE")]
    baseline: PathBuf,
    /// JUnit XML to write.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// SARIF 2.1.0 to write.
    #[arg(long, value_name = "FILE")]
    sarif: Option<PathBuf>,
    /// Markdown summary to write, with the messages that changed tier.
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
    /// Write today's endings as the new baseline, and say what changed. Guard and
    /// never-regress list are kept.
    #[arg(long)]
    update: bool,
    /// With --update: put this message (its digest, or the beginning of it) on the
    /// never-regress list at its present tier.
    #[arg(long, value_name = "ID", requires = "update")]
    protect: Vec<String>,
}

/// What `check --update` prints as JSON.
#[derive(Serialize)]
struct Updated<'a> {
    verdict: GateVerdict,
    exit_code: u8,
    baseline: &'a Path,
    messages: RevisedLines,
    changes: &'a [String],
    /// What the old baseline said of today's endings.
    judged_before: Option<&'a GateReport>,
}

impl Check {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// An input cannot be read, a file cannot be written; [`Ended`] with the verdict's exit
    /// code where that is not 0.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        let old = match std::fs::read_to_string(&self.baseline) {
            Ok(text) => Some(Baseline::parse(&text, &self.baseline)?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && self.update => {
                None
            }
            Err(error) => {
                let shown = self.baseline.display();
                return Err(error).with_context(|| {
                    format!("cannot read the baseline `{shown}`; make it with --update")
                });
            }
        };
        let (endings, inputs) = self.endings(context)?;
        if let Some(old) = &old {
            old.check_mail(&endings, &inputs, &self.baseline)?;
        }
        let report = old.as_ref().map(|old| judge(old, &endings, &inputs));
        if let Some(report) = &report {
            self.files(report)?;
        }
        if self.update {
            return self.revise(old.as_ref(), report.as_ref(), &endings, inputs, context);
        }
        let report = report.context("a baseline that was read was judged by")?;
        for warning in &report.warnings {
            context.output.warn(warning);
        }
        context.output.result(&report, &gate::lines(&report))?;
        match report.verdict.exit_code() {
            0 => Ok(()),
            code => Err(Ended(code).into()),
        }
    }

    /// Where every message ends today, and the digests of what that depends on.
    fn endings(&self, context: &Context<'_>) -> Result<(Vec<CaseEnding>, Inputs)> {
        let judge = Judge::load(&self.policy, context)?;
        let Traced { trace, policy, cases } =
            judge.trace(self.policy.policy.as_deref(), || self.source.open())?;
        let endings = case_endings(&trace.rows, &trace.causes, &trace.cases.facts);
        if endings.len() as u64 != cases {
            bail!("the trace does not hold every case once; this is a defect");
        }
        let made = provenance(context.global.seed(), &self.policy.inputs())?;
        let of = |role: &str| {
            let found = made.inputs.iter().find(|input| input.role == role);
            found.map_or_else(|| "none".to_owned(), |input| input.sha256.clone())
        };
        let inputs = Inputs {
            version: made.version.clone(),
            corpus: corpus_digest(&endings),
            policy: hex(Sha256::digest(policy)),
            model: of("model"),
            world: of("world"),
        };
        Ok((endings, inputs))
    }

    fn files(&self, report: &GateReport) -> Result<()> {
        let baseline = self.baseline.to_string_lossy();
        if let Some(path) = &self.junit {
            write(path, &gate::junit(report))?;
        }
        if let Some(path) = &self.sarif {
            let sarif = serde_json::to_string_pretty(&gate::sarif(report, &baseline))?;
            write(path, &format!("{sarif}\n"))?;
        }
        if let Some(path) = &self.summary {
            write(path, &gate::markdown(report))?;
        }
        Ok(())
    }

    fn revise(
        &self,
        old: Option<&Baseline>,
        report: Option<&GateReport>,
        endings: &[CaseEnding],
        inputs: Inputs,
        context: &Context<'_>,
    ) -> Result<()> {
        let revision = revise(old, endings, inputs, &self.protect)
            .map_err(|what| anyhow!("{what}"))?;
        write(&self.baseline, &revision.baseline.text())?;
        let updated = Updated {
            verdict: GateVerdict::Pass,
            exit_code: GateVerdict::Pass.exit_code(),
            baseline: &self.baseline,
            messages: revision.messages,
            changes: &revision.lines,
            judged_before: report,
        };
        let mut lines = revision.lines.clone();
        lines.extend(report.map(|report| {
            format!("the old baseline's verdict was: {}", report.verdict.name())
        }));
        lines.push(format!("wrote {}", self.baseline.display()));
        context.output.result(&updated, &lines)
    }
}

/// Digest of which messages there are, with their labels; their order does not matter.
fn corpus_digest(endings: &[CaseEnding]) -> String {
    let mut rows: Vec<_> = endings.iter().map(|e| (e.label, e.id)).collect();
    rows.sort_unstable();
    let mut hash = Sha256::new();
    for (label, id) in rows {
        hash.update(format!("{label} {id}\n"));
    }
    hex(hash.finalize())
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn write(path: &Path, text: &str) -> Result<()> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let name = path
        .file_name()
        .with_context(|| format!("`{}` names no file; name one", path.display()))?;
    Ok(write_atomic(folder, &name.to_string_lossy(), text.as_bytes())?)
}
