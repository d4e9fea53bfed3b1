//! Mailboxes, recorded answers and agent logs, through a host that has them.

use std::collections::BTreeMap;

use agents::PolicySpec;
use mail::{Listing, MailboxSettings, Timestamp, World};
use shell::{Delivery, Host, Line, Object, Role, Session, Value, View};

/// A host with a world.
pub(crate) struct Recorded(World);

impl Host for Recorded {
    fn send(&mut self, _: &PolicySpec, source: &str) -> Result<Vec<Delivery>, String> {
        Err(format!("`{source}` is no message; name another"))
    }

    fn world(&self) -> Option<&World> {
        Some(&self.0)
    }

    fn mailboxes_mut(&mut self) -> Option<&mut BTreeMap<String, MailboxSettings>> {
        Some(&mut self.0.mailboxes)
    }

    fn agent_log(&mut self, location: &str) -> Result<Vec<Object>, String> {
        if location != "logs" {
            return Err(format!("`{location}` is not there; check the path"));
        }
        let row = |time: &str, agent: &str| {
            Object::new("AgentLogEntry", View::List)
                .with("Timestamp", Value::Text(time.to_owned()))
                .with("Agent", Value::Text(agent.to_owned()))
        };
        Ok(vec![
            row("2026-05-01T00:00:00.000Z", "Content Filter Agent"),
            row("2026-05-02T00:00:00.000Z", "Sender Filter Agent"),
            row("", "Sender Id Agent"),
        ])
    }
}

pub(crate) fn world() -> Recorded {
    let mut world = World::default();
    world.dns.closed = true;
    world.dns.txt.insert("x.example".into(), vec!["v=spf1 ip4:192.0.2.1 -all".into()]);
    let recipients = ["ann@corp.example", "ben@corp.example"].map(str::to_owned);
    world.directory.recipients = Some(recipients.into());
    let listing = Listing {
        from: Some(Timestamp(0)),
        until: None,
        answer: "127.0.0.4".parse().unwrap(),
    };
    let zone = BTreeMap::from([("192.0.2.7".parse().unwrap(), vec![listing])]);
    world.listings.zones.insert("bl.example".into(), zone);
    Recorded(world)
}

/// Output, warnings, fault.
pub(crate) fn run(
    host: &mut Recorded,
    role: Role,
    script: &str,
) -> (Vec<String>, Vec<String>, Option<String>) {
    let mut session = Session::new(PolicySpec::default(), role, host).unwrap();
    let fault = session.run(script).err().map(|fault| fault.on_one_line("s", script));
    let (mut output, mut warnings) = (Vec::new(), Vec::new());
    for line in session.take_lines() {
        match line {
            Line::Output(text) => output.push(text),
            Line::Warning(text) => warnings.push(text),
        }
    }
    (output, warnings, fault)
}

#[test]
fn what_is_set_for_a_mailbox_is_shown_and_kept() {
    let mut host = world();
    let script = "Set-Mailbox Ann@corp.example -SCLJunkThreshold 3 -SCLRejectEnabled $false\n\
                  Set-MailboxJunkEmailConfiguration ann@corp.example -Enabled $false \
                  -TrustedSendersAndDomains @{Add='c@x.example','y.example'}\n\
                  Get-Mailbox ann* | fl Identity, SCLRejectEnabled, SCLDeleteEnabled, \
                  SCLJunkThreshold\n\
                  Get-Mailbox | Get-MailboxJunkEmailConfiguration | \
                  fl Identity, Enabled, TrustedSendersAndDomains";
    let (output, warnings, fault) = run(&mut host, Role::Organization, script);
    assert_eq!((warnings.len(), fault), (0, None));
    assert_eq!(
        output,
        [
            "Identity         : ann@corp.example",
            "SCLRejectEnabled : False",
            "SCLDeleteEnabled :",
            "SCLJunkThreshold : 3",
            "Identity                 : ann@corp.example",
            "Enabled                  : False",
            "TrustedSendersAndDomains : {c@x.example, y.example}",
            "",
            "Identity                 : ben@corp.example",
            "Enabled                  : True",
            "TrustedSendersAndDomains : {}",
        ]
    );
    let ann = &host.0.mailboxes["ann@corp.example"];
    assert_eq!(ann.junk.threshold.map(|junk| junk.get()), Some(3));
    assert_eq!(ann.reject.enabled, Some(false));
    // What goes back to the defaults leaves nothing behind.
    let back = "Set-Mailbox ann@corp.example -SCLJunkThreshold $null -SCLRejectEnabled $null\n\
                Set-MailboxJunkEmailConfiguration ann@corp.example -Enabled $true \
                -TrustedSendersAndDomains $null";
    assert_eq!(run(&mut host, Role::Organization, back).2, None);
    assert!(host.0.mailboxes.is_empty());
}

