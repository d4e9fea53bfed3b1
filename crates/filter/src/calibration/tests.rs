use proptest::prelude::*;

use super::*;

fn scored(pairs: &[(f64, bool)]) -> Vec<Scored> {
    pairs
        .iter()
        .map(|(score, spam)| Scored {
            score: *score,
            label: Label::ALL[usize::from(*spam)],
        })
        .collect()
}

/// Isotonic regression by its min-max formula: the value at i is the largest, over starts
/// up to i, of the smallest mean of a run from that start to an end from i on.
fn naive(values: &[(f64, f64)]) -> Vec<f64> {
    let mean = |from: usize, to: usize| {
        let run = &values[from..=to];
        run.iter().map(|(y, w)| y * w).sum::<f64>()
            / run.iter().map(|(_, w)| w).sum::<f64>()
    };
    (0..values.len())
        .map(|at| {
            (0..=at)
                .map(|from| {
                    (at..values.len()).map(|to| mean(from, to)).fold(f64::MAX, f64::min)
                })
                .fold(f64::MIN, f64::max)
        })
        .collect()
}

#[test]
fn levels_begin_where_documented() {
    let p = |level| scl_probability(Scl::new(level).unwrap());
    assert!((p(9) - 0.999).abs() < 1e-4);
    assert!((p(5) - 0.5).abs() < 1e-12);
    assert!((p(7) - 0.969).abs() < 1e-3);
    assert!((p(1) - 0.001).abs() < 1e-4);
    assert!(p(0) < f64::MIN_POSITIVE && p(-1) < f64::MIN_POSITIVE);
}

#[test]
fn separable_scores_give_all_ten_levels() {
    let pairs: Vec<_> = (0..200).map(|i| (f64::from(i) - 99.5, i >= 100)).collect();
    let curve = Calibration::fit(&scored(&pairs)).unwrap();
    assert_eq!(curve.knots().len(), 2);
    let levels: std::collections::BTreeSet<_> =
        (-2000..2000).map(|i| curve.scl(f64::from(i) / 10.0).get()).collect();
    assert_eq!(levels.into_iter().collect::<Vec<_>>(), (0..=9).collect::<Vec<_>>());
    assert!((curve.probability(0.0) - 0.5).abs() < 1e-9);
}

#[test]
fn scores_that_say_nothing_give_the_base_rate() {
    let pairs: Vec<_> = (0..40).map(|i| (1.0, i % 4 == 0)).collect();
    let curve = Calibration::fit(&scored(&pairs)).unwrap();
    // 10 spam and half a pseudo spam of 41.
    assert!((curve.probability(-50.0) - 10.5 / 41.0).abs() < 1e-9);
    assert_eq!(curve.scl(1.0), curve.scl(50.0));
    assert_eq!(curve.scl(1.0).get(), 4);
}

#[test]
fn one_label_or_a_broken_score_is_refused() {
    let error = Calibration::fit(&scored(&[(1.0, false)])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "calibrate: there is no spam among 1 messages; add some"
    );
    let error = Calibration::fit(&scored(&[(1.0, false), (f64::NAN, true)])).unwrap_err();
    assert_eq!(error, CalibrationError::NotAScore { index: 1 });
}

proptest! {
    #[test]
    fn pooling_equals_the_min_max_formula(
        pairs in prop::collection::vec((-8_i8..8, any::<bool>()), 1..40),
    ) {
        let mut pairs: Vec<_> =
            pairs.into_iter().map(|(s, l)| (f64::from(s), l)).collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let sorted = scored(&pairs);
        let mut values = vec![(1.0, 0.5)];
        for ties in pairs.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
            let spam = ties.iter().filter(|(_, spam)| *spam).count() as f64;
            values.push((spam / ties.len() as f64, ties.len() as f64));
        }
        values.push((0.0, 0.5));
        let mut want = naive(&values);
        want.dedup_by(|a, b| (*a - *b).abs() < 1e-9);
        let got: Vec<_> = pool(&sorted).iter().map(|b| b.spam / b.weight).collect();
        prop_assert_eq!(got.len(), want.len());
        for (got, want) in got.iter().zip(&want) {
            prop_assert!((got - want).abs() < 1e-9);
        }
    }

    #[test]
    fn probability_and_level_never_fall(
        pairs in prop::collection::vec((-30.0..30.0_f64, any::<bool>()), 1..60),
        probes in prop::collection::vec(-100.0..100.0_f64, 2..40),
    ) {
        let mut pairs = pairs;
        pairs.extend([(-3.0, false), (2.0, true)]);
        let curve = Calibration::fit(&scored(&pairs)).unwrap();
        let mut probes = probes;
        probes.sort_by(f64::total_cmp);
        for pair in probes.windows(2) {
            let (low, high) = (curve.probability(pair[0]), curve.probability(pair[1]));
            prop_assert!(low <= high);
            prop_assert!(0.0 < low && high < 1.0);
            prop_assert!(curve.scl(pair[0]) <= curve.scl(pair[1]));
        }
    }

    #[test]
    fn a_level_is_where_its_probability_begins(
        pairs in prop::collection::vec((-30.0..30.0_f64, any::<bool>()), 1..60),
        probe in -60.0..60.0_f64,
    ) {
        let mut pairs = pairs;
        pairs.extend([(-3.0, false), (2.0, true)]);
        let curve = Calibration::fit(&scored(&pairs)).unwrap();
        let (p, scl) = (curve.probability(probe), curve.scl(probe));
        prop_assert!(p >= scl_probability(scl) - 1e-9);
        if let Ok(next) = Scl::new(i64::from(scl.get()) + 1) {
            prop_assert!(p <= scl_probability(next) + 1e-9);
        }
    }
}
