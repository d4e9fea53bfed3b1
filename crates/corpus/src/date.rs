//! Dates as mail writes them.

use mail::Timestamp;

/// 1990-01-01: no message of a mail corpus is older; earlier dates are broken clocks.
const EARLIEST: i64 = 631_152_000;

/// Reads a date of a header field or a `From ` line: RFC 5322 with its obsolete forms, and
/// the `asctime` form.
///
/// Two- and three-digit years are read as RFC 5322 section 4.3 says (`02` and `102` are 2002,
/// `99` is 1999). An unknown zone name, a bare `0530` and no zone at all are read as UTC.
/// `None` where there is no date, or one before 1990 or from 2100 on.
pub fn parse_date(text: &str) -> Option<Timestamp> {
    let mut date = Parts::default();
    let mut depth = 0_usize;
    let words = text
        .split(|c: char| c.is_ascii_whitespace() || c == ',')
        .filter(|word| !word.is_empty())
        .take(40);
    for word in words {
        let opens = word.matches('(').count();
        if depth + opens == 0 {
            date.take(word);
        }
        depth = (depth + opens).saturating_sub(word.matches(')').count());
    }
    date.timestamp()
}

#[derive(Default)]
struct Parts {
    day: Option<i8>,
    month: Option<i8>,
    year: Option<i16>,
    time: Option<(i8, i8, i8)>,
    offset: Option<i64>,
}

impl Parts {
    fn take(&mut self, word: &str) {
        if word.contains(':') && self.time.is_none() {
            self.take_time(word);
        } else if let Some(month) = month(word).filter(|_| self.month.is_none()) {
            self.month = Some(month);
        } else if word.bytes().all(|b| b.is_ascii_digit()) {
            self.take_number(word);
        } else if self.time.is_some() && self.offset.is_none() {
            self.offset = zone(word);
        } else if self.day.is_none() && word.contains('-') {
            // 22-Aug-2002, as some mailers write it.
            word.split('-').filter(|part| !part.is_empty()).for_each(|p| self.take(p));
        }
    }

    fn take_number(&mut self, word: &str) {
        let Ok(number) = word.parse::<i16>() else { return };
        if self.day.is_none() && (1..=31).contains(&number) && word.len() <= 2 {
            self.day = i8::try_from(number).ok();
        } else if self.year.is_none() && self.month.is_some() {
            self.year = match (word.len(), number) {
                (2, ..50) => Some(2000 + number),
                (2 | 3, _) => Some(1900 + number),
                (4, _) => Some(number),
                _ => None,
            };
        }
    }

    fn take_time(&mut self, word: &str) {
        // A zone may stick to the seconds: `12:00:01+0200`.
        let sign = |b: u8| matches!(b, b'+' | b'-');
        let end = word.bytes().skip(1).position(sign).map_or(word.len(), |at| at + 1);
        let Some((clock, rest)) = word.split_at_checked(end) else { return };
        let mut parts = clock.split(':').map(|part| part.parse::<i8>().ok());
        let (hour, minute) = (parts.next().flatten(), parts.next().flatten());
        let second = parts.next().map_or(Some(0), |s| s);
        if let (Some(hour), Some(minute), Some(second), None) =
            (hour, minute, second, parts.next())
        {
            self.time = Some((hour, minute, second.min(59)));
            self.offset = if rest.is_empty() { None } else { zone(rest) };
        }
    }

    fn timestamp(&self) -> Option<Timestamp> {
        let (hour, minute, second) = self.time?;
        let local = jiff::civil::DateTime::new(
            self.year?,
            self.month?,
            self.day?,
            hour,
            minute,
            second,
            0,
        )
        .ok()?;
        let local = jiff::tz::Offset::UTC.to_timestamp(local).ok()?.as_second();
        let time = local - self.offset.unwrap_or(0);
        (EARLIEST..Timestamp::MAX.0).contains(&time).then_some(Timestamp(time))
    }
}

fn month(word: &str) -> Option<i8> {
    const MONTHS: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov",
        "dec",
    ];
    let head = word.get(..3).filter(|_| word.bytes().all(|b| b.is_ascii_alphabetic()))?;
    (1..).zip(MONTHS).find(|(_, name)| head.eq_ignore_ascii_case(name)).map(|(n, _)| n)
}

/// Seconds east of UTC.
fn zone(word: &str) -> Option<i64> {
    let named = match word.to_ascii_uppercase().as_str() {
        "GMT" | "UT" | "UTC" | "Z" => Some(0),
        "EDT" => Some(-4),
        "EST" | "CDT" => Some(-5),
        "CST" | "MDT" => Some(-6),
        "MST" | "PDT" => Some(-7),
        "PST" => Some(-8),
        _ => None,
    };
    if let Some(hours) = named {
        return Some(hours * 3600);
    }
    let sign = match word.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: String = word[1..].chars().filter(|c| *c != ':').collect();
    let number: i64 =
        digits.get(..4).filter(|_| digits.len() == 4).and_then(|d| d.parse().ok())?;
    let (hours, minutes) = (number / 100, number % 100);
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        parse_date(text).map_or("none".into(), |time| time.to_string())
    }

    #[test]
    fn the_forms_of_real_mail_are_read() {
        for (text, expected) in [
            ("Thu, 22 Aug 2002 07:36:16 -0400 (EDT)", "2002-08-22T11:36:16Z"),
            ("22 Aug 2002 07:36 +0530", "2002-08-22T02:06:00Z"),
            ("Thu Aug 22 12:36:23 2002", "2002-08-22T12:36:23Z"),
            ("Tue, 3 Dec 2002 19:39:55 GMT", "2002-12-03T19:39:55Z"),
            ("Mon, 03 Jun 102 10:00:00 -0700", "2002-06-03T17:00:00Z"),
            ("03 Jun 02 10:00:00 EST", "2002-06-03T15:00:00Z"),
            ("03 Jun 99 10:00:00", "1999-06-03T10:00:00Z"),
            ("Fri, 26 Jul 2002 10:00:00 0530", "2002-07-26T10:00:00Z"),
            ("Fri, 26 Jul 2002 10:00:60 +0000", "2002-07-26T10:00:59Z"),
            ("26-Jul-2002 10:00:00+0100", "2002-07-26T09:00:00Z"),
            ("Wed, 1 May 2019 04:42:05 +1000 (AEST)", "2019-04-30T18:42:05Z"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn absurd_dates_are_none() {
        for text in [
            "",
            "yesterday",
            "Thu, 31 Feb 2002 10:00:00 +0000",
            "Thu, 1 Jan 1970 00:00:00 +0000",
            "Thu, 1 Jan 2100 00:00:00 +0000",
            "Thu, 1 Jan 20020 00:00:00 +0000",
            "Thu, 1 Jan 2002",
            "1 Jan 2002 25:00:00",
            "::::: - + 9999 (((((",
            "é:é é-é",
        ] {
            assert_eq!(read(text), "none", "{text}");
        }
    }
}
