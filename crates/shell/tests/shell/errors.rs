//! What is refused, where, and what helps.

use agents::PolicySpec;
use shell::Role;
use shell::language::parse;

use crate::bench::{run, run_on};

/// Script, and the fault on one line.
const FAULTS: &[(&str, &str)] = &[
    (
        "Set-ContentFilterConfg -Enabled $true",
        "s:1:1: there is no cmdlet `Set-ContentFilterConfg`; did you mean \
         `Set-ContentFilterConfig`?",
    ),
    (
        "\nSet-ContentFilterConfig -SCLDeleteTreshold 8",
        "s:2:25: `Set-ContentFilterConfig` has no parameter -SCLDeleteTreshold; did you mean \
         -SCLDeleteThreshold?",
    ),
    (
        "Set-ContentFilterConfig -SCLDelete 8",
        "s:1:25: -SCLDelete could be -SCLDeleteThreshold or -SCLDeleteEnabled; write more of \
         the name",
    ),
    (
        "Set-ContentFilterConfig -SCLDeleteThreshold 10",
        "s:1:45: `10` is out of range; -SCLDeleteThreshold takes 0 to 9",
    ),
    (
        "Set-ContentFilterConfig -SCLDeleteEnabled yes",
        "s:1:43: `yes` is no switch; -SCLDeleteEnabled takes $true or $false",
    ),
    (
        "Set-SenderIdConfig -SpoofedDomainAction Bounce",
        "s:1:41: `Bounce` is no word of this parameter; -SpoofedDomainAction takes StampStatus \
         or Reject or Delete",
    ),
    (
        "Set-TransportAgent 'Content Filter Agnet' -Priority 3",
        "s:1:20: there is no agent `Content Filter Agnet`; did you mean 'Content Filter Agent'?",
    ),
    (
        "Set-ContentFilterConfig -Enabled $yes",
        "s:1:34: `$yes` has no value; set it first: $yes = …",
    ),
    (
        "Set-Mailbox ann@corp.example -SCLJunkThreshold 3",
        "s:1:13: there is no recorded world; name its folder with --world",
    ),
    (
        "Install-TransportAgent Mine",
        "s:1:1: Install-TransportAgent cannot be run here: no code is loaded here; a policy has \
         the ten agents of an Edge server",
    ),
    (
        "Get-ContentFilterConfig | Set-ContentFilterConfig",
        "s:1:27: Set-ContentFilterConfig takes nothing from a pipe; run it by itself",
    ),
    (
        "Get-ContentFilterConfig | Where SCLRejectTreshold -eq 7",
        "s:1:27: ContentFilterConfig has no property `SCLRejectTreshold`; did you mean \
         `SCLRejectThreshold`?",
    ),
    (
        "Remove-TransportRule 'none'",
        "s:1:22: there is no TransportRule `none`; see Get-TransportRule",
    ),
    (
        "Get-TransportPipeline",
        "s:1:1: no message has passed since the service started; send one first: \
         Send-TestMessage FILE",
    ),
    (
        "Set-ContentFilterConfig -DomainController dc1 -Enabled $true",
        "s:1:43: -DomainController on an Edge server; leave it out; an Edge server has no domain \
         controller",
    ),
    (
        "rm -rf /",
        "s:1:1: there is no cmdlet `rm`; see Get-Command; nothing else is run on this machine",
    ),
    (
        "Get-Help > a.txt",
        "s:1:10: `>` is not understood here; redirection is not part of this shell; take it out",
    ),
    (
        "& 'C:\\x.exe'",
        "s:1:1: `&` is not understood here; nothing is run on this machine; take it out",
    ),
    (
        "Write-Output \"$(Get-Help)\"",
        "s:1:15: `$(` inside a string is not run here; put the value into a variable first and write the variable",
    ),
    ("Write-Output 'open", "s:1:14: the string is never closed; close it with `'`"),
    ("Write-Output @{Add='a'", "s:1:14: `@{` is never closed; close it with `}`"),
];

#[test]
fn faults_name_place_and_cure() {
    for (script, told) in FAULTS {
        let ran = run_on(&PolicySpec::default(), Role::Edge, script);
        assert_eq!(ran.fault.as_deref(), Some(*told), "{script}");
        assert_eq!(ran.policy, PolicySpec::default(), "{script} changed the policy");
    }
}

#[test]
fn open_strings_and_brackets_ask_for_more() {
    for script in ["'a", "\"a", "@'\na", "Get-Help (", "@{", "Get-Help |", "<# a", "a `"]
    {
        assert!(parse(script).unwrap_err().incomplete, "{script}");
    }
    for script in ["Get-Help )", "Get-Help > a", "a.b.c['x']"] {
        assert!(!parse(script).unwrap_err().incomplete, "{script}");
    }
}

