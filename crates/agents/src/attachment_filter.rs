//! Attachment Filtering Agent.
//!
//! # What it does
//!
//! Looks for attachments of unwanted names or types and strips them, or refuses or drops the
//! whole message.
//!
//! # Events
//!
//! `OnEndOfData`.
//!
//! # Reads and writes
//!
//! Reads attachment names and content types. Strip changes the attachments; a later agent
//! of the same event sees the message without them.
//!
//! # Modelled
//!
//! Entries by name (`bad.exe`, `*.exe`) and by content type, the default entries, one action
//! for all, every matching attachment stripped. Names and types are compared in any letter
//! case. The reason names the first matching entry of the first matching attachment. The
//! agent looks at every message, also from allowed addresses and authenticated sessions: its
//! documents know no bypass but by connector.
//!
//! # Not modelled
//!
//! Exception connectors. Attachments inside archives or attached messages.
//!
//! # Source
//!
//! Specification section 5.5; Strip as the default by decision on U23.

use mail::{Attachment, Case, Change, Part, Parts, SmtpEvent, World};
use pipeline::{Agent, Observed, Seen, Step, Transit};
use serde::{Deserialize, Serialize};

use crate::SpecError;
use crate::settle::Verdict;

/// Most characters of the response.
const LONGEST_RESPONSE: usize = 240;
/// Most entries; the product states no limit, and details are numbers of 16 bits.
const MOST_ENTRIES: usize = 10_000;
const UNACCEPTABLE: u8 = 0;

const DEFAULT_TYPES: [&str; 10] = [
    "application/hta",
    "application/javascript",
    "application/msaccess",
    "application/prg",
    "application/x-javascript",
    "application/x-msdownload",
    "message/partial",
    "text/javascript",
    "text/scriptlet",
    "x-internet-signup",
];

const DEFAULT_EXTENSIONS: &str = "ade adp app asx bas bat chm cmd com cpl crt csh exe fxp \
    hlp hta inf ins isp js jse ksh lnk mda mdb mde mdt mdw mdz msc msi msp mst ops pcd pif \
    prf prg ps1 ps1xml ps11 ps11xml ps2 ps2xml psc1 psc2 reg scf scr sct shb shs url vb vbe \
    vbs wsc wsf wsh xnk";

/// What is done to a message with an unwanted attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AttachmentAction {
    /// Replace the attachment by a text.
    #[default]
    #[serde(alias = "Strip")]
    Strip,
    /// Refuse the message.
    #[serde(alias = "Reject")]
    Reject,
    /// Accept and drop the message.
    #[serde(alias = "SilentDelete")]
    SilentDelete,
}

/// Settings of the agent: `Set-AttachmentFilterListConfig`, `Add-AttachmentFilterEntry`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct AttachmentFilterSpec {
    /// `strip` (default), `reject` or `silent-delete`.
    pub action: AttachmentAction,
    /// Text that takes the place of a stripped attachment.
    pub admin_message: String,
    /// Response to the sender, at most 240 characters.
    pub reject_response: String,
    /// Identities of the entries: `FileName:*.exe`, `FileName:bad.exe` or
    /// `ContentType:image/jpeg`. By default the product's 10 types and 60 name patterns.
    pub entries: Vec<String>,
}

impl Default for AttachmentFilterSpec {
    fn default() -> Self {
        let types = DEFAULT_TYPES.iter().map(|name| format!("ContentType:{name}"));
        let extensions = DEFAULT_EXTENSIONS.split_ascii_whitespace();
        Self {
            action: AttachmentAction::Strip,
            admin_message: "This attachment was removed.".to_owned(),
            reject_response: "Message rejected due to unacceptable attachments"
                .to_owned(),
            entries: types.chain(extensions.map(|e| format!("FileName:*.{e}"))).collect(),
        }
    }
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Entry {
    /// The whole name.
    Name(String),
    /// The end of the name, with its dot.
    Suffix(String),
    /// The content type.
    Type(String),
}

impl Entry {
    fn resolve(identity: &str) -> Result<Self, SpecError> {
        let wrong = || {
            let problem = format!("`{identity}` is no entry");
            let cure =
                "write `FileName:*.exe`, `FileName:bad.exe` or `ContentType:image/jpeg`";
            SpecError::new("attachment-filter.entries", problem, cure)
        };
        let (kind, value) = identity.split_once(':').ok_or_else(wrong)?;
        let value = value.trim();
        let suffix = value.strip_prefix('*').filter(|suffix| suffix.starts_with('.'));
        if value.is_empty()
            || suffix.unwrap_or(value).contains('*')
            || suffix == Some(".")
        {
            return Err(wrong());
        }
        if kind.eq_ignore_ascii_case("FileName") {
            Ok(match suffix {
                Some(suffix) => Self::Suffix(suffix.to_lowercase()),
                None => Self::Name(value.to_lowercase()),
            })
        } else if kind.eq_ignore_ascii_case("ContentType") && suffix.is_none() {
            Ok(Self::Type(value.to_lowercase()))
        } else {
            Err(wrong())
        }
    }

