use proptest::prelude::*;

use super::*;

/// Two-sided 95 %, from `SciPy` 1.17.1:
/// `a = 1 - .95; (beta.ppf(a/2, k, n-k+1), beta.ppf(1-a/2, k+1, n-k))`.
const TWO_SIDED: [(u64, u64, f64, f64); 16] = [
    (0, 1, 0.0, 0.975),
    (0, 10, 0.0, 0.308_497_107_818_760_7),
    (0, 4150, 0.0, 0.000_888_491_672_770_000_1),
    (1, 1, 0.025_000_000_000_000_022, 1.0),
    (1, 10, 0.002_528_578_544_461_786_5, 0.445_016_117_028_195_4),
    (2, 4150, 5.836_901_111_397_418_5e-5, 0.001_739_793_083_923_500_9),
    (5, 10, 0.187_086_028_447_398_55, 0.812_913_971_552_601_5),
    (9, 10, 0.554_983_882_971_804_6, 0.997_471_421_455_538_2),
    (9, 4150, 0.000_992_120_697_575_776_9, 0.004_112_810_634_929_968),
    (10, 10, 0.691_502_892_181_239_2, 1.0),
    (37, 2500, 0.010_441_407_778_425_902, 0.020_342_636_830_842_677),
    (250, 500, 0.455_285_569_324_227_6, 0.544_714_430_675_772_4),
    (1, 1_000_000, 2.531_780_766_379_42e-8, 5.571_630_655_166_939e-6),
    (999, 1000, 0.994_441_075_720_173_4, 0.999_974_682_512_508_8),
    (123_456, 1_000_000, 0.122_811_841_629_629_73, 0.124_102_340_276_802_68),
    (0, 10_000_000, 0.0, 3.688_878_773_722_437_6e-7),
];

/// `beta.ppf(c, k+1, n-k)`.
const ONE_SIDED: [(u64, u64, f64, f64); 7] = [
    (0, 2995, 0.95, 0.000_999_744_420_901_142),
    (0, 10, 0.95, 0.258_865_550_893_052_2),
    (1, 4743, 0.95, 0.000_999_787_614_668_384_4),
    (3, 1000, 0.9875, 0.009_706_463_271_407_51),
    (9, 4150, 0.99, 0.004_520_719_071_957_559),
    (10, 10, 0.95, 1.0),
    (250, 100_000, 0.9, 0.002_714_764_538_457_517),
];

/// `binom.cdf(k, n, b)`.
const TAILS: [(u64, u64, f64, f64); 6] = [
    (0, 2995, 0.001, 0.049_961_703_397_356_39),
    (2, 4150, 0.002, 0.010_817_495_183_147_601),
    (9, 4150, 0.005, 0.003_155_572_531_427_070_5),
    (40, 100, 0.5, 0.028_443_966_820_490_444),
    (3, 3, 0.2, 1.0),
    (100, 1_000_000, 0.000_13, 0.003_673_407_596_432_721_4),
];

#[test]
fn intervals_are_those_of_scipy() {
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * b.max(1e-3);
    for (count, of, low, high) in TWO_SIDED {
        let rate = Rate::new(count, of);
        assert!(close(rate.low, low), "{count} of {of}: {} for {low}", rate.low);
        assert!(close(rate.high, high), "{count} of {of}: {} for {high}", rate.high);
    }
    for (count, of, confidence, bound) in ONE_SIDED {
        let found = upper_bound(count, of, confidence);
        assert!(close(found, bound), "{count} of {of}: {found} for {bound}");
    }
    for (count, of, rate, p) in TAILS {
        let found = lower_tail(count, of, rate);
        assert!((found - p).abs() <= 1e-9, "{count} of {of}: {found} for {p}");
    }
}

#[test]
fn nothing_counted_means_nothing_known() {
    let rate = Rate::new(0, 0);
    assert_eq!((rate.rate, rate.low, rate.high), (0.0, 0.0, 1.0));
    assert_eq!((Rate::new(0, 7).low, Rate::new(7, 7).high), (0.0, 1.0));
    assert!(upper_bound(0, 0, 0.95) >= 1.0);
}

#[test]
fn rule_of_three() {
    assert!((upper_bound(0, 1000, 0.95) - 0.003).abs() < 1e-5);
    assert!(upper_bound(0, 2995, 0.95) <= 0.001 && upper_bound(0, 2994, 0.95) > 0.001);
}

#[test]
fn precision_follows_the_stated_share() {
    let tally =
        Tally { tiers: [[90, 0, 0, 10, 0], [20, 0, 0, 80, 0]], decided: Vec::new() };
    let at = |share| precision(&tally, share)[2];
    let half = at(0.5);
    assert_eq!(half.tier, Tier::Reject);
    assert!((half.precision.unwrap() - 80.0 / 90.0).abs() < 1e-12);
    assert!((at(0.1).precision.unwrap() - 0.08 / 0.17).abs() < 1e-12);
    assert!(half.low < 80.0 / 90.0 && half.high > 80.0 / 90.0);
    assert_eq!(precision(&tally, 0.5)[3].precision, None);
    assert_eq!(at(0.0).precision, Some(0.0));
}

proptest! {
    #[test]
    fn bounds_bracket_the_rate_and_grow_with_the_count(of in 1u64..3000, part in 0.0..1.0f64) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "test")]
        let count = (part * to_f64(of)) as u64;
        let rate = Rate::new(count, of);
        prop_assert!(0.0 <= rate.low && rate.low <= rate.rate);
        prop_assert!(rate.rate <= rate.high && rate.high <= 1.0);
        let next = Rate::new(count + 1, of + 1);
        let more = Rate::new((count + 1).min(of), of);
        prop_assert!(more.low >= rate.low && more.high >= rate.high);
        prop_assert!(next.low >= rate.low);
        let tenfold = Rate::new(10 * count, 10 * of);
        prop_assert!(tenfold.high - tenfold.low <= rate.high - rate.low);
    }

    #[test]
    fn more_confidence_is_a_wider_interval(of in 1u64..2000, part in 0.0..1.0f64) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "test")]
        let count = (part * to_f64(of)) as u64;
        let bounds = [0.5, 0.8, 0.9, 0.95, 0.99, 0.999].map(|c| upper_bound(count, of, c));
        prop_assert!(bounds.is_sorted());
        let widths = [0.8, 0.9, 0.95, 0.99].map(|c| interval(count, of, c));
        prop_assert!(widths.is_sorted_by(|a, b| a.0 >= b.0 && a.1 <= b.1));
    }

    /// Coverage: whatever the true rate, the chance of a bound below it is at most 1 - c.
    #[test]
    fn the_upper_bound_covers_the_true_rate(of in 1u64..120, truth in 0.001..0.999f64) {
        let missed = (0..=of)
            .take_while(|count| upper_bound(*count, of, 0.95) < truth)
            .last()
            .map_or(0.0, |count| lower_tail(count, of, truth));
        prop_assert!(missed <= 0.05 + 1e-9, "{missed}");
    }

    #[test]
    fn bound_and_tail_are_dual(of in 1u64..3000, count in 0u64..60, budget in 0.0005..0.1f64) {
        let count = count.min(of);
        let (bound, p) = (upper_bound(count, of, 0.95), lower_tail(count, of, budget));
        prop_assume!((bound - budget).abs() > 1e-9);
        prop_assert_eq!(bound <= budget, p <= 0.05);
    }
}
