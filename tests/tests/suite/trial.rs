//! One case through the real agents.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use agents::{Deployment, PolicySpec};
use corpus::{Parser, world};
use filter::{RecordedStamp, StampHeader};
use mail::{SenderIdResult, World};
use sweep::{
    Call, Cause, DocketBuilder, Keep, Network, Replay, StationSettings, Threads,
    TraceRow, Unit, Way, causes,
};

use crate::page::{Block, Case, Detail, Page, WORLD_FILES};
use crate::session;

const PLAIN_WORLD: &str =
    "format = 1\ndns = 'open'\naccepted-domains = ['corp.example']\n";

/// Runs a case: one line per message and recipient, equal neighbours counted, then how many
/// messages the content filter scanned.
pub(crate) fn run(page: &Page, case: &Case, id: &str) -> Result<String, String> {
    let blocks = || page.common.iter().chain(&case.blocks);
    let policy = policy(blocks())?;
    let source = Arc::new(RecordedStamp::new(header(blocks())?));
    let deployment = Deployment::of(&policy, &BTreeMap::new());
    if let Some(deployment) = deployment.map_err(|error| error.to_string())? {
        let world = load_world(blocks(), id)?;
        let sessions = session::cases(blocks().filter(|block| block.kind == "session"))?;
        return several(&deployment, &world, &sessions, &source, case.detail);
    }
    let policy = policy.resolve(source).map_err(|error| error.to_string())?;
    let world = load_world(blocks(), id)?;
    let threads = Threads::new(1).map_err(|error| error.to_string())?;
    let mut builder = DocketBuilder::new(policy.engine, &world, &Parser, Keep::Trace);
    let sessions = session::cases(blocks().filter(|block| block.kind == "session"))?;
    builder.add(&threads, sessions, Ok::<_, ()>);
    let docket = builder.finish();
    let replay = docket.replay(
        &policy.order,
        &policy.enabled,
        &policy.thresholds,
        policy.junk_comparison,
        Unit::Case,
    );
    let causes = causes(docket.engine());
    Ok(lines(&replay, docket.cases().len(), &causes, case.detail))
}

/// The same through the servers of a topology.
fn several(
    deployment: &Deployment,
    world: &World,
    sessions: &[mail::Case],
    source: &Arc<RecordedStamp>,
    detail: Detail,
) -> Result<String, String> {
    let threads = Threads::new(1).map_err(|error| error.to_string())?;
    let mut network = Network::new(world, &Parser, Keep::Trace);
    for (stage, servers) in deployment.stages.iter().enumerate() {
        let post = |server: &agents::Server| {
            let policy = server.policy.resolve(source.clone());
            let policy = policy.map_err(|error| error.to_string())?;
            let way = Way {
                order: policy.order,
                enabled: policy.enabled,
                thresholds: policy.thresholds,
                comparison: policy.junk_comparison,
            };
            let settings = StationSettings {
                name: server.name.clone(),
                address: server.address,
                right: server.right,
                authenticated: server.authenticated,
                way,
            };
            Ok((settings, policy.engine))
        };
        let posts = servers.iter().map(post).collect::<Result<Vec<_>, String>>()?;
        let batches = std::iter::once(Ok::<_, String>(sessions.to_vec()));
        let call = |case: &mail::Case| Call {
            id: case.id,
            time: case.time,
            client: case.session.client_ip.get().copied(),
        };
        let sharing = deployment.sharing(stage);
        let prepare = Ok::<_, ()>;
        network.add_stage(
            &threads,
            (posts, sharing),
            batches,
            call,
            prepare,
            |_, _| {},
        )?;
    }
    let delivery = network.deliver(Unit::Case);
    Ok(lines(&delivery.replay, sessions.len(), &delivery.causes, detail))
}

