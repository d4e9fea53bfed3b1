//! Policies for Exchange 2003 SP2 through the binary.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

const POLICY: &str = "edition = '2003-sp2'\n[intelligent-message-filter]\n\
                      gateway-threshold = 7\ngateway-action = 'archive'\n\
                      store-threshold = 4\n\
                      custom-weighting-file = 'MSExchange.UceContentFilter.xml'\n";

/// Good mail at levels 0 to 4 and bad mail at 4 to 9, an hour apart; the custom weights put
/// one of each elsewhere.
fn mail(folder: &Path) {
    for (label, levels) in [("ham", 0..=4), ("spam", 4..=9)] {
        fs::create_dir_all(folder.join(label)).unwrap();
        for level in levels {
            let subject = match (label, level) {
                ("ham", 4) => "Your invoice",
                ("spam", 4) => "free free",
                _ => "minutes",
            };
            let text = format!(
                "Received: from mx.sender.example (mx.sender.example [198.51.100.7]) by \
                 mx.corp.example; Mon, 5 Mar 2007 1{level}:00:00 +0000\nFrom: \
                 <ann@sender.example>\nTo: <bob@corp.example>\nSubject: {subject}\n\
                 Message-ID: <{label}-{level}@x>\nX-Spam-Score: {level}\n\ntext\n"
            );
            fs::write(folder.join(label).join(level.to_string()), text).unwrap();
        }
    }
    fs::write(folder.join("policy.toml"), POLICY).unwrap();
    let xml = "<?xml version=\"1.0\" encoding=\"UTF-16\"?>\r\n<CustomWeightEntries \
               xmlns=\"http://schemas.microsoft.com/2005/CustomWeight\">\r\n\
               <CustomWeightEntry Type=\"SUBJECT\" Change=\"MIN\" Text=\"invoice\"/>\r\n\
               <CustomWeightEntry Type=\"BOTH\" Change=\"2\" Text=\"FREE\"/>\r\n\
               </CustomWeightEntries>\r\n";
    let units = std::iter::once(0xfeff).chain(xml.encode_utf16());
    let bytes: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
    fs::write(folder.join("MSExchange.UceContentFilter.xml"), bytes).unwrap();
}

fn sclbench(folder: &Path, line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sclbench"));
    command.current_dir(folder).args(line.split(' '));
    command
}

fn json(folder: &Path, line: &str) -> Value {
    let output = sclbench(folder, line).assert().success().get_output().stdout.clone();
    serde_json::from_slice(&output).unwrap()
}

fn refused(folder: &Path, line: &str) -> String {
    let output = sclbench(folder, line).assert().code(2).get_output().stderr.clone();
    String::from_utf8(output).unwrap()
}

const MAIL: &str = "ham:ham spam:spam --stamp spam-score --policy policy.toml --quiet";

#[test]
fn a_replay_archives_counts_and_applies_custom_weights() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    mail(folder);
    let line = format!("replay {MAIL} --no-charts -o run --archive archive --json");
    let report = json(folder, &line);
    let tiers: Vec<_> = report["tiers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (row["tier"].as_str().unwrap(), row["ham"].as_u64(), row["spam"].as_u64())
        })
        .collect();
    // Bad mail: 4 becomes 4 + 2 by `free` and is junk, as are 5 and 6; 7 to 9 are archived.
    // Good mail: the invoice at 4 becomes 0, and nothing is above 4.
    assert_eq!(
        tiers,
        [
            ("junk", Some(0), Some(3)),
            ("quarantine", Some(0), Some(3)),
            ("reject", Some(0), Some(0)),
            ("delete", Some(0), Some(0)),
        ]
    );
    let counters = &report["counters"];
    assert_eq!(counters["total_messages_scanned_for_uce"], 11);
    assert_eq!(counters["total_uce_messages_acted_upon"], 3);
    assert_eq!(counters["events_7512"], 0);
    let ratings = &counters["total_messages_assigned_an_scl_rating_of"];
    assert_eq!(*ratings, serde_json::json!([2, 1, 1, 1, 0, 1, 2, 1, 1, 1]));
    let inputs = fs::read_to_string(folder.join("run/run.json")).unwrap();
    assert!(inputs.contains("custom weights"), "the file is no input of the run");

    let archived = |name: &str| -> Vec<String> {
        let entries = fs::read_dir(folder.join(name)).unwrap();
        entries.map(|e| fs::read_to_string(e.unwrap().path()).unwrap()).collect()
    };
    let files = archived("archive");
    assert_eq!(files.len(), 3);
    assert!(files.iter().all(|text| text.starts_with("Received: ")));
    fs::write(folder.join("policy.toml"), POLICY.to_owned() + "archive-scl = true\n")
        .unwrap();
    let line = format!("replay {MAIL} --no-charts -o run --archive stamped");
    let output = sclbench(folder, &line).assert().success().get_output().stdout.clone();
    let told = String::from_utf8(output).unwrap();
    assert!(told.contains("MSExchange Intelligent Message Filter"), "{told}");
    assert!(told.contains("archived 3 messages in stamped"), "{told}");
    let mut files = archived("stamped");
    files.sort();
    let heads: Vec<_> = files.iter().map(|text| text.lines().next().unwrap()).collect();
    assert_eq!(heads, ["X-SCL: 7 96.93%", "X-SCL: 8 99.44%", "X-SCL: 9 99.90%"]);
    assert!(files.iter().all(|text| text.contains("\nFrom: <ann@sender.example>\n")));
}

