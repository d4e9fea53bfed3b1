//! Edge Rule Agent. Source: specification 5.7.

use agents::{
    HeaderValue, HeaderWords, PredicatesSpec, RejectSpec, RuleActionsSpec, RuleSpec,
};

use super::{Collection, Verb};
use crate::row::{Kind, Row, Setting as _, row};
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
    ($name:literal, $words:literal, $side:ident) => {
        [
            Row::<RuleSpec> {
                name: $name,
                kind: Kind::MaybeText(usize::MAX),
                about: "name of a header field in which words are looked for",
                get: |rule| {
                    let pair = rule.$side.header_contains.as_ref();
                    pair.map_or(Value::Null, |pair| pair.header.value())
                },
                set: |rule, value| {
                    let pair = &mut rule.$side.header_contains;
                    if value == Value::Null {
                        *pair = None;
                        return Ok(());
                    }
                    pair.get_or_insert_with(no_words).header.put(value)
                },
            },
            Row::<RuleSpec> {
                name: $words,
                kind: Kind::List(usize::MAX),
                about: "words that are looked for in the header field",
                get: |rule| {
                    let pair = rule.$side.header_contains.as_ref();
                    pair.map_or(Value::List(Vec::new()), |pair| pair.words.value())
                },
                set: |rule, value| {
                    let pair = &mut rule.$side.header_contains;
                    if value == Value::List(Vec::new()) {
                        *pair = None;
                        return Ok(());
                    }
                    pair.get_or_insert_with(no_words).words.put(value)
                },
            },
        ]
    };
}

fn no_words() -> HeaderWords {
    HeaderWords { header: String::new(), words: Vec::new() }
}

fn no_reject() -> RejectSpec {
    RejectSpec {
        status_code: 550,
        text: "Delivery not authorized, message refused".to_owned(),
    }
}

const WORDS: Kind = Kind::List(usize::MAX);
const SCL: Kind = Kind::MaybeNumber(-1, 9);

const SCL_OVER: [Row<RuleSpec>; 2] = predicate!(
    "SclOver",
    "ExceptIfSclOver",
    SCL,
    scl_over,
    "the SCL is this or more; never holds without an SCL"
);
const HEADER: [Row<RuleSpec>; 2] =
    header!("HeaderContainsMessageHeader", "HeaderContainsWords", conditions);
const NOT_HEADER: [Row<RuleSpec>; 2] = header!(
    "ExceptIfHeaderContainsMessageHeader",
    "ExceptIfHeaderContainsWords",
    exceptions
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

const SET_HEADER: [Row<RuleSpec>; 2] = [
    Row {
        name: "SetHeaderName",
        kind: Kind::MaybeText(usize::MAX),
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
        kind: Kind::MaybeText(usize::MAX),
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
        kind: Kind::MaybeNumber(400, 500),
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
        pick(&SCL_OVER, 0),
        pick(&HEADER, 0),
        pick(&HEADER, 1),
        pick(&SUBJECT, 0),
        pick(&FROM, 0),
        pick(&NAME, 0),
        pick(&SIZE, 0),
        pick(&SCL_OVER, 1),
        pick(&NOT_HEADER, 0),
        pick(&NOT_HEADER, 1),
        pick(&SUBJECT, 1),
        pick(&FROM, 1),
        pick(&NAME, 1),
        pick(&SIZE, 1),
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
            Kind::MaybeText(usize::MAX),
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
    view: View::Table(&[("Name", 0), ("State", 0), ("Priority", 0)]),
    list: |policy| &policy.rules,
    list_mut: |policy| &mut policy.rules,
    blank: || RuleSpec {
        name: String::new(),
        enabled: true,
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
            let pair = predicates.header_contains.as_ref();
            pair.is_some_and(|pair| pair.header.is_empty() || pair.words.is_empty())
        };
        if half(&rule.conditions) || half(&rule.exceptions) {
            let cure = "give both -HeaderContainsMessageHeader and -HeaderContainsWords";
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
