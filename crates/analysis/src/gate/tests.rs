use std::path::Path;

use mail::{CaseId, Label, Tier, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::CaseEnding;

fn ending(number: u32, label: Label, tier: Tier) -> CaseEnding {
    let mut id = [0; 32];
    id[..4].copy_from_slice(&number.to_be_bytes());
    CaseEnding {
        id: CaseId(id),
        campaign: CaseId(id),
        label,
        time: Timestamp(number.into()),
        tier,
        agent: "Agent".into(),
        reason: "Reason".into(),
    }
}

/// `ham` good messages in the inbox, then `spam` rejected.
fn mail(ham: u32, spam: u32) -> Vec<CaseEnding> {
    let good = (0..ham).map(|n| ending(n, Label::Ham, Tier::Inbox));
    good.chain((0..spam).map(|n| ending(ham + n, Label::Spam, Tier::Reject))).collect()
}

fn inputs() -> Inputs {
    Inputs {
        version: "1".into(),
        corpus: "c".into(),
        policy: "p".into(),
        model: "m".into(),
        world: "w".into(),
    }
}

fn baseline(endings: &[CaseEnding]) -> Baseline {
    revise(None, endings, inputs(), &[]).unwrap().baseline
}

fn row(report: &GateReport, label: Label, tier: Tier) -> GateTier {
    *report.tiers.iter().find(|row| (row.label, row.tier) == (label, tier)).unwrap()
}

#[test]
fn the_same_endings_pass() {
    let mail = mail(100, 50);
    let report = judge(&baseline(&mail), &mail, &inputs());
    assert_eq!((report.verdict, report.exit_code), (GateVerdict::Pass, 0));
    assert!(report.flips.is_empty() && report.warnings.is_empty());
    assert_eq!(report.why, ["every message ended where it did in the baseline"]);
}

/// The loss that is said to be detectable fails, one message less passes.
#[test]
fn the_smallest_loss_is_the_one_that_fails() {
    for (ham, spam) in [(400, 200), (20_000, 9_000)] {
        let before = mail(ham, spam);
        let base = baseline(&before);
        let report = judge(&base, &before, &inputs());
        for (label, start, to) in
            [(Label::Ham, 0, Tier::Junk), (Label::Spam, ham, Tier::Junk)]
        {
            let seen = |tier| {
                let rows = &report.detectable_loss;
                rows.iter().find(|r| r.label == label && r.tier == tier).unwrap().messages
            };
            let least = match label {
                Label::Ham => seen(Tier::Junk),
                Label::Spam => seen(Tier::Quarantine),
            };
            let least = u32::try_from(least.unwrap()).unwrap();
            for (lost, verdict) in
                [(least, GateVerdict::Regression), (least - 1, GateVerdict::Pass)]
            {
                let mut now = before.clone();
                for n in start..start + lost {
                    now[n as usize].tier = to;
                }
                let report = judge(&base, &now, &inputs());
                // Spam that falls from reject to junk is lost at two tiers, so Holm's first
                // level is the same and the second easier.
                assert_eq!(report.verdict, verdict, "{label} {lost}");
                assert_eq!(report.flips.len(), lost as usize);
            }
        }
    }
}

#[test]
fn size_and_evidence_are_both_needed() {
    let before = mail(20_000, 100);
    let base = baseline(&before);
    let mut now = before.clone();
    for ending in &mut now[..20] {
        ending.tier = Tier::Junk;
    }
    // Twenty of 20,000 is beyond chance and as much as the guard allows.
    let report = judge(&base, &now, &inputs());
    let junk = row(&report, Label::Ham, Tier::Junk);
    assert!(junk.p_holm < 1e-4 && report.verdict == GateVerdict::Pass);
    now[20].tier = Tier::Junk;
    assert_eq!(judge(&base, &now, &inputs()).verdict, GateVerdict::Regression);
    // Four of 200 is large and may be chance.
    let before = mail(200, 100);
    let mut now = before.clone();
    for ending in &mut now[..4] {
        ending.tier = Tier::Delete;
    }
    let report = judge(&baseline(&before), &now, &inputs());
    assert_eq!(row(&report, Label::Ham, Tier::Junk).movement, Movement::Worse);
    assert_eq!((report.verdict, report.exit_code), (GateVerdict::Pass, 0));
}

/// As many errors on other messages are no loss.
#[test]
fn reshuffled_errors_pass() {
    let mut before = mail(500, 500);
    for ending in &mut before[..30] {
        ending.tier = Tier::Junk;
    }
    let mut now = mail(500, 500);
    for ending in &mut now[200..230] {
        ending.tier = Tier::Junk;
    }
    let report = judge(&baseline(&before), &now, &inputs());
    let junk = row(&report, Label::Ham, Tier::Junk);
    assert_eq!((junk.worse, junk.better), (Some(30), Some(30)));
    assert_eq!((report.verdict, report.flips.len()), (GateVerdict::Pass, 60));
    assert!(report.flips[0].worse && !report.flips[59].worse);
}

#[test]
fn one_listed_message_fails_the_gate_alone() {
    let before = mail(100, 100);
    let id = before[7].id.to_string();
    let revision = revise(None, &before, inputs(), &[id[..30].to_owned()]).unwrap();
    let base = revision.baseline;
    assert_eq!(base.never.len(), 1);
    let mut now = before.clone();
    now[7].tier = Tier::Junk;
    let report = judge(&base, &now, &inputs());
    assert_eq!((report.verdict, report.exit_code), (GateVerdict::Regression, 1));
    assert_eq!((report.broken[0].limit, report.broken[0].now), (Tier::Inbox, Tier::Junk));
    // Taking the message out of the mail does not open the gate.
    now.remove(7);
    let inputs = Inputs { corpus: "other".into(), ..inputs() };
    let report = judge(&base, &now, &inputs);
    assert_eq!((report.verdict, report.exit_code), (GateVerdict::CannotJudge, 3));
    assert!(report.why[0].contains("is not in the mail"), "{:?}", report.why);
    let error = revise(None, &before, inputs, &["ffff".into()]).unwrap_err();
    assert!(error.contains("no message of the mail has the digest `ffff`"));
}

#[test]
fn another_corpus_is_compared_by_rates_and_called_stale() {
    let before = mail(400, 200);
    let base = baseline(&before);
    let other = Inputs { corpus: "other".into(), ..inputs() };
    let mut now: Vec<_> = mail(1000, 200).split_off(500);
    let report = judge(&base, &now, &other);
    assert_eq!(
        (report.verdict, report.comparison),
        (GateVerdict::Pass, GateComparison::Unpaired)
    );
    assert!(report.warnings[0].starts_with("stale baseline"), "{:?}", report.warnings);
    for ending in &mut now[..40] {
        ending.tier = Tier::Reject;
    }
    let report = judge(&base, &now, &other);
    assert_eq!(report.verdict, GateVerdict::Regression);
    assert_eq!(row(&report, Label::Ham, Tier::Reject).worse, None);
}

#[test]
fn too_little_mail_cannot_be_judged() {
    for (ham, spam) in [(0, 0), (1, 0), (0, 2), (1, 1), (2, 200), (200, 2)] {
        let mail = mail(ham, spam);
        let report = judge(&baseline(&mail), &mail, &inputs());
        assert_eq!(report.verdict, GateVerdict::CannotJudge, "{ham} {spam}");
        assert_eq!(report.exit_code, 3);
        assert!(!report.why.is_empty());
    }
    let mail = mail(200, 200);
    let mut base = baseline(&mail);
    base.guard.must_detect = 0.02;
    let report = judge(&base, &mail, &inputs());
    assert_eq!(report.verdict, GateVerdict::CannotJudge);
    assert!(report.why[0].contains("guard.must-detect"), "{:?}", report.why);
}

#[test]
fn an_unexplained_improvement_is_warned_of() {
    let mut before = mail(400, 200);
    for ending in &mut before[..40] {
        ending.tier = Tier::Junk;
    }
    let report = judge(&baseline(&before), &mail(400, 200), &inputs());
    assert_eq!(report.verdict, GateVerdict::Pass);
    assert_eq!(row(&report, Label::Ham, Tier::Junk).movement, Movement::Improvement);
    assert!(report.warnings[0].contains("find out why"), "{:?}", report.warnings);
    let newer = Inputs { model: "n".into(), ..inputs() };
    let report = judge(&baseline(&before), &mail(400, 200), &newer);
    assert_eq!(report.warnings[0], "not the baseline's: model");
    assert!(report.warnings[1].contains("model changed since"), "{:?}", report.warnings);
}

#[test]
fn a_filter_that_misses_everything_has_every_error() {
    let spam: Vec<_> = (0..50).map(|n| ending(n, Label::Spam, Tier::Inbox)).collect();
    let good = (50..150).map(|n| ending(n, Label::Ham, Tier::Inbox));
    let mail: Vec<_> = good.chain(spam).collect();
    let report = judge(&baseline(&mail), &mail, &inputs());
    for tier in Tier::ACTING {
        assert_eq!(row(&report, Label::Spam, tier).now.count, 50);
        assert_eq!(row(&report, Label::Ham, tier).now.count, 0);
    }
}

#[test]
fn the_text_says_what_is_wrong_with_it() {
    let text = baseline(&mail(30, 20)).text();
    let wrong = |from: &str, to: &str| {
        let text = text.replacen(from, to, 1);
        Baseline::parse(&text, Path::new("b.toml")).unwrap_err().to_string()
    };
    for (from, to, said) in [
        ("format = 1", "format = 9", "format 9, this program reads 1"),
        ("alpha = 0.05", "alpha = 2.0", "guard.alpha is `2`; use a level above 0"),
        ("alpha", "alfa", "line 6: unknown field `alfa`"),
        (
            "messages = []",
            "messages = [\"ham x inbox\"]",
            "[never-regress]: `ham x inbox`",
        ),
        ("inbox = 0", "inbox = 1", "the counts do not add up"),
    ] {
        let error = wrong(from, to);
        assert!(error.starts_with("b.toml: ") && error.contains(said), "{error}");
        assert!(!error.contains('\n'));
    }
}

fn tier() -> impl Strategy<Value = Tier> {
    prop::sample::select(Tier::ALL.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn the_text_is_read_back(
        tiers in prop::collection::vec((tier(), any::<bool>(), 0u32..30), 0..40),
        never in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
    ) {
        let label = |spam| if spam { Label::Spam } else { Label::Ham };
        // Numbers repeat: exact copies of a message.
        let endings: Vec<_> =
            tiers.iter().map(|(tier, spam, n)| ending(*n, label(*spam), *tier)).collect();
        let mut base = baseline(&endings);
        for index in never.iter().filter(|_| !endings.is_empty()) {
            let any = index.get(&endings);
            let same = |e: &&CaseEnding| (e.label, e.id) == (any.label, any.id);
            let one = endings.iter().find(same).unwrap();
            base.never.insert(Key::new(one.label, one.id, 0), one.tier);
        }
        let text = base.text();
        let read = Baseline::parse(&text, Path::new("b")).unwrap();
        prop_assert_eq!(&read, &base);
        prop_assert_eq!(read.text(), text);
        let report = judge(&base, &endings, &inputs());
        prop_assert!(report.flips.is_empty());
        prop_assert_eq!(report.exit_code, report.verdict.exit_code());
        prop_assert!(report.verdict != GateVerdict::Regression);
    }

    #[test]
    fn flips_add_up_to_the_change_of_every_count(
        pairs in prop::collection::vec((tier(), tier(), any::<bool>()), 1..60),
    ) {
        let label = |spam| if spam { Label::Spam } else { Label::Ham };
        let made = |second: bool| -> Vec<_> {
            (0u32..)
                .zip(&pairs)
                .map(|(n, (a, b, spam))| ending(n, label(*spam), if second { *b } else { *a }))
                .collect()
        };
        let report = judge(&baseline(&made(false)), &made(true), &inputs());
        for row in &report.tiers {
            let (worse, better) = (row.worse.unwrap(), row.better.unwrap());
            prop_assert_eq!(row.before.count + worse, row.now.count + better);
            prop_assert!(row.p_holm >= row.p_value - 1e-12);
        }
        prop_assert_eq!(report.flips.len(), pairs.iter().filter(|(a, b, _)| a != b).count());
    }
}

/// The usual tier has no lines: its count is held against the total, and both against the
/// mail.
#[test]
fn an_edited_count_of_the_usual_tier_is_refused() {
    let mail = mail(3, 5);
    let text = baseline(&mail).text();
    assert!(text.contains("[ham]\ntotal = 3\nusual = \"inbox\"\ninbox = 3\n"), "{text}");
    let path = Path::new("b.toml");
    let read = |text: &str| Baseline::parse(text, path);
    for edited in [
        text.replace("inbox = 3", "inbox = 99999"),
        text.replace("inbox = 3", &format!("inbox = {}", i64::MAX)),
        text.replace("total = 3", "total = 4"),
    ] {
        let error = read(&edited).unwrap_err().to_string();
        assert!(error.contains("[ham]: the counts do not add up"), "{error}");
    }
    // Both edited, or a file without totals: the mail itself tells.
    let both =
        text.replace("inbox = 3", "inbox = 99999").replace("total = 3", "total = 99999");
    let older = text.replace("total = 3\n", "").replace("inbox = 3", "inbox = 99999");
    for edited in [both, older] {
        let wrong =
            read(&edited).unwrap().check_mail(&mail, &inputs(), path).unwrap_err();
        let said = "[ham] counts 99999 messages, its own mail has 3";
        assert!(wrong.to_string().contains(said), "{wrong}");
    }
    assert!(read(&text).unwrap().check_mail(&mail, &inputs(), path).is_ok());
}

#[test]
fn a_label_that_is_missing_is_neither_better_nor_worse() {
    let before = mail(50, 50);
    let spam = before[50..].to_vec();
    let report =
        judge(&baseline(&before), &spam, &Inputs { corpus: "d".into(), ..inputs() });
    for tier in Tier::ACTING {
        assert_eq!(row(&report, Label::Ham, tier).movement, Movement::Unjudged);
    }
    assert_eq!((report.verdict, report.exit_code), (GateVerdict::CannotJudge, 3));
}

/// Thirty copies of one letter are one piece of evidence, thirty letters are thirty.
#[test]
fn copies_of_one_message_are_no_regression_of_many() {
    let before = mail(400, 100);
    let verdict = |copies: bool| {
        let mut now = before.clone();
        for ending in &mut now[..30] {
            ending.tier = Tier::Junk;
            ending.campaign = if copies { before[0].id } else { ending.id };
        }
        let report = judge(&baseline(&before), &now, &inputs());
        (report.verdict, row(&report, Label::Ham, Tier::Junk))
    };
    let (alone, junk) = verdict(false);
    assert_eq!(alone, GateVerdict::Regression);
    assert!((junk.p_campaign.unwrap() / junk.p_value - 1.0).abs() < 1e-9);
    let (copies, junk) = verdict(true);
    assert_eq!(copies, GateVerdict::Pass);
    assert!(junk.p_value < 1e-8 && (junk.p_campaign.unwrap() - 0.5).abs() < 1e-12);
}

#[test]
fn a_protected_message_that_is_missing_is_named_beside_a_regression() {
    let before = mail(100, 50);
    let mut base = baseline(&before);
    for one in &before[..2] {
        base.never.insert(Key::new(one.label, one.id, 0), one.tier);
    }
    let mut now = before[1..].to_vec();
    now[0].tier = Tier::Delete;
    let report = judge(&base, &now, &inputs());
    assert_eq!(report.verdict, GateVerdict::Regression);
    assert_eq!((report.broken.len(), report.missing.len()), (1, 1));
    let told = format!("message ham {} is not in the mail", report.missing[0].id);
    let named = |lines: &[String]| lines.iter().filter(|l| l.contains(&told)).count();
    assert_eq!((named(&report.why), named(&report.warnings)), (0, 1));
    now[0].tier = Tier::Inbox;
    let report = judge(&base, &now, &inputs());
    assert_eq!((named(&report.why), named(&report.warnings)), (1, 0));
}
