//! The numbers behind ROC, DET and SCL charts.

use mail::{Label, Scl};
use serde::Serialize;
use sweep::TraceRow;

use crate::fate::case_rows;
use crate::rates::{ratio, to_f64};

/// Errors if every message with at least this score were called spam.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RocPoint {
    /// The score; positive infinity at the start, where nothing is called spam.
    pub score: f64,
    /// Ham at or above it.
    pub fp: u64,
    /// Spam below it.
    #[serde(rename = "fn")]
    pub missed: u64,
}

/// How scores rank spam above ham.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Roc {
    /// Ham that was scored.
    pub ham: u64,
    /// Spam that was scored.
    pub spam: u64,
    /// The corners of the curve, from nothing called spam to everything. A DET chart draws
    /// the same points as `fp ÷ ham` against `missed ÷ spam`.
    pub points: Vec<RocPoint>,
    /// 1 - area under the curve, from 0 to 1: the share of ham-spam pairs in the wrong
    /// order, ties counted as one half. `None` where a label is missing.
    pub one_minus_roca: Option<f64>,
}

impl Roc {
    /// False-positive and false-negative rate of a point; 0 where a label is missing.
    pub fn rates(&self, point: &RocPoint) -> (f64, f64) {
        (ratio(point.fp, self.ham), ratio(point.missed, self.spam))
    }
}

/// The curve of score and label pairs. A higher score is more like spam; a score that is
/// not a number is left out.
pub fn roc(scores: &[(f64, Label)]) -> Roc {
    let mut scores: Vec<_> =
        scores.iter().copied().filter(|(score, _)| !score.is_nan()).collect();
    scores.sort_by(|a, b| b.0.total_cmp(&a.0));
    let total = |label| scores.iter().filter(|pair| pair.1 == label).count() as u64;
    let (ham, spam) = (total(Label::Ham), total(Label::Spam));
    let mut points = vec![RocPoint { score: f64::INFINITY, fp: 0, missed: spam }];
    let (mut fp, mut missed, mut wrong) = (0, spam, 0.0);
    // -0.0 and 0.0 are one score.
    for tied in scores.chunk_by(|a, b| a.0.partial_cmp(&b.0).is_some_and(|o| o.is_eq())) {
        let found = tied.iter().filter(|pair| pair.1 == Label::Spam).count() as u64;
        let hurt = tied.len() as u64 - found;
        missed -= found;
        wrong += to_f64(hurt) * (to_f64(missed) + to_f64(found) / 2.0);
        fp += hurt;
        add_corner(&mut points, RocPoint { score: tied[0].0, fp, missed });
    }
    let pairs = to_f64(ham) * to_f64(spam);
    let one_minus_roca = (pairs > 0.0).then(|| wrong / pairs);
    Roc { ham, spam, points, one_minus_roca }
}

/// Adds a point; one in the middle of a level or upright stretch is dropped.
fn add_corner(points: &mut Vec<RocPoint>, point: RocPoint) {
    if let [.., a, b] = points.as_slice() {
        let level = a.missed == b.missed && b.missed == point.missed;
        let upright = a.fp == b.fp && b.fp == point.fp;
        if level || upright {
            points.pop();
        }
    }
    points.push(point);
}

/// Score and label of each scored case of a trace.
pub fn trace_scores(rows: &[TraceRow]) -> Vec<(f64, Label)> {
    cases(rows).filter_map(|row| Some((row.score?, row.label))).collect()
}

/// Score, label and final SCL of each case that the filter rated: not of those stopped before
/// it or let past it (-1). Stamps and phrases move levels, so a level is not a cut of the score.
pub fn rated(rows: &[TraceRow]) -> Vec<(f64, Label, Scl)> {
    let rating = |row: &TraceRow| {
        let scl = row.scl.filter(|scl| scl.get() >= 0)?;
        Some((row.score?, row.label, scl))
    };
    case_rows(rows).into_iter().filter_map(|case| case.iter().find_map(rating)).collect()
}

/// Label and final SCL of each case of a trace.
pub fn case_levels(rows: &[TraceRow]) -> Vec<(Label, Option<Scl>)> {
    cases(rows).map(|row| (row.label, row.scl)).collect()
}

/// The first row of each case.
fn cases(rows: &[TraceRow]) -> impl Iterator<Item = &TraceRow> {
    case_rows(rows).into_iter().filter_map(<[_]>::first)
}

