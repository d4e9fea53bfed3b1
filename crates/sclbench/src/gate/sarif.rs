//! The gate as SARIF 2.1.0, for hosts that show findings beside the code. Findings stand at
//! the baseline file: that is what a change has to answer to.

use analysis::{GateReport, GateVerdict, Movement, percent, thousands};
use serde_json::{Value, json};

/// Flips beyond this many are left out; hosts refuse large files.
const MOST_FLIPS: usize = 500;

/// The report as SARIF; `baseline` is the file's name as typed.
pub(crate) fn sarif(report: &GateReport, baseline: &str) -> Value {
    let at = json!([{"physicalLocation": {
        "artifactLocation": {"uri": uri(baseline)},
        "region": {"startLine": 1},
    }}]);
    let finding = |rule: &str, level: &str, text: String, print: String| {
        json!({
            "ruleId": rule,
            "level": level,
            "message": {"text": text},
            "locations": at,
            "partialFingerprints": {"sclbench/v1": print},
        })
    };
    let mut results = Vec::new();
    for row in report.tiers.iter().filter(|row| row.movement == Movement::Regression) {
        let text = format!(
            "{} at {}: {} errors of {}, {} in the baseline; loss {} where {} may pass",
            row.label,
            row.tier,
            thousands(row.now.count),
            thousands(row.now.of),
            thousands(row.before.count),
            percent(row.loss),
            percent(row.allowed)
        );
        let print = format!("{}-{}", row.label, row.tier);
        results.push(finding("tier-regression", "error", text, print));
    }
    for broken in &report.broken {
        let text = format!(
            "{} {} may end at {} at worst and ended at {} ({}: {})",
            broken.key.label,
            broken.key.id,
            broken.limit,
            broken.now,
            broken.agent,
            broken.reason
        );
        results.push(finding("never-regress", "error", text, broken.key.id.clone()));
    }
    if report.verdict == GateVerdict::CannotJudge {
        let text = report.why.join("; ");
        results.push(finding("cannot-judge", "error", text, "cannot-judge".into()));
    }
    for warning in &report.warnings {
        let print = warning.split(':').next().unwrap_or_default().to_owned();
        results.push(finding("warning", "warning", warning.clone(), print));
    }
    for flip in report.flips.iter().filter(|flip| flip.worse).take(MOST_FLIPS) {
        let text = format!(
            "{} {} ended at {}, at {} in the baseline ({}: {})",
            flip.key.label, flip.key.id, flip.to, flip.from, flip.agent, flip.reason
        );
        results.push(finding("flip", "note", text, flip.key.id.clone()));
    }
    let rule =
        |id: &str, text: &str| json!({"id": id, "shortDescription": {"text": text}});
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "sclbench check",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": [
                    rule("tier-regression", "An error rate is larger than the baseline's"),
                    rule("never-regress", "A message that must never end worse did"),
                    rule("cannot-judge", "Too little mail for a verdict"),
                    rule("warning", "To be looked at before trusting the verdict"),
                    rule("flip", "A message ended worse than in the baseline"),
                ],
            }},
            "properties": {
                "verdict": report.verdict.name(),
                "exitCode": report.exit_code,
            },
            "results": results,
        }],
    })
}

/// A path as a relative reference: every byte that a URI cannot hold is escaped.
fn uri(path: &str) -> String {
    let mut out = String::new();
    for byte in path.replace('\\', "/").bytes() {
        match byte {
            b'a'..=b'z'
            | b'A'..=b'Z'
            | b'0'..=b'9'
            | b'/'
            | b'.'
            | b'-'
            | b'_'
            | b'~' => {
                out.push(char::from(byte));
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}
