//! The gate: whether today's endings are worse than a committed baseline's.
//!
//! A loss fails the gate only where it is both large enough to matter and too regular for
//! chance (one-sided exact test, Holm over all tiers and labels); a message on the
//! never-regress list fails it alone.

mod baseline;
mod exact;
mod judge;
mod report;
mod update;

pub use baseline::{Baseline, Guard, Inputs, Key};
pub use judge::judge;
pub use report::{
    Broken, Changed, DetectableLoss, GateComparison, GateFlip, GateReport, GateTier,
    GateVerdict, Movement,
};
pub use update::{RevisedLines, Revision, revise};

#[cfg(test)]
mod tests;
