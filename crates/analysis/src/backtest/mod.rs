//! The back-test: what tuning on the past promises, and what the next period delivers.
//!
//! What it is for: which labels each feedback regime has delivered by a point in time, and
//! whether delivered error rates keep what the bounds at tuning promised.
//!
//! Main types: [`Regime`], [`Promise`], [`PromiseCount`].

mod feedback;
mod promise;
mod table;

pub use feedback::{Feedback, Known, Past, Regime};
pub use promise::{Promise, PromiseCount, PromiseStanding, promise_counts, promises};
pub use table::{BacktestRow, write_backtest};
