//! HTML as plain text: what a reader of the mail would see, roughly.
//!
//! Tags, comments, scripts, styles and titles go, entities are decoded, blanks are collapsed,
//! blocks begin lines. As in browsers, `<` begins a tag only before a letter, `/`, `!` or `?`,
//! and what is never closed reaches to the end. Time is linear in the length.

use mail_parser::decoders::html::add_html_token;
use memchr::{memchr, memchr2, memchr3};

/// Adds the text of an HTML part.
pub(super) fn add_text(body: &mut String, html: &str) {
    let start = body.len();
    body.reserve(html.len() / 2);
    let mut text = Text { start, out: body, gap: Gap::None };
    let mut rest = html;
    while let Some(at) = memchr2(b'<', b'&', rest.as_bytes()) {
        text.add(&rest[..at]);
        rest = &rest[at..];
        let length =
            if rest.starts_with('<') { text.tag(rest) } else { text.entity(rest) };
        rest = &rest[length..];
    }
    text.add(rest);
}

/// What stands before the next word.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    None,
    Blank,
    Line,
}

struct Text<'b> {
    out: &'b mut String,
    /// Where this part's text begins.
    start: usize,
    gap: Gap,
}

impl Text<'_> {
    fn add(&mut self, text: &str) {
        let mut rest = text;
        loop {
            let word = rest.trim_ascii_start();
            if word.len() < rest.len() {
                self.widen(Gap::Blank);
            }
            if word.is_empty() {
                return;
            }
            let end = word.bytes().position(|b| b.is_ascii_whitespace());
            let (head, tail) = word.split_at(end.unwrap_or(word.len()));
            self.fill();
            self.out.push_str(head);
            rest = tail;
        }
    }

    fn widen(&mut self, gap: Gap) {
        self.gap = self.gap.max(gap);
    }

    fn fill(&mut self) {
        if self.out.len() > self.start {
            match self.gap {
                Gap::None => {}
                Gap::Blank => self.out.push(' '),
                Gap::Line => self.out.push('\n'),
            }
        }
        self.gap = Gap::None;
    }

    /// Decodes the entity at the start of `rest`, or takes `&` as it is; returns its length.
    fn entity(&mut self, rest: &str) -> usize {
        let name = rest.bytes().skip(1).take(32);
        let length = name.take_while(|b| b.is_ascii_alphanumeric() || *b == b'#').count();
        if length == 0 || rest.as_bytes().get(length + 1) != Some(&b';') {
            self.fill();
            self.out.push('&');
            return 1;
        }
        let token = &rest.as_bytes()[..length + 2];
        if token == b"&nbsp;" {
            self.widen(Gap::Blank);
        } else {
            self.fill();
            add_html_token(self.out, token, false);
        }
        token.len()
    }

    /// Passes over the tag at the start of `rest` and what it hides; returns its length.
    fn tag(&mut self, rest: &str) -> usize {
        let bytes = rest.as_bytes();
        if rest.starts_with("<!--") {
            return rest.find("-->").map_or(rest.len(), |at| at + 3);
        }
        let is_end = bytes.get(1) == Some(&b'/');
        let from = 1 + usize::from(is_end);
        match bytes.get(from) {
            Some(b'!' | b'?') => return rest.find('>').map_or(rest.len(), |at| at + 1),
            Some(b) if b.is_ascii_alphabetic() || is_end => {}
            _ => {
                self.fill();
                self.out.push('<');
                return 1;
            }
        }
        let mut name = [0; 12];
        let letters = bytes[from..].iter().take_while(|b| b.is_ascii_alphanumeric());
        for (to, letter) in name.iter_mut().zip(letters) {
            *to = letter.to_ascii_lowercase();
        }
        let name = name.split(|b| *b == 0).next().unwrap_or_default();
        let end = tag_end(bytes);
        match name {
            b"br" | b"p" | b"div" | b"tr" | b"li" | b"ul" | b"ol" | b"table" | b"h1"
            | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" | b"hr" | b"blockquote" | b"pre"
            | b"dd" | b"dt" | b"center" => self.widen(Gap::Line),
            b"td" | b"th" | b"img" => self.widen(Gap::Blank),
            b"script" | b"style" | b"title" | b"template" if !is_end => {
                return end + hidden(&bytes[end..], name);
            }
            _ => {}
        }
        end
    }
}

/// Length of a tag; `>` in a quoted attribute value does not end it.
fn tag_end(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(next) = memchr3(b'>', b'"', b'\'', &bytes[at..]) {
        at += next;
        let mark = bytes[at];
        if mark == b'>' {
            return at + 1;
        }
        // A quote opens a value only after the equals sign.
        let opens = bytes[..at].trim_ascii_end().ends_with(b"=");
        at += 1;
        if opens {
            match memchr(mark, &bytes[at..]) {
                Some(length) => at += length + 1,
                None => return bytes.len(),
            }
        }
    }
    bytes.len()
}

/// Length of what lies before the end tag `</name`.
fn hidden(bytes: &[u8], name: &[u8]) -> usize {
    let mut at = 0;
    while let Some(next) = bytes[at..].iter().position(|b| *b == b'<') {
        at += next;
        let end = bytes.get(at + 2..at + 2 + name.len());
        if bytes.get(at + 1) == Some(&b'/')
            && end.is_some_and(|end| end.eq_ignore_ascii_case(name))
        {
            return at;
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_sees_words_blocks_and_characters() {
        for (html, expected) in [
            ("<p>Hello <b>y</b>ou</p>\n\n <p>there", "Hello you\nthere"),
            ("a<br>b<td>c</td><td>d", "a\nb c d"),
            ("<STYLE>p{}</style>x<script>if (a<b) </p></Script>y", "xy"),
            ("<!-- a > b -->x<!doctype y>z", "xz"),
            ("1 < 2 &amp; 3&nbsp;&gt;&#x20AC;&bogus; & <3", "1 < 2 & 3 >€&bogus; & <3"),
            ("<a href=\"x>y\" title='>'>link</a>it's", "linkit's"),
            ("visible<!-- never closed", "visible"),
            ("<style>never closed", ""),
            ("ü<ü>ü&ü;", "ü<ü>ü&ü;"),
        ] {
            let mut text = String::new();
            add_text(&mut text, html);
            assert_eq!(text, expected, "{html}");
        }
    }

    /// Byte by byte.
    fn tag_end_plainly(bytes: &[u8]) -> usize {
        let mut quote = None;
        let mut before = 0;
        for (at, byte) in bytes.iter().enumerate() {
            match (quote, *byte) {
                (None, b'>') => return at + 1,
                (None, b'"' | b'\'') if before == b'=' => quote = Some(*byte),
                (Some(open), close) if open == close => quote = None,
                _ => {}
            }
            if !byte.is_ascii_whitespace() {
                before = *byte;
            }
        }
        bytes.len()
    }

    proptest::proptest! {
        #[test]
        fn a_tag_ends_where_it_does_byte_by_byte(tag in "<[a= \t\n\"'>]{0,20}") {
            assert_eq!(tag_end(tag.as_bytes()), tag_end_plainly(tag.as_bytes()));
        }

        #[test]
        fn no_html_panics(html in "([<>&;/!a-z \"'=#-]|<!--|-->|<p>|&#x?[0-9a-f]{0,9};|é){0,60}") {
            add_text(&mut String::from("before"), &html);
        }
    }
}
