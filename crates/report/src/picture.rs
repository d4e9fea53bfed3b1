//! A drawn chart: a list of marks in a plane of some [`Size`], independent of any file format.

use crate::color::{Color, PAPER, Shape};
use crate::size::Size;
use crate::text;

/// A place in the picture's plane, from its upper left corner.
pub(crate) type Point = (f64, f64);

/// A drawn chart, ready to be saved in any [`Format`](crate::Format).
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    pub(crate) size: Size,
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) title: String,
    pub(crate) marks: Vec<Mark>,
}

/// Where a text stands relative to its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// Thickness of letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    Regular,
    Bold,
}

/// Direction of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    Level,
    Upwards,
}

/// One text; `at` is on its baseline.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Label {
    pub(crate) at: Point,
    pub(crate) text: String,
    pub(crate) size: f64,
    pub(crate) weight: Weight,
    pub(crate) anchor: Anchor,
    pub(crate) turn: Turn,
    pub(crate) color: Color,
}

/// One mark.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Mark {
    Path { points: Vec<Point>, color: Color, width: f64 },
    Area { points: Vec<Point>, color: Color },
    Disc { center: Point, radius: f64, color: Color },
    Ring { center: Point, radius: f64, color: Color, width: f64 },
    Text(Label),
}

/// A box with edges along the axes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rect {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
}

impl Rect {
    pub(crate) fn width(&self) -> f64 {
        self.right - self.left
    }

    pub(crate) fn height(&self) -> f64 {
        self.bottom - self.top
    }

    pub(crate) fn grow(&self, by: f64) -> Self {
        Self {
            left: self.left - by,
            top: self.top - by,
            right: self.right + by,
            bottom: self.bottom + by,
        }
    }

    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    pub(crate) fn holds(&self, other: &Self) -> bool {
        self.left <= other.left
            && self.top <= other.top
            && self.right >= other.right
            && self.bottom >= other.bottom
    }
}

impl Label {
    /// The ink's box: ascenders above the baseline, descenders below.
    pub(crate) fn bounds(&self) -> Rect {
        let width = text::width(&self.text, self.size, self.weight);
        let before = match self.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => width / 2.0,
            Anchor::End => width,
        };
        let (x, y) = self.at;
        let (up, down) = (0.76 * self.size, 0.2 * self.size);
        match self.turn {
            Turn::Level => Rect {
                left: x - before,
                top: y - up,
                right: x - before + width,
                bottom: y + down,
            },
            Turn::Upwards => Rect {
                left: x - up,
                top: y + before - width,
                right: x + down,
                bottom: y + before,
            },
        }
    }
}

impl Picture {
    /// An empty sheet.
    pub(crate) fn new(title: &str, size: Size) -> Self {
        let title = text::clean(title);
        let (width, height) = size.plane();
        Self { size, width, height, title, marks: Vec::new() }
    }

    /// Distance of everything from the left and right edges.
    pub(crate) const fn margin(&self) -> f64 {
        self.size.margin()
    }

    /// Makes a column as high as its chart needs; other sheets keep their height.
    pub(crate) fn stretch(&mut self, height: f64) {
        if self.size == Size::Column {
            self.height = height.ceil();
        }
    }

    pub(crate) fn text(
        &mut self,
        at: Point,
        words: &str,
        size: f64,
        weight: Weight,
        anchor: Anchor,
        color: Color,
    ) {
        if words.is_empty() {
            return;
        }
        let text = words.to_owned();
        let turn = Turn::Level;
        self.marks.push(Mark::Text(Label {
            at,
            text,
            size,
            weight,
            anchor,
            turn,
            color,
        }));
    }

    /// Plain text of the usual weight.
    pub(crate) fn note(
        &mut self,
        at: Point,
        words: &str,
        size: f64,
        anchor: Anchor,
        color: Color,
    ) {
        self.text(at, words, size, Weight::Regular, anchor, color);
    }

