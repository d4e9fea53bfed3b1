//! Intervals hold the truth and claims are wrong no more often than they say, on mail drawn
//! with a known truth. `docs/records/coverage.md` is a longer run of the same.

#[path = "../examples/coverage/simulation/mod.rs"]
mod simulation;

use simulation::{Finding, Promise};

/// Draws of what costs little.
const MANY: u32 = 1000;
/// Draws of whole comparisons and resamplings.
const FEW: u32 = 150;

/// A promise that is just kept looks worse than this in one of a thousand runs.
const RARE: f64 = 0.001;

/// Asserts that everything promised is kept, as far as the draws can show.
#[track_caller]
fn assert_kept(findings: &[Finding]) {
    let promised = || findings.iter().filter_map(|f| Some((f, f.p_value()?)));
    assert!(promised().count() > 0, "nothing is promised");
    let broken: Vec<_> = promised()
        .filter(|(_, p)| *p < RARE)
        .map(|(f, _)| format!("{}, {}: {} of {}", f.what, f.setting, f.count, f.draws))
        .collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

fn share(findings: &[Finding], what: &str, setting: &str) -> f64 {
    let fits = |f: &&Finding| f.what.starts_with(what) && f.setting.contains(setting);
    let found = findings.iter().find(fits);
    found.unwrap_or_else(|| panic!("no `{what}` of `{setting}`")).share()
}

#[test]
fn exact_intervals_hold_the_rate_and_claims_are_seldom_wrong() {
    let found = simulation::rates(MANY);
    assert_kept(&found);
    let mean = |promise: Promise| {
        let of: Vec<_> = found.iter().filter(|f| f.promise == promise).collect();
        of.iter().map(|f| f.share()).sum::<f64>() / of.len() as f64
    };
    assert!(mean(Promise::Holds) >= 0.95 && mean(Promise::Errs) <= 0.05);
}

#[test]
fn intervals_of_paired_differences_hold_them() {
    assert_kept(&simulation::differences(MANY / 2));
}

#[test]
fn resampling_knows_of_copies_where_the_exact_interval_does_not() {
    let found = simulation::campaigns(FEW);
    assert_kept(&found);
    let exact = share(&found, "exact", "rate 0.1, 300 campaigns of 4");
    assert!(exact < 0.9, "copies are no evidence: {exact}");
}

#[test]
fn areas_and_their_differences_are_held() {
    assert_kept(&simulation::areas(FEW));
    assert_kept(&simulation::differing_areas(FEW));
}

#[test]
fn prices_and_their_differences_are_held() {
    assert_kept(&simulation::prices(FEW));
    assert_kept(&simulation::differing_prices(FEW / 2));
}

#[test]
fn chance_is_seldom_called_a_difference() {
    let found = simulation::null_comparisons(FEW);
    assert_kept(&found);
    let copies = share(&found, "McNemar below", "of 4 on average");
    assert!(copies > 0.1, "copies fool the test of single messages: {copies}");
}

/// The whole way: chosen among hundreds of policies on tune mail, verified on hold-out mail.
#[test]
fn proven_is_seldom_wrong() {
    let found = simulation::recommendations(FEW / 5);
    assert_kept(&found);
    let said = share(&found, "a recommendation is called proven", "just over a budget");
    assert!(said > 0.5, "a claim that is never made cannot be wrong: {said}");
}
