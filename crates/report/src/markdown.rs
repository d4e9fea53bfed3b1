//! A run as a short Markdown page: counts first, then per cent with its interval.

use std::fmt::Write as _;
use std::path::Path;

use mail::Tier;

use crate::caption::Caption;
use crate::error::Error;
use crate::estimate::Estimate;
use crate::render;
use crate::text;

/// What a summary page holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Summary {
    /// Title, corpus, counts, filter and dates, as above a chart.
    pub caption: Caption,
    /// The command that made the run; may be empty.
    pub command: String,
    /// Messages found, read or not.
    pub read: u64,
    /// Why messages were skipped, and how many each.
    pub skipped: Vec<(String, u64)>,
    /// Things to look at before trusting the numbers.
    pub warnings: Vec<String>,
    /// One section per policy.
    pub policies: Vec<PolicySection>,
}

/// One policy of a summary.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PolicySection {
    /// Name of the policy.
    pub name: String,
    /// Its thresholds in words; may be empty.
    pub thresholds: String,
    /// Tiers to show, mildest first.
    pub tiers: Vec<TierLine>,
    /// Who decided, most cases first; may be empty.
    pub decided: Vec<DecidedLine>,
}

/// One tier of one policy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TierLine {
    /// The tier.
    pub tier: Tier,
    /// Good mail that ended at the tier or harsher.
    pub false_positives: Estimate,
    /// Spam that ended milder than the tier.
    pub false_negatives: Estimate,
}

/// Cases that one agent put into one tier for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecidedLine {
    /// Agent name.
    pub agent: String,
    /// Reason as in the agent log.
    pub reason: String,
    /// The tier.
    pub tier: Tier,
    /// Good messages.
    pub ham: u64,
    /// Spam messages.
    pub spam: u64,
}

/// Writes the page to `path`: first under a temporary name beside it, then renamed.
///
/// # Errors
///
/// [`Error::Write`] where the file cannot be written.
pub fn write(summary: &Summary, path: &Path) -> Result<(), Error> {
    render::replace_file(path, page(summary).as_bytes())
}

/// The page. Everything that may come from outside is [`escape`]d.
pub fn page(summary: &Summary) -> String {
    let mut page = format!("# {}\n\n", escape(&summary.caption.title));
    for (name, value) in facts(summary) {
        if !value.is_empty() {
            line(&mut page, &format!("* {name}: {value}"));
        }
    }
    for warning in &summary.warnings {
        line(&mut page, &format!("\n> **Warning:** {}", escape(warning)));
    }
    for policy in &summary.policies {
        section(&mut page, policy);
    }
    line(
        &mut page,
        "\nFalse positives are good messages that ended at the tier or harsher, false \
         negatives spam that ended milder; intervals are exact 95 % intervals.",
    );
    page
}

fn facts(summary: &Summary) -> Vec<(&'static str, String)> {
    let caption = &summary.caption;
    let skipped: Vec<_> = summary
        .skipped
        .iter()
        .map(|(reason, count)| format!("{} {}", text::thousands(*count), escape(reason)))
        .collect();
    let skipped = if skipped.is_empty() { "none".into() } else { skipped.join(", ") };
    vec![
        ("corpus", escape(&caption.corpus)),
        ("messages", caption.counts()),
        ("read", text::thousands(summary.read)),
        ("skipped", skipped),
        ("received", caption.dates().unwrap_or_default()),
        ("filter", escape(&caption.filter)),
        ("command", escape(&summary.command)),
    ]
}

fn section(page: &mut String, policy: &PolicySection) {
    line(page, &format!("\n## {}\n", escape(&policy.name)));
    if !policy.thresholds.is_empty() {
        line(page, &format!("Thresholds: {}\n", escape(&policy.thresholds)));
    }
    line(page, "| Tier or harsher | False positives | | False negatives | |");
    line(page, "|---|---:|:---|---:|:---|");
    for TierLine { tier, false_positives, false_negatives } in &policy.tiers {
        let (hurt, missed) = (cells(false_positives), cells(false_negatives));
        line(page, &format!("| {tier} | {hurt} | {missed} |"));
    }
    if policy.decided.is_empty() {
        return;
    }
    line(page, "\n| Decided by | Reason | Tier | Good | Spam |\n|---|---|---|---:|---:|");
    for DecidedLine { agent, reason, tier, ham, spam } in &policy.decided {
        let (ham, spam) = (text::thousands(*ham), text::thousands(*spam));
        let (agent, reason) = (escape(agent), escape(reason));
        line(page, &format!("| {agent} | {reason} | {tier} | {ham} | {spam} |"));
    }
}

