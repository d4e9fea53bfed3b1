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

pub mod agent_log;

mod goal;
mod menu;
mod plateau;
mod recommend;
mod review;
mod stability;
mod verify;

mod cases;
mod counters;
mod curves;
mod frontier;
mod over_time;
mod steps;

mod bootstrap;
mod clustered;
mod fate;
mod measures;
mod paired;
mod power;
mod prices;
mod ranking;
mod servers;
mod slices;

mod backtest;
mod gate;

mod scores;

mod files;
mod run;
#[cfg(test)]
mod testing;

pub use backtest::{
    BacktestRow, Feedback, Known, Past, Promise, PromiseCount, PromiseStanding, Regime,
    promise_counts, promises, write_backtest,
};
pub use bootstrap::Resampling;
pub use cases::{CaseEnding, by_case, case_endings};
pub use check::check_sweep;
pub use counters::{ImfCounters, Scan};
pub use curves::{
    Roc, RocPoint, SclHistogram, case_levels, rated, roc, scl_histogram, trace_scores,
};
pub use error::Error;
pub use fate::{CaseFact, Fate, fates};
pub use files::{
    CaseFates, CaseRow, CaseTable, RunTrace, csv_cell, read_fates, read_run_trace,
    read_scores, read_sheet, read_sweep, read_trace, write_atomic, write_cases,
    write_fates, write_flips, write_rates, write_scores, write_sheet, write_slices,
    write_sweep, write_trace,
};
pub use frontier::{OrderPoint, PolicyPoint, frontier, order_points, points};
pub use gate::{
    Baseline, Broken, Changed, DetectableLoss, GateComparison, GateFlip, GateReport,
    GateTier, GateVerdict, Guard, Inputs, Key, Movement, RevisedLines, Revision, judge,
    revise,
};
pub use goal::{Aim, Goal, GoalSpec};
pub use measures::{
    Gauge, LevelRow, Measured, Measures, PriceSum, Ranking, TierMeasures,
};
pub use menu::{DayRow, MenuEntry, Volume, menu};
pub use notes::{Note, NoteKind, canonical, thresholds_notes};
pub use over_time::{Period, over_time, whole, write_over_time};
pub use paired::{
    Change, Ended, LabelTest, PairedComparison, PairedDifference, Sides, TierComparison,
    TierFlip, compare, grouped_mcnemar, holm_adjusted, mcnemar, p_shown,
    paired_difference,
};
pub use plateau::plateau;
pub use power::{Candidate, Needs, Proof, candidates, ham_needed, proofs};
pub use prices::{PriceSpec, Prices};
pub use rates::{Precision, Rate, lower_tail, precision, upper_bound};
pub use recommend::{Basis, Choice, SealedHoldout, choose};
pub use review::{FoundPlanted, Reviewed, Suspect, found_planted, suspects};
pub use run::{
    BestPolicy, MoveRow, Recommendation, RunContext, RunFile, RunKind, SweepSummary,
    UpdateMark,
};
pub use scores::{Bucket, Digest, ScoreMeta, ScoreTable, SweepScores};
pub use servers::{DriftRow, ServerRow};
pub use slices::{SliceKey, SliceRow, UnknownSlice, slices};
pub use stability::{Stability, TierStability, Weighed, stability};
pub use steps::{ThresholdStep, threshold_steps};
pub use summary::{
    CostRow, Counts, DecidedRow, Exact, Reading, Summary, TierRow, Unit, decided_rows,
    tier_rows,
};
pub use sweep::{
    Cause, Cost, Decided, Move, OrderRow, Outcome, SweepResult, Tally, TraceRow,
};
pub use verify::{
    BudgetCheck, CampaignCount, HamCampaigns, Learnt, Needed, Standing, Survival,
    Verdict, Verification, survives, verify,
};
pub use words::{counts_sentence, percent, reading_sentence, thousands};
