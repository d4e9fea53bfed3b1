//! What replays and sweeps mean: rates, summaries, tables, recommendation.
//!
//! What it is for: exact error rates with intervals, the files of a run folder, the choice
//! of a policy by a goal and its verification on hold-out mail, and the numbers behind the
//! charts.
//!
//! What it must not know: plotters, printing, how a case was decided.
//!
//! Main type: [`Summary`], what one policy did, as numbers.

mod error;
mod rates;
mod words;

mod summary;

mod check;
mod notes;
mod witness;

mod goal;
mod recommend;
mod verify;

mod curves;
mod frontier;
mod steps;

mod files;
mod run;
#[cfg(test)]
mod testing;

pub use check::check_sweep;
pub use curves::{
    Roc, RocPoint, SclHistogram, case_levels, roc, scl_histogram, scored_levels,
    trace_scores,
};
pub use error::Error;
pub use files::{
    CaseFates, CaseRow, read_fates, read_sweep, read_trace, write_atomic, write_fates,
    write_rates, write_sweep, write_trace,
};
pub use frontier::{OrderPoint, PolicyPoint, frontier, order_points, points};
pub use goal::{Goal, GoalSpec};
pub use notes::{Note, NoteKind, canonical, thresholds_notes};
pub use rates::{Precision, Rate, lower_tail, precision, upper_bound};
pub use recommend::{Basis, Choice, SealedHoldout, choose};
pub use run::{
    BestPolicy, MailNames, MoveRow, Recommendation, RunFile, RunKind, SweepSummary,
};
pub use steps::{ThresholdStep, threshold_steps};
pub use summary::{
    CostRow, Counts, DecidedRow, Exact, Reading, Summary, TierRow, Unit, decided_rows,
    tier_rows,
};
pub use sweep::{
    Cause, Cost, Decided, Move, OrderRow, Outcome, SweepResult, Tally, TraceRow,
};
pub use verify::{BudgetCheck, Needed, Standing, Verdict, Verification, verify};
pub use words::{counts_sentence, percent, reading_sentence, thousands};
