//! What the language can say, by what it prints.

use shell::Role;

use crate::bench::{run, run_on};

fn output(script: &str) -> Vec<String> {
    run(script).output
}

#[test]
fn variables_grow() {
    assert_eq!(output("$x = 1\n$x += 2\n$x"), ["3"]);
    assert_eq!(output("$x = 'a'\n$x += 'b'\n$x"), ["ab"]);
    assert_eq!(output("$x = @('a')\n$x += 'b', 'c'\n$x"), ["a", "b", "c"]);
    assert_eq!(output("$x = @()\n$x += 'b'\n$x"), ["b"]);
    assert_eq!(output("$new += 'b'\n$new"), ["b"]);
    let ran = run("$who = @('a@x.example')\n$who += 'b@x.example'\n\
         Set-ContentFilterConfig -BypassedSenders $who");
    let senders = &ran.policy.content_filter.bypassed_senders;
    assert_eq!(senders, &["a@x.example", "b@x.example"]);
    for script in
        ["$x = $true\n$x += 1", "$x = 9223372036854775807\n$x += 1", "$x = 1\n$x += 'a'"]
    {
        assert!(
            run_on(&Default::default(), Role::Edge, script).fault.is_some(),
            "{script}"
        );
    }
}

#[test]
fn patterns_match_without_letter_case() {
    let agents = "Get-TransportAgent | where { $_.Identity -match '^(sender|EDGE) ' } | \
                  foreach Identity";
    assert_eq!(
        output(agents),
        ["Edge Rule Agent", "Sender Id Agent", "Sender Filter Agent"]
    );
    let others = "(Get-TransportAgent | where Identity -notmatch 'filter|sender').Count";
    assert_eq!(output(others), ["4"]);
    assert_eq!(
        output("Get-TransportAgent | where Priority -ieq 3 | % Identity"),
        ["Edge Rule Agent"]
    );
    let wrong = run_on(
        &Default::default(),
        Role::Edge,
        "Get-TransportAgent | where Identity -match '(a'",
    );
    assert!(wrong.fault.unwrap().contains("`(a` is no pattern"));
}

#[test]
fn letter_case_counts_behind_a_c_only() {
    for (condition, holds) in [
        ("'Edge' -eq 'edge'", true),
        ("'Edge' -ieq 'edge'", true),
        ("'Edge' -ceq 'edge'", false),
        ("'Edge' -ceq 'Edge'", true),
        ("'Edge' -cne 'edge'", true),
        ("'Edge' -like 'ed*'", true),
        ("'Edge' -clike 'ed*'", false),
        ("'Edge' -cnotlike 'ed*'", true),
        ("'Edge' -cmatch '^ed'", false),
        ("'Edge' -cmatch '^Ed'", true),
        ("'Edge' -cnotmatch '^ed'", true),
        ("'a','B' -contains 'b'", true),
        ("'a','B' -ccontains 'b'", false),
        ("'a','B' -cnotcontains 'b'", true),
        ("'b' -cin 'a','B'", false),
        ("'b' -cnotin 'a','B'", true),
        ("7 -cge 7", true),
        ("'a' -cgt 'B'", true),
        ("'a' -gt 'B'", false),
    ] {
        let ran = output(&format!("1 | where {{ {condition} }}"));
        assert_eq!(ran.len() == 1, holds, "{condition}");
    }
    // Without braces too.
    let named = |operator: &str| {
        output(&format!(
            "(Get-TransportAgent | where Identity -{operator} 'edge rule agent').Identity"
        ))
    };
    assert_eq!(named("eq"), ["Edge Rule Agent"]);
    assert_eq!(named("ceq"), [""; 0]);
    let wrong = "Get-TransportAgent | where Identity -ceqq x";
    assert!(run_on(&Default::default(), Role::Edge, wrong).fault.is_some());
}

#[test]
fn objects_are_sorted() {
    let by = |rest: &str| {
        output(&format!("Get-TransportAgent | {rest} | select -First 2 | % Identity"))
    };
    assert_eq!(by("sort Priority -Descending")[0], "Address Rewriting Outbound Agent");
    assert_eq!(
        by("Sort-Object Identity"),
        ["Address Rewriting Inbound Agent", "Address Rewriting Outbound Agent"]
    );
    assert_eq!(output("'b', 'a', 'B' | sort -Unique"), ["a", "b"]);
    assert_eq!(output("10, 9, 2 | sort"), ["2", "9", "10"]);
    let wrong =
        run_on(&Default::default(), Role::Edge, "Get-TransportAgent | sort Priorty");
    assert!(wrong.fault.unwrap().contains("did you mean `Priority`"));
}

#[test]
fn exit_ends_a_script() {
    let ran = run("Write-Output 1\nexit\nWrite-Output 2");
    assert_eq!(ran.output, ["1"]);
    assert_eq!(run("exit 3; Write-Output 2").output, [""; 0]);
    assert!(run_on(&Default::default(), Role::Edge, "exit -Now").fault.is_some());
}

#[test]
fn rules_are_listed_by_state() {
    let script = "New-TransportRule A\nNew-TransportRule B -Enabled $false\n\
                  Get-TransportRule -State Disabled | % Name\n\
                  Get-TransportRule -State enabled | % Name";
    assert_eq!(output(script), ["B", "A"]);
    assert_eq!(output("Get-TransportRule -State Disabled"), [""; 0]);
    let wrong = run_on(&Default::default(), Role::Edge, "Get-TransportRule -State Off");
    assert!(wrong.fault.unwrap().contains("Enabled or Disabled"));
}
