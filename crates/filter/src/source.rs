//! Where scores come from: one trait for the model and for everything else.

use mail::{CaseId, Scl};
use serde::{Deserialize, Serialize};

use crate::{CutsError, Document, ModelFile, Scratch};

/// What a source says about one message.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rating {
    /// The source's own score; higher is more like spam. Its unit is the source's.
    pub score: f64,
    /// The level the score stands for.
    pub scl: Scl,
}

/// Something that rates messages: a trained model, stamps recorded in the mail, a table.
///
/// The same message always gets the same rating; a source has no memory and may be asked
/// from several threads, each with its own scratch.
pub trait ScoreSource: Send + Sync {
    /// Rates a message; `None` where the source knows nothing of it.
    fn rate(
        &self,
        id: CaseId,
        document: &Document<'_>,
        scratch: &mut Scratch,
    ) -> Option<Rating>;

    /// Whether the levels are final: numbers at which the product had arrived after all that
    /// earlier stamps add to a rating, so that nothing is added a second time.
    ///
    /// A source that rates content, or cuts scores of another filter into levels, keeps the
    /// default: not final.
    fn is_final(&self) -> bool {
        false
    }
}

impl ScoreSource for ModelFile {
    fn rate(
        &self,
        _: CaseId,
        document: &Document<'_>,
        scratch: &mut Scratch,
    ) -> Option<Rating> {
        let score = self.model().score(scratch, document);
        Some(Rating { score, scl: self.calibration().scl(score) })
    }
}

/// Cuts from a score to an SCL: the score at which each of the levels 1 to 9 begins.
///
/// A score at a cut has the higher level. Infinite cuts are allowed: a level that begins at
/// infinity is never given.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "[f64; 9]", into = "[f64; 9]")]
pub struct ScoreCuts([f64; 9]);

impl ScoreCuts {
    /// For SpamAssassin scores: one level per point, so that its default mark of 5.0 is
    /// SCL 5. A choice of this project.
    pub const SPAMASSASSIN: Self = Self([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]);

    /// For rspamd scores: its default marks for a header (6) and for a refusal (15) are SCL
    /// 5 and 9. A choice of this project.
    pub const RSPAMD: Self = Self([0.0, 1.5, 3.0, 4.5, 6.0, 8.25, 10.5, 12.75, 15.0]);

    /// Cuts for SCL 1 to 9.
    ///
    /// # Errors
    ///
    /// [`CutsError`] where a cut is no number or lies below the one before.
    pub fn new(cuts: [f64; 9]) -> Result<Self, CutsError> {
        let mut last = f64::NEG_INFINITY;
        for (index, value) in cuts.into_iter().enumerate() {
            if value.is_nan() || value < last {
                return Err(CutsError { scl: index + 1, value });
            }
            last = value;
        }
        Ok(Self(cuts))
    }

    /// The level of `score`; SCL 0 where it is not a number.
    pub fn scl(&self, score: f64) -> Scl {
        let level = self.0.partition_point(|cut| score >= *cut);
        Scl::rating(i64::try_from(level).expect("there are nine cuts"))
    }

    /// The score at which each level from 1 to 9 begins.
    pub fn cuts(&self) -> [f64; 9] {
        self.0
    }
}

impl TryFrom<[f64; 9]> for ScoreCuts {
    type Error = CutsError;

    fn try_from(cuts: [f64; 9]) -> Result<Self, CutsError> {
        Self::new(cuts)
    }
}

impl From<ScoreCuts> for [f64; 9] {
    fn from(cuts: ScoreCuts) -> Self {
        cuts.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_at_a_cut_has_the_higher_level() {
        let cuts = ScoreCuts::SPAMASSASSIN;
        assert_eq!(cuts.scl(5.0).get(), 5);
        assert_eq!(cuts.scl(4.999).get(), 4);
        assert_eq!(cuts.scl(-100.0).get(), 0);
        assert_eq!(cuts.scl(100.0).get(), 9);
        assert_eq!(cuts.scl(f64::NAN).get(), 0);
    }

    #[test]
    fn falling_cuts_are_refused() {
        let mut cuts = ScoreCuts::RSPAMD.cuts();
        assert!(ScoreCuts::new(cuts).is_ok());
        cuts[4] = 1.0;
        let error = ScoreCuts::new(cuts).unwrap_err().to_string();
        assert_eq!(
            error,
            "use SCL cut 5 at 1: cuts are numbers that never fall from SCL 1 to 9"
        );
        cuts[4] = f64::NAN;
        assert!(ScoreCuts::new(cuts).is_err());
    }
}
