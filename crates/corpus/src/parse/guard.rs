//! Defuses what would make a MIME parser recurse without end or scan the same bytes over and
//! over, before it sees them. Ordinary mail passes untouched and uncopied.

use std::borrow::Cow;

use mail::Message;

/// Multiparts of one message that are looked into. Each may cost one scan of the whole
/// message, so 100 of them bound the work to some seconds for the largest message; mail has
/// rarely more than five.
pub(super) const MULTIPARTS: usize = 100;

/// Encoded words in one line, and numbered parameters in one message, that are looked at.
pub(super) const TOKENS: usize = 1000;

/// Stands for `o` and `O` (or `c`, `C`, `i`, `I`) in a media type that is hidden; control
/// characters that mail does not hold.
pub(super) const MARKS: [u8; 2] = [0x01, 0x02];

/// A message as the MIME parser may see it: the same length, so that offsets hold.
pub(super) struct Guarded<'r> {
    bytes: Cow<'r, [u8]>,
    hidden: bool,
}

impl<'r> Guarded<'r> {
    /// `None` where the message is too long for 32-bit offsets.
    pub(super) fn new(raw: &'r [u8]) -> Option<Self> {
        u32::try_from(raw.len()).ok()?;
        let found = Found::in_bytes(raw);
        let mut bytes = Cow::Borrowed(raw);
        let hidden = !found.nested.is_empty();
        for at in found.nested {
            // The second letter of `rfc822`, `global`'s and `digest`'s third.
            let byte = &mut bytes.to_mut()[at];
            *byte = MARKS[usize::from(byte.is_ascii_uppercase())];
        }
        if found.encoded_words > TOKENS {
            hide_encoded_words(bytes.to_mut());
        }
        if found.parameters.len() > TOKENS {
            let bytes = bytes.to_mut();
            found.parameters[TOKENS..].iter().for_each(|at| bytes[*at] = b'-');
        }
        if let Some(end) = found.multiparts.get(MULTIPARTS) {
            bytes = match bytes {
                Cow::Borrowed(bytes) => Cow::Borrowed(&bytes[..*end]),
                Cow::Owned(mut bytes) => {
                    bytes.truncate(*end);
                    Cow::Owned(bytes)
                }
            };
        }
        Some(Self { bytes, hidden })
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Puts back what was hidden in the text that came out.
    pub(super) fn restore(&self, message: &mut Message) {
        if !self.hidden {
            return;
        }
        let attachments = message
            .attachments
            .iter_mut()
            .flat_map(|a| [&mut a.content_type, &mut a.name]);
        let addresses = [&mut message.from, &mut message.to, &mut message.cc]
            .into_iter()
            .flatten()
            .flat_map(|address| [&mut address.name, &mut address.email]);
        for text in attachments.chain(addresses).chain([&mut message.body]) {
            if text.bytes().any(|b| MARKS.contains(&b)) {
                *text = unmarked(text);
            }
        }
        for attachment in &mut message.attachments {
            attachment.content_type.make_ascii_lowercase();
        }
    }
}

/// `rf\u{1}822`, `g\u{1}obal`, `d\u{1}gest` with their letter again.
fn unmarked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = '\0';
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let letter = match (before.to_ascii_lowercase(), rest.clone().next()) {
            ('f', Some('8')) => 'c',
            ('g', Some('o' | 'O')) => 'l',
            ('d', Some('g' | 'G')) => 'i',
            _ => c,
        };
        out.push(match c {
            '\u{1}' => letter,
            '\u{2}' => letter.to_ascii_uppercase(),
            c => c,
        });
        before = c;
    }
    out
}

/// In lines of very many `=?`, no encoded word is decoded.
fn hide_encoded_words(bytes: &mut [u8]) {
    for line in bytes.split_mut(|b| *b == b'\n') {
        let count = line.windows(2).filter(|w| w == b"=?").count();
        if count > TOKENS / 10 {
            for at in 1..line.len() {
                if &line[at - 1..=at] == b"=?" {
                    line[at] = b'_';
                }
            }
        }
    }
}

