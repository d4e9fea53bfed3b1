//! Parameters of any cmdlet, and the cmdlets that are no table.

use crate::Value;
use crate::language::{Fault, Span};
use crate::row::{Form, Kind};

/// One parameter, as help and the reading of arguments see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parameter {
    /// Name.
    pub(crate) name: &'static str,
    /// What it takes.
    pub(crate) takes: Takes,
    /// Its place among values without a name.
    pub(crate) position: Option<usize>,
    /// One line of help.
    pub(crate) about: &'static str,
}

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    /// Nothing, or a switch after a colon.
    Nothing,
    /// A value.
    Value(Kind),
    /// Whatever stands there: names, blocks, conditions.
    Anything,
}

/// One argument that was given.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Given {
    /// Full name of the parameter.
    pub(crate) name: &'static str,
    /// Where it stands.
    pub(crate) span: Span,
    /// Its value.
    pub(crate) value: Value,
}

impl Given {
    /// The value as its kind wants it.
    pub(crate) fn check(&self, kind: Kind, now: &Value) -> Result<Value, Fault> {
        kind.check(self.value.clone(), now).map_err(|problem| self.fault(&problem, kind))
    }

    /// A fault at this argument.
    pub(crate) fn fault(&self, problem: &str, kind: Kind) -> Fault {
        let cure = format!("-{} takes {}", self.name, kind.words());
        Fault::new(self.span, problem, cure)
    }
}

/// Cmdlets that are no table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Special {
    GetTransportAgent,
    SetTransportAgent,
    EnableTransportAgent,
    DisableTransportAgent,
    GetTransportPipeline,
    GetTransportRulePredicate,
    GetTransportRuleAction,
    RestartService,
    StartService,
    StopService,
    GetService,
    Net,
    SendTestMessage,
    UpdateSafeList,
    TestSenderId,
    TestIpAllowListProvider,
    TestIpBlockListProvider,
    GetAgentLog,
    GetSclbenchSetting,
    SetSclbenchSetting,
    GetHelp,
    GetCommand,
    WriteOutput,
    SelectObject,
    SortObject,
    WhereObject,
    ForEachObject,
    FormatList,
    FormatTable,
}

const fn value(name: &'static str, kind: Kind, about: &'static str) -> Parameter {
    Parameter { name, takes: Takes::Value(kind), position: None, about }
}

const fn placed(name: &'static str, kind: Kind, about: &'static str) -> Parameter {
    Parameter { name, takes: Takes::Value(kind), position: Some(0), about }
}

const fn flag(name: &'static str, about: &'static str) -> Parameter {
    Parameter { name, takes: Takes::Nothing, position: None, about }
}

const fn anything(name: &'static str, about: &'static str) -> Parameter {
    Parameter { name, takes: Takes::Anything, position: Some(0), about }
}

const ANY: Kind = Kind::Text(usize::MAX);
const AGENT: Parameter = placed("Identity", Kind::Text(64), "name of the agent");
const SERVICE: Parameter = value(
    "TransportService",
    Kind::Word(&["Hub", "MailboxSubmission", "MailboxDelivery", "FrontEnd", "Edge"]),
    "Edge or Hub; a policy has one list, and none of the other services",
);
const SERVICE_NAME: Parameter = placed("Name", ANY, "MSExchangeTransport");
const AUTO_SIZE: Parameter = flag("AutoSize", "columns as wide as needed");
const PROPERTY: Parameter = anything("Property", "names, which may hold * and ?");

