//! A policy that changes over corpus time: settings, restarts with downtime, definitions.

#![expect(clippy::unwrap_used, reason = "a setup that fails is a failed test")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

fn output(folder: &Path, line: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sclbench"))
        .current_dir(folder)
        .args(line.split_whitespace())
        .output()
        .unwrap()
}

fn json(folder: &Path, line: &str) -> Value {
    let output = output(folder, &format!("--json -q {line}"));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {error}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// [`json`] without what a replay of one policy adds: measures, slices, and what the world
/// did not answer.
fn summary(folder: &Path, line: &str) -> Value {
    let mut found = json(folder, line);
    let object = found.as_object_mut().unwrap();
    for key in ["measures", "slices", "unanswered"] {
        assert!(object.remove(key).is_some(), "{key}");
    }
    found
}

fn refused(folder: &Path, line: &str, told: &[&str]) {
    let output = output(folder, &format!("-q {line}"));
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{line}: {error}");
    assert_eq!(error.lines().count(), 1, "{error}");
    for words in told {
        assert!(error.contains(words), "{line}: {error}");
    }
}

/// An experiment with a schedule.
fn schedule(folder: &Path, text: &str) {
    let text = format!("corpus = [\"mail.parquet\"]\n[schedule]\n{text}");
    fs::write(folder.join("sclbench.toml"), text).unwrap();
}

fn record(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("out/schedule.json")).unwrap()).unwrap()
}

/// Half a year of made-up mail with its world.
fn generated(messages: u32) -> TempDir {
    let folder = TempDir::new().unwrap();
    let recipe =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpora/demo/demo.toml");
    fs::copy(recipe, folder.path().join("demo.toml")).unwrap();
    json(folder.path(), &format!("corpus generate demo.toml --messages {messages} -o ."));
    folder
}

/// One good and one spam message a day at ten, 1 to 20 January 2024.
fn daily() -> TempDir {
    let folder = TempDir::new().unwrap();
    for label in ["ham", "spam"] {
        fs::create_dir(folder.path().join(label)).unwrap();
        for day in 1..=20 {
            let text = format!(
                "Received: from mx.example (mx.example [192.0.2.{day}]) by edge.example; \
                 {day} Jan 2024 10:00:00 +0000\nFrom: <a@{label}.example>\n\
                 To: <ann@corp.example>\nSubject: {label} {day}\n\
                 Date: {day} Jan 2024 10:00:00 +0000\n\
                 \nnumber {} for {label}\n",
                day * 7919
            );
            fs::write(folder.path().join(label).join(format!("{day:02}")), text).unwrap();
        }
    }
    folder
}

/// Policies that reject spam, delete it, and do not filter.
fn three_policies(at: &Path) {
    let phrase =
        "[[content-filter.phrases]]\nphrase = \"spam\"\ninfluence = \"BadWord\"\n";
    fs::write(at.join("policy.toml"), phrase).unwrap();
    let delete = format!("[content-filter]\nscl-delete-enabled = true\n{phrase}");
    fs::write(at.join("delete.toml"), delete).unwrap();
    let off =
        "[[agents]]\nname = \"Content Filter Agent\"\npriority = 4\nenabled = false\n";
    fs::write(at.join("off.toml"), format!("{off}{phrase}")).unwrap();
}

const REPLAY: &str = "replay ham:ham spam:spam --schedule sclbench.toml -o out";

#[test]
fn a_change_without_effect_changes_nothing_not_even_reputations() {
    let folder = generated(3000);
    let at = folder.path();
    json(at, "train mail.parquet --trainer fast -o filter.model");
    // Reputations alone decide more than once, so that losing history would show.
    let base = "[sender-reputation]\nsrl-block-threshold = 5\n";
    fs::write(at.join("policy.toml"), base).unwrap();
    let other = format!("{base}[content-filter]\nrejection-response = \"no\"\n");
    fs::write(at.join("other.toml"), other).unwrap();
    let line = "replay mail.parquet --world world --model filter.model --allow-overlap \
                --policy policy.toml";
    let plain = summary(at, &format!("{line} -o plain"));
    let event = |day: &str, policy: &str| {
        format!("[[schedule.events]]\nat = \"{day}T00:00:00Z\"\npolicy = \"{policy}\"\n")
    };
    let events = [
        event("2024-02-10", "other.toml"),
        event("2024-03-20", "policy.toml"),
        event("2024-05-05", "other.toml"),
    ];
    schedule(at, &events.concat());
    let scheduled = json(at, &format!("{line} --schedule sclbench.toml -o out"));
    assert_eq!(record(at)["segments"].as_array().unwrap().len(), 4);
    assert_eq!(plain, scheduled);
    let decided = plain["decided_by"].as_array().unwrap();
    let by_reputation: u64 = decided
        .iter()
        .filter(|row| row["reason"] == "MachineBlockList")
        .map(|row| row["spam"].as_u64().unwrap() + row["ham"].as_u64().unwrap())
        .sum();
    assert!(by_reputation > 0, "{decided:?}");
}

