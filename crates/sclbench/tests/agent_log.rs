//! `agent-log` through the binary: what is exported can be read, counted and swept.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
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

/// Every threshold setting, swept on the log alone, gives exactly the counts of the sweep over
/// the mail that the log was written from: on mail of which the log tells all there is.
#[test]
fn a_swept_log_counts_as_the_sweep_of_its_mail_does() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut labels = "message-id,label\n".to_owned();
    for number in 0..60 {
        // Levels overlap, and good mail without a level goes through by its safe sender.
        let (label, level) = match number % 3 {
            0 => ("spam", number / 3 % 6 + 4),
            _ => ("ham", number / 3 % 8),
        };
        let from = if number % 20 == 1 { "safe" } else { "new" };
        fs::create_dir_all(folder.join(label)).unwrap();
        let text = format!(
            "Received: from mx.x.example (mx.x.example [198.51.100.{number}]) by \
             mx.corp.example; Mon, 5 Mar 2007 10:00:{number:02} +0000\nFrom: \
             <{from}@x.example>\nTo: <bob@corp.example>\nSubject: {number}\nX-Spam-Score: \
             {level}\nMessage-ID: <{number}@x>\nDate: Mon, 5 Mar 2007 10:00:00 \
             +0000\n\ntext\n"
        );
        fs::write(folder.join(label).join(number.to_string()), text).unwrap();
        labels.push_str(&format!("{number}@x,{label}\n"));
    }
    fs::write(folder.join("labels.csv"), labels).unwrap();
    let policy = "[content-filter]\nbypassed-senders = ['safe@x.example']\n\
                  scl-delete-enabled = true\nscl-delete-threshold = 9\n";
    fs::write(folder.join("policy.toml"), policy).unwrap();
    let mail =
        ["ham:ham", "spam:spam", "--policy", "policy.toml", "--stamp", "spam-score"];
    json(
        folder,
        &[&["sweep"], &mail[..], &["--orders", "default", "-o", "sweep"]].concat(),
    );
    for form in ["17", "20"] {
        let out = ["--form", form, "-o", "log"];
        json(folder, &[&["agent-log", "export"], &mail[..], &out].concat());
        let import = ["agent-log", "import", "log", "--labels", "labels.csv", "-o", "in"];
        let read = json(folder, &import);
        assert_eq!((&read["messages"], &read["bypassed"]), (&60.into(), &3.into()));
        let swept = analysis::read_sweep(&folder.join("sweep")).unwrap();
        let settings = fs::read_to_string(folder.join("in/settings.csv")).unwrap();
        let found: BTreeMap<&str, Vec<u64>> = settings
            .lines()
            .skip(1)
            .map(|line| {
                let at = line.match_indices(',').nth(3).unwrap().0;
                let counts = line[at + 1..].split(',').map(|n| n.parse().unwrap());
                (&line[..at], counts.collect())
            })
            .collect();
        let outcome = &swept.outcomes[swept.orders[0].outcome as usize];
        assert_eq!(found.len(), swept.settings.len());
        for (setting, tally) in swept.settings.iter().zip(&outcome.tallies) {
            let value = |at: Option<mail::Threshold>| {
                at.map_or("off".to_owned(), |at| at.to_string())
            };
            let key = [setting.delete, setting.reject, setting.quarantine, setting.junk]
                .map(value)
                .join(",");
            let tally = &swept.tallies[*tally as usize];
            assert_eq!(found[key.as_str()], tally.tiers.concat(), "{key}");
        }
    }
}
