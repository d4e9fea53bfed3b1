//! How many messages of each label got each SCL, and what the thresholds do with them.
//!
//! Good mail stands above the middle, spam hangs below, on one log axis of counts.

use std::path::Path;

use mail::{GatewayAction, JunkComparison, Scl, Thresholds, Tier};

use crate::caption::Caption;
use crate::color::{BLUE, Color, EDGE, FAINT, GREY, GRID, INK, VERMILION};
use crate::error::Error;
use crate::panel::{self, TICK_SIZE, number};
use crate::picture::{Anchor, Picture, Point, Rect, Weight};
use crate::render::Format;
use crate::size::Size;
use crate::text;

/// What the chart shows.
#[derive(Debug, Clone, PartialEq)]
pub struct SclHistogram {
    /// Title and corpus.
    pub caption: Caption,
    /// Good messages.
    pub ham: SclCounts,
    /// Spam messages.
    pub spam: SclCounts,
    /// The thresholds whose tiers are marked.
    pub thresholds: Thresholds,
}

/// Messages by SCL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SclCounts {
    /// Messages that nobody rated: refused before the content filter.
    pub unrated: u64,
    /// SCL -1.
    pub trusted: u64,
    /// SCL 0 to 9.
    pub rated: [u64; 10],
}

impl SclCounts {
    /// Counts one message.
    pub const fn add(&mut self, scl: Option<Scl>) {
        let slot = match scl {
            None => &mut self.unrated,
            Some(scl) if scl.is_trusted() => &mut self.trusted,
            Some(scl) => &mut self.rated[scl.get().unsigned_abs() as usize],
        };
        *slot = slot.saturating_add(1);
    }

    fn slots(&self) -> [u64; 12] {
        let mut slots = [0; 12];
        slots[0] = self.unrated;
        slots[1] = self.trusted;
        slots[2..].copy_from_slice(&self.rated);
        slots
    }
}

/// Height of the strip that carries the SCLs between the halves.
const STRIP: f64 = 24.0;

