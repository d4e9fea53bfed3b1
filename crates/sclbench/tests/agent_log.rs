//! `agent-log` through the binary: what is exported can be read, counted and swept.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

fn json(folder: &Path, arguments: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sclbench"));
    command.current_dir(folder).args(arguments).args(["--json", "--quiet"]);
    let output = command.assert().success().get_output().stdout.clone();
    serde_json::from_slice(&output).unwrap()
}

/// A trusted sender, a blocked one, and one that a rule quarantines.
fn mail(folder: &Path) {
    for (label, from, subject) in [
        ("ham", "ann@good.example", "minutes"),
        ("spam", "bulk@blocked.example", "prizes"),
        ("spam", "new@other.example", "offer, now"),
    ] {
        fs::create_dir_all(folder.join(label)).unwrap();
        let text = format!(
            "Received: from mx.x.example (mx.x.example [198.51.100.7]) by mx.corp.example; \
             Mon, 5 Mar 2007 10:00:00 +0000\nReturn-Path: <{from}>\nFrom: <{from}>\nTo: \
             <bob@corp.example>\nSubject: {subject}\nMessage-ID: <{from}>\nDate: Mon, 5 Mar \
             2007 10:00:00 +0000\n\ntext\n"
        );
        fs::write(folder.join(label).join(from), text).unwrap();
    }
    fs::write(
        folder.join("policy.toml"),
        "[content-filter]\nbypassed-senders = ['ann@good.example']\nquarantine-mailbox = \
         'q@corp.example'\n[sender-filter]\nblocked-domains = ['blocked.example']\n[[rules]]\n\
         name = 'offers, all'\nconditions.subject-contains-words = \
         ['offer']\nactions.quarantine = true\n",
    )
    .unwrap();
}

#[test]
fn a_replay_is_written_as_the_product_would_and_counted_as_its_scripts_do() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    mail(folder);
    let export =
        ["agent-log", "export", "ham:ham", "spam:spam", "--policy", "policy.toml"];
    for (form, fields) in [("17", 17), ("20", 20)] {
        let done = json(folder, &[&export[..], &["--form", form, "-o", form]].concat());
        assert_eq!((&done["messages"], &done["rows"]), (&3.into(), &3.into()));
        let text = fs::read_to_string(folder.join(form).join("AGENTLOG20070305-1.LOG"));
        let text = text.unwrap();
        let names = text.lines().find_map(|line| line.strip_prefix("#Fields: ")).unwrap();
        assert_eq!(names.split(',').count(), fields);
        assert!(text.contains(",OnMailCommand,RejectCommand,554 5.1.0 Sender Denied,"));
        assert!(text.contains(",OnEndOfData,QuarantineMessage,"), "{text}");
        assert!(text.contains(",EdgeRule,\"offers, all\","), "{text}");
        assert!(text.contains("AcceptMessage,,SCL,not available: content filtering was"));
    }
    let report = json(folder, &["agent-log", "report", "20"]);
    assert_eq!(report["rows"], 3);
    assert_eq!(report["filtering"]["commands"][0]["name"], "sender filter agent");
    assert_eq!(report["filtering"]["messagesquarantined"][0]["value"], 1);
    assert_eq!(report["scl_histogram"][0]["name"], "bypassed");
    assert_eq!(report["top_blocked_sender_ips"][0]["value"], 2);
}

#[test]
fn a_foreign_log_is_swept_without_any_message() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let row = |id: &str, scl: &str| {
        format!(
            "2019-05-02T10:15:30.001Z,S{id},,203.0.113.5:50123,,<{id}@x>,a@b.example,,\
             ann@corp.example,1,Content Filter Agent,OnEndOfData,AcceptMessage,,SCL,{scl},\n"
        )
    };
    let log = format!(
        "{}{}{}2019-05-02T10:15:31.001Z,S,,,,,,,,,Inbound Trust Agent,,ModifyHeaders,,,,\n",
        row("1", "2"),
        row("2", "8"),
        row("3", "5")
    );
    fs::write(folder.join("a.log"), log).unwrap();
    fs::write(folder.join("labels.csv"), "message-id,label\n1@x,ham\n2@x,spam\n")
        .unwrap();
    let import = ["agent-log", "import", "a.log", "--labels", "labels.csv", "-o", "out"];
    let found = json(folder, &import);
    for (key, value) in
        [("messages", 3), ("ham", 1), ("spam", 1), ("unlabelled", 1), ("other_rows", 1)]
    {
        assert_eq!(found[key], value, "{key}");
    }
    let reject = found["default_tiers"].as_array().unwrap().iter();
    let reject = reject.clone().find(|row| row["tier"] == "reject").unwrap();
    assert_eq!((&reject["ham"], &reject["spam"]), (&0.into(), &1.into()));
    let settings = fs::read_to_string(folder.join("out/settings.csv")).unwrap();
    assert_eq!(settings.lines().count(), 2_421);
    // Junk above 7: the spam of level 8 lands in Junk, the ham in the inbox.
    assert!(settings.contains("\noff,off,off,7,1,0,0,0,0,0,1,0,0,0\n"));
    assert!(settings.contains("\noff,off,off,8,1,0,0,0,0,1,0,0,0,0\n"));
}
