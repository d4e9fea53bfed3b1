//! Several servers: mail taken through them stage by stage.
//!
//! A message meets one server of the first stage, and what that server lets go on meets one
//! of the next: it is really handed over, changed and stamped, and observed anew there. So
//! the mail has to be read once per stage.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use mail::{Case, CaseId, Label, Parse, Tier, Timestamp, World};
use pipeline::{Engine, Gate, HeaderRight, Hop, Passage, Plan, Sharing, Signal, Transit};

use crate::profile::harshest;
use crate::replay::Counts;
use crate::{
    Cause, Cost, Docket, DocketBuilder, Keep, Replay, Tally, Threads, TraceRow, Unit,
    Way, causes,
};

/// What a server is in a network.
#[derive(Debug, Clone, PartialEq)]
pub struct StationSettings {
    /// Its name.
    pub name: String,
    /// The address that the next server sees.
    pub address: Option<IpAddr>,
    /// Whether it lets in the organization's header fields.
    pub right: HeaderRight,
    /// Whether servers before it authenticate.
    pub authenticated: bool,
    /// Order, switches and thresholds.
    pub way: Way,
}

/// A server with the mail that came to it.
pub struct Station {
    /// What it is.
    pub settings: StationSettings,
    /// Its mail, observed.
    pub docket: Docket,
    /// Ticket of each case, in the order in which the docket took it in.
    tickets: Vec<u32>,
}

/// Where a message was handed to a server, and what the server let go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leg {
    /// The server, by position in its stage.
    pub server: usize,
    /// The case, by position in the server's docket.
    pub position: usize,
    passage: Option<Passage>,
}

impl Leg {
    /// Who of the recipients at this server the message goes on for, by position; empty where
    /// it ended here for everybody.
    pub fn onward(&self) -> Vec<usize> {
        self.passage.iter().flat_map(Passage::recipients).collect()
    }
}

/// The way of one message, a leg per stage that it reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trail {
    /// The legs, first stage first; at least one.
    pub legs: Vec<Leg>,
}

/// What tells which server a message comes to, and which message it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// Digest.
    pub id: CaseId,
    /// When.
    pub time: Timestamp,
    /// The client that connects to the first stage.
    pub client: Option<IpAddr>,
}

/// Servers with the mail that has come to them so far.
pub struct Network<'w> {
    world: &'w World,
    parse: &'w dyn Parse,
    keep: Keep,
    stages: Vec<Vec<Station>>,
    first: Option<Sharing>,
    /// Every case of the first stage, server by server in corpus time.
    trails: Vec<Trail>,
}

impl<'w> Network<'w> {
    /// A network without servers yet.
    pub fn new(world: &'w World, parse: &'w dyn Parse, keep: Keep) -> Self {
        Self { world, parse, keep, stages: Vec::new(), first: None, trails: Vec::new() }
    }

    /// Servers by stage.
    pub fn stages(&self) -> &[Vec<Station>] {
        &self.stages
    }

    /// Every case's way, server by server of the first stage, in corpus time.
    pub fn trails(&self) -> &[Trail] {
        &self.trails
    }

    /// Adds a stage of servers behind those already there and brings it all mail that comes
    /// so far. `batches` are all mail, the same for every stage in the same order; `call`
    /// tells what an item is, `prepare` makes a case of it or tells why there is none. `done`
    /// hears of each batch its length and, in the first stage, these reasons.
    ///
    /// # Errors
    ///
    /// The first batch that is an error.
    pub fn add_stage<T: Send, S: Send, E>(
        &mut self,
        threads: &Threads,
        (servers, sharing): (Vec<(StationSettings, Engine)>, Sharing),
        batches: impl Iterator<Item = Result<Vec<T>, E>>,
        call: impl Fn(&T) -> Call,
        prepare: impl Fn(T) -> Result<Case, S> + Sync + Send,
        mut done: impl FnMut(usize, Vec<S>),
    ) -> Result<(), E> {
        let mut open: Vec<Open<'w>> = servers
            .into_iter()
            .map(|(settings, engine)| Open {
                builder: DocketBuilder::new(engine, self.world, self.parse, self.keep)
                    .behind(settings.right),
                settings,
                tickets: Vec::new(),
            })
            .collect();
        let mut queue = self.queue();
        for batch in batches {
            let batch = batch?;
            let length = batch.len();
            let mut shares: Vec<Vec<(T, u32)>> =
                open.iter().map(|_| Vec::new()).collect();
            for item in batch {
                let call = call(&item);
                if let Some(ticket) = self.ticket(&mut queue, &call) {
                    shares[sharing.server(call.id, call.client)].push((item, ticket));
                }
            }
            let mut reasons = Vec::new();
            for (open, share) in open.iter_mut().zip(shares) {
                open.tickets.extend(share.iter().map(|(_, ticket)| *ticket));
                let next = &open.settings;
                reasons.extend(open.builder.add(threads, share, |(item, ticket)| {
                    Ok(self.handed_on(prepare(item)?, ticket, next))
                }));
            }
            done(length, reasons);
        }
        self.close(open);
        self.first.get_or_insert(sharing);
        Ok(())
    }

