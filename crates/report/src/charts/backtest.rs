//! What a tuning promised and what the next period delivered, period by period.
//!
//! One column per tier, good mail above and spam below. In each period every feedback
//! regime has a dash for the promise, an upper bound, and a mark with its interval for what
//! was delivered; a ring around the mark says that the promise was broken.

use std::path::Path;

use crate::caption::Caption;
use crate::color::{Color, FAINT, INK, Shape};
use crate::error::Error;
use crate::estimate::Estimate;
use crate::panel::{self, number};
use crate::picture::{Picture, Rect, Weight};
use crate::render::Format;
use crate::scale::{Axis, Scale};
use crate::size::Size;
use crate::text;
use crate::tiers::{self, Cell, Side, entries, looks};

/// What the chart shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Backtest {
    /// Title and corpus.
    pub caption: Caption,
    /// One to six feedback regimes, over the same periods.
    pub regimes: Vec<Regime>,
}

/// One feedback regime.
#[derive(Debug, Clone, PartialEq)]
pub struct Regime {
    /// Name in the legend.
    pub name: String,
    /// What came of it, in order of time.
    pub periods: Vec<Period>,
}

/// What was promised and delivered in one period.
#[derive(Debug, Clone, PartialEq)]
pub struct Period {
    /// Good mail at the tier or harsher, parallel to [`mail::Tier::ACTING`].
    pub false_positives: [Option<Delivery>; 4],
    /// Spam that ended milder than the tier, parallel to [`mail::Tier::ACTING`].
    pub false_negatives: [Option<Delivery>; 4],
}

/// One promise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Delivery {
    /// The upper bound at tuning, 0 to 1.
    pub promised: f64,
    /// What was delivered.
    pub delivered: Estimate,
    /// Whether the promise was broken beyond chance.
    pub broken: bool,
}

/// Most regimes that stay apart.
const MOST: usize = 6;

/// Draws the chart to a file.
///
/// # Errors
///
/// [`Error::NothingToDraw`] without a regime or a period, [`Error::TooMany`] with more than
/// six regimes, and those of [`Picture::save`].
pub fn draw(
    data: &Backtest,
    size: Size,
    format: Format,
    path: &Path,
) -> Result<(), Error> {
    picture(data, size)?.save(format, path)
}

/// Draws the chart.
///
/// # Errors
///
/// As [`draw`], without those of writing.
pub fn picture(data: &Backtest, size: Size) -> Result<Picture, Error> {
    let chart = "back-test";
    let given = data.regimes.len();
    let periods = data.regimes.iter().map(|regime| regime.periods.len()).max();
    let Some(periods) = periods.filter(|periods| *periods > 0) else {
        return Err(Error::NothingToDraw { chart, missing: "no period" });
    };
    if given > MOST {
        return Err(Error::TooMany { chart, what: "regimes", given, most: MOST });
    }
    let mut picture = Picture::new(&data.caption.title, size);
    let below = data.caption.draw(&mut picture);
    let names = entries(&data.regimes, |regime| &regime.name);
    let below = panel::legend(&mut picture, below, &names);
    let foot = panel::print_height(&picture, NOTE);
    for cell in tiers::cells(&mut picture, below, foot, 0.0) {
        Panel { cell, periods }.draw(&mut picture, data);
    }
    panel::print(&mut picture, NOTE);
    Ok(picture)
}

const NOTE: &str = "along: periods by number · dash: promised, the upper bound at tuning · \
                    mark: delivered, with exact 95 % interval, cut at the frame · hollow: \
                    none seen · ring: promise broken beyond chance";

const fn of(cell: Cell, period: &Period) -> Option<Delivery> {
    match cell.side {
        Side::Hurt => period.false_positives[cell.tier],
        Side::Missed => period.false_negatives[cell.tier],
    }
}

/// One panel.
struct Panel {
    cell: Cell,
    periods: usize,
}

impl Panel {
    fn draw(&self, picture: &mut Picture, data: &Backtest) {
        let frame = self.cell.frame;
        let up = Axis {
            scale: self.scale(data),
            from: frame.bottom - 5.0,
            to: frame.top + 5.0,
            zero: frame.bottom - 5.0,
        };
        panel::y_axis(picture, frame, &up, &up.scale.ticks(text::percent));
        let slot = frame.width() / number(self.periods);
        for period in (1..self.periods).step_by(2) {
            let left = frame.left + slot * number(period);
            let band = Rect { left, right: left + slot, ..frame };
            picture.rect(band, FAINT);
        }
        self.periods(picture, slot);
        panel::frame(picture, frame);
        for (nth, (regime, color, shape)) in looks(&data.regimes).enumerate() {
            let place = (number(nth) + 1.0) / (number(data.regimes.len()) + 1.0);
            let wide = slot / (number(data.regimes.len()) + 1.0) * 0.42;
            for (at, period) in regime.periods.iter().enumerate() {
                let x = frame.left + slot * (number(at) + place);
                if let Some(delivery) = of(self.cell, period) {
                    let wide = wide.clamp(1.5, 9.0);
                    mark(picture, &up, (x, wide), &delivery, (color, shape));
                }
            }
        }
    }

    /// Numbers of the periods, as many as there is room for.
    fn periods(&self, picture: &mut Picture, slot: f64) {
        let widest = self.periods.to_string();
        let widest = text::width(&widest, panel::TICK_SIZE, Weight::Regular) + 6.0;
        let every = (widest / slot).ceil().max(1.0);
        let shown = |at: &usize| (number(*at) % every).abs() < 0.5;
        for at in (0..self.periods).filter(shown) {
            let middle = self.cell.frame.left + slot * (number(at) + 0.5);
            panel::x_label(picture, self.cell.frame, middle, &(at + 1).to_string());
        }
    }

    /// Up to the largest promise or delivered rate with some air; an interval may run off.
    fn scale(&self, data: &Backtest) -> Scale {
        let periods = data.regimes.iter().flat_map(|regime| &regime.periods);
        let told = periods.filter_map(|period| of(self.cell, period));
        let high = |delivery: Delivery| {
            let rate = delivery.delivered.rate().unwrap_or(0.0);
            rate.max(sane(delivery.promised))
        };
        let most = told.map(high).fold(0.0, f64::max);
        Scale::from_zero((most * 1.15).clamp(0.001, 1.0))
    }
}

fn sane(bound: f64) -> f64 {
    if bound.is_finite() { bound.clamp(0.0, 1.0) } else { 1.0 }
}

/// One promise: its dash, and where there is mail its mark with interval.
fn mark(
    picture: &mut Picture,
    up: &Axis,
    (x, wide): (f64, f64),
    delivery: &Delivery,
    (color, shape): (Color, Shape),
) {
    let promised = up.place(sane(delivery.promised));
    picture.line((x - wide, promised), (x + wide, promised), color.fade(0.75), 2.2);
    let Some(rate) = delivery.delivered.rate() else { return };
    let (low, high) = delivery.delivered.bounds();
    picture.line((x, up.place(low)), (x, up.place(high)), color.fade(0.4), 1.6);
    let at = (x, up.place(rate));
    if delivery.delivered.count == 0 {
        picture.hollow(at, shape, 2.9, color);
    } else {
        picture.marker(at, shape, 2.7, color);
    }
    if delivery.broken {
        picture.ring(at, 5.6, INK, 1.3);
    }
}
