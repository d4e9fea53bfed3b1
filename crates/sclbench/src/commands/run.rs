//! `sclbench run`: the whole chain on the corpus of an experiment file.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use ::sweep::Keep;
use agents::PolicySpec;
use analysis::{
    Goal, MenuEntry, Recommendation, RunFile, RunKind, SealedHoldout, Stability, by_case,
    choose, counts_sentence, menu, read_sheet, read_sweep, read_trace, thousands,
    write_atomic,
};
use anyhow::{Context as _, Result};
use clap::Args;
use corpus::{
    PackedCase, Part, ReadOptions, SourceSpec, SplitRow, SplitSpec, assign, is_pack,
};
use filter::{ModelFile, Trainer};
use mail::{Label, Provenance, World};

use super::Context;
use crate::chain::{self, BASE_POLICY, Brief, HeldOut, Tuned};
use crate::charts::{ChartArgs, Gallery, Sizes, Subject};
use crate::commands::replay::subject;
use crate::experiment::ExperimentSpec;
use crate::export::{self, Evidence};
use crate::input::Input;
use crate::labels::{CORRECTIONS, LabelArgs, NOISE, history_notes, notes};
use crate::observe::{Lens, Observed};
use crate::scaffold;
use crate::settings::{self, Scores, provenance};
use crate::stages::{Inputs, Stages, training_inputs};
use crate::training::{Mode, train};

/// Options of `run`.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../help/run.txt"))]
pub(crate) struct Run {
    /// The experiment file.
    #[arg(default_value = "sclbench.toml")]
    experiment: PathBuf,
    /// Sizes of the charts.
    #[command(flatten)]
    charts: ChartArgs,
}

/// Everything one chain starts from.
pub(crate) struct Experiment<'a> {
    /// Name of the corpus, for charts.
    pub(crate) name: String,
    /// The mail.
    pub(crate) cases: Vec<PackedCase>,
    /// What an earlier run has finished.
    pub(crate) stages: Stages,
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
    /// Sizes of the charts.
    pub(crate) sizes: Sizes,
    /// Where everything goes.
    pub(crate) out: PathBuf,
    /// What made it.
    pub(crate) provenance: Provenance,
}

impl Run {
    /// A run of an experiment file.
    pub(crate) fn of(experiment: PathBuf, charts: ChartArgs) -> Self {
        Self { experiment, charts }
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
        let weights = spec.policy.as_deref().and_then(settings::weighting_file);
        inputs.extend(weights.map(|path| ("custom weights", path)));
        inputs.extend(spec.world.clone().map(|path| ("world", path)));
        let labels = LabelArgs::of(&spec)
            .with_context(|| self.experiment.display().to_string())?;
        inputs.extend(labels.inputs());
        let provenance = provenance(context.global.seed(), &inputs)?;
        scaffold::run_folder(&spec.out, &[RunKind::Run, RunKind::Sweep])?;
        let mut stages = Stages::read(&spec.out);
        let options =
            ReadOptions { relabel: labels.relabel()?, ..ReadOptions::default() };
        let (input, notes) =
            packed(&sources, &options, &spec.out, &provenance, &mut stages)?;
        if spec.schedule.is_some() {
            context.output.warn(
                "`run` sweeps policies that stay the same and leaves `schedule` out; see \
                 `replay --schedule`",
            );
        }
        let experiment = Experiment {
            name: sources.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
            cases: input.all()?,
            stages,
            labels: notes,
            world: &world,
            policy,
            trainer: spec.trainer,
            split: spec.split,
            goal: settings::goal_of(&spec.goal, &self.experiment)?,
            sizes: self.charts.sizes(),
            out: spec.out,
            provenance,
        };
        experiment.run(context)
    }
}

