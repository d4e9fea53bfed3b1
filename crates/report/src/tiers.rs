//! The panels of charts that show every tier over time: good mail and spam, tier beside tier.

use mail::Tier;

use crate::color::{Color, INK, SERIES, SHAPES, Shape};
use crate::panel::{self, Entry, Sample, number};
use crate::picture::{Anchor, Picture, Rect, Weight};
use crate::size::Size;

/// Which errors a panel shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// Good mail at the tier or harsher.
    Hurt,
    /// Spam that ended milder.
    Missed,
}

impl Side {
    const ALL: [Self; 2] = [Self::Hurt, Self::Missed];

    /// Longest first.
    const fn ways(self) -> [&'static str; 3] {
        match self {
            Self::Hurt => ["good mail stopped (FP)", "good stopped", "FP"],
            Self::Missed => ["spam let through (FN)", "spam missed", "FN"],
        }
    }
}

/// One panel: errors of one side at one tier.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell {
    /// Which errors.
    pub(crate) side: Side,
    /// Position in [`Tier::ACTING`].
    pub(crate) tier: usize,
    /// Where it stands.
    pub(crate) frame: Rect,
}

/// Room left of a frame for tick labels.
const LABELS: f64 = 46.0;
/// Room below a frame for tick labels.
const BELOW: f64 = 26.0;

/// Lays the panels out below `top`, with headings; `foot` stays free at the sheet's foot and
/// `strip` above each frame. A wide sheet has a column per tier and a row per side, a narrow
/// one a row per tier and a column per side.
pub(crate) fn cells(picture: &mut Picture, top: f64, foot: f64, strip: f64) -> Vec<Cell> {
    match picture.size {
        Size::Screen | Size::Slide => wide(picture, top, foot, strip),
        Size::Column => narrow(picture, top, foot, strip),
    }
}

fn wide(picture: &mut Picture, top: f64, foot: f64, strip: f64) -> Vec<Cell> {
    const TITLES: f64 = 18.0;
    let margin = picture.margin();
    let slot = (picture.width - 2.0 * margin - TITLES + 8.0) / 4.0;
    let first = top + BELOW;
    let height = (picture.height - foot - first) / 2.0;
    let mut cells = Vec::with_capacity(8);
    for (row, side) in Side::ALL.into_iter().enumerate() {
        for (column, tier) in Tier::ACTING.into_iter().enumerate() {
            let left = margin + TITLES + slot * number(column);
            let upper = first + height * number(row);
            let frame = Rect {
                left: left + LABELS,
                top: upper + strip,
                right: left + slot - 8.0,
                bottom: upper + height - BELOW,
            };
            if row == 0 {
                let at = (f64::midpoint(frame.left, frame.right), top + 20.0);
                let name = heading(tier);
                picture.text(at, &name, 12.0, Weight::Bold, Anchor::Middle, INK);
            }
            if column == 0 {
                panel::y_title(picture, frame, margin + 8.0, &side.ways());
            }
            cells.push(Cell { side, tier: column, frame });
        }
    }
    cells
}

fn narrow(picture: &mut Picture, top: f64, foot: f64, strip: f64) -> Vec<Cell> {
    const HEADING: f64 = 16.0;
    const PANEL: f64 = 64.0;
    let margin = picture.margin();
    let slot = (picture.width - 2.0 * margin + 8.0) / 2.0;
    let row_height = HEADING + strip + PANEL + BELOW;
    picture.stretch(top + HEADING + 4.0 * row_height + foot);
    let mut cells = Vec::with_capacity(8);
    for (row, tier) in Tier::ACTING.into_iter().enumerate() {
        let upper = top + HEADING + row_height * number(row) + HEADING;
        for (column, side) in Side::ALL.into_iter().enumerate() {
            let left = margin + slot * number(column);
            let frame = Rect {
                left: left + LABELS,
                top: upper + strip,
                right: left + slot - 8.0,
                bottom: upper + strip + PANEL,
            };
            if row == 0 {
                let words = side.ways()[0];
                let at = (frame.left, top + 12.0);
                picture.note(at, words, panel::TICK_SIZE, Anchor::Start, INK);
            }
            if column == 0 {
                let (at, name) = ((frame.left, upper - 5.0), heading(tier));
                picture.text(at, &name, 11.0, Weight::Bold, Anchor::Start, INK);
            }
            cells.push(Cell { side, tier: row, frame });
        }
    }
    cells
}

fn heading(tier: Tier) -> String {
    match tier {
        Tier::Delete => "delete".to_owned(),
        Tier::Inbox | Tier::Junk | Tier::Quarantine | Tier::Reject => {
            format!("{tier} or harsher")
        }
    }
}

/// Every series with its colour and shape.
pub(crate) fn looks<T>(series: &[T]) -> impl Iterator<Item = (&T, Color, Shape)> {
    let looks = SERIES.iter().zip(SHAPES);
    series.iter().zip(looks).map(|(one, (color, shape))| (one, *color, shape))
}

/// A legend of series by their names.
pub(crate) fn entries<T>(series: &[T], name: impl Fn(&T) -> &str) -> Vec<Entry> {
    let entry = |(one, color, shape): (&T, Color, Shape)| Entry {
        name: name(one).to_owned(),
        color,
        sample: Sample::Marker(shape),
    };
    looks(series).map(entry).collect()
}
