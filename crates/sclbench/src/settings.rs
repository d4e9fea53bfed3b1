//! Files that settings come from: policy, goal, world, model.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use agents::{Deployment, Policy, PolicySpec};
use analysis::{Goal, GoalSpec, UpdateMark};
use anyhow::{Context as _, Result, anyhow, bail};
use filter::updates::{Cadence, Feed, Timeline, Version};
use filter::{
    Document, MAX_WEIGHT_FILE_BYTES, ModelFile, Rating, RecordedStamp, ScoreSource,
    Scratch, StampHeader, WeightEntry,
};
use mail::{CaseId, Edition, InputDigest, Provenance, Timestamp, World};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::explaining::shell_word;
use crate::labels::{NOISE, history};
use crate::web::FeedArg;

/// Reads a TOML file; errors name file, place and key.
///
/// # Errors
///
/// The file is missing, no TOML, or has a key that is not known.
pub(crate) fn toml<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<T> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read `{}`; check the path", path.display()))?;
    toml_text(&text, path)
}

fn toml_text<T: for<'de> Deserialize<'de>>(text: &str, path: &Path) -> Result<T> {
    ::toml::from_str(text).map_err(|error| {
        let before = error.span().map_or("", |span| &text[..span.start.min(text.len())]);
        let line = before.matches('\n').count() + 1;
        let message = error.message().replace('\n', "; ");
        anyhow!("`{}`, line {line}: {message}; correct the line", path.display())
    })
}

/// The policy of a file, or the defaults of an edition.
///
/// # Errors
///
/// The file cannot be read, or has a setting that cannot be used; the error names the file.
pub(crate) fn policy(
    path: Option<&Path>,
    edition: Option<Edition>,
) -> Result<PolicySpec> {
    let Some(path) = path else {
        let edition = edition.unwrap_or_default();
        return Ok(PolicySpec { edition, ..PolicySpec::default() });
    };
    let mut spec: PolicySpec = toml(path)?;
    if let Some(edition) = edition {
        spec.edition = edition;
    }
    for key in keys(&toml(path)?) {
        agents::check_key(spec.edition, &key)
            .with_context(|| format!("policy `{}`", path.display()))?;
    }
    read_weights(&mut spec, path)?;
    // Where scores come from makes no difference to whether settings can be used.
    spec.resolve(Scores::Stamps(StampHeader::OrganizationScl).source())
        .with_context(|| format!("policy `{}`", path.display()))?;
    Ok(spec)
}

/// Every key of a policy file with dots between its parts; entries of a list have the keys of
/// the list.
pub(crate) fn keys(table: &::toml::Table) -> Vec<String> {
    fn walk(value: &::toml::Value, at: &str, found: &mut Vec<String>) {
        match value {
            ::toml::Value::Table(table) => {
                for (key, value) in table {
                    let dot = if at.is_empty() { "" } else { "." };
                    walk(value, &format!("{at}{dot}{key}"), found);
                }
            }
            ::toml::Value::Array(list)
                if list.first().is_some_and(::toml::Value::is_table) =>
            {
                list.iter().for_each(|value| walk(value, at, found));
            }
            _ => found.push(at.to_owned()),
        }
    }
    let mut found = Vec::new();
    walk(&::toml::Value::Table(table.clone()), "", &mut found);
    found
}

/// The custom weighting file that a policy file names, where it can be read and names one.
pub(crate) fn weighting_file(policy: &Path) -> Option<PathBuf> {
    let spec: PolicySpec = toml(policy).ok()?;
    Some(below(policy, &spec.intelligent_message_filter?.custom_weighting_file?))
}

/// A path that a policy file names, below its own folder.
fn below(policy: &Path, name: &str) -> PathBuf {
    policy.parent().unwrap_or(Path::new("")).join(name)
}

/// Reads the custom weighting file that a policy names and puts its entries into the policy.
fn read_weights(spec: &mut PolicySpec, policy: &Path) -> Result<()> {
    let Some(imf) = &mut spec.intelligent_message_filter else { return Ok(()) };
    let Some(name) = imf.custom_weighting_file.take() else { return Ok(()) };
    let path = below(policy, &name);
    let shown = path.display();
    let file = std::fs::File::open(&path)
        .and_then(|file| match file.metadata()?.is_file() {
            true => Ok(file),
            false => Err(std::io::Error::other("it is no regular file")),
        })
        .with_context(|| format!("cannot read `{shown}`; check the path"))?;
    let mut bytes = Vec::new();
    std::io::Read::take(file, MAX_WEIGHT_FILE_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("cannot read `{shown}`; check the file"))?;
    let entries = WeightEntry::read_file(&bytes)
        .with_context(|| format!("custom weighting file `{shown}`"))?;
    imf.custom_weights.splice(0..0, entries);
    Ok(())
}

