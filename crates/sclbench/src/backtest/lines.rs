//! A back-test in lines for people.

use analysis::{Promise, PromiseCount, PromiseStanding, Regime, percent, thousands};
use mail::{Label, Timestamp};

use super::Step;

/// One regime: every step, then how the promises fared.
pub(crate) fn lines(
    regime: &Regime,
    steps: &[Step],
    counts: &[PromiseCount],
) -> Vec<String> {
    let mut lines =
        vec![format!("{} feedback: {}", regime.feedback.name(), regime.words())];
    for step in steps {
        lines.extend(step_lines(step));
    }
    lines
        .push(format!("promises under {} feedback (p by Holm):", regime.feedback.name()));
    lines.extend(counts.iter().filter_map(count_line));
    lines
}

fn step_lines(step: &Step) -> Vec<String> {
    let day = |time: Timestamp| time.to_string().chars().take(10).collect::<String>();
    let mut lines = vec![format!(
        "period {}  {} to {}: {} good, {} spam",
        step.period,
        day(step.from),
        day(step.until),
        thousands(step.messages.ham),
        thousands(step.messages.spam),
    )];
    let assumed = match step.assumed {
        0 => String::new(),
        n => format!(", {} assumed ({} wrongly)", thousands(n), thousands(step.wrong)),
    };
    lines.push(format!(
        "  {} of {} labels told{assumed}; chosen by {}: {}",
        thousands(step.told),
        thousands(step.past),
        thousands(step.tuned.ham + step.tuned.spam),
        step.thresholds
    ));
    for change in &step.moves {
        lines.push(format!("  {} to priority {}", change.agent, change.priority));
    }
    let told = |promise: &&Promise| promise.standing != PromiseStanding::Empty;
    lines.extend(step.promises.iter().filter(told).map(promise_line));
    lines
}

/// `  junk        FP   3 of 120  2.5 %  promised at most 1.20 %  exceeded`.
fn promise_line(promise: &Promise) -> String {
    let Promise { tier, promised, delivered, standing, .. } = promise;
    let measure = measure(promise.label);
    format!(
        "  {:<11}{measure} {:>6} of {:<6} {:>8}  promised at most {:>8}  {}",
        tier.name(),
        thousands(delivered.count),
        thousands(delivered.of),
        percent(delivered.rate),
        percent(*promised),
        standing.name()
    )
}

const fn measure(label: Label) -> &'static str {
    match label {
        Label::Ham => "FP",
        Label::Spam => "FN",
    }
}

fn count_line(count: &PromiseCount) -> Option<String> {
    if count.promises == 0 {
        return None;
    }
    let words =
        if count.p_holm <= 0.05 { "more than chance" } else { "no more than chance" };
    Some(format!(
        "  {:<11}{} {} of {} broken, {} over the bound, p {:.2}: {words}",
        count.tier.name(),
        measure(count.label),
        count.broken,
        count.promises,
        count.exceeded,
        count.p_holm
    ))
}
