//! The text of a message.

use mail_parser::PartType;

use super::html;

/// Adds one text part to the body; parts are joined by line feeds.
pub(super) fn add_text(body: &mut String, part: PartType<'_>) {
    let before = body.len();
    match part {
        PartType::Text(text) if body.is_empty() => *body = text.into_owned(),
        PartType::Text(text) => {
            separate(body);
            body.push_str(&text);
        }
        PartType::Html(html) => {
            separate(body);
            html::add_text(body, &html);
        }
        PartType::Binary(_)
        | PartType::InlineBinary(_)
        | PartType::Message(_)
        | PartType::Multipart(_) => {}
    }
    if body[before..].trim_start().is_empty() {
        body.truncate(before);
    }
}

fn separate(body: &mut String) {
    if !body.is_empty() && !body.ends_with('\n') {
        body.push('\n');
    }
}
