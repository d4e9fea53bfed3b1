//! Several servers through the binary.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

/// Mail of twelve clients, with a level of 6 for spam and 1 for good mail.
fn mail(folder: &Path) {
    for (label, level) in [("ham", 1), ("spam", 6)] {
        fs::create_dir_all(folder.join(label)).unwrap();
        for client in 1..=12 {
            let message = format!(
                "Received: from mx.sender.example (mx.sender.example [198.51.100.{client}]) \
                 by mx.corp.example; Mon, 5 Mar 2007 10:00:{client:02} +0000\nFrom: \
                 <ann@sender.example>\nTo: <bob@corp.example>\nSubject: {label} {client}\n\
                 X-Spam-Score: {level}\nMessage-ID: <{label}{client}@x>\nDate: Mon, 5 Mar \
                 2007 10:00:00 +0000\n\ntext\n"
            );
            fs::write(folder.join(label).join(client.to_string()), message).unwrap();
        }
    }
}

const PARALLEL: &str = "[[topology.servers]]\nname = 'edge1'\n[[topology.servers]]\n\
    name = 'edge2'\npolicy = 'edge2.toml'\n";
const SERIES: &str = "[[topology.servers]]\nname = 'edge'\n[[topology.servers]]\n\
    name = 'mailbox'\nstage = 2\nauthenticated = false\nsettings.role = 'hub'\n\
    settings.content-filter.scl-reject-threshold = 5\n";

fn sclbench(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sclbench"));
    command.current_dir(folder).args(arguments);
    command
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    let output =
        sclbench(folder, arguments).assert().success().get_output().stdout.clone();
    serde_json::from_slice(&output).unwrap()
}

const ASKED: [&str; 7] = [
    "ham:ham",
    "spam:spam",
    "--policy",
    "policy.toml",
    "--stamp",
    "spam-score",
    "--quiet",
];

fn replay(folder: &Path, policy: &str) -> Value {
    fs::write(folder.join("policy.toml"), policy).unwrap();
    let options = ["--no-charts", "-o", "run", "--json", "--draws", "0"];
    json(folder, &[&["replay"][..], &ASKED, &options].concat())
}

#[test]
fn parallel_edges_drift_and_every_server_is_tallied() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    mail(folder);
    fs::write(
        folder.join("edge2.toml"),
        "[content-filter]\nscl-reject-threshold = 6\n[organization]\n\
         scl-junk-threshold = 0\n",
    )
    .unwrap();
    let report = replay(folder, PARALLEL);
    let servers = report["servers"].as_array().unwrap();
    let number = |value: &Value| value.as_u64().unwrap();
    let cases: Vec<u64> =
        servers.iter().map(|s| number(&s["summary"]["cases"])).collect();
    assert_eq!(cases.iter().sum::<u64>(), 24);
    assert!(cases.iter().all(|cases| *cases > 0), "{cases:?}");
    // Only the second server rejects at 6, and the organization junks at its own threshold.
    let reject = |tiers: &Value| {
        let tiers = tiers.as_array().unwrap();
        number(&tiers.iter().find(|row| row["tier"] == "reject").unwrap()["spam"])
    };
    assert_eq!(reject(&servers[0]["summary"]["tiers"]), 0);
    assert_eq!(reject(&servers[1]["summary"]["tiers"]), cases[1] / 2);
    assert_eq!(reject(&report["tiers"]), cases[1] / 2);
    let drift = report["drift"].as_array().unwrap();
    assert_eq!(drift.len(), 1, "{drift:?}");
    assert_eq!(drift[0]["setting"], "content-filter.scl-reject-threshold");
    assert_eq!(
        (&drift[0]["values"]["edge1"], &drift[0]["values"]["edge2"]),
        (&Value::from("7"), &Value::from("6"))
    );
    let decided = report["decided_by"].as_array().unwrap();
    assert!(decided.iter().any(|row| row["agent"] == "edge2/Content Filter Agent"));
    let stored: Value =
        serde_json::from_slice(&fs::read(folder.join("run/run.json")).unwrap()).unwrap();
    assert_eq!(stored["servers"].as_array().unwrap().len(), 2);
    let inputs = stored["provenance"]["inputs"].as_array().unwrap();
    let read = |name: &str| {
        inputs.iter().any(|input| input["name"].as_str().unwrap().ends_with(name))
    };
    assert!(read("policy.toml") && read("edge2.toml"));
}

