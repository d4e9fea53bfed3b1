//! `sclbench power`: what mail can prove, and what would prove more.

use std::collections::BTreeSet;
use std::path::Path;

use analysis::{
    Candidate, CaseTable, Proof, RunFile, RunTrace, candidates, fates, ham_needed,
    proofs, read_run_trace, thousands, upper_bound,
};
use anyhow::{Result, bail};
use clap::Args;
use corpus::{ReadOptions, SourceSpec};
use mail::{CaseId, Label};
use serde::Serialize;

use super::Context;
use crate::cli::PolicyArgs;
use crate::explaining::Explain;
use crate::input::Input;
use crate::labels::LabelArgs;
use crate::trace::{Judge, Traced};

/// How the numbers are made, below the options of `power --help`.
const METHOD: &str = "\
A bound on false positives rests on the number of good messages alone: with k errors among
n, the exact one-sided upper bound of Clopper and Pearson. Without mail: how much is needed.
With a run folder: what its good mail proves at each tier, each tier judged alone, and which
labels to look at next. With sources: how many good messages and campaigns they hold and the
best they can prove.

A bound needs good mail as it comes: all of some weeks, or a random part. The messages to
label next are those nearest to the thresholds in effect, in ranks of the score, one per
campaign; they help to set thresholds and to find wrong labels, and must not be counted as a
random part. See METHODOLOGY.

Example:
  sclbench power --fp 0.001
  sclbench power --fp 0.001 run";

/// Options of `power`.
#[derive(Debug, Args)]
#[command(after_help = METHOD)]
pub(crate) struct Power {
    /// A run folder, or labelled mail.
    #[arg(value_name = "RUN|SOURCE")]
    mail: Vec<SourceSpec>,
    /// The share of good mail that may be hurt at most.
    #[arg(long, value_name = "SHARE", value_parser = rate)]
    fp: f64,
    /// Confidence of the bound.
    #[arg(long, value_name = "C", default_value_t = 0.95, value_parser = confidence)]
    confidence: f64,
    /// Messages to label next, to show.
    #[arg(long, value_name = "N", default_value_t = 10)]
    next: usize,
    /// Mail to choose the messages to label next from, in the place of the run's own; what
    /// labels it carries does not matter. Needs the run's `--model` and `--world`.
    #[arg(long, value_name = "SOURCE")]
    pool: Vec<SourceSpec>,
    /// Policy, model and world for the pool.
    #[command(flatten)]
    policy: PolicyArgs,
    /// Changed labels of labelled mail.
    #[command(flatten)]
    labels: LabelArgs,
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate| *rate > 0.0 && *rate < 1.0);
    rate.ok_or_else(|| {
        "use a share above 0 and below 1, such as 0.0001; no amount of mail proves 0"
            .to_owned()
    })
}

fn confidence(text: &str) -> Result<f64, String> {
    let confidence = text.parse().ok().filter(|c| (0.5..1.0).contains(c));
    confidence.ok_or_else(|| "use a number from 0.5 to below 1, such as 0.95".to_owned())
}

/// Good messages needed with a number of errors.
#[derive(Serialize)]
struct Needed {
    errors: u64,
    ham: Option<u64>,
}

/// What mail without a run holds.
#[derive(Serialize)]
struct Holds {
    ham: u64,
    spam: u64,
    ham_campaigns: u64,
    /// The bound if no good message were hurt.
    best_bound: f64,
    /// The same over campaigns.
    best_campaign_bound: f64,
    /// Errors that the good mail can bear and still prove the share; `None` for none at all.
    errors_allowed: Option<u64>,
}

/// The object that `power --json` prints.
#[derive(Serialize)]
struct Report {
    fp: f64,
    confidence: f64,
    needed: Vec<Needed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    holds: Option<Holds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tiers: Option<Vec<Proof>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label_next: Option<Vec<Next>>,
}

