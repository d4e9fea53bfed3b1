//! Draws every chart, with made-up numbers of a realistic size, into a folder.
//!
//! `cargo run -p report --example gallery -- FOLDER`

use std::error::Error;
use std::path::{Path, PathBuf};

use mail::{Threshold, Thresholds, Tier, Timestamp};
use report::charts::{det, order_map, scl_histogram, threshold_steps, tier_rates};
use report::{Caption, Estimate, Format, Size};

const HAM: u64 = 2_075;
const SPAM: u64 = 948;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("name a folder")?);
    std::fs::create_dir_all(&folder)?;
    for (size, format) in
        Size::ALL.into_iter().flat_map(|size| Format::ALL.map(|format| (size, format)))
    {
        let file = |name: &str| -> PathBuf {
            folder.join(format!("{name}{}.{}", size.suffix(), format.extension()))
        };
        tier_rates::draw(&tiers(3), size, format, &file("tier-rates"))?;
        tier_rates::draw(&tiers(6), size, format, &file("tier-rates-six"))?;
        threshold_steps::draw(&steps(), size, format, &file("threshold-steps"))?;
        scl_histogram::draw(&histogram(), size, format, &file("scl-histogram"))?;
        det::draw(&trade_off(), size, format, &file("det"))?;
        order_map::draw(&orders(), size, format, &file("order-map"))?;
    }
    listed(&folder)
}

fn listed(folder: &Path) -> Result<(), Box<dyn Error>> {
    let mut files: Vec<_> = std::fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<_>>()?;
    files.sort();
    let mut out = std::io::stdout().lock();
    files.iter().try_for_each(|file| {
        std::io::Write::write_fmt(&mut out, format_args!("{}\n", file.display()))
    })?;
    Ok(())
}

fn caption(title: &str) -> Caption {
    Caption {
        title: title.into(),
        corpus: "SpamAssassin public corpus, later half".into(),
        ham: HAM,
        spam: SPAM,
        filter: "built-in filter, accurate trainer".into(),
        first: Some(Timestamp(1_031_000_000)),
        last: Some(Timestamp(1_039_600_000)),
    }
}

/// A count with a rough interval, good enough for a picture.
#[expect(clippy::cast_precision_loss, reason = "made-up numbers")]
fn estimate(count: u64, of: u64) -> Estimate {
    let (k, n) = (count as f64, of as f64);
    let z = 1.96_f64;
    let middle = (k + z * z / 2.0) / (n + z * z);
    let half = z / (n + z * z) * (k * (n - k) / n + z * z / 4.0).sqrt();
    let low = if count == 0 { 0.0 } else { middle - half };
    Estimate { count, of, low, high: middle + half }
}

fn tiers(policies: usize) -> tier_rates::TierRates {
    let rows: [(&str, [u64; 4], [u64; 4]); 6] = [
        ("default (2007)", [24, 3, 3, 0], [96, 214, 214, 948]),
        ("recommended", [9, 2, 1, 0], [61, 88, 140, 402]),
        ("content filter before edge rules", [21, 3, 3, 0], [70, 180, 190, 948]),
        (
            "IMF 2003 SP2 with the custom weights of the Lisbon office",
            [40, 12, 7, 1],
            [55, 90, 120, 250],
        ),
        ("strict", [112, 60, 31, 9], [20, 41, 60, 120]),
        ("lenient", [3, 0, 0, 0], [240, 400, 600, 948]),
    ];
    let policies = rows[..policies]
        .iter()
        .map(|(name, hurt, missed)| tier_rates::PolicyRates {
            name: (*name).to_owned(),
            false_positives: hurt.map(|count| estimate(count, HAM)),
            false_negatives: missed.map(|count| estimate(count, SPAM)),
        })
        .collect();
    tier_rates::TierRates {
        caption: caption("What each policy does at each tier"),
        policies,
    }
}

