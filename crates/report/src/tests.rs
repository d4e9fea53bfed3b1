//! Every chart on edge data: legible, well-formed, the same bytes twice.

use std::fs;
use std::sync::LazyLock;

use mail::{Scl, Threshold, Thresholds, Tier, Timestamp};

use crate::charts::backtest::{Backtest, Delivery, Period, Regime};
use crate::charts::det::{Det, DetCurve, ErrorPair, OperatingPoint};
use crate::charts::order_map::{OrderGroup, OrderMap, Role};
use crate::charts::scl_histogram::{SclCounts, SclHistogram};
use crate::charts::threshold_steps::{Step, Steps, ThresholdSteps};
use crate::charts::tier_rates::{PolicyRates, TierRates};
use crate::charts::update_cadence::{Habit, Span, UpdateCadence};
use crate::charts::{
    backtest, det, order_map, scl_histogram, threshold_steps, tier_rates, update_cadence,
};
use crate::picture::{Mark, Picture, Rect};
use crate::{Caption, Error, Estimate, Format, Size};

const HOSTILE: &str = "<script>alert('x')</script> & \"q\" ]]> \u{0}\u{1b}[31m\u{202e}rtl \
                       \u{2028}line\u{ffff} 스팸 필터 정책 very long name of a policy that \
                       nobody should write but somebody will, and then some more words";

fn estimate(count: u64, of: u64, low: f64, high: f64) -> Estimate {
    Estimate { count, of, low, high }
}

/// One of every kind of estimate: plain, zero, all, no cases, huge, bounds out of reason.
fn estimates() -> Vec<Estimate> {
    vec![
        estimate(3, 2075, 0.0003, 0.0042),
        estimate(0, 2075, 0.0, 0.0018),
        estimate(948, 948, 0.996, 1.0),
        estimate(0, 0, 0.0, 1.0),
        estimate(u64::MAX / 3, u64::MAX, 0.333, 0.334),
        estimate(5, 10, f64::NAN, f64::INFINITY),
        estimate(1, u64::MAX, -4.0, 1e-18),
    ]
}

fn captions() -> Vec<Caption> {
    let plain = Caption {
        title: "Title".into(),
        corpus: "corpus".into(),
        ham: 2075,
        spam: 948,
        filter: "filter".into(),
        first: Some(Timestamp(1_031_000_000)),
        last: Some(Timestamp(1_039_600_000)),
    };
    let hostile = Caption {
        title: HOSTILE.repeat(3),
        corpus: HOSTILE.repeat(1000),
        ham: u64::MAX,
        spam: u64::MAX,
        filter: HOSTILE.into(),
        first: Some(Timestamp(i64::MIN)),
        last: Some(Timestamp(i64::MAX)),
    };
    vec![plain, hostile, Caption::default()]
}

fn tier_charts(caption: &Caption) -> Vec<TierRates> {
    let policy = |name: &str, estimate: Estimate| PolicyRates {
        name: name.to_owned(),
        false_positives: [estimate; 4],
        false_negatives: [estimate; 4],
    };
    let mut charts: Vec<_> = estimates()
        .into_iter()
        .map(|estimate| TierRates {
            caption: caption.clone(),
            policies: vec![policy("p", estimate)],
        })
        .collect();
    let policies = estimates().into_iter().take(6).map(|e| policy(HOSTILE, e)).collect();
    charts.push(TierRates { caption: caption.clone(), policies });
    charts
}

fn step_charts(caption: &Caption) -> Vec<ThresholdSteps> {
    let at = |n: i64| Threshold::new(n).ok();
    let panel = |tier, all: Vec<Estimate>| Steps {
        tier,
        points: all
            .into_iter()
            .zip(0..)
            .map(|(estimate, n)| Step {
                threshold: at(n - 1),
                false_positives: estimate,
                false_negatives: estimate,
            })
            .collect(),
        current: Some(None),
    };
    let one = vec![panel(Tier::Reject, vec![estimates()[0]])];
    let zero = vec![panel(Tier::Delete, vec![estimates()[1]; 11]); 2];
    let none = vec![panel(Tier::Delete, vec![estimates()[3]; 11]); 3];
    let full = Tier::ACTING.map(|tier| panel(tier, estimates())).into();
    [one, zero, none, full]
        .map(|panels| ThresholdSteps { caption: caption.clone(), panels })
        .into()
}

