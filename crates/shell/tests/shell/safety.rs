//! Any text is read and run in bounded time, without a panic.

use std::time::{Duration, Instant};

use agents::PolicySpec;
use proptest::prelude::*;
use shell::language::parse;
use shell::{Role, complete};

use crate::bench::run_on;

/// Pieces that scripts are made of, and pieces that break them.
const PIECES: &[&str] = &[
    "Set-ContentFilterConfig",
    "Get-TransportAgent",
    "Get-AttachmentFilterEntry",
    "Remove-AttachmentFilterEntry",
    "New-TransportRule",
    "Set-TransportRule",
    "Add-IPBlockListEntry",
    "Restart-Service",
    "MSExchangeTransport",
    "Send-TestMessage",
    "Get-TransportPipeline",
    "Set-SclbenchSetting",
    "Set-Mailbox",
    "Update-SafeList",
    "Test-IPBlockListProvider",
    "Get-AgentLog",
    "Sort-Object",
    "exit",
    " -match",
    " += ",
    " -ExpirationTime 5/31/2026",
    "Where-Object",
    "ForEach-Object",
    "Select-Object",
    "Format-List",
    "Format-Table",
    "Write-Output",
    " -SCLDeleteThreshold",
    " -SCLRejectEnabled",
    ":$true",
    " -BypassedSenders",
    " -Confirm:$false",
    " -WhatIf",
    " -Name",
    " -Priority",
    " -SclOver",
    " -Key",
    " -Value",
    "$a",
    "$_",
    ".Identity",
    " = ",
    " 8",
    " 'x'",
    "\"$a b\"",
    "@{Add=",
    "@(",
    "@'\n",
    "\n'@",
    "{",
    "}",
    "(",
    ")",
    ",",
    ";",
    "|",
    "\n",
    "\r\n",
    " ",
    "`",
    "'",
    "\"",
    "#",
    "<#",
    "#>",
    "#sclbench:",
    "\u{2013}x",
    "\u{201c}",
    " -eq ",
    " -clike ",
    "Set-TransportService",
    " -AgentLogMaxAge 1.00:00:00",
    " -AgentLogMaxFileSize 10MB",
    " -and ",
    " -not ",
    "*",
    "?",
    "\u{0}",
    "\u{202e}",
    "99999999999999999999",
];

fn within_bounds(script: &str) {
    #[expect(clippy::disallowed_methods, reason = "the time is what is tested")]
    let start = Instant::now();
    let _ = parse(script).map_err(|fault| (fault.excerpt(script), fault.place(script)));
    let _ = run_on(&PolicySpec::default(), Role::Hub, script);
    let end = script.len().min(200);
    let _ = complete(&PolicySpec::default(), script, end);
    let taken = start.elapsed();
    assert!(taken < Duration::from_secs(20), "{taken:?} for {} bytes", script.len());
}

proptest! {
    #[test]
    fn any_text_is_read_in_bounded_time(script in any::<String>()) {
        within_bounds(&script);
    }

    #[test]
    fn any_shuffle_of_pieces_is_read_in_bounded_time(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40)
    ) {
        within_bounds(&pieces.concat());
    }
}

#[test]
fn bombs_are_refused_or_harmless() {
    let deep = |open: &str| open.repeat(100_000);
    for script in [
        deep("("),
        deep("@("),
        deep("{"),
        deep("@{a="),
        deep("Write-Output {"),
        format!("Write-Output x | ? {{ {} $true }}", deep("-not ")),
        format!("Write-Output x | ? {{ {} $true }}", deep("$true -and ")),
        format!("Write-Output x | ? {{ {}", deep("(")),
        deep("'a',"),
        deep("$a."),
        deep("a|"),
        deep("`\n"),
        deep("<#"),
        deep("\"$a"),
        deep("@'\n"),
        deep("\n"),
        deep(";"),
        format!("'{}' -like x", deep("*")),
        // Doubles a variable thirty times.
        format!("$a = 'aaaaaaaa'\n{}", "$a = \"$a$a\"\n".repeat(30)),
        format!("$a = 1,2\n{}", "$a = $a,$a\n".repeat(40)),
        // Sixty to the power of four commands.
        "Get-AttachmentFilterEntry | % { Get-AttachmentFilterEntry } | % { \
         Get-AttachmentFilterEntry } | % { Get-AttachmentFilterEntry }"
            .to_owned(),
    ] {
        within_bounds(&script);
    }
}

#[test]
fn a_script_may_hold_as_much_as_the_product_takes() {
    let phrases: String = (0..800)
        .map(|n| format!("Add-ContentFilterPhrase 'phrase {n}' -Influence BadWord\n"))
        .collect();
    let ran = run_on(&PolicySpec::default(), Role::Edge, &phrases);
    assert_eq!((ran.fault, ran.policy.content_filter.phrases.len()), (None, 800));
}
