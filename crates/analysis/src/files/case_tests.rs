use std::sync::Arc;

use mail::{JunkComparison, Label, Provenance, Tier};

use super::slices::slices_csv;
use super::*;
use crate::testing::{causes, fact, scored_row, thresholds, trace_row, with_gauge};
use crate::{CaseFact, Error, SliceKey, fates, slices};

fn provenance(seed: u64) -> Provenance {
    let (command, version) = ("sclbench replay a".into(), "0.1.0".into());
    Provenance { command, version, seed, inputs: Vec::new() }
}

fn table() -> CaseTable {
    let facts = (0..5).map(|id| {
        let language = (id % 2 == 0).then(|| Arc::from("deu"));
        let source = Arc::from(format!("mail, \"{id}\"\n"));
        let row = trace_row(id, Label::Ham, Tier::Inbox);
        CaseFact { source, language, ..fact(&row, 3) }
    });
    CaseTable {
        facts: facts.collect(),
        sources: vec!["ham:my mail".into(), "spam:b".into()],
        thresholds: thresholds([9, 7, -1, 4]),
        junk_comparison: JunkComparison::Ge,
    }
}

#[test]
fn cases_come_back_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<_> = (0..5).map(|id| scored_row(id, Label::Ham, 3, 0.5)).collect();
    write_trace(folder.path(), &rows, &causes(), &provenance(1)).unwrap();
    let mut twice = table();
    twice.facts.extend(table().facts);
    twice.facts.reverse();
    write_cases(folder.path(), &twice, &provenance(1)).unwrap();
    let read = read_run_trace(folder.path()).unwrap();
    assert_eq!((read.rows, read.cases), (rows, table()));
    write_cases(folder.path(), &CaseTable::default(), &provenance(1)).unwrap();
    assert_eq!(read_run_trace(folder.path()).unwrap().cases, CaseTable::default());
}

#[test]
fn cases_of_another_run_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    write_trace(folder.path(), &[], &causes(), &provenance(1)).unwrap();
    let missing = read_run_trace(folder.path()).unwrap_err().to_string();
    assert!(missing.contains("cases.parquet` is missing: a run made from"), "{missing}");
    assert!(missing.contains("`replay` the mail"), "{missing}");
    write_cases(folder.path(), &table(), &provenance(2)).unwrap();
    assert!(matches!(read_run_trace(folder.path()), Err(Error::MixedRuns { .. })));
}

#[test]
fn every_row_of_the_slices_has_every_cell() {
    let mut rows = vec![scored_row(1, Label::Ham, 2, 0.1)];
    rows.push(scored_row(2, Label::Spam, 9, 0.9));
    rows.push(trace_row(3, Label::Ham, Tier::Reject));
    rows[1].category = "=1+1\n,\"".into();
    let fates = fates(&rows, &[]);
    let found =
        with_gauge(|gauge| slices(&fates, &causes(), &[SliceKey::Category], gauge));
    let csv = slices_csv(&found);
    let lines: Vec<_> = csv.lines().collect();
    assert!(lines[0].starts_with("slice,value,measure,at,count,of,estimate,low,high"));
    // Per set of cases: 4 tiers of 6 measures, 12 levels, 10 figures.
    assert_eq!(lines.len(), 1 + 3 * (4 * 6 + 12 + 10));
    let odd: Vec<_> = lines.iter().filter(|line| line.contains("'=1+1")).collect();
    assert_eq!(odd.len(), 46, "the message's own category, quoted and disarmed");
    assert!(odd[0].starts_with("category,\"'=1+1 ,\"\"\","), "{}", odd[0]);
    for line in lines.iter().filter(|line| !line.contains("'=1+1")) {
        assert_eq!(line.matches(',').count(), 10, "{line}");
    }
}
