//! The journeys of every class under every order that matters to it.

use pipeline::{Booking, Plan, PriorityOrder, Signal, Transit};

use crate::causes::CauseIndex;
use crate::groups::{Groups, Numbers};
use crate::profile::{Journey, Profile, travel};
use crate::{Docket, Threads};

/// Journeys of one class under one signal.
pub(crate) struct Travels {
    /// Restriction that the journeys are numbered by.
    restriction: u32,
    /// By restricted order; profiles by number.
    journeys: Vec<Journey<u32>>,
}

/// All journeys, with the profiles they lead to.
pub(crate) struct Atlas {
    pub(crate) groups: Groups,
    pub(crate) profiles: Vec<Profile>,
    /// Per class: with a clear signal, and, where the ledger can block the client of one of
    /// its cases, with a blocked one.
    travels: Vec<[Option<Travels>; 2]>,
}

impl Atlas {
    /// Walks every class once per order that can make a difference to it. `blockable` says
    /// of each class whether its cases may meet a blocked client.
    pub(crate) fn new(
        docket: &Docket,
        orders: &[PriorityOrder],
        enabled: &[bool],
        blockable: &[bool],
        threads: &Threads,
    ) -> Self {
        let engine = docket.engine();
        let roster = engine.roster();
        let causes = CauseIndex::new(engine);
        let orientations: Vec<u64> =
            orders.iter().map(|order| roster.orientation(order)).collect();
        let plans: Vec<Plan> =
            orders.iter().map(|order| Plan::new(&roster, order, enabled)).collect();
        let mut masks = Numbers::new();
        let wanted: Vec<[Option<u32>; 2]> = docket
            .classes
            .iter()
            .zip(blockable)
            .map(|(class, blockable)| {
                Signal::ALL.map(|signal| {
                    let busy = engine.busy(class, signal).filter(|agent| enabled[*agent]);
                    (signal == Signal::Clear || *blockable)
                        .then(|| masks.of(roster.orientation_mask(busy)))
                })
            })
            .collect();
        let groups = Groups::new(&orientations, &masks.list);
        let found = threads.map((0..docket.classes.len()).collect(), |number: usize| {
            let mut mail = Transit::new();
            let mut along = |signal: Signal| {
                let restriction = wanted[number][signal.index()]?;
                let first = &groups.restrictions[restriction as usize].first;
                let class = &docket.classes[number];
                let walk = |order: &usize| {
                    travel(engine, &causes, &plans[*order], class, signal, &mut mail)
                };
                Some((restriction, first.iter().map(walk).collect::<Vec<_>>()))
            };
            Signal::ALL.map(&mut along)
        });
        let mut profiles = Numbers::new();
        let travels = found
            .into_iter()
            .map(|both| both.map(|one| one.map(|found| number(found, &mut profiles))))
            .collect();
        Self { groups, profiles: profiles.list, travels }
    }

    /// The journey of a class under a group of orders.
    pub(crate) fn journey(
        &self,
        group: usize,
        class: u32,
        signal: Signal,
    ) -> &Journey<u32> {
        let travels = self.travels[class as usize][signal.index()]
            .as_ref()
            .expect("a blocked client's classes are marked as blockable");
        let key = self.groups.keys[group][travels.restriction as usize];
        &travels.journeys[key as usize]
    }

    /// What the agents book for a class under a group of orders, by signal.
    pub(crate) fn bookings(&self, group: usize, class: u32) -> [Option<Booking>; 2] {
        Signal::ALL.map(|signal| self.journey(group, class, signal).booking)
    }
}

fn number(
    (restriction, journeys): (u32, Vec<Journey<Profile>>),
    profiles: &mut Numbers<Profile>,
) -> Travels {
    let journeys = journeys
        .into_iter()
        .map(|journey| Journey {
            profile: profiles.of(journey.profile),
            booking: journey.booking,
            scanned: journey.scanned,
            dns_questions: journey.dns_questions,
        })
        .collect();
    Travels { restriction, journeys }
}
