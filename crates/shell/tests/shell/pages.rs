//! Printed pages: the procedures of the source documents, and the language around them.

use agents::PolicySpec;
use shell::{Role, help};

use crate::bench::{run, run_on};

#[test]
fn the_thresholds_article_can_be_followed() {
    let steps = "set-ContentFilterConfig -SCLDeleteThreshold 8 -SCLDeleteEnabled:$true\n\
                 set-ContentFilterConfig -SCLRejectThreshold 7 -SCLRejectEnabled:$true\n\
                 set-ContentFilterConfig -RejectionResponse \"No more of this *****!\"\n\
                 set-ContentFilterConfig -SCLQuarantineThreshold 6 -SCLQuarantineEnabled:$true \
                 -QuarantineMailbox:MyQuarantineMailbox@mydomain.com\n";
    let shown = format!("{steps}get-ContentFilterConfig | Select SCL*");
    let ran = run(&shown);
    assert!(ran.warnings.is_empty(), "{:?}", ran.warnings);
    insta::assert_snapshot!(ran.page(), @r"
    SCLRejectThreshold     : 7
    SCLRejectEnabled       : True
    SCLDeleteThreshold     : 8
    SCLDeleteEnabled       : True
    SCLQuarantineThreshold : 6
    SCLQuarantineEnabled   : True
    ");
    let filter = &ran.policy.content_filter;
    assert_eq!(filter.rejection_response.as_deref(), Some("No more of this *****!"));
    assert_eq!(
        filter.quarantine_mailbox.as_deref(),
        Some("MyQuarantineMailbox@mydomain.com")
    );
    let off = run_on(
        &ran.policy,
        Role::Edge,
        "set-ContentFilterConfig -SCLRejectEnabled:$false",
    );
    assert_eq!(off.policy.thresholds().reject, None);
    let junk = "set-OrganizationConfig -SCLJunkThreshold 5";
    let inside = run_on(&off.policy, Role::Organization, junk);
    assert_eq!(
        inside.policy.thresholds().to_string(),
        "delete 8, reject off, quarantine 6, junk 5"
    );
}

#[test]
fn the_agent_order_article_can_be_followed() {
    let ran = run("Set-TransportAgent \"Content Filter Agent\" -Priority 3\n\
                   Get-TransportAgent 'Content Filter Agent'\n\
                   Net Stop MSExchangeTransport\n\
                   Net Start MSExchangeTransport\n\
                   Send-TestMessage test.eml | Format-List Tier\n\
                   Get-TransportPipeline");
    assert_eq!(
        ran.warnings,
        ["the change waits for a restart of MSExchangeTransport: \
          Restart-Service MSExchangeTransport"]
    );
    insta::assert_snapshot!(ran.page());
    let names: Vec<_> =
        ran.policy.agent_order().unwrap().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names[2..4], ["Content Filter Agent", "Edge Rule Agent"]);
    assert!(ran.policy.pending_agents.is_empty());
}

#[test]
fn a_change_of_agents_waits_for_the_restart() {
    let change = "Set-TransportAgent 'content filter agent' -Priority 3\n\
                  Disable-TransportAgent 'Sender Id Agent' -Confirm:$false\n";
    let waiting = run(change);
    let start = PolicySpec::default();
    assert_eq!(waiting.policy.agent_order(), start.agent_order());
    assert_ne!(waiting.policy.pending_order(), start.agent_order());
    // The pipeline still shows the order that runs.
    let still = run(&format!(
        "{change}Send-TestMessage a\nGet-TransportPipeline | where Event -eq OnEndOfData"
    ));
    assert!(
        still.page().contains("{Edge Rule Agent, Content Filter Agent,"),
        "{}",
        still.page()
    );
    // What waits is kept with the policy and taken up by a later session.
    let later =
        run_on(&waiting.policy, Role::Edge, "Restart-Service MSExchangeTransport");
    assert_eq!(later.policy.agent_order(), waiting.policy.pending_order());
    // Taking the change back leaves nothing waiting.
    let back = "Set-TransportAgent 'Content Filter Agent' -Priority 4\n\
                Enable-TransportAgent 'Sender Id Agent'";
    assert_eq!(run_on(&waiting.policy, Role::Edge, back).policy, start);
}

#[test]
fn a_restart_forgets_the_messages_and_a_stopped_service_shows_no_pipeline() {
    let gone =
        "Send-TestMessage a\nRestart-Service MSExchangeTransport\nGet-TransportPipeline";
    let ran = run_on(&PolicySpec::default(), Role::Edge, gone);
    assert!(ran.fault.unwrap().contains("no message has passed"));
    let stopped = "Stop-Service MSExchangeTransport\nSend-TestMessage a";
    let ran = run_on(&PolicySpec::default(), Role::Edge, stopped);
    assert!(ran.fault.unwrap().contains("service is stopped"));
}

