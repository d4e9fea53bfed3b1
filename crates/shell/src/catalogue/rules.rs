//! Edge Rule Agent. Source: specification 5.7.

use agents::{
    AttachmentSizeComparison, HeaderPatterns, HeaderValue, HeaderWords, PredicatesSpec,
    RejectSpec, RuleActionsSpec, RuleErrorAction, RuleMode, RuleSpec,
    SenderAddressLocation,
};

use super::{Collection, Filter, Verb};
use crate::row::{Form, Kind, Row, Setting as _, row};
use crate::{Value, View};

/// A condition as a parameter, and as an exception.
macro_rules! predicate {
    ($name:literal, $except:literal, $kind:expr, $field:ident, $about:literal) => {
        [
            row!(RuleSpec, $name, $kind, conditions.$field, $about),
            row!(RuleSpec, $except, $kind, exceptions.$field, $about),
        ]
    };
}

/// The two parameters of a header condition.
macro_rules! header {
    ($name:literal, $words:literal, $side:ident, $field:ident, $inner:ident, $none:ident) => {
        [
            Row::<RuleSpec> {
                name: $name,
                kind: Kind::MaybeOf(Form::Header),
                about: "name of a header field in which words are looked for",
                get: |rule| {
                    let pair = rule.$side.$field.as_ref();
                    pair.map_or(Value::Null, |pair| pair.header.value())
                },
                set: |rule, value| {
                    let pair = &mut rule.$side.$field;
                    if value == Value::Null {
                        *pair = None;
                        return Ok(());
                    }
                    pair.get_or_insert_with($none).header.put(value)
                },
            },
            Row::<RuleSpec> {
                name: $words,
                kind: WORDS,
                about: "words that are looked for in the header field",
                get: |rule| {
                    let pair = rule.$side.$field.as_ref();
                    pair.map_or(Value::List(Vec::new()), |pair| pair.$inner.value())
                },
                set: |rule, value| {
                    let pair = &mut rule.$side.$field;
                    if value == Value::List(Vec::new()) {
                        *pair = None;
                        return Ok(());
                    }
                    pair.get_or_insert_with($none).$inner.put(value)
                },
            },
        ]
    };
}

fn no_words() -> HeaderWords {
    HeaderWords { header: String::new(), words: Vec::new() }
}

fn no_patterns() -> HeaderPatterns {
    HeaderPatterns { header: String::new(), patterns: Vec::new() }
}

fn no_reject() -> RejectSpec {
    RejectSpec {
        status_code: 550,
        text: "Delivery not authorized, message refused".to_owned(),
    }
}

const WORDS: Kind = Kind::ListOf(Form::Words, usize::MAX);
const RECIPIENTS: Kind = Kind::ListOf(Form::Mail, usize::MAX);
const SCL: Kind = Kind::MaybeNumber(-1, 9);

const SCL_OVER: [Row<RuleSpec>; 2] = predicate!(
    "SclOver",
    "ExceptIfSclOver",
    SCL,
    scl_over,
    "the SCL is this or more; never holds without an SCL"
);
const HEADER: [Row<RuleSpec>; 2] = header!(
    "HeaderContainsMessageHeader",
    "HeaderContainsWords",
    conditions,
    header_contains,
    words,
    no_words
);
const NOT_HEADER: [Row<RuleSpec>; 2] = header!(
    "ExceptIfHeaderContainsMessageHeader",
    "ExceptIfHeaderContainsWords",
    exceptions,
    header_contains,
    words,
    no_words
);
const SUBJECT: [Row<RuleSpec>; 2] = predicate!(
    "SubjectContainsWords",
    "ExceptIfSubjectContainsWords",
    WORDS,
    subject_contains_words,
    "the subject has one of the words"
);
const FROM: [Row<RuleSpec>; 2] = predicate!(
    "FromAddressContainsWords",
    "ExceptIfFromAddressContainsWords",
    WORDS,
    from_address_contains_words,
    "the From address has one of the words"
);
const NAME: [Row<RuleSpec>; 2] = predicate!(
    "AttachmentNameContainsWords",
    "ExceptIfAttachmentNameContainsWords",
    WORDS,
    attachment_name_contains_words,
    "the name of an attachment has one of the words"
);
const SIZE: [Row<RuleSpec>; 2] = predicate!(
    "AttachmentSizeOver",
    "ExceptIfAttachmentSizeOver",
    Kind::MaybeNumber(0, u32::MAX as i64),
    attachment_size_over,
    "an attachment of so many bytes or more; KB, MB and GB are known"
);