/// A message to label next.
#[derive(Serialize)]
struct Next {
    #[serde(flatten)]
    candidate: Candidate,
    explain: String,
}

impl Power {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// The run or the mail cannot be read.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        let needed = (0..6).map(|errors| Needed {
            errors,
            ham: ham_needed(errors, self.fp, self.confidence),
        });
        let mut report = Report {
            fp: self.fp,
            confidence: self.confidence,
            needed: needed.collect(),
            holds: None,
            tiers: None,
            label_next: None,
        };
        let folder = match self.mail.as_slice() {
            [SourceSpec { label: None, path }] if path.join(RunFile::NAME).is_file() => {
                Some(path.clone())
            }
            _ => None,
        };
        if !self.labels.is_empty() && (folder.is_some() || self.mail.is_empty()) {
            bail!(
                "`--corrections` and `--noise-…` change the labels of mail that is read here; \
                 for a run folder, give them to `replay` and judge that run"
            );
        }
        match folder {
            Some(folder) => self.judge_run(&folder, &mut report, context)?,
            None if self.mail.is_empty() => {}
            None => report.holds = Some(self.holds()?),
        }
        if !self.pool.is_empty() && report.tiers.is_none() {
            bail!("`--pool` needs a run folder, whose thresholds it is ranked by");
        }
        let lines = lines(&report);
        context.output.result(&report, &lines)
    }

    fn judge_run(
        &self,
        folder: &Path,
        report: &mut Report,
        context: &Context<'_>,
    ) -> Result<()> {
        let run = RunFile::read(folder)?;
        let trace = read_run_trace(folder)?;
        let own = fates(&trace.rows, &trace.cases.facts);
        report.tiers = Some(proofs(&own, self.fp, self.confidence));
        let CaseTable { thresholds, junk_comparison, .. } = trace.cases;
        let mut explain = Explain::of_run(&run.provenance, &trace.cases.sources);
        let pool;
        let mut labelled = BTreeSet::new();
        let from = if self.pool.is_empty() {
            own
        } else {
            labelled.extend(own.iter().map(|fate| fate.row.case));
            let policy = self.policy.policy.as_deref();
            explain = Explain::new(&self.pool, None, policy, &self.policy);
            pool = self.pooled(context)?;
            fates(&pool.rows, &pool.cases.facts)
        };
        let fresh: Vec<_> =
            from.into_iter().filter(|fate| !labelled.contains(&fate.row.case)).collect();
        let found = candidates(&fresh, &thresholds, junk_comparison, self.next);
        let next = |candidate: Candidate| Next {
            explain: explain.command(candidate.id),
            candidate,
        };
        report.label_next = Some(found.into_iter().map(next).collect());
        Ok(())
    }

    /// The pool under the policy.
    fn pooled(&self, context: &Context<'_>) -> Result<RunTrace> {
        let judge = Judge::load(&self.policy, context)?;
        let open = || Input::open(&self.pool, &Default::default());
        let Traced { trace, .. } = judge.trace(self.policy.policy.as_deref(), open)?;
        if !trace.rows.iter().any(|row| row.score.is_some()) {
            bail!(
                "no message of `--pool` has a score, so none can be ranked; name the run's \
                 filter with --model, or the header field of recorded ratings with --stamp"
            );
        }
        Ok(trace)
    }

    fn holds(&self) -> Result<Holds> {
        let relabel = self.labels.relabel()?;
        let options = ReadOptions { relabel, ..ReadOptions::default() };
        let input = Input::open(&self.mail, &options)?;
        let name = input.name().to_owned();
        let mut counts = [0u64; 2];
        let mut campaigns: BTreeSet<CaseId> = BTreeSet::new();
        for batch in input.batches() {
            for case in batch? {
                counts[case.label.index()] += 1;
                if case.label == Label::Ham {
                    campaigns.insert(case.campaign);
                }
            }
        }
        let [ham, spam] = counts;
        if ham + spam == 0 {
            bail!(
                "`{name}` holds no message that can be read; check the path and format"
            );
        }
        let ham_campaigns = campaigns.len() as u64;
        let proves = |errors: &u64| upper_bound(*errors, ham, self.confidence) <= self.fp;
        let allowed = (0..=ham).take_while(proves).last();
        Ok(Holds {
            ham,
            spam,
            ham_campaigns,
            best_bound: upper_bound(0, ham, self.confidence),
            best_campaign_bound: upper_bound(0, ham_campaigns, self.confidence),
            errors_allowed: allowed,
        })
    }
}