/// The servers of a policy file with a topology, and the policy files that they name; `None`
/// where there is one server. The edition goes before what files say, not before a server's
/// own settings.
///
/// # Errors
///
/// A file cannot be read, or has a setting that cannot be used; the error names the file.
pub(crate) fn deployment(
    path: Option<&Path>,
    edition: Option<Edition>,
) -> Result<Option<(Deployment, Vec<PathBuf>)>> {
    let Some(path) = path else { return Ok(None) };
    let mut spec: PolicySpec = toml(path)?;
    spec.edition = edition.unwrap_or(spec.edition);
    let mut files = BTreeMap::new();
    let mut read = Vec::new();
    let servers = spec.topology.iter().flat_map(|topology| &topology.servers);
    for name in servers.filter_map(|server| server.policy.as_ref()) {
        let place = path.with_file_name(name);
        let mut spec: PolicySpec = toml(&place)?;
        spec.edition = edition.unwrap_or(spec.edition);
        files.insert(name.clone(), spec);
        read.push(place);
    }
    let told = || format!("policy `{}`", path.display());
    let Some(found) = Deployment::of(&spec, &files).with_context(told)? else {
        return Ok(None);
    };
    for server in found.servers() {
        let scores = Scores::Stamps(StampHeader::OrganizationScl).source();
        server
            .policy
            .resolve(scores)
            .with_context(|| format!("{}, server `{}`", told(), server.name))?;
    }
    read.sort_unstable();
    read.dedup();
    Ok(Some((found, read)))
}

/// A policy with its content filter's source of scores.
///
/// # Errors
///
/// A setting that cannot be used.
pub(crate) fn resolve(spec: &PolicySpec, scores: Arc<dyn ScoreSource>) -> Result<Policy> {
    spec.resolve(scores).context("policy")
}

/// The goal of a file with a `[goal]` table, or the default goal. Of an experiment file, which
/// names a corpus, only that table is read.
///
/// # Errors
///
/// The file cannot be read or asks for what cannot be.
pub(crate) fn goal(path: Option<&Path>) -> Result<Goal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        goal: GoalSpec,
    }
    #[derive(Deserialize)]
    struct Experiment {
        goal: GoalSpec,
    }
    let Some(path) = path else { return Ok(GoalSpec::default().resolve()?) };
    let of_experiment = toml::<::toml::Table>(path)?.contains_key("corpus");
    let spec = if of_experiment {
        toml::<Experiment>(path)?.goal
    } else {
        toml::<File>(path)?.goal
    };
    goal_of(&spec, path)
}

/// The goal that a file states.
///
/// # Errors
///
/// A number out of range; the error names the file.
pub(crate) fn goal_of(spec: &GoalSpec, path: &Path) -> Result<Goal> {
    spec.resolve().with_context(|| format!("`{}`", path.display()))
}

/// The world of a folder, or a world in which nothing was recorded.
///
/// # Errors
///
/// A file of the folder cannot be read.
pub(crate) fn world(path: Option<&Path>) -> Result<World> {
    path.map_or_else(|| Ok(World::default()), |path| Ok(corpus::world::load(path)?))
}

/// When messages were first offered that were taken later, by message and time of taking.
#[derive(Debug, Default)]
pub(crate) struct FirstAttempts(BTreeMap<(CaseId, Timestamp), Timestamp>);

impl FirstAttempts {
    /// Notes a message; of several copies the earliest counts.
    pub(crate) fn note(&mut self, id: CaseId, taken: Timestamp, offered: Timestamp) {
        let first = self.0.entry((id, taken)).or_insert(offered);
        *first = offered.min(*first);
    }

    /// When a message was first offered.
    fn of(&self, id: CaseId, taken: Timestamp) -> Timestamp {
        self.0.get(&(id, taken)).copied().unwrap_or(taken)
    }
}

/// Definitions that rate each message by the time at which it was first offered: later ones
/// may have learnt it.
struct InTime {
    timeline: Arc<Timeline>,
    first: Arc<FirstAttempts>,
}

