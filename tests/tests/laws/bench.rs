//! Random small corpora, worlds and policies that make every agent decide something.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use agents::PolicySpec;
use corpus::Parser;
use filter::{Document, Rating, ScoreSource, Scratch};
use mail::{
    Case, CaseId, Dns, Failure, Field, JunkComparison, JunkSettings, Label, Listing,
    MailboxSettings, Origin, Parse as _, Question, Scl, Session, Threshold,
    ThresholdOverride, Thresholds, Timestamp, World,
};
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};
use sweep::{Docket, DocketBuilder, Guests, Keep, Threads};

/// Rates a message by the first digit in its subject; a prefix makes it worse.
struct BySubject;

impl ScoreSource for BySubject {
    fn rate(
        &self,
        _: CaseId,
        document: &Document<'_>,
        _: &mut Scratch,
    ) -> Option<Rating> {
        let subject = &document.message().subject;
        let digit = subject.chars().find_map(|c| c.to_digit(10))?;
        let tagged = i64::from(subject.starts_with("[tag]"));
        let scl = Scl::rating(i64::from(digit) + tagged);
        Some(Rating { score: f64::from(digit), scl })
    }
}

/// One random message.
#[derive(Debug, Clone)]
pub(crate) struct Letter {
    spam: bool,
    client: u8,
    helo: u8,
    from: u8,
    recipients: Vec<u8>,
    level: u8,
    word: bool,
    attachment: u8,
    authenticated: bool,
    minutes: u16,
    /// Who is it from: a person, or a server that could not deliver; through whom it came.
    report: bool,
    hop: u8,
}

/// Random mail with random settings.
#[derive(Debug, Clone)]
pub(crate) struct Random {
    letters: Vec<Letter>,
    rules: Vec<String>,
    switches: [bool; 8],
    pub(crate) salt: usize,
}

/// What the laws need of a policy.
pub(crate) struct Settings {
    pub(crate) enabled: Vec<bool>,
    pub(crate) thresholds: Thresholds,
    pub(crate) comparison: JunkComparison,
}

/// Observed random mail.
pub(crate) struct Trial {
    pub(crate) docket: Docket,
    pub(crate) policy: Settings,
}

fn letter() -> impl Strategy<Value = Letter> {
    let who =
        (any::<bool>(), 0u8..4, 0u8..6, 0u8..6, prop::collection::vec(0u8..7, 1..4));
    let what = (0u8..=10, any::<bool>(), 0u8..4, prop::bool::weighted(0.1), 0u16..600);
    let how = (prop::bool::weighted(0.15), 0u8..4);
    (who, what, how).prop_map(|(who, what, (report, hop))| {
        let (spam, client, helo, from, recipients) = who;
        let (level, word, attachment, authenticated, minutes) = what;
        Letter {
            spam,
            client,
            helo,
            from,
            recipients,
            level,
            word,
            attachment,
            authenticated,
            minutes,
            report,
            hop,
        }
    })
}

fn rule() -> impl Strategy<Value = String> {
    let condition = prop_oneof![
        (-1i64..=9).prop_map(|scl| format!("scl-over = {scl}")),
        Just("subject-contains-words = ['offer']".to_owned()),
        Just("subject-contains-words = ['tag']".to_owned()),
        Just("header-contains = { header = 'To', words = ['new'] }".to_owned()),
        Just("from-address-contains-words = ['blocked']".to_owned()),
        Just("attachment-name-contains-words = ['exe']".to_owned()),
        Just("attachment-size-over = 3".to_owned()),
        Just("from-scope = 'in-organization'".to_owned()),
        Just("subject-matches-patterns = ['^.tag. .*offer']".to_owned()),
        Just("subject-or-body-contains-words = ['tag', 'missing']".to_owned()),
        Just("subject-or-body-matches-patterns = ['text\\s*$', 'gone']".to_owned()),
        Just("header-matches = { header = 'X-Mark', patterns = ['n.w'] }".to_owned()),
        Just("any-of-recipient-address-contains-words = ['nobody']".to_owned()),
        Just("any-of-recipient-address-matches-patterns = ['^u[12]@corp']".to_owned()),
        Just("message-size-over = 150".to_owned()),
        Just(String::new()),
    ];
    let action = prop_oneof![
        (-1i64..=9).prop_map(|scl| format!("set-scl = {scl}")),
        Just("prepend-subject = '[tag] '".to_owned()),
        Just("reject = {}".to_owned()),
        Just("delete = true".to_owned()),
        Just("quarantine = true".to_owned()),
        Just("disconnect = true".to_owned()),
        Just("redirect-message-to = ['x@corp.example']".to_owned()),
        Just("stop-rule-processing = true\nset-scl = 5".to_owned()),
        Just("remove-header = 'X-Mark'".to_owned()),
        Just("set-header = { header = 'X-Mark', value = 'new' }".to_owned()),
    ];
    let exception = prop_oneof![
        3 => Just(String::new()),
        1 => Just("scl-over = 8".to_owned()),
        1 => Just("attachment-name-contains-words = ['exe']".to_owned()),
        1 => Just("any-of-recipient-address-contains-words = ['u3', 'old']".to_owned()),
        1 => Just("subject-or-body-contains-words = ['tag']".to_owned()),
    ];
    let head = prop_oneof![
        4 => Just(""),
        1 => Just("priority = 0\n"),
        1 => Just("expiry-date = '1970-01-02T00:00:00Z'\n"),
        1 => Just("activation-date = '1970-01-02T00:00:00Z'\n"),
        1 => Just("mode = 'audit'\n"),
        1 => Just("sender-address-location = 'envelope'\n"),
    ];
    (condition, exception, action, head).prop_map(|(condition, exception, action, head)| {
        format!(
            "[[rules]]\nname = 'r'\n{head}[rules.conditions]\n{condition}\n[rules.exceptions]\n\
             {exception}\n[rules.actions]\n{action}\n"
        )
    })
}

