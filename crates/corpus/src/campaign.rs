//! Campaigns: exact and near duplicates, grouped.
//!
//! Text is decoded, lower-cased and cut into overlapping runs of five words. The share of runs
//! two texts have in common (Jaccard) is estimated from 64 minima of hashes (`MinHash`: Broder,
//! "On the resemblance and containment of documents", 1997). Texts that agree in one of 16
//! bands of four minima are compared, and grouped where at least 51 of 64 minima agree (an
//! estimated 0.8). Groups are transitive.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use mail::{CaseId, Message};

/// Minima in a signature.
const MINIMA: usize = 64;
/// Minima in a band: 16 bands of 4 find a pair of Jaccard 0.8 with probability 0.9998 and one
/// of 0.5 with 0.64; the check on all 64 minima decides.
const BAND: usize = 4;
/// Minima that must agree: 51 of 64 are an estimated Jaccard of 0.8.
const AGREE: usize = 51;
/// Words in a run.
const RUN: usize = 5;
/// Fewest runs for a signature that means anything; shorter texts are compared as a whole.
const FEWEST_RUNS: usize = 10;
/// Bytes of text that are looked at, so that one huge message costs little.
const TEXT: usize = 256 << 10;

/// What a message is compared by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fingerprint {
    /// Minima of hashes of the runs.
    Minima(Box<[u32; MINIMA]>),
    /// Digest of subject and text, lower-cased, digits and blanks evened out; for short texts.
    Whole([u8; 16]),
}

impl Fingerprint {
    /// The fingerprint of a message's decoded text.
    pub fn of(message: &Message) -> Self {
        let text = normal(&message.body);
        let words: Vec<u64> =
            text.split(' ').filter(|w| !w.is_empty()).map(hash).collect();
        if words.len() < RUN + FEWEST_RUNS - 1 {
            return Self::Whole(whole(&normal(&message.subject), &text));
        }
        let mut minima = Box::new([u32::MAX; MINIMA]);
        for run in words.windows(RUN) {
            let run = run.iter().fold(0x51_7c_c1_b7_27_22_0a_95, |state: u64, word| {
                mix(state.rotate_left(5) ^ word)
            });
            add(&mut minima, run);
        }
        Self::Minima(minima)
    }
}

/// Takes one run into all minima: multiply-shift hashes with odd multipliers of one stream.
fn add(minima: &mut [u32; MINIMA], run: u64) {
    for (minimum, (multiplier, offset)) in minima.iter_mut().zip(FUNCTIONS) {
        let hash = (run.wrapping_mul(multiplier).wrapping_add(offset) >> 32) as u32;
        *minimum = (*minimum).min(hash);
    }
}

/// Multiplier and offset of each hash function.
const FUNCTIONS: [(u64, u64); MINIMA] = {
    let mut functions = [(0, 0); MINIMA];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut at = 0;
    while at < MINIMA {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let multiplier = mix(state) | 1;
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        functions[at] = (multiplier, mix(state));
        at += 1;
    }
    functions
};

/// The finalizer of `SplitMix64`: every input bit moves every output bit.
const fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// FNV-1a, finalized.
fn hash(word: &str) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325;
    mix(word
        .bytes()
        .fold(start, |h: u64, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3)))
}

/// Lower case, runs of anything but letters and digits as one blank.
fn normal(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(TEXT));
    for c in text.chars() {
        if out.len() >= TEXT {
            break;
        }
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        } else if !c.is_ascii() && c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        } else if !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out
}

fn whole(subject: &str, text: &str) -> [u8; 16] {
    let mut digest = Sha256::new();
    digest.update(subject.trim());
    digest.update([0]);
    digest.update(text.trim());
    let mut short = [0; 16];
    short.copy_from_slice(&digest.finalize()[..16]);
    short
}

/// The campaign of each message: the smallest id of its group. Near-linear in the number of
/// messages, and the same whatever their order.
pub fn campaigns(ids: &[CaseId], fingerprints: &[Fingerprint]) -> Vec<CaseId> {
    let mut groups = Groups::new(ids.len().min(fingerprints.len()));
    let mut first = BTreeMap::new();
    for (at, id) in ids.iter().enumerate().take(groups.len()) {
        groups.join(*first.entry(id.0).or_insert(at), at);
    }
    let mut wholes = BTreeMap::new();
    for (at, fingerprint) in fingerprints.iter().enumerate().take(groups.len()) {
        if let Fingerprint::Whole(digest) = fingerprint {
            groups.join(*wholes.entry(*digest).or_insert(at), at);
        }
    }
    for band in 0..MINIMA / BAND {
        join_band(&mut groups, ids, fingerprints, band * BAND);
    }
    let mut smallest: Vec<Option<CaseId>> = vec![None; groups.len()];
    for (at, id) in ids.iter().enumerate().take(groups.len()) {
        let root = groups.find(at);
        smallest[root] = Some(smallest[root].map_or(*id, |least| least.min(*id)));
    }
    (0..groups.len()).map(|at| smallest[groups.find(at)].unwrap_or(ids[at])).collect()
}

