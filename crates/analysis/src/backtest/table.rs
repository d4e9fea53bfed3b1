//! `backtest.csv`: every promise with what was delivered.

use std::fmt::Write as _;
use std::path::Path;

use mail::{Label, Timestamp};

use super::Promise;
use crate::{Error, write_atomic};

/// The promises of one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BacktestRow<'a> {
    /// Name of the feedback regime.
    pub feedback: &'static str,
    /// Period, from 1.
    pub period: usize,
    /// Time of its first message.
    pub from: Timestamp,
    /// Time of its last message.
    pub until: Timestamp,
    /// What was promised and delivered.
    pub promises: &'a [Promise],
}

/// Writes `backtest.csv`: one row per regime, period, tier and measure.
///
/// # Errors
///
/// [`Error::Io`].
pub fn write_backtest(folder: &Path, rows: &[BacktestRow<'_>]) -> Result<(), Error> {
    let mut csv = String::from(
        "feedback,period,from,until,tier,measure,tuned_count,tuned_of,promised,\
         count,of,rate,low,high,p_value,standing\n",
    );
    for BacktestRow { feedback, period, from, until, promises } in rows {
        for promise in *promises {
            let Promise { label, tier, tuned, promised, delivered, .. } = promise;
            let measure = match label {
                Label::Ham => "fp",
                Label::Spam => "fn",
            };
            writeln!(
                csv,
                "{feedback},{period},{from},{until},{tier},{measure},{},{},{promised},{},{},{},\
                 {},{},{},{}",
                tuned.count,
                tuned.of,
                delivered.count,
                delivered.of,
                delivered.rate,
                delivered.low,
                delivered.high,
                promise.p_value,
                promise.standing.name(),
            )
            .expect("writing to a string does not fail");
        }
    }
    write_atomic(folder, "backtest.csv", csv.as_bytes())
}
