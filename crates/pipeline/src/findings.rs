//! What the first pass finds out, by number.

use std::hash::{BuildHasher as _, Hash};

use foldhash::fast::RandomState;
use hashbrown::HashTable;

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
#[derive(Debug, Clone)]
pub struct Table<E> {
    list: Vec<E>,
    /// Numbers by hash; empty as long as there are few things.
    numbers: HashTable<u32>,
    state: RandomState,
    /// Number of the thing met before: mostly the next is the same.
    last: u32,
}

/// So few things are compared one by one; a thread's findings about its cases in a row have
/// rarely more.
const FEW: usize = 16;

impl<E> Default for Table<E> {
    fn default() -> Self {
        let (numbers, state) = (HashTable::new(), RandomState::default());
        Self { list: Vec::new(), numbers, state, last: 0 }
    }
}

impl<E: Eq + Hash> Table<E> {
    /// The number of a thing, which is added where it is new.
    pub fn number(&mut self, thing: E) -> u32 {
        if self.list.get(self.last as usize) != Some(&thing) {
            self.last = self.find_or_add(thing);
        }
        self.last
    }

    fn find_or_add(&mut self, thing: E) -> u32 {
        let Self { list, numbers, state, .. } = self;
        let number = count(list.len());
        if list.len() < FEW {
            let known = list.iter().position(|known| *known == thing);
            if known.is_none() {
                list.push(thing);
            }
            return known.map_or(number, count);
        }
        let hash = |number: u32| state.hash_one(&list[number as usize]);
        if numbers.is_empty() {
            for number in 0..number {
                numbers.insert_unique(hash(number), number, |number| hash(*number));
            }
        }
        let own = state.hash_one(&thing);
        if let Some(known) = numbers.find(own, |known| list[*known as usize] == thing) {
            return *known;
        }
        numbers.insert_unique(own, number, |number| hash(*number));
        list.push(thing);
        number
    }

    /// Takes in all of another table; the numbers they have here, by those they had there.
    pub fn take_in(&mut self, other: Self) -> Vec<u32> {
        other.list.into_iter().map(|thing| self.number(thing)).collect()
    }
}

impl<E> Table<E> {
    /// The things, by number.
    pub fn list(&self) -> &[E] {
        &self.list
    }

    /// The things, by number, without the means to find them.
    pub fn into_list(self) -> Vec<E> {
        self.list
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).expect("fewer than 2^32 distinct findings")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_follow_the_order_in_which_things_are_met(
            things in prop::collection::vec(0..60u8, 0..200),
            cut in 0..200usize,
        ) {
            let mut distinct: Vec<u8> = Vec::new();
            let mut number = |thing: u8| {
                distinct.iter().position(|known| *known == thing).unwrap_or_else(|| {
                    distinct.push(thing);
                    distinct.len() - 1
                })
            };
            let expected: Vec<u32> =
                things.iter().map(|thing| count(number(*thing))).collect();
            let mut whole = Table::default();
            let found: Vec<u32> = things.iter().map(|thing| whole.number(*thing)).collect();
            prop_assert_eq!(&found, &expected);
            prop_assert_eq!(whole.list(), &*distinct);
            let mut merged = Table::default();
            let mut again = Vec::new();
            let (head, tail) = things.split_at(cut.min(things.len()));
            for part in [head, tail] {
                let mut table = Table::default();
                let own: Vec<u32> = part.iter().map(|thing| table.number(*thing)).collect();
                let numbers = merged.take_in(table);
                again.extend(own.into_iter().map(|own| numbers[own as usize]));
            }
            prop_assert_eq!(&again, &expected);
        }
    }
}
