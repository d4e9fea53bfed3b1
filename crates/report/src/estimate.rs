//! A counted share with its interval, as the layers below computed it.

/// A counted share with the bounds of its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Cases that count, such as good messages at a tier or harsher.
    pub count: u64,
    /// All cases of the label.
    pub of: u64,
    /// Lower bound of the 95 % interval, 0 to 1.
    pub low: f64,
    /// Upper bound of the 95 % interval, 0 to 1.
    pub high: f64,
}

impl Estimate {
    /// `count ÷ of`; `None` where there are no cases.
    #[expect(clippy::cast_precision_loss, reason = "shares are drawn, not counted with")]
    pub fn rate(&self) -> Option<f64> {
        (self.of > 0).then(|| (self.count as f64 / self.of as f64).clamp(0.0, 1.0))
    }

    /// The bounds, forced into 0 to 1 and around the rate so that any input can be drawn.
    pub(crate) fn bounds(&self) -> (f64, f64) {
        let rate = self.rate().unwrap_or(0.0);
        let sane =
            |bound: f64| if bound.is_finite() { bound.clamp(0.0, 1.0) } else { rate };
        (sane(self.low).min(rate), sane(self.high).max(rate))
    }
}