impl ScoreSource for InTime {
    fn rate(
        &self,
        id: CaseId,
        document: &Document<'_>,
        scratch: &mut Scratch,
    ) -> Option<Rating> {
        let first = self.first.of(id, document.time()?);
        self.timeline.rate(id, &document.at(first), scratch)
    }
}

/// Where the content filter's scores come from.
pub(crate) enum Scores {
    /// A trained model.
    Model(Arc<ModelFile>),
    /// Definitions of a feed, each in its own time.
    Updates(Arc<Timeline>, Arc<FirstAttempts>),
    /// Ratings recorded in the messages' own header.
    Stamps(StampHeader),
}

impl Scores {
    /// The model of a file, or without one the stamps in `header`.
    ///
    /// # Errors
    ///
    /// The file is no model of this version.
    pub(crate) fn load(model: Option<&Path>, header: StampHeader) -> Result<Self> {
        match model {
            Some(path) => Ok(Self::Model(Arc::new(ModelFile::load(path)?))),
            None => Ok(Self::Stamps(header)),
        }
    }

    /// Every definition of a feed.
    ///
    /// # Errors
    ///
    /// The feed cannot be read, or its definitions do not say until when they were trained
    /// and `undated` ones are not allowed.
    pub(crate) fn updates(feed: &FeedArg, allow_undated: bool) -> Result<Self> {
        let shelf = feed.shelf();
        let timeline = Timeline::load(&Feed::open(&*shelf)?)?;
        if let Some(version) = timeline.undated().next()
            && !allow_undated
        {
            bail!(
                "definitions {version} of `{}` do not say until when they were trained; \
                 use `update plan`, `update build --trained-until`, or --allow-overlap",
                shelf.name()
            );
        }
        Ok(Self::Updates(Arc::new(timeline), Arc::default()))
    }

    /// The same definitions, installed at the times of a cadence.
    #[must_use]
    pub(crate) fn installed(self, cadence: &Cadence) -> Self {
        match self {
            Self::Updates(timeline, first) => {
                Self::Updates(Arc::new(timeline.installed(cadence)), first)
            }
            Self::Model(_) | Self::Stamps(_) => self,
        }
    }

    /// The same, with deferred messages rated by the definitions of their first attempt.
    #[must_use]
    pub(crate) fn deferring(&self, first: FirstAttempts) -> Self {
        match self {
            Self::Model(model) => Self::Model(Arc::clone(model)),
            Self::Updates(timeline, _) => {
                Self::Updates(Arc::clone(timeline), Arc::new(first))
            }
            Self::Stamps(header) => Self::Stamps(*header),
        }
    }

    /// When definitions come into use, where they change.
    pub(crate) fn releases(&self) -> Vec<Timestamp> {
        match self {
            Self::Updates(timeline, _) => {
                timeline.releases().map(|(time, _)| time).collect()
            }
            Self::Model(_) | Self::Stamps(_) => Vec::new(),
        }
    }

    /// When which definitions came into use up to a time, for `run.json`; none where they
    /// never change.
    pub(crate) fn marks(&self, last: Timestamp) -> Vec<UpdateMark> {
        match self {
            Self::Updates(timeline, _) => {
                let mark = |(at, version): (Timestamp, Version)| UpdateMark {
                    at,
                    version: version.to_string(),
                };
                timeline.releases().filter(|(at, _)| *at <= last).map(mark).collect()
            }
            Self::Model(_) | Self::Stamps(_) => Vec::new(),
        }
    }

    /// The time before which no message can be scored, where there is one.
    pub(crate) fn begins(&self) -> Option<Timestamp> {
        match self {
            Self::Updates(timeline, _) => Some(timeline.first()),
            Self::Model(_) | Self::Stamps(_) => None,
        }
    }

    /// How many messages were learnt by what scores them.
    pub(crate) fn overlap(
        &self,
        messages: impl IntoIterator<Item = (CaseId, Timestamp)>,
    ) -> usize {
        match self {
            Self::Model(model) => model.overlap(messages.into_iter().map(|(id, _)| id)),
            Self::Updates(timeline, first) => timeline
                .overlap(messages.into_iter().map(|(id, time)| (id, first.of(id, time)))),
            Self::Stamps(_) => 0,
        }
    }