/// The mail of the sources: the pack that they are, or else a pack of them in the run folder,
/// that of an earlier run where they have not changed. With it, how labels were changed, in
/// words.
fn packed(
    sources: &[SourceSpec],
    options: &ReadOptions,
    out: &Path,
    provenance: &Provenance,
    stages: &mut Stages,
) -> Result<(Input, Vec<String>)> {
    if let [SourceSpec { label: None, path }] = sources
        && is_pack(path)
    {
        let input = Input::open(sources, options)?;
        let notes = input.reading().labels;
        return Ok((input, notes));
    }
    let mut provenance = provenance.clone();
    provenance
        .inputs
        .retain(|input| ["corpus", CORRECTIONS, NOISE].contains(&&*input.role));
    let mut inputs = Inputs::new();
    for source in sources {
        inputs = inputs.text(&source.to_string());
    }
    for input in &provenance.inputs {
        inputs = inputs.text(&input.sha256);
    }
    let inputs = inputs.digest();
    let path = out.join(MAIL);
    let notes = if let Some(stage) = stages.finished("pack", &inputs) {
        stage.told.clone()
    } else {
        scaffold::folder(out)?;
        let tally = corpus::pack(sources, options, &path, &provenance)?;
        let history = sources.iter().flat_map(|source| history_notes(&source.path));
        let notes: Vec<String> =
            history.chain(notes(&options.relabel, &tally.relabelled)).collect();
        stages.finish("pack", inputs, vec![MAIL.into()], notes.clone())?;
        notes
    };
    let pack = SourceSpec { label: None, path };
    Ok((Input::open(&[pack], &ReadOptions::default())?, notes))
}

