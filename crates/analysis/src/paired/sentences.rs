//! A comparison in plain words.

use mail::{Label, Tier};

use super::comparison::{Change, LabelTest, PairedComparison, TierComparison};
use crate::{percent, thousands};

/// Level of every claim.
const ALPHA: f64 = 0.05;
/// Fewer changed messages than this cannot differ from chance at 5 %, however they fall.
const FEWEST: u64 = 6;

/// Harshest tier first, good mail before spam; what did not change is said once.
pub(super) fn sentences(comparison: &PairedComparison) -> Vec<String> {
    let mut out = Vec::new();
    for label in Label::ALL {
        let kind = kind(label);
        let of = |row: &TierComparison| match label {
            Label::Ham => row.ham,
            Label::Spam => row.spam,
        };
        let mut told = None;
        for row in comparison.tiers.iter().rev() {
            let test = of(row);
            let changed = (test.only_a, test.only_b);
            // A harsher tier that nothing ends at repeats the milder one's counts.
            if changed != (0, 0) && told != Some(changed) {
                out.push(sentence(label, row.tier, &test));
                told = Some(changed);
            }
        }
        if told.is_none() {
            let all = if label == Label::Ham { comparison.ham } else { comparison.spam };
            let all = thousands(all);
            out.push(format!("B and A do the same to all {all} {kind} messages"));
        }
    }
    if let Some(ranking) = &comparison.ranking {
        out.push(change("(1-ROCA)%", ranking));
    }
    out.push(change("price of errors per message", &comparison.price));
    out
}

fn kind(label: Label) -> &'static str {
    match label {
        Label::Ham => "good",
        Label::Spam => "spam",
    }
}

/// `B rejects or deletes 3 fewer good messages in 4,150 (…); this could be chance (…)`.
fn sentence(label: Label, tier: Tier, test: &LabelTest) -> String {
    let more = test.only_b.abs_diff(test.only_a);
    let way = match test.only_b.cmp(&test.only_a) {
        std::cmp::Ordering::Less => "fewer",
        std::cmp::Ordering::Greater => "more",
        std::cmp::Ordering::Equal => "as many",
    };
    let number =
        if more == 0 { way.to_owned() } else { format!("{} {way}", thousands(more)) };
    let messages = if more == 1 { "message" } else { "messages" };
    let (what, of) = (kind(label), thousands(test.of));
    let done = match (label, tier) {
        (Label::Ham, Tier::Inbox | Tier::Junk) => {
            format!("junks (or worse) {number} {what} {messages} in {of}")
        }
        (Label::Ham, Tier::Quarantine) => {
            format!("quarantines (or worse) {number} {what} {messages} in {of}")
        }
        (Label::Ham, Tier::Reject) => {
            format!("rejects (or worse) {number} {what} {messages} in {of}")
        }
        (Label::Ham, Tier::Delete) => {
            format!("deletes {number} {what} {messages} in {of}")
        }
        (Label::Spam, Tier::Inbox | Tier::Junk) => {
            format!("lets {number} {what} {messages} in {of} into the inbox")
        }
        (Label::Spam, Tier::Quarantine | Tier::Reject | Tier::Delete) => {
            format!("lets {number} {what} {messages} in {of} get past {tier}")
        }
    };
    format!(
        "B {done} ({} better, {} worse; {} in all, {} to {}); {}",
        thousands(test.only_a),
        thousands(test.only_b),
        signed(test.effect.difference),
        signed(test.effect.low),
        signed(test.effect.high),
        judgement(test)
    )
}

/// Whether chance explains it.
fn judgement(test: &LabelTest) -> String {
    let (p, holm) = (shown(test.p_value), shown(test.p_holm));
    let changed = test.only_a + test.only_b;
    if changed < FEWEST {
        format!("this could be chance (p {p}; fewer than {FEWEST} changes never tell)")
    } else if test.p_holm >= ALPHA {
        format!("this could be chance (p {p}, {holm} beside the other comparisons)")
    } else if test.p_claim >= ALPHA {
        format!(
            "single messages would hardly do this by chance (p {holm} beside the other \
             comparisons), but they come from {} {}, and campaigns might (p {})",
            thousands(test.campaigns_changed),
            if test.campaigns_changed == 1 { "campaign" } else { "campaigns" },
            shown(test.p_claim)
        )
    } else {
        let p = shown(test.p_claim);
        format!("this is hardly chance (p {p} by campaign, beside the other comparisons)")
    }
}

fn change(what: &str, change: &Change) -> String {
    let Change { a, b, difference, grouped, p_holm, .. } = change;
    let head = format!("{what}: {a:.4} under A, {b:.4} under B");
    match (grouped, p_holm) {
        (None, _) => head,
        (Some([low, high]), Some(p)) => {
            let beyond = *low > 0.0 || *high < 0.0;
            let p_words = format!("p {} beside the other comparisons", shown(*p));
            let verdict = match (*p < ALPHA, beyond) {
                (true, true) => format!("this is hardly chance ({p_words})"),
                (true, false) => {
                    "this could be chance, as the interval includes 0".to_owned()
                }
                (false, _) => format!("this could be chance ({p_words})"),
            };
            format!("{head}: {difference:+.4} ({low:+.4} to {high:+.4}); {verdict}")
        }
        (Some([low, high]), None) => {
            format!("{head}: {difference:+.4} ({low:+.4} to {high:+.4})")
        }
    }
}

fn signed(share: f64) -> String {
    let mark = if share > 0.0 { "+" } else { "" };
    format!("{mark}{}", percent(share))
}

/// A p-value for a table: four decimals, and never a rounded 0.
pub fn p_shown(p: f64) -> String {
    if p < 0.000_1 { "< 0.0001".to_owned() } else { format!("{p:.4}") }
}

/// A p-value with two figures that count.
fn shown(p: f64) -> String {
    if p >= 0.095 {
        format!("{p:.2}")
    } else if p >= 0.000_95 {
        format!("{p:.4}")
    } else {
        "below 0.001".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_p_value_is_told_only_where_it_decides() {
        let words = |low: f64, p: f64| {
            let (a, b, difference) = (1.0, 2.0, 1.0);
            let (p_value, p_holm, grouped) = (Some(p), Some(p), Some([low, 2.0]));
            change("price", &Change { a, b, difference, grouped, p_value, p_holm })
        };
        assert!(words(0.5, 0.008).contains("this is hardly chance (p 0.008"));
        assert!(words(0.5, 0.2).contains("this could be chance (p 0.2"));
        let wide = words(-0.5, 0.008);
        assert!(wide.ends_with("this could be chance, as the interval includes 0"));
    }
}
