//! The journeys of every class under every order that matters to it.

use pipeline::{Plan, PriorityOrder, Signal, Transit};

use crate::causes::CauseIndex;
use crate::groups::{Groups, Numbers};
use crate::profile::{Journey, Profile, travel};
use crate::{Docket, Threads};

/// Classes walked at a time, so that memory holds the profiles of a few only.
const BATCH: usize = 1024;

/// Journeys of a class under one signal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Travels {
    /// Restriction that the journeys are numbered by.
    restriction: u32,
    /// By restricted order; profiles by number.
    journeys: Box<[Journey<u32>]>,
}

/// All journeys, with the profiles they lead to.
pub(crate) struct Atlas {
    pub(crate) groups: Groups,
    pub(crate) profiles: Vec<Profile>,
    /// Distinct travels; classes that fare alike under every order share one.
    kinds: Vec<Travels>,
    /// Per class the number of its travels: with a clear signal, and, where the ledger can
    /// block the client of one of its cases, with a blocked one.
    kinds_of_class: Vec<[Option<u32>; 2]>,
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
        let walked = |number: usize| {
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
        };
        let (mut profiles, mut kinds) = (Numbers::new(), Numbers::new());
        let mut kinds_of_class = Vec::with_capacity(docket.classes.len());
        let numbers: Vec<usize> = (0..docket.classes.len()).collect();
        for batch in numbers.chunks(BATCH) {
            let found = threads.map(batch.to_vec(), walked);
            kinds_of_class.extend(found.into_iter().map(|both| {
                both.map(|one| one.map(|found| kinds.of(number(found, &mut profiles))))
            }));
        }
        Self { groups, profiles: profiles.list, kinds: kinds.list, kinds_of_class }
    }

    /// How many kinds of travels there are.
    pub(crate) fn kinds(&self) -> usize {
        self.kinds.len()
    }

    /// Numbers of the travels of a class with a clear and with a blocked signal.
    pub(crate) fn kinds_of(&self, class: u32) -> [Option<u32>; 2] {
        self.kinds_of_class[class as usize]
    }

    /// Number of the travels of a class under a signal that its cases may meet.
    pub(crate) fn kind(&self, class: u32, signal: Signal) -> u32 {
        self.kinds_of(class)[signal.index()]
            .expect("a blocked client's classes are marked as blockable")
    }

    /// The journey of a kind under a group of orders.
    pub(crate) fn journey(&self, group: usize, kind: u32) -> &Journey<u32> {
        let travels = &self.kinds[kind as usize];
        let key = self.groups.keys[group][travels.restriction as usize];
        &travels.journeys[key as usize]
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
