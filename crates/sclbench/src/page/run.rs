//! One run folder as the report shows it.

use std::path::Path;

use agents::PolicySpec;
use analysis::{CaseFates, RunFile, frontier, read_fates, read_sweep, roc};
use anyhow::{Context as _, Result, bail};
use filter::StampHeader;
use mail::{GatewayAction, JunkComparison, Label, Scl, Threshold, Thresholds, Tier};
use report::html::{
    Axes, Cases, Curve, Facts, Fate, FrontierPoint, Input, Journeys, Run, Setting, Update,
};
use sweep::{FateTable, SweepResult};

use super::orders::Orders;
use super::scripts::pieces;
use crate::chain::BASE_POLICY;
use crate::imf;
use crate::settings::{self, Scores};

/// Whether subjects of messages stand in the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subjects {
    /// They do.
    Show,
    /// They are left out.
    Hide,
}

/// Reads a run folder.
///
/// # Errors
///
/// The folder is not that of a sweep or a run, or a file of it cannot be read.
pub(crate) fn run(
    folder: &Path,
    subjects: Subjects,
) -> Result<(Run, RunFile, PolicySpec)> {
    let file = RunFile::read(folder)?;
    let Some(summary) = &file.sweep else {
        bail!(
            "`{}` holds no sweep; name a folder that `sclbench run`, `demo` or `sweep` wrote",
            folder.display()
        );
    };
    let spec = settings::policy(Some(&folder.join(BASE_POLICY)), None)?;
    imf::refuse(
        &spec,
        "the report's sliders and scripts are for later editions; see `charts` and \
         `settings.parquet` of the folder",
    )?;
    let policy =
        settings::resolve(&spec, Scores::Stamps(StampHeader::OrganizationScl).source())?;
    let sweep = read_sweep(folder)?;
    let CaseFates { cases, table, causes } = read_fates(folder)?;
    let orders = Orders::new(&sweep, &table.outcomes, policy.engine.roster())?;
    let axes = axes(&table.settings)?;
    let start = orders
        .of_order(&policy.order)
        .context("the sweep does not hold the order of its starting policy")?;
    let best = orders.of_names(&summary.best.order).unwrap_or(start);
    let scripts = pieces(&file, &spec, &sweep.agents, &orders.choices, &axes)?;
    let each = |tier| points(&sweep, &orders, tier);
    let frontier = [
        each(Tier::Junk)?,
        each(Tier::Quarantine)?,
        each(Tier::Reject)?,
        each(Tier::Delete)?,
    ];
    let scored: Vec<(f64, Label)> =
        cases.iter().filter_map(|case| Some((case.score?, case.label))).collect();
    let curve = roc(&scored);
    let run = Run {
        name: folder.display().to_string(),
        facts: facts(&file, &cases),
        units: sweep.units,
        agents: sweep.agents.clone(),
        causes: causes.into_iter().map(|cause| [cause.agent, cause.reason]).collect(),
        levels: levels(&table.settings, policy.junk_comparison),
        start: Setting { choice: start, thresholds: numbers(&policy.thresholds) },
        best: Setting { choice: best, thresholds: numbers(&summary.best.thresholds) },
        verdict: file.recommendation.as_ref().map(|r| r.verdict.name().to_owned()),
        choices: orders.choices,
        outcomes: sweep.outcomes.len() as u64,
        order_classes: sweep.orders.len() as u64,
        fates: table.fates.iter().map(fate).collect(),
        journeys: journeys(&table),
        updates: file
            .updates
            .iter()
            .map(|mark| Update { at: mark.at.0, version: mark.version.clone() })
            .collect(),
        cases: columns(&cases, &table.of_case, subjects),
        curve: Curve {
            scored: [curve.ham, curve.spam],
            points: curve.points.iter().map(|point| [point.fp, point.missed]).collect(),
            one_minus_roca: curve.one_minus_roca,
        },
        frontier,
        scripts,
        axes,
    };
    Ok((run, file, spec))
}

fn facts(file: &RunFile, cases: &[analysis::CaseRow]) -> Facts {
    let made = &file.provenance;
    let day = |row: Option<&analysis::CaseRow>| {
        let time = row.map(|row| row.time.to_string()).unwrap_or_default();
        time.chars().take(10).collect::<String>()
    };
    let names = file.context.as_ref();
    Facts {
        corpus: names.map_or_else(String::new, |names| names.corpus.clone()),
        filter: names.map_or_else(String::new, |names| names.filter.clone()),
        dates: [day(cases.first()), day(cases.last())],
        command: made.command.clone(),
        version: made.version.clone(),
        seed: made.seed,
        inputs: made
            .inputs
            .iter()
            .map(|input| Input {
                role: input.role.clone(),
                name: input.name.clone(),
                sha256: input.sha256.clone(),
            })
            .collect(),
        read: file.summary.read,
        skipped: file.summary.skipped_reasons.clone().into_iter().collect(),
    }
}

