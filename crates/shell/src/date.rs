//! Dates as administrators type them, in the culture en-US and in UTC.
//!
//! A policy holds RFC 3339, which is kept as it is typed. `5/31/2026 2:30 PM` has the month
//! first; without a time it is midnight.

use mail::Timestamp;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The moment as RFC 3339; `None` where the text is no date that is known here.
pub(crate) fn read(text: &str) -> Option<String> {
    let text = text.trim();
    if Timestamp::parse(text).is_ok() {
        return Some(text.to_owned());
    }
    let spaced = text.replace([',', 'T'], " ");
    let words: Vec<&str> = if text.starts_with(|c: char| c.is_ascii_digit()) {
        spaced.split_whitespace().collect()
    } else {
        // Names of months hold a `T`.
        return named(&text.replace(',', " "));
    };
    let (date, time) = words.split_first()?;
    let (year, month, day) = if date.contains('/') {
        let [month, day, year] = numbers(date, '/')?;
        (year, month, day)
    } else {
        let [year, month, day] = numbers(date, '-')?;
        (year, month, day)
    };
    moment(year, month, day, time)
}

/// `May 31, 2026 2:30 PM`.
fn named(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let [month, day, year, time @ ..] = words.as_slice() else { return None };
    let lower = month.trim_end_matches('.').to_ascii_lowercase();
    let begins = |name: &&str| lower.len() >= 3 && name.starts_with(&lower);
    let month = MONTHS.iter().position(begins).map(|at| at + 1)?;
    moment(year.parse().ok()?, u16::try_from(month).ok()?, day.parse().ok()?, time)
}

fn moment(year: u16, month: u16, day: u16, time: &[&str]) -> Option<String> {
    if !(1900..=9999).contains(&year) {
        return None;
    }
    let (hour, minute, second) = clock(time)?;
    let all = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z");
    Timestamp::parse(&all).is_ok().then_some(all)
}

/// `2:30 PM`, `2:30:00 PM`, `2:30PM`, `14:30`, or nothing.
fn clock(words: &[&str]) -> Option<(u16, u16, u16)> {
    let joined = words.concat().to_ascii_uppercase();
    if joined.is_empty() {
        return Some((0, 0, 0));
    }
    let (digits, half) = match (joined.strip_suffix("AM"), joined.strip_suffix("PM")) {
        (Some(digits), _) => (digits, Some(0)),
        (_, Some(digits)) => (digits, Some(12)),
        (None, None) => (joined.as_str(), None),
    };
    let parts: Vec<u16> =
        digits.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let (hour, minute, second) = match (parts.as_slice(), half) {
        ([hour], Some(_)) => (*hour, 0, 0),
        ([hour, minute], _) => (*hour, *minute, 0),
        ([hour, minute, second], _) => (*hour, *minute, *second),
        _ => return None,
    };
    let hour = match half {
        Some(half) if (1..=12).contains(&hour) => hour % 12 + half,
        Some(_) => return None,
        None => hour,
    };
    (hour < 24 && minute < 60 && second < 60).then_some((hour, minute, second))
}

fn numbers(text: &str, between: char) -> Option<[u16; 3]> {
    let all: Vec<u16> =
        text.split(between).map(|part| part.parse().ok()).collect::<Option<_>>()?;
    all.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_forms_are_read_with_the_month_first() {
        for (text, moment) in [
            ("5/31/2026", "2026-05-31T00:00:00Z"),
            ("05/31/2026 2:30 PM", "2026-05-31T14:30:00Z"),
            ("5/31/2026 12:00:01 am", "2026-05-31T00:00:01Z"),
            ("5/31/2026 14:30", "2026-05-31T14:30:00Z"),
            ("2026-05-31", "2026-05-31T00:00:00Z"),
            ("2026-05-31 14:30:10", "2026-05-31T14:30:10Z"),
            ("2026-05-31T14:30:10", "2026-05-31T14:30:10Z"),
            ("October 3, 2026", "2026-10-03T00:00:00Z"),
            ("Aug 3 2026 5:00PM", "2026-08-03T17:00:00Z"),
            ("2026-05-31T14:30:10+02:00", "2026-05-31T14:30:10+02:00"),
        ] {
            assert_eq!(read(text).as_deref(), Some(moment), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "tomorrow",
            "31/5/2026",
            "2/30/2026",
            "5/31/26",
            "5/31/2026 13:00 PM",
            "5/31",
            "1/1/1",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
