//! Pieces of the chain that several commands share: sweeping and recommending.

use std::collections::BTreeMap;
use std::path::Path;

use agents::PolicySpec;
use analysis::{
    CaseFates, Choice, Goal, HamCampaigns, Learnt, Recommendation, Resampling,
    RunContext, RunFile, RunKind, SealedHoldout, Stability, Summary, SweepSummary,
    Verification, Weighed, by_case, choose, verify,
};
use anyhow::{Result, anyhow, bail};
use mail::{Label, Ladder, Provenance, Thresholds, Timestamp};
use pipeline::PriorityOrder;
use sweep::{Cause, Sheet, Space, SweepResult, Tally, TraceRow, Unit, causes};

use crate::charts::{Gallery, Sizes, Subject};
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
    /// Sizes of the charts.
    pub(crate) sizes: &'a Sizes,
}

/// A finished sweep.
pub(crate) struct Swept {
    /// The run file.
    pub(crate) file: RunFile,
    /// The best policy by the goal.
    pub(crate) choice: Choice,
    /// Every tally.
    pub(crate) result: SweepResult,
    /// What they are counted from.
    pub(crate) sheet: Sheet,
}

/// A sweep in memory, with everything its run folder is written from.
pub(crate) struct Swath {
    /// The run file, without seconds.
    pub(crate) file: RunFile,
    /// Seconds it took.
    pub(crate) seconds: f64,
    /// Where each case ends under each outcome, for the report; none where no mail is there.
    pub(crate) fates: Option<CaseFates>,
    /// Every tally.
    pub(crate) result: SweepResult,
    /// What they are counted from.
    pub(crate) sheet: Sheet,
    /// The starting policy's trace.
    pub(crate) rows: Vec<TraceRow>,
    /// What the trace's causes mean.
    pub(crate) causes: Vec<Cause>,
    /// What the starting policy did.
    pub(crate) base: Tally,
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
    let (spec, subject, sizes) = (brief.spec, brief.subject, brief.sizes);
    both_classes(observed)?;
    let swath = swath(observed, space, brief, context)?;
    scaffold::fresh(folder)?;
    analysis::write_cases(folder, &observed.cases, &swath.file.provenance)?;
    write_sweep(folder, &swath, spec, subject, sizes)?;
    let Swath { mut file, seconds, choice, result, sheet, .. } = swath;
    file.sweep = file.sweep.map(|sweep| SweepSummary { seconds, ..sweep });
    Ok(Swept { file, choice, result, sheet })
}

/// Sweeps in memory.
///
/// # Errors
///
/// One class only, or numbers that do not add up.
pub(crate) fn swath(
    observed: &Observed,
    space: &Space,
    brief: Brief<'_>,
    context: &Context<'_>,
) -> Result<Swath> {
    let Brief { goal, provenance, subject, .. } = brief;
    let Observed { docket, order, enabled, thresholds, comparison, reading, .. } =
        observed;
    both_classes(observed)?;
    #[expect(
        clippy::disallowed_methods,
        reason = "the duration is printed, never stored"
    )]
    let start = std::time::Instant::now();
    let (result, mut sheet, survey) =
        docket.survey(space, enabled, *comparison, Unit::Case, &context.threads);
    let seconds = start.elapsed().as_secs_f64();
    sheet.campaigns = campaigns(observed);
    let base = docket.replay(order, enabled, thresholds, *comparison, Unit::Case);
    let causes = causes(docket.engine());
    let choice = choose(&result, goal)?;
    let counts = analysis::Counts {
        reading,
        unit: analysis::Unit::Case,
        tally: &base.tally,
        causes: &causes,
        cost: base.cost,
    };
    let summary = Summary::new(counts)?;
    let roster = docket.engine().roster();
    let word = roster.orientation(order);
    let class = space.orders.iter().position(|other| roster.orientation(other) == word);
    let stored = SweepSummary::new(&result, &choice, reading, analysis::Unit::Case, 0.0)?;
    let mut file = RunFile::new(RunKind::Sweep, provenance, summary);
    file.sweep = Some(stored);
    file.updates.clone_from(&observed.updates);
    file.context = Some(RunContext {
        order_class: class.and_then(|class| u32::try_from(class).ok()),
        goal: Some(*goal),
        ..run_context(observed, subject)
    });
    let class = class.and_then(|class| result.orders.get(class));
    let default_outcome = class.map_or(0, |row| row.outcome as usize);
    let told = told(&result, &[default_outcome, choice.outcome], survey.room());
    let settings = match observed.edition.ladder() {
        Ladder::Tiers if space.settings.len() > 1 => Space::every_thresholds(),
        Ladder::Tiers | Ladder::OneAction => space.settings.clone(),
    };
    let table = survey.fates(&settings, &told, &context.threads);
    drop(survey);
    let fates = CaseFates::new(docket.cases(), table, causes.clone());
    let (rows, base) = (base.rows, base.tally);
    Ok(Swath {
        fates: Some(fates),
        file,
        seconds,
        result,
        sheet,
        rows,
        causes,
        base,
        choice,
    })
}

