//! The docket: all cases of a corpus, observed.

use std::collections::HashMap;
use std::net::IpAddr;

use mail::{Case, CaseId, Label, Parse, Timestamp, World};
use pipeline::{Class, Engine, HeaderRight, Visit};

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
    clients: HashMap<IpAddr, u32>,
    helos: HashMap<String, u32>,
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

/// A case that was observed and is to be counted.
struct Found {
    /// Without its message and text.
    case: Case,
    bytes: u32,
    finding: pipeline::Finding,
    subject: Box<str>,
}

/// Takes cases in, batch by batch.
pub struct DocketBuilder<'w> {
    engine: Engine,
    world: &'w World,
    parse: &'w dyn Parse,
    keep: Keep,
    right: HeaderRight,
    cases: Vec<Seen>,
    classes: Vec<Class>,
    class_numbers: HashMap<Class, u32>,
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
            classes: Vec::new(),
            class_numbers: HashMap::new(),
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
        let mut next = batches.next().transpose()?;
        while let Some(batch) = next {
            let length = batch.len();
            let (found, read) = threads.both(
                || self.look_at(threads, batch, &prepare),
                || batches.next().transpose(),
            );
            done(length, self.take_all(found));
            next = read?;
        }
        Ok(())
    }

    /// Observes one batch in parallel, as [`add_all`](Self::add_all) does; the reasons come
    /// back in the order of the batch.
    pub fn add<T: Send, S: Send>(
        &mut self,
        threads: &Threads,
        batch: Vec<T>,
        prepare: impl Fn(T) -> Result<Case, S> + Sync + Send,
    ) -> Vec<S> {
        let found = self.look_at(threads, batch, &prepare);
        self.take_all(found)
    }

    fn look_at<T: Send, S: Send>(
        &self,
        threads: &Threads,
        batch: Vec<T>,
        prepare: &(impl Fn(T) -> Result<Case, S> + Sync + Send),
    ) -> Vec<Result<Found, S>> {
        let (engine, world, parse) = (&self.engine, self.world, self.parse);
        let (keep, right) = (self.keep, self.right);
        threads.map(batch, |item| {
            let mut case = prepare(item)?;
            let subject = match keep {
                Keep::Counts => String::new(),
                Keep::Trace => case.message.subject.chars().take(SUBJECT).collect(),
            };
            let finding = engine.observe_behind(right, &mut case, world, parse);
            // The text is not needed any more; drop it on the thread that made it.
            case.message = mail::Message::default();
            let bytes = u32::try_from(case.raw.len()).unwrap_or(u32::MAX);
            case.raw = Vec::new();
            let subject = subject.into_boxed_str();
            Ok(Found { case, bytes, finding, subject })
        })
    }

    fn take_all<S>(&mut self, found: Vec<Result<Found, S>>) -> Vec<S> {
        let mut skipped = Vec::new();
        for item in found {
            match item {
                Ok(found) => self.take(found),
                Err(reason) => skipped.push(reason),
            }
        }
        skipped
    }

    fn take(&mut self, Found { case, bytes, finding, subject }: Found) {
        let score = finding.score;
        let class = self.engine.intern(finding);
        let class = match self.class_numbers.get(&class) {
            Some(number) => *number,
            None => {
                let number = count(self.classes.len());
                self.classes.push(class.clone());
                self.class_numbers.insert(class, number);
                number
            }
        };
        let next = count(self.guests.clients.len());
        let client = case
            .session
            .client_ip
            .get()
            .map(|ip| *self.guests.clients.entry(*ip).or_insert(next));
        let next = count(self.guests.helos.len() + 1);
        let helo = case.session.helo.get();
        let helo = helo.map_or(0, |name| {
            *self.guests.helos.entry(name.to_ascii_lowercase()).or_insert(next)
        });
        let (category, recipients, client_ip) = match self.keep {
            Keep::Counts => Default::default(),
            Keep::Trace => {
                let client_ip = case.session.client_ip.get().copied();
                let known = case.session.rcpt_to.get().into_iter().flatten();
                let known = known.map(|email| email.as_str().into());
                (case.category.into(), known.collect(), client_ip)
            }
        };
        self.cases.push(Seen {
            id: case.id,
            label: case.label,
            time: case.time,
            bytes,
            score,
            category,
            recipients,
            client_ip,
            subject,
            number: count(self.cases.len()),
            class,
            client,
            helo,
        });
    }

    /// Closes the docket.
    pub fn finish(mut self) -> Docket {
        self.cases.sort_by_key(|case| (case.time, case.id));
        let Self { engine, cases, classes, guests, .. } = self;
        Docket { engine, cases, classes, guests }
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).expect("fewer than 2^32 of them")
}
