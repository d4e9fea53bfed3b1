//! What each policy of a sweep does to each kind of case, so that other weights of the cases
//! can be counted without replaying anything.

use mail::{JunkComparison, Thresholds, Tier};

use crate::causes::CauseIndex;
use crate::groups::Numbers;
use crate::profile::settle;
use crate::{Cause, Sheet, SheetError};

/// The distinct ways in which policies treat the cases of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patterns {
    /// Per pattern, where the cases of each fate of the sheet end.
    pub tiers: Vec<Vec<Tier>>,
    /// Per outcome and threshold setting, the pattern.
    pub of: Vec<Vec<u32>>,
}

impl Sheet {
    /// Most steps that [`Sheet::patterns`] takes: some seconds.
    pub const MOST_STEPS: usize = 1_500_000_000;

    /// The patterns of all policies, counted by case; `None` where they would take more than
    /// [`Sheet::MOST_STEPS`].
    ///
    /// # Errors
    ///
    /// [`SheetError`] where the table of causes lacks the store's.
    pub fn patterns(
        &self,
        settings: &[Thresholds],
        comparison: JunkComparison,
        causes: &[Cause],
    ) -> Result<Option<Patterns>, SheetError> {
        let index = CauseIndex::of_table(causes)
            .ok_or(SheetError::new("the table of causes lacks the store's"))?;
        // Settings under which every profile ends the same way share a column.
        let mut columns = Numbers::new();
        let column_of: Vec<u32> = settings
            .iter()
            .map(|thresholds| {
                let tier = |profile: &Vec<_>| {
                    let (tier, _) = settle(profile, thresholds, comparison, &index);
                    tier
                };
                columns.of(self.profiles.iter().map(tier).collect::<Vec<Tier>>())
            })
            .collect();
        let outcomes = self.fates.first().map_or(0, Vec::len);
        let steps = outcomes.saturating_mul(columns.list.len());
        if steps.saturating_mul(self.fates.len()) > Self::MOST_STEPS {
            return Ok(None);
        }
        let mut patterns = Numbers::new();
        let of = (0..outcomes)
            .map(|outcome| {
                let of_column: Vec<u32> = columns
                    .list
                    .iter()
                    .map(|tiers| {
                        let end = |fate: &Vec<u32>| tiers[fate[outcome] as usize];
                        patterns.of(self.fates.iter().map(end).collect::<Vec<Tier>>())
                    })
                    .collect();
                column_of.iter().map(|column| of_column[*column as usize]).collect()
            })
            .collect();
        Ok(Some(Patterns { tiers: patterns.list, of }))
    }
}
