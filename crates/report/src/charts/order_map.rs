//! The order classes of a sweep: missed spam against work done by the content filter.
//!
//! One bubble per group of order classes with the same outcome; lower left is better.

use std::path::Path;

use crate::caption::Caption;
use crate::color::{BLUE, Color, GREY, SERIES, Shape, VERMILION};
use crate::error::Error;
use crate::estimate::Estimate;
use crate::labels::{Look, Places, Reach};
use crate::panel::{self, Entry, Sample};
use crate::picture::{Picture, Point, Rect, Weight};
use crate::render::Format;
use crate::scale::{Axis, Scale};
use crate::size::Size;
use crate::text;

/// What the chart shows.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderMap {
    /// Title and corpus.
    pub caption: Caption,
    /// The thresholds that hold for every order, in words; may be empty.
    pub thresholds: String,
    /// Outcome-distinct groups of order classes.
    pub groups: Vec<OrderGroup>,
}

/// Order classes under which every message ends the same way.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderGroup {
    /// Messages that the content filter scored.
    pub content_scans: u64,
    /// Spam that ended milder than junk.
    pub missed: Estimate,
    /// How many order classes share the outcome.
    pub order_classes: u32,
    /// Whether the group is named on the chart.
    pub role: Role,
}

/// What a group of order classes is to the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// One of many.
    Other,
    /// Holds the default order.
    Default,
    /// Holds the recommended order.
    Recommended,
    /// Holds both.
    DefaultAndRecommended,
}

impl Role {
    const fn look(self) -> Option<(&'static str, Color)> {
        match self {
            Self::Other => None,
            Self::Default => Some(("default order", BLUE)),
            Self::Recommended => Some(("recommended order", VERMILION)),
            Self::DefaultAndRecommended => {
                Some(("default order, also recommended", VERMILION))
            }
        }
    }
}

/// Radius of the largest group and of the smallest visible one.
const fn radii(size: Size) -> (f64, f64) {
    match size {
        Size::Screen => (30.0, 4.5),
        Size::Column | Size::Slide => (18.0, 3.5),
    }
}

/// Draws the chart to a file.
///
/// # Errors
///
/// [`Error::NothingToDraw`] without a group that has spam, and those of [`Picture::save`].
pub fn draw(
    data: &OrderMap,
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
pub fn picture(data: &OrderMap, size: Size) -> Result<Picture, Error> {
    let mut groups: Vec<_> = data
        .groups
        .iter()
        .filter_map(|group| group.missed.rate().map(|rate| (group, rate)))
        .collect();
    if groups.is_empty() {
        let missing = "no order class with spam";
        return Err(Error::NothingToDraw { chart: "order map", missing });
    }
    // Large first, so that small ones stay visible; named ones last.
    groups.sort_by(|(a, _), (b, _)| {
        let rank = |group: &OrderGroup| group.role != Role::Other;
        rank(a).cmp(&rank(b)).then(b.order_classes.cmp(&a.order_classes))
    });
    let mut picture = Picture::new(&data.caption.title, size);
    let below = data.caption.draw(&mut picture);
    let below = panel::legend(&mut picture, below, &entries(data, groups.len()));
    let margin = picture.margin();
    let (left, right) = (margin + 72.0, picture.width - margin);
    let top = below + 10.0;
    picture.stretch(top + (right - left) * 0.9 + 46.0);
    let frame = Rect { left, top, right, bottom: picture.height - 46.0 };
    let (x, y) = axes(&groups, frame, radii(size).0);
    panel::x_axis(&mut picture, frame, &x, &x.scale.ticks(count_words));
    panel::y_axis(&mut picture, frame, &y, &y.scale.ticks(text::percent));
    panel::frame(&mut picture, frame);
    titles(&mut picture, frame, data);
    bubbles(&mut picture, frame, (&x, &y), &groups);
    Ok(picture)
}

fn entries(data: &OrderMap, groups: usize) -> Vec<Entry> {
    let classes: u64 = data.groups.iter().map(|g| u64::from(g.order_classes)).sum();
    let groups = u64::try_from(groups).unwrap_or(u64::MAX);
    let name = format!(
        "{} order {} in {} {} of equal outcome; area: classes in the group",
        text::thousands(classes),
        if classes == 1 { "class" } else { "classes" },
        text::thousands(groups),
        if groups == 1 { "group" } else { "groups" },
    );
    let sample = Sample::Hollow(Shape::Disc);
    let bubble = Entry { name, color: darker(SERIES[5]), sample };
    let mut name = "named orders with exact 95 % interval".to_owned();
    if !data.thresholds.is_empty() {
        name = format!("{name}; thresholds: {}", data.thresholds);
    }
    vec![bubble, Entry { name, color: GREY, sample: Sample::Whisker }]
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a tick of a count's axis is a whole number, or is shown as its floor"
)]
fn count_words(value: f64) -> String {
    text::compact(value.max(0.0) as u64)
}

