use proptest::prelude::*;
use sweep::TraceRow;

use super::*;
use crate::testing::{causes, fact, scored_row, trace_row, with_gauge};
use crate::{SliceKey, fates, slices};

fn measured(rows: &[TraceRow]) -> Measures {
    with_gauge(|gauge| Measures::of(&fates(rows, &[]), gauge))
}

/// The mistake of a kit that transposed its table: a filter that misses all spam hurts no
/// good mail, and must not look as if it were the other way round.
#[test]
fn a_filter_that_misses_everything_misses_everything() {
    let rows: Vec<_> = (0..30)
        .map(|id| trace_row(id, Label::ALL[usize::from(id >= 10)], Tier::Inbox))
        .collect();
    let found = measured(&rows);
    for row in &found.tiers {
        assert_eq!((row.fp.rate.count, row.fp.rate.of), (0, 10));
        assert_eq!((row.missed.rate.count, row.missed.rate.of), (20, 20));
        assert_eq!((row.hm_percent, row.sm_percent), (Some(0.0), Some(100.0)));
    }
    assert!((found.price.total - 20.0).abs() < 1e-12, "every spam in the inbox");
    assert_eq!(found.price.total_cost_ratio, Some(1.0), "worth as much as no filter");
}

/// The mistake of mixing bases of logarithms: equal rates give that rate.
#[test]
fn equal_rates_are_their_own_logistic_average() {
    for wrong in [1u16, 5, 20, 50, 99] {
        let rows: Vec<_> = (0..200)
            .map(|id| {
                let (label, number) = (Label::ALL[usize::from(id >= 100)], id % 100);
                let junk = (number < wrong) == (label == Label::Ham);
                trace_row(id, label, if junk { Tier::Junk } else { Tier::Inbox })
            })
            .collect();
        let junk = measured(&rows).tiers[0];
        let lam = junk.lam_percent.unwrap();
        assert!((lam - f64::from(wrong)).abs() < 1e-9, "{lam} for {wrong} %");
    }
}

/// The mistake of normal approximations: no error in ten is no proof of none.
#[test]
fn no_error_is_no_interval_of_zero_width() {
    let rows: Vec<_> = (0..10).map(|id| trace_row(id, Label::Ham, Tier::Inbox)).collect();
    let fp = measured(&rows).tiers[0].fp;
    assert!(fp.rate.high > 0.3);
    let [low, high] = fp.grouped.unwrap();
    assert!(low <= 0.0 && (high - fp.rate.high).abs() < 1e-12, "ten campaigns of one");
    let facts: Vec<_> = rows.iter().map(|row| fact(row, 1)).collect();
    let copies = with_gauge(|gauge| Measures::of(&fates(&rows, &facts), gauge));
    let [_, high] = copies.tiers[0].fp.grouped.unwrap();
    assert!((high - 0.975).abs() < 1e-12, "ten copies are one message: {high}");
}

#[test]
fn none_one_and_two_messages_and_one_label_are_measured() {
    let none = measured(&[]);
    assert_eq!((none.cases, none.campaigns, none.tiers.len()), (0, 0, 4));
    assert_eq!(none.tiers[0].lam_percent, None);
    assert!(none.price.per_message.abs() < 1e-12);
    for label in Label::ALL {
        let one = measured(&[scored_row(1, label, 9, 2.0)]);
        assert_eq!((one.cases, one.ranking.one_minus_roca_percent), (1, None));
        assert_eq!(one.tiers[0].lam_percent, None, "one label has no average");
        assert_eq!(one.ranking.scored.ham + one.ranking.scored.spam, 1);
    }
    let two = measured(&[
        scored_row(1, Label::Ham, 0, -1.0),
        scored_row(2, Label::Spam, 9, 1.0),
    ]);
    assert_eq!(two.ranking.one_minus_roca_percent, Some(0.0));
    assert_eq!(two.tiers[0].sm_percent, Some(100.0));
    assert!((two.tiers[0].lam_percent.unwrap() - 50.0).abs() < 1e-9);
}

#[test]
fn what_has_no_score_is_counted_and_not_ranked() {
    let mut rows = vec![trace_row(1, Label::Ham, Tier::Reject)];
    rows.push(scored_row(2, Label::Ham, 1, 0.5));
    rows.push(scored_row(3, Label::Spam, 1, 0.5));
    rows.push(scored_row(4, Label::Spam, 9, f64::NAN));
    let found = measured(&rows);
    assert_eq!(found.ranking.one_minus_roca_percent, Some(50.0), "a tie is one half");
    assert_eq!(found.ranking.unscored, Exact { ham: 1, spam: 1 });
    let level = |scl: i64| {
        let scl = Scl::new(scl).unwrap();
        found.calibration.iter().find(|row| row.scl == Some(scl)).unwrap()
    };
    assert_eq!((level(1).ham, level(1).spam, level(9).spam), (1, 1, 1));
    assert_eq!(found.calibration.last().unwrap().ham, 1, "the unrated stand last");
    let all: u64 = found.calibration.iter().map(|row| row.ham + row.spam).sum();
    assert_eq!(all, 4);
}

