//! Model files: what training leaves behind.

mod bytes;
#[cfg(test)]
mod tests;

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use mail::{CaseId, Provenance};
use sha2::{Digest, Sha256};

use crate::{
    BODY_BYTES, Calibration, HEADER_BYTES, Model, ModelFileError, ModelProblem,
    Parameters, TABLE_BITS, Trainer,
};
use bytes::{Reader, Writer};

/// Version of the format; a change of features or fields raises it.
pub const FORMAT_VERSION: u32 = 1;

const MAGIC: [u8; 8] = *b"SCLMODEL";
const DIGEST_BYTES: usize = 32;

/// A trained model with everything needed to use it and to check its use.
///
/// Layout, little-endian: magic `SCLMODEL`; `u32` format version; `u64` length of the whole
/// file; `u32` table bits, header bytes, body bytes; `u8` trainer (0 fast, 1 accurate);
/// `f64` rate, margin, smoothing; `u32` rounds; `u32` length and JSON of the provenance (0
/// where there is none); `u64` count and 32 bytes each of the training messages' digests,
/// strictly rising; `u32` count and two `f64` each of the calibration's knots; `f64` bias;
/// `u64` count and `u32` slot with `f32` weight each, slots strictly rising, zero weights
/// left out; SHA-256 of all that.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelFile {
    trainer: Trainer,
    parameters: Parameters,
    provenance: Option<Provenance>,
    trained_on: Vec<CaseId>,
    calibration: Calibration,
    model: Model,
}

impl ModelFile {
    /// Puts a trained model together with its calibration and the digests of the messages
    /// it was trained on (in any order; the same message twice counts once).
    pub fn new(
        trainer: Trainer,
        model: Model,
        calibration: Calibration,
        trained_on: impl IntoIterator<Item = CaseId>,
    ) -> Self {
        let mut trained_on: Vec<_> = trained_on.into_iter().collect();
        trained_on.sort_unstable();
        trained_on.dedup();
        let parameters = trainer.parameters();
        Self { trainer, parameters, provenance: None, trained_on, calibration, model }
    }

    /// The same model with a note of where it comes from.
    #[must_use]
    pub fn with_provenance(mut self, provenance: Provenance) -> Self {
        self.provenance = Some(provenance);
        self
    }

    /// How the model was trained.
    pub fn trainer(&self) -> Trainer {
        self.trainer
    }

    /// The trainer's constants when the model was trained.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Where the model comes from, where that was noted.
    pub fn provenance(&self) -> Option<&Provenance> {
        self.provenance.as_ref()
    }

    /// Number of distinct messages the model was trained on.
    pub fn messages(&self) -> usize {
        self.trained_on.len()
    }

    /// Digests of the messages the model was trained on, rising.
    pub fn trained_on(&self) -> &[CaseId] {
        &self.trained_on
    }

    /// Scores to probabilities and levels.
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    /// The scoring function.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// How many of `ids` the model was trained on.
    pub fn overlap(&self, ids: impl IntoIterator<Item = CaseId>) -> usize {
        ids.into_iter().filter(|id| self.trained_on.binary_search(id).is_ok()).count()
    }

    /// SHA-256 of the file's content, which names the model.
    pub fn digest(&self) -> [u8; 32] {
        let bytes = self.write();
        bytes.last_chunk().copied().expect("a model file ends with its digest")
    }

    /// The file as bytes.
    pub fn write(&self) -> Vec<u8> {
        let mut out = Writer::new(&MAGIC);
        out.u32(FORMAT_VERSION);
        let length_at = out.reserve_u64();
        for number in FEATURES {
            out.u32(number);
        }
        out.u8(self.trainer as u8);
        for number in
            [self.parameters.rate, self.parameters.margin, self.parameters.smoothing]
        {
            out.f64(number);
        }
        out.u32(self.parameters.rounds);
        let provenance = self.provenance.as_ref().map_or_else(Vec::new, |provenance| {
            serde_json::to_vec(provenance).expect("plain data can be written as JSON")
        });
        out.short_bytes(&provenance);
        out.u64(self.trained_on.len() as u64);
        for id in &self.trained_on {
            out.bytes(&id.0);
        }
        out.knots(self.calibration.knots());
        out.f64(self.model.bias);
        out.weights(&self.model.weights);
        out.finish(length_at)
    }

