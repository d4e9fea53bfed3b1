//! What the first pass finds out, by number.

use std::collections::HashMap;
use std::hash::Hash;

use crate::seat::AnyTable;
use crate::{Class, Junk};

/// What the first pass found out about some cases in a row: distinct evidence, and the
/// classes that it makes of them.
///
/// Numbers are given in the order in which things are met, so that [`take_in`] gives the same
/// in all as if every case had been taken in alone.
///
/// [`take_in`]: crate::Engine::take_in
pub struct Findings {
    /// One table per agent.
    pub(crate) seats: Vec<AnyTable>,
    pub(crate) junk: Table<Box<[Junk]>>,
    pub(crate) classes: Table<Class>,
}

/// What was found out about one case.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Noted {
    /// Its class, by number among the [`Findings`].
    pub class: u32,
    /// Raw score of the content filter for the message as it arrived.
    pub score: Option<f64>,
}

/// Distinct things by number, in the order in which they were met.
#[derive(Debug)]
pub(crate) struct Table<E> {
    list: Vec<E>,
    numbers: HashMap<E, u32>,
    /// Number of the thing met before: mostly the next is the same.
    last: u32,
}

impl<E> Default for Table<E> {
    fn default() -> Self {
        Self { list: Vec::new(), numbers: HashMap::new(), last: 0 }
    }
}

impl<E: Clone + Eq + Hash> Table<E> {
    pub(crate) fn number(&mut self, thing: E) -> u32 {
        if self.list.get(self.last as usize) != Some(&thing) {
            self.last = self.find_or_add(thing);
        }
        self.last
    }

    fn find_or_add(&mut self, thing: E) -> u32 {
        if let Some(number) = self.numbers.get(&thing) {
            return *number;
        }
        let number =
            u32::try_from(self.list.len()).expect("fewer than 2^32 distinct findings");
        self.list.push(thing.clone());
        self.numbers.insert(thing, number);
        number
    }

    /// Takes in all of another table; the numbers they have here, by those they had there.
    pub(crate) fn take_in(&mut self, other: Self) -> Vec<u32> {
        other.list.into_iter().map(|thing| self.number(thing)).collect()
    }

    pub(crate) fn list(&self) -> &[E] {
        &self.list
    }

    pub(crate) fn into_list(self) -> Vec<E> {
        self.list
    }
}
