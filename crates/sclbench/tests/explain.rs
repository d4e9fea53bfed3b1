//! `explain` and `pipeline` through the binary.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

/// One good and one bad message, and a policy whose rule stamps the bad one.
fn mail(folder: &Path) {
    fs::create_dir_all(folder.join("ham")).unwrap();
    fs::create_dir_all(folder.join("spam")).unwrap();
    let message = |from: &str, id: &str, subject: &str| {
        format!(
            "Received: from mx.sender.example (mx.sender.example [198.51.100.7]) by \
             mx.corp.example; Mon, 5 Mar 2007 10:00:00 +0000\nFrom: <{from}>\nTo: \
             <bob@corp.example>\nSubject: {subject}\nMessage-ID: <{id}>\nDate: Mon, 5 Mar \
             2007 10:00:00 +0000\n\ntext\n"
        )
    };
    let good = message("ann@sender.example", "good@x", "minutes");
    let bad = message("bulk@sender.example", "bad@x", "offer \u{1b}[31m now");
    fs::write(folder.join("ham/1"), good).unwrap();
    fs::write(folder.join("spam/1"), bad).unwrap();
    fs::write(
        folder.join("policy.toml"),
        "[[rules]]\nname = 'offers'\nconditions.subject-contains-words = ['offer']\n\
         actions.set-scl = 6\n",
    )
    .unwrap();
}

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

#[test]
fn explain_tells_what_decided_and_what_would_have_changed_it() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    mail(folder);
    let asked = ["explain", "ham:ham", "spam:spam", "--policy", "policy.toml", "--quiet"];
    let by_id = [&asked[..], &["--message", "<bad@x>", "--json"]].concat();
    let report = json(folder, &by_id);
    let rule = report["steps"].as_array().unwrap().iter();
    let rule = rule.clone().find(|step| step["agent"] == "Edge Rule Agent").unwrap();
    assert_eq!(rule["event"], "OnEndOfData");
    assert_eq!(rule["observed"], "conditions hold offers");
    assert_eq!(rule["read"]["SCL"], "none");
    assert_eq!(rule["written"]["SCL"], "6");
    let end = &report["recipients"][0];
    assert_eq!((&end["tier"], &end["agent"]), (&"junk".into(), &"Store".into()));
    assert_eq!(end["recipient"], "bob@corp.example");
    assert_eq!(report["nearest"][0]["setting"], "junk threshold 6 instead of 4");
    assert_eq!(report["nearest"][0]["recipients"][0]["tier"], "inbox");

    let digest = report["message"].as_str().unwrap()[..8].to_owned();
    let by_digest = [&asked[..], &["--message", &digest]].concat();
    let told =
        sclbench(folder, &by_digest).assert().success().get_output().stdout.clone();
    let told = String::from_utf8(told).unwrap();
    assert!(told.lines().all(|line| line.chars().count() <= 80), "{told}");
    assert!(!told.contains('\u{1b}'), "text from mail steers the terminal");
    assert!(told.contains("bob@corp.example: junk by Store, SclAboveJunkThreshold"));
}

#[test]
fn explain_says_which_id_it_needs() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    mail(folder);
    let command = ["explain", "ham:ham", "--quiet", "--message", "nowhere@x"];
    let failed = sclbench(folder, &command).assert().code(2).get_output().stderr.clone();
    let failed = String::from_utf8(failed).unwrap();
    assert!(
        failed.contains("no message of `ham:ham` has the id `nowhere@x`"),
        "{failed}"
    );
}

#[test]
fn the_pipeline_shows_only_agents_that_have_met_messages() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    mail(folder);
    fs::write(
        folder.join("closed.toml"),
        "[sender-filter]\nblocked-domains = ['sender.example']\n[[agents]]\nname = \
         'Protocol Analysis Agent'\npriority = 1\nenabled = false\n",
    )
    .unwrap();
    let command = ["pipeline", "ham:ham", "--policy", "closed.toml", "--quiet"];
    let view = sclbench(folder, &command).assert().success().get_output().stdout.clone();
    let view = String::from_utf8(view).unwrap();
    assert!(view.contains("Event           : OnConnectEvent\nTransportAgents : {Connec"));
    assert!(!view.contains("Content Filter Agent") && !view.contains("Protocol"));
    assert_eq!(view.matches("Event           : ").count(), 17);
    assert_eq!(view.matches("TransportAgents : {}").count(), 13);
}

#[test]
fn explain_tells_the_reply_of_whoever_refuses_in_the_words_of_the_edition() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    mail(folder);
    let rated = fs::read_to_string(folder.join("spam/1")).unwrap();
    let rated = format!("X-MS-Exchange-Organization-SCL: 8\n{rated}");
    fs::write(folder.join("spam/1"), rated).unwrap();
    let blocked = "[[connection-filter.ip-block-list]]\naddress = '198.51.100.7'\n\
                   [connection-filter.ip-block-list-config]\n\
                   static-entry-rejection-response = 'go away, {0}'\n";
    fs::write(folder.join("blocked.toml"), blocked).unwrap();
    let quarantine = "[content-filter]\nscl-reject-enabled = false\n\
                      scl-quarantine-enabled = true\nscl-quarantine-threshold = 6\n\
                      quarantine-mailbox = 'spam@corp.example'\n";
    fs::write(folder.join("quarantine.toml"), quarantine).unwrap();
    let asked =
        ["explain", "ham:ham", "spam:spam", "--quiet", "--message", "bad@x", "--json"];
    for (options, agent, reply) in [
        (
            ["--edition", "2007"],
            "Content Filter Agent",
            "550 5.7.1 Message rejected due to content restrictions",
        ),
        (
            ["--edition", "2016"],
            "Content Filter Agent",
            "550 5.7.1 Message rejected as spam by Content Filtering.",
        ),
        (
            ["--policy", "blocked.toml"],
            "Connection Filtering Agent",
            "550 5.7.1 go away, 198.51.100.7",
        ),
    ] {
        let told = json(folder, &[&asked[..], &options].concat());
        let steps = told["steps"].as_array().unwrap();
        let replies: Vec<&Value> =
            steps.iter().filter(|step| step.get("reply").is_some()).collect();
        assert_eq!(replies.len(), 1, "{replies:?}");
        assert_eq!(
            (&replies[0]["agent"], &replies[0]["reply"]),
            (&agent.into(), &reply.into())
        );
        assert_eq!(told["recipients"][0]["response"], reply);
    }
    let told = json(folder, &[&asked[..], &["--policy", "quarantine.toml"]].concat());
    assert!(
        told["steps"].as_array().unwrap().iter().all(|step| step.get("reply").is_none())
    );
    let noted = "550 5.2.1 Content Filter agent quarantined this message";
    assert_eq!(told["recipients"][0]["response"], noted);
    let text = [&asked[..6], &["--policy", "quarantine.toml"]].concat();
    let text = sclbench(folder, &text).assert().success().get_output().stdout.clone();
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains("in the agent log 550 5.2.1"), "{text}");
}