const SCOPE: [Row<RuleSpec>; 2] = predicate!(
    "FromScope",
    "ExceptIfFromScope",
    Kind::MaybeWord(&["InOrganization", "NotInOrganization"]),
    from_scope,
    "the sender is inside, or not inside, the organization"
);
const FROM_PATTERN: [Row<RuleSpec>; 2] = predicate!(
    "FromAddressMatchesPatterns",
    "ExceptIfFromAddressMatchesPatterns",
    WORDS,
    from_address_matches_patterns,
    "the sender's address matches a pattern"
);
const SUBJECT_PATTERN: [Row<RuleSpec>; 2] = predicate!(
    "SubjectMatchesPatterns",
    "ExceptIfSubjectMatchesPatterns",
    WORDS,
    subject_matches_patterns,
    "the subject matches a pattern"
);
const BODY: [Row<RuleSpec>; 2] = predicate!(
    "SubjectOrBodyContainsWords",
    "ExceptIfSubjectOrBodyContainsWords",
    WORDS,
    subject_or_body_contains_words,
    "the subject or text has one of the words"
);
const BODY_PATTERN: [Row<RuleSpec>; 2] = predicate!(
    "SubjectOrBodyMatchesPatterns",
    "ExceptIfSubjectOrBodyMatchesPatterns",
    WORDS,
    subject_or_body_matches_patterns,
    "the subject or text matches a pattern"
);
const RECIPIENT: [Row<RuleSpec>; 2] = predicate!(
    "AnyOfRecipientAddressContainsWords",
    "ExceptIfAnyOfRecipientAddressContainsWords",
    WORDS,
    any_of_recipient_address_contains_words,
    "a recipient's address has one of the words"
);
const RECIPIENT_PATTERN: [Row<RuleSpec>; 2] = predicate!(
    "AnyOfRecipientAddressMatchesPatterns",
    "ExceptIfAnyOfRecipientAddressMatchesPatterns",
    WORDS,
    any_of_recipient_address_matches_patterns,
    "a recipient's address matches a pattern"
);
const MESSAGE_SIZE: [Row<RuleSpec>; 2] = predicate!(
    "MessageSizeOver",
    "ExceptIfMessageSizeOver",
    Kind::MaybeNumber(0, i64::MAX),
    message_size_over,
    "the message has more bytes"
);
const MATCHES: [Row<RuleSpec>; 2] = header!(
    "HeaderMatchesMessageHeader",
    "HeaderMatchesPatterns",
    conditions,
    header_matches,
    patterns,
    no_patterns
);
const NOT_MATCHES: [Row<RuleSpec>; 2] = header!(
    "ExceptIfHeaderMatchesMessageHeader",
    "ExceptIfHeaderMatchesPatterns",
    exceptions,
    header_matches,
    patterns,
    no_patterns
);

const SET_HEADER: [Row<RuleSpec>; 2] = [
    Row {
        name: "SetHeaderName",
        kind: Kind::MaybeOf(Form::Header),
        about: "name of a header field that is set",
        get: |rule| {
            let pair = rule.actions.set_header.as_ref();
            pair.map_or(Value::Null, |pair| pair.header.value())
        },
        set: |rule, value| {
            let pair = &mut rule.actions.set_header;
            if value == Value::Null {
                *pair = None;
                return Ok(());
            }
            let none = || HeaderValue { header: String::new(), value: String::new() };
            pair.get_or_insert_with(none).header.put(value)
        },
    },
    Row {
        name: "SetHeaderValue",
        kind: Kind::MaybeText(usize::MAX),
        about: "its new value",
        get: |rule| {
            let pair = rule.actions.set_header.as_ref();
            pair.map_or(Value::Null, |pair| pair.value.value())
        },
        set: |rule, value| {
            let pair = &mut rule.actions.set_header;
            if value == Value::Null {
                *pair = None;
                return Ok(());
            }
            let none = || HeaderValue { header: String::new(), value: String::new() };
            pair.get_or_insert_with(none).value.put(value)
        },
    },
];

const REJECT: [Row<RuleSpec>; 2] = [
    Row {
        name: "SmtpRejectMessageRejectText",
        kind: Kind::MaybeOf(Form::Ascii(usize::MAX)),
        about: "refuses the message with this text",
        get: |rule| {
            let reject = rule.actions.reject.as_ref();
            reject.map_or(Value::Null, |reject| reject.text.value())
        },
        set: |rule, value| {
            let reject = &mut rule.actions.reject;
            if value == Value::Null {
                *reject = None;
                return Ok(());
            }
            reject.get_or_insert_with(no_reject).text.put(value)
        },
    },
    Row {
        name: "SmtpRejectMessageRejectStatusCode",
        kind: Kind::MaybeNumber(400, 599),
        about: "refuses the message with this code; 550 where only a text is given",
        get: |rule| {
            let reject = rule.actions.reject.as_ref();
            reject.map_or(Value::Null, |reject| reject.status_code.value())
        },
        set: |rule, value| {
            let reject = &mut rule.actions.reject;
            if value == Value::Null {
                *reject = None;
                return Ok(());
            }
            reject.get_or_insert_with(no_reject).status_code.put(value)
        },
    },
];

