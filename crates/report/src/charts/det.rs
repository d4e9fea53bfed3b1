//! Detection-error trade-off: missed spam against good mail hurt, on normal-deviate axes.
//!
//! Lower left is better; the points that SCL thresholds can reach are marked and named.

use std::path::Path;

use crate::caption::Caption;
use crate::color::{Color, GREY, INK, SERIES, SHAPES, Shape};
use crate::error::Error;
use crate::labels::{Look, Places, Reach};
use crate::panel::{self, Entry, Sample};
use crate::picture::{Picture, Point, Rect, Weight};
use crate::render::Format;
use crate::scale::{Axis, Scale};
use crate::size::Size;
use crate::text;

/// What the chart shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Det {
    /// Title and corpus.
    pub caption: Caption,
    /// One to six curves, in the order to show them.
    pub curves: Vec<DetCurve>,
}

/// One score's curve.
#[derive(Debug, Clone, PartialEq)]
pub struct DetCurve {
    /// Name in the legend.
    pub name: String,
    /// The curve, by rising false positives.
    pub points: Vec<ErrorPair>,
    /// Points to mark, with their names.
    pub operating: Vec<OperatingPoint>,
}

/// The two error rates of one cut.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ErrorPair {
    /// Share of good mail at or above the cut, 0 to 1.
    pub false_positives: f64,
    /// Share of spam below it, 0 to 1.
    pub false_negatives: f64,
}

/// A cut that a threshold can make.
#[derive(Debug, Clone, PartialEq)]
pub struct OperatingPoint {
    /// Name beside the mark, such as `≥ 7`.
    pub name: String,
    /// Where it is.
    pub at: ErrorPair,
}

const MOST: usize = 6;

/// Radius of an operating point.
const fn radius(size: Size) -> f64 {
    match size {
        Size::Screen => 5.4,
        Size::Column => 3.4,
        Size::Slide => 4.2,
    }
}

/// Draws the chart to a file.
///
/// # Errors
///
/// [`Error::NothingToDraw`] without a curve that has points, [`Error::TooMany`] with more
/// than six curves, and those of [`Picture::save`].
pub fn draw(data: &Det, size: Size, format: Format, path: &Path) -> Result<(), Error> {
    picture(data, size)?.save(format, path)
}

/// Draws the chart.
///
/// # Errors
///
/// As [`draw`], without those of writing.
pub fn picture(data: &Det, size: Size) -> Result<Picture, Error> {
    let chart = "DET curve";
    let given = data.curves.len();
    if pairs(data).next().is_none() {
        return Err(Error::NothingToDraw { chart, missing: "no point of a curve" });
    }
    if given > MOST {
        return Err(Error::TooMany { chart, what: "curves", given, most: MOST });
    }
    let mut picture = Picture::new(&data.caption.title, size);
    let below = data.caption.draw(&mut picture);
    let below = panel::legend(&mut picture, below, &entries(data));
    let margin = picture.margin();
    let (left, right) = (margin + 72.0, picture.width - margin - 6.0);
    let top = below + 12.0;
    picture.stretch(top + (right - left) + 46.0);
    let frame = Rect { left, top, right, bottom: picture.height - 46.0 };
    let (x, y) = axes(data, frame);
    panel::x_axis(&mut picture, frame, &x, &x.scale.ticks(text::percent));
    panel::y_axis(&mut picture, frame, &y, &y.scale.ticks(text::percent));
    panel::frame(&mut picture, frame);
    titles(&mut picture, frame, data);
    let mut places = Places::within(frame.grow(-2.0));
    for (curve, color) in data.curves.iter().zip(SERIES) {
        draw_curve(&mut picture, &mut places, (&x, &y), curve, color);
    }
    for ((curve, color), shape) in data.curves.iter().zip(SERIES).zip(SHAPES) {
        mark(&mut picture, &mut places, (&x, &y), curve, (color, shape));
    }
    name(&mut picture, &mut places, (&x, &y), data);
    Ok(picture)
}

