//! `flips.csv`: every message that changed tier, worst first.
//!
//! Columns: `id`, `label`, `from`, `to`, `agent_before`, `agent_after`, `reason_before`,
//! `reason_after`, `scl_before`, `scl_after` (empty: unrated), `score_before`,
//! `score_after`, `harm`, `category`, `time`, `campaign`.

use std::fmt::{Display, Write as _};
use std::path::Path;

use super::cell::csv_cell;
use crate::{Error, Flip, write_atomic};

/// Writes `flips.csv` into a folder.
///
/// # Errors
///
/// [`Error::Io`].
pub fn write_flips(folder: &Path, flips: &[Flip]) -> Result<(), Error> {
    write_atomic(folder, "flips.csv", flips_csv(flips).as_bytes())
}

fn flips_csv(flips: &[Flip]) -> String {
    let mut csv = String::from(
        "id,label,from,to,agent_before,agent_after,reason_before,reason_after,scl_before,\
         scl_after,score_before,score_after,harm,category,time,campaign\n",
    );
    for flip in flips {
        let Flip { id, label, from, to, harm, time, before, after, .. } = flip;
        let cells = [
            id.to_string(),
            label.to_string(),
            from.to_string(),
            to.to_string(),
            csv_cell(&before.agent).into_owned(),
            csv_cell(&after.agent).into_owned(),
            csv_cell(&before.reason).into_owned(),
            csv_cell(&after.reason).into_owned(),
            shown(before.scl),
            shown(after.scl),
            shown(before.score),
            shown(after.score),
            harm.to_string(),
            csv_cell(&flip.category).into_owned(),
            time.to_string(),
            shown(flip.campaign),
        ];
        writeln!(csv, "{}", cells.join(",")).expect("writing to a string does not fail");
    }
    csv
}

fn shown(value: Option<impl Display>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}
