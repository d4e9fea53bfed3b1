//! Binomial tails of large samples, to full precision at tiny rates.
//!
//! Chances of single counts are computed after Loader ("Fast and accurate computation of
//! binomial probabilities", 2000), whose terms do not cancel, and summed from the count
//! outwards, where each is a fixed share of the one before.

use std::f64::consts::TAU;

use super::to_f64;

/// P(X ≤ count) for X ~ Binomial(of, rate), 0 < count < of and 0 < rate < 1.
pub(super) fn lower_tail(count: u64, of: u64, rate: f64) -> f64 {
    let (k, n, p) = (to_f64(count), to_f64(of), rate);
    let q = 1.0 - p;
    if k <= n * p {
        // Down from the count: each term is the next one's i q ÷ ((n - i + 1) p).
        let mut term = chance(k, n, p);
        let (mut sum, mut i) = (term, k);
        while i > 0.0 && term > sum * f64::EPSILON / 8.0 {
            term *= i * q / ((n - i + 1.0) * p);
            sum += term;
            i -= 1.0;
        }
        return sum.min(1.0);
    }
    let mut term = chance(k + 1.0, n, p);
    let (mut sum, mut i) = (term, k + 1.0);
    while i < n && term > sum * f64::EPSILON / 8.0 {
        term *= (n - i) * p / ((i + 1.0) * q);
        sum += term;
        i += 1.0;
    }
    (1.0 - sum).clamp(0.0, 1.0)
}

/// P(X = k) for X ~ Binomial(n, p), 0 < p < 1.
fn chance(k: f64, n: f64, p: f64) -> f64 {
    if k >= n {
        return (n * p.ln()).exp();
    }
    let q = 1.0 - p;
    let rest = n - k;
    let power = stirling(n)
        - stirling(k)
        - stirling(rest)
        - deviance(k, n * p)
        - deviance(rest, n * q);
    power.exp() * (n / (TAU * k * rest)).sqrt()
}

/// ln n! less Stirling's formula, n ≥ 1.
fn stirling(n: f64) -> f64 {
    /// The same for 1 to 15, where the series is not yet exact (Loader 2000).
    const FIRST: [f64; 15] = [
        0.081_061_466_795_327_26,
        0.041_340_695_955_409_29,
        0.027_677_925_684_998_34,
        0.020_790_672_103_765_09,
        0.016_644_691_189_821_19,
        0.013_876_128_823_070_75,
        0.011_896_709_945_891_77,
        0.010_411_265_261_972_1,
        0.009_255_462_182_712_733,
        0.008_330_563_433_362_87,
        0.007_573_675_487_951_841,
        0.006_942_840_107_209_53,
        0.006_408_994_188_004_207,
        0.005_951_370_112_758_848,
        0.005_554_733_551_962_801,
    ];
    let small = FIRST.iter().zip(1u32..).find(|(_, whole)| f64::from(*whole) >= n);
    if let Some((value, _)) = small {
        return *value;
    }
    let square = n * n;
    let tail = 1.0 / 1260.0 - (1.0 / 1680.0 - 1.0 / 1188.0 / square) / square;
    (1.0 / 12.0 - (1.0 / 360.0 - tail / square) / square) / n
}

/// x ln(x ÷ m) + m - x without cancellation where x is near m.
fn deviance(x: f64, m: f64) -> f64 {
    if (x - m).abs() >= 0.1 * (x + m) {
        return x * (x / m).ln() + m - x;
    }
    let v = (x - m) / (x + m);
    let mut sum = (x - m) * v;
    let mut term = 2.0 * x * v;
    for j in 1u32..1000 {
        term *= v * v;
        let next = sum + term / f64::from(2 * j + 1);
        if next.total_cmp(&sum).is_eq() {
            break;
        }
        sum = next;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rates::tail;

    #[test]
    fn small_samples_agree_with_the_incomplete_beta_function() {
        for n in [5, 20, 400, 4150] {
            for k in [1, 2, 4, n / 2, n - 1] {
                for p in [1e-5, 0.001, 0.02, 0.3, 0.5, 0.97] {
                    let found = lower_tail(k, n, p);
                    let expected = tail(to_f64(k), to_f64(n), p);
                    assert!(
                        (found - expected).abs() <= 1e-9 * expected + 1e-13,
                        "{k} of {n} at {p}: {found} for {expected}"
                    );
                }
            }
        }
    }

    /// At tiny rates the binomial is Poisson's distribution but for a part in n.
    #[test]
    fn tiny_rates_keep_their_digits() {
        for (rate, of) in [(1e-10, 40_000_000_000), (1e-12, 4_743_864_518_102)] {
            let mean = rate * to_f64(of);
            for k in 1..12u64 {
                let mut term = (-mean).exp();
                let mut poisson = term;
                for i in 1..=k {
                    term *= mean / to_f64(i);
                    poisson += term;
                }
                let found = lower_tail(k, of, rate);
                assert!((found / poisson - 1.0).abs() < 1e-8, "{k}: {found} {poisson}");
            }
        }
    }
}