fn titles(picture: &mut Picture, frame: Rect, data: &Det) {
    let of = [data.caption.ham, data.caption.spam].map(text::thousands);
    let [ham, spam] = &of;
    let long =
        format!("false positives: share of {ham} good messages at or above the cut");
    let short = format!("good mail at or above the cut (of {ham})");
    panel::x_title(picture, frame, &[&long, &short, "false positives"]);
    let long = format!("false negatives: share of {spam} spam messages below it");
    let short = format!("spam below the cut (of {spam})");
    let x = picture.margin() + 8.0;
    panel::y_title(picture, frame, x, &[&long, &short, "false negatives"]);
}

fn entries(data: &Det) -> Vec<Entry> {
    let look = SERIES.iter().zip(SHAPES);
    let curves = data.curves.iter().zip(look).map(|(curve, (color, shape))| Entry {
        name: curve.name.clone(),
        color: *color,
        sample: if curve.operating.is_empty() {
            Sample::Line
        } else {
            Sample::Marker(shape)
        },
    });
    let mut marked = data.curves.iter().flat_map(|curve| &curve.operating);
    let edge = marked.any(|point| on_the_edge(point.at)).then(|| Entry {
        name: "on an edge: no error seen, or nothing but errors".to_owned(),
        color: GREY,
        sample: Sample::Hollow(Shape::Disc),
    });
    curves.chain(edge).collect()
}

fn pairs(data: &Det) -> impl Iterator<Item = ErrorPair> {
    data.curves.iter().flat_map(|curve| {
        let operating = curve.operating.iter().map(|point| point.at);
        curve.points.iter().copied().chain(operating)
    })
}

/// 0.1 % to 50 %, further only where a marked point asks for it.
fn axes(data: &Det, frame: Rect) -> (Axis, Axis) {
    let scale = |share: fn(&ErrorPair) -> f64| {
        let marked = data.curves.iter().flat_map(|curve| &curve.operating);
        let shares = marked.map(|point| share(&point.at));
        let inner = shares.filter(|share| *share > 0.0 && *share < 1.0);
        let (smallest, largest) =
            inner.fold((1.0_f64, 0.0_f64), |(l, h), s| (l.min(s), h.max(s)));
        let lows = [0.000_8, 0.000_08, 0.000_008];
        let highs = [0.55, 0.75, 0.92, 0.993, 0.999_2];
        let low = lows.into_iter().find(|low| *low <= smallest);
        let high = highs.into_iter().find(|high| *high >= largest);
        Scale::Deviate { low: low.unwrap_or(lows[2]), high: high.unwrap_or(highs[4]) }
    };
    let (x, y) = (scale(|at| at.false_positives), scale(|at| at.false_negatives));
    (
        Axis { scale: x, from: frame.left, to: frame.right, zero: frame.left },
        Axis { scale: y, from: frame.bottom, to: frame.top, zero: frame.bottom },
    )
}

/// Whether a share has no place on a normal-deviate axis: none or all.
fn on_the_edge(pair: ErrorPair) -> bool {
    let beyond = |share: f64| share <= 0.0 || share >= 1.0;
    beyond(pair.false_positives) || beyond(pair.false_negatives)
}

fn place((x, y): (&Axis, &Axis), pair: ErrorPair) -> Point {
    (x.place(pair.false_positives), y.place(pair.false_negatives))
}

/// The curve, with stretches along the frame's edges left away and points that would fall
/// on the same ink dropped.
fn draw_curve(
    picture: &mut Picture,
    places: &mut Places,
    axes: (&Axis, &Axis),
    curve: &DetCurve,
    color: Color,
) {
    let outside = |pair: &ErrorPair| {
        let beyond = |axis: &Axis, share: f64| match axis.scale {
            Scale::Deviate { low, .. } if share < low => -1,
            Scale::Deviate { high, .. } if share > high => 1,
            Scale::Deviate { .. } | Scale::Linear { .. } | Scale::Log { .. } => 0,
        };
        (beyond(axes.0, pair.false_positives), beyond(axes.1, pair.false_negatives))
    };
    let mut run: Vec<Point> = Vec::new();
    let mut last: Option<ErrorPair> = None;
    for pair in curve.points.iter().copied().filter(finite) {
        let same_side = last.is_some_and(|before| {
            let (a, b) = (outside(&before), outside(&pair));
            (a.0 != 0 && a.0 == b.0) || (a.1 != 0 && a.1 == b.1)
        });
        if same_side {
            picture.path(std::mem::take(&mut run), color, 2.4);
        }
        let at = place(axes, pair);
        let far = run.last().is_none_or(|p| (p.0 - at.0).hypot(p.1 - at.1) >= 0.3);
        if far {
            match run.last() {
                Some(before) => places.take_line(*before, at, 1.5),
                None => places.take_point(at, 1.5),
            }
            run.push(at);
        }
        last = Some(pair);
    }
    picture.path(run, color, 2.4);
}

