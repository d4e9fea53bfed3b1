use std::collections::BTreeMap;

use mail::{Label, Tier};
use proptest::prelude::*;
use sweep::TraceRow;

use super::*;
use crate::testing::{causes, fact, scored_row, trace_row, with_gauge};
use crate::{CaseFact, Error, fates};

/// Compares two traces of the same cases.
fn compared(
    a: &[TraceRow],
    b: &[TraceRow],
    facts: &[CaseFact],
) -> Result<PairedComparison, Error> {
    let (fates_a, fates_b, causes) = (fates(a, facts), fates(b, facts), causes());
    let sides = Sides {
        names: ["run-a", "run-b"],
        fates: [&fates_a, &fates_b],
        causes: [&causes, &causes],
    };
    with_gauge(|gauge| compare(sides, gauge))
}

/// One ham per letter: `i`nbox, `j`unk, `q`uarantine, `r`eject, `d`elete.
fn hams(tiers: &str) -> Vec<TraceRow> {
    let tier = |letter| Tier::ALL.into_iter().find(|t| t.name().starts_with(letter));
    let rows = (0u16..).zip(tiers.chars());
    rows.map(|(id, letter)| trace_row(id, Label::Ham, tier(letter).unwrap())).collect()
}

#[test]
fn other_messages_are_refused_with_the_cure() {
    let (a, b) = (hams("iiii"), hams("iii"));
    let error = compared(&a, &b, &[]).unwrap_err().to_string();
    assert!(error.contains("1 only in run-a, 0 only in run-b"), "{error}");
    assert!(error.contains("replay both policies on the same sources"), "{error}");
    let mut other = hams("iiii");
    other[2].label = Label::Spam;
    let error = compared(&a, &other, &[]).unwrap_err().to_string();
    assert!(error.contains("is ham in run-a and spam in run-b"), "{error}");
}

#[test]
fn a_policy_beside_itself_changes_nothing() {
    let rows = hams("ijqrdjji");
    let found = compared(&rows, &rows, &[]).unwrap();
    assert!(found.flips.is_empty() && found.other_agent == 0);
    for row in &found.tiers {
        assert!((row.p_value - 1.0).abs() < 1e-12 && (row.p_holm - 1.0).abs() < 1e-12);
        assert_eq!((row.ham.only_a, row.ham.only_b, row.spam.of), (0, 0, 0));
        assert!(row.ham.effect.low < -0.2 && row.ham.effect.high > 0.2, "8 tell little");
        assert_eq!(row.a, row.b);
    }
    assert!(found.words[0].contains("do the same to all 8 good messages"));
}

#[test]
fn none_one_and_two_messages_are_compared() {
    for (a, b) in [("", ""), ("i", "d"), ("ij", "ji")] {
        let found = compared(&hams(a), &hams(b), &[]).unwrap();
        assert_eq!(found.cases, a.len() as u64);
        assert!(found.tiers.iter().all(|row| row.p_value >= 0.5), "{a} {b}");
        assert!(found.ranking.is_none(), "no score, no ranking");
    }
}

#[test]
fn the_worst_change_stands_first_and_the_best_last() {
    let (a, b) = (hams("iiddir"), hams("dijdji"));
    let found = compared(&a, &b, &[]).unwrap();
    let ends: Vec<_> = found.flips.iter().map(|flip| (flip.from, flip.to)).collect();
    assert_eq!(
        ends,
        [
            (Tier::Inbox, Tier::Delete),
            (Tier::Inbox, Tier::Junk),
            (Tier::Reject, Tier::Inbox),
            (Tier::Delete, Tier::Junk),
        ]
    );
    assert_eq!(found.flips[0].agent_before, "Server");
    assert_eq!(found.flips[0].agent_after, "Content Filter Agent");
    assert!((found.flips[0].harm - 999.0).abs() < 1e-12);
    assert!((found.flips[3].harm + 998.0).abs() < 1e-12);
}

#[test]
fn words_say_what_changed_and_whether_it_may_be_chance() {
    let a = hams(&format!("{}{}", "r".repeat(5), "i".repeat(4145)));
    let b = hams(
        &format!("{}{}", "i".repeat(3), "r".repeat(2))
            .chars()
            .chain("i".repeat(4145).chars())
            .collect::<String>(),
    );
    let words = compared(&a, &b, &[]).unwrap().words;
    assert!(
        words[0].starts_with(
            "B rejects (or worse) 3 fewer good messages in 4,150 (3 better, 0 worse"
        ),
        "{words:?}"
    );
    assert!(words[0].contains("this could be chance"), "{words:?}");
    let (a, b) = (hams(&"r".repeat(40)), hams(&"i".repeat(40)));
    let words = compared(&a, &b, &[]).unwrap().words;
    assert!(words[0].contains("this is hardly chance"), "{words:?}");
    // The same forty as copies of one message.
    let copies: Vec<_> = a.iter().map(|row| fact(row, 1)).collect();
    let found = compared(&a, &b, &copies).unwrap();
    assert_eq!(found.campaigns, 1);
    assert!(found.words[0].contains("they come from 1 campaign"), "{:?}", found.words);
    let reject = &found.tiers[2].ham;
    assert!(reject.p_value < 1e-9 && reject.p_grouped.unwrap() > 0.99);
}

