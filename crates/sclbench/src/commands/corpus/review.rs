//! `sclbench corpus review`: labels that are probably wrong.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use analysis::{
    FoundPlanted, Reviewed, Suspect, found_planted, suspects, thousands, write_atomic,
};
use anyhow::{Context as _, Result};
use clap::Args;
use corpus::PackedCase;
use filter::{Calibration, Document, TrainError, Trainer, train};
use mail::{Address, CaseId, Label, Message};
use serde::Serialize;

use crate::commands::Context;
use crate::exit::CannotJudge;
use crate::input::SourceArgs;
use crate::settings::spare;
use crate::training::{FOLDS, items, messages};

/// How the list is made, below the options.
const METHOD: &str = "\
Every message is scored by a model that learnt neither it nor its near duplicates (folds by
campaign). Suspicion is the log-odds that the label is wrong: the calibrated log-odds of
the other label, plus ln((u + 1) / (a + 1)) for u near duplicates with the other label and
a with the same. Listed are labels that are more likely wrong than right, at most --top.

-o FILE begins a file of corrections: every suspect with its reasons, all of them commented
out. Look at each message, uncomment what is wrong, add `by` and `why`, and give the file
to any command that reads mail: `sclbench corpus pack CORPUS --corrections FILE -o PACK`.

With --noise-ham and --noise-spam, which make labels wrong on purpose, the result says how
many of those are found among the first suspects.

Example:
  sclbench corpus review mail.parquet -o fixes.toml";

/// Words that are told of a suspect.
const WORDS: usize = 4;

/// Options of `corpus review`.
#[derive(Debug, Args)]
#[command(after_long_help = METHOD)]
pub(crate) struct Review {
    /// The mail.
    #[command(flatten)]
    source: SourceArgs,
    /// Most suspects to list.
    #[arg(long, value_name = "N", default_value_t = 50)]
    top: usize,
    /// `fast`: one update per message. `accurate`: trained near its own error.
    #[arg(long, default_value_t = Trainer::Accurate)]
    trainer: Trainer,
    /// File of corrections to begin (TOML).
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// What `corpus review` prints as JSON.
#[derive(Serialize)]
struct Found {
    messages: usize,
    trainer: Trainer,
    /// Labels that are more likely wrong than right, listed or not.
    more_likely_wrong: usize,
    suspects: Vec<Row>,
    /// How labels were changed while reading.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    labels: Vec<String>,
    /// With wrong labels on purpose: how many there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    planted: Option<usize>,
    /// With wrong labels on purpose: how many stand among the first suspects.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    planted_found: Vec<FoundPlanted>,
}

/// One suspect.
#[derive(Serialize)]
struct Row {
    #[serde(flatten)]
    suspect: Suspect,
    to: Label,
    place: String,
    from: String,
    subject: String,
    /// Words that speak loudest for the other label, with their log-odds of spam.
    words: Vec<Word>,
    /// Whether the label was made wrong on purpose.
    #[serde(skip_serializing_if = "Option::is_none")]
    planted: Option<bool>,
}

#[derive(Serialize)]
struct Word {
    word: String,
    weight: f64,
}

impl Review {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// A source cannot be read, the mail is of one class or too little to review, or the
    /// file cannot be written.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        if let Some(out) = &self.out {
            spare(out, &self.source.inputs())?;
        }
        let input = self.source.open()?;
        input.warn(context.output);
        let labels = input.reading().labels;
        let planted: BTreeSet<CaseId> = input.planted().keys().copied().collect();
        let cases = input.all()?;
        let (ranked, models, parsed) = self.rank(&cases, context)?;
        let more_likely_wrong = ranked.iter().filter(|it| it.suspicion > 0.0).count();
        let told = ranked.iter().take(self.top.min(more_likely_wrong));
        let rows = told.map(|suspect| {
            let (case, message) = (&cases[suspect.place], &parsed[suspect.place]);
            let document = Document::new(&case.raw, message);
            let model = &models.of_fold[models.folds[suspect.place]];
            let to = suspect.label.other();
            let words = model.voices(&document, to, WORDS).into_iter();
            Row {
                suspect: *suspect,
                to,
                place: case.place.clone(),
                from: message.from.first().map_or_else(String::new, sender),
                subject: message.subject.clone(),
                words: words.map(|v| Word { word: v.word, weight: v.weight }).collect(),
                planted: (!planted.is_empty()).then(|| planted.contains(&suspect.id)),
            }
        });
        let found = Found {
            messages: cases.len(),
            trainer: self.trainer,
            more_likely_wrong,
            suspects: rows.collect(),
            labels,
            planted: (!planted.is_empty()).then_some(planted.len()),
            planted_found: match planted.is_empty() {
                true => Vec::new(),
                false => found_planted(&ranked, &planted),
            },
        };
        let mut lines = lines(&found);
        if let Some(out) = &self.out {
            write(out, &template(&found))?;
            lines.push(format!("wrote {}; nothing in it counts yet", out.display()));
        }
        context.output.result(&found, &lines)
    }

    /// Every message by suspicion, with the models and messages its reasons come from.
    fn rank(
        &self,
        cases: &[PackedCase],
        context: &Context<'_>,
    ) -> Result<(Vec<Suspect>, Models, Vec<Message>)> {
        let parsed = messages(cases, &context.threads);
        let items = items(cases, &parsed);
        let parts = context.threads.map((0..FOLDS).collect(), |fold| {
            train::fold_with_model(fold, FOLDS, &items, self.trainer)
        });
        let mut models = Models { of_fold: Vec::new(), folds: vec![0; cases.len()] };
        let mut scores = Vec::new();
        for (fold, part) in parts.into_iter().enumerate() {
            let (part, model) = part.map_err(|error| match error {
                TrainError::TooFewGroups { .. } => CannotJudge(error.to_string()).into(),
                error => anyhow::Error::from(error),
            })?;
            for (place, _) in &part {
                models.folds[*place] = fold;
            }
            scores.push(part);
            models.of_fold.push(model);
        }
        let scores = train::merge(scores);
        let calibration = Calibration::fit(&train::scored(&items, &scores))?;
        let reviewed = |(case, score): (&PackedCase, &f64)| Reviewed {
            id: case.id,
            campaign: case.campaign,
            label: case.label,
            score: *score,
        };
        let reviewed: Vec<_> = cases.iter().zip(&scores).map(reviewed).collect();
        Ok((suspects(&reviewed, &calibration), models, parsed))
    }
}