/// A random trial: enough mail per client that reputation comes into play.
pub(crate) fn trial() -> impl Strategy<Value = Random> {
    let letters = prop::collection::vec(letter(), 1..140);
    let rules = prop::collection::vec(rule(), 0..4);
    (letters, rules, any::<[bool; 8]>(), any::<usize>()).prop_map(
        |(letters, rules, switches, salt)| Random { letters, rules, switches, salt },
    )
}

const FROM: [&str; 6] = [
    "ann@good.example",
    "bulk@blocked.example",
    "bad@evil.example",
    "ceo@corp.example",
    "news@letters.example",
    "x@nowhere.example",
];
const TO: [&str; 7] = [
    "u0@corp.example",
    "u1@corp.example",
    "u2@corp.example",
    "u3@corp.example",
    "nobody@corp.example",
    "u1@old.example",
    "blocked@corp.example",
];

fn raw(letter: &Letter) -> Vec<u8> {
    let to: Vec<&str> = letter.recipients.iter().map(|r| TO[usize::from(*r)]).collect();
    let level = if letter.level > 9 { String::new() } else { letter.level.to_string() };
    let word = if letter.word { "offer" } else { "notes" };
    let head = format!(
        "Received: from a.example (mx [192.0.2.{}]) by mx.corp.example; now\n\
         From: <{}>\nTo: {}\nSubject: {word} {level}\nX-N: {}\n",
        letter.hop,
        FROM[usize::from(letter.from)],
        to.join(", "),
        letter.minutes
    );
    let body = match letter.attachment {
        _ if letter.report => "MIME-Version: 1.0\nContent-Type: multipart/report; \
              report-type=delivery-status; boundary=b\n\n--b\n\ntext\n--b--\n"
            .to_owned(),
        0 => "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n\
              --b\nContent-Type: application/octet-stream; name=run.exe\n\
              Content-Disposition: attachment; filename=run.exe\n\nMZMZ\n--b--\n"
            .to_owned(),
        _ => "\ntext\n".to_owned(),
    };
    (head + &body).into_bytes()
}

fn case(letter: &Letter, time: i64) -> Case {
    let raw = raw(letter);
    let known = Origin::Recorded;
    let recipients = letter.recipients.iter().map(|r| TO[usize::from(*r)].to_owned());
    let helo = ["localhost", "corp.example", "mx.good.example", "a.b", "c.d", "e.f"];
    Case {
        id: CaseId(Sha256::digest(&raw).into()),
        label: if letter.spam { Label::Spam } else { Label::Ham },
        category: String::new(),
        time: Timestamp(time),
        session: Session {
            client_ip: match letter.client {
                0 => Field::unknown(),
                n => Field::known(Ipv4Addr::new(192, 0, 2, n).into(), known),
            },
            helo: Field::known(helo[usize::from(letter.helo)].to_owned(), known),
            authenticated: Field::known(letter.authenticated, known),
            mail_from: match letter.report {
                true => Field::known(String::new(), known),
                false => Field::known(FROM[usize::from(letter.from)].to_owned(), known),
            },
            rcpt_to: Field::known(recipients.collect(), known),
            time: Field::known((), known),
        },
        message: Parser.parse(&raw).expect("the letter is well formed"),
        raw,
    }
}

