//! From analysed numbers to the charts of a run folder.

use std::path::Path;

use analysis::{
    BacktestRow, Period, Promise, PromiseStanding, Rate, SclHistogram, roc,
    scl_histogram, threshold_steps, whole,
};
use anyhow::Result;
use clap::{Args, ValueEnum};
use corpus::PackedCase;
use mail::{Label, Scl, Thresholds, Tier, Timestamp};
use report::charts::{
    backtest, det, order_map, scl_histogram as histogram, threshold_steps as steps,
    tier_rates, update_cadence,
};
use report::{Caption, Estimate, Format, Picture, Size};
use sweep::{SweepResult, Tally, TraceRow};

use crate::scaffold;

/// What charts are drawn for.
#[derive(Debug, Clone, Args)]
pub(crate) struct ChartArgs {
    /// Where charts will be looked at, each with a layout of its own: `screen` (`det.svg`,
    /// `det.png`), `column` of a paper, 86 mm wide (`det-column.svg`), `slide` of 16:9
    /// (`det-slide.svg`).
    #[arg(
        long = "size",
        value_enum,
        value_name = "LIST",
        value_delimiter = ',',
        default_value = "screen"
    )]
    sizes: Vec<SizeArg>,
}

/// One of the sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SizeArg {
    /// A page on a screen.
    Screen,
    /// A column of a paper.
    Column,
    /// A slide.
    Slide,
}

/// Sizes to draw charts in; none draws none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Sizes(Vec<Size>);

impl ChartArgs {
    /// The sizes, each once.
    pub(crate) fn sizes(&self) -> Sizes {
        let of = |size: &SizeArg| match size {
            SizeArg::Screen => Size::Screen,
            SizeArg::Column => Size::Column,
            SizeArg::Slide => Size::Slide,
        };
        let mut sizes: Vec<Size> = self.sizes.iter().map(of).collect();
        sizes.sort_unstable();
        sizes.dedup();
        Sizes(sizes)
    }
}

impl Sizes {
    /// Every size.
    pub(crate) fn all() -> Self {
        Self(Size::ALL.to_vec())
    }

    /// No charts.
    pub(crate) fn none() -> Self {
        Self::default()
    }

    /// What a person would have typed, for what a stage rests on.
    pub(crate) fn text(&self) -> String {
        self.0.iter().map(|size| size.name()).collect::<Vec<_>>().join(",")
    }

    /// Names of a chart's files, in the order in which they are drawn.
    pub(crate) fn files(&self, name: &str) -> Vec<String> {
        self.each(name).map(|(_, _, file)| file).collect()
    }

    /// The first file of a chart that is made of pixels.
    pub(crate) fn picture(&self, name: &str) -> Option<String> {
        self.files(name).into_iter().find(|file| file.ends_with(Format::Png.extension()))
    }

    fn each(&self, name: &str) -> impl Iterator<Item = (Size, Format, String)> {
        let both = |size: Size| Format::ALL.map(|format| (size, format));
        self.0.iter().copied().flat_map(both).map(move |(size, format)| {
            let file = format!("{name}{}.{}", size.suffix(), format.extension());
            (size, format, file)
        })
    }
}

/// What every chart of a run says about its mail.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    /// Name of the corpus.
    pub(crate) corpus: String,
    /// Name of the filter.
    pub(crate) filter: String,
    /// Time of the first and the last case.
    pub(crate) span: Option<(Timestamp, Timestamp)>,
}

impl Subject {
    fn caption(&self, title: &str, tally: &Tally) -> Caption {
        Caption {
            title: title.to_owned(),
            corpus: self.corpus.clone(),
            ham: tally.total(Label::Ham),
            spam: tally.total(Label::Spam),
            filter: self.filter.clone(),
            first: self.span.map(|span| span.0),
            last: self.span.map(|span| span.1),
        }
    }
}

/// Draws into `folder/charts` as SVG and PNG.
pub(crate) struct Gallery<'a> {
    /// The sizes of every chart.
    pub(crate) sizes: &'a Sizes,
    /// The run folder.
    pub(crate) folder: &'a Path,
    /// What is shown.
    pub(crate) subject: &'a Subject,
}

fn estimate(rate: &Rate) -> Estimate {
    Estimate { count: rate.count, of: rate.of, low: rate.low, high: rate.high }
}

/// A series of definitions to compare: its name, its releases, what happened.
pub(crate) type InTime<'a> = (&'a str, &'a [Timestamp], &'a [Period]);

/// A policy to compare: its name and tally.
pub(crate) type Named<'a> = (&'a str, &'a Tally);

