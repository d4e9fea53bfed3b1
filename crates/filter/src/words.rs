//! Finding texts as whole words, ignoring case: what phrases and weights share.
//!
//! Both the pattern and the text are lower-cased and runs of white space become one space.
//! A match must not begin or end inside a word: where its outermost character is a letter
//! or digit, the neighbour beyond must not be one. A short pattern may match inside a
//! longer one.

use aho_corasick::{AhoCorasick, BuildError, MatchKind};

/// Patterns ready to be found.
#[derive(Debug, Clone)]
pub(crate) struct Words {
    matcher: AhoCorasick,
    /// Of each pattern a piece in ASCII without white space: a text that has none of them
    /// has none of the patterns. None where a pattern has no such piece.
    pieces: Option<AhoCorasick>,
}

impl Words {
    pub(crate) fn new<'p>(
        patterns: impl IntoIterator<Item = &'p str>,
    ) -> Result<Self, BuildError> {
        let patterns: Vec<_> =
            patterns.into_iter().map(|text| normal(text).trim().to_owned()).collect();
        let pieces: Option<Vec<_>> = patterns.iter().map(|text| piece(text)).collect();
        let pieces = pieces.map(AhoCorasick::new).transpose()?;
        let matcher =
            AhoCorasick::builder().match_kind(MatchKind::Standard).build(patterns)?;
        Ok(Self { matcher, pieces })
    }

    /// The indexes of patterns that stand in `text`, once per place.
    pub(crate) fn find(&self, text: &str) -> Vec<usize> {
        if self.is_surely_without(text) { Vec::new() } else { self.find_plainly(text) }
    }

    /// Most texts have no pattern, and most of them can be told so without being rewritten
    /// character by character.
    fn is_surely_without(&self, text: &str) -> bool {
        let Some(pieces) = &self.pieces else {
            return false;
        };
        let is_plain = text.is_ascii() || !INTO_ASCII.iter().any(|c| text.contains(*c));
        is_plain && !pieces.is_match(&text.to_ascii_lowercase())
    }

    fn find_plainly(&self, text: &str) -> Vec<usize> {
        let text = normal(text);
        if !self.matcher.is_match(&text) {
            return Vec::new();
        }
        self.matcher
            .find_overlapping_iter(&text)
            .filter(|found| bounded(&text, found.start(), found.end()))
            .map(|found| found.pattern().as_usize())
            .collect()
    }
}

/// The only characters beyond ASCII whose lower case has a letter of ASCII.
const INTO_ASCII: [char; 2] = ['\u{130}', '\u{212a}'];

/// The longest piece of a pattern that is in ASCII and has no white space.
fn piece(pattern: &str) -> Option<&str> {
    let pieces = pattern.split_whitespace().filter(|piece| piece.is_ascii());
    pieces.max_by_key(|piece| piece.len())
}

/// Lower case, with runs of white space as one space.
fn normal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        // Runs of ordinary ASCII are copied at once.
        let run = rest.bytes().take_while(|b| b.is_ascii_graphic()).count();
        let length = if run > 0 {
            let start = out.len();
            out.push_str(&rest[..run]);
            out[start..].make_ascii_lowercase();
            run
        } else {
            add(&mut out, character);
            character.len_utf8()
        };
        rest = &rest[length..];
    }
    out
}

/// Adds one character in lower case; no second white space.
fn add(out: &mut String, character: char) {
    if !character.is_whitespace() {
        out.extend(character.to_lowercase());
    } else if !out.ends_with(' ') {
        out.push(' ');
    }
}

fn bounded(text: &str, start: usize, end: usize) -> bool {
    let word = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
    let found = &text[start..end];
    let (before, after) = (&text[..start], &text[end..]);
    let cut_before = word(before.chars().next_back()) && word(found.chars().next());
    let cut_after = word(found.chars().next_back()) && word(after.chars().next());
    !cut_before && !cut_after
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn finds(pattern: &str, text: &str) -> bool {
        !Words::new([pattern]).unwrap().find(text).is_empty()
    }

    #[test]
    fn words_are_whole_and_case_is_ignored() {
        assert!(finds("Free money", "get FREE\r\n  money, now"));
        assert!(!finds("free money", "carefree money"));
        assert!(!finds("free money", "free moneyless"));
        assert!(finds("$$$", "win$$$now"));
        assert!(finds("GELDGEWINN", "Ihr Geldgewinn!"));
        assert!(finds("ÄRGER", "kein ärger"));
        assert!(!finds("ärger", "Verärgerung"));
        assert!(finds("무료", "지금 무료 체험"));
    }

    #[test]
    fn a_short_pattern_is_found_inside_a_longer_one() {
        let words = Words::new(["credit card offer", "card"]).unwrap();
        let mut found = words.find("Credit card offer");
        found.sort_unstable();
        assert_eq!(found, [0, 1]);
    }

    #[test]
    fn two_characters_become_ascii() {
        let beyond = '\u{80}'..=char::MAX;
        let found = beyond.filter(|c| c.to_lowercase().any(|lower| lower.is_ascii()));
        assert_eq!(found.collect::<Vec<_>>(), INTO_ASCII);
        assert!(finds("kind", "\u{212a}IND") && finds("ki", "KI"));
    }

    proptest! {
        #[test]
        fn runs_and_single_characters_give_the_same_text(text in "([A-Za-z \t\n,]|\\PC|[KİſÄ\u{a0}]){0,40}") {
            let mut plain = String::new();
            text.chars().for_each(|character| add(&mut plain, character));
            prop_assert_eq!(normal(&text), plain);
        }

        #[test]
        fn a_text_surely_without_patterns_has_none(
            patterns in prop::collection::vec("([aKk$]|é)([aKk$]|[ \t]|é|İ){0,3}", 0..4),
            text in "([akK$bA]|[ \t\n\u{a0}\u{212a}]|é|İ){0,30}",
        ) {
            let words = Words::new(patterns.iter().map(String::as_str)).unwrap();
            prop_assert_eq!(words.find(&text), words.find_plainly(&text));
        }
    }
}
