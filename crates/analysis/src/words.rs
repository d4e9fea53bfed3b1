//! Results in plain words, counts first. Text only; who shows it is not known here.

use mail::{Label, Tier};
use sweep::Tally;

use crate::rates::to_f64;
use crate::{Rate, Reading, upper_bound};

/// A number with separators between its thousands: `20,908,800`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A share of one as per cent with two figures that count: `0.048 %`, `12 %`, `0 %`.
pub fn percent(share: f64) -> String {
    let value = 100.0 * share;
    let decimals = match value.abs() {
        v if v == 0.0 || v >= 9.95 => 0,
        v if v >= 0.995 => 1,
        v if v >= 0.099_5 => 2,
        v if v >= 0.009_95 => 3,
        v if v >= 0.000_995 => 4,
        _ => 6,
    };
    format!("{value:.decimals$} %")
}

/// What happened to the mail of one label:
/// `of 4,150 good messages: 0 deleted (at most 3), 2 rejected (0–7), 0 quarantined (at most
/// 3), 9 junked (4–17), 4,139 in the inbox`.
///
/// In brackets stands what another set of the same size may bring, in whole messages
/// (rounded to the nearest): the 95 % interval of the share × the messages, or the one-sided
/// 95 % bound where none was seen (three, by the rule of three).
pub fn counts_sentence(tally: &Tally, label: Label) -> String {
    let of = tally.total(label);
    let kind = match label {
        Label::Ham => "good",
        Label::Spam => "spam",
    };
    let messages = if of == 1 { "message" } else { "messages" };
    let parts: Vec<_> =
        Tier::ALL.iter().rev().map(|tier| part(tally, label, *tier)).collect();
    format!("of {} {kind} {messages}: {}", thousands(of), parts.join(", "))
}

fn part(tally: &Tally, label: Label, tier: Tier) -> String {
    let rate = Rate::exactly_at(tally, label, tier);
    let count = thousands(rate.count);
    let done = match tier {
        Tier::Inbox => return format!("{count} in the inbox"),
        Tier::Junk => "junked",
        Tier::Quarantine => "quarantined",
        Tier::Reject => "rejected",
        Tier::Delete => "deleted",
    };
    let whole = |share: f64| thousands(nearest(share * to_f64(rate.of)));
    if rate.of == 0 {
        format!("{count} {done}")
    } else if rate.count == 0 {
        let bound = upper_bound(0, rate.of, 0.95);
        format!("{count} {done} (at most {})", whole(bound))
    } else {
        format!("{count} {done} ({}–{})", whole(rate.low), whole(rate.high))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a count is not negative and at most the count"
)]
fn nearest(value: f64) -> u64 {
    value.round() as u64
}

/// The balance of a reading: `read 6,047 = 6,046 cases + 1 skipped (no header: 1)`.
pub fn reading_sentence(reading: &Reading) -> String {
    let reasons: Vec<_> = reading
        .skipped_reasons
        .iter()
        .map(|(reason, count)| format!("{reason}: {}", thousands(*count)))
        .collect();
    let why = if reasons.is_empty() {
        String::new()
    } else {
        format!(" ({})", reasons.join(", "))
    };
    format!(
        "read {} = {} cases + {} skipped{why}",
        thousands(reading.read),
        thousands(reading.cases),
        thousands(reading.skipped()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_come_first_with_what_may_come() {
        let tally = Tally {
            tiers: [[4139, 9, 0, 2, 0], [31, 0, 0, 1_400, 1_200]],
            decided: Vec::new(),
        };
        assert_eq!(
            counts_sentence(&tally, Label::Ham),
            "of 4,150 good messages: 0 deleted (at most 3), 2 rejected (0–7), \
             0 quarantined (at most 3), 9 junked (4–17), 4,139 in the inbox"
        );
        assert!(
            counts_sentence(&tally, Label::Spam)
                .starts_with("of 2,631 spam messages: 1,200")
        );
        let none = counts_sentence(&Tally::default(), Label::Ham);
        assert!(none.starts_with("of 0 good messages: 0 deleted, 0 rejected"));
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let shown = [0, 999, 1000, 20_908_800].map(thousands);
        assert_eq!(shown, ["0", "999", "1,000", "20,908,800"]);
        let shown = [0.0, 0.000_48, 0.002, 0.015, 0.123, 1.0].map(percent);
        assert_eq!(shown, ["0 %", "0.048 %", "0.20 %", "1.5 %", "12 %", "100 %"]);
    }
}