impl Gallery<'_> {
    fn save(
        &self,
        name: &str,
        draw: impl Fn(Size) -> Result<Picture, report::Error>,
    ) -> Result<()> {
        let charts = self.folder.join("charts");
        let each = self.sizes.each(name).collect::<Vec<_>>();
        // Other sizes of an earlier run would show other numbers.
        for (_, _, file) in Sizes::all().each(name) {
            scaffold::remove(&charts.join(file))?;
        }
        if !each.is_empty() {
            scaffold::folder(&charts)?;
        }
        for files in each.chunk_by(|a, b| a.0 == b.0) {
            let picture = draw(files[0].0)?;
            for (_, format, file) in files {
                picture.save(*format, &charts.join(file))?;
            }
        }
        Ok(())
    }

    /// FP and FN per tier over time for each series of definitions.
    ///
    /// # Errors
    ///
    /// A file cannot be written.
    pub(crate) fn update_cadence(&self, series: &[InTime<'_>]) -> Result<()> {
        let Some((_, _, periods)) = series.first() else { return Ok(()) };
        let rates = |period: &Period, of: fn(&Tally, Tier) -> Rate| {
            Tier::ACTING.map(|tier| estimate(&of(&period.tally, tier)))
        };
        let span = |period: &Period| update_cadence::Span {
            from: period.from,
            until: period.until,
            false_positives: rates(period, Rate::false_positives),
            false_negatives: rates(period, Rate::false_negatives),
        };
        let habits =
            series.iter().map(|(name, releases, periods)| update_cadence::Habit {
                name: (*name).to_owned(),
                releases: releases.to_vec(),
                spans: periods.iter().map(span).collect(),
            });
        let title = "Errors over time by habit of updating definitions";
        let data = update_cadence::UpdateCadence {
            caption: self.subject.caption(title, &whole(periods)),
            habits: habits.collect(),
        };
        self.save("update-cadence", |size| update_cadence::picture(&data, size))
    }

    /// What was promised and delivered, per regime, period and tier.
    ///
    /// # Errors
    ///
    /// A file cannot be written.
    pub(crate) fn backtest(
        &self,
        rows: &[BacktestRow<'_>],
        judged: &[PackedCase],
    ) -> Result<()> {
        let side = |promises: &[Promise], label: Label| {
            Tier::ACTING.map(|tier| {
                let of = promises.iter().find(|p| p.label == label && p.tier == tier);
                of.map(|promise| backtest::Delivery {
                    promised: promise.promised,
                    delivered: estimate(&promise.delivered),
                    broken: promise.standing == PromiseStanding::Broken,
                })
            })
        };
        let regimes = rows.chunk_by(|a, b| a.feedback == b.feedback);
        let regimes = regimes.map(|rows| backtest::Regime {
            name: format!("{} feedback", rows[0].feedback),
            periods: rows
                .iter()
                .map(|row| backtest::Period {
                    false_positives: side(row.promises, Label::Ham),
                    false_negatives: side(row.promises, Label::Spam),
                })
                .collect(),
        });
        let mut tally = Tally::default();
        for case in judged {
            tally.tiers[case.label.index()][Tier::Inbox.index()] += 1;
        }
        let title =
            "Promised and delivered: tuned on the past, applied to the next period";
        let data = backtest::Backtest {
            caption: self.subject.caption(title, &tally),
            regimes: regimes.collect(),
        };
        self.save("backtest", |size| backtest::picture(&data, size))
    }

    /// FP and FN per tier for each policy.
    ///
    /// # Errors
    ///
    /// A file cannot be written.
    pub(crate) fn tier_rates(&self, policies: &[Named<'_>]) -> Result<()> {
        let Some((_, tally)) = policies.first() else { return Ok(()) };
        let rates = |tally: &Tally, of: fn(&Tally, Tier) -> Rate| {
            Tier::ACTING.map(|tier| estimate(&of(tally, tier)))
        };
        let data = tier_rates::TierRates {
            caption: self.subject.caption("Errors at each action tier", tally),
            policies: policies
                .iter()
                .map(|(name, tally)| tier_rates::PolicyRates {
                    name: (*name).to_owned(),
                    false_positives: rates(tally, Rate::false_positives),
                    false_negatives: rates(tally, Rate::false_negatives),
                })
                .collect(),
        };
        self.save("tier-rates", |size| tier_rates::picture(&data, size))
    }

    /// SCL histogram and DET curve of one replay.
    ///
    /// # Errors
    ///
    /// A file cannot be written.
    pub(crate) fn scores(
        &self,
        rows: &[TraceRow],
        tally: &Tally,
        at: &Thresholds,
    ) -> Result<()> {
        let levels = analysis::case_levels(rows);
        let counted = scl_histogram(&levels);
        let data = histogram::SclHistogram {
            caption: self.subject.caption("SCL of good mail and spam", tally),
            ham: levels_of(&counted, Label::Ham),
            spam: levels_of(&counted, Label::Spam),
            thresholds: *at,
        };
        self.save("scl-histogram", |size| histogram::picture(&data, size))?;
        // Curve and points are of the same mail.
        let rated = analysis::rated(rows);
        let scored: Vec<_> = rated.iter().map(|(score, of, _)| (*score, *of)).collect();
        let levels: Vec<_> = rated.iter().map(|(_, of, scl)| (*of, Some(*scl))).collect();
        let curve = roc(&scored);
        if curve.one_minus_roca.is_none() {
            return Ok(());
        }
        let pair = |(false_positives, false_negatives)| det::ErrorPair {
            false_positives,
            false_negatives,
        };
        let of = |label| scored.iter().filter(|(_, of)| *of == label).count() as u64;
        let title = "Detection error trade-off of mail that the filter rated";
        let caption = self.subject.caption(title, tally);
        let data = det::Det {
            caption: Caption { ham: of(Label::Ham), spam: of(Label::Spam), ..caption },
            curves: vec![det::DetCurve {
                name: self.subject.filter.clone(),
                points: curve.points.iter().map(|p| pair(curve.rates(p))).collect(),
                operating: operating_points(&levels),
            }],
        };
        self.save("det", |size| det::picture(&data, size))
    }

    /// FP and FN against each threshold, and the map of order classes.
    ///
    /// # Errors
    ///
    /// A file cannot be written, or the sweep does not hold the base setting.
    pub(crate) fn sweep(
        &self,
        sweep: &SweepResult,
        base: &Thresholds,
        outcome: usize,
        recommended: usize,
    ) -> Result<()> {
        let base = analysis::canonical(base);
        let Some(setting) = sweep.settings.iter().position(|s| *s == base) else {
            return Ok(());
        };
        let tally = &sweep.tallies[sweep.outcomes[outcome].tallies[setting] as usize];
        let panels = Tier::ACTING
            .into_iter()
            .map(|tier| {
                let points = threshold_steps(sweep, outcome, &base, tier)?;
                Ok(steps::Steps {
                    tier,
                    points: points
                        .iter()
                        .map(|point| steps::Step {
                            threshold: point.threshold,
                            false_positives: estimate(&point.fp),
                            false_negatives: estimate(&point.missed),
                        })
                        .collect(),
                    current: Some(match tier {
                        Tier::Inbox | Tier::Junk => base.junk,
                        Tier::Quarantine => base.quarantine,
                        Tier::Reject => base.reject,
                        Tier::Delete => base.delete,
                    }),
                })
            })
            .collect::<Result<Vec<_>>>()?;
        let data = steps::ThresholdSteps {
            caption: self.subject.caption("Errors against each threshold", tally),
            panels,
        };
        self.save("threshold-steps", |size| steps::picture(&data, size))?;
        let data = order_map::OrderMap {
            caption: self.subject.caption("What agent order changes", tally),
            thresholds: base.to_string(),
            groups: sweep
                .outcomes
                .iter()
                .enumerate()
                .map(|(number, group)| order_map::OrderGroup {
                    content_scans: sweep.orders[group.representative as usize]
                        .cost
                        .content_scans,
                    missed: missed(sweep, number, setting),
                    order_classes: group.order_classes,
                    role: match number {
                        at if at == recommended => order_map::Role::Recommended,
                        at if at == outcome => order_map::Role::Default,
                        _ => order_map::Role::Other,
                    },
                })
                .collect(),
        };
        self.save("order-map", |size| order_map::picture(&data, size))
    }
}

fn missed(sweep: &SweepResult, outcome: usize, setting: usize) -> Estimate {
    let tally = &sweep.tallies[sweep.outcomes[outcome].tallies[setting] as usize];
    estimate(&Rate::false_negatives(tally, Tier::Junk))
}

fn levels_of(counted: &SclHistogram, label: Label) -> histogram::SclCounts {
    let at = |level: i64| Scl::new(level).map_or(0, |scl| counted.at(label, scl));
    histogram::SclCounts {
        unrated: counted.unrated[label.index()],
        trusted: at(-1),
        rated: std::array::from_fn(|level| at(level.try_into().unwrap_or(i64::MAX))),
    }
}

/// The errors of stopping scored mail of each level and above. They need not lie on the
/// score's curve: the Sender ID result and phrases move levels, not scores.
fn operating_points(scored: &[(Label, Option<Scl>)]) -> Vec<det::OperatingPoint> {
    let share = |label: Label, level: i64, stopped: bool| {
        let at_level =
            |scl: &Option<Scl>| scl.is_some_and(|s| i64::from(s.get()) >= level);
        let of_label = || scored.iter().filter(|(other, _)| *other == label);
        let count = of_label().filter(|(_, scl)| at_level(scl) == stopped).count();
        Rate::new(count as u64, of_label().count() as u64).rate
    };
    let point = |level: i64| det::OperatingPoint {
        name: level.to_string(),
        at: det::ErrorPair {
            false_positives: share(Label::Ham, level, true),
            false_negatives: share(Label::Spam, level, false),
        },
    };
    (1..=9).map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_counted_by_its_stamp_not_by_a_cut_of_the_score() {
        let scl = |level| Scl::new(level).ok();
        let scored = [
            (Label::Ham, scl(8)),
            (Label::Ham, scl(0)),
            (Label::Spam, scl(9)),
            (Label::Spam, scl(8)),
            (Label::Spam, scl(7)),
            (Label::Spam, scl(-1)),
        ];
        let at = |level: usize| operating_points(&scored).remove(level - 1).at;
        assert_eq!(at(9), det::ErrorPair { false_positives: 0.0, false_negatives: 0.75 });
        assert_eq!(at(8), det::ErrorPair { false_positives: 0.5, false_negatives: 0.5 });
        assert_eq!(at(1), det::ErrorPair { false_positives: 0.5, false_negatives: 0.25 });
    }
}
