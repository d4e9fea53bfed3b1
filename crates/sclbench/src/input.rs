//! Where the mail of a command comes from: packs, or sources read into memory.

use std::collections::BTreeMap;
use std::path::PathBuf;

use analysis::Reading;
use anyhow::Result;
use corpus::{
    Corpus, Duplicates, Format, PackReader, PackedCase, ReadOptions, SourceSpec, Tally,
    TrustBoundary, is_pack, read_all,
};
use mail::{CaseId, Label};

use crate::labels::{self, LabelArgs};
use crate::output::Output;

/// How sources on the command line are read.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct SourceArgs {
    /// Labelled mail: `ham:PATH`, `spam:PATH`, a pack, a manifest (.toml), or a folder,
    /// archive or TREC index that carries labels.
    #[arg(required = true, value_name = "SOURCE")]
    pub(crate) sources: Vec<SourceSpec>,
    /// Format of the sources, where it is not to be detected.
    #[arg(long)]
    pub(crate) format: Option<Format>,
    /// Recorded envelopes (NDJSON), one object per message.
    #[arg(long, value_name = "FILE")]
    pub(crate) sidecar: Vec<PathBuf>,
    /// Network of a trusted relay, besides loopback, private and link-local addresses; the
    /// client is the first hop outside.
    #[arg(long, value_name = "NETWORK")]
    pub(crate) trust: Vec<ipnet::IpNet>,
    /// Number of further hops that are trusted.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) trusted_hops: u32,
    /// Keep exact copies of a message as cases of their own.
    #[arg(long)]
    pub(crate) keep_duplicates: bool,
    /// Changed labels.
    #[command(flatten)]
    pub(crate) labels: LabelArgs,
}

impl SourceArgs {
    /// The options for the corpus crate.
    ///
    /// # Errors
    ///
    /// A file of corrections cannot be used.
    pub(crate) fn options(&self) -> Result<ReadOptions> {
        let stated = !self.trust.is_empty() || self.trusted_hops > 0;
        Ok(ReadOptions {
            format: self.format,
            duplicates: if self.keep_duplicates {
                Duplicates::Keep
            } else {
                Duplicates::Skip
            },
            trust: stated.then(|| TrustBoundary {
                networks: self.trust.clone(),
                hops: self.trusted_hops,
            }),
            sidecars: self.sidecar.clone(),
            relabel: self.labels.relabel()?,
            ..ReadOptions::default()
        })
    }

    /// Opens the sources.
    ///
    /// # Errors
    ///
    /// A source cannot be read.
    pub(crate) fn open(&self) -> Result<Input> {
        Input::open(&self.sources, &self.options()?)
    }

    /// The options as typed, without the sources.
    pub(crate) fn options_as_typed(&self) -> Vec<String> {
        let mut typed = Vec::new();
        let mut option =
            |name: &str, value: String| typed.extend([name.to_owned(), value]);
        if let Some(format) = self.format {
            option("--format", format.name().to_owned());
        }
        for path in &self.sidecar {
            option("--sidecar", path.display().to_string());
        }
        for network in &self.trust {
            option("--trust", network.to_string());
        }
        if self.trusted_hops > 0 {
            option("--trusted-hops", self.trusted_hops.to_string());
        }
        if self.keep_duplicates {
            typed.push("--keep-duplicates".to_owned());
        }
        typed.extend(self.labels.as_typed());
        typed
    }

    /// The sources as inputs of a run, for its provenance.
    pub(crate) fn inputs(&self) -> Vec<(&'static str, PathBuf)> {
        let corpus = self.sources.iter().map(|source| ("corpus", source.path.clone()));
        let sidecars = self.sidecar.iter().map(|path| ("sidecar", path.clone()));
        corpus.chain(sidecars).chain(self.labels.inputs()).collect()
    }
}

/// Batches of cases, one after the other.
pub(crate) type Batches = Box<dyn Iterator<Item = Result<Vec<PackedCase>>> + Send>;

/// Mail to be observed, in batches.
pub(crate) struct Input {
    name: String,
    sources: Vec<String>,
    reading: Reading,
    misses: u64,
    planted: BTreeMap<CaseId, Label>,
    mail: Mail,
}

enum Mail {
    Pack(Box<PackReader>),
    Cases(Vec<PackedCase>),
}

impl Input {
    /// Cases of one batch from memory.
    const BATCH: usize = 1024;

