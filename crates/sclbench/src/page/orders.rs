//! The agent orders that the report lets choose from.

use std::collections::BTreeMap;

use analysis::SweepResult;
use anyhow::Result;
use pipeline::{PriorityOrder, Roster};
use report::html::{Choice, PriorityChange};
use sweep::OrderRow;

/// The choices, and how to find the one of any order.
pub(crate) struct Orders {
    /// Choices by number of priority changes.
    pub(crate) choices: Vec<Choice>,
    /// Per outcome of the sweep, its first choice.
    first: BTreeMap<u32, usize>,
    /// Outcome of every order class by orientation.
    outcomes: BTreeMap<u64, u32>,
    roster: Roster,
}

impl Orders {
    /// Per outcome told the order that the fewest priority changes reach, and the cheapest
    /// one too where that spends less.
    ///
    /// # Errors
    ///
    /// The sweep names agents that the policy does not have.
    pub(crate) fn new(sweep: &SweepResult, told: &[u32], roster: Roster) -> Result<Self> {
        let outcomes = sweep
            .orders
            .iter()
            .map(|row| Ok((roster.orientation(&priority(row, &roster)?), row.outcome)))
            .collect::<Result<BTreeMap<_, _>>>()?;
        let mut picked: Vec<(usize, u32, u32, &OrderRow)> = Vec::new();
        for (position, outcome) in told.iter().enumerate() {
            let group = &sweep.outcomes[*outcome as usize];
            let members = sweep.orders.iter().filter(|row| row.outcome == *outcome);
            let cheapest = &sweep.orders[group.representative as usize];
            let shortest = members
                .min_by_key(|row| {
                    (row.moves.len(), row.cost.content_scans, row.cost.dns_questions)
                })
                .unwrap_or(cheapest);
            picked.push((position, *outcome, group.order_classes, shortest));
            if (cheapest.cost.content_scans, cheapest.cost.dns_questions)
                < (shortest.cost.content_scans, shortest.cost.dns_questions)
            {
                picked.push((position, *outcome, group.order_classes, cheapest));
            }
        }
        picked.sort_by_key(|(position, _, _, row)| (row.moves.len(), *position));
        let mut first = BTreeMap::new();
        for (number, (_, outcome, _, _)) in picked.iter().enumerate() {
            first.entry(*outcome).or_insert(number);
        }
        let choices = picked
            .iter()
            .map(|(position, _, shared, row)| Choice {
                outcome: *position,
                order: row.order.clone(),
                moves: row
                    .moves
                    .iter()
                    .map(|m| PriorityChange {
                        agent: m.agent.clone(),
                        priority: m.priority,
                    })
                    .collect(),
                shared: *shared,
                scans: row.cost.content_scans,
                questions: row.cost.dns_questions,
                swaps: Vec::new(),
            })
            .collect();
        let mut orders = Self { choices, first, outcomes, roster };
        for number in 0..orders.choices.len() {
            orders.choices[number].swaps = orders.swaps(number)?;
        }
        Ok(orders)
    }

    /// The choice with the outcome of an order.
    pub(crate) fn of_order(&self, order: &PriorityOrder) -> Option<usize> {
        let outcome = self.outcomes.get(&self.roster.orientation(order))?;
        self.of_outcome(*outcome)
    }

    /// The choice with the outcome of an order given by agents' names: the same order class
    /// where it is among the choices.
    pub(crate) fn of_names(&self, names: &[String]) -> Option<usize> {
        let agents = names.iter().map(|name| self.roster.find(name));
        let order =
            PriorityOrder::new(&self.roster, agents.collect::<Option<Vec<_>>>()?).ok()?;
        let word = self.roster.orientation(&order);
        let same = |choice: &Choice| {
            PriorityOrder::new(&self.roster, choice.order.clone())
                .is_ok_and(|other| self.roster.orientation(&other) == word)
        };
        self.choices.iter().position(same).or_else(|| self.of_order(&order))
    }

    /// The first choice with an outcome of the sweep.
    pub(crate) fn of_outcome(&self, outcome: u32) -> Option<usize> {
        self.first.get(&outcome).copied()
    }

    /// Where swapping each pair of neighbours by priority leads.
    fn swaps(&self, number: usize) -> Result<Vec<i64>> {
        let here = &self.choices[number];
        (1..here.order.len())
            .map(|at| {
                let mut order = here.order.clone();
                order.swap(at - 1, at);
                let order = PriorityOrder::new(&self.roster, order)?;
                let to = self.of_order(&order);
                // A swap without effect leads nowhere else.
                let to = to.map(|to| {
                    if self.choices[to].outcome == here.outcome { number } else { to }
                });
                Ok(to.map_or(Ok(-1), i64::try_from)?)
            })
            .collect()
    }
}

fn priority(row: &OrderRow, roster: &Roster) -> Result<PriorityOrder> {
    Ok(PriorityOrder::new(roster, row.order.clone())?)
}