    /// `name` is in lower case.
    fn matches(&self, name: &str, content_type: &str) -> bool {
        match self {
            Self::Name(whole) => name == whole,
            Self::Suffix(suffix) => name.ends_with(suffix.as_str()),
            Self::Type(whole) => content_type.eq_ignore_ascii_case(whole),
        }
    }
}

/// The agent with its settings.
#[derive(Debug, Clone)]
pub struct AttachmentFilter {
    spec: AttachmentFilterSpec,
    entries: Vec<Entry>,
}

impl AttachmentFilter {
    /// The agent with checked settings.
    ///
    /// # Errors
    ///
    /// [`SpecError`] where an entry has another form or the response is too long.
    pub fn resolve(spec: &AttachmentFilterSpec) -> Result<Self, SpecError> {
        let key = "attachment-filter.reject-response";
        SpecError::check_length(key, &spec.reject_response, LONGEST_RESPONSE)?;
        let key = "attachment-filter.entries";
        SpecError::check_count(key, spec.entries.len(), MOST_ENTRIES)?;
        let entries = spec.entries.iter().map(|entry| Entry::resolve(entry));
        Ok(Self { spec: spec.clone(), entries: entries.collect::<Result<_, _>>()? })
    }

    /// The first entry that an attachment matches.
    fn entry(&self, attachment: &Attachment) -> Option<usize> {
        let name = attachment.name.to_lowercase();
        self.entries
            .iter()
            .position(|entry| entry.matches(&name, &attachment.content_type))
    }
}

impl Agent for AttachmentFilter {
    /// Number, from 0, of the first matching entry.
    type Evidence = Option<u16>;

    fn name(&self) -> &'static str {
        "Attachment Filtering Agent"
    }

