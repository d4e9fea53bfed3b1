//! Content Filter Agent. Source: specification 3.2, 3.8, 3.11.

use agents::PolicySpec;
use filter::{Influence, Phrase};

use super::{Collection, Config, Given, Place, Verb};
use crate::language::Fault;
use crate::row::{Form, Kind, Row, row};
use crate::{Value, View};

pub(super) const CONFIG: Config = Config {
    noun: "ContentFilterConfig",
    place: Place::Edge,
    about: "thresholds, exceptions and texts of the Content Filter agent",
    rows: &[
        Row {
            name: "RejectionResponse",
            kind: Kind::MaybeOf(Form::Ascii(240)),
            about: "text of the reply to a rejected message; the edition has its own",
            get: |policy| Value::Text(policy.rejection_response().to_owned()),
            // The edition's own text is kept as no text, as the policy file starts with.
            set: |policy: &mut PolicySpec, value| {
                policy.content_filter.rejection_response = None;
                let own = policy.rejection_response().to_owned();
                let text = (value != Value::Null).then(|| value.text());
                policy.content_filter.rejection_response =
                    text.filter(|text| *text != own);
                Ok(())
            },
        },
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
            Kind::ListOf(Form::Mail, 800),
            content_filter.bypassed_recipients,
            "recipients whose mail is not filtered"
        ),
        row!(
            PolicySpec,
            "QuarantineMailbox",
            Kind::MaybeOf(Form::Mail),
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
            Kind::ListOf(Form::Mail, 800),
            content_filter.bypassed_senders,
            "senders whose mail is not filtered"
        ),
        row!(
            PolicySpec,
            "BypassedSenderDomains",
            Kind::ListOf(Form::Domains, 800),
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

/// What the product asks of all parameters together: a reply while messages are rejected.
pub(super) fn refused(policy: &PolicySpec, given: &[Given]) -> Option<Fault> {
    let empty = |given: &&Given| {
        given.name == "RejectionResponse" && given.value.text().is_empty()
    };
    let given = given.iter().find(empty)?;
    policy.content_filter.scl_reject_enabled.then(|| {
        let problem = "no reply while SCLRejectEnabled is $true";
        Fault::new(given.span, problem, "state a text, or switch Reject off too")
    })
}

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
    exclusive: &[],
    filters: &[],
    numbered: None,
    view: View::Auto,
    list: |policy| &policy.content_filter.phrases,
    list_mut: |policy| &mut policy.content_filter.phrases,
    blank: || Phrase { phrase: String::new(), influence: Influence::BadWord },
    identity: |phrase| phrase.phrase.clone(),
    extra: |_, _, _| Vec::new(),
    check: |_| Ok(()),
    enabled: None,
};
