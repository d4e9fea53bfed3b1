//! `world record` against a DNS server on loopback, and replays of what it recorded.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "world/server.rs"]
mod server;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;
use server::{Server, Trouble};
use tempfile::TempDir;

/// Who writes, from where, and what the zone says about it.
const LETTERS: [(&str, &str, &str); 9] = [
    ("pass", "ann@good.example", "198.51.100.7"),
    ("six", "ann@good.example", "2001:db8::7"),
    ("fail", "ann@good.example", "203.0.113.9"),
    ("deep", "bob@deep.example", "198.51.100.20"),
    ("gone", "eve@gone.example", "203.0.113.9"),
    ("bare", "eve@bare.example", "203.0.113.9"),
    ("late", "eve@late.example", "203.0.113.10"),
    ("sick", "eve@sick.example", "203.0.113.10"),
    ("long", "eve@long.example", "198.51.100.30"),
];

const POLICY: &str = "\
[sender-id]
spoofed-domain-action = 'reject'
temp-error-action = 'reject'

[[connection-filter.ip-block-list-providers]]
name = 'many'
lookup-domain = 'bl.example'
bitmask-match = '127.0.0.4'

[[connection-filter.ip-block-list-providers]]
name = 'closed'
lookup-domain = 'closed.example'
";

/// The zone that the letters need.
fn zone() -> Server {
    let mut server = Server::start();
    for (name, text) in [
        ("good.example", "v=spf1 include:_spf.good.example mx -all"),
        ("_spf.good.example", "v=spf1 ip6:2001:db8::/32 a:alias.good.example ?all"),
        ("deep.example", "v=spf1 redirect=%{o}.by.example"),
        (
            "deep.example.by.example",
            "v=spf1 exists:%{ir}.ok.example ptr:deep.example -all",
        ),
    ] {
        server.txt(name, &[text]);
    }
    let filler: Vec<String> =
        (0..40).map(|n| format!("note {n} {}", "x".repeat(60))).collect();
    let mut texts: Vec<&str> = filler.iter().map(String::as_str).collect();
    texts.push("v=spf1 ip4:198.51.100.30 -all");
    server.txt("long.example", &texts);
    server.mx("good.example", &[(20, "B.mx.good.example"), (10, "a.mx.good.example")]);
    server.address("a.mx.good.example", "198.51.100.8");
    server.address("a.mx.good.example", "198.51.100.7");
    server.alias("alias.good.example", "web.good.example");
    server.address("web.good.example", "198.51.100.99");
    server.pointer("198.51.100.20", "mail.deep.example");
    server.address("mail.deep.example", "198.51.100.20");
    server.name("bare.example");
    server.trouble("late.example", Trouble::Silence);
    server.trouble("sick.example", Trouble::ServerFailure);
    server.trouble("10.113.0.203.in-addr.arpa", Trouble::Refusal);
    server.trouble("web.good.example", Trouble::SilentOnce);
    server.address("9.113.0.203.bl.example", "127.0.0.2");
    server.address("9.113.0.203.bl.example", "127.0.0.4");
    server.address("9.113.0.203.closed.example", "127.255.255.254");
    server
}

fn corpus(at: &Path) {
    for folder in ["ham", "spam"] {
        fs::create_dir_all(at.join(folder)).unwrap();
    }
    for (id, from, ip) in LETTERS {
        let folder =
            if ["pass", "six", "deep", "long"].contains(&id) { "ham" } else { "spam" };
        let ip = if ip.contains(':') { format!("IPv6:{ip}") } else { ip.to_owned() };
        let text = format!(
            "Return-Path: <{from}>\nReceived: from mx.{id}.test (mx.{id}.test [{ip}]) by \
             mx.corp.example; Mon, 5 Mar 2007 10:00:00 +0000\nFrom: <{from}>\nTo: \
             <bob@corp.example>\nSubject: {id}\nMessage-ID: <{id}@x>\nDate: Mon, 5 Mar \
             2007 10:00:00 +0000\n\ntext of {id}\n"
        );
        fs::write(at.join(folder).join(id), text).unwrap();
    }
    fs::write(at.join("policy.toml"), POLICY).unwrap();
}

fn sclbench(at: &Path, line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sclbench"));
    command.current_dir(at).args(line.split_whitespace());
    command
}

fn json(at: &Path, line: &str) -> Value {
    let line = format!("{line} --json --quiet");
    let output = sclbench(at, &line).assert().success().get_output().stdout.clone();
    serde_json::from_slice(&output).unwrap()
}

fn setup() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().to_owned();
    corpus(&at);
    (folder, at)
}

fn record(server: &Server, rest: &str) -> String {
    let address = server.address_of();
    format!(
        "world record ham:ham spam:spam --resolver {address} --timeout 1 --tries 2 {rest}"
    )
}

