//! What definitions that change leave in a run folder: their times, and errors over time.

use std::path::Path;

use analysis::{over_time, write_over_time};
use anyhow::Result;
use mail::Timestamp;
use sweep::TraceRow;

use crate::charts::{Gallery, Sizes, Subject};
use crate::settings::Scores;

/// Days of a period.
const PERIOD: u16 = 14;

/// Writes `over-time.csv` and draws `update-cadence`, with a mark at each time at which
/// definitions came into use; periods begin with the first of them.
///
/// # Errors
///
/// A file cannot be written.
pub(crate) fn write(
    folder: &Path,
    series: &str,
    scores: &Scores,
    rows: &[TraceRow],
    subject: &Subject,
    sizes: &Sizes,
) -> Result<()> {
    let first = rows.first().map_or(Timestamp::MIN, |row| row.time);
    let periods = over_time(rows, scores.begins().unwrap_or(first), PERIOD);
    write_over_time(folder, &[(series, &periods)])?;
    let gallery = Gallery { sizes, folder, subject };
    gallery.update_cadence(&[(series, &scores.releases(), &periods)])
}