#[test]
fn settings_act_from_their_date_and_the_order_after_a_restart() {
    let folder = daily();
    let at = folder.path();
    three_policies(at);
    schedule(
        at,
        "[[schedule.events]]\nat = \"2024-01-06T00:00:00Z\"\npolicy = \"delete.toml\"\n\
         [[schedule.events]]\nat = \"2024-01-11T00:00:00Z\"\npolicy = \"off.toml\"\n\
         [[schedule.events]]\nat = \"2024-01-16T00:00:00Z\"\nrestart-minutes = 0\n",
    );
    let found = json(at, &format!("{REPLAY} --policy policy.toml"));
    let spam = |tier: &str| {
        let rows = found["tiers"].as_array().unwrap();
        rows.iter().find(|row| row["tier"] == tier).unwrap()["spam"].as_u64().unwrap()
    };
    // Rejected for five days, deleted for five, rejected again while the switch waits for
    // the restart, and let through afterwards.
    assert_eq!([spam("reject"), spam("delete"), spam("junk")], [10, 5, 0], "{found}");
    assert_eq!(found["inbox"]["spam"], 5);
}

#[test]
fn mail_during_a_restart_comes_again() {
    let folder = daily();
    let at = folder.path();
    let restart = |minutes: u32| {
        format!(
            "[[schedule.events]]\nat = \"2024-01-05T09:59:00Z\"\nrestart-minutes = {minutes}\n"
        )
    };
    schedule(at, &restart(5));
    let found = json(at, REPLAY);
    assert_eq!(found["cases"], 40);
    assert_eq!([&record(at)["deferred"], &record(at)["given_up"]], [2, 0]);
    // Down for three days: three mornings, the senders of the first two give up.
    schedule(at, &format!("give-up-hours = 24\n{}", restart(3 * 24 * 60)));
    let found = json(at, REPLAY);
    assert_eq!([&found["read"], &found["cases"], &found["skipped"]], [40, 36, 4]);
    let reason = "given up by its sender while the server was down";
    assert_eq!(found["skipped_reasons"][reason], 4);
    assert_eq!([&record(at)["deferred"], &record(at)["given_up"]], [2, 4]);
}

#[test]
fn definitions_are_installed_by_cadence() {
    let folder = generated(800);
    let at = folder.path();
    let plan = "update plan mail.parquet --trainer fast --cadence";
    for cadence in ["wednesdays", "monthly", "never"] {
        json(at, &format!("{plan} {cadence} -o {cadence}"));
    }
    // Installing twice-monthly definitions seldom is having planned them seldom.
    for (cadence, same_as) in
        [("released", "wednesdays"), ("monthly", "monthly"), ("never", "never")]
    {
        schedule(at, &format!("updates = \"wednesdays\"\ncadence = \"{cadence}\"\n"));
        let scheduled = json(at, "replay mail.parquet --schedule sclbench.toml -o out");
        let planned =
            summary(at, &format!("replay mail.parquet --updates {same_as} -o p"));
        assert_eq!(scheduled, planned, "{cadence}");
        // Marks are the times of installation, not of release.
        let [by_schedule, by_plan] = ["out", "p"].map(|run| {
            let text = fs::read(at.join(run).join("run.json")).unwrap();
            let run: Value = serde_json::from_slice(&text).unwrap();
            let marks = run["updates"].as_array().unwrap().clone();
            marks.iter().map(|mark| mark["at"].clone()).collect::<Vec<_>>()
        });
        assert_eq!(by_schedule, by_plan, "{cadence}");
    }
    assert!(at.join("out/charts/update-cadence.png").is_file());
    assert!(at.join("out/over-time.csv").is_file());
}