/// The conditions, without the exceptions that mirror them.
pub(crate) const PREDICATES: &[&str] = &[
    "SclOver",
    "HeaderContains",
    "SubjectContainsWords",
    "FromAddressContainsWords",
    "AttachmentNameContainsWords",
    "AttachmentSizeOver",
    "FromScope",
    "FromAddressMatchesPatterns",
    "SubjectMatchesPatterns",
    "SubjectOrBodyContainsWords",
    "SubjectOrBodyMatchesPatterns",
    "HeaderMatches",
    "AnyOfRecipientAddressContainsWords",
    "AnyOfRecipientAddressMatchesPatterns",
    "MessageSizeOver",
];

/// The actions.
pub(crate) const ACTIONS: &[&str] = &[
    "SetScl",
    "PrependSubject",
    "SetHeader",
    "RemoveHeader",
    "SmtpRejectMessage",
    "DeleteMessage",
    "Quarantine",
    "LogEventText",
    "AddToRecipients",
    "CopyTo",
    "BlindCopyTo",
    "RedirectMessageTo",
    "Disconnect",
    "StopRuleProcessing",
];

const ROWS: &[Row<RuleSpec>] = {
    const fn pick(rows: &'static [Row<RuleSpec>; 2], at: usize) -> Row<RuleSpec> {
        Row {
            name: rows[at].name,
            kind: rows[at].kind,
            about: rows[at].about,
            get: rows[at].get,
            set: rows[at].set,
        }
    }
    &[
        row!(RuleSpec, "Name", Kind::Text(64), name, "name of the rule"),
        row!(RuleSpec, "Enabled", Kind::Switch, enabled, "whether it runs"),
        row!(RuleSpec, "Comments", Kind::MaybeText(1024), comments, "a remark"),
        row!(
            RuleSpec,
            "Mode",
            Kind::Word(&["Enforce", "Audit", "AuditAndNotify"]),
            mode,
            "whether it acts, or its matches are only logged"
        ),
        row!(
            RuleSpec,
            "RuleErrorAction",
            Kind::Word(&["Ignore", "Defer"]),
            rule_error_action,
            "what happens where it cannot be run"
        ),
        row!(
            RuleSpec,
            "SenderAddressLocation",
            Kind::Word(&["Header", "Envelope", "HeaderOrEnvelope"]),
            sender_address_location,
            "where the sender's address is looked for"
        ),
        row!(
            RuleSpec,
            "ActivationDate",
            Kind::MaybeOf(Form::Date),
            activation_date,
            "first moment at which it runs"
        ),
        row!(
            RuleSpec,
            "ExpiryDate",
            Kind::MaybeOf(Form::Date),
            expiry_date,
            "first moment at which it no longer runs"
        ),
        pick(&SCL_OVER, 0),
        pick(&HEADER, 0),
        pick(&HEADER, 1),
        pick(&SUBJECT, 0),
        pick(&FROM, 0),
        pick(&NAME, 0),
        pick(&SIZE, 0),
        pick(&SCOPE, 0),
        pick(&FROM_PATTERN, 0),
        pick(&SUBJECT_PATTERN, 0),
        pick(&BODY, 0),
        pick(&BODY_PATTERN, 0),
        pick(&RECIPIENT, 0),
        pick(&RECIPIENT_PATTERN, 0),
        pick(&MESSAGE_SIZE, 0),
        pick(&MATCHES, 0),
        pick(&MATCHES, 1),
        pick(&SCL_OVER, 1),
        pick(&NOT_HEADER, 0),
        pick(&NOT_HEADER, 1),
        pick(&SUBJECT, 1),
        pick(&FROM, 1),
        pick(&NAME, 1),
        pick(&SIZE, 1),
        pick(&SCOPE, 1),
        pick(&FROM_PATTERN, 1),
        pick(&SUBJECT_PATTERN, 1),
        pick(&BODY, 1),
        pick(&BODY_PATTERN, 1),
        pick(&RECIPIENT, 1),
        pick(&RECIPIENT_PATTERN, 1),
        pick(&MESSAGE_SIZE, 1),
        pick(&NOT_MATCHES, 0),
        pick(&NOT_MATCHES, 1),
        row!(
            RuleSpec,
            "SetSCL",
            SCL,
            actions.set_scl,
            "stamps this SCL; at -1 a content filter that runs later skips the message"
        ),
        row!(
            RuleSpec,
            "PrependSubject",
            Kind::MaybeText(usize::MAX),
            actions.prepend_subject,
            "text before the subject"
        ),
        pick(&SET_HEADER, 0),
        pick(&SET_HEADER, 1),
        row!(
            RuleSpec,
            "RemoveHeader",
            Kind::MaybeOf(Form::Header),
            actions.remove_header,
            "name of a header field that is removed"
        ),
        pick(&REJECT, 0),
        pick(&REJECT, 1),
        row!(
            RuleSpec,
            "DeleteMessage",
            Kind::Switch,
            actions.delete,
            "drops the message silently"
        ),
        row!(
            RuleSpec,
            "Quarantine",
            Kind::Switch,
            actions.quarantine,
            "sends the message to the quarantine mailbox and ends the rules"
        ),
        row!(
            RuleSpec,
            "LogEventText",
            Kind::MaybeText(usize::MAX),
            actions.log_event_text,
            "text for the application log"
        ),
        row!(
            RuleSpec,
            "AddToRecipients",
            RECIPIENTS,
            actions.add_to_recipients,
            "recipients that get the message too"
        ),
        row!(RuleSpec, "CopyTo", RECIPIENTS, actions.copy_to, "recipients of copies"),
        row!(
            RuleSpec,
            "BlindCopyTo",
            RECIPIENTS,
            actions.blind_copy_to,
            "recipients of blind copies"
        ),
        row!(
            RuleSpec,
            "RedirectMessageTo",
            RECIPIENTS,
            actions.redirect_message_to,
            "recipients in place of the message's own"
        ),
        row!(
            RuleSpec,
            "Disconnect",
            Kind::Switch,
            actions.disconnect,
            "drops the session without a reply"
        ),
        row!(
            RuleSpec,
            "StopRuleProcessing",
            Kind::Switch,
            actions.stop_rule_processing,
            "runs no further rule"
        ),
    ]
};

