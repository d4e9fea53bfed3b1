//! `sclbench update install`: what the delivery mode says.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use anyhow::{Result, bail};
use clap::Args;
use filter::updates::{
    Delivery, Done, Feed, Manifest, ResultCode, Server, Version, Weights, detect,
    download, install,
};
use serde::Serialize;

use super::subcommand::{ServerArg, tell_weights, words};
use crate::commands::Context;
use crate::web::FeedArg;

/// Options of `update install`.
///
/// Scheduled servers install every offered update at once; `download-then-ask` fetches and
/// then asks; `ask-first` asks before fetching; `manual` wants a version chosen with --only.
/// Where nobody can be asked the update waits.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../../help/update-install.txt"))]
pub(crate) struct Install {
    /// The feed: a folder or an `http://` address.
    feed: FeedArg,
    /// The server.
    #[command(flatten)]
    server: ServerArg,
    /// Install this version only.
    #[arg(long, value_name = "VERSION")]
    only: Option<Version>,
    /// Answer yes where the local user would be asked.
    #[arg(long, conflicts_with = "no")]
    yes: bool,
    /// Answer no where the local user would be asked.
    #[arg(long)]
    no: bool,
    /// Copy the custom weighting file to the folder of the new version.
    #[arg(long)]
    carry_weights: bool,
}

/// What `update install` prints as JSON.
#[derive(Serialize)]
struct Report {
    result_code: u8,
    result: &'static str,
    reboot_required: bool,
    account: &'static str,
    downloaded: Vec<String>,
    installed: Vec<String>,
    failed: Vec<Failure>,
    active_before: Option<String>,
    active: Option<String>,
    /// What the administrators' script of the time would have ended with.
    script_exit_code: i32,
}

/// An update that could not be installed.
#[derive(Serialize)]
struct Failure {
    version: String,
    reason: String,
}

/// What the local user says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Yes,
    No,
    Nobody,
}

