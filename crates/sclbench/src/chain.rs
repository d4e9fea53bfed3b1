//! Pieces of the chain that several commands share: sweeping and recommending.

use std::path::Path;

use agents::PolicySpec;
use analysis::{
    CaseFates, Choice, Goal, Recommendation, RunFile, RunKind, SealedHoldout, Summary,
    SweepSummary, Verification, choose, verify,
};
use anyhow::Result;
use mail::{Label, Provenance, Thresholds, Timestamp};
use pipeline::PriorityOrder;
use sweep::{Space, SweepResult, Tally, Unit, causes};

use crate::charts::{Gallery, Subject};
use crate::commands::Context;
use crate::commands::replay::lines;
use crate::exit::CannotJudge;
use crate::export;
use crate::observe::Observed;
use crate::scaffold;

/// Name of the policy that a run started from, in its folder.
pub(crate) const BASE_POLICY: &str = "policy.toml";

/// What a sweep is about.
pub(crate) struct Brief<'a> {
    /// The starting policy.
    pub(crate) spec: &'a PolicySpec,
    /// What names the best policy.
    pub(crate) goal: &'a Goal,
    /// What made the run.
    pub(crate) provenance: Provenance,
    /// What charts say about the mail.
    pub(crate) subject: &'a Subject,
}

/// A finished sweep.
pub(crate) struct Swept {
    /// The run file.
    pub(crate) file: RunFile,
    /// The best policy by the goal.
    pub(crate) choice: Choice,
}

/// Sweeps the whole space (or the policy's order only) and writes the run folder.
///
/// # Errors
///
/// One class only, numbers that do not add up, or a file that cannot be written.
pub(crate) fn sweep(
    folder: &Path,
    observed: &Observed,
    space: &Space,
    brief: Brief<'_>,
    context: &Context<'_>,
) -> Result<Swept> {
    let Brief { spec, goal, provenance, subject } = brief;
    scaffold::folder(folder)?;
    let Observed { docket, order, enabled, thresholds, comparison, reading, .. } =
        observed;
    for label in Label::ALL {
        if !docket.cases().iter().any(|case| case.label == label) {
            let text = format!("the mail has no {label}; add a source `{label}:PATH`");
            return Err(CannotJudge(text).into());
        }
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "the duration is printed, never stored"
    )]
    let start = std::time::Instant::now();
    let (result, survey) =
        docket.survey(space, enabled, *comparison, Unit::Case, &context.threads);
    let seconds = start.elapsed().as_secs_f64();
    let base = docket.replay(order, enabled, thresholds, *comparison, Unit::Case);
    let causes = causes(docket.engine());
    let roster = docket.engine().roster();
    let word = roster.orientation(order);
    let number = space.orders.iter().position(|other| roster.orientation(other) == word);
    let default_outcome =
        number.map_or(0, |number| result.orders[number].outcome as usize);
    let choice = choose(&result, goal)?;
    let counts = analysis::Counts {
        reading,
        unit: analysis::Unit::Case,
        tally: &base.tally,
        causes: &causes,
        cost: base.cost,
    };
    let summary = Summary::new(counts)?;
    analysis::write_sweep(folder, &result, &provenance)?;
    analysis::write_trace(folder, &base.rows, &causes, &provenance)?;
    let told = told(&result, &[default_outcome, choice.outcome], survey.room());
    let settings = if space.settings.len() == 1 {
        space.settings.clone()
    } else {
        Space::every_thresholds()
    };
    let table = survey.fates(&settings, &told, &context.threads);
    let fates = CaseFates::new(docket.cases(), table, causes);
    analysis::write_fates(folder, &fates, &provenance)?;
    drop((fates, survey));
    analysis::write_rates(folder, &base.tally)?;
    export::policy(&folder.join(BASE_POLICY), spec)?;
    let gallery = Gallery { folder, subject };
    gallery.tier_rates(&[
        ("starting policy", &base.tally),
        ("best on this mail", &choice.tally),
    ])?;
    gallery.scores(&base.rows, &base.tally, &choice.thresholds)?;
    gallery.sweep(&result, &choice.thresholds, default_outcome, choice.outcome)?;
    let stored = SweepSummary::new(&result, &choice, reading, analysis::Unit::Case, 0.0)?;
    let mut file = RunFile::new(RunKind::Sweep, provenance, summary);
    file.mail = Some(subject.names());
    file.sweep = Some(stored.clone());
    file.write(folder)?;
    file.sweep = Some(SweepSummary { seconds, ..stored });
    Ok(Swept { file, choice })
}

/// The outcomes whose single cases are told, ascending: `first` in any case, then those that
/// the fewest priority changes reach, as many as there is room for.
fn told(sweep: &SweepResult, first: &[usize], room: usize) -> Vec<u32> {
    let mut fewest = vec![usize::MAX; sweep.outcomes.len()];
    for row in &sweep.orders {
        let least = &mut fewest[row.outcome as usize];
        *least = row.moves.len().min(*least);
    }
    let mut outcomes: Vec<u32> = (0u32..).take(sweep.outcomes.len()).collect();
    let kept = |outcome: &u32| first.contains(&(*outcome as usize));
    outcomes.sort_by_key(|outcome| (!kept(outcome), fewest[*outcome as usize], *outcome));
    outcomes.truncate(room.max(first.len()));
    outcomes.sort_unstable();
    outcomes
}

