//! Protocol Analysis Agent. Source: specification 5.4.

use agents::PolicySpec;

use super::{Config, Place};
use crate::Value;
use crate::row::{Kind, fixed, row};

pub(super) const CONFIG: Config = Config {
    noun: "SenderReputationConfig",
    place: Place::Edge,
    about: "when the Protocol Analysis agent blocks an address, and for how long",
    rows: &[
        row!(
            PolicySpec,
            "SenderBlockingEnabled",
            Kind::Switch,
            sender_reputation.sender_blocking_enabled,
            "whether addresses with a high level are blocked"
        ),
        fixed!(
            PolicySpec,
            "OpenProxyDetectionEnabled",
            Value::Bool(true),
            "open proxy tests are not modelled"
        ),
        row!(
            PolicySpec,
            "SenderBlockingPeriod",
            Kind::Number(0, 48),
            sender_reputation.sender_blocking_period,
            "hours of a block"
        ),
        row!(
            PolicySpec,
            "SrlBlockThreshold",
            Kind::Number(0, 9),
            sender_reputation.srl_block_threshold,
            "block at this sender reputation level and above"
        ),
        fixed!(
            PolicySpec,
            "ProxyServerName",
            Value::Null,
            "open proxy tests are not modelled"
        ),
        fixed!(
            PolicySpec,
            "ProxyServerPort",
            Value::Number(0),
            "open proxy tests are not modelled"
        ),
        fixed!(
            PolicySpec,
            "ProxyServerType",
            Value::Text("None".to_owned()),
            "open proxy tests are not modelled"
        ),
        row!(
            PolicySpec,
            "Enabled",
            Kind::Switch,
            sender_reputation.enabled,
            "whether the feature is on"
        ),
        row!(
            PolicySpec,
            "ExternalMailEnabled",
            Kind::Switch,
            sender_reputation.external_mail_enabled,
            "whether it looks at anonymous sessions"
        ),
        row!(
            PolicySpec,
            "InternalMailEnabled",
            Kind::Switch,
            sender_reputation.internal_mail_enabled,
            "whether it looks at authenticated sessions"
        ),
    ],
};
