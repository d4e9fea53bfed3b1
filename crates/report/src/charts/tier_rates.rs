//! False positives and false negatives at each tier, policy beside policy.
//!
//! Good mail on a log axis whose floor carries the zeros; missed spam in a panel of its own.

use std::path::Path;

use mail::Tier;

use crate::caption::{Caption, MARGIN};
use crate::color::{Color, EDGE, FAINT, GREY, INK, SERIES, SHAPES, Shape};
use crate::error::Error;
use crate::estimate::Estimate;
use crate::panel::{self, Entry, Sample, TITLE_SIZE};
use crate::picture::{Anchor, Picture, Rect, Weight};
use crate::render::Format;
use crate::scale::{Axis, Scale, Tick};
use crate::text;

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
/// Width of the floor of the log axis, where zero stands.
const FLOOR: f64 = 54.0;

/// Draws the chart to a file.
///
/// # Errors
///
/// [`Error::NothingToDraw`] without policies, [`Error::TooMany`] with more than six, and
/// those of [`Picture::save`].
pub fn draw(data: &TierRates, format: Format, path: &Path) -> Result<(), Error> {
    picture(data)?.save(format, path)
}

/// Draws the chart.
///
/// # Errors
///
/// As [`draw`], without those of writing.
pub fn picture(data: &TierRates) -> Result<Picture, Error> {
    let given = data.policies.len();
    if given == 0 {
        return Err(Error::NothingToDraw { chart: "tier rates", missing: "no policy" });
    }
    if given > MOST {
        let (chart, what) = ("tier rates", "policies");
        return Err(Error::TooMany { chart, what, given, most: MOST });
    }
    let mut picture = Picture::new(&data.caption.title);
    let below = data.caption.draw(&mut picture);
    let below = panel::legend(&mut picture, below, &entries(data));
    let top = below + 26.0;
    let bottom = picture.height - 58.0;
    let (left, split) = (MARGIN + 96.0, 520.0);
    let right = picture.width - MARGIN;
    let hurt = Rect { left, top, right: split - 14.0, bottom };
    let missed = Rect { left: split + 14.0, top, right, bottom };
    tiers(&mut picture, Rect { left: MARGIN, top, right, bottom });
    draw_hurt(&mut picture, hurt, data);
    draw_missed(&mut picture, missed, data);
    let note = "whiskers: exact 95 % interval · hollow mark: none seen, whisker up to the \
                interval’s upper bound";
    let at = (MARGIN, picture.height - 8.0);
    picture.note(at, note, 9.5, Anchor::Start, GREY);
    Ok(picture)
}

fn entries(data: &TierRates) -> Vec<Entry> {
    let look = SERIES.iter().zip(SHAPES);
    data.policies
        .iter()
        .zip(look)
        .map(|(policy, (color, shape))| Entry {
            name: policy.name.clone(),
            color: *color,
            sample: Sample::Marker(shape),
        })
        .collect()
}

/// Names of the tiers on the left, every other one on a quiet band.
fn tiers(picture: &mut Picture, around: Rect) {
    for (row, tier) in Tier::ACTING.iter().enumerate() {
        let (top, bottom) = band(around, row);
        if row % 2 == 0 {
            picture.rect(Rect { top, bottom, ..around }, FAINT.fade(0.8));
        }
        let middle = f64::midpoint(top, bottom);
        let at = (around.left + 8.0, middle);
        let name = tier.name();
        picture.text(at, name, 12.5, Weight::Bold, Anchor::Start, INK);
        let words = if *tier == Tier::Delete { "harshest" } else { "or harsher" };
        let at = (around.left + 8.0, middle + 15.0);
        picture.note(at, words, 10.5, Anchor::Start, GREY);
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
    let gutter = gutter(all());
    let axis = Axis {
        scale: Scale::decades(smallest, largest),
        from: frame.left + FLOOR,
        to: frame.right - gutter,
        zero: frame.left + 17.0,
    };
    let of = data.caption.ham;
    heading(picture, frame, "False positives", "good mail stopped");
    let ticks = axis.scale.ticks(text::percent);
    panel::x_axis(picture, frame, &axis, &ticks);
    panel::x_label(picture, frame, axis.zero, "0");
    let edge = frame.left + FLOOR - 12.0;
    picture.dashes((edge, frame.top), (edge, frame.bottom), EDGE, 0.8);
    panel::frame(picture, frame);
    let title = format!("share of {} good messages (log scale)", text::thousands(of));
    panel::x_title(picture, frame, &title);
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
    let gutter = gutter(all());
    let from = frame.left + 12.0;
    let scale = Scale::from_zero(largest.max(0.001));
    let axis = Axis { scale, from, to: frame.right - gutter, zero: from };
    heading(picture, frame, "False negatives", "spam that ended milder than the tier");
    let ticks: Vec<Tick> = axis.scale.ticks(text::percent);
    panel::x_axis(picture, frame, &axis, &ticks);
    panel::frame(picture, frame);
    let of = text::thousands(data.caption.spam);
    panel::x_title(picture, frame, &format!("share of {of} spam messages"));
    rows(picture, frame, &axis, data, |policy| &policy.false_negatives);
}

fn heading(picture: &mut Picture, frame: Rect, title: &str, words: &str) {
    let at = (frame.left, frame.top - 8.0);
    picture.text(at, title, 12.5, Weight::Bold, Anchor::Start, INK);
    let at = (at.0 + text::width(title, 12.5, Weight::Bold) + 8.0, at.1);
    picture.note(at, words, TITLE_SIZE, Anchor::Start, GREY);
}

/// Room for the widest count at the right of a panel.
fn gutter<'e>(estimates: impl Iterator<Item = &'e Estimate>) -> f64 {
    let width = |e: &Estimate| text::width(&words(e), COUNT_SIZE, Weight::Regular);
    estimates.map(width).fold(0.0, f64::max) + 18.0
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
    let count = f64::from(u8::try_from(data.policies.len()).unwrap_or(u8::MAX));
    for tier in 0..4 {
        let (top, bottom) = band(frame, tier);
        let step = ((bottom - top - 10.0) / count).min(24.0);
        let first = f64::midpoint(top, bottom) - step * (count - 1.0) / 2.0;
        let look = SERIES.iter().zip(SHAPES);
        let mut y = first;
        for (policy, (color, shape)) in data.policies.iter().zip(look) {
            row(picture, axis, y, &side(policy)[tier], *color, shape);
            y += step;
        }
    }
}

fn row(
    picture: &mut Picture,
    axis: &Axis,
    y: f64,
    estimate: &Estimate,
    color: Color,
    shape: Shape,
) {
    let Some(rate) = estimate.rate() else {
        let at = (axis.from + 4.0, y + 3.6);
        picture.note(at, &words(estimate), COUNT_SIZE, Anchor::Start, GREY);
        return;
    };
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
    let at = (right.max(x + 5.0) + 6.0, y + 3.6);
    picture.note(at, &words(estimate), COUNT_SIZE, Anchor::Start, INK);
}