/// A restart that ends after a release: what waited for it is rated by the definitions of its
/// first attempt, as the later ones have learnt it.
#[test]
fn deferred_mail_never_meets_definitions_that_learnt_it() {
    let folder = daily();
    let at = folder.path();
    let plan = "update plan ham:ham spam:spam --trainer fast --first 2024-01-08";
    json(at, &format!("{plan} --cadence never -o early"));
    json(at, &format!("{plan} --cadence 2024-01-12 -o both"));
    // Down over the mail of 11 January, 10:00, and the release of the 12th, 00:00.
    let event =
        "[[schedule.events]]\nat = \"2024-01-11T09:59:00Z\"\nrestart-minutes = 900\n";
    let deferred = |feed: &str| {
        schedule(at, &format!("updates = \"{feed}\"\n{event}"));
        json(at, REPLAY);
        assert_eq!(record(at)["deferred"], 2);
        let table = format!("{feed}.csv");
        json(at, &format!("scores export out --salt x -o {table}"));
        let table = fs::read_to_string(at.join(table)).unwrap();
        let late = |line: &&str| line.contains(",2024-01-12");
        table.lines().filter(late).map(str::to_owned).collect::<Vec<_>>()
    };
    let [early, both] = ["early", "both"].map(deferred);
    // Dates of installation as a list and as one text are the same.
    let days = ["'2024-01-09,2024-01-12'", "['2024-01-12', '2024-01-09']"];
    for days in days {
        schedule(at, &format!("updates = \"both\"\ncadence = {days}\n{event}"));
        json(at, REPLAY);
        let installed = record(at)["definitions"].clone();
        let times = ["2024-01-08T00:00:00Z", "2024-01-12T00:00:00Z"];
        assert_eq!(installed, serde_json::json!(times));
    }
    // In corpus time: the two that waited, and the two of that day's morning.
    assert_eq!(early.len(), 4, "{early:?}");
    assert_eq!(early[..2], both[..2]);
    assert_ne!(early[2..], both[2..]);
}

/// What shell lines set is what a policy file with the same settings sets, at every stretch,
/// and agents wait for a restart.
#[test]
fn shell_lines_act_as_policy_files_do() {
    let folder = daily();
    let at = folder.path();
    three_policies(at);
    let event = |day: u32, what: &str| {
        format!("[[schedule.events]]\nat = \"2024-01-{day:02}T00:00:00Z\"\n{what}\n")
    };
    let line = format!("{REPLAY} --policy policy.toml");
    // The events stand in no order of time.
    let files = [
        event(16, "restart-minutes = 0"),
        event(6, "policy = \"delete.toml\""),
        event(11, "policy = \"off.toml\""),
    ];
    schedule(at, &files.concat());
    let by_files = json(at, &line);
    let segments = record(at);
    let lines = [
        event(16, "restart-minutes = 0"),
        event(
            11,
            "shell = \"\"\"\nSet-ContentFilterConfig -SCLDeleteEnabled $false\n\
             Disable-TransportAgent 'Content Filter Agent'\n\"\"\"",
        ),
        event(6, "shell = 'Set-ContentFilterConfig -SCLDeleteEnabled $true'"),
    ];
    schedule(at, &lines.concat());
    let told = output(at, &format!("--json {line}"));
    let warned = String::from_utf8(told.stderr).unwrap();
    assert!(warned.contains("2024-01-11T00:00:00Z: "), "{warned}");
    assert!(!warned.contains("does not have"), "{warned}");
    assert_eq!(serde_json::from_slice::<Value>(&told.stdout).unwrap(), by_files);
    assert_eq!(record(at), segments);
    assert_eq!(segments["segments"].as_array().unwrap().len(), 4);
    // The same with the restart among the lines, and without any.
    let restart = "shell = 'Restart-Service MSExchangeTransport'";
    schedule(at, &[lines[1..].concat(), event(16, restart)].concat());
    assert_eq!(json(at, &line), by_files);
    schedule(at, &lines[1..].concat());
    let told = output(at, &line);
    let warned = String::from_utf8(told.stderr).unwrap();
    assert!(warned.contains("wait for a restart that the schedule does not have"));
}

