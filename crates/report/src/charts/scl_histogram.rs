//! How many messages of each label got each SCL, and what the thresholds do with them.
//!
//! Good mail stands above the middle, spam hangs below, on one log axis of counts.

use std::path::Path;

use mail::{GatewayAction, JunkComparison, Scl, Thresholds, Tier};

use crate::caption::{Caption, MARGIN};
use crate::color::{BLUE, Color, EDGE, FAINT, GREY, GRID, INK, VERMILION};
use crate::error::Error;
use crate::panel::{self, TICK_SIZE};
use crate::picture::{Anchor, Picture, Rect, Weight};
use crate::render::Format;
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
pub fn draw(data: &SclHistogram, format: Format, path: &Path) -> Result<(), Error> {
    picture(data)?.save(format, path)
}

/// Draws the chart.
///
/// # Errors
///
/// As [`draw`], without those of writing.
pub fn picture(data: &SclHistogram) -> Result<Picture, Error> {
    let (ham, spam) = (data.ham.slots(), data.spam.slots());
    let largest = ham.into_iter().chain(spam).max().unwrap_or(0);
    if largest == 0 {
        return Err(Error::NothingToDraw {
            chart: "SCL histogram",
            missing: "no message",
        });
    }
    let mut picture = Picture::new(&data.caption.title);
    let below = data.caption.draw(&mut picture);
    let (left, right) = (MARGIN + 66.0, picture.width - MARGIN);
    let frame = Rect { left, top: below + 40.0, right, bottom: picture.height - 44.0 };
    tiers(&mut picture, frame, &data.thresholds);
    let middle = f64::midpoint(frame.top, frame.bottom);
    let half = frame.height() / 2.0 - STRIP / 2.0 - 18.0;
    let top = largest.max(9);
    let up = Bars { zero: middle - STRIP / 2.0, reach: -half, top };
    let down = Bars { zero: middle + STRIP / 2.0, reach: half, top };
    for (bars, counts, color, name) in
        [(up, ham, BLUE, "good mail"), (down, spam, VERMILION, "spam")]
    {
        bars.draw(&mut picture, frame, &counts, color);
        let across = Rect { top: bars.zero.min(bars.zero + bars.reach), ..frame };
        let across = Rect { bottom: across.top + half, ..across };
        let title = format!("messages of {name}");
        panel::y_title(&mut picture, across, MARGIN + 10.0, &title);
    }
    strip(&mut picture, frame, middle);
    panel::frame(&mut picture, frame);
    panel::x_title(&mut picture, Rect { bottom: frame.bottom - 13.0, ..frame }, TITLE);
    Ok(picture)
}

const TITLE: &str =
    "spam confidence level stamped at the end (log scale of counts, from 0)";

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

/// Names of the tiers above the frame over their SCLs, with lines where one gives way.
fn tiers(picture: &mut Picture, frame: Rect, thresholds: &Thresholds) {
    let of = |slot: usize| {
        let value = i64::try_from(slot).unwrap_or(0) - 2;
        Scl::new(value).map_or(Tier::Inbox, |scl| tier(scl, thresholds))
    };
    let mut from = 1;
    for index in 2..=12 {
        if index < 12 && of(index) == of(from) {
            continue;
        }
        let ((left, _), (last, width)) = (slot(frame, from), slot(frame, index - 1));
        let right = last + width;
        let shade = [0.0, 0.35, 0.6, 0.9, 1.25][of(from).index()] * 0.2;
        let head = Rect { left: left + 1.0, right: right - 1.0, ..frame };
        let head = Rect { top: frame.top - 24.0, bottom: frame.top - 3.0, ..head };
        picture.rect(head, EDGE.fade(shade * 2.2 + 0.10));
        picture.rect(Rect { left, right, ..frame }, EDGE.fade(shade));
        let name = of(from).name();
        let fits =
            |size: &f64| text::width(name, *size, Weight::Bold) < right - left - 6.0;
        let size = [12.0, 11.0, 10.0, 9.5].into_iter().find(fits).unwrap_or(9.0);
        let at = (f64::midpoint(left, right), frame.top - 9.0);
        picture.text(at, name, size, Weight::Bold, Anchor::Middle, INK);
        if from > 1 {
            picture.dashes((left, frame.top - 24.0), (left, frame.bottom), INK, 1.1);
        }
        from = index;
    }
    let (left, width) = slot(frame, 0);
    let at = (left + width / 2.0, frame.top - 9.0);
    picture.note(at, "not rated", 10.5, Anchor::Middle, GREY);
    let (edge, _) = slot(frame, 1);
    picture.line((edge, frame.top), (edge, frame.bottom), EDGE, 1.0);
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
            0 => "none".to_owned(),
            1 => "−1".to_owned(),
            _ => (index - 2).to_string(),
        };
        let at = (left + width / 2.0, middle + 4.6);
        picture.text(at, &words, 13.0, Weight::Bold, Anchor::Middle, INK);
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

    fn draw(&self, picture: &mut Picture, frame: Rect, counts: &[u64; 12], color: Color) {
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
            let y = if self.reach < 0.0 { bar.top - 5.0 } else { bar.bottom + 12.5 };
            let ink = if *count == 0 { GREY } else { INK };
            let at = (left + width / 2.0, y);
            picture.note(at, &text::compact(*count), TICK_SIZE, Anchor::Middle, ink);
        }
    }

    fn grid(&self, picture: &mut Picture, frame: Rect) {
        let decades = std::iter::successors(Some(1_u64), |n| n.checked_mul(10));
        let ticks: Vec<u64> =
            std::iter::once(0).chain(decades.take_while(|n| *n <= self.top)).collect();
        let every = 1 + ticks.len() / 8;
        for (index, count) in ticks.iter().enumerate() {
            let y = self.place(*count);
            picture.line((frame.left, y), (frame.right, y), GRID.fade(0.9), 1.0);
            if index == 0 || index % every == 0 && (ticks.len() < 8 || index > 1) {
                panel::y_label(picture, frame, y, &text::compact(*count));
            }
        }
    }
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
}