/// The number of each case's campaign, in corpus time, by first appearance.
fn campaigns(observed: &Observed) -> Vec<u32> {
    let facts = observed.cases.facts.iter();
    let of: BTreeMap<_, _> = facts.map(|fact| (fact.case, fact.campaign)).collect();
    let mut numbers = BTreeMap::new();
    let number = |case: &sweep::Seen| {
        let campaign = of.get(&case.id).copied().unwrap_or(case.id);
        let next = u32::try_from(numbers.len()).expect("fewer than 2^32 campaigns");
        *numbers.entry(campaign).or_insert(next)
    };
    observed.docket.cases().iter().map(number).collect()
}

/// How often the choice would be made again on other draws of the campaigns; `None` where
/// the space is too large to be weighed again and again.
///
/// # Errors
///
/// The sheet does not fit the sweep.
pub(crate) fn stability(
    choice: &Choice,
    (result, sheet): (&SweepResult, &Sheet),
    labels: &[Label],
    made_with: &RunContext,
    goal: &Goal,
    context: &Context<'_>,
) -> Result<Option<Stability>> {
    let patterns =
        sheet.patterns(&result.settings, made_with.comparison, &result.causes)?;
    let Some(patterns) = patterns else { return Ok(None) };
    if labels.len() != sheet.cases.len() {
        bail!("the sweep's trace and its sheet are not of the same mail; sweep again");
    }
    let cases = Weighed { fates: &sheet.cases, labels, campaigns: &sheet.campaigns };
    let seed = context.global.seed();
    let draws = Resampling { draws: Resampling::STABILITY_DRAWS, seed };
    let how = (draws, &context.threads);
    Ok(Some(analysis::stability(choice, result, &patterns, cases, goal, how)))
}

/// An error where the mail is all ham or all spam.
fn both_classes(observed: &Observed) -> Result<()> {
    for label in Label::ALL {
        if !observed.docket.cases().iter().any(|case| case.label == label) {
            let text = format!("the mail has no {label}; add a source `{label}:PATH`");
            return Err(CannotJudge(text).into());
        }
    }
    Ok(())
}

/// What a run file says about the policy and the mail.
pub(crate) fn run_context(observed: &Observed, subject: &Subject) -> RunContext {
    let roster = observed.docket.engine().roster();
    let name = |agent: &u8| roster.names()[usize::from(*agent)].to_owned();
    RunContext {
        corpus: subject.corpus.clone(),
        filter: subject.filter.clone(),
        span: subject.span,
        order: observed.order.agents().iter().map(name).collect(),
        thresholds: observed.thresholds,
        comparison: observed.comparison,
        order_class: None,
        goal: None,
    }
}

/// Writes the run folder of a sweep, `run.json` last.
///
/// # Errors
///
/// A file cannot be written.
pub(crate) fn write_sweep(
    folder: &Path,
    swath: &Swath,
    spec: &PolicySpec,
    subject: &Subject,
    sizes: &Sizes,
) -> Result<()> {
    let Swath { file, result, sheet, fates, rows, causes, base, choice, .. } = swath;
    let provenance = &file.provenance;
    analysis::write_sweep(folder, result, provenance)?;
    analysis::write_sheet(folder, sheet, provenance)?;
    if let Some(fates) = fates {
        analysis::write_fates(folder, fates, provenance)?;
    }
    analysis::write_trace(folder, rows, causes, provenance)?;
    analysis::write_rates(folder, base)?;
    export::policy(&folder.join(BASE_POLICY), spec)?;
    let class = file.context.as_ref().and_then(|context| context.order_class);
    let default_outcome = class
        .and_then(|class| result.orders.get(class as usize))
        .map_or(0, |row| row.outcome as usize);
    let gallery = Gallery { sizes, folder, subject };
    gallery
        .tier_rates(&[("starting policy", base), ("best on this mail", &choice.tally)])?;
    gallery.scores(rows, base, &choice.thresholds)?;
    gallery.sweep(result, &choice.thresholds, default_outcome, choice.outcome)?;
    Ok(file.write(folder)?)
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
    let mut space = Space::of(observed.edition, &roster);
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
    /// Campaigns of good mail under the recommended one.
    pub(crate) campaigns: HamCampaigns,
    /// Time of the first and the last case.
    pub(crate) span: Option<(Timestamp, Timestamp)>,
    /// How much of it was learnt by what scored it.
    pub(crate) learnt: Learnt,
}

