//! From scores to probabilities and levels.
//!
//! The curve is isotonic: scores are pooled by adjacent violators (Ayer et al. 1955) into
//! blocks whose spam share rises with the score. Two pseudo messages of weight one half, a
//! spam below every score and a ham above, keep every share off 0 and 1 (Laplace's idea at
//! the ends only). Between the mean scores of two blocks the log-odds are interpolated on a
//! line. Beyond the outermost blocks' means they go on with the average slope of the whole
//! curve: an isotonic fit cannot tell a block's messages apart, so this part is an
//! extrapolation, made so that all ten levels can occur on small corpora.
//!
//! Probabilities hold for mail with the spam share of the training messages.

use mail::{Label, Scl};

use crate::model::logistic;
use crate::{CalibrationError, ScoreCuts, Scored};

/// Odds of spam to ham at which the levels 1 to 9 begin, as powers of ten.
///
/// SCL 5 begins at even odds and SCL 9 at 1,000 to 1 (p = 0.999); between them every level
/// multiplies the odds by 10^0.75 = 5.6. SCL 0 is under 1 to 1,000.
pub const SCL_ODDS: [f64; 9] = [-3.0, -2.25, -1.5, -0.75, 0.0, 0.75, 1.5, 2.25, 3.0];

/// Log-odds beyond this (p within 1e-13 of 0 or 1) are cut off.
const LIMIT: f64 = 30.0;

/// Larger scores are refused, so that their sums stay exact enough.
const MAX_SCORE: f64 = 1e12;

/// The probability of spam at which an SCL from 1 to 9 begins; 0 for SCL 0 and -1.
pub fn scl_probability(scl: Scl) -> f64 {
    match usize::try_from(scl.get()) {
        Ok(level @ 1..=9) => logistic(SCL_ODDS[level - 1] * std::f64::consts::LN_10),
        _ => 0.0,
    }
}

/// A rising curve from score to probability of spam, and the cuts to SCL read off it.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// Mean score and log-odds of each block, both strictly rising.
    knots: Vec<(f64, f64)>,
    /// Log-odds per score beyond the outermost knots; never negative.
    slope: f64,
    cuts: ScoreCuts,
}

impl Calibration {
    /// Fits the curve to scores of messages that the scoring model had not learnt.
    ///
    /// # Errors
    ///
    /// [`CalibrationError`] where a label is missing, or a score is not a number or beyond 1e12.
    pub fn fit(scored: &[Scored]) -> Result<Self, CalibrationError> {
        if let Some(index) =
            scored.iter().position(|s| s.score.is_nan() || s.score.abs() > MAX_SCORE)
        {
            return Err(CalibrationError::NotAScore { index });
        }
        for missing in Label::ALL {
            if scored.iter().all(|s| s.label != missing) {
                let messages = scored.len();
                return Err(CalibrationError::OneLabel { missing, messages });
            }
        }
        // Adding zero makes negative zero equal to zero for the total order.
        let mut sorted: Vec<_> =
            scored.iter().map(|s| Scored { score: s.score + 0.0, ..*s }).collect();
        sorted.sort_by(|a, b| a.score.total_cmp(&b.score));
        let mut knots: Vec<(f64, f64)> = Vec::new();
        for block in pool(&sorted) {
            let (x, y) = (block.sum / block.messages, block.log_odds());
            // Means of blocks a rounding error apart may be equal.
            if knots.last().is_none_or(|last| last.0 < x && last.1 < y) {
                knots.push((x, y));
            }
        }
        Ok(Self::from_knots(knots).expect("knots are finite and rise"))
    }

    /// `None` unless the knots are finite and strictly rising.
    pub(crate) fn from_knots(knots: Vec<(f64, f64)>) -> Option<Self> {
        let (first, last) = (*knots.first()?, *knots.last()?);
        let finite = knots.iter().all(|(x, y)| x.abs() <= MAX_SCORE && y.abs() <= LIMIT);
        let rising = knots.windows(2).all(|w| w[0].0 < w[1].0 && w[0].1 < w[1].1);
        if !finite || !rising {
            return None;
        }
        let run = last.0 - first.0;
        let slope = if run > 0.0 { (last.1 - first.1) / run } else { 0.0 };
        let slope = if slope.is_finite() { slope } else { 0.0 };
        let unused = ScoreCuts::SPAMASSASSIN;
        let mut curve = Self { knots, slope, cuts: unused };
        let cuts = SCL_ODDS.map(|odds| curve.score_at(odds * std::f64::consts::LN_10));
        curve.cuts = ScoreCuts::new(cuts).ok()?;
        Some(curve)
    }