fn histograms(caption: &Caption) -> Vec<SclHistogram> {
    let at = |n: i64| Threshold::new(n).ok();
    let mut one = SclCounts::default();
    one.add(Some(Scl::MAX));
    let all = |n| SclCounts { unrated: n, trusted: n, rated: [n; 10] };
    let steep =
        Thresholds { delete: at(9), reject: at(8), quarantine: at(7), junk: at(5) };
    let off = Thresholds::default();
    let below = Thresholds { delete: at(0), ..off };
    [(one, SclCounts::default(), off), (all(u64::MAX), all(0), steep)]
        .into_iter()
        .chain([(all(1), all(9_999_999), below)])
        .map(|(ham, spam, thresholds)| SclHistogram {
            caption: caption.clone(),
            ham,
            spam,
            thresholds,
        })
        .collect()
}

fn trade_offs(caption: &Caption) -> Vec<Det> {
    let pair =
        |false_positives, false_negatives| ErrorPair { false_positives, false_negatives };
    let wild = [
        pair(0.0, 1.0),
        pair(0.0, 0.3),
        pair(1e-12, 0.3),
        pair(f64::NAN, 0.1),
        pair(0.001, 0.1),
        pair(0.7, 0.0),
        pair(1.0, 0.0),
        pair(-3.0, 5.0),
    ];
    let marks = |name: &str, at: &[ErrorPair]| {
        at.iter().map(|at| OperatingPoint { name: name.into(), at: *at }).collect()
    };
    let curve = |name: &str, points: &[ErrorPair]| DetCurve {
        name: name.into(),
        points: points.to_vec(),
        operating: marks(name, points),
    };
    let crowd: Vec<_> = (0..60).map(|i| pair(0.01 + f64::from(i) / 1e5, 0.01)).collect();
    [
        vec![curve("one", &wild[4..5])],
        vec![curve(HOSTILE, &wild); 6],
        vec![curve("crowd", &crowd), curve("empty", &[])],
    ]
    .map(|curves| Det { caption: caption.clone(), curves })
    .into()
}

fn order_maps(caption: &Caption) -> Vec<OrderMap> {
    let group = |content_scans, missed, order_classes, role| OrderGroup {
        content_scans,
        missed,
        order_classes,
        role,
    };
    let [some, zero, all, none, huge, ..] = estimates()[..] else { panic!("seven") };
    let both = Role::DefaultAndRecommended;
    let crowd = (0..400).map(|n| group(2000 + n % 20, some, 21, Role::Other)).chain([
        group(2000, some, 1, Role::Default),
        group(2001, some, u32::MAX, Role::Recommended),
    ]);
    [
        vec![group(0, zero, 0, both)],
        vec![group(5, zero, 8640, Role::Default), group(5, none, 1, Role::Other)],
        vec![
            group(u64::MAX, huge, u32::MAX, Role::Default),
            group(0, all, 1, Role::Recommended),
        ],
        crowd.collect(),
    ]
    .map(|groups| OrderMap {
        caption: caption.clone(),
        thresholds: HOSTILE.into(),
        groups,
    })
    .into()
}

fn cadences(caption: &Caption) -> Vec<UpdateCadence> {
    const FORTNIGHT: i64 = 14 * 86_400;
    let habit = |name: &str, start: i64, spans: i64| {
        let all = estimates();
        let from = |n: i64| Timestamp(start.saturating_add(n * FORTNIGHT));
        let pick = |n: i64, shift: usize| {
            [0, 1, 2, 3]
                .map(|tier| all[(usize::try_from(n).unwrap() + shift + tier) % all.len()])
        };
        let spans = (0..spans)
            .map(|n| Span {
                from: from(n),
                until: from(n + 1),
                false_positives: pick(n, 0),
                false_negatives: pick(n, 3),
            })
            .collect::<Vec<_>>();
        let releases = spans.iter().map(|span| span.from).collect();
        Habit { name: name.to_owned(), releases, spans }
    };
    let one = |habits| UpdateCadence { caption: caption.clone(), habits };
    vec![
        one(vec![habit("never", 1_031_000_000, 9)]),
        one((0..6).map(|_| habit(HOSTILE, 1_031_000_000, 24)).collect()),
        one(vec![habit("far", i64::MIN, 1), habit("away", i64::MAX - 1, 1)]),
        one(vec![habit("a", 0, 40), habit("b", 4_000_000_000, 2)]),
    ]
}

