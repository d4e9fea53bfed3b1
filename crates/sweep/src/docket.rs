//! The docket: all cases of a corpus, observed.

use std::collections::HashMap;
use std::net::IpAddr;

use mail::{Case, CaseId, Label, Parse, Timestamp, World};
use pipeline::{Class, Engine, Visit};

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
    /// The subject's first characters, as decoded; empty where only counts are kept.
    pub subject: Box<str>,
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

/// All cases of a corpus, observed by one policy's agents: what every order and every
/// threshold setting is decided from.
pub struct Docket {
    pub(crate) engine: Engine,
    /// In order of time, then of id.
    pub(crate) cases: Vec<Seen>,
    pub(crate) classes: Vec<Class>,
}

impl Docket {
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

/// Takes cases in, batch by batch.
pub struct DocketBuilder<'w> {
    engine: Engine,
    world: &'w World,
    parse: &'w dyn Parse,
    keep: Keep,
    cases: Vec<Seen>,
    classes: Vec<Class>,
    class_numbers: HashMap<Class, u32>,
    clients: HashMap<IpAddr, u32>,
    helos: HashMap<String, u32>,
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
            cases: Vec::new(),
            classes: Vec::new(),
            class_numbers: HashMap::new(),
            clients: HashMap::new(),
            helos: HashMap::new(),
        }
    }

    /// Observes one batch in parallel; `prepare` makes a case (parses it, say), or tells why
    /// there is none. The reasons come back in the order of the batch.
    pub fn add<T: Send, S: Send>(
        &mut self,
        threads: &Threads,
        batch: Vec<T>,
        prepare: impl Fn(T) -> Result<Case, S> + Sync + Send,
    ) -> Vec<S> {
        let (engine, world, parse) = (&self.engine, self.world, self.parse);
        let keep = self.keep;
        let found = threads.map(batch, |item| {
            let mut case = prepare(item)?;
            let subject = match keep {
                Keep::Counts => String::new(),
                Keep::Trace => case.message.subject.chars().take(SUBJECT).collect(),
            };
            let finding = engine.observe(&mut case, world, parse);
            // The text is not needed any more; drop it on the thread that made it.
            case.message = mail::Message::default();
            let bytes = u32::try_from(case.raw.len()).unwrap_or(u32::MAX);
            case.raw = Vec::new();
            Ok((case, bytes, finding, subject.into_boxed_str()))
        });
        let mut skipped = Vec::new();
        for item in found {
            match item {
                Ok((case, bytes, finding, subject)) => {
                    self.take(case, bytes, finding, subject);
                }
                Err(reason) => skipped.push(reason),
            }
        }
        skipped
    }

    fn take(
        &mut self,
        case: Case,
        bytes: u32,
        finding: pipeline::Finding,
        subject: Box<str>,
    ) {
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
        let next = count(self.clients.len());
        let client = case
            .session
            .client_ip
            .get()
            .map(|ip| *self.clients.entry(*ip).or_insert(next));
        let next = count(self.helos.len() + 1);
        let helo = case.session.helo.get();
        let helo = helo.map_or(0, |name| {
            *self.helos.entry(name.to_ascii_lowercase()).or_insert(next)
        });
        let (category, recipients) = match self.keep {
            Keep::Counts => Default::default(),
            Keep::Trace => {
                let known = case.session.rcpt_to.get().into_iter().flatten();
                (case.category.into(), known.map(|email| email.as_str().into()).collect())
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
            subject,
            class,
            client,
            helo,
        });
    }

    /// Closes the docket.
    pub fn finish(mut self) -> Docket {
        self.cases.sort_by_key(|case| (case.time, case.id));
        Docket { engine: self.engine, cases: self.cases, classes: self.classes }
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).expect("fewer than 2^32 of them")
}