    /// The source, for a policy.
    pub(crate) fn source(&self) -> Arc<dyn ScoreSource> {
        match self {
            Self::Model(model) => model.clone(),
            Self::Updates(timeline, first) => Arc::new(InTime {
                timeline: Arc::clone(timeline),
                first: Arc::clone(first),
            }),
            Self::Stamps(header) => Arc::new(RecordedStamp::new(*header)),
        }
    }

    /// The field that ratings are read from, where they are recorded ones.
    pub(crate) fn stamp(&self) -> Option<StampHeader> {
        match self {
            Self::Stamps(header) => Some(*header),
            Self::Model(_) | Self::Updates(..) => None,
        }
    }

    /// How charts name the filter.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Model(model) => format!("sclbench {}", model.trainer()),
            Self::Updates(timeline, _) => {
                let releases = timeline.releases().count();
                let s = if releases == 1 { "" } else { "s" };
                format!("sclbench, {releases} definition{s} in time")
            }
            Self::Stamps(header) => format!("recorded {}", header.field()),
        }
    }
}

/// The command as typed, its words quoted for a shell where they have to be.
pub(crate) fn command_line() -> String {
    std::env::args_os()
        .enumerate()
        .map(|(at, word)| match at {
            0 => "sclbench".to_owned(),
            _ => shell_word(&word.to_string_lossy()),
        })
        .collect::<Vec<_>>()
        .join(" ")
}

/// What made a file: the command as typed, this version, the seed, digests of the inputs.
///
/// # Errors
///
/// An input cannot be read.
pub(crate) fn provenance(seed: u64, inputs: &[(&str, PathBuf)]) -> Result<Provenance> {
    let command = command_line();
    let labelled = inputs;
    let inputs = inputs
        .iter()
        .map(|(role, path)| {
            Ok(InputDigest {
                role: (*role).to_owned(),
                name: path.to_string_lossy().into_owned(),
                sha256: match *role {
                    NOISE => text_digest(&path.to_string_lossy()),
                    _ => digest(path)?,
                },
            })
        })
        .collect::<Result<Vec<_>>>()?;
    // What a pack's labels went through is part of whatever is made from it.
    let history = labelled.iter().flat_map(|(_, path)| history(path));
    let inputs = inputs.into_iter().chain(history).collect();
    Ok(Provenance {
        command,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        seed,
        inputs,
    })
}

/// SHA-256 of a text.
fn text_digest(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Refuses to write over what is read.
///
/// # Errors
///
/// `out` is one of the inputs, under whatever name.
pub(crate) fn spare(out: &Path, inputs: &[(&str, PathBuf)]) -> Result<()> {
    // What does not exist yet is no input.
    let Ok(real) = std::fs::canonicalize(out) else { return Ok(()) };
    let same = |path: &PathBuf| std::fs::canonicalize(path).is_ok_and(|p| p == real);
    if inputs.iter().any(|(_, path)| same(path)) {
        bail!("`{}` is read and would be replaced; name another output", out.display());
    }
    Ok(())
}

/// SHA-256 of a file; of a folder, of its files' names and digests in order. Links, pipes and
/// devices of a folder are left out, as reading mail leaves them out.
pub(crate) fn digest(path: &Path) -> Result<String> {
    let read = || format!("cannot read `{}`; check the path", path.display());
    let mut hash = Sha256::new();
    if path.is_dir() {
        let mut entries = std::fs::read_dir(path)
            .with_context(read)?
            .collect::<std::io::Result<Vec<_>>>()
            .with_context(read)?;
        entries.sort_by_key(std::fs::DirEntry::file_name);
        let kept = |kind: std::fs::FileType| kind.is_dir() || kind.is_file();
        for entry in entries.iter().filter(|e| e.file_type().is_ok_and(kept)) {
            hash.update(entry.file_name().as_encoded_bytes());
            hash.update([0]);
            hash.update(digest(&entry.path())?);
        }
    } else {
        // To open a pipe waits for who writes it, perhaps for ever.
        if !std::fs::metadata(path).with_context(read)?.is_file() {
            bail!("`{}` is no regular file; name a file or a folder", path.display());
        }
        let mut file = std::fs::File::open(path).with_context(read)?;
        let mut buffer = vec![0; 1 << 16];
        loop {
            let count = std::io::Read::read(&mut file, &mut buffer).with_context(read)?;
            if count == 0 {
                break;
            }
            hash.update(&buffer[..count]);
        }
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