    /// Mean score and log-odds of each block, rising.
    pub fn knots(&self) -> &[(f64, f64)] {
        &self.knots
    }

    /// The score at which each level begins.
    pub fn cuts(&self) -> &ScoreCuts {
        &self.cuts
    }

    /// The level of `score`.
    pub fn scl(&self, score: f64) -> Scl {
        self.cuts.scl(score)
    }

    /// The probability of spam at `score`; never exactly 0 or 1, never falling.
    pub fn probability(&self, score: f64) -> f64 {
        logistic(self.log_odds(score))
    }

    /// Natural log-odds of spam at `score`.
    pub fn log_odds(&self, score: f64) -> f64 {
        let above = self.knots.partition_point(|(x, _)| *x <= score);
        let odds = if above == 0 {
            let (x, y) = self.knots[0];
            y + self.slope * (score - x)
        } else if above == self.knots.len() {
            let (x, y) = self.knots[above - 1];
            y + self.slope * (score - x)
        } else {
            let ((x0, y0), (x1, y1)) = (self.knots[above - 1], self.knots[above]);
            y0 + (y1 - y0) * ((score - x0) / (x1 - x0))
        };
        if odds.is_nan() { 0.0 } else { odds.clamp(-LIMIT, LIMIT) }
    }

    /// The score whose log-odds are `odds`; infinite where none has.
    fn score_at(&self, odds: f64) -> f64 {
        let above = self.knots.partition_point(|(_, y)| *y <= odds);
        let beyond = |(x, y): (f64, f64)| {
            if self.slope > 0.0 {
                x + (odds - y) / self.slope
            } else if odds > y {
                f64::INFINITY
            } else {
                f64::NEG_INFINITY
            }
        };
        if above == 0 {
            beyond(self.knots[0])
        } else if above == self.knots.len() {
            beyond(self.knots[above - 1])
        } else {
            let ((x0, y0), (x1, y1)) = (self.knots[above - 1], self.knots[above]);
            x0 + (x1 - x0) * ((odds - y0) / (y1 - y0))
        }
    }
}

/// Neighbouring messages that share one probability.
#[derive(Debug, Clone, Copy, Default)]
struct Block {
    /// Spam, pseudo message included.
    spam: f64,
    /// Spam and ham, pseudo messages included.
    weight: f64,
    /// Real messages.
    messages: f64,
    /// Sum of their scores.
    sum: f64,
}

impl Block {
    fn join(&mut self, other: Self) {
        self.spam += other.spam;
        self.weight += other.weight;
        self.messages += other.messages;
        self.sum += other.sum;
    }

    /// Whether `next` may not stand above this block: its spam share is not higher.
    fn violates(&self, next: &Self) -> bool {
        self.spam * next.weight >= next.spam * self.weight
    }

    fn log_odds(&self) -> f64 {
        (self.spam / (self.weight - self.spam)).ln()
    }
}

/// Pools adjacent violators. Equal scores always share a block.
fn pool(sorted: &[Scored]) -> Vec<Block> {
    let pseudo =
        |label| Block { spam: half_if_spam(label), weight: 0.5, ..Block::default() };
    let mut blocks = vec![pseudo(Label::Spam)];
    for ties in sorted.chunk_by(|a, b| a.score.total_cmp(&b.score).is_eq()) {
        let mut block = Block::default();
        for scored in ties {
            block.join(Block {
                spam: 2.0 * half_if_spam(scored.label),
                weight: 1.0,
                messages: 1.0,
                sum: scored.score,
            });
        }
        push(&mut blocks, block);
    }
    push(&mut blocks, pseudo(Label::Ham));
    blocks
}

fn push(blocks: &mut Vec<Block>, block: Block) {
    let mut block = block;
    while let Some(last) = blocks.pop_if(|last| last.violates(&block)) {
        let above = block;
        block = last;
        block.join(above);
    }
    blocks.push(block);
}

fn half_if_spam(label: Label) -> f64 {
    match label {
        Label::Ham => 0.0,
        Label::Spam => 0.5,
    }
}

#[cfg(test)]
mod tests;
