//! The cmdlets of the specification's section 8, each with its parameters at, below and above
//! their limits.

use shell::{Role, help};

use crate::world::{run, world};

/// A parameter: values that are taken, and values that are refused.
type Parameter = (&'static str, &'static [&'static str], &'static [&'static str]);

/// A cmdlet: what runs before it, what it cannot do without, and its parameters.
struct Cmdlet {
    name: &'static str,
    before: &'static str,
    needs: &'static [(&'static str, &'static str)],
    parameters: &'static [Parameter],
}

const fn cmdlet(name: &'static str, parameters: &'static [Parameter]) -> Cmdlet {
    Cmdlet { name, before: "", needs: &[], parameters }
}

const SWITCH: (&[&str], &[&str]) = (&["$true", "$false"], &["$null", "yes", "2"]);
const ZERO_TO_NINE: (&[&str], &[&str]) = (&["0", "5", "9"], &["-1", "10", "x", "$null"]);
const MAYBE_SWITCH: (&[&str], &[&str]) = (&["$true", "$false", "$null"], &["yes"]);
const MAYBE_NINE: (&[&str], &[&str]) = (&["0", "9", "$null"], &["-1", "10", "x"]);
const MAILS_800: (&[&str], &[&str]) =
    (&["mails:1", "mails:800", "@{Add='a@x.example'}", "$null"], &["mails:801", "ann"]);
const REPLY: (&[&str], &[&str]) = (&["text:1", "text:240"], &["text:241", "'n\u{e9}'"]);
const FILE_OR_TEXT: (&[&str], &[&str]) = (&["'x'"], &["$true"]);

/// A row of a parameter.
macro_rules! of {
    ($name:literal, $pair:expr) => {
        ($name, $pair.0, $pair.1)
    };
}

const ENABLED: Parameter = of!("Enabled", SWITCH);
const EXTERNAL: Parameter = of!("ExternalMailEnabled", SWITCH);
const INTERNAL: Parameter = of!("InternalMailEnabled", SWITCH);
const AGENT: Parameter = (
    "Identity",
    &["'Content Filter Agent'", "'content filter agent'"],
    &["'Content Agent'", "text:65"],
);
const TRANSPORT_SERVICE: Parameter = (
    "TransportService",
    &["Edge", "Hub"],
    &["MailboxSubmission", "MailboxDelivery", "FrontEnd", "Backbone"],
);
const NEEDS_AGENT: &[(&str, &str)] = &[("Identity", "'Edge Rule Agent'")];
const NEEDS_PROVIDER: &[(&str, &str)] =
    &[("Name", "'new'"), ("LookupDomain", "new.example")];
const NEEDS_REWRITE: &[(&str, &str)] = &[
    ("Name", "'new'"),
    ("InternalAddress", "in.example"),
    ("ExternalAddress", "out.example"),
];
const NAMED: &[(&str, &str)] = &[("Identity", "'one'")];
const MAILBOX: &[(&str, &str)] = &[("Identity", "ann@corp.example")];
const RULE: &str = "New-TransportRule one -SclOver 7 -DeleteMessage $true";
const BLOCK_PROVIDER: &str =
    "Add-IPBlockListProvider one -LookupDomain bl.example -AnyMatch $true";
const ALLOW_PROVIDER: &str =
    "Add-IPAllowListProvider one -LookupDomain bl.example -AnyMatch $true";
const REWRITE: &str =
    "New-AddressRewriteEntry one -InternalAddress a.example -ExternalAddress b.example";

const DOMAIN: Parameter = ("LookupDomain", &["bl.example"], &["'a b'", "'*.x.example'"]);
const ANY_MATCH: Parameter = of!("AnyMatch", SWITCH);
const BITMASK: Parameter = ("BitmaskMatch", &["127.0.0.4", "$null"], &["::1", "x"]);
const MATCHES: Parameter =
    ("IPAddressesMatch", &["127.0.0.2,127.0.0.3", "$null"], &["::1", "x"]);
const PRIORITY: Parameter = ("Priority", &["1"], &["x", "-1"]);
const RESPONSE: Parameter = of!("RejectionResponse", REPLY);
const ENTRY: &[Parameter] = &[
    ("IPAddress", &["192.0.2.1", "2001:db8::1"], &["192.0.2.0/24", "x"]),
    (
        "IPRange",
        &["192.0.2.0/24", "192.0.2.1-192.0.2.9", "192.0.2.1"],
        &["192.0.2.9-192.0.2.1", "192.0.2.0/33", "x"],
    ),
    ("ExpirationTime", &["5/31/2026", "'5/31/2026 2:30 PM'"], &["31/5/2026", "soon"]),
    ("Comment", &["'a remark'"], &[]),
    ("Server", &["edge1"], &[]),
];
const NEEDS_ADDRESS: &[(&str, &str)] = &[("IPAddress", "192.0.2.3")];

const WORDS: (&[&str], &[&str]) = (&["'a'", "'a','b'", "text:128"], &["text:129"]);
const RULE_PARAMETERS: &[Parameter] = &[
    ("Name", &["text:1", "text:64"], &["text:65"]),
    ("Priority", &["0"], &["x", "-1"]),
    ("Comments", &["text:1024", "''"], &["text:1025"]),
    ("Mode", &["Enforce", "Audit", "AuditAndNotify"], &["Test"]),
    ("RuleErrorAction", &["Ignore", "Defer"], &["Retry"]),
    ("ActivationDate", &["5/31/2026"], &["31/5/2026"]),
    ("ExpiryDate", &["5/31/2026"], &["31/5/2026"]),
    ("SenderAddressLocation", &["Header", "Envelope", "HeaderOrEnvelope"], &["Both"]),
    ("SclOver", &["-1", "0", "9"], &["-2", "10"]),
    ("ExceptIfSclOver", &["-1", "0", "9"], &["-2", "10"]),
    ("FromScope", &["InOrganization", "NotInOrganization"], &["Anywhere"]),
    of!("FromAddressContainsWords", WORDS),
    of!("ExceptIfFromAddressContainsWords", WORDS),
    ("FromAddressMatchesPatterns", &["'^a'"], &["'(a'"]),
    of!("SubjectContainsWords", WORDS),
    of!("ExceptIfSubjectContainsWords", WORDS),
    ("SubjectMatchesPatterns", &["'^a'"], &["'(a'"]),
    of!("SubjectOrBodyContainsWords", WORDS),
    ("SubjectOrBodyMatchesPatterns", &["'^a'"], &["'(a'"]),
    ("AttachmentSizeOver", &["0", "10KB", "1MB"], &["-1", "x"]),
    ("ExceptIfAttachmentSizeOver", &["0"], &["-1"]),
    of!("AnyOfRecipientAddressContainsWords", WORDS),
    ("AnyOfRecipientAddressMatchesPatterns", &["'^a'"], &["'(a'"]),
    ("MessageSizeOver", &["0", "10KB"], &["-1"]),
    ("SetSCL", &["-1", "0", "9"], &["-2", "10"]),
    of!("DeleteMessage", SWITCH_ON),
    of!("Quarantine", SWITCH_ON),
    of!("Disconnect", SWITCH_ON),
    of!("StopRuleProcessing", SWITCH_ON),
    ("SmtpRejectMessageRejectText", &["'no'"], &["'n\u{e9}'"]),
    ("SmtpRejectMessageRejectStatusCode", &["400", "500", "550"], &["399", "600"]),
    ("PrependSubject", &["'[x] '"], &[]),
    ("RemoveHeader", &["X-A"], &["'X A'"]),
    ("AddToRecipients", &["a@x.example"], &["ann"]),
    ("CopyTo", &["a@x.example"], &["ann"]),
    ("BlindCopyTo", &["a@x.example"], &["ann"]),
    ("RedirectMessageTo", &["a@x.example"], &["ann"]),
    ("LogEventText", &["'seen'"], &[]),
];
const SWITCH_ON: (&[&str], &[&str]) = (&["$true", "$false"], &["yes"]);

/// The table of section 8, in its order.
const CMDLETS: &[Cmdlet] = &[
    cmdlet(
        "Set-ContentFilterConfig",
        &[
            ("BypassedRecipients", &["mails:1", "mails:100", "$null"], &["mails:101"]),
            (
                "BypassedSenderDomains",
                &["domains:100", "'*.x.example'"],
                &["domains:101", "'*x.example'"],
            ),
            ("BypassedSenders", &["mails:100"], &["mails:101", "ann"]),
            ENABLED,
            EXTERNAL,
            INTERNAL,
            of!("OutlookEmailPostmarkValidationEnabled", SWITCH),
            ("QuarantineMailbox", &["spam@corp.example", "$null"], &["Spam"]),
            RESPONSE,
            of!("SCLDeleteEnabled", SWITCH),
            of!("SCLDeleteThreshold", ZERO_TO_NINE),
            of!("SCLRejectEnabled", SWITCH),
            of!("SCLRejectThreshold", ZERO_TO_NINE),
            of!("SCLQuarantineEnabled", SWITCH),
            of!("SCLQuarantineThreshold", ZERO_TO_NINE),
        ],
    ),
    cmdlet("Get-ContentFilterConfig", &[]),
    cmdlet("Set-OrganizationConfig", &[of!("SCLJunkThreshold", ZERO_TO_NINE)]),
    cmdlet("Get-OrganizationConfig", &[]),
    cmdlet("Get-TransportAgent", &[AGENT, TRANSPORT_SERVICE]),
    Cmdlet {
        name: "Set-TransportAgent",
        before: "",
        needs: &[("Identity", "'Edge Rule Agent'"), ("Priority", "2")],
        parameters: &[
            AGENT,
            ("Priority", &["0", "1", "10"], &["-1", "x"]),
            TRANSPORT_SERVICE,
        ],
    },
    Cmdlet {
        name: "Enable-TransportAgent",
        before: "",
        needs: NEEDS_AGENT,
        parameters: &[AGENT, TRANSPORT_SERVICE],
    },
    Cmdlet {
        name: "Disable-TransportAgent",
        before: "",
        needs: NEEDS_AGENT,
        parameters: &[AGENT, TRANSPORT_SERVICE],
    },
    Cmdlet {
        name: "Add-ContentFilterPhrase",
        before: "",
        needs: &[("Phrase", "'a'"), ("Influence", "BadWord")],
        parameters: &[
            ("Phrase", &["text:1", "text:256"], &["text:257"]),
            ("Influence", &["GoodWord", "BadWord"], &["Neutral"]),
        ],
    },
    Cmdlet {
        name: "Get-ContentFilterPhrase",
        before: "Add-ContentFilterPhrase 'a' -Influence BadWord",
        needs: &[],
        parameters: &[("Identity", &["'a'"], &["'b'"])],
    },
    Cmdlet {
        name: "Remove-ContentFilterPhrase",
        before: "Add-ContentFilterPhrase 'a' -Influence BadWord",
        needs: &[],
        parameters: &[("Identity", &["'a'"], &["'b'"])],
    },
    Cmdlet {
        name: "New-TransportRule",
        before: "",
        needs: &[("Name", "'new'")],
        parameters: RULE_PARAMETERS,
    },
    Cmdlet {
        name: "Set-TransportRule",
        before: RULE,
        needs: NAMED,
        parameters: RULE_PARAMETERS,
    },
    Cmdlet {
        name: "Get-TransportRule",
        before: RULE,
        needs: &[],
        parameters: &[
            ("Identity", &["'one'", "'ONE'"], &["'two'"]),
            ("State", &["Enabled", "Disabled"], &["Off"]),
        ],
    },
    Cmdlet {
        name: "Remove-TransportRule",
        before: RULE,
        needs: &[],
        parameters: &[("Identity", &["'one'"], &["'two'"])],
    },
    Cmdlet {
        name: "Enable-TransportRule",
        before: RULE,
        needs: &[],
        parameters: &[("Identity", &["'one'"], &["'two'"])],
    },
    Cmdlet {
        name: "Disable-TransportRule",
        before: RULE,
        needs: &[],
        parameters: &[("Identity", &["'one'"], &["'two'"])],
    },
    cmdlet("Get-TransportRulePredicate", &[("Name", &["SclOver"], &[])]),
    cmdlet("Get-TransportRuleAction", &[("Name", &["Disconnect"], &[])]),
    cmdlet(
        "Set-SenderFilterConfig",
        &[
            ("Action", &["Reject", "StampStatus"], &["Delete"]),
            of!("BlankSenderBlockingEnabled", SWITCH),
            ("BlockedDomains", &["domains:800"], &["domains:801", "'*.x.example'"]),
            ("BlockedDomainsAndSubdomains", &["domains:800"], &["domains:801"]),
            of!("BlockedSenders", MAILS_800),
            ENABLED,
            EXTERNAL,
            INTERNAL,
            ("RecipientBlockedSenderAction", &["Reject", "Delete"], &["StampStatus"]),
        ],
    ),
    cmdlet("Get-SenderFilterConfig", &[]),
    cmdlet(
        "Set-RecipientFilterConfig",
        &[
            of!("BlockedRecipients", MAILS_800),
            of!("BlockListEnabled", SWITCH),
            ENABLED,
            EXTERNAL,
            INTERNAL,
            of!("RecipientValidationEnabled", SWITCH),
        ],
    ),
    cmdlet("Get-RecipientFilterConfig", &[]),
    cmdlet(
        "Set-SenderIdConfig",
        &[
            ("BypassedRecipients", &["mails:100"], &["mails:101"]),
            ("BypassedSenderDomains", &["domains:100"], &["domains:101"]),
            ENABLED,
            EXTERNAL,
            INTERNAL,
            ("SpoofedDomainAction", &["StampStatus", "Reject", "Delete"], &["Bounce"]),
            ("TempErrorAction", &["StampStatus", "Reject", "Delete"], &["Bounce"]),
        ],
    ),
    cmdlet("Get-SenderIdConfig", &[]),
    Cmdlet {
        name: "Test-SenderId",
        before: "",
        needs: &[("IPAddress", "192.0.2.1"), ("PurportedResponsibleDomain", "x.example")],
        parameters: &[
            ("IPAddress", &["192.0.2.9"], &["x"]),
            ("PurportedResponsibleDomain", &["x.example"], &["'a b'"]),
            ("HelloDomain", &["mail.x.example"], &[]),
            ("Server", &["edge1"], &[]),
        ],
    },
    cmdlet(
        "Set-SenderReputationConfig",
        &[
            ENABLED,
            EXTERNAL,
            INTERNAL,
            of!("OpenProxyDetectionEnabled", SWITCH),
            ("ProxyServerName", &["proxy.corp.example", "$null"], &[]),
            ("ProxyServerPort", &["0", "65535"], &["-1", "65536"]),
            (
                "ProxyServerType",
                &[
                    "None",
                    "Cisco",
                    "HttpConnect",
                    "HttpPost",
                    "Socks4",
                    "Socks5",
                    "Telnet",
                    "Wingate",
                ],
                &["Socks6"],
            ),
            of!("SenderBlockingEnabled", SWITCH),
            ("SenderBlockingPeriod", &["0", "24", "48"], &["-1", "49"]),
            of!("SrlBlockThreshold", ZERO_TO_NINE),
        ],
    ),
    cmdlet("Get-SenderReputationConfig", &[]),
    Cmdlet {
        name: "Add-IPAllowListEntry",
        before: "",
        needs: NEEDS_ADDRESS,
        parameters: ENTRY,
    },
    Cmdlet {
        name: "Add-IPBlockListEntry",
        before: "",
        needs: NEEDS_ADDRESS,
        parameters: ENTRY,
    },
    Cmdlet {
        name: "Get-IPAllowListEntry",
        before: "Add-IPAllowListEntry -IPAddress 192.0.2.1",
        needs: &[],
        parameters: &[
            ("Identity", &["1"], &["2"]),
            ("IPAddress", &["192.0.2.1"], &["x"]),
        ],
    },
    Cmdlet {
        name: "Get-IPBlockListEntry",
        before: "Add-IPBlockListEntry -IPAddress 192.0.2.1",
        needs: &[],
        parameters: &[
            ("Identity", &["1"], &["2"]),
            ("IPAddress", &["192.0.2.1"], &["x"]),
        ],
    },
    Cmdlet {
        name: "Remove-IPAllowListEntry",
        before: "Add-IPAllowListEntry -IPAddress 192.0.2.1",
        needs: &[],
        parameters: &[
            ("Identity", &["1"], &["2"]),
            ("IPAddress", &["192.0.2.1"], &["x"]),
        ],
    },
    Cmdlet {
        name: "Remove-IPBlockListEntry",
        before: "Add-IPBlockListEntry -IPAddress 192.0.2.1",
        needs: &[],
        parameters: &[
            ("Identity", &["1"], &["2"]),
            ("IPAddress", &["192.0.2.1"], &["x"]),
        ],
    },
    Cmdlet {
        name: "Add-IPBlockListProvider",
        before: "",
        needs: NEEDS_PROVIDER,
        parameters: &[
            DOMAIN,
            ANY_MATCH,
            BITMASK,
            MATCHES,
            PRIORITY,
            ENABLED,
            RESPONSE,
            ("Name", &["'spare'"], &[]),
        ],
    },
    Cmdlet {
        name: "Set-IPBlockListProvider",
        before: BLOCK_PROVIDER,
        needs: NAMED,
        parameters: &[DOMAIN, ANY_MATCH, BITMASK, MATCHES, PRIORITY, ENABLED, RESPONSE],
    },
    Cmdlet {
        name: "Get-IPBlockListProvider",
        before: BLOCK_PROVIDER,
        needs: &[],
        parameters: &[("Identity", &["'one'"], &["'two'"])],
    },
    Cmdlet {
        name: "Remove-IPBlockListProvider",
        before: BLOCK_PROVIDER,
        needs: &[],
        parameters: &[("Identity", &["'one'"], &["'two'"])],
    },
    Cmdlet {
        name: "Test-IPBlockListProvider",
        before: BLOCK_PROVIDER,
        needs: &[("Identity", "'one'"), ("IPAddress", "192.0.2.7")],
        parameters: &[
            ("Identity", &["'one'"], &["'two'"]),
            ("IPAddress", &["192.0.2.8"], &["x"]),
        ],
    },
    Cmdlet {
        name: "Add-IPAllowListProvider",
        before: "",
        needs: NEEDS_PROVIDER,
        parameters: &[DOMAIN, ANY_MATCH, BITMASK, MATCHES, PRIORITY, ENABLED],
    },
    Cmdlet {
        name: "Set-IPAllowListProvider",
        before: ALLOW_PROVIDER,
        needs: NAMED,
        parameters: &[DOMAIN, ANY_MATCH, BITMASK, MATCHES, PRIORITY, ENABLED],
    },
    Cmdlet {
        name: "Get-IPAllowListProvider",
        before: ALLOW_PROVIDER,
        needs: &[],
        parameters: &[("Identity", &["'one'"], &["'two'"])],
    },
    Cmdlet {
        name: "Remove-IPAllowListProvider",
        before: ALLOW_PROVIDER,
        needs: &[],
        parameters: &[("Identity", &["'one'"], &["'two'"])],
    },
    Cmdlet {
        name: "Test-IPAllowListProvider",
        before: ALLOW_PROVIDER,
        needs: &[("Identity", "'one'"), ("IPAddress", "192.0.2.7")],
        parameters: &[("Identity", &["'one'"], &["'two'"])],
    },
    cmdlet(
        "Set-IPBlockListConfig",
        &[
            ENABLED,
            EXTERNAL,
            INTERNAL,
            of!("MachineEntryRejectionResponse", REPLY),
            of!("StaticEntryRejectionResponse", REPLY),
        ],
    ),
    cmdlet(
        "Set-IPBlockListProvidersConfig",
        &[ENABLED, EXTERNAL, INTERNAL, of!("BypassedRecipients", MAILS_800)],
    ),
    cmdlet("Set-IPAllowListConfig", &[ENABLED, EXTERNAL, INTERNAL]),
    cmdlet("Set-IPAllowListProvidersConfig", &[ENABLED, EXTERNAL, INTERNAL]),
    Cmdlet {
        name: "Add-AttachmentFilterEntry",
        before: "",
        needs: &[("Name", "'new.exe'"), ("Type", "FileName")],
        parameters: &[
            ("Name", &["'bad.exe'", "'*.bad'"], &["'a*b.exe'", "''"]),
            ("Type", &["FileName"], &["Folder"]),
        ],
    },
    cmdlet("Get-AttachmentFilterEntry", &[("Identity", &["'FileName:*.exe'"], &["'x'"])]),
    cmdlet(
        "Remove-AttachmentFilterEntry",
        &[("Identity", &["'FileName:*.exe'"], &["'x'"])],
    ),
    cmdlet(
        "Set-AttachmentFilterListConfig",
        &[
            ("Action", &["Reject", "Strip", "SilentDelete"], &["Delete"]),
            of!("AdminMessage", FILE_OR_TEXT),
            of!("RejectResponse", REPLY),
            (
                "ExceptionConnectors",
                &["1f4b0c8e-52a9-4d3c-8a70-6c2e9d0b7f15", "$null"],
                &["Scanner", "1f4b0c8e-52a9-4d3c-8a70"],
            ),
        ],
    ),
    cmdlet("Get-AttachmentFilterListConfig", &[]),
    Cmdlet {
        name: "New-AddressRewriteEntry",
        before: "",
        needs: NEEDS_REWRITE,
        parameters: &[
            ("Name", &["'x'"], &[]),
            // Address to domain is no form, nor is a wildcard that works inbound.
            ("InternalAddress", &["other.example"], &["a@in.example", "'*.in.example'"]),
            (
                "ExternalAddress",
                &["other.example"],
                &["a@out.example", "'*.out.example'"],
            ),
            of!("OutboundOnly", SWITCH),
            ("ExceptionList", &[], &["a.in.example"]),
        ],
    },
    Cmdlet {
        name: "Set-AddressRewriteEntry",
        before: REWRITE,
        needs: NAMED,
        parameters: &[
            ("InternalAddress", &["other.example"], &["a@in.example", "'*.in.example'"]),
            ("ExternalAddress", &["other.example"], &["'*.out.example'"]),
            of!("OutboundOnly", SWITCH),
        ],
    },
    Cmdlet {
        name: "Get-AddressRewriteEntry",
        before: REWRITE,
        needs: &[],
        parameters: &[("Identity", &["'one'"], &["'two'"])],
    },
    Cmdlet {
        name: "Remove-AddressRewriteEntry",
        before: REWRITE,
        needs: &[],
        parameters: &[("Identity", &["'one'"], &["'two'"])],
    },
    Cmdlet {
        name: "Set-Mailbox",
        before: "",
        needs: &[("Identity", "ann@corp.example"), ("SCLJunkThreshold", "4")],
        parameters: &[
            ("Identity", &["ben@corp.example"], &["nobody@corp.example"]),
            of!("AntispamBypassEnabled", SWITCH),
            of!("SCLDeleteEnabled", MAYBE_SWITCH),
            of!("SCLDeleteThreshold", MAYBE_NINE),
            of!("SCLRejectEnabled", MAYBE_SWITCH),
            of!("SCLRejectThreshold", MAYBE_NINE),
            of!("SCLQuarantineEnabled", MAYBE_SWITCH),
            of!("SCLQuarantineThreshold", MAYBE_NINE),
            of!("SCLJunkEnabled", MAYBE_SWITCH),
            of!("SCLJunkThreshold", MAYBE_NINE),
            (
                "MaxSafeSenders",
                &["0", "5000", "2147483647", "$null"],
                &["-1", "2147483648"],
            ),
            ("MaxBlockedSenders", &["0", "500", "$null"], &["-1"]),
        ],
    },
    Cmdlet {
        name: "Set-MailboxJunkEmailConfiguration",
        before: "",
        needs: MAILBOX,
        parameters: &[
            ENABLED,
            ("BlockedSendersAndDomains", &["mails:500", "x.example"], &["mails:501"]),
            ("TrustedSendersAndDomains", &["mails:5000"], &["mails:5001", "'a b'"]),
            of!("ContactsTrusted", SWITCH),
            of!("TrustedListsOnly", SWITCH),
        ],
    },
    cmdlet(
        "Get-MailboxJunkEmailConfiguration",
        &[("Identity", &["ann@corp.example"], &["nobody@corp.example"])],
    ),
    cmdlet(
        "Set-TransportConfig",
        &[("InternalSMTPServers", &["10.0.0.0/8", "10.0.0.1,10.0.0.2"], &["x"])],
    ),
    cmdlet(
        "Set-ReceiveConnector",
        &[("TarpitInterval", &["00:00:00", "00:00:05"], &["5", "00:60:00"])],
    ),
    cmdlet(
        "Set-TransportService",
        &[
            of!("AgentLogEnabled", SWITCH),
            ("AgentLogPath", &["'D:\\Logs'", "$null"], &[]),
            ("AgentLogMaxAge", &["00:00:01", "7.00:00:00"], &["7", "1.24:00:00"]),
            ("AgentLogMaxFileSize", &["1", "10MB"], &["0", "x"]),
            ("AgentLogMaxDirectorySize", &["1", "250MB"], &["0", "x"]),
        ],
    ),
    cmdlet("Get-TransportService", &[]),
    Cmdlet {
        name: "Get-AgentLog",
        before: "",
        needs: &[("Location", "logs")],
        parameters: &[
            ("StartDate", &["5/1/2026"], &["1/31/2026/1"]),
            ("EndDate", &["5/2/2026"], &["soon"]),
            ("Location", &["logs"], &["elsewhere"]),
            TRANSPORT_SERVICE,
        ],
    },
    Cmdlet {
        name: "Update-SafeList",
        before: "",
        needs: MAILBOX,
        parameters: &[
            ("Type", &["SafeSenders", "SafeRecipients", "Both"], &["BlockedSenders"]),
            ("IncludeDomains", &["$true"], &[]),
        ],
    },
    Cmdlet {
        name: "Restart-Service",
        before: "",
        needs: &[],
        parameters: &[("Name", &["MSExchangeTransport"], &["Spooler"])],
    },
    cmdlet("Net", &[]),
    cmdlet("Get-TransportPipeline", &[]),
];

/// A value of the table as a script has it.
fn literal(value: &str) -> String {
    let many = |count: &str, of: fn(usize) -> String| {
        let all: Vec<String> = (0..count.parse::<usize>().unwrap()).map(of).collect();
        all.join(",")
    };
    if let Some(count) = value.strip_prefix("text:") {
        return format!("'{}'", "x".repeat(count.parse().unwrap()));
    }
    if let Some(count) = value.strip_prefix("mails:") {
        return many(count, |n| format!("a{n}@x.example"));
    }
    if let Some(count) = value.strip_prefix("domains:") {
        return many(count, |n| format!("d{n}.example"));
    }
    value.to_owned()
}

fn script(cmdlet: &Cmdlet, parameter: &str, value: &str) -> String {
    let mut line = cmdlet.name.to_owned();
    for (name, value) in cmdlet.needs.iter().filter(|(name, _)| *name != parameter) {
        // An entry has one of the two.
        if !(*name == "IPAddress" && parameter == "IPRange") {
            line += &format!(" -{name} {value}");
        }
    }
    format!("{}\n{line} -{parameter} {}", cmdlet.before, literal(value))
}

fn fault(script: &str) -> Option<String> {
    run(&mut world(), Role::Hub, script).2
}

#[test]
fn every_cmdlet_has_its_parameters_with_their_limits() {
    for cmdlet in CMDLETS {
        let page = help(cmdlet.name).unwrap_or_else(|| panic!("{}", cmdlet.name));
        assert!(!page[1].contains("not here"), "{} is refused", cmdlet.name);
        for (name, good, bad) in cmdlet.parameters {
            let listed = page.iter().any(|line| {
                line.starts_with(&format!("-{name} "))
                    || line.contains(&format!("-{name},"))
                    || line.ends_with(&format!("-{name}"))
            });
            assert!(listed, "{} -{name} has no help", cmdlet.name);
            for value in *good {
                let script = script(cmdlet, name, value);
                let short: String = script.chars().take(200).collect();
                assert_eq!(fault(&script), None, "{short}");
                // `-Name:value` says the same, and a preview changes nothing.
                let colon = script.replace(&format!(" -{name} "), &format!(" -{name}:"));
                assert_eq!(fault(&colon), None, "{short}");
                assert_eq!(fault(&format!("{script} -WhatIf")), None, "{short}");
            }
            for value in *bad {
                let script = script(cmdlet, name, value);
                let short: String = script.chars().take(200).collect();
                assert!(fault(&script).is_some(), "{short}");
            }
        }
    }
}

#[test]
fn code_of_others_is_refused_with_a_reason() {
    for line in [
        "Install-TransportAgent -Name x -TransportAgentFactory y -AssemblyPath z",
        "Uninstall-TransportAgent x",
    ] {
        let told = fault(line).unwrap();
        assert!(told.contains("no code is loaded here"), "{told}");
    }
}

#[test]
fn a_domain_controller_is_taken_in_the_organization_and_refused_on_an_edge() {
    let line =
        "Set-ContentFilterConfig -DomainController dc1 -Enabled $true -Confirm:$false";
    assert_eq!(fault(line), None);
    let told = run(&mut world(), Role::Edge, line).2.unwrap();
    assert!(told.contains("an Edge server has no domain controller"), "{told}");
}

#[test]
fn what_the_agent_log_is_set_to_is_shown_by_edition() {
    let show = "Set-TransportService edge1 -AgentLogMaxFileSize 5MB\n\
                Get-TransportService | Format-List Identity, AgentLog*";
    assert_eq!(
        run(&mut world(), Role::Edge, show).0,
        [
            "Identity                 : edge1",
            "AgentLogEnabled          : True",
            "AgentLogPath             :",
            "AgentLogMaxAge           : 7.00:00:00",
            "AgentLogMaxFileSize      : 5242880",
            "AgentLogMaxDirectorySize : 262144000",
        ]
    );
    let old = "Set-SclbenchSetting edition '\"2007\"'\n(Get-TransportService).AgentLogMaxAge\n\
               Set-TransportService -AgentLogEnabled $false";
    let (output, _, told) = run(&mut world(), Role::Edge, old);
    assert_eq!(output, ["30.00:00:00"]);
    assert!(told.unwrap().contains("EdgeTransport.exe.config"));
    // The log is looked for where the server writes it.
    let log = "Set-TransportService -AgentLogPath logs\n(Get-AgentLog).Count";
    assert_eq!(run(&mut world(), Role::Edge, log).0, ["3"]);
}

#[test]
fn a_mailbox_limits_its_own_lists() {
    let ann = "ann@corp.example";
    let set = "Set-MailboxJunkEmailConfiguration";
    let two = format!("{set} {ann} -TrustedSendersAndDomains a@x.example,b@x.example");
    let one = format!("Set-Mailbox {ann} -MaxSafeSenders 1\n");
    let told = fault(&format!("{one}{two}")).unwrap();
    assert!(told.contains("2 entries are too many: MaxSafeSenders is 1"), "{told}");
    let more = format!("{one}Set-Mailbox {ann} -MaxSafeSenders 2\n{two}");
    assert_eq!(fault(&more), None);
    // A lower limit takes nothing out of a list that is there.
    assert_eq!(fault(&format!("{two}\n{one}{set} {ann} -Enabled $false")), None);
}
