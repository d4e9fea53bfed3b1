//! Placing labels where they hide nothing.

use std::f64::consts::{FRAC_PI_2, PI};

use crate::color::Color;
use crate::picture::{Anchor, Label, Picture, Point, Rect, Turn, Weight};
use crate::text;

/// What is taken on a picture, and where labels may stand.
#[derive(Debug)]
pub(crate) struct Places {
    room: Rect,
    taken: Vec<Rect>,
}

impl Places {
    /// Labels may stand inside `room`.
    pub(crate) fn within(room: Rect) -> Self {
        Self { room, taken: Vec::new() }
    }

    /// Keeps labels off a place.
    pub(crate) fn take(&mut self, rect: Rect) {
        self.taken.push(rect);
    }

    /// Keeps labels off a marker.
    pub(crate) fn take_point(&mut self, (x, y): Point, radius: f64) {
        let spot = Rect { left: x, top: y, right: x, bottom: y };
        self.take(spot.grow(radius));
    }

    /// Keeps labels off a line.
    pub(crate) fn take_line(&mut self, from: Point, to: Point, radius: f64) {
        const STEP: f64 = 4.0;
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = dx.hypot(dy);
        let mut done = 0.0;
        while done < length {
            let share = done / length;
            self.take_point((from.0 + dx * share, from.1 + dy * share), radius);
            done += STEP;
        }
        self.take_point(to, radius);
    }

    /// Writes the first of `ways` for which there is room near `at`, as close as there is
    /// room, with a line to `at` where it had to move away. What fits nowhere is left out.
    pub(crate) fn label(
        &mut self,
        picture: &mut Picture,
        at: Point,
        clearance: f64,
        ways: &[&str],
        look: Look,
    ) {
        const RINGS: [f64; 6] = [0.0, 10.0, 24.0, 44.0, 70.0, 105.0];
        let rings = match look.reach {
            Reach::Near => &RINGS[..2],
            Reach::Far => &RINGS,
        };
        let found = ways.iter().find_map(|words| {
            rings.iter().find_map(|away| {
                let labels = around(at, clearance + away, words, look);
                let free = |label: &Label| self.free(&label.bounds().grow(1.5));
                labels.into_iter().find(free).map(|label| (*away, label))
            })
        });
        let Some((away, label)) = found else { return };
        let bounds = label.bounds().grow(1.5);
        self.take(bounds);
        if away >= 10.0
            && let Some((from, end)) = lead(at, clearance, &bounds)
        {
            picture.line(from, end, look.color, 0.9);
            self.take_line(from, end, 1.0);
        }
        picture.rect(bounds.grow(-0.5), crate::color::PAPER.fade(0.75));
        picture.marks.push(crate::picture::Mark::Text(label));
    }

    fn free(&self, bounds: &Rect) -> bool {
        self.room.holds(bounds) && !self.taken.iter().any(|taken| taken.overlaps(bounds))
    }
}

/// How a label is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    pub(crate) size: f64,
    pub(crate) weight: Weight,
    pub(crate) color: Color,
    pub(crate) reach: Reach,
}

/// How far a label may stand from what it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Beside it, or it is left out.
    Near,
    /// Anywhere close, with a line to it.
    Far,
}

/// The label at `distance` from `at` in twelve directions, right first.
fn around(at: Point, distance: f64, words: &str, look: Look) -> Vec<Label> {
    let Look { size, weight, color, reach: _ } = look;
    let text = text::clean(words);
    let middle = 0.36 * size;
    [0.0, 0.7, -0.7, 1.2, -1.2, FRAC_PI_2, -FRAC_PI_2, PI, 2.5, -2.5, 1.95, -1.95]
        .into_iter()
        .map(|angle: f64| {
            let (dx, dy) = (angle.cos() * distance, -angle.sin() * distance);
            let anchor = match angle.abs() {
                a if a < 1.4 => Anchor::Start,
                a if a < 1.7 => Anchor::Middle,
                _ => Anchor::End,
            };
            // Above and below, the letters' height is clearance of its own.
            let dy = dy - angle.sin() * middle;
            Label {
                at: (at.0 + dx, at.1 + dy + middle),
                text: text.clone(),
                size,
                weight,
                anchor,
                turn: Turn::Level,
                color,
            }
        })
        .collect()
}

/// A line from the marker's edge to the nearest place of the label's box, where they are
/// apart.
fn lead(at: Point, clearance: f64, to: &Rect) -> Option<(Point, Point)> {
    let end = (at.0.clamp(to.left, to.right), at.1.clamp(to.top, to.bottom));
    let (dx, dy) = (end.0 - at.0, end.1 - at.1);
    let length = dx.hypot(dy);
    let start = (clearance - 2.0).max(0.0) / length.max(1e-9);
    (length > clearance).then_some(((at.0 + dx * start, at.1 + dy * start), end))
}
