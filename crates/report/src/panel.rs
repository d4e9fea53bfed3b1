//! Frames, grids, axes and legends, by hand: plotters' own are not made for print.

use crate::caption::MARGIN;
use crate::color::{Color, EDGE, GREY, GRID, INK, Shape};
use crate::picture::{Anchor, Picture, Point, Rect, Weight};
use crate::scale::{Axis, Tick};
use crate::text;

/// Size of tick labels.
pub(crate) const TICK_SIZE: f64 = 10.5;
/// Size of axis titles and legends.
pub(crate) const TITLE_SIZE: f64 = 11.5;

/// Grid lines and labels of an axis that runs to the right, below `frame`.
pub(crate) fn x_axis(picture: &mut Picture, frame: Rect, axis: &Axis, ticks: &[Tick]) {
    for tick in ticks {
        let x = axis.place(tick.value);
        let color = if tick.words.is_empty() { GRID.fade(0.5) } else { GRID };
        picture.line((x, frame.top), (x, frame.bottom), color, 1.0);
    }
    let mut free = f64::MIN;
    for tick in ticks.iter().filter(|tick| !tick.words.is_empty()) {
        let x = axis.place(tick.value);
        let half = text::width(&tick.words, TICK_SIZE, Weight::Regular) / 2.0;
        if x - half >= free {
            x_label(picture, frame, x, &tick.words);
            free = x + half + 6.0;
        }
    }
}

/// One label below `frame` with its tick.
pub(crate) fn x_label(picture: &mut Picture, frame: Rect, x: f64, words: &str) {
    picture.line((x, frame.bottom), (x, frame.bottom + 4.0), EDGE, 1.0);
    picture.note((x, frame.bottom + 16.0), words, TICK_SIZE, Anchor::Middle, GREY);
}

/// Grid lines and labels of an axis that runs upwards, left of `frame`.
pub(crate) fn y_axis(picture: &mut Picture, frame: Rect, axis: &Axis, ticks: &[Tick]) {
    for tick in ticks {
        let y = axis.place(tick.value);
        let color = if tick.words.is_empty() { GRID.fade(0.5) } else { GRID };
        picture.line((frame.left, y), (frame.right, y), color, 1.0);
    }
    for tick in ticks.iter().filter(|tick| !tick.words.is_empty()) {
        y_label(picture, frame, axis.place(tick.value), &tick.words);
    }
}

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

/// Title below an x axis.
pub(crate) fn x_title(picture: &mut Picture, frame: Rect, words: &str) {
    let at = (f64::midpoint(frame.left, frame.right), frame.bottom + 33.0);
    let words = text::shorten(words, TITLE_SIZE, Weight::Regular, frame.width() + 60.0);
    picture.note(at, &words, TITLE_SIZE, Anchor::Middle, INK);
}

/// Title left of a y axis, at `x`.
pub(crate) fn y_title(picture: &mut Picture, frame: Rect, x: f64, words: &str) {
    let at = (x, f64::midpoint(frame.top, frame.bottom));
    let words = text::shorten(words, TITLE_SIZE, Weight::Regular, frame.height() + 10.0);
    picture.text_upwards(at, &words, TITLE_SIZE, INK);
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

/// Draws entries in rows from the left edge, below `y`; gives the y below them.
pub(crate) fn legend(picture: &mut Picture, y: f64, entries: &[Entry]) -> f64 {
    const ROW: f64 = 19.0;
    const SAMPLE: f64 = 26.0;
    const GAP: f64 = 22.0;
    let right = picture.width - MARGIN;
    let share = if entries.len() > 2 { 0.5 } else { 1.0 };
    let widest = (right - MARGIN) * share - SAMPLE - GAP;
    let (mut x, mut y) = (MARGIN, y + ROW - 5.0);
    for entry in entries {
        let name = text::shorten(&entry.name, TITLE_SIZE, Weight::Regular, widest);
        let width = SAMPLE + text::width(&name, TITLE_SIZE, Weight::Regular);
        if x > MARGIN && x + width > right {
            (x, y) = (MARGIN, y + ROW);
        }
        sample(picture, (x, y - 4.0), entry);
        picture.note((x + SAMPLE, y), &name, TITLE_SIZE, Anchor::Start, INK);
        x += width + GAP;
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