/// The model of each fold, and the fold of each message.
struct Models {
    of_fold: Vec<filter::Model>,
    folds: Vec<usize>,
}

fn write(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let name = path
        .file_name()
        .with_context(|| format!("`{}` names no file; name one", path.display()))?;
    let folder = folder.unwrap_or(Path::new("."));
    Ok(write_atomic(folder, &name.to_string_lossy(), text.as_bytes())?)
}

fn sender(from: &Address) -> String {
    from.email.clone()
}

fn lines(found: &Found) -> Vec<String> {
    let mut lines = vec![format!(
        "{} messages; {} labels are more likely wrong than right{}",
        thousands(found.messages as u64),
        thousands(found.more_likely_wrong as u64),
        match found.suspects.len() {
            0 => String::new(),
            shown => format!("; the first {}:", thousands(shown as u64)),
        }
    )];
    for (rank, row) in found.suspects.iter().enumerate() {
        let mark = if row.planted == Some(true) { "  WRONG ON PURPOSE" } else { "" };
        lines.push(format!(
            "{:>4}  {}  {} -> {}  suspicion {:+.1}{mark}",
            rank + 1,
            row.suspect.id.short(),
            row.suspect.label,
            row.to,
            row.suspect.suspicion,
        ));
        lines.push(format!("      {}", clipped(&row.subject)));
        lines.push(format!("      {}", row.place));
        lines.extend(reasons(row).into_iter().map(|reason| format!("      {reason}")));
    }
    lines.extend(found.labels.iter().map(|note| format!("labels: {note}")));
    if let Some(planted) = found.planted {
        let of = thousands(planted as u64);
        lines.extend(found.planted_found.iter().map(|FoundPlanted { among, found }| {
            format!(
                "of {of} labels wrong on purpose, {} are among the first {} suspects",
                thousands(*found),
                thousands(*among)
            )
        }));
    }
    lines
}

/// Why a label is suspect.
fn reasons(row: &Row) -> Vec<String> {
    let Suspect { score, spam_probability, alike, unlike, .. } = row.suspect;
    let mut reasons = vec![format!(
        "score {score:+.2} of a model that did not learn it, spam with probability {:.4}",
        spam_probability
    )];
    if alike + unlike > 0 {
        reasons.push(format!(
            "near duplicates: {unlike} with the other label, {alike} with the same"
        ));
    }
    if !row.words.is_empty() {
        let words = row.words.iter().map(|it| format!("{} {:+.2}", it.word, it.weight));
        let words = words.collect::<Vec<_>>().join(", ");
        reasons.push(format!("loudest for {}: {words}", row.to));
    }
    reasons
}

/// The start of a file of corrections: everything is a comment until somebody has looked.
fn template(found: &Found) -> String {
    let mut out = String::from(
        "# Corrections of labels, begun by `sclbench corpus review`.\n\
         # Look at each message; uncomment its six lines where the label is wrong, and say\n\
         # who found it and why. What stays a comment changes nothing.\n",
    );
    for row in &found.suspects {
        let comment = |text: &str| -> String {
            text.chars().filter(|c| !c.is_control()).take(200).collect()
        };
        out.push('\n');
        for line in std::iter::once(clipped(&row.subject))
            .chain([row.from.clone(), row.place.clone()])
            .chain(reasons(row))
        {
            let _ = writeln!(out, "# {}", comment(&line));
        }
        let Suspect { id, label, .. } = row.suspect;
        let _ = writeln!(out, "#[[correction]]\n#id = \"{id}\"");
        let _ = writeln!(out, "#from = \"{label}\"\n#to = \"{}\"", row.to);
        let _ = writeln!(out, "#by = \"\"\n#why = \"\"");
    }
    out
}

/// A subject that fits a line.
fn clipped(subject: &str) -> String {
    match subject.chars().count() {
        0 => "(no subject)".to_owned(),
        1..=70 => subject.to_owned(),
        _ => subject.chars().take(69).chain(['…']).collect(),
    }
}