/// What is to be known of the tune mail besides its sweep.
pub(crate) struct Tuned {
    learnt: Learnt,
    span: Option<(Timestamp, Timestamp)>,
}

impl Tuned {
    /// That of a sweep's run file.
    pub(crate) fn of(file: &RunFile) -> Self {
        let span = file.context.as_ref().and_then(|context| context.span);
        Self { learnt: learnt(&file.summary), span }
    }

    /// What is amiss with a hold-out that ended before the middle of the tune mail's time.
    fn earlier(&self, holdout: &HeldOut) -> Option<String> {
        let ((from, to), (_, ended)) = self.span.zip(holdout.span)?;
        (ended.0 < i64::midpoint(from.0, to.0)).then(|| {
            format!(
                "the hold-out is earlier than the tune mail (it ends {ended}, the tune mail \
                 runs from {from} to {to}): mail to come is judged by a later one"
            )
        })
    }
}

fn learnt(summary: &Summary) -> Learnt {
    Learnt { count: summary.overlap, of: summary.cases }
}

/// Judges a choice on hold-out mail that is opened only now.
///
/// # Errors
///
/// The hold-out cannot be read, or the chosen policy cannot be written down.
pub(crate) fn recommend(
    choice: &Choice,
    goal: &Goal,
    spec: &PolicySpec,
    tuned: &Tuned,
    sealed: SealedHoldout<Option<impl FnOnce() -> Result<HeldOut>>>,
) -> Result<Recommended> {
    let holdout = match sealed.open(choice) {
        Some(read) => Some(read()?),
        None => None,
    };
    let judged = holdout.as_ref().map(|holdout| &holdout.recommended);
    let campaigns = holdout.as_ref().map(|holdout| &holdout.campaigns);
    let mut verification: Verification = verify(choice, judged.zip(campaigns), goal);
    let held = holdout.as_ref().map(|holdout| holdout.learnt).unwrap_or_default();
    let learnt: Vec<String> =
        [held.words("the hold-out mail"), tuned.learnt.words("the tune mail")]
            .into_iter()
            .flatten()
            .collect();
    if holdout.is_some() {
        verification = verification.taken_back(&learnt);
    }
    let mut recommendation = Recommendation::new(choice, &verification, judged);
    recommendation.notes.extend(learnt);
    recommendation
        .notes
        .extend(holdout.as_ref().and_then(|holdout| tuned.earlier(holdout)));
    let mut policy = spec.clone();
    policy.set_order(&choice.order)?;
    policy.set_thresholds(&choice.thresholds);
    Ok(Recommended { recommendation, policy, holdout })
}

impl HeldOut {
    /// Replays observed hold-out mail; its facts must be kept, as campaigns are among them.
    ///
    /// # Errors
    ///
    /// The choice names agents that are not there.
    pub(crate) fn new(choice: &Choice, observed: &Observed) -> Result<Self> {
        let Observed { docket, enabled, comparison, .. } = observed;
        let roster = docket.engine().roster();
        let agents = choice.order.iter().filter_map(|name| roster.find(name)).collect();
        let chosen = PriorityOrder::new(&roster, agents)?;
        let replay = |order: &PriorityOrder, thresholds: &Thresholds| {
            docket.replay(order, enabled, thresholds, *comparison, Unit::Case)
        };
        let recommended = replay(&chosen, &choice.thresholds);
        let fates = analysis::fates(&recommended.rows, &observed.cases.facts);
        let ended = fates.iter().map(|fate| (fate.group, fate.row.label, fate.row.tier));
        Ok(Self {
            base: replay(&observed.order, &observed.thresholds).tally,
            campaigns: HamCampaigns::new(ended),
            recommended: recommended.tally,
            span: observed.span(),
            learnt: Learnt {
                count: observed.reading.overlap,
                of: observed.reading.cases,
            },
        })
    }

