//! Frames, grids, axes and legends, by hand: plotters' own are not made for print.

use crate::color::{Color, EDGE, GREY, GRID, INK, Shape};
use crate::picture::{Anchor, Picture, Point, Rect, Weight};
use crate::scale::{Axis, Scale, Tick};
use crate::size::Size;
use crate::text;

/// Size of tick labels.
pub(crate) const TICK_SIZE: f64 = 10.5;
/// Size of axis titles and legends.
pub(crate) const TITLE_SIZE: f64 = 11.5;

/// Grid lines and labels of an axis that runs to the right, below `frame`.
pub(crate) fn x_axis(picture: &mut Picture, frame: Rect, axis: &Axis, ticks: &[Tick]) {
    for tick in ruled(axis, ticks) {
        let x = axis.place(tick.value);
        let color = if tick.words.is_empty() { GRID.fade(0.5) } else { GRID };
        picture.line((x, frame.top), (x, frame.bottom), color, 1.0);
    }
    let mut free = f64::MIN;
    for (x, half, words) in spaced(axis, ticks) {
        let inside = x - half > 0.0 && x + half < picture.width;
        if inside && x - half >= free {
            x_label(picture, frame, x, words);
            free = x + half + GAP;
        }
    }
}

/// Least distance between labels of an axis that runs to the right.
const GAP: f64 = 6.0;

/// Labels with their places and half widths: of an even scale every first, second or third,
/// so that what is left is even too; of a normal-deviate scale all.
fn spaced<'t>(axis: &Axis, ticks: &'t [Tick]) -> Vec<(f64, f64, &'t str)> {
    let named = ticks.iter().filter(|tick| !tick.words.is_empty());
    let labels: Vec<_> = named
        .map(|tick| {
            let half = text::width(&tick.words, TICK_SIZE, Weight::Regular) / 2.0;
            (axis.place(tick.value), half, tick.words.as_str())
        })
        .collect();
    let apart = |a: &(f64, f64, &str), b: &(f64, f64, &str)| b.0 - b.1 >= a.0 + a.1 + GAP;
    let even = match axis.scale {
        Scale::Linear { .. } | Scale::Log { .. } => true,
        Scale::Deviate { .. } => false,
    };
    let fits = |step: &usize| {
        let kept: Vec<_> = labels.iter().step_by(*step).collect();
        kept.windows(2).all(|pair| apart(pair[0], pair[1]))
    };
    let step = if even { (1..=labels.len()).find(fits).unwrap_or(1) } else { 1 };
    labels.into_iter().step_by(step).collect()
}

/// One label below `frame` with its tick.
pub(crate) fn x_label(picture: &mut Picture, frame: Rect, x: f64, words: &str) {
    picture.line((x, frame.bottom), (x, frame.bottom + 4.0), EDGE, 1.0);
    picture.note((x, frame.bottom + 16.0), words, TICK_SIZE, Anchor::Middle, GREY);
}

/// Grid lines and labels of an axis that runs upwards, left of `frame`.
pub(crate) fn y_axis(picture: &mut Picture, frame: Rect, axis: &Axis, ticks: &[Tick]) {
    for tick in ruled(axis, ticks) {
        let y = axis.place(tick.value);
        let color = if tick.words.is_empty() { GRID.fade(0.5) } else { GRID };
        picture.line((frame.left, y), (frame.right, y), color, 1.0);
    }
    let mut free = f64::MAX;
    for tick in ticks.iter().filter(|tick| !tick.words.is_empty()) {
        let y = axis.place(tick.value);
        if y + LINE / 2.0 <= free {
            y_label(picture, frame, y, &tick.words);
            free = y - LINE / 2.0;
        }
    }
}

/// The ticks that get a line: fine ones only where they are not a smear.
fn ruled<'t>(axis: &Axis, ticks: &'t [Tick]) -> impl Iterator<Item = &'t Tick> {
    const APART: f64 = 2.5;
    let place = |tick: &Tick| axis.place(tick.value);
    let gaps = ticks.windows(2).map(|pair| (place(&pair[1]) - place(&pair[0])).abs());
    let fine = gaps.fold(f64::MAX, f64::min) >= APART;
    ticks.iter().filter(move |tick| fine || !tick.words.is_empty())
}

/// Height that one tick label needs, with some air.
const LINE: f64 = 13.0;

/// One label left of `frame` with its tick.
pub(crate) fn y_label(picture: &mut Picture, frame: Rect, y: f64, words: &str) {
    picture.line((frame.left - 4.0, y), (frame.left, y), EDGE, 1.0);
    let at = (frame.left - 7.0, y + 3.8);
    picture.note(at, words, TICK_SIZE, Anchor::End, GREY);
}

