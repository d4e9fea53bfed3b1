//! A menu of three choices from one sweep: cautious, balanced, strict.
//!
//! Balanced is the goal as stated. Cautious asks a quarter of each budget, weighs harm to
//! good mail four times as much, deletes nothing by the SCL and rejects by it at 9 alone, so
//! that whatever the filter is not surest of can still be found; strict allows four times
//! each budget and weighs it a quarter. All figures are of the tune mail: looking at the hold-out for three policies and
//! then picking one would be tuning on it.

use mail::{Label, Thresholds, Tier};
use serde::{Deserialize, Serialize};
use sweep::{SweepResult, Tally};

use crate::rates::to_f64;
use crate::recommend::choose_among;
use crate::{Basis, Error, Goal, MoveRow, Rate, choose};

/// Factor between the entries' budgets.
const STEP: f64 = 4.0;

/// Traffic that counts are wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Volume {
    /// Messages a day.
    pub per_day: f64,
    /// Share of spam among them.
    pub spam_share: f64,
}

/// One choice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MenuEntry {
    /// `cautious`, `balanced` or `strict`.
    pub name: String,
    /// Agent names by priority.
    pub order: Vec<String>,
    /// The priority changes from the default order.
    pub moves: Vec<MoveRow>,
    /// The thresholds.
    pub thresholds: Thresholds,
    /// On what ground it was chosen.
    pub basis: Basis,
    /// Cost per message by the stated goal's costs.
    pub cost: f64,
    /// Expected messages a day, ham and spam, at each tier; empty without a volume.
    pub per_day: Vec<DayRow>,
}

/// Expected messages a day that end exactly at one tier.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DayRow {
    /// Label.
    pub label: Label,
    /// Tier.
    pub tier: Tier,
    /// Expected messages.
    pub expected: f64,
    /// Lower end of the 95 % interval of the rate, as messages.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The three choices.
///
/// # Errors
///
/// As [`choose`].
pub fn menu(
    sweep: &SweepResult,
    goal: &Goal,
    volume: Option<Volume>,
) -> Result<Vec<MenuEntry>, Error> {
    [("cautious", 1.0 / STEP), ("balanced", 1.0), ("strict", STEP)]
        .into_iter()
        .map(|(name, factor)| {
            let goal_here = goal.scaled(factor);
            let choice = match name {
                "cautious" if sweep.settings.iter().any(lenient) => {
                    choose_among(sweep, &goal_here, &lenient)?
                }
                _ => choose(sweep, &goal_here)?,
            };
            Ok(MenuEntry {
                name: name.to_owned(),
                moves: choice.moves.iter().map(MoveRow::from).collect(),
                order: choice.order,
                thresholds: choice.thresholds,
                basis: choice.basis,
                cost: goal.cost(&choice.tally),
                per_day: volume.map_or_else(Vec::new, |v| day_rows(&choice.tally, v)),
            })
        })
        .collect()
}

/// No deletion by the SCL, and rejection at 9 alone.
fn lenient(thresholds: &Thresholds) -> bool {
    thresholds.delete.is_none()
        && thresholds.reject.is_none_or(|reject| reject.get() == 9)
}

fn day_rows(tally: &Tally, volume: Volume) -> Vec<DayRow> {
    let Volume { per_day, spam_share } = volume;
    let row = |label: Label, tier: Tier| {
        let messages = match label {
            Label::Ham => per_day * (1.0 - spam_share),
            Label::Spam => per_day * spam_share,
        };
        let Rate { rate, low, high, .. } = Rate::exactly_at(tally, label, tier);
        let [expected, low, high] = [rate, low, high].map(|share| share * messages);
        DayRow { label, tier, expected, low, high }
    };
    let rows =
        Label::ALL.into_iter().flat_map(|label| Tier::ALL.map(|tier| row(label, tier)));
    rows.collect()
}

impl MenuEntry {
    /// The entry in lines for people: setting, then what a day brings.
    pub fn lines(&self) -> Vec<String> {
        let order = match self.moves.len() {
            0 => "order unchanged".to_owned(),
            1 => "1 priority change".to_owned(),
            n => format!("{n} priority changes"),
        };
        let mut lines = vec![format!("{:<9} {}; {order}", self.name, self.thresholds)];
        for label in Label::ALL {
            let rows = self.per_day.iter().filter(|row| row.label == label).rev();
            let parts: Vec<String> = rows
                .map(|row| {
                    format!(
                        "{} {} ({}–{})",
                        row.tier,
                        number(row.expected),
                        number(row.low),
                        number(row.high)
                    )
                })
                .collect();
            if !parts.is_empty() {
                lines.push(format!("  a day, {label}: {}", parts.join(", ")));
            }
        }
        lines
    }
}

/// Expected messages: whole from ten on.
fn number(value: f64) -> String {
    if value >= 10.0 { format!("{value:.0}") } else { format!("{value:.1}") }
}

impl Volume {
    /// The volume, checked.
    ///
    /// # Errors
    ///
    /// What is wrong and what to write instead.
    pub fn new(per_day: u64, spam_share: f64) -> Result<Self, String> {
        if spam_share > 0.0 && spam_share < 1.0 {
            Ok(Self { per_day: to_f64(per_day), spam_share })
        } else {
            Err(format!(
                "a spam share of `{spam_share}` is none; use one above 0 and below 1"
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{example, tally};

    #[test]
    fn the_menu_goes_from_caution_to_strictness() {
        let mut sweep = example();
        sweep.units = [1000, 1000];
        sweep.tallies = vec![
            tally([[1000, 0, 0, 0, 0], [1000, 0, 0, 0, 0]]),
            tally([[998, 0, 0, 2, 0], [300, 0, 0, 700, 0]]),
            tally([[990, 8, 0, 2, 0], [100, 200, 0, 700, 0]]),
            tally([[940, 40, 0, 15, 5], [30, 0, 0, 0, 970]]),
        ];
        let goal = crate::Goal::default();
        let volume = Volume::new(10_000, 0.8).unwrap();
        let menu = menu(&sweep, &goal, Some(volume)).unwrap();
        let inbox = |entry: &MenuEntry| {
            let spam = entry.per_day.iter().filter(|row| row.label == Label::Spam);
            spam.map(|row| row.expected).next().unwrap()
        };
        let missed: Vec<f64> = menu.iter().map(inbox).collect();
        assert!(missed.is_sorted_by(|a, b| a >= b), "{missed:?}");
        assert!(missed[0] > missed[2]);
        assert!(lenient(&menu[0].thresholds), "{}", menu[0].thresholds);
        let total: f64 = menu[1].per_day.iter().map(|row| row.expected).sum();
        assert!((total - 10_000.0).abs() < 1e-6);
        assert!(menu[0].lines()[1].starts_with("  a day, ham: delete "));
        assert!(Volume::new(1, 1.0).is_err());
    }
}
