//! Attachment filtering. Source: specification section 5.5.

use agents::AttachmentAction;
use mail::Attachment;

use super::{Cause, Letter, Server, Turn, edit};

pub(super) const NAME: &str = "Attachment Filtering Agent";

impl Server<'_> {
    pub(super) fn attachments(&self, letter: &mut Letter) -> Turn {
        let spec = &self.policy.attachment_filter;
        let entry_of =
            |one: &Attachment| spec.entries.iter().find(|entry| matches(entry, one));
        let all = &letter.message.attachments;
        let Some(entry) = all.iter().find_map(entry_of) else {
            return Turn::Continue;
        };
        let cause = Cause::new(NAME, "UnacceptableAttachment", entry);
        match spec.action {
            AttachmentAction::Reject => Turn::Refuse(cause),
            AttachmentAction::SilentDelete => Turn::Drop(cause),
            AttachmentAction::Strip => {
                let bad: Vec<_> =
                    all.iter().filter(|one| entry_of(one).is_some()).collect();
                let raw = edit::strip(&letter.raw, &bad, &spec.admin_message);
                letter.rewrite(raw);
                Turn::Continue
            }
        }
    }
}

/// `FileName:*.exe`, `FileName:bad.exe`, `ContentType:type/subtype`.
fn matches(entry: &str, attachment: &Attachment) -> bool {
    let (kind, value) = entry.split_once(':').expect("an entry has a kind");
    let value = value.to_lowercase();
    let name = attachment.name.to_lowercase();
    match (kind, value.strip_prefix('*')) {
        ("FileName", Some(end)) => name.ends_with(end),
        ("FileName", None) => name == value,
        ("ContentType", _) => attachment.content_type.to_lowercase() == value,
        other => panic!("{other:?} is no kind of entry"),
    }
}