/// The lines around a panel, drawn after its grid.
pub(crate) fn frame(picture: &mut Picture, frame: Rect) {
    let Rect { left, top, right, bottom } = frame;
    let around =
        [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
    picture.path(around.to_vec(), EDGE, 1.0);
}

/// Title below an x axis: the first of `ways` that fits.
pub(crate) fn x_title(picture: &mut Picture, frame: Rect, ways: &[&str]) {
    let (left, right) = (picture.margin(), picture.width - picture.margin());
    let middle = f64::midpoint(frame.left, frame.right);
    let room = (frame.width() + 24.0).min(2.0 * (right - middle).min(middle - left));
    let words = text::fitting(ways, TITLE_SIZE, Weight::Regular, room);
    let at = (middle, frame.bottom + 33.0);
    picture.note(at, &words, TITLE_SIZE, Anchor::Middle, INK);
}

/// Title left of a y axis, at `x`: the first of `ways` that fits.
pub(crate) fn y_title(picture: &mut Picture, frame: Rect, x: f64, ways: &[&str]) {
    let at = (x, f64::midpoint(frame.top, frame.bottom));
    let room = frame.height() + 10.0;
    let words = text::fitting(ways, TITLE_SIZE, Weight::Regular, room);
    picture.text_upwards(at, &words, TITLE_SIZE, INK);
}

/// Size of the small print below a chart.
const PRINT: f64 = 9.5;
/// From one line of it to the next.
const PRINT_LINE: f64 = 12.5;

/// The lines that small print takes on a sheet.
fn printed(picture: &Picture, words: &str) -> Vec<String> {
    let room = picture.width - 2.0 * picture.margin();
    text::wrap(words, PRINT, Weight::Regular, room, 6)
}

/// Height of the small print at the foot of a sheet.
pub(crate) fn print_height(picture: &Picture, words: &str) -> f64 {
    number(printed(picture, words).len()) * PRINT_LINE + 9.0
}

/// Small print at the foot of a sheet.
pub(crate) fn print(picture: &mut Picture, words: &str) {
    let lines = printed(picture, words);
    let mut y = picture.height - 8.0 - PRINT_LINE * number(lines.len().saturating_sub(1));
    for line in lines {
        picture.note((picture.margin(), y), &line, PRINT, Anchor::Start, GREY);
        y += PRINT_LINE;
    }
}

/// A small count as a length.
pub(crate) fn number(count: usize) -> f64 {
    f64::from(u16::try_from(count).unwrap_or(u16::MAX))
}

/// One entry of a legend.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) color: Color,
    pub(crate) sample: Sample,
}

/// What stands before a legend's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sample {
    Marker(Shape),
    Hollow(Shape),
    Line,
    Band,
    Whisker,
}

/// Draws entries in rows from the left edge, below `y`; gives the y below them. A name that
/// is wider than the sheet goes on in a second line.
pub(crate) fn legend(picture: &mut Picture, y: f64, entries: &[Entry]) -> f64 {
    const ROW: f64 = 19.0;
    const LINE: f64 = 14.0;
    const SAMPLE: f64 = 26.0;
    const BETWEEN: f64 = 22.0;
    let (left, right) = (picture.margin(), picture.width - picture.margin());
    // Many names share the rows of a wide sheet; a narrow one gives each its own.
    let shared = entries.len() > 2 && picture.size != Size::Column;
    let widest = match shared {
        true => (right - left) / 2.0 - SAMPLE - BETWEEN,
        false => right - left - SAMPLE,
    };
    let most = if shared { 1 } else { 2 };
    let (mut x, mut y) = (left, y + ROW - 5.0);
    for entry in entries {
        let lines = text::wrap(&entry.name, TITLE_SIZE, Weight::Regular, widest, most);
        let wide = |line: &String| text::width(line, TITLE_SIZE, Weight::Regular);
        let width = SAMPLE + lines.iter().map(wide).fold(0.0, f64::max);
        if x > left && x + width > right {
            (x, y) = (left, y + ROW);
        }
        sample(picture, (x, y - 4.0), entry);
        let mut below = y;
        for (nth, line) in lines.iter().enumerate() {
            below = y + LINE * number(nth);
            picture.note((x + SAMPLE, below), line, TITLE_SIZE, Anchor::Start, INK);
        }
        x += width + BETWEEN;
        if below > y {
            // The next name begins a row of its own.
            (x, y) = (f64::MAX, below);
        }
    }
    y + 7.0
}

fn sample(picture: &mut Picture, (x, y): Point, entry: &Entry) {
    let middle = (x + 10.0, y);
    let across =
        |half: f64| Rect { left: x, top: y - half, right: x + 20.0, bottom: y + half };
    match entry.sample {
        Sample::Marker(shape) => {
            picture.line((x, y), (x + 20.0, y), entry.color, 2.0);
            picture.marker(middle, shape, 4.6, entry.color);
        }
        Sample::Hollow(shape) => picture.hollow(middle, shape, 4.6, entry.color),
        Sample::Line => picture.line((x, y), (x + 20.0, y), entry.color, 2.4),
        Sample::Band => picture.rect(across(5.0), entry.color),
        Sample::Whisker => {
            picture.line((middle.0, y - 6.0), (middle.0, y + 6.0), entry.color, 1.8);
            for end in [y - 6.0, y + 6.0] {
                let (left, right) = (middle.0 - 4.0, middle.0 + 4.0);
                picture.line((left, end), (right, end), entry.color, 1.6);
            }
        }
    }
}