/// Most group heads that one message is compared with in one bucket; past it a bucket of
/// unlike texts (a shared footer) would cost the square of its size.
const HEADS: usize = 64;

/// Joins messages that agree in the band from `start` and in enough minima overall.
fn join_band(
    groups: &mut Groups,
    ids: &[CaseId],
    fingerprints: &[Fingerprint],
    start: usize,
) {
    // Sorted by id within a bucket, so that the order of reading does not matter.
    let mut keys: Vec<([u32; BAND], CaseId, usize)> = Vec::new();
    for (at, fingerprint) in fingerprints.iter().enumerate().take(groups.len()) {
        if let Fingerprint::Minima(minima) = fingerprint {
            let mut key = [0; BAND];
            key.copy_from_slice(&minima[start..start + BAND]);
            keys.push((key, ids[at], at));
        }
    }
    keys.sort_unstable();
    for bucket in keys.chunk_by(|a, b| a.0 == b.0) {
        let mut heads: Vec<usize> = Vec::new();
        for (_, _, at) in bucket {
            let alike = heads
                .iter()
                .find(|head| agree(&fingerprints[**head], &fingerprints[*at]));
            match alike {
                Some(head) => groups.join(*head, *at),
                None if heads.len() < HEADS => heads.push(*at),
                None => {}
            }
        }
    }
}

fn agree(a: &Fingerprint, b: &Fingerprint) -> bool {
    match (a, b) {
        (Fingerprint::Minima(a), Fingerprint::Minima(b)) => {
            a.iter().zip(b.iter()).filter(|(a, b)| a == b).count() >= AGREE
        }
        (Fingerprint::Whole(a), Fingerprint::Whole(b)) => a == b,
        (Fingerprint::Minima(_), Fingerprint::Whole(_))
        | (Fingerprint::Whole(_), Fingerprint::Minima(_)) => false,
    }
}

/// Disjoint sets with path halving.
struct Groups {
    parent: Vec<usize>,
}

impl Groups {
    fn new(n: usize) -> Self {
        Self { parent: (0..n).collect() }
    }

    fn len(&self) -> usize {
        self.parent.len()
    }

    fn find(&mut self, mut at: usize) -> usize {
        while self.parent[at] != at {
            self.parent[at] = self.parent[self.parent[at]];
            at = self.parent[at];
        }
        at
    }

    /// The smaller index becomes the root, so that results do not depend on history.
    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.find(a), self.find(b));
        self.parent[a.max(b)] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprint(body: &str) -> Fingerprint {
        Fingerprint::of(&Message { body: body.into(), ..Message::default() })
    }

    fn text(words: std::ops::Range<u32>) -> String {
        words.map(|n| format!("word{n} ")).collect()
    }

    #[test]
    fn near_duplicates_are_one_campaign_and_others_are_not() {
        let bodies = [
            text(0..200),
            format!("Dear Ann, {}", text(0..200)),
            text(100..300),
            "short".into(),
            "SHORT!".into(),
            "other".into(),
        ];
        let prints: Vec<_> = bodies.iter().map(|b| fingerprint(b)).collect();
        let ids: Vec<_> = (0..6).map(|n| CaseId([9 - n; 32])).collect();
        let groups = campaigns(&ids, &prints);
        assert_eq!(groups[0], groups[1]);
        assert_eq!(groups[0], ids[1], "named after the smallest id");
        assert_ne!(groups[0], groups[2]);
        assert_eq!(groups[3], groups[4]);
        assert_ne!(groups[3], groups[5]);
    }

    #[test]
    fn order_does_not_matter() {
        let bodies: Vec<_> =
            (0..40).map(|n| text(n / 4 * 7..n / 4 * 7 + 150 + n % 4)).collect();
        let prints: Vec<_> = bodies.iter().map(|b| fingerprint(b)).collect();
        let ids: Vec<_> = (0..40).map(|n| CaseId([n; 32])).collect();
        let forward = campaigns(&ids, &prints);
        let back: Vec<_> = ids.iter().rev().copied().collect();
        let prints: Vec<_> = prints.into_iter().rev().collect();
        let mut backward = campaigns(&back, &prints);
        backward.reverse();
        assert_eq!(forward, backward);
    }
}
