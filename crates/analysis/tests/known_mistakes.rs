//! Mistakes of other tools that concern thresholds: knobs that change nothing.

#![expect(clippy::unwrap_used, reason = "levels of the ladder are in range")]

use mail::{GatewayAction, JunkComparison, Scl, Threshold, Thresholds};

/// What happens to each level of the ladder −1 … 9.
fn ladder(thresholds: &Thresholds) -> Vec<(GatewayAction, bool)> {
    let levels = (-1..=9).map(|level| Scl::new(level).unwrap());
    let treated =
        |scl| (thresholds.gateway(scl), thresholds.junks(scl, JunkComparison::Gt));
    levels.map(treated).collect()
}

fn knobs(value: Option<i64>) -> [(&'static str, Thresholds); 4] {
    let at = value.map(|value| Threshold::new(value).unwrap());
    let off = Thresholds::default();
    [
        ("delete", Thresholds { delete: at, ..off }),
        ("reject", Thresholds { reject: at, ..off }),
        ("quarantine", Thresholds { quarantine: at, ..off }),
        ("junk", Thresholds { junk: at, ..off }),
    ]
}

/// Every knob changes a verdict at every step, but for junk at 9: nothing is above 9.
#[test]
fn every_step_of_every_knob_changes_a_verdict() {
    for knob in 0..4 {
        let steps: Vec<_> = (0..=9)
            .map(Some)
            .chain([None])
            .map(|value| (value, knobs(value)[knob]))
            .collect();
        for pair in steps.windows(2) {
            let [(value, (name, one)), (_, (_, next))] = pair else { continue };
            let same = ladder(one) == ladder(next);
            assert_eq!(same, *name == "junk" && *value == Some(9), "{name} {value:?}");
        }
    }
}

/// A message that is trusted (−1) stands below every knob, even at 0.
#[test]
fn no_knob_touches_trusted_mail() {
    for (name, thresholds) in knobs(Some(0)) {
        assert_eq!(ladder(&thresholds)[0], (GatewayAction::Pass, false), "{name}");
        assert_ne!(ladder(&thresholds)[2], (GatewayAction::Pass, false), "{name}");
    }
}

/// At a threshold of 5, level 5 is acted on by the content filter and not by the store.
#[test]
fn equality_is_where_filter_and_store_differ() {
    for (name, thresholds) in knobs(Some(5)) {
        let acted: Vec<_> = ladder(&thresholds)
            .iter()
            .map(|end| *end != (GatewayAction::Pass, false))
            .collect();
        let first = acted.iter().position(|acted| *acted).unwrap();
        let expected = if name == "junk" { 6 } else { 5 };
        assert_eq!(first, expected + 1, "{name}: the ladder begins at -1");
        assert!(acted[first..].iter().all(|acted| *acted), "{name}: and all above");
    }
}