impl Special {
    /// All of them: name, one line of help, parameters.
    pub(crate) const ALL: &'static [(
        &'static str,
        Self,
        &'static str,
        &'static [Parameter],
    )] = &[
        (
            "Get-TransportAgent",
            Self::GetTransportAgent,
            "agents with their switches and priorities; changes wait for a restart",
            &[AGENT, SERVICE],
        ),
        (
            "Set-TransportAgent",
            Self::SetTransportAgent,
            "moves an agent to another priority, at the next restart",
            &[
                AGENT,
                value(
                    "Priority",
                    Kind::Number(0, i64::MAX),
                    "1 is best; those between move by one",
                ),
                SERVICE,
            ],
        ),
        (
            "Enable-TransportAgent",
            Self::EnableTransportAgent,
            "switches an agent on, at the next restart",
            &[AGENT, SERVICE],
        ),
        (
            "Disable-TransportAgent",
            Self::DisableTransportAgent,
            "switches an agent off, at the next restart",
            &[AGENT, SERVICE],
        ),
        (
            "Get-TransportPipeline",
            Self::GetTransportPipeline,
            "agents by event, as messages have met them since the last restart",
            &[],
        ),
        (
            "Get-TransportRulePredicate",
            Self::GetTransportRulePredicate,
            "conditions that rules know",
            &[placed("Name", ANY, "one of them")],
        ),
        (
            "Get-TransportRuleAction",
            Self::GetTransportRuleAction,
            "actions that rules know",
            &[placed("Name", ANY, "one of them")],
        ),
        (
            "Restart-Service",
            Self::RestartService,
            "restarts MSExchangeTransport: waiting changes of agents take effect",
            &[SERVICE_NAME, flag("Force", "no question asked; there is none here")],
        ),
        (
            "Start-Service",
            Self::StartService,
            "starts MSExchangeTransport",
            &[SERVICE_NAME],
        ),
        (
            "Stop-Service",
            Self::StopService,
            "stops MSExchangeTransport: no mail flows",
            &[SERVICE_NAME, flag("Force", "no question asked; there is none here")],
        ),
        (
            "Get-Service",
            Self::GetService,
            "whether MSExchangeTransport runs",
            &[SERVICE_NAME],
        ),
        (
            "Net",
            Self::Net,
            "`Net Stop` and `Net Start` MSExchangeTransport",
            &[
                placed("Verb", Kind::Word(&["Stop", "Start"]), "Stop or Start"),
                Parameter {
                    name: "Name",
                    takes: Takes::Value(ANY),
                    position: Some(1),
                    about: "MSExchangeTransport",
                },
            ],
        ),
        (
            "Send-TestMessage",
            Self::SendTestMessage,
            "replays a message, or all of a source, under the active settings",
            &[placed("File", ANY, "message file or any source that `replay` takes")],
        ),
        (
            "Update-SafeList",
            Self::UpdateSafeList,
            "hands a mailbox's lists to transport; they count at once here (needs --world)",
            &[
                placed("Identity", ANY, "address of the mailbox"),
                value(
                    "Type",
                    Kind::Word(&["SafeSenders", "SafeRecipients", "Both"]),
                    "which lists; recipients are collected and never acted on",
                ),
                flag("IncludeDomains", "see content-filter.safe-domains-included"),
            ],
        ),
        (
            "Test-SenderId",
            Self::TestSenderId,
            "what Sender ID says, from the DNS of the world (needs --world)",
            &[
                placed("IPAddress", Kind::Of(Form::Ip), "the client"),
                value(
                    "PurportedResponsibleDomain",
                    Kind::Of(Form::Domain),
                    "domain that the message claims to come from",
                ),
                value("HelloDomain", Kind::Text(255), "name in HELO or EHLO"),
            ],
        ),
        (
            "Test-IPAllowListProvider",
            Self::TestIpAllowListProvider,
            "what a provider answers, from the listings of the world (needs --world)",
            &[
                placed("Identity", ANY, "name of the provider"),
                value("IPAddress", Kind::Of(Form::Ip), "address that is looked up"),
            ],
        ),
        (
            "Test-IPBlockListProvider",
            Self::TestIpBlockListProvider,
            "what a provider answers, from the listings of the world (needs --world)",
            &[
                placed("Identity", ANY, "name of the provider"),
                value("IPAddress", Kind::Of(Form::Ip), "address that is looked up"),
            ],
        ),
        (
            "Get-AgentLog",
            Self::GetAgentLog,
            "rows of the agent logs in a folder",
            &[
                placed("Location", ANY, "log file or folder of logs"),
                value("StartDate", Kind::Of(Form::Date), "first moment"),
                value("EndDate", Kind::Of(Form::Date), "last moment"),
                SERVICE,
            ],
        ),
        (
            "Get-SclbenchSetting",
            Self::GetSclbenchSetting,
            "every setting of the policy file by its key",
            &[placed("Key", ANY, "key, such as `content-filter.*`")],
        ),
        (
            "Set-SclbenchSetting",
            Self::SetSclbenchSetting,
            "sets any setting of the policy file, also those the product has not",
            &[
                placed("Key", ANY, "key, such as `organization.junk-comparison`"),
                Parameter {
                    name: "Value",
                    takes: Takes::Value(ANY),
                    position: Some(1),
                    about: "JSON; `null` takes the key out",
                },
            ],
        ),
        (
            "Get-Help",
            Self::GetHelp,
            "what a cmdlet does and takes",
            &[placed("Name", ANY, "a cmdlet, `about`, or nothing for all")],
        ),
        (
            "Get-Command",
            Self::GetCommand,
            "names of all cmdlets",
            &[placed("Name", ANY, "part of them, with *")],
        ),
        (
            "Write-Output",
            Self::WriteOutput,
            "prints values",
            &[anything("InputObject", "values")],
        ),
        (
            "Select-Object",
            Self::SelectObject,
            "some properties, or some objects",
            &[
                PROPERTY,
                value("First", Kind::Number(0, i64::MAX), "so many from the start"),
                value("Last", Kind::Number(0, i64::MAX), "so many from the end"),
                value("ExpandProperty", ANY, "the values of one property"),
                value(
                    "ExcludeProperty",
                    Kind::List(usize::MAX),
                    "names that are left out",
                ),
            ],
        ),
        (
            "Sort-Object",
            Self::SortObject,
            "objects in the order of one or more properties",
            &[
                anything("Property", "names, the first counts most"),
                flag("Descending", "largest first"),
                flag("Unique", "one of those that are equal in these properties"),
            ],
        ),
        (
            "Where-Object",
            Self::WhereObject,
            "objects for which a condition holds: `{ $_.Name -eq 'x' }` or `Name -eq 'x'`",
            &[anything("FilterScript", "a condition")],
        ),
        (
            "ForEach-Object",
            Self::ForEachObject,
            "a command for each object, which is `$_`",
            &[anything("Process", "a block, or a property")],
        ),
        ("Format-List", Self::FormatList, "one property a line", &[PROPERTY]),
        (
            "Format-Table",
            Self::FormatTable,
            "one object a line",
            &[PROPERTY, AUTO_SIZE, flag("Wrap", "taken, without effect")],
        ),
    ];

    /// Short names.
    pub(crate) const ALIASES: &'static [(&'static str, &'static str)] = &[
        ("select", "Select-Object"),
        ("sort", "Sort-Object"),
        ("where", "Where-Object"),
        ("?", "Where-Object"),
        ("foreach", "ForEach-Object"),
        ("%", "ForEach-Object"),
        ("fl", "Format-List"),
        ("ft", "Format-Table"),
        ("echo", "Write-Output"),
        ("Write-Host", "Write-Output"),
        ("help", "Get-Help"),
        ("man", "Get-Help"),
        ("gcm", "Get-Command"),
        ("net.exe", "Net"),
        ("spsv", "Stop-Service"),
        ("sasv", "Start-Service"),
    ];
}
