//! False positives and false negatives at each tier over time, update habit beside update
//! habit.
//!
//! One column per tier, good mail above and spam below; the band is the interval, the marks
//! on top are the releases.

use std::path::Path;

use mail::Timestamp;

use crate::caption::Caption;
use crate::color::{Color, EDGE, FAINT, Shape};
use crate::error::Error;
use crate::estimate::Estimate;
use crate::panel::{self, number};
use crate::picture::{Picture, Point, Rect};
use crate::render::Format;
use crate::scale::{Axis, Scale, Tick};
use crate::size::Size;
use crate::text;
use crate::tiers::{self, Cell, Side, entries, looks};

/// What the chart shows.
#[derive(Debug, Clone, PartialEq)]
pub struct UpdateCadence {
    /// Title and corpus.
    pub caption: Caption,
    /// One to six habits, in the order to show them.
    pub habits: Vec<Habit>,
}

/// One habit of installing definitions.
#[derive(Debug, Clone, PartialEq)]
pub struct Habit {
    /// Name in the legend.
    pub name: String,
    /// When definitions were installed.
    pub releases: Vec<Timestamp>,
    /// What happened, in order of time.
    pub spans: Vec<Span>,
}

/// What happened in a stretch of time.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// When it begins.
    pub from: Timestamp,
    /// When it ends.
    pub until: Timestamp,
    /// Good mail at the tier or harsher, parallel to [`mail::Tier::ACTING`].
    pub false_positives: [Estimate; 4],
    /// Spam that ended milder than the tier, parallel to [`mail::Tier::ACTING`].
    pub false_negatives: [Estimate; 4],
}

/// Most habits that stay apart.
const MOST: usize = 6;
/// Stretches with fewer messages do not stretch the axis.
const FEW: u64 = 50;

/// From one habit's marks to the next one's.
const BESIDE: f64 = 2.2;

/// Height of one habit's line of release marks.
const fn lane(size: Size) -> f64 {
    match size {
        Size::Screen => 8.0,
        Size::Column | Size::Slide => 5.0,
    }
}

