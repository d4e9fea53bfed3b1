//! When mail arrives, and how much of it is spam at that hour.

use mail::Timestamp;

use crate::generate::Recipe;

const HOUR: i64 = 3600;
/// Relative ham per hour of a working day in UTC.
const HAM_BY_HOUR: [f64; 24] = [
    0.3, 0.25, 0.2, 0.2, 0.3, 0.5, 1.0, 1.9, 2.3, 2.2, 2.0, 1.7, 1.8, 1.9, 1.9, 1.7, 1.3,
    0.9, 0.7, 0.6, 0.6, 0.5, 0.4, 0.35,
];
/// Relative ham per weekday, Monday first.
const HAM_BY_DAY: [f64; 7] = [1.25, 1.3, 1.25, 1.2, 1.05, 0.45, 0.5];

/// The moment and surroundings of one message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// When the server receives it, in seconds since 1970.
    pub(super) time: i64,
    /// Share of spam at that hour.
    pub(super) spam: f64,
    /// Position in the whole span, 0 to 1.
    pub(super) progress: f64,
}

/// Maps message positions to times in order: busy hours get more messages.
#[derive(Debug)]
pub(super) struct Calendar {
    start: i64,
    /// Mail before the end of each hour, cumulated.
    cumulated: Vec<f64>,
    spam: Vec<f64>,
    messages: u64,
}

impl Calendar {
    pub(super) fn new(recipe: &Recipe, messages: u64) -> Self {
        let (start, end) = (recipe.start.0, recipe.end.0);
        let hours = usize::try_from((end - start) / HOUR).unwrap_or_default().max(1);
        let ham_rate = |hour: usize| {
            let clock = start / HOUR + i64::try_from(hour).unwrap_or_default();
            let of_day = usize::try_from(clock.rem_euclid(24)).unwrap_or_default();
            // 1970-01-01 was a Thursday.
            let of_week = usize::try_from((clock.div_euclid(24) + 3).rem_euclid(7));
            HAM_BY_HOUR[of_day] * HAM_BY_DAY[of_week.unwrap_or_default()]
        };
        let mean = (0..hours).map(ham_rate).sum::<f64>() / hours as f64;
        let share = recipe.spam_share;
        let mut total = 0.0;
        let (mut cumulated, mut spam) = (Vec::new(), Vec::new());
        for hour in 0..hours {
            let ham = (1.0 - share) * ham_rate(hour) / mean;
            total += ham + share;
            cumulated.push(total);
            spam.push(share / (ham + share));
        }
        Self { start, cumulated, spam, messages }
    }

    /// The moment of message `index`; later messages never come earlier.
    pub(super) fn moment(&self, index: u64, jitter: f64) -> Moment {
        let total = self.cumulated[self.cumulated.len() - 1];
        let mass = (index as f64 + jitter) / self.messages.max(1) as f64 * total;
        let hour = self.cumulated.partition_point(|end| *end <= mass);
        let hour = hour.min(self.cumulated.len() - 1);
        let before = if hour == 0 { 0.0 } else { self.cumulated[hour - 1] };
        let within = (mass - before) / (self.cumulated[hour] - before);
        #[expect(clippy::cast_possible_truncation, reason = "at most one hour")]
        let seconds = (within * HOUR as f64) as i64;
        let hours = i64::try_from(hour).unwrap_or_default();
        Moment {
            time: self.start + hours * HOUR + seconds.clamp(0, HOUR - 1),
            spam: self.spam[hour],
            progress: hour as f64 / self.cumulated.len() as f64,
        }
    }
}

/// A calendar date and clock time in some zone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Civil {
    pub(super) year: i64,
    pub(super) month: usize,
    pub(super) day: i64,
    /// 0 is Monday.
    pub(super) weekday: usize,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
}

impl Civil {
    /// Days to civil date after Howard Hinnant's `civil_from_days`.
    pub(super) fn new(time: i64, zone_minutes: i64) -> Self {
        let local = time + zone_minutes * 60;
        let (days, seconds) = (local.div_euclid(86_400), local.rem_euclid(86_400));
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * of_year + 2) / 153;
        let month =
            if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        Self {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month: usize::try_from(month).unwrap_or(1),
            day: of_year - (153 * shifted_month + 2) / 5 + 1,
            weekday: usize::try_from((days + 3).rem_euclid(7)).unwrap_or_default(),
            hour: seconds / 3600,
            minute: seconds / 60 % 60,
            second: seconds % 60,
        }
    }
}

/// A date as in RFC 5322, such as `Mon, 1 Jan 2024 08:00:00 +0100`.
pub(super) fn rfc5322(time: i64, zone_minutes: i64) -> String {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
        "Dec",
    ];
    let c = Civil::new(time, zone_minutes);
    let sign = if zone_minutes < 0 { '-' } else { '+' };
    let zone = zone_minutes.abs();
    format!(
        "{}, {} {} {} {:02}:{:02}:{:02} {sign}{:02}{:02}",
        DAYS[c.weekday],
        c.day,
        MONTHS[c.month - 1],
        c.year,
        c.hour,
        c.minute,
        c.second,
        zone / 60,
        zone % 60
    )
}

/// First second of `year-month-day` (UTC) `months` later.
pub(super) fn plus_months(date: jiff::civil::Date, months: i64) -> Option<Timestamp> {
    let span = jiff::Span::new().try_months(months).ok()?;
    let moved = date.checked_add(span).ok()?;
    let midnight = jiff::tz::Offset::UTC.to_timestamp(moved.at(0, 0, 0, 0)).ok()?;
    Some(Timestamp(midnight.as_second()))
}

#[cfg(test)]
mod tests {
    use super::rfc5322;

    #[test]
    fn dates_are_right_around_leap_days_and_zones() {
        assert_eq!(rfc5322(1_709_164_800, 0), "Thu, 29 Feb 2024 00:00:00 +0000");
        assert_eq!(rfc5322(1_704_067_199, 540), "Mon, 1 Jan 2024 08:59:59 +0900");
        assert_eq!(rfc5322(1_704_067_200, -180), "Sun, 31 Dec 2023 21:00:00 -0300");
    }
}
