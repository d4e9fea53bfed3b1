//! The shell through the binary: scripts on policy files, and the way from a recommendation
//! to a policy and back.

#![expect(clippy::unwrap_used, reason = "a setup that fails is a failed test")]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

fn run(folder: &Path, words: &[&str], input: &str) -> Ended {
    let output = Command::new(env!("CARGO_BIN_EXE_sclbench"))
        .current_dir(folder)
        .args(words)
        .write_stdin(input)
        .output()
        .unwrap();
    Ended {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs a command that must succeed.
fn fine(folder: &Path, line: &str, input: &str) -> Ended {
    let ended = run(folder, &line.split_whitespace().collect::<Vec<_>>(), input);
    assert_eq!(ended.code, Some(0), "{line}: {}", ended.err);
    ended
}

/// A policy with its lists of agents and priorities in one form.
fn settings(folder: &Path, file: &str) -> Value {
    // A session writes the policy in its own form; a restart leaves nothing waiting.
    fine(
        folder,
        &format!("shell --policy {file} -o same.toml"),
        "Restart-Service MSExchangeTransport",
    );
    serde_json::from_str(&fine(folder, "export same.toml --to json", "").out).unwrap()
}

const MESSAGE: &str = "From: a@x.example\r\nTo: b@y.example\r\nSubject: test\r\n\
                       Date: Mon, 01 Jan 2024 10:00:00 +0000\r\n\r\nhello\r\n";

#[test]
fn the_agent_order_article_can_be_followed_on_a_policy_file() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    fs::write(folder.join("p.toml"), "").unwrap();
    fs::write(folder.join("test.eml"), MESSAGE).unwrap();
    let set = "Set-TransportAgent \"Content Filter Agent\" -Priority 3\n";
    let waiting = fine(folder, "shell --policy p.toml", set);
    assert!(waiting.err.contains("waits for a restart"), "{}", waiting.err);
    // The policy keeps what waits, and a replay does not see it.
    let sent = fine(
        folder,
        "shell --policy p.toml",
        "Send-TestMessage test.eml | Format-List Recipient, Tier\n\
         Get-TransportPipeline | where Event -eq OnEndOfData",
    );
    let pages = "Recipient : b@y.example\nTier      : inbox\n\
                 Event           : OnEndOfData\n\
                 TransportAgents : {Edge Rule Agent, Content Filter Agent, Protocol Analysis Age\n\
                 \u{20}                 nt, Attachment Filtering Agent}\n";
    assert_eq!(sent.out, pages);
    let restarted = fine(
        folder,
        "shell --policy p.toml",
        "Net Stop MSExchangeTransport\nNet Start MSExchangeTransport\n\
         Send-TestMessage test.eml | Format-List Recipient, Tier\n\
         Get-TransportPipeline | where Event -eq OnEndOfData",
    );
    let swapped = pages.replace(
        "Edge Rule Agent, Content Filter Agent",
        "Content Filter Agent, Edge Rule Agent",
    );
    let expected =
        format!("MSExchangeTransport stopped.\nMSExchangeTransport started.\n{swapped}");
    assert_eq!(restarted.out, expected);
    let policy = fs::read_to_string(folder.join("p.toml")).unwrap();
    assert!(!policy.contains("pending"), "{policy}");
}

#[test]
fn nothing_is_written_unless_all_succeeded_or_it_is_asked_for() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    let start = "# mine\n[content-filter]\nscl-reject-threshold = 6\n";
    fs::write(folder.join("p.toml"), start).unwrap();
    let script = "Set-ContentFilterConfig -SCLDeleteEnabled $true\n\
                  Set-ContentFilterConfig -SCLRejectTreshold 5\n\
                  Set-ContentFilterConfig -SCLDeleteThreshold 8\n";
    fs::write(folder.join("s.ps1"), script).unwrap();
    let words = ["shell", "--policy", "p.toml", "s.ps1"];
    let ended = run(folder, &words, "");
    assert_eq!(ended.code, Some(2));
    assert_eq!(
        ended.err,
        "    2 | Set-ContentFilterConfig -SCLRejectTreshold 5\n\
         \u{20}     |                         ^^^^^^^^^^^^^^^^^^\n\
         error: s.ps1:2:25: `Set-ContentFilterConfig` has no parameter -SCLRejectTreshold; did \
         you mean -SCLRejectThreshold?; nothing is written\n"
    );
    assert_eq!(fs::read_to_string(folder.join("p.toml")).unwrap(), start);
    // A script that cannot be read runs not at all.
    let unread =
        run(folder, &["shell", "--policy", "p.toml", "-"], "Get-TransportAgent\n'open");
    assert_eq!((unread.code, unread.out.as_str()), (Some(2), ""));
    assert!(unread.err.contains("-:2:1: the string is never closed"), "{}", unread.err);
    // `--dry-run` writes nothing, `--keep-going` what succeeded.
    fine(
        folder,
        "shell --policy p.toml --dry-run",
        "Set-ContentFilterConfig -Enabled $false",
    );
    assert_eq!(fs::read_to_string(folder.join("p.toml")).unwrap(), start);
    let ended = run(folder, &[&words[..], &["--keep-going"]].concat(), "");
    assert_eq!(ended.code, Some(2));
    let policy = settings(folder, "p.toml");
    assert_eq!(policy["content-filter"]["scl-delete-threshold"], 8);
    assert_eq!(policy["content-filter"]["scl-delete-enabled"], true);
    assert_eq!(policy["content-filter"]["scl-reject-threshold"], 6);
}

