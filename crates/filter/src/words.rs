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
}

impl Words {
    pub(crate) fn new<'p>(
        patterns: impl IntoIterator<Item = &'p str>,
    ) -> Result<Self, BuildError> {
        let patterns: Vec<_> =
            patterns.into_iter().map(|text| normal(text).trim().to_owned()).collect();
        let matcher =
            AhoCorasick::builder().match_kind(MatchKind::Standard).build(patterns)?;
        Ok(Self { matcher })
    }

    /// The indexes of patterns that stand in `text`, once per place.
    ///
    /// `text` must come from [`normal`].
    pub(crate) fn find<'t>(&'t self, text: &'t str) -> impl Iterator<Item = usize> + 't {
        self.matcher
            .find_overlapping_iter(text)
            .filter(|found| bounded(text, found.start(), found.end()))
            .map(|found| found.pattern().as_usize())
    }
}

/// Lower case, with runs of white space as one space.
pub(crate) fn normal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if !character.is_whitespace() {
            out.extend(character.to_lowercase());
        } else if !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out
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
    use super::*;

    fn finds(pattern: &str, text: &str) -> bool {
        Words::new([pattern]).unwrap().find(&normal(text)).next().is_some()
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
        let text = normal("Credit card offer");
        let mut found: Vec<_> = words.find(&text).collect();
        found.sort_unstable();
        assert_eq!(found, [0, 1]);
    }
}
