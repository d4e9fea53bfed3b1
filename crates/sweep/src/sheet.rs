//! What the tallies of a sweep are counted from, as plain data without any mail.

use std::collections::BTreeMap;

use mail::{JunkComparison, Label, Thresholds};
use pipeline::Signal;

use crate::causes::CauseIndex;
use crate::groups::Numbers;
use crate::journeys::Atlas;
use crate::outcomes::{Cells, Fates};
use crate::profile::Profile;
use crate::reputation::Watch;
use crate::sweeping::{distinct, outcomes};
use crate::{Cause, Docket, OrderRow, RecipientProfile, SweepResult, Threads, Unit};

/// Where every case of a sweep ends under every order, thresholds left open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Distinct profiles: one entry per recipient.
    pub profiles: Vec<Vec<RecipientProfile>>,
    /// Distinct fates: the profile under each outcome of the sweep.
    pub fates: Vec<Vec<u32>>,
    /// The fate of each case, in corpus time.
    pub cases: Vec<u32>,
    /// The number of each case's campaign; empty where campaigns are not known.
    pub campaigns: Vec<u32>,
}

/// What a [`Sheet`] becomes a sweep with.
#[derive(Debug, Clone, PartialEq)]
pub struct Restored<'a> {
    /// Label of each case.
    pub labels: &'a [Label],
    /// Agent names in the default order.
    pub agents: Vec<String>,
    /// The causes that profiles refer to.
    pub causes: Vec<Cause>,
    /// The threshold settings.
    pub settings: Vec<Thresholds>,
    /// The order classes.
    pub orders: Vec<OrderRow>,
    /// How the store compares.
    pub comparison: JunkComparison,
    /// What is counted.
    pub unit: Unit,
}

/// A sheet whose parts do not fit each other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SheetError(&'static str);

impl SheetError {
    pub(crate) const fn new(what: &'static str) -> Self {
        Self(what)
    }
}

impl Sheet {
    pub(crate) fn new(
        docket: &Docket,
        atlas: &Atlas,
        watch: &Watch,
        outcomes: Vec<Fates>,
    ) -> Self {
        let mut exceptions: BTreeMap<u32, Vec<(usize, u32)>> = BTreeMap::new();
        for (outcome, fates) in outcomes.iter().enumerate() {
            for (position, profile) in &fates.exceptions {
                let case = watch.visits[*position as usize].case;
                exceptions.entry(case).or_default().push((outcome, *profile));
            }
        }
        let usual = |kind: u32| -> Vec<u32> {
            outcomes.iter().map(|fates| fates.kinds[kind as usize]).collect()
        };
        let mut fates = Numbers::new();
        let mut of_kind: Vec<Option<u32>> = vec![None; atlas.kinds()];
        let cases = (0u32..)
            .zip(&docket.cases)
            .map(|(number, case)| {
                let kind = atlas.kind(case.class, Signal::Clear);
                if let Some(exceptions) = exceptions.get(&number) {
                    let mut fate = usual(kind);
                    for (outcome, profile) in exceptions {
                        fate[*outcome] = *profile;
                    }
                    return fates.of(fate);
                }
                *of_kind[kind as usize].get_or_insert_with(|| fates.of(usual(kind)))
            })
            .collect();
        let profiles = atlas.profiles.iter().map(|profile| profile.to_vec()).collect();
        Self { profiles, fates: fates.list, cases, campaigns: Vec::new() }
    }

    /// The sweep again, every tally counted anew.
    ///
    /// # Errors
    ///
    /// [`SheetError`] where an index leads nowhere.
    pub fn sweep(
        &self,
        restored: Restored<'_>,
        threads: &Threads,
    ) -> Result<SweepResult, SheetError> {
        let index = self.check(&restored)?;
        let Restored { labels, agents, causes, settings, orders, comparison, unit } =
            restored;
        let profiles: Vec<Profile> =
            self.profiles.iter().map(|profile| profile.clone().into()).collect();
        let cells =
            Cells::new(&profiles, &settings, comparison, (&index, causes.len()), unit);
        let mut units = vec![[0u64; 2]; self.fates.len()];
        for (fate, label) in self.cases.iter().zip(labels) {
            units[*fate as usize][label.index()] += 1;
        }
        let count = self.fates.first().map_or(0, Vec::len);
        let counts: Vec<Vec<(u32, [u64; 2])>> = (0..count)
            .map(|outcome| {
                let mut counts: BTreeMap<u32, [u64; 2]> = BTreeMap::new();
                for (fate, units) in self.fates.iter().zip(&units) {
                    let counts = counts.entry(fate[outcome]).or_default();
                    counts[0] += units[0];
                    counts[1] += units[1];
                }
                counts.into_iter().filter(|(_, counts)| *counts != [0, 0]).collect()
            })
            .collect();
        let (tallies, by_outcome) =
            distinct(threads.map(counts, |counts| cells.tallies(&counts)));
        let outcomes = outcomes(&orders, by_outcome);
        let units = tallies
            .first()
            .map_or([0; 2], |tally| tally.tiers.map(|tiers| tiers.iter().sum()));
        Ok(SweepResult { agents, causes, units, settings, orders, outcomes, tallies })
    }

    fn check(&self, restored: &Restored<'_>) -> Result<CauseIndex, SheetError> {
        let ensure =
            |holds: bool, what| if holds { Ok(()) } else { Err(SheetError(what)) };
        let count = self.fates.first().map_or(0, Vec::len);
        ensure(
            self.cases.len() == restored.labels.len() && !self.cases.is_empty(),
            "there is not one fate per message",
        )?;
        ensure(
            self.cases.iter().all(|fate| (*fate as usize) < self.fates.len()),
            "a message names an unknown fate",
        )?;
        ensure(
            self.campaigns.is_empty() || self.campaigns.len() == self.cases.len(),
            "there is not one campaign per message",
        )?;
        let known = |profile: &u32| {
            self.profiles
                .get(*profile as usize)
                .is_some_and(|profile| !profile.is_empty())
        };
        ensure(
            self.fates.iter().all(|fate| fate.len() == count && fate.iter().all(known)),
            "a fate names an unknown profile",
        )?;
        let causes = restored.causes.len();
        let ends = self.profiles.iter().flatten().flat_map(RecipientProfile::causes);
        ensure(
            ends.into_iter().all(|cause| cause < causes),
            "a profile names an unknown cause",
        )?;
        let mut named = vec![false; count];
        for row in &restored.orders {
            let outcome = named.get_mut(row.outcome as usize);
            *outcome.ok_or(SheetError("an order names an unknown outcome"))? = true;
        }
        ensure(named.iter().all(|named| *named), "an outcome has no order")?;
        CauseIndex::of_table(&restored.causes)
            .ok_or(SheetError("the table of causes lacks the store's"))
    }
}
