//! The text banks: sentence templates with slots, per language and theme.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;

use crate::generate::GenerateError;
use crate::generate::calendar::Civil;
use crate::generate::dice::Dice;

/// Slots may hold slots; deeper nesting than this is cut.
const MAX_DEPTH: u8 = 4;

/// A language of the texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lang {
    English,
    Korean,
    German,
    Portuguese,
}

impl Lang {
    /// In the order of the recipe's weights.
    pub(super) const ALL: [Self; 4] =
        [Self::English, Self::Korean, Self::German, Self::Portuguese];

    pub(super) const fn index(self) -> usize {
        self as usize
    }
}

/// What a text is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Topic {
    Business,
    Reply,
    Personal,
    Newsletter,
    List,
    Notice,
    Health,
    Goods,
    Casino,
    Loan,
    Software,
    Seo,
    Invest,
    Job,
    Advance,
    Phish,
    Malware,
}

impl Topic {
    const NAMES: [&str; 17] = [
        "business",
        "reply",
        "personal",
        "newsletter",
        "list",
        "notice",
        "health",
        "goods",
        "casino",
        "loan",
        "software",
        "seo",
        "invest",
        "job",
        "advance",
        "phish",
        "malware",
    ];
    /// What bulk spam is about; not every language has every one of them.
    pub(super) const BULK: [Self; 8] = [
        Self::Health,
        Self::Goods,
        Self::Casino,
        Self::Loan,
        Self::Software,
        Self::Seo,
        Self::Invest,
        Self::Job,
    ];
}

#[derive(Debug, Clone, Copy)]
enum Special {
    Num,
    Money,
    Pct,
    Day,
    Clock,
    Code,
    Url,
    Product,
    Company,
    Me,
    You,
}

#[derive(Debug, Clone)]
enum Piece {
    Text(String),
    Slot(usize),
    Special(Special),
}

/// A compiled template.
#[derive(Debug, Clone)]
pub(super) struct Template(Vec<Piece>);

/// The templates of one topic in one language.
#[derive(Debug)]
pub(super) struct Theme {
    pub(super) openings: Vec<Template>,
    pub(super) closings: Vec<Template>,
    pub(super) subjects: Vec<Template>,
    pub(super) sentences: Vec<Template>,
}

/// What the built-in slots stand for in one message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<'a> {
    pub(super) me: &'a str,
    pub(super) you: &'a str,
    pub(super) company: &'a str,
    pub(super) product: &'a str,
    /// Host of links.
    pub(super) host: &'a str,
    pub(super) time: i64,
}