impl Experiment<'_> {
    /// The mail of each part, in time order; `split.csv` tells which message is in which.
    fn parts(&mut self) -> Result<[Vec<PackedCase>; 3]> {
        let cases = std::mem::take(&mut self.cases);
        let split = serde_json::to_string(&self.split)?;
        let inputs = Inputs::new().text(&split).mail(&cases).digest();
        let numbers = if self.stages.finished("split", &inputs).is_some() {
            let text = std::fs::read_to_string(self.out.join(SPLIT))?;
            let part =
                |line: &str| Part::ALL.iter().position(|p| line.ends_with(p.name()));
            text.lines().skip(1).filter_map(part).collect()
        } else {
            let rows: Vec<SplitRow> = cases
                .iter()
                .map(|case| SplitRow {
                    id: case.id,
                    time: case.time,
                    campaign: case.campaign,
                })
                .collect();
            let parts = assign(&rows, &self.split)?.parts;
            let mut text = "message,part\n".to_owned();
            for (case, part) in cases.iter().zip(&parts) {
                writeln!(text, "{},{}", case.id, part.name())?;
            }
            write_atomic(&self.out, SPLIT, text.as_bytes())?;
            self.stages.finish("split", inputs, vec![SPLIT.into()], Vec::new())?;
            parts.iter().map(|part| part.index()).collect::<Vec<_>>()
        };
        let mut parts: [Vec<PackedCase>; 3] = Default::default();
        for (case, part) in cases.into_iter().zip(numbers) {
            parts[part].push(case);
        }
        Ok(parts)
    }

    /// The trained filter, with its ranking error in words: that of an earlier run where
    /// nothing that it learns from has changed, else a new one.
    fn filter(
        &mut self,
        training: &[PackedCase],
        inputs: &str,
        context: &Context<'_>,
    ) -> Result<(ModelFile, Vec<String>)> {
        let path = self.out.join(MODEL);
        if let Some(stage) = self.stages.finished("train", inputs) {
            let told = stage.told.clone();
            return Ok((ModelFile::load(&path)?, told));
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
        let error = trained.quality.one_minus_roca_percent;
        let told = vec![format!("(1-ROCA) {error:.2} % out of fold")];
        self.stages.finish("train", inputs.into(), vec![MODEL.into()], told.clone())?;
        Ok((model, told))
    }

    /// What the sweep rests on.
    fn sweep_inputs(&self, trained: &str, tune: &[PackedCase]) -> Result<String> {
        let policy = serde_json::to_string(&self.policy)?;
        let world = self.provenance.inputs.iter().find(|input| input.role == "world");
        let world = world.map_or("", |input| &input.sha256);
        let goal = format!("{:?}", self.goal);
        let sizes = self.sizes.text();
        let texts = [trained, &policy, world, &goal, &self.name, &sizes];
        let labels = self.labels.iter().map(String::as_str);
        let texts = texts.into_iter().chain(labels).fold(Inputs::new(), Inputs::text);
        Ok(texts.mail(tune).digest())
    }

    /// What the recommendation rests on: its scripts name every input.
    fn advice_inputs(&self, swept: &str, holdout: &[PackedCase]) -> Result<String> {
        let named = serde_json::to_string(&self.provenance.inputs)?;
        let seed = self.provenance.seed.to_string();
        let inputs = Inputs::new().text(swept).text(&named).text(&seed);
        Ok(inputs.mail(holdout).digest())
    }

    /// Split, train, sweep, recommend, chart, export; prints the summary. A stage that an
    /// earlier run has finished from the same inputs is not done again.
    ///
    /// # Errors
    ///
    /// A part is empty or of one class, a setting cannot be used, a file cannot be written.
    pub(crate) fn run(mut self, context: &Context<'_>) -> Result<()> {
        let out = self.out.clone();
        scaffold::folder(&out)?;
        let [training, tune, holdout] = self.parts()?;
        let counts = [training.len(), tune.len(), holdout.len()];
        let trained = training_inputs(&training, self.trainer);
        let (model, learnt) = self.filter(&training, &trained, context)?;
        drop(training);
        let sweeping = self.sweep_inputs(&trained, &tune)?;
        let advising = self.advice_inputs(&sweeping, &holdout)?;
        let done = self.stages.finished("sweep", &sweeping).is_some();
        if done && let Some(stage) = self.stages.finished("recommend", &advising) {
            let mut lines = stage.told.clone();
            lines.insert(1, reused(&self.stages.reused));
            return context.output.result(&RunFile::read(&out)?, &lines);
        }
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
        let (swept, shown) = if done {
            let file = RunFile::read(&out)?;
            let (result, sheet) = (read_sweep(&out)?, read_sheet(&out)?);
            let choice = choose(&result, &self.goal)?;
            let of = file.context.as_ref();
            let shown = Subject {
                corpus: self.name.clone(),
                filter: scores.name(),
                span: of.and_then(|context| context.span),
            };
            (chain::Swept { file, choice, result, sheet }, shown)
        } else {
            let observed: Observed = lens(Keep::Trace)
                .observe(Input::of_cases(&self.name, tune).with_labels(&self.labels))?;
            let space = chain::space(&observed, true);
            let shown = subject(&observed, self.name.clone(), scores.name());
            let brief = Brief {
                spec: &self.policy,
                goal: &self.goal,
                provenance: self.provenance.clone(),
                subject: &shown,
                sizes: &self.sizes,
            };
            let swept = chain::sweep(&out, &observed, &space, brief, context)?;
            let files = swept_files(&out)?;
            self.stages.finish("sweep", sweeping.clone(), files, Vec::new())?;
            (swept, shown)
        };
        let observe = || {
            let input = Input::of_cases(&self.name, holdout);
            HeldOut::new(&swept.choice, &lens(Keep::Trace).observe(input)?)
        };
        let sealed = SealedHoldout::new(Some(observe));
        let tuned = Tuned::of(&swept.file);
        let mut recommended =
            chain::recommend(&swept.choice, &self.goal, &self.policy, &tuned, sealed)?;
        let found = &mut recommended.recommendation;
        found.menu = menu(&swept.result, &self.goal, None)?;
        if let Some(made_with) = &swept.file.context {
            let (rows, _) = read_trace(&out)?;
            let labels: Vec<Label> =
                by_case(&rows).iter().map(|rows| rows[0].label).collect();
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
            let gallery =
                Gallery { sizes: &self.sizes, folder: &folder, subject: &subject };
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
        let written = export::all(&out, &self.policy, &evidence)?;
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
        // The sweep's run file is now the run's; both stages own it.
        self.stages.finish("sweep", sweeping, swept_files(&out)?, Vec::new())?;
        let mut files: Vec<PathBuf> = written
            .iter()
            .filter_map(|path| Some(path.strip_prefix(&out).ok()?.to_owned()))
            .collect();
        files.push(RunFile::NAME.into());
        if recommended.holdout.is_some() {
            let drawn = self.sizes.files("tier-rates").into_iter();
            files.extend(drawn.map(|file| Path::new("holdout/charts").join(file)));
        }
        let lines = |seconds| {
            let shown = self.sizes.picture("tier-rates").unwrap_or_default();
            let found = (&learnt[..], &shown[..]);
            let mut lines = summary(&out, counts, found, &swept, seconds, &recommended);
            lines.extend(self.labels.iter().map(|note| format!("labels  {note}")));
            lines
        };
        self.stages.finish("recommend", advising, files, lines(None))?;
        let seconds = swept.file.sweep.as_ref().map(|sweep| sweep.seconds);
        let mut lines = lines(seconds.filter(|_| !done));
        if !self.stages.reused.is_empty() {
            lines.insert(1, reused(&self.stages.reused));
        }
        context.output.result(&file, &lines)
    }
}

/// The mail of sources that are no pack.
const MAIL: &str = "mail.parquet";
/// Which message is in which part.
const SPLIT: &str = "split.csv";
/// The trained filter.
const MODEL: &str = "filter.model";

/// The line that says which stages were not done again.
fn reused(stages: &[&str]) -> String {
    format!("reused  {}: nothing that goes into them has changed", stages.join(", "))
}

/// What a sweep has written into a run folder.
fn swept_files(out: &Path) -> Result<Vec<PathBuf>> {
    let mut files = vec![RunFile::NAME.into(), "rates.csv".into(), BASE_POLICY.into()];
    for (folder, endings) in [("", &["parquet"][..]), ("charts", &["svg", "png"])] {
        let at = out.join(folder);
        for entry in std::fs::read_dir(&at).with_context(|| at.display().to_string())? {
            let name = PathBuf::from(entry?.file_name());
            let ending = name.extension().and_then(|ending| ending.to_str());
            if name != Path::new(MAIL) && ending.is_some_and(|e| endings.contains(&e)) {
                files.push(Path::new(folder).join(name));
            }
        }
    }
    files.sort();
    Ok(files)
}

/// The lines at the end: what was done, what it found, where it is, what next.
fn summary(
    out: &Path,
    [training, tune, holdout]: [usize; 3],
    (learnt, shown): (&[String], &str),
    swept: &chain::Swept,
    seconds: Option<f64>,
    recommended: &chain::Recommended,
) -> Vec<String> {
    let [all, training, tune, held] =
        [training + tune + holdout, training, tune, holdout].map(|n| thousands(n as u64));
    let mut lines = vec![format!(
        "{all} messages: {training} to train ({}), {tune} to choose, {held} to judge",
        learnt.join(" ")
    )];
    if let Some(sweep) = &swept.file.sweep {
        lines.push(format!(
            "{} policies swept{}: {} order classes ({} distinct here) x {} threshold \
             settings",
            thousands(sweep.policies),
            seconds.map_or_else(String::new, |seconds| format!(" in {seconds:.2} s")),
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
    // Exchange 2003 has no scripts.
    let (scripts, first) = match out.join("edge.ps1").exists() {
        true => ("edge.ps1, organization.ps1, ", "edge.ps1"),
        false => ("", "recommended-policy.toml"),
    };
    lines.extend([
        format!(
            "files   charts/*.svg and *.png, {scripts}recommended-policy.toml in {}",
            out.display()
        ),
        format!(
            "next    look at {}; read {}; `sclbench init` for your own mail",
            at(&format!("charts/{shown}")),
            at(first)
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
