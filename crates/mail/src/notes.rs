//! Questions that nobody had recorded an answer to.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// A set that grows behind a shared reference: which questions were asked without a recorded
/// answer. What is in it changes no answer, so it counts for nothing in comparisons, and its
/// order does not depend on who asked first.
#[derive(Debug)]
pub struct Notes<T>(Mutex<BTreeSet<T>>);

impl<T: Ord> Notes<T> {
    /// Notes a question.
    pub fn add(&self, question: T) {
        self.lock().insert(question);
    }

    /// How many different questions were noted.
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    /// Takes all of them out.
    pub fn take(&self) -> BTreeSet<T> {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeSet<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Default for Notes<T> {
    fn default() -> Self {
        Self(Mutex::new(BTreeSet::new()))
    }
}

impl<T: Ord + Clone> Clone for Notes<T> {
    fn clone(&self) -> Self {
        Self(Mutex::new(self.lock().clone()))
    }
}

impl<T> PartialEq for Notes<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<T> Eq for Notes<T> {}