impl Install {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// The feed or the state cannot be read, the server is clustered, a chosen version is
    /// not offered, or an installation fails.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        let mut server = Server::load_to_change(&self.server.server)?;
        let shelf = self.feed.shelf();
        let feed = Feed::open(&*shelf)?;
        let before = server.active();
        let chosen = self.chosen(&server, &feed)?;
        let mut run = Run::new(&server);
        if !chosen.is_empty() {
            self.deliver(context, &mut server, &feed, &chosen, &mut run)?;
        }
        let active = server.active();
        let report = Report {
            result_code: run.code().number(),
            result: run.code().name(),
            reboot_required: run.reboot_required,
            account: server.delivery().account().name(),
            downloaded: run.downloaded,
            installed: run.installed,
            failed: run.failed,
            active_before: before.map(|version| version.to_string()),
            active: active.map(|version| version.to_string()),
            script_exit_code: run.script_exit_code,
        };
        let mut lines = run.lines;
        if chosen.is_empty() {
            lines.push("no filter update to install".to_owned());
        }
        let code = format!("result code {} ({})", report.result_code, report.result);
        lines.push(code);
        lines.push(format!("reboot required: {}", report.reboot_required));
        lines.push(format!(
            "active definitions: {}, before: {}",
            words(active),
            words(before)
        ));
        context.output.result(&report, &lines)?;
        match run.error {
            None => Ok(()),
            Some(error) => Err(error),
        }
    }

    /// The updates to deliver: the chosen one, else all that are offered.
    fn chosen<'f>(
        &self,
        server: &Server,
        feed: &'f Feed<'_>,
    ) -> Result<Vec<&'f Manifest>> {
        if let Some(version) = self.only {
            return Ok(vec![feed.version(version)?]);
        }
        let offered = |update: &&Manifest| detect(server, update).passed();
        let offered: Vec<_> = feed.filter_updates().filter(offered).collect();
        if server.delivery() == Delivery::Manual && !offered.is_empty() {
            bail!(
                "`{}` takes updates manually; choose one with --only VERSION, as `update \
                 list` shows them",
                server.path().display()
            );
        }
        Ok(offered)
    }

    fn deliver(
        &self,
        context: &Context<'_>,
        server: &mut Server,
        feed: &Feed<'_>,
        chosen: &[&Manifest],
        run: &mut Run,
    ) -> Result<()> {
        let delivery = server.delivery();
        if delivery == Delivery::AskFirst
            && !self.agreed(context, "download and install", chosen, run)?
        {
            return Ok(());
        }
        for update in chosen {
            match download(server, feed, update) {
                Ok(_) => run.downloaded(update),
                Err(error) => run.failed(update, error.into()),
            }
        }
        let ready = chosen.iter().filter(|update| run.is_downloaded(update));
        let ready: Vec<&Manifest> = ready.copied().collect();
        if ready.is_empty() {
            // The script of the time took this for an error of its own.
            run.script_exit_code = -1;
            return Ok(());
        }
        if delivery == Delivery::DownloadThenAsk
            && !self.agreed(context, "install", &ready, run)?
        {
            return Ok(());
        }
        let weights = if self.carry_weights { Weights::Carry } else { Weights::Leave };
        for update in ready {
            match install(server, feed, update, weights) {
                Ok(done) => run.installed(context, update, &done),
                Err(error) => run.failed(update, error.into()),
            }
        }
        Ok(())
    }

    /// Whether the local user says yes; what else is noted.
    fn agreed(
        &self,
        context: &Context<'_>,
        verb: &str,
        updates: &[&Manifest],
        run: &mut Run,
    ) -> Result<bool> {
        match self.answer(context, verb, updates)? {
            Answer::Yes => return Ok(true),
            Answer::No => run.declined = true,
            Answer::Nobody => run.lines.push(format!(
                "{} filter updates wait for the local user: answer with --yes or --no",
                updates.len()
            )),
        }
        Ok(false)
    }

    fn answer(
        &self,
        context: &Context<'_>,
        verb: &str,
        updates: &[&Manifest],
    ) -> Result<Answer> {
        match (self.yes, self.no) {
            (true, _) => return Ok(Answer::Yes),
            (_, true) => return Ok(Answer::No),
            (false, false) => {}
        }
        if context.global.json
            || !io::stdin().is_terminal()
            || !io::stderr().is_terminal()
        {
            return Ok(Answer::Nobody);
        }
        let versions: Vec<String> =
            updates.iter().map(|update| update.version.to_string()).collect();
        let mut err = io::stderr().lock();
        write!(err, "{verb} {}? [y/N] ", versions.join(", "))?;
        err.flush()?;
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line)?;
        let yes = ["y", "yes"].contains(&line.trim().to_ascii_lowercase().as_str());
        Ok(if yes { Answer::Yes } else { Answer::No })
    }
}

/// What has happened so far.
struct Run {
    account: &'static str,
    lines: Vec<String>,
    downloaded: Vec<String>,
    installed: Vec<String>,
    failed: Vec<Failure>,
    declined: bool,
    reboot_required: bool,
    script_exit_code: i32,
    /// The first error, which is the one to end with.
    error: Option<anyhow::Error>,
}

impl Run {
    fn new(server: &Server) -> Self {
        Self {
            account: server.delivery().account().name(),
            lines: Vec::new(),
            downloaded: Vec::new(),
            installed: Vec::new(),
            failed: Vec::new(),
            declined: false,
            reboot_required: false,
            script_exit_code: 0,
            error: None,
        }
    }

    fn code(&self) -> ResultCode {
        if self.declined {
            return ResultCode::Aborted;
        }
        ResultCode::of(self.installed.len(), self.failed.len())
    }

    fn is_downloaded(&self, update: &Manifest) -> bool {
        self.downloaded.contains(&update.version.to_string())
    }

    fn downloaded(&mut self, update: &Manifest) {
        let version = update.version.to_string();
        self.lines.push(format!("{version} downloaded, digest good"));
        self.downloaded.push(version);
    }

    fn installed(&mut self, context: &Context<'_>, update: &Manifest, done: &Done) {
        let version = update.version.to_string();
        self.lines.push(format!("{version} installed as {}", self.account));
        self.lines.extend(tell_weights(context, done));
        self.reboot_required |= done.reboot_required;
        self.installed.push(version);
    }

    fn failed(&mut self, update: &Manifest, error: anyhow::Error) {
        let version = update.version.to_string();
        let reason = error.to_string();
        self.lines.push(format!("{version} failed: {reason}"));
        self.failed.push(Failure { version, reason });
        self.error.get_or_insert(error);
    }
}
