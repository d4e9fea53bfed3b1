//! What stands above every chart.

use mail::Timestamp;

use crate::color::{GREY, INK};
use crate::picture::{Anchor, Picture, Weight};
use crate::size::Size;
use crate::text;

/// Title of a chart and what it was measured on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Caption {
    /// What the chart shows.
    pub title: String,
    /// Name of the corpus, from outside: shortened and cleaned before it is drawn.
    pub corpus: String,
    /// Good messages behind the chart.
    pub ham: u64,
    /// Spam messages behind the chart.
    pub spam: u64,
    /// What scored the messages, such as `built-in filter (accurate)`.
    pub filter: String,
    /// Time of the first message, where known.
    pub first: Option<Timestamp>,
    /// Time of the last message, where known.
    pub last: Option<Timestamp>,
}

/// Letters of a caption, by the sheet.
struct Letters {
    title: f64,
    /// Baseline of the first line.
    first: f64,
    /// Most lines of the title.
    lines: usize,
    subtitle: f64,
    /// From one line of the subtitle to the next.
    step: f64,
}

const fn letters(size: Size) -> Letters {
    match size {
        Size::Screen => {
            Letters { title: 17.0, first: 32.0, lines: 1, subtitle: 11.5, step: 17.0 }
        }
        Size::Column => {
            Letters { title: 12.5, first: 14.0, lines: 2, subtitle: 10.0, step: 13.0 }
        }
        Size::Slide => {
            Letters { title: 17.0, first: 25.0, lines: 1, subtitle: 10.5, step: 15.0 }
        }
    }
}

impl Caption {
    /// `2,075 good and 948 spam messages`.
    pub(crate) fn counts(&self) -> String {
        let (ham, spam) = (text::thousands(self.ham), text::thousands(self.spam));
        format!("{ham} good and {spam} spam messages")
    }

    /// `2002-07-03 to 2002-12-06`, or nothing.
    pub(crate) fn dates(&self) -> Option<String> {
        let day = |time: Timestamp| time.to_string().chars().take(10).collect::<String>();
        match (self.first.map(day), self.last.map(day)) {
            (Some(first), Some(last)) if first == last => Some(first),
            (Some(first), Some(last)) => Some(format!("{first} to {last}")),
            (Some(day), None) => Some(format!("from {day}")),
            (None, Some(day)) => Some(format!("until {day}")),
            (None, None) => None,
        }
    }

    /// Draws the caption; gives the y below it.
    pub(crate) fn draw(&self, picture: &mut Picture) -> f64 {
        let left = picture.margin();
        let width = picture.width - 2.0 * left;
        let Letters { title, first, lines, subtitle, step } = letters(picture.size);
        // A long title on one line is smaller rather than cut.
        let fits = |size: &f64| text::width(&self.title, *size, Weight::Bold) <= width;
        let smaller = [title, title * 0.88, title * 0.76];
        let title = match lines {
            1 => smaller.into_iter().find(fits).unwrap_or(smaller[2]),
            _ => title,
        };
        let mut y = first - (title + 3.0);
        for line in text::wrap(&self.title, title, Weight::Bold, width, lines) {
            y += title + 3.0;
            picture.text((left, y), &line, title, Weight::Bold, Anchor::Start, INK);
        }
        y = y.max(first);
        for line in self.subtitle(width, subtitle) {
            y += step;
            picture.note((left, y), &line, subtitle, Anchor::Start, GREY);
        }
        y + 6.0
    }

    /// As few lines as the facts need; a line breaks between facts, and a name is shortened
    /// before counts and dates.
    fn subtitle(&self, width: f64, size: f64) -> Vec<String> {
        let regular = |line: &str| text::width(line, size, Weight::Regular);
        let short = |name: &str| text::shorten(name, size, Weight::Regular, width);
        let mut counted = vec![self.counts()];
        counted.extend(self.dates());
        // Together where the sheet has the room.
        let together = counted.join(" · ");
        if regular(&together) <= width {
            counted = vec![together];
        }
        let facts = std::iter::once(short(&self.corpus))
            .chain(counted)
            .chain(std::iter::once(short(&self.filter)))
            .filter(|fact| !fact.is_empty());
        let mut lines: Vec<String> = Vec::new();
        for fact in facts {
            match lines.last_mut() {
                Some(line) if regular(&format!("{line} · {fact}")) <= width => {
                    line.push_str(" · ");
                    line.push_str(&fact);
                }
                Some(_) | None => lines.push(short(&fact)),
            }
        }
        lines
    }
}