#[expect(clippy::cast_precision_loss, reason = "places on a chart")]
fn axes(groups: &[(&OrderGroup, f64)], frame: Rect, largest: f64) -> (Axis, Axis) {
    let scans = groups.iter().map(|(group, _)| group.content_scans as f64);
    let rates = groups.iter().map(|(group, rate)| match group.role {
        Role::Other => (*rate, *rate),
        Role::Default | Role::Recommended | Role::DefaultAndRecommended => {
            group.missed.bounds()
        }
    });
    let (least, most) = scans.fold((f64::MAX, 0.0_f64), |(l, h), v| (l.min(v), h.max(v)));
    let (low, high) =
        rates.fold((1.0_f64, 0.0_f64), |(l, h), v| (l.min(v.0), h.max(v.1)));
    let inner = frame.grow(-largest - 6.0);
    let spread = |low: f64, high: f64, least: f64| {
        let pad = (least - (high - low)).max(0.0) / 2.0;
        Scale::around((low - pad).max(0.0), high + pad)
    };
    let x = spread(least, most, (most * 0.05).max(10.0));
    let y = spread(low, high, (high * 0.1).max(0.002));
    (
        Axis { scale: x, from: inner.left, to: inner.right, zero: inner.left },
        Axis { scale: y, from: inner.bottom, to: inner.top, zero: inner.bottom },
    )
}

fn titles(picture: &mut Picture, frame: Rect, data: &OrderMap) {
    let all = data.caption.ham.saturating_add(data.caption.spam);
    let title = format!("content scans, of {} messages", text::thousands(all));
    panel::x_title(picture, frame, &[&title, "content scans"]);
    let spam = text::thousands(data.caption.spam);
    let long = format!("false negatives at junk: share of {spam} spam messages");
    let short = format!("spam missed at junk (of {spam})");
    let x = picture.margin() + 8.0;
    panel::y_title(picture, frame, x, &[&long, &short, "spam missed at junk"]);
}

#[expect(clippy::cast_precision_loss, reason = "places on a chart")]
fn bubbles(
    picture: &mut Picture,
    frame: Rect,
    (x, y): (&Axis, &Axis),
    groups: &[(&OrderGroup, f64)],
) {
    let largest = groups.iter().map(|(group, _)| group.order_classes).max().unwrap_or(1);
    let (most, least) = radii(picture.size);
    let radius = |group: &OrderGroup| {
        let share = f64::from(group.order_classes) / f64::from(largest.max(1));
        (most * share.sqrt()).max(least)
    };
    let at = |group: &OrderGroup, rate: f64| -> Point {
        (x.place(group.content_scans as f64), y.place(rate))
    };
    let mut places = Places::within(frame.grow(-3.0));
    for (group, rate) in groups {
        let (center, radius) = (at(group, *rate), radius(group));
        let color = group.role.look().map_or(SERIES[5], |(_, color)| color);
        if group.role != Role::Other {
            places.take(whisker(picture, center.0, y, group.missed, color));
        }
        let fill = if group.role == Role::Other { 0.35 } else { 0.75 };
        picture.disc(center, radius, color.fade(fill));
        let rim = if group.role == Role::Other { darker(color) } else { color };
        picture.ring(center, radius, rim, 1.4);
        places.take_point(center, radius * 0.9 + 2.0);
    }
    for (group, rate) in groups.iter().rev() {
        let (center, radius) = (at(group, *rate), radius(group));
        if let Some((name, color)) = group.role.look() {
            let missed = text::fraction(group.missed.count, group.missed.of);
            let scans = text::compact(group.content_scans);
            let long = format!("{name}: {missed} missed, {scans} scans");
            let short = format!("{name}: {missed} missed");
            let look = Look {
                size: if picture.size == Size::Column { 10.5 } else { 12.0 },
                weight: Weight::Bold,
                color: darker(color),
                reach: Reach::Far,
            };
            places.label(picture, center, radius + 6.0, &[&long, &short, name], look);
        }
    }
    name_largest(picture, &mut places, groups, (at, radius));
}

/// Says how many classes the largest bubbles hold, which is the scale of their areas.
fn name_largest(
    picture: &mut Picture,
    places: &mut Places,
    groups: &[(&OrderGroup, f64)],
    (at, radius): (impl Fn(&OrderGroup, f64) -> Point, impl Fn(&OrderGroup) -> f64),
) {
    let look =
        Look { size: 10.0, weight: Weight::Regular, color: GREY, reach: Reach::Near };
    for (group, rate) in groups.iter().filter(|(g, _)| g.role == Role::Other).take(3) {
        let words =
            format!("{} classes", text::thousands(u64::from(group.order_classes)));
        places.label(picture, at(group, *rate), radius(group) + 4.0, &[&words], look);
    }
}

fn whisker(
    picture: &mut Picture,
    x: f64,
    axis: &Axis,
    missed: Estimate,
    color: Color,
) -> Rect {
    let (low, high) = missed.bounds();
    let (bottom, top) = (axis.place(low), axis.place(high));
    picture.line((x, bottom), (x, top), color.fade(0.8), 1.8);
    for y in [bottom, top] {
        picture.line((x - 5.0, y), (x + 5.0, y), color.fade(0.8), 1.6);
    }
    Rect { left: x - 5.0, top, right: x + 5.0, bottom }
}

/// Letters need more contrast than areas.
fn darker(color: Color) -> Color {
    let (r, g, b) = color.rgb;
    let shade = |c: u8| u8::try_from(u16::from(c) * 4 / 5).unwrap_or(c);
    Color { rgb: (shade(r), shade(g), shade(b)), alpha: 1.0 }
}