/// The space a sweep covers.
///
/// # Errors
///
/// None of its own.
pub(crate) fn space(observed: &Observed, all_orders: bool) -> Space {
    let roster = observed.docket.engine().roster();
    let mut space = Space::all(&roster);
    if !all_orders {
        space.orders = vec![observed.order.clone()];
    }
    space
}

/// A recommendation with what it rests on.
pub(crate) struct Recommended {
    /// What it says.
    pub(crate) recommendation: Recommendation,
    /// The policy to use.
    pub(crate) policy: PolicySpec,
    /// What it and the starting policy did to the hold-out.
    pub(crate) holdout: Option<HeldOut>,
}

/// Tallies of the hold-out mail.
pub(crate) struct HeldOut {
    /// Under the starting policy.
    pub(crate) base: Tally,
    /// Under the recommended one.
    pub(crate) recommended: Tally,
    /// Time of the first and the last case.
    pub(crate) span: Option<(Timestamp, Timestamp)>,
}

/// Judges a choice on hold-out mail that is opened only now.
///
/// # Errors
///
/// The hold-out cannot be observed, or the chosen policy cannot be written down.
pub(crate) fn recommend(
    choice: &Choice,
    goal: &Goal,
    spec: &PolicySpec,
    sealed: SealedHoldout<Option<impl FnOnce() -> Result<Observed>>>,
) -> Result<Recommended> {
    let holdout = match sealed.open(choice) {
        Some(observe) => Some(HeldOut::new(choice, &observe()?)?),
        None => None,
    };
    let judged = holdout.as_ref().map(|holdout| &holdout.recommended);
    let verification: Verification = verify(choice, judged, goal);
    let recommendation = Recommendation::new(choice, &verification, judged);
    let mut policy = spec.clone();
    policy.set_order(&choice.order)?;
    policy.set_thresholds(&choice.thresholds);
    Ok(Recommended { recommendation, policy, holdout })
}

impl HeldOut {
    fn new(choice: &Choice, observed: &Observed) -> Result<Self> {
        let Observed { docket, enabled, comparison, .. } = observed;
        let roster = docket.engine().roster();
        let agents = choice.order.iter().filter_map(|name| roster.find(name)).collect();
        let chosen = PriorityOrder::new(&roster, agents)?;
        let tally = |order: &PriorityOrder, thresholds: &Thresholds| {
            docket.replay(order, enabled, thresholds, *comparison, Unit::Case).tally
        };
        Ok(Self {
            base: tally(&observed.order, &observed.thresholds),
            recommended: tally(&chosen, &choice.thresholds),
            span: observed.span(),
        })
    }
}

/// A sweep in lines for people.
pub(crate) fn sweep_lines(swept: &Swept) -> Vec<String> {
    let Some(sweep) = &swept.file.sweep else { return Vec::new() };
    let mut out = vec!["starting policy".to_owned()];
    out.extend(lines(&swept.file.summary));
    out.push(format!(
        "{} order classes x {} threshold settings = {} policies in {:.2} s",
        analysis::thousands(sweep.order_classes),
        analysis::thousands(sweep.threshold_settings),
        analysis::thousands(sweep.policies),
        sweep.seconds
    ));
    out.push(format!(
        "{} outcome-distinct orders, {} distinct tallies",
        analysis::thousands(sweep.outcome_distinct_orders),
        analysis::thousands(sweep.distinct_tallies)
    ));
    out.push(format!("best by the goal: {}", sweep.best.thresholds));
    for change in &sweep.best.moves {
        out.push(format!("  {} to priority {}", change.agent, change.priority));
    }
    out.extend(crate::commands::replay::sentences(&swept.choice.tally));
    out
}

/// A recommendation in lines for people.
pub(crate) fn recommendation_lines(recommended: &Recommended) -> Vec<String> {
    let recommendation = &recommended.recommendation;
    let mut out = vec![
        format!("verdict: {}", recommendation.verdict.name()),
        format!("thresholds: {}", recommendation.thresholds),
    ];
    out.push(match recommendation.moves.as_slice() {
        [] => "agent order: unchanged".to_owned(),
        moves => {
            let list: Vec<String> =
                moves.iter().map(|m| format!("{} to {}", m.agent, m.priority)).collect();
            format!("agent order: {}", list.join(", "))
        }
    });
    if let Some(holdout) = &recommended.holdout {
        out.extend(
            crate::commands::replay::sentences(&holdout.recommended)
                .into_iter()
                .map(|line| format!("hold-out, {line}")),
        );
    }
    out.extend(recommendation.why.iter().cloned());
    out.extend(recommendation.notes.iter().map(|note| format!("note: {note}")));
    out
}
