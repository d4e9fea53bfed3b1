//! A regression of known size, planted in a copy of the demonstration corpus, closes the
//! gate; as many errors on other messages do not.
//!
//! A planted error is a good message whose copy comes from an address on the policy's block
//! list, so that it is refused; its digest stays. Baseline and copy each plant errors in
//! every good message of the inbox with the same small chance (the reshuffling), and the
//! copy some more. Five seeds by default; for the record in `docs/records`:
//! `SCLBENCH_SEEDS=200 cargo test -p sclbench --test planted -- --nocapture`.

#![expect(clippy::unwrap_used, reason = "a setup that fails is a failed test")]
#![expect(clippy::print_stdout, reason = "the rates are for the record")]

use std::collections::BTreeSet;
use std::path::Path;

use assert_cmd::Command;
use corpus::{PackReader, PackWriter, PackedCase};
use mail::{CaseId, Field, Label, Origin};
use serde_json::Value;
use tempfile::TempDir;

const RECIPE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpora/demo/demo.toml");
const POLICY: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpora/demo/policy.toml");
/// On the block list of the demonstration's policy.
const BLOCKED: &str = "240.0.66.20";
/// Chance of a planted error that both sides have.
const CHURN: f64 = 0.02;
/// Errors planted besides.
const SIZES: [usize; 3] = [0, 12, 30];

fn run(folder: &Path, line: &str) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_sclbench"))
        .current_dir(folder)
        .args(["--quiet", "--json", "--threads", "1"])
        .args(line.split_whitespace())
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    let found: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{line}: {error}"));
    if let Some(code) = found.get("exit_code") {
        assert_eq!(*code, output.status.code().unwrap(), "{line}: {error}");
    }
    found
}

/// `SplitMix64` (Steele, Lea and Flood, 2014).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn chance(&mut self, share: f64) -> bool {
        ((self.next() >> 11) as f64) < share * (1u64 << 53) as f64
    }

    fn subset(&mut self, of: &[CaseId], share: f64) -> BTreeSet<CaseId> {
        of.iter().copied().filter(|_| self.chance(share)).collect()
    }
}

/// Writes a copy of the corpus with errors planted in some messages.
fn copy(cases: &[PackedCase], planted: &BTreeSet<CaseId>, path: &Path) {
    let provenance = mail::Provenance {
        command: String::new(),
        version: String::new(),
        seed: 0,
        inputs: Vec::new(),
    };
    let mut writer = PackWriter::create(path, &provenance).unwrap();
    for case in cases {
        let mut case = case.clone();
        if planted.contains(&case.id) {
            let address = BLOCKED.parse().unwrap();
            case.session.client_ip = Field::known(address, Origin::Recorded);
        }
        writer.push(&case).unwrap();
    }
    writer.finish().unwrap();
}

#[test]
fn a_planted_regression_is_caught_and_a_reshuffled_equal_is_not() {
    let seeds = std::env::var("SCLBENCH_SEEDS").ok().and_then(|n| n.parse().ok());
    let seeds: u64 = seeds.unwrap_or(5);
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    run(at, &format!("--seed 2 corpus generate {RECIPE} -o other --messages 400"));
    run(at, "train other/mail.parquet -o f.model --trainer fast");
    run(at, &format!("corpus generate {RECIPE} -o m --messages 1000"));
    let with =
        format!("--policy {POLICY} --world m/world --model f.model --baseline b.toml");
    let cases: Vec<PackedCase> = PackReader::open(&at.join("m/mail.parquet"))
        .unwrap()
        .flat_map(Result::unwrap)
        .collect();
    // Good messages that are in the inbox and are refused once an error is planted.
    let good: BTreeSet<CaseId> = cases
        .iter()
        .filter(|case| case.label == Label::Ham)
        .map(|case| case.id)
        .collect();
    run(at, &format!("check m/mail.parquet {with} --update"));
    copy(&cases, &good, &at.join("all.parquet"));
    let all = run(at, &format!("check all.parquet {with}"));
    let refused = all["flips"].as_array().unwrap().iter().filter(|flip| {
        flip["label"] == "ham" && flip["from"] == "inbox" && flip["to"] == "reject"
    });
    let able: Vec<CaseId> =
        refused.map(|flip| flip["message"].as_str().unwrap().parse().unwrap()).collect();
    assert!(able.len() > 300, "{}", able.len());

    let mut caught = SIZES.map(|_| 0u64);
    for seed in 1..=seeds {
        let mut dice = Dice(seed);
        copy(&cases, &dice.subset(&able, CHURN), &at.join("before.parquet"));
        run(at, &format!("check before.parquet {with} --update"));
        for (size, caught) in SIZES.into_iter().zip(&mut caught) {
            let mut planted = dice.subset(&able, CHURN);
            let wanted = planted.len() + size;
            while planted.len() < wanted {
                let place = usize::try_from(dice.next() % able.len() as u64).unwrap();
                planted.insert(able[place]);
            }
            copy(&cases, &planted, &at.join("now.parquet"));
            let report = run(at, &format!("check now.parquet {with}"));
            assert_eq!(report["comparison"], "paired");
            *caught += u64::from(report["verdict"] == "regression");
        }
    }
    println!(
        "{seeds} seeds, {} good messages, chance of reshuffling {CHURN}",
        good.len()
    );
    for (size, caught) in SIZES.into_iter().zip(caught) {
        println!("planted {size:>3}: the gate closed {caught} times of {seeds}");
    }
    let [equal, _, large] = caught;
    // At most 5 % false alarms: with five seeds one is already unlikely.
    assert!(equal as f64 <= 0.05 * seeds as f64 + 1.0, "{equal} false alarms");
    assert!(large as f64 >= 0.95 * seeds as f64 - 1.0, "{large} caught");
}