#[test]
fn a_better_score_shows_in_the_ranking() {
    let rows = |better: bool| -> Vec<_> {
        (0..60)
            .map(|id| {
                let label = Label::ALL[usize::from(id % 2 == 0)];
                let noise = f64::from(id * 37 % 11);
                let lift = if better && label == Label::Spam { 8.0 } else { 0.0 };
                scored_row(id, label, 5, noise + lift)
            })
            .collect()
    };
    let (a, b) = (rows(false), rows(true));
    let found = compared(&a, &b, &[]).unwrap();
    let ranking = found.ranking.unwrap();
    assert!(ranking.difference < -20.0, "{ranking:?}");
    let [low, high] = ranking.grouped.unwrap();
    assert!(low <= ranking.difference && ranking.difference <= high && high < 0.0);
    assert!(ranking.p_value.unwrap() < 0.02 && ranking.p_holm >= ranking.p_value);
    assert!(found.flips.is_empty() && found.price.grouped.is_none());
    let mut short = b.clone();
    short[7].score = None;
    let found = compared(&a, &short, &[]).unwrap();
    assert_eq!((found.unscored.ham, found.unscored.spam), (1, 0));
}

#[test]
fn exact_duplicates_pair_in_their_order() {
    let twice = |tiers: [Tier; 2]| -> Vec<_> {
        tiers.map(|tier| TraceRow { tier, ..trace_row(3, Label::Spam, tier) }).to_vec()
    };
    let a = twice([Tier::Inbox, Tier::Inbox]);
    let b = twice([Tier::Inbox, Tier::Reject]);
    let found = compared(&a, &b, &[]).unwrap();
    assert_eq!((found.cases, found.flips.len(), found.campaigns), (2, 1, 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn counts_of_pairs_fit_the_counts_of_sides(
        cases in prop::collection::vec((any::<bool>(), 0usize..5, 0usize..5, 0u8..9), 0..60),
    ) {
        let side = |b: bool| -> Vec<_> {
            (0u16..)
                .zip(&cases)
                .map(|(id, case)| {
                    let tier = Tier::ALL[if b { case.2 } else { case.1 }];
                    trace_row(id, Label::ALL[usize::from(case.0)], tier)
                })
                .collect()
        };
        let (a, b) = (side(false), side(true));
        let facts: Vec<_> = a.iter().zip(&cases).map(|(row, c)| fact(row, c.3)).collect();
        let found = compared(&a, &b, &facts).unwrap();
        let back = compared(&b, &a, &facts).unwrap();
        let flipped = cases.iter().filter(|case| case.1 != case.2).count();
        prop_assert_eq!(found.flips.len(), flipped);
        prop_assert!(found.flips.is_sorted_by(|x, y| x.harm >= y.harm));
        for (row, mirrored) in found.tiers.iter().zip(&back.tiers) {
            let net = |a: u64, b: u64| i128::from(b) - i128::from(a);
            let (ham, spam) = (&row.ham, &row.spam);
            prop_assert_eq!(net(ham.only_a, ham.only_b), net(row.a.fp.count, row.b.fp.count));
            prop_assert_eq!(
                net(spam.only_a, spam.only_b),
                net(row.a.missed.count, row.b.missed.count)
            );
            prop_assert_eq!((ham.only_a, ham.only_b), (mirrored.ham.only_b, mirrored.ham.only_a));
            prop_assert!((row.p_value - mirrored.p_value).abs() < 1e-12);
            prop_assert!(ham.p_holm >= ham.p_value && spam.p_holm >= spam.p_value);
            prop_assert!(row.p_holm >= row.p_value);
            prop_assert!(ham.p_claim >= ham.p_value && ham.p_claim <= 1.0);
            if let Some([low, high]) = ham.grouped {
                let effect = &ham.effect;
                prop_assert!(low <= effect.low + 1e-9 && effect.high <= high + 1e-9);
            }
        }
        let sum: f64 = found.flips.iter().map(|flip| flip.harm).sum();
        let difference = found.price.difference * cases.len() as f64;
        prop_assert!((sum - difference).abs() < 1e-6, "flips explain the price");
        let ids: BTreeMap<_, _> = found.flips.iter().map(|flip| (flip.id, ())).collect();
        prop_assert_eq!(ids.len(), flipped);
    }
}

#[test]
fn a_small_p_value_is_never_printed_as_zero() {
    assert_eq!(crate::p_shown(0.000_1), "0.0001");
    assert_eq!(crate::p_shown(0.000_099), "< 0.0001");
    assert_eq!(crate::p_shown(1e-40), "< 0.0001");
    assert_eq!(crate::p_shown(1.0), "1.0000");
}