    /// Opens one pack, or reads sources into memory.
    ///
    /// # Errors
    ///
    /// A source cannot be read.
    pub(crate) fn open(specs: &[SourceSpec], options: &ReadOptions) -> Result<Self> {
        let sources: Vec<String> = specs.iter().map(ToString::to_string).collect();
        let name = sources.join(" ");
        if let [SourceSpec { label: None, path }] = specs
            && is_pack(path)
        {
            let pack = PackReader::open_relabelled(path, &options.relabel)?;
            let mut reading = Reading { read: pack.cases(), ..Reading::default() };
            reading.labels = labels::history_notes(path);
            reading.labels.extend(labels::notes(&options.relabel, pack.relabelled()));
            let planted = pack.relabelled().planted.clone();
            let mail = Mail::Pack(Box::new(pack));
            return Ok(Self { name, sources, reading, planted, misses: 0, mail });
        }
        let corpus = read_all(specs, options)?;
        let mut reading = reading(&corpus.tally);
        reading.labels =
            specs.iter().flat_map(|spec| labels::history_notes(&spec.path)).collect();
        let changed = &corpus.tally.relabelled;
        reading.labels.extend(labels::notes(&options.relabel, changed));
        let planted = changed.planted.clone();
        let misses = corpus.tally.sidecar_misses;
        let mail = Mail::Cases(rows(corpus));
        Ok(Self { name, sources, reading, planted, misses, mail })
    }

    /// Cases at hand.
    pub(crate) fn of_cases(name: &str, cases: Vec<PackedCase>) -> Self {
        let reading = Reading { read: cases.len() as u64, ..Reading::default() };
        let sources = vec![name.to_owned()];
        let (name, planted) = (name.to_owned(), BTreeMap::new());
        Self { name, sources, reading, planted, misses: 0, mail: Mail::Cases(cases) }
    }

    /// The same, read with changed labels.
    #[must_use]
    pub(crate) fn with_labels(mut self, notes: &[String]) -> Self {
        self.reading.labels = notes.to_vec();
        self
    }

    /// The sources one by one, as typed; one name for cases that were at hand.
    pub(crate) fn sources(&self) -> &[String] {
        &self.sources
    }

    /// Messages whose label is wrong on purpose, with their right one.
    pub(crate) fn planted(&self) -> &BTreeMap<CaseId, Label> {
        &self.planted
    }

    /// Says how labels were changed: nobody is to trust such numbers by mistake.
    pub(crate) fn warn(&self, output: &Output) {
        for note in &self.reading.labels {
            if labels::is_noise(note) {
                output.warn(note);
            }
        }
    }

    /// The sources as typed.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// What to look at before trusting the mail, where there is something.
    pub(crate) fn warning(&self) -> Option<String> {
        sidecar_warning(self.misses)
    }

    /// Cases to come.
    pub(crate) fn cases(&self) -> u64 {
        match &self.mail {
            Mail::Pack(pack) => pack.cases(),
            Mail::Cases(cases) => cases.len() as u64,
        }
    }

    /// What was read and skipped so far; the number of cases is not known yet.
    pub(crate) fn reading(&self) -> Reading {
        self.reading.clone()
    }

    /// The cases in batches.
    pub(crate) fn batches(self) -> Batches {
        match self.mail {
            Mail::Pack(pack) => Box::new(pack.map(|batch| Ok(batch?))),
            Mail::Cases(cases) => {
                let mut cases = cases.into_iter();
                Box::new(std::iter::from_fn(move || {
                    let batch: Vec<_> = cases.by_ref().take(Self::BATCH).collect();
                    (!batch.is_empty()).then_some(Ok(batch))
                }))
            }
        }
    }

    /// All cases in memory.
    ///
    /// # Errors
    ///
    /// The pack cannot be read.
    pub(crate) fn all(self) -> Result<Vec<PackedCase>> {
        let mut all = Vec::new();
        for batch in self.batches() {
            all.extend(batch?);
        }
        Ok(all)
    }
}

/// A warning about lines of sidecars that no message used.
pub(crate) fn sidecar_warning(misses: u64) -> Option<String> {
    let lines = match misses {
        0 => return None,
        1 => "1 line of the sidecars matches".to_owned(),
        _ => format!("{misses} lines of the sidecars match"),
    };
    Some(format!(
        "{lines} no message: `place` must be as `corpus inspect` and packs name it, `id` \
         the digest of the message"
    ))
}

fn reading(tally: &Tally) -> Reading {
    let reasons =
        tally.skipped.iter().map(|(reason, count)| (reason.to_string(), *count));
    Reading {
        read: tally.read,
        cases: 0,
        skipped_reasons: reasons.collect::<BTreeMap<_, _>>(),
        labels: Vec::new(),
        overlap: 0,
    }
}

fn rows(corpus: Corpus) -> Vec<PackedCase> {
    let Corpus { cases, campaigns, places, .. } = corpus;
    cases
        .into_iter()
        .zip(places)
        .zip(campaigns)
        .map(|((case, place), campaign)| PackedCase::of_case(case, place, campaign))
        .collect()
}