#[test]
fn rules_providers_and_entries_are_kept_in_order() {
    let ran = run("New-TransportRule 'Spam by score' -SclOver 7 -DeleteMessage $true\n\
                   New-TransportRule -Name 'Trusted' -Priority 0 -FromAddressContainsWords ann,bob `\n\
                       -SetSCL -1 -ExceptIfSubjectContainsWords @'\ninvoice\n'@\n\
                   Set-TransportRule 'Trusted' -Priority 1\n\
                   Disable-TransportRule Trusted\n\
                   Get-TransportRule\n\
                   Add-IPBlockListProvider -Name One -LookupDomain one.example -AnyMatch $true\n\
                   Add-IPBlockListProvider -Name Two -LookupDomain two.example -Priority 1 -BitmaskMatch 127.0.0.4\n\
                   Get-IPBlockListProvider\n\
                   Add-IPAllowListEntry -IPAddress 192.0.2.1\n\
                   Add-IPBlockListEntry -IPRange 192.0.2.0/24 -ExpirationTime 2026-01-01T00:00:00Z\n\
                   Get-IPBlockListEntry\n\
                   Remove-IPBlockListEntry 2\n\
                   (Get-IPBlockListEntry).Count\n\
                   New-AddressRewriteEntry -Name Sales -InternalAddress '*.corp.example' \
                   -ExternalAddress corp.example -OutboundOnly $true\n\
                   Get-AddressRewriteEntry | fl\n\
                   Add-ContentFilterPhrase 'cheap pills' -Influence BadWord\n\
                   Get-ContentFilterPhrase");
    insta::assert_snapshot!(ran.page());
    assert_eq!(ran.policy.rules[1].exceptions.subject_contains_words, ["invoice"]);
}

#[test]
fn objects_go_through_pipes() {
    let ran = run(
        "Get-AttachmentFilterEntry | where { $_.Type -eq 'ContentType' -and $_.Name -like '*script' } | select Name\n\
                   Get-AttachmentFilterEntry | Where-Object { -not ($_.Identity -like '*.*') } | Remove-AttachmentFilterEntry -Confirm:$false\n\
                   Get-AttachmentFilterEntry | select -First 1 -ExpandProperty Identity\n\
                   (Get-AttachmentFilterEntry).Count\n\
                   Get-TransportAgent | ? Enabled -eq $true | ? Priority -le 2 | ForEach-Object { Disable-TransportAgent $_.Identity }\n\
                   Get-TransportAgent | where {!$_.Enabled} | ft Identity -AutoSize\n\
                   $list = 'b@x.example', 'a@x.example'\n\
                   Set-SenderFilterConfig -BlockedSenders $list\n\
                   Set-SenderFilterConfig -BlockedSenders @{Add='c@x.example'; Remove='B@x.example'}\n\
                   (Get-SenderFilterConfig).BlockedSenders\n\
                   $config = Get-SenderFilterConfig\n\
                   $action = $config.Action\n\
                   \"the action is $action\"",
    );
    insta::assert_snapshot!(ran.page());
}

#[test]
fn what_if_shows_the_change_and_does_not_make_it() {
    let ran = run(
        "Set-ContentFilterConfig -SCLDeleteEnabled $true -SCLDeleteThreshold 8 -WhatIf\n\
                   Set-ContentFilterConfig -Enabled $true -WhatIf\n\
                   Restart-Service MSExchangeTransport -WhatIf\n\
                   New-TransportRule x -DeleteMessage $true -WhatIf",
    );
    assert_eq!(ran.policy, PolicySpec::default());
    insta::assert_snapshot!(ran.page());
}

#[test]
fn typographic_dashes_and_quotes_of_pages_are_read() {
    let ran = run(
        "Set\u{2013}ContentFilterConfig \u{2013}SCLRejectThreshold 6 \u{2013}RejectionResponse \u{201c}no\u{201d}",
    );
    assert_eq!(ran.policy.content_filter.scl_reject_threshold.get(), 6);
    assert_eq!(ran.policy.content_filter.rejection_response.as_deref(), Some("no"));
}

#[test]
fn comments_escapes_and_continuations_are_read() {
    let ran = run("<# a\nblock #> # and a line\n\
                   $who = 'ann'; $text = \"a`tb ``c`` \"\"d\"\" $who`$\" # end\n\
                   Write-Output $text, 'it''s', `\n\
                   @\"\nhere $who\n\"@\n\
                   #sclbench: Set-SclbenchSetting -Key 'organization.junk-comparison' -Value '\"ge\"'\n\
                   # Set-ContentFilterConfig -Enabled $false");
    assert_eq!(ran.output, ["a\tb `c` \"d\" ann$", "it's", "here ann"]);
    assert!(ran.policy.content_filter.enabled);
    // The directive belongs to the organization and is no command of an Edge server.
    assert!(ran.warnings[0].starts_with("Set-SclbenchSetting has no effect"));
}

#[test]
fn every_cmdlet_has_help() {
    let all = help("").unwrap();
    let names: Vec<&str> =
        all[1..].iter().map(|line| line.split_whitespace().next().unwrap()).collect();
    assert!(names.len() > 60, "{}", names.len());
    for name in names {
        let lines = help(name).unwrap();
        assert_eq!(lines[0], name);
        assert!(lines.len() >= 3, "{name}");
    }
    insta::assert_snapshot!(help("set-senderidconfig").unwrap().join("\n"));
}

#[test]
fn fidelity_lists_every_cmdlet_that_is_refused() {
    let page = include_str!("../../../../FIDELITY.md");
    let mut refused = 0;
    for line in
        run("Get-Command | where About -like 'not here*' | select -ExpandProperty Name")
            .output
    {
        assert!(page.contains(&format!("`{line}`")), "FIDELITY leaves {line} out");
        refused += 1;
    }
    assert_eq!(refused, 4);
}
