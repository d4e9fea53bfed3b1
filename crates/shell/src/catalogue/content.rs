//! Content Filter Agent. Source: specification 3.2, 3.8, 3.11.

use agents::PolicySpec;
use filter::{Influence, Phrase};

use super::{Collection, Config, Place, Verb};
use crate::View;
use crate::row::{Kind, row};

pub(super) const CONFIG: Config = Config {
    noun: "ContentFilterConfig",
    place: Place::Edge,
    about: "thresholds, exceptions and texts of the Content Filter agent",
    rows: &[
        row!(
            PolicySpec,
            "RejectionResponse",
            Kind::MaybeText(240),
            content_filter.rejection_response,
            "text of the reply to a rejected message; $null is the edition's own"
        ),
        row!(
            PolicySpec,
            "OutlookEmailPostmarkValidationEnabled",
            Kind::Switch,
            content_filter.outlook_email_postmark_validation_enabled,
            "whether postmarks of senders count"
        ),
        row!(
            PolicySpec,
            "BypassedRecipients",
            Kind::List(800),
            content_filter.bypassed_recipients,
            "recipients whose mail is not filtered"
        ),
        row!(
            PolicySpec,
            "QuarantineMailbox",
            Kind::MaybeText(usize::MAX),
            content_filter.quarantine_mailbox,
            "where quarantined mail goes"
        ),
        row!(
            PolicySpec,
            "SCLRejectThreshold",
            Kind::Number(0, 9),
            content_filter.scl_reject_threshold,
            "reject at this SCL and above"
        ),
        row!(
            PolicySpec,
            "SCLRejectEnabled",
            Kind::Switch,
            content_filter.scl_reject_enabled,
            "whether the reject threshold counts"
        ),
        row!(
            PolicySpec,
            "SCLDeleteThreshold",
            Kind::Number(0, 9),
            content_filter.scl_delete_threshold,
            "delete silently at this SCL and above"
        ),
        row!(
            PolicySpec,
            "SCLDeleteEnabled",
            Kind::Switch,
            content_filter.scl_delete_enabled,
            "whether the delete threshold counts"
        ),
        row!(
            PolicySpec,
            "SCLQuarantineThreshold",
            Kind::Number(0, 9),
            content_filter.scl_quarantine_threshold,
            "send to the quarantine mailbox at this SCL and above"
        ),
        row!(
            PolicySpec,
            "SCLQuarantineEnabled",
            Kind::Switch,
            content_filter.scl_quarantine_enabled,
            "whether the quarantine threshold counts"
        ),
        row!(
            PolicySpec,
            "BypassedSenders",
            Kind::List(800),
            content_filter.bypassed_senders,
            "senders whose mail is not filtered"
        ),
        row!(
            PolicySpec,
            "BypassedSenderDomains",
            Kind::List(800),
            content_filter.bypassed_sender_domains,
            "sender domains whose mail is not filtered; `*.` takes subdomains in"
        ),
        row!(
            PolicySpec,
            "Enabled",
            Kind::Switch,
            content_filter.enabled,
            "whether the feature is on"
        ),
        row!(
            PolicySpec,
            "ExternalMailEnabled",
            Kind::Switch,
            content_filter.external_mail_enabled,
            "whether it looks at anonymous sessions"
        ),
        row!(
            PolicySpec,
            "InternalMailEnabled",
            Kind::Switch,
            content_filter.internal_mail_enabled,
            "whether it looks at authenticated sessions"
        ),
    ],
};

pub(super) static PHRASES: Collection<Phrase> = Collection {
    noun: "ContentFilterPhrase",
    about: "phrases that force an SCL of 0 or 9",
    create: "Add",
    verbs: &[Verb::Create, Verb::Get, Verb::Remove],
    rows: &[
        row!(Phrase, "Phrase", Kind::Text(256), phrase, "the phrase"),
        row!(
            Phrase,
            "Influence",
            Kind::Word(&["GoodWord", "BadWord"]),
            influence,
            "GoodWord forces SCL 0, BadWord 9"
        ),
    ],
    needed: &["Phrase", "Influence"],
    position: &["Phrase"],
    key: "Phrase",
    priority: None,
    view: View::Auto,
    list: |policy| &policy.content_filter.phrases,
    list_mut: |policy| &mut policy.content_filter.phrases,
    blank: || Phrase { phrase: String::new(), influence: Influence::BadWord },
    identity: |phrase| phrase.phrase.clone(),
    extra: |_, _, _| Vec::new(),
    check: |_| Ok(()),
    enabled: None,
};
