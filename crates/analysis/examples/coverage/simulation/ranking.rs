//! Areas.

use analysis::Measures;
use mail::{Label, Tier};
use statrs::distribution::{ContinuousCDF as _, Normal};

use super::{Corpus, Dice, Finding, Promise, count, row, with_gauge};

/// Scores with a known area: normal ones, spam some deviations above good mail.
#[derive(Clone, Copy)]
struct Scores {
    /// Campaigns of good mail and of spam.
    campaigns: [usize; 2],
    /// Messages of a campaign on average.
    size: f64,
    /// Deviations between the labels.
    apart: f64,
    /// Share of spam campaigns that look like good mail.
    alike: f64,
    /// Steps per deviation where scores are levels; 0 where they are not.
    steps: f64,
}

const SCORES: [Scores; 18] = {
    const fn of(campaigns: [usize; 2], size: f64, apart: f64) -> Scores {
        Scores { campaigns, size, apart, alike: 0.0, steps: 0.0 }
    }
    [
        of([150, 150], 1.5, 2.0),
        of([150, 150], 1.0, 2.0),
        of([150, 150], 4.0, 2.0),
        of([150, 150], 1.5, 0.0),
        of([150, 150], 1.5, 1.0),
        of([150, 150], 1.5, 3.5),
        of([150, 150], 4.0, 3.5),
        of([150, 150], 1.5, 5.0),
        of([150, 150], 1.5, 8.0),
        of([20, 20], 1.5, 2.0),
        of([20, 20], 4.0, 3.5),
        of([5, 5], 1.0, 2.0),
        of([270, 30], 1.5, 3.0),
        of([30, 270], 4.0, 3.0),
        Scores { steps: 1.0, ..of([150, 150], 1.5, 2.0) },
        Scores { steps: 0.5, ..of([150, 150], 1.5, 4.0) },
        Scores { alike: 0.02, ..of([300, 100], 1.5, 4.0) },
        Scores { alike: 0.005, ..of([300, 150], 1.0, 7.0) },
    ]
};

impl Scores {
    fn draw(&self, dice: &mut Dice, label: Label) -> f64 {
        let alike = label == Label::Ham || dice.happens(self.alike);
        let score = dice.normal() + if alike { 0.0 } else { self.apart };
        if self.steps > 0.0 { (score * self.steps).floor() } else { score }
    }

    /// The share of pairs in the wrong order, ties one half.
    fn truth(&self) -> f64 {
        (1.0 - self.alike) * self.wrong(self.apart) + self.alike / 2.0
    }

    fn wrong(&self, apart: f64) -> f64 {
        let standard = Normal::standard();
        if self.steps <= 0.0 {
            return standard.cdf(-apart / std::f64::consts::SQRT_2);
        }
        let cell = |level: f64, mean: f64| {
            let at = |level: f64| standard.cdf(level / self.steps - mean);
            at(level + 1.0) - at(level)
        };
        let levels = || (-60..60).map(f64::from);
        let pairs = levels().map(|ham| {
            let below: f64 = levels().filter(|l| *l < ham).map(|l| cell(l, apart)).sum();
            cell(ham, 0.0) * (below + cell(ham, apart) / 2.0)
        });
        pairs.sum()
    }

    fn told(&self) -> String {
        let [ham, spam] = self.campaigns;
        let mut told = format!(
            "{:.4} %, {ham} good and {spam} spam campaigns of {} on average",
            100.0 * self.truth(),
            self.size
        );
        if self.alike > 0.0 {
            told += &format!(", {} % of the spam like good mail", 100.0 * self.alike);
        }
        if self.steps > 0.0 {
            told += ", scores in whole levels";
        }
        told
    }
}

/// Coverage of the interval of (1−ROCA).
pub(crate) fn areas(draws: u32) -> Vec<Finding> {
    let each = |scores: &Scores| {
        let truth = 100.0 * scores.truth();
        let covers = |draw| {
            let mut dice = Dice::new(23, draw);
            let [ham, spam] = scores.campaigns;
            let corpus = Corpus::new(&mut dice, ham + spam, scores.size, |dice, id| {
                let label = Label::ALL[usize::from(id >= ham)];
                row(id, label, Tier::Inbox, scores.draw(dice, label))
            });
            let measures = with_gauge(200, |gauge| Measures::of(&corpus.fates(), gauge));
            let interval = measures.ranking.grouped;
            interval.is_some_and(|[low, high]| low <= truth && truth <= high)
        };
        Finding {
            what: "95 % interval holds (1-ROCA)%",
            promise: Promise::Holds,
            setting: scores.told(),
            count: count(draws, covers),
            draws,
        }
    };
    SCORES.iter().map(each).collect()
}