/// Draws the chart to a file.
///
/// # Errors
///
/// [`Error::NothingToDraw`] without a habit or a span, [`Error::TooMany`] with more than six
/// habits, and those of [`Picture::save`].
pub fn draw(
    data: &UpdateCadence,
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
pub fn picture(data: &UpdateCadence, size: Size) -> Result<Picture, Error> {
    let chart = "update cadence";
    let given = data.habits.len();
    let spans = || data.habits.iter().flat_map(|habit| &habit.spans);
    let first = spans().map(|span| span.from).min();
    let last = spans().map(|span| span.until).max();
    let (Some(first), Some(last)) = (first, last) else {
        return Err(Error::NothingToDraw { chart, missing: "no stretch of time" });
    };
    if given > MOST {
        return Err(Error::TooMany { chart, what: "habits", given, most: MOST });
    }
    let mut picture = Picture::new(&data.caption.title, size);
    let below = data.caption.draw(&mut picture);
    let names = entries(&data.habits, |habit| &habit.name);
    let below = panel::legend(&mut picture, below, &names);
    let time = Time::new(first, last);
    let strip = lane(size) * number(given) + 4.0;
    let foot = panel::print_height(&picture, NOTE);
    for cell in tiers::cells(&mut picture, below, foot, strip) {
        Panel { cell, strip }.draw(&mut picture, data, &time);
    }
    panel::print(&mut picture, NOTE);
    Ok(picture)
}

const NOTE: &str = "bands: exact 95 % interval, cut at the frame · hollow mark: none seen · \
                    marks on top: definitions installed · tip at the upper edge: a rate \
                    beyond it, of fewer than 50 messages";

const fn of(cell: Cell, span: &Span) -> Estimate {
    match cell.side {
        Side::Hurt => span.false_positives[cell.tier],
        Side::Missed => span.false_negatives[cell.tier],
    }
}

/// The time axis that all panels share.
struct Time {
    scale: Scale,
    ticks: Vec<Tick>,
}

impl Time {
    /// Months are ruled, and named where there is room.
    fn new(first: Timestamp, last: Timestamp) -> Self {
        const DAY: i64 = 86_400;
        let first = first.clamp(Timestamp::MIN, Timestamp::MAX);
        let last = last.clamp(first, Timestamp::MAX);
        let days = (last.0 - first.0) / DAY;
        // Finer than this a month is no more than a hair.
        let step = if days > 3_000 { days / 12 } else { 1 };
        let begin = first.0.div_euclid(DAY) + 1;
        let mut ticks: Vec<Tick> = (0..=days / step)
            .map(|n| Timestamp((begin + n * step) * DAY))
            .filter(|time| *time <= last)
            .filter_map(|time| {
                let text = time.to_string();
                let named = step > 1 || text.get(8..10) == Some("01");
                let words = text.get(..7).unwrap_or_default().to_owned();
                named.then(|| Tick { value: seconds(time), words })
            })
            .collect();
        let every = ticks.len().div_ceil(12).max(1);
        for (index, tick) in ticks.iter_mut().enumerate() {
            if index % every != 0 {
                tick.words.clear();
            }
        }
        let (low, high) = (seconds(first), seconds(last).max(seconds(first) + 1.0));
        Self { scale: Scale::Linear { low, high }, ticks }
    }

    /// Across the frame but for `inset` at each end.
    fn axis(&self, frame: Rect, inset: f64) -> Axis {
        let (from, to) = (frame.left + inset, frame.right - inset);
        Axis { scale: self.scale, from, to, zero: from }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a pixel is hours wide")]
fn seconds(time: Timestamp) -> f64 {
    time.0 as f64
}

/// One panel.
struct Panel {
    cell: Cell,
    strip: f64,
}

impl Panel {
    fn draw(&self, picture: &mut Picture, data: &UpdateCadence, time: &Time) {
        let frame = self.cell.frame;
        let half = number(data.habits.len() - 1) / 2.0 * BESIDE;
        let along = time.axis(frame, half);
        let up = Axis {
            scale: self.scale(data),
            from: frame.bottom - 5.0,
            to: frame.top + 5.0,
            zero: frame.bottom - 5.0,
        };
        panel::y_axis(picture, frame, &up, &up.scale.ticks(text::percent));
        panel::x_axis(picture, frame, &along, &time.ticks);
        let back = Rect { top: frame.top - self.strip, bottom: frame.top, ..frame };
        picture.rect(back, FAINT);
        let lane = lane(picture.size);
        for (line, (habit, color, _)) in looks(&data.habits).enumerate() {
            let y = frame.top - self.strip + 2.0 + lane * number(line);
            marks(picture, &along, habit, (y, lane), color);
        }
        // Side by side by a hair, so that equal habits do not hide each other.
        let beside = |nth: usize| {
            let shift = number(nth) * BESIDE - half;
            Axis { from: along.from + shift, to: along.to + shift, ..along }
        };
        for (nth, (habit, color, _)) in looks(&data.habits).enumerate() {
            self.bands(picture, &beside(nth), &up, habit, color);
        }
        panel::frame(picture, frame);
        for (nth, (habit, color, shape)) in looks(&data.habits).enumerate() {
            self.line(picture, (&beside(nth), &up), habit, (color, shape));
        }
    }

    fn estimates<'h>(
        &self,
        habit: &'h Habit,
    ) -> impl Iterator<Item = (f64, Estimate)> + use<'h> {
        let cell = self.cell;
        habit.spans.iter().map(move |span| {
            (f64::midpoint(seconds(span.from), seconds(span.until)), of(cell, span))
        })
    }

    /// Up to the largest rate with some air, or to the middle one of the intervals' ends.
    /// A stretch with a handful of messages must not flatten all others: it may run off.
    fn scale(&self, data: &UpdateCadence) -> Scale {
        let all = || data.habits.iter().flat_map(|habit| self.estimates(habit));
        let solid = all().filter(|(_, e)| e.of >= FEW);
        let rate = solid.filter_map(|(_, e)| e.rate()).fold(0.0, f64::max);
        let known = all().filter(|(_, e)| e.of > 0);
        let mut highs: Vec<f64> = known.map(|(_, e)| e.bounds().1).collect();
        highs.sort_by(f64::total_cmp);
        let middle = highs.get(highs.len() / 2).copied().unwrap_or(0.0);
        Scale::from_zero((rate * 1.1).max(middle).clamp(0.001, 1.0))
    }

    /// The bands of all stretches that follow each other without a gap.
    fn bands(
        &self,
        picture: &mut Picture,
        along: &Axis,
        up: &Axis,
        habit: &Habit,
        color: Color,
    ) {
        let estimates: Vec<_> = self.estimates(habit).collect();
        for run in estimates.split(|(_, estimate)| estimate.of == 0) {
            let edge = |end: fn((f64, f64)) -> f64| {
                let at = move |(x, e): &(f64, Estimate)| {
                    (along.place(*x), up.place(end(e.bounds())))
                };
                run.iter().map(at)
            };
            let mut outline: Vec<Point> = edge(|(_, high)| high).collect();
            outline.extend(edge(|(low, _)| low).rev());
            if let [high, low] = outline[..] {
                // A stretch alone has no width for a band.
                picture.line(high, low, color.fade(0.35), 2.4);
            }
            picture.area(outline, color.fade(0.12));
        }
    }

    /// The rates. One beyond the scale has no place in the panel: a tip at the upper edge
    /// stands for it, and the line leads there and back in dashes.
    fn line(
        &self,
        picture: &mut Picture,
        (along, up): (&Axis, &Axis),
        habit: &Habit,
        (color, shape): (Color, Shape),
    ) {
        let estimates: Vec<_> = self.estimates(habit).collect();
        let Scale::Linear { high, .. } = up.scale else { return };
        let beyond = |e: &Estimate| e.rate().is_some_and(|rate| rate > high * 1.000_001);
        let place = |(x, e): &(f64, Estimate)| {
            (along.place(*x), up.place(e.rate().unwrap_or(0.0)))
        };
        for run in estimates.split(|(_, estimate)| estimate.of == 0) {
            for pair in run.windows(2) {
                let (from, to) = (place(&pair[0]), place(&pair[1]));
                if beyond(&pair[0].1) || beyond(&pair[1].1) {
                    picture.dashes(from, to, color.fade(0.6), 1.0);
                } else {
                    picture.line(from, to, color, 1.8);
                }
            }
        }
        for point in estimates.iter().filter(|(_, estimate)| estimate.of > 0) {
            let at = place(point);
            if beyond(&point.1) {
                tip(picture, (at.0, self.cell.frame.top), color);
            } else if point.1.count == 0 {
                picture.hollow(at, shape, 2.9, color);
            } else {
                picture.marker(at, shape, 2.7, color);
            }
        }
    }
}

/// An open arrow head below the upper edge at `(x, top)`.
fn tip(picture: &mut Picture, (x, top): Point, color: Color) {
    let (peak, foot) = (top + 1.5, top + 7.0);
    let head = vec![(x - 4.0, foot), (x, peak), (x + 4.0, foot)];
    picture.path(head, color, 1.6);
}

/// A tick for every release within the axis.
fn marks(
    picture: &mut Picture,
    along: &Axis,
    habit: &Habit,
    (y, lane): (f64, f64),
    color: Color,
) {
    let Scale::Linear { low, high } = along.scale else { return };
    let inside = |x: &f64| (low..=high).contains(x);
    let middle = y + lane / 2.0 - 0.5;
    picture.line((along.from, middle), (along.to, middle), EDGE.fade(0.35), 0.7);
    for x in habit.releases.iter().map(|time| seconds(*time)).filter(inside) {
        let x = along.place(x);
        picture.line((x, y), (x, y + lane - 1.5), color, 1.8);
    }
}
