//! Where every single case ends under every policy: what a list of moved messages is read
//! from.
//!
//! A fate is where a case ends as a function of the thresholds, a journey is its fate under
//! each order outcome. Cases share both, so that the whole is small.

use std::collections::BTreeSet;

use mail::{JunkComparison, Scl, Thresholds, Tier};
use pipeline::Signal;

use crate::causes::CauseIndex;
use crate::groups::Numbers;
use crate::journeys::Atlas;
use crate::profile::{Profile, level, settle};
use crate::reputation::Watch;
use crate::{Docket, Threads};

/// A stretch of threshold settings under which a case ends the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FateRun {
    /// First of the settings; the stretch ends where the next one begins.
    pub first: u32,
    /// Where the case ends.
    pub tier: Tier,
    /// Index into the table of causes.
    pub cause: u16,
}

/// Where a case ends, as a function of the thresholds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fate {
    /// The SCL that thresholds are held against; `None` where nobody rated the message.
    pub scl: Option<Scl>,
    /// Ascending by setting, from 0.
    pub runs: Vec<FateRun>,
}

/// Every case under every outcome of a sweep and every threshold setting. The unit is the
/// case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FateTable {
    /// Threshold settings that the runs count.
    pub settings: Vec<Thresholds>,
    /// The outcomes told: indexes into [`crate::SweepResult::outcomes`].
    pub outcomes: Vec<u32>,
    /// Distinct fates.
    pub fates: Vec<Fate>,
    /// Distinct journeys: a fate per outcome, parallel to `outcomes`.
    pub journeys: Vec<Vec<u32>>,
    /// Per case of the docket its journey.
    pub of_case: Vec<u32>,
}

impl Fate {
    /// Tier and cause under one setting.
    pub fn at(&self, setting: u32) -> (Tier, u16) {
        let after = self.runs.partition_point(|run| run.first <= setting);
        let run = &self.runs[after.saturating_sub(1)];
        (run.tier, run.cause)
    }
}

/// A sweep that still knows its cases.
pub struct Survey<'a> {
    pub(crate) docket: &'a Docket,
    pub(crate) atlas: Atlas,
    pub(crate) watch: Watch,
    pub(crate) list_of_group: Vec<u32>,
    pub(crate) lists: Vec<Vec<u32>>,
    /// Per outcome, a group of orders that has it.
    pub(crate) group_of_outcome: Vec<usize>,
    pub(crate) comparison: JunkComparison,
}

impl Survey<'_> {
    /// Most journeys × outcomes that [`Survey::fates`] holds, about a quarter of a gigabyte.
    const ROOM: usize = 1 << 26;

    /// How many outcomes [`Survey::fates`] has room for; at least one.
    pub fn room(&self) -> usize {
        let kinds = self.atlas.kinds() + self.watch.visits.len();
        (Self::ROOM / kinds.max(1)).max(1)
    }

    /// Where every case ends under some outcomes, for every one of `settings`.
    ///
    /// # Panics
    ///
    /// If an outcome is not of this sweep.
    pub fn fates(
        &self,
        settings: &[Thresholds],
        outcomes: &[u32],
        threads: &Threads,
    ) -> FateTable {
        let groups: Vec<usize> = outcomes
            .iter()
            .map(|outcome| self.group_of_outcome[*outcome as usize])
            .collect();
        let (journeys, of_case) = self.journeys(&groups);
        let mut used = BTreeSet::new();
        used.extend(journeys.iter().flatten().copied());
        let used: Vec<u32> = used.into_iter().collect();
        let index = CauseIndex::new(self.docket.engine());
        let found = threads.map(used.clone(), |profile| {
            let profile = &self.atlas.profiles[profile as usize];
            fate(profile, settings, self.comparison, &index)
        });
        let mut fates = Numbers::new();
        let number: Vec<u32> = found.into_iter().map(|fate| fates.of(fate)).collect();
        let renamed = |profile: &u32| {
            let at = used.binary_search(profile).expect("every profile met is used");
            number[at]
        };
        // Profiles that differ may be one fate, and so may journeys.
        let mut distinct = Numbers::new();
        let renumbered: Vec<u32> = journeys
            .iter()
            .map(|journey| distinct.of(journey.iter().map(renamed).collect()))
            .collect();
        FateTable {
            settings: settings.to_vec(),
            outcomes: outcomes.to_vec(),
            fates: fates.list,
            journeys: distinct.list,
            of_case: of_case.iter().map(|old| renumbered[*old as usize]).collect(),
        }
    }

    /// Distinct journeys over groups of orders, as profiles, and the journey of each case.
    fn journeys(&self, groups: &[usize]) -> (Vec<Vec<u32>>, Vec<u32>) {
        let mut journeys = Numbers::new();
        let along = |kind: u32| -> Vec<u32> {
            groups.iter().map(|group| self.atlas.journey(*group, kind).profile).collect()
        };
        let kinds = 0..u32::try_from(self.atlas.kinds()).expect("fewer than 2^32 kinds");
        let of_kind: Vec<u32> = kinds.map(|kind| journeys.of(along(kind))).collect();
        let kind = |class, signal| self.atlas.kind(class, signal) as usize;
        let cases = self.docket.cases.iter();
        let mut of_case: Vec<u32> =
            cases.map(|case| of_kind[kind(case.class, Signal::Clear)]).collect();
        for (position, visit) in (0u32..).zip(&self.watch.visits) {
            let mut own: Option<Vec<u32>> = None;
            for (at, group) in groups.iter().enumerate() {
                let list = &self.lists[self.list_of_group[*group] as usize];
                if list.binary_search(&position).is_err() {
                    continue;
                }
                let blocked = self.atlas.kind(visit.class, Signal::Blocked);
                let profile = self.atlas.journey(*group, blocked).profile;
                let clear = of_case[visit.case as usize];
                own.get_or_insert_with(|| journeys.list[clear as usize].clone())[at] =
                    profile;
            }
            if let Some(own) = own {
                of_case[visit.case as usize] = journeys.of(own);
            }
        }
        (journeys.list, of_case)
    }
}

fn fate(
    profile: &Profile,
    settings: &[Thresholds],
    comparison: JunkComparison,
    causes: &CauseIndex,
) -> Fate {
    let mut runs: Vec<FateRun> = Vec::new();
    for (first, thresholds) in (0u32..).zip(settings) {
        let (tier, cause) = settle(profile, thresholds, comparison, causes);
        if runs.last().is_none_or(|last| (last.tier, last.cause) != (tier, cause)) {
            runs.push(FateRun { first, tier, cause });
        }
    }
    Fate { scl: level(profile), runs }
}
