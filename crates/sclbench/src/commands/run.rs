//! `sclbench run`: the whole chain on the corpus of an experiment file.

use std::path::{Path, PathBuf};

use ::sweep::Keep;
use agents::PolicySpec;
use analysis::{Goal, RunFile, RunKind, SealedHoldout};
use anyhow::{Context as _, Result};
use clap::Args;
use corpus::{PackedCase, ReadOptions, SourceSpec, SplitRow, SplitSpec, assign};
use filter::Trainer;
use mail::{Provenance, World};

use super::Context;
use crate::chain::{self, Brief, recommendation_lines};
use crate::charts::Gallery;
use crate::commands::replay::subject;
use crate::experiment::ExperimentSpec;
use crate::export::{self, Evidence};
use crate::input::Input;
use crate::observe::{Lens, Observed};
use crate::settings::{self, Scores, provenance};
use crate::training::{Mode, train};

/// Options of `run`.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The experiment file.
    #[arg(default_value = "sclbench.toml")]
    experiment: PathBuf,
}

/// Everything one chain starts from.
pub(crate) struct Experiment<'a> {
    /// Name of the corpus, for charts.
    pub(crate) name: String,
    /// The mail.
    pub(crate) cases: Vec<PackedCase>,
    /// The recorded world.
    pub(crate) world: &'a World,
    /// The starting policy.
    pub(crate) policy: PolicySpec,
    /// How the filter learns.
    pub(crate) trainer: Trainer,
    /// How the mail is split.
    pub(crate) split: SplitSpec,
    /// What is wanted.
    pub(crate) goal: Goal,
    /// Where everything goes.
    pub(crate) out: PathBuf,
    /// What made it.
    pub(crate) provenance: Provenance,
}

impl Run {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// An input cannot be read, or a file cannot be written.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        let spec = ExperimentSpec::load(&self.experiment)?;
        let sources = spec
            .corpus
            .iter()
            .map(|s| s.parse())
            .collect::<Result<Vec<SourceSpec>, _>>()?;
        let world = settings::world(spec.world.as_deref())?;
        let policy = settings::policy(spec.policy.as_deref(), None)?;
        let mut inputs = vec![("experiment", self.experiment.clone())];
        inputs.extend(sources.iter().map(|source| ("corpus", source.path.clone())));
        inputs.extend(spec.policy.clone().map(|path| ("policy", path)));
        inputs.extend(spec.world.clone().map(|path| ("world", path)));
        let provenance = provenance(context.global.seed, &inputs)?;
        let input = Input::open(&sources, &ReadOptions::default())?;
        let experiment = Experiment {
            name: input.name().to_owned(),
            cases: input.all()?,
            world: &world,
            policy,
            trainer: spec.trainer,
            split: spec.split,
            goal: spec.goal.resolve()?,
            out: spec.out,
            provenance,
        };
        experiment.run(context)
    }
}

impl Experiment<'_> {
    /// Split, train, sweep, recommend, chart, export; prints the summary.
    ///
    /// # Errors
    ///
    /// A part is empty or of one class, a setting cannot be used, a file cannot be written.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        let out = self.out.clone();
        std::fs::create_dir_all(&out).with_context(|| {
            format!("cannot make `{}`; check the path", out.display())
        })?;
        let [training, tune, holdout] = parts(self.cases, &self.split)?;
        let counts = [training.len(), tune.len(), holdout.len()];
        let trained = train(
            &training,
            self.trainer,
            Mode::Fit,
            self.provenance.clone(),
            &context.threads,
            context.output,
        )?;
        drop(training);
        let model = trained.model.context("training in mode `fit` gives a model")?;
        model.save(out.join("filter.model"))?;
        let scores = Scores::Model(std::sync::Arc::new(model));
        let lens = |keep| Lens {
            policy: &self.policy,
            scores: &scores,
            world: self.world,
            keep,
            allow_overlap: false,
            threads: &context.threads,
            output: context.output,
        };
        let observed: Observed =
            lens(Keep::Trace).observe(Input::of_cases(&self.name, tune))?;
        let space = chain::space(&observed, true);
        let shown = subject(&observed, self.name.clone(), scores.name());
        let brief = Brief {
            spec: &self.policy,
            goal: &self.goal,
            provenance: self.provenance.clone(),
            subject: &shown,
        };
        let swept = chain::sweep(&out, &observed, &space, brief, context)?;
        let observe = || lens(Keep::Counts).observe(Input::of_cases(&self.name, holdout));
        let sealed = SealedHoldout::new(Some(observe));
        let recommended =
            chain::recommend(&swept.choice, &self.goal, &self.policy, sealed)?;
        if let Some(holdout) = &recommended.holdout {
            let folder = out.join("holdout");
            let gallery = Gallery { folder: &folder, subject: &shown };
            gallery.tier_rates(&[("recommended, hold-out", holdout)])?;
        }
        let evidence = Evidence {
            run: &swept.file,
            provenance: &self.provenance,
            recommended: &recommended,
            choice: &swept.choice,
        };
        export::all(&out, &self.policy, &evidence)?;
        let mut file = RunFile::new(
            RunKind::Run,
            self.provenance.clone(),
            swept.file.summary.clone(),
        );
        file.sweep = swept
            .file
            .sweep
            .clone()
            .map(|sweep| analysis::SweepSummary { seconds: 0.0, ..sweep });
        file.recommendation = Some(recommended.recommendation.clone());
        file.write(&out)?;
        let lines = summary(&out, counts, &trained.quality, &swept, &recommended);
        context.output.result(&file, &lines)
    }
}

/// The mail of each part, in time order.
fn parts(cases: Vec<PackedCase>, split: &SplitSpec) -> Result<[Vec<PackedCase>; 3]> {
    let rows: Vec<SplitRow> = cases
        .iter()
        .map(|case| SplitRow { id: case.id, time: case.time, campaign: case.campaign })
        .collect();
    let assignment = assign(&rows, split)?;
    let mut parts: [Vec<PackedCase>; 3] = Default::default();
    for (case, part) in cases.into_iter().zip(assignment.parts) {
        parts[part.index()].push(case);
    }
    Ok(parts)
}

/// The ten lines at the end.
fn summary(
    out: &Path,
    [training, tune, holdout]: [usize; 3],
    quality: &filter::Quality,
    swept: &chain::Swept,
    recommended: &chain::Recommended,
) -> Vec<String> {
    let mut lines = vec![
        format!("{training} messages trained on, {tune} swept, {holdout} held out"),
        format!("filter: (1-ROCA) {:.3} % out of fold", quality.one_minus_roca_percent),
    ];
    if let Some(sweep) = &swept.file.sweep {
        lines.push(format!(
            "{} policies in {:.2} s, {} outcome-distinct orders",
            analysis::thousands(sweep.policies),
            sweep.seconds,
            sweep.outcome_distinct_orders
        ));
    }
    let start = crate::commands::replay::sentences(&swept.base);
    lines.extend(start.into_iter().map(|line| format!("starting policy: {line}")));
    lines.extend(recommendation_lines(recommended));
    lines.extend([
        format!("charts:  {}", out.join("charts").display()),
        format!(
            "scripts: {} and {}",
            out.join("edge.ps1").display(),
            out.join("organization.ps1").display()
        ),
        "next: try your own mail with `sclbench run`, or other budgets with \
         `sclbench recommend`"
            .to_owned(),
    ]);
    lines
}
