//! False positives and false negatives against each threshold, as the steps they are.
//!
//! One panel per threshold; both rates share a log axis whose floor carries the zeros.

use std::path::Path;

use mail::{Threshold, Tier};

use crate::caption::Caption;
use crate::color::{BLUE, Color, EDGE, GREY, INK, VERMILION};
use crate::error::Error;
use crate::estimate::Estimate;
use crate::panel::{self, Entry, Sample, number};
use crate::picture::{Anchor, Picture, Point, Rect, Weight};
use crate::render::Format;
use crate::scale::{Axis, Scale, Tick};
use crate::size::Size;
use crate::text;

/// What the chart shows.
#[derive(Debug, Clone, PartialEq)]
pub struct ThresholdSteps {
    /// Title and corpus.
    pub caption: Caption,
    /// One to four panels, in the order to show them.
    pub panels: Vec<Steps>,
}

/// One threshold, varied while the others stay.
#[derive(Debug, Clone, PartialEq)]
pub struct Steps {
    /// The tier that the threshold brings, and at which the rates are counted.
    pub tier: Tier,
    /// The rates at each setting; drawn by rising threshold, off last.
    pub points: Vec<Step>,
    /// The setting of the policy at hand: `Some(None)` is off, `None` is not marked.
    pub current: Option<Option<Threshold>>,
}

/// The rates at one setting of one threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The setting; `None` is off.
    pub threshold: Option<Threshold>,
    /// Good mail at the tier or harsher.
    pub false_positives: Estimate,
    /// Spam that ended milder than the tier.
    pub false_negatives: Estimate,
}

/// Height of the floor of the log axis, where zero stands.
const FLOOR: f64 = 25.0;