/// A share in decimals, without an exponent.
fn plain(share: f64) -> String {
    format!("{share}")
}

fn one_in(share: f64) -> String {
    if share <= 0.0 || share >= 1.0 {
        return plain(share);
    }
    let decimals = if share < 0.000_1 { 7 } else { 5 };
    format!("{share:.decimals$} (1 in {:.0})", 1.0 / share)
}

fn count(number: Option<u64>) -> String {
    number.map_or("more than can be had".to_owned(), thousands)
}

fn lines(report: &Report) -> Vec<String> {
    let mut lines = vec![format!(
        "to prove with {} % confidence that at most {} of good mail is hurt:",
        plain((report.confidence * 1e8).round() / 1e6),
        one_in(report.fp)
    )];
    for needed in &report.needed {
        let errors = if needed.errors == 1 { "error " } else { "errors" };
        lines.push(format!(
            "  with {} {errors} {:>14} good messages",
            needed.errors,
            count(needed.ham)
        ));
    }
    if let Some(holds) = &report.holds {
        lines.push(format!(
            "this mail: {} good messages of {} campaigns, {} spam messages",
            thousands(holds.ham),
            thousands(holds.ham_campaigns),
            thousands(holds.spam)
        ));
        lines.push(format!(
            "the best it can prove, without any error: at most {}; taking each campaign as \
             one message, {}",
            one_in(holds.best_bound),
            one_in(holds.best_campaign_bound)
        ));
        lines.push(match holds.errors_allowed {
            None => "not enough for the share asked, even without an error".to_owned(),
            Some(errors) => {
                format!(
                    "it proves the share asked with at most {} errors",
                    thousands(errors)
                )
            }
        });
    }
    for proof in report.tiers.iter().flatten().rev() {
        lines.push(proof_line(proof));
    }
    if let Some(next) = &report.label_next {
        lines.push(if next.is_empty() {
            "no scored message lies on either side of a threshold: nothing to label next"
                .to_owned()
        } else {
            "labels to look at next, nearest to the thresholds in effect (not for the bound: \
             they are no random part of the mail):"
                .to_owned()
        });
        for Next { candidate, explain } in next {
            lines.push(format!(
                "  {} {} SCL {}, {} from the cut below SCL {}, score {:.4}, {}",
                candidate.id.short(),
                candidate.label,
                candidate.scl,
                candidate.distance,
                candidate.cut,
                candidate.score,
                candidate.tier
            ));
            lines.push(format!("    {explain}"));
        }
    }
    lines
}

fn proof_line(proof: &Proof) -> String {
    let verdict = if proof.proven { "proven" } else { "not proven" };
    let needs = if proof.proven {
        String::new()
    } else {
        let rate = match proof.needs.at_this_rate {
            Some(more) => format!(", {} more if errors go on as seen", thousands(more)),
            None => ", and none would if errors go on as seen".to_owned(),
        };
        format!(
            "; {} more good messages without an error would prove it{rate}",
            count(proof.needs.without_errors)
        )
    };
    format!(
        "{:<11}{} of {} hurt: at most {}, by campaign ({} of {}) at most {}: {verdict}{needs}",
        proof.tier.name(),
        thousands(proof.errors),
        thousands(proof.of),
        one_in(proof.bound),
        thousands(proof.campaign_errors),
        thousands(proof.campaigns),
        one_in(proof.campaign_bound),
    )
}
