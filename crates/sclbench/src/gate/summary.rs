//! The gate in words: for the terminal, and as Markdown for a pull request.

use std::fmt::Write as _;

use analysis::{DetectableLoss, GateFlip, GateReport, GateTier, percent, thousands};
use mail::{Label, Tier};

use super::escape::markdown as safe;

/// Flips that are listed; the rest is counted.
const MOST_FLIPS: usize = 50;

/// The report in lines for people: verdict first.
pub(crate) fn lines(report: &GateReport) -> Vec<String> {
    let mut out = vec![format!("verdict: {}", report.verdict.name())];
    out.extend(report.why.iter().cloned());
    out.push(format!(
        "{:<16}{:>18}{:>18}{:>9}{:>9}{:>10}  movement",
        "errors", "baseline", "now", "worse", "better", "p (Holm)"
    ));
    for row in &report.tiers {
        let turned = |count: Option<u64>| count.map_or("-".to_owned(), thousands);
        out.push(format!(
            "{:<16}{:>18}{:>18}{:>9}{:>9}{:>10.2e}  {}",
            format!("{} {}", row.label, row.tier),
            format!("{}/{}", row.before.count, row.before.of),
            format!("{}/{}", row.now.count, row.now.of),
            turned(row.worse),
            turned(row.better),
            row.p_holm,
            movement(row)
        ));
    }
    out.extend(seen(report));
    let shown = report.flips.iter().take(MOST_FLIPS);
    out.extend(shown.map(|flip| {
        format!(
            "{} {} {} -> {} ({}: {})",
            if flip.worse { "worse " } else { "better" },
            name(flip),
            flip.from,
            flip.to,
            flip.agent,
            flip.reason
        )
    }));
    out.extend(more(report));
    out
}

/// The report as Markdown.
pub(crate) fn markdown(report: &GateReport) -> String {
    let mut out = format!("## sclbench check: {}\n\n", report.verdict.name());
    let mut line = |text: String| {
        out.push_str(&text);
        out.push('\n');
    };
    report.why.iter().for_each(|why| line(format!("* {}", safe(why))));
    for warning in &report.warnings {
        line(format!("* **Warning:** {}", safe(warning)));
    }
    line(String::new());
    line("| Errors | Baseline | Now | Worse | Better | p (Holm) | Movement |".into());
    line("|---|---:|---:|---:|---:|---:|---|".into());
    for row in &report.tiers {
        let turned = |count: Option<u64>| count.map_or("–".to_owned(), thousands);
        let count = |rate: &analysis::Rate| {
            format!("{} of {}", thousands(rate.count), thousands(rate.of))
        };
        let what = match row.label {
            Label::Ham => format!("ham at {} or harsher", row.tier),
            Label::Spam => format!("spam milder than {}", row.tier),
        };
        line(format!(
            "| {what} | {} | {} | {} | {} | {:.2e} | {} |",
            count(&row.before),
            count(&row.now),
            turned(row.worse),
            turned(row.better),
            row.p_holm,
            movement(row)
        ));
    }
    line(String::new());
    seen(report).into_iter().for_each(|seen| line(format!("{}.", safe(&seen))));
    if !report.flips.is_empty() {
        line(String::new());
        line("| Message | Baseline | Now | Decided now |".into());
        line("|---|---|---|---|".into());
    }
    for flip in report.flips.iter().take(MOST_FLIPS) {
        let worse = if flip.worse { "**" } else { "" };
        line(format!(
            "| {worse}{}{worse} | {} | {} | {}: {} |",
            name(flip),
            flip.from,
            flip.to,
            safe(&flip.agent),
            safe(&flip.reason)
        ));
    }
    more(report).into_iter().for_each(|more| {
        line(String::new());
        line(format!("{more}."));
    });
    out
}

fn movement(row: &GateTier) -> &'static str {
    use analysis::Movement;
    match row.movement {
        Movement::Unjudged => "cannot be judged",
        Movement::Unchanged => "unchanged",
        Movement::Worse => "worse, not a regression",
        Movement::Regression => "regression",
        Movement::Better => "better",
        Movement::Improvement => "improvement",
    }
}

fn name(flip: &GateFlip) -> String {
    format!("{} {}", flip.key.label, flip.key.id)
}

fn more(report: &GateReport) -> Option<String> {
    let more = report.flips.len().saturating_sub(MOST_FLIPS) as u64;
    (more > 0).then(|| format!("{} more messages changed tier", thousands(more)))
}

/// The smallest loss the check could have seen, one line per label; tiers that share a
/// number are named together.
fn seen(report: &GateReport) -> Vec<String> {
    let of_label = |label: Label| {
        let rows = report.detectable_loss.iter().filter(move |row| row.label == label);
        let rows: Vec<&DetectableLoss> = rows.collect();
        if rows.is_empty() {
            return None;
        }
        let mut text = format!("smallest loss of {label} that would have failed:");
        let parts = rows.chunk_by(|a, b| a.messages == b.messages).map(|rows| {
            let tiers: Vec<&str> = rows.iter().map(|row| Tier::name(row.tier)).collect();
            let count = match rows[0].messages {
                Some(messages) => format!(
                    "{} of {} ({})",
                    thousands(messages),
                    thousands(rows[0].of),
                    percent(rows[0].share().unwrap_or_default())
                ),
                None => "none".to_owned(),
            };
            format!(" {count} at {}", tiers.join(", "))
        });
        let parts: Vec<String> = parts.collect();
        write!(text, "{}", parts.join(";")).expect("a string takes all");
        Some(text)
    };
    Label::ALL.into_iter().filter_map(of_label).collect()
}
