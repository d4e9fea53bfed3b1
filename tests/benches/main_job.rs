//! The main job's speed, each part as a ratio to mail-parser alone in the same run.
//!
//! `cargo bench -p suite --bench main_job [-- MESSAGES|PACK [PART]]`; 6,000 messages where no number is
//! given. Every part asserts its counts. Medians of several runs; ratios are what to compare
//! between machines.
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up is broken")]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use agents::{Policy, PolicySpec};
use corpus::generate::{DEMO_RECIPE, Generator, Recipe, write_pack};
use corpus::{PackReader, PackedCase, Parser};
use filter::{Document, ModelFile, Trainer, train};
use mail::{JunkComparison, Label, Message, Parse as _, Provenance, Thresholds, World};
use pipeline::PriorityOrder;
use sweep::{Docket, DocketBuilder, Keep, Space, Tally, Threads, Unit};

fn main() {
    let words: Vec<String> =
        std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let source = words.first().map_or("6000", String::as_str);
    let bench = match source.parse() {
        Ok(messages) => Bench::generated(messages),
        Err(_) => Bench::packed(Path::new(source)),
    };
    println!("{source}: {} messages, {} bytes", bench.cases.len(), bench.bytes());
    println!("{:<42}{:>12}{:>14}{:>9}", "part", "median ms", "messages/s", "ratio");
    bench.parts(words.get(1).map_or("", String::as_str));
    println!("ratio: time of the part ÷ time of mail-parser alone");
}

struct Bench {
    _folder: tempfile::TempDir,
    pack: PathBuf,
    world: World,
    cases: Vec<PackedCase>,
    model: Arc<ModelFile>,
}

impl Bench {
    /// Made-up mail; the model learns from other mail than is measured.
    fn generated(messages: u64) -> Self {
        let recipe = Recipe::parse(DEMO_RECIPE, "demo.toml").unwrap();
        let learnt = Generator::new(&recipe, None, Some(4000)).unwrap();
        let generator = Generator::new(&recipe, Some(2), Some(messages)).unwrap();
        let folder = tempfile::TempDir::new().unwrap();
        let pack = folder.path().join("mail.parquet");
        write_pack(&generator, &pack, &provenance(), &mut || ()).unwrap();
        Self {
            _folder: folder,
            pack,
            world: generator.world().clone(),
            cases: generator.iter().collect(),
            model: Arc::new(model(&learnt.iter().collect::<Vec<_>>())),
        }
    }

    /// Mail of a pack, without a world; the model learns from its first quarter.
    fn packed(pack: &Path) -> Self {
        let rows = PackReader::open(pack).unwrap().flat_map(Result::unwrap);
        let cases: Vec<PackedCase> = rows.collect();
        Self {
            _folder: tempfile::TempDir::new().unwrap(),
            pack: pack.to_owned(),
            world: World::default(),
            model: Arc::new(model(&cases[..cases.len() / 4])),
            cases,
        }
    }

    fn bytes(&self) -> usize {
        self.cases.iter().map(|case| case.raw.len()).sum()
    }

    fn parts(&self, only: &str) {
        let messages = self.cases.len();
        let pack = &self.pack;
        let (one, two) = (Threads::new(1).unwrap(), Threads::new(2).unwrap());
        let alone = median(&mut || {
            let parser = mail_parser::MessageParser::default();
            let parsed = self.cases.iter().map(|case| black_box(parser.parse(&case.raw)));
            assert_eq!(parsed.flatten().count(), messages);
        });
        let row = |what: &str, run: &mut dyn FnMut()| {
            if what.contains(only) {
                let seconds = median(run);
                let speed = messages as f64 / seconds;
                let (ms, ratio) = (seconds * 1e3, seconds / alone);
                println!("{what:<42}{ms:>12.2}{speed:>14.0}{ratio:>9.3}");
            }
        };
        println!("{:<42}{:>12.2}", "mail-parser alone", alone * 1e3);
        row("parse only, into our own message", &mut || {
            let parsed = self.cases.iter().map(|case| black_box(Parser.parse(&case.raw)));
            assert_eq!(parsed.flatten().count(), messages);
        });
        row("read the pack", &mut || {
            let rows = PackReader::open(pack).unwrap().map(|batch| batch.unwrap().len());
            assert_eq!(rows.sum::<usize>(), messages);
        });
        for (spec, what) in [(PolicySpec::default(), "defaults"), (demo(), "demo policy")]
        {
            for (threads, number) in [(&one, "one thread"), (&two, "two threads")] {
                row(&format!("cold replay, {what}, {number}"), &mut || {
                    let trial = self.observe(pack, &spec, threads);
                    assert_eq!(trial.replay(), messages as u64);
                });
            }
        }
        if ["parse only", "read the pack", "cold"].iter().any(|one| only.starts_with(one))
        {
            // What comes now needs observed cases; making them would be counted too.
            return;
        }
        let trial = self.observe(pack, &demo(), &two);
        row("one order's pass over observed cases", &mut || {
            assert_eq!(trial.replay(), messages as u64);
        });
        let all = Space::all(&trial.docket.engine().roster());
        assert_eq!((all.orders.len(), all.settings.len()), (8640, 2420));
        let single = Space { orders: vec![trial.policy.order.clone()], ..all.clone() };
        row("all 2,420 settings of one order", &mut || {
            assert_eq!(trial.sweep(&single, &one), messages as u64);
        });
        row("the whole space, one thread", &mut || {
            assert_eq!(trial.sweep(&all, &one), messages as u64);
        });
        row("the whole space, two threads", &mut || {
            assert_eq!(trial.sweep(&all, &two), messages as u64);
        });
    }

