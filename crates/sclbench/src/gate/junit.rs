//! The gate as JUnit XML: one test case per label and tier, one per never-regress message,
//! one for whether it can be judged.
//!
//! Failures are regressions and an error is "cannot judge", so that a reader of the file
//! and a reader of the exit code see the same. Written by hand: the format is a dozen lines,
//! a library for it brings time zones and unique ids, which differ from run to run.

use std::fmt::Write as _;

use analysis::{GateReport, GateVerdict, Movement, percent, thousands};

use super::escape::xml;

/// One test case; `Some` holds the element's name and its message.
struct Case {
    class: &'static str,
    name: String,
    ended: Option<(&'static str, String)>,
}

/// The report as JUnit XML.
pub(crate) fn junit(report: &GateReport) -> String {
    let cases = cases(report);
    let count = |name: &str| {
        let ended = cases.iter().filter_map(|case| case.ended.as_ref());
        ended.filter(|ended| ended.0 == name).count()
    };
    let (failures, errors, tests) = (count("failure"), count("error"), cases.len());
    let totals = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\"");
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"sclbench check\" \
         {totals}>\n  <testsuite name=\"sclbench check\" {totals}>\n"
    );
    for Case { class, name, ended } in &cases {
        let head = format!("    <testcase classname=\"{class}\" name=\"{}\"", xml(name));
        let rest = match ended {
            None => "/>\n".to_owned(),
            Some((element, message)) => format!(
                ">\n      <{element} type=\"{class}\" message=\"{}\"/>\n    </testcase>\n",
                xml(message)
            ),
        };
        out.push_str(&head);
        out.push_str(&rest);
    }
    let said = report.why.iter().chain(&report.warnings);
    let said: Vec<String> = said.map(|line| xml(line)).collect();
    write!(
        out,
        "    <system-out>verdict {}\n{}</system-out>\n  </testsuite>\n</testsuites>\n",
        report.verdict.name(),
        said.join("\n")
    )
    .expect("a string takes all");
    out
}

fn cases(report: &GateReport) -> Vec<Case> {
    let tiers = report.tiers.iter().map(|row| {
        let message = format!(
            "{} errors of {}, {} in the baseline; loss {}, allowed {}; p {:.2e} after Holm",
            thousands(row.now.count),
            thousands(row.now.of),
            thousands(row.before.count),
            percent(row.loss),
            percent(row.allowed),
            row.p_holm
        );
        let failed = row.movement == Movement::Regression;
        Case {
            class: "sclbench.tiers",
            name: format!("{} at {}", row.label, row.tier),
            ended: failed.then_some(("failure", message)),
        }
    });
    let broken = report.broken.iter().map(|broken| Case {
        class: "sclbench.never-regress",
        name: format!("{} {}", broken.key.label, broken.key.id),
        ended: Some((
            "failure",
            format!(
                "may end at {} at worst, ended at {} ({}: {})",
                broken.limit, broken.now, broken.agent, broken.reason
            ),
        )),
    });
    let judged = Case {
        class: "sclbench.judgement",
        name: "can be judged".to_owned(),
        ended: (report.verdict == GateVerdict::CannotJudge)
            .then(|| ("error", report.why.join("; "))),
    };
    tiers.chain(broken).chain([judged]).collect()
}
