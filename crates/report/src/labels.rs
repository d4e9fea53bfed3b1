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

    /// Writes `words` near `at`, as close as there is room, with a line to `at` where it had
    /// to move away. Words that fit nowhere are left out.
    pub(crate) fn label(
        &mut self,
        picture: &mut Picture,
        at: Point,
        clearance: f64,
        words: &str,
        look: Look,
    ) {
        const RINGS: [f64; 6] = [0.0, 10.0, 24.0, 44.0, 70.0, 105.0];
        let rings = match look.reach {
            Reach::Near => &RINGS[..2],
            Reach::Far => &RINGS,
        };
        for away in rings {
            for label in around(at, clearance + away, words, look) {
                let bounds = label.bounds().grow(1.5);
                let free = self.room.holds(&bounds)
                    && !self.taken.iter().any(|taken| taken.overlaps(&bounds));
                if !free {
                    continue;
                }
                self.take(bounds);
                if *away > 10.0 {
                    lead(picture, at, clearance, &bounds, look.color);
                }
                let back = bounds.grow(-0.5);
                picture.rect(back, crate::color::PAPER.fade(0.75));
                picture.marks.push(crate::picture::Mark::Text(label));
                return;
            }
        }
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

/// A thin line from the marker's edge to the nearest place of the label's box.
fn lead(picture: &mut Picture, at: Point, clearance: f64, to: &Rect, color: Color) {
    let end = (at.0.clamp(to.left, to.right), at.1.clamp(to.top, to.bottom));
    let (dx, dy) = (end.0 - at.0, end.1 - at.1);
    let length = dx.hypot(dy);
    if length > clearance {
        let start = (clearance - 2.0).max(0.0) / length;
        let from = (at.0 + dx * start, at.1 + dy * start);
        picture.line(from, end, color, 0.9);
    }
}
