//! `rates.csv`: rates per tier with intervals.
//!
//! Columns: `tier`, `measure` (`fp`, `fn`, `ham` or `spam`: the last two are the share that
//! ended exactly there), `count`, `of`, `rate`, `low`, `high`. The inbox has no `fp` and
//! `fn`. Nothing in it comes from a message, so nothing needs quoting.

use std::fmt::Write as _;
use std::path::Path;

use mail::{Label, Tier};
use sweep::Tally;

use crate::{Error, Rate, write_atomic};

/// Writes `rates.csv` into a run folder.
///
/// # Errors
///
/// [`Error::Io`].
pub fn write_rates(folder: &Path, tally: &Tally) -> Result<(), Error> {
    write_atomic(folder, "rates.csv", rates_csv(tally).as_bytes())
}

pub(super) fn rates_csv(tally: &Tally) -> String {
    let mut csv = String::from("tier,measure,count,of,rate,low,high\n");
    let mut row =
        |tier: Tier, measure: &str, Rate { rate, low, high, count, of }: Rate| {
            writeln!(csv, "{tier},{measure},{count},{of},{rate},{low},{high}")
                .expect("writing to a string does not fail");
        };
    for tier in Tier::ALL {
        if tier != Tier::Inbox {
            row(tier, "fp", Rate::false_positives(tally, tier));
            row(tier, "fn", Rate::false_negatives(tally, tier));
        }
        for label in Label::ALL {
            row(tier, label.name(), Rate::exactly_at(tally, label, tier));
        }
    }
    csv
}
