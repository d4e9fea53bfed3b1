use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use mail::{
    CaseId, InputDigest, Label, Provenance, Scl, SenderIdResult, Tier, Timestamp,
};
use proptest::prelude::*;
use sweep::{SweepResult, TraceRow};

use super::*;
use crate::testing::{causes, example, sweeps, tally};
use crate::{
    Cost, Counts, Error, Goal, HamCampaigns, Reading, Recommendation, RunFile, RunKind,
    Summary, SweepSummary, Unit, choose, verify,
};

const TABLES: [&str; 4] = ["sweep", "sweep_decided", "orders", "settings"];

fn provenance() -> Provenance {
    Provenance {
        command: "sclbench sweep \"ham:a\" spam:b".into(),
        version: "0.1.0".into(),
        seed: 7,
        inputs: vec![InputDigest {
            role: "corpus".into(),
            name: "a".into(),
            sha256: "ab".repeat(32),
        }],
    }
}

fn written(sweep: &SweepResult) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_sweep(folder.path(), sweep, &provenance()).unwrap();
    folder
}

fn bytes(folder: &Path, table: &str) -> Vec<u8> {
    fs::read(folder.join(format!("{table}.parquet"))).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_sweep_comes_back_as_it_was(sweep in sweeps(0..30, 0..30)) {
        let (once, twice) = (written(&sweep), written(&sweep));
        prop_assert_eq!(read_sweep(once.path()).unwrap(), sweep);
        for table in TABLES {
            prop_assert_eq!(bytes(once.path(), table), bytes(twice.path(), table));
        }
        let names = fs::read_dir(once.path()).unwrap().count();
        prop_assert_eq!(names, TABLES.len());
    }
}

#[test]
fn an_empty_sweep_comes_back_too() {
    let mut sweep = example();
    sweep.outcomes.clear();
    sweep.orders.clear();
    sweep.settings.clear();
    assert_eq!(read_sweep(written(&sweep).path()).unwrap(), sweep);
}

#[test]
fn many_outcomes_span_row_groups() {
    let mut sweep = example();
    let (row, outcome) = (sweep.orders[0].clone(), sweep.outcomes[0].clone());
    for id in 1..250 {
        sweep.orders.push(sweep::OrderRow { outcome: id, ..row.clone() });
        let tallies = outcome.tallies.iter().map(|t| (t + id) % 4).collect();
        sweep.outcomes.push(sweep::Outcome {
            representative: id,
            order_classes: 1,
            tallies,
        });
    }
    assert_eq!(read_sweep(written(&sweep).path()).unwrap(), sweep);
}

