//! Score tables as CSV: a first line `#sclbench-scores` with everything about the run as
//! JSON, then a header and one row per message and recipient.
//!
//! Values with a comma, a quote or a line break are quoted. Nothing in the rows comes from a
//! message, so no value can begin a formula.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use mail::{CaseId, Scl, SenderIdResult, Timestamp};
use sweep::TraceRow;

use super::trace::sender_id;
use crate::{ScoreMeta, ScoreTable};

const MARK: &str = "#sclbench-scores ";
const HEAD: &str = "case,label,time,recipient,tier,agent,reason,scl,score,sender_id,\
                    scanned,dns_questions,fate";

/// The table as CSV.
pub(super) fn text(table: &ScoreTable) -> Result<String, serde_json::Error> {
    let mut out = format!("{MARK}{}\n{HEAD}\n", serde_json::to_string(&table.meta)?);
    for (row, fate) in table.rows.iter().zip(&table.fates) {
        let [agent, reason] = table
            .meta
            .causes
            .get(usize::from(row.cause))
            .map_or(["", ""], |cause| [cause[0].as_str(), cause[1].as_str()]);
        let day: String = row.time.to_string().chars().take(10).collect();
        let or_none = |value: Option<String>| value.unwrap_or_default();
        writeln!(
            out,
            "{},{},{day},{},{},{},{},{},{},{},{},{},{}",
            row.case,
            row.label,
            row.recipient,
            row.tier,
            quoted(agent),
            quoted(reason),
            or_none(row.scl.map(|scl| scl.get().to_string())),
            or_none(row.score.map(|score| format!("{score:?}"))),
            or_none(row.sender_id.map(|result| SenderIdResult::name(result).to_owned())),
            row.scanned,
            row.dns_questions,
            or_none(fate.map(|fate| fate.to_string())),
        )
        .expect("a string takes all");
    }
    Ok(out)
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// Reads the text back.
pub(super) fn parse(text: &str) -> Result<ScoreTable, String> {
    let mut lines = text.lines();
    let meta = lines
        .next()
        .and_then(|line| line.strip_prefix(MARK))
        .ok_or("line 1: no score table; make one with `sclbench scores export`")?;
    let meta: ScoreMeta = serde_json::from_str(meta)
        .map_err(|error| format!("line 1: {error}; export the run again"))?;
    if lines.next() != Some(HEAD) {
        return Err(format!(
            "line 2: the columns are not `{HEAD}`; export the run again"
        ));
    }
    let causes: BTreeMap<(&str, &str), u16> = (0..)
        .zip(&meta.causes)
        .map(|(at, [agent, reason])| ((agent.as_str(), reason.as_str()), at))
        .collect();
    let (mut rows, mut fates) = (Vec::new(), Vec::new());
    for (number, line) in (3..).zip(lines) {
        let (row, fate) = row(line, &causes).map_err(|column| {
            format!(
                "line {number}: column `{column}` cannot be read; export the run again"
            )
        })?;
        rows.push(row);
        fates.push(fate);
    }
    Ok(ScoreTable { meta, rows, fates })
}

/// One row, or the name of the column that is wrong.
fn row(
    line: &str,
    causes: &BTreeMap<(&str, &str), u16>,
) -> Result<(TraceRow, Option<u32>), &'static str> {
    let values = split(line).ok_or("case")?;
    let [
        case,
        label,
        time,
        recipient,
        tier,
        agent,
        reason,
        scl,
        score,
        sender,
        scanned,
        dns,
        fate,
    ] = <[String; 13]>::try_from(values).map_err(|_| "fate")?;
    fn maybe<T>(text: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, ()> {
        if text.is_empty() { Ok(None) } else { parse(text).map(Some).ok_or(()) }
    }
    let level = |text: &str| text.parse().ok().and_then(|level| Scl::new(level).ok());
    let row = TraceRow {
        case: case.parse::<CaseId>().map_err(|_| "case")?,
        label: label.parse().map_err(|_| "label")?,
        category: String::new(),
        time: Timestamp::parse(&format!("{time}T00:00:00Z")).map_err(|_| "time")?,
        recipient: recipient.parse::<u32>().map_err(|_| "recipient")?.to_string(),
        tier: tier.parse().map_err(|_| "tier")?,
        cause: *causes.get(&(agent.as_str(), reason.as_str())).ok_or("reason")?,
        detail: String::new(),
        scl: maybe(&scl, level).map_err(|()| "scl")?,
        score: maybe(&score, |text| text.parse().ok()).map_err(|()| "score")?,
        sender_id: maybe(&sender, sender_id).map_err(|()| "sender_id")?,
        scanned: scanned.parse().map_err(|_| "scanned")?,
        dns_questions: dns.parse().map_err(|_| "dns_questions")?,
        response: String::new(),
        report: String::new(),
        tarpit_seconds: 0,
    };
    let fate = maybe(&fate, |text| text.parse().ok()).map_err(|()| "fate")?;
    Ok((row, fate))
}

/// The values of one line; `None` where a quote is not closed.
fn split(line: &str) -> Option<Vec<String>> {
    let mut values = vec![String::new()];
    let mut chars = line.chars().peekable();
    let mut inside = false;
    while let Some(c) = chars.next() {
        let last = values.last_mut()?;
        match (inside, c) {
            (true, '"') if chars.peek() == Some(&'"') => {
                chars.next();
                last.push('"');
            }
            (true, '"') => inside = false,
            (false, '"') if last.is_empty() => inside = true,
            (false, ',') => values.push(String::new()),
            (_, c) => last.push(c),
        }
    }
    (!inside).then_some(values)
}