fn backtests(caption: &Caption) -> Vec<Backtest> {
    let all = estimates();
    let side = |n: usize| {
        [0, 1, 2, 3].map(|tier| {
            let delivered = all[(n + tier) % all.len()];
            let broken = n.is_multiple_of(2);
            let promised = [0.01, 0.0, 1.0, f64::NAN][(n + tier) % 4];
            (tier < 3).then_some(Delivery { promised, delivered, broken })
        })
    };
    let regime = |name: &str, periods: usize| {
        let period =
            |n: usize| Period { false_positives: side(n), false_negatives: side(n + 1) };
        Regime { name: name.to_owned(), periods: (0..periods).map(period).collect() }
    };
    let one = |regimes| Backtest { caption: caption.clone(), regimes };
    vec![
        one(vec![regime("one", 1)]),
        one((0..6).map(|_| regime(HOSTILE, 8)).collect()),
        one(vec![regime("many", 300), regime("few", 2)]),
    ]
}

/// Every chart of every caption at every size, drawn once for all tests.
fn pictures() -> &'static [Picture] {
    static DRAWN: LazyLock<Vec<Picture>> =
        LazyLock::new(|| Size::ALL.into_iter().flat_map(pictures_of).collect());
    &DRAWN
}

fn pictures_of(size: Size) -> Vec<Picture> {
    captions()
        .iter()
        .flat_map(|caption| {
            let tiers =
                tier_charts(caption).into_iter().map(|d| tier_rates::picture(&d, size));
            let steps = step_charts(caption)
                .into_iter()
                .map(|d| threshold_steps::picture(&d, size));
            let scls =
                histograms(caption).into_iter().map(|d| scl_histogram::picture(&d, size));
            let dets = trade_offs(caption).into_iter().map(|d| det::picture(&d, size));
            let maps =
                order_maps(caption).into_iter().map(|d| order_map::picture(&d, size));
            let habits =
                cadences(caption).into_iter().map(|d| update_cadence::picture(&d, size));
            let first = tiers.chain(steps).chain(scls).chain(dets);
            let tests =
                backtests(caption).into_iter().map(|d| backtest::picture(&d, size));
            first.chain(maps).chain(habits).chain(tests).collect::<Vec<_>>()
        })
        .map(Result::unwrap)
        .collect()
}