fn steps() -> threshold_steps::ThresholdSteps {
    let hurt = [2075, 160, 61, 40, 24, 14, 9, 3, 1, 0, 0];
    let missed = [0, 12, 20, 33, 47, 61, 96, 214, 402, 700, 948];
    let panel = |tier, from: usize, current, floor: u64| threshold_steps::Steps {
        tier,
        points: (from..=10)
            .map(|n| threshold_steps::Step {
                threshold: (n < 10)
                    .then(|| Threshold::new(i64::try_from(n).unwrap_or(0)).ok())
                    .flatten(),
                false_positives: estimate(hurt[n].max(floor), HAM),
                false_negatives: estimate(missed[n].max(12), SPAM),
            })
            .collect(),
        current: Some(current),
    };
    let at = |n| Threshold::new(n).ok();
    threshold_steps::ThresholdSteps {
        caption: caption("Errors against each threshold, the others as in the policy"),
        panels: vec![
            panel(Tier::Junk, 0, at(4), 2),
            panel(Tier::Quarantine, 1, None, 1),
            panel(Tier::Reject, 1, at(7), 1),
            panel(Tier::Delete, 1, None, 0),
        ],
    }
}

fn histogram() -> scl_histogram::SclHistogram {
    let at = |n| Threshold::new(n).ok();
    scl_histogram::SclHistogram {
        caption: caption("Spam confidence levels"),
        ham: scl_histogram::SclCounts {
            unrated: 6,
            trusted: 212,
            rated: [1507, 188, 62, 44, 21, 16, 10, 5, 3, 1],
        },
        spam: scl_histogram::SclCounts {
            unrated: 233,
            trusted: 0,
            rated: [11, 9, 12, 8, 21, 14, 35, 118, 188, 299],
        },
        thresholds: Thresholds {
            delete: at(9),
            reject: at(7),
            quarantine: at(6),
            junk: at(4),
        },
    }
}

fn trade_off() -> det::Det {
    let curve = |name: &str, power: f64, scale: f64| {
        let missed = |fp: f64| (scale * fp.powf(-power)).min(1.0);
        let pair =
            |fp: f64| det::ErrorPair { false_positives: fp, false_negatives: missed(fp) };
        det::DetCurve {
            name: name.into(),
            points: (0..400)
                .map(|i| pair(10f64.powf(-4.0 + f64::from(i) / 100.0)))
                .collect(),
            operating: (1..=9)
                .map(|scl| det::OperatingPoint {
                    name: format!("≥ {scl}"),
                    at: pair(0.3 * 10f64.powf(-f64::from(scl) * 0.28)),
                })
                .collect(),
        }
    };
    det::Det {
        caption: caption("How well the scores tell spam from good mail"),
        curves: vec![
            curve("accurate trainer", 0.52, 0.0019),
            curve("fast trainer", 0.6, 0.0075),
        ],
    }
}

fn orders() -> order_map::OrderMap {
    let rows: [(u64, u64, u32, order_map::Role); 9] = [
        (2102, 96, 720, order_map::Role::Default),
        (2102, 99, 1440, order_map::Role::Other),
        (2480, 70, 1440, order_map::Role::Other),
        (2480, 61, 360, order_map::Role::Recommended),
        (2790, 70, 2160, order_map::Role::Other),
        (2790, 61, 1080, order_map::Role::Other),
        (2260, 88, 720, order_map::Role::Other),
        (2260, 91, 480, order_map::Role::Other),
        (2600, 66, 240, order_map::Role::Other),
    ];
    order_map::OrderMap {
        caption: caption("What the agents’ order costs and brings"),
        thresholds: "delete off, reject 7, quarantine off, junk 4".into(),
        groups: rows
            .map(|(scans, missed, classes, role)| order_map::OrderGroup {
                content_scans: scans,
                missed: estimate(missed, SPAM),
                order_classes: classes,
                role,
            })
            .into(),
    }
}
