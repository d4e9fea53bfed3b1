//! Intervals hold the truth and claims are wrong no more often than they say, on mail drawn
//! with a known truth. `docs/records/coverage.md` is a longer run of the same.

#[path = "../examples/coverage/simulation.rs"]
mod simulation;

use simulation::Finding;

/// Draws of what costs little.
const MANY: u32 = 1000;
/// Draws of whole comparisons and resamplings.
const FEW: u32 = 150;

/// Three standard deviations of a share of 0.05 or 0.95.
fn noise(draws: u32) -> f64 {
    3.0 * (0.05 * 0.95 / f64::from(draws)).sqrt()
}

#[track_caller]
fn assert_each(findings: &[Finding], what: &str, fits: impl Fn(&Finding) -> bool) {
    let of = findings.iter().filter(|finding| finding.what.contains(what));
    assert!(of.clone().count() > 0, "{what}");
    let misfits: Vec<_> = of
        .filter(|finding| !fits(finding))
        .map(|f| format!("{}: {} of {}", f.setting, f.count, f.draws))
        .collect();
    assert!(misfits.is_empty(), "{what}: {misfits:?}");
}

#[test]
fn exact_intervals_hold_the_rate_and_claims_are_seldom_wrong() {
    let found = simulation::rates(MANY);
    assert_each(&found, "holds the rate", |f| f.share() >= 0.95 - noise(MANY));
    assert_each(&found, "claim is wrong", |f| f.share() <= 0.05 + noise(MANY));
    let mean = |what: &str| {
        let of: Vec<_> = found.iter().filter(|f| f.what.contains(what)).collect();
        of.iter().map(|f| f.share()).sum::<f64>() / of.len() as f64
    };
    assert!(mean("holds the rate") >= 0.95 && mean("claim is wrong") <= 0.05);
}

#[test]
fn intervals_of_paired_differences_hold_them() {
    let found = simulation::differences(MANY / 2);
    assert_each(&found, "paired", |f| f.share() >= 0.95 - noise(MANY / 2));
}

#[test]
fn resampling_knows_of_copies_where_the_exact_interval_does_not() {
    let found = simulation::campaigns(FEW);
    assert_each(&found, "by campaign", |f| f.share() >= 0.95 - noise(FEW));
    let exact = |setting: &str| {
        let mut of = found.iter().filter(|f| f.what.starts_with("exact"));
        of.find(|f| f.setting.contains(setting)).map_or(0.0, Finding::share)
    };
    assert!(exact("of 1 on average") >= 0.95 - noise(FEW));
    assert!(exact("rate 0.1, 300 campaigns of 4") < 0.9, "copies are no evidence");
}

#[test]
fn resampled_areas_hold_the_truth() {
    let found = simulation::areas(FEW);
    assert_each(&found, "(1-ROCA)", |f| f.share() >= 0.95 - noise(FEW));
}

#[test]
fn chance_is_seldom_called_a_difference() {
    let found = simulation::null_comparisons(FEW);
    assert_each(&found, "by campaign", |f| f.share() <= 0.05 + noise(FEW));
    assert_each(&found, "in words", |f| f.share() <= 0.05 + noise(FEW));
    let plain = |setting: &str| {
        let mut of = found.iter().filter(|f| f.what.starts_with("McNemar below"));
        of.find(|f| f.setting.contains(setting)).map_or(1.0, Finding::share)
    };
    assert!(plain("of 1 on average") <= 0.05 + noise(FEW));
    assert!(plain("of 4 on average") > 0.1, "copies fool the test of single messages");
}