    /// Tickets of the cases of the first stage, by server, message and time.
    fn queue(&self) -> HashMap<(usize, CaseId, Timestamp), VecDeque<u32>> {
        let mut queue: HashMap<_, VecDeque<u32>> = HashMap::new();
        for (ticket, trail) in self.trails.iter().enumerate() {
            let leg = &trail.legs[0];
            let case = &self.stages[0][leg.server].docket.cases()[leg.position];
            queue
                .entry((leg.server, case.id, case.time))
                .or_default()
                .push_back(count(ticket));
        }
        queue
    }

    /// The ticket of a message that comes to the stage at hand; any in the first stage.
    ///
    /// Copies of one message are told apart by their order, which is that of the corpus in
    /// every docket too.
    fn ticket(
        &self,
        queue: &mut HashMap<(usize, CaseId, Timestamp), VecDeque<u32>>,
        call: &Call,
    ) -> Option<u32> {
        let Some(first) = &self.first else { return Some(0) };
        let server = first.server(call.id, call.client);
        let ticket = queue.get_mut(&(server, call.id, call.time))?.pop_front()?;
        let legs = &self.trails[ticket as usize].legs;
        let on = legs.last().is_some_and(|leg| leg.passage.is_some());
        (on && legs.len() == self.stages.len()).then_some(ticket)
    }

    /// A message as the server of a stage met it; `case` is the message as the first stage
    /// met it, and it must have come that far.
    pub fn arrival(&self, case: Case, trail: &Trail, stage: usize) -> Case {
        (0..stage).fold(case, |case, from| {
            let next = &trail.legs[from + 1];
            let next = &self.stages[from + 1][next.server].settings;
            self.crossed(case, (from, &trail.legs[from]), next)
        })
    }

    /// A case after all servers that it has passed, as `next` meets it.
    fn handed_on(&self, case: Case, ticket: u32, next: &StationSettings) -> Case {
        if self.stages.is_empty() {
            return case;
        }
        let trail = &self.trails[ticket as usize];
        let last = trail.legs.len() - 1;
        let case = self.arrival(case, trail, last);
        self.crossed(case, (last, &trail.legs[last]), next)
    }

    /// A case behind the server that it meets on this leg, as `next` meets it.
    fn crossed(
        &self,
        case: Case,
        (stage, leg): (usize, &Leg),
        next: &StationSettings,
    ) -> Case {
        let from = &self.stages[stage][leg.server];
        let passage = leg.passage.as_ref().expect("only such cases go on");
        let hop = Hop {
            name: from.settings.name.clone(),
            address: from.settings.address,
            right: next.right,
            authenticated: next.authenticated,
        };
        let right = from.settings.right;
        let engine = from.docket.engine();
        engine.pass_on(case, right, passage, &hop, self.world, self.parse)
    }

    /// Closes a stage: what goes on from each of its servers.
    fn close(&mut self, open: Vec<Open<'w>>) {
        let first = self.stages.is_empty();
        let stations = open.into_iter().map(|open| Station {
            settings: open.settings,
            docket: open.builder.finish(),
            tickets: open.tickets,
        });
        let stations: Vec<Station> = stations.collect();
        for (server, station) in stations.iter().enumerate() {
            let passages = station.docket.relay(&station.settings.way);
            for (position, passage) in passages.into_iter().enumerate() {
                let leg = Leg { server, position, passage };
                if first {
                    self.trails.push(Trail { legs: vec![leg] });
                } else {
                    let number = station.docket.cases()[position].number as usize;
                    let ticket = station.tickets[number] as usize;
                    self.trails[ticket].legs.push(leg);
                }
            }
        }
        self.stages.push(stations);
    }
}

/// A server whose stage is being brought its mail.
struct Open<'w> {
    settings: StationSettings,
    builder: DocketBuilder<'w>,
    tickets: Vec<u32>,
}