    /// Reads both tallies off a sweep over the hold-out mail; its starting policy must be
    /// that of the sweep the choice comes from.
    ///
    /// # Errors
    ///
    /// The folder is no sweep, or the sweep does not cover the chosen policy.
    pub(crate) fn of_run(choice: &Choice, folder: &Path) -> Result<Self> {
        let shown = folder.display();
        let file = RunFile::read(folder)?;
        let result = analysis::read_sweep(folder)?;
        let base = match (&file.context, file.kind) {
            (Some(context), RunKind::Sweep | RunKind::Run) => &context.thresholds,
            _ => bail!("`{shown}` is no sweep over hold-out mail; make one with `sweep`"),
        };
        let class = file.context.as_ref().and_then(|context| context.order_class);
        let base_row = class.and_then(|class| result.orders.get(class as usize));
        let chosen_row = result.orders.iter().find(|row| {
            let names = row.order.iter().map(|at| result.agents.get(usize::from(*at)));
            names.eq(choice.order.iter().map(Some))
        });
        let tally = |row: Option<&sweep::OrderRow>, at: &Thresholds| {
            let at = analysis::canonical(at);
            let setting = result.settings.iter().position(|s| *s == at)?;
            let outcome = &result.outcomes[row?.outcome as usize];
            Some(result.tallies[outcome.tallies[setting] as usize].clone())
        };
        let missing = || {
            anyhow!(
                "`{shown}` does not cover the policy; sweep the hold-out mail over all \
                 orders and thresholds"
            )
        };
        let recommended = tally(chosen_row, &choice.thresholds).ok_or_else(missing)?;
        let outcome = chosen_row.map_or(0, |row| row.outcome as usize);
        let comparison = file.context.as_ref().map(|context| context.comparison);
        let sheet = analysis::read_sheet(folder)?;
        let settings = [analysis::canonical(&choice.thresholds)];
        let patterns =
            sheet.patterns(&settings, comparison.unwrap_or_default(), &result.causes)?;
        let (rows, _) = analysis::read_trace(folder)?;
        let labels = by_case(&rows).into_iter().map(|rows| rows[0].label);
        let patterns = patterns.ok_or_else(missing)?;
        let tiers = &patterns.tiers[patterns.of[outcome][0] as usize];
        let campaign = |at: u32| sheet.campaigns.get(at as usize).copied().unwrap_or(at);
        let ended = (0u32..).zip(&sheet.cases).zip(labels);
        let ended =
            ended.map(|((at, fate), label)| (campaign(at), label, tiers[*fate as usize]));
        Ok(Self {
            base: tally(base_row, base).ok_or_else(missing)?,
            campaigns: HamCampaigns::new(ended),
            recommended,
            learnt: learnt(&file.summary),
            span: file.context.as_ref().and_then(|context| context.span),
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
        "{}, {}",
        counted(sweep.outcome_distinct_orders, "outcome-distinct order", "s"),
        counted(sweep.distinct_tallies, "distinct tall", "ies"),
    ));
    out.push(format!("best by the goal: {}", sweep.best.thresholds));
    for change in &sweep.best.moves {
        out.push(format!("  {} to priority {}", change.agent, change.priority));
    }
    out.extend(crate::commands::replay::sentences(&swept.choice.tally));
    out
}

/// A count with its noun: `1 order`, `2 orders`.
fn counted(count: u64, noun: &str, many: &str) -> String {
    let one = if many == "ies" { "y" } else { "" };
    let ending = if count == 1 { one } else { many };
    format!("{} {noun}{ending}", analysis::thousands(count))
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
    out.push(format!(
        "{} of the neighbouring settings do exactly the same to the tune mail",
        recommendation.plateau
    ));
    out.extend(recommendation.stability.iter().flat_map(Stability::lines));
    if !recommendation.menu.is_empty() {
        out.push("menu, on the tune mail:".to_owned());
    }
    out.extend(recommendation.menu.iter().flat_map(analysis::MenuEntry::lines));
    out
}