    /// From a pack to observed cases, as `replay` and `sweep` do it.
    fn observe(&self, pack: &Path, spec: &PolicySpec, threads: &Threads) -> Trial {
        let Policy { engine, order, enabled, thresholds, junk_comparison, .. } =
            spec.resolve(self.model.clone()).unwrap();
        let mut builder = DocketBuilder::new(engine, &self.world, &Parser, Keep::Trace);
        let batches = PackReader::open(pack).unwrap();
        let done = |_, skipped: Vec<_>| assert!(skipped.is_empty());
        builder.add_all(threads, batches, PackedCase::parse, done).unwrap();
        let policy = Setting { order, enabled, thresholds, junk_comparison };
        Trial { docket: builder.finish(), policy }
    }
}

fn demo() -> PolicySpec {
    toml::from_str(include_str!("../../corpora/demo/policy.toml")).unwrap()
}

struct Trial {
    docket: Docket,
    policy: Setting,
}

struct Setting {
    order: PriorityOrder,
    enabled: Vec<bool>,
    thresholds: Thresholds,
    junk_comparison: JunkComparison,
}

impl Trial {
    /// Number of cases replayed.
    fn replay(&self) -> u64 {
        let Setting { order, enabled, thresholds, junk_comparison } = &self.policy;
        let replay =
            self.docket.replay(order, enabled, thresholds, *junk_comparison, Unit::Case);
        cases(&replay.tally)
    }

    /// Number of cases in each tally of the sweep.
    fn sweep(&self, space: &Space, threads: &Threads) -> u64 {
        let Setting { enabled, junk_comparison, .. } = &self.policy;
        let result =
            self.docket.sweep(space, enabled, *junk_comparison, Unit::Case, threads);
        assert_eq!(result.orders.len(), space.orders.len());
        let counts: Vec<u64> = result.tallies.iter().map(cases).collect();
        assert!(counts.windows(2).all(|pair| pair[0] == pair[1]));
        counts[0]
    }
}

fn cases(tally: &Tally) -> u64 {
    Label::ALL.iter().map(|label| tally.total(*label)).sum()
}

fn model(cases: &[PackedCase]) -> ModelFile {
    let messages: Vec<Message> =
        cases.iter().map(|case| Parser.parse(&case.raw).unwrap_or_default()).collect();
    let items: Vec<train::Item<'_>> = cases
        .iter()
        .zip(&messages)
        .map(|(case, message)| train::Item {
            document: Document::new(&case.raw, message),
            label: case.label,
            group: None,
        })
        .collect();
    let folds = (0..5).map(|fold| train::fold(fold, 5, &items, Trainer::Fast).unwrap());
    let scores = train::merge(folds.collect::<Vec<_>>());
    let ids = cases.iter().map(|case| case.id);
    train::model_file(&items, ids, &scores, Trainer::Fast).unwrap()
}

fn provenance() -> Provenance {
    Provenance {
        command: "benchmark".into(),
        version: "0".into(),
        seed: 2,
        inputs: Vec::new(),
    }
}

/// Median seconds of five runs after one to warm up.
fn median(run: &mut dyn FnMut()) -> f64 {
    run();
    let mut times: Vec<f64> = (0..5)
        .map(|_| {
            #[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
            let start = std::time::Instant::now();
            run();
            start.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[2]
}
