//! A back-test in lines for people.

use analysis::{
    Promise, PromiseCount, PromiseStanding, Regime, holm_adjusted, percent, thousands,
};
use mail::{Label, Timestamp};

use super::Step;

/// Above this p-value, broken promises may be chance.
const LEVEL: f64 = 0.05;

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
    let least = least_p(counts);
    lines.extend(counts.iter().zip(least).filter_map(|(count, p)| count_line(count, p)));
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

/// The p-values if every promise of every row were broken: no smaller ones are possible.
fn least_p(counts: &[PromiseCount]) -> Vec<f64> {
    let all_broken = |count: &PromiseCount| {
        let promises = i32::try_from(count.promises).unwrap_or(i32::MAX);
        count.chance.powi(promises)
    };
    holm_adjusted(&counts.iter().map(all_broken).collect::<Vec<_>>())
}

fn count_line(count: &PromiseCount, least_p: f64) -> Option<String> {
    if count.promises == 0 {
        return None;
    }
    let words = match count.p_holm <= LEVEL {
        true => "more than chance",
        false if least_p > LEVEL => "too few periods to tell",
        false => "no more than chance",
    };
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

#[cfg(test)]
mod tests {
    use mail::Tier;

    use super::*;

    #[test]
    fn too_few_periods_are_named_and_not_taken_for_chance() {
        let words = |promises: u64, broken: u64, p_value: f64| {
            let each = Label::ALL.into_iter().flat_map(|l| Tier::ACTING.map(|t| (l, t)));
            let counts: Vec<_> = each
                .map(|(label, tier)| PromiseCount {
                    label,
                    tier,
                    promises,
                    exceeded: broken,
                    broken,
                    chance: 0.1,
                    p_value,
                    p_holm: (8.0 * p_value).min(1.0),
                })
                .collect();
            count_line(&counts[0], least_p(&counts)[0])
        };
        let ends =
            |line: Option<String>, end: &str| line.is_some_and(|l| l.ends_with(end));
        // Even two of two broken are 8 x 0.01 after Holm; three of three are 8 x 0.001.
        assert!(ends(words(2, 2, 0.01), ": too few periods to tell"));
        assert!(ends(words(3, 1, 0.271), ": no more than chance"));
        assert!(ends(words(3, 3, 0.001), ": more than chance"));
        assert_eq!(words(0, 0, 1.0), None);
    }
}
