//! False positives and false negatives at each tier over time, update habit beside update
//! habit.
//!
//! One column per tier, good mail above and spam below; the band is the interval, the marks
//! on top are the releases.

use std::path::Path;

use mail::{Tier, Timestamp};

use crate::caption::{Caption, MARGIN};
use crate::color::{Color, EDGE, FAINT, GREY, INK, SERIES, SHAPES, Shape};
use crate::error::Error;
use crate::estimate::Estimate;
use crate::panel::{self, Entry, Sample};
use crate::picture::{Anchor, Picture, Point, Rect, Weight};
use crate::render::Format;
use crate::scale::{Axis, Scale, Tick};
use crate::text;

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
    /// Good mail at the tier or harsher, parallel to [`Tier::ACTING`].
    pub false_positives: [Estimate; 4],
    /// Spam that ended milder than the tier, parallel to [`Tier::ACTING`].
    pub false_negatives: [Estimate; 4],
}

/// Most habits that stay apart.
const MOST: usize = 6;
/// Stretches with fewer messages do not stretch the axis.
const FEW: u64 = 50;
/// Height of one habit's line of release marks.
const MARKS: f64 = 8.0;

/// Draws the chart to a file.
///
/// # Errors
///
/// [`Error::NothingToDraw`] without a habit or a span, [`Error::TooMany`] with more than six
/// habits, and those of [`Picture::save`].
pub fn draw(data: &UpdateCadence, format: Format, path: &Path) -> Result<(), Error> {
    picture(data)?.save(format, path)
}

/// Draws the chart.
///
/// # Errors
///
/// As [`draw`], without those of writing.
pub fn picture(data: &UpdateCadence) -> Result<Picture, Error> {
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
    let mut picture = Picture::new(&data.caption.title);
    let below = data.caption.draw(&mut picture);
    let below = panel::legend(&mut picture, below, &entries(data));
    let time = Time::new(first, last);
    let strip = MARKS * number(given) + 4.0;
    for (row, side) in [Side::Hurt, Side::Missed].into_iter().enumerate() {
        for (column, tier) in Tier::ACTING.into_iter().enumerate() {
            let frame = frame(&picture, below + 26.0, strip, row, column);
            let panel = Panel { side, tier: column, frame, strip };
            panel.draw(&mut picture, data, &time);
            if row == 0 {
                let middle = f64::midpoint(frame.left, frame.right);
                let words = match tier {
                    Tier::Delete => "delete".to_owned(),
                    Tier::Inbox | Tier::Junk | Tier::Quarantine | Tier::Reject => {
                        format!("{tier} or harsher")
                    }
                };
                let at = (middle, below + 20.0);
                picture.text(at, &words, 12.0, Weight::Bold, Anchor::Middle, INK);
            }
            if column == 0 {
                panel::y_title(&mut picture, frame, MARGIN + 8.0, side.words());
            }
        }
    }
    let note = "bands: exact 95 % interval, cut at the frame · hollow mark: none seen · marks on \
                top: definitions installed · rates of fewer than 50 messages may stand on \
                the frame";
    let at = (MARGIN, picture.height - 8.0);
    picture.note(at, note, 9.5, Anchor::Start, GREY);
    Ok(picture)
}

fn entries(data: &UpdateCadence) -> Vec<Entry> {
    let look = SERIES.iter().zip(SHAPES);
    data.habits
        .iter()
        .zip(look)
        .map(|(habit, (color, shape))| Entry {
            name: habit.name.clone(),
            color: *color,
            sample: Sample::Marker(shape),
        })
        .collect()
}

#[derive(Debug, Clone, Copy)]
enum Side {
    Hurt,
    Missed,
}

impl Side {
    const fn words(self) -> &'static str {
        match self {
            Self::Hurt => "good mail stopped (FP)",
            Self::Missed => "spam let through (FN)",
        }
    }

    const fn of(self, span: &Span, tier: usize) -> Estimate {
        match self {
            Self::Hurt => span.false_positives[tier],
            Self::Missed => span.false_negatives[tier],
        }
    }
}