#[test]
fn json_holds_all_that_a_script_says() {
    let folder = TempDir::new().unwrap();
    let ended = fine(
        folder.path(),
        "--json shell -o p.toml",
        "Set-OrganizationConfig -SCLJunkThreshold 5\nDisable-TransportAgent 'Sender Id Agent'\n\
         (Get-ContentFilterConfig).SCLRejectThreshold",
    );
    let report: Value = serde_json::from_str(&ended.out).unwrap();
    for (key, value) in [
        ("role", Value::from("edge")),
        ("statements", Value::from(3)),
        ("output", Value::from(vec!["7"])),
        ("changed", Value::from(true)),
        ("pending", Value::from(true)),
        ("written", Value::from("p.toml")),
        ("errors", Value::Array(Vec::new())),
    ] {
        assert_eq!(report[key], value, "{key}");
    }
    assert_eq!(report["warnings"].as_array().unwrap().len(), 2);
}

#[test]
fn an_exported_script_gives_the_policy_and_its_way_back_the_start() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    let policy = "edition = \"2007\"\n[content-filter]\nscl-delete-enabled = true\n\
                  scl-delete-threshold = 8\nsender-id-fail-steps = 3\n\
                  [organization]\nscl-junk-threshold = 6\njunk-comparison = \"ge\"\n\
                  [[rules]]\nname = \"it's\"\n[rules.conditions]\nscl-over = 7\n\
                  [rules.actions]\nquarantine = true\n";
    fs::write(folder.join("p.toml"), policy).unwrap();
    fs::write(folder.join("start.toml"), "").unwrap();
    fine(folder, "export p.toml -o p.ps1", "");
    fine(folder, "shell --role hub --policy start.toml p.ps1 -o there.toml", "");
    assert_eq!(settings(folder, "there.toml"), settings(folder, "p.toml"));
    fine(
        folder,
        "shell --role hub --rollback --policy there.toml p.ps1 -o back.toml",
        "",
    );
    assert_eq!(settings(folder, "back.toml"), settings(folder, "start.toml"));
}

#[test]
fn a_recommendation_pasted_in_gives_the_recommended_policy_and_back() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    fine(folder, "demo -o d --messages 800", "");
    let start = "d/policy.toml";
    let run = "d/run";
    // Each script where it belongs; in the wrong place it warns and changes nothing.
    fine(folder, &format!("shell --policy {start} {run}/edge.ps1 -o half.toml"), "");
    fine(
        folder,
        &format!(
            "shell --role organization --policy half.toml {run}/organization.ps1 -o there.toml"
        ),
        "",
    );
    let recommended = settings(folder, &format!("{run}/recommended-policy.toml"));
    assert_ne!(recommended, settings(folder, start), "nothing was recommended");
    assert_eq!(settings(folder, "there.toml"), recommended);
    fine(
        folder,
        &format!("shell --rollback --policy there.toml {run}/edge.ps1 -o half.toml"),
        "",
    );
    fine(
        folder,
        &format!(
            "shell --role organization --policy half.toml {run}/organization.ps1 --rollback -o back.toml"
        ),
        "",
    );
    assert_eq!(settings(folder, "back.toml"), settings(folder, start));
}

