//! Settings of mailboxes, which a world folder holds. Source: specification 3.6, 3.7, 8.

use mail::MailboxSettings;

use super::Given;
use crate::language::Fault;
use crate::row::{Form, Kind, Row, row};
use crate::{Object, Value, View};

/// `Set-` and `Get-` of one side of mailboxes.
pub(crate) struct Mailboxes {
    /// What follows `Set-` and `Get-`.
    pub(crate) noun: &'static str,
    /// One line of help.
    pub(crate) about: &'static str,
    /// Its parameters, in the order in which `Get-` shows them.
    pub(crate) rows: &'static [Row<MailboxSettings>],
}

impl Mailboxes {
    /// What `Get-` gives for one mailbox.
    pub(crate) fn object(&self, address: &str, settings: &MailboxSettings) -> Object {
        let named = Object::new(self.noun, View::List)
            .with("Identity", Value::Text(address.to_owned()));
        self.rows
            .iter()
            .fold(named, |object, row| object.with(row.name, (row.get)(settings)))
    }
}

/// Why the lists that one command sets are refused: they are longer than the mailbox may have.
pub(crate) fn refused(settings: &MailboxSettings, given: &[Given]) -> Option<Fault> {
    given.iter().find_map(|given| {
        let (count, most, limit) = match given.name {
            "TrustedSendersAndDomains" => {
                (settings.safe_senders.len(), settings.most_safe(), "MaxSafeSenders")
            }
            "BlockedSendersAndDomains" => (
                settings.blocked_senders.len(),
                settings.most_blocked(),
                "MaxBlockedSenders",
            ),
            _ => return None,
        };
        let problem = format!("{count} entries are too many: {limit} is {most}");
        let cure = format!("raise it first: Set-Mailbox -{limit}");
        (count > most).then(|| Fault::new(given.span, problem, cure))
    })
}

/// Largest limit of a list.
const MOST: i64 = i32::MAX as i64;

/// The two parameters of a tier.
macro_rules! tier {
    ($switch:literal, $number:literal, $field:ident) => {
        [
            row!(
                MailboxSettings,
                $switch,
                Kind::MaybeSwitch,
                $field.enabled,
                "whether the tier is on; $null as for everybody"
            ),
            row!(
                MailboxSettings,
                $number,
                Kind::MaybeNumber(0, 9),
                $field.threshold,
                "the mailbox's own threshold; $null as for everybody"
            ),
        ]
    };
}

const DELETE: [Row<MailboxSettings>; 2] =
    tier!("SCLDeleteEnabled", "SCLDeleteThreshold", delete);
const REJECT: [Row<MailboxSettings>; 2] =
    tier!("SCLRejectEnabled", "SCLRejectThreshold", reject);
const QUARANTINE: [Row<MailboxSettings>; 2] =
    tier!("SCLQuarantineEnabled", "SCLQuarantineThreshold", quarantine);
const JUNK: [Row<MailboxSettings>; 2] = tier!("SCLJunkEnabled", "SCLJunkThreshold", junk);

const fn pick(
    rows: &'static [Row<MailboxSettings>; 2],
    at: usize,
) -> Row<MailboxSettings> {
    Row {
        name: rows[at].name,
        kind: rows[at].kind,
        about: rows[at].about,
        get: rows[at].get,
        set: rows[at].set,
    }
}

/// Both nouns.
pub(crate) static MAILBOXES: [Mailboxes; 2] = [
    Mailboxes {
        noun: "Mailbox",
        about: "a mailbox's own thresholds and its bypass",
        rows: &[
            row!(
                MailboxSettings,
                "AntispamBypassEnabled",
                Kind::Switch,
                antispam_bypass,
                "whether its mail is not filtered"
            ),
            pick(&DELETE, 0),
            pick(&DELETE, 1),
            pick(&REJECT, 0),
            pick(&REJECT, 1),
            pick(&QUARANTINE, 0),
            pick(&QUARANTINE, 1),
            pick(&JUNK, 0),
            pick(&JUNK, 1),
            row!(
                MailboxSettings,
                "MaxSafeSenders",
                Kind::MaybeNumber(0, MOST),
                max_safe_senders,
                "most trusted senders; $null is the product's 5000"
            ),
            row!(
                MailboxSettings,
                "MaxBlockedSenders",
                Kind::MaybeNumber(0, MOST),
                max_blocked_senders,
                "most blocked senders; $null is the product's 500"
            ),
        ],
    },
    Mailboxes {
        noun: "MailboxJunkEmailConfiguration",
        about: "a mailbox's junk mail rule and its lists of senders",
        rows: &[
            row!(
                MailboxSettings,
                "Enabled",
                Kind::Switch,
                junk_rule.enabled,
                "whether the rule moves mail to Junk at all"
            ),
            row!(
                MailboxSettings,
                "TrustedListsOnly",
                Kind::Switch,
                junk_rule.trusted_lists_only,
                "whether all mail of senders that are not trusted is junk"
            ),
            row!(
                MailboxSettings,
                "ContactsTrusted",
                Kind::Switch,
                junk_rule.contacts_trusted,
                "whether the mailbox's contacts, as the world records them, are trusted"
            ),
            row!(
                MailboxSettings,
                "TrustedSendersAndDomains",
                Kind::ListOf(Form::Sender, usize::MAX),
                safe_senders,
                "senders whose mail is never junk"
            ),
            row!(
                MailboxSettings,
                "BlockedSendersAndDomains",
                Kind::ListOf(Form::Sender, usize::MAX),
                blocked_senders,
                "senders whose mail is always junk"
            ),
        ],
    },
];