/// Messages by label and SCL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct SclHistogram {
    /// `levels[label][scl + 1]`: -1 first, 9 last.
    pub levels: [[u64; 11]; 2],
    /// Messages nobody rated, by label: stopped before the content filter.
    pub unrated: [u64; 2],
}

impl SclHistogram {
    /// Messages of a label at a level.
    pub fn at(&self, label: Label, scl: Scl) -> u64 {
        self.levels[label.index()][level(scl)]
    }

    /// All messages of a label.
    pub fn total(&self, label: Label) -> u64 {
        let rated: u64 = self.levels[label.index()].iter().sum();
        rated + self.unrated[label.index()]
    }
}

/// Counts messages by label and SCL.
pub fn scl_histogram(levels: &[(Label, Option<Scl>)]) -> SclHistogram {
    let mut histogram = SclHistogram::default();
    for (label, scl) in levels {
        match scl {
            Some(scl) => histogram.levels[label.index()][level(*scl)] += 1,
            None => histogram.unrated[label.index()] += 1,
        }
    }
    histogram
}

fn level(scl: Scl) -> usize {
    usize::from((scl.get() + 1).unsigned_abs())
}

#[cfg(test)]
mod tests {
    use mail::{CaseId, Tier, Timestamp};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ties_count_as_one_half() {
        let roc = roc(&[(0.5, Label::Ham), (0.5, Label::Spam), (f64::NAN, Label::Ham)]);
        assert_eq!(roc.one_minus_roca, Some(0.5));
        assert_eq!((roc.ham, roc.points.len()), (1, 2));
        assert_eq!(
            super::roc(&[(0.0, Label::Ham), (-0.0, Label::Spam)]).one_minus_roca,
            Some(0.5)
        );
        assert_eq!(super::roc(&[(1.0, Label::Spam)]).one_minus_roca, None);
    }

    proptest! {
        #[test]
        fn the_area_is_the_share_of_wrong_pairs(
            scores in prop::collection::vec((0u8..12, any::<bool>()), 0..60),
        ) {
            let scores: Vec<_> = scores
                .into_iter()
                .map(|(score, spam)| {
                    (f64::from(score), if spam { Label::Spam } else { Label::Ham })
                })
                .collect();
            let of = |label| scores.iter().filter(move |pair| pair.1 == label);
            let (mut wrong, mut pairs) = (0u32, 0u32);
            for (ham, _) in of(Label::Ham) {
                for (spam, _) in of(Label::Spam) {
                    pairs += 2;
                    wrong += if ham > spam { 2 } else { u32::from(ham >= spam) };
                }
            }
            let found = roc(&scores);
            let expected = (pairs > 0).then(|| f64::from(wrong) / f64::from(pairs));
            match (found.one_minus_roca, expected) {
                (Some(a), Some(b)) => prop_assert!((a - b).abs() < 1e-12),
                (a, b) => prop_assert_eq!(a, b),
            }
            for point in &found.points {
                let fp = of(Label::Ham).filter(|pair| pair.0 >= point.score).count() as u64;
                let missed = of(Label::Spam).filter(|pair| pair.0 < point.score).count();
                prop_assert_eq!((point.fp, point.missed), (fp, missed as u64));
            }
            let last = found.points[found.points.len() - 1];
            prop_assert_eq!((last.fp, last.missed), (found.ham, 0));
        }
    }

    #[test]
    fn a_case_counts_once_and_its_duplicate_again() {
        let row = |case, recipient: &str, scl| TraceRow {
            case: CaseId([case; 32]),
            label: Label::Spam,
            category: String::new(),
            time: Timestamp(5),
            recipient: recipient.into(),
            tier: Tier::Inbox,
            cause: 0,
            detail: String::new(),
            scl: Scl::new(scl).ok(),
            score: Some(0.5),
            sender_id: None,
            scanned: true,
            dns_questions: 0,
            response: String::new(),
            report: String::new(),
            tarpit_seconds: 0,
        };
        let rows = [
            row(1, "a", 9),
            row(1, "b", 9),
            row(1, "a", 9),
            row(2, "a", -1),
            row(2, "c", -1),
            row(3, "a", 99),
        ];
        let histogram = scl_histogram(&case_levels(&rows));
        assert_eq!(histogram.at(Label::Spam, Scl::MAX), 2);
        assert_eq!(histogram.at(Label::Spam, Scl::TRUSTED), 1);
        assert_eq!((histogram.unrated, histogram.total(Label::Spam)), ([0, 1], 4));
        assert_eq!(trace_scores(&rows).len(), 4);
    }
}
