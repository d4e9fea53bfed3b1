//! The recipe: every knob of the generator.

use mail::Timestamp;
use serde::Deserialize;

use crate::generate::GenerateError;
use crate::generate::calendar::plus_months;

/// The recipe of the demonstration corpus, `corpora/demo/demo.toml`.
pub const DEMO_RECIPE: &str = include_str!("../../../../corpora/demo/demo.toml");

/// The most messages a recipe or a caller may ask for.
pub const MAX_MESSAGES: u64 = 100_000_000;

/// A recipe as written in a file. Every key is explained in `corpora/demo/demo.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the demonstration recipe explains every key")]
pub struct RecipeSpec {
    pub format: u32,
    pub seed: u64,
    pub messages: u64,
    pub start: String,
    pub months: u32,
    pub spam_share: f64,
    pub organization: OrganizationSpec,
    pub languages: LanguagesSpec,
    pub ham: HamSpec,
    pub spam: SpamSpec,
    pub overlap: OverlapSpec,
    pub recipients: RecipientsSpec,
    pub lists: ListsSpec,
    pub mailboxes: MailboxesSpec,
}

/// `[organization]`: who receives the mail.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the demonstration recipe explains every key")]
pub struct OrganizationSpec {
    pub domains: Vec<String>,
    pub old_domains: Vec<String>,
    pub inner_domains: Vec<String>,
    pub partner_domains: Vec<String>,
    pub mailboxes: usize,
}

/// `[languages]`: weights of English, Korean, German, Portuguese at the first and the last
/// day; in between they move evenly.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the demonstration recipe explains every key")]
pub struct LanguagesSpec {
    pub first: LanguageWeights,
    pub last: LanguageWeights,
}

/// Weights of the languages.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub struct LanguageWeights {
    pub english: f64,
    pub korean: f64,
    pub german: f64,
    pub portuguese: f64,
}

/// `[ham]`: weights of the kinds of good mail, and how many senders there are.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the demonstration recipe explains every key")]
pub struct HamSpec {
    pub organizations: usize,
    pub correspondents: usize,
    pub newsletters: usize,
    pub mailing_lists: usize,
    pub business: f64,
    pub thread: f64,
    pub personal: f64,
    pub newsletter: f64,
    pub list: f64,
    pub notice: f64,
    pub bounce: f64,
    pub forwarded: f64,
    pub internal: f64,
}

/// `[spam]`: weights of the kinds of spam, and how many campaigns start per month.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the demonstration recipe explains every key")]
pub struct SpamSpec {
    pub campaigns_per_month: u32,
    pub campaign_days: [u32; 2],
    pub persistent_domains: Vec<String>,
    pub bulk: f64,
    pub snowshoe: f64,
    pub phishing: f64,
    pub malware: f64,
    pub advance_fee: f64,
    pub backscatter: f64,
}

/// `[overlap]`: how much ham and spam look alike.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the demonstration recipe explains every key")]
pub struct OverlapSpec {
    pub ham_quotes_spam: f64,
    pub spam_harvests_ham: f64,
    pub spam_reads_like_ham: f64,
    pub spam_from_good_senders: f64,
    pub short_messages: f64,
    pub malformed: f64,
}

/// `[recipients]`: who is written to.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the demonstration recipe explains every key")]
pub struct RecipientsSpec {
    pub more_than_one: f64,
    pub spam_unknown: f64,
    pub ham_unknown: f64,
    pub old_domain: f64,
}

/// `[lists]`: block and allow lists.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the demonstration recipe explains every key")]
pub struct ListsSpec {
    pub block_zone: String,
    pub dial_up_zone: String,
    pub allow_zone: String,
    pub coverage: f64,
    pub delay_hours: [u32; 2],
    pub innocents: f64,
    pub allowed: f64,
}

