//! Speed of the engine's parts on generated mail: extract, score, learn fast, learn
//! accurate; 100, 1,000 and 5,000 messages.

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use filter::train::{self, Item};
use filter::{Document, Learner, Scratch, Trainer};
use mail::Label;

/// A small generator with a fixed seed (splitmix64), so that every run sees the same mail.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % below
    }
}

/// Messages of 1–8 KB over a vocabulary that ham and spam share in part.
fn messages(count: usize) -> Vec<(Vec<u8>, Label)> {
    let mut dice = Dice(1);
    (0..count)
        .map(|number| {
            let label = Label::ALL[usize::from(dice.roll(3) == 0)];
            let first = 1500 * label.index() as u64;
            let mut text = String::new();
            for hop in 0..4 {
                let _ = writeln!(
                    text,
                    "Received: from relay{}.example (192.0.2.{}) by mx{hop}.example id {:x}",
                    dice.roll(40),
                    dice.roll(256),
                    dice.roll(u64::MAX)
                );
            }
            let _ = write!(text, "Subject: message {number}\nTo: user@example.org\n\n");
            for word in 0..150 + dice.roll(900) {
                let end = if word % 12 == 11 { '\n' } else { ' ' };
                let _ = write!(text, "w{:x}{end}", (first + dice.roll(3000)) * 0x9E37);
            }
            (text.into_bytes(), label)
        })
        .collect()
}

fn engine(criterion: &mut Criterion) {
    for (size, count) in [("small", 100), ("medium", 1_000), ("large", 5_000)] {
        let mail = messages(count);
        let items: Vec<_> = mail
            .iter()
            .map(|(raw, label)| Item {
                document: Document::unparsed(raw),
                label: *label,
                group: None,
            })
            .collect();
        let mut scratch = Scratch::new();
        let mut group = criterion.benchmark_group("filter");
        group.sample_size(10).throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::new("extract", size), |bencher| {
            bencher.iter(|| {
                let each = items.iter().map(|i| scratch.features(&i.document).len());
                assert_eq!(each.filter(|features| *features > 200).count(), count);
            });
        });
        let model = train::fit(items.iter().copied(), Trainer::Fast);
        group.bench_function(BenchmarkId::new("score", size), |bencher| {
            bencher.iter(|| {
                let scores = items.iter().map(|i| model.score(&mut scratch, &i.document));
                assert_eq!(
                    scores.filter(|score| black_box(*score) != 0.0).count(),
                    count
                );
            });
        });
        for trainer in Trainer::ALL {
            group.bench_function(
                BenchmarkId::new(format!("learn-{trainer}"), size),
                |b| {
                    b.iter_batched_ref(
                        || Learner::new(trainer),
                        |learner| {
                            let each = items.iter();
                            let scores =
                                each.map(|i| learner.learn(&i.document, i.label));
                            assert_eq!(scores.filter(|s| s.is_finite()).count(), count);
                        },
                        criterion::BatchSize::PerIteration,
                    );
                },
            );
        }
        group.finish();
    }
}

criterion_group!(benches, engine);
criterion_main!(benches);
