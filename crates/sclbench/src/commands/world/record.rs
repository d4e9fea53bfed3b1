//! `sclbench world record`: the outside answers of a corpus, asked once.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use agents::{Deployment, PolicySpec};
use anyhow::{Result, bail};
use clap::Args;
use corpus::PackedCase;
use filter::StampHeader;
use mail::{Edition, World};
use serde::Serialize;

use crate::commands::Context;
use crate::fleet::Fleet;
use crate::input::{Input, SourceArgs};
use crate::progress::Progress;
use crate::recording::{
    Client, Needs, Notebook, Recorder, Tally, Timing, Wanted, missed,
};
use crate::settings::{self, Scores, spare};

/// Port of DNS.
const PORT: u16 = 53;

/// Options of `world record`.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../../help/world-record.txt"))]
pub(crate) struct Record {
    /// The mail.
    #[command(flatten)]
    source: SourceArgs,
    /// The recursive resolver to ask, as `ADDRESS` or `ADDRESS:PORT`.
    #[arg(long, value_name = "IP:PORT", value_parser = resolver)]
    resolver: SocketAddr,
    /// Folder of the world.
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
    /// Policy file (TOML) whose allow and block list providers are asked; without it, none.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// A world to go on with: its accepted domains, recipients and mailboxes are kept, and
    /// what it knows is not asked again.
    #[arg(long, value_name = "DIR")]
    base: Option<PathBuf>,
    /// Ask again what brought no answer when `--base` was recorded.
    #[arg(long, requires = "base")]
    retry_failed: bool,
    /// Seconds that one answer may take.
    #[arg(long, value_name = "SECONDS", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=60))]
    timeout: u64,
    /// How often a question is put before it is recorded as failed.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=10))]
    tries: u32,
    /// Most questions under way at the same time.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1024))]
    window: u16,
}

/// What `world record` prints as JSON.
#[derive(Debug, Serialize)]
struct Recorded {
    messages: u64,
    skipped: u64,
    rounds: u32,
    dns: Tally,
    listings: Tally,
    zones: Vec<String>,
    world: PathBuf,
}

fn resolver(text: &str) -> Result<SocketAddr, String> {
    let bare = || text.parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, PORT));
    text.parse().ok().or_else(bare).ok_or_else(|| {
        "write the address of a resolver in numbers, such as `192.0.2.53:53`".to_owned()
    })
}

impl Record {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// The mail, policy or world cannot be read, the resolver does not answer, or the
    /// world cannot be written.
    pub(crate) fn run(self, context: &Context<'_>) -> Result<()> {
        let mut inputs = self.source.inputs();
        inputs.extend(self.policy.iter().map(|path| ("policy", path.clone())));
        spare(&self.out, &inputs)?;
        if self.out.exists() && !self.out.join("world.toml").is_file() {
            bail!("`{}` exists and is no world; name a new folder", self.out.display());
        }
        let servers = Servers::load(self.policy.as_deref())?;
        let needs = servers.needs()?;
        let mut world = settings::world(self.base.as_deref())?;
        if self.retry_failed {
            forget_failures(&mut world);
        }
        let input = self.source.open()?;
        let (name, read) = (input.name().to_owned(), input.reading());
        let cases = input.all()?;
        if cases.is_empty() {
            bail!("`{name}` holds no message; check the path and format");
        }
        let timing = Timing {
            timeout: Duration::from_secs(self.timeout),
            tries: self.tries,
            window: usize::from(self.window),
        };
        let client = Client::connect(self.resolver, timing)?;
        let mut recorder = Recorder::new(&client, world);
        let notebook = Notebook::beside(&self.out)?;
        let course = Course {
            needs: &needs,
            servers: &servers,
            name: &name,
            context,
            client: &client,
            notebook: &notebook,
        };
        let heard =
            course.run(cases, &mut recorder).map_err(|error| notebook.told(error));
        let Heard { messages, unreadable, rounds } = heard?;
        let Recorder { world, dns, listings, .. } = recorder;
        corpus::world::save(&world, &self.out)?;
        notebook.close()?;
        let skipped = read.skipped_reasons.values().sum::<u64>() + unreadable;
        let zones = needs.zones().map(str::to_owned).collect();
        let failed = dns.failed() + listings.failed();
        if failed > 0 {
            context.output.warn(&format!(
                "{failed} questions brought no answer and are recorded so; to ask them \
                 again: --base {} --retry-failed",
                self.out.display()
            ));
        }
        let world = self.out;
        let found = Recorded { messages, skipped, rounds, dns, listings, zones, world };
        context.output.result(&found, &lines(&found))
    }
}

fn forget_failures(world: &mut World) {
    world.dns.failed.clear();
    world.listings.failed.clear();
}

/// Whose questions are recorded.
struct Servers {
    /// The policy of the one server; of several, none.
    one: Option<PolicySpec>,
    /// Of several servers: as they are, and with content filters that let everything go on.
    deployments: Vec<Deployment>,
}

