//! Groups of orders under which every case ends the same way.

use mail::{JunkComparison, Thresholds, Tier};
use pipeline::Signal;

use crate::causes::CauseIndex;
use crate::groups::Numbers;
use crate::journeys::Atlas;
use crate::profile::{Profile, RecipientProfile, settle};
use crate::reputation::Watch;
use crate::{Cost, Decided, Docket, Tally, Unit};

/// Cases and bytes per kind of travels and label.
#[derive(Debug, Clone, Copy, Default)]
struct Mass {
    cases: [u64; 2],
    bytes: u64,
}

/// The fate of every case under one group of orders, thresholds left open.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Fates {
    /// Per kind of travels, the profile of its cases to whom no block made a difference;
    /// [`Fates::NOBODY`] where there are none.
    pub(crate) kinds: Vec<u32>,
    /// Visits to whom a block made a difference, with their profile.
    pub(crate) exceptions: Vec<(u32, u32)>,
}

impl Fates {
    const NOBODY: u32 = u32::MAX;
}

/// One group of orders, weighed.
pub(crate) struct Weighed {
    pub(crate) fates: Fates,
    /// Cases per label by profile, ascending by profile.
    pub(crate) counts: Vec<(u32, [u64; 2])>,
    pub(crate) cost: Cost,
}

/// What the weighing of groups needs to know of the docket.
pub(crate) struct Scales<'a> {
    atlas: &'a Atlas,
    watch: &'a Watch,
    docket: &'a Docket,
    mass: Vec<Mass>,
}

impl<'a> Scales<'a> {
    pub(crate) fn new(docket: &'a Docket, atlas: &'a Atlas, watch: &'a Watch) -> Self {
        let mut mass = vec![Mass::default(); atlas.kinds()];
        for case in &docket.cases {
            let mass = &mut mass[atlas.kind(case.class, Signal::Clear) as usize];
            mass.cases[case.label.index()] += 1;
            mass.bytes += u64::from(case.bytes);
        }
        Self { atlas, watch, docket, mass }
    }

    /// Fates, counts and cost under one group of orders.
    pub(crate) fn weigh(&self, group: usize, blocked: &[u32]) -> Weighed {
        let mut left = self.mass.clone();
        let mut unmoved = vec![false; left.len()];
        let mut counts = vec![[0u64; 2]; self.atlas.profiles.len()];
        let mut cost = Cost::default();
        let mut exceptions = Vec::new();
        for position in blocked {
            let visit = self.watch.visits[*position as usize];
            let case = &self.docket.cases[visit.case as usize];
            let [clear, blocked] =
                Signal::ALL.map(|signal| self.atlas.kind(visit.class, signal));
            let journey = self.atlas.journey(group, blocked);
            let kind = clear as usize;
            let one = &mut left[kind];
            let clear = self.atlas.journey(group, clear);
            one.cases[case.label.index()] -= 1;
            one.bytes -= u64::from(case.bytes);
            counts[journey.profile as usize][case.label.index()] += 1;
            cost.add(journey.scanned, journey.dns_questions, 1, u64::from(case.bytes));
            if journey.profile != clear.profile {
                exceptions.push((*position, journey.profile));
            } else {
                unmoved[kind] = true;
            }
        }
        let mut kinds = Vec::with_capacity(left.len());
        for (kind, mass) in (0u32..).zip(&left) {
            let cases = mass.cases[0] + mass.cases[1];
            if cases == 0 && !unmoved[kind as usize] {
                kinds.push(Fates::NOBODY);
                continue;
            }
            let journey = self.atlas.journey(group, kind);
            kinds.push(journey.profile);
            for (count, cases) in
                counts[journey.profile as usize].iter_mut().zip(mass.cases)
            {
                *count += cases;
            }
            cost.add(journey.scanned, journey.dns_questions, cases, mass.bytes);
        }
        let counts =
            (0u32..).zip(counts).filter(|(_, counts)| *counts != [0, 0]).collect();
        Weighed { fates: Fates { kinds, exceptions }, counts, cost }
    }
}

impl Cost {
    fn add(&mut self, scanned: bool, dns_questions: u32, cases: u64, bytes: u64) {
        self.content_scans += u64::from(scanned) * cases;
        self.dns_questions += u64::from(dns_questions) * cases;
        self.bytes_scanned += u64::from(scanned) * bytes;
    }
}

/// For every profile and threshold setting, the cells that its units fall into.
pub(crate) struct Cells {
    settings: usize,
    /// Per profile and recipient unit, per setting: cause × 5 + tier.
    units: Vec<Vec<Vec<u16>>>,
    cells: usize,
}

impl Cells {
    pub(crate) fn new(
        profiles: &[Profile],
        settings: &[Thresholds],
        comparison: JunkComparison,
        causes: (&CauseIndex, usize),
        unit: Unit,
    ) -> Self {
        let column = |profile: &[RecipientProfile]| -> Vec<u16> {
            settings
                .iter()
                .map(|thresholds| {
                    let (tier, cause) = settle(profile, thresholds, comparison, causes.0);
                    cause * 5 + u16::try_from(tier.index()).expect("five tiers")
                })
                .collect()
        };
        let units = profiles
            .iter()
            .map(|profile| match unit {
                Unit::Case => vec![column(profile)],
                Unit::Delivery => profile.chunks(1).map(column).collect(),
            })
            .collect();
        Self { settings: settings.len(), units, cells: causes.1 * 5 }
    }

    /// The distinct tallies of one outcome, and the number of each setting's among them.
    pub(crate) fn tallies(&self, counts: &[(u32, [u64; 2])]) -> (Vec<Tally>, Vec<u32>) {
        let mut distinct = Numbers::new();
        let mut cells = vec![[0u64; 2]; self.cells];
        let of_setting = (0..self.settings)
            .map(|setting| {
                cells.fill([0; 2]);
                for (profile, counts) in counts {
                    for column in &self.units[*profile as usize] {
                        let cell = &mut cells[usize::from(column[setting])];
                        cell[0] += counts[0];
                        cell[1] += counts[1];
                    }
                }
                distinct.of(tally(&cells))
            })
            .collect();
        (distinct.list, of_setting)
    }
}

fn tally(cells: &[[u64; 2]]) -> Tally {
    let mut tally = Tally::default();
    for (cell, counts) in
        cells.iter().enumerate().filter(|(_, counts)| **counts != [0, 0])
    {
        let tier = Tier::ALL[cell % 5];
        tally.tiers[0][tier.index()] += counts[0];
        tally.tiers[1][tier.index()] += counts[1];
        let cause = u16::try_from(cell / 5).expect("a handful of causes");
        tally.decided.push(Decided { cause, tier, counts: *counts });
    }
    tally
}
