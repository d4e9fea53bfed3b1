//! Counts over corpus time: periods of equal length, each with its tally.

use std::fmt::Write as _;
use std::path::Path;

use mail::{Label, Tier, Timestamp};
use sweep::{Tally, TraceRow};

use crate::{Error, Rate, write_atomic};

/// What happened in one period.
#[derive(Debug, Clone, PartialEq)]
pub struct Period {
    /// When it begins.
    pub from: Timestamp,
    /// When it ends; the end is not in it.
    pub until: Timestamp,
    /// Cases at the harshest tier any of their recipients met; no causes.
    pub tally: Tally,
}

/// Counts the cases of a replay's rows by periods of `days` from `from` to the last case,
/// without gaps. Rows of one case stand together, as a replay gives them; cases before
/// `from` are left out.
pub fn over_time(rows: &[TraceRow], from: Timestamp, days: u16) -> Vec<Period> {
    let length = i64::from(days.max(1)) * 86_400;
    let mut periods: Vec<Period> = Vec::new();
    for case in rows.chunk_by(|a, b| a.case == b.case) {
        let (Some(first), Some(tier)) =
            (case.first(), case.iter().map(|row| row.tier).max())
        else {
            continue;
        };
        let Some(index) =
            usize::try_from((first.time.0 - from.0).div_euclid(length)).ok()
        else {
            continue;
        };
        while periods.len() <= index {
            let from = periods.last().map_or(from, |period| period.until);
            let until = Timestamp(from.0 + length);
            periods.push(Period { from, until, tally: Tally::default() });
        }
        periods[index].tally.tiers[first.label.index()][tier.index()] += 1;
    }
    periods
}

/// Writes `over-time.csv`: one row per series, period, tier and measure.
///
/// Columns: `series`, `from`, `until`, `tier`, `measure` (`fp` or `fn`), `count`, `of`,
/// `rate`, `low`, `high`. The name of a series comes from outside and is quoted.
///
/// # Errors
///
/// [`Error::Io`].
pub fn write_over_time(folder: &Path, series: &[(&str, &[Period])]) -> Result<(), Error> {
    let mut csv = String::from("series,from,until,tier,measure,count,of,rate,low,high\n");
    for (name, periods) in series {
        let name = quoted(name);
        for Period { from, until, tally } in *periods {
            for tier in Tier::ACTING {
                let measures = [
                    ("fp", Rate::false_positives(tally, tier)),
                    ("fn", Rate::false_negatives(tally, tier)),
                ];
                for (measure, Rate { rate, low, high, count, of }) in measures {
                    writeln!(
                        csv,
                        "{name},{from},{until},{tier},{measure},{count},{of},{rate},{low},\
                         {high}"
                    )
                    .expect("writing to a string does not fail");
                }
            }
        }
    }
    write_atomic(folder, "over-time.csv", csv.as_bytes())
}

/// A field between quotes that no spreadsheet takes for a formula.
fn quoted(text: &str) -> String {
    let clean: String = text.chars().filter(|c| !c.is_control()).collect();
    let shield = if clean.starts_with(['=', '+', '-', '@']) { "'" } else { "" };
    format!("\"{shield}{}\"", clean.replace('"', "\"\""))
}

/// Cases of all periods together.
pub fn whole(periods: &[Period]) -> Tally {
    let mut sum = Tally::default();
    for period in periods {
        for label in Label::ALL {
            for tier in Tier::ALL {
                sum.tiers[label.index()][tier.index()] +=
                    period.tally.tiers[label.index()][tier.index()];
            }
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use mail::CaseId;
    use proptest::prelude::*;

    use super::*;

    fn row(case: u8, label: Label, day: i64, tier: Tier) -> TraceRow {
        TraceRow {
            case: CaseId([case; 32]),
            label,
            category: String::new(),
            time: Timestamp(day * 86_400),
            recipient: String::new(),
            tier,
            cause: 0,
            detail: String::new(),
            scl: None,
            score: None,
            sender_id: None,
            scanned: false,
            dns_questions: 0,
            response: String::new(),
            report: String::new(),
            tarpit_seconds: 0,
        }
    }

    #[test]
    fn a_case_counts_once_in_its_period_at_its_harshest_tier() {
        let rows = [
            row(1, Label::Ham, 99, Tier::Delete),
            row(2, Label::Ham, 100, Tier::Inbox),
            row(2, Label::Ham, 100, Tier::Junk),
            row(3, Label::Spam, 113, Tier::Reject),
            row(4, Label::Spam, 142, Tier::Inbox),
        ];
        let periods = over_time(&rows, Timestamp(100 * 86_400), 14);
        assert_eq!(periods.len(), 4);
        assert_eq!(periods[0].tally.tiers, [[0, 1, 0, 0, 0], [0, 0, 0, 1, 0]]);
        assert_eq!(periods[1].tally, Tally::default());
        assert_eq!(periods[3].tally.tiers[1], [1, 0, 0, 0, 0]);
        assert!(periods.windows(2).all(|pair| pair[0].until == pair[1].from));
        assert_eq!(whole(&periods).total(Label::Spam), 2);
    }

    #[test]
    fn names_are_quoted() {
        let folder = tempfile::TempDir::new().unwrap();
        let rows = [row(1, Label::Ham, 1, Tier::Junk)];
        let periods = over_time(&rows, Timestamp(0), 7);
        write_over_time(folder.path(), &[("=a,\"b\"\n", &periods)]).unwrap();
        let csv = std::fs::read_to_string(folder.path().join("over-time.csv")).unwrap();
        let line = csv.lines().nth(1).unwrap();
        let want = "\"'=a,\"\"b\"\"\",1970-01-01T00:00:00Z,1970-01-08T00:00:00Z,junk,fp,1,1,1,0.025";
        assert!(line.starts_with(want) && line.ends_with(",1"), "{line}");
        assert_eq!(csv.lines().count(), 1 + 8);
    }

    proptest! {
        #[test]
        fn periods_lose_no_case(
            days in prop::collection::vec((0_i64..400, any::<bool>(), 0_usize..5), 1..60),
            length in 1_u16..40,
        ) {
            let mut days = days;
            days.sort_unstable();
            let rows: Vec<_> = (0_u8..)
                .zip(&days)
                .map(|(case, (day, spam, tier))| {
                    row(case, Label::ALL[usize::from(*spam)], *day, Tier::ALL[*tier])
                })
                .collect();
            let sum = whole(&over_time(&rows, Timestamp(0), length));
            let all = sum.total(Label::Ham) + sum.total(Label::Spam);
            prop_assert_eq!(all, days.len() as u64);
        }
    }
}