    /// Reads the bytes of a file.
    ///
    /// Memory stays within a small multiple of `bytes` plus the table of 8 MB, whatever the
    /// bytes say.
    ///
    /// # Errors
    ///
    /// [`ModelProblem`] where they are no model of this version, or not whole.
    pub fn read(bytes: &[u8]) -> Result<Self, ModelProblem> {
        let mut input = Reader::new(check(bytes)?);
        let features =
            [input.u32("features")?, input.u32("features")?, input.u32("features")?];
        if features != FEATURES {
            return Err(ModelProblem::Damaged { part: "features" });
        }
        let trainer = match input.u8("trainer")? {
            0 => Trainer::Fast,
            1 => Trainer::Accurate,
            _ => return Err(ModelProblem::Damaged { part: "trainer" }),
        };
        let part = "training parameters";
        let parameters = Parameters {
            rate: input.f64(part)?,
            margin: input.f64(part)?,
            smoothing: input.f64(part)?,
            rounds: input.u32(part)?,
        };
        let provenance = match input.short_bytes("provenance")? {
            [] => None,
            json => Some(
                serde_json::from_slice(json)
                    .map_err(|_| ModelProblem::Damaged { part: "provenance" })?,
            ),
        };
        let trained_on = input.ids("message digests")?;
        let knots = input.knots("calibration points")?;
        let calibration = Calibration::from_knots(knots)
            .ok_or(ModelProblem::Damaged { part: "calibration points" })?;
        let bias = input.f64("weights")?;
        let weights = input.weights(1 << TABLE_BITS, "weights")?;
        input.end()?;
        let model = Model { weights, bias };
        Ok(Self { trainer, parameters, provenance, trained_on, calibration, model })
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// [`ModelFileError`] naming the file.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, ModelFileError> {
        let path = path.as_ref();
        let failed = |source| ModelFileError::Read { path: path.to_owned(), source };
        let unusable =
            |problem| ModelFileError::Unusable { path: path.to_owned(), problem };
        let mut file = fs::File::open(path).map_err(failed)?;
        let mut bytes = Vec::new();
        // A look at the first bytes spares reading a large file that is something else.
        (&mut file).take(MAGIC.len() as u64).read_to_end(&mut bytes).map_err(failed)?;
        if bytes != MAGIC {
            return Err(unusable(ModelProblem::NotAModel));
        }
        file.take(MAX_FILE_BYTES).read_to_end(&mut bytes).map_err(failed)?;
        Self::read(&bytes).map_err(unusable)
    }

    /// Writes a file: under a temporary name beside it first, then renamed, so that no half
    /// file ever has the final name.
    ///
    /// # Errors
    ///
    /// [`ModelFileError::Write`] naming the file.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), ModelFileError> {
        let path = path.as_ref();
        let failed = |source| ModelFileError::Write { path: path.to_owned(), source };
        let partial = partial_name(path).map_err(failed)?;
        let written = write_synced(&partial, &self.write())
            .and_then(|()| fs::rename(&partial, path));
        written.map_err(|source| {
            // The partial file may not exist; the first error is the one to tell.
            let _ = fs::remove_file(&partial);
            failed(source)
        })
    }
}

/// What the features are made of; another build's weights mean other features.
#[expect(clippy::cast_possible_truncation, reason = "a few thousand bytes")]
const FEATURES: [u32; 3] = [TABLE_BITS, HEADER_BYTES as u32, BODY_BYTES as u32];

/// No model is larger: a full table is 16 MB, the rest is 32 bytes per training message.
const MAX_FILE_BYTES: u64 = 4 << 30;

/// The payload between the length field and the digest, after checking both.
fn check(bytes: &[u8]) -> Result<&[u8], ModelProblem> {
    let found = bytes.len() as u64;
    let Some(rest) = bytes.strip_prefix(&MAGIC) else {
        return Err(ModelProblem::NotAModel);
    };
    let short = |expected| ModelProblem::Truncated { found, expected };
    let head = (MAGIC.len() + 4 + 8) as u64;
    let (version, rest) = rest.split_first_chunk().ok_or(short(head))?;
    let version = u32::from_le_bytes(*version);
    if version != FORMAT_VERSION {
        let supported = FORMAT_VERSION;
        return Err(ModelProblem::OtherVersion { found: version, supported });
    }
    let (expected, _) = rest.split_first_chunk().ok_or(short(head))?;
    let expected = u64::from_le_bytes(*expected);
    if found < expected {
        return Err(short(expected));
    }
    let Some((content, digest)) = bytes.split_last_chunk::<DIGEST_BYTES>() else {
        return Err(ModelProblem::DigestMismatch);
    };
    if found != expected || Sha256::digest(content).as_slice() != digest {
        return Err(ModelProblem::DigestMismatch);
    }
    content
        .get(MAGIC.len() + 4 + 8..)
        .ok_or(ModelProblem::Damaged { part: "first bytes" })
}

fn partial_name(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    let mut partial = std::ffi::OsString::from(".");
    partial.push(name);
    partial.push(".partial");
    Ok(path.with_file_name(partial))
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