fn files(at: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(at).unwrap().map(|file| {
        let file = file.unwrap();
        (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap())
    });
    files.collect()
}

#[test]
fn a_recorded_world_answers_everything_a_replay_asks() {
    let (_folder, at) = setup();
    let server = zone();
    let found = json(&at, &record(&server, "--policy policy.toml -o world"));
    assert_eq!(found["messages"], 9);
    let again = json(&at, &record(&server, "--policy policy.toml -o again"));
    assert_eq!(found["dns"], again["dns"]);
    assert_eq!(files(&at.join("world")), files(&at.join("again")), "the same bytes");
    drop(server);

    let dns = fs::read_to_string(at.join("world/dns.ndjson")).unwrap();
    for line in [
        // Two kinds of no, three kinds of no answer.
        r#"{"name":"gone.example","type":"TXT","absent":"no-such-name"}"#,
        r#"{"name":"bare.example","type":"TXT","absent":"no-data"}"#,
        r#"{"name":"late.example","type":"TXT","failure":"timeout"}"#,
        r#"{"name":"sick.example","type":"TXT","failure":"server-failure"}"#,
        r#"{"name":"203.0.113.10","type":"PTR","failure":"refused"}"#,
        // Sorted, through an alias, after a lost packet, and what macros lead to.
        r#"{"name":"good.example","type":"MX","preference":20,"value":"b.mx.good.example"}"#,
        r#"{"name":"alias.good.example","type":"A","value":"198.51.100.99"}"#,
        r#"{"name":"20.100.51.198.ok.example","type":"A","absent":"no-such-name"}"#,
        r#"{"name":"198.51.100.20","type":"PTR","value":"mail.deep.example"}"#,
        // More than a packet holds.
        r#"{"name":"long.example","type":"TXT","value":"v=spf1 ip4:198.51.100.30 -all"}"#,
    ] {
        assert!(dns.lines().any(|row| row == line), "{line} is not in\n{dns}");
    }
    let lists = fs::read_to_string(at.join("world/listings.ndjson")).unwrap();
    for line in [
        r#"{"zone":"bl.example","partial":true}"#,
        r#"{"zone":"bl.example","ip":"198.51.100.7"}"#,
        r#"{"zone":"bl.example","ip":"203.0.113.9","answer":"127.0.0.4"}"#,
        r#"{"zone":"closed.example","ip":"203.0.113.9","failure":"refused"}"#,
    ] {
        assert!(lists.lines().any(|row| row == line), "{line} is not in\n{lists}");
    }

    let replay = "replay ham:ham spam:spam --policy policy.toml --no-charts -o run";
    let blind = json(&at, replay);
    assert!(blind["unanswered"]["dns"].as_u64().unwrap() >= 9);
    assert_eq!(blind["unanswered"]["listings"], 12, "six clients, two lists");
    let seen = json(&at, &format!("{replay} --world world"));
    assert_eq!(
        (&seen["unanswered"]["dns"], &seen["unanswered"]["listings"]),
        (&0.into(), &0.into())
    );
    // Another policy finds its answers too.
    let all = json(&at, "replay ham:ham spam:spam --no-charts -o plain --world world");
    assert_eq!(all["unanswered"]["dns"], 0);

    for (id, decided) in [
        ("pass", "inbox by "),
        ("six", "inbox by "),
        ("deep", "inbox by "),
        ("long", "inbox by "),
        // One of the two answers of the list has the bit.
        ("fail", "BlockListProvider (many)"),
        ("late", "SenderIdTempError"),
        ("sick", "SenderIdTempError"),
    ] {
        let told = told(&at, id, "policy.toml");
        assert!(told.contains(decided), "{id}: {told}");
    }
    fs::write(at.join("open.toml"), "[sender-id]\nspoofed-domain-action = 'reject'\n")
        .unwrap();
    for (id, decided) in
        [("fail", "SenderIdFail"), ("gone", "SenderIdFail"), ("bare", "inbox by ")]
    {
        let told = told(&at, id, "open.toml");
        assert!(told.contains(decided), "{id}: {told}");
    }
}

