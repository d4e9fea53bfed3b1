//! `sclbench run`: the whole chain on the corpus of an experiment file.

use std::path::{Path, PathBuf};

use ::sweep::Keep;
use agents::PolicySpec;
use analysis::{
    Goal, MenuEntry, Recommendation, RunFile, RunKind, SealedHoldout, Stability,
    counts_sentence, menu, thousands,
};
use anyhow::{Context as _, Result};
use clap::Args;
use corpus::{PackedCase, ReadOptions, SourceSpec, SplitRow, SplitSpec, assign};
use filter::{ModelFile, Trainer};
use mail::{Label, Provenance, World};

use super::Context;
use crate::chain::{self, Brief, HeldOut};
use crate::charts::{Gallery, Subject};
use crate::commands::replay::subject;
use crate::experiment::ExperimentSpec;
use crate::export::{self, Evidence};
use crate::input::Input;
use crate::labels::LabelArgs;
use crate::observe::{Lens, Observed};
use crate::scaffold;
use crate::settings::{self, Scores, provenance};
use crate::stages::{Stages, training_inputs};
use crate::training::{Mode, train};

/// Options of `run`.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../help/run.txt"))]
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
    /// How its labels were changed, in words.
    pub(crate) labels: Vec<String>,
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
    /// A run of an experiment file.
    pub(crate) fn of(experiment: PathBuf) -> Self {
        Self { experiment }
    }

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
        let labels = LabelArgs::of(spec.corrections.clone());
        inputs.extend(labels.inputs());
        let provenance = provenance(context.global.seed(), &inputs)?;
        let options =
            ReadOptions { relabel: labels.relabel()?, ..ReadOptions::default() };
        let input = Input::open(&sources, &options)?;
        let notes = input.reading().labels;
        if spec.schedule.is_some() {
            context.output.warn(
                "`run` sweeps policies that stay the same and leaves `schedule` out; see \
                 `replay --schedule`",
            );
        }
        let experiment = Experiment {
            name: input.name().to_owned(),
            cases: input.all()?,
            labels: notes,
            world: &world,
            policy,
            trainer: spec.trainer,
            split: spec.split,
            goal: settings::goal_of(&spec.goal, &self.experiment)?,
            out: spec.out,
            provenance,
        };
        experiment.run(context)
    }
}

impl Experiment<'_> {
    /// The trained filter: that of an earlier run where nothing that it learns from has
    /// changed, else a new one.
    fn filter(
        &self,
        training: &[PackedCase],
        context: &Context<'_>,
    ) -> Result<(ModelFile, Learnt)> {
        const STAGE: &str = "train";
        let path = self.out.join("filter.model");
        let inputs = training_inputs(training, self.trainer);
        let mut stages = Stages::read(&self.out);
        if let Some(stage) = stages.finished(STAGE, &inputs, &path) {
            let learnt = Learnt { one_minus_roca_percent: stage.measured, reused: true };
            return Ok((ModelFile::load(&path)?, learnt));
        }
        let trained = train(
            training,
            self.trainer,
            Mode::Fit,
            self.provenance.clone(),
            &context.threads,
            context.output,
        )?;
        let model = trained.model.context("training in mode `fit` gives a model")?;
        model.save(&path)?;
        let one_minus_roca_percent = trained.quality.one_minus_roca_percent;
        stages.finish(&self.out, STAGE, inputs, &path, one_minus_roca_percent)?;
        Ok((model, Learnt { one_minus_roca_percent, reused: false }))
    }

    /// Split, train, sweep, recommend, chart, export; prints the summary.
    ///
    /// # Errors
    ///
    /// A part is empty or of one class, a setting cannot be used, a file cannot be written.
    pub(crate) fn run(mut self, context: &Context<'_>) -> Result<()> {
        let out = self.out.clone();
        scaffold::folder(&out)?;
        let [training, tune, holdout] =
            parts(std::mem::take(&mut self.cases), &self.split)?;
        let counts = [training.len(), tune.len(), holdout.len()];
        let (model, learnt) = self.filter(&training, context)?;
        drop(training);
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
        let observed: Observed = lens(Keep::Trace)
            .observe(Input::of_cases(&self.name, tune).with_labels(&self.labels))?;
        let space = chain::space(&observed, true);
        let shown = subject(&observed, self.name.clone(), scores.name());
        let brief = Brief {
            spec: &self.policy,
            goal: &self.goal,
            provenance: self.provenance.clone(),
            subject: &shown,
        };
        let swept = chain::sweep(&out, &observed, &space, brief, context)?;
        let observe = || {
            let input = Input::of_cases(&self.name, holdout);
            HeldOut::new(&swept.choice, &lens(Keep::Counts).observe(input)?)
        };
        let sealed = SealedHoldout::new(Some(observe));
        let mut recommended =
            chain::recommend(&swept.choice, &self.goal, &self.policy, sealed)?;
        let found = &mut recommended.recommendation;
        found.menu = menu(&swept.result, &self.goal, None)?;
        if let Some(made_with) = &swept.file.context {
            let labels: Vec<Label> =
                observed.docket.cases().iter().map(|case| case.label).collect();
            let counted = (&swept.result, &swept.sheet);
            found.stability = chain::stability(
                &swept.choice,
                counted,
                &labels,
                made_with,
                &self.goal,
                context,
            )?;
        }
        if let Some(holdout) = &recommended.holdout {
            let folder = out.join("holdout");
            let subject = Subject { span: holdout.span, ..shown.clone() };
            let gallery = Gallery { folder: &folder, subject: &subject };
            gallery.tier_rates(&[
                ("starting policy", &holdout.base),
                ("recommended", &holdout.recommended),
            ])?;
        }
        let evidence = Evidence {
            run: &swept.file,
            provenance: &self.provenance,
            recommended: &recommended,
            choice: &swept.choice,
            valid_days: self.goal.valid_days(),
        };
        export::all(&out, &self.policy, &evidence)?;
        let mut file = RunFile::new(
            RunKind::Run,
            self.provenance.clone(),
            swept.file.summary.clone(),
        );
        file.context = swept.file.context.clone();
        file.sweep = swept
            .file
            .sweep
            .clone()
            .map(|sweep| analysis::SweepSummary { seconds: 0.0, ..sweep });
        file.recommendation = Some(recommended.recommendation.clone());
        file.write(&out)?;
        let mut lines = summary(&out, counts, &learnt, &swept, &recommended);
        lines.extend(self.labels.iter().map(|note| format!("labels  {note}")));
        context.output.result(&file, &lines)
    }
}