/// Draws the chart to a file.
///
/// # Errors
///
/// [`Error::NothingToDraw`] without a message, and those of [`Picture::save`].
pub fn draw(
    data: &SclHistogram,
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
pub fn picture(data: &SclHistogram, size: Size) -> Result<Picture, Error> {
    let (ham, spam) = (data.ham.slots(), data.spam.slots());
    let largest = ham.into_iter().chain(spam).max().unwrap_or(0);
    if largest == 0 {
        return Err(Error::NothingToDraw {
            chart: "SCL histogram",
            missing: "no message",
        });
    }
    let mut picture = Picture::new(&data.caption.title, size);
    let below = data.caption.draw(&mut picture);
    let margin = picture.margin();
    let (left, right) = (margin + 66.0, picture.width - margin);
    let slot = (right - left) / 12.0;
    let head = Head::new(slot, &data.thresholds);
    let counts = Counts::new(size, slot, ham.into_iter().chain(spam));
    let top = below + head.height + 16.0;
    picture.stretch(top + 2.0 * (96.0 + counts.room) + STRIP + 32.0);
    let frame = Rect { left, top, right, bottom: picture.height - 32.0 };
    head.draw(&mut picture, frame);
    let middle = f64::midpoint(frame.top, frame.bottom);
    let half = frame.height() / 2.0 - STRIP / 2.0 - counts.room;
    let top = largest.max(9);
    let up = Bars { zero: middle - STRIP / 2.0, reach: -half, top };
    let down = Bars { zero: middle + STRIP / 2.0, reach: half, top };
    for (bars, of, color, name) in
        [(up, ham, BLUE, "good mail"), (down, spam, VERMILION, "spam")]
    {
        bars.draw(&mut picture, frame, &of, color, &counts);
        let across = Rect { top: bars.zero.min(bars.zero + bars.reach), ..frame };
        let across = Rect { bottom: across.top + half, ..across };
        let title = format!("messages of {name}");
        panel::y_title(&mut picture, across, margin + 10.0, &[&title, name]);
    }
    strip(&mut picture, frame, middle);
    panel::frame(&mut picture, frame);
    let below = Rect { bottom: frame.bottom - 13.0, ..frame };
    panel::x_title(&mut picture, below, &TITLES);
    Ok(picture)
}

const TITLES: [&str; 3] = [
    "spam confidence level stamped at the end (log scale of counts, from 0)",
    "SCL stamped at the end (log scale of counts, from 0)",
    "SCL at the end (log scale of counts)",
];

/// How counts stand at the ends of bars: where one is wider than a bar's slot, upright on a
/// sheet that may be as high as it needs, else with three figures.
struct Counts {
    upright: bool,
    words: fn(u64) -> String,
    /// Length that they take beyond the largest bar.
    room: f64,
}

impl Counts {
    fn new(size: Size, slot: f64, counts: impl Iterator<Item = u64>) -> Self {
        let width = |n| text::width(&text::compact(n), TICK_SIZE, Weight::Regular);
        let widest = counts.map(width).fold(0.0, f64::max);
        let wide = widest > slot - 2.0;
        let upright = wide && size == Size::Column;
        let words = if wide && !upright { text::brief } else { text::compact };
        Self { upright, words, room: if upright { widest + 10.0 } else { 18.0 } }
    }

    fn draw(&self, picture: &mut Picture, (x, end): Point, count: u64, reach: f64) {
        let ink = if count == 0 { GREY } else { INK };
        let words = (self.words)(count);
        if self.upright {
            let half = text::width(&words, TICK_SIZE, Weight::Regular) / 2.0 + 5.0;
            let y = end + half * reach.signum();
            picture.text_upwards((x + 3.8, y), &words, TICK_SIZE, ink);
        } else {
            let y = if reach < 0.0 { end - 5.0 } else { end + 12.5 };
            picture.note((x, y), &words, TICK_SIZE, Anchor::Middle, ink);
        }
    }
}

/// Left edge and width of a slot.
fn slot(frame: Rect, index: usize) -> (f64, f64) {
    let width = frame.width() / 12.0;
    (frame.left + width * f64::from(u8::try_from(index).unwrap_or(0)), width)
}

/// Where the thresholds put an SCL that reaches them.
fn tier(scl: Scl, thresholds: &Thresholds) -> Tier {
    match thresholds.gateway(scl) {
        GatewayAction::Delete => Tier::Delete,
        GatewayAction::Reject => Tier::Reject,
        GatewayAction::Quarantine => Tier::Quarantine,
        GatewayAction::Pass if thresholds.junks(scl, JunkComparison::Gt) => Tier::Junk,
        GatewayAction::Pass => Tier::Inbox,
    }
}

/// The tiers above the frame.
struct Head {
    /// Per tier its first slot, the slot after its last, and itself.
    stretches: Vec<(usize, usize, Tier)>,
    /// Of the names: upright where one is wider than its stretch.
    upright: bool,
    height: f64,
}

/// Sizes of the tiers' names, the first that fits is taken.
const NAMES: [f64; 4] = [12.0, 11.0, 10.0, 9.5];
const UNRATED: [&str; 2] = ["not rated", "unrated"];

impl Head {
    fn new(slot: f64, thresholds: &Thresholds) -> Self {
        let of = |slot: usize| {
            let value = i64::try_from(slot).unwrap_or(0) - 2;
            Scl::new(value).map_or(Tier::Inbox, |scl| tier(scl, thresholds))
        };
        let mut stretches: Vec<(usize, usize, Tier)> = Vec::new();
        for index in 1..12 {
            match stretches.last_mut() {
                Some((_, until, tier)) if *tier == of(index) => *until = index + 1,
                Some(_) | None => stretches.push((index, index + 1, of(index))),
            }
        }
        let width = |name: &str, size| text::width(name, size, Weight::Bold);
        let least = NAMES[NAMES.len() - 1];
        let fits = |(from, until, tier): &(usize, usize, Tier)| {
            width(tier.name(), least) < slot * number(until - from) - 4.0
        };
        let unrated = UNRATED
            .iter()
            .any(|name| text::width(name, TICK_SIZE, Weight::Regular) < slot);
        let upright = !unrated || !stretches.iter().all(fits);
        let longest = Tier::ALL.map(|tier| width(tier.name(), least));
        let longest = longest.into_iter().fold(0.0, f64::max);
        let height = if upright { longest + 10.0 } else { 24.0 };
        Self { stretches, upright, height }
    }

    /// Names over their SCLs, with lines where one gives way.
    fn draw(&self, picture: &mut Picture, frame: Rect) {
        for (from, until, tier) in &self.stretches {
            let ((left, _), (last, width)) = (slot(frame, *from), slot(frame, until - 1));
            let right = last + width;
            let shade = [0.0, 0.35, 0.6, 0.9, 1.25][tier.index()] * 0.2;
            let head = Rect {
                left: left + 1.0,
                top: frame.top - self.height,
                right: right - 1.0,
                bottom: frame.top - 3.0,
            };
            picture.rect(head, EDGE.fade(shade * 2.2 + 0.10));
            picture.rect(Rect { left, right, ..frame }, EDGE.fade(shade));
            self.name(picture, head, tier.name());
            if *from > 1 {
                let top = frame.top - self.height;
                picture.dashes((left, top), (left, frame.bottom), INK, 1.1);
            }
        }
        let (left, width) = slot(frame, 0);
        let x = left + width / 2.0;
        if self.upright {
            let y = frame.top - self.height / 2.0;
            picture.text_upwards((x + 3.5, y), UNRATED[0], 9.5, GREY);
        } else {
            let at = (x, frame.top - 9.0);
            let name = text::fitting(&UNRATED, TICK_SIZE, Weight::Regular, width);
            picture.note(at, &name, TICK_SIZE, Anchor::Middle, GREY);
        }
        let (edge, _) = slot(frame, 1);
        picture.line((edge, frame.top), (edge, frame.bottom), EDGE, 1.0);
    }

    fn name(&self, picture: &mut Picture, head: Rect, name: &str) {
        let width = |size: &f64| text::width(name, *size, Weight::Bold);
        let x = f64::midpoint(head.left, head.right);
        let level = NAMES.into_iter().find(|size| width(size) < head.width() - 2.0);
        match level {
            Some(size) => {
                let y = f64::midpoint(head.top, head.bottom) + 4.0;
                picture.text((x, y), name, size, Weight::Bold, Anchor::Middle, INK);
            }
            None => {
                let y = f64::midpoint(head.top, head.bottom);
                picture.text_upwards((x + 3.5, y), name, 9.5, INK);
            }
        }
    }
}

/// The SCLs between the halves.
fn strip(picture: &mut Picture, frame: Rect, middle: f64) {
    let across =
        Rect { top: middle - STRIP / 2.0, bottom: middle + STRIP / 2.0, ..frame };
    picture.rect(across, FAINT);
    for y in [across.top, across.bottom] {
        picture.line((frame.left, y), (frame.right, y), EDGE, 1.0);
    }
    for index in 0..12_usize {
        let (left, width) = slot(frame, index);
        let words = match index {
            0 if width < 40.0 => "–".to_owned(),
            0 => "none".to_owned(),
            1 => "−1".to_owned(),
            _ => (index - 2).to_string(),
        };
        let at = (left + width / 2.0, middle + 4.6);
        let size = if width < 40.0 { 11.5 } else { 13.0 };
        picture.text(at, &words, size, Weight::Bold, Anchor::Middle, INK);
    }
}

/// One half of the chart.
#[derive(Debug, Clone, Copy)]
struct Bars {
    /// Where zero stands.
    zero: f64,
    /// From there to the largest count; negative is upwards.
    reach: f64,
    /// The largest count.
    top: u64,
}

impl Bars {
    /// Log of the count plus one, so that zero has a place and one can be seen.
    #[expect(clippy::cast_precision_loss, reason = "heights of bars")]
    fn place(&self, count: u64) -> f64 {
        let log = |n: u64| (n as f64 + 1.0).log10();
        self.zero + self.reach * (log(count) / log(self.top)).min(1.0)
    }

    fn draw(
        &self,
        picture: &mut Picture,
        frame: Rect,
        counts: &[u64; 12],
        color: Color,
        written: &Counts,
    ) {
        self.grid(picture, frame);
        for (index, count) in counts.iter().enumerate() {
            let (left, width) = slot(frame, index);
            let end = self.place(*count);
            let inset = width * 0.14;
            let bar = Rect {
                left: left + inset,
                top: self.zero.min(end),
                right: left + width - inset,
                bottom: self.zero.max(end),
            };
            picture.rect(bar, color);
            written.draw(picture, (left + width / 2.0, end), *count, self.reach);
        }
    }

    fn grid(&self, picture: &mut Picture, frame: Rect) {
        let decades = std::iter::successors(Some(1_u64), |n| n.checked_mul(10));
        let ticks = std::iter::once(0).chain(decades.take_while(|n| *n <= self.top));
        let mut last = f64::MAX;
        for count in ticks {
            let y = self.place(count);
            picture.line((frame.left, y), (frame.right, y), GRID.fade(0.9), 1.0);
            if (y - last).abs() >= 14.0 {
                panel::y_label(picture, frame, y, &decade(count));
                last = y;
            }
        }
    }
}

/// A power of ten in few letters: `10,000`, `100k`, `1M`.
fn decade(count: u64) -> String {
    const STEPS: [(u64, &str); 6] = [
        (1_000_000_000_000_000_000, "E"),
        (1_000_000_000_000_000, "P"),
        (1_000_000_000_000, "T"),
        (1_000_000_000, "G"),
        (1_000_000, "M"),
        (1_000, "k"),
    ];
    let step = STEPS.iter().find(|(unit, _)| count >= 100_000 && count >= *unit);
    step.map_or_else(
        || text::thousands(count),
        |(unit, name)| format!("{}{name}", count / unit),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scl_is_counted_in_its_slot() {
        let mut counts = SclCounts::default();
        counts.add(None);
        for value in -1..=9 {
            counts.add(Some(Scl::new(value).unwrap()));
        }
        assert_eq!(counts.slots(), [1; 12]);
    }

    #[test]
    fn decades_take_few_letters() {
        let of = [0, 10_000, 100_000, 1_000_000, 10_000_000_000];
        assert_eq!(of.map(decade), ["0", "10,000", "100k", "1M", "10G"]);
    }
}