#[test]
fn text_is_never_clipped_and_never_overlaps() {
    let mut wrong = Vec::new();
    for picture in pictures() {
        let sheet =
            Rect { left: 0.0, top: 0.0, right: picture.width, bottom: picture.height };
        let of = (picture.size, picture.title.get(..12));
        let labels: Vec<_> =
            picture.labels().map(|label| (label, label.bounds())).collect();
        for (index, (label, bounds)) in labels.iter().enumerate() {
            if !sheet.holds(bounds) {
                wrong.push(format!("{of:?} {} leaves the sheet: {bounds:?}", label.text));
            }
            for (other, taken) in &labels[..index] {
                if taken.grow(-0.3).overlaps(&bounds.grow(-0.3)) {
                    let (a, b) = (&label.text, &other.text);
                    wrong.push(format!("{of:?}: {a} {bounds:?} covers {b} {taken:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} labels:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_mark_lies_on_the_sheet() {
    for picture in pictures() {
        let (right, bottom) = (picture.width + 1.0, picture.height + 1.0);
        let inside = |(x, y): &(f64, f64)| {
            (-1.0..=right).contains(x) && (-1.0..=bottom).contains(y)
        };
        for mark in &picture.marks {
            let fine = match mark {
                Mark::Path { points, .. } | Mark::Area { points, .. } => {
                    points.iter().all(inside)
                }
                Mark::Disc { center, .. } | Mark::Ring { center, .. } => inside(center),
                Mark::Text(label) => inside(&label.at),
            };
            assert!(fine, "{}: {mark:?}", picture.title);
        }
    }
}

#[test]
fn svg_is_well_formed_and_carries_no_script() {
    for picture in pictures() {
        let svg = picture.svg().unwrap();
        assert_well_formed(&svg);
        assert!(!svg.contains("<script"));
        let clean = |c: char| c == '\n' || !(c.is_control() || c == '\u{202e}');
        assert!(svg.chars().all(clean));
        assert_eq!(svg, picture.svg().unwrap());
    }
}

#[test]
fn png_files_are_whole_and_the_same_twice() {
    let folder = tempfile::tempdir().unwrap();
    // One caption's worth: drawing pixels takes its time.
    for picture in pictures().iter().step_by(41) {
        let [one, two] = ["one.png", "two.png"].map(|name| folder.path().join(name));
        picture.save(Format::Png, &one).unwrap();
        picture.save(Format::Png, &two).unwrap();
        let bytes = fs::read(&one).unwrap();
        assert_eq!(bytes[..8], *b"\x89PNG\r\n\x1a\n");
        let pixels = picture.size.pixels();
        let side = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
        let whole = |plane: f64| f64::from(pixels) * plane;
        assert!((f64::from(side(16)) - whole(picture.width)).abs() < 0.5);
        assert!((f64::from(side(20)) - whole(picture.height)).abs() < 0.5);
        assert_eq!(bytes, fs::read(&two).unwrap());
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn a_failed_write_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let chart = &pictures()[0];
    for format in Format::ALL {
        let taken = folder.path().join(format!("taken.{}", format.extension()));
        fs::create_dir(&taken).unwrap();
        let error = chart.save(format, &taken).unwrap_err();
        assert!(matches!(error, Error::Write { .. }), "{error}");
        assert!(error.to_string().contains("taken"));
        let missing = folder.path().join("no/such/folder").join("chart");
        assert!(chart.save(format, &missing).is_err());
    }
    let names = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(names, 2, "temporary files must be gone");
}

#[test]
fn charts_without_data_are_errors_that_say_what_is_missing() {
    let caption = || captions().remove(0);
    let size = Size::Screen;
    let none =
        tier_rates::picture(&TierRates { caption: caption(), policies: vec![] }, size);
    let message = none.unwrap_err().to_string();
    assert_eq!(message, "draw `tier rates`: there is no policy to show");
    let mut many = tier_charts(&caption()).pop().unwrap();
    many.policies.extend(many.policies.clone());
    let message = tier_rates::picture(&many, size).unwrap_err().to_string();
    assert_eq!(message, "draw `tier rates`: 12 policies given; compare at most 6");
    let steps = ThresholdSteps { caption: caption(), panels: vec![] };
    assert!(threshold_steps::picture(&steps, size).is_err());
    let empty = SclHistogram {
        caption: caption(),
        ham: SclCounts::default(),
        spam: SclCounts::default(),
        thresholds: Thresholds::default(),
    };
    assert!(scl_histogram::picture(&empty, size).is_err());
    assert!(det::picture(&Det { caption: caption(), curves: vec![] }, size).is_err());
    let map = OrderMap { caption: caption(), thresholds: String::new(), groups: vec![] };
    assert!(order_map::picture(&map, size).is_err());
}

#[test]
fn counts_stand_by_the_marks() {
    let chart =
        tier_rates::picture(&tier_charts(&captions()[0])[0], Size::Screen).unwrap();
    assert_eq!(chart.labels().filter(|label| label.text == "3/2,075").count(), 8);
}

/// Checks tags, attributes and entities as far as XML needs it here.
fn assert_well_formed(svg: &str) {
    let mut open = Vec::new();
    let mut rest = svg;
    while let Some((text, after)) = rest.split_once('<') {
        assert_escaped(text);
        let (tag, after) = after.split_once('>').expect("every tag is closed");
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
            continue;
        }
        let (body, alone) =
            tag.strip_suffix('/').map_or((tag, false), |body| (body, true));
        let (name, mut attributes) = body.split_once(' ').unwrap_or((body, ""));
        assert!(name.chars().all(|c| c.is_ascii_alphabetic()), "{name}");
        while !attributes.trim().is_empty() {
            let (key, after) = attributes.split_once("=\"").expect("a quoted value");
            let key = key.trim();
            assert!(key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "{key}");
            let (value, after) = after.split_once('"').expect("a closed value");
            assert_escaped(value);
            attributes = after;
        }
        if !alone {
            open.push(name);
        }
    }
    assert!(open.is_empty() && rest.trim().is_empty());
}

fn assert_escaped(text: &str) {
    assert!(!text.contains('<'));
    for (at, _) in text.match_indices('&') {
        let known = ["&amp;", "&lt;", "&gt;", "&quot;", "&apos;"];
        assert!(known.iter().any(|entity| text[at..].starts_with(entity)), "{text}");
    }
}
