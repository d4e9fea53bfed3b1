//! Recipient Filter Agent. Source: specification 5.2.

use agents::PolicySpec;

use super::{Config, Place};
use crate::row::{Form, Kind, row};

pub(super) const CONFIG: Config = Config {
    noun: "RecipientFilterConfig",
    place: Place::Edge,
    about: "blocked recipients and whether recipients must exist",
    rows: &[
        row!(
            PolicySpec,
            "BlockedRecipients",
            Kind::ListOf(Form::Mail, 800),
            recipient_filter.blocked_recipients,
            "addresses that get no mail from outside"
        ),
        row!(
            PolicySpec,
            "RecipientValidationEnabled",
            Kind::Switch,
            recipient_filter.recipient_validation_enabled,
            "whether recipients that do not exist are refused"
        ),
        row!(
            PolicySpec,
            "BlockListEnabled",
            Kind::Switch,
            recipient_filter.block_list_enabled,
            "whether the list counts"
        ),
        row!(
            PolicySpec,
            "Enabled",
            Kind::Switch,
            recipient_filter.enabled,
            "whether the feature is on"
        ),
        row!(
            PolicySpec,
            "ExternalMailEnabled",
            Kind::Switch,
            recipient_filter.external_mail_enabled,
            "whether it looks at anonymous sessions"
        ),
        row!(
            PolicySpec,
            "InternalMailEnabled",
            Kind::Switch,
            recipient_filter.internal_mail_enabled,
            "whether it looks at authenticated sessions"
        ),
    ],
};
