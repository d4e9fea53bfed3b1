//! Protocol Analysis Agent. Source: specification 5.4.

use agents::PolicySpec;

use super::{Config, Place};
use crate::row::{Kind, row};

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
        row!(
            PolicySpec,
            "OpenProxyDetectionEnabled",
            Kind::Switch,
            sender_reputation.open_proxy_detection_enabled,
            "whether recorded open proxies count; one of this and SenderBlockingEnabled stays on"
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
        row!(
            PolicySpec,
            "ProxyServerName",
            Kind::MaybeText(usize::MAX),
            sender_reputation.proxy_server_name,
            "proxy of open proxy tests; nothing is tested live"
        ),
        row!(
            PolicySpec,
            "ProxyServerPort",
            Kind::Number(0, 65_535),
            sender_reputation.proxy_server_port,
            "its port"
        ),
        row!(
            PolicySpec,
            "ProxyServerType",
            Kind::Word(&[
                "None",
                "Cisco",
                "HttpConnect",
                "HttpPost",
                "Socks4",
                "Socks5",
                "Telnet",
                "Wingate"
            ]),
            sender_reputation.proxy_server_type,
            "its kind"
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

/// Switches the other one on where the last of `SenderBlockingEnabled` and
/// `OpenProxyDetectionEnabled` was switched off. Where one command says that both are off,
/// nothing tells which to flip, and the command is refused.
pub(super) fn couple(policy: &mut PolicySpec, given: &[&str]) -> Option<&'static str> {
    let spec = &mut policy.sender_reputation;
    if spec.sender_blocking_enabled || spec.open_proxy_detection_enabled {
        return None;
    }
    match ["SenderBlockingEnabled", "OpenProxyDetectionEnabled"]
        .map(|name| given.contains(&name))
    {
        [true, false] => {
            spec.open_proxy_detection_enabled = true;
            Some(
                "OpenProxyDetectionEnabled is now $true: it and SenderBlockingEnabled cannot \
                 both be $false",
            )
        }
        [false, true] => {
            spec.sender_blocking_enabled = true;
            Some(
                "SenderBlockingEnabled is now $true: it and OpenProxyDetectionEnabled cannot \
                 both be $false",
            )
        }
        [true, true] | [false, false] => None,
    }
}
