//! What stands above every chart.

use mail::Timestamp;

use crate::color::{GREY, INK};
use crate::picture::{Anchor, Picture, Weight};
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

/// Distance of everything from the picture's left and right edges.
pub(crate) const MARGIN: f64 = 22.0;

const TITLE_SIZE: f64 = 17.0;
const SUBTITLE_SIZE: f64 = 11.5;

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
        let width = picture.width - 2.0 * MARGIN;
        let title = text::shorten(&self.title, TITLE_SIZE, Weight::Bold, width);
        picture.text(
            (MARGIN, 32.0),
            &title,
            TITLE_SIZE,
            Weight::Bold,
            Anchor::Start,
            INK,
        );
        let mut y = 32.0;
        for line in self.subtitle(width) {
            y += 17.0;
            let at = (MARGIN, y);
            picture.text(at, &line, SUBTITLE_SIZE, Weight::Regular, Anchor::Start, GREY);
        }
        y + 6.0
    }

    /// One line where it fits, else two; names are shortened before counts and dates.
    fn subtitle(&self, width: f64) -> Vec<String> {
        let regular = |line: &str| text::width(line, SUBTITLE_SIZE, Weight::Regular);
        let mut facts = vec![self.counts()];
        facts.extend(self.dates());
        let facts = facts.join(" · ");
        let clean = |name: &str| text::clean(name);
        let (corpus, filter) = (clean(&self.corpus), clean(&self.filter));
        let names = [corpus.as_str(), facts.as_str(), filter.as_str()];
        let one: Vec<_> = names.into_iter().filter(|part| !part.is_empty()).collect();
        let one = one.join(" · ");
        if regular(&one) <= width {
            return vec![one];
        }
        let room = width - regular(&format!(" · {facts}"));
        let corpus = text::shorten(&corpus, SUBTITLE_SIZE, Weight::Regular, room);
        let mut lines = vec![format!("{corpus} · {facts}")];
        if !filter.is_empty() {
            lines.push(text::shorten(&filter, SUBTITLE_SIZE, Weight::Regular, width));
        }
        lines
    }
}
