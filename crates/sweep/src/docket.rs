//! The docket: all cases of a corpus, observed.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use foldhash::fast::RandomState;

use mail::{Case, CaseId, Label, Parse, Timestamp, World};
use pipeline::{Class, Engine, Findings, HeaderRight, Noted, Observer, Table, Visit};

use crate::Threads;

/// What a docket keeps of each case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// What counting needs.
    Counts,
    /// Also what is shown of single messages: category, recipients, subject.
    Trace,
}

/// Characters that are kept of a subject: what a list has room for.
const SUBJECT: usize = 100;

/// One observed case.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Message digest.
    pub id: CaseId,
    /// Label.
    pub label: Label,
    /// When it was received.
    pub time: Timestamp,
    /// Raw size in bytes.
    pub bytes: u32,
    /// Raw score of the content filter, where it rated the message.
    pub score: Option<f64>,
    /// Category; empty where only counts are kept.
    pub category: Box<str>,
    /// RCPT TO; empty where unknown or where only counts are kept.
    pub recipients: Box<[Box<str>]>,
    /// The connecting address; none where unknown or where only counts are kept.
    pub client_ip: Option<IpAddr>,
    /// The subject's first characters, as decoded; empty where only counts are kept.
    pub subject: Box<str>,
    /// How many cases were taken in before it.
    pub(crate) number: u32,
    pub(crate) class: u32,
    pub(crate) client: Option<u32>,
    pub(crate) helo: u32,
}

impl Seen {
    /// The visit for the ledger; none where the client is unknown.
    pub(crate) fn visit(&self) -> Option<Visit> {
        self.client.map(|client| Visit { client, helo: self.helo, time: self.time })
    }
}

/// The numbers that connecting addresses and HELO names have in a docket.
#[derive(Debug, Clone, Default)]
pub struct Guests {
    clients: HashMap<IpAddr, u32, RandomState>,
    helos: HashMap<String, u32, RandomState>,
}

/// All cases of a corpus, observed by one policy's agents: what every order and every
/// threshold setting is decided from.
pub struct Docket {
    pub(crate) engine: Engine,
    /// In order of time, then of id.
    pub(crate) cases: Vec<Seen>,
    pub(crate) classes: Vec<Class>,
    guests: Guests,
}

impl Docket {
    /// The numbers of its clients, for a docket that goes on where this one ends.
    pub fn into_guests(self) -> Guests {
        self.guests
    }

    /// The cases in corpus time.
    pub fn cases(&self) -> &[Seen] {
        &self.cases
    }

    /// The agents.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// How many classes of equal evidence the cases fall into.
    pub fn classes(&self) -> usize {
        self.classes.len()
    }
}

/// Cases that one thread observed, in a row.
struct Sheaf<S> {
    /// Cases, with numbers of classes among the findings, or why there is none.
    cases: Vec<Result<Found, S>>,
    findings: Findings,
}

/// A case that was observed and is to be counted.
struct Found {
    /// Still without its numbers in the docket.
    seen: Seen,
    client: Option<IpAddr>,
    /// In lower case.
    helo: Option<String>,
}

/// Takes cases in, batch by batch.
pub struct DocketBuilder<'w> {
    engine: Engine,
    world: &'w World,
    parse: &'w dyn Parse,
    keep: Keep,
    right: HeaderRight,
    cases: Vec<Seen>,
    classes: Table<Class>,
    guests: Guests,
}

impl<'w> DocketBuilder<'w> {
    /// A docket without cases yet.
    pub fn new(
        engine: Engine,
        world: &'w World,
        parse: &'w dyn Parse,
        keep: Keep,
    ) -> Self {
        Self {
            engine,
            world,
            parse,
            keep,
            right: HeaderRight::Strip,
            cases: Vec::new(),
            classes: Table::default(),
            guests: Guests::default(),
        }
    }

    /// The same docket of a server to which other servers bring mail on sessions with or
    /// without the right to bring the organization's header fields.
    #[must_use]
    pub fn behind(self, right: HeaderRight) -> Self {
        Self { right, ..self }
    }

    /// The same docket, in which the clients of an earlier one keep their numbers.
    #[must_use]
    pub fn with_guests(self, guests: Guests) -> Self {
        Self { guests, ..self }
    }

    /// Observes batches as they come, each while the next is being read; `prepare` makes a
    /// case (parses it, say), or tells why there is none. `done` hears of each batch its
    /// length and these reasons, in its order.
    ///
    /// # Errors
    ///
    /// The first batch that is an error; those before it have been taken in.
    pub fn add_all<T: Send, S: Send, E: Send>(
        &mut self,
        threads: &Threads,
        mut batches: impl Iterator<Item = Result<Vec<T>, E>> + Send,
        prepare: impl Fn(T) -> Result<Case, S> + Sync + Send,
        mut done: impl FnMut(usize, Vec<S>),
    ) -> Result<(), E> {
        let looker = self.looker();
        // What was seen of the batch before, which is taken in while the next is observed.
        let mut seen = None;
        let mut read = batches.next().transpose();
        let outcome = loop {
            let batch = match read {
                Ok(Some(batch)) => batch,
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            };
            let (length, before) = (batch.len(), seen.take());
            let (found, (taken, next)) = threads.both(
                || looker.look_at(threads, batch, &prepare),
                || {
                    let take = |(length, found)| (length, self.take_all(found));
                    (before.map(take), batches.next().transpose())
                },
            );
            if let Some((length, skipped)) = taken {
                done(length, skipped);
            }
            seen = Some((length, found));
            read = next;
        };
        if let Some((length, found)) = seen {
            done(length, self.take_all(found));
        }
        outcome
    }

