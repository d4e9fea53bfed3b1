//! From values to places: linear, logarithmic and normal-deviate axes with their ticks.

/// How values are spread.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Scale {
    /// Evenly from `low` to `high`.
    Linear { low: f64, high: f64 },
    /// By decades, from 10^`low` to 10^`high`.
    Log { low: i32, high: i32 },
    /// By the normal deviate of a share, between two shares.
    Deviate { low: f64, high: f64 },
}

/// A scale laid along a stretch of the plane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Axis {
    pub(crate) scale: Scale,
    /// Place of the scale's low end.
    pub(crate) from: f64,
    /// Place of its high end.
    pub(crate) to: f64,
    /// Place of zero where the scale has none: the floor of a log axis.
    pub(crate) zero: f64,
}

/// A tick: its value and its words, which are empty for a fine tick.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tick {
    pub(crate) value: f64,
    pub(crate) words: String,
}

impl Scale {
    /// The decades around shares; whole decades, at least two, at most ten.
    pub(crate) fn decades(smallest: f64, largest: f64) -> Self {
        let high = decade(largest.clamp(1e-9, 1.0).log10().ceil());
        let low = decade(smallest.clamp(1e-9, 1.0).log10().floor());
        let low = low.min(high - 2);
        Self::Log { low, high }
    }

    /// From 0 to a round number at or above `largest`.
    pub(crate) fn from_zero(largest: f64) -> Self {
        let step = round_step(largest / 4.0);
        Self::Linear { low: 0.0, high: (largest / step).ceil().max(1.0) * step }
    }

    /// Round numbers around a range.
    pub(crate) fn around(low: f64, high: f64) -> Self {
        let step = round_step((high - low) / 4.0);
        let (low, high) = ((low / step).floor() * step, (high / step).ceil() * step);
        Self::Linear { low, high: high.max(low + step) }
    }

    /// 0 at the low end, 1 at the high end.
    fn share(self, value: f64) -> f64 {
        match self {
            Self::Linear { low, high } => (value - low) / (high - low),
            Self::Log { low, high } => {
                (value.log10() - f64::from(low)) / f64::from(high - low)
            }
            Self::Deviate { low, high } => {
                (deviate(value) - deviate(low)) / (deviate(high) - deviate(low))
            }
        }
    }

    /// Ticks from low to high; `words` writes a main tick's value.
    pub(crate) fn ticks(self, words: impl Fn(f64) -> String) -> Vec<Tick> {
        match self {
            Self::Linear { low, high } => {
                let step = round_step((high - low) / 5.0);
                let mut ticks = Vec::new();
                for index in 0..=20 {
                    let value = low + f64::from(index) * step;
                    if value > high + step / 1e3 {
                        break;
                    }
                    ticks.push(Tick { value, words: words(value) });
                }
                ticks
            }
            Self::Log { low, high } => {
                let mut ticks = Vec::new();
                for decade in low..high {
                    for leading in 1..10 {
                        let value = f64::from(leading) * 10f64.powi(decade);
                        let main = leading == 1 || (high - low <= 2 && leading == 3);
                        let words = if main { words(value) } else { String::new() };
                        ticks.push(Tick { value, words });
                    }
                }
                let value = 10f64.powi(high);
                ticks.push(Tick { value, words: words(value) });
                ticks
            }
            Self::Deviate { low, high } => DEVIATE_TICKS
                .into_iter()
                .filter(|value| (low * 0.999..=high * 1.001).contains(value))
                .map(|value| Tick { value, words: words(value) })
                .collect(),
        }
    }
}

/// Shares that detection-error plots are usually ruled at.
const DEVIATE_TICKS: [f64; 13] =
    [0.00001, 0.0001, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5];

impl Axis {
    /// Place of `value`, held within the axis; zero and less stand on the floor.
    pub(crate) fn place(&self, value: f64) -> f64 {
        let shared = match self.scale {
            Scale::Linear { .. } => self.scale.share(value),
            Scale::Log { .. } | Scale::Deviate { .. } if value <= 0.0 => {
                return self.zero;
            }
            Scale::Log { .. } | Scale::Deviate { .. } => self.scale.share(value),
        };
        let share = if shared.is_finite() { shared.clamp(0.0, 1.0) } else { 0.0 };
        self.from + share * (self.to - self.from)
    }
}

/// 1, 2 or 5 times a power of ten, at or above `rough`.
fn round_step(rough: f64) -> f64 {
    let rough = if rough.is_finite() { rough.max(1e-12) } else { 1.0 };
    let unit = 10f64.powf(rough.log10().floor());
    let fitting = [1.0, 2.0, 5.0, 10.0].into_iter().find(|m| m * unit >= rough * 0.9999);
    fitting.unwrap_or(10.0) * unit
}

#[expect(clippy::cast_possible_truncation, reason = "a decade of a share, clamped")]
fn decade(value: f64) -> i32 {
    value.clamp(-9.0, 0.0) as i32
}

/// Normal deviate of a share: the inverse of the normal distribution function.
///
/// Acklam's rational approximation (relative error below 1.2e-9), far finer than ink.
pub(crate) fn deviate(share: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const B: [f64; 5] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
    ];
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 4] = [
        7.784_695_709_041_462e-3,
        3.224_671_290_700_398e-1,
        2.445_134_137_142_996,
        3.754_408_661_907_416,
    ];
    let horner = |coefficients: &[f64], x: f64| {
        coefficients.iter().fold(0.0, |sum, coefficient| sum * x + coefficient)
    };
    let p = share.clamp(1e-12, 1.0 - 1e-12);
    let tail = |p: f64| {
        let q = (-2.0 * p.ln()).sqrt();
        horner(&C, q) / (horner(&D, q) * q + 1.0)
    };
    if p < 0.02425 {
        tail(p)
    } else if p > 1.0 - 0.02425 {
        -tail(1.0 - p)
    } else {
        let q = p - 0.5;
        let r = q * q;
        horner(&A, r) * q / (horner(&B, r) * r + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deviates_match_the_normal_tables() {
        for (share, expected) in [
            (0.5, 0.0),
            (0.001, -3.090_232_306),
            (0.025, -1.959_963_985),
            (0.2, -0.841_621_234),
            (0.84, 0.994_457_883),
            (0.99, 2.326_347_874),
        ] {
            assert!((deviate(share) - expected).abs() < 1e-7, "{share}");
        }
    }

    #[test]
    fn decades_span_the_shares_given() {
        assert_eq!(Scale::decades(0.0004, 0.09), Scale::Log { low: -4, high: -1 });
        assert_eq!(Scale::decades(0.3, 1.0), Scale::Log { low: -2, high: 0 });
        assert_eq!(Scale::decades(0.0, f64::MAX), Scale::Log { low: -9, high: 0 });
    }

    #[test]
    fn linear_ends_are_round() {
        assert_eq!(Scale::from_zero(0.34), Scale::Linear { low: 0.0, high: 0.4 });
        assert_eq!(Scale::from_zero(0.0), Scale::from_zero(-1.0));
    }

    #[test]
    fn every_value_has_a_place_on_its_axis() {
        let scale = Scale::Log { low: -3, high: 0 };
        let axis = Axis { scale, from: 20.0, to: 320.0, zero: 10.0 };
        for (value, place) in [(0.0, 10.0), (1e-9, 20.0), (0.01, 120.0), (7.0, 320.0)] {
            assert!((axis.place(value) - place).abs() < 1e-9, "{value}");
        }
        assert!((axis.place(f64::NAN) - 20.0).abs() < 1e-9);
    }
}
