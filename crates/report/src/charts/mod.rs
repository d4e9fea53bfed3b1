//! The charts, one per file: input structs, then `picture` and `draw`.

pub mod backtest;
pub mod det;
pub mod order_map;
pub mod scl_histogram;
pub mod threshold_steps;
pub mod tier_rates;
pub mod update_cadence;