    /// Observes one batch in parallel, as [`add_all`](Self::add_all) does; the reasons come
    /// back in the order of the batch.
    pub fn add<T: Send, S: Send>(
        &mut self,
        threads: &Threads,
        batch: Vec<T>,
        prepare: impl Fn(T) -> Result<Case, S> + Sync + Send,
    ) -> Vec<S> {
        let found = self.looker().look_at(threads, batch, &prepare);
        self.take_all(found)
    }

    fn looker(&self) -> Looker<'w> {
        Looker {
            observer: self.engine.observer(),
            world: self.world,
            parse: self.parse,
            keep: self.keep,
            right: self.right,
        }
    }

    fn take_all<S>(&mut self, sheaves: Vec<Sheaf<S>>) -> Vec<S> {
        let mut skipped = Vec::new();
        for Sheaf { cases, findings } in sheaves {
            let classes = self.engine.take_in(findings);
            let numbers: Vec<u32> =
                classes.into_iter().map(|class| self.classes.number(class)).collect();
            for item in cases {
                match item {
                    Ok(found) => self.take(found, &numbers),
                    Err(reason) => skipped.push(reason),
                }
            }
        }
        skipped
    }

    fn take(&mut self, Found { mut seen, client, helo }: Found, classes: &[u32]) {
        seen.class = classes[seen.class as usize];
        let next = count(self.guests.clients.len());
        seen.client = client.map(|ip| *self.guests.clients.entry(ip).or_insert(next));
        let next = count(self.guests.helos.len() + 1);
        seen.helo = helo.map_or(0, |name| *self.guests.helos.entry(name).or_insert(next));
        seen.number = count(self.cases.len());
        self.cases.push(seen);
    }

    /// Closes the docket.
    pub fn finish(mut self) -> Docket {
        self.cases.sort_by_key(|case| (case.time, case.id));
        let Self { engine, cases, classes, guests, .. } = self;
        Docket { engine, cases, classes: classes.into_list(), guests }
    }
}

/// Cases that one thread observes in a row: enough that much of what they have in common is
/// taken in once, few enough that no thread waits long for another.
const SHEAF: usize = 16;

/// What observing needs; taking in may go on meanwhile.
struct Looker<'w> {
    observer: Arc<Observer>,
    world: &'w World,
    parse: &'w dyn Parse,
    keep: Keep,
    right: HeaderRight,
}

impl Looker<'_> {
    fn look_at<T: Send, S: Send>(
        &self,
        threads: &Threads,
        batch: Vec<T>,
        prepare: &(impl Fn(T) -> Result<Case, S> + Sync + Send),
    ) -> Vec<Sheaf<S>> {
        let mut pieces = Vec::with_capacity(batch.len().div_ceil(SHEAF));
        let mut items = batch.into_iter();
        while items.len() > 0 {
            pieces.push(items.by_ref().take(SHEAF).collect::<Vec<T>>());
        }
        threads.spread(pieces, |piece| {
            let mut findings = self.observer.findings();
            let look = |item| Ok(self.look(prepare(item)?, &mut findings));
            let cases = piece.into_iter().map(look).collect();
            Sheaf { cases, findings }
        })
    }

    fn look(&self, mut case: Case, findings: &mut Findings) -> Found {
        let Noted { class, score } = self
            .observer
            .observe(self.right, &mut case, self.world, self.parse, findings);
        let client = case.session.client_ip.get().copied();
        let (category, recipients, client_ip, subject) = match self.keep {
            Keep::Counts => Default::default(),
            Keep::Trace => {
                let known = case.session.rcpt_to.get().into_iter().flatten();
                let known = known.map(|email| email.as_str().into());
                let subject: String =
                    case.message.subject.chars().take(SUBJECT).collect();
                (case.category.into(), known.collect(), client, subject.into())
            }
        };
        let seen = Seen {
            id: case.id,
            label: case.label,
            time: case.time,
            bytes: u32::try_from(case.raw.len()).unwrap_or(u32::MAX),
            score,
            category,
            recipients,
            client_ip,
            subject,
            number: 0,
            class,
            client: None,
            helo: 0,
        };
        let helo = case.session.helo.get().map(|name| name.to_ascii_lowercase());
        Found { seen, client, helo }
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).expect("fewer than 2^32 of them")
}