#[test]
fn a_pipe_that_fails_half_way_changes_no_mailbox() {
    let mut host = world();
    let script =
        "'ann@corp.example', 'nobody@corp.example' | Set-Mailbox -SCLJunkThreshold 3";
    let (.., fault) = run(&mut host, Role::Hub, script);
    assert!(fault.unwrap().contains("there is no mailbox `nobody@corp.example`"));
    assert!(host.0.mailboxes.is_empty());
}

#[test]
fn mailboxes_are_set_in_the_organization_only() {
    let mut host = world();
    let script = "Set-Mailbox ann@corp.example -AntispamBypassEnabled $true";
    let (_, warnings, fault) = run(&mut host, Role::Edge, script);
    assert!(warnings[0].contains("no effect on an Edge server"), "{warnings:?}");
    assert_eq!(fault, None);
    let what_if = format!("{script} -WhatIf");
    let (output, ..) = run(&mut host, Role::Hub, &what_if);
    assert_eq!(
        output,
        [
            "What if: Set-Mailbox would change AntispamBypassEnabled of ann@corp.example from \
          `False` to `True`."
        ]
    );
    assert!(host.0.mailboxes.is_empty());
    for script in [
        "Set-Mailbox ann@corp.example",
        "Set-Mailbox",
        "Set-Mailbox ann@corp.example -SCLJunkThreshold 10",
        "Set-MailboxJunkEmailConfiguration ann@corp.example -BlockedSendersAndDomains 'a b'",
    ] {
        assert!(run(&mut host, Role::Hub, script).2.is_some(), "{script}");
    }
    let without = crate::bench::run_on(&PolicySpec::default(), Role::Hub, "Get-Mailbox");
    assert!(without.fault.unwrap().contains("name its folder with --world"));
}

#[test]
fn a_safe_list_is_handed_over_with_what_it_does_not_do() {
    let mut host = world();
    let script = "Get-Mailbox ann* | Update-SafeList -Type Both -IncludeDomains";
    let (_, warnings, fault) = run(&mut host, Role::Hub, script);
    assert_eq!(fault, None);
    assert!(warnings[0].contains("never acted on"), "{warnings:?}");
    assert!(warnings[1].contains("safe-domains-included"), "{warnings:?}");
}

#[test]
fn recorded_answers_are_given() {
    let mut host = world();
    let status = |host: &mut Recorded, ip: &str, domain: &str| {
        let script = format!(
            "(Test-SenderId -IPAddress {ip} -PurportedResponsibleDomain {domain} \
             -HelloDomain mx.x.example).Status"
        );
        run(host, Role::Edge, &script).0.join("")
    };
    assert_eq!(status(&mut host, "192.0.2.1", "x.example"), "Pass");
    assert_eq!(status(&mut host, "192.0.2.2", "x.example"), "Fail");
    let asked = "Add-IPBlockListProvider -Name BL -LookupDomain BL.example -BitmaskMatch \
                 127.0.0.4\n\
                 Test-IPBlockListProvider BL -IPAddress 192.0.2.7\n\
                 Get-IPBlockListProvider | Test-IPBlockListProvider -IPAddress 192.0.2.8 | \
                 fl ProviderResult, Matched";
    let (output, _, fault) = run(&mut host, Role::Edge, asked);
    assert_eq!(fault, None);
    assert_eq!(
        output,
        [
            "Provider       : BL",
            "ProviderResult : {127.0.0.4}",
            "Matched        : True",
            "From           : 1970-01-01T00:00:00Z",
            "Until          :",
            "ProviderResult : {}",
            "Matched        : False",
        ]
    );
    host.0.dns.closed = false;
    for (script, told) in [
        (
            "Test-SenderId 192.0.2.1 -Purp other.example",
            "knows too little of `other.example`",
        ),
        ("Test-SenderId -Purp x.example", "no address is named"),
        (
            "Test-IPBlockListProvider None -IPAddress 192.0.2.1",
            "no IPBlockListProvider `None`",
        ),
        (
            "Add-IPAllowListProvider X -LookupDomain x.example\n\
             Test-IPAllowListProvider X -IPAddress 192.0.2.1",
            "no listings of `x.example`",
        ),
    ] {
        let fault = run(&mut host, Role::Edge, script).2.unwrap_or_default();
        assert!(fault.contains(told), "{script}: {fault}");
    }
}

#[test]
fn rows_of_the_agent_log_are_taken_by_date() {
    let mut host = world();
    let agents = |host: &mut Recorded, rest: &str| {
        run(host, Role::Edge, &format!("Get-AgentLog -Location logs {rest} | % Agent")).0
    };
    assert_eq!(agents(&mut host, "").len(), 3);
    assert_eq!(
        agents(&mut host, "-StartDate 5/1/2026 -EndDate '5/1/2026 11:59 PM'"),
        ["Content Filter Agent"]
    );
    assert_eq!(agents(&mut host, "-StartDate 5/2/2026"), ["Sender Filter Agent"]);
    let fault = run(&mut host, Role::Edge, "Get-AgentLog other").2.unwrap();
    assert!(fault.contains("`other` is not there; check the path"), "{fault}");
}
