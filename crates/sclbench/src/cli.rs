//! The command line.

use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand};
use filter::StampHeader;
use mail::Edition;

use crate::color::Color;
use crate::commands::{
    agent_log, backtest, check, compare, completions, corpus, demo, explain, export,
    init, man, pipeline, power, recommend, replay, report, run, scores, shell, sweep,
    train, update, world,
};
use crate::settings::{self, Scores};

/// Replays labelled mail through the Exchange anti-spam pipeline under every agent order and
/// threshold setting, and recommends thresholds with error bounds.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true)]
pub(crate) struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub(crate) global: Global,
    /// The command.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// Print the result as one JSON object.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// No progress.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Worker threads; 0 is one per processor. Results do not depend on it.
    #[arg(long, global = true, default_value_t = 0, value_name = "N")]
    pub(crate) threads: usize,
    /// Seed of every random choice; by default the recipe's own, else 1.
    #[arg(long, global = true, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Colours: on a terminal, always, or never. They are never the only signal.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) color: Color,
}

impl Global {
    /// The seed where no file states another.
    pub(crate) fn seed(&self) -> u64 {
        self.seed.unwrap_or(1)
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The whole job on mail that is made up on the spot: generate, then `run`.
    Demo(demo::Demo),
    /// Write a commented experiment file and policy to start from.
    Init(init::Init),
    /// The whole chain on one corpus: split, train, sweep, recommend, chart, export.
    Run(run::Run),
    /// Fetch, look at, pack, split or generate labelled mail.
    #[command(subcommand)]
    Corpus(corpus::Corpus),
    /// Train the content filter.
    Train(train::Train),
    /// Replay mail under one policy.
    Replay(replay::Replay),
    /// Tell one message's way, event by event and agent by agent, and the nearest setting
    /// that would have changed it.
    Explain(explain::Explain),
    /// Show which agents run at which event, as `Get-TransportPipeline` does after traffic.
    Pipeline(pipeline::Pipeline),
    /// Write, read and count the product's anti-spam agent log.
    #[command(subcommand)]
    AgentLog(agent_log::AgentLog),
    /// Evaluate every agent order and threshold setting.
    Sweep(sweep::Sweep),
    /// Two runs or two policies on the same mail: what differs, and whether it is chance.
    Compare(compare::Compare),
    /// How much good mail proves a bound, what this mail proves, what to label next.
    Power(power::Power),
    /// Choose thresholds and order from a sweep, and verify them on other mail.
    Recommend(recommend::Recommend),
    /// Tune on the past, apply to the next period, slide: are promises kept?
    Backtest(backtest::Backtest),
    /// Fail where mail ends worse than a committed baseline says: the gate for CI.
    Check(check::Check),
    /// Exchange scores and verdicts without any mail text.
    #[command(subcommand)]
    Scores(scores::Scores),
    /// Versioned definition updates of the content filter, and the habit of installing them.
    #[command(subcommand)]
    Update(update::Update),
    /// Run management-shell scripts, or a prompt, on a policy file.
    Shell(shell::Shell),
    /// Write a policy as a script, TOML or JSON, or its thresholds for SpamAssassin or rspamd.
    Export(export::Export),
    /// Make one interactive HTML page of a sweep: sliders, charts, moved messages, scripts.
    Report(report::Report),
    /// Record the outside answers of a corpus, so that replays need no network.
    #[command(subcommand)]
    World(world::World),
    /// Print the completion script of a shell.
    Completions(completions::Completions),
    /// Write manual pages.
    Man(man::Man),
}

/// The policy under test.
#[derive(Debug, Clone, Args)]
pub(crate) struct PolicyArgs {
    /// Policy file (TOML); without it, the product's defaults.
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    /// Edition whose defaults apply: `2003-sp2`, `2007`, `2010`, `2013`, `2016`, `2019` or
    /// `se`.
    #[arg(long, value_parser = edition)]
    pub(crate) edition: Option<Edition>,
    /// Recorded world: DNS, lists, directory, mailboxes. Without it every outside answer is
    /// unknown.
    #[arg(long, value_name = "DIR")]
    pub(crate) world: Option<PathBuf>,
    /// Trained content filter; without it, ratings recorded in the messages' own header.
    #[arg(long, value_name = "FILE", conflicts_with = "stamp")]
    pub(crate) model: Option<PathBuf>,
    /// Header field with the recorded rating: `organization-scl`, `forefront-report`,
    /// `spam-score`, `spam-status` (SpamAssassin) or `spamd-result` (rspamd).
    #[arg(long, value_name = "FIELD", value_parser = stamp, default_value = "organization-scl")]
    pub(crate) stamp: StampHeader,
    /// Replay mail that the model was trained on; every output is marked.
    #[arg(long)]
    pub(crate) allow_overlap: bool,
}

impl PolicyArgs {
    /// Where the content filter's scores come from.
    ///
    /// # Errors
    ///
    /// The model is no model of this version.
    pub(crate) fn scores(&self) -> anyhow::Result<Scores> {
        Scores::load(self.model.as_deref(), self.stamp)
    }

    /// The options as typed, with a policy file of one's own.
    pub(crate) fn as_typed(&self, policy: Option<&Path>) -> Vec<String> {
        let path = |path: &Path| path.display().to_string();
        let stamp = (self.stamp != StampHeader::OrganizationScl)
            .then(|| stamp_name(self.stamp).to_owned());
        let options = [
            ("--policy", policy.map(path)),
            ("--edition", self.edition.map(|edition| edition.name().to_owned())),
            ("--world", self.world.as_deref().map(path)),
            ("--model", self.model.as_deref().map(path)),
            ("--stamp", stamp),
        ];
        let typed = options
            .into_iter()
            .filter_map(|(name, value)| value.map(|value| [name.to_owned(), value]));
        let overlap = self.allow_overlap.then(|| "--allow-overlap".to_owned());
        typed.flatten().chain(overlap).collect()
    }

    /// The files as inputs of a run, for its provenance.
    pub(crate) fn inputs(&self) -> Vec<(&'static str, PathBuf)> {
        let files =
            [("policy", &self.policy), ("world", &self.world), ("model", &self.model)];
        let named = self.policy.as_deref().and_then(settings::weighting_file);
        let files =
            files.into_iter().filter_map(|(role, path)| Some((role, path.clone()?)));
        files.chain(named.map(|path| ("custom weights", path))).collect()
    }
}

pub(crate) fn stamp(text: &str) -> Result<StampHeader, String> {
    match text {
        "organization-scl" => Ok(StampHeader::OrganizationScl),
        "forefront-report" => Ok(StampHeader::ForefrontReport),
        "spam-score" => Ok(StampHeader::SpamScore),
        "spam-status" => Ok(StampHeader::SpamStatus),
        "spamd-result" => Ok(StampHeader::SpamdResult),
        _ => Err("use `organization-scl`, `forefront-report`, `spam-score`, \
                  `spam-status` or `spamd-result`"
            .to_owned()),
    }
}

/// What [`stamp`] reads as this field.
fn stamp_name(stamp: StampHeader) -> &'static str {
    match stamp {
        StampHeader::OrganizationScl => "organization-scl",
        StampHeader::ForefrontReport => "forefront-report",
        StampHeader::SpamScore => "spam-score",
        StampHeader::SpamStatus => "spam-status",
        StampHeader::SpamdResult => "spamd-result",
    }
}

pub(crate) fn edition(text: &str) -> Result<Edition, String> {
    Edition::from_name(text).ok_or_else(|| {
        let names = Edition::ALL.map(|edition| format!("`{}`", edition.name()));
        format!("use one of {}", names.join(", "))
    })
}