#[test]
fn counters_and_archive_follow_a_schedule() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    mail(folder);
    let later = POLICY.replace("archive", "reject").replace("= 7", "= 5");
    fs::write(folder.join("later.toml"), later).unwrap();
    // Mail of levels 7 and 8 comes under the first policy, 9 under the second.
    fs::write(
        folder.join("experiment.toml"),
        "corpus = ['ham:ham', 'spam:spam']\n[[schedule.events]]\nat = \
         '2007-03-05T18:30:00Z'\npolicy = 'later.toml'\n",
    )
    .unwrap();
    let line = format!(
        "replay {MAIL} --schedule experiment.toml --no-charts -o run --archive archive --json"
    );
    let report = json(folder, &line);
    let counters = &report["counters"];
    assert_eq!(counters["total_messages_scanned_for_uce"], 11);
    assert_eq!(counters["total_uce_messages_acted_upon"], 3);
    assert_eq!(counters["events_7512"], 1);
    assert_eq!(fs::read_dir(folder.join("archive")).unwrap().count(), 2);
    let tier = |name: &str| {
        let tiers = report["tiers"].as_array().unwrap().iter();
        tiers.clone().find(|row| row["tier"] == name).unwrap()["spam"].clone()
    };
    assert_eq!((tier("quarantine"), tier("reject")), (2.into(), 1.into()));
    fs::write(folder.join("policy.toml"), POLICY.replace("archive", "delete")).unwrap();
    let error = refused(folder, &line);
    assert!(error.contains("--archive needs a policy that archives"), "{error}");
}

#[test]
fn a_sweep_has_one_action_and_leads_to_a_policy_that_can_be_replayed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    mail(folder);
    let sweep = json(folder, &format!("sweep {MAIL} -o sweep --json"));
    assert_eq!((&sweep["order_classes"], &sweep["policies"]), (&1.into(), &308.into()));
    let on = ["delete", "reject", "quarantine"]
        .iter()
        .filter(|tier| !sweep["best"]["thresholds"][**tier].is_null())
        .count();
    assert_eq!(on, 1, "{sweep}");

    sclbench(folder, "recommend sweep -o out --stamp spam-score --quiet")
        .assert()
        .success();
    assert!(!folder.join("out/edge.ps1").exists());
    let again = "replay ham:ham spam:spam --stamp spam-score --quiet --no-charts -o again \
                 --json --policy out/recommended-policy.toml";
    let replay = json(folder, &again.replace("  ", " "));
    let best = sweep["best"]["summary"]["tiers"].as_array().unwrap();
    let found = replay["tiers"].as_array().unwrap();
    assert_eq!((best.len(), found.len()), (4, 4));
    for (row, other) in best.iter().zip(found) {
        assert_eq!((&row["ham"], &row["spam"]), (&other["ham"], &other["spam"]));
    }
    assert_eq!(replay["cases"], 11);
}

#[test]
fn explain_tells_the_filters_and_what_the_one_action_would_have_needed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    mail(folder);
    let report = json(folder, &format!("explain {MAIL} --message spam-7@x --json"));
    let steps = report["steps"].as_array().unwrap();
    let agents: Vec<_> = steps
        .iter()
        .map(|step| (step["event"].as_str().unwrap(), step["agent"].as_str().unwrap()))
        .collect();
    assert_eq!(
        agents,
        [
            ("OnConnectEvent", "Connection Filtering Agent"),
            ("OnMailCommand", "Connection Filtering Agent"),
            ("OnMailCommand", "Sender Filter Agent"),
            ("OnRcptCommand", "Connection Filtering Agent"),
            ("OnRcptCommand", "Recipient Filter Agent"),
            ("OnEndOfHeaders", "Connection Filtering Agent"),
            ("OnEndOfHeaders", "Sender Id Agent"),
            ("OnEndOfData", "Intelligent Message Filter"),
        ]
    );
    let nearest: Vec<_> = report["nearest"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["setting"].as_str().unwrap())
        .collect();
    assert_eq!(
        nearest,
        [
            "gateway action `archive` from SCL 8 instead of gateway action `archive` from SCL 7"
        ]
    );
}