#[derive(Default)]
struct Found {
    /// Positions to mark so that no message is parsed inside the message.
    nested: Vec<usize>,
    /// Positions of `multipart`.
    multiparts: Vec<usize>,
    /// Positions of `*` in `name*0=`.
    parameters: Vec<usize>,
    encoded_words: usize,
}

impl Found {
    fn in_bytes(raw: &[u8]) -> Self {
        let mut found = Self::default();
        let mut from = 0;
        while from < raw.len() {
            let end = (from + CHUNK).min(raw.len());
            // A token may begin in this chunk and end in the next.
            let window = &raw[from..(end + 2).min(raw.len())];
            if is_suspicious(window) {
                (from..end).for_each(|at| found.look(raw, at));
            }
            from = end;
        }
        found
    }

    fn look(&mut self, raw: &[u8], at: usize) {
        let rest = &raw[at..];
        match rest[0] | 0x20 {
            b'r' if is(rest, b"rfc822") && follows_slash(raw, at) => {
                self.nested.push(at + 2);
            }
            b'g' if is(rest, b"global") && follows_slash(raw, at) => {
                self.nested.push(at + 1);
            }
            b'd' if is(rest, b"digest") && follows_slash(raw, at) => {
                self.nested.push(at + 1);
            }
            b'm' if is(rest, b"multipart") => self.multiparts.push(at),
            _ if rest.starts_with(b"=?") => self.encoded_words += 1,
            _ if rest[0] == b'*'
                && rest.get(1).is_some_and(|b| b.is_ascii_digit() || *b == b'=') =>
            {
                self.parameters.push(at);
            }
            _ => {}
        }
    }
}

/// Bytes tested at once; a fixed size, so that the test runs on vectors.
const CHUNK: usize = 64;

/// Whether any token of [`Found::look`] may begin in the window: by three letters each, over
/// all positions without a branch.
fn is_suspicious(window: &[u8]) -> bool {
    let (a, b, c) = (
        window,
        window.get(1..).unwrap_or_default(),
        window.get(2..).unwrap_or_default(),
    );
    let letters = a.iter().zip(b).zip(c).fold(false, |any, ((a, b), c)| {
        let (a, b, c) = (a | 0x20, b | 0x20, c | 0x20);
        any | ((a == b'r') & (b == b'f') & (c == b'c'))
            | ((a == b'g') & (b == b'l') & (c == b'o'))
            | ((a == b'd') & (b == b'i') & (c == b'g'))
            | ((a == b'm') & (b == b'u') & (c == b'l'))
    });
    let signs = a.iter().zip(b).fold(false, |any, (a, b)| {
        any | ((*a == b'=') & (*b == b'?'))
            | ((*a == b'*') & (b.is_ascii_digit() | (*b == b'=')))
    });
    letters | signs
}

fn is(rest: &[u8], word: &[u8]) -> bool {
    rest.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word))
}

/// Whether anything in a text may be taken for a type of messages.
pub(super) fn names_a_message(text: &[u8]) -> bool {
    let words: [&[u8]; 3] = [b"rfc822", b"global", b"digest"];
    (0..text.len()).any(|at| words.iter().any(|word| is(&text[at..], word)))
}

/// Whether that is so right behind a slash in a text that has no other signs.
pub(super) fn names_a_message_after(slash: &[u8]) -> bool {
    let after = slash.trim_ascii_start();
    names_a_message(after.get(..6).unwrap_or_default())
}

/// Whether a subtype may begin here: after `/` or a comment, blanks and quotes aside.
fn follows_slash(raw: &[u8], at: usize) -> bool {
    let before = raw[..at]
        .iter()
        .rev()
        .take(4096)
        .find(|b| !matches!(b, b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'\\'));
    matches!(before, Some(b'/' | b')') | None)
}
