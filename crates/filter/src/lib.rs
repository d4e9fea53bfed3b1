//! The content filter engine: from a message to a spam confidence level.
//!
//! What it is for: features, an online-trained linear model with two trainers, calibration
//! of scores to probabilities and SCL, model files that carry digests of their training
//! messages, custom phrases and weights, other sources of scores behind one trait, and
//! versioned definition updates.
//!
//! What it must not know: events, agents, tiers, corpora, threads, parsers.
//!
//! Main type: [`ModelFile`], a trained [`Model`] with its [`Calibration`]. Everything is
//! deterministic: the same messages in the same order give the same weights and scores.

mod calibration;
mod document;
mod error;
mod features;
mod learner;
mod model;
mod model_file;
mod phrases;
mod quality;
mod source;
mod stamp;
mod table;
pub mod train;
mod trainer;
pub mod updates;
mod voices;
mod weights;
mod words;

pub use calibration::{Calibration, SCL_ODDS, scl_probability};
pub use document::Document;
pub use error::{
    CalibrationError, CutsError, ModelFileError, ModelProblem, PhraseError, QualityError,
    TableError, TrainError, UnknownTrainer, WeightError,
};
pub use features::{BODY_BYTES, HEADER_BYTES, Scratch, TABLE_BITS};
pub use learner::Learner;
pub use model::Model;
pub use model_file::{FORMAT_VERSION, ModelFile};
pub use phrases::{Influence, MAX_PHRASE_CHARS, MAX_PHRASES, Phrase, PhraseHit, Phrases};
pub use quality::{Quality, Scored, lam_percent};
pub use source::{Rating, ScoreCuts, ScoreSource};
pub use stamp::{RecordedStamp, StampHeader};
pub use table::ScoreTable;
pub use trainer::{Parameters, Trainer};
pub use voices::Voice;
pub use weights::{
    CustomWeights, MAX_WEIGHT_CHARS, WeightChange, WeightEntry, WeightPart,
};