    pub(crate) fn text_upwards(
        &mut self,
        at: Point,
        words: &str,
        size: f64,
        color: Color,
    ) {
        if words.is_empty() {
            return;
        }
        self.marks.push(Mark::Text(Label {
            at,
            text: words.to_owned(),
            size,
            weight: Weight::Regular,
            anchor: Anchor::Middle,
            turn: Turn::Upwards,
            color,
        }));
    }

    pub(crate) fn path(&mut self, points: Vec<Point>, color: Color, width: f64) {
        if points.len() > 1 {
            self.marks.push(Mark::Path { points, color, width });
        }
    }

    pub(crate) fn line(&mut self, from: Point, to: Point, color: Color, width: f64) {
        self.path(vec![from, to], color, width);
    }

    /// A straight line of dashes.
    pub(crate) fn dashes(&mut self, from: Point, to: Point, color: Color, width: f64) {
        const DASH: f64 = 4.0;
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = dx.hypot(dy);
        let mut start = 0.0;
        while start < length {
            let end = (start + DASH).min(length);
            let at = |d: f64| (from.0 + dx * d / length, from.1 + dy * d / length);
            self.line(at(start), at(end), color, width);
            start += DASH + 3.0;
        }
    }

    pub(crate) fn area(&mut self, points: Vec<Point>, color: Color) {
        if points.len() > 2 {
            self.marks.push(Mark::Area { points, color });
        }
    }

    pub(crate) fn rect(&mut self, rect: Rect, color: Color) {
        let Rect { left, top, right, bottom } = rect;
        if right > left && bottom > top {
            let corners =
                vec![(left, top), (right, top), (right, bottom), (left, bottom)];
            self.area(corners, color);
        }
    }

    pub(crate) fn disc(&mut self, center: Point, radius: f64, color: Color) {
        self.marks.push(Mark::Disc { center, radius, color });
    }

    pub(crate) fn ring(&mut self, center: Point, radius: f64, color: Color, width: f64) {
        self.marks.push(Mark::Ring { center, radius, color, width });
    }

    /// A filled series marker with a paper rim that sets it off from what lies below.
    pub(crate) fn marker(&mut self, at: Point, shape: Shape, radius: f64, color: Color) {
        self.shape(at, shape, radius + 1.4, PAPER);
        self.shape(at, shape, radius, color);
    }

    /// The same marker, hollow.
    pub(crate) fn hollow(&mut self, at: Point, shape: Shape, radius: f64, color: Color) {
        self.marker(at, shape, radius, color);
        let inner = match shape {
            Shape::Up | Shape::Down | Shape::Right => radius - 2.6,
            Shape::Diamond => radius - 2.1,
            Shape::Disc | Shape::Square => radius - 1.6,
        };
        self.shape(at, shape, inner, PAPER);
    }

    fn shape(&mut self, (x, y): Point, shape: Shape, radius: f64, color: Color) {
        let r = radius;
        match shape {
            Shape::Disc => self.disc((x, y), r, color),
            Shape::Square => {
                let s = 0.9 * r;
                let rect = Rect { left: x - s, top: y - s, right: x + s, bottom: y + s };
                self.rect(rect, color);
            }
            Shape::Diamond => {
                let d = 1.25 * r;
                self.area(vec![(x, y - d), (x + d, y), (x, y + d), (x - d, y)], color);
            }
            Shape::Up | Shape::Down => {
                let s = if shape == Shape::Up { 1.0 } else { -1.0 };
                let base = y + s * 0.75 * r;
                let tip = (x, y - s * 1.2 * r);
                self.area(vec![tip, (x + 1.15 * r, base), (x - 1.15 * r, base)], color);
            }
            Shape::Right => {
                let (tip, base) = ((x + 1.2 * r, y), x - 0.75 * r);
                self.area(vec![tip, (base, y + 1.15 * r), (base, y - 1.15 * r)], color);
            }
        }
    }

    /// All texts.
    #[cfg(test)]
    pub(crate) fn labels(&self) -> impl Iterator<Item = &Label> {
        self.marks.iter().filter_map(|mark| match mark {
            Mark::Text(label) => Some(label),
            Mark::Path { .. }
            | Mark::Area { .. }
            | Mark::Disc { .. }
            | Mark::Ring { .. } => None,
        })
    }
}