#[test]
fn a_mailbox_server_behind_an_edge_rescans_only_without_its_headers() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    mail(folder);
    let scans = |report: &Value| report["cost"]["content_scans"].as_u64().unwrap();
    let rejected = |report: &Value| report["servers"][1]["summary"]["tiers"][2].clone();
    let kept = replay(folder, SERIES);
    assert_eq!((scans(&kept), rejected(&kept)["spam"].as_u64()), (24, Some(0)));
    let stripped =
        replay(folder, &SERIES.replace("stage = 2", "stage = 2\nheaders = 'strip'"));
    assert_eq!((scans(&stripped), rejected(&stripped)["spam"].as_u64()), (48, Some(12)));
    assert_eq!(stripped["servers"][0]["passed_on"]["spam"], 12);

    let explain = [&["explain"][..], &ASKED, &["--message", "<spam3@x>"]].concat();
    let told = sclbench(folder, &explain).assert().success().get_output().stdout.clone();
    let told = String::from_utf8(told).unwrap();
    assert!(
        told.contains("Server edge\n") && told.contains("Server mailbox\n"),
        "{told}"
    );
    assert!(told.contains("reject by mailbox/Content Filter Agent"), "{told}");
    assert!(told.contains("edge: reject threshold 6 instead of 7"), "{told}");
    assert!(told.lines().all(|line| line.chars().count() <= 80), "{told}");
    let view = [&["pipeline"][..], &ASKED].concat();
    let view = sclbench(folder, &view).assert().success().get_output().stdout.clone();
    let view = String::from_utf8(view).unwrap();
    let (edge, mailbox) = view.split_once("Server mailbox").unwrap();
    assert!(edge.contains("Edge Rule Agent") && !mailbox.contains("Edge Rule Agent"));
    assert!(
        mailbox.contains("{Content Filter Agent, Protocol Analysis Agent}"),
        "{mailbox}"
    );
}

#[test]
fn threads_and_repetition_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    mail(folder);
    let policy = SERIES.to_owned() + &PARALLEL.replace("policy = 'edge2.toml'\n", "");
    fs::write(folder.join("policy.toml"), policy).unwrap();
    let told = |threads: &str| {
        let options = ["--no-charts", "-o", "run", "--json", "--threads", threads];
        json(folder, &[&["replay"][..], &ASKED, &options].concat())
    };
    assert_eq!(told("1"), told("2"));
}

#[test]
fn two_topologies_are_compared_and_their_flips_explained_by_the_commands_shown() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    mail(folder);
    fs::write(folder.join("edge2.toml"), "[content-filter]\nscl-reject-threshold = 6\n")
        .unwrap();
    fs::write(folder.join("alike.toml"), PARALLEL.replace("edge2.toml", "alone.toml"))
        .unwrap();
    fs::write(folder.join("alone.toml"), "").unwrap();
    replay(folder, PARALLEL);
    let options = ["--stamp", "spam-score", "--draws", "0"];
    let mail = ["ham:ham", "spam:spam"];
    // One of two servers rejects at 6: half of the spam or so goes from junk to rejected.
    let policies = ["compare", "alike.toml", "policy.toml"];
    let found = json(folder, &[&policies, &mail[..], &options, &["--json"]].concat());
    let flips = found["flips"].as_array().unwrap();
    assert!((1..12).contains(&flips.len()), "{found}");
    assert!(flips.iter().all(|flip| {
        flip["agent_before"] == "Store"
            && flip["agent_after"] == "edge2/Content Filter Agent"
    }));
    let alone = ["compare", "alone.toml", "policy.toml"];
    let other = json(folder, &[&alone, &mail[..], &options, &["--json"]].concat());
    assert_eq!(other["flips"], found["flips"]);

    let rest = ["--policy", "alike.toml", "--no-charts", "-o", "other"];
    let replayed = [&["replay"], &mail[..], &options, &rest].concat();
    sclbench(folder, &replayed).assert().success();
    let runs = json(folder, &["compare", "other", "run", "--draws", "0", "--json"]);
    assert_eq!(runs["flips"], found["flips"]);
    for (flip, commands) in flips.iter().zip(runs["explain"].as_array().unwrap()) {
        for (command, tier) in commands.as_array().unwrap().iter().zip(["from", "to"]) {
            let words: Vec<&str> = command.as_str().unwrap().split(' ').skip(1).collect();
            let told = json(folder, &[&words[..], &["--json"]].concat());
            assert_eq!(told["recipients"][0]["tier"], flip[tier], "{command}");
        }
    }
}

