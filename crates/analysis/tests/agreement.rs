//! Agreement with `SciPy`, statsmodels and scikit-learn to 1e-9, on the values that
//! `docs/records/agreement.py` wrote into `docs/records/agreement.json`.

#![expect(clippy::unwrap_used, reason = "a record that cannot be read is a failed test")]

use analysis::{
    Fate, Gauge, Measures, Prices, Rate, Resampling, TraceRow, ham_needed, holm_adjusted,
    mcnemar, paired_difference, roc, upper_bound,
};
use mail::{CaseId, Label, Scl, Tier, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use sweep::Threads;

#[derive(Deserialize)]
struct Record {
    versions: std::collections::BTreeMap<String, String>,
    clopper_pearson: Vec<Interval>,
    mcnemar: Vec<Value>,
    holm: Vec<Value>,
    paired_difference: Vec<Value>,
    ham_needed: Vec<Value>,
    ranking: Vec<Ranking>,
}

#[derive(Deserialize)]
struct Interval {
    k: u64,
    n: u64,
    low: f64,
    high: f64,
    upper: Vec<(f64, f64)>,
}

#[derive(Deserialize)]
struct Ranking {
    labels: Vec<u8>,
    scores: Vec<f64>,
    one_minus_auc: f64,
    det: Vec<(f64, f64, f64)>,
    levels: Vec<i64>,
    calibration: Vec<(i64, f64)>,
}

fn record() -> Record {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/records/agreement.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[track_caller]
fn close(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() <= 1e-9, "{what}: {found} for {expected}");
}

fn number(row: &Value, key: &str) -> u64 {
    row[key].as_u64().unwrap()
}

fn real(row: &Value, key: &str) -> f64 {
    row[key].as_f64().unwrap()
}

fn reals(row: &Value, key: &str) -> Vec<f64> {
    row[key].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

#[test]
fn the_record_says_what_made_it() {
    let versions = record().versions;
    for name in ["scipy", "statsmodels", "scikit-learn"] {
        assert!(versions.contains_key(name), "{name}");
    }
}

#[test]
fn intervals_are_those_of_scipy_and_statsmodels() {
    let rows = record().clopper_pearson;
    assert!(rows.len() >= 19);
    for Interval { k, n, low, high, upper } in rows {
        let rate = Rate::new(k, n);
        close(rate.low, low, &format!("low of {k} in {n}"));
        close(rate.high, high, &format!("high of {k} in {n}"));
        for (confidence, bound) in upper {
            close(upper_bound(k, n, confidence), bound, &format!("bound of {k} in {n}"));
        }
    }
}

#[test]
fn tests_of_pairs_are_those_of_statsmodels() {
    let rows = record().mcnemar;
    assert!(rows.len() >= 12);
    for row in rows {
        let (a, b) = (number(&row, "only_a"), number(&row, "only_b"));
        close(mcnemar(a, b), real(&row, "p"), &format!("McNemar {a}, {b}"));
    }
}

#[test]
fn adjusted_values_are_those_of_statsmodels() {
    for row in record().holm {
        let found = holm_adjusted(&reals(&row, "p"));
        for (found, expected) in found.iter().zip(reals(&row, "adjusted")) {
            close(*found, expected, "Holm");
        }
    }
}

#[test]
fn differences_of_pairs_are_those_of_the_formula() {
    let rows = record().paired_difference;
    assert!(rows.len() >= 36);
    for row in rows {
        let [a, b, n] = ["only_a", "only_b", "n"].map(|key| number(&row, key));
        let found = paired_difference(a, b, n);
        close(found.difference, real(&row, "difference"), "difference");
        close(found.low, real(&row, "low"), &format!("low of {a}, {b} in {n}"));
        close(found.high, real(&row, "high"), &format!("high of {a}, {b} in {n}"));
    }
}

#[test]
fn numbers_of_good_mail_are_those_of_scipy() {
    let rows = record().ham_needed;
    assert!(rows.len() >= 24);
    for row in rows {
        let (errors, fp) = (number(&row, "errors"), real(&row, "fp"));
        assert_eq!(ham_needed(errors, fp, 0.95), Some(number(&row, "ham")), "{row}");
    }
}

#[test]
fn areas_and_curves_are_those_of_scikit_learn() {
    let mut matched = 0;
    for case in record().ranking {
        let label = |at: usize| Label::ALL[usize::from(case.labels[at])];
        let scores: Vec<_> =
            case.scores.iter().enumerate().map(|(at, s)| (*s, label(at))).collect();
        let found = roc(&scores);
        close(found.one_minus_roca.unwrap(), case.one_minus_auc, "1 - AUC");
        for point in &found.points {
            let same = |t: f64| t.total_cmp(&point.score).is_eq();
            if let Some((_, fp, missed)) = case.det.iter().find(|row| same(row.0)) {
                let rates = found.rates(point);
                close(rates.0, *fp, "DET, false positives");
                close(rates.1, *missed, "DET, false negatives");
                matched += 1;
            }
        }
        assert_measured(&case);
    }
    assert!(matched >= 100, "{matched} points of DET curves");
}

/// Area and calibration again, through what `replay` prints.
fn assert_measured(case: &Ranking) {
    let rows: Vec<_> = case
        .levels
        .iter()
        .enumerate()
        .map(|(at, level)| TraceRow {
            case: CaseId([u8::try_from(at % 256).unwrap(); 32]),
            label: Label::ALL[usize::from(case.labels[at])],
            category: String::new(),
            time: Timestamp(0),
            recipient: String::new(),
            tier: Tier::Inbox,
            cause: 0,
            detail: String::new(),
            scl: Scl::new(*level).ok(),
            score: Some(case.scores[at]),
            sender_id: None,
            scanned: true,
            dns_questions: 0,
            response: String::new(),
            report: String::new(),
            tarpit_seconds: 0,
        })
        .collect();
    let fates: Vec<_> =
        (0..).zip(&rows).map(|(group, row)| Fate { row, group, fact: None }).collect();
    let (prices, threads) = (Prices::default(), Threads::new(1).unwrap());
    let resampling = Resampling { draws: 0, seed: 1 };
    let gauge = Gauge { prices: &prices, resampling, threads: &threads };
    let found = Measures::of(&fates, gauge);
    let area = found.ranking.one_minus_roca_percent.unwrap();
    close(area, 100.0 * case.one_minus_auc, "(1-ROCA)%");
    let filled = found.calibration.iter().filter(|row| row.spam_share.of > 0);
    assert_eq!(filled.count(), case.calibration.len());
    for (level, share) in &case.calibration {
        let scl = Scl::new(*level).ok();
        let row = found.calibration.iter().find(|row| row.scl == scl).unwrap();
        close(row.spam_share.rate, *share, &format!("spam share at SCL {level}"));
    }
}
