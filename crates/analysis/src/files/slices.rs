//! `slices.csv`: every measure of all mail and of each slice, one figure per row.
//!
//! Columns: `slice` (`all`, `category`, `language`, `source`, `month`, `agent`), `value`
//! (which one), `measure`, `at` (tier or SCL, empty where neither applies), `count`, `of`
//! (empty for figures that are no share), `estimate`, `low`, `high` (the exact 95 %
//! interval), `grouped_low`, `grouped_high` (the one by campaign; empty where there is none).
//!
//! Measures: `fp`, `fn` (shares), `hm_percent`, `sm_percent`, `lam_percent`,
//! `total_cost_ratio` per tier; `spam_share` per SCL (`unrated` last);
//! `one_minus_roca_percent`, `scored_ham`, `scored_spam`, `unscored_ham`, `unscored_spam`,
//! `price_per_message`, `price_total`, `price_unfiltered`, `total_cost_ratio`, `campaigns`.

use std::fmt::Write as _;
use std::path::Path;

use super::cell::csv_cell;
use crate::{Error, Measured, Measures, Rate, SliceRow, write_atomic};

/// Writes `slices.csv` into a run folder.
///
/// # Errors
///
/// [`Error::Io`].
pub fn write_slices(folder: &Path, rows: &[SliceRow]) -> Result<(), Error> {
    write_atomic(folder, "slices.csv", slices_csv(rows).as_bytes())
}

pub(super) fn slices_csv(rows: &[SliceRow]) -> String {
    let mut csv = String::from(
        "slice,value,measure,at,count,of,estimate,low,high,grouped_low,grouped_high\n",
    );
    for row in rows {
        let slice = row.slice.map_or("all", |key| key.name());
        let head = format!("{slice},{}", csv_cell(&row.value));
        let mut sheet = Sheet { csv: &mut csv, head };
        sheet.measures(&row.measures);
    }
    csv
}

/// The rows of one slice.
struct Sheet<'a> {
    csv: &'a mut String,
    head: String,
}

impl Sheet<'_> {
    fn measures(&mut self, measures: &Measures) {
        for row in &measures.tiers {
            let at = row.tier.name();
            self.share("fp", at, &row.fp);
            self.share("fn", at, &row.missed);
            self.figure("hm_percent", at, row.hm_percent, None);
            self.figure("sm_percent", at, row.sm_percent, None);
            self.figure("lam_percent", at, row.lam_percent, None);
            self.figure("total_cost_ratio", at, row.total_cost_ratio, None);
        }
        for row in &measures.calibration {
            let at = row.scl.map_or("unrated".to_owned(), |scl| scl.to_string());
            self.rate("spam_share", &at, &row.spam_share, None);
        }
        let ranking = &measures.ranking;
        let area = ranking.one_minus_roca_percent;
        self.figure("one_minus_roca_percent", "", area, ranking.grouped);
        self.count("scored_ham", ranking.scored.ham);
        self.count("scored_spam", ranking.scored.spam);
        self.count("unscored_ham", ranking.unscored.ham);
        self.count("unscored_spam", ranking.unscored.spam);
        let price = &measures.price;
        self.figure("price_per_message", "", Some(price.per_message), price.grouped);
        self.figure("price_total", "", Some(price.total), None);
        self.figure("price_unfiltered", "", Some(price.unfiltered), None);
        self.figure("total_cost_ratio", "", price.total_cost_ratio, None);
        self.count("campaigns", measures.campaigns);
    }

    fn share(&mut self, measure: &str, at: &str, share: &Measured) {
        self.rate(measure, at, &share.rate, share.grouped);
    }

    fn rate(&mut self, measure: &str, at: &str, rate: &Rate, grouped: Option<[f64; 2]>) {
        let Rate { rate, low, high, count, of } = rate;
        let cells = format!("{count},{of},{rate},{low},{high}");
        self.row(measure, at, &cells, grouped);
    }

    fn figure(
        &mut self,
        measure: &str,
        at: &str,
        figure: Option<f64>,
        grouped: Option<[f64; 2]>,
    ) {
        let shown = figure.map_or(String::new(), |figure| figure.to_string());
        self.row(measure, at, &format!(",,{shown},,"), grouped);
    }

    fn count(&mut self, measure: &str, count: u64) {
        self.row(measure, "", &format!("{count},,,,"), None);
    }

    fn row(&mut self, measure: &str, at: &str, cells: &str, grouped: Option<[f64; 2]>) {
        let ends = grouped.map_or(",".to_owned(), |[low, high]| format!("{low},{high}"));
        writeln!(self.csv, "{},{measure},{at},{cells},{ends}", self.head)
            .expect("writing to a string does not fail");
    }
}