fn world() -> World {
    let ip = |n: u8| IpAddr::from(Ipv4Addr::new(192, 0, 2, n));
    let own = |enabled: Option<bool>, threshold: Option<i64>| ThresholdOverride {
        enabled,
        threshold: threshold.and_then(|value| Threshold::new(value).ok()),
    };
    let listing = Listing {
        from: Some(Timestamp(500_000)),
        until: None,
        answer: Ipv4Addr::new(127, 0, 0, 2),
    };
    let mailbox = |change: &dyn Fn(&mut MailboxSettings)| {
        let mut settings = MailboxSettings::default();
        change(&mut settings);
        settings
    };
    let mut world =
        World { dns: Dns { closed: true, ..Dns::default() }, ..World::default() };
    world.dns.txt.insert("good.example".into(), vec!["v=spf1 ip4:192.0.2.1 -all".into()]);
    world.dns.txt.insert("evil.example".into(), vec!["v=spf1 ip4:192.0.2.2 ~all".into()]);
    world.dns.ptr.insert(ip(1), vec!["mx.good.example".into()]);
    world.dns.failed.insert((Question::Txt, "letters.example".into()), Failure::Timeout);
    world.open_proxies.insert(ip(3));
    world
        .listings
        .zones
        .insert("bl.example".into(), BTreeMap::from([(ip(3), vec![listing])]));
    world.directory.accepted_domains = vec!["corp.example".into(), "old.example".into()];
    let known = TO.iter().filter(|email| **email != "nobody@corp.example");
    world.directory.recipients =
        Some(known.map(|email| (*email).to_owned()).collect::<BTreeSet<_>>());
    world.mailboxes.insert(
        "u1@corp.example".into(),
        mailbox(&|m| {
            m.safe_senders = vec!["ann@good.example".into()];
            m.reject = own(Some(true), Some(4));
            m.junk = own(Some(true), Some(2));
        }),
    );
    world.mailboxes.insert(
        "u2@corp.example".into(),
        mailbox(&|m| {
            m.blocked_senders = vec!["news@letters.example".into()];
            m.delete = own(Some(true), None);
            m.quarantine = own(Some(false), None);
        }),
    );
    world.mailboxes.insert(
        "u3@corp.example".into(),
        mailbox(&|m| {
            m.antispam_bypass = true;
            m.junk_rule =
                JunkSettings { trusted_lists_only: true, ..JunkSettings::default() };
        }),
    );
    world
}

fn policy(random: &Random) -> PolicySpec {
    let [rewrite, stamp, strip, spoof, blank, provider, reputation, validate] =
        random.switches;
    let [keep, relay, mailbox] = [0, 1, 2].map(|bit| random.salt >> (bit + 8) & 1 == 1);
    let mut text = random.rules.concat();
    if provider {
        text += "[[connection-filter.ip-block-list-providers]]\nname = 'p'\n\
                 lookup-domain = 'bl.example'\n";
    }
    if rewrite {
        text += "[[address-rewriting.entries]]\nname = 'old'\n\
                 internal-address = 'corp.example'\nexternal-address = 'old.example'\n";
    }
    let action = if stamp { "StampStatus" } else { "Reject" };
    text += &format!(
        "[sender-filter]\naction = '{action}'\nblocked-domains = ['blocked.example']\n\
         [attachment-filter]\naction = '{}'\n[sender-id]\nspoofed-domain-action = '{}'\n\
         [recipient-filter]\nrecipient-validation-enabled = {validate}\n\
         block-list-enabled = {blank}\nblocked-recipients = ['blocked@corp.example']\n\
         [sender-reputation]\nsrl-block-threshold = {}\nsender-blocking-period = 2\n",
        if strip { "Strip" } else { "Reject" },
        if spoof { "Delete" } else { "StampStatus" },
        if reputation { 2 } else { 7 },
    );
    if relay {
        text += "[transport]\ninternal-smtp-servers = ['192.0.2.2']\n";
    }
    text += "[content-filter]\noutlook-email-postmark-validation-enabled = true\n";
    if keep {
        text += "stamped-scl = 'keep'\nmissing-quarantine-mailbox = 'reject'\n";
    }
    if mailbox {
        text += "quarantine-mailbox = 'q@corp.example'\n";
    }
    toml::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Observes a random trial with a number of threads.
pub(crate) fn docket(random: &Random, threads: usize) -> Trial {
    part(random, threads, 0..random.letters.len(), Guests::default())
}

/// Observes some letters of a random trial, after others with these guests.
pub(crate) fn part(
    random: &Random,
    threads: usize,
    range: std::ops::Range<usize>,
    guests: Guests,
) -> Trial {
    let spec = policy(random);
    let policy = spec.resolve(Arc::new(BySubject)).expect("the settings are in range");
    let world = world();
    let threads = Threads::new(threads).expect("threads start");
    let mut builder = DocketBuilder::new(policy.engine, &world, &Parser, Keep::Trace)
        .with_guests(guests);
    let mut time = 0;
    let batch: Vec<Case> = random
        .letters
        .iter()
        .map(|letter| {
            time += i64::from(letter.minutes) * 10;
            case(letter, time)
        })
        .enumerate()
        .filter(|(at, _)| range.contains(at))
        .map(|(_, case)| case)
        .collect();
    let skipped: Vec<()> = builder.add(&threads, batch, Ok);
    assert!(skipped.is_empty());
    Trial {
        docket: builder.finish(),
        policy: Settings {
            enabled: policy.enabled,
            thresholds: policy.thresholds,
            comparison: policy.junk_comparison,
        },
    }
}
