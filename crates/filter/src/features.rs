//! From a message to a set of table slots.
//!
//! A feature is one of the distinct overlapping 4-byte sequences of the first
//! [`HEADER_BYTES`] of the header and the first [`BODY_BYTES`] of the body, hashed to a slot
//! of the weight table. Raw bytes are used, not decoded text: on the SpamAssassin corpus
//! the two differ by less than the choice of the prefix, and raw bytes need no parse.
//! A cap of its own for the header keeps long Received chains from crowding out the body.
//!
//! Two things are left out: carriage returns, so that the line ends of a transport change
//! nothing, and X-MS-Exchange-Organization-* fields, so that a recorded SCL cannot leak.

use memchr::memchr;

use crate::Document;

/// Bytes of the header that are looked at. Measured together with [`BODY_BYTES`] on the
/// SpamAssassin corpus: see the record of the measurement in the project's documents.
pub const HEADER_BYTES: usize = 1_750;

/// Bytes of the body that are looked at.
pub const BODY_BYTES: usize = 1_250;

/// The weight table has two to this power slots.
pub const TABLE_BITS: u32 = 21;

const FIREWALLED: &[u8] = b"X-MS-Exchange-Organization-";

/// Buffers reused from message to message, so that scoring allocates nothing.
///
/// Any scratch gives the same features for the same message; it remembers the message before,
/// because a message often comes again in another form that has the same features.
#[derive(Debug, Clone)]
pub struct Scratch {
    /// What `features` were taken from; empty before the first message.
    text: Vec<u8>,
    /// The excerpt of the next message.
    next: Vec<u8>,
    /// One bit per slot; all zero between calls.
    seen: Box<Seen>,
    features: Vec<u32>,
}

/// A bit for each slot, of a length the compiler knows.
type Seen = [u64; 1 << (TABLE_BITS - 6)];

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

impl Scratch {
    /// Empty buffers, about 270 KB.
    pub fn new() -> Self {
        Self {
            text: Vec::with_capacity(HEADER_BYTES + BODY_BYTES + 2),
            next: Vec::with_capacity(HEADER_BYTES + BODY_BYTES + 2),
            seen: vec![0; 1 << (TABLE_BITS - 6)]
                .try_into()
                .expect("the vector has the array's length"),
            features: Vec::with_capacity(HEADER_BYTES + BODY_BYTES),
        }
    }

    /// The slots of `document`, each once, in order of first appearance.
    pub fn features(&mut self, document: &Document<'_>) -> &[u32] {
        self.next.clear();
        excerpt(document.raw(), &mut self.next);
        if self.next != self.text {
            std::mem::swap(&mut self.text, &mut self.next);
            self.features.resize(self.text.len(), 0);
            let count = slots(&self.text, &mut self.seen, &mut self.features);
            self.features.truncate(count);
            for slot in &self.features {
                self.seen[(slot >> 6) as usize] = 0;
            }
        }
        &self.features
    }

    /// The slots of the message before this call.
    pub(crate) fn last(&self) -> &[u32] {
        &self.features
    }
}

/// What features of `document` are taken from, with the slot of each gram by where it begins.
pub(crate) fn grams(document: &Document<'_>) -> (Vec<u8>, Vec<u32>) {
    let mut text = Vec::new();
    excerpt(document.raw(), &mut text);
    let slot =
        |gram: &[u8]| slot_of(u32::from_le_bytes([gram[0], gram[1], gram[2], gram[3]]));
    let slots = text.windows(4).map(slot).collect();
    (text, slots)
}

/// Writes the distinct slots of `text` to the front of `features` and says how many they are.
/// `seen` has no bit before and the bit of each slot after.
///
/// Written without a branch, because nobody can predict which grams are new.
fn slots(text: &[u8], seen: &mut Seen, features: &mut [u32]) -> usize {
    let mut count = 0;
    for gram in text.windows(4) {
        let slot = slot_of(u32::from_le_bytes([gram[0], gram[1], gram[2], gram[3]]));
        let (word, bit) = (&mut seen[(slot >> 6) as usize], slot & 63);
        features[count] = slot;
        count += usize::from(*word >> bit & 1 == 0);
        *word |= 1 << bit;
    }
    count
}

