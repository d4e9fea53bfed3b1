//! Score, then learn: measures both trainers on labelled folders of mail in time order.
//!
//! ```text
//! cargo run --release -p filter --example online -- ham:FOLDER spam:FOLDER …
//! ```
//!
//! Folders are read with all below them, one message per file; the time is that of the
//! topmost Received field, else of Date. Prints quality and single-thread speed of each
//! trainer, then of out-of-fold scores and their calibration to SCL.

#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "it measures")]

use std::error::Error;
use std::path::Path;
use std::str::FromStr as _;
use std::time::Instant;
use std::{env, fs};

use filter::train::{self, Item};
use filter::{Calibration, Document, Quality, Scored, Scratch, Trainer};
use mail::Label;

const FOLDS: usize = 5;

struct Mail {
    time: i64,
    name: String,
    label: Label,
    raw: Vec<u8>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut mails = Vec::new();
    for source in env::args().skip(1) {
        let (label, path) =
            source.split_once(':').ok_or("give ham:FOLDER spam:FOLDER")?;
        read(Label::from_str(label)?, Path::new(path), &mut mails)?;
    }
    mails.sort_by(|a, b| (a.time, &a.name).cmp(&(b.time, &b.name)));
    let items: Vec<_> = mails
        .iter()
        .map(|mail| Item {
            document: Document::unparsed(&mail.raw),
            label: mail.label,
            group: None,
        })
        .collect();
    println!("{} messages", items.len());
    extraction(&items);
    for trainer in Trainer::ALL {
        online(&items, trainer)?;
        scoring(&items, trainer);
        folds(&items, trainer)?;
    }
    Ok(())
}

fn per_second(count: usize, start: Instant) -> f64 {
    count as f64 / start.elapsed().as_secs_f64()
}

fn extraction(items: &[Item<'_>]) {
    let mut scratch = Scratch::new();
    let start = Instant::now();
    let features: usize = items.iter().map(|i| scratch.features(&i.document).len()).sum();
    let speed = per_second(items.len(), start);
    println!("extract: {speed:.0}/s, {} features per message", features / items.len());
}

fn scoring(items: &[Item<'_>], trainer: Trainer) {
    let model = train::fit(items.iter().copied(), trainer);
    let mut scratch = Scratch::new();
    let start = Instant::now();
    let spam =
        items.iter().filter(|i| model.score(&mut scratch, &i.document) > 0.0).count();
    let speed = per_second(items.len(), start);
    println!("  score: {speed:.0}/s ({spam} above zero, {} weights)", model.used_slots());
}

fn online(items: &[Item<'_>], trainer: Trainer) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let scores: Vec<_> = train::online(items.iter().copied(), trainer).collect();
    let speed = per_second(items.len(), start);
    let quality = Quality::measure(&train::scored(items, &scores), 0.0)?;
    println!("{trainer}: score then learn {speed:.0}/s\n  {}", describe(&quality));
    Ok(())
}

fn folds(items: &[Item<'_>], trainer: Trainer) -> Result<(), Box<dyn Error>> {
    let scored = train::scored(items, &train::folds(FOLDS, items, trainer)?);
    let curve = Calibration::fit(&scored)?;
    let calibrated: Vec<_> = scored
        .iter()
        .map(|s| Scored { score: curve.probability(s.score), label: s.label })
        .collect();
    println!("  {FOLDS} folds: {}", describe(&Quality::measure(&calibrated, 0.5)?));
    println!("  cuts {:.2?}", curve.cuts().cuts());
    for label in Label::ALL {
        let mut levels = [0; 10];
        for s in scored.iter().filter(|s| s.label == label) {
            levels[usize::try_from(curve.scl(s.score).get())?] += 1;
        }
        println!("  {label} by SCL {levels:?}");
    }
    Ok(())
}

fn describe(q: &Quality) -> String {
    format!(
        "(1-ROCA)% {:.4}, hm% {:.3}, sm% {:.3}, lam% {:.3}, sm% at hm 0.1 % {:.2}",
        q.one_minus_roca_percent,
        q.hm_percent,
        q.sm_percent,
        q.lam_percent,
        q.sm_percent_at_hm_0_1
    )
}

fn read(label: Label, path: &Path, mails: &mut Vec<Mail>) -> Result<(), Box<dyn Error>> {
    let mut entries: Vec<_> = fs::read_dir(path)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_, std::io::Error>>()?;
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            read(label, &entry, mails)?;
            continue;
        }
        let mut raw = fs::read(&entry)?;
        if raw.starts_with(b"From ") {
            let end = raw.iter().position(|b| *b == b'\n').map_or(raw.len(), |i| i + 1);
            raw.drain(..end);
        }
        let name = entry.display().to_string();
        mails.push(Mail { time: time(&raw), name, label, raw });
    }
    Ok(())
}

/// Seconds since 1970 of the topmost Received field, else of Date, else 0.
fn time(raw: &[u8]) -> i64 {
    let text = String::from_utf8_lossy(raw);
    let header = text.split("\n\n").next().unwrap_or_default();
    let header = header.replace("\n\t", " ").replace("\n ", " ");
    let field = |name: &str| {
        header
            .lines()
            .find(|line| {
                line.len() > name.len()
                    && line.is_char_boundary(name.len())
                    && line[..name.len()].eq_ignore_ascii_case(name)
            })
            .and_then(|line| {
                date(line.rsplit([';', ':']).next()?)
                    .or_else(|| date(line.rsplit_once(';')?.1))
                    .or_else(|| date(&line[name.len()..]))
            })
    };
    field("Received:").or_else(|| field("Date:")).unwrap_or(0)
}

/// `Thu, 22 Aug 2002 12:36:23 +0100` or the same without the day's name.
fn date(text: &str) -> Option<i64> {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let mut words = text.split([' ', ',']).filter(|word| !word.is_empty()).peekable();
    words.next_if(|word| word.starts_with(char::is_alphabetic));
    let day: i64 = words.next()?.parse().ok()?;
    let month = i64::try_from(MONTHS.find(words.next()?)? / 3).ok()? + 1;
    let year: i64 = words.next()?.parse().ok()?;
    let clock: Vec<i64> =
        words.next()?.split(':').filter_map(|n| n.parse().ok()).collect();
    let zone: i64 = words.next().and_then(|zone| zone.parse().ok()).unwrap_or(0);
    let [hour, minute] = clock.get(..2)?.try_into().ok()?;
    let second = clock.get(2).copied().unwrap_or(0);
    // Days since 1970 of a Gregorian date, counting years from March.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 719_469;
    let shift = (zone / 100 * 60 + zone % 100) * 60;
    Some(days * 86_400 + hour * 3_600 + minute * 60 + second - shift)
}