/// Count, then per cent with its interval; with no error only the upper bound.
fn cells(estimate: &Estimate) -> String {
    let Some(rate) = estimate.rate() else { return "0 of 0 | unknown".to_owned() };
    let (low, high) = estimate.bounds();
    let (count, of) = (text::thousands(estimate.count), text::thousands(estimate.of));
    let share = if estimate.count == 0 {
        format!("at most {}", significant(high))
    } else {
        let (rate, low, high) = (significant(rate), significant(low), significant(high));
        format!("{rate} ({low} to {high})")
    };
    format!("{count} of {of} | {share}")
}

/// Per cent with three significant digits.
fn significant(share: f64) -> String {
    let value = share * 100.0;
    let digits = (1_u8..12).find(|digits| value * 10f64.powi(i32::from(*digits)) >= 99.5);
    let digits = usize::from(digits.unwrap_or(12));
    if value > 0.0 { format!("{value:.digits$} %") } else { "0 %".to_owned() }
}

fn line(page: &mut String, words: &str) {
    writeln!(page, "{words}").expect("writing to a string cannot fail");
}

/// `text` as one line of plain words in Markdown, inside a table too: no mark-up, HTML,
/// link or mention of its own, no controls; at most 400 characters.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(512));
    let mut before = ' ';
    for c in text::clean(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '{' | '}' | '|' | '~' | ':' | '@'
            | '#' | '$' | '^' => out.extend(['\\', c]),
            // Some renderers turn a bare `www.` into a link.
            '.' if matches!(before, 'w' | 'W') => out.push_str("\\."),
            _ => out.push(c),
        }
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary() -> Summary {
        let estimate = |count, of, low, high| Estimate { count, of, low, high };
        let tier = |tier, false_positives, false_negatives| TierLine {
            tier,
            false_positives,
            false_negatives,
        };
        Summary {
            caption: Caption {
                title: "Replay".into(),
                corpus: "<b>|corpus|</b>\n# not a heading".into(),
                ham: 2075,
                spam: 948,
                filter: "built-in".into(),
                ..Caption::default()
            },
            command: "sclbench replay ham:a spam:b".into(),
            read: 3025,
            skipped: vec![("empty".into(), 2)],
            warnings: vec!["see www.example.org".into()],
            policies: vec![PolicySection {
                name: "default".into(),
                thresholds: "reject 7, junk 4".into(),
                tiers: vec![
                    tier(
                        Tier::Junk,
                        estimate(24, 2075, 0.007_426, 0.017_153),
                        estimate(96, 948, 0.0828, 0.122_273),
                    ),
                    tier(
                        Tier::Delete,
                        estimate(0, 2075, 0.0, 0.001_776),
                        estimate(948, 948, 0.996_116, 1.0),
                    ),
                    tier(
                        Tier::Reject,
                        estimate(0, 0, 0.0, 1.0),
                        estimate(0, 0, 0.0, 1.0),
                    ),
                ],
                decided: vec![DecidedLine {
                    agent: "Content Filter Agent".into(),
                    reason: "SclAtOrAboveRejectThreshold".into(),
                    tier: Tier::Reject,
                    ham: 3,
                    spam: 734,
                }],
            }],
        }
    }

    #[test]
    fn a_page_gives_counts_then_per_cent_with_intervals() {
        insta::assert_snapshot!(page(&summary()));
    }

    #[test]
    fn outside_text_stays_text() {
        assert_eq!(
            escape("[a](b) `c` <d> & | e\r\n# f"),
            "\\[a\\](b) \\`c\\` &lt;d&gt; &amp; \\| e \\# f"
        );
        assert_eq!(escape("http://www.x.y @me"), "http\\://www\\.x.y \\@me");
        assert!(escape(&"x".repeat(10_000)).len() <= 400);
    }

    #[test]
    fn shares_keep_three_digits_however_small() {
        let shown = [1.0, 0.123_456, 0.0456, 0.000_017_8, 2.9e-9].map(significant);
        assert_eq!(shown, ["100.0 %", "12.3 %", "4.56 %", "0.00178 %", "0.000000290 %"]);
        assert_eq!(significant(0.0), "0 %");
    }

    #[test]
    fn the_page_is_written_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("summary.md");
        write(&summary(), &path).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), page(&summary()));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(write(&summary(), &folder.path().join("no/summary.md")).is_err());
    }
}