/// Draws the chart to a file.
///
/// # Errors
///
/// [`Error::NothingToDraw`] without panels or with an empty one, [`Error::TooMany`] with
/// more than four panels, and those of [`Picture::save`].
pub fn draw(
    data: &ThresholdSteps,
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
pub fn picture(data: &ThresholdSteps, size: Size) -> Result<Picture, Error> {
    let chart = "threshold steps";
    let given = data.panels.len();
    if given == 0 || data.panels.iter().any(|panel| panel.points.is_empty()) {
        return Err(Error::NothingToDraw { chart, missing: "no threshold setting" });
    }
    if given > 4 {
        return Err(Error::TooMany { chart, what: "thresholds", given, most: 4 });
    }
    let mut picture = Picture::new(&data.caption.title, size);
    let below = data.caption.draw(&mut picture);
    let below = panel::legend(&mut picture, below, &entries(size));
    let scale = scale(data);
    let foot = match size {
        Size::Screen => 4.0,
        Size::Column | Size::Slide => panel::print_height(&picture, NOTE),
    };
    let rows = if size == Size::Column { given } else { given.div_ceil(2) };
    picture.stretch(below + 2.0 + number(rows) * 108.0 + foot);
    for (index, steps) in data.panels.iter().enumerate() {
        let frame = frame(&picture, (below + 22.0, foot), index, given);
        draw_panel(&mut picture, frame, scale, steps);
    }
    if size != Size::Screen {
        panel::print(&mut picture, NOTE);
    }
    Ok(picture)
}

/// What stands below every panel of a large sheet.
const NOTE: &str = "bands: exact 95 % interval · a tier acts at SCL ≥ its threshold, junk at \
                    SCL > its own · counts: at the setting on grey";

fn entries(size: Size) -> Vec<Entry> {
    let entry =
        |name: &str, color, sample| Entry { name: name.to_owned(), color, sample };
    let lines = [
        entry("good mail stopped (false positives)", BLUE, Sample::Line),
        entry("spam let through (false negatives)", VERMILION, Sample::Line),
    ];
    // Smaller sheets say so in their small print.
    let band = entry("exact 95 % interval", EDGE.fade(0.45), Sample::Band);
    lines.into_iter().chain((size == Size::Screen).then_some(band)).collect()
}

/// Panels stand in two columns and rows, on a narrow sheet in one column, in reading order.
fn frame(
    picture: &Picture,
    (top, foot): (f64, f64),
    index: usize,
    panels: usize,
) -> Rect {
    let columns = if panels == 1 || picture.size == Size::Column { 1 } else { 2 };
    let rows = panels.div_ceil(columns);
    let (labels, gap) = match picture.size {
        Size::Screen => (66.0, 24.0),
        Size::Column | Size::Slide => (52.0, 14.0),
    };
    let margin = picture.margin();
    let slot = (picture.width - 2.0 * margin + gap) / number(columns);
    // From one panel to the next, and below the last.
    let (below, last) = match picture.size {
        Size::Screen if rows > 1 => (66.0, 66.0),
        Size::Screen => (46.0, 46.0),
        Size::Column | Size::Slide => (42.0, 22.0),
    };
    let room = picture.height - foot - top - last - below * number(rows - 1);
    let height = room / number(rows);
    let left = margin + slot * number(index % columns);
    let top = top + (height + below) * number(index / columns);
    Rect { left: left + labels, top, right: left + slot - gap, bottom: top + height }
}

/// One log scale for all panels, so that heights can be compared.
fn scale(data: &ThresholdSteps) -> Scale {
    let points = || data.panels.iter().flat_map(|panel| &panel.points);
    let estimates = || points().flat_map(|p| [p.false_positives, p.false_negatives]);
    let smallest = estimates().filter_map(|estimate| {
        let (low, high) = estimate.bounds();
        match estimate.count {
            0 => (estimate.of > 0 && high > 0.0).then_some(high),
            _ => estimate.rate().map(|rate| low.max(rate / 3.0)),
        }
    });
    let largest = estimates().map(|estimate| estimate.bounds().1).fold(0.0, f64::max);
    Scale::decades(smallest.fold(1.0, f64::min), largest)
}

fn draw_panel(picture: &mut Picture, frame: Rect, scale: Scale, steps: &Steps) {
    let axis = Axis {
        scale,
        from: frame.bottom - FLOOR,
        to: frame.top + 6.0,
        zero: frame.bottom - 8.0,
    };
    let mut points: Vec<&Step> = steps.points.iter().collect();
    points.sort_by_key(|step| (step.threshold.is_none(), step.threshold));
    // The panels are low: labels at every decade are enough.
    let words = |value: f64| {
        let decade = (value.log10() - value.log10().round()).abs() < 1e-6;
        if decade { text::percent(value) } else { String::new() }
    };
    let ticks: Vec<Tick> = axis.scale.ticks(words);
    panel::y_axis(picture, frame, &axis, &ticks);
    panel::y_label(picture, frame, axis.zero, "0");
    let edge = frame.bottom - FLOOR;
    picture.dashes((frame.left, edge), (frame.right, edge), EDGE, 0.8);
    settings(picture, frame, steps, &points);
    for (color, side) in [(VERMILION, Side::Missed), (BLUE, Side::Hurt)] {
        let estimates: Vec<_> = points.iter().map(|point| side.of(point)).collect();
        curve(picture, frame, &axis, &estimates, color);
    }
    panel::frame(picture, frame);
    heading(picture, frame, steps, &points);
    if picture.size == Size::Screen {
        panel::x_title(picture, frame, &[&rule(steps.tier)]);
    }
}

#[derive(Debug, Clone, Copy)]
enum Side {
    Hurt,
    Missed,
}

impl Side {
    const fn of(self, step: &Step) -> Estimate {
        match self {
            Self::Hurt => step.false_positives,
            Self::Missed => step.false_negatives,
        }
    }
}

/// How the product compares an SCL with the tier's threshold.
fn rule(tier: Tier) -> String {
    let sign = if tier == Tier::Junk { ">" } else { "≥" };
    format!("threshold n: {tier} at SCL {sign} n")
}

/// Middle of each setting's slot.
fn slot(frame: Rect, index: usize, count: usize) -> (f64, f64) {
    let width = frame.width() / number(count.max(1));
    (frame.left + width * (number(index) + 0.5), width)
}

/// The settings below the panel, the current one on a column of its own.
fn settings(picture: &mut Picture, frame: Rect, steps: &Steps, points: &[&Step]) {
    for (index, point) in points.iter().enumerate() {
        let (x, width) = slot(frame, index, points.len());
        let words = point.threshold.map_or("off".to_owned(), |t| t.to_string());
        if steps.current == Some(point.threshold) {
            let half = width / 2.0;
            let column = Rect { left: x - half, right: x + half, ..frame };
            picture.rect(column, EDGE.fade(0.16));
            let at = (x, frame.bottom + 16.0);
            picture.text(at, &words, 11.5, Weight::Bold, Anchor::Middle, INK);
        } else {
            let at = (x, frame.bottom + 16.0);
            picture.note(at, &words, panel::TICK_SIZE, Anchor::Middle, GREY);
        }
    }
}

/// A stretch per setting, joined upright; the band is the interval.
fn curve(
    picture: &mut Picture,
    frame: Rect,
    axis: &Axis,
    estimates: &[Estimate],
    color: Color,
) {
    let mut run = Run::default();
    for (index, estimate) in estimates.iter().enumerate() {
        let Some(rate) = estimate.rate() else {
            std::mem::take(&mut run).draw(picture, color);
            continue;
        };
        let (x, width) = slot(frame, index, estimates.len());
        let ends = [x - width / 2.0, x + width / 2.0];
        let (low, high) = estimate.bounds();
        let level = |share: f64| ends.map(|end| (end, axis.place(share)));
        run.line.extend(level(rate));
        run.upper.extend(level(high));
        run.lower.extend(level(low));
    }
    run.draw(picture, color);
}

/// Settings side by side without a gap.
#[derive(Debug, Default)]
struct Run {
    line: Vec<Point>,
    upper: Vec<Point>,
    lower: Vec<Point>,
}

impl Run {
    fn draw(mut self, picture: &mut Picture, color: Color) {
        self.upper.extend(self.lower.into_iter().rev());
        picture.area(self.upper, color.fade(0.20));
        picture.path(self.line, color, 2.4);
    }
}

/// The panel's name, and the counts at the current setting where there is room.
fn heading(picture: &mut Picture, frame: Rect, steps: &Steps, points: &[&Step]) {
    const NAME: f64 = 12.5;
    const GAP: f64 = 5.0;
    let current = points.iter().find(|point| steps.current == Some(point.threshold));
    let counts = |e: Estimate| text::fraction(e.count, e.of);
    let parts = current.map_or(Vec::new(), |point| {
        let setting = point.threshold.map_or("off".to_owned(), |t| t.to_string());
        let (hurt, missed) =
            (counts(point.false_positives), counts(point.false_negatives));
        let dot = ("·".to_owned(), GREY);
        let now = (format!("now {setting}:"), GREY);
        vec![(missed, VERMILION), dot, (hurt, BLUE), now]
    });
    let width = |words: &str| text::width(words, panel::TICK_SIZE, Weight::Regular);
    let taken: f64 = parts.iter().map(|(words, _)| width(words) + GAP).sum();
    let tier = steps.tier.name();
    let long = format!("{tier} or harsher");
    let ways = if steps.tier == Tier::Delete { [tier, tier] } else { [&long, tier] };
    let y = frame.top - 7.0;
    let beside = frame.width() - taken;
    let fits = text::width(tier, NAME, Weight::Bold) <= beside;
    let room = if fits { beside } else { frame.width() };
    let name = text::fitting(&ways, NAME, Weight::Bold, room);
    picture.text((frame.left, y), &name, NAME, Weight::Bold, Anchor::Start, INK);
    if fits {
        let mut x = frame.right;
        for (words, color) in parts {
            picture.note((x, y), &words, panel::TICK_SIZE, Anchor::End, color);
            x -= width(&words) + GAP;
        }
    }
}
