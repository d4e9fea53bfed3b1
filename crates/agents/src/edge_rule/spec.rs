//! Edge rules, as written.

use mail::Scl;
use serde::{Deserialize, Serialize};

const fn yes() -> bool {
    true
}

/// A header field and words in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct HeaderWords {
    /// Field name.
    pub header: String,
    /// Any of these words.
    pub words: Vec<String>,
}

/// A header field and patterns in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct HeaderPatterns {
    /// Field name.
    pub header: String,
    /// Any of these regular expressions.
    pub patterns: Vec<String>,
}

/// Whether a sender belongs to the organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FromScope {
    /// From an accepted domain, in an authenticated session.
    #[serde(alias = "InOrganization")]
    InOrganization,
    /// Anybody else.
    #[serde(alias = "NotInOrganization")]
    NotInOrganization,
}

/// Conditions or exceptions of a rule; absent ones say nothing. The values of one predicate
/// are alternatives. Words are whole words without regard to case; patterns are regular
/// expressions of linear time without regard to case.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PredicatesSpec {
    /// SCL ≥ this (-1 to 9); never holds for a message without an SCL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scl_over: Option<Scl>,
    /// `in-organization` or `not-in-organization`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_scope: Option<FromScope>,
    /// The sender's address contains one of the words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from_address_contains_words: Vec<String>,
    /// The sender's address matches one of the patterns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from_address_matches_patterns: Vec<String>,
    /// The subject contains one of the words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subject_contains_words: Vec<String>,
    /// The subject matches one of the patterns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subject_matches_patterns: Vec<String>,
    /// The subject or the text contains one of the words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subject_or_body_contains_words: Vec<String>,
    /// The subject or the text matches one of the patterns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subject_or_body_matches_patterns: Vec<String>,
    /// A header field contains one of the words: `HeaderContainsMessageHeader` with
    /// `HeaderContainsWords`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header_contains: Option<HeaderWords>,
    /// A header field matches one of the patterns: `HeaderMatchesMessageHeader` with
    /// `HeaderMatchesPatterns`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header_matches: Option<HeaderPatterns>,
    /// The address of one of the accepted recipients contains one of the words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub any_of_recipient_address_contains_words: Vec<String>,
    /// The address of one of the accepted recipients matches one of the patterns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub any_of_recipient_address_matches_patterns: Vec<String>,
    /// The name of an attachment contains one of the words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachment_name_contains_words: Vec<String>,
    /// An attachment of this many bytes or more; see `attachment-size-comparison`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachment_size_over: Option<u32>,
    /// A message of more than this many bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_size_over: Option<u64>,
}

/// Refusal by a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RejectSpec {
    /// Reply code, 400 to 599 (default 550).
    #[serde(default = "RejectSpec::default_code")]
    pub status_code: u16,
    /// Reply text.
    #[serde(default = "RejectSpec::default_text")]
    pub text: String,
}

impl RejectSpec {
    fn default_code() -> u16 {
        550
    }

    fn default_text() -> String {
        "Delivery not authorized, message refused".to_owned()
    }
}

/// A header field and its new value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct HeaderValue {
    /// Field name.
    pub header: String,
    /// New value.
    pub value: String,
}

/// Actions of a rule, carried out in the order of the fields.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RuleActionsSpec {
    /// Stamp this SCL; -1 makes a content filter that runs later skip the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set_scl: Option<Scl>,
    /// Put text before the subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prepend_subject: Option<String>,
    /// Set a header field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set_header: Option<HeaderValue>,
    /// Remove a header field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remove_header: Option<String>,
    /// Write this to the application log (source `MSExchange Messaging Policies`, 4000).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_event_text: Option<String>,
    /// Add recipients: they get the message too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub add_to_recipients: Vec<String>,
    /// Add recipients as copies.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub copy_to: Vec<String>,
    /// Add recipients as blind copies.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub blind_copy_to: Vec<String>,
    /// Send the message to these in place of its recipients.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub redirect_message_to: Vec<String>,
    /// Refuse the message: `SmtpRejectMessageRejectText`,
    /// `SmtpRejectMessageRejectStatusCode`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reject: Option<RejectSpec>,
    /// Drop the message silently.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub delete: bool,
    /// Send the message to the quarantine mailbox; ends rule processing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub quarantine: bool,
    /// Drop the session without a reply.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub disconnect: bool,
    /// Run no further rule.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub stop_rule_processing: bool,
}

/// Whether a rule acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleMode {
    /// It acts.
    #[default]
    #[serde(alias = "Enforce")]
    Enforce,
    /// Its matches are only logged.
    #[serde(alias = "Audit")]
    Audit,
    /// Its matches are logged and told to the sender.
    #[serde(alias = "AuditAndNotify")]
    AuditAndNotify,
}

/// What happens to a message that a rule cannot be run on. No rule fails here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleErrorAction {
    /// It goes on.
    #[default]
    #[serde(alias = "Ignore")]
    Ignore,
    /// It is tried again later.
    #[serde(alias = "Defer")]
    Defer,
}

/// Where the sender's address is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SenderAddressLocation {
    /// In From.
    #[default]
    #[serde(alias = "Header")]
    Header,
    /// In MAIL FROM.
    #[serde(alias = "Envelope")]
    Envelope,
    /// In both.
    #[serde(alias = "HeaderOrEnvelope")]
    HeaderOrEnvelope,
}

/// How `attachment-size-over` compares (contradiction of the sources).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AttachmentSizeComparison {
    /// At least as large.
    #[default]
    Ge,
    /// Larger.
    Gt,
}

/// One rule: `New-TransportRule`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RuleSpec {
    /// Name, at most 64 characters.
    pub name: String,
    /// Whether it runs (default true).
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Place among the rules from 0. Absent is last; one that is taken moves that rule and
    /// those behind it down, as `New-TransportRule` does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<usize>,
    /// A remark of at most 1,024 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comments: Option<String>,
    /// `enforce` (default), `audit` or `audit-and-notify`.
    #[serde(default)]
    pub mode: RuleMode,
    /// `ignore` (default) or `defer`.
    #[serde(default)]
    pub rule_error_action: RuleErrorAction,
    /// `header` (default), `envelope` or `header-or-envelope`.
    #[serde(default)]
    pub sender_address_location: SenderAddressLocation,
    /// First moment at which the rule runs (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activation_date: Option<String>,
    /// First moment at which the rule no longer runs (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiry_date: Option<String>,
    /// `ge` (default) or `gt`: how `attachment-size-over` compares.
    #[serde(default)]
    pub attachment_size_comparison: AttachmentSizeComparison,
    /// All must hold; none at all applies to every message.
    #[serde(default)]
    pub conditions: PredicatesSpec,
    /// None may hold.
    #[serde(default)]
    pub exceptions: PredicatesSpec,
    /// What is done.
    pub actions: RuleActionsSpec,
}
