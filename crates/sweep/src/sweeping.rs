//! The sweep: every order class with every threshold setting, exactly.

use mail::JunkComparison;
use pipeline::PriorityOrder;

use crate::causes::{CauseIndex, causes};
use crate::groups::Numbers;
use crate::journeys::Atlas;
use crate::outcomes::{Cells, Scales};
use crate::reputation::Watch;
use crate::{
    Cost, Docket, Move, OrderRow, Outcome, Sheet, Space, Survey, SweepResult, Tally,
    Threads, Unit,
};

/// Groups weighed at a time; most weigh the same and need not be kept.
const BATCH: usize = 256;

impl Docket {
    /// The tally of every policy of a space.
    ///
    /// Thresholds are factored out (design law 6): a class of equal evidence is walked once
    /// per order that can matter to it and per action of the threshold gate; every threshold
    /// setting is then read off. Agrees with [`Docket::replay`] on every policy.
    pub fn sweep(
        &self,
        space: &Space,
        enabled: &[bool],
        comparison: JunkComparison,
        unit: Unit,
        threads: &Threads,
    ) -> SweepResult {
        self.survey(space, enabled, comparison, unit, threads).0
    }

    /// [`Docket::sweep`], with what its tallies are counted from.
    pub fn sweep_with_sheet(
        &self,
        space: &Space,
        enabled: &[bool],
        comparison: JunkComparison,
        unit: Unit,
        threads: &Threads,
    ) -> (SweepResult, Sheet) {
        let (result, sheet, _) = self.survey(space, enabled, comparison, unit, threads);
        (result, sheet)
    }

    /// [`Docket::sweep_with_sheet`], with what it takes to tell where each single case ends.
    pub fn survey(
        &self,
        space: &Space,
        enabled: &[bool],
        comparison: JunkComparison,
        unit: Unit,
        threads: &Threads,
    ) -> (SweepResult, Sheet, Survey<'_>) {
        let watch = Watch::new(self, enabled);
        let atlas = Atlas::new(self, &space.orders, enabled, &watch.blockable, threads);
        let (list_of_group, lists) = watch.blocked(self, &atlas, enabled, threads);
        let scales = Scales::new(self, &atlas, &watch);
        let groups: Vec<usize> = (0..atlas.groups.keys.len()).collect();
        let mut fates = Numbers::new();
        let mut costs: Vec<Cost> = Vec::with_capacity(groups.len());
        let mut counts = Vec::new();
        let mut outcome_of_group: Vec<u32> = Vec::with_capacity(groups.len());
        for batch in groups.chunks(BATCH) {
            let weighed = threads.map(batch.to_vec(), |group| {
                scales.weigh(group, &lists[list_of_group[group] as usize])
            });
            for group in weighed {
                costs.push(group.cost);
                outcome_of_group.push(fates.of(group.fates));
                if counts.len() < fates.list.len() {
                    counts.push(group.counts);
                }
            }
        }
        let orders = self.order_rows(&space.orders, threads, |order| {
            let group = atlas.groups.of_order[order] as usize;
            (outcome_of_group[group], costs[group])
        });
        let causes = causes(&self.engine);
        let index = CauseIndex::new(&self.engine);
        let cells = Cells::new(
            &atlas.profiles,
            &space.settings,
            comparison,
            (&index, causes.len()),
            unit,
        );
        let (tallies, by_outcome) =
            distinct(threads.map(counts, |counts| cells.tallies(&counts)));
        let outcomes = outcomes(&orders, by_outcome);
        let units = tallies
            .first()
            .map_or([0; 2], |tally: &Tally| tally.tiers.map(|tiers| tiers.iter().sum()));
        let sheet = Sheet::new(self, &atlas, &watch, fates.list);
        let result = SweepResult {
            agents: self
                .engine
                .roster()
                .names()
                .iter()
                .map(ToString::to_string)
                .collect(),
            causes,
            units,
            settings: space.settings.clone(),
            orders,
            outcomes,
            tallies,
        };
        let mut group_of_outcome = Vec::new();
        for (group, outcome) in outcome_of_group.iter().enumerate() {
            if *outcome as usize == group_of_outcome.len() {
                group_of_outcome.push(group);
            }
        }
        let docket = self;
        let survey = Survey {
            docket,
            atlas,
            watch,
            list_of_group,
            lists,
            group_of_outcome,
            comparison,
        };
        (result, sheet, survey)
    }

    fn order_rows(
        &self,
        orders: &[PriorityOrder],
        threads: &Threads,
        of: impl Fn(usize) -> (u32, Cost) + Sync + Send,
    ) -> Vec<OrderRow> {
        let roster = self.engine.roster();
        let numbered: Vec<_> = orders.iter().enumerate().collect();
        threads.map(numbered, |(number, order)| {
            let (moves, reached) = roster.moves(order);
            let name = |agent: u8| roster.names()[usize::from(agent)].to_owned();
            let (outcome, cost) = of(number);
            OrderRow {
                order: reached.agents().to_vec(),
                moves: moves
                    .iter()
                    .map(|m| Move { agent: name(m.agent), priority: m.priority })
                    .collect(),
                outcome,
                cost,
            }
        })
    }
}

/// Numbers tallies over all outcomes, sorted.
pub(crate) fn distinct(
    found: Vec<(Vec<Tally>, Vec<u32>)>,
) -> (Vec<Tally>, Vec<Vec<u32>>) {
    let mut tallies: Vec<Tally> =
        found.iter().flat_map(|(list, _)| list).cloned().collect();
    tallies.sort_unstable();
    tallies.dedup();
    let by_outcome = found
        .into_iter()
        .map(|(list, of_setting)| {
            let numbers: Vec<u32> = list
                .iter()
                .map(|tally| {
                    let number =
                        tallies.binary_search(tally).expect("every tally is listed");
                    u32::try_from(number).expect("fewer than 2^32 tallies")
                })
                .collect();
            of_setting.iter().map(|local| numbers[*local as usize]).collect()
        })
        .collect();
    (tallies, by_outcome)
}

pub(crate) fn outcomes(orders: &[OrderRow], by_outcome: Vec<Vec<u32>>) -> Vec<Outcome> {
    by_outcome
        .into_iter()
        .enumerate()
        .map(|(number, tallies)| {
            let members = || {
                (0u32..).zip(orders).filter(|(_, order)| order.outcome as usize == number)
            };
            let (representative, _) = members()
                .min_by_key(|(at, order)| {
                    let cost = order.cost;
                    (cost.content_scans, cost.dns_questions, order.moves.len(), *at)
                })
                .expect("an outcome comes from an order");
            let count = members().count();
            Outcome {
                representative,
                order_classes: u32::try_from(count).expect("at most all order classes"),
                tallies,
            }
        })
        .collect()
}