/// Fifty copies of one message are little more evidence than one.
#[test]
fn copies_widen_the_interval() {
    let rows: Vec<_> = (0..200)
        .map(|id| {
            trace_row(id, Label::Ham, if id < 50 { Tier::Junk } else { Tier::Inbox })
        })
        .collect();
    let copies: Vec<_> = rows
        .iter()
        .enumerate()
        .map(|(at, row)| fact(row, u8::try_from(if at < 50 { 0 } else { at }).unwrap()))
        .collect();
    let width = |facts: &[crate::CaseFact]| {
        let found = with_gauge(|gauge| Measures::of(&fates(&rows, facts), gauge));
        let [low, high] = found.tiers[0].fp.grouped.unwrap();
        high - low
    };
    let (alone, together) = (width(&[]), width(&copies));
    assert!(together > 2.0 * alone, "{together} for {alone}");
    let exact = measured(&rows).tiers[0].fp.rate;
    let exact = exact.high - exact.low;
    assert!(alone >= exact && alone < 1.2 * exact, "single messages agree");
}

#[test]
fn slices_divide_the_mail() {
    let mut rows: Vec<_> = (0..40)
        .map(|id| {
            let tier = Tier::ALL[usize::from(id % 5)];
            let label = Label::ALL[usize::from(id % 3 == 0)];
            trace_row(id, label, tier)
        })
        .collect();
    for (at, row) in rows.iter_mut().enumerate() {
        row.category = ["", "news", "=evil()"][at % 3].into();
    }
    let facts: Vec<_> = rows.iter().map(|row| fact(row, 1)).collect();
    let fates = fates(&rows, &facts);
    let found = with_gauge(|gauge| slices(&fates, &causes(), &SliceKey::ALL, gauge));
    assert_eq!(found[0].slice, None);
    let whole = &found[0].measures;
    for key in SliceKey::ALL {
        let own = || found.iter().filter(|row| row.slice == Some(key));
        let hurt: u64 = own().map(|row| row.measures.tiers[0].fp.rate.count).sum();
        assert_eq!(hurt, whole.tiers[0].fp.rate.count, "{key}");
        let ham: u64 = own().map(|row| row.measures.ham).sum();
        let expected = if key == SliceKey::Agent {
            whole.ham * own().count() as u64
        } else {
            whole.ham
        };
        assert_eq!(ham, expected, "{key}");
    }
    let agents: f64 = found
        .iter()
        .filter(|row| row.slice == Some(SliceKey::Agent))
        .map(|row| row.measures.tiers[1].missed.rate.rate)
        .sum();
    assert!((agents - whole.tiers[1].missed.rate.rate).abs() < 1e-12, "agents add up");
    let months: Vec<_> = found
        .iter()
        .filter(|row| row.slice == Some(SliceKey::Month))
        .map(|row| row.value.as_str())
        .collect();
    assert_eq!(months, ["2002-08", "2002-09", "2002-10"][..months.len()]);
    let unknown = found.iter().any(|row| row.value == "unknown");
    assert!(unknown, "an empty category is named");
}

proptest! {
    #[test]
    fn counts_are_conserved(
        cases in prop::collection::vec((any::<bool>(), 0usize..5, -1i64..10, 0u8..6), 0..50),
    ) {
        let rows: Vec<_> = (0u16..)
            .zip(&cases)
            .map(|(id, (spam, tier, scl, _))| {
                let label = Label::ALL[usize::from(*spam)];
                let row = scored_row(id, label, *scl, *scl as f64);
                TraceRow { tier: Tier::ALL[*tier], ..row }
            })
            .collect();
        let facts: Vec<_> = rows.iter().zip(&cases).map(|(r, c)| fact(r, c.3)).collect();
        let found = with_gauge(|gauge| Measures::of(&fates(&rows, &facts), gauge));
        prop_assert_eq!(found.cases, cases.len() as u64);
        for row in &found.tiers {
            let ended = cases.iter().filter(|case| case.1 >= row.tier.index());
            let [ham, spam] = [false, true]
                .map(|spam| ended.clone().filter(|case| case.0 == spam).count() as u64);
            prop_assert_eq!(row.fp.rate.count, ham);
            prop_assert_eq!(row.missed.rate.count, found.spam - spam);
        }
        let expected = crate::roc(&crate::trace_scores(&rows)).one_minus_roca;
        match (found.ranking.one_minus_roca_percent, expected) {
            (Some(a), Some(b)) => prop_assert!((a - 100.0 * b).abs() < 1e-9),
            (a, b) => prop_assert_eq!(a.is_none(), b.is_none()),
        }
    }
}
