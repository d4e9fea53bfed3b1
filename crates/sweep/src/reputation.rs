//! Memory under every order: which visits meet a blocked client.
//!
//! A journey depends on memory only through the signal, and memory depends on a journey only
//! through its booking (design law 6: never through the tier). So the ledger is run once per
//! distinct table of bookings, over the visits of the clients that could be blocked at all.

use pipeline::{Booking, Signal, Visit};

use crate::groups::Numbers;
use crate::journeys::Atlas;
use crate::{Docket, Threads};

/// One case of a client that the ledger could block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WatchedVisit {
    pub(crate) case: u32,
    pub(crate) class: u32,
    visit: Visit,
}

/// The visits that memory matters to.
pub(crate) struct Watch {
    /// In corpus time.
    pub(crate) visits: Vec<WatchedVisit>,
    /// Per class, whether one of its cases is among the visits.
    pub(crate) blockable: Vec<bool>,
}

impl Watch {
    /// Clients with enough messages for the ledger ever to block them.
    pub(crate) fn new(docket: &Docket, enabled: &[bool]) -> Self {
        let mut blockable = vec![false; docket.classes.len()];
        let Some(ledger) = docket.ledger(enabled) else {
            return Self { visits: Vec::new(), blockable };
        };
        let mut messages = Vec::new();
        for client in docket.cases.iter().filter_map(|case| case.client) {
            let client = client as usize;
            if client >= messages.len() {
                messages.resize(client + 1, 0usize);
            }
            messages[client] += 1;
        }
        let visits: Vec<_> = docket
            .cases
            .iter()
            .enumerate()
            .filter_map(|(case, seen)| Some((case, seen, seen.visit()?)))
            .filter(|(_, _, visit)| {
                messages[visit.client as usize] > ledger.least_history()
            })
            .map(|(case, seen, visit)| WatchedVisit {
                case: u32::try_from(case).expect("fewer than 2^32 cases"),
                class: seen.class,
                visit,
            })
            .collect();
        for visit in &visits {
            blockable[visit.class as usize] = true;
        }
        Self { visits, blockable }
    }

    /// Per group of orders the visits (by position, ascending) that meet a blocked client;
    /// equal lists are stored once.
    pub(crate) fn blocked(
        &self,
        docket: &Docket,
        atlas: &Atlas,
        enabled: &[bool],
        threads: &Threads,
    ) -> (Vec<u32>, Vec<Vec<u32>>) {
        // Classes whose travels agree book alike.
        let mut pairs = Numbers::new();
        let pair_of_class: Vec<Option<u32>> = (0u32..)
            .zip(&self.blockable)
            .map(|(class, blockable)| blockable.then(|| pairs.of(atlas.kinds_of(class))))
            .collect();
        let book = |group: usize, kinds: &[Option<u32>; 2]| {
            kinds.map(|kind| kind.and_then(|kind| atlas.journey(group, kind).booking))
        };
        let mut tables = Numbers::new();
        let table_of_group: Vec<u32> = (0..atlas.groups.keys.len())
            .map(|group| {
                let bookings = pairs.list.iter().map(|kinds| book(group, kinds));
                tables.of(bookings.collect::<Vec<_>>())
            })
            .collect();
        let runs = threads.map(tables.list, |table| {
            self.run(docket, enabled, |class| {
                pair_of_class[class as usize]
                    .map_or([None; 2], |pair| table[pair as usize])
            })
        });
        let mut lists = Numbers::new();
        let list_of_table: Vec<u32> = runs.into_iter().map(|run| lists.of(run)).collect();
        let of_group =
            table_of_group.iter().map(|table| list_of_table[*table as usize]).collect();
        (of_group, lists.list)
    }

    fn run(
        &self,
        docket: &Docket,
        enabled: &[bool],
        bookings: impl Fn(u32) -> [Option<Booking>; 2],
    ) -> Vec<u32> {
        let Some(mut ledger) = docket.ledger(enabled) else {
            return Vec::new();
        };
        let mut blocked = Vec::new();
        for (position, watched) in (0u32..).zip(&self.visits) {
            let signal = ledger.signal(watched.visit);
            if let Some(booking) = bookings(watched.class)[signal.index()] {
                ledger.book(watched.visit, booking);
            }
            if signal == Signal::Blocked {
                blocked.push(position);
            }
        }
        blocked
    }
}