/// `[mailboxes]`: how many mailboxes have settings of their own.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the demonstration recipe explains every key")]
pub struct MailboxesSpec {
    pub safe_senders: f64,
    pub blocked_senders: f64,
    pub bypass: f64,
    pub own_thresholds: f64,
    pub junk_rule_off: f64,
}

/// A recipe whose values were checked; made by [`RecipeSpec::resolve`].
#[derive(Debug, Clone, PartialEq)]
pub struct Recipe {
    pub(super) spec: RecipeSpec,
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    pub(super) spam_share: f64,
}

impl Recipe {
    /// Reads and checks a recipe; `name` is the file's name for messages.
    ///
    /// # Errors
    ///
    /// [`GenerateError`] with file, line or key, and cure.
    pub fn parse(text: &str, name: &str) -> Result<Self, GenerateError> {
        let spec: RecipeSpec = toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start.min(text.len()));
            let line = text.as_bytes()[..start].iter().filter(|b| **b == b'\n').count();
            GenerateError::Syntax {
                name: name.to_owned(),
                line: line + 1,
                what: error.message().replace('\n', "; "),
            }
        })?;
        spec.resolve(name)
    }

    /// The recipe's default seed.
    pub fn seed(&self) -> u64 {
        self.spec.seed
    }

    /// The recipe's default number of messages.
    pub fn messages(&self) -> u64 {
        self.spec.messages
    }
}

impl RecipeSpec {
    /// Checks every value; `name` is the file's name for messages.
    ///
    /// # Errors
    ///
    /// [`GenerateError::Value`] with key and cure.
    pub fn resolve(self, name: &str) -> Result<Recipe, GenerateError> {
        let bad = |key, value: String, cure| {
            Err(GenerateError::Value { name: name.to_owned(), key, value, cure })
        };
        if self.format != 1 {
            return bad("format", self.format.to_string(), "this version reads format 1");
        }
        if !(1..=MAX_MESSAGES).contains(&self.messages) {
            let cure = "use 1 to 100,000,000";
            return bad("messages", self.messages.to_string(), cure);
        }
        if !(1..=120).contains(&self.months) {
            return bad("months", self.months.to_string(), "use 1 to 120");
        }
        for (key, value) in self.shares() {
            if !(0.0..=1.0).contains(&value) {
                return bad(key, value.to_string(), "use a share from 0 to 1");
            }
        }
        for (key, weights) in self.weights() {
            let sum: f64 = weights.iter().sum();
            let fine = weights.iter().all(|weight| (0.0..=1e6).contains(weight));
            if !fine || sum <= 0.0 {
                let cure = "use weights from 0 to 1,000,000, at least one above 0";
                return bad(key, format!("{weights:?}"), cure);
            }
        }
        for (key, value, max) in self.counts() {
            if !(1..=max).contains(&value) {
                return bad(key, value.to_string(), "use at least 1 and at most 100,000");
            }
        }
        for (key, [low, high]) in [
            ("spam.campaign-days", self.spam.campaign_days),
            ("lists.delay-hours", self.lists.delay_hours),
        ] {
            if low > high || high > 1000 || low == 0 {
                return bad(
                    key,
                    format!("[{low}, {high}]"),
                    "use two rising numbers to 1000",
                );
            }
        }
        for (key, domains) in self.domains() {
            if domains.iter().any(|domain| !is_domain(domain)) || domains.is_empty() {
                let cure = "use lower-case domain names such as `corp.example`";
                return bad(key, format!("{domains:?}"), cure);
            }
        }
        let date = self.start.parse::<jiff::civil::Date>().ok();
        let times = date.and_then(|date| {
            Some((plus_months(date, 0)?, plus_months(date, i64::from(self.months))?))
        });
        match times {
            Some((start, end)) if start >= Timestamp::MIN && end <= Timestamp::MAX => {
                Ok(Recipe { spam_share: self.spam_share, start, end, spec: self })
            }
            _ => bad("start", self.start.clone(), "use a date such as `2024-01-01`"),
        }
    }

