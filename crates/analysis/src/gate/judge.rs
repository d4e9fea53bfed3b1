//! From a baseline and today's endings to a verdict.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use mail::{Label, Tier};

use super::baseline::{Baseline, Inputs, Key, keyed};
use super::exact::{Sample, paired, unpaired};
use super::report::{
    Broken, Changed, DetectableLoss, GateComparison, GateFlip, GateReport, GateTier,
    GateVerdict, Movement,
};
use crate::paired::grouped_losses;
use crate::rates::{ratio, to_f64};
use crate::verify::first;
use crate::{CaseEnding, Rate, holm_adjusted, percent, thousands};

/// Judges today's endings by a baseline.
///
/// A label at a tier has regressed where its net loss is larger than the guard allows *and*
/// its one-sided exact p-value, adjusted by Holm over every comparison in which something
/// can be lost, is at most α. With the baseline's own corpus the test is McNemar's on the
/// messages that changed, and the same by campaign, of which the larger p-value counts; with
/// another corpus it is Fisher's on the counts.
pub fn judge(baseline: &Baseline, endings: &[CaseEnding], inputs: &Inputs) -> GateReport {
    let present = keyed(endings);
    let same = inputs.corpus == baseline.made.corpus;
    let comparison = if same { GateComparison::Paired } else { GateComparison::Unpaired };
    let flips = flips(baseline, &present, comparison);
    let counts = counts(&present);
    let (tiers, detectable_loss) = compare(baseline, counts, &flips, comparison);
    let broken = broken(baseline, &present);
    let missing: Vec<_> =
        baseline.never.keys().filter(|key| !present.contains_key(key)).cloned().collect();
    let changed = changed(&baseline.made, inputs);
    let [ham, spam] = counts.map(|counts| counts.iter().sum());
    let mut report = GateReport {
        verdict: GateVerdict::Pass,
        exit_code: 0,
        why: Vec::new(),
        comparison,
        ham,
        spam,
        tiers,
        detectable_loss,
        broken,
        missing,
        flips,
        warnings: Vec::new(),
        changed,
    };
    let failures = failures(&report);
    let doubts = doubts(&report, baseline);
    (report.verdict, report.why) = match (failures.is_empty(), doubts.is_empty()) {
        (false, _) => (GateVerdict::Regression, failures),
        (true, false) => (GateVerdict::CannotJudge, doubts),
        (true, true) => (GateVerdict::Pass, vec![passed(&report)]),
    };
    report.exit_code = report.verdict.exit_code();
    report.warnings = warnings(&report);
    report
}

/// Whether a message of a label is an error at a tier if it ended at `at`.
fn wrong(label: Label, tier: Tier, at: Tier) -> bool {
    match label {
        Label::Ham => at >= tier,
        Label::Spam => at < tier,
    }
}

/// Whether ending at `to` is worse for a label than ending at `from`.
fn worse(label: Label, from: Tier, to: Tier) -> bool {
    match label {
        Label::Ham => to > from,
        Label::Spam => to < from,
    }
}

fn counts(present: &BTreeMap<Key, &CaseEnding>) -> [[u64; 5]; 2] {
    let mut counts = [[0; 5]; 2];
    for (key, ending) in present {
        counts[key.label.index()][ending.tier.index()] += 1;
    }
    counts
}

fn errors(counts: &[[u64; 5]; 2], label: Label, tier: Tier) -> Sample {
    let counts = &counts[label.index()];
    let wrong = Tier::ALL.into_iter().filter(|at| wrong(label, tier, *at));
    Sample { errors: wrong.map(|at| counts[at.index()]).sum(), of: counts.iter().sum() }
}

/// Every message whose tier is known to have changed: all of them with the baseline's own
/// corpus, else those that the baseline has a line for.
fn flips(
    baseline: &Baseline,
    present: &BTreeMap<Key, &CaseEnding>,
    comparison: GateComparison,
) -> Vec<GateFlip> {
    let known = |key: &Key| match comparison {
        GateComparison::Paired => Some(baseline.tier(key)),
        GateComparison::Unpaired => baseline.elsewhere.get(key).copied(),
    };
    let mut flips: Vec<_> = present
        .iter()
        .filter_map(|(key, ending)| {
            let from = known(key).filter(|from| *from != ending.tier)?;
            Some(GateFlip {
                key: key.clone(),
                message: ending.id.to_string(),
                campaign: ending.campaign.to_string(),
                from,
                to: ending.tier,
                worse: worse(key.label, from, ending.tier),
                agent: ending.agent.clone(),
                reason: ending.reason.clone(),
            })
        })
        .collect();
    flips.sort_by_cached_key(|flip| {
        let distance = flip.from.index().abs_diff(flip.to.index());
        let harm = match flip.key.label {
            Label::Ham => flip.to.index(),
            Label::Spam => Tier::Delete.index() - flip.to.index(),
        };
        let harm = if flip.worse { harm } else { 0 };
        let key = flip.key.clone();
        (Reverse(flip.worse), key.label, Reverse(harm), Reverse(distance), key)
    });
    flips
}

