//! Orders that no case in the docket can tell apart.

use std::collections::HashMap;
use std::hash::Hash;

/// Numbers equal things equally, in the order of first appearance.
pub(crate) struct Numbers<K> {
    numbers: HashMap<K, u32>,
    pub(crate) list: Vec<K>,
}

impl<K: Eq + Hash + Clone> Numbers<K> {
    pub(crate) fn new() -> Self {
        Self { numbers: HashMap::new(), list: Vec::new() }
    }

    pub(crate) fn of(&mut self, key: K) -> u32 {
        if let Some(number) = self.numbers.get(&key) {
            return *number;
        }
        let number = u32::try_from(self.list.len()).expect("fewer than 2^32 of them");
        self.list.push(key.clone());
        self.numbers.insert(key, number);
        number
    }
}

/// For one set of busy agents: which orders put these agents into the same order wherever
/// they meet.
pub(crate) struct Restriction {
    /// Per order, its number among the restricted orders.
    pub(crate) of_order: Vec<u32>,
    /// Per restricted order, the first order that has it.
    pub(crate) first: Vec<usize>,
}

impl Restriction {
    fn new(orientations: &[u64], mask: u64) -> Self {
        let mut numbers = Numbers::new();
        let mut first = Vec::new();
        let of_order = orientations
            .iter()
            .enumerate()
            .map(|(order, orientation)| {
                let number = numbers.of(orientation & mask);
                if first.len() < numbers.list.len() {
                    first.push(order);
                }
                number
            })
            .collect();
        Self { of_order, first }
    }
}

/// Restrictions of all orders to some sets of busy agents, and the groups of orders that are
/// equal under all of them.
pub(crate) struct Groups {
    pub(crate) restrictions: Vec<Restriction>,
    /// Per order, its group.
    pub(crate) of_order: Vec<u32>,
    /// Per group, its number under each restriction.
    pub(crate) keys: Vec<Vec<u32>>,
}

impl Groups {
    pub(crate) fn new(orientations: &[u64], masks: &[u64]) -> Self {
        let restrictions: Vec<_> =
            masks.iter().map(|mask| Restriction::new(orientations, *mask)).collect();
        let mut numbers = Numbers::new();
        let of_order = (0..orientations.len())
            .map(|order| {
                numbers.of(restrictions.iter().map(|r| r.of_order[order]).collect())
            })
            .collect();
        Self { restrictions, of_order, keys: numbers.list }
    }
}