impl Docket {
    /// What goes on from each case, in corpus time.
    fn relay(&self, way: &Way) -> Vec<Option<Passage>> {
        let plan = Plan::new(&self.engine.roster(), &way.order, &way.enabled);
        let mut ledger = self.ledger(&way.enabled);
        let mut mail = Transit::new();
        let gate = Gate::Literal(way.thresholds);
        let pass = |case: &crate::Seen| {
            let class = &self.classes[case.class as usize];
            let signal = match (&mut ledger, case.visit()) {
                (Some(ledger), Some(visit)) => ledger.signal(visit),
                _ => Signal::Clear,
            };
            self.engine.walk(&plan, class, signal, gate, &mut mail);
            if let (Some(ledger), Some(visit), Some(booking)) =
                (&mut ledger, case.visit(), mail.booking())
            {
                ledger.book(visit, booking);
            }
            self.engine.passage(&mail)
        };
        self.cases.iter().map(pass).collect()
    }
}

/// What one server did to the mail that came to it.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerTally {
    /// Its name.
    pub name: String,
    /// Its stage, from 0.
    pub stage: usize,
    /// Where its mail ended; what goes on to the next stage counts as inbox here.
    pub tally: Tally,
    /// What causes mean on this server.
    pub causes: Vec<Cause>,
    /// What it spent.
    pub cost: Cost,
    /// Cases that came to it.
    pub cases: u64,
    /// Cases that it let go on for somebody, by [`Label::index`].
    pub passed: [u64; 2],
}

/// Where all mail ended, over all servers.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// Tally, cost and trace of all mail, in corpus time.
    pub replay: Replay,
    /// What causes mean: agents as `server/agent`, then the store and the server.
    pub causes: Vec<Cause>,
    /// By server, stage by stage.
    pub servers: Vec<ServerTally>,
}

impl Network<'_> {
    /// Replays every server's mail and puts together where each case ended.
    pub fn deliver(&self, unit: Unit) -> Delivery {
        let table = Causes::of(&self.stages);
        let replays: Vec<Vec<Replay>> = self
            .stages
            .iter()
            .map(|stage| stage.iter().map(|station| station.replay(unit)).collect())
            .collect();
        let starts: Vec<Vec<Vec<usize>>> = self
            .stages
            .iter()
            .map(|stage| {
                stage.iter().map(|station| station.docket.row_starts()).collect()
            })
            .collect();
        let mut merged: Vec<(&Trail, Vec<TraceRow>)> =
            Vec::with_capacity(self.trails.len());
        for trail in &self.trails {
            let rows = |stage: usize, leg: &Leg| {
                let starts = &starts[stage][leg.server];
                let range = starts[leg.position]..starts[leg.position + 1];
                replays[stage][leg.server].rows[range].to_vec()
            };
            merged.push((trail, table.merge(trail, rows)));
        }
        merged.sort_by_key(|(_, rows)| (rows[0].time, rows[0].case));
        let mut whole = Replay::default();
        let mut counts = Counts::default();
        for (_, rows) in merged {
            count_rows(&mut counts, &rows, unit);
            whole.rows.extend(rows);
        }
        whole.tally = counts.into();
        for replay in replays.iter().flatten() {
            whole.cost.content_scans += replay.cost.content_scans;
            whole.cost.dns_questions += replay.cost.dns_questions;
            whole.cost.bytes_scanned += replay.cost.bytes_scanned;
        }
        let servers = self.server_tallies(&replays, unit);
        Delivery { replay: whole, causes: table.all, servers }
    }

    fn server_tallies(&self, replays: &[Vec<Replay>], unit: Unit) -> Vec<ServerTally> {
        let mut servers = Vec::new();
        for (stage, (stations, replays)) in self.stages.iter().zip(replays).enumerate() {
            let last = stage + 1 == self.stages.len();
            for (server, (station, replay)) in stations.iter().zip(replays).enumerate() {
                let mut passed = [0; 2];
                for trail in &self.trails {
                    if let Some(leg) =
                        trail.legs.get(stage).filter(|leg| leg.server == server)
                        && leg.passage.is_some()
                    {
                        let case = &station.docket.cases()[leg.position];
                        passed[case.label.index()] += 1;
                    }
                }
                let table = causes(station.docket.engine());
                let tally = match last {
                    true => replay.tally.clone(),
                    false => without_store(station, replay, &table, unit),
                };
                servers.push(ServerTally {
                    name: station.settings.name.clone(),
                    stage,
                    tally,
                    causes: table,
                    cost: replay.cost,
                    cases: station.docket.cases().len() as u64,
                    passed,
                });
            }
        }
        servers
    }
}

