//! What can go wrong when results are summed, stored or judged.

use std::path::PathBuf;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Messages went missing or appeared from nowhere: a defect, never bad input.
    #[error(
        "the books do not balance: {left_name} is {left} but {right_name} is {right}; \
         this is a defect, do not use the numbers"
    )]
    Unbalanced {
        /// What one side is.
        left_name: String,
        /// Its number.
        left: u64,
        /// What the other side is.
        right_name: String,
        /// Its number.
        right: u64,
    },
    /// A table that only runs over mail have.
    #[error(
        "`{}` is missing: a run made from a score table has {without}; {cure}",
        path.display()
    )]
    NeedsMail {
        /// The table.
        path: PathBuf,
        /// What it holds and the score table does not.
        without: &'static str,
        /// What to do instead.
        cure: &'static str,
    },
    /// A sweep whose parts do not fit each other.
    #[error("inconsistent sweep: {what}; run the sweep again")]
    Inconsistent {
        /// What does not fit.
        what: String,
    },
    /// A goal's number is out of range.
    #[error("goal key `{key}` is `{value}`; {cure}")]
    GoalRange {
        /// Key of the `[goal]` table.
        key: &'static str,
        /// The value as read.
        value: f64,
        /// What to write instead.
        cure: &'static str,
    },
    /// Costs that nothing would be decided by.
    #[error(
        "goal key `costs` is given but budgets alone decide; write `by = \"costs\"` or \
         `by = \"both\"`, or take the costs out"
    )]
    UnusedCosts,
    /// A price is out of range.
    #[error(
        "price `{key}` is `{value}`; use a number of at least 0, and above 0 for \
         `spam-inbox`"
    )]
    Price {
        /// Key of the `[prices]` table.
        key: &'static str,
        /// The value as read.
        value: f64,
    },
    /// Two traces do not hold the same cases.
    #[error(
        "{name_a} and {name_b} do not hold the same messages: {only_a} only in {name_a}, \
         {only_b} only in {name_b} (such as `{example}`); replay both policies on the same \
         sources"
    )]
    OtherCases {
        /// The first side.
        name_a: String,
        /// The second side.
        name_b: String,
        /// Messages that the first has alone.
        only_a: u64,
        /// Messages that the second has alone.
        only_b: u64,
        /// One of them.
        example: String,
    },
    /// Two traces label a case differently.
    #[error(
        "message `{example}` is {label_a} in {name_a} and {label_b} in {name_b}, one of \
         {count} so labelled; replay both policies with the same labels"
    )]
    OtherLabels {
        /// The first side.
        name_a: String,
        /// The second side.
        name_b: String,
        /// Label in the first.
        label_a: mail::Label,
        /// Label in the second.
        label_b: mail::Label,
        /// How many differ.
        count: u64,
        /// One of them.
        example: String,
    },
    /// A policy cannot be chosen from mail of one label only.
    #[error(
        "the tune mail holds {ham} good and {spam} spam messages; a choice needs both, \
         add mail of the missing label"
    )]
    OneClass {
        /// Good messages.
        ham: u64,
        /// Spam messages.
        spam: u64,
    },
    /// A sweep without any policy.
    #[error("the sweep holds no policy; give it at least one order and one setting")]
    NoPolicy,
    /// A threshold setting that the sweep did not evaluate.
    #[error("the sweep has no setting `{setting}`; choose one of its own settings")]
    UnknownSetting {
        /// The setting.
        setting: String,
    },
    /// A file could not be read or written.
    #[error("{}: cannot {verb}; check the path, the rights and the free space", path.display())]
    Io {
        /// `read`, `write` or `rename`.
        verb: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A table is truncated or is no Parquet file.
    #[error("{}: not a readable Parquet table; make the run again", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// Why.
        source: polars::error::PolarsError,
    },
    /// The bytes of a table are not those that were written.
    #[error("{}: a damaged or shortened Parquet table; make the run again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// A table holds something its schema does not allow.
    #[error("{}: column `{column}`: {what}; make the run again", path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// Column or metadata key.
        column: String,
        /// What is wrong.
        what: String,
    },
    /// A file of another schema version.
    #[error(
        "{}: schema version `{found}`, this program reads `{expected}`; make the run \
         again with this version",
        path.display()
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// Version in the file.
        found: String,
        /// Version this program writes.
        expected: u32,
    },
    /// Files of different runs in one folder.
    #[error(
        "{}: comes from another run than `{other}` beside it; make the run again",
        path.display()
    )]
    MixedRuns {
        /// The file.
        path: PathBuf,
        /// The other file.
        other: &'static str,
    },
    /// A run file that is no valid JSON of its schema.
    #[error("{}: not a valid run file; make the run again", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// A score table that cannot be used.
    #[error("{}: {what}", path.display())]
    Scores {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        what: String,
    },
    /// A baseline file that cannot be used.
    #[error("{}: {what}", path.display())]
    Baseline {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        what: String,
    },
}