#[test]
fn a_policy_file_keeps_its_comments_and_only_what_changed_is_touched() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    let start = "# mine\n[content-filter]\nscl-reject-threshold = 6 # was 7\n";
    fs::write(folder.join("p.toml"), start).unwrap();
    fine(
        folder,
        "shell --policy p.toml",
        "Set-ContentFilterConfig -SCLRejectThreshold 5",
    );
    let kept = fs::read_to_string(folder.join("p.toml")).unwrap();
    assert_eq!(kept, start.replace("= 6", "= 5"));
    let script = "Add-IPBlockListEntry -IPAddress 192.0.2.1\nAdd-IPBlockListEntry -IPAddress \
                  192.0.2.2\nRemove-IPBlockListEntry 1";
    fine(folder, "shell --policy p.toml", script);
    let number = fine(folder, "shell --policy p.toml", "(Get-IPBlockListEntry).Identity");
    assert_eq!(number.out, "2\n");
    let kept = fs::read_to_string(folder.join("p.toml")).unwrap();
    assert!(kept.starts_with("# mine\n") && kept.contains("= 5 # was 7\n"), "{kept}");
}

#[test]
fn mailboxes_of_a_world_are_set_and_decide_the_next_message() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    fs::create_dir(folder.join("w")).unwrap();
    let world = "format = 1\ndns = \"closed\"\naccepted-domains = [\"y.example\"]\n";
    fs::write(folder.join("w/world.toml"), world).unwrap();
    fs::write(folder.join("w/recipients.txt"), "b@y.example\n").unwrap();
    let stamped = format!("X-MS-Exchange-Organization-SCL: 6\r\n{MESSAGE}");
    fs::write(folder.join("test.eml"), stamped).unwrap();
    let shell = "shell --world w --role hub";
    let tier = "(Send-TestMessage test.eml).Tier";
    assert_eq!(fine(folder, shell, tier).out, "junk\n");
    let set = "Get-Mailbox | Set-Mailbox -SCLJunkThreshold 6";
    fine(folder, &format!("{shell} --dry-run"), set);
    assert_eq!(fine(folder, shell, tier).out, "junk\n");
    assert_eq!(fine(folder, shell, &format!("{set}\n{tier}")).out, "inbox\n");
    let file = folder.join("w/mailboxes.toml");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("threshold = 6"), "{text}");
    fs::write(&file, format!("# ours\n{text}")).unwrap();
    let list = "Set-MailboxJunkEmailConfiguration b@y.example -BlockedSendersAndDomains \
                a@x.example";
    // The sender filter acts on the recipient's list before the store could.
    assert_eq!(fine(folder, shell, &format!("{list}\n{tier}")).out, "reject\n");
    assert!(fs::read_to_string(&file).unwrap().starts_with("# ours\n"));
    let words = ["shell", "-c", "Get-Mailbox"];
    let ended = run(folder, &words, "");
    assert_eq!(ended.code, Some(2));
    assert!(ended.err.contains("name its folder with --world"), "{}", ended.err);
}

#[test]
fn the_agent_log_of_a_folder_is_read() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    fs::create_dir(folder.join("logs")).unwrap();
    let log = "#Software: Microsoft Exchange Server\r\n#Version: 15.0.0.0\r\n\
               #Log-type: Agent Log\r\n#Date: 2026-05-01T00:00:00.000Z\r\n\
               #Fields: Timestamp,SessionId,RemoteEndpoint,Agent,Event,Action,Reason\r\n\
               2026-05-01T10:00:00.000Z,08D0000000000001,192.0.2.1:25,Content Filter Agent,\
               OnEndOfData,RejectMessage,SclAtOrAboveRejectThreshold\r\n";
    fs::write(folder.join("logs/AgentLog20260501-1.LOG"), log).unwrap();
    let script = "Get-AgentLog -Location logs -StartDate 5/1/2026 | \
                  Format-List Agent, Action, IPAddress";
    let said = fine(folder, "shell", script);
    assert_eq!(
        said.out,
        "Agent     : Content Filter Agent\nAction    : RejectMessage\nIPAddress : 192.0.2.1\n"
    );
}