fn told(at: &Path, id: &str, policy: &str) -> String {
    let line = format!(
        "explain ham:ham spam:spam --policy {policy} --world world --message {id}@x --quiet"
    );
    let told = sclbench(at, &line).assert().success().get_output().stdout.clone();
    let told = String::from_utf8(told).unwrap();
    let ended = told.split("Where it ended").nth(1).unwrap();
    ended.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_world_goes_on_where_another_ended() {
    let (_folder, at) = setup();
    let mut server = zone();
    json(&at, &record(&server, "-o world"));
    fs::write(at.join("world/recipients.txt"), "bob@corp.example\n").unwrap();
    let same = json(&at, &record(&server, "--base world -o more"));
    assert_eq!(same["dns"]["asked"], 0, "everything is known");
    assert_eq!(files(&at.join("world")), files(&at.join("more")));
    server.heal("late.example");
    server.txt("late.example", &["v=spf1 -all"]);
    let retry = json(&at, &record(&server, "--base world --retry-failed -o world"));
    assert!(retry["dns"]["asked"].as_u64().unwrap() >= 3);
    let dns = fs::read_to_string(at.join("world/dns.ndjson")).unwrap();
    assert!(
        dns.contains(r#"{"name":"late.example","type":"TXT","value":"v=spf1 -all"}"#)
    );
    assert!(dns.contains(r#"{"name":"sick.example","type":"TXT","failure""#));
}

#[test]
fn without_a_resolver_nothing_is_written() {
    let (_folder, at) = setup();
    let refused = |line: &str, words: &str| {
        let failed = sclbench(&at, line).assert().code(2).get_output().stderr.clone();
        let failed = String::from_utf8(failed).unwrap();
        assert_eq!(failed.lines().count(), 1, "{failed}");
        assert!(failed.contains(words), "{failed}");
        assert!(!at.join("world").exists() && !at.join("world.partial").exists());
    };
    let mut server = Server::start();
    server.trouble("", Trouble::Silence);
    let line = record(&server, "--tries 1 -o world").replace("--tries 2 ", "");
    refused(&line, "no resolver answers at `127.0.0.1:");
    server.trouble("", Trouble::Refusal);
    refused(&line, "refuses to answer; name a recursive resolver");
    server.heal("");
    // The root and two more, then nothing.
    server.die_after(3);
    refused(&format!("{line} --window 4"), "has stopped answering; nothing is written");
    fs::create_dir(at.join("thesis")).unwrap();
    refused(&line.replace("-o world", "-o thesis"), "is no world; name a new folder");
    refused(&line.replace("ham:ham spam:spam", "ham:thesis"), "holds no message");
}

#[test]
fn a_recording_that_is_cut_off_goes_on_where_it_was() {
    let (_folder, at) = setup();
    let mut server = zone();
    server.heal("web.good.example");
    sclbench(&at, &record(&server, "-o whole")).assert().success();
    assert!(!at.join("whole.unfinished").exists());
    // The last round of questions is not answered any more.
    server.die_after(server.asked() - 3);
    let failed = sclbench(&at, &record(&server, "-o world")).assert().code(2);
    let told = String::from_utf8(failed.get_output().stderr.clone()).unwrap();
    assert!(told.contains("has stopped answering; what was heard before is"), "{told}");
    assert!(told.contains("--base world.unfinished") && told.lines().count() == 1);
    let unfinished = at.join("world.unfinished");
    assert!(unfinished.exists() && !at.join("world").exists());
    server.die_after(usize::MAX);
    let line = record(&server, "--base world.unfinished --retry-failed -o world");
    sclbench(&at, &line).assert().success();
    assert!(!unfinished.exists());
    let files = |name: &str| -> Vec<(std::ffi::OsString, Vec<u8>)> {
        let entries = fs::read_dir(at.join(name)).unwrap().map(|entry| entry.unwrap());
        let mut files: Vec<_> = entries
            .map(|entry| (entry.file_name(), fs::read(entry.path()).unwrap()))
            .collect();
        files.sort();
        files
    };
    assert_eq!(files("world"), files("whole"));
}

#[test]
fn a_replay_through_several_servers_misses_no_answer_either() {
    let (_folder, at) = setup();
    let server = zone();
    let servers = "[[topology.servers]]\nname = 'edge'\naddress = '192.0.2.25'\n\
                   [[topology.servers]]\nname = 'mailbox'\nstage = 2\nheaders = 'strip'\n\
                   settings.role = 'hub'\n";
    fs::write(at.join("servers.toml"), POLICY.to_owned() + servers).unwrap();
    let line = record(&server, "--policy servers.toml -o world");
    sclbench(&at, &line).assert().success();
    let replay = "replay ham:ham spam:spam --policy servers.toml --no-charts -o run";
    let alone = json(&at, &format!("{replay} --draws 0"));
    assert!(alone["unanswered"]["dns"].as_u64().unwrap() > 0);
    let found = json(&at, &format!("{replay} --draws 0 --world world"));
    assert_eq!(found["unanswered"]["dns"], 0);
    assert_eq!(found["unanswered"]["listings"], 0);
    // The second server takes the first for the client, and asks about that.
    assert!(found["servers"][1]["summary"]["cases"].as_u64().unwrap() > 0);
    let entries = fs::read_dir(at.join("world")).unwrap();
    let texts: String =
        entries.map(|e| fs::read_to_string(e.unwrap().path()).unwrap()).collect();
    assert!(texts.contains("25.2.0.192.ok.example"), "{texts}");
}
