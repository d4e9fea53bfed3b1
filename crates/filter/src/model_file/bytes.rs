//! Little-endian fields, read with every length checked against what is there.

use mail::CaseId;
use sha2::{Digest, Sha256};

use crate::ModelProblem;

/// Appends fields.
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn new(magic: &[u8]) -> Self {
        Self(magic.to_vec())
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn u8(&mut self, value: u8) {
        self.0.push(value);
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.bytes(&value.to_le_bytes());
    }

    pub(super) fn u64(&mut self, value: u64) {
        self.bytes(&value.to_le_bytes());
    }

    pub(super) fn f64(&mut self, value: f64) {
        self.bytes(&value.to_le_bytes());
    }

    /// Leaves room for a number known at the end.
    pub(super) fn reserve_u64(&mut self) -> usize {
        self.u64(0);
        self.0.len() - 8
    }

    pub(super) fn short_bytes(&mut self, bytes: &[u8]) {
        self.u32(u32::try_from(bytes.len()).expect("a note is under 4 GiB"));
        self.bytes(bytes);
    }

    pub(super) fn knots(&mut self, knots: &[(f64, f64)]) {
        self.u32(u32::try_from(knots.len()).expect("blocks are fewer than messages"));
        for (score, odds) in knots {
            self.f64(*score);
            self.f64(*odds);
        }
    }

    /// The weights that are not zero, each after its slot.
    pub(super) fn weights(&mut self, weights: &[f32]) {
        self.u64(weights.iter().filter(|weight| **weight != 0.0).count() as u64);
        for (slot, weight) in (0_u32..).zip(weights).filter(|(_, w)| **w != 0.0) {
            self.u32(slot);
            self.bytes(&weight.to_le_bytes());
        }
    }

    /// Fills in the length of the whole and appends the digest.
    pub(super) fn finish(mut self, length_at: usize) -> Vec<u8> {
        let digest_bytes = Sha256::output_size();
        let length = (self.0.len() + digest_bytes) as u64;
        self.0[length_at..length_at + 8].copy_from_slice(&length.to_le_bytes());
        let digest = Sha256::digest(&self.0);
        self.bytes(&digest);
        self.0
    }
}

/// Takes fields off the front.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    fn array<const N: usize>(
        &mut self,
        part: &'static str,
    ) -> Result<[u8; N], ModelProblem> {
        let (head, tail) =
            self.0.split_first_chunk().ok_or(ModelProblem::Damaged { part })?;
        self.0 = tail;
        Ok(*head)
    }

    /// `count` items of `size` bytes; fails before any memory is taken.
    fn items(
        &mut self,
        count: u64,
        size: usize,
        part: &'static str,
    ) -> Result<&'a [u8], ModelProblem> {
        let damaged = ModelProblem::Damaged { part };
        let bytes = usize::try_from(count).ok().and_then(|count| count.checked_mul(size));
        let (head, tail) =
            bytes.and_then(|n| self.0.split_at_checked(n)).ok_or(damaged)?;
        self.0 = tail;
        Ok(head)
    }

    pub(super) fn u8(&mut self, part: &'static str) -> Result<u8, ModelProblem> {
        self.array(part).map(u8::from_le_bytes)
    }

    pub(super) fn u32(&mut self, part: &'static str) -> Result<u32, ModelProblem> {
        self.array(part).map(u32::from_le_bytes)
    }

    fn u64(&mut self, part: &'static str) -> Result<u64, ModelProblem> {
        self.array(part).map(u64::from_le_bytes)
    }

    /// A finite number.
    pub(super) fn f64(&mut self, part: &'static str) -> Result<f64, ModelProblem> {
        let value = self.array(part).map(f64::from_le_bytes)?;
        if value.is_finite() { Ok(value) } else { Err(ModelProblem::Damaged { part }) }
    }

    pub(super) fn short_bytes(
        &mut self,
        part: &'static str,
    ) -> Result<&'a [u8], ModelProblem> {
        let length = self.u32(part)?;
        self.items(length.into(), 1, part)
    }

    pub(super) fn ids(
        &mut self,
        part: &'static str,
    ) -> Result<Vec<CaseId>, ModelProblem> {
        let count = self.u64(part)?;
        let bytes = self.items(count, 32, part)?;
        let ids: Vec<_> = bytes.as_chunks().0.iter().map(|id| CaseId(*id)).collect();
        if !ids.is_sorted_by(|a, b| a < b) {
            return Err(ModelProblem::Damaged { part });
        }
        Ok(ids)
    }

    pub(super) fn knots(
        &mut self,
        part: &'static str,
    ) -> Result<Vec<(f64, f64)>, ModelProblem> {
        let count = self.u32(part)?;
        let mut points = Self(self.items(count.into(), 16, part)?);
        let mut knots = Vec::with_capacity(points.0.len() / 16);
        while !points.0.is_empty() {
            knots.push((points.f64(part)?, points.f64(part)?));
        }
        Ok(knots)
    }

    pub(super) fn weights(
        &mut self,
        slots: usize,
        part: &'static str,
    ) -> Result<Vec<f32>, ModelProblem> {
        let count = self.u64(part)?;
        let pairs = self.items(count, 8, part)?;
        let mut weights = vec![0.0; slots];
        let mut next = 0;
        for [a, b, c, d, weight @ ..] in pairs.as_chunks::<8>().0 {
            let slot = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
            let weight = f32::from_le_bytes(*weight);
            if slot < next || slot >= slots || !weight.is_finite() {
                return Err(ModelProblem::Damaged { part });
            }
            weights[slot] = weight;
            next = slot + 1;
        }
        Ok(weights)
    }

    /// Nothing may be left.
    pub(super) fn end(&self) -> Result<(), ModelProblem> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(ModelProblem::Damaged { part: "last bytes" })
        }
    }
}
