//! Labels that differ from what the mail's sources say: options, and what is said about them.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use corpus::{Corrections, Noise, PackReader, Relabel, Relabelled, is_pack};
use mail::{InputDigest, Label};

use crate::experiment::ExperimentSpec;

/// Role of a file of corrections among a run's inputs.
pub(crate) const CORRECTIONS: &str = "corrections";
/// Role of wrong labels on purpose among a run's inputs; their name is what was asked for.
pub(crate) const NOISE: &str = "noise";

/// How labels are changed while mail is read.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct LabelArgs {
    /// File of corrected labels (TOML or NDJSON), as `corpus review -o` begins one; may be
    /// given several times. One that does not fit the mail is an error.
    #[arg(long, value_name = "FILE")]
    corrections: Vec<PathBuf>,
    /// For experiments: share of good mail that is called spam on purpose.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    noise_ham: Option<f64>,
    /// For experiments: share of spam that is called good on purpose.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    noise_spam: Option<f64>,
    /// Which messages get the wrong label: the same ones for the same seed.
    #[arg(long, value_name = "N", default_value_t = 1)]
    noise_seed: u64,
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("use a share from 0 to 1, such as 0.01".to_owned()),
    }
}

impl LabelArgs {
    /// What an experiment file says.
    ///
    /// # Errors
    ///
    /// A share of noise is not one, naming the key.
    pub(crate) fn of(experiment: &ExperimentSpec) -> Result<Self> {
        let ExperimentSpec { corrections, noise_ham, noise_spam, noise_seed, .. } =
            experiment;
        for (key, value) in [("noise-ham", noise_ham), ("noise-spam", noise_spam)] {
            if let Some(value) = value.filter(|value| !(0.0..=1.0).contains(value)) {
                bail!("`{key}` is {value}; use a share from 0 to 1, such as 0.01");
            }
        }
        Ok(Self {
            corrections: corrections.clone(),
            noise_ham: *noise_ham,
            noise_spam: *noise_spam,
            noise_seed: *noise_seed,
        })
    }

    /// Whether nothing is changed.
    pub(crate) fn is_empty(&self) -> bool {
        self.inputs().is_empty()
    }

    /// How labels are changed.
    ///
    /// # Errors
    ///
    /// A file of corrections cannot be used.
    pub(crate) fn relabel(&self) -> Result<Relabel> {
        let mut corrections = Corrections::default();
        for path in &self.corrections {
            corrections.add_file(path)?;
        }
        Ok(Relabel { corrections, noise: self.noise() })
    }

    fn noise(&self) -> Option<Noise> {
        let stated = self.noise_ham.is_some() || self.noise_spam.is_some();
        stated.then(|| Noise {
            ham: self.noise_ham.unwrap_or(0.0),
            spam: self.noise_spam.unwrap_or(0.0),
            seed: self.noise_seed,
        })
    }

    /// The options as typed.
    pub(crate) fn as_typed(&self) -> Vec<String> {
        let files = self
            .corrections
            .iter()
            .map(|path| ("--corrections", path.display().to_string()));
        let shares = [("--noise-ham", self.noise_ham), ("--noise-spam", self.noise_spam)];
        let shares = shares
            .into_iter()
            .filter_map(|(name, share)| Some((name, share?.to_string())));
        let stated = self.noise().map(|noise| ("--noise-seed", noise.seed.to_string()));
        let all = files.chain(shares).chain(stated);
        all.flat_map(|(name, value)| [name.to_owned(), value]).collect()
    }

    /// What changes labels, as inputs of a run for its provenance.
    pub(crate) fn inputs(&self) -> Vec<(&'static str, PathBuf)> {
        let files = self.corrections.iter().map(|path| (CORRECTIONS, path.clone()));
        let noise = self.noise().map(|noise| (NOISE, noise.to_string().into()));
        files.chain(noise).collect()
    }
}

/// What was changed, in words.
pub(crate) fn notes(relabel: &Relabel, changed: &Relabelled) -> Vec<String> {
    let mut notes = Vec::new();
    if !relabel.corrections.is_empty() {
        let s = if changed.corrected == 1 { "" } else { "s" };
        notes.push(format!("{} label{s} corrected", changed.corrected));
    }
    if let Some(noise) = relabel.noise {
        notes.push(format!(
            "LABELS WRONG ON PURPOSE: {} good messages are called spam and {} spam messages \
             good ({noise})",
            changed.planted_of(Label::Ham),
            changed.planted_of(Label::Spam),
        ));
    }
    notes
}

/// How a pack's labels were changed when it was made: corrections and noise among the inputs
/// in its provenance; nothing for other files.
pub(crate) fn history(path: &Path) -> Vec<InputDigest> {
    if !is_pack(path) {
        return Vec::new();
    }
    let pack = PackReader::open(path).ok();
    let provenance = pack.as_ref().and_then(PackReader::provenance);
    let inputs = provenance.map_or(&[][..], |provenance| &provenance.inputs);
    let changes = |input: &&InputDigest| [CORRECTIONS, NOISE].contains(&&*input.role);
    inputs.iter().filter(changes).cloned().collect()
}

/// The history of a pack's labels in words.
pub(crate) fn history_notes(path: &Path) -> Vec<String> {
    let shown = path.display();
    let note = |input: &InputDigest| match &*input.role {
        NOISE => {
            format!("LABELS WRONG ON PURPOSE since `{shown}` was packed ({})", input.name)
        }
        _ => format!("labels corrected by `{}` when `{shown}` was packed", input.name),
    };
    history(path).iter().map(note).collect()
}

/// Whether a note says that labels are wrong on purpose.
pub(crate) fn is_noise(note: &str) -> bool {
    note.starts_with("LABELS WRONG ON PURPOSE")
}
