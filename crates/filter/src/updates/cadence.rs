//! How often definitions are released.

use std::str::FromStr;

use jiff::civil::{Date, Weekday};
use jiff::tz::Offset;
use mail::Timestamp;

use super::CadenceError;

/// A habit of releasing. Every release is at midnight UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cadence {
    /// The first and third Wednesday of every month, as the product's updates were. Source:
    /// specification section 6.6.
    Wednesdays,
    /// The first Wednesday of every month.
    Monthly,
    /// Nothing after the original definitions.
    Never,
    /// Stated days.
    Days(Vec<Timestamp>),
}

impl Cadence {
    /// The release times after `first` and up to `last`, rising.
    pub fn releases(&self, first: Timestamp, last: Timestamp) -> Vec<Timestamp> {
        let all = match self {
            Self::Wednesdays => wednesdays(first, last, &[1, 3]),
            Self::Monthly => wednesdays(first, last, &[1]),
            Self::Never => Vec::new(),
            Self::Days(days) => days.clone(),
        };
        all.into_iter().filter(|time| *time > first && *time <= last).collect()
    }
}

impl FromStr for Cadence {
    type Err = CadenceError;

    fn from_str(text: &str) -> Result<Self, CadenceError> {
        match text {
            "wednesdays" => return Ok(Self::Wednesdays),
            "monthly" => return Ok(Self::Monthly),
            "never" => return Ok(Self::Never),
            _ => {}
        }
        let day = |part: &str| part.trim().parse::<Date>().ok().and_then(midnight);
        let days: Option<Vec<_>> = text.split(',').map(day).collect();
        let mut days =
            days.ok_or_else(|| CadenceError::Unknown(text.chars().take(80).collect()))?;
        days.sort_unstable();
        days.dedup();
        Ok(Self::Days(days))
    }
}

fn midnight(date: Date) -> Option<Timestamp> {
    let time = Offset::UTC.to_timestamp(date.to_datetime(jiff::civil::Time::midnight()));
    time.ok().map(|time| Timestamp(time.as_second()))
}

/// The nth Wednesdays of every month from that of `first` to that of `last`.
fn wednesdays(first: Timestamp, last: Timestamp, nth: &[i8]) -> Vec<Timestamp> {
    let month = |time: Timestamp| {
        let time = jiff::Timestamp::from_second(time.0).ok()?;
        Some(Offset::UTC.to_datetime(time).date().first_of_month())
    };
    let (Some(mut month), Some(end)) = (month(first), month(last)) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    while month <= end {
        for n in nth {
            let day = month.nth_weekday_of_month(*n, Weekday::Wednesday).ok();
            found.extend(day.and_then(midnight));
        }
        match month.checked_add(jiff::Span::new().months(1)) {
            Ok(next) => month = next,
            Err(_) => break,
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(day: &str) -> Timestamp {
        Timestamp::parse(&format!("{day}T00:00:00Z")).unwrap()
    }

    fn releases(cadence: &str, first: &str, last: &str) -> Vec<String> {
        let cadence: Cadence = cadence.parse().unwrap();
        let all = cadence.releases(time(first), time(last)).into_iter();
        all.map(|time| time.to_string()[..10].to_owned()).collect()
    }

    #[test]
    fn wednesdays_are_the_first_and_the_third() {
        assert_eq!(
            releases("wednesdays", "2005-11-20", "2006-01-18"),
            ["2005-12-07", "2005-12-21", "2006-01-04", "2006-01-18"]
        );
        assert_eq!(
            releases("monthly", "2005-12-07", "2006-02-28"),
            ["2006-01-04", "2006-02-01"]
        );
        assert_eq!(releases("never", "2005-12-07", "2006-02-28"), [""; 0]);
    }

    #[test]
    fn stated_days_are_kept_within_the_corpus() {
        assert_eq!(
            releases("2006-03-01,2006-01-10, 2005-01-01", "2006-01-01", "2006-02-01"),
            ["2006-01-10"]
        );
        for bad in ["", "weekly", "2006-13-01", "2006-01-01;2006-01-02"] {
            let error = bad.parse::<Cadence>().unwrap_err().to_string();
            assert!(error.contains("use wednesdays, monthly, never"), "{error}");
        }
    }
}