/// For each campaign with a change, messages that became errors less those that ceased to be.
fn nets(flips: &[GateFlip], label: Label, tier: Tier) -> Vec<i64> {
    let mut nets: BTreeMap<&str, i64> = BTreeMap::new();
    for flip in flips.iter().filter(|flip| flip.key.label == label) {
        let turned = i64::from(wrong(label, tier, flip.to))
            - i64::from(wrong(label, tier, flip.from));
        *nets.entry(&flip.campaign).or_default() += turned;
    }
    nets.into_values().collect()
}

fn compare(
    baseline: &Baseline,
    counts: [[u64; 5]; 2],
    flips: &[GateFlip],
    comparison: GateComparison,
) -> (Vec<GateTier>, Vec<DetectableLoss>) {
    let rows: Vec<Row> = Label::ALL
        .into_iter()
        .flat_map(|label| Tier::ACTING.map(|tier| (label, tier)))
        .map(|(label, tier)| Row::new(baseline, &counts, flips, comparison, label, tier))
        .collect();
    let open: Vec<&Row> = rows.iter().filter(|row| row.to_lose > 0).collect();
    let adjusted = |p: fn(&Row) -> f64| {
        holm_adjusted(&open.iter().map(|row| p(row)).collect::<Vec<_>>())
    };
    let (losses, gains) = (adjusted(|row| row.p_loss), adjusted(|row| row.p_gain));
    let (mut losses, mut gains) = (losses.into_iter(), gains.into_iter());
    let level = baseline.guard.alpha / open.len().max(1) as f64;
    let tiers = rows
        .iter()
        .map(|row| {
            let next = |list: &mut std::vec::IntoIter<f64>| {
                if row.to_lose > 0 { list.next().unwrap_or(1.0) } else { 1.0 }
            };
            let (loss, gain) = (next(&mut losses), next(&mut gains));
            row.judged(loss, gain, baseline)
        })
        .collect();
    let detectable = rows
        .iter()
        .filter(|row| row.to_lose > 0)
        .map(|row| row.detectable(level, baseline.guard.allowed(row.label)))
        .collect();
    (tiers, detectable)
}

/// One label at one tier.
struct Row {
    label: Label,
    tier: Tier,
    before: Sample,
    now: Sample,
    /// Messages that changed for the worse and for the better, where paired.
    changed: Option<(u64, u64)>,
    /// Messages that are no errors in the baseline.
    to_lose: u64,
    /// By message and, where paired, by campaign: the larger.
    p_loss: f64,
    p_gain: f64,
    p_campaign: Option<f64>,
}

impl Row {
    fn new(
        baseline: &Baseline,
        counts: &[[u64; 5]; 2],
        flips: &[GateFlip],
        comparison: GateComparison,
        label: Label,
        tier: Tier,
    ) -> Self {
        let before = errors(&baseline.counts, label, tier);
        let now = errors(counts, label, tier);
        let of = |from: bool| {
            let flips = flips.iter().filter(|flip| flip.key.label == label);
            let turned = flips.filter(|flip| {
                wrong(label, tier, flip.from) == from
                    && wrong(label, tier, flip.to) != from
            });
            turned.count() as u64
        };
        let nets = || nets(flips, label, tier);
        let (changed, [p_loss, p_gain], p_campaign) = match comparison {
            GateComparison::Paired => {
                let (worse, better) = (of(false), of(true));
                let plain = [paired(worse, better), paired(better, worse)];
                let grouped = grouped_losses(nets());
                let p = |at: usize| grouped.map_or(plain[at], |p| plain[at].max(p[at]));
                (Some((worse, better)), [p(0), p(1)], grouped.map(|p| p[0]))
            }
            GateComparison::Unpaired => {
                (None, [unpaired(before, now), unpaired(now, before)], None)
            }
        };
        let to_lose = before.of - before.errors;
        Self { label, tier, before, now, changed, to_lose, p_loss, p_gain, p_campaign }
    }

