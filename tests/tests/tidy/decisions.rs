//! Points that no public source settles: each has its row in FIDELITY, and code that names one
//! names a row.

use std::collections::BTreeSet;

/// Points of the specification's register.
const POINTS: u8 = 37;

/// Points without a row, rows in disorder, rows that say nothing.
pub(crate) fn check(fidelity: &str) -> Vec<String> {
    let rows = fidelity.lines().filter_map(|line| line.strip_prefix("| U"));
    let rows: Vec<(&str, &str)> = rows
        .filter_map(|row| row.split_once(' '))
        .map(|(number, rest)| (number, rest.split('|').nth(1).unwrap_or_default().trim()))
        .collect();
    let mut findings = Vec::new();
    for point in 1..=POINTS {
        match rows.get(usize::from(point) - 1) {
            Some((number, text)) if *number == point.to_string() => {
                if text.is_empty() {
                    findings.push(format!("U{point} has no decision in FIDELITY"));
                }
            }
            Some(_) | None => findings.push(format!("U{point} is not in its place")),
        }
    }
    if rows.len() > usize::from(POINTS) {
        findings.push(format!("FIDELITY has {} rows of open points", rows.len()));
    }
    findings
}

/// Points that a text names and that are not in the register.
pub(crate) fn unknown(path: &str, text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    let points = words.filter_map(|word| word.strip_prefix('U')?.parse::<u8>().ok());
    let wrong: BTreeSet<u8> = points.filter(|at| !(1..=POINTS).contains(at)).collect();
    wrong
        .iter()
        .map(|point| format!("{path} names U{point}, which is no point"))
        .collect()
}

#[test]
fn a_missing_or_empty_row_is_found() {
    let row = |point: u8| format!("| U{point} of something | decided |\n");
    let whole: String = (1..=POINTS).map(row).collect();
    assert_eq!(check(&whole).len(), 0);
    assert_eq!(check(&whole.replace("| U5 of something | decided |\n", "")).len(), 33);
    assert_eq!(check(&whole.replace(&row(9), "| U9 of something | |\n")).len(), 1);
    assert_eq!(check(&(whole + &row(38))).len(), 1);
    assert_eq!(unknown("a.rs", "decision on U38, U7 and Utf8").len(), 1);
}
