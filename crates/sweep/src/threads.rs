//! How many threads.

use rayon::{ThreadPool, ThreadPoolBuilder};

/// A pool of worker threads. Results never depend on how many there are.
pub struct Threads(ThreadPool);

impl Threads {
    /// A pool of `count` threads; 0 is one per processor.
    ///
    /// # Errors
    ///
    /// The system's error where threads cannot be started.
    pub fn new(count: usize) -> Result<Self, rayon::ThreadPoolBuildError> {
        ThreadPoolBuilder::new().num_threads(count).build().map(Self)
    }

    /// Number of threads.
    pub fn count(&self) -> usize {
        self.0.current_num_threads()
    }

    pub(crate) fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        self.0.install(work)
    }

    /// Does both at the same time, where there are threads for it.
    pub(crate) fn both<A: Send, B: Send>(
        &self,
        one: impl FnOnce() -> A + Send,
        other: impl FnOnce() -> B + Send,
    ) -> (A, B) {
        self.run(|| rayon::join(one, other))
    }

    /// Maps a list in parallel; results come in the order of the list.
    pub fn map<T: Send, R: Send>(
        &self,
        list: Vec<T>,
        each: impl Fn(T) -> R + Sync + Send,
    ) -> Vec<R> {
        use rayon::prelude::{IntoParallelIterator, ParallelIterator};
        self.run(|| list.into_par_iter().map(each).collect())
    }

    /// As [`map`](Self::map) for few items with much work in each: every one may go to
    /// another thread.
    pub(crate) fn spread<T: Send, R: Send>(
        &self,
        list: Vec<T>,
        each: impl Fn(T) -> R + Sync + Send,
    ) -> Vec<R> {
        use rayon::prelude::{
            IndexedParallelIterator, IntoParallelIterator, ParallelIterator,
        };
        self.run(|| list.into_par_iter().with_max_len(1).map(each).collect())
    }
}
