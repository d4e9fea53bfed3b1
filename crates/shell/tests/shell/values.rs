//! Ranges and forms of values, and what is shown of them.

use agents::PolicySpec;
use mail::Edition;
use shell::{Role, edge_script, rollback};

use crate::bench::{run, run_on};

#[test]
fn values_have_the_forms_of_the_product() {
    for (script, told) in [
        ("Set-ContentFilterConfig -BypassedSenders ann", "`ann` is no mail address"),
        ("Set-ContentFilterConfig -QuarantineMailbox 'Spam'", "no mail address"),
        ("Set-ContentFilterConfig -BypassedSenderDomains '*x.example'", "no domain"),
        ("Set-SenderFilterConfig -BlockedDomains '*.x.example'", "has a wildcard"),
        (
            "Set-RecipientFilterConfig -BlockedRecipients 'a b@x.example'",
            "no mail address",
        ),
        ("Set-ContentFilterConfig -RejectionResponse 'n\u{e9}'", "is not all ASCII"),
        (
            "Set-IPBlockListConfig -StaticEntryRejectionResponse 'n\u{e9}'",
            "is not all ASCII",
        ),
        (
            "New-TransportRule x -SmtpRejectMessageRejectText 'n\u{e9}'",
            "is not all ASCII",
        ),
        ("New-TransportRule x -CopyTo ann", "no mail address"),
        (
            "New-TransportRule x -SetHeaderName 'X Y' -SetHeaderValue z",
            "name of a header",
        ),
        ("New-TransportRule x -ActivationDate 31/5/2026", "no date that is known"),
        ("Add-AttachmentFilterEntry -Name image -Type ContentType", "no content type"),
        ("Add-AttachmentFilterEntry -Name 'a*b.exe' -Type FileName", "a wildcard inside"),
        ("Add-IPBlockListProvider -Name x -LookupDomain 'a b'", "no domain"),
        (
            "Add-IPBlockListProvider -Name x -LookupDomain x.example -IPAddressesMatch ::1",
            "no IPv4 address",
        ),
    ] {
        let ran = run_on(&PolicySpec::default(), Role::Edge, script);
        let fault = ran.fault.unwrap_or_default();
        assert!(fault.contains(told), "{script}: {fault}");
    }
    let long = format!("New-TransportRule x -SubjectContainsWords '{}'", "x".repeat(129));
    assert!(run_on(&PolicySpec::default(), Role::Edge, &long).fault.is_some());
}

#[test]
fn dates_are_kept_as_the_policy_has_them() {
    let ran = run(
        "New-TransportRule x -ActivationDate '5/31/2026 2:30 PM' -ExpiryDate 6/1/2026\n\
                   Add-IPBlockListEntry -IPAddress 192.0.2.1 -ExpirationTime 12/31/2026\n\
                   Get-TransportRule | Format-List ActivationDate, ExpiryDate",
    );
    assert_eq!(
        ran.output,
        [
            "ActivationDate : 2026-05-31T14:30:00Z",
            "ExpiryDate     : 2026-06-01T00:00:00Z",
        ]
    );
    let entry = &ran.policy.connection_filter.ip_block_list[0];
    assert_eq!(entry.expiration_time.as_deref(), Some("2026-12-31T00:00:00Z"));
}

#[test]
fn the_reply_of_the_edition_is_shown_and_given_back() {
    let shown = "(Get-ContentFilterConfig).RejectionResponse";
    let old = PolicySpec { edition: Edition::E2007, ..PolicySpec::default() };
    let own = run_on(&old, Role::Edge, shown).output;
    assert_eq!(own, ["Message rejected due to content restrictions"]);
    let script = "Set-ContentFilterConfig -RejectionResponse 'go away'";
    let to = run_on(&old, Role::Edge, script).policy;
    let text = edge_script(&old, &to, &[], &[]).unwrap().text();
    let back = rollback(&text).unwrap();
    assert!(
        back.contains(
            "Set-ContentFilterConfig -RejectionResponse 'Message rejected due to content \
             restrictions'"
        ),
        "{back}"
    );
    assert_eq!(run_on(&to, Role::Edge, &back).policy, old);
}

#[test]
fn reject_needs_a_reply() {
    let none = "Set-ContentFilterConfig -RejectionResponse $null";
    let fault = run_on(&PolicySpec::default(), Role::Edge, none).fault.unwrap();
    assert!(fault.contains("no reply while SCLRejectEnabled is $true"), "{fault}");
    let both = format!("{none} -SCLRejectEnabled $false");
    assert_eq!(run_on(&PolicySpec::default(), Role::Edge, &both).fault, None);
}

#[test]
fn what_if_says_what_would_become_of_agents_and_entries() {
    let ran = run("Set-TransportAgent 'Content Filter Agent' -Priority 3 -WhatIf\n\
                   Disable-TransportAgent 'Sender Id Agent' -WhatIf\n\
                   Enable-TransportAgent 'Sender Id Agent' -WhatIf\n\
                   Remove-AttachmentFilterEntry FileName:*.exe -WhatIf");
    assert_eq!(
        ran.output,
        [
            "What if: Set-TransportAgent would move 'Content Filter Agent' from priority 4 to 3 \
             at the next restart.",
            "What if: Disable-TransportAgent would switch 'Sender Id Agent' off at the next \
             restart.",
            "What if: Enable-TransportAgent would change nothing.",
            "What if: Remove-AttachmentFilterEntry would do this: \
             Remove-AttachmentFilterEntry 'FileName:*.exe' -Confirm:$false",
        ]
    );
    assert_eq!(ran.policy, PolicySpec::default());
}