fn finite(pair: &ErrorPair) -> bool {
    pair.false_positives.is_finite() && pair.false_negatives.is_finite()
}

fn mark(
    picture: &mut Picture,
    places: &mut Places,
    axes: (&Axis, &Axis),
    curve: &DetCurve,
    (color, shape): (Color, Shape),
) {
    for point in curve.operating.iter().filter(|point| finite(&point.at)) {
        let at = place(axes, point.at);
        let radius = radius(picture.size);
        if on_the_edge(point.at) {
            picture.hollow(at, shape, radius, color);
        } else {
            picture.marker(at, shape, radius, color);
        }
        places.take_point(at, radius + 0.6);
    }
}

fn name(picture: &mut Picture, places: &mut Places, axes: (&Axis, &Axis), data: &Det) {
    let radius = radius(picture.size);
    for (curve, color) in data.curves.iter().zip(SERIES) {
        let color = if data.curves.len() == 1 { INK } else { color };
        let size = if picture.size == Size::Column { 9.5 } else { 11.0 };
        let look = Look { size, weight: Weight::Bold, color, reach: Reach::Far };
        for (at, name) in together(axes, curve, 1.6 * radius) {
            let name = text::shorten(&name, size, Weight::Bold, 90.0);
            places.label(picture, at, radius + 3.6, &[&name], look);
        }
    }
}

/// Places of the marked points with their names; marks that hide each other share one label,
/// `4–6` where their names are numbers in a row.
fn together(axes: (&Axis, &Axis), curve: &DetCurve, near: f64) -> Vec<(Point, String)> {
    let mut groups: Vec<(Point, Vec<&str>)> = Vec::new();
    for point in curve.operating.iter().filter(|point| finite(&point.at)) {
        let at = place(axes, point.at);
        match groups.last_mut() {
            Some((first, names)) if (first.0 - at.0).hypot(first.1 - at.1) < near => {
                names.push(&point.name);
            }
            Some(_) | None => groups.push((at, vec![&point.name])),
        }
    }
    groups.into_iter().map(|(at, names)| (at, joined(&names))).collect()
}

fn joined(names: &[&str]) -> String {
    let numbers: Option<Vec<i64>> = names.iter().map(|name| name.parse().ok()).collect();
    let in_a_row = numbers.is_some_and(|numbers| {
        numbers.len() > 2 && numbers.windows(2).all(|pair| pair[1] == pair[0] + 1)
    });
    match names {
        [first, .., last] if in_a_row => format!("{first}–{last}"),
        _ => names.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_that_hide_each_other_share_a_label() {
        let scale = Scale::Deviate { low: 0.001, high: 0.5 };
        let axis = Axis { scale, from: 0.0, to: 300.0, zero: 0.0 };
        let point = |name: &str, false_negatives: f64| OperatingPoint {
            name: name.to_owned(),
            at: ErrorPair { false_positives: 0.0, false_negatives },
        };
        let curve = DetCurve {
            name: String::new(),
            points: Vec::new(),
            operating: vec![
                point("3", 0.02),
                point("4", 0.060),
                point("5", 0.061),
                point("6", 0.062),
                point("7", 0.2),
            ],
        };
        let names =
            together((&axis, &axis), &curve, 6.0).into_iter().map(|(_, name)| name);
        assert_eq!(names.collect::<Vec<_>>(), ["3", "4–6", "7"]);
        assert_eq!(joined(&["a", "b", "c"]), "a, b, c");
        assert_eq!(joined(&["4", "5"]), "4, 5");
    }
}