fn numbers(thresholds: &Thresholds) -> [Option<u8>; 4] {
    let Thresholds { delete, reject, quarantine, junk } = thresholds;
    [delete, reject, quarantine, junk].map(|value| value.map(Threshold::get))
}

/// The values of each threshold; the settings must be all their combinations.
fn axes(settings: &[Thresholds]) -> Result<Axes> {
    let values = |of: fn(&Thresholds) -> Option<Threshold>| {
        let mut found: Vec<_> = settings.iter().map(of).collect();
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(|value| value.map(Threshold::get)).collect::<Vec<_>>()
    };
    let axes = Axes {
        delete: values(|s| s.delete),
        reject: values(|s| s.reject),
        quarantine: values(|s| s.quarantine),
        junk: values(|s| s.junk),
    };
    let product = [&axes.delete, &axes.reject, &axes.quarantine, &axes.junk];
    let product: usize = product.iter().map(|axis| axis.len()).product();
    if product != settings.len() || !settings.is_sorted() {
        bail!(
            "the settings of the sweep are no grid; sweep again with `--thresholds all`"
        );
    }
    Ok(axes)
}

/// Per SCL the tier of a message that meets the server's thresholds and the plain store.
fn levels(settings: &[Thresholds], comparison: JunkComparison) -> Vec<Vec<u32>> {
    let tier = |thresholds: &Thresholds, scl: Scl| match thresholds.gateway(scl) {
        GatewayAction::Delete => Tier::Delete,
        GatewayAction::Reject => Tier::Reject,
        GatewayAction::Quarantine => Tier::Quarantine,
        GatewayAction::Pass if thresholds.junks(scl, comparison) => Tier::Junk,
        GatewayAction::Pass => Tier::Inbox,
    };
    let all = (-1..=9).filter_map(|level| Scl::new(level).ok());
    all.map(|scl| {
        let each = settings.iter().map(|thresholds| number(tier(thresholds, scl)));
        stretches(each)
    })
    .collect()
}

#[expect(clippy::cast_possible_truncation, reason = "there are five tiers")]
fn number(tier: Tier) -> u32 {
    tier.index() as u32
}

/// `first, value` wherever the value changes.
fn stretches(values: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut out: Vec<u32> = Vec::new();
    for (first, value) in (0u32..).zip(values) {
        if out.last() != Some(&value) {
            out.extend([first, value]);
        }
    }
    out
}

fn fate(fate: &sweep::Fate) -> Fate {
    let run = |run: &sweep::FateRun| [run.first, number(run.tier), u32::from(run.cause)];
    Fate { scl: fate.scl.map(Scl::get), runs: fate.runs.iter().flat_map(run).collect() }
}

fn journeys(table: &FateTable) -> Journeys {
    let one = |journey: &Vec<u32>| stretches(journey.iter().copied());
    Journeys { stretches: table.journeys.iter().map(one).collect() }
}

fn columns(cases: &[analysis::CaseRow], journeys: &[u32], subjects: Subjects) -> Cases {
    let mut before = 0;
    let mut since = |time: i64| time - std::mem::replace(&mut before, time);
    Cases {
        ids: cases.iter().map(|row| row.case.short()).collect(),
        labels: cases.iter().map(|row| u8::from(row.label == Label::Spam)).collect(),
        times: cases.iter().map(|row| since(row.time.0)).collect(),
        subjects: match subjects {
            Subjects::Show => cases.iter().map(|row| row.subject.clone()).collect(),
            Subjects::Hide => Vec::new(),
        },
        journeys: journeys.to_vec(),
    }
}

fn points(
    sweep: &SweepResult,
    orders: &Orders,
    tier: Tier,
) -> Result<Vec<FrontierPoint>> {
    let point = |point: &analysis::PolicyPoint| FrontierPoint {
        errors: [point.fp, point.missed],
        setting: orders.of_outcome(point.outcome).map(|choice| Setting {
            choice,
            thresholds: numbers(&sweep.settings[point.setting as usize]),
        }),
        policies: point.policies,
    };
    Ok(frontier(sweep, tier)?.iter().map(point).collect())
}
