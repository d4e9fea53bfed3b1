//! The procedures of the three source documents, step by step through the binary, with what
//! each step prints: enabling filter updates in 2003, the thresholds of 2007, the agent order
//! that lets Edge rules see the SCL.

#![expect(clippy::unwrap_used, reason = "a setup that fails is a failed test")]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use tempfile::TempDir;

struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

fn run(folder: &Path, line: &str, input: &str) -> Ended {
    let output = Command::new(env!("CARGO_BIN_EXE_sclbench"))
        .current_dir(folder)
        .args(line.split_whitespace())
        .write_stdin(input)
        .output()
        .unwrap();
    Ended {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// What a command prints that succeeds without a word of warning.
fn prints(folder: &Path, line: &str, input: &str) -> String {
    let Ended { code, out, err } = run(folder, line, input);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{line}\n{input}");
    out
}

const TITLE: &str =
    "Update for Intelligent Message Filter for Exchange Server 2003: 6.5.7757.0";

/// A folder with a feed of one filter update and one other, and a fresh server of 2003 that
/// downloads and then asks.
fn server_of_2003() -> TempDir {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    for (label, words) in [("ham", "minutes of the meeting"), ("spam", "prize money")] {
        fs::create_dir(at.join(label)).unwrap();
        for n in 0..12 {
            let text = format!(
                "From: <a{n}@{label}.example>\nTo: <ann@corp.example>\nSubject: {words} {n}\n\
                 Date: Mon, {:02} Jan 2024 10:00:00 +0000\n\n{words} number {} for \
                 {label}{n}\n",
                1 + n,
                n * 7919
            );
            fs::write(at.join(label).join(format!("{n:02}")), text).unwrap();
        }
    }
    for line in [
        "-q train ham:ham spam:spam -o a.model --trainer fast",
        "-q update build a.model --released 2005-12-15 -o feed",
        "-q update build --other Hotfix --as 6.5.7650.28 --released 2005-12-13 -o feed",
        "-q update init --updates-off --delivery download-then-ask",
    ] {
        let ended = run(at, line, "");
        assert_eq!(ended.code, Some(0), "{line}: {}", ended.err);
    }
    folder
}

#[test]
fn filter_updates_of_2003_are_enabled_detected_and_installed() {
    let folder = server_of_2003();
    let at = folder.path();
    // Without the registry value nothing is offered, and nothing is installed.
    let found = prints(at, "update detect feed", "");
    let (before, rest) = found.split_once("  4 ").unwrap();
    assert_eq!(
        before,
        format!(
            "{TITLE}\n\
             \u{20} 1 an Exchange product is installed  yes  Exchange Server 2003\n\
             \u{20} 2 it is the right product           yes  Exchange Server 2003\n\
             \u{20} 3 it has the service pack           yes  service pack 2\n"
        )
    );
    for words in ["no ", "ContentFilterState is not there", "REG_DWORD of 1"] {
        assert!(rest.contains(words), "{rest}");
    }
    assert!(
        rest.ends_with(
            "  5 this update is not installed yet  -    not reached\n  not offered\n\
             0 of 1 filter updates are offered\n"
        ),
        "{rest}"
    );
    let nothing = prints(at, "--json update install feed --yes", "");
    let nothing: serde_json::Value = serde_json::from_str(&nothing).unwrap();
    assert_eq!([&nothing["result_code"], &nothing["script_exit_code"]], [0, 0]);

    // The value as text does not do, as the check asks for a DWORD.
    let state = fs::read_to_string(at.join("server.toml")).unwrap();
    let value = |kind: &str, data: &str| {
        let row = format!(
            "[[registry]]\nkey = 'HKLM\\SOFTWARE\\Microsoft\\Exchange'\nname = \
             \"ContentFilterState\"\ntype = \"{kind}\"\ndata = {data}\n"
        );
        fs::write(at.join("server.toml"), format!("{state}{row}")).unwrap();
    };
    value("REG_SZ", "\"1\"");
    assert!(prints(at, "update detect feed", "").contains("make it a REG_DWORD"));
    value("REG_DWORD", "1");
    assert_eq!(
        prints(at, "update restart", ""),
        "active definitions: the original ones, before: the original ones\n"
    );
    assert_eq!(
        prints(at, "update detect feed", ""),
        format!(
            "{before}\u{20} 4 the registry enables updates      yes  ContentFilterState is a \
             REG_DWORD of 1\n\
             \u{20} 5 this update is not installed yet  yes  not installed\n\
             \u{20} offered; it is downloaded, then the local user is asked whether to install\n\
             1 of 1 filter updates are offered\n"
        )
    );
    assert_eq!(
        prints(at, "update install feed --yes", ""),
        "6.5.7757.0 downloaded, digest good\n\
         6.5.7757.0 installed as local user\n\
         result code 2 (succeeded)\n\
         reboot required: false\n\
         active definitions: 6.5.7757.0, before: the original ones\n"
    );
    // All updates, and those of the filter, installed and not.
    let status = prints(at, "update status feed", "");
    let lists = format!(
        "all updates\n\
         \u{20} installed: 1\n    6.5.7757.0    {TITLE}\n\
         \u{20} not installed: 1\n    6.5.7650.28   Hotfix\n\
         filter updates\n\
         \u{20} installed: 1\n    6.5.7757.0    {TITLE}\n\
         \u{20} not installed: 0\n\
         active definitions: 6.5.7757.0\n"
    );
    assert!(status.starts_with(&lists), "{status}");
    assert!(prints(at, "update detect feed", "").contains("0 of 1 filter updates"));
    assert_eq!(
        prints(at, "update uninstall 6.5.7757.0", ""),
        "6.5.7757.0 uninstalled\nactive definitions: the original ones, before: 6.5.7757.0\n"
    );
}

/// Thresholds and switches as the product lists them.
fn thresholds([reject, delete, quarantine]: [(u8, bool); 3]) -> String {
    let row = |tier: &str, (threshold, on): (u8, bool)| {
        let on = if on { "True" } else { "False" };
        format!(
            "{:<22} : {threshold}\n{:<22} : {on}\n",
            format!("SCL{tier}Threshold"),
            format!("SCL{tier}Enabled")
        )
    };
    row("Reject", reject) + &row("Delete", delete) + &row("Quarantine", quarantine)
}

#[test]
fn thresholds_of_2007_are_set_and_listed() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    fs::write(at.join("p.toml"), "edition = \"2007\"\n").unwrap();
    let shell = "shell --policy p.toml";
    let list = "get-ContentFilterConfig | Select SCL*";
    let start = thresholds([(7, true), (9, false), (9, false)]);
    assert_eq!(prints(at, shell, list), start);
    let delete = "set-ContentFilterConfig -SCLDeleteThreshold 8 -SCLDeleteEnabled:$true";
    // A preview tells the change and makes none.
    assert_eq!(
        prints(at, shell, &format!("{delete} -WhatIf")),
        "What if: Set-ContentFilterConfig would change content-filter.scl-delete-enabled from \
         false to true.\n\
         What if: Set-ContentFilterConfig would change content-filter.scl-delete-threshold \
         from 9 to 8.\n"
    );
    assert_eq!(prints(at, shell, list), start);
    for step in [
        delete,
        "set-ContentFilterConfig -SCLRejectThreshold 7 -SCLRejectEnabled:$true",
        "set-ContentFilterConfig -RejectionResponse \"No more of it!\"",
        "set-ContentFilterConfig -SCLQuarantineThreshold 6 -SCLQuarantineEnabled:$true \
         -QuarantineMailbox:MyQuarantineMailbox@mydomain.com",
    ] {
        assert_eq!(prints(at, shell, step), "", "{step}");
    }
    let set = thresholds([(7, true), (8, true), (6, true)]);
    assert_eq!(prints(at, shell, list), set);
    assert_eq!(
        prints(at, shell, "(Get-ContentFilterConfig).RejectionResponse"),
        "No more of it!\n"
    );
    // The store's threshold: without effect on an Edge server, and above it is junk.
    let junk = "set-OrganizationConfig -SCLJunkThreshold 5";
    let kept = fs::read_to_string(at.join("p.toml")).unwrap();
    let edge = run(at, shell, junk);
    assert_eq!((edge.code, edge.out.as_str()), (Some(0), ""));
    assert_eq!(
        edge.err.replace('\n', " ").trim_end(),
        "warning: Set-OrganizationConfig has no effect on an Edge server, which is no part of \
         the organization; run it there (--role organization)"
    );
    assert_eq!(fs::read_to_string(at.join("p.toml")).unwrap(), kept);
    let inside = format!("{shell} --role organization");
    assert_eq!(prints(at, &inside, junk), "");
    assert_eq!(prints(at, &inside, "(Get-OrganizationConfig).SCLJunkThreshold"), "5\n");
    let tier = |scl: u8| {
        let text = format!("X-MS-Exchange-Organization-SCL: {scl}\r\n{MESSAGE}");
        fs::write(at.join("scl.eml"), text).unwrap();
        prints(at, shell, "(Send-TestMessage scl.eml).Tier")
    };
    assert_eq!(
        [4, 5, 6, 7, 8, 9].map(tier),
        ["inbox", "inbox", "quarantine", "reject", "delete", "delete"]
            .map(|tier| format!("{tier}\n"))
    );
    // The reply of the protocol is the one that was set.
    assert_eq!(prints(at, shell, "set-ContentFilterConfig -SCLRejectEnabled:$false"), "");
    let off = thresholds([(7, false), (8, true), (6, true)]);
    assert_eq!(prints(at, shell, list), off);
    assert_eq!(tier(7), "quarantine\n");
}

const MESSAGE: &str = "From: a@x.example\r\nTo: b@y.example\r\nSubject: test\r\n\
                       Date: Mon, 01 Jan 2024 10:00:00 +0000\r\n\r\nhello\r\n";

/// The pipeline as the product prints it: the value wraps every 61 characters.
fn pipeline(end_of_data: &str) -> String {
    let mut page = String::new();
    let connect = "Connection Filtering Agent";
    let (rewriting, protocol) =
        ("Address Rewriting Inbound Agent", "Protocol Analysis Agent");
    let outbound = "Address Rewriting Outbound Agent";
    for (event, agents) in [
        ("OnConnectEvent", format!("{connect}, {protocol}")),
        ("OnHeloCommand", String::new()),
        ("OnEhloCommand", String::new()),
        ("OnAuthCommand", String::new()),
        ("OnEndOfAuthentication", String::new()),
        ("OnMailCommand", format!("{connect}, Sender Filter Agent")),
        ("OnRcptCommand", format!("{connect}, {rewriting}, Recipient Filter Agent")),
        ("OnDataCommand", String::new()),
        (
            "OnEndOfHeaders",
            format!(
                "{connect}, {rewriting}, Sender Id Agent, Sender Filter Agent, {protocol}"
            ),
        ),
        ("OnEndOfData", end_of_data.to_owned()),
        ("OnHelpCommand", String::new()),
        ("OnNoopCommand", String::new()),
        ("OnReject", protocol.to_owned()),
        ("OnRsetCommand", protocol.to_owned()),
        ("OnDisconnectEvent", protocol.to_owned()),
        ("OnSubmittedMessage", outbound.to_owned()),
        ("OnRoutedMessage", outbound.to_owned()),
    ] {
        let value: Vec<char> = format!("{{{agents}}}").chars().collect();
        let lines: Vec<String> =
            value.chunks(61).map(|part| part.iter().collect()).collect();
        if !page.is_empty() {
            page.push('\n');
        }
        page += &format!("Event           : {event}\n");
        page += &format!("TransportAgents : {}\n", lines.join(&format!("\n{:18}", "")));
    }
    // Lines do not end in blanks.
    page.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

#[test]
fn the_scl_is_made_available_to_edge_rules() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    fs::write(at.join("p.toml"), "edition = \"2007\"\n").unwrap();
    let stamped = format!("X-MS-Exchange-Organization-SCL: 6\r\n{MESSAGE}");
    fs::write(at.join("test.eml"), stamped).unwrap();
    let shell = "shell --policy p.toml";
    let rule = "New-TransportRule Scored -SclOver 5 -SmtpRejectMessageRejectText No";
    assert_eq!(prints(at, shell, rule), "");
    let (edge, content) = ("Edge Rule Agent", "Content Filter Agent");
    let rest = "Protocol Analysis Agent, Attachment Filtering Agent";
    let send = "(Send-TestMessage test.eml).Tier";
    let show = format!("{send}\nGet-TransportPipeline");
    // By default the rule runs first and finds no SCL.
    let page = pipeline(&format!("{edge}, {content}, {rest}"));
    assert_eq!(prints(at, shell, &show), format!("junk\n{page}"));
    // The change waits, and the warning says for what.
    let moved = run(at, shell, "Set-TransportAgent \"Content Filter Agent\" -Priority 3");
    assert_eq!((moved.code, moved.out.as_str()), (Some(0), ""));
    assert!(
        moved.err.replace('\n', " ").starts_with(
            "warning: the change waits for a restart of MSExchangeTransport: Restart-Service \
             MSExchangeTransport"
        ),
        "{}",
        moved.err
    );
    let waiting = run(at, shell, &show);
    assert_eq!(waiting.out, format!("junk\n{page}"));
    let priorities = "Get-TransportAgent | where Priority -le 5 | % Identity";
    assert_eq!(
        run(at, shell, priorities).out,
        format!(
            "Connection Filtering Agent\nAddress Rewriting Inbound Agent\n{content}\n{edge}\n\
             Sender Id Agent\n"
        )
    );
    // While the service is stopped no mail flows; after the start a message has to pass.
    let (stop, start) = ("Net Stop MSExchangeTransport", "Net Start MSExchangeTransport");
    let down = run(at, shell, &format!("{stop}\n{send}"));
    assert_eq!(down.code, Some(2));
    assert!(down.err.contains("service is stopped"), "{}", down.err);
    let early = run(at, shell, &format!("{stop}\n{start}\nGet-TransportPipeline"));
    assert_eq!(early.code, Some(2));
    assert!(early.err.contains("no message has passed"), "{}", early.err);
    let swapped = pipeline(&format!("{content}, {edge}, {rest}"));
    assert_eq!(
        prints(at, shell, &format!("{stop}\n{start}\n{show}")),
        format!(
            "MSExchangeTransport stopped.\nMSExchangeTransport started.\nreject\n{swapped}"
        )
    );
    // It stays so.
    assert_eq!(prints(at, shell, &show), format!("reject\n{swapped}"));
}
