//! The server around the agents. Source: specification 5.2, 5.3, 8.

use agents::PolicySpec;
use mail::Edition;

use super::{Config, Given, Place};
use crate::Value;
use crate::language::Fault;
use crate::row::{Form, Kind, Row, row};

pub(super) const TRANSPORT: Config = Config {
    noun: "TransportConfig",
    place: Place::Edge,
    about: "servers that pass mail on",
    rows: &[row!(
        PolicySpec,
        "InternalSMTPServers",
        Kind::List(usize::MAX),
        transport.internal_smtp_servers,
        "addresses whose mail is judged by the first address behind them"
    )],
};

pub(super) const CONNECTOR: Config = Config {
    noun: "ReceiveConnector",
    place: Place::Edge,
    about: "the connector that mail arrives on",
    rows: &[
        row!(
            PolicySpec,
            "Identity",
            Kind::MaybeText(usize::MAX),
            receive_connector.identity,
            "name or GUID of the connector; a policy has one"
        ),
        row!(
            PolicySpec,
            "TarpitInterval",
            Kind::Text(8),
            receive_connector.tarpit_interval,
            "how long refusals of recipients are held back, hh:mm:ss"
        ),
    ],
};

/// Most bytes that a limit of the log can be.
const MOST_BYTES: i64 = 1 << 53;

pub(super) const SERVICE: Config = Config {
    noun: "TransportService",
    place: Place::Edge,
    about: "the server's agent log: where it is and how much of it is kept",
    rows: &[
        row!(
            PolicySpec,
            "Identity",
            Kind::MaybeText(usize::MAX),
            transport_service.identity,
            "name of the server; a policy has one"
        ),
        row!(
            PolicySpec,
            "AgentLogEnabled",
            Kind::Switch,
            transport_service.agent_log_enabled,
            "whether the log is written"
        ),
        row!(
            PolicySpec,
            "AgentLogPath",
            Kind::MaybeText(usize::MAX),
            transport_service.agent_log_path,
            "folder of the log, where Get-AgentLog looks without -Location"
        ),
        Row {
            name: "AgentLogMaxAge",
            kind: Kind::Of(Form::Span),
            about: "how long files are kept",
            get: |policy: &PolicySpec| {
                let age = policy.transport_service.max_age(policy.edition);
                Value::Text(age.to_owned())
            },
            // The edition's own is kept as nothing, as the policy file starts with.
            set: |policy, value| {
                policy.transport_service.agent_log_max_age = None;
                let own = policy.transport_service.max_age(policy.edition).to_owned();
                let text = Some(value.text()).filter(|text| *text != own);
                policy.transport_service.agent_log_max_age = text;
                Ok(())
            },
        },
        row!(
            PolicySpec,
            "AgentLogMaxFileSize",
            Kind::Number(1, MOST_BYTES),
            transport_service.agent_log_max_file_size,
            "most bytes of one file; 10MB is known"
        ),
        row!(
            PolicySpec,
            "AgentLogMaxDirectorySize",
            Kind::Number(1, MOST_BYTES),
            transport_service.agent_log_max_directory_size,
            "most bytes of all files; the oldest go first"
        ),
    ],
};

/// Why an edition refuses `Set-TransportService`.
pub(super) fn refused(policy: &PolicySpec, given: &[Given]) -> Option<Fault> {
    let cmdlet = match policy.edition {
        Edition::E2003Sp2 | Edition::E2007 | Edition::E2010 => false,
        Edition::E2013 | Edition::E2016 | Edition::E2019 | Edition::Se => true,
    };
    let given = given.first().filter(|_| !cmdlet)?;
    let problem = format!(
        "Exchange {} keeps the agent log's settings in EdgeTransport.exe.config",
        policy.edition.name()
    );
    let cure = "set them with Set-SclbenchSetting transport-service.agent-log-…";
    Some(Fault::new(given.span, problem, cure))
}