/// What is told of the filter.
struct Learnt {
    /// Its out-of-fold ranking error.
    one_minus_roca_percent: f64,
    /// Whether an earlier run had trained it.
    reused: bool,
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

/// The lines at the end: what was done, what it found, where it is, what next.
fn summary(
    out: &Path,
    [training, tune, holdout]: [usize; 3],
    learnt: &Learnt,
    swept: &chain::Swept,
    recommended: &chain::Recommended,
) -> Vec<String> {
    let [all, training, tune, held] =
        [training + tune + holdout, training, tune, holdout].map(|n| thousands(n as u64));
    let mut lines = vec![format!(
        "{all} messages: {training} to train ((1-ROCA) {:.2} % out of fold), {tune} \
         to choose, {held} to judge",
        learnt.one_minus_roca_percent
    )];
    if learnt.reused {
        lines.push(
            "reused  the filter trained before: the same mail, labels, trainer and version"
                .to_owned(),
        );
    }
    if let Some(sweep) = &swept.file.sweep {
        lines.push(format!(
            "{} policies swept in {:.2} s: {} order classes ({} distinct here) x {} threshold \
             settings",
            thousands(sweep.policies),
            sweep.seconds,
            thousands(sweep.order_classes),
            thousands(sweep.outcome_distinct_orders),
            thousands(sweep.threshold_settings),
        ));
    }
    lines.extend(advice(&recommended.recommendation));
    if let Some(HeldOut { base, recommended, .. }) = &recommended.holdout {
        for label in Label::ALL {
            for (who, tally) in [("start", base), ("advice", recommended)] {
                lines.push(format!("{who:<7} {}", counts_sentence(tally, label)));
            }
        }
    }
    let at = |name: &str| out.join(name).display().to_string();
    lines.extend([
        format!(
            "files   charts/*.svg and *.png, edge.ps1, organization.ps1, \
             recommended-policy.toml in {}",
            out.display()
        ),
        format!(
            "next    look at {}; read {}; `sclbench init` for your own mail",
            at("charts/tier-rates.png"),
            at("edge.ps1")
        ),
    ]);
    lines
}

/// The recommendation on one line, the verdict with its first reason.
fn advice(found: &Recommendation) -> Vec<String> {
    let order = match found.moves.as_slice() {
        [] => "order unchanged".to_owned(),
        moves => moves
            .iter()
            .map(|m| format!("{} to priority {}", m.agent, m.priority))
            .collect::<Vec<_>>()
            .join(", "),
    };
    let name = found.verdict.name();
    let why = found.why.iter().find(|why| why.starts_with(name));
    let mut lines = vec![
        format!("advice  {}; {order}", found.thresholds),
        format!("verdict {}", why.map_or(name, String::as_str)),
    ];
    lines.extend(found.stability.iter().map(|Stability { draws, chosen, thresholds, order, .. }| {
        format!(
            "stable  among the best in {chosen} of {draws} draws of campaigns (thresholds \
             {thresholds}, order {order})"
        )
    }));
    lines.extend(
        found
            .menu
            .iter()
            .flat_map(MenuEntry::lines)
            .map(|line| format!("menu    {line}")),
    );
    lines
}
