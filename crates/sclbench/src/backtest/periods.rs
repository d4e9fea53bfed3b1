//! How the mail is cut into the first past and the periods after it.

use std::ops::Range;

use mail::Timestamp;

/// Length of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Every {
    /// As many periods, with as many messages each.
    Count(usize),
    /// Periods of so many days; the first begins with the first message after the past.
    Days(u32),
}

/// The periods of mail in order of time, as ranges of positions; what lies before the first
/// is the first past, a share of all messages. Periods without a message are left out.
pub(crate) fn periods(
    times: &[Timestamp],
    initial: f64,
    every: Every,
) -> Vec<Range<usize>> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share of a number of messages, which is far below 2^52"
    )]
    let start = ((times.len() as f64) * initial).round() as usize;
    let rest = &times[start.min(times.len())..];
    match every {
        Every::Count(count) => {
            let edge = |nth: usize| start + rest.len() * nth / count.max(1);
            let cut = (0..count).map(|nth| edge(nth)..edge(nth + 1));
            cut.filter(|range| !range.is_empty()).collect()
        }
        Every::Days(days) => {
            let Some(first) = rest.first() else { return Vec::new() };
            let length = i64::from(days.max(1)) * 86_400;
            let number = |time: &Timestamp| (time.0 - first.0).div_euclid(length);
            let mut at = start;
            let runs = rest.chunk_by(|a, b| number(a) == number(b));
            runs.map(|run| {
                at += run.len();
                at - run.len()..at
            })
            .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(days: &[i64]) -> Vec<Timestamp> {
        days.iter().map(|day| Timestamp(day * 86_400)).collect()
    }

    #[test]
    fn periods_follow_each_other_and_lose_nothing() {
        let times = at(&[0, 0, 1, 2, 3, 3, 4, 9, 9, 30]);
        assert_eq!(periods(&times, 0.4, Every::Count(3)), [4..6, 6..8, 8..10]);
        assert_eq!(periods(&times, 0.4, Every::Count(4)), [4..5, 5..7, 7..8, 8..10]);
        // Nothing came in the second and third week.
        assert_eq!(periods(&times, 0.4, Every::Days(7)), [4..9, 9..10]);
        assert_eq!(periods(&times, 0.9, Every::Count(3)).first(), Some(&(9..10)));
        assert!(periods(&[], 0.4, Every::Days(7)).is_empty());
    }
}