#[test]
fn a_truncated_table_is_named() {
    let folder = written(&example());
    let path = folder.path().join("settings.parquet");
    let whole = fs::read(&path).unwrap();
    for length in [0, 3, 8, whole.len() / 2, whole.len() - 20, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        let message = read_sweep(folder.path()).unwrap_err().to_string();
        assert!(
            message.contains("settings.parquet: not a readable Parquet")
                || message.contains("settings.parquet: a damaged or shortened Parquet"),
            "{message}"
        );
    }
    fs::remove_file(&path).unwrap();
    let message = read_sweep(folder.path()).unwrap_err().to_string();
    assert!(message.contains("settings.parquet: cannot read"), "{message}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// A damaged table is an error, whichever bit is wrong; never a panic or an abort.
    #[test]
    fn a_damaged_table_does_no_harm(at in any::<prop::sample::Index>(), bit in 0u8..8) {
        let folder = written(&example());
        for table in TABLES {
            let path = folder.path().join(format!("{table}.parquet"));
            let whole = fs::read(&path).unwrap();
            let mut damaged = whole.clone();
            damaged[at.index(whole.len())] ^= 1 << bit;
            fs::write(&path, damaged).unwrap();
            prop_assert!(read_sweep(folder.path()).is_err());
            fs::write(&path, whole).unwrap();
        }
    }
}

#[test]
fn tables_of_other_runs_and_kinds_are_refused() {
    let folder = written(&example());
    let other = tempfile::tempdir().unwrap();
    let provenance = Provenance { seed: 8, ..provenance() };
    write_sweep(other.path(), &example(), &provenance).unwrap();
    let path = folder.path().join("orders.parquet");
    fs::write(&path, bytes(other.path(), "orders")).unwrap();
    assert!(matches!(read_sweep(folder.path()), Err(Error::MixedRuns { .. })));
    fs::write(&path, bytes(folder.path(), "settings")).unwrap();
    let message = read_sweep(folder.path()).unwrap_err().to_string();
    assert!(message.contains("the file is not a `orders` table"), "{message}");
}

#[test]
fn a_name_that_cannot_be_joined_is_refused() {
    let mut sweep = example();
    sweep.agents[0] = "a,b".into();
    let folder = tempfile::tempdir().unwrap();
    let refused = write_sweep(folder.path(), &sweep, &provenance());
    assert!(matches!(refused, Err(Error::Inconsistent { .. })));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

fn trace() -> Vec<TraceRow> {
    let row = TraceRow {
        case: CaseId([0xab; 32]),
        label: Label::Ham,
        category: "newsletter".into(),
        time: Timestamp(1_030_000_000),
        recipient: "a@b.example".into(),
        tier: Tier::Inbox,
        cause: 0,
        detail: "line\nbreak, \"quote\" \u{1F4E8}\0".into(),
        scl: Some(Scl::TRUSTED),
        score: Some(-1.25e-300),
        sender_id: Some(SenderIdResult::SoftFail),
        scanned: true,
        dns_questions: 3,
        response: "550 5.7.1 \"no\"".into(),
        report: "CW:CustomList;SID:SenderIDStatus Fail".into(),
        tarpit_seconds: 5,
    };
    let bare = TraceRow {
        case: CaseId([1; 32]),
        label: Label::Spam,
        category: String::new(),
        time: Timestamp::MIN,
        recipient: String::new(),
        tier: Tier::Delete,
        cause: 2,
        detail: String::new(),
        scl: None,
        score: None,
        sender_id: None,
        scanned: false,
        dns_questions: 0,
        response: String::new(),
        report: String::new(),
        tarpit_seconds: 0,
    };
    vec![row, bare]
}

#[test]
fn a_trace_comes_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    for rows in [trace(), Vec::new()] {
        write_trace(folder.path(), &rows, &causes(), &provenance()).unwrap();
        assert_eq!(read_trace(folder.path()).unwrap(), (rows, causes()));
    }
    let mut rows = trace();
    rows[0].cause = 9;
    assert!(write_trace(folder.path(), &rows, &causes(), &provenance()).is_err());
}

#[test]
fn rates_are_listed_per_tier() {
    let folder = tempfile::tempdir().unwrap();
    write_rates(folder.path(), &tally([[8, 1, 0, 1, 0], [2, 0, 0, 3, 5]])).unwrap();
    let csv = fs::read_to_string(folder.path().join("rates.csv")).unwrap();
    let lines: Vec<_> = csv.lines().collect();
    assert_eq!(lines.len(), 1 + 2 + 4 * 4);
    assert!(
        lines.iter().any(|line| line.starts_with("reject,fp,1,10,0.1,0.0025285785444"))
    );
    assert!(lines.iter().any(|line| line.starts_with("delete,fn,5,10,0.5,")));
}

fn run_file() -> RunFile {
    let sweep = example();
    let choice = choose(&sweep, &Goal::default()).unwrap();
    let skipped_reasons = BTreeMap::from([("no header".to_owned(), 2)]);
    let reading = Reading { read: 22, cases: 20, skipped_reasons, ..Reading::default() };
    let summary = Summary::new(Counts {
        reading: &reading,
        unit: Unit::Case,
        tally: &sweep.tallies[0],
        causes: &sweep.causes,
        cost: Cost::default(),
    });
    let mut run = RunFile::new(RunKind::Sweep, provenance(), summary.unwrap());
    run.sweep =
        Some(SweepSummary::new(&sweep, &choice, &reading, Unit::Case, 0.0).unwrap());
    let campaigns = HamCampaigns { of: 10, hurt: [0; 4] };
    let holdout = Some((&sweep.tallies[1], &campaigns));
    let verification = verify(&choice, holdout, &Goal::default());
    run.recommendation =
        Some(Recommendation::new(&choice, &verification, Some(&sweep.tallies[1])));
    run
}

#[test]
fn a_run_file_keeps_its_keys() {
    let folder = tempfile::tempdir().unwrap();
    run_file().write(folder.path()).unwrap();
    let text = fs::read_to_string(folder.path().join(RunFile::NAME)).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let recommendation = &json["recommendation"];
    assert_eq!(
        recommendation["verdict"], "unproven",
        "ten good messages say nothing about 0.001"
    );
    assert_eq!(recommendation["thresholds"]["reject"], 7);
    assert!(recommendation["thresholds"]["delete"].is_null());
    assert_eq!(recommendation["holdout"][2]["fn"]["count"], 3);
    // Four budgets; the hardest falls under 0.05 last: ln 0.05 / ln 0.999 = 2995, but its
    // three fellows must pass before it and do.
    assert_eq!(recommendation["needed"]["ham"], 2985);
    assert_eq!(json["sweep"]["policies"], 4);
    assert_eq!(json["sweep"]["best"]["summary"]["cases"], 20);
    assert_eq!(json["summary"]["skipped"], 2);
    let read = RunFile::read(folder.path()).unwrap();
    assert_eq!(read.provenance, provenance());
    assert_eq!(read.summary.tiers.len(), 4);
}

#[test]
fn a_run_file_of_another_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("run.json"), r#"{"schema": 2, "new": true}"#).unwrap();
    let message = RunFile::read(folder.path()).unwrap_err().to_string();
    assert!(message.contains("run.json: schema version `2`, this program reads `1`"));
    fs::write(folder.path().join("run.json"), "{").unwrap();
    assert!(matches!(RunFile::read(folder.path()), Err(Error::Json { .. })));
}

