//! False positives and false negatives at each tier, policy beside policy.
//!
//! Good mail on a log axis whose floor carries the zeros; missed spam in a panel of its own.

use std::path::Path;

use mail::Tier;

use crate::caption::Caption;
use crate::color::{Color, EDGE, FAINT, GREY, INK, Shape};
use crate::error::Error;
use crate::estimate::Estimate;
use crate::panel::{self, TITLE_SIZE, number};
use crate::picture::{Anchor, Picture, Rect, Weight};
use crate::render::Format;
use crate::scale::{Axis, Scale, Tick};
use crate::size::Size;
use crate::text;
use crate::tiers::{entries, looks};

/// What the chart shows.
#[derive(Debug, Clone, PartialEq)]
pub struct TierRates {
    /// Title and corpus.
    pub caption: Caption,
    /// One to six policies, in the order to show them.
    pub policies: Vec<PolicyRates>,
}

/// One policy's rates.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyRates {
    /// Name in the legend.
    pub name: String,
    /// Good mail at the tier or harsher, parallel to [`Tier::ACTING`].
    pub false_positives: [Estimate; 4],
    /// Spam that ended milder than the tier, parallel to [`Tier::ACTING`].
    pub false_negatives: [Estimate; 4],
}

/// Most policies that stay apart.
const MOST: usize = 6;
const COUNT_SIZE: f64 = 10.0;
/// From one row to the next where counts stand beside them.
const ROW: f64 = 9.8;