#[test]
fn limits_of_the_product_are_kept() {
    let many = |count: usize, name: &str| {
        let all: Vec<String> = (0..count).map(|n| format!("a{n}@x.example")).collect();
        format!("{name} {}", all.join(","))
    };
    let fault = |script: &str| run_on(&PolicySpec::default(), Role::Edge, script).fault;
    for (name, limit) in [
        ("Set-ContentFilterConfig -BypassedSenders", 100),
        ("Set-SenderFilterConfig -BlockedSenders", 800),
        ("Set-RecipientFilterConfig -BlockedRecipients", 800),
        ("Set-SenderIdConfig -BypassedRecipients", 100),
    ] {
        assert_eq!(fault(&many(limit, name)), None, "{name}");
        assert!(fault(&many(limit + 1, name)).is_some(), "{name}");
    }
    let response = |length| {
        format!("Set-ContentFilterConfig -RejectionResponse '{}'", "x".repeat(length))
    };
    assert_eq!(fault(&response(240)), None);
    assert!(fault(&response(241)).unwrap().contains("240"));
    let phrase = |length| {
        format!("Add-ContentFilterPhrase '{}' -Influence BadWord", "x".repeat(length))
    };
    assert_eq!(fault(&phrase(256)), None);
    assert!(fault(&phrase(257)).is_some());
    assert!(fault("Set-SenderReputationConfig -SenderBlockingPeriod 49").is_some());
}

#[test]
fn a_failing_statement_changes_nothing_and_what_ran_before_stays() {
    let script = "Set-ContentFilterConfig -SCLRejectThreshold 6\n\
                  Set-ContentFilterConfig -SCLDeleteThreshold 8 -SCLQuarantineThreshold 99";
    let ran = run_on(&PolicySpec::default(), Role::Edge, script);
    assert!(ran.fault.unwrap().starts_with("s:2:71: `99` is out of range"));
    let filter = &ran.policy.content_filter;
    assert_eq!(
        (filter.scl_reject_threshold.get(), filter.scl_delete_threshold.get()),
        (6, 9)
    );
}

#[test]
fn the_wrong_role_warns_and_changes_nothing() {
    let start = PolicySpec::default();
    let script = "Set-OrganizationConfig -SCLJunkThreshold 5";
    let edge = run_on(&start, Role::Edge, script);
    assert_eq!(edge.policy, start);
    assert!(
        edge.warnings[0].contains("no effect on an Edge server"),
        "{:?}",
        edge.warnings
    );
    let inside = run_on(&start, Role::Organization, script);
    assert_eq!(inside.policy.organization.scl_junk_threshold.get(), 5);
    let away = "Set-ContentFilterConfig -Enabled $false";
    let wrong = run_on(&start, Role::Organization, away);
    assert_eq!(wrong.policy, start);
    assert!(wrong.warnings[0].contains("does not reach the Edge servers"));
    let hub = run_on(&start, Role::Hub, &format!("{script}\n{away}"));
    assert_eq!(hub.policy.organization.scl_junk_threshold.get(), 5);
    assert!(!hub.policy.content_filter.enabled);
    assert!(hub.warnings.is_empty());
}

#[test]
fn thresholds_that_leave_a_tier_without_effect_are_warned_of_once() {
    let ran = run("Set-ContentFilterConfig -SCLQuarantineEnabled $true\n\
                   Set-ContentFilterConfig -SCLQuarantineThreshold 8 -QuarantineMailbox q@c.example\n\
                   Set-ContentFilterConfig -SCLQuarantineThreshold 6");
    assert_eq!(
        ran.warnings,
        [
            "the quarantine threshold 9 is never reached: reject acts from 7 on",
            "quarantine is on without a mailbox: set one with Set-ContentFilterConfig \
             -QuarantineMailbox",
            "the quarantine threshold 8 is never reached: reject acts from 7 on",
        ]
    );
}

#[test]
fn the_last_switch_of_sender_reputation_flips_the_other_one() {
    const PAIR: [&str; 2] = ["SenderBlockingEnabled", "OpenProxyDetectionEnabled"];
    let switches = |ran: &crate::bench::Ran| {
        let spec = &ran.policy.sender_reputation;
        [spec.sender_blocking_enabled, spec.open_proxy_detection_enabled]
    };
    for (first, last, ends) in [(0, 1, [true, false]), (1, 0, [false, true])] {
        let (first, last) = (PAIR[first], PAIR[last]);
        let one_off = format!("Set-SenderReputationConfig -{first} $false");
        assert!(run(&one_off).warnings.is_empty(), "one may be off");
        let script = format!("{one_off}\nSet-SenderReputationConfig -{last} $false");
        let ran = run(&script);
        assert_eq!(switches(&ran), ends, "{script}");
        let warning =
            format!("{first} is now $true: it and {last} cannot both be $false");
        assert_eq!(ran.warnings, [warning]);
    }
    let both = "Set-SenderReputationConfig -SenderBlockingEnabled $false \
                -OpenProxyDetectionEnabled $false";
    let ran = run_on(&PolicySpec::default(), Role::Edge, both);
    let fault = ran.fault.unwrap();
    assert!(fault.contains("are both off; leave one on"), "{fault}");
    let swap = "Set-SenderReputationConfig -SenderBlockingEnabled $false\n\
                Set-SenderReputationConfig -SenderBlockingEnabled $true \
                -OpenProxyDetectionEnabled $false";
    let ran = run(swap);
    assert_eq!((switches(&ran), ran.warnings.len()), ([true, false], 0));
}
