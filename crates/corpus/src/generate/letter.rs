//! What a message says.

use crate::generate::cast::Cast;
use crate::generate::dice::Dice;
use crate::generate::texts::{Bank, Facts, Template, Topic};

/// A subject and paragraphs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Letter {
    pub(super) subject: String,
    pub(super) paragraphs: Vec<String>,
    /// Lines of an earlier message, quoted below.
    pub(super) quoted: Vec<String>,
    /// Where its links lead.
    pub(super) host: String,
}

/// What a letter is made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Matter<'a> {
    pub(super) topic: Topic,
    pub(super) facts: Facts<'a>,
    /// Sentences to choose from; all where `None`.
    pub(super) sentences: Option<&'a [usize]>,
    pub(super) subjects: Option<&'a [usize]>,
    pub(super) length: Length,
}

/// How long a letter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    /// One or two sentences.
    Short,
    /// Three to twelve.
    Usual,
    /// Six to twenty.
    Long,
}

impl Length {
    /// As the recipe's share of short messages says.
    pub(super) fn choose(short: f64, dice: &mut Dice) -> Self {
        if dice.chance(short) {
            Self::Short
        } else if dice.chance(0.25) {
            Self::Long
        } else {
            Self::Usual
        }
    }

    fn sentences(self, dice: &mut Dice) -> usize {
        match self {
            Self::Short => 1 + dice.below(2),
            Self::Usual => 3 + dice.below(10),
            Self::Long => 6 + dice.below(15),
        }
    }
}

/// Writes a letter.
pub(super) fn write(bank: &Bank, matter: &Matter<'_>, dice: &mut Dice) -> Letter {
    let theme = bank.theme(matter.topic);
    let facts = &matter.facts;
    let subject = choose(&theme.subjects, matter.subjects, dice);
    let subject = bank.fill(subject, facts, dice);
    let mut paragraphs = Vec::new();
    let opening = bank.fill(dice.pick(&theme.openings), facts, dice);
    if !opening.is_empty() {
        paragraphs.push(opening);
    }
    let mut left = matter.length.sentences(dice);
    while left > 0 {
        let here = (1 + dice.below(4)).min(left);
        left -= here;
        let list: Vec<String> = (0..here)
            .map(|_| {
                let template = choose(&theme.sentences, matter.sentences, dice);
                bank.fill(template, facts, dice)
            })
            .collect();
        paragraphs.push(list.join(" "));
    }
    let closing = bank.fill(dice.pick(&theme.closings), facts, dice);
    if !closing.is_empty() {
        paragraphs.push(format!("{closing}\n{}", facts.me));
    }
    Letter { subject, paragraphs, quoted: Vec::new(), host: facts.host.to_owned() }
}

/// Sentences of another topic as a paragraph.
pub(super) fn sentences(
    bank: &Bank,
    topic: Topic,
    facts: &Facts<'_>,
    count: usize,
    dice: &mut Dice,
) -> String {
    let theme = bank.theme(topic);
    let list: Vec<String> =
        (0..count).map(|_| bank.fill(dice.pick(&theme.sentences), facts, dice)).collect();
    list.join(" ")
}

fn choose<'t>(
    all: &'t [Template],
    only: Option<&[usize]>,
    dice: &mut Dice,
) -> &'t Template {
    match only {
        Some(only) if !only.is_empty() => &all[*dice.pick(only)],
        _ => dice.pick(all),
    }
}

impl Letter {
    /// Text as lines, for quoting it elsewhere.
    pub(super) fn lines(&self) -> Vec<String> {
        let lines = self.paragraphs.iter().flat_map(|paragraph| paragraph.lines());
        lines.map(str::to_owned).collect()
    }

    /// A piece of running spam below the text, as people forward it to complain or to ask.
    pub(super) fn quote_spam(&mut self, cast: &Cast, time: i64, dice: &mut Dice) {
        let spam = super::spam::specimen(cast, time, dice);
        self.quoted = spam.lines();
        if dice.chance(0.3) {
            self.subject = format!("Fwd: {}", spam.subject);
        }
    }

    /// Replaces a share of letters by look-alikes, to get past word lists.
    pub(super) fn disguise(&mut self, share: f64, dice: &mut Dice) {
        let texts = std::iter::once(&mut self.subject).chain(&mut self.paragraphs);
        for text in texts {
            let mut link = false;
            *text = text
                .chars()
                .map(|c| {
                    link = (link || c == ':') && !c.is_whitespace();
                    let other = match c {
                        'a' => '@',
                        'e' => '3',
                        'i' => '1',
                        'o' => '0',
                        's' => '$',
                        _ => return c,
                    };
                    if !link && dice.chance(share) { other } else { c }
                })
                .collect();
        }
    }
}
