//! Attachment Filtering Agent. Source: specification 5.5.

use agents::PolicySpec;

use super::{Collection, Config, Place, Verb};
use crate::row::{Form, Kind, Row, row};
use crate::{Value, View};

pub(super) const CONFIG: Config = Config {
    noun: "AttachmentFilterListConfig",
    place: Place::Edge,
    about: "what is done to unwanted attachments",
    rows: &[
        row!(
            PolicySpec,
            "RejectResponse",
            Kind::Of(Form::Ascii(240)),
            attachment_filter.reject_response,
            "text of the reply to a rejected message"
        ),
        row!(
            PolicySpec,
            "AdminMessage",
            Kind::Text(usize::MAX),
            attachment_filter.admin_message,
            "text that takes the place of a stripped attachment"
        ),
        row!(
            PolicySpec,
            "Action",
            Kind::Word(&["Strip", "Reject", "SilentDelete"]),
            attachment_filter.action,
            "what is done"
        ),
        row!(
            PolicySpec,
            "ExceptionConnectors",
            Kind::ListOf(Form::Guid, usize::MAX),
            attachment_filter.exception_connectors,
            "GUIDs of connectors whose mail is let alone; see Set-ReceiveConnector -Identity"
        ),
    ],
};

/// The two halves of an identity such as `FileName:*.exe`.
fn halves(identity: &str) -> (&str, &str) {
    identity.split_once(':').unwrap_or(("FileName", identity))
}

/// `type/subtype`, or a type without a slash as one of the product's own entries is.
fn is_content_type(name: &str) -> bool {
    let token = |part: &str| {
        !part.is_empty()
            && part.chars().all(|c| c.is_ascii_alphanumeric() || "!#$&-^_.+*".contains(c))
    };
    match name.split_once('/') {
        Some((kind, subtype)) => token(kind) && token(subtype),
        None => name.to_ascii_lowercase().starts_with("x-") && token(name),
    }
}

const TYPE: Row<String> = Row {
    name: "Type",
    kind: Kind::Word(&["FileName", "ContentType"]),
    about: "what is compared",
    get: |entry| {
        let content_type = halves(entry).0.eq_ignore_ascii_case("ContentType");
        Value::Text(if content_type { "ContentType" } else { "FileName" }.to_owned())
    },
    set: |entry, value| {
        *entry = format!("{}:{}", value.text(), halves(entry).1);
        Ok(())
    },
};

const NAME: Row<String> = Row {
    name: "Name",
    kind: Kind::Text(usize::MAX),
    about: "a file name, `*.exe`, or a content type",
    get: |entry| Value::Text(halves(entry).1.to_owned()),
    set: |entry, value| {
        *entry = format!("{}:{}", halves(entry).0, value.text());
        Ok(())
    },
};

pub(super) static ENTRIES: Collection<String> = Collection {
    noun: "AttachmentFilterEntry",
    about: "attachments that are not wanted",
    create: "Add",
    verbs: &[Verb::Create, Verb::Get, Verb::Remove],
    rows: &[TYPE, NAME],
    needed: &["Name", "Type"],
    position: &["Name"],
    key: "Identity",
    priority: None,
    exclusive: &[],
    filters: &[],
    numbered: None,
    view: View::Auto,
    list: |policy| &policy.attachment_filter.entries,
    list_mut: |policy| &mut policy.attachment_filter.entries,
    blank: || "FileName:".to_owned(),
    identity: Clone::clone,
    extra: |_, _, entry| vec![("Identity", Value::Text(entry.clone()))],
    check: |entry| {
        let (kind, name) = halves(entry);
        if kind.eq_ignore_ascii_case("ContentType") {
            let cure = "write it as type/subtype";
            return if is_content_type(name) {
                Ok(())
            } else {
                Err(("the name is no content type", cure))
            };
        }
        if name.is_empty() || name.contains(['/', '\\', ':', '<', '>', '|', '"']) {
            return Err(("the name is no file name", "write `bad.exe` or `*.exe`"));
        }
        if name.strip_prefix('*').unwrap_or(name).contains(['*', '?']) {
            let cure = "only a leading `*` is known: `*.exe`";
            return Err(("a wildcard inside a file name", cure));
        }
        Ok(())
    },
    enabled: None,
};