/// Panels stand in four columns and two rows; the strip above each is for release marks.
fn frame(picture: &Picture, top: f64, strip: f64, row: usize, column: usize) -> Rect {
    let slot = (picture.width - 2.0 * MARGIN - 18.0 + 8.0) / 4.0;
    let height = (picture.height - 22.0 - top) / 2.0;
    let left = MARGIN + 18.0 + slot * number(column);
    let top = top + height * number(row);
    Rect {
        left: left + 46.0,
        top: top + strip,
        right: left + slot - 8.0,
        bottom: top + height - 26.0,
    }
}

fn number(count: usize) -> f64 {
    f64::from(u16::try_from(count).unwrap_or(u16::MAX))
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

    fn axis(&self, frame: Rect) -> Axis {
        let (from, to) = (frame.left, frame.right);
        Axis { scale: self.scale, from, to, zero: from }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a pixel is hours wide")]
fn seconds(time: Timestamp) -> f64 {
    time.0 as f64
}

/// One panel.
struct Panel {
    side: Side,
    tier: usize,
    frame: Rect,
    strip: f64,
}

impl Panel {
    fn draw(&self, picture: &mut Picture, data: &UpdateCadence, time: &Time) {
        let frame = self.frame;
        let along = time.axis(frame);
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
        let look = || data.habits.iter().zip(SERIES.iter().zip(SHAPES));
        for (line, (habit, (color, _))) in look().enumerate() {
            let y = frame.top - self.strip + 2.0 + MARKS * number(line);
            marks(picture, &along, habit, y, *color);
        }
        // Side by side by a hair, so that equal habits do not hide each other.
        let beside = |nth: usize| {
            let shift = (number(nth) - number(data.habits.len() - 1) / 2.0) * 2.2;
            Axis { from: along.from + shift, to: along.to + shift, ..along }
        };
        for (nth, (habit, (color, _))) in look().enumerate() {
            self.bands(picture, &beside(nth), &up, habit, *color);
        }
        panel::frame(picture, frame);
        for (nth, (habit, (color, shape))) in look().enumerate() {
            self.line(picture, &beside(nth), &up, habit, *color, shape);
        }
    }

    fn estimates<'h>(
        &self,
        habit: &'h Habit,
    ) -> impl Iterator<Item = (f64, Estimate)> + use<'h> {
        let (side, tier) = (self.side, self.tier);
        habit.spans.iter().map(move |span| {
            (f64::midpoint(seconds(span.from), seconds(span.until)), side.of(span, tier))
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

    fn line(
        &self,
        picture: &mut Picture,
        along: &Axis,
        up: &Axis,
        habit: &Habit,
        color: Color,
        shape: Shape,
    ) {
        let estimates: Vec<_> = self.estimates(habit).collect();
        let place = |(x, e): &(f64, Estimate)| {
            let rate = e.rate().unwrap_or(0.0);
            (along.place(*x), up.place(rate))
        };
        for run in estimates.split(|(_, estimate)| estimate.of == 0) {
            picture.path(run.iter().map(place).collect(), color, 1.8);
        }
        for point in estimates.iter().filter(|(_, estimate)| estimate.of > 0) {
            if point.1.count == 0 {
                picture.hollow(place(point), shape, 2.9, color);
            } else {
                picture.marker(place(point), shape, 2.7, color);
            }
        }
    }
}

/// A tick for every release within the axis.
fn marks(picture: &mut Picture, along: &Axis, habit: &Habit, y: f64, color: Color) {
    let Scale::Linear { low, high } = along.scale else { return };
    let inside = |x: &f64| (low..=high).contains(x);
    let middle = y + MARKS / 2.0 - 0.5;
    picture.line((along.from, middle), (along.to, middle), EDGE.fade(0.35), 0.7);
    for x in habit.releases.iter().map(|time| seconds(*time)).filter(inside) {
        let x = along.place(x);
        picture.line((x, y), (x, y + MARKS - 1.5), color, 1.8);
    }
}
