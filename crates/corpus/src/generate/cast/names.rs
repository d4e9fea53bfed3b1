//! Names of people, firms, products and domains.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::generate::GenerateError;
use crate::generate::dice::Dice;
use crate::generate::texts::Lang;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct People {
    first: Vec<String>,
    last: Vec<String>,
    firm: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Latin {
    first: Vec<String>,
    last: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Domains {
    start: Vec<String>,
    middle: Vec<String>,
    end: Vec<String>,
    suffix: Vec<String>,
    zone: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    en: People,
    de: People,
    pt: People,
    ko: People,
    latin: Latin,
    domains: Domains,
}

/// Makes names; every domain is given once.
#[derive(Debug)]
pub(super) struct Names {
    file: File,
    used: BTreeSet<String>,
}

/// A person's names.
pub(super) struct Named {
    pub(super) full: String,
    pub(super) first: String,
    /// Local part of an address.
    pub(super) local: String,
}

impl Names {
    pub(super) fn new(used: impl Iterator<Item = String>) -> Result<Self, GenerateError> {
        const FILE: &str = "names.toml";
        let file: File =
            toml::from_str(include_str!("../texts/names.toml")).map_err(|error| {
                GenerateError::Texts { file: FILE, what: error.to_string() }
            })?;
        Ok(Self { file, used: used.collect() })
    }

    pub(super) fn person(&self, lang: Lang, dice: &mut Dice) -> Named {
        let people = self.people(lang);
        let (f, l) = (dice.below(people.first.len()), dice.below(people.last.len()));
        let (first, last) = (&people.first[f], &people.last[l]);
        let (full, latin_first, latin_last) = match lang {
            Lang::Korean => (
                format!("{last}{first}"),
                self.file.latin.first[f].clone(),
                self.file.latin.last[l].clone(),
            ),
            Lang::English | Lang::German | Lang::Portuguese => {
                (format!("{first} {last}"), fold(first), fold(last))
            }
        };
        let initial = latin_first.chars().next().unwrap_or('x');
        let local = match dice.below(5) {
            0 | 1 => format!("{latin_first}.{latin_last}"),
            2 => format!("{initial}{latin_last}"),
            3 => format!("{latin_first}{}", dice.digits(2)),
            _ => format!("{latin_last}.{latin_first}"),
        };
        Named { full, first: first.clone(), local }
    }

    pub(super) fn firm(&self, lang: Lang, dice: &mut Dice) -> String {
        dice.pick(&self.people(lang).firm).clone()
    }

    /// A made-up word for products.
    pub(super) fn product(&self, dice: &mut Dice) -> String {
        let d = &self.file.domains;
        let word = format!(
            "{}{}{}",
            dice.pick(&d.start),
            dice.pick(&d.middle),
            dice.pick(&d.end)
        );
        let mut letters = word.chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(letters).collect()
    }

    /// A domain under `.example` that was not given before.
    pub(super) fn domain(&mut self, dice: &mut Dice) -> String {
        let d = &self.file.domains;
        loop {
            let middle =
                if dice.chance(0.6) { dice.pick(&d.middle).as_str() } else { "" };
            let name = format!(
                "{}{middle}{}{}{}.example",
                dice.pick(&d.start),
                dice.pick(&d.end),
                dice.pick(&d.suffix),
                dice.pick(&d.zone)
            );
            if self.used.insert(name.clone()) {
                return name;
            }
            // The list is finite: a number makes room for as many as a recipe needs.
            let numbered = format!("{}{}.example", dice.pick(&d.start), dice.digits(7));
            if dice.chance(0.3) && self.used.insert(numbered.clone()) {
                return numbered;
            }
        }
    }

    fn people(&self, lang: Lang) -> &People {
        match lang {
            Lang::English => &self.file.en,
            Lang::Korean => &self.file.ko,
            Lang::German => &self.file.de,
            Lang::Portuguese => &self.file.pt,
        }
    }
}

/// Lower-case ASCII, as mail addresses of people with accents have it.
fn fold(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars().flat_map(char::to_lowercase) {
        match c {
            'ä' => out.push_str("ae"),
            'ö' => out.push_str("oe"),
            'ü' => out.push_str("ue"),
            'ß' => out.push_str("ss"),
            'á' | 'ã' | 'â' | 'à' => out.push('a'),
            'é' | 'ê' => out.push('e'),
            'í' => out.push('i'),
            'ó' | 'õ' | 'ô' => out.push('o'),
            'ú' => out.push('u'),
            'ç' => out.push('c'),
            c if c.is_ascii_alphanumeric() => out.push(c),
            _ => {}
        }
    }
    out
}
