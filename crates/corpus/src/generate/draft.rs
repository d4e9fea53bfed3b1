//! A message before it is written down: who sends what to whom, and how.

use std::net::Ipv4Addr;

use mail::Label;

use crate::generate::attachment::Attachment;
use crate::generate::cast::{Helo, Server};
use crate::generate::dice::Dice;
use crate::generate::letter::Letter;
use crate::generate::style::Mua;
use crate::generate::texts::Lang;

/// Kinds of good mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HamKind {
    Business,
    Thread,
    Personal,
    Newsletter,
    List,
    Notice,
    Bounce,
    Forwarded,
    Internal,
}

impl HamKind {
    /// In the order of the recipe's weights.
    pub(super) const ALL: [Self; 9] = [
        Self::Business,
        Self::Thread,
        Self::Personal,
        Self::Newsletter,
        Self::List,
        Self::Notice,
        Self::Bounce,
        Self::Forwarded,
        Self::Internal,
    ];

    /// Category of its cases.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Business => "business",
            Self::Thread => "thread",
            Self::Personal => "personal",
            Self::Newsletter => "newsletter",
            Self::List => "list",
            Self::Notice => "notice",
            Self::Bounce => "bounce",
            Self::Forwarded => "forwarded",
            Self::Internal => "internal",
        }
    }
}

/// Kinds of spam.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SpamKind {
    Bulk,
    Snowshoe,
    Phishing,
    Malware,
    AdvanceFee,
    Backscatter,
}

impl SpamKind {
    /// In the order of the recipe's weights; those before the last come in campaigns.
    pub(super) const ALL: [Self; 6] = [
        Self::Bulk,
        Self::Snowshoe,
        Self::Phishing,
        Self::Malware,
        Self::AdvanceFee,
        Self::Backscatter,
    ];

    pub(super) const fn index(self) -> usize {
        self as usize
    }

    /// Category of its cases.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Bulk => "bulk",
            Self::Snowshoe => "snowshoe",
            Self::Phishing => "phishing",
            Self::Malware => "malware",
            Self::AdvanceFee => "advance-fee",
            Self::Backscatter => "backscatter",
        }
    }
}

/// The host that connects to the receiving server.
#[derive(Debug, Clone)]
pub(super) struct Client {
    pub(super) ip: Ipv4Addr,
    /// What its address resolves to.
    pub(super) name: Option<String>,
    /// What it says in HELO.
    pub(super) helo: String,
    pub(super) authenticated: bool,
}

impl Client {
    /// A session of `server` with the server of `own_domain`.
    pub(super) fn of(server: &Server, own_domain: &str, dice: &mut Dice) -> Self {
        let helo = match &server.helo {
            Helo::Name(name) => name.clone(),
            Helo::Yours => own_domain.to_owned(),
            Helo::Random => match dice.below(3) {
                0 => dice.word(8),
                1 => format!("{}.{}", dice.word(5), dice.word(3)),
                _ => format!("{}.example", dice.word(9)),
            },
        };
        Self { ip: server.ip, name: server.name.clone(), helo, authenticated: false }
    }
}

/// A name with an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mailbox {
    pub(super) name: String,
    pub(super) address: String,
}

impl Mailbox {
    pub(super) fn new(name: &str, address: &str) -> Self {
        Self { name: name.to_owned(), address: address.to_owned() }
    }

    pub(super) fn domain(&self) -> &str {
        self.address.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

/// How the text is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Plain,
    /// Text and HTML beside each other.
    Alternative,
    Html,
    /// HTML whose picture stands elsewhere.
    Picture,
}

impl Shape {
    /// Of a layout number of the cast.
    pub(super) const fn of(layout: usize) -> Self {
        match layout % 6 {
            0 | 1 => Self::Alternative,
            2 => Self::Html,
            3 => Self::Picture,
            4 => Self::Plain,
            _ => Self::Alternative,
        }
    }

    /// Of a person's mail program.
    pub(super) fn of_person(mua: Mua, dice: &mut Dice) -> Self {
        let html = match mua {
            Mua::Outlook | Mua::Exchange | Mua::Webmail => 0.7,
            Mua::Apple => 0.4,
            Mua::Thunderbird | Mua::Mass => 0.25,
            Mua::Script => 0.1,
            Mua::Console => 0.0,
        };
        if dice.chance(html) { Self::Alternative } else { Self::Plain }
    }
}

/// Everything about a message but its bytes.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) label: Label,
    pub(super) category: &'static str,
    pub(super) client: Client,
    /// Where the message came from before the client, if that shows.
    pub(super) before: Option<Client>,
    /// Empty is the null sender.
    pub(super) mail_from: String,
    pub(super) rcpt_to: Vec<String>,
    pub(super) from: Mailbox,
    pub(super) to: Vec<Mailbox>,
    pub(super) reply_to: Option<String>,
    pub(super) mua: Mua,
    pub(super) lang: Lang,
    pub(super) zone_minutes: i64,
    pub(super) shape: Shape,
    pub(super) letter: Letter,
    pub(super) attachment: Option<Attachment>,
    /// Further header fields.
    pub(super) fields: Vec<(&'static str, String)>,
    /// Host in the message's id.
    pub(super) host: String,
}