    fn events(&self) -> &'static [SmtpEvent] {
        &[SmtpEvent::OnEndOfData]
    }

    fn reasons(&self) -> &'static [&'static str] {
        &["UnacceptableAttachment"]
    }

    fn reads(&self) -> Parts {
        Part::Attachments.into()
    }

    fn edits(&self) -> Vec<Parts> {
        match self.spec.action {
            AttachmentAction::Strip => vec![Part::Attachments.into()],
            AttachmentAction::Reject | AttachmentAction::SilentDelete => Vec::new(),
        }
    }

    fn change(&self, _edit: usize, case: &Case, _world: &World) -> Option<Change> {
        let all = case.message.attachments.iter().enumerate();
        let matching = all.filter(|(_, attachment)| self.entry(attachment).is_some());
        let attachments: Vec<_> = matching.map(|(index, _)| index).collect();
        let text = || self.spec.admin_message.clone();
        (!attachments.is_empty()).then(|| Change::Strip { attachments, text: text() })
    }

    fn tell(&self, evidence: &Option<u16>) -> String {
        evidence.map_or("None".to_owned(), |entry| {
            format!("Attachment {{ matches: {:?} }}", self.detail(entry))
        })
    }

    fn observe(&self, case: &Case, _world: &World) -> Observed<Option<u16>> {
        let mut attachments = case.message.attachments.iter();
        let entry = attachments.find_map(|attachment| self.entry(attachment));
        let number = entry.map(|at| u16::try_from(at).expect("at most 10,000 entries"));
        Observed::from(number)
    }

    fn idle(&self, evidence: &Option<u16>) -> bool {
        evidence.is_none()
    }

    fn decide(
        &self,
        _event: SmtpEvent,
        seen: Seen<'_, Option<u16>>,
        mail: &mut Transit,
    ) -> Step {
        let Some(entry) = *seen.at(mail.edits()) else {
            return Step::Continue;
        };
        match self.spec.action {
            AttachmentAction::Strip => {
                mail.edit(0);
                Step::Continue
            }
            AttachmentAction::Reject => Verdict::Reject.on_all(UNACCEPTABLE, entry),
            AttachmentAction::SilentDelete => Verdict::Drop.on_all(UNACCEPTABLE, entry),
        }
    }

    fn detail(&self, detail: u16) -> String {
        self.spec.entries.get(usize::from(detail)).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use mail::Message;
    use pipeline::Engine;

    use super::*;
    use crate::trial::{Always, Walked, case, walk, walk_engine};

    fn with(attachments: &[(&str, &str)]) -> Case {
        let attachment = |(name, content_type): &(&str, &str)| Attachment {
            name: (*name).into(),
            content_type: (*content_type).into(),
            ..Attachment::default()
        };
        let mut case = case("a@b.example", &["ann@here.example"]);
        case.message.attachments = attachments.iter().map(attachment).collect();
        case
    }

    fn agent(action: AttachmentAction) -> AttachmentFilter {
        let spec = AttachmentFilterSpec { action, ..AttachmentFilterSpec::default() };
        AttachmentFilter::resolve(&spec).unwrap()
    }

    fn run(action: AttachmentAction, attachments: &[(&str, &str)]) -> Walked {
        walk(agent(action), with(attachments), &World::default())
    }

    #[test]
    fn the_default_entries_are_ten_types_and_sixty_patterns() {
        let entries = AttachmentFilterSpec::default().entries;
        let types = entries.iter().filter(|entry| entry.starts_with("ContentType:"));
        assert_eq!((types.count(), entries.len()), (10, 70));
    }

    #[test]
    fn names_and_types_match_in_any_case_and_only_whole() {
        for (name, content_type, entry) in [
            ("Setup.EXE", "application/zip", "FileName:*.exe"),
            (".exe", "", "FileName:*.exe"),
            ("a.exe.txt", "text/plain", ""),
            ("exe", "text/plain", ""),
            ("", "Message/Partial", "ContentType:message/partial"),
            ("a.pdf", "message/partially", ""),
        ] {
            let told = run(AttachmentAction::Reject, &[(name, content_type)]).told();
            let expected = match entry {
                "" => String::new(),
                entry => format!("reject UnacceptableAttachment {entry}"),
            };
            assert_eq!(told, [expected], "{name} {content_type}");
        }
    }

    #[test]
    fn the_first_matching_attachment_gives_the_reason() {
        let attachments = [("a.txt", ""), ("b.vbs", ""), ("c.bat", "")];
        let told = run(AttachmentAction::SilentDelete, &attachments).told();
        assert_eq!(told, ["delete UnacceptableAttachment FileName:*.vbs"]);
    }

    #[test]
    fn a_message_without_matches_is_idle() {
        assert!(run(AttachmentAction::Strip, &[("a.txt", "text/plain")]).idle());
        assert!(run(AttachmentAction::Reject, &[]).idle());
        assert!(!run(AttachmentAction::Strip, &[("a.exe", "")]).idle());
    }

    #[test]
    fn strip_names_every_match_and_a_later_agent_sees_none() {
        let attachments = [("a.exe", ""), ("b.txt", ""), ("c.com", "")];
        let strip = agent(AttachmentAction::Strip);
        let change = strip.change(0, &with(&attachments), &World::default());
        let text = "This attachment was removed.".to_owned();
        assert_eq!(change, Some(Change::Strip { attachments: vec![0, 2], text }));
        for (first, told) in
            [(true, ""), (false, "reject UnacceptableAttachment FileName:*.exe")]
        {
            let mut engine = Engine::new();
            if first {
                engine.register(agent(AttachmentAction::Strip));
                engine.register(agent(AttachmentAction::Reject));
            } else {
                engine.register(agent(AttachmentAction::Reject));
                engine.register(agent(AttachmentAction::Strip));
            }
            let stripped = Always(Some(Message::default()));
            let case = with(&attachments);
            let walked = walk_engine(engine, case, &World::default(), &stripped);
            assert_eq!(walked.told(), [told]);
            assert_eq!(walked.mail.edits().is_empty(), !first);
        }
    }

    #[test]
    fn entries_and_the_response_are_checked() {
        let resolve = |entry: &str| {
            let entries = vec![entry.to_owned()];
            let spec =
                AttachmentFilterSpec { entries, ..AttachmentFilterSpec::default() };
            AttachmentFilter::resolve(&spec)
        };
        for entry in
            ["filename:bad.exe", "FileName:*.exe", "ContentType:x-internet-signup"]
        {
            assert!(resolve(entry).is_ok(), "{entry}");
        }
        for entry in [
            "*.exe",
            "FileName:",
            "FileName:*",
            "FileName:*.",
            "FileName:a*.exe",
            "Name:x",
            "ContentType:image/*",
            "ContentType:*.exe",
        ] {
            assert!(resolve(entry).is_err(), "{entry}");
        }
        let response = |length| AttachmentFilterSpec {
            reject_response: "x".repeat(length),
            ..AttachmentFilterSpec::default()
        };
        assert!(AttachmentFilter::resolve(&response(240)).is_ok());
        assert!(AttachmentFilter::resolve(&response(241)).is_err());
    }
}