#[test]
fn the_gate_judges_a_topology() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    mail(folder);
    let edge2 = |reject: u8| {
        let text = format!("[content-filter]\nscl-reject-threshold = {reject}\n");
        fs::write(folder.join("edge2.toml"), text).unwrap();
    };
    edge2(6);
    let both = PARALLEL.replace("'edge1'", "'edge1'\npolicy = 'edge2.toml'");
    fs::write(folder.join("policy.toml"), both).unwrap();
    let check = [&["check"][..], &ASKED, &["--baseline", "base.toml"]].concat();
    sclbench(folder, &[&check[..], &["--update"]].concat()).assert().success();
    sclbench(folder, &check).assert().success();
    // What the servers rejected goes to Junk again.
    edge2(9);
    let judged = sclbench(folder, &[&check[..], &["--json"]].concat()).assert().code(1);
    let judged: Value = serde_json::from_slice(&judged.get_output().stdout).unwrap();
    assert_eq!(judged["verdict"], "regression");
    assert_eq!(judged["warnings"][0], "not the baseline's: policy");
}

#[test]
fn each_server_of_a_topology_writes_its_own_agent_log() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    mail(folder);
    let servers = SERIES
        .replace("stage = 2", "stage = 2\nheaders = 'strip'\naddress = '10.0.0.2'")
        .replace("name = 'edge'\n", "name = 'edge'\naddress = '10.0.0.1'\n");
    fs::write(folder.join("policy.toml"), servers).unwrap();
    let export = ["agent-log", "export", "-o", "log"];
    let done = json(folder, &[&export[..], &ASKED, &["--json"]].concat());
    assert_eq!((&done["messages"], &done["rows"]), (&24.into(), &48.into()));
    let files = ["edge/AGENTLOG20070305-1.LOG", "mailbox/AGENTLOG20070305-1.LOG"];
    assert_eq!(done["files"], Value::from(files.to_vec()));
    let [edge, mailbox] =
        files.map(|name| fs::read_to_string(folder.join("log").join(name)).unwrap());
    let row = |text: &str| -> Vec<String> {
        let row = text.lines().find(|line| line.contains("<spam3@x>")).unwrap();
        row.split(',').map(str::to_owned).collect()
    };
    let (first, second) = (row(&edge), row(&mailbox));
    // Local end, remote end, where it entered the organization, action, level.
    assert_eq!(first[2..5], ["10.0.0.1:25", "198.51.100.3:0", "198.51.100.3"]);
    assert_eq!(second[2..5], ["10.0.0.2:25", "10.0.0.1:0", "198.51.100.3"]);
    assert_eq!([&first[12], &first[15]], ["AcceptMessage", "6"]);
    assert_eq!([&second[12], &second[15]], ["RejectMessage", "6"]);
    assert_ne!(first[1], second[1], "each session has its own number");
    assert_eq!(first[17], second[17], "a message keeps its number in the organization");
    let report = json(folder, &["agent-log", "report", "log", "--json"]);
    assert_eq!(report["filtering"]["messagesrejected"][0]["value"], 12);
}

#[test]
fn what_runs_one_server_refuses_several_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    mail(folder);
    fs::write(folder.join("policy.toml"), SERIES).unwrap();
    for command in [&["sweep", "-o", "run"][..], &["scores", "export", "-o", "s.csv"]] {
        let salt: &[&str] = if command[0] == "scores" { &["--salt", "s"] } else { &[] };
        let arguments = [command, salt, &ASKED].concat();
        let refused = sclbench(folder, &arguments).assert().code(2);
        let text = String::from_utf8(refused.get_output().stderr.clone()).unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.contains("`topology`") && text.contains("policy.toml"), "{text}");
    }
    let wrong = SERIES.replace("'hub'", "'hup'");
    fs::write(folder.join("policy.toml"), wrong).unwrap();
    let arguments = [&["replay"][..], &ASKED, &["-o", "run"]].concat();
    let refused = sclbench(folder, &arguments).assert().code(2);
    let text = String::from_utf8(refused.get_output().stderr.clone()).unwrap();
    assert!(text.contains("topology.servers.mailbox.settings"), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
}