/// Mixes the four bytes so that the upper bits depend on all of them.
fn slot_of(gram: u32) -> u32 {
    let mixed = gram.wrapping_mul(0x9E37_79B1);
    (mixed ^ (mixed >> 15)).wrapping_mul(0x85EB_CA77) >> (32 - TABLE_BITS)
}

/// Copies what the features are taken from.
fn excerpt(raw: &[u8], out: &mut Vec<u8>) {
    let mut rest = raw;
    let mut hidden = false;
    while !rest.is_empty() {
        let end = memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        let (line, tail) = rest.split_at(end);
        rest = tail;
        if matches!(line, b"\n" | b"\r\n") {
            break;
        }
        if !matches!(line[0], b' ' | b'\t') {
            hidden = is_firewalled(line);
        }
        if !hidden {
            copy(line, HEADER_BYTES, out);
        }
    }
    out.push(b'\n');
    let limit = out.len() + BODY_BYTES;
    copy(rest, limit, out);
}

fn is_firewalled(line: &[u8]) -> bool {
    line.get(..FIREWALLED.len()).is_some_and(|name| name.eq_ignore_ascii_case(FIREWALLED))
}

/// Appends `from` without carriage returns until `out` is `limit` bytes long.
fn copy(from: &[u8], limit: usize, out: &mut Vec<u8>) {
    let room = limit.saturating_sub(out.len());
    let head = &from[..from.len().min(room)];
    if memchr(b'\r', head).is_some() {
        out.extend(from.iter().copied().filter(|b| *b != b'\r').take(room));
    } else {
        out.extend_from_slice(head);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn features(raw: &[u8]) -> Vec<u32> {
        Scratch::new().features(&Document::unparsed(raw)).to_vec()
    }

    #[test]
    fn each_feature_counts_once() {
        let found = features(b"aaaaaaaaaa");
        // `aaaa` and the border `aaa\n`.
        assert_eq!(found.len(), 2);
        assert_ne!(found[0], found[1]);
    }

    #[test]
    fn header_and_body_have_their_own_caps() {
        let mut raw = b"X: ".to_vec();
        raw.resize(HEADER_BYTES, b'h');
        let body = |byte: u8| [b"\n\n".as_slice(), &[byte; BODY_BYTES]].concat();
        let base = features(&[raw.as_slice(), &body(b'b')].concat());
        let longer = [raw.as_slice(), b"y\nZ: more", &body(b'b'), b"tail"].concat();
        assert_eq!(features(&longer), base);
        assert_ne!(features(&[raw.as_slice(), &body(b'c')].concat()), base);
    }

    #[test]
    fn a_recorded_scl_is_no_feature() {
        let clean = features(b"Subject: hi\nTo: a@b\n\nbody");
        let stamped = b"Subject: hi\nx-ms-exchange-organization-SCL: 9\n\t(folded)\nTo: a@b\n\nbody";
        assert_eq!(features(stamped), clean);
        assert_ne!(features(b"Subject: hi\nX-SCL: 9\nTo: a@b\n\nbody"), clean);
    }

    proptest! {
        #[test]
        fn line_ends_change_nothing(text in "[ -~\n]{0,400}") {
            let crlf = text.replace('\n', "\r\n");
            prop_assert_eq!(features(text.as_bytes()), features(crlf.as_bytes()));
        }

        #[test]
        fn a_used_scratch_gives_the_same_features(
            first: Vec<u8>,
            again: bool,
            second in prop::collection::vec(any::<u8>(), 0..6000),
        ) {
            let mut scratch = Scratch::new();
            let first = if again { &second } else { &first };
            scratch.features(&Document::unparsed(first));
            let got = scratch.features(&Document::unparsed(&second)).to_vec();
            prop_assert!(got.iter().all(|slot| *slot < 1 << TABLE_BITS));
            let distinct: std::collections::BTreeSet<_> = got.iter().collect();
            prop_assert_eq!(distinct.len(), got.len());
            prop_assert_eq!(got, features(&second));
        }
    }
}