#[test]
fn a_failed_write_leaves_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    write_atomic(folder.path(), "a", b"old").unwrap();
    let failed = atomic::replace(folder.path(), "a", |_| Err(Error::NoPolicy));
    assert!(failed.is_err());
    assert_eq!(fs::read(folder.path().join("a")).unwrap(), b"old");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

fn fates() -> CaseFates {
    use sweep::{Fate, FateRun, FateTable, Space};

    let row = |n: u8, label| CaseRow {
        case: CaseId([n; 32]),
        label,
        category: "x".into(),
        time: Timestamp(i64::from(n) * 1000),
        subject: "<b>\u{202e}".into(),
        score: (n > 1).then_some(0.25),
    };
    let run = |first, tier, cause| FateRun { first, tier, cause };
    CaseFates {
        cases: vec![row(1, Label::Ham), row(2, Label::Spam)],
        table: FateTable {
            settings: Space::every_thresholds(),
            outcomes: vec![0, 3],
            fates: vec![
                Fate { scl: None, runs: vec![run(0, Tier::Reject, 1)] },
                Fate {
                    scl: Scl::new(7).ok(),
                    runs: vec![run(0, Tier::Inbox, 0), run(500, Tier::Delete, 1)],
                },
            ],
            journeys: vec![vec![0, 1], vec![1, 1]],
            of_case: vec![1, 0],
        },
        causes: causes(),
    }
}

#[test]
fn fates_come_back_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let whole = fates();
    write_fates(folder.path(), &whole, &provenance()).unwrap();
    assert_eq!(read_fates(folder.path()).unwrap(), whole);
    assert_eq!(whole.table.fates[1].at(499), (Tier::Inbox, 0));
    assert_eq!(whole.table.fates[1].at(500), (Tier::Delete, 1));
    // One setting of its own is told by its values.
    let mut one = fates();
    one.table.settings.truncate(1);
    one.table.fates[1].runs.truncate(1);
    write_fates(folder.path(), &one, &provenance()).unwrap();
    assert_eq!(read_fates(folder.path()).unwrap(), one);
}

#[test]
fn fates_that_do_not_fit_their_cases_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let breaks: [fn(&mut CaseFates); 5] = [
        |f| f.table.of_case.truncate(1),
        |f| f.table.of_case[0] = 2,
        |f| f.table.journeys[0][1] = 2,
        |f| f.table.fates[0].runs.clear(),
        |f| f.table.fates[1].runs[1].first = 11_000,
    ];
    for broken in breaks {
        let mut fates = fates();
        broken(&mut fates);
        assert!(write_fates(folder.path(), &fates, &provenance()).is_err());
    }
    write_fates(folder.path(), &fates(), &provenance()).unwrap();
    let mut other = provenance();
    other.seed = 8;
    let table = tempfile::tempdir().unwrap();
    write_fates(table.path(), &fates(), &other).unwrap();
    let name = "report_fates.parquet";
    fs::copy(table.path().join(name), folder.path().join(name)).unwrap();
    assert!(matches!(read_fates(folder.path()), Err(Error::MixedRuns { .. })));
}