/// The field that levels are read from: what the last policy names behind its kind, else
/// `X-Spam-Score`.
fn header<'b>(blocks: impl Iterator<Item = &'b Block>) -> Result<StampHeader, String> {
    let policies = blocks.filter(|block| block.kind == "policy");
    match policies.last().map_or(&[][..], |block| block.words.as_slice()) {
        [] => Ok(StampHeader::SpamScore),
        [word] if word == "organization-scl" => Ok(StampHeader::OrganizationScl),
        [word] if word == "forefront-report" => Ok(StampHeader::ForefrontReport),
        words => Err(format!("policy: no such source `{}`", words.join(" "))),
    }
}

/// The page's policy with the case's keys in place of its own.
fn policy<'b>(blocks: impl Iterator<Item = &'b Block>) -> Result<PolicySpec, String> {
    let mut whole = toml::Table::new();
    for block in blocks.filter(|block| block.kind == "policy") {
        let table = block.text.parse().map_err(|error| format!("policy: {error}"))?;
        merge(&mut whole, table);
    }
    whole.try_into().map_err(|error| format!("policy: {error}"))
}

fn merge(into: &mut toml::Table, from: toml::Table) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(toml::Value::Table(old)), toml::Value::Table(new)) => merge(old, new),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}

/// Writes the world's files into a folder of the case's own and reads them as the program
/// does. A file of the case takes the place of the page's.
fn load_world<'b>(
    blocks: impl Iterator<Item = &'b Block>,
    id: &str,
) -> Result<World, String> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("suite").join(id);
    let write = |folder: &Path, name: &str, text: &str| {
        fs::write(folder.join(name), text).map_err(|error| error.to_string())
    };
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    for name in WORLD_FILES.iter().map(|name| folder.join(name)) {
        if name.exists() {
            fs::remove_file(name).map_err(|error| error.to_string())?;
        }
    }
    write(&folder, "world.toml", PLAIN_WORLD)?;
    for block in blocks.filter(|block| WORLD_FILES.contains(&block.kind.as_str())) {
        write(&folder, &block.kind, &block.text)?;
    }
    world::load(&folder).map_err(|error| error.to_string())
}

fn lines(replay: &Replay, messages: usize, causes: &[Cause], detail: Detail) -> String {
    let mut text = String::new();
    let all: Vec<String> = replay
        .rows
        .iter()
        .map(|row| {
            let line = line(row, &causes[usize::from(row.cause)]);
            match detail {
                Detail::Verdicts => line,
                Detail::Full => line + &notes(row),
            }
        })
        .collect();
    for equal in all.chunk_by(|a, b| a == b) {
        match equal.len() {
            1 => text += &format!("{}\n", equal[0]),
            n => text += &format!("{n} × {}\n", equal[0]),
        }
    }
    text + &format!("scanned: {} of {messages}\n", replay.cost.content_scans)
}

/// `; "550 5.1.1 User unknown"; report SID:SenderIDStatus Fail; tarpit 5 s`
fn notes(row: &TraceRow) -> String {
    let mut text = String::new();
    if !row.response.is_empty() {
        text += &format!("; \"{}\"", row.response);
    }
    if !row.report.is_empty() {
        text += &format!("; report {}", row.report);
    }
    if row.tarpit_seconds > 0 {
        text += &format!("; tarpit {} s", row.tarpit_seconds);
    }
    text
}

/// `ann@corp.example: reject by Edge Rule Agent, EdgeRule "no offers"; SCL 5, Sender ID Fail`
fn line(row: &TraceRow, cause: &Cause) -> String {
    let who =
        if row.recipient.is_empty() { "unknown recipients" } else { &row.recipient };
    let detail = match row.detail.as_str() {
        "" => String::new(),
        detail => format!(" \"{detail}\""),
    };
    let by = match cause.agent.as_str() {
        "Server" => String::new(),
        agent => format!(" by {agent}, {}{detail}", cause.reason),
    };
    let scl = row.scl.map_or_else(|| "no SCL".to_owned(), |scl| format!("SCL {scl}"));
    let sender_id = row.sender_id.map(SenderIdResult::name);
    let sender_id =
        sender_id.map_or_else(String::new, |name| format!(", Sender ID {name}"));
    format!("{who}: {}{by}; {scl}{sender_id}", row.tier)
}