/// All texts of one language.
#[derive(Debug)]
pub(super) struct Bank {
    lang: Lang,
    slots: Vec<Vec<Template>>,
    themes: Vec<Option<Theme>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BankFile {
    slots: BTreeMap<String, Vec<String>>,
    themes: BTreeMap<String, ThemeFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThemeFile {
    openings: Vec<String>,
    closings: Vec<String>,
    subjects: Vec<String>,
    sentences: Vec<String>,
}

/// Reads the banks of all languages, in the order of [`Lang::ALL`].
pub(super) fn banks() -> Result<[Bank; 4], GenerateError> {
    Ok([
        Bank::parse(Lang::English, "en.toml", include_str!("texts/en.toml"))?,
        Bank::parse(Lang::Korean, "ko.toml", include_str!("texts/ko.toml"))?,
        Bank::parse(Lang::German, "de.toml", include_str!("texts/de.toml"))?,
        Bank::parse(Lang::Portuguese, "pt.toml", include_str!("texts/pt.toml"))?,
    ])
}

impl Bank {
    fn parse(lang: Lang, file: &'static str, text: &str) -> Result<Self, GenerateError> {
        let fail = |what: String| GenerateError::Texts { file, what };
        let read: BankFile =
            toml::from_str(text).map_err(|error| fail(error.to_string()))?;
        let names: Vec<_> = read.slots.keys().map(String::as_str).collect();
        let compile = |list: &[String]| -> Result<Vec<Template>, GenerateError> {
            if list.is_empty() {
                return Err(fail("a list is empty".to_owned()));
            }
            list.iter().map(|text| compile(text, &names).map_err(fail)).collect()
        };
        let slots =
            read.slots.values().map(|list| compile(list)).collect::<Result<_, _>>()?;
        let mut themes: Vec<Option<Theme>> = Topic::NAMES.map(|_| None).into();
        for (name, theme) in &read.themes {
            let index = Topic::NAMES.iter().position(|topic| topic == name);
            let index =
                index.ok_or_else(|| fail(format!("no topic is called `{name}`")))?;
            themes[index] = Some(Theme {
                openings: compile(&theme.openings)?,
                closings: compile(&theme.closings)?,
                subjects: compile(&theme.subjects)?,
                sentences: compile(&theme.sentences)?,
            });
        }
        if themes[Topic::Business as usize].is_none() {
            return Err(fail("there is no theme `business`".to_owned()));
        }
        Ok(Self { lang, slots, themes })
    }

    /// Whether the language has texts of its own for a topic.
    pub(super) fn has(&self, topic: Topic) -> bool {
        self.themes[topic as usize].is_some()
    }

    /// The theme of a topic, or business where the language has none.
    pub(super) fn theme(&self, topic: Topic) -> &Theme {
        self.themes[topic as usize]
            .as_ref()
            .or(self.themes[Topic::Business as usize].as_ref())
            .expect("every bank has business texts, checked when it was read")
    }

    /// One filled template.
    pub(super) fn fill(
        &self,
        template: &Template,
        facts: &Facts,
        dice: &mut Dice,
    ) -> String {
        let mut out = String::with_capacity(96);
        self.write(template, facts, dice, &mut out, 0);
        out
    }

    fn write(
        &self,
        t: &Template,
        facts: &Facts,
        dice: &mut Dice,
        out: &mut String,
        depth: u8,
    ) {
        for piece in &t.0 {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Slot(slot) if depth < MAX_DEPTH => {
                    let chosen = dice.pick(&self.slots[*slot]);
                    self.write(chosen, facts, dice, out, depth + 1);
                }
                Piece::Slot(_) => {}
                Piece::Special(special) => self.special(*special, facts, dice, out),
            }
        }
    }

    fn special(
        &self,
        special: Special,
        facts: &Facts,
        dice: &mut Dice,
        out: &mut String,
    ) {
        match special {
            Special::Num => push(out, dice.between(2, 60)),
            Special::Pct => {
                let value = dice.between(1, 16) * 5;
                out.push_str(&format!(
                    "{value}{}",
                    if self.lang == Lang::German { " %" } else { "%" }
                ));
            }
            Special::Money => self.money(dice, out),
            Special::Day => self.day(facts.time, dice, out),
            Special::Clock => {
                let (hour, minute) = (dice.between(8, 19), dice.between(0, 3) * 15);
                out.push_str(&format!("{hour}:{minute:02}"));
            }
            Special::Code => {
                let letters = dice.word(2).to_ascii_uppercase();
                out.push_str(&format!("{letters}-{}", dice.digits(5)));
            }
            Special::Url => link(facts.host, dice, out),
            Special::Product => out.push_str(facts.product),
            Special::Company => out.push_str(facts.company),
            Special::Me => out.push_str(facts.me),
            Special::You => out.push_str(facts.you),
        }
    }

    fn money(&self, dice: &mut Dice, out: &mut String) {
        let size = [100, 1_000, 10_000, 1_000_000][dice.weighted(&[4.0, 4.0, 2.0, 1.0])];
        let value = dice.between(size / 10, size);
        let text = match self.lang {
            Lang::English if dice.chance(0.3) => format!("£{}", grouped(value, ',')),
            Lang::English => {
                format!("${}.{:02}", grouped(value, ','), dice.below(2) * 99)
            }
            Lang::Korean => format!("{}원", grouped(value * 100, ',')),
            Lang::German => format!("{},00 €", grouped(value, '.')),
            Lang::Portuguese => format!("R$ {},00", grouped(value, '.')),
        };
        out.push_str(&text);
    }

    fn day(&self, now: i64, dice: &mut Dice, out: &mut String) {
        const EN: [&str; 12] = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ];
        const DE: [&str; 12] = [
            "Januar",
            "Februar",
            "März",
            "April",
            "Mai",
            "Juni",
            "Juli",
            "August",
            "September",
            "Oktober",
            "November",
            "Dezember",
        ];
        const PT: [&str; 12] = [
            "janeiro",
            "fevereiro",
            "março",
            "abril",
            "maio",
            "junho",
            "julho",
            "agosto",
            "setembro",
            "outubro",
            "novembro",
            "dezembro",
        ];
        const WEEK: [&str; 7] = [
            "Monday",
            "Tuesday",
            "Wednesday",
            "Thursday",
            "Friday",
            "Saturday",
            "Sunday",
        ];
        let date = Civil::new(now + dice.between(1, 20) * 86_400, 0);
        let (month, day) = (date.month - 1, date.day);
        let text = match self.lang {
            Lang::English if dice.chance(0.5) => WEEK[date.weekday].to_owned(),
            Lang::English => format!("{day} {}", EN[month]),
            Lang::Korean => format!("{}월 {day}일", date.month),
            Lang::German => format!("{day}. {}", DE[month]),
            Lang::Portuguese => format!("{day} de {}", PT[month]),
        };
        out.push_str(&text);
    }
}

fn compile(text: &str, names: &[&str]) -> Result<Template, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once('{') {
        let (name, after) = tail
            .split_once('}')
            .ok_or_else(|| format!("`{text}` has a `{{` left open"))?;
        if !before.is_empty() {
            pieces.push(Piece::Text(before.to_owned()));
        }
        pieces.push(slot(name, names).ok_or_else(|| format!("no slot `{name}`"))?);
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Ok(Template(pieces))
}

fn slot(name: &str, names: &[&str]) -> Option<Piece> {
    let special = match name {
        "num" => Special::Num,
        "money" => Special::Money,
        "pct" => Special::Pct,
        "day" => Special::Day,
        "clock" => Special::Clock,
        "code" => Special::Code,
        "url" => Special::Url,
        "product" => Special::Product,
        "company" => Special::Company,
        "me" => Special::Me,
        "you" => Special::You,
        other => return names.iter().position(|name| *name == other).map(Piece::Slot),
    };
    Some(Piece::Special(special))
}

fn push(out: &mut String, number: i64) {
    write!(out, "{number}").expect("writing to a string does not fail");
}

fn grouped(value: i64, separator: char) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(separator);
        }
        out.push(digit);
    }
    out
}

/// A link as both newsletters and spammers write it.
pub(super) fn link(host: &str, dice: &mut Dice, out: &mut String) {
    const WORDS: [&str; 14] = [
        "offer", "news", "files", "login", "view", "track", "shop", "article", "account",
        "download", "c", "click", "de", "media",
    ];
    let scheme = if dice.chance(0.75) { "https" } else { "http" };
    let www = if dice.chance(0.5) { "www." } else { "" };
    let word = dice.pick(&WORDS);
    let tail = match dice.below(4) {
        0 => String::new(),
        1 => format!("?id={}", dice.digits(6)),
        2 => dice.hex(12),
        _ => format!("{}.html", dice.word(5)),
    };
    write!(out, "{scheme}://{www}{host}/{word}/{tail}")
        .expect("writing to a string does not fail");
}