pub(super) static RULES: Collection<RuleSpec> = Collection {
    noun: "TransportRule",
    about: "rules of the Edge Rule agent",
    create: "New",
    verbs: &[
        Verb::Create,
        Verb::Set,
        Verb::Get,
        Verb::Remove,
        Verb::Enable,
        Verb::Disable,
    ],
    rows: ROWS,
    needed: &["Name"],
    position: &["Name"],
    key: "Name",
    priority: Some(0),
    exclusive: &[],
    filters: &[Filter {
        name: "State",
        kind: Kind::Word(&["Enabled", "Disabled"]),
        about: "rules that are switched so",
        takes: |rule, state| {
            let own = if rule.enabled { "Enabled" } else { "Disabled" };
            own.eq_ignore_ascii_case(state)
        },
    }],
    numbered: None,
    view: View::Table(&[("Name", 0), ("State", 0), ("Priority", 0)]),
    list: |policy| &policy.rules,
    list_mut: |policy| &mut policy.rules,
    blank: || RuleSpec {
        name: String::new(),
        enabled: true,
        priority: None,
        comments: None,
        mode: RuleMode::Enforce,
        rule_error_action: RuleErrorAction::Ignore,
        sender_address_location: SenderAddressLocation::Header,
        activation_date: None,
        expiry_date: None,
        attachment_size_comparison: AttachmentSizeComparison::Ge,
        conditions: PredicatesSpec::default(),
        exceptions: PredicatesSpec::default(),
        actions: RuleActionsSpec::default(),
    },
    identity: |rule| rule.name.clone(),
    extra: |_, _, rule| {
        let state = if rule.enabled { "Enabled" } else { "Disabled" };
        vec![("State", Value::Text(state.to_owned()))]
    },
    check: |rule| {
        let half = |predicates: &PredicatesSpec| {
            let words = predicates.header_contains.as_ref();
            let patterns = predicates.header_matches.as_ref();
            words.is_some_and(|pair| pair.header.is_empty() || pair.words.is_empty())
                || patterns.is_some_and(|pair| {
                    pair.header.is_empty() || pair.patterns.is_empty()
                })
        };
        if half(&rule.conditions) || half(&rule.exceptions) {
            let cure = "give both the header and the words or patterns";
            return Err(("a header condition is half given", cure));
        }
        let set = rule.actions.set_header.as_ref();
        if set.is_some_and(|pair| pair.header.is_empty()) {
            return Err(("a header field without a name", "give -SetHeaderName too"));
        }
        Ok(())
    },
    enabled: Some(|rule, on| rule.enabled = on),
};