/// The tally of a server that hands its mail on: no store has seen it yet.
fn without_store(
    station: &Station,
    replay: &Replay,
    causes: &[Cause],
    unit: Unit,
) -> Tally {
    let delivered = count(causes.len() - 1);
    let mut counts = Counts::default();
    for range in station.docket.row_starts().windows(2) {
        let rows = &replay.rows[range[0]..range[1]];
        let rows: Vec<TraceRow> = rows
            .iter()
            .map(|row| match row.tier {
                Tier::Junk | Tier::Inbox => TraceRow {
                    tier: Tier::Inbox,
                    cause: u16::try_from(delivered).expect("a handful of causes"),
                    ..row.clone()
                },
                Tier::Quarantine | Tier::Reject | Tier::Delete => row.clone(),
            })
            .collect();
        count_rows(&mut counts, &rows, unit);
    }
    counts.into()
}

fn count_rows(counts: &mut Counts, rows: &[TraceRow], unit: Unit) {
    let label: Label = rows[0].label;
    let ends = rows.iter().map(|row| (row.tier, row.cause));
    match unit {
        Unit::Case => counts.add(label, harshest(ends)),
        Unit::Delivery => ends.for_each(|end| counts.add(label, end)),
    }
}

impl Station {
    fn replay(&self, unit: Unit) -> Replay {
        let way = &self.settings.way;
        let Way { order, enabled, thresholds, comparison } = way;
        self.docket.replay(order, enabled, thresholds, *comparison, unit)
    }
}

impl Docket {
    /// Where each case's rows begin in a trace, and where the last one's end.
    fn row_starts(&self) -> Vec<usize> {
        let sizes =
            self.cases.iter().map(|case| self.classes[case.class as usize].recipients());
        let mut starts = vec![0];
        for size in sizes {
            starts.push(starts[starts.len() - 1] + size);
        }
        starts
    }
}

/// The table of causes of all servers.
struct Causes {
    all: Vec<Cause>,
    /// By stage and server: where its agents' causes begin, and how many they are.
    spans: Vec<Vec<(usize, usize)>>,
    /// Where the store's and the server's begin.
    rest: usize,
}

impl Causes {
    /// Causes of the store and of undisturbed delivery, behind the agents' in every table.
    fn of(stages: &[Vec<Station>]) -> Self {
        let mut all = Vec::new();
        let mut rest = Vec::new();
        let mut spans = Vec::new();
        for stage in stages {
            let mut of_stage = Vec::new();
            for station in stage {
                let engine = station.docket.engine();
                let agents: usize = (0..usize::from(engine.roster().len()))
                    .map(|a| engine.reasons(a).len())
                    .sum();
                let mut table = causes(engine);
                rest = table.split_off(agents);
                of_stage.push((all.len(), agents));
                all.extend(table.into_iter().map(|cause| Cause {
                    agent: format!("{}/{}", station.settings.name, cause.agent),
                    ..cause
                }));
            }
            spans.push(of_stage);
        }
        let begins = all.len();
        all.extend(rest);
        Self { all, spans, rest: begins }
    }

    fn index(&self, stage: usize, server: usize, cause: u16) -> u16 {
        let (start, agents) = self.spans[stage][server];
        let cause = usize::from(cause);
        let index =
            if cause < agents { start + cause } else { self.rest + cause - agents };
        u16::try_from(index).expect("at most 16 servers with a handful of causes")
    }

    /// The rows of one case over all its legs: where each recipient's copy ended at last,
    /// with what all servers spent on it.
    fn merge(
        &self,
        trail: &Trail,
        rows: impl Fn(usize, &Leg) -> Vec<TraceRow>,
    ) -> Vec<TraceRow> {
        let mut merged: Vec<TraceRow> = Vec::new();
        // Positions of the recipients at hand among those of the first leg.
        let mut who: Vec<usize> = Vec::new();
        for (stage, leg) in trail.legs.iter().enumerate() {
            let mut rows = rows(stage, leg);
            for row in &mut rows {
                row.cause = self.index(stage, leg.server, row.cause);
            }
            if stage == 0 {
                who = (0..rows.len()).collect();
                merged = rows;
            } else {
                debug_assert_eq!(rows.len(), who.len(), "who goes on arrives");
                for (at, row) in who.iter().zip(rows) {
                    let before = &mut merged[*at];
                    *before = TraceRow {
                        recipient: std::mem::take(&mut before.recipient),
                        score: row.score.or(before.score),
                        scanned: before.scanned || row.scanned,
                        dns_questions: before
                            .dns_questions
                            .saturating_add(row.dns_questions),
                        tarpit_seconds: before
                            .tarpit_seconds
                            .saturating_add(row.tarpit_seconds),
                        ..row
                    };
                }
            }
            if let Some(passage) = &leg.passage {
                who = passage.recipients().map(|position| who[position]).collect();
            }
        }
        merged
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).expect("fewer than 2^32 of them")
}