impl Servers {
    fn load(path: Option<&Path>) -> Result<Self> {
        let Some((deployment, _)) = settings::deployment(path, None)? else {
            let one = Some(settings::policy(path, None::<Edition>)?);
            return Ok(Self { one, deployments: Vec::new() });
        };
        let mut open = deployment.clone();
        for server in open.stages.iter_mut().flatten() {
            server.policy.content_filter.enabled = false;
        }
        Ok(Self { one: None, deployments: vec![deployment, open] })
    }

    fn needs(&self) -> Result<Needs> {
        let several = self.deployments.iter().take(1).flat_map(Deployment::servers);
        Needs::of(self.one.iter().chain(several.map(|server| &server.policy)))
    }
}

/// How mail is gone through.
struct Course<'a> {
    needs: &'a Needs,
    servers: &'a Servers,
    name: &'a str,
    context: &'a Context<'a>,
    client: &'a Client,
    notebook: &'a Notebook,
}

/// What going through it brought.
struct Heard {
    messages: u64,
    unreadable: u64,
    rounds: u32,
}

impl Course<'_> {
    /// Asks until no agent misses anything: first what every message needs, then, round by
    /// round, what the answers lead to.
    fn run(&self, cases: Vec<PackedCase>, recorder: &mut Recorder<'_>) -> Result<Heard> {
        let (mut messages, mut unreadable) = (0, 0);
        let mut wanted = BTreeSet::new();
        let mut open = Vec::new();
        for case in &cases {
            match case.clone().parse() {
                Ok(parsed) => {
                    messages += 1;
                    wanted.extend(self.needs.at_first(&parsed));
                    open.push(case.clone());
                }
                Err(_) => unreadable += 1,
            }
        }
        let mut rounds = 0;
        loop {
            rounds += 1;
            self.ask(std::mem::take(&mut wanted), recorder)?;
            let output = self.context.output;
            let progress = Progress::new(output, "looking", open.len() as u64);
            open.retain(|case| {
                progress.add(1);
                let parsed = case.clone().parse();
                let missing = parsed
                    .map(|case| self.needs.missing(&case, &recorder.world))
                    .unwrap_or_default();
                let misses = !missing.is_empty();
                wanted.extend(missing);
                misses
            });
            if wanted.is_empty() && messages > 0 {
                wanted = self.behind(&cases, &recorder.world)?;
            }
            if wanted.is_empty() {
                return Ok(Heard { messages, unreadable, rounds });
            }
        }
    }

    /// Asks page by page, and writes down each.
    fn ask(
        &self,
        mut wanted: BTreeSet<Wanted>,
        recorder: &mut Recorder<'_>,
    ) -> Result<()> {
        let total = wanted.len() as u64;
        let progress = Progress::new(self.context.output, "asking", total);
        while !wanted.is_empty() {
            let rest = wanted.iter().nth(Notebook::PAGE).cloned();
            let rest = rest.map(|first| wanted.split_off(&first)).unwrap_or_default();
            let page = std::mem::replace(&mut wanted, rest);
            recorder.ask(page, |count| progress.add(count))?;
            // Its last silences may be the resolver's own.
            self.client.still_there()?;
            self.notebook.write(&recorder.world)?;
        }
        Ok(())
    }

    /// What servers behind others miss, which meet the mail as those hand it on: with the
    /// levels that the mail brings, and where the content filters let everything go on.
    fn behind(&self, cases: &[PackedCase], world: &World) -> Result<BTreeSet<Wanted>> {
        let mut wanted = BTreeSet::new();
        for deployment in &self.servers.deployments {
            let fleet = Fleet {
                deployment,
                scores: &Scores::Stamps(StampHeader::OrganizationScl),
                world,
                allow_overlap: true,
                threads: &self.context.threads,
                output: &self.context.output.silent(),
            };
            fleet.travel(|| Ok(Input::of_cases(self.name, cases.to_vec())))?;
            wanted.extend(missed(world));
        }
        Ok(wanted)
    }
}

fn lines(found: &Recorded) -> Vec<String> {
    let rows = [("names", &found.dns), ("lists", &found.listings)];
    let mut lines = vec![
        format!("messages {} ({} skipped)", found.messages, found.skipped),
        format!(
            "{:<6}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}",
            "", "asked", "found", "no data", "no name", "timeout", "failure", "refused"
        ),
    ];
    lines.extend(rows.map(|(name, tally)| {
        format!(
            "{name:<6}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}",
            tally.asked,
            tally.found,
            tally.no_data,
            tally.no_such_name,
            tally.timeout,
            tally.server_failure,
            tally.refused
        )
    }));
    if found.zones.is_empty() {
        lines.push("no lists: the policy names no provider".to_owned());
    }
    lines.push(format!("world {} (rounds {})", found.world.display(), found.rounds));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resolver_is_written_in_numbers_with_or_without_port() {
        assert_eq!(resolver("192.0.2.53").unwrap().port(), 53);
        assert_eq!(resolver("192.0.2.53:5353").unwrap().port(), 5353);
        assert!(resolver("[2001:db8::53]:53").unwrap().is_ipv6());
        assert!(resolver("2001:db8::53").unwrap().is_ipv6());
        assert!(resolver("dns.example").is_err());
    }
}
