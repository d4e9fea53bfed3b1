//! Settings of the Content Filter Agent, as written.

use filter::Phrase;
use mail::Threshold;
use serde::{Deserialize, Serialize};

/// Settings of the agent: `Set-ContentFilterConfig`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ContentFilterSpec {
    /// The feature is on (default true).
    pub enabled: bool,
    /// Anonymous sessions are filtered (default true).
    pub external_mail_enabled: bool,
    /// Authenticated sessions are filtered (default false).
    pub internal_mail_enabled: bool,
    /// Delete tier on (default false).
    pub scl_delete_enabled: bool,
    /// Delete at SCL ≥ this, 0 to 9 (default 9).
    pub scl_delete_threshold: Threshold,
    /// Reject tier on (default true).
    pub scl_reject_enabled: bool,
    /// Reject at SCL ≥ this, 0 to 9 (default 7).
    pub scl_reject_threshold: Threshold,
    /// Quarantine tier on (default false).
    pub scl_quarantine_enabled: bool,
    /// Quarantine at SCL ≥ this, 0 to 9 (default 9).
    pub scl_quarantine_threshold: Threshold,
    /// Where quarantined mail goes. An Edge rule that quarantines needs it; for the content
    /// filter see `missing-quarantine-mailbox`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quarantine_mailbox: Option<String>,
    /// Reply text of a reject, at most 240 characters; absent is the edition's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejection_response: Option<String>,
    /// Validates postmarks of Outlook (default false): a valid one lowers the level.
    pub outlook_email_postmark_validation_enabled: bool,
    /// Recipients whose mail is not filtered (at most `bypass-list-limit`).
    pub bypassed_recipients: Vec<String>,
    /// Sender domains whose mail is not filtered; `*.` allowed (at most
    /// `bypass-list-limit`).
    pub bypassed_sender_domains: Vec<String>,
    /// Senders whose mail is not filtered (at most `bypass-list-limit`).
    pub bypassed_senders: Vec<String>,
    /// Custom phrases (at most 800): `Add-ContentFilterPhrase`.
    pub phrases: Vec<Phrase>,
    /// Steps added to the level where Sender ID says Fail, -9 to 9 (default 1).
    pub sender_id_fail_steps: i8,
    /// Steps added to the level where Sender ID says `SoftFail`, -9 to 9 (default 0).
    pub sender_id_soft_fail_steps: i8,
    /// Steps added to the level for a stamped blocked sender, -9 to 9 (default 2).
    pub blocked_sender_steps: i8,
    /// Steps added to the level for a valid postmark, -9 to 9 (default -1; U15).
    pub postmark_steps: i8,
    /// What becomes of a level from 0 to 9 that somebody else has stamped: `overwrite`
    /// (default) or `keep` (U10). A level of -1 always stays.
    pub stamped_scl: StampedScl,
    /// Most entries of each bypass list: 100 (default), or 800 as one reference page says.
    pub bypass_list_limit: u16,
    /// Code of the reply to a rejected message: 550 (default), as logs show, or 500 as one
    /// page says.
    pub rejection_code: u16,
    /// What becomes of mail to be quarantined while there is no mailbox for it (U7):
    /// `assume` (default) that there will be one, or `reject` it.
    pub missing_quarantine_mailbox: MissingQuarantineMailbox,
    /// Domains on mailboxes' safe lists count as well as addresses (default false).
    pub safe_domains_included: bool,
}

/// What becomes of a level that a rule has stamped before (contradiction of the sources).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StampedScl {
    /// The filter rates the message itself.
    #[default]
    Overwrite,
    /// The filter does not rate the message and acts on the level that is there.
    Keep,
}

/// What becomes of mail to be quarantined without a mailbox for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MissingQuarantineMailbox {
    /// Taken to exist: the cmdlet that switches the tier on asks for it.
    #[default]
    Assume,
    /// The mail is refused.
    Reject,
}

impl Default for ContentFilterSpec {
    fn default() -> Self {
        let threshold = |value| Threshold::new(value).expect("in range");
        Self {
            enabled: true,
            external_mail_enabled: true,
            internal_mail_enabled: false,
            scl_delete_enabled: false,
            scl_delete_threshold: threshold(9),
            scl_reject_enabled: true,
            scl_reject_threshold: threshold(7),
            scl_quarantine_enabled: false,
            scl_quarantine_threshold: threshold(9),
            quarantine_mailbox: None,
            rejection_response: None,
            outlook_email_postmark_validation_enabled: false,
            bypassed_recipients: Vec::new(),
            bypassed_sender_domains: Vec::new(),
            bypassed_senders: Vec::new(),
            phrases: Vec::new(),
            sender_id_fail_steps: 1,
            sender_id_soft_fail_steps: 0,
            blocked_sender_steps: 2,
            postmark_steps: -1,
            stamped_scl: StampedScl::Overwrite,
            bypass_list_limit: 100,
            rejection_code: 550,
            missing_quarantine_mailbox: MissingQuarantineMailbox::Assume,
            safe_domains_included: false,
        }
    }
}