    /// The p-value of the loss with messages as independent.
    fn plain(&self) -> f64 {
        match self.changed {
            Some((worse, better)) => paired(worse, better),
            None => self.p_loss,
        }
    }

    fn loss(&self) -> f64 {
        match self.changed {
            Some((worse, better)) => {
                (to_f64(worse) - to_f64(better)) / to_f64(self.now.of.max(1))
            }
            None => {
                ratio(self.now.errors, self.now.of)
                    - ratio(self.before.errors, self.before.of)
            }
        }
    }

    fn judged(&self, p_loss: f64, p_gain: f64, baseline: &Baseline) -> GateTier {
        let allowed = baseline.guard.allowed(self.label);
        let (loss, alpha) = (self.loss(), baseline.guard.alpha);
        let movement = if self.now.of == 0 || self.before.of == 0 {
            Movement::Unjudged
        } else if loss > allowed && p_loss <= alpha {
            Movement::Regression
        } else if loss > 0.0 {
            Movement::Worse
        } else if loss < 0.0 && p_gain <= alpha {
            Movement::Improvement
        } else if loss < 0.0 {
            Movement::Better
        } else {
            Movement::Unchanged
        };
        GateTier {
            label: self.label,
            tier: self.tier,
            before: Rate::new(self.before.errors, self.before.of),
            now: Rate::new(self.now.errors, self.now.of),
            worse: self.changed.map(|changed| changed.0),
            better: self.changed.map(|changed| changed.1),
            loss,
            allowed,
            p_value: if self.to_lose > 0 { self.plain() } else { 1.0 },
            p_campaign: self.p_campaign,
            p_holm: p_loss,
            movement,
        }
    }

    /// The smallest net loss that fails at `level`, the hardest of Holm's levels, beside as
    /// many changes for the better as there were.
    fn detectable(&self, level: f64, allowed: f64) -> DetectableLoss {
        let of = self.now.of;
        let expected = (ratio(self.before.errors, self.before.of) * to_f64(of)).round();
        let fails = |lost: u64| {
            let p = match self.changed {
                Some((_, better)) => paired(better + lost, better),
                None => {
                    #[expect(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "a rounded share of a count"
                    )]
                    let errors = (expected as u64 + lost).min(of);
                    unpaired(self.before, Sample { errors, of })
                }
            };
            p <= level && ratio(lost, of) > allowed
        };
        let most = self.to_lose.min(of);
        DetectableLoss {
            label: self.label,
            tier: self.tier,
            messages: first(1, most, fails),
            of,
            to_lose: self.to_lose,
        }
    }
}

fn broken(baseline: &Baseline, present: &BTreeMap<Key, &CaseEnding>) -> Vec<Broken> {
    baseline
        .never
        .iter()
        .filter_map(|(key, limit)| {
            let ending = present.get(key)?;
            worse(key.label, *limit, ending.tier).then(|| Broken {
                key: key.clone(),
                limit: *limit,
                now: ending.tier,
                agent: ending.agent.clone(),
                reason: ending.reason.clone(),
            })
        })
        .collect()
}

fn changed(before: &Inputs, now: &Inputs) -> Vec<Changed> {
    [
        ("corpus", &before.corpus, &now.corpus),
        ("policy", &before.policy, &now.policy),
        ("model", &before.model, &now.model),
        ("world", &before.world, &now.world),
        ("version", &before.version, &now.version),
    ]
    .into_iter()
    .filter(|(_, before, now)| before != now)
    .map(|(what, before, now)| Changed { what, before: before.clone(), now: now.clone() })
    .collect()
}

/// What an error of a label at a tier is called.
fn error_words(label: Label, tier: Tier) -> String {
    match label {
        Label::Ham => format!("good messages at {tier} or harsher"),
        Label::Spam => format!("spam messages milder than {tier}"),
    }
}

