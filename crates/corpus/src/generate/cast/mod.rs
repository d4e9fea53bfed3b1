//! Everybody who sends or receives, made once from the seed; messages only pick from it.
//!
//! Memory is bounded by the recipe's counts and the caps in [`bad`], not by the messages.

mod bad;
mod builder;
mod good;
mod names;
mod receiver;

use std::net::Ipv4Addr;

use mail::World;

use crate::generate::draft::SpamKind;
use crate::generate::style::Mua;
use crate::generate::texts::{Bank, Lang, Topic};
use crate::generate::{GenerateError, Recipe};

/// A person or a machine with an address.
#[derive(Debug, Clone)]
pub(super) struct Person {
    /// Display name.
    pub(super) name: String,
    /// What a letter calls him or her.
    pub(super) first: String,
    /// `local@domain`.
    pub(super) address: String,
    pub(super) mua: Mua,
    pub(super) lang: Lang,
}

/// A sending host.
#[derive(Debug, Clone)]
pub(super) struct Server {
    pub(super) ip: Ipv4Addr,
    /// Its PTR, where it has one.
    pub(super) name: Option<String>,
    pub(super) helo: Helo,
}

/// What a host says in HELO.
#[derive(Debug, Clone)]
pub(super) enum Helo {
    /// Always this.
    Name(String),
    /// The receiving organisation's own domain.
    Yours,
    /// Another random name each time.
    Random,
}

/// A firm or institution with its own mail domain.
#[derive(Debug)]
pub(super) struct Org {
    pub(super) domain: String,
    pub(super) company: String,
    pub(super) product: String,
    pub(super) lang: Lang,
    pub(super) zone_minutes: i64,
    pub(super) servers: Vec<Server>,
    pub(super) people: Vec<Person>,
}

/// Somebody who sends to many with their consent.
#[derive(Debug)]
pub(super) struct Newsletter {
    pub(super) org: Org,
    /// Sends only after this share of the whole time.
    pub(super) since: f64,
    pub(super) layout: usize,
    /// Seed of the issues that go to all readers alike.
    pub(super) texts: u64,
    /// Mostly automatic notices instead of marketing.
    pub(super) notices: bool,
}

/// A discussion list.
#[derive(Debug)]
pub(super) struct MailingList {
    pub(super) name: String,
    pub(super) org: Org,
}

/// A freemail provider; good and bad people have accounts there.
#[derive(Debug)]
pub(super) struct Freemail {
    pub(super) domain: String,
    pub(super) servers: Vec<Server>,
}

/// The receiving organisation.
#[derive(Debug)]
pub(super) struct Receiver {
    pub(super) domains: Vec<String>,
    pub(super) old_domains: Vec<String>,
    pub(super) inner_domains: Vec<String>,
    pub(super) people: Vec<Person>,
    pub(super) edges: Vec<Server>,
}

/// How a campaign's messages travel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    /// Infected home computers, forged senders.
    Bot,
    /// One rented server at a time, sending a lot.
    Heavy,
    /// The servers with a domain that never changes, see the recipe.
    Persistent,
    /// Many addresses and domains with valid SPF.
    Snowshoe,
    /// Accounts at a freemail provider.
    Freemail,
    /// A good organisation's server, by a stolen password.
    Hacked(usize),
    /// A newsletter service.
    Service(usize),
    /// A server with a look-alike domain and valid SPF.
    LookAlike,
}

/// A wave of spam with common texts and senders.
#[derive(Debug)]
pub(super) struct Campaign {
    pub(super) kind: SpamKind,
    pub(super) topic: Topic,
    /// Texts of good mail mixed in, where the campaign copies them.
    pub(super) copies: Topic,
    pub(super) lang: Lang,
    pub(super) route: Route,
    pub(super) mua: Mua,
    pub(super) layout: usize,
    /// Indexes into the topic's sentences that the campaign uses.
    pub(super) sentences: Vec<usize>,
    pub(super) subjects: Vec<usize>,
    pub(super) product: String,
    pub(super) company: String,
    pub(super) senders: Vec<Person>,
    /// Seeds of texts that many of its messages share.
    pub(super) texts: Vec<u64>,
    /// Domains of links and, where it has its own servers, of senders.
    pub(super) domains: Vec<String>,
    pub(super) servers: Vec<Server>,
    /// Share of letters replaced by look-alikes.
    pub(super) noise: f64,
    pub(super) attachment: usize,
    pub(super) start: i64,
    pub(super) end: i64,
}

/// Addresses that take turns: at any time a few neighbours in the list are active.
#[derive(Debug)]
pub(super) struct Rota {
    pub(super) servers: Vec<Server>,
    /// How many are active at a time.
    pub(super) active: usize,
}

/// The whole cast with its banks of text.
#[derive(Debug)]
pub(super) struct Cast {
    pub(super) banks: [Bank; 4],
    pub(super) receiver: Receiver,
    pub(super) orgs: Vec<Org>,
    /// How many of `orgs`, at their front, are partners.
    pub(super) partners: usize,
    pub(super) newsletters: Vec<Newsletter>,
    pub(super) lists: Vec<MailingList>,
    pub(super) freemail: Vec<Freemail>,
    /// Private people and the index of their provider.
    pub(super) correspondents: Vec<(Person, usize)>,
    /// Forwards mail of former students, which breaks SPF.
    pub(super) alumni: Org,
    pub(super) bots: Rota,
    pub(super) heavy: Rota,
    pub(super) persistent: Vec<Server>,
    /// By kind, sorted by start.
    pub(super) campaigns: [Vec<Campaign>; 5],
}

impl Cast {
    /// Makes the cast for about `messages` messages, and the world it lives in.
    pub(super) fn new(
        recipe: &Recipe,
        seed: u64,
        messages: u64,
    ) -> Result<(Self, World), GenerateError> {
        builder::build(recipe, seed, messages)
    }

    /// Campaigns of a kind that run at `time`.
    pub(super) fn running(&self, kind: SpamKind, time: i64) -> Vec<&Campaign> {
        let all = &self.campaigns[kind.index().min(4)];
        let started = all.partition_point(|campaign| campaign.start <= time);
        let running: Vec<_> =
            all[..started].iter().rev().take(64).filter(|c| time < c.end).collect();
        if running.is_empty() { all.iter().take(1).collect() } else { running }
    }
}

impl Rota {
    /// The active server number `pick` (a draw in 0..1) at `progress` of the whole time.
    pub(super) fn at(&self, progress: f64, pick: f64) -> &Server {
        let turns = self.servers.len() - self.active;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "both factors are from 0 to 1"
        )]
        let (first, offset) =
            ((progress * turns as f64) as usize, (pick * self.active as f64) as usize);
        &self.servers[(first + offset).min(self.servers.len() - 1)]
    }

    /// When server `index` becomes active, as a share of the whole time.
    pub(super) fn start_of(&self, index: usize) -> f64 {
        let turns = (self.servers.len() - self.active).max(1);
        ((index + 1).saturating_sub(self.active)) as f64 / turns as f64
    }
}
