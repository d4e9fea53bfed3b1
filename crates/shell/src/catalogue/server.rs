//! The server around the agents. Source: specification 5.2, 5.3, 8.

use agents::PolicySpec;

use super::{Config, Place};
use crate::row::{Kind, row};

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
            "name of the connector; a policy has one"
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
