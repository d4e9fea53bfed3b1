//! Entries of the IP lists: numbers that stay, and ways to name one.

use agents::PolicySpec;
use shell::{Role, edge_script, rollback};

use crate::bench::{run, run_on};

const THREE: &str = "Add-IPAllowListEntry -IPAddress 192.0.2.1\n\
                     Add-IPBlockListEntry -IPRange 198.51.100.0/24\n\
                     Add-IPBlockListEntry -IPAddress 198.51.100.7 -Comment seven\n";

#[test]
fn numbers_do_not_shift_and_are_kept_in_the_policy() {
    let ran = run(&format!(
        "{THREE}Remove-IPAllowListEntry 1\nRemove-IPBlockListEntry -Identity 2\n\
         Add-IPAllowListEntry -IPAddress 192.0.2.9\n\
         Get-IPBlockListEntry | Select Identity, IPRange\n\
         Get-IPAllowListEntry | Select Identity, IPRange"
    ));
    assert_eq!(
        ran.output,
        [
            "Identity IPRange",
            "-------- -------",
            "3        198.51.100.7",
            "Identity IPRange",
            "-------- -------",
            "4        192.0.2.9",
        ]
    );
    let later = run_on(&ran.policy, Role::Edge, "(Get-IPBlockListEntry).Identity");
    assert_eq!(later.output, ["3"]);
}

#[test]
fn a_setting_written_whole_keeps_the_numbers_of_entries_that_stay() {
    let list = "Set-SclbenchSetting connection-filter.ip-block-list \
                '[{\"address\":\"203.0.113.1\"},{\"address\":\"198.51.100.0/24\"}]'\n";
    let ran = run(&format!("{THREE}{list}(Get-IPBlockListEntry).Identity"));
    assert_eq!(ran.output, ["4", "2"]);
}

#[test]
fn an_entry_is_named_by_its_number_or_through_a_pipe() {
    let fault = |script: &str| {
        run_on(&PolicySpec::default(), Role::Edge, &format!("{THREE}{script}")).fault
    };
    for (script, told) in [
        (
            "Remove-IPAllowListEntry '192.0.2.1'",
            "use Get-IPAllowListEntry … | Remove-IPAllow",
        ),
        ("Remove-IPBlockListEntry 1", "there is no IPBlockListEntry `1`"),
        (
            "Remove-IPBlockListEntry -IPAddress 198.51.100.7",
            "2 entries hold `198.51.100.7`",
        ),
        (
            "Add-IPBlockListEntry -IPAddress 192.0.2.3 -IPRange 192.0.2.0/24",
            "give one of them",
        ),
        ("Add-IPBlockListEntry -IPAddress 192.0.2.0/24", "is no IP address"),
        ("Add-IPBlockListEntry 192.0.2.3", "takes no more values without a name"),
        (
            "Add-IPBlockListEntry -IPRange 192.0.2.9-192.0.2.1",
            "no address, network or range",
        ),
    ] {
        let fault = fault(script);
        assert!(
            fault.as_deref().is_some_and(|f| f.contains(told)),
            "{script}: {fault:?}"
        );
    }
    let left = |script: &str| {
        let ran = run(&format!("{THREE}{script}"));
        ran.policy.connection_filter.ip_block_list.len()
    };
    assert_eq!(
        left("Get-IPBlockListEntry -IPAddress 198.51.100.7 | Remove-IPBlockListEntry"),
        0
    );
    assert_eq!(
        left("Get-IPBlockListEntry -IPAddress 198.51.100.8 | Remove-IPBlockListEntry"),
        1
    );
    assert_eq!(left("Remove-IPBlockListEntry -IPAddress 198.51.100.8"), 1);
}

#[test]
fn the_way_back_finds_entries_without_their_numbers() {
    let from = PolicySpec::default();
    let to = run(THREE).policy;
    let text = edge_script(&from, &to, &[], &[]).unwrap().text();
    let back = rollback(&text).unwrap();
    let lines: Vec<&str> =
        back.lines().filter(|line| line.contains("ListEntry")).collect();
    assert_eq!(
        lines,
        [
            "Get-IPAllowListEntry -IPAddress 192.0.2.1 | Remove-IPAllowListEntry \
             -Confirm:$false",
            "Get-IPBlockListEntry | Where-Object { $_.IPRange -eq '198.51.100.0/24' } | \
             Remove-IPBlockListEntry -Confirm:$false",
            "Get-IPBlockListEntry | Where-Object { $_.IPRange -eq '198.51.100.7' } | \
             Remove-IPBlockListEntry -Confirm:$false",
        ]
    );
    let ran = run_on(&to, Role::Edge, &back);
    assert_eq!(ran.fault, None);
    assert!(ran.policy.connection_filter.ip_block_list.is_empty());
}