#[test]
fn what_2003_does_not_have_is_refused_by_name_with_a_cure() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    mail(folder);
    for (setting, found) in [
        ("[content-filter]\nscl-reject-threshold = 7", "`gateway-action`"),
        ("[[agents]]\nname = 'Edge Rule Agent'\npriority = 1", "order of the filters"),
        ("[organization]\nscl-junk-threshold = 4", "use `store-threshold`"),
        ("[sender-id]\nexternal-mail-enabled = true", "anonymous sessions only"),
        ("[[rules]]\nname = 'r'\nactions.set-scl = 1", "no Edge rules"),
        ("[connection-filter.ip-allow-list-config]\nenabled = true", "no such setting"),
    ] {
        let policy = format!("edition = '2003-sp2'\n{setting}\n");
        fs::write(folder.join("policy.toml"), policy).unwrap();
        let error = refused(folder, &format!("replay {MAIL} -o run"));
        assert!(error.contains("policy.toml") && error.contains(found), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
    let later = "[intelligent-message-filter]\narchive-scl = true\n";
    fs::write(folder.join("policy.toml"), later).unwrap();
    let error = refused(folder, &format!("replay {MAIL} -o run"));
    assert!(error.contains("set `edition = \"2003-sp2\"`"), "{error}");

    fs::write(folder.join("policy.toml"), POLICY).unwrap();
    for line in [
        "shell --policy policy.toml",
        "export policy.toml",
        &format!("pipeline {MAIL}"),
        &format!("agent-log export {MAIL} -o log"),
    ] {
        let error = refused(folder, line);
        assert!(error.contains("the policy is for Exchange 2003 SP2: "), "{error}");
    }
    let plain = "edition = '2003-sp2'\n";
    fs::write(folder.join("policy.toml"), plain).unwrap();
    let error = refused(folder, &format!("replay {MAIL} -o run --archive x"));
    assert!(error.contains("`gateway-action = \"archive\"`"), "{error}");
    assert!(!folder.join("run").exists());
}

#[test]
fn a_bad_weighting_file_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    mail(folder);
    let weights = folder.join("MSExchange.UceContentFilter.xml");
    let utf8 = "<CustomWeightEntries/>";
    fs::write(&weights, utf8).unwrap();
    let error = refused(folder, &format!("replay {MAIL} -o run"));
    assert!(error.contains("UceContentFilter.xml`: it is not UTF-16"), "{error}");
    fs::remove_file(&weights).unwrap();
    let error = refused(folder, &format!("replay {MAIL} -o run"));
    assert!(error.contains("cannot read `MSExchange.UceContentFilter.xml`"), "{error}");
}

#[test]
fn a_written_policy_is_read_again_and_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    mail(folder);
    let export = |policy: &str| {
        let line = format!("export {policy} --to toml");
        let output =
            sclbench(folder, &line).assert().success().get_output().stdout.clone();
        String::from_utf8(output).unwrap()
    };
    let first = export("policy.toml");
    assert!(first.contains("text = \"invoice\"") && !first.contains("content-filter"));
    fs::write(folder.join("again.toml"), &first).unwrap();
    assert_eq!(export("again.toml"), first);
}

#[test]
fn roles_and_topologies_are_not_of_2003() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    mail(folder);
    let line = format!("replay {MAIL} --no-charts -o run");
    fs::write(folder.join("policy.toml"), format!("role = 'hub'\n{POLICY}")).unwrap();
    let told = refused(folder, &line);
    assert!(told.contains("`role`: Exchange 2003 has no roles"), "{told}");
    let server = "[[topology.servers]]\nname = 'a'\n";
    let plain = "[intelligent-message-filter]\ngateway-action = 'reject'\n";
    fs::write(folder.join("old.toml"), format!("edition = '2003-sp2'\n{plain}")).unwrap();
    for text in [
        format!("{POLICY}{server}"),
        format!("{server}settings.edition = '2003-sp2'\n"),
        format!("{server}policy = 'old.toml'\n"),
    ] {
        fs::write(folder.join("policy.toml"), text).unwrap();
        for line in [&line, &format!("explain {MAIL} --message ham-1@x")] {
            let told = refused(folder, line);
            assert!(told.contains("policy.toml"), "{told}");
            assert!(told.contains("Exchange 2003 cannot stand in a topology"), "{told}");
            assert_eq!(told.trim_end().lines().count(), 1, "{told}");
        }
    }
}

#[test]
fn a_store_threshold_without_effect_is_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    mail(folder);
    let line = format!("replay {MAIL} --no-charts -o run").replace(" --quiet", "");
    let told = || {
        let stderr =
            sclbench(folder, &line).assert().success().get_output().stderr.clone();
        String::from_utf8(stderr).unwrap().contains("the store threshold has no effect")
    };
    assert!(!told());
    let policy = POLICY.replace("store-threshold = 4", "store-threshold = 6");
    fs::write(folder.join("policy.toml"), policy).unwrap();
    assert!(told());
}