/// A threshold changed amid the corpus gives the tallies of two replays, one of the mail
/// before with the one setting and one of the mail from then on with the other.
#[test]
fn a_threshold_changed_amid_the_corpus_is_two_replays_joined() {
    let folder = generated(2000);
    let at = folder.path();
    json(at, "corpus split mail.parquet -o .");
    json(at, "train train.parquet --trainer fast -o filter.model");
    // Without reputations nothing of the first part is remembered in the second.
    let base = "[sender-reputation]\nenabled = false\n";
    let strict = format!("{base}[content-filter]\nscl-reject-threshold = 4\n");
    fs::write(at.join("policy.toml"), base).unwrap();
    fs::write(at.join("strict.toml"), strict).unwrap();
    let replay = |mail: &str, policy: &str, out: &str| {
        json(
            at,
            &format!(
                "replay {mail} --world world --model filter.model --policy {policy} \
                 --allow-overlap -o {out}"
            ),
        )
    };
    let parts = [
        replay("tune.parquet", "policy.toml", "before"),
        replay("hold-out.parquet", "strict.toml", "after"),
    ];
    let unchanged = replay("hold-out.parquet", "policy.toml", "unchanged");
    assert_ne!(parts[1]["tiers"], unchanged["tiers"], "the change must matter");
    let inspected = json(at, "corpus inspect hold-out.parquet");
    schedule(
        at,
        &format!(
            "[[schedule.events]]\nat = {}\n\
             shell = 'Set-ContentFilterConfig -SCLRejectThreshold 4'\n",
            inspected["first"]
        ),
    );
    let scheduled = replay(
        "tune.parquet hold-out.parquet",
        "policy.toml --schedule sclbench.toml",
        "joined",
    );
    assert_eq!(scheduled["cases"], 1_000);
    let number = |value: &Value| value.as_u64().unwrap();
    for (index, tier) in scheduled["tiers"].as_array().unwrap().iter().enumerate() {
        for label in ["ham", "spam"] {
            let [before, after] = parts.each_ref().map(|part| &part["tiers"][index]);
            assert_eq!([&before["tier"], &after["tier"]], [&tier["tier"]; 2]);
            let sum = number(&before[label]) + number(&after[label]);
            assert_eq!(number(&tier[label]), sum, "{tier} {label}");
        }
    }
    for label in ["ham", "spam"] {
        let sum: u64 = parts.iter().map(|part| number(&part["inbox"][label])).sum();
        assert_eq!(number(&scheduled["inbox"][label]), sum);
    }
}

#[test]
fn schedules_that_cannot_be_are_refused() {
    let folder = daily();
    let at = folder.path();
    let event = "[[schedule.events]]\nat = \"2024-01-05T09:59:00Z\"\n";
    for (text, told) in [
        (event.to_owned(), "event 1 of `schedule`, 2024-01-05T09:59:00Z: give one of"),
        (format!("{event}restart-minutes = 1\npolicy = \"p\"\n"), "give one of"),
        (
            format!("{event}shell = 'Set-ContentFilterConfig -SCLRejectThreshold 12'\n"),
            "event 1 of `schedule`, 2024-01-05T09:59:00Z: `shell`:1:",
        ),
        (
            format!("{event}shell = 'Set-ContentFilterConfi -X 1'\n"),
            "Set-ContentFilterConfig",
        ),
        (
            format!("{event}shell = 'Stop-Service MSExchangeTransport'\n"),
            "transport service stopped",
        ),
        (format!("{event}policy = \"p.toml\"\n"), "p.toml"),
        (event.replace("T09", "X") + "restart-minutes = 1\n", "2024-01-05X:59:00Z"),
        ("retry-minutes = 0\n".to_owned(), "at least 1 minute"),
        ("cadence = \"daily\"\n".to_owned(), "use wednesdays"),
        ("cadence = [\"2024-01-12\", \"daily\"]\n".to_owned(), "use wednesdays"),
        ("cadence = 3\n".to_owned(), "a list of dates"),
        ("settings = \"x\"\n".to_owned(), "sclbench.toml`, line 3"),
        ("updates = \"nowhere\"\n".to_owned(), "nowhere"),
    ] {
        schedule(at, &text);
        refused(at, REPLAY, &[told]);
    }
    fs::write(at.join("sclbench.toml"), "corpus = []\n").unwrap();
    refused(at, REPLAY, &["sclbench.toml", "no `[schedule]`"]);
    assert!(!at.join("out").exists());
}