    fn shares(&self) -> [(&'static str, f64); 19] {
        let (overlap, recipients) = (&self.overlap, &self.recipients);
        let (lists, mailboxes) = (&self.lists, &self.mailboxes);
        [
            ("spam-share", self.spam_share),
            ("overlap.ham-quotes-spam", overlap.ham_quotes_spam),
            ("overlap.spam-harvests-ham", overlap.spam_harvests_ham),
            ("overlap.spam-reads-like-ham", overlap.spam_reads_like_ham),
            ("overlap.spam-from-good-senders", overlap.spam_from_good_senders),
            ("overlap.short-messages", overlap.short_messages),
            ("overlap.malformed", overlap.malformed),
            ("recipients.more-than-one", recipients.more_than_one),
            ("recipients.spam-unknown", recipients.spam_unknown),
            ("recipients.ham-unknown", recipients.ham_unknown),
            ("recipients.old-domain", recipients.old_domain),
            ("lists.coverage", lists.coverage),
            ("lists.innocents", lists.innocents),
            ("lists.allowed", lists.allowed),
            ("mailboxes.safe-senders", mailboxes.safe_senders),
            ("mailboxes.blocked-senders", mailboxes.blocked_senders),
            ("mailboxes.bypass", mailboxes.bypass),
            ("mailboxes.own-thresholds", mailboxes.own_thresholds),
            ("mailboxes.junk-rule-off", mailboxes.junk_rule_off),
        ]
    }

    fn weights(&self) -> [(&'static str, Vec<f64>); 4] {
        [
            ("languages.first", self.languages.first.list().to_vec()),
            ("languages.last", self.languages.last.list().to_vec()),
            ("ham", self.ham.weights().to_vec()),
            ("spam", self.spam.weights().to_vec()),
        ]
    }

    fn counts(&self) -> [(&'static str, usize, usize); 6] {
        let campaigns = self.spam.campaigns_per_month as usize;
        [
            ("organization.mailboxes", self.organization.mailboxes, 100_000),
            ("ham.organizations", self.ham.organizations, 100_000),
            ("ham.correspondents", self.ham.correspondents, 100_000),
            ("ham.newsletters", self.ham.newsletters, 100_000),
            ("ham.mailing-lists", self.ham.mailing_lists, 100_000),
            ("spam.campaigns-per-month", campaigns, 1000),
        ]
    }

    fn domains(&self) -> [(&'static str, &[String]); 6] {
        let zones = &self.lists;
        [
            ("organization.domains", &self.organization.domains),
            ("organization.partner-domains", &self.organization.partner_domains),
            ("spam.persistent-domains", &self.spam.persistent_domains),
            ("lists.block-zone", std::slice::from_ref(&zones.block_zone)),
            ("lists.dial-up-zone", std::slice::from_ref(&zones.dial_up_zone)),
            ("lists.allow-zone", std::slice::from_ref(&zones.allow_zone)),
        ]
    }
}

impl LanguageWeights {
    pub(super) fn list(self) -> [f64; 4] {
        [self.english, self.korean, self.german, self.portuguese]
    }
}

impl HamSpec {
    /// In the order of [`HamKind::ALL`](super::draft::HamKind::ALL).
    pub(super) fn weights(&self) -> [f64; 9] {
        [
            self.business,
            self.thread,
            self.personal,
            self.newsletter,
            self.list,
            self.notice,
            self.bounce,
            self.forwarded,
            self.internal,
        ]
    }
}

impl SpamSpec {
    /// In the order of [`SpamKind::ALL`](super::draft::SpamKind::ALL).
    pub(super) fn weights(&self) -> [f64; 6] {
        [
            self.bulk,
            self.snowshoe,
            self.phishing,
            self.malware,
            self.advance_fee,
            self.backscatter,
        ]
    }
}

fn is_domain(name: &str) -> bool {
    name.len() <= 200
        && name.contains('.')
        && name.split('.').all(|label| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        })
}