/// Draws the chart to a file.
///
/// # Errors
///
/// [`Error::NothingToDraw`] without policies, [`Error::TooMany`] with more than six, and
/// those of [`Picture::save`].
pub fn draw(
    data: &TierRates,
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
pub fn picture(data: &TierRates, size: Size) -> Result<Picture, Error> {
    let given = data.policies.len();
    if given == 0 {
        return Err(Error::NothingToDraw { chart: "tier rates", missing: "no policy" });
    }
    if given > MOST {
        let (chart, what) = ("tier rates", "policies");
        return Err(Error::TooMany { chart, what, given, most: MOST });
    }
    let mut picture = Picture::new(&data.caption.title, size);
    let below = data.caption.draw(&mut picture);
    let names = entries(&data.policies, |policy| &policy.name);
    let below = panel::legend(&mut picture, below, &names);
    let [hurt, missed] = frames(&mut picture, below, given);
    draw_hurt(&mut picture, hurt, data);
    draw_missed(&mut picture, missed, data);
    panel::print(&mut picture, NOTE);
    Ok(picture)
}

const NOTE: &str = "whiskers: exact 95 % interval · hollow mark: none seen, whisker up to the \
                    interval’s upper bound";

/// Room for a panel's heading above it.
const HEADING: f64 = 26.0;
/// Room for tick labels and a title below a panel.
const BELOW: f64 = 37.0;

/// Where good mail and spam stand, with the tiers' names: side by side, on a narrow sheet
/// one above the other.
fn frames(picture: &mut Picture, below: f64, policies: usize) -> [Rect; 2] {
    let margin = picture.margin();
    let right = picture.width - margin;
    let foot = BELOW + panel::print_height(picture, NOTE);
    if picture.size == Size::Column {
        let height = 4.0 * (number(policies) * 13.0 + 10.0).max(30.0);
        let left = margin + 72.0;
        let first = below + HEADING;
        let second = first + height + BELOW + HEADING;
        picture.stretch(second + height + foot);
        return [first, second].map(|top| {
            let bottom = top + height;
            tiers(picture, Rect { left: margin, top, right, bottom });
            Rect { left, top, right, bottom }
        });
    }
    let (top, bottom) = (below + HEADING, picture.height - foot);
    let left = margin + if picture.size == Size::Slide { 86.0 } else { 96.0 };
    let split = left + (right - left) * 0.53;
    tiers(picture, Rect { left: margin, top, right, bottom });
    let hurt = Rect { left, top, right: split - 14.0, bottom };
    [hurt, Rect { left: split + 14.0, right, ..hurt }]
}

/// Names of the tiers on the left, every other one on a quiet band.
fn tiers(picture: &mut Picture, around: Rect) {
    for (row, tier) in Tier::ACTING.iter().enumerate() {
        let (top, bottom) = band(around, row);
        if row % 2 == 0 {
            picture.rect(Rect { top, bottom, ..around }, FAINT.fade(0.8));
        }
        let middle = f64::midpoint(top, bottom);
        let (inset, name, under, step) = match picture.size {
            Size::Screen => (8.0, 12.5, 10.5, 15.0),
            Size::Column => (2.0, 11.0, 9.5, 12.0),
            Size::Slide => (4.0, 12.0, 10.0, 13.0),
        };
        let at = (around.left + inset, middle);
        picture.text(at, tier.name(), name, Weight::Bold, Anchor::Start, INK);
        let words = if *tier == Tier::Delete { "harshest" } else { "or harsher" };
        let at = (around.left + inset, middle + step);
        picture.note(at, words, under, Anchor::Start, GREY);
    }
}

/// Top and bottom of a tier's rows.
fn band(around: Rect, row: usize) -> (f64, f64) {
    let height = around.height() / 4.0;
    let top = around.top + height * f64::from(u8::try_from(row).unwrap_or(0));
    (top, top + height)
}

fn draw_hurt(picture: &mut Picture, frame: Rect, data: &TierRates) {
    let all = || data.policies.iter().flat_map(|policy| &policy.false_positives);
    let smallest = all().filter_map(smallest).fold(1.0, f64::min);
    let largest = all().map(|e| e.bounds().1).fold(0.0, f64::max);
    let floor = floor(picture.size);
    let gutter = gutter(picture, frame, data, all());
    let axis = Axis {
        scale: Scale::decades(smallest, largest),
        from: frame.left + floor,
        to: frame.right - gutter,
        zero: frame.left + 17.0,
    };
    let of = text::thousands(data.caption.ham);
    heading(picture, frame, "False positives", &["good mail stopped", "good stopped"]);
    let ticks = axis.scale.ticks(text::percent);
    panel::x_axis(picture, frame, &axis, &ticks);
    panel::x_label(picture, frame, axis.zero, "0");
    let edge = frame.left + floor - 12.0;
    picture.dashes((edge, frame.top), (edge, frame.bottom), EDGE, 0.8);
    panel::frame(picture, frame);
    let title = format!("share of {of} good messages (log scale)");
    panel::x_title(picture, frame, &[&title, "share of good mail (log scale)"]);
    rows(picture, frame, &axis, data, |policy| &policy.false_positives);
}

/// The smallest share that an estimate needs on a log axis.
fn smallest(estimate: &Estimate) -> Option<f64> {
    let (low, high) = estimate.bounds();
    let rate = estimate.rate()?;
    if estimate.count == 0 {
        (high > 0.0).then_some(high)
    } else {
        // A far lower bound may run off the axis; its rate may not.
        Some(low.max(rate / 5.0))
    }
}

fn draw_missed(picture: &mut Picture, frame: Rect, data: &TierRates) {
    let all = || data.policies.iter().flat_map(|policy| &policy.false_negatives);
    let largest = all().map(|e| e.bounds().1).fold(0.0, f64::max);
    let gutter = gutter(picture, frame, data, all());
    let from = frame.left + 12.0;
    let scale = Scale::from_zero(largest.max(0.001));
    let axis = Axis { scale, from, to: frame.right - gutter, zero: from };
    let ways =
        ["spam that ended milder than the tier", "spam that ended milder", "spam missed"];
    heading(picture, frame, "False negatives", &ways);
    let ticks: Vec<Tick> = axis.scale.ticks(text::percent);
    panel::x_axis(picture, frame, &axis, &ticks);
    panel::frame(picture, frame);
    let of = text::thousands(data.caption.spam);
    let title = format!("share of {of} spam messages");
    panel::x_title(picture, frame, &[&title, "share of spam"]);
    rows(picture, frame, &axis, data, |policy| &policy.false_negatives);
}

/// Width of the floor of the log axis, where zero stands.
const fn floor(size: Size) -> f64 {
    match size {
        Size::Screen | Size::Slide => 54.0,
        Size::Column => 48.0,
    }
}

fn heading(picture: &mut Picture, frame: Rect, title: &str, ways: &[&str]) {
    let at = (frame.left, frame.top - 8.0);
    picture.text(at, title, 12.5, Weight::Bold, Anchor::Start, INK);
    let after = text::width(title, 12.5, Weight::Bold) + 8.0;
    let room = frame.width() - after;
    let words = text::fitting(ways, TITLE_SIZE, Weight::Regular, room);
    picture.note((at.0 + after, at.1), &words, TITLE_SIZE, Anchor::Start, GREY);
}

/// From one row of a tier to the next.
fn step(frame: Rect, policies: usize) -> f64 {
    ((frame.height() / 4.0 - 10.0) / number(policies.max(1))).min(24.0)
}

/// Room for the widest count at the right of a panel; little where rows are too close for
/// counts.
fn gutter<'e>(
    picture: &Picture,
    frame: Rect,
    data: &TierRates,
    estimates: impl Iterator<Item = &'e Estimate>,
) -> f64 {
    let width = |e: &Estimate| text::width(&words(e), COUNT_SIZE, Weight::Regular);
    let widest = estimates.map(width).fold(0.0, f64::max);
    let edge = if picture.size == Size::Screen { 18.0 } else { 14.0 };
    if step(frame, data.policies.len()) < ROW { edge } else { widest + edge }
}