fn failures(report: &GateReport) -> Vec<String> {
    let tiers = report.tiers.iter().filter(|row| row.movement == Movement::Regression);
    let tiers = tiers.map(|row| {
        format!(
            "{} {}, {} before: a loss of {} where {} may pass, p {:.2e} after Holm",
            thousands(row.now.count),
            error_words(row.label, row.tier),
            thousands(row.before.count),
            percent(row.loss),
            percent(row.allowed),
            row.p_holm
        )
    });
    let broken = report.broken.iter().map(|broken| {
        format!(
            "{} {} must never end worse than at {} and ended at {} ({}: {})",
            broken.key.label,
            broken.key.id,
            broken.limit,
            broken.now,
            broken.agent,
            broken.reason
        )
    });
    broken.chain(tiers).collect()
}

fn doubts(report: &GateReport, baseline: &Baseline) -> Vec<String> {
    let mut doubts = Vec::new();
    for label in Label::ALL {
        let now = [report.ham, report.spam][label.index()];
        if now == 0 || baseline.total(label) == 0 {
            let place = if now == 0 { "the mail" } else { "the baseline's mail" };
            doubts.push(format!("{place} has no {label}; add a source `{label}:PATH`"));
            continue;
        }
        let rows = report.detectable_loss.iter().filter(|row| row.label == label);
        if rows.clone().all(|row| row.messages.is_none()) {
            doubts.push(format!(
                "{} {label} messages are too few: no loss of them would fail at level {}",
                thousands(now),
                baseline.guard.alpha
            ));
        }
        let must = baseline.guard.must_detect;
        let unseen = rows.filter(|row| {
            ratio(row.to_lose.min(row.of), row.of) > must
                && row.share().is_none_or(|share| share > must)
        });
        doubts.extend(unseen.map(|row| {
            format!(
                "a loss of {} of {label} at {} could pass unseen, guard.must-detect asks to see it",
                percent(must),
                row.tier
            )
        }));
    }
    doubts.extend(missing(report));
    doubts
}

/// The messages of the never-regress list that nothing can be said about.
fn missing(report: &GateReport) -> impl Iterator<Item = String> {
    report.missing.iter().map(|key| {
        format!(
            "never-regress message {} {} is not in the mail; add it, or take its line out",
            key.label, key.id
        )
    })
}

fn passed(report: &GateReport) -> String {
    let worse = report.flips.iter().filter(|flip| flip.worse).count() as u64;
    let better = report.flips.len() as u64 - worse;
    match report.comparison {
        GateComparison::Paired if report.flips.is_empty() => {
            "every message ended where it did in the baseline".into()
        }
        GateComparison::Paired => format!(
            "{} messages ended worse and {} better than in the baseline: too few or too \
             irregular to be a regression",
            thousands(worse),
            thousands(better)
        ),
        GateComparison::Unpaired => {
            "no error rate is larger than the baseline's by more than chance and the guard \
             allow"
                .into()
        }
    }
}

fn warnings(report: &GateReport) -> Vec<String> {
    let mut warnings = Vec::new();
    // Where nothing has regressed they are the reason of the verdict.
    if report.verdict == GateVerdict::Regression {
        warnings.extend(missing(report));
    }
    let names: Vec<_> = report.changed.iter().map(|changed| changed.what).collect();
    if names.contains(&"corpus") {
        warnings.push(
            "stale baseline: the corpus is not the baseline's, so messages cannot be \
             paired and only rates are compared; `--update` makes a new one"
                .into(),
        );
    }
    let other: Vec<_> = names
        .iter()
        .filter(|what| !["corpus", "version"].contains(what))
        .copied()
        .collect();
    if !other.is_empty() {
        warnings.push(format!("not the baseline's: {}", other.join(", ")));
    }
    let cause = match names.is_empty() {
        true => "nothing that the baseline knows of has changed: find out why".to_owned(),
        false => format!("{} changed since", names.join(", ")),
    };
    let better = report.tiers.iter().filter(|row| row.movement == Movement::Improvement);
    warnings.extend(better.map(|row| {
        format!(
            "improvement: {} {}, {} before (p {:.2e}); {cause}; `--update` \
             makes it the new baseline",
            thousands(row.now.count),
            error_words(row.label, row.tier),
            thousands(row.before.count),
            p_gain(row),
        )
    }));
    warnings
}

/// Unadjusted p-value of an improvement, for its warning.
fn p_gain(row: &GateTier) -> f64 {
    match (row.worse, row.better) {
        (Some(worse), Some(better)) => paired(better, worse),
        _ => unpaired(
            Sample { errors: row.now.count, of: row.now.of },
            Sample { errors: row.before.count, of: row.before.of },
        ),
    }
}