fn words(estimate: &Estimate) -> String {
    if estimate.of == 0 {
        "no such mail".to_owned()
    } else {
        text::fraction(estimate.count, estimate.of)
    }
}

fn rows(
    picture: &mut Picture,
    frame: Rect,
    axis: &Axis,
    data: &TierRates,
    side: impl Fn(&PolicyRates) -> &[Estimate; 4],
) {
    let count = data.policies.len();
    let step = step(frame, count);
    for tier in 0..4 {
        let (top, bottom) = band(frame, tier);
        let mut y = f64::midpoint(top, bottom) - step * (number(count) - 1.0) / 2.0;
        for (policy, color, shape) in looks(&data.policies) {
            let estimate = &side(policy)[tier];
            row(picture, axis, y, estimate, color, shape);
            if step >= ROW {
                let words = words(estimate);
                let at = (beside(axis, estimate), y + 3.6);
                let ink = if estimate.of == 0 { GREY } else { INK };
                picture.note(at, &words, COUNT_SIZE, Anchor::Start, ink);
            }
            y += step;
        }
    }
}

/// Where a count stands: right of its whisker, at the axis where there is none.
fn beside(axis: &Axis, estimate: &Estimate) -> f64 {
    estimate.rate().map_or(axis.from + 4.0, |rate| {
        let (_, high) = estimate.bounds();
        axis.place(high).max(axis.place(rate) + 5.0) + 6.0
    })
}

fn row(
    picture: &mut Picture,
    axis: &Axis,
    y: f64,
    estimate: &Estimate,
    color: Color,
    shape: Shape,
) {
    let Some(rate) = estimate.rate() else { return };
    let (low, high) = estimate.bounds();
    let (x, left, right) = (axis.place(rate), axis.place(low), axis.place(high));
    let left = if estimate.count > 0 { left.max(axis.from) } else { left };
    picture.line((left, y), (right, y), color, 2.0);
    for end in [left, right] {
        // Closer ends would peek out from behind the mark.
        if (end - x).abs() > 6.5 {
            picture.line((end, y - 3.5), (end, y + 3.5), color, 1.6);
        }
    }
    if estimate.count == 0 {
        picture.hollow((x, y), shape, 4.6, color);
    } else {
        picture.marker((x, y), shape, 4.6, color);
    }
}
